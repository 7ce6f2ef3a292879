"""What may be shown of the figures, and to whom.

The public sees its figures of facts that anybody may see, from a least number of records on: what
an act does (repair, objection, withdrawal) is in none of them, so that no number says that some
record was repaired. The member itself, the region office and the auditor see all, by department and
by kind of finding, too. Levels are made of the public's figures alone, and equal for everybody.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from registry.clock import Clock, today
from registry.domain.disclosure import Role
from registry.domain.grants import PUBLIC_GRANT, Grant
from registry.errors import MalformedRefusal, NotFoundRefusal
from registry.ledger.read import LogReader
from registry.quality.definitions import DEFINITIONS
from registry.quality.figures import (
    OPEN,
    Judged,
    Value,
    added,
    figures_of,
    level_of,
    levels_of,
)
from registry.query.show import members_of
from registry.store.engine import Database
from registry.store.logs import log_id_of
from registry.store.quality import Counted, QualityStore
from registry.store.reading import LogReading
from signing.charter import Charter, Party

UNITS_MAX: Final = 200
"""Departments that are listed by themselves, those with most records; the rest is one line."""
CODES_MAX: Final = 100
OTHERS: Final = "…"
_OF_MEMBER: Final = frozenset({Role.CLERK, Role.REVIEWER, Role.REGULATOR})
_OF_REGION: Final = frozenset({Role.REGION, Role.AUDITOR})
_MONTH: Final = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])", re.ASCII)
Cells = Sequence[tuple[int, date, str, str, dict[str, int]]]


@dataclass(frozen=True, slots=True)
class Line:
    """The figures of a month, type or department; ``few``: too few records to be told about."""

    key: str
    few: bool
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Position:
    """Up to where a log was counted, of how many entries it has; ``root`` is that of ``size``."""

    origin: str
    size: int
    root: str
    holds: int


@dataclass(frozen=True, slots=True)
class MemberQuality:
    """A member over the months up to one: in all, by month, and what level that is."""

    member: str
    name: str
    whole: bool
    total: Line
    months: tuple[Line, ...]
    level: str
    levels: tuple[Judged, ...]


@dataclass(frozen=True, slots=True)
class RegionQuality:
    """All members, in the order of the charter: never ranked."""

    until: date
    members: tuple[MemberQuality, ...]
    positions: tuple[Position, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """A month of a member or of one of its departments.

    ``units`` and ``codes`` (finding, error or warning, number) are there for who sees all.
    """

    member: str
    name: str
    month: date
    unit: str
    whole: bool
    total: Line
    types: tuple[Line, ...]
    units: tuple[Line, ...]
    codes: tuple[tuple[str, str, int], ...]
    positions: tuple[Position, ...]


def sees_all(grant: Grant, member: str) -> bool:
    """Tell whether somebody sees all figures of a member."""
    return grant.role in _OF_REGION or (grant.role in _OF_MEMBER and grant.member == member)


def parse_month(text: str) -> date:
    """Return the first day of a month; raises MalformedRefusal for what is none."""
    if _MONTH.fullmatch(text) is None:
        raise MalformedRefusal(
            f"“{text[:20]}”不是月份，应为如 2026-10 的写法。",
            f"{text[:20]!r} is no month: write it as 2026-10.",
        )
    return date(int(text[:4]), int(text[5:]), 1)


def month_text(month: date) -> str:
    """Return a month as addresses write it."""
    return f"{month:%Y-%m}"


def before(month: date, number: int) -> date:
    """Return the month so many months earlier."""
    index = month.year * 12 + month.month - 1 - number
    return date(index // 12, index % 12 + 1, 1)


class Quality:
    """Answers from what has been counted; each reads the cells of a bounded number of months."""

    def __init__(self, db: Database, charter: Charter, clock: Clock) -> None:
        """Take the open database, the charter, and a clock for what is shown while empty."""
        self._store = QualityStore(db.pool)
        self._reading = LogReading(db.pool)
        self._ledger = LogReader(db, charter)
        self._members = tuple(members_of(charter))
        self._clock = clock

    async def region(self, until: date | None = None) -> RegionQuality:
        """Return all members side by side over the months up to one, by default the latest.

        The public's figures, whoever asks: side by side everybody sees the same.
        """
        last = until or await self._latest()
        cells = await self._cells(before(last, DEFINITIONS.levels.months - 1), last)
        members = tuple(self._member(one, cells, PUBLIC_GRANT, last) for one in self._members)
        return RegionQuality(last, members, await self.positions())

    async def member(
        self, code: str, grant: Grant, until: date | None = None
    ) -> tuple[MemberQuality, date]:
        """Return one member, and the last of its months; raises NotFoundRefusal."""
        party, last = self._party(code), until or await self._latest()
        first = before(last, DEFINITIONS.levels.months - 1)
        return self._member(party, await self._cells(first, last, party), grant, last), last

    async def statement(self, code: str, grant: Grant, month: date, unit: str = "") -> Statement:
        """Return a month of a member; of a department only to who sees all; NotFoundRefusal."""
        party = self._party(code)
        whole = sees_all(grant, code)
        cells = await self._cells(month, month, party)
        by_unit = await self._cells(month, month, party, units=True) if whole else []
        units = _by(by_unit, 2)
        if unit and unit not in units:
            raise _unknown()
        chosen = [cell for cell in by_unit if cell[2] == unit] if unit else cells
        total = added(_of(chosen, whole=whole))
        types = _by(chosen if whole else [cell for cell in chosen if cell[3] in OPEN], 3)
        return Statement(
            code,
            party.name,
            month,
            unit,
            whole,
            line("", total, whole=whole),
            tuple(line(kind, counts, whole=whole) for kind, counts in sorted(types.items())),
            () if unit else tuple(_largest(units)),
            tuple(_codes(total)) if whole else (),
            await self.positions(),
        )

    async def positions(self) -> tuple[Position, ...]:
        """Return up to where each member's log has been counted."""
        known = await self._reading.known()
        counted = await self._counted()
        found: list[Position] = []
        for party in self._members:
            head = known.by_origin.get(party.origin)
            if head is None:
                continue
            size = counted.get(head.log_id, Counted(0, None)).size
            whole = size == head.size
            root = head.root if whole else await self._ledger.root(party.origin, size)
            found.append(Position(party.origin, size, root.hex(), head.size))
        return tuple(found)

    async def recognised(self, limit: int) -> list[str]:
        """Return the first standards that some member recognises, by number."""
        return await self._store.recognised(limit) if await self._store.is_there() else []

    def _party(self, code: str) -> Party:
        party = next((one for one in self._members if one.code == code), None)
        if party is None:
            raise _unknown()
        return party

    async def _latest(self) -> date:
        if not await self._store.is_there():
            return today(self._clock).replace(day=1)
        return await self._store.latest_month() or today(self._clock).replace(day=1)

    async def _counted(self) -> dict[int, Counted]:
        return await self._store.counted() if await self._store.is_there() else {}

    async def _cells(
        self, first: date, last: date, party: Party | None = None, *, units: bool = False
    ) -> Cells:
        if not await self._store.is_there():
            return []
        log_id = None if party is None else log_id_of(party.origin)
        return await self._store.cells(first, last, log_id, units=units)

    def _member(self, party: Party, cells: Cells, grant: Grant, last: date) -> MemberQuality:
        whole, log_id = sees_all(grant, party.code), log_id_of(party.origin)
        own = [cell for cell in cells if cell[0] == log_id]
        levels = levels_of(added(_of(own, whole=False)))
        months = [before(last, number) for number in reversed(range(DEFINITIONS.levels.months))]
        by_month = {month: [cell for cell in own if cell[1] == month] for month in months}
        return MemberQuality(
            party.code,
            party.name,
            whole,
            line("", added(_of(own, whole=whole)), whole=whole),
            tuple(
                line(month_text(month), added(_of(some, whole=whole)), whole=whole)
                for month, some in by_month.items()
            ),
            level_of(levels),
            levels,
        )


