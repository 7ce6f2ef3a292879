"""From a record to the cells of a template, or why the template cannot hold it.

Nothing is cut and nothing is guessed: a text that is too long for its column, or that the other
side would read as something else, keeps its record out of the file, and is named.
"""

import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Final, Literal

import msgspec
from msgspec import Struct

from registry.domain.records import AnyRecord, Penalty, decode_main
from registry.domain.records.base import Subject
from registry.exports.templates import COLUMNS, TEMPLATES, WORDS, Asked, Form, Kind, Place
from registry.forms.column import Column

Code = Literal[
    "missing", "too-long", "not-a-character", "separator-inside", "without-documents",
    "unclassified", "not-shared",
]  # fmt: skip
Style = Literal["sheet", "message"]
"""Dates are ``2026/03/10`` in the cells of a sheet, ``2026-03-10`` in a message."""
_NO_CHARACTER: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LINE_ENDS: Final = re.compile("\r\n?")
_SEPARATORS: Final = re.compile("[;；、,，|\n]")
"""Any of these between two kinds ends the first, for whoever reads the cell."""
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_OF_KINDS: Final[dict[Asked, tuple[str, ...]]] = {
    "fine": ("罚款",),
    "confiscation": ("没收",),
    "licence": ("暂扣", "吊销"),
}
"""What begins the kinds of a penalty that make a door ask for a further column."""


class Problem(Struct, frozen=True):
    """Why a record is not in a file (``stops``), or may come back: in which column, how long.

    ``column`` is a code of the template, empty where it is about the record; ``length`` and
    ``limit`` are characters, 0 where they say nothing.
    """

    code: Code
    column: str = ""
    length: int = 0
    limit: int = 0
    stops: bool = True


class Row(Struct, frozen=True, gc=False):
    """A record as the cells of its template, with what is to be said about it."""

    idx: int
    cells: tuple[str, ...]
    problems: tuple[Problem, ...]

    @property
    def fits(self) -> bool:
        """Whether the template can hold it."""
        return not any(one.stops for one in self.problems)

    @property
    def size(self) -> int:
        """Characters."""
        return sum(map(len, self.cells))


def form_of(subject: Subject) -> Form:
    """Return whose template a record belongs in."""
    return "person" if subject.kind == "natural_person" else "entity"


def row_of(kind: Kind, form: Form, style: Style, record: tuple[int, bytes, bytes | None]) -> Row:
    """Return a record, as index, main part and what may be given of the restricted one."""
    idx, main, restricted = record
    parts: dict[str, object] = msgspec.json.decode(main)
    parts["restricted"] = {} if restricted is None else msgspec.json.decode(restricted)
    cells, problems = [], []
    asked = _asked(decode_main(main))
    for place in TEMPLATES[kind].of(form):
        cell, problem = _cell(kind, place, style, parts)
        cells.append(cell)
        if not cell and problem is None:
            if place.needed(form):
                problem = Problem("missing", place.code)
            elif place.asked in asked:
                problem = Problem("missing", place.code, stops=False)
        if problem is not None:
            problems.append(problem)
    return Row(idx, tuple(cells), tuple(problems))


def _asked(record: AnyRecord) -> frozenset[Asked]:
    """Return for which reasons a door asks for more of this record."""
    found: set[Asked] = set()
    if record.subject.kind == "organisation":
        found.add("entity")
    for why, beginnings in _OF_KINDS.items():
        if isinstance(record, Penalty) and any(k.startswith(beginnings) for k in record.kinds):
            found.add(why)
    return frozenset(found)


def _cell(
    kind: Kind, place: Place, style: Style, parts: Mapping[str, object]
) -> tuple[str, Problem | None]:
    """Return what a cell says, and what is wrong with it."""
    column = COLUMNS[kind][place.code]
    value = _value(parts, _path(column.pointer))
    if isinstance(value, list):
        if any(_SEPARATORS.search(str(one)) for one in value):
            return "", Problem("separator-inside", place.code)
        value = TEMPLATES[kind].kinds_separator.join(map(str, value))
    text = _written(column, "" if value is None else str(value), style)
    if _NO_CHARACTER.search(text):
        return "", Problem("not-a-character", place.code)
    if len(text) > place.limit:
        return "", Problem("too-long", place.code, len(text), place.limit)
    return text, None


def _written(column: Column, text: str, style: Style) -> str:
    """Return a value as the template writes it."""
    if column.reading in WORDS:
        return WORDS[column.reading].get(text, text)
    if column.reading == "date" and style == "sheet" and _DAY.fullmatch(text):
        return text.replace("-", "/")
    return _LINE_ENDS.sub("\n", text)


@cache
def _path(pointer: str) -> tuple[str, ...]:
    return tuple(pointer[1:].split("/"))


def _value(parts: Mapping[str, object], path: tuple[str, ...]) -> object:
    value: object = parts
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def day_text(day: date, style: Style) -> str:
    """Return a day as a template or a message has it."""
    return day.isoformat() if style == "message" else day.isoformat().replace("-", "/")
