"""Cases about standards: each with its steps, and who must act by when.

A request is a record, and so is each step. A step of the organ counts only from the log of a member
in whose territory the request was made, a step of the applicant also from the log that holds the
request; others are shown and count for nothing. Nothing is kept: how a case stands follows from the
logs and the day.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import msgspec

from registry.clock import Clock, today
from registry.domain.disclosure import Role
from registry.domain.divisions import city_of
from registry.domain.records.standards import StandardCase, StandardCaseStep
from registry.query.show import Sight, intact
from registry.query.views import RecordView, Viewer
from registry.standards.case_clock import OF_APPLICANT, Standing, standing
from registry.store.engine import Database
from registry.store.reading_files import Stated, open_reading
from signing.charter import Charter

CASES_MAX: Final = 2_000
"""Cases looked at, the newest first; older ones have long been decided or are overdue."""


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case, its steps in order, those that count for nothing, and how it stands.

    ``standing.findings`` count the places in ``steps``.
    """

    view: RecordView
    case: StandardCase
    steps: tuple[RecordView, ...]
    ignored: tuple[RecordView, ...]
    standing: Standing

    @property
    def awaits_organ(self) -> bool:
        """Whether it is open and the next to act is the organ, or the organ of appeal."""
        organs = (due.term.who for due in self.standing.dues if due.term.who != "applicant")
        return not self.standing.closed and any(organs)

    @property
    def entry(self) -> str:
        """The entry of the request, in hex."""
        return self.view.entry


@dataclass(frozen=True, slots=True)
class Cases:
    """Cases as of a day, what is overdue first, then soonest due; ``whole``: these are all."""

    on: date
    cases: tuple[CaseView, ...]
    whole: bool


class StandardCases:
    """Reads cases for an organ, for the region, or for whoever asked."""

    def __init__(self, db: Database, charter: Charter, clock: Clock) -> None:
        """Take an open database, the charter that says who has which territory, and a clock."""
        self._db = db
        self._charter = charter
        self._clock = clock
        self._territory = {party.code: frozenset(party.territory) for party in charter.parties}

    async def at(self, member: str) -> Cases:
        """Return the cases that were made in a member's territory, or stand in its log."""
        # Who is written to reads like an organ that shares, whatever his desk.
        found = await self._read(Viewer(Role.REGULATOR))
        ours = tuple(
            one
            for one in found.cases
            if member in {one.view.member, *self._receivers(one.case.territory)}
        )
        return Cases(found.on, ours, found.whole)

    async def waiting(self, member: str) -> Cases:
        """Return the cases in which an organ of a member's territory has to act next."""
        found = await self.at(member)
        ours = tuple(
            one
            for one in found.cases
            if member in self._receivers(one.case.territory) and one.awaits_organ
        )
        return Cases(found.on, ours, found.whole)

    async def all(self, viewer: Viewer) -> Cases:
        """Return all cases that a viewer may see."""
        return await self._read(viewer)

    async def own(self, viewer: Viewer) -> Cases:
        """Return the cases of the subject that a viewer reads for."""
        found = await self._read(viewer)
        mine = tuple(one for one in found.cases if viewer.own(one.view.subject_id))
        return Cases(found.on, mine, found.whole)

    async def _read(self, viewer: Viewer) -> Cases:
        day = today(self._clock)
        async with open_reading(self._db) as reading:
            known = await reading.logs.known()
            rows = await reading.records.handled("standard_case", CASES_MAX)
            # With each request comes what names it: its steps.
            found = tuple((await reading.files.stated(rows, known)).values())
        intact(found)
        sight = Sight(viewer, day, day)
        shown = sight.seen(found)
        cases = [
            self._case(one, one.record, shown, sight, day)
            for one in shown
            if isinstance(one.record, StandardCase)
        ]
        return Cases(day, tuple(sorted(cases, key=_order)), len(rows) < CASES_MAX)

    def _case(
        self, one: Stated, case: StandardCase, shown: Iterable[Stated], sight: Sight, day: date
    ) -> CaseView:
        counting: list[Stated] = []
        ignored: list[Stated] = []
        for step in shown:
            record = step.record
            if isinstance(record, StandardCaseStep) and _named(record, one):
                (counting if self._counts(step, record, one, case) else ignored).append(step)
        counting.sort(key=_done)
        records = [s.record for s in counting if isinstance(s.record, StandardCaseStep)]
        return CaseView(
            sight.view(one, self._charter),
            case,
            tuple(sight.view(step, self._charter) for step in counting),
            tuple(sight.view(step, self._charter) for step in sorted(ignored, key=_done)),
            standing(case, records, day),
        )

    def _counts(
        self, step: Stated, record: StandardCaseStep, one: Stated, case: StandardCase
    ) -> bool:
        """Say whether whoever stated a step could take it."""
        if step.member in self._receivers(case.territory):
            return True
        return record.step in OF_APPLICANT and step.origin == one.origin

    def _receivers(self, territory: str) -> frozenset[str]:
        """Return the parties whose territory holds a place: its member, and the region office."""
        return frozenset(
            code
            for code, own in self._territory.items()
            if territory in own or city_of(territory) in own
        )


def step_file(one: CaseView, on: date, organ: str, said: Mapping[str, str]) -> bytes:
    """Return the next step of a case, as a line for the member's tool to check, sign and publish.

    ``said`` is the step, and where it has them its text and degree.
    """
    case, view = one.case, one.view
    authority = {"name": organ, "division": case.territory}
    whole = {
        "v": 1,
        "type": "standard_case_step",
        "subject": msgspec.to_builtins(case.subject),
        "authority": authority,
        "source_unit": authority,
        "decided_on": on.isoformat(),
        "publication": case.publication,
        "severity": {"class": "unclassified"},
        "provenance": {"kind": "original"},
        "case": {"origin": view.origin, "id": case.id, "entry": view.entry},
        "done_on": on.isoformat(),
        **said,
    }
    return msgspec.json.encode(whole, order="sorted") + b"\n"


def _named(record: StandardCaseStep, one: Stated) -> bool:
    return (record.case.origin, record.case.entry) == (one.origin, one.entry.hex())


def _done(step: Stated) -> tuple[date, int, str, int]:
    """Order steps by the day they were done, those of one day as they came into the logs."""
    record = step.record
    done = record.done_on if isinstance(record, StandardCaseStep) else date.max
    return done, step.record.decided_on.toordinal(), step.origin, step.row.idx


def _order(one: CaseView) -> tuple[bool, bool, date, int]:
    standing_ = one.standing
    due = min((due.last for due in standing_.dues), default=date.max)
    return standing_.closed, not standing_.overdue, due, -one.case.asked_on.toordinal()
