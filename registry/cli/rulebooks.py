"""More of ``registry rules``: a draft against the gate, and a yearly list: what it takes away."""

from datetime import date
from pathlib import Path

import click
import msgspec

from registry.cli.options import json_option
from registry.cli.output import Output
from registry.cli.rules import rules
from registry.exchange.durable import write_new
from registry.forms.jsonl import decode_text
from registry.rules.catalogue import NATIONAL
from registry.rules.catalogue_csv import catalogue_yaml, read_list
from registry.rules.catalogue_diff import compare, lost_basis
from registry.rules.defects import Defect, RuleBookError
from registry.rules.language import Book
from registry.rules.lawful import Catalogue, ListedItem
from registry.rules.load import load_book, read_book
from registry.rules.terms import InForce

_FILE_MAX = 4 * 1024 * 1024

_CSV = click.Path(exists=True, dir_okay=False, path_type=Path)
_folder = click.argument(
    "folder",
    metavar="FOLDER",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
)


@rules.command("check")
@json_option
@_folder
@click.pass_context
def check(ctx: click.Context, folder: Path) -> None:
    """按合法性规则校验草案。Hold the draft in FOLDER against every check of form and law.

    Exit code 1 when it has a defect; each is told with file, line, rule and what would be right.
    """
    out = ctx.ensure_object(Output)
    try:
        book = load_book(_bodies(folder))
    except RuleBookError as error:
        _tell_defects(out, error.defects)
        ctx.exit(1)
    out.say(f"{len(book.rules)}条规则，未发现问题。", f"{len(book.rules)} rules, nothing wrong.")
    out.result({"ok": True, "rules": len(book.rules), "defects": []})


@rules.command("import-list")
@json_option
@click.argument("file", metavar="FILE", type=_CSV)
@click.option("--edition", required=True, help="版次，如 2025。The edition, as 2025.")
@click.option(
    "--title", default="全国失信惩戒措施基础清单", help="清单名称。The title of the list."
)
@click.option("--instrument", required=True, help="instruments.yaml 中的键。Its key there.")
@click.option("--scope", default=NATIONAL, help="CN 或区划代码。CN, or a division code.")
@click.option(
    "--from",
    "start",
    required=True,
    type=click.DateTime(["%Y-%m-%d"]),
    help="施行日期。First day in force.",
)
@click.option(
    "--read",
    default="unconfirmed",
    type=click.Choice(["full_text", "secondary", "unconfirmed"]),
    help="原文核实程度。How well the original was read.",
)
@click.option(
    "-o",
    "--out",
    "target",
    required=True,
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="写出的 YAML 文件（须不存在）。The YAML file to write; it must not be there.",
)
@click.pass_context
def import_list(
    ctx: click.Context, /, file: Path, target: Path, start: date, **edition: str
) -> None:
    """读入年度清单（CSV）。Read a yearly list (CSV) and write it as an entry of catalogues.yaml.

    Columns 措施, 类别, 内容, 对象, 依据, 实施机关 and, if it names them, 主体类型. A row that is
    not right is told with line and column, and then nothing is written (exit code 1).
    """
    out = ctx.ensure_object(Output)
    items = _items(ctx, out, file)
    force = InForce(date(start.year, start.month, start.day))
    plain = {
        **edition,
        "effective": msgspec.to_builtins(force),
        "items": msgspec.to_builtins(items),
    }
    try:
        catalogue = msgspec.convert(plain, Catalogue)
    except msgspec.ValidationError as error:
        raise click.UsageError(f"选项不正确。An option is not right: {error}") from error
    write_new(target, catalogue_yaml(catalogue).encode())
    out.say(f"{len(items)}项措施：{target}", f"{len(items)} measures")
    out.result({"ok": True, "items": len(items), "path": str(target)})


@rules.command("diff")
@json_option
@_folder
@click.argument("new", metavar="NEW.csv", type=_CSV)
@click.option(
    "--old",
    type=_CSV,
    metavar="OLD.csv",
    help="上一年度清单；默认取汇编中最新的全国清单。The former list; else the book's latest one.",
)
@click.pass_context
def diff(ctx: click.Context, folder: Path, new: Path, old: Path | None) -> None:
    """比较两年清单，指出失去依据的规则。What a new national list changes.

    Names the rules of the book in FOLDER that lose their basis by it; exit code 1 if one does.
    """
    out = ctx.ensure_object(Output)
    try:
        book = read_book(_bodies(folder))
    except RuleBookError as error:
        _tell_defects(out, error.defects)
        ctx.exit(1)
    after = _items(ctx, out, new)
    before = _items(ctx, out, old) if old is not None else _latest(book)
    changes, lost = compare(before, after), lost_basis(book, after)
    for change in changes:
        out.say(str(change))
    if lost:
        out.say("以下规则失去依据：", "these rules lost their basis:")
    else:
        out.say("没有规则失去依据。", "no rule lost its basis.")
    for one in lost:
        out.say(str(one))
    built = {"changes": msgspec.to_builtins(changes), "lost": msgspec.to_builtins(lost)}
    out.result({"ok": not lost, **built})
    ctx.exit(1 if lost else 0)


def _latest(book: Book) -> tuple[ListedItem, ...]:
    """Return the items of the latest national list of a book.

    Raises:
        UsageError: it has none, so that the former list must be named.
    """
    national = [one for one in book.catalogues if one.scope == NATIONAL]
    if not national:
        raise click.UsageError(
            "汇编没有全国清单，用 --old 指定。No national list there: use --old."
        )
    return max(national, key=lambda one: one.effective.start).items


def _bodies(folder: Path) -> dict[str, str | bytes]:
    """Return the YAML files of a folder, too large ones cut where the reader refuses them."""
    return {path.name: _head(path) for path in sorted(folder.glob("*.yaml"))[:50]}


def _head(path: Path) -> bytes:
    """Return a file, or as much of it as shows that it is too large."""
    with path.open("rb") as file:
        return file.read(_FILE_MAX + 1)


def _items(ctx: click.Context, out: Output, file: Path) -> tuple[ListedItem, ...]:
    """Return the items of a CSV file; with a defect, tell all of them and leave (exit code 1)."""
    try:
        return read_list(decode_text(_head(file)), file.name)
    except RuleBookError as error:
        _tell_defects(out, error.defects)
        ctx.exit(1)


def _tell_defects(out: Output, defects: tuple[Defect, ...]) -> None:
    """Tell every defect, one a line."""
    for defect in defects:
        out.say(str(defect))
    out.result({"ok": False, "defects": msgspec.to_builtins(defects)})
