"""Screenings as their owners have to do with them: make, look at, judge, repeat, remove.

What is stored says who came into question; what is shown is read and weighed when it is looked at,
with the eyes its owner has then. So a record that was repaired since shows nowhere.
"""

import re
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

import msgspec

from registry.access.list_reads import SCREENING
from registry.access.log import ANSWERED, AccessLog
from registry.access.reads import Reads
from registry.clock import Clock, today
from registry.errors import MalformedRefusal, NotFoundRefusal, TooLargeRefusal
from registry.query.file import territory_name
from registry.query.show import members_of
from registry.query.views import Viewer
from registry.screening.job import Worker, question_of, result_of
from registry.screening.lists import Listed, cleaned
from registry.screening.looking import Looking, Lookup
from registry.screening.model import (
    JUDGED,
    KINDS,
    Asking,
    Counts,
    Page,
    Question,
    RowView,
    ScreeningView,
)
from registry.store.engine import Database
from registry.store.owners import Owners
from registry.store.reading import LogReading
from registry.store.screening_judgements import Judgement, JudgementStore
from registry.store.screenings import (
    KEPT_MAX,
    OPEN_MAX,
    KeptResult,
    KeptRow,
    KeptScreening,
    ScreeningStore,
    Wanted,
)
from search.engine import Searcher
from signing.charter import Charter

PAGE_MAX: Final = 100
"""Rows on one page of results."""
_AT_ONCE: Final = 200
"""Rows read at once for a file to take away."""
REASON_MAX: Final = 200
FILE_MAX: Final = 100
_ALL: Final = 50_000
_WORD: Final = re.compile(r"[\w-]{0,64}")
_MOST_LOOKS: Final = 20
"""Times that a page is filled up where rows have changed since they were stored."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be asked about a list, and how the list is called."""

    territory: str
    matter: str
    organ_kind: str
    on: date
    file: str = ""


