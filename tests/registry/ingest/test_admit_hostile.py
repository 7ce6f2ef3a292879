"""What strangers, races, clocks and restores can try at the door; each once found to work."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg
import pytest

from registry.clock import FixedClock
from registry.errors import (
    ForbiddenRefusal,
    MalformedRefusal,
    RootMismatchRefusal,
    UnavailableRefusal,
)
from registry.ingest.check import check_upload
from registry.ledger.read import LogReader
from signing.batch import BatchHeader, encode_header
from signing.checkpoint import Checkpoint, sign_checkpoint
from signing.keys import SigningKey
from signing.note import append_signatures, parse_note, sign_note
from signing.receipt import open_receipt
from tests.registry.world import (
    NANJING,
    NOON,
    WUHU,
    Node,
    Publisher,
    charter,
    chunks,
    line,
    log_key,
    node_key,
    open_node,
    salt,
    seed,
)


@pytest.fixture
async def node(database, tmp_path) -> AsyncIterator[Node]:
    async with open_node(database.service_url, tmp_path / "cosigned") as opened:
        yield opened


async def count(node: Node, table: str) -> int:
    found: int = await node.db.pool.fetchval(f"SELECT count(*) FROM {table}")
    return found


def junk_lines(number: int, text: str) -> list:
    keys = [SigningKey.from_seed(f"junk{i}.example", seed(f"junk {i}")) for i in range(number)]
    return [parse_note(sign_note(text, [key])).signatures[0] for key in keys]


def replay(note: bytes, start: int | None = None) -> bytes:
    size = int(note.split(b"\n")[1])
    first = size if start is None else start
    return encode_header(BatchHeader(WUHU, first, size, note)) + b"\n"


async def test_a_stranger_cannot_add_signatures_to_a_checkpoint(node):
    first = await node.admit(Publisher(WUHU).seal([line(1)]))
    public = await LogReader(node.db).checkpoint(WUHU)
    for number in (0, 1, 5, 60):
        lines = junk_lines(number, parse_note(public).text)
        note = append_signatures(public, lines) if lines else public
        answer = await node.admit(replay(note))
        assert (answer.receipt, answer.repeated) == (first.receipt, True)
    assert (await count(node, "checkpoints"), await count(node, "commits")) == (1, 1)
    assert await LogReader(node.db).checkpoint(WUHU) == public


async def test_a_note_full_of_other_lines_is_admitted_with_the_logs_own(node):
    publisher = Publisher(WUHU)
    batch = publisher.seal([line(1)])
    text = parse_note(sign_checkpoint(Checkpoint(WUHU, 1, publisher.tree.root()), log_key(WUHU)))
    note = append_signatures(text.encode(), junk_lines(63, text.text))
    head = encode_header(BatchHeader(WUHU, 0, 1, note))
    admitted = await node.admit(head + batch[batch.index(b"\n") :])
    assert len(parse_note(admitted.receipt).signatures) == 2
    assert (await node.admit(batch)).receipt == admitted.receipt


async def test_after_a_new_key_signed_the_tree_the_first_bytes_bring_the_first_receipt(node):
    publisher = Publisher(WUHU)
    batch = publisher.seal([line(1)])
    first = await node.admit(batch)
    window = {"from": "2026-01-01T00:00:00Z"}
    both = [{"vkey": str(log_key(WUHU, n).vkey), **window} for n in (0, 1)]
    node.charter = charter(2, {WUHU: both})
    node.clock = FixedClock(NOON.replace(month=12))
    publisher.generation = 1
    resigned = await node.admit(publisher.seal([]))
    assert resigned.receipt != first.receipt
    assert (await node.admit(batch)).receipt == first.receipt
    assert (await node.admit(publisher.seal([]))).receipt == resigned.receipt
    public = await LogReader(node.db).checkpoint(WUHU)
    assert len(parse_note(public).signatures) == 3  # two of the log, one of the mirror


async def test_a_batch_with_lines_resigned_by_another_key_is_kept_beside_the_first(node):
    publisher, window = Publisher(WUHU), {"from": "2026-01-01T00:00:00Z"}
    await node.admit(publisher.seal([line(1)]))
    node.charter = charter(
        2, {WUHU: [{"vkey": str(log_key(WUHU, n).vkey), **window} for n in (0, 1)]}
    )
    again = Publisher(WUHU, generation=1)
    answer = await node.admit(again.seal([line(1)]))
    assert not answer.repeated
    assert (await count(node, "checkpoints"), await count(node, "entries")) == (2, 1)


async def test_two_equal_empty_batches_at_once_bring_one_receipt(node):
    batch = Publisher(WUHU).seal([])
    one, other = await asyncio.gather(node.admit(batch), node.admit(batch))
    assert one.receipt == other.receipt
    assert {one.repeated, other.repeated} == {True, False}
    assert (await count(node, "checkpoints"), await count(node, "commits")) == (1, 1)


async def test_slow_strangers_take_no_slot(node):
    async def stalled() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    door = node.door
    slow = [asyncio.create_task(door.admit(WUHU, stalled(), "identity")) for _ in range(4)]
    await asyncio.sleep(0.05)
    async with asyncio.timeout(10):
        admitted = await door.admit(WUHU, chunks(Publisher(WUHU).seal([line(1)])), "identity")
    assert admitted.size == 1
    for task in slow:
        task.cancel()
    await asyncio.gather(*slow, return_exceptions=True)


async def test_as_many_admissions_as_slots_do_not_wait_for_each_others_connections(
    database, tmp_path
):
    async with open_node(database.service_url, tmp_path / "c", pool_size=3) as node:
        door = node.door
        batches = {WUHU: Publisher(WUHU), NANJING: Publisher(NANJING)}
        async with asyncio.timeout(30):
            for _ in range(3):
                await asyncio.gather(
                    *(
                        door.admit(origin, chunks(publisher.seal([line(i) for i in range(300)])),
                                   "identity")
                        for origin, publisher in batches.items()
                    )
                )  # fmt: skip
        assert await count(node, "entries") == 1800


async def test_asking_again_tells_codes_but_no_values(node):
    secret = "340201199001011234"
    bad = line(2, authority={"name": "芜湖***局"}, remark=f"号码{secret}")
    batch = Publisher(WUHU).seal([line(1), bad])
    first = await node.admit(batch)
    assert "芜湖" in first.quarantined[0][1]
    public = await LogReader(node.db).checkpoint(WUHU)
    again = await node.admit(replay(public, 0))
    assert again.quarantined_count == 1
    assert "masked-value" in again.quarantined[0][1]
    assert "芜湖" not in again.quarantined[0][1]
    assert secret not in str(again)


async def test_a_key_that_has_ended_still_gets_the_receipt_of_what_is_stored(node):
    batch = Publisher(WUHU).seal([line(1)])
    receipt = (await node.admit(batch)).receipt
    ended = {"from": "2026-01-01T00:00:00Z", "until": "2026-11-24T00:00:00Z"}
    node.charter = charter(2, {WUHU: [{"vkey": str(log_key(WUHU).vkey), **ended}]})
    node.clock = FixedClock(datetime(2027, 3, 1, tzinfo=UTC))
    assert (await node.admit(batch)).receipt == receipt


async def forget(owner_url: str) -> None:
    """Empty the database as a restore from before the first batch would."""
    connection = await asyncpg.connect(owner_url)
    try:
        await connection.execute("SET session_replication_role = replica")
        for table in (
            "logs", "log_heads", "checkpoints", "commits", "entries", "tile_hashes", "records",
            "subjects", "subject_names", "quarantine", "evidence",
        ):  # fmt: skip
            await connection.execute(f"DELETE FROM {table}")
    finally:
        await connection.close()


async def test_a_restored_node_is_refilled_after_the_keys_have_changed(node, database):
    publisher = Publisher(WUHU)
    batches = [publisher.seal([line(i)]) for i in range(3)]
    receipts = [(await node.admit(batch)).receipt for batch in batches]
    await forget(database.owner_url)
    ended = {"from": "2026-01-01T00:00:00Z", "until": "2026-11-24T00:00:00Z"}
    node.charter = charter(2, {WUHU: [{"vkey": str(log_key(WUHU).vkey), **ended}]})
    node.clock = FixedClock(datetime(2027, 3, 1, tzinfo=UTC))
    for batch in batches[:2]:
        assert (await node.admit(batch, refill=True)).receipt == b""
    assert (await node.admit(batches[2], refill=True)).receipt == receipts[2]
    assert (await node.admit(batches[2])).receipt == receipts[2]
    assert (await node.admit(batches[0])).receipt == receipts[2]
    with pytest.raises(ForbiddenRefusal) as refused:
        await node.admit(publisher.seal([line(9)]))
    assert refused.value.detail_code == "expired-key"


async def test_another_history_after_a_restore_is_a_fork_and_kept(node, database):
    await node.admit(Publisher(WUHU).seal([line(1)]))
    await forget(database.owner_url)
    with pytest.raises(RootMismatchRefusal) as refused:
        await node.admit(Publisher(WUHU).seal([line(8)]))
    assert refused.value.extra["fork"]
    assert await node.db.pool.fetchval("SELECT kind FROM evidence") == "fork"


async def test_a_smaller_tree_after_a_restore_asks_for_a_refill(node, database):
    publisher = Publisher(WUHU)
    first = publisher.seal([line(1)])
    await node.admit(first)
    await node.admit(publisher.seal([line(2)]))
    await forget(database.owner_url)
    with pytest.raises(UnavailableRefusal) as refused:
        await node.admit(first)
    assert refused.value.detail_code == "behind-last-cosigned"


async def test_one_contradiction_is_one_row_of_evidence_however_it_is_dressed(node):
    await node.admit(Publisher(WUHU).seal([line(1)]))
    other = Publisher(WUHU)
    batch = other.seal([line(2)])
    note = sign_checkpoint(Checkpoint(WUHU, 1, other.tree.root()), log_key(WUHU))
    text = parse_note(note).text
    for number in (0, 1, 7):
        lines = junk_lines(number, text)
        dressed = append_signatures(note, lines) if lines else note
        head = encode_header(BatchHeader(WUHU, 0, 1, dressed))
        with pytest.raises(RootMismatchRefusal):
            await node.admit(head + batch[batch.index(b"\n") :])
    assert await count(node, "evidence") == 1


async def test_a_note_that_is_no_note_is_malformed_not_forbidden(node):
    for note in (b"not a note", b"a\n\n\xe2\x80\x94 x !!!\n"):
        with pytest.raises(MalformedRefusal):
            await node.admit(encode_header(BatchHeader(WUHU, 0, 0, note)) + b"\n")


async def test_many_bad_records_are_counted_and_the_first_listed(node):
    batch = Publisher(WUHU).seal([f'{{"n":{i}}}'.encode() for i in range(1200)])
    admitted = await node.admit(batch)
    assert (len(admitted.quarantined), admitted.quarantined_count) == (1000, 1200)
    assert admitted.accepted == 0
    again = await node.admit(batch)
    assert (len(again.quarantined), again.repeated) == (1000, True)


async def test_codes_stated_later_in_a_batch_are_linked_like_those_stated_first(node):
    with_old = {
        "kind": "organisation",
        "name": "芜湖示例建设有限公司",
        "uscc": "91340200MA00000231",
        "registration_no": "320000000021080",
    }
    publisher = Publisher(WUHU)
    await node.admit(publisher.seal([line(1), line(2, subject=with_old)]))
    await node.admit(publisher.seal([line(3, salt=salt(33), subject=with_old)]))
    assert await count(node, "subject_links") == 1


async def test_a_cancelled_admission_leaves_nothing_and_holds_nothing(node):
    batch = Publisher(WUHU).seal([line(i) for i in range(2000)])
    door = node.door
    for wait in (0.02, 0.1, 0.3):
        task = asyncio.create_task(door.admit(WUHU, chunks(batch), "identity"))
        await asyncio.sleep(wait)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert await count(node, "entries") in {0, 2000}
    assert (await door.admit(WUHU, chunks(batch), "identity")).size == 2000


def test_receipts_of_the_world_verify():
    publisher = Publisher(WUHU)
    publisher.seal([])
    note = sign_checkpoint(Checkpoint(WUHU, 0, publisher.tree.root()), log_key(WUHU))
    with pytest.raises(Exception, match="mirror"):
        open_receipt(note, [log_key(WUHU).vkey], [node_key("mirror").vkey])


@pytest.mark.parametrize(
    "bad",
    [
        b'{"a\\u0000":1,"a\\u0000":2}',
        b'{"\\ud800":1,"\\ud800":2}',
        b'{"a":"\\ud800"}',
        b'{"type":"\\u0000"}',
    ],
    ids=str,
)
async def test_no_line_keeps_a_signed_batch_out(node, bad):
    """What a finding repeats must be fit for the database and for every answer."""
    batch = Publisher(WUHU).seal([line(1), bad])
    admitted = await node.admit(batch)
    assert (admitted.size, admitted.accepted, admitted.quarantined_count) == (2, 1, 1)
    ((idx, findings),) = admitted.quarantined
    assert idx == 1
    assert "\0" not in findings
    findings.encode()
    report = await check_upload(chunks(batch), "identity")
    assert (report.total, report.good) == (2, 1)


async def test_an_object_of_very_many_members_costs_little(node):
    """Sorting the keys of one such line took a second, in which the node answered nobody."""
    keys = [f"k{i:05d}" for i in range(20_000)]
    members = ",".join(f'"{key}":1' for key in (*keys[1:], keys[0]))
    lines = [f"{{{members}}}".encode()] * 20
    began = asyncio.get_running_loop().time()
    admitted = await node.admit(Publisher(WUHU).seal(lines))
    assert asyncio.get_running_loop().time() - began < 10
    assert admitted.quarantined_count == 20
    assert "too-many-members" in admitted.quarantined[0][1]


async def test_a_key_that_follows_another_without_overlap_signs_the_tree_anew(node):
    noon = "2026-12-01T00:00:00Z"
    first = {"vkey": str(log_key(WUHU).vkey), "from": "2026-01-01T00:00:00Z", "until": noon}
    second = {"vkey": str(log_key(WUHU, 1).vkey), "from": noon}
    node.charter = charter(1, {WUHU: [first, second]})
    publisher = Publisher(WUHU)
    await node.admit(publisher.seal([line(1)]))
    node.clock = FixedClock(datetime(2026, 12, 2, tzinfo=UTC))
    publisher.generation = 1
    admitted = await node.admit(publisher.seal([]))
    assert (admitted.size, admitted.repeated) == (1, False)
    receipt = open_receipt(admitted.receipt, [log_key(WUHU, 1).vkey], [node_key("mirror").vkey])
    assert receipt.time == int(datetime(2026, 12, 2, tzinfo=UTC).timestamp())


async def test_an_expired_key_is_told_before_anything_is_unpacked(node):
    window = {"from": "2026-01-01T00:00:00Z", "until": "2026-11-23T03:59:59Z"}
    node.charter = charter(1, {WUHU: [{"vkey": str(log_key(WUHU).vkey), **window}]})
    batch = Publisher(WUHU).seal([line(1)])
    wrong_root = batch.replace("两千元".encode(), "九千元".encode())
    publisher = Publisher(WUHU)
    publisher.seal([line(1)])
    for sent in (wrong_root, publisher.seal([line(2)])):
        with pytest.raises(ForbiddenRefusal) as refused:
            await node.admit(sent)
        assert refused.value.detail_code == "expired-key"
    assert await count(node, "evidence") == 0


async def test_an_interrupted_refill_can_be_begun_again(node, database):
    publisher = Publisher(WUHU)
    batches = [publisher.seal([line(i)]) for i in range(3)]
    for batch in batches:
        await node.admit(batch)
    owner = await asyncpg.connect(database.owner_url)
    await owner.execute("SET session_replication_role = replica")
    for table in ("entries", "records", "commits", "checkpoints", "log_heads", "kinds"):
        await owner.execute(f"DELETE FROM {table}")
    await owner.close()
    for batch in (*batches[:2], *batches):
        admitted = await node.admit(batch, refill=True)
    assert admitted.size == 3
    assert await count(node, "entries") == 3