def line(key: str, counts: Mapping[str, int], *, whole: bool) -> Line:
    """Return the figures of some counters; to the public nothing is told of a few records."""
    few = not whole and 0 < counts.get("n", 0) < DEFINITIONS.shown.least
    return Line(key, few, {} if few else figures_of(counts, public=not whole))


def _of(cells: Cells, *, whole: bool) -> Iterable[dict[str, int]]:
    return (cell[4] for cell in cells if whole or cell[3] in OPEN)


def _by(cells: Cells, column: int) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    for cell in cells:
        found.setdefault(str(cell[column]), Counter()).update(cell[4])
    return found


def _largest(units: Mapping[str, Counter[str]]) -> Iterable[Line]:
    ordered = sorted(units.items(), key=lambda one: (-one[1]["n"], one[0]))
    for name, counts in ordered[:UNITS_MAX]:
        yield line(name, counts, whole=True)
    if len(ordered) > UNITS_MAX:
        rest = added(counts for _, counts in ordered[UNITS_MAX:])
        yield line(OTHERS, rest, whole=True)


def _codes(counts: Mapping[str, int]) -> Iterable[tuple[str, str, int]]:
    found = [(name.partition(":"), number) for name, number in counts.items()]
    codes = [
        (code, level, number) for (level, _, code), number in found if level in {"error", "warning"}
    ]
    return sorted(codes, key=lambda one: (-one[2], one[0]))[:CODES_MAX]


def _unknown() -> NotFoundRefusal:
    return NotFoundRefusal("没有这份数据质量统计。", "There are no such figures of data quality.")
