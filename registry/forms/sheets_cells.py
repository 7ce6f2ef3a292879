"""What a cell says, as text: a spreadsheet may have made something else of what was typed.

Nothing is guessed. What can be read exactly is written as the clerk sees it; what the spreadsheet
has destroyed (digits beyond the fifteenth, a number that became a date) is an error.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from registry.domain.identifiers import resident_problems, uscc_problems
from registry.forms.column import Column
from registry.ingest.reasons import Finding, finding

_EXACT: Final = 10**15
"""Whole numbers below have all their digits: a spreadsheet keeps fifteen."""
_SCIENTIFIC: Final = re.compile(r"[0-9](?:\.[0-9]+)?[Ee]\+[0-9]{2}")
_ZEROED: Final = re.compile(r"[0-9]{15}000")
_DAY_ZERO: Final = date(1899, 12, 30)
_SERIALS: Final = range(18264, 2958466)
"""Days 1950-01-01 to 9999-12-31, as a spreadsheet counts from the end of 1899."""


@dataclass(frozen=True, slots=True)
class Oddity:
    """A cell that cannot be believed: a reason and what fills its text."""

    code: str
    places: Mapping[str, object] = field(default_factory=dict)


def read_cell(value: object, column: Column, *, serials: bool = True) -> tuple[str, Finding | None]:
    """Return what a cell says in its column, and what is to be said about it.

    Args:
        value: as the spreadsheet holds it; texts stay as they were typed.
        column: what the cell is for.
        serials: whether a bare number in a column of dates counts the days from 1899 on.
    """
    if isinstance(value, str):
        return value, _lost_in_text(value, column)
    if isinstance(value, bool):
        return str(value).upper(), None
    if isinstance(value, int | float):
        return _number(value, column, serials=serials)
    if isinstance(value, date):
        return _date(value, column)
    return ("" if value is None else str(value)), None


def plain_text(value: object) -> str:
    """Return what a cell of no known column says."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _digits(value)
    return "" if value is None else str(value)


def _lost_in_text(text: str, column: Column) -> Finding | None:
    """Recognise what a spreadsheet leaves of a long code when it writes a CSV."""
    if not ("+" in text or text.endswith("000")) or not column.is_code:
        return None
    typed = text.strip()
    zeroed = (
        _ZEROED.fullmatch(typed)
        and column.pointer.endswith(("/uscc", "/number"))
        and "check" in uscc_problems(typed)
        and bool(resident_problems(typed))
    )
    if not zeroed and not _SCIENTIFIC.fullmatch(typed):
        return None
    return finding("digits-lost", column.pointer, value=typed)


def _digits(value: float) -> str:
    """Return a number as a spreadsheet shows it: fifteen digits, no exponent."""
    if isinstance(value, int) or (value.is_integer() and abs(value) < _EXACT):
        return str(int(value))
    return f"{Decimal(format(value, '.15g')):f}"


def _number(value: float, column: Column, *, serials: bool) -> tuple[str, Finding | None]:
    if column.reading == "date":
        if serials and int(value) in _SERIALS:
            return (_DAY_ZERO + timedelta(days=int(value))).isoformat(), None
        return _digits(value), None
    if not column.is_code:
        return _digits(value), None
    if abs(value) >= _EXACT:
        shown = f"{value:.5E}"
        return shown, finding("digits-lost", column.pointer, value=shown)
    text = _digits(value)
    if column.pointer.endswith(("decision_no", "permit_no")):
        return text, None
    return text, finding("number-as-code", column.pointer, value=text)


def _date(value: date, column: Column) -> tuple[str, Finding | None]:
    day = value.date() if isinstance(value, datetime) else value
    text = day.isoformat()
    if column.reading in {"date", "text", "texts"}:
        return text, None
    return "", finding("turned-into-date", column.pointer, value=text)
