"""Status lists: which records of a log still stand, told to everybody without being asked which.

A bit is 1 exactly where the public would be shown the record now and nothing stands beside it; so
a list tells nothing that asking for each record would not (`registry/decisions/0017`). It is
worked out from the current state, record by record as for a page, kept in memory, and brought up
to date from the commits since: a repair is in the next list that is asked for. On a new day it is
worked out anew, since publicity ends and acts begin without a commit.
"""

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import Final

from registry.clock import Clock, end_of, today
from registry.domain.disclosure import Role
from registry.domain.life import marks_on
from registry.errors import NotFoundRefusal, UnavailableRefusal
from registry.issued.bundles import Sealer
from registry.query.show import Sight
from registry.query.views import Viewer
from registry.store.engine import Database
from registry.store.reading import Head, Known, LogReading
from registry.store.reading_files import FileReading, Stated
from registry.store.reading_follow import FollowReading
from registry.store.reading_records import RecordReading
from signing.encoding import utc_text
from signing.status import BLOCK, StatusList, pack_bits, seal_status

WINDOW: Final = timedelta(minutes=15)
"""How long a list speaks for: whoever is offline longer must ask again (Order 36 art. 3)."""
BLOCKS_KEPT: Final = 64
"""Blocks held in memory: eight million records; each takes some tens of kilobytes."""
COMMITS: Final = 200
"""Commits that are followed one by one; after more, a block is worked out anew."""
ENTRIES: Final = 1000
"""Entries read at once."""
SUBJECTS: Final = 100
"""Subjects judged at once: little enough that no receipt waits long for it."""
ROUNDS: Final = 5
"""How often a list is brought up to date at most while more is being admitted."""
WAITING: Final = 32
"""Requests that wait for a block at most; working one out may take seconds."""
_PUBLIC: Final = Viewer(Role.PUBLIC)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A signed list; ``etag`` changes with it."""

    file: bytes
    etag: str


@dataclass(slots=True)
class _Block:
    """A block as of a commit and a day, with the list of it that was signed last."""

    day: date
    checks: int
    seq: int = 0
    bits: bytes = b""
    size: int = 0
    sealed: Sealed | None = None
    fresh_until: float = 0.0


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a list is asked of: the known set, the checks and the day of this moment, the block."""

    known: Known
    checks: int
    day: date
    head: Head
    number: int

    @property
    def place(self) -> tuple[int, int]:
        return self.head.log_id, self.number


