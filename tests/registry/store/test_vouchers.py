"""Vouchers in a real database: kept whole, found by code, erased by time and by nothing else."""

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from registry.store.engine import open_database
from registry.store.vouchers import KeptVoucher, VoucherStore

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)


def kept(code: str, issued: datetime = NOW, until: datetime = NOW + DAY) -> KeptVoucher:
    return KeptVoucher(
        code * 16, code.encode() * 32, issued, until, b'{"file":"\xe5\x87\xad"}' * 50
    )


@pytest.fixture
async def store(database):
    async with open_database(database.service_url, 3) as db:
        yield VoucherStore(db)


async def test_a_voucher_comes_back_as_it_was_kept_until_its_time_is_over(store):
    await store.add(kept("A"))
    assert await store.find("A" * 16, NOW) == kept("A")
    assert await store.find("B" * 16, NOW) is None
    past = await store.find("A" * 16, NOW + DAY)
    assert (past.digest, past.issued_at, past.file) == (b"A" * 32, NOW, None)


async def test_only_what_is_over_is_erased_and_its_digest_stays(store):
    await store.add(kept("A"))
    await store.add(kept("B", NOW - 2 * DAY, NOW - DAY))
    await store.add(kept("C", NOW - 2 * DAY, NOW - timedelta(seconds=1)))
    assert await store.erase_old() == 2
    assert await store.erase_old() == 0
    assert (await store.find("A" * 16, NOW)).file is not None
    gone = await store.find("B" * 16, NOW - 2 * DAY)
    assert (gone.digest, gone.file) == (b"B" * 32, None)
    assert await store.issued_since(NOW) == 1
    assert await store.issued_since(NOW - 2 * DAY) == 3


async def test_the_service_changes_nothing_by_itself(store, database):
    await store.add(kept("A", NOW - 2 * DAY, NOW - DAY))
    service = await asyncpg.connect(database.service_url)
    try:
        for statement in (
            "UPDATE vouchers SET kept_until = now()",
            "DELETE FROM vouchers",
            "SET registry.erasing = 'on'; UPDATE vouchers SET file = NULL",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await service.execute(statement)
    finally:
        await service.close()
    owner = await asyncpg.connect(database.owner_url)
    try:
        with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
            await owner.execute("DELETE FROM vouchers")
    finally:
        await owner.close()


async def test_a_code_is_kept_once_and_only_in_its_alphabet(store):
    await store.add(kept("A"))
    with pytest.raises(asyncpg.UniqueViolationError):
        await store.add(kept("A"))
    with pytest.raises(asyncpg.CheckViolationError):
        await store.add(kept("U"))
