"""Followers: at least once, in commit order, nothing lost while admissions overlap."""

import asyncio
import logging
from dataclasses import dataclass, field

import pytest

from registry.projections import follow
from registry.projections.follow import Follower
from registry.store.admission import AdmissionWriter
from registry.store.reading_follow import Commit
from tests.registry.query.scene import NANJING, NOON, WUHU, Scene, registration


@dataclass
class Seen:
    """Work that only remembers what it was given."""

    batches: list[tuple[int, ...]] = field(default_factory=list)
    failures: int = 0

    async def apply(self, commits: tuple[Commit, ...]) -> None:
        if self.failures:
            self.failures -= 1
            message = "the index is away"
            raise RuntimeError(message)
        self.batches.append(tuple(commit.seq for commit in commits))

    @property
    def all(self) -> list[int]:
        return [seq for batch in self.batches for seq in batch]


async def commits(scene: Scene, number: int) -> None:
    for _ in range(number):
        async with scene.node.db.transaction() as connection:
            await AdmissionWriter(connection, 1).commit(0, 0, 1, NOON)


async def worked_off(follower: Follower) -> None:
    """Wait for a running follower; the cursor in the database is all there is to look at."""
    async with asyncio.timeout(20):
        while await follower.lag():  # noqa: ASYNC110 - see above
            await asyncio.sleep(0.02)


async def test_commits_come_in_order_and_once(scene, monkeypatch):
    monkeypatch.setattr(follow, "AT_ONCE", 2)
    await commits(scene, 5)
    seen = Seen()
    follower = Follower("test", scene.node.db, seen.apply)
    assert await follower.lag() == 5
    assert await follower.step() == 2
    assert await follower.catch_up() == 3
    assert seen.batches == [(1, 2), (3, 4), (5,)]
    assert (await follower.step(), await follower.lag()) == (0, 0)
    again = Follower("test", scene.node.db, seen.apply)  # another process finds the cursor
    assert await again.catch_up() == 0


async def test_what_failed_is_done_again(scene):
    await commits(scene, 2)
    seen = Seen(failures=1)
    follower = Follower("test", scene.node.db, seen.apply)
    with pytest.raises(RuntimeError):
        await follower.step()
    assert await follower.lag() == 2
    assert await follower.step() == 2
    assert seen.all == [1, 2]


async def test_a_reset_reads_everything_again(scene):
    await commits(scene, 3)
    seen = Seen()
    follower = Follower("test", scene.node.db, seen.apply)
    await follower.catch_up()
    await follower.reset()
    await follower.catch_up()
    assert seen.all == [1, 2, 3, 1, 2, 3]


async def test_a_reset_during_a_step_is_not_lost(scene):
    await commits(scene, 2)
    seen = Seen()

    async def apply(batch: tuple[Commit, ...]) -> None:
        await seen.apply(batch)
        if len(seen.batches) == 2:
            await other.reset()

    other = Follower("test", scene.node.db, seen.apply)
    follower = Follower("test", scene.node.db, apply)
    await follower.catch_up()
    await commits(scene, 1)
    await follower.step()  # while this works off commit 3, the cursor is set to 0
    assert await follower.lag() == 3
    assert await follower.catch_up() == 3


async def test_two_followers_of_one_name_only_do_double_work(scene):
    await commits(scene, 1)
    seen = Seen()
    entered, leave = asyncio.Event(), asyncio.Event()

    async def slow(batch: tuple[Commit, ...]) -> None:
        entered.set()
        await leave.wait()
        await seen.apply(batch)

    late = asyncio.create_task(Follower("test", scene.node.db, slow).step())
    await entered.wait()
    fast = Follower("test", scene.node.db, seen.apply)
    await fast.step()
    await commits(scene, 1)
    await fast.step()
    leave.set()
    await late
    assert seen.all == [1, 2, 1]
    assert await fast.lag() == 0  # the late one did not move the cursor back


