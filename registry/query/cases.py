"""How joint cases are counted: uses of measures by measure, matter, city and month, nothing else.

Each use of a record is itself a record (domain 0.1.7), and only these count. A count names nobody
and is no use of what it counts: a case that was handled stays one when its cause has ended.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from registry.clock import Clock, today
from registry.domain.disclosure import Role
from registry.domain.records.uses import MeasureUse
from registry.query.rulebook import Rulebooks
from registry.query.show import Sight, intact, member_name
from registry.query.views import RulebookView, Viewer
from registry.store.engine import Database
from registry.store.reading_files import Stated, open_reading
from signing.charter import Charter

COUNTED_MAX: Final = 20_000
"""Uses that are counted, the newest first."""


@dataclass(frozen=True, slots=True)
class Cases:
    """Cases of one measure in one matter, member and month (YYYY-MM), by what was done.

    ``joint`` are those of them that rest on a record of another member.
    """

    measure: str
    name: str
    matter: str
    member: str
    member_name: str
    month: str
    applied: int
    partly_applied: int
    not_applied: int
    joint: int


@dataclass(frozen=True, slots=True)
class JointCases:
    """All counts, the newest month first; ``whole`` false: older uses were not counted."""

    on: date
    cases: tuple[Cases, ...]
    whole: bool


class Counting:
    """Counts what members recorded of the measures they used."""

    def __init__(self, db: Database, charter: Charter, clock: Clock, rulebooks: Rulebooks) -> None:
        """Take an open database, the charter, a clock and the rulebooks that name measures."""
        self._db = db
        self._charter = charter
        self._clock = clock
        self._rulebooks = rulebooks

    async def joint(self) -> JointCases:
        """Return the counts over all members as of today."""
        on = today(self._clock)
        async with open_reading(self._db) as reading:
            known = await reading.logs.known()
            rows = await reading.records.newest("measure_use", COUNTED_MAX)
            stated = (await reading.files.stated(rows, known)).values()
            book = await self._rulebooks.in_force(on, known, reading)
        intact(stated)
        sight = Sight(Viewer(Role.REGION), on, on)
        cases = self._count((one for one in stated if sight.sees(one)), _names(book))
        return JointCases(on, cases, len(rows) < COUNTED_MAX)

    def _count(self, uses: Iterable[Stated], names: dict[str, str]) -> tuple[Cases, ...]:
        counts: dict[tuple[str, str, str, str], Counter[str]] = {}
        for one in uses:
            use = one.record
            if not isinstance(use, MeasureUse):
                continue
            month = f"{use.handled_on:%Y-%m}"
            counted = counts.setdefault((month, use.measure, use.matter, one.member), Counter())
            counted[use.result] += 1
            counted["joint"] += any(cause.origin != one.origin for cause in use.causes)
        ordered = sorted(counts, key=lambda key: key[1:])
        ordered.sort(key=lambda key: key[0], reverse=True)
        return tuple(self._cases(key, counts[key], names) for key in ordered)

    def _cases(
        self, key: tuple[str, str, str, str], counted: Counter[str], names: dict[str, str]
    ) -> Cases:
        month, measure, matter, member = key
        return Cases(
            measure=measure,
            name=names.get(measure, measure),
            matter=matter,
            member=member,
            member_name=member_name(self._charter, member),
            month=month,
            applied=counted["applied"],
            partly_applied=counted["partly_applied"],
            not_applied=counted["not_applied"],
            joint=counted["joint"],
        )


def _names(book: RulebookView | None) -> dict[str, str]:
    """Return the measures of the book by name."""
    rules = () if book is None else book.book.rules
    return {
        use.key: use.name
        for rule in rules
        for uses in rule.by_matter.values()
        for use in uses
        if use.key
    }
