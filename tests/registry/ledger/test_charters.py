"""The charter of a node: what it accepts after what, what it names, and when it takes over."""

import asyncio
import logging

import asyncpg
import pytest

from registry.errors import NodeError
from registry.ledger.audit import audit_logs
from registry.ledger.charters import Charters
from registry.store.charters import CharterStore
from signing.errors import CharterError, SigningError
from tests.registry.world import NOON, WUHU, charter, open_node

FIRST, SECOND, THIRD = (charter(version) for version in (1, 2, 3))
OTHER_SECOND = charter(2, competences={WUHU: ["x"]})


@pytest.fixture
async def db(database, tmp_path):
    async with open_node(database.service_url, tmp_path) as node:
        yield node.db


async def versions(db) -> list[int]:
    return [one.version for one in await Charters(db).chain()]


async def test_versions_are_adopted_one_after_another_or_at_once(db):
    assert await versions(db) == []
    assert await Charters(db).note(1) is None
    before, after = await Charters(db).adopt([FIRST.note], NOON)
    assert (before, after) == ((), (FIRST,))
    before, after = await Charters(db).adopt([THIRD.note, SECOND.note, FIRST.note], NOON)
    assert (before, after) == ((FIRST,), (FIRST, SECOND, THIRD))
    assert await versions(db) == [1, 2, 3]
    assert await Charters(db).note(2) == SECOND.note
    before, after = await Charters(db).adopt([SECOND.note], NOON)  # an older one changes nothing
    assert before == after == (FIRST, SECOND, THIRD)


@pytest.mark.parametrize(
    ("held", "given", "code"),
    [
        ((FIRST,), THIRD, "charter-skipped"),
        ((FIRST, SECOND), OTHER_SECOND, "charter-forked"),
        ((FIRST, SECOND, THIRD), OTHER_SECOND, "charter-forked"),
        ((SECOND, THIRD), FIRST, "charter-version"),
    ],
    ids=["skipped", "forked", "forked long ago", "before the first"],
)
async def test_what_does_not_follow_is_named_and_not_stored(db, held, given, code):
    await Charters(db).adopt([one.note for one in held], NOON)
    with pytest.raises(CharterError) as refused:
        await Charters(db).adopt([given.note], NOON)
    assert refused.value.code == code
    assert str(given.version) in refused.value.detail
    assert await versions(db) == [one.version for one in held]


async def test_the_chain_begins_with_what_is_pinned(db):
    pinned = Charters(db, SECOND.digest)
    _, after = await pinned.adopt([FIRST.note, SECOND.note, THIRD.note], NOON)
    assert after == (SECOND, THIRD)
    assert await pinned.chain() == (SECOND, THIRD)
    with pytest.raises(CharterError) as refused:
        await Charters(db, FIRST.digest).chain()
    assert refused.value.code == "charter-pinned"
    assert (await audit_logs(db, None, SECOND.digest)).problems == []
    (problem,) = (await audit_logs(db, None, FIRST.digest)).problems
    assert (problem.place, FIRST.digest.hex() in problem.what) == ("charter", True)


async def test_an_audit_without_any_charter_misses_the_pinned_one(db):
    (problem,) = (await audit_logs(db, None, FIRST.digest)).problems
    assert problem.place == "charter"


async def test_of_two_processes_with_two_versions_the_slower_is_refused(db, monkeypatch):
    await Charters(db).adopt([FIRST.note], NOON)
    adding = CharterStore.add

    async def overtaken(self, version, note, digest, at):
        await adding(self, version, SECOND.note, SECOND.digest, at)
        return await adding(self, version, note, digest, at)

    monkeypatch.setattr(CharterStore, "add", overtaken)
    with pytest.raises(CharterError) as refused:
        await Charters(db).adopt([OTHER_SECOND.note], NOON)
    assert refused.value.code == "charter-forked"
    assert SECOND.digest.hex() in refused.value.detail
    assert await Charters(db).note(2) == SECOND.note


async def test_a_stored_chain_with_a_gap_is_not_used(db):
    for one in (FIRST, THIRD):
        await CharterStore(db).add(one.version, one.note, one.digest, NOON)
    with pytest.raises(SigningError) as refused:
        await Charters(db).chain()
    assert refused.value.code == "charter-skipped"
    (problem,) = (await audit_logs(db)).problems
    assert (problem.place, problem.what.startswith("charter-skipped")) == ("charter 3", True)


# --- a process that follows ---


async def until(condition) -> None:
    for _ in range(500):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError


async def test_a_later_version_is_taken_over_while_the_process_runs(db, caplog):
    caplog.set_level(logging.WARNING)
    charters, taken = Charters(db), []
    await charters.adopt([FIRST.note], NOON)
    async with charters.following(1, taken.append, every=0.01):
        await asyncio.sleep(0.05)
        assert taken == []
        await Charters(db).adopt([SECOND.note, THIRD.note], NOON)
        await until(lambda: "charter version 3 is in force" in caplog.text)
    assert taken[-1] == (FIRST, SECOND, THIRD)
    assert charters.waiting == 0
    assert [task for task in asyncio.all_tasks() if "_follow" in str(task.get_coro())] == []


async def test_one_that_cannot_be_taken_over_waits_and_is_said_once(db, caplog):
    charters, asked = Charters(db), []
    await charters.adopt([FIRST.note, SECOND.note], NOON)

    def take(later):
        asked.append(later[-1].version)
        raise NodeError("other keys")

    async with charters.following(1, take, every=0.01):
        await until(lambda: charters.waiting == 2)
        await asyncio.sleep(0.05)
        assert asked == [2]
    assert caplog.text.count("charter version 2 is not taken over: other keys") == 1


async def test_a_defect_that_ends_the_watch_is_logged(db, caplog):
    charters = Charters(db)
    await charters.adopt([FIRST.note, SECOND.note], NOON)

    def take(_later):
        raise LookupError("a defect")

    async with charters.following(1, take, every=0.01):
        await until(lambda: "a defect" in caplog.text)


async def test_a_database_that_does_not_answer_is_asked_again(db, caplog, monkeypatch):
    charters, taken, calls = Charters(db), [], []
    await charters.adopt([FIRST.note, SECOND.note], NOON)
    asking = CharterStore.newest

    async def newest(self):
        calls.append(1)
        if len(calls) < 3:
            raise asyncpg.InterfaceError("gone")
        return await asking(self)

    monkeypatch.setattr(CharterStore, "newest", newest)
    async with charters.following(1, taken.append, every=0.01):
        await until(lambda: taken)
    assert taken == [(FIRST, SECOND)]
    assert "is not known now: gone" in caplog.text