class Screenings:
    """All that can be done with screenings, each by its owner alone."""

    def __init__(
        self, db: Database, charter: Charter, clock: Clock, search: Searcher, days: int
    ) -> None:
        """Take the database, the charter in force, the time, the engine, and how long to keep."""
        self._db = db
        self._charter = charter
        self._clock = clock
        self._search = search
        self._days = timedelta(days=days)
        self._heads = LogReading(db.pool)
        self._store = ScreeningStore(db)
        self._owners = Owners(db)
        self._judgements = JudgementStore(db)
        self._looking = Looking(db, charter, clock, search)
        self._worker: Worker | None = None

    def under(self, charter: Charter) -> None:
        """Answer under another charter from now on."""
        self._charter = charter
        self._looking = Looking(self._db, charter, self._clock, self._search)
        if self._worker is not None:
            self._worker.looking = self._looking

    def worker(self, log: AccessLog) -> Worker:
        """Return what does the work; it writes down about whom it was."""
        self._worker = Worker(self._db, self._looking, log, self._clock)
        return self._worker

    def running(self, log: AccessLog) -> AbstractAsyncContextManager[None]:
        """Work while the block runs; what is not done at its end goes on at the next start."""
        return self.worker(log).following()

    async def make(self, reads: Reads, wish: Wish, listed: Listed) -> ScreeningView:
        """Take a list to be screened, as of what is known now.

        Raises:
            MalformedRefusal: the territory is no member's, or the matter no word.
            TooLargeRefusal: the asker has too many screenings (``too-many-screenings``).
            Refusal: as :meth:`registry.access.list_reads.ListReads.to_screen`.
        """
        places = {c: party.name for party in members_of(self._charter) for c in party.territory}
        territory_name(places, wish.territory)
        if not all(map(_WORD.fullmatch, (wish.matter, wish.organ_kind))):
            raise MalformedRefusal(
                "没有这个办理事项，请从列表中选择。",
                "There is no such matter: choose one from the list.",
                code="unknown-matter",
            )
        await reads.to_screen(wish.territory, wish.matter)
        known = await self._heads.known()
        asker, grant = reads.asker, reads.asker.grant
        question = Question(
            Asking(
                *(asker.who, grant.role.value, asker.purpose),
                *(grant.member, grant.subject, grant.party),
            ),
            *(wish.territory, wish.matter, wish.organ_kind, wish.on),
            {head.origin: (head.size, head.root.hex()) for head in known.heads},
            known.newest,
            cleaned(wish.file)[0][:FILE_MAX],
            listed.header,
            listed.left_out,
        )
        return await self._added(reads, question, listed.rows)

    async def again(self, reads: Reads, screening: str) -> ScreeningView:
        """Screen the same rows again, as of the same known set; both are compared when it is done.

        Raises as :meth:`make`; NotFoundRefusal where it is not the asker's.
        """
        kept, question, _ = await self._owned(reads, screening)
        rows = await self._store.rows(kept.id, 0, _ALL)
        asker, grant = reads.asker, reads.asker.grant
        asking = Asking(
            *(asker.who, grant.role.value, asker.purpose),
            *(grant.member, grant.subject, grant.party),
        )
        repeated = msgspec.structs.replace(question, asking=asking, like=kept.id)
        return await self._added(reads, repeated, rows)

    async def _added(
        self, reads: Reads, question: Question, rows: Sequence[KeptRow]
    ) -> ScreeningView:
        now = self._clock.now()
        kept = KeptScreening(
            id=secrets.token_hex(16),
            owner=await self._owners.of(reads.asker.who),
            asked=msgspec.json.encode(question).decode(),
            made_at=now,
            lines=len(rows),
            kept_until=now + self._days,
            state="matching",
            done=0,
            failures=0,
            checked_seq=question.seq,
            checked_on=today(self._clock),
            degraded=False,
        )
        full = await self._store.add(kept, rows)
        if full:
            raise TooLargeRefusal(
                f"同时进行的筛查最多 {OPEN_MAX} 项，保存的最多 {KEPT_MAX} 项，请等待完成或删除。",
                f"At most {OPEN_MAX} screenings may be under way and {KEPT_MAX} kept: wait until "
                "one is done, or remove some.",
                code="too-many-screenings",
            )
        await reads.write(SCREENING, ANSWERED, place=kept.id)
        return await self._view(kept, question)

    async def all(self, reads: Reads) -> tuple[ScreeningView, ...]:
        """Return the asker's screenings, the newest first; raises UnauthorisedRefusal."""
        if not reads.asker.known:
            await reads.to_screen("", "")
        owner = await self._owners.of(reads.asker.who)
        found = await self._store.of_owner(owner, self._clock.now())
        return tuple([await self._view(kept, question_of(kept)) for kept in found])

    async def view(self, reads: Reads, screening: str) -> ScreeningView:
        """Return how a screening stands; raises as :meth:`page`."""
        kept, question, _ = await self._owned(reads, screening)
        return await self._view(await self._fresh(kept), question)

    async def page(
        self, reads: Reads, screening: str, wanted: Wanted, limit: int = PAGE_MAX
    ) -> Page:
        """Return rows with what is to be said of them today.

        Raises:
            NotFoundRefusal: it is not the asker's, or never was.
            Refusal: as :meth:`registry.access.list_reads.ListReads.to_screen`.
        """
        kept, question, viewer = await self._owned(reads, screening)
        await self._fresh(kept)
        await reads.write(SCREENING, ANSWERED, place=kept.id)
        return await self._rows(kept, question, viewer, wanted, limit)

    async def everything(self, reads: Reads, screening: str) -> AsyncIterator[RowView]:
        """Return what yields all rows that are done, for a file; raises as :meth:`page`."""
        kept, question, viewer = await self._owned(reads, screening)
        await reads.write(SCREENING, ANSWERED, place=kept.id)

        async def rows() -> AsyncIterator[RowView]:
            after = 0
            while True:
                page = await self._rows(kept, question, viewer, Wanted(after), _AT_ONCE)
                for row in page.rows:
                    yield row
                if not page.after:
                    return
                after = page.after

        return rows()

    async def judge(
        self, reads: Reads, screening: str, row: int, said: tuple[str, str, str]
    ) -> RowView:
        """Keep what the owner says of a row and a subject; return the row as it stands then.

        ``said`` is the subject's id, one of `JUDGED`, and why (may be empty).

        Raises:
            NotFoundRefusal: there is no such row, or the subject is none of those it may be.
            MalformedRefusal: it is no judgement (``bad-judgement``), or says too much why.
        """
        kept, question, viewer = await self._owned(reads, screening)
        subject, judgement, why = said
        why = cleaned(why)[0]
        if len(why) > REASON_MAX:
            raise MalformedRefusal(
                f"理由最多 {REASON_MAX} 个字。",
                f"A reason has at most {REASON_MAX} characters.",
                code="reason-too-long",
            )
        if judgement not in JUDGED:
            raise MalformedRefusal(
                f"判断应为以下之一：{'、'.join(JUDGED)}。",
                f"A judgement is one of {', '.join(JUDGED)}.",
                code="bad-judgement",
            )
        one = (await self._at(kept, question, viewer, row))[0]
        shown = {match.subject_id for match in (*one.outcome.matches, *one.outcome.apart)}
        if subject not in shown:
            raise _no_row()
        added = await self._judgements.add(
            kept.owner,
            Judgement(
                *(one.asked.key, bytes.fromhex(subject), judgement),
                *(reads.asker.who, why, self._clock.now()),
            ),
        )
        if not added:
            raise TooLargeRefusal(
                "判断次数已达上限。", "There are too many judgements.", code="too-many-judgements"
            )
        if judgement == "same":
            await reads.write(SCREENING, ANSWERED, subject=subject, place=kept.id)
        found, result = await self._at(kept, question, viewer, row)
        await self._store.store(kept.id, [result], 0, degraded=False)
        await self._store.same_key(kept.id, row)
        return found

    async def remove(self, reads: Reads, screening: str) -> None:
        """Remove a screening with all its rows and results; what was judged is remembered."""
        kept = await self._kept(reads, screening)
        await self._store.remove(kept.id)
        await reads.write(SCREENING, "removed", place=kept.id)

    async def resume(self, reads: Reads, screening: str) -> None:
        """Try again what had failed too often."""
        await self._store.resume((await self._kept(reads, screening)).id)

    async def _kept(self, reads: Reads, screening: str) -> KeptScreening:
        """Return a screening of the asker's; of another's he learns nothing."""
        kept = await self._store.find(screening, self._clock.now())
        owner = await self._owners.of(reads.asker.who) if reads.asker.known else ""
        if kept is None or kept.owner != owner:
            raise NotFoundRefusal(
                "没有这项筛查，或已过保存期。",
                "There is no such screening, or its time is over.",
                code="no-screening",
            )
        return kept

    async def _owned(self, reads: Reads, screening: str) -> tuple[KeptScreening, Question, Viewer]:
        kept = await self._kept(reads, screening)
        question = question_of(kept)
        viewer = await reads.to_screen(question.territory, question.matter, kept.id)
        return kept, question, viewer

    async def _fresh(self, kept: KeptScreening) -> KeptScreening:
        """Have the counts brought up to date where something was admitted, or a day has begun."""
        if kept.state != "done":
            return kept
        seq, day = await self._heads.newest(), today(self._clock)
        if (kept.checked_seq, kept.checked_on) == (seq, day):
            return kept
        await self._store.check(kept.id, seq, day)
        return replace(kept, state="checking", done=0)

    async def _view(self, kept: KeptScreening, question: Question) -> ScreeningView:
        kinds: dict[str, int] = dict.fromkeys(KINDS, 0)
        reasons: dict[tuple[str, str], int] = {}
        effects: dict[str, int] = {}
        for kind, reason, effect, rows in await self._store.counts(kept.id, kept.done):
            kinds[kind] += rows
            reasons[kind, reason] = reasons.get((kind, reason), 0) + rows
            if kind == "found":
                effects[effect] = effects.get(effect, 0) + rows
        compare = question.like and kept.state == "done"
        same, whole = await self._store.alike(kept.id, question.like) if compare else (0, 0)
        return ScreeningView(
            *(kept.id, question, kept.made_at, kept.kept_until, kept.state, kept.lines),
            *(kept.done, kept.degraded, Counts(kinds, reasons, effects), same, whole),
        )

    async def _rows(
        self,
        kept: KeptScreening,
        question: Question,
        viewer: Viewer,
        wanted: Wanted,
        limit: int,
    ) -> Page:
        """Return rows that are wanted still, as they are now; those of before are passed over."""
        views: list[RowView] = []
        for _ in range(_MOST_LOOKS):
            found = await self._store.results(kept.id, wanted, limit)
            for view in await self._weighed(kept, question, viewer, found):
                if _fits(view, wanted):
                    views.append(view)
                if len(views) == limit:
                    return Page(views, view.asked.row)
            if len(found) < limit:
                return Page(views, 0)
            wanted = replace(wanted, after=found[-1][0].row)
        return Page(views, wanted.after)

    async def _weighed(
        self,
        kept: KeptScreening,
        question: Question,
        viewer: Viewer,
        found: Sequence[tuple[KeptRow, KeptResult]],
    ) -> list[RowView]:
        rows = [row for row, _ in found]
        judged = await self._judgements.of(kept.owner, {row.key for row in rows})
        lookup = Lookup(question, viewer, judged)
        candidates = {row.row: result.candidates for row, result in found}
        outcomes = await self._looking.weigh(lookup, rows, candidates)
        return [RowView(row, outcomes[row.row]) for row in rows]

    async def _at(
        self, kept: KeptScreening, question: Question, viewer: Viewer, row: int
    ) -> tuple[RowView, KeptResult]:
        """Return one row as it is now, and what is kept of that; raises NotFoundRefusal."""
        found = await self._store.results(kept.id, Wanted(row - 1), 1)
        if not found or found[0][0].row != row:
            raise _no_row()
        (view,) = await self._weighed(kept, question, viewer, found)
        return view, result_of(row, view.outcome)


def _fits(view: RowView, wanted: Wanted) -> bool:
    outcome = view.outcome
    return wanted.kind in {"", outcome.kind} and wanted.effect in {"", outcome.effect}


def _no_row() -> NotFoundRefusal:
    return NotFoundRefusal(
        "这项筛查没有该行，或该主体不是这一行的候选。",
        "There is no such row, or that subject is none that it may be.",
        code="no-row",
    )


__all__ = ["FILE_MAX", "PAGE_MAX", "REASON_MAX", "Screenings", "Wanted", "Wish"]
