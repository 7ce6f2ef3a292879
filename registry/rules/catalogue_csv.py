"""A yearly list of lawful measures from a CSV file, row by row, and as an entry of catalogues.yaml.

The columns are those of the published table (content, targets, basis, organ) with item and family;
a row that is not right is refused with its line and column, and then nothing of the file is taken.
"""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from registry.rules.defects import Defect, RuleBookError
from registry.rules.language import given
from registry.rules.lawful import Catalogue, ListedItem

ROWS_MAX = 1000
_BYTES_MAX = 4 * 1024 * 1024
_LENGTHS = {"item": 200, "organ": 200, "content": 2000, "targets": 2000, "basis": 2000}
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "item": ("措施", "惩戒措施", "item"),
    "family": ("类别", "措施类别", "family"),
    "content": ("内容", "惩戒内容", "content"),
    "targets": ("对象", "惩戒对象", "targets"),
    "basis": ("依据", "法规政策依据", "basis"),
    "organ": ("实施机关", "实施主体", "organ"),
    "subjects": ("主体类型", "subjects"),
}
_OPTIONAL = frozenset({"subjects"})
_FAMILIES = {
    **dict.fromkeys(("A", "第一类"), "A"),
    **dict.fromkeys(("B", "第二类"), "B"),
    **dict.fromkeys(("C", "第三类"), "C"),
}
_SUBJECTS = {
    **dict.fromkeys(("组织", "法人和非法人组织", "organisation"), "organisation"),
    **dict.fromkeys(("自然人", "natural_person"), "natural_person"),
    **dict.fromkeys(("个体工商户", "sole_trader"), "sole_trader"),
}


