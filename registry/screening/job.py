"""The work on screenings, off the path of requests: part by part, whoever's turn it is.

A part is stored together with how far it has come. So whatever stops the node, even in the middle
of a part, the next start goes on where the last stored part ended; what is done twice says the
same.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

import msgspec

from registry.access.list_reads import SCREENING
from registry.access.log import ANSWERED, AccessLine, AccessLog, under
from registry.access.purpose import for_purpose
from registry.clock import Clock, today
from registry.projections.follow import Loop
from registry.query.eyes import Eyes
from registry.query.views import Viewer
from registry.screening.looking import Looking, Lookup
from registry.screening.model import Outcome, Question
from registry.store.engine import Database
from registry.store.saved import SavedStore
from registry.store.screening_judgements import JudgementStore
from registry.store.screenings import KeptResult, KeptRow, KeptScreening, ScreeningStore
from search.errors import SearchError

TOGETHER: Final = 200
"""Rows that are looked up, weighed and stored at once."""


def question_of(kept: KeptScreening) -> Question:
    """Return what a kept screening asks."""
    return msgspec.json.decode(kept.asked, type=Question)


def result_of(row: int, outcome: Outcome) -> KeptResult:
    """Return what is kept of an outcome: ids, no names."""
    ids = [bytes.fromhex(one) for one in outcome.candidates]
    return KeptResult(row, outcome.kind, outcome.reason, outcome.effect, ids)


class Worker(Loop):
    """Works off what waits; several processes may, it costs only double work."""

    def __init__(self, db: Database, looking: Looking, log: AccessLog, clock: Clock) -> None:
        """Take what looks rows up, and where it is written down whom that was about."""
        super().__init__("screenings")
        self.looking = looking
        self._log = log
        self._clock = clock
        self._eyes = Eyes(db, clock)
        self._store = ScreeningStore(db)
        self._saved = SavedStore(db)
        self._judgements = JudgementStore(db)
        self._erased_on = date.min

    async def step(self) -> int:
        """Work off one part; return how many rows it had."""
        if self._erased_on != (day := today(self._clock)):
            await self._store.erase_old()
            await self._saved.erase_old()
            self._erased_on = day
        kept = await self._store.next(self._clock.now())
        if kept is None:
            return 0
        try:
            return await self._part(kept)
        except SearchError:
            raise  # it comes back; until then the rows wait
        except Exception:
            await self._store.failed(kept.id)
            raise

    async def _part(self, kept: KeptScreening) -> int:
        question = question_of(kept)
        rows = await self._store.rows(kept.id, kept.done, TOGETHER)
        judged = await self._judgements.of(kept.owner, {row.key for row in rows})
        lookup = Lookup(question, await self.viewer(question), judged)
        first = [row for row in rows if not row.same_as]
        if kept.state == "matching":
            matched = await self.looking.match(lookup, first)
            outcomes, degraded = matched.outcomes, matched.degraded
            await self._tell(kept, question, lookup.viewer, outcomes)
        else:
            before = await self._store.results_of(kept.id, [row.row for row in first])
            candidates = {at: one.candidates for at, one in before.items()}
            outcomes, degraded = await self.looking.weigh(lookup, first, candidates), False
        results = await self._with_same(kept, rows, outcomes)
        await self._store.store(kept.id, results, rows[-1].row, degraded=degraded)
        return len(rows)

    async def viewer(self, question: Question) -> Viewer:
        """Return the eyes of whom a screening is for, with what they are worth today."""
        found = await self._eyes.of(question.asking.viewer)
        return for_purpose(found, question.asking.purpose)[0]

    async def _with_same(
        self, kept: KeptScreening, rows: Sequence[KeptRow], outcomes: Mapping[int, Outcome]
    ) -> list[KeptResult]:
        """Return the results of all rows; one that says the same as another has the same."""
        made = {at: result_of(at, outcome) for at, outcome in outcomes.items()}
        same = {row.row: row.same_as for row in rows if row.same_as}
        missing = set(same.values()) - made.keys()
        made |= await self._store.results_of(kept.id, missing) if missing else {}
        copies = {at: made[other]._replace(row=at) for at, other in same.items()}
        return [copies.get(row.row) or made[row.row] for row in rows]

    async def _tell(
        self,
        kept: KeptScreening,
        question: Question,
        viewer: Viewer,
        outcomes: Mapping[int, Outcome],
    ) -> None:
        """Write down about whom an answer was given: whose file was weighed, not who resembles."""
        asking = question.asking
        found = {one.matches[0].subject_id for one in outcomes.values() if one.kind == "found"}
        lines = (
            AccessLine(
                *(asking.who, asking.role, asking.member, asking.purpose),
                *(SCREENING, subject, kept.id, ANSWERED, under(None, subject, viewer)),
            )
            for subject in sorted(found)
        )
        await asyncio.gather(*map(self._log.write, lines))
