"""``registry export``: have records exported for another door, and hand in what it sent back."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final, TypeVar

import click
import httpx

from registry.cli.answered import good
from registry.cli.options import json_option
from registry.cli.output import Output
from registry.errors import NodeError
from registry.exports.templates import DOORS, FORMATS, KINDS, SHAPES, WHAT

Function = TypeVar("Function", bound=Callable[..., object])
_PATH: Final = "/api/v1/exports"
_WAITS: Final = 600.0
_DAY: Final = click.DateTime(["%Y-%m-%d"])


@click.group("export")
def export() -> None:
    """数据导出：供省级平台、信用中国等使用。Exports to other doors."""


def _asking_options(function: Function) -> Function:
    """Add which node is asked, and with which key."""
    key = click.option(
        "--key-file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        required=True,
        help="存有接口密钥的文件。File with the API key of a clerk, reviewer or publisher.",
    )
    node = click.option("--node", required=True, metavar="URL", help="节点地址。The node.")
    return node(key(function))


@export.command()
@json_option
@_asking_options
@click.option("--door", required=True, type=click.Choice(tuple(DOORS)), help="目标平台。The door.")
@click.option("--kind", required=True, type=click.Choice(KINDS), help="信息类别。The type.")
@click.option("--form", type=click.Choice(SHAPES), default="entity", help="模板。The template.")
@click.option("--format", "form_of_file", type=click.Choice(tuple(FORMATS)), default="xlsx",
              help="格式。The format.")  # fmt: skip
@click.option("--what", type=click.Choice(WHAT), default="new", help="范围。What to export.")
@click.option("--department", default="0000", help="报送部门代码。The sender's four digits.")
@click.option("--unit", default="", help="部门名称，缺省为全部。A department; none is all.")
@click.option("--decided-from", type=_DAY, help="决定日期自。Decided from.")
@click.option("--decided-to", type=_DAY, help="决定日期至。Decided to.")
@click.option(
    "--out",
    "folder",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="文件写入该目录。Folder that the files are written to.",
)
@click.pass_obj
def make(  # noqa: PLR0913 - one parameter for each option
    out: Output, /, *, node: str, key_file: Path, folder: Path, form_of_file: str,
    decided_from: datetime | None, decided_to: datetime | None, **asked: str,
) -> None:  # fmt: skip
    """导出；超出一个文件的自动续写下一个。Export; what is more goes into further files."""
    wish: dict[str, object] = {**asked, "format": form_of_file}
    for name, day in (("decided_from", decided_from), ("decided_to", decided_to)):
        if day is not None:
            wish[name] = f"{day:%Y-%m-%d}"
    written: list[str] = []
    left: list[Mapping[str, object]] = []
    with _asking(node, key_file) as http:
        more = True
        while more:
            made = good(http.post(_PATH, json=wish)).json()
            left += made["left"]
            more, wish["after"] = made["more"], made["after"]
            if made["number"]:
                name = _fetch(http, made["number"], folder)
                out.say(f"{name}：{made['records']} 条", "records")
                written.append(name)
    for one in left:
        kept = "未导出" if one["stops"] else "提示"
        what = f"{one['code']} {one['column']}".strip()
        size = f"（{one['length']} > {one['limit']}）" if one["limit"] else ""
        out.say(f"{kept}：日志第 {one['idx']} 条 {what}{size}")
    if not written:
        out.say("没有可以导出的信息", "there is nothing to export")
    out.result({"ok": True, "files": written, "left": left})


@export.command("file")
@json_option
@_asking_options
@click.argument("number", type=click.IntRange(min=1))
@click.option("--out", "folder", required=True, help="写入的目录。The folder.",
              type=click.Path(exists=True, file_okay=False, path_type=Path))  # fmt: skip
@click.pass_obj
def again(out: Output, *, node: str, key_file: Path, number: int, folder: Path) -> None:
    """再次取得文件，内容须与导出时一致。Take a file again, which must be the same."""
    with _asking(node, key_file) as http:
        name = _fetch(http, number, folder)
    out.say(f"已写入 {folder / name}", "written")
    out.result({"ok": True, "file": name})


@export.command("return")
@json_option
@_asking_options
@click.argument("number", type=click.IntRange(min=1))
@click.argument(
    "file", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.pass_obj
def hand_in(out: Output, *, node: str, key_file: Path, number: int, file: Path) -> None:
    """登记平台回执。Hand in what the door sent back."""
    with _asking(node, key_file) as http:
        path, params = f"{_PATH}/{number}/return", {"name": file.name[-100:]}
        answer = http.post(path, params=params, content=file.read_bytes())
        found = good(answer).json()
    out.say(f"已接收 {found['accepted']} 条，被退回 {found['rejected']} 条", "accepted, sent back")
    for one in found["unmatched"]:
        out.say(f"对不上：第{one['line']}行 {one['text']}", str(one["why"]))
    out.result({"ok": not found["unmatched_count"], **found})


@contextmanager
def _asking(node: str, key_file: Path) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {key_file.read_text(encoding='utf-8').strip()}"}
    try:
        with httpx.Client(base_url=node, headers=headers, timeout=_WAITS) as http:
            yield http
    except httpx.HTTPError as error:
        message = f"无法连接节点：{error} / the node cannot be reached: {error}"
        raise NodeError(message) from error


def _fetch(http: httpx.Client, number: int, folder: Path) -> str:
    """Write the file of an export into a folder; return its name, which the node has made."""
    name = str(good(http.get(f"{_PATH}/{number}")).json()["file"])
    (folder / Path(name).name).write_bytes(good(http.get(f"{_PATH}/{number}/file")).content)
    return name