class _Table:
    """One file on its way: its name, what is wrong with it so far."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.defects: list[Defect] = []

    def refuse(self, line: int, column: str, code: str, texts: tuple[str, str], right: str) -> None:
        where = f"/{column}" if column else ""
        self.defects.append(Defect(self.file, line, where, code, *texts, right))

    def columns(self, header: Sequence[str]) -> dict[str, int]:
        """Return where each column stands; unknown, doubled and missing ones are defects."""
        names = {alias: name for name, aliases in COLUMNS.items() for alias in aliases}
        found: dict[str, int] = {}
        for at, cell in enumerate(cell.strip() for cell in header):
            name = names.get(cell)
            if name is None or name in found:
                texts = (f"未知或重复的列“{cell}”", f"column {cell!r} is unknown or doubled")
                self.refuse(1, cell, "unknown-column", texts, _headers())
            else:
                found[name] = at
        for name, aliases in COLUMNS.items():
            if name not in found and name not in _OPTIONAL:
                texts = (f"缺少列“{aliases[0]}”", f"the column {name} is missing")
                self.refuse(1, aliases[0], "missing-column", texts, _headers())
        return found

    def row(self, line: int, cells: Mapping[str, str]) -> ListedItem | None:
        """Return a row as an item; what is wrong with it is noted."""
        before = len(self.defects)
        for name, length in _LENGTHS.items():
            self.cell(line, name, cells[name], length)
        family = _FAMILIES.get(cells["family"])
        if family is None:
            texts = (f"“{cells['family']}”不是措施类别", f"{cells['family']!r} is no family")
            self.refuse(line, COLUMNS["family"][0], "row-family", texts, " | ".join(_FAMILIES))
        subjects = self.subjects(line, cells.get("subjects", ""))
        if len(self.defects) > before:
            return None
        plain = {name: cells[name] for name in _LENGTHS}
        return msgspec.convert({**plain, "family": family, "subjects": subjects}, ListedItem)

    def cell(self, line: int, name: str, text: str, length: int) -> None:
        column = COLUMNS[name][0]
        if not text:
            texts = (f"“{column}”为空", f"{name} is empty")
            self.refuse(line, column, "row-empty", texts, f"1–{length}字 / characters")
        elif len(text) > length:
            texts = (f"“{column}”过长", f"{name} is too long")
            self.refuse(line, column, "row-length", texts, f"<= {length}")

    def subjects(self, line: int, text: str) -> list[str]:
        """Return the kinds of subject a row names, none if it leaves them open."""
        kinds: list[str] = []
        for word in (part.strip() for part in re.split("[、，,;；]", text) if part.strip()):
            kind = _SUBJECTS.get(word)
            if kind is None:
                texts = (f"“{word}”不是主体类型", f"{word!r} is no kind of subject")
                right = " | ".join(_SUBJECTS)
                self.refuse(line, COLUMNS["subjects"][0], "row-subjects", texts, right)
            elif kind not in kinds:
                kinds.append(kind)
        return kinds


def _headers() -> str:
    return ", ".join(aliases[0] for aliases in COLUMNS.values())


def read_list(text: str, file: str) -> tuple[ListedItem, ...]:
    """Return the items of a list; raises ``RuleBookError`` with every defect, line and column."""
    table = _Table(file)
    items = dict(_items(table, text))
    if not items and not table.defects:
        table.refuse(0, "", "empty", ("清单没有任何措施", "the list has no measure"), "1 – 1000")
    if table.defects:
        raise RuleBookError(table.defects)
    return tuple(items.values())


def _items(table: _Table, text: str) -> Iterator[tuple[str, ListedItem]]:
    """Yield the items of a text, noting what is wrong."""
    if len(text) > _BYTES_MAX:
        texts = ("文件过大", "the file is too large")
        table.refuse(0, "", "too-large", texts, f"<= {_BYTES_MAX}")
        return
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    lines: dict[str, int] = {}
    try:
        empty: list[str] = []
        header = next(reader, empty)
        columns = table.columns(header)
        for row in reader if not table.defects else ():
            item = _item(table, reader.line_num, header, columns, row)
            if item is None:
                continue
            first = lines.setdefault(item.item, reader.line_num)
            if first != reader.line_num:
                texts = (
                    f"“{item.item}”重复，见第{first}行",
                    f"{item.item} twice, see line {first}",
                )
                table.refuse(reader.line_num, "措施", "duplicate-item", texts, "one of each")
            elif len(lines) > ROWS_MAX:
                texts = ("措施过多", "too many measures")
                table.refuse(reader.line_num, "", "too-large", texts, f"<= {ROWS_MAX}")
                return
            yield item.item, item
    except csv.Error as error:
        texts = ("不是有效的CSV", f"not CSV: {error}")
        table.refuse(reader.line_num, "", "not-csv", texts, "RFC 4180")


def _item(
    table: _Table, line: int, header: Sequence[str], columns: Mapping[str, int], row: list[str]
) -> ListedItem | None:
    """Return one row as an item, None for an empty row or one that is refused."""
    if not any(cell.strip() for cell in row):
        return None
    if len(row) != len(header):
        texts = (f"本行{len(row)}列，表头{len(header)}列", f"{len(row)} cells, not {len(header)}")
        table.refuse(line, "", "row-cells", texts, str(len(header)))
        return None
    return table.row(line, {name: row[at].strip() for name, at in columns.items()})


def catalogue_yaml(catalogue: Catalogue) -> str:
    """Return an edition of a list as a catalogues.yaml that holds it alone."""
    until = given(catalogue.effective.until)
    force = f"{{from: {catalogue.effective.start}{f', until: {until}' if until else ''}}}"
    lines = ["catalogues:", f"- scope: {_quoted(catalogue.scope)}"]
    lines += [f"  {name}: {_quoted(getattr(catalogue, name))}" for name in ("edition", "title")]
    lines += [f"  instrument: {catalogue.instrument}", f"  effective: {force}"]
    lines += [f"  read: {catalogue.read}", "  items:"]
    for row in catalogue.items:
        lines.append(f"  - item: {_quoted(row.item)}")
        lines.append(f"    family: {row.family}")
        lines += [
            f"    {name}: {_quoted(getattr(row, name))}"
            for name in ("content", "targets", "basis", "organ")
        ]
        if row.subjects:
            lines.append(f"    subjects: [{', '.join(row.subjects)}]")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
