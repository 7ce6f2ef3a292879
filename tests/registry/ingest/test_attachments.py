"""Attachments are let in by the digest that an admitted record has signed, and by nothing else."""

import asyncio
from collections.abc import AsyncIterator
from hashlib import sha256

import pytest

from registry.errors import (
    MalformedRefusal,
    NotFoundRefusal,
    TooLargeRefusal,
    TooSlowRefusal,
)
from registry.ingest import attachments
from registry.ingest.attachments import AttachmentDoor
from registry.ingest.upload import Patience
from signing.record import encode_record
from tests.registry.ingest.samples import main as sample
from tests.registry.world import NANJING, WUHU, Node, Publisher, chunks, open_node, record, salt

TEXT = "规则：示例".encode()
SECRET = b"evidence"


def named(body: bytes) -> dict[str, object]:
    return {
        "name": "rules.yaml",
        "sha256": sha256(body).hexdigest(),
        "size": len(body),
        "media_type": "application/yaml",
    }


def rulebook(number: int, **also: object) -> bytes:
    penalty = ("decision_no", "violation_type", "facts", "basis", "kinds", "content",
               "fine_wan_yuan", "effective_until", "procedure")  # fmt: skip
    return encode_record(
        record(
            number,
            **dict.fromkeys(penalty),
            type="rulebook",
            edition="2026-1",
            title="示例规则",
            book_digest="0" * 64,
            effective_from="2026-05-10",
            severity={"class": "unclassified"},
            attachments=[named(TEXT) | also],
        ),
        {"salt": salt(10**6 + number), "evidence": [named(SECRET)]},
    )


@pytest.fixture
async def node(database, tmp_path) -> AsyncIterator[Node]:
    async with open_node(database.service_url, tmp_path / "cosigned") as opened:
        admitted = await opened.admit(Publisher(WUHU).seal([rulebook(1)]))
        assert admitted.quarantined == ()
        yield opened


async def test_a_named_attachment_is_taken_and_given_back(node):
    door = AttachmentDoor(node.db)
    digest = sha256(TEXT).hexdigest()
    for _ in range(2):
        assert await door.put(WUHU, digest, chunks(TEXT, 3)) == len(TEXT)
    assert await door.get(WUHU, digest) == (TEXT, "application/yaml")


@pytest.mark.parametrize(
    ("origin", "digest", "body", "error"),
    [
        (WUHU, sha256(b"other").hexdigest(), b"other", NotFoundRefusal),
        (NANJING, sha256(TEXT).hexdigest(), TEXT, NotFoundRefusal),
        (WUHU, sha256(TEXT).hexdigest(), TEXT + b"x", TooLargeRefusal),
        (WUHU, sha256(TEXT).hexdigest(), TEXT[:-1], MalformedRefusal),
        (WUHU, sha256(TEXT).hexdigest(), b"x" * len(TEXT), MalformedRefusal),
    ],
    ids=["unnamed", "other log", "longer", "shorter", "other bytes"],
)
async def test_anything_else_is_refused_and_not_kept(node, origin, digest, body, error):
    with pytest.raises(error):
        await AttachmentDoor(node.db).put(origin, digest, chunks(body))
    assert await node.db.pool.fetchval("SELECT count(*) FROM attachments") == 0


async def test_evidence_of_a_restricted_part_is_kept_but_not_given(node):
    door = AttachmentDoor(node.db)
    digest = sha256(SECRET).hexdigest()
    assert await door.put(WUHU, digest, chunks(SECRET)) == len(SECRET)
    with pytest.raises(NotFoundRefusal):
        await door.get(WUHU, digest)


