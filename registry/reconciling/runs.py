"""A run: one file of the national side against what is shown of a member, in one transaction.

A run that is killed leaves nothing and is begun anew, by whoever comes first: the node's loop, or
the command that an operator's timetable calls.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

import msgspec

from registry.clock import Clock, today
from registry.errors import MalformedRefusal, Refusal
from registry.projections.follow import Loop
from registry.reconciling.keys import TYPES, Key, number_form, organ_form
from registry.reconciling.model import KINDS, Problem, Said, act_for, limit_of, placed
from registry.reconciling.ours import OwnRecords, compared, holders
from registry.reconciling.statuses import Statuses
from registry.store.engine import Connection
from registry.store.reading import Head, Known, LogReading
from registry.store.reconciling import (
    KeptDifference,
    KeptRun,
    Outcome,
    ReconcileStore,
    content,
    finish,
    keep,
    refuse,
)
from registry.store.reconciling_staging import Pair, Staging, apart
from signing.charter import Charter

SECONDS: Final = 600
"""A run that takes longer is given up: two hundred thousand rows take a tenth of that."""


class Under:
    """The charter in force; another one says where a member's log is."""

    def __init__(self, charter: Charter) -> None:
        """Take the one at the start."""
        self.charter = charter


class Runner(Loop):
    """Makes one run after another."""

    def __init__(self, store: ReconcileStore, under: Under, clock: Clock) -> None:
        """Take where runs are kept, the charter, and the time."""
        super().__init__("reconciles")
        self._store = store
        self._under = under
        self._clock = clock

    async def step(self) -> int:
        """Make the run that waits longest; return 0 where none does."""
        return await self.make("") if await self._store.waiting() else 0

    async def make(self, run: str) -> int:
        """Make a run, or with '' the one that waits longest; return 0 where none does.

        What is wrong with a file is kept with its run; what is wrong here is tried again.
        """
        begun = ""
        try:
            async with asyncio.timeout(SECONDS), self._store.taking(run) as taken:
                if taken is None:
                    return 0
                connection, one = taken
                begun = one.id
                try:
                    await self._make(connection, one)
                except Refusal as wrong:  # of the file as it is, and so whatever is tried
                    texts = (wrong.zh, wrong.en)
                    await refuse(connection, one.id, texts, self._clock.now())
        except Exception:
            if begun:
                await self._store.failed(begun)
            raise
        return 1

    async def _make(self, connection: Connection, one: KeptRun) -> None:
        day, known = today(self._clock), await LogReading(connection).known()
        head = known.by_origin.get(self._under.charter.party_by_code(one.member).origin)
        if head is None:
            raise MalformedRefusal(
                "本成员地区还没有报送过信用信息，无从对账。",
                "This member has stated nothing yet: there is nothing to compare with.",
                code="no-log",
            )
        staging = Staging(connection)
        await staging.prepare()
        lines, wrong = await _staged(staging, await content(connection, one.id))
        counted, staged = await _own(staging, OwnRecords(connection, head, known), day)
        told = _Told(connection, one.id, (known, head), day)
        async for pairs in staging.differences(KINDS):
            await told.add(pairs)
        await told.unreadable(wrong)
        beside = await apart(connection, head.log_id, TYPES) - counted
        counts = msgspec.json.encode(told.counts).decode()
        found = (day, head.size, head.root, lines, staged, beside, counts)
        await finish(connection, one.id, Outcome(*found, self._clock.now()))


async def _staged(staging: Staging, file: bytes) -> tuple[int, list[tuple[int, Problem]]]:
    """Stage the rows of a file; return how many there are, and those that cannot be compared."""
    reading = Statuses(file)
    wrong: list[tuple[int, Problem]] = []
    before = -1
    while before < reading.done:
        before = reading.done
        rows, bad = await asyncio.to_thread(reading.next)
        await staging.theirs(rows)
        wrong += bad
    return reading.done, wrong


async def _own(staging: Staging, own: OwnRecords, day: date) -> tuple[int, int]:
    """Stage what is shown; return how many records were looked at, and how many are compared."""
    looked = staged = 0
    async for page in own.pages():
        seen, found = compared(page, day)
        await staging.ours(found)
        looked, staged = looked + seen, staged + len(found)
        await asyncio.sleep(0)  # others' turn
    return looked, staged


class _Told:
    """Numbers differences, adds what they ask for, and keeps them."""

    def __init__(
        self, connection: Connection, run: str, within: tuple[Known, Head], day: date
    ) -> None:
        self._connection = connection
        self._run = run
        self._known, self._head = within
        self._day = day
        self._number = 0
        self.counts: Counter[str] = Counter()

    async def add(self, pairs: Sequence[Pair]) -> None:
        """Keep differences that the server found."""
        keys = {_key(pair) for pair in pairs if pair.kind == "missing-here"}
        whose = await holders(self._connection, self._known, self._head.log_id, keys, self._day)
        await self._keep(list(self._kept(pairs, whose)))

    async def unreadable(self, wrong: Sequence[tuple[int, Problem]]) -> None:
        """Keep the rows that cannot be compared."""
        found = []
        for line, problem in wrong:
            said = msgspec.json.encode(problem).decode()
            found.append(self._next("unreadable", line, None, [problem.code], said))
        await self._keep(found)

    def _kept(self, pairs: Sequence[Pair], whose: dict[Key, str]) -> Iterator[KeptDifference]:
        for pair in pairs:
            said = msgspec.json.encode(_said(pair)).decode()
            made = self._next(pair.kind, pair.line or 0, pair.idx, pair.columns, said)
            if pair.kind == "missing-here":
                made = made._replace(holder=whose.get(_key(pair), ""))
            yield self._to_end(made, pair) if pair.kind == "ended-there" else made

    def _to_end(self, made: KeptDifference, pair: Pair) -> KeptDifference:
        """Add which record would end it here, and until when that has to be."""
        act = act_for(pair.type or "", pair.state or "")
        window = limit_of(act, pair.since or self._day)
        if window is None:
            return made._replace(act=act)
        mark = "#" if window.item else ""
        clock = f"{window.rule} {window.article}{mark}"
        return made._replace(act=act, due=window.last, clock=clock)

    def _next(
        self, kind: str, line: int, idx: int | None, columns: Sequence[str], said: str
    ) -> KeptDifference:
        self._number += 1
        return KeptDifference(self._number, kind, line, idx, columns, said, "", "", None, "")

    async def _keep(self, found: list[KeptDifference]) -> None:
        self.counts.update(one.kind for one in found)
        await keep(self._connection, self._run, found)


def _said(pair: Pair) -> Said:
    """Return what a row of theirs says, as it is kept."""
    number, organ, sheet = _typed(pair)
    whole = Said(
        pair.state or "", pair.since, pair.severity or "", pair.decided_on, pair.until,
        pair.code, number, organ, sheet,
    )  # fmt: skip
    return whole if pair.idx is None else placed(whole, organ="organ" in pair.columns)


def _typed(pair: Pair) -> tuple[str, str, str]:
    if pair.typed is None:
        return "", "", ""
    return msgspec.json.decode(pair.typed, type=tuple[str, str, str])


def _key(pair: Pair) -> Key:
    number, organ, _ = _typed(pair)
    return Key(pair.code, number_form(number), organ_form(organ))
