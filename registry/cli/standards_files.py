"""``registry standards import`` and ``export``: files of catalogues, records and editions."""

import csv
import gzip
import zlib
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

import click
import msgspec

from registry.catalogues.cells import Fields
from registry.catalogues.exports import fields_of, file_name, to_csv, to_json
from registry.catalogues.formats import FORMATS, FormatName
from registry.catalogues.problems import Problem, Summary
from registry.catalogues.reading import Catalogue
from registry.catalogues.records import Source, record_of
from registry.catalogues.sts_read import StsFile
from registry.catalogues.sts_write import write_sts
from registry.cli.options import json_option
from registry.cli.output import Output
from registry.clock import SystemClock, today
from registry.domain.records.standards import Standard
from registry.errors import MalformedRefusal, TooLargeRefusal
from registry.exchange.durable import write_over
from registry.forms.jsonl import decode_text, read_jsonl

MAX_FILE: Final = 256 * 1024 * 1024
NO_SALT: Final = "0" * 32
"""For reading only: records that were not sealed yet have none."""
_GZIP: Final = b"\x1f\x8b"
_SHOWN: Final = 10
_TOLD: Final = 1_000
_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_TARGET: Final = click.Path(dir_okay=False, path_type=Path)


@click.command("import")
@json_option
@click.argument("file", metavar="FILE", type=_FILE)
@click.option(
    "--format",
    "name",
    required=True,
    type=click.Choice([*FORMATS, "sts"]),
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
    name: FormatName | Literal["sts"],
    source: str,
    checked_on: datetime | None,
    target: Path,
    problems: Path | None,
) -> None:
    """读入标准目录，写成可报送的信息。Read a catalogue into records to publish.

    CSV, also gzip, or one NISO STS document. Good rows go on, odd ones are named. Exit code 1 when
    rows were left out.
    """
    out = ctx.ensure_object(Output)
    checked = checked_on.date() if checked_on else today(SystemClock())
    data = read_bounded(file)
    catalogue = StsFile(data) if name == "sts" else Catalogue(decode_text(data), name)
    odd = _write_records(catalogue, Source(source, checked), target)
    if problems is not None:
        _write_problems(problems, odd)
    _tell(out, catalogue.summary, odd, problems)
    ctx.exit(0 if catalogue.summary.good == catalogue.summary.rows else 1)


@click.command()
@json_option
@click.argument("file", metavar="RECORDS", type=_FILE)
@click.option(
    "--format",
    "name",
    required=True,
    type=click.Choice(["csv", "json", "sts"]),
    help="写出格式；sts 每个版本一个文件。What to write; with sts one file for each edition.",
)
@click.option(
    "-o",
    "--out",
    "target",
    required=True,
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="写到的文件；sts 为目录。The file to write; a folder with sts.",
)
@click.pass_context
def export(ctx: click.Context, /, file: Path, name: str, target: Path) -> None:
    """写出标准版本：CSV、JSON 或 NISO STS。Write the editions among RECORDS (JSON Lines).

    Lines of other types are passed over; a line that is no record is named, and nothing is written
    (exit code 1).
    """
    out = ctx.ensure_object(Output)
    editions = list(_editions(read_bounded(file)))
    if name == "sts":
        target.mkdir(parents=True, exist_ok=True)
        _write_documents(target, editions)
    else:
        text = to_csv(editions) if name == "csv" else to_json(editions)
        write_over(target, text.encode("utf-8-sig" if name == "csv" else "utf-8"))
    out.say(f"写出 {len(editions)} 个版本：{target}", f"{len(editions)} editions written")
    out.result({"ok": True, "editions": len(editions), "path": str(target)})


def _write_documents(folder: Path, editions: list[Fields]) -> None:
    """Write one document for each; what several records say of one edition is numbered."""
    named: Counter[str] = Counter()
    for fields in editions:
        name = file_name(fields)
        named[name] += 1
        again = f"-{named[name]}" if named[name] > 1 else ""
        write_over(folder / f"{name}{again}.xml", write_sts(fields))


def _editions(data: bytes) -> Iterator[Fields]:
    for row in read_jsonl(data):
        if row.main is None:
            found = row.findings[0]
            raise MalformedRefusal(
                f"第 {row.row} 行：{found.zh}；应当：{found.expected_zh}",
                f"line {row.row}: {found.en}; right is: {found.expected_en}",
                code="record-unread",
            )
        if row.main.get("type") == "standard":
            yield _edition(row.row, {"salt": NO_SALT, **row.main})


def _edition(line: int, main: Fields) -> Fields:
    try:
        return fields_of(msgspec.convert(main, Standard))
    except msgspec.ValidationError as error:
        raise MalformedRefusal(
            f"第 {line} 行不是标准信息：{error}；应当：registry check 通过的信息",
            f"line {line} is no record of a standard ({error}); right is: one that passes check",
            code="record-unread",
        ) from error


def read_bounded(file: Path) -> bytes:
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


def _write_records(catalogue: Catalogue | StsFile, source: Source, target: Path) -> list[Problem]:
    """Write the records in one step; return what is odd."""
    odd: list[Problem] = []
    lines: list[bytes] = []
    for row in catalogue.rows():
        odd += row.problems
        if row.fields is not None:
            lines.append(msgspec.json.encode(record_of(row.fields, source)) + b"\n")
    write_over(target, b"".join(lines))
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