class RowSequence:
    """What commits would be with a plain sequence: the number is taken before the commit."""

    def __init__(self, scene: Scene) -> None:
        self.pool = scene.node.db.pool
        self.cursor = 0
        self.seen: list[int] = []

    async def prepare(self) -> None:
        await self.pool.execute(
            "CREATE SCHEMA plain CREATE TABLE commits (seq bigserial, who text)"
        )

    async def step(self) -> None:
        rows = await self.pool.fetch(
            "SELECT seq FROM plain.commits WHERE seq > $1 ORDER BY seq", self.cursor
        )
        self.seen += [row[0] for row in rows]
        self.cursor = self.seen[-1] if self.seen else 0


async def test_two_overlapping_admissions_lose_a_commit_with_a_sequence(scene):
    """The control: the same follower over a sequence loses what commits late."""
    plain = RowSequence(scene)
    await plain.prepare()
    async with plain.pool.acquire() as slow, plain.pool.acquire() as fast:
        first = slow.transaction()
        await first.start()
        await slow.execute("INSERT INTO plain.commits (who) VALUES ('slow')")
        await fast.execute("INSERT INTO plain.commits (who) VALUES ('fast')")
        await plain.step()
        await first.commit()
    await plain.step()
    stored = [row[0] for row in await plain.pool.fetch("SELECT seq FROM plain.commits")]
    assert stored == [1, 2]
    assert plain.seen == [2]  # commit 1 became visible after the cursor had passed it


async def test_two_overlapping_admissions_lose_nothing(scene):
    """The same two admissions, with the commit taken under its lock as the last statement."""
    seen = Seen()
    follower = Follower("test", scene.node.db, seen.apply)
    pool = scene.node.db.pool
    async with pool.acquire() as slow, pool.acquire() as fast:
        first, second = slow.transaction(), fast.transaction()
        await first.start()
        await second.start()
        taken = await AdmissionWriter(slow, 1).commit(0, 1, 1, NOON)
        waiting = asyncio.create_task(AdmissionWriter(fast, 2).commit(0, 1, 1, NOON))
        done, _ = await asyncio.wait({waiting}, timeout=0.3)
        assert not done  # the faster one must wait: its number may not be seen before
        assert await follower.step() == 0
        await first.commit()
        assert await follower.step() == 1
        assert await waiting == taken + 1
        await second.commit()
    assert await follower.step() == 1
    assert seen.all == [1, 2]


async def test_overlapping_real_admissions_are_all_followed(scene):
    seen = Seen()
    follower = Follower("test", scene.node.db, seen.apply)

    async def publish(origin: str) -> None:
        for _ in range(5):
            await scene.state(origin, registration())

    async with follower.following():
        await asyncio.gather(publish(WUHU), publish(NANJING))
        await worked_off(follower)
    assert seen.all == list(range(1, 11))


async def test_following_goes_on_after_failures(scene, monkeypatch, caplog):
    monkeypatch.setattr(follow, "IDLE", 0.01)
    await commits(scene, 1)
    seen = Seen(failures=2)
    follower = Follower("test", scene.node.db, seen.apply)
    with caplog.at_level(logging.ERROR):
        async with follower.following():
            await worked_off(follower)
            await asyncio.sleep(0.05)
    assert seen.all == [1]
    assert follower.failures == 0
    assert [(record.message, bool(record.exc_info)) for record in caplog.records] == [
        ("follower test failed 1 times: the index is away", True),
        ("follower test failed 2 times: the index is away", False),  # one trace is enough
    ]


async def test_it_goes_on_however_often_it_has_failed(scene, monkeypatch):
    """After a night, at half a minute a try, no float can be doubled that often any more."""
    monkeypatch.setattr(follow, "BACK_OFF_MAX", 0.01)
    await commits(scene, 1)
    seen = Seen(failures=1)
    follower = Follower("test", scene.node.db, seen.apply)
    follower.failures = 5_000
    async with follower.following():
        await worked_off(follower)
    assert seen.all == [1]


async def test_the_end_does_not_wait_for_the_work(scene):
    """A node must stop at once, however much is left to index; the next start goes on."""
    await commits(scene, 1)
    begun, seen = asyncio.Event(), Seen()

    async def endless(_commits: tuple[Commit, ...]) -> None:
        begun.set()
        await asyncio.Event().wait()

    async with asyncio.timeout(10), Follower("test", scene.node.db, endless).following():
        await begun.wait()
    assert await Follower("test", scene.node.db, seen.apply).step() == 1
    assert seen.all == [1]
