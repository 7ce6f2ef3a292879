"""What changed without a commit, and how deliveries go: sweeps, turns, hooks, dead letters."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal, NamedTuple

from registry.store.engine import Database

DEAD_MAX: Final = 1_000
"""Dead letters that are listed at once."""
DeadState = Literal["dead", "again", "sent"]


class Turn(NamedTuple):
    """A record that a sweep found otherwise than before."""

    log_id: int
    idx: int
    subject_id: bytes


@dataclass(frozen=True, slots=True)
class Sweep:
    """A look at everything: of which day, after which checks, under how many acts."""

    number: int
    day: date
    checks: int
    acts: int


@dataclass(frozen=True, slots=True)
class Hook:
    """How far the webhooks of a consumer have come; ``failure`` is a code, empty if none."""

    cursor: str
    failures: int
    next_at: datetime
    failure: str


@dataclass(frozen=True, slots=True)
class Dead:
    """A batch between two cursors that a webhook did not take."""

    consumer: str
    number: int
    start: str
    until: str
    failure: str
    at: datetime
    state: DeadState


class SweepStore:
    """Keeps sweeps; a cursor stands between the turns of complete ones alone."""

    def __init__(self, db: Database) -> None:
        """Take the open database."""
        self._pool = db.pool

    async def last(self) -> Sweep | None:
        """Return the last complete sweep."""
        row = await self._pool.fetchrow(_LAST)
        return None if row is None else Sweep(*row)

    async def newest(self) -> tuple[int, int]:
        """Return the newest commit and the newest sweep, 0 for none."""
        row = await self._pool.fetchrow(_NEWEST)
        return row[0], row[1]

    async def turn(self, sweep: int, turns: Iterable[Turn]) -> None:
        """Note what a sweep under way has found."""
        rows = [(sweep, *one) for one in turns]
        if rows:
            await self._pool.executemany(
                "INSERT INTO feed_turns VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING", rows
            )

    async def complete(self, sweep: Sweep, at: datetime) -> None:
        """Note that a sweep is complete."""
        await self._pool.execute(
            "INSERT INTO feed_sweeps VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
            sweep.number,
            sweep.day,
            sweep.checks,
            sweep.acts,
            at,
        )

    async def turns(self, sweep: int, start: int, limit: int) -> tuple[Turn, ...]:
        """Return turns of a sweep, in order, from a row on."""
        rows = await self._pool.fetch(_TURNS, sweep, start, limit)
        return tuple(Turn(*row) for row in rows)


class HookStore:
    """Keeps how webhooks go."""

    def __init__(self, db: Database) -> None:
        """Take the open database."""
        self._pool = db.pool

    async def begin(self, consumer: str, cursor: str, at: datetime) -> None:
        """Let the webhooks of a consumer begin after a cursor, unless they have begun."""
        await self._pool.execute(
            "INSERT INTO feed_hooks VALUES ($1, $2, 0, $3, '') ON CONFLICT DO NOTHING",
            consumer,
            cursor,
            at,
        )

    async def read(self, consumer: str, cursor: str, at: datetime) -> None:
        """Note the cursor that a consumer was given."""
        await self._pool.execute(
            "INSERT INTO feed_reads VALUES ($1, $2, $3) "
            "ON CONFLICT (consumer) DO UPDATE SET cursor = excluded.cursor, at = excluded.at",
            consumer,
            cursor,
            at,
        )

    async def last_read(self, consumer: str) -> tuple[str, datetime] | None:
        """Return the cursor that a consumer was last given, and when."""
        row = await self._pool.fetchrow(
            "SELECT cursor, at FROM feed_reads WHERE consumer = $1", consumer
        )
        return None if row is None else (row[0], row[1])

    async def hook(self, consumer: str) -> Hook | None:
        """Return how the webhooks of a consumer go."""
        row = await self._pool.fetchrow(
            "SELECT cursor, failures, next_at, failure FROM feed_hooks WHERE consumer = $1",
            consumer,
        )
        return None if row is None else Hook(*row)

    async def went(self, consumer: str, hook: Hook) -> None:
        """Note how a delivery went."""
        await self._pool.execute(
            "UPDATE feed_hooks SET cursor = $2, failures = $3, next_at = $4, failure = $5 "
            "WHERE consumer = $1",
            consumer,
            hook.cursor,
            hook.failures,
            hook.next_at,
            hook.failure,
        )

    async def bury(self, consumer: str, start: str, until: str, failure: str, at: datetime) -> None:
        """Keep a batch that was not taken as a dead letter."""
        await self._pool.execute(_BURY, consumer, start, until, failure, at)

    async def dead(
        self, consumer: str = "", states: Iterable[DeadState] = ("dead", "again")
    ) -> tuple[Dead, ...]:
        """Return dead letters of one consumer or of all, the oldest first, at most `DEAD_MAX`."""
        rows = await self._pool.fetch(_DEAD, consumer, list(states), DEAD_MAX)
        return tuple(Dead(*row) for row in rows)

    async def count_dead(self, consumer: str) -> int:
        """Return how many dead letters of a consumer wait."""
        count: int = await self._pool.fetchval(
            "SELECT count(*) FROM feed_dead WHERE consumer = $1 AND state <> 'sent'", consumer
        )
        return count

    async def mark(self, consumer: str, number: int, state: DeadState) -> bool:
        """Change the state of a dead letter that was not sent; False: there is none such."""
        done = await self._pool.execute(
            "UPDATE feed_dead SET state = $3 WHERE consumer = $1 AND number = $2 "
            "AND state <> 'sent'",
            consumer,
            number,
            state,
        )
        return bool(done == "UPDATE 1")


_LAST: Final = "SELECT number, day, checks, acts FROM feed_sweeps ORDER BY number DESC LIMIT 1"
_NEWEST: Final = """
SELECT coalesce((SELECT max(seq) FROM commits), 0),
       coalesce((SELECT max(number) FROM feed_sweeps), 0)
"""
_TURNS: Final = """
SELECT log_id, idx, subject_id FROM feed_turns WHERE sweep = $1
ORDER BY log_id, idx OFFSET $2 LIMIT $3
"""
_BURY: Final = """
INSERT INTO feed_dead
SELECT $1, coalesce(max(number), 0) + 1, $2, $3, $4, $5, 'dead' FROM feed_dead WHERE consumer = $1
"""
_DEAD: Final = """
SELECT consumer, number, start, until, failure, at, state FROM feed_dead
WHERE ($1 = '' OR consumer = $1) AND state = ANY($2) ORDER BY consumer, number LIMIT $3
"""
