"""``registry standards``: may a standard serve there, for one or a file of them; answers replayed.

Asked is a node over its interface (``--node``), or with this node's settings its own store.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

import click
import httpx
import msgspec

from registry.cli.answered import good
from registry.cli.node import load_settings, settings_option
from registry.cli.options import json_option
from registry.cli.output import Output
from registry.cli.stored import charter_in_force
from registry.clock import SystemClock, today
from registry.errors import MalformedRefusal, NodeError
from registry.forms.standards_sheet import Asked, Format, asked_rows, written
from registry.query.standards import Standards
from registry.query.standards_file import StandardFile, encoded, opened, replayed
from registry.resources import open_store
from registry.standards.model import Answer

_WAITS: Final = 120.0
_KINDS: Final[dict[str, Format]] = {".jsonl": "jsonl", ".csv": "csv", ".xlsx": "xlsx"}
_SAID: Final = {
    "yes": ("可以作为依据", "yes"),
    "partly": ("部分可以作为依据", "partly"),
    "conditionally": ("符合条件时可以作为依据", "on conditions"),
    "no": ("不能作为依据", "no"),
    "no_document": ("未查询到认可文件，这不表示不得销售或使用", "no document was found"),
    "no_recognition_needed": ("销售无需认可", "a sale needs no recognition"),
}
_node = click.option(
    "--node",
    "node",
    metavar="URL",
    help="节点地址；不填则用本节点的库。Ask this node, not a store.",
)
_where = click.option(
    "--territory", default="", help="地区代码，如 320100。Code of the member territory."
)
_for = click.option(
    "--use",
    default="tender",
    show_default=True,
    help="用途：tender qualification certification funds supervision sale。The use.",
)
_day = click.option(
    "--on", type=click.DateTime(["%Y-%m-%d"]), help="哪一天，默认今天。The day; today."
)
_product = click.option("--product", default="", help="产品或工程。Product or work.")


@dataclass(frozen=True, slots=True)
class _Source:
    """What is asked: a node at an address, or the store of these settings; and for which day."""

    node: str | None
    settings_file: Path | None
    on: datetime | None

    @property
    def day(self) -> date | None:
        return None if self.on is None else self.on.date()

    async def file(self, number: str, asked: Asked) -> StandardFile:
        """Return the answer with all it was made from."""
        if self.node is not None:
            given = {"number": number, "bundle": "true", **self._params(asked)}
            async with httpx.AsyncClient(base_url=self.node, timeout=_WAITS) as http:
                body = good(await http.get("/api/v1/standards/usable", params=given)).content
            return msgspec.convert(msgspec.json.decode(body)["bundle"], StandardFile)
        async with open_store(load_settings(self.settings_file)) as db:
            standards = Standards.over(db, await charter_in_force(db), SystemClock())
            day = self.day or today(SystemClock())
            view = await standards.usable(number, asked.territory, asked.use, day, asked.product)
            return await standards.file(view)

    async def sheet(self, data: bytes, asked: Asked, kind: Format) -> AsyncIterator[bytes]:
        """Give an answered file piece by piece."""
        if self.node is not None:
            given = {"answer": kind, **self._params(asked)}
            async with httpx.AsyncClient(base_url=self.node, timeout=_WAITS) as http:
                path = "/api/v1/standards/usable"
                yield good(await http.post(path, params=given, content=data)).content
            return
        async with open_store(load_settings(self.settings_file)) as db:
            standards = Standards.over(db, await charter_in_force(db), SystemClock())
            day = self.day or today(SystemClock())
            async for piece in written(standards.many(asked_rows(data, asked), day), kind):
                yield piece

    def _params(self, asked: Asked) -> dict[str, str]:
        when = {} if self.day is None else {"on": self.day.isoformat()}
        return {**asked._asdict(), **when}


@click.command("ask")
@json_option
@settings_option
@_node
@click.option("--territory", required=True, help="地区代码，如 320100。Code of the territory.")
@_for
@_day
@_product
@click.option(
    "--save",
    type=click.Path(dir_okay=False, path_type=Path),
    help="保存答复及全部依据。Save the answer with all it rests on.",
)
@click.argument("number", metavar="NUMBER")
@click.pass_obj
def ask(  # noqa: PLR0913 - one parameter for each option
    out: Output, *, settings_file: Path | None, node: str | None, territory: str, use: str,
    on: datetime | None, product: str, save: Path | None, number: str,
) -> None:  # fmt: skip
    """标准能否在某地用于某种用途。May standard NUMBER serve there, for that use."""
    source = _Source(node, settings_file, on)
    file = _run_file(source, number, Asked(territory, use, product))
    if save is not None:
        save.write_bytes(encoded(file))
    _tell(out, file.answer, save)
    out.result({"ok": True, "answer": msgspec.to_builtins(file.answer), "saved": save})


def _run_file(source: _Source, number: str, asked: Asked) -> StandardFile:
    try:
        return asyncio.run(source.file(number, asked))
    except httpx.HTTPError as error:
        message = f"无法连接节点：{error} / the node cannot be reached: {error}"
        raise NodeError(message) from error


def _tell(out: Output, answer: Answer, save: Path | None) -> None:
    """Say the answer: the first line always, then the verdict and what it rests on."""
    out.say(answer.first_zh)
    out.say(f"  {answer.first_en}")
    zh, en = _SAID[answer.verdict]
    edition = answer.edition or answer.ask.number
    out.say(f"{edition}：{zh}", en)
    rows = (
        ("文件", "instrument", answer.instrument),
        ("机关", "organ", answer.organ),
        ("条件", "conditions", "；".join(answer.conditions)),
        ("除外", "exclusions", "；".join(answer.exclusions)),
        ("需提交", "evidence", "；".join(answer.evidence_needed)),
        ("被代替为", "replaced by", "、".join(answer.replaced_by)),
        ("相近标准", "nearest", "；".join(f"{one.number} {one.zh}" for one in answer.nearest)),
        ("说明", "notes", "；".join(answer.notes_zh)),
        ("依据", "records", "、".join(f"{s.ref.origin}/{s.ref.idx}" for s in answer.chain)),
        ("已保存", "saved", "" if save is None else str(save)),
    )
    for label, english, text in rows:
        if text:
            out.say(f"  {label}：{text}", f"({english})")


@click.command("sheet")
@json_option
@settings_option
@_node
@_where
@_for
@_day
@_product
@click.argument(
    "source", metavar="IN", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.argument("target", metavar="OUT", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_obj
def sheet(  # noqa: PLR0913 - one parameter for each option
    out: Output, *, settings_file: Path | None, node: str | None, territory: str, use: str,
    on: datetime | None, product: str, source: Path, target: Path,
) -> None:  # fmt: skip
    """逐行查询表格中的标准。Answer every number in IN (.xlsx .xls .csv .jsonl), row by row."""
    kind = _KINDS.get(target.suffix.lower())
    if kind is None:
        raise MalformedRefusal(
            f"输出文件应以 {'、'.join(_KINDS)} 结尾。",
            f"The file to write should end in one of {', '.join(_KINDS)}.",
            code="unknown-format",
        )
    asking = _Source(node, settings_file, on)
    data = _run_sheet(asking, source.read_bytes(), Asked(territory, use, product), kind)
    target.write_bytes(data)
    out.say(f"已写入 {target}（{len(data)} 字节）", "written")
    out.result({"ok": True, "file": target, "bytes": len(data)})


def _run_sheet(source: _Source, data: bytes, asked: Asked, kind: Format) -> bytes:
    async def whole() -> bytes:
        return b"".join([piece async for piece in source.sheet(data, asked, kind)])

    try:
        return asyncio.run(whole())
    except httpx.HTTPError as error:
        message = f"无法连接节点：{error} / the node cannot be reached: {error}"
        raise NodeError(message) from error


@click.command("replay")
@json_option
@click.argument(
    "file", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.pass_obj
def replay(out: Output, file: Path) -> None:
    """由已保存的文件重演答复。Make a saved answer again from the records in its file, offline."""
    saved = opened(file.read_bytes())
    again = replayed(saved)
    out.say(f"已重演，答复一致：{again.verdict}，依据信息 {len(saved.records)} 条", "the same")
    out.result({"ok": True, "verdict": again.verdict, "records": len(saved.records)})
