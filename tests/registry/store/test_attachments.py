"""Attachments: bytes by digest, and how the records of a log name them."""

from hashlib import sha256

import asyncpg
import pytest

from registry.store.attachments import AttachmentStore, Named

DIGEST = sha256(b"body").digest()
PUBLIC, RESTRICTED = False, True
REF = "INSERT INTO attachment_refs VALUES ($1, $2, $3, $4, $5, $6)"


@pytest.fixture
def store(db):
    return AttachmentStore(db)


async def test_what_no_record_names_is_not_known(store):
    assert await store.named(1, DIGEST) is None
    assert await store.stored(DIGEST) is None
    assert await store.body(DIGEST) is None


async def test_a_name_counts_for_its_own_log_only(store, owner):
    await owner.execute(REF, 1, 0, DIGEST, 4, "application/pdf", PUBLIC)
    assert await store.named(1, DIGEST) == Named((4,), "application/pdf", restricted=False)
    assert await store.named(2, DIGEST) is None
    assert await store.named(1, sha256(b"other").digest()) is None


async def test_named_in_public_once_it_is_public_with_that_media_type(store, owner):
    await owner.execute(REF, 1, 0, DIGEST, 4, "text/plain", RESTRICTED)
    assert await store.named(1, DIGEST) == Named((4,), "text/plain", restricted=True)
    await owner.execute(REF, 1, 9, DIGEST, 4, "application/pdf", PUBLIC)
    await owner.execute(REF, 1, 12, DIGEST, 4, "image/png", PUBLIC)
    assert await store.named(1, DIGEST) == Named((4,), "application/pdf", restricted=False)


async def test_records_may_state_different_sizes_for_one_digest(store, owner):
    for idx, size in enumerate((7, 4, 7)):
        await owner.execute(REF, 1, idx, DIGEST, size, "text/plain", PUBLIC)
    named = await store.named(1, DIGEST)
    assert named is not None
    assert sorted(named.sizes) == [4, 7]


async def test_bytes_come_back_as_they_were_and_the_same_again_changes_nothing(store, owner):
    body = bytes(range(256)) * 5
    digest = sha256(body).digest()
    await owner.execute(REF, 1, 0, digest, len(body), "text/plain", PUBLIC)
    assert await store.put(digest, body)
    assert await store.put(digest, body)
    assert await store.body(digest) == body
    assert await store.stored(digest) == len(body)
    assert await owner.fetchval("SELECT count(*) FROM attachments") == 1


async def test_what_no_record_names_or_is_not_of_the_digest_is_not_kept(store, owner):
    assert not await store.put(DIGEST, b"body")
    assert not await store.put(b"\1" * 31, b"body")
    await owner.execute(REF, 1, 0, DIGEST, 4, "text/plain", PUBLIC)
    assert not await store.put(DIGEST, b"else")
    assert await owner.fetchval("SELECT count(*) FROM attachments") == 0


async def test_what_was_erased_comes_back_for_another_record_only(store, owner):
    await owner.execute(REF, 1, 0, DIGEST, 4, "text/plain", PUBLIC)
    await owner.execute("INSERT INTO erasures VALUES (1, 0, 'main', 1, 1, now())")
    await owner.execute("INSERT INTO attachments VALUES ($1, 4, NULL)", DIGEST)
    assert await store.named(1, DIGEST) is None
    assert not await store.put(DIGEST, b"body")
    assert await store.body(DIGEST) is None
    assert await store.stored(DIGEST) is None
    await owner.execute(REF, 1, 7, DIGEST, 4, "image/png", RESTRICTED)
    assert await store.named(1, DIGEST) == Named((4,), "image/png", restricted=True)
    assert await store.put(DIGEST, b"body")
    assert await store.body(DIGEST) == b"body"


@pytest.mark.parametrize(
    ("part", "erased", "stands"),
    [
        ("main", ["main"], False),
        ("main", ["restricted"], True),
        ("main", ["both"], False),
        ("restricted", ["main"], True),
        ("restricted", ["restricted"], False),
        ("both", ["main"], True),
        ("both", ["restricted"], True),
        ("both", ["restricted", "main"], False),
        ("both", ["both"], False),
    ],
)
async def test_a_naming_stands_while_a_part_that_states_it_does(store, owner, part, erased, stands):
    await owner.execute(
        "INSERT INTO attachment_refs VALUES (1, 0, $1, 4, 'a/b', true, $2)", DIGEST, part
    )
    for one in erased:
        await owner.execute("INSERT INTO erasures VALUES (1, 0, $1, 1, 1, now())", one)
    assert (await store.named(1, DIGEST) is not None) == stands


async def test_an_empty_attachment_is_one(store, owner):
    digest = sha256(b"").digest()
    await owner.execute(REF, 1, 0, digest, 0, "text/plain", PUBLIC)
    await store.put(digest, b"")
    assert await store.body(digest) == b""


async def test_a_digest_of_the_wrong_length_is_refused(owner):
    with pytest.raises(asyncpg.CheckViolationError):
        await owner.execute("INSERT INTO attachments VALUES ($1, 4, $2)", b"\1" * 31, b"body")
