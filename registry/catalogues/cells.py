"""Reading the cells of catalogues: dates, classes, stages, numbers and relations."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from registry.catalogues.problems import Told
from registry.standards.numbers import NumberError, StandardNumber, parse
from registry.standards.stated import StatedNumber, read_number

Cells = Mapping[str, str]
Fields = dict[str, object]
MAX_TITLE: Final = 500
MAX_RELATIONS: Final = 200
_DATE: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_ICS: Final = re.compile(r"[0-9]{2}(?:\.[0-9]{3}(?:\.[0-9]{2})?)?")
_CCS: Final = re.compile(r"[A-Z](?:[0-9]{2})?")
_STAGE: Final = re.compile(r"[0-9]{2}\.[0-9]{2}")
_PROJECT: Final = re.compile(
    r"\b(?:PWI|NP|AWI|WD|CDV?|DIS|FDIS|PRF|F?D(?:TS|TR)|DPAS|DISP|DGuide|P?DAM|FDAM|F?DAmd|F?DCOR)\b"
)
_BETWEEN: Final = re.compile(r";(?![^\[]*\])")
_PART: Final = re.compile(r"(.+?) *\[part(?:: *(.+))?\]")


class Index(Struct, frozen=True):
    """What is known of a catalogue before its rows are read.

    ``lines`` has for each number the line that is taken, ``cycles`` the pairs that replace each
    other in a cycle.
    """

    lines: Mapping[str, int]
    cycles: frozenset[tuple[str, str]]


def read(text: str) -> StatedNumber:
    """Return what a number says; raises NumberError."""
    stated = read_number(text)
    if stated is None:
        parse(text)
        raise AssertionError  # pragma: no cover - what is no number was refused
    return stated


def number_in(cells: Cells, column: str, told: Told) -> StatedNumber | None:
    """Return the number in a cell, or tell why it is none."""
    try:
        return read(cells[column])
    except NumberError as error:
        told.refuse(column, error)
        return None


def read_day(cells: Cells, column: str, told: Told) -> str:
    """Return a day as YYYY-MM-DD or ''."""
    text = cells[column].strip()
    match = _DATE.fullmatch(text)
    if match is None:
        if text:
            told.tell(column, "date-unread", text)
        return ""
    try:
        return date(*map(int, match.groups())).isoformat()
    except ValueError:
        told.tell(column, "date-unread", text)
        return ""


def is_day(text: str) -> bool:
    """Say whether a cell looks like a day."""
    return _DATE.fullmatch(text.strip()) is not None


def read_title(cells: Cells, column: str, told: Told) -> str:
    """Return a title, which must be there and fit into a record."""
    title = " ".join(cells[column].split())
    if not title:
        told.tell(column, "title-missing", "")
    if len(title) > MAX_TITLE:
        told.tell(column, "title-too-long", len(title), MAX_TITLE)
    return title


def read_classes(cells: Cells, column: str, told: Told) -> tuple[str, ...]:
    """Return the classes in a cell, split at semicolons; ICS and CCS by the column's name."""
    pattern = _CCS if column == "ccs" else _ICS
    if pattern.fullmatch(cells[column]):
        return (cells[column],)
    found = []
    for text in filter(None, (part.strip() for part in cells[column].split(";"))):
        if pattern.fullmatch(text):
            found.append(text)
        else:
            told.tell(column, "class-unread", text)
    return tuple(dict.fromkeys(found))[:20]


def read_stage(cells: Cells, column: str, told: Told) -> str:
    """Return an ISO stage code or ''."""
    text = cells[column].strip()
    if text and not _STAGE.fullmatch(text):
        told.tell(column, "stage-unknown", text)
        return ""
    return text


def is_project(number: str) -> bool:
    """Say whether a number in normal form is that of something not yet published."""
    return _PROJECT.search(number) is not None


def split_relations(cell: str) -> Iterable[str]:
    """Return what a cell names, as it stands there: split at semicolons, but not in brackets."""
    return filter(None, (part.strip() for part in _BETWEEN.split(cell)))


def _part(text: str) -> re.Match[str] | None:
    """Return a number and of which part it is named, None of a whole one: as most are."""
    return _PART.fullmatch(text) if text.endswith("]") else None


def normal(text: str) -> str:
    """Return the normal form of a number, '' of what is none."""
    match = _part(text)
    stated = read_number(match[1] if match else text)
    return "" if stated is None else stated.normal


def amends(number: StandardNumber, text: str) -> bool:
    """Say whether a text is the number of an amendment to this edition."""
    stated = read_number(text)
    if stated is None or not stated.parsed.amendment:
        return False
    return replace(stated.parsed, amendment="") == replace(number, amendment="")


def read_relations(
    cells: Cells, column: str, number: StatedNumber, index: Index, told: Told
) -> list[Fields]:
    """Return which editions a cell says are replaced (or replace), what is odd left out and told.

    A number may be followed by ``[part]`` or ``[part: 4.2, 5]``.
    """
    if not cells[column]:
        return []
    found: dict[str, Fields] = {}
    for text in split_relations(cells[column]):
        match = _part(text)
        try:
            other = read(match[1] if match else text)
        except NumberError as error:
            told.tell(column, "relation-unread", text, error.right_zh)
            continue
        name = other.normal
        if odd := _odd(number, other, column, index):
            told.tell(column, odd, name, number.normal)
            continue
        if name not in index.lines:
            told.tell(column, "unresolved", name)
        relation: Fields = {"number": name, "extent": "part" if match else "whole"}
        if match and match[2]:
            relation["clauses"] = match[2]
        found.setdefault(name, relation)
    return list(found.values())[:MAX_RELATIONS]


def _odd(mine: StatedNumber, named: StatedNumber, column: str, index: Index) -> str:
    newer, older = (mine, named) if column in _REPLACED else (named, mine)
    new, old = newer.normal, older.normal
    if new == old:
        return "replaces-itself"
    if is_project(old) and not is_project(new):
        return "replaces-project"
    if (new, old) in index.cycles:
        return "replacement-cycle"
    if not older.parsed.amendment and newer.year and older.year and newer.year < older.year:
        return "replaces-later"
    return ""


_REPLACED: Final = frozenset({"replaces", "obsoletes"})
"""Columns that name what the row's edition replaces; the others name what replaces it."""
