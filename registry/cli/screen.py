"""``registry screen``: have a list screened by a node, wait for it, and take the results away."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote

import click
import httpx

from registry.access.purpose import HEADER
from registry.cli.answered import good
from registry.cli.options import json_option
from registry.cli.output import Output
from registry.errors import MalformedRefusal, NodeError

_WAITS: Final = 300.0
_LOOK: Final = 1.0
"""Seconds between two looks how far it is."""
_PATH: Final = "/api/v1/screenings"
_KINDS: Final = (
    ("found", "已查得"),
    ("uncertain", "待人工确认"),
    ("not_found", "未查询到（不表示不存在，也不表示没有失信信息）"),
    ("bad", "无法查询"),
)


@click.command("screen")
@json_option
@click.option("--node", required=True, metavar="URL", help="节点地址。The node.")
@click.option("--territory", default="", help="办理地区，如 320100。Code of the territory.")
@click.option("--matter", default="", help="办理事项，缺省为全部。The matter; none is all.")
@click.option("--organ-kind", default="", help="承办机关类别。Kind of the organ.")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="哪一天，默认今天。The day; today.")
@click.option("--purpose", default="", help="查询用途。What it is read for.")
@click.option(
    "--key-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="存有接口密钥的文件。File with the API key.",
)
@click.option(
    "--out",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    help="结果写入 .xlsx 或 .csv。Write the results.",
)
@click.option("--resume", "screening", default="", help="继续等待的筛查编号。Wait for this one.")
@click.argument(
    "source",
    metavar="[FILE]",
    required=False,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.pass_obj
def screen(  # noqa: PLR0913 - one parameter for each option
    out: Output, *, node: str, territory: str, matter: str, organ_kind: str, on: datetime | None,
    purpose: str, key_file: Path, target: Path | None, screening: str, source: Path | None,
) -> None:  # fmt: skip
    """名单筛查：逐行查明是谁、有哪些措施适用提示。Screen a list of names or codes."""
    kind = _kind(target)
    if (source is None) == (not screening):
        raise MalformedRefusal(
            "请给出名单文件，或用 --resume 指明已提交的筛查。",
            "Name the list, or with --resume a screening that was sent before.",
            code="no-list",
        )
    headers = {"Authorization": f"Bearer {key_file.read_text(encoding='utf-8').strip()}"}
    if purpose:
        headers[HEADER] = quote(purpose)
    with _asking(node, headers) as http:
        if source is not None:
            asked = {"territory": territory, "matter": matter, "organ_kind": organ_kind}
            asked |= {"name": source.name} | ({"on": f"{on:%Y-%m-%d}"} if on else {})
            sent = _json(http.post(_PATH, params=asked, content=source.read_bytes()))
            screening = str(sent["id"])
            out.say(f"已提交，筛查编号 {screening}", "sent; --resume goes on waiting for it")
        found = _done(http, screening, out)
        if target is not None:
            answer = http.get(f"{_PATH}/{screening}/file", params={"answer": kind})
            target.write_bytes(good(answer).content)
    _tell(out, found, target)
    out.result({"ok": found["state"] == "done", "screening": found, "file": target})
    if found["state"] != "done":
        message = "筛查多次失败，已停止 / the screening failed several times and has stopped"
        raise NodeError(message)


def _kind(target: Path | None) -> str:
    """Return the format of the file to write; raises MalformedRefusal for another ending."""
    kind = target.suffix.lower().removeprefix(".") if target else "csv"
    if kind in {"csv", "xlsx"}:
        return kind
    raise MalformedRefusal(
        "输出文件应以 .xlsx 或 .csv 结尾。",
        "The file to write should end in .xlsx or .csv.",
        code="unknown-format",
    )


@contextmanager
def _asking(node: str, headers: Mapping[str, str]) -> Iterator[httpx.Client]:
    try:
        with httpx.Client(base_url=node, headers=dict(headers), timeout=_WAITS) as http:
            yield http
    except httpx.HTTPError as error:
        message = f"无法连接节点：{error} / the node cannot be reached: {error}"
        raise NodeError(message) from error


def _done(http: httpx.Client, screening: str, out: Output) -> dict[str, object]:
    """Wait until a screening has come to its end; return how it stands."""
    told = -1
    while True:
        found = _json(http.get(f"{_PATH}/{quote(screening, safe='')}"))
        if found["state"] in {"done", "failed"}:
            return found
        done, lines = int(str(found["done"])), int(str(found["lines"]))
        if (tenth := done * 10 // lines) != told:
            out.say(f"已完成 {done} / {lines} 行", "rows are done")
            told = tenth
        time.sleep(_LOOK)


def _json(answer: httpx.Response) -> dict[str, object]:
    found: dict[str, object] = good(answer).json()
    return found


def _tell(out: Output, found: dict[str, object], target: Path | None) -> None:
    counts = found["counts"]
    kinds = counts["kinds"] if isinstance(counts, dict) else {}
    for kind, zh in _KINDS:
        out.say(f"{zh}：{kinds.get(kind, 0)} 行", kind)
    if kinds.get("uncertain"):
        out.say("待人工确认的行请在网页“名单筛查”中逐行确认", "review them on the page /screenings")
    if target is not None:
        out.say(f"已写入 {target}", "written")
