"""The national status as rows: what each says of one record, or why it cannot be compared."""

from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import Final

import msgspec

from registry.reconciling.files import (
    CELL_MAX,
    CLASSES,
    STATES,
    Row,
    day_of,
    read_rows,
    word_of,
)
from registry.reconciling.keys import code_form, number_form, organ_form
from registry.reconciling.model import Problem, Theirs

AT_ONCE: Final = 5_000
"""Rows read and staged together."""
_DAYS: Final = ("since", "decided_on", "until")
_EARLIEST: Final = date(1949, 10, 1)


class Statuses:
    """A status file, read from its beginning, so many rows at a time."""

    def __init__(self, content: bytes) -> None:
        """Take the bytes."""
        self._rows = read_rows(content, "status")
        self.done = 0

    def next(self) -> tuple[list[Theirs], list[tuple[int, Problem]]]:
        """Return the next rows, and by line those that cannot be compared; none: that was all.

        Raises:
            Refusal: it is no such file, or too large.
        """
        read: list[Theirs] = []
        wrong: list[tuple[int, Problem]] = []
        for row in islice(self._rows, AT_ONCE):
            self.done += 1
            found = _read(row, self.done)
            if isinstance(found, Theirs):
                read.append(found)
            else:
                wrong.append((row.line, found))
        return read, wrong


def _read(row: Row, at: int) -> Theirs | Problem:
    """Return what a row says, or the first thing that is wrong with it."""
    for column, text in row.cells.items():
        if len(text) > CELL_MAX:
            return _problem(row, "too-long", column)
    state, severity = (
        word_of(words, row.said(column))
        for words, column in ((STATES, "state"), (CLASSES, "class"))
    )
    code = code_form(row.said("code"))
    for wrong, column in _amiss(row, code, state, severity):
        return _problem(row, wrong, column)
    days = [day_of(row.said(column)) if row.said(column) else None for column in _DAYS]
    for column, day in zip(_DAYS, days, strict=True):
        if row.said(column) and (day is None or day < _EARLIEST):
            return _problem(row, "bad-date", column)
    since, decided_on, until = days
    number, organ = row.said("decision_no"), row.said("organ")
    typed = msgspec.json.encode((number, organ, row.sheet)).decode()
    key = (code or "", number_form(number), organ_form(organ))
    return Theirs(at, row.line, *key, state, since, severity, decided_on, until, typed)


def _amiss(row: Row, code: str | None, state: str, severity: str) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the texts of a row, and in which column."""
    if code is None:
        yield "bad-code" if row.said("code") else "empty", "code"
    if not number_form(row.said("decision_no")):
        yield "empty", "decision_no"
    if not row.said("organ"):
        yield "empty", "organ"
    if not state:
        yield "bad-state" if row.said("state") else "empty", "state"
    if row.said("class") and not severity:
        yield "bad-class", "class"


def _problem(row: Row, code: str, column: str) -> Problem:
    return Problem(code, row.header("status", column), row.cell(column))
