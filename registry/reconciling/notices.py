"""Repair notices of Credit China: each row matched with one record of ours, or told why not.

A row is matched by the code of the subject, the number of the decision and the organ together,
never by a name. Who recorded it repairs it; on conflict the source wins, so that a repair before
the day that the clocks say is prepared and noted, not refused.
"""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import islice
from typing import Final

from msgspec import Struct

from registry.domain.clocks import Window, windows
from registry.domain.records import AnyRecord
from registry.domain.subjects import subject_id
from registry.errors import TooLargeRefusal
from registry.reconciling.drafts import Draft, draft
from registry.reconciling.files import CELL_MAX, RESULTS, Row, day_of, read_rows, word_of
from registry.reconciling.keys import Key, code_form, key_of, number_form, organ_form
from registry.reconciling.ours import OwnRecords, holders
from registry.reconciling.reasons import Reason, reason
from registry.store.engine import Connection
from registry.store.reading import Head, Known
from registry.store.reading_files import Stated

NOTICES_MAX: Final = 5_000
AT_ONCE: Final = 500
_DONE: Final = {"repaired": "already-repaired", "withdrawn": "already-withdrawn"}
_NUMBER_MAX: Final = 128
"""Characters of a document number, as in a record."""


class Notice(Struct, frozen=True):
    """A row that says which decision was repaired, by which number and on which day."""

    row: Row
    key: Key
    no: str
    decided_on: date
    text: str


class Imported(Struct):
    """What came of a file: repairs prepared, and what is said of its rows."""

    rows: int = 0
    drafts: list[Draft] = []
    reasons: list[Reason] = []


class Matching:
    """Matches notices with what one member states."""

    def __init__(self, connection: Connection, within: tuple[Known, Head], today: date) -> None:
        """Take what the statements run on, the known set with the member's log, and the day."""
        self._connection = connection
        self._known, self._head = within
        self._today = today
        self._own = OwnRecords(connection, self._head, self._known)

    async def read(self, data: bytes, names: dict[str, str]) -> Imported:
        """Match a file, some hundred rows at a time; ``names`` are those of members by code.

        Raises:
            Refusal: it is no such file, or has too many rows.
        """
        found, met = Imported(drafts=[], reasons=[]), dict[Key, int]()
        rows = read_rows(data, "notice")
        while some := await asyncio.to_thread(_some, rows):  # a workbook is walked whole first
            found.rows += len(some)
            if found.rows > NOTICES_MAX:
                raise TooLargeRefusal(
                    f"一次最多导入 {NOTICES_MAX} 条通知，请分成几个文件。",
                    f"At most {NOTICES_MAX} notices are imported at once: send the file in parts.",
                    code="too-many-rows",
                )
            notices = list(_noticed(some, met, self._today, found.reasons))
            await self._match(notices, names, found)
        found.reasons.sort(key=lambda one: one.line)
        return found

    async def _match(
        self, notices: Sequence[Notice], names: dict[str, str], found: Imported
    ) -> None:
        stated: dict[Key, list[Stated]] = {}
        subjects = {subject_id("uscc", one.key.code) for one in notices}
        for record in await self._own.of_subjects(sorted(subjects)):
            key = key_of(record.record)
            if key is not None and record.state_on(self._today) != "amended":
                stated.setdefault(key, []).append(record)
        lost = {one.key for one in notices if one.key not in stated}
        whose = await holders(self._connection, self._known, self._head.log_id, lost, self._today)
        for one in notices:
            wrong = self._amiss(one, stated)
            if one.key in whose:
                member = names.get(whose[one.key], whose[one.key])
                wrong = _reason("other-member", one, "decision_no", member=member)
            if wrong is not None:
                found.reasons.append(wrong)
                continue
            target = self._standing(stated[one.key])[0]
            found.reasons += _early(one, target.record, self._today)
            found.drafts.append(
                draft(target, "repair", one.decided_on, self._today, one.no, one.text)
            )

    def _standing(self, matched: Sequence[Stated]) -> list[Stated]:
        return [one for one in matched if one.state_on(self._today) not in _DONE]

    def _amiss(self, one: Notice, stated: dict[Key, list[Stated]]) -> Reason | None:
        """Return why no single record of ours is meant, or may be repaired; None: it may."""
        matched = stated.get(one.key, [])
        standing = self._standing(matched)
        if len(standing) > 1:
            places = "、".join(str(record.row.idx) for record in standing)
            facts = {"count": len(standing), "places": places}
            return _reason("several", one, "decision_no", **facts)
        if not matched:
            organs = {
                record.record.authority.name
                for key, records in stated.items()
                if key[:2] == one.key[:2]
                for record in records
            }
            if organs:
                return _reason("other-organ", one, "organ", organ="、".join(sorted(organs)))
            return _reason("no-record", one, "decision_no")
        if not standing:
            state = matched[0].state_on(self._today)
            return _reason(_DONE[state], one, "decision_no")
        if one.decided_on < (first := standing[0].record.decided_on):
            return _reason("before-decision", one, "decided_on", day=first)
        return None


def _some(rows: Iterator[Row]) -> list[Row]:
    return list(islice(rows, AT_ONCE))


def _noticed(
    rows: Sequence[Row], met: dict[Key, int], today: date, reasons: list[Reason]
) -> Iterator[Notice]:
    """Give the rows that say what they must; the others are told of."""
    for row in rows:
        found = _read(row, today)
        if isinstance(found, Notice):
            first = met.get(found.key)
            if first is None:
                met[found.key] = row.line
                yield found
                continue
            found = reason("twice", row, "notice", "decision_no", line=first)
        reasons.append(found)


def _read(row: Row, today: date) -> Notice | Reason:
    for wrong, column in _wrong(row, today):
        return reason(wrong, row, "notice", column)
    key = Key(
        code_form(row.said("code")) or "",
        number_form(row.said("decision_no")),
        organ_form(row.said("organ")),
    )
    day = day_of(row.said("decided_on")) or today
    return Notice(row, key, row.said("repair_no"), day, row.said("result"))


def _wrong(row: Row, today: date) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the cells of a row, and in which column."""
    for column, text in row.cells.items():
        if len(text) > (_NUMBER_MAX if column.endswith("_no") else CELL_MAX):
            yield "too-long", column
    if code_form(row.said("code")) is None:
        yield "bad-code" if row.said("code") else "empty", "code"
    for column in ("decision_no", "repair_no", "organ", "decided_on"):
        text = row.said(column)
        if not (number_form(text) if column == "decision_no" else text):
            yield "empty", column
    day = day_of(row.said("decided_on"))
    if day is None:
        yield "bad-date", "decided_on"
    elif day > today:
        yield "future-date", "decided_on"
    result = word_of(RESULTS, row.said("result"))
    if row.said("result") and result != "granted":
        yield "not-granted" if result else "bad-result", "result"


def _reason(code: str, one: Notice, column: str, **facts: object) -> Reason:
    return reason(code, one.row, "notice", column, noted=False, **facts)


def _early(one: Notice, record: AnyRecord, today: date) -> Iterator[Reason]:
    """Note a repair that comes before the first day on which the clocks let one ask for it."""
    doors = [w for w in windows(record, today) if w.kind == "earliest_repair" and w.first]
    first: Window | None = min(doors, key=lambda w: w.first or date.max, default=None)
    if first is not None and first.first is not None and one.decided_on < first.first:
        rule = f"{first.title}（{first.number}）"
        yield reason(
            "before-earliest", one.row, "notice", "decided_on",
            noted=True, day=first.first, rule=rule,
        )  # fmt: skip
