"""``registry standards``: numbers in normal form, catalogues read in, editions given out."""

from pathlib import Path
from typing import ClassVar, Final

import click

from registry.cli.lazy import Lazy, LazyGroup
from registry.cli.options import json_option
from registry.cli.output import Output
from registry.cli.standards_files import export, import_catalogue, read_bounded
from registry.forms.jsonl import decode_text
from registry.standards.numbers import (
    NumberError,
    StandardNumber,
    format_dual,
    format_number,
    group_of,
    identity_of,
    kind_of,
    obligation_of,
    parse,
    suggest,
    territory_of,
)
from registry.standards.numbers_prefixes import prefix_of

_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_OBLIGATIONS: Final = {
    "mandatory": ("强制性", "mandatory"),
    "voluntary": ("推荐性", "voluntary"),
    "guidance": ("指导性", "guidance"),
}


class Standards(LazyGroup):
    """What needs records is imported when it is called: a clerk reads numbers without a node."""

    lazy: ClassVar = {
        "ask": Lazy(
            "standards_ask",
            "ask",
            "标准能否在某地用于某种用途。May standard NUMBER serve there, for that use.",
        ),
        "sheet": Lazy(
            "standards_ask", "sheet", "逐行查询表格中的标准。Answer every number in IN, row by row."
        ),
        "replay": Lazy(
            "standards_ask", "replay", "由已保存的文件重演答复。Make a saved answer again, offline."
        ),
    }


@click.group(cls=Standards)
def standards() -> None:
    """标准：标准号、目录、能否用于某地。Numbers, catalogues; may a standard serve there."""


for _command in (import_catalogue, export):
    standards.add_command(_command)


@standards.command("number")
@json_option
@click.option(
    "--known",
    type=_FILE,
    metavar="FILE",
    help="已知标准号，一行一个，从中找相近的。Known numbers, one a line, to look for near ones.",
)
@click.argument("texts", nargs=-1, required=True, metavar="TEXT...")
@click.pass_context
def number(ctx: click.Context, texts: tuple[str, ...], known: Path | None) -> None:
    """标准号的规范写法、种类和含义。The normal form of each TEXT, its kind, and what it says.

    Exit code 1 when one is no number; what may be meant is told.
    """
    out = ctx.ensure_object(Output)
    listed = _lines(known)
    told = [_number(out, text, listed) for text in texts]
    good = all(one["ok"] for one in told)
    out.result({"ok": good, "numbers": told})
    ctx.exit(0 if good else 1)


def _number(out: Output, text: str, known: tuple[str, ...]) -> dict[str, object]:
    """Tell what one text is; return it for the JSON document."""
    try:
        read = parse(text)
    except NumberError as error:
        near = suggest(text, known) or error.suggestions
        out.say(f"{text}：{error.zh}")
        out.say(f"    {error.en}")
        if near != error.suggestions:
            out.say(f"    是否为 did you mean：{'、'.join(near)}")
        return {
            "text": text,
            "ok": False,
            "code": error.detail_code,
            "zh": error.zh,
            "en": error.en,
            "suggestions": list(near),
        }
    return _told(out, text, read, suggest(text, known))


def _told(out: Output, text: str, read: StandardNumber, near: tuple[str, ...]) -> dict[str, object]:
    prefix = prefix_of(read.prefix)
    zh, en = (prefix.zh, prefix.en) if prefix else ("", "")
    obligation = obligation_of(read)
    force_zh, force_en = _OBLIGATIONS[obligation]
    out.say(format_dual(read))
    out.say(f"    {zh}，{force_zh}", f"{en}, {force_en}")
    if group_of(read) != identity_of(read):
        grouped = f"区域标准，与 {group_of(read)} 各省文本为同一标准"
        out.say(f"    {grouped}", "one regional standard with the issues of the other provinces")
    if read.year is None:
        out.say("    未写年代号：指现行版本", "undated: whichever edition is in force")
    if read.amendment:
        out.say("    是修改文件，不是版本", "an amendment, not an edition")
    if near:
        out.say(f"    相近的标准号 near：{'、'.join(near)}")
    return {
        "text": text,
        "ok": True,
        "number": format_number(read),
        "also": read.also,
        "identity": identity_of(read),
        "group": group_of(read),
        "kind": kind_of(read),
        "zh": zh,
        "en": en,
        "obligation": obligation,
        "territory": territory_of(read),
        "year": read.year,
        "amendment": read.amendment,
        "near": list(near),
    }


def _lines(file: Path | None) -> tuple[str, ...]:
    if file is None:
        return ()
    return tuple(filter(None, map(str.strip, decode_text(read_bounded(file)).splitlines())))