@pytest.mark.parametrize(
    ("kind", "changes", "given"),
    [
        ("standard_comparison", {}, True),
        ("standard_comparison", {"publication": "government"}, False),
        ("conformity_result", {}, False),
        ("standard_case", {}, False),
    ],
)
async def test_evidence_about_standards_is_given_where_a_comparison_is_public(
    node, kind, changes, given
):
    body = f"{kind} {changes}".encode()
    main = {**sample(kind, **changes), "evidence": [named(body)]}
    publisher = Publisher(NANJING)
    assert (await node.admit(publisher.seal([encode_record(main)]), NANJING)).quarantined == ()
    door, digest = AttachmentDoor(node.db), sha256(body).hexdigest()
    await door.put(NANJING, digest, chunks(body))
    if given:
        assert await door.get(NANJING, digest) == (body, "application/yaml")
        return
    with pytest.raises(NotFoundRefusal):
        await door.get(NANJING, digest)


async def test_an_attachment_that_never_came_answers_like_none(node):
    with pytest.raises(NotFoundRefusal):
        await AttachmentDoor(node.db).get(WUHU, sha256(TEXT).hexdigest())


async def test_records_may_state_several_sizes_for_one_digest(database, tmp_path):
    """A slip in an earlier record must not keep the file of a later one out."""
    digest = sha256(TEXT).hexdigest()
    async with open_node(database.service_url, tmp_path / "cosigned") as node:
        lines = [rulebook(1, size=3), rulebook(2), rulebook(3, size=99)]
        await node.admit(Publisher(WUHU).seal(lines))
        door = AttachmentDoor(node.db)
        with pytest.raises(TooLargeRefusal, match="99"):
            await door.put(WUHU, digest, chunks(b"x" * 100))
        with pytest.raises(MalformedRefusal):
            await door.put(WUHU, digest, chunks(TEXT[:3]))
        assert await door.put(WUHU, digest, chunks(TEXT)) == len(TEXT)
        assert (await door.get(WUHU, digest))[0] == TEXT


async def test_what_is_here_already_is_not_read_again(node):
    async def never() -> AsyncIterator[bytes]:
        pytest.fail("it was read")
        yield b""

    door = AttachmentDoor(node.db)
    digest = sha256(TEXT).hexdigest()
    await door.put(WUHU, digest, chunks(TEXT))
    assert await door.put(WUHU, digest, never()) == len(TEXT)


async def test_a_silent_sender_is_sent_away(node):
    async def silent() -> AsyncIterator[bytes]:
        yield TEXT[:1]
        await asyncio.sleep(5)

    door = AttachmentDoor(node.db, Patience(chunk=0.05))
    with pytest.raises(TooSlowRefusal):
        await door.put(WUHU, sha256(TEXT).hexdigest(), silent())


async def test_four_are_taken_at_once_and_the_fifth_waits(node):
    go, four, reading = asyncio.Event(), asyncio.Event(), 0

    async def held() -> AsyncIterator[bytes]:
        nonlocal reading
        reading += 1
        if reading == 4:
            four.set()
        await go.wait()
        yield TEXT

    door = AttachmentDoor(node.db)
    digest = sha256(TEXT).hexdigest()
    puts = [asyncio.create_task(door.put(WUHU, digest, held())) for _ in range(5)]
    await four.wait()
    await asyncio.sleep(0.1)
    assert reading == 4
    go.set()
    assert await asyncio.gather(*puts) == [len(TEXT)] * 5


async def test_a_large_attachment_is_hashed_beside_the_event_loop(database, tmp_path, monkeypatch):
    body = bytes(1024 * 1024 + 1)
    digest = sha256(body).hexdigest()
    threads: list[object] = []
    to_thread = asyncio.to_thread

    async def noting(function, *arguments):
        threads.append(function)
        return await to_thread(function, *arguments)

    monkeypatch.setattr(attachments.asyncio, "to_thread", noting)
    async with open_node(database.service_url, tmp_path / "cosigned") as node:
        await node.admit(Publisher(WUHU).seal([rulebook(1, size=len(body), sha256=digest)]))
        threads.clear()
        assert await AttachmentDoor(node.db).put(WUHU, digest, chunks(body)) == len(body)
    assert len(threads) == 1