class Statuses:
    """Gives out the lists of the logs that this node holds."""

    def __init__(self, db: Database, by: Sealer, clock: Clock) -> None:
        """Take an open database, who signs, and the time."""
        self._by = by
        self._clock = clock
        self._logs = LogReading(db.pool)
        self._follow = FollowReading(db.pool)
        self._records = RecordReading(db.pool)
        self._files = FileReading(db.pool)
        self._blocks: OrderedDict[tuple[int, int], _Block] = OrderedDict()
        self._turns: defaultdict[tuple[int, int], asyncio.Lock] = defaultdict(asyncio.Lock)
        self._building = asyncio.Lock()
        self._waiting = 0

    async def of(self, origin: str, number: int) -> Sealed:
        """Return the list of a block of a log, of this moment.

        Raises:
            NotFoundRefusal: the log has no such block, or this node has nothing of it.
            UnavailableRefusal: too many wait for lists (``busy``).
        """
        asked = await self._asked(origin, number)
        ready = self._ready(asked)
        if ready is not None:
            return ready
        if self._waiting >= WAITING:
            raise UnavailableRefusal(
                "同时查询状态清单的请求过多，请稍后再试。",
                "Too many requests wait for status lists: try again a little later.",
                code="busy",
            )
        self._waiting += 1
        try:
            async with self._turns[asked.place]:  # of those who wait, all but the first find it
                return await self._newest(origin, number)
        finally:
            self._waiting -= 1

    async def _newest(self, origin: str, number: int) -> Sealed:
        """Return a list that nothing was admitted after, as far as admissions leave the time."""
        asked = await self._asked(origin, number)
        sealed = self._ready(asked) or await self._renewed(asked)
        for _ in range(ROUNDS):
            asked = await self._asked(origin, number)
            ready = self._ready(asked)
            if ready is not None:
                return ready
            sealed = await self._renewed(asked)
        return sealed

    async def _asked(self, origin: str, number: int) -> _Asked:
        known, checks = await self._logs.known(), await self._logs.checked_with()
        head = known.by_origin.get(origin)
        if head is None or not 0 <= number * BLOCK < head.size:
            raise NotFoundRefusal("没有这份状态清单。", "There is no such status list.")
        return _Asked(known, checks, today(self._clock), head, number)

    def _ready(self, asked: _Asked) -> Sealed | None:
        """Return the list signed last, if it is of this moment and speaks for long enough yet."""
        block = self._blocks.get(asked.place)
        if block is None or (block.day, block.checks) != (asked.day, asked.checks):
            return None
        late = self._clock.now().timestamp() >= block.fresh_until
        return None if late or block.seq != asked.known.newest else block.sealed

    async def _renewed(self, asked: _Asked) -> Sealed:
        block = await self._current(asked)
        self._blocks[asked.place] = block
        self._blocks.move_to_end(asked.place)
        if len(self._blocks) > BLOCKS_KEPT:
            self._blocks.popitem(last=False)
        if block.sealed is None or self._clock.now().timestamp() >= block.fresh_until:
            block.sealed = self._seal(block, asked)
        return block.sealed

    async def _current(self, asked: _Asked) -> _Block:
        """Return a block as of the newest commit, brought up to date or worked out anew."""
        kept = self._blocks.get(asked.place)
        if kept is not None and (kept.day, kept.checks) == (asked.day, asked.checks):
            commits = await self._follow.after(kept.seq, COMMITS + 1)
            if len(commits) <= COMMITS:
                await self._bring(
                    kept, asked, [(one.log_id, one.start, one.end) for one in commits]
                )
                return kept
        new = _Block(asked.day, asked.checks)
        first, end = asked.number * BLOCK, min((asked.number + 1) * BLOCK, asked.head.size)
        async with self._building:  # one at a time: it takes seconds of work
            await self._bring(new, asked, [(asked.head.log_id, first, end)])
        return new

    async def _bring(
        self, block: _Block, asked: _Asked, spans: Iterable[tuple[int, int, int]]
    ) -> None:
        """Judge anew whatever these spans of logs speak of."""
        bits = bytearray(block.bits or bytes(BLOCK // 8))
        async for subjects in self._subjects(spans):
            for at, stands in (await self._judged(subjects, asked)).items():
                mask = 0x80 >> at % 8
                bits[at // 8] = bits[at // 8] & ~mask | (mask if stands else 0)
            await asyncio.sleep(0)  # others' turn
        found = bytes(bits)
        if (found, asked.head.size) != (block.bits, block.size):
            block.bits, block.size, block.sealed = found, asked.head.size, None
        block.seq = asked.known.newest

    async def _subjects(self, spans: Iterable[tuple[int, int, int]]) -> AsyncIterator[set[bytes]]:
        """Yield whom these spans speak of, each once, some at a time."""
        met: set[bytes] = set()
        for log_id, first, last in spans:
            for start in range(first, last, ENTRIES):
                end = min(start + ENTRIES, last)
                fresh = sorted(await self._follow.subjects_between(log_id, start, end) - met)
                met.update(fresh)
                for some in range(0, len(fresh), SUBJECTS):
                    yield set(fresh[some : some + SUBJECTS])

    async def _judged(self, subjects: set[bytes], asked: _Asked) -> dict[int, bool]:
        """Return for the records of these subjects in a block, by their offset, whether they stand.

        What was erased or is in quarantine is not stated, and does not.
        """
        rows = await self._records.of_subjects(subjects)
        stated = await self._files.stated(rows, asked.known)
        here = [row for row in rows if (row.log_id, row.idx // BLOCK) == asked.place]
        seen = Sight(_PUBLIC, asked.day, asked.day).seen(stated.values())
        shown = {one.row.place: one for one in seen}
        return {
            row.idx % BLOCK: row.place in shown and _stands(shown[row.place], asked.day)
            for row in here
        }

    def _seal(self, block: _Block, asked: _Asked) -> Sealed:
        midnight = end_of(block.day)  # which may have passed while the block was worked out
        now = min(self._clock.now(), midnight - timedelta(seconds=1)).replace(microsecond=0)
        until = min(now + WINDOW, midnight)
        status = StatusList(
            node=self._by.node,
            charter=self._by.charter.digest.hex(),
            charter_version=self._by.charter.version,
            origin=asked.head.origin,
            block=asked.number,
            size=block.size,
            start=utc_text(int(now.timestamp())),
            until=utc_text(int(until.timestamp())),
            bits=pack_bits(block.bits),
        )
        file = seal_status(status, self._by.mirror)
        block.fresh_until = (now + (until - now) / 2).timestamp()
        return Sealed(file, f'"{sha256(file).hexdigest()[:32]}"')


def _stands(one: Stated, day: date) -> bool:
    """Tell whether a record that everybody may see is as it was logged, and nothing beside it."""
    whole = sha256(one.main).digest() == one.entry[: len(one.entry) // 2]
    return whole and not marks_on(one, day)
