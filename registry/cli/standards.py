"""``registry standards``: numbers in normal form, catalogues read in, editions given out."""

import csv
import gzip
import zlib
from datetime import date, datetime
from pathlib import Path
from typing import Final

import click
import msgspec

from registry.cli.options import json_option
from registry.cli.output import Output
from registry.clock import SystemClock, today
from registry.errors import MalformedRefusal, TooLargeRefusal
from registry.forms.jsonl import decode_text
from registry.standards.catalogues import Catalogue
from registry.standards.catalogues_formats import FORMATS, FormatName
from registry.standards.catalogues_problems import Problem, Summary
from registry.standards.catalogues_records import Source, record_of
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

MAX_FILE: Final = 256 * 1024 * 1024
_GZIP: Final = b"\x1f\x8b"
_SHOWN: Final = 10
_TOLD: Final = 1_000
_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_TARGET: Final = click.Path(dir_okay=False, path_type=Path)
_OBLIGATIONS: Final = {
    "mandatory": ("强制性", "mandatory"),
    "voluntary": ("推荐性", "voluntary"),
    "guidance": ("指导性", "guidance"),
}


@click.group()
def standards() -> None:
    """标准：标准号、目录导入、版本导出。Numbers, catalogues and editions of standards."""


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


@standards.command("import")
@json_option
@click.argument("file", metavar="FILE", type=_FILE)
@click.option(
    "--format",
    "name",
    required=True,
    type=click.Choice(list(FORMATS)),
    help="目录格式。The format of the catalogue.",
)
@click.option(
    "--source", required=True, help="来源名称，写入每条信息。The source, for each record."
)
@click.option(
    "--checked-on",
    type=click.DateTime(["%Y-%m-%d"]),
    help="核对日期，缺省为今天。The day on which it was checked; by default today.",
)
@click.option(
    "-o",
    "--out",
    "target",
    required=True,
    type=_TARGET,
    metavar="FILE",
    help="写出的信息，JSON Lines，供 registry check、publish 使用。Records, for check and publish.",
)
@click.option(
    "--problems",
    type=_TARGET,
    metavar="FILE",
    help="写出有问题的行列（CSV）。What is odd, by line and column, as CSV.",
)
@click.pass_context
def import_catalogue(  # noqa: PLR0913 - one parameter for each option
    ctx: click.Context,
    /,
    *,
    file: Path,
    name: FormatName,
    source: str,
    checked_on: datetime | None,
    target: Path,
    problems: Path | None,
) -> None:
    """读入标准目录，写成可报送的信息。Read a catalogue (CSV, also gzip) into records to publish.

    Good rows go on, odd ones are named. Exit code 1 when rows were left out.
    """
    out = ctx.ensure_object(Output)
    checked: date = checked_on.date() if checked_on else today(SystemClock())
    catalogue = Catalogue(decode_text(_bytes(file)), name)
    odd = _write_records(catalogue, Source(source, checked), target)
    if problems is not None:
        _write_problems(problems, odd)
    _tell(out, catalogue.summary, odd, problems)
    ctx.exit(0 if catalogue.summary.good == catalogue.summary.rows else 1)


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
    return tuple(filter(None, map(str.strip, decode_text(_bytes(file)).splitlines())))


def _bytes(file: Path) -> bytes:
    """Return the bytes of a file, unpacked where it is gzip.

    Raises:
        TooLargeRefusal: they are too many.
        MalformedRefusal: it is gzip, but broken.
    """
    with file.open("rb") as opened:
        data = opened.read(MAX_FILE + 1)
    if data.startswith(_GZIP):
        try:
            with gzip.open(file) as packed:
                data = packed.read(MAX_FILE + 1)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise MalformedRefusal(
                "gzip 文件不完整；请重新下载",
                f"the gzip file is broken ({error}); fetch it again",
                code="broken-gzip",
            ) from error
    if len(data) > MAX_FILE:
        raise TooLargeRefusal(
            f"文件超过 {MAX_FILE} 字节；请分成几个文件",
            f"the file has more than {MAX_FILE} bytes; split it",
            code="catalogue-too-large",
        )
    return data


def _write_records(catalogue: Catalogue, source: Source, target: Path) -> list[Problem]:
    """Write the records beside the target, and put them in its place at the end."""
    odd: list[Problem] = []
    unfinished = target.with_name(f"{target.name}.unfinished")
    with unfinished.open("wb") as written:
        for row in catalogue.rows():
            odd += row.problems
            if row.fields is not None:
                written.write(msgspec.json.encode(record_of(row.fields, source)) + b"\n")
    unfinished.replace(target)
    return odd


def _write_problems(file: Path, odd: list[Problem]) -> None:
    with file.open("w", encoding="utf-8-sig", newline="") as written:
        table = csv.writer(written)
        table.writerow(Problem.__struct_fields__)
        table.writerows(map(msgspec.structs.astuple, odd))


def _tell(out: Output, summary: Summary, odd: list[Problem], problems: Path | None) -> None:
    left_out = summary.rows - summary.good
    out.say(
        f"共 {summary.rows} 行：写出 {summary.good} 行，未写出 {left_out} 行",
        f"{summary.good} of {summary.rows} rows written",
    )
    for code, count in summary.codes.most_common():
        first = next(one for one in odd if one.code == code)
        out.say(f"  {code}：{count}；如第 {first.line} 行 {first.column}：{first.zh}")
    out.say(
        f"代替关系 {summary.relations} 条，其中 {summary.resolved} 条在目录内",
        f"{summary.resolved} of {summary.relations} replaced editions are in the catalogue",
    )
    for name, count in summary.unresolved.most_common(_SHOWN):
        out.say(f"  目录外 not in it：{name}（{count}）")
    if problems is not None:
        out.say(f"问题清单 what is odd：{problems}")
    out.result(
        {
            "ok": not left_out,
            "rows": summary.rows,
            "good": summary.good,
            "codes": dict(summary.codes),
            "relations": summary.relations,
            "resolved": summary.resolved,
            "unresolved": dict(summary.unresolved.most_common(_TOLD)),
            "problems": [msgspec.structs.asdict(one) for one in odd[:_TOLD]],
        }
    )
