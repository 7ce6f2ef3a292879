"""Reports in a real database: kept whole, found by code and subject, erased by time and order."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from registry.store.engine import open_database
from registry.store.reports import KeptReport, ReportStore

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
SUBJECT, OTHER = "ab" * 16, "cd" * 16


def kept(code: str, issued: datetime = NOW, until: datetime = NOW + DAY) -> KeptReport:
    file = b'{"file":"\xe6\x8a\xa5"}' * 50
    told = (SUBJECT, "key:0123456789ab", '{"role":"business"}', file)
    return KeptReport(code * 16, code.encode() * 32, issued, until, *told)


@pytest.fixture
async def store(database):
    async with open_database(database.service_url, 3) as db:
        yield ReportStore(db)


async def test_a_report_is_found_by_code_and_subject_and_counted_until_its_time_is_over(store):
    older = kept("A", NOW - 2 * DAY)
    for one in (kept("B"), older, replace(kept("C"), subject=OTHER, owner="oidc:x", file=None)):
        await store.add(one)
    assert await store.find("A" * 16, NOW) == older
    assert await store.find("D" * 16, NOW) is None
    assert (await store.find("C" * 16, NOW)).file is None
    about = await store.about({SUBJECT, "00" * 16}, NOW)
    assert [(one.code, one.file) for one in about] == [("B" * 16, None), ("A" * 16, None)]
    assert await store.about({SUBJECT}, NOW + DAY) == ()
    assert await store.taken_since(older.owner, NOW - DAY) == 1
    assert await store.taken_since(older.owner, NOW - 3 * DAY) == 2
    past = await store.find("A" * 16, NOW + DAY)
    assert past == replace(older, subject="", owner="", asked="", file=None)


async def test_only_what_is_over_is_erased_and_its_digest_stays(store, database):
    await store.add(kept("A"))
    await store.add(kept("B", NOW - 2 * DAY, NOW - DAY))
    assert (await store.erase_old(), await store.erase_old()) == (1, 0)
    assert (await store.find("A" * 16, NOW)).file is not None
    service = await asyncpg.connect(database.service_url)
    row = await service.fetchrow("SELECT * FROM reports WHERE code = $1", "B" * 16)
    assert tuple(row) == ("B" * 16, b"B" * 32, NOW - 2 * DAY, NOW - DAY, *[None] * 4, [])
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await service.execute("UPDATE reports SET file = NULL")
    await service.close()
