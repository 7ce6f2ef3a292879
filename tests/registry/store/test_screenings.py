"""Screenings as they are kept: bounds, turns, parts stored whole, and what removes them."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta

import asyncpg
import pytest

from registry.store.engine import Database, open_database
from registry.store.owners import Owners
from registry.store.screening_judgements import Judgement, JudgementStore
from registry.store.screenings import (
    FAILURES_MAX,
    KEPT_MAX,
    OPEN_MAX,
    SAME_NAME_MAX,
    KeptResult,
    KeptRow,
    KeptScreening,
    MeetingReading,
    ScreeningStore,
    Wanted,
)
from tests.conftest import TestDatabase
from tests.registry.world import NOON

SUBJECT, OTHER = b"s" * 16, b"o" * 16


def kept(number: int = 1, **changes: object) -> KeptScreening:
    usual = KeptScreening(
        f"{number:032x}", "key:a", "{}", NOON, 3, NOON + timedelta(days=30), "matching", 0, 0, 1,
        date(2026, 11, 23), degraded=False,
    )  # fmt: skip
    return replace(usual, **changes)


def row(number: int, key: bytes = b"k" * 16, problem: str = "") -> KeptRow:
    return KeptRow(number, number + 1, f"示例{number}", "", problem, "", 0, key)


ROWS = (row(1), row(2), row(3, b"l" * 16))
FOUND = KeptResult(1, "found", "exact-name", "bar", [SUBJECT])
OPEN = KeptResult(2, "uncertain", "resembles", "", [SUBJECT, OTHER])
NONE = KeptResult(3, "not_found", "", "", [])


@pytest.fixture
async def db(database: TestDatabase) -> AsyncIterator[Database]:
    async with open_database(database.service_url, 2) as opened:
        yield opened


@pytest.fixture
def store(db: Database) -> ScreeningStore:
    return ScreeningStore(db)


async def test_it_comes_back_as_it_was_kept(store):
    one = kept()
    assert await store.add(one, ROWS) == ""
    assert await store.find(one.id, NOON) == one
    assert await store.find(one.id, one.kept_until) is None
    assert await store.rows(one.id, 0, 2) == ROWS[:2]
    assert await store.rows(one.id, 2, 9) == ROWS[2:]
    with pytest.raises(asyncpg.CheckViolationError):
        await store.add(kept(2, lines=50_001), ())
    assert await store.of_owner("key:b", NOON) == ()


async def test_an_owner_has_few_under_way_and_some_kept(store):
    for number in range(OPEN_MAX):
        assert await store.add(kept(number), ROWS) == ""
    assert await store.add(kept(90), ROWS) == "open"
    assert await store.add(kept(91, owner="key:b"), ROWS) == ""
    for number in range(OPEN_MAX, KEPT_MAX):
        assert await store.add(kept(number, owner="key:c", state="done"), ()) == ""
    for number in range(KEPT_MAX, KEPT_MAX + OPEN_MAX):
        assert await store.add(kept(number, owner="key:c", state="done"), ()) == ""
    assert await store.add(kept(92, owner="key:c"), ()) == "kept"
    later = NOON + timedelta(days=31)  # what is past its time counts no more
    assert await store.add(kept(93, owner="key:c", made_at=later), ()) == ""


async def test_parts_move_it_on_and_the_same_again_changes_nothing(store):
    one = kept()
    await store.add(one, ROWS)
    for _ in range(2):
        await store.store(one.id, (FOUND, OPEN), 2, degraded=True)
        found = await store.find(one.id, NOON)
        assert (found.state, found.done, found.degraded) == ("matching", 2, True)
    await store.store(one.id, (NONE,), 3, degraded=False)
    found = await store.find(one.id, NOON)
    assert (found.state, found.done, found.degraded) == ("done", 3, True)
    assert await store.next(NOON) is None
    assert await store.counts(one.id, 2) == (
        ("found", "exact-name", "bar", 1), ("uncertain", "resembles", "", 1),
    )  # fmt: skip
    shown = await store.results(one.id, Wanted(), 9)
    assert [(asked.row, result) for asked, result in shown] == [(1, FOUND), (2, OPEN), (3, NONE)]
    assert [r.row for _, r in await store.results(one.id, Wanted(1), 9)] == [2, 3]
    assert [r.row for _, r in await store.results(one.id, Wanted(0, "found"), 9)] == [1]
    assert [r.row for _, r in await store.results(one.id, Wanted(0, "", "bar"), 9)] == [1]
    assert await store.results_of(one.id, [2, 7]) == {2: OPEN}


async def test_turns_failures_and_checks(store):
    one, two = kept(1), kept(2, owner="key:b")
    await store.add(one, ROWS)
    await store.add(two, ROWS)
    assert (await store.next(NOON)).id == one.id
    await store.failed(one.id)
    assert (await store.next(NOON)).id == two.id
    await store.store(two.id, (FOUND, OPEN, NONE), 3, degraded=False)
    for _ in range(FAILURES_MAX - 1):
        assert (await store.next(NOON)).id == one.id
        await store.failed(one.id)
    assert await store.next(NOON) is None
    await store.resume(one.id)
    assert (await store.next(NOON)).failures == 0
    day = date(2026, 11, 24)
    await store.check(one.id, 9, day)  # not done yet: nothing to be checked
    assert (await store.find(one.id, NOON)).state == "matching"
    await store.check(two.id, 9, day)
    checking = await store.find(two.id, NOON)
    assert (checking.state, checking.done, checking.checked_seq) == ("checking", 0, 9)
    await store.store(two.id, (), 3, degraded=False)
    await store.check(two.id, 9, day)
    assert (await store.find(two.id, NOON)).state == "done"


async def test_what_says_the_same_is_given_the_same(store):
    one, two = kept(1), kept(2)
    for screening in (one, two):
        await store.add(screening, (*ROWS, row(4, problem="empty-row")))
        await store.store(screening.id, (FOUND, OPEN, NONE), 3, degraded=False)
    assert await store.alike(one.id, two.id) == (3, 3)
    await store.same_key(one.id, 1)
    second = (await store.results_of(one.id, [2]))[2]
    assert second == FOUND._replace(row=2)
    assert await store.alike(one.id, two.id) == (2, 3)


async def test_the_service_removes_only_what_is_past_its_time(store, db, database):
    past = kept(1, kept_until=NOON - timedelta(days=9_999))
    await store.add(past, ROWS)
    await store.add(kept(2, kept_until=NOON + timedelta(days=99_999)), ROWS)
    await store.store(past.id, (FOUND,), 1, degraded=False)
    assert await store.erase_old() == 1
    for table, left in (("screenings", 1), ("screening_rows", 3), ("screening_results", 0)):
        assert await db.pool.fetchval(f"SELECT count(*) FROM {table}") == left
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await db.pool.execute(f"DELETE FROM {table}")
    owner = await asyncpg.connect(database.owner_url)
    with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
        await owner.execute("UPDATE screening_rows SET name = 'x'")
    await owner.close()


async def test_the_last_judgement_counts_and_each_is_kept(db):
    store = JudgementStore(db)
    first = Judgement(b"k" * 16, SUBJECT, "same", "key:a", "电话核实", NOON)
    assert await store.add("key:a", first)
    assert await store.of("key:a", [first.key]) == {(first.key, SUBJECT): first}
    assert await store.of("key:b", [first.key]) == {}
    assert await store.of("key:a", [b"x" * 16]) == {}
    later = replace(first, judgement="different", subject_id=OTHER)
    await store.add("key:a", later)
    await store.add("key:a", replace(first, judgement="undone"))
    assert await store.of("key:a", [first.key]) == {(first.key, OTHER): later}
    assert await db.pool.fetchval("SELECT count(*) FROM screening_judgements") == 3
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await db.pool.execute("DELETE FROM screening_judgements")


async def test_many_are_met_in_one_statement_and_a_common_name_is_bounded(db):
    meeting = MeetingReading(db.pool)
    await db.pool.executemany(
        "INSERT INTO subjects VALUES ($1, 'uscc', $2, 'organisation', $3)",
        [(SUBJECT, "91", "123456789"), (OTHER, "92", "")],
    )
    names = [("甲公司", bytes([n]) * 16) for n in range(SAME_NAME_MAX + 5)] + [("乙公司", OTHER)]
    await db.pool.executemany(
        "INSERT INTO subject_names VALUES ($2, $1, '2026-01-01', false, 1, 1)", names
    )
    found = await meeting.by_name(["甲公司", "乙公司", "丙公司"])
    assert (len(found["甲公司"]), found["乙公司"]) == (SAME_NAME_MAX, {OTHER})
    assert "丙公司" not in found
    assert await meeting.by_code([OTHER, b"n" * 16], ["123456789", "x"]) == {
        OTHER.hex(): {OTHER}, SUBJECT.hex(): {SUBJECT}, "123456789": {SUBJECT},
    }  # fmt: skip


async def test_a_key_owns_what_the_keys_before_it_own(db):
    chain = {"a" * 12: None, "b" * 12: "a" * 12, "c" * 12: "b" * 12}
    await db.pool.executemany(
        "INSERT INTO access_keys (key_id, secret_digest, role, member, subject, territories, "
        "matters, label, issued_at, expires_at, replaces, party) "
        "VALUES ($1, $2, 'auditor', '', '', '{}', '{}', '', $3, $4, $5, '')",
        [(key, bytes(32), NOON, NOON + timedelta(days=1), before) for key, before in chain.items()],
    )
    owners = Owners(db)
    for who in ("a", "b", "c"):
        assert await owners.of(f"key:{who * 12}") == f"key:{'a' * 12}"
    assert await owners.of("key:unknown") == "key:unknown"
    assert await owners.of("oidc:x") == "oidc:x"
