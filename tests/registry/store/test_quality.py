"""Counters of quality as stored: added up, freed once, moved with what was counted."""

from datetime import date

import pytest

from registry.store.engine import open_database
from registry.store.quality import ASIDE, Counted, QualityStore, counting_aside, sizes_of

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)
ONE, TWO = b"1" * 16, b"2" * 16


@pytest.fixture
async def db(database):
    async with open_database(database.service_url, 3) as opened:
        async with opened.transaction() as connection:
            await QualityStore(connection).prepare()
        yield opened


async def test_counters_of_a_cell_add_up_for_the_department_and_the_whole_log(db):
    store = QualityStore(db.pool)
    await store.add(
        7, {(MAY, "甲", "penalty"): {"n": 1, "day:3": 1}, (MAY, "乙", "penalty"): {"n": 2}}
    )
    await store.add(7, {(MAY, "甲", "penalty"): {"n": 4, "ok": 1}, (JUNE, "甲", ""): {"n": 1}})
    await store.add(8, {(MAY, "甲", "penalty"): {"n": 9}})
    await store.add(8, {})
    assert await store.cells(MAY, MAY, 7) == [
        (7, MAY, "", "penalty", {"n": 7, "day:3": 1, "ok": 1})
    ]
    assert await store.cells(MAY, JUNE, 7, units=True) == [
        (7, MAY, "乙", "penalty", {"n": 2}),
        (7, MAY, "甲", "penalty", {"n": 5, "day:3": 1, "ok": 1}),
        (7, JUNE, "甲", "", {"n": 1}),
    ]
    assert [row[0] for row in await store.cells(MAY, MAY)] == [7, 8]
    assert await store.latest_month() == JUNE
    assert await store.how_many() == 7


async def test_who_waits_for_a_registration_is_freed_once(db):
    store = QualityStore(db.pool)
    await store.wait(7, [((ONE, MAY, "甲", "penalty"), 2), ((TWO, MAY, "甲", "permit"), 1)])
    await store.wait(8, [((ONE, JUNE, "乙", "penalty"), 1)])
    await store.wait(7, [((ONE, MAY, "甲", "penalty"), 3)])
    await store.wait(7, [])
    assert await store.known([ONE, TWO]) == frozenset()
    assert await store.register([ONE]) == [
        (7, MAY, "甲", "penalty", 5),
        (8, JUNE, "乙", "penalty", 1),
    ]
    assert await store.register([ONE]) == []
    assert await store.known([ONE, TWO]) == {ONE}


async def test_a_place_is_repeated_once(db):
    store = QualityStore(db.pool)
    assert await store.repeat([]) == []
    assert await store.repeat([(7, 2), (7, 1)]) == [(7, 1), (7, 2)]
    assert await store.repeat([(7, 2), (8, 2)]) == [(8, 2)]


async def test_the_day_of_a_log_s_beginning_stays(db):
    store = QualityStore(db.pool)
    await store.move(8, 5, JUNE)
    await store.move(7, 2, MAY)
    await store.move(7, 4, JUNE)
    assert await store.counted() == {7: Counted(4, MAY), 8: Counted(5, JUNE)}
    assert sizes_of(await store.counted()) == [(7, 4), (8, 5)]
    await store.begin("other")
    assert (await store.counted(), await store.basis()) == ({}, "other")


async def test_an_audit_counts_beside_and_leaves_nothing(db):
    store = QualityStore(db.pool)
    await store.add(7, {(MAY, "甲", "penalty"): {"n": 1}})
    async with db.transaction() as connection:
        aside = await counting_aside(connection)
        assert (await aside.basis(), await aside.counted()) == ("", {})
        await aside.add(7, {(MAY, "甲", "penalty"): {"n": 2}})
        assert await aside.differences() == ["7 2026-05  penalty", "7 2026-05 甲 penalty"]
        await aside.begin("again")
        await aside.add(7, {(MAY, "甲", "penalty"): {"n": 1}})
        assert await aside.differences() == []
        await connection.execute("DROP TABLE pg_temp.cells, pg_temp.state, pg_temp.counted")
    assert await store.how_many() == 2
    assert not await QualityStore(db.pool, ASIDE).is_there()
