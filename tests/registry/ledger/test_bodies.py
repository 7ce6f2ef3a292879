"""Bodies as nodes hand them on: one text for one chunk, bounded, with what was erased named."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.errors import NotFoundRefusal
from registry.ledger import bodies
from registry.ledger.bodies import (
    BodyReader,
    Chunk,
    ChunkError,
    ChunkIndex,
    Gone,
    encode_chunk,
    parse_chunk,
)
from registry.ledger.read import LogReader
from signing.checkpoint import peek_checkpoint
from signing.record import NO_RESTRICTED, entry_of, split_line
from tests.registry.ingest.test_erase import order, stated
from tests.registry.world import WUHU, Node, Publisher, line, open_node


@pytest.fixture
async def node(database, tmp_path) -> AsyncIterator[Node]:
    async with open_node(database.service_url, tmp_path / "cosigned") as opened:
        yield opened


async def read(node: Node, start: int = 0, *count: int) -> Chunk:
    chunk = await BodyReader(node.db).chunk(WUHU, start, *count)
    assert parse_chunk(encode_chunk(chunk)) == chunk
    return chunk


def ends(chunk: Chunk) -> list[int]:
    return [peek_checkpoint(note).size for note in chunk.notes]


async def test_lines_are_handed_on_as_stored_with_where_batches_ended(node):
    lines = [line(1), b"\xff\xfe no record", b"", line(2) + b"\r", stated(3), line(4)]
    publisher = Publisher(WUHU)
    await node.admit(publisher.seal(lines[:2]))
    await node.admit(publisher.seal(lines[2:5]))
    await node.admit(publisher.seal(lines[5:]))
    chunk = await read(node)
    assert (chunk.start, chunk.end, ends(chunk)) == (0, 6, [2, 5, 6])
    assert list(chunk.lines) == lines
    assert chunk.entries() == [entry_of(*split_line(one)) for one in lines]
    assert chunk.gone == {}
    assert await LogReader(node.db).checkpoint(WUHU) == chunk.notes[-1]
    part = await read(node, 3)
    assert (part.start, part.end, ends(part)) == (3, 6, [5, 6])
    assert list(part.lines) == lines[3:]
    few = await read(node, 1, 2)
    assert (few.end, ends(few), list(few.lines)) == (3, [2, 5], lines[1:3])
    assert ends(await read(node, 1, 1)) == [2]
    with pytest.raises(NotFoundRefusal):
        await read(node, 6)


async def test_a_chunk_ends_with_its_bounds(node, monkeypatch):
    publisher = Publisher(WUHU)
    for number in range(5):
        await node.admit(publisher.seal([line(number)]))
    monkeypatch.setattr(bodies, "MAX_NOTES", 3)
    assert (await read(node)).end == 3
    monkeypatch.setattr(bodies, "MAX_ENTRIES", 2)
    assert ((await read(node)).end, ends(await read(node))) == (2, [1, 2])
    longest = max(len(line(number)) for number in range(5)) + 2
    monkeypatch.setattr(bodies, "MAX_BYTES", longest)
    assert (await read(node)).end == 1


@pytest.mark.parametrize("part", ["main", "restricted", "both"])
async def test_what_was_erased_is_named_with_its_order(node, part):
    body = stated(1)
    publisher = Publisher(WUHU)
    await node.admit(publisher.seal([line(0), body]))
    await node.admit(publisher.seal([order(2, body, "p1", part)]))
    chunk = await read(node)
    assert chunk.gone == {1: Gone(entry_of(*split_line(body)), ((part, 2),))}
    main, restricted = split_line(body)
    assert restricted is not None
    left = {"main": b"\t" + restricted, "restricted": main, "both": b""}
    assert chunk.lines[1] == left[part]
    whole = [entry_of(*split_line(one)) for one in (line(0), body, order(2, body, "p1", part))]
    assert chunk.entries() == whole


async def test_both_orders_about_one_body_are_named(node):
    body = stated(1)
    publisher = Publisher(WUHU)
    await node.admit(publisher.seal([body]))
    await node.admit(publisher.seal([order(2, body, "p1", "main")]))
    await node.admit(publisher.seal([order(3, body, "p1", "restricted")]))
    assert (await read(node)).gone[0].orders == (("main", 1), ("restricted", 2))


def test_what_is_left_must_be_what_was_logged():
    main, restricted = split_line(stated(1))
    assert restricted is not None
    entry = entry_of(main, restricted)
    gone = {0: Gone(entry, (("main", 1),))}
    good = Chunk(WUHU, 0, 1, (), (b"\t" + restricted,), gone)
    assert good.entries() == [entry]
    for left in (b"\tother", b"other", b"other\t" + restricted):
        with pytest.raises(ChunkError, match="not what was logged"):
            replace(good, lines=(left,)).entries()


GOOD = encode_chunk(Chunk(WUHU, 3, 5, (b"note\n",), (b"a", b"b"), {4: Gone(bytes(64), ())}))


def with_header(**changes: object) -> bytes:
    head, _, rest = GOOD.partition(b"\n")
    return json.dumps({**json.loads(head), **changes}).encode() + b"\n" + rest


ERASED = json.loads(GOOD.partition(b"\n")[0])["erased"][0]
BAD = {
    "nothing": b"",
    "no json": b"x\n",
    "another format": with_header(format="registry-bodies@v2"),
    "unknown member": with_header(more=1),
    "negative": with_header(**{"from": -1}),
    "fewer than announced": with_header(to=4),
    "backwards": with_header(to=2),
    "too many notes": with_header(checkpoints=["x"] * 257),
    "erased twice": with_header(erased=[ERASED, ERASED]),
    "erased elsewhere": with_header(erased=[{**ERASED, "idx": 5}]),
    "short entry": with_header(erased=[{**ERASED, "entry": "00"}]),
    "unknown part": with_header(erased=[{**ERASED, "orders": [["all", 1]]}]),
    "a line too long": GOOD.replace(b"\na\n", b"\n" + b"a" * (256 * 1024 + 1) + b"\n"),
    "too long": GOOD.replace(b"\na\n", b"\n" + b"a" * bodies.MAX_BYTES + b"\n"),
    "too many lines": GOOD + b"\n" * bodies.MAX_ENTRIES,
    "header too long": b" " * (bodies.MAX_HEADER + 1) + GOOD,
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_what_is_no_chunk_is_refused(text):
    with pytest.raises(ChunkError) as refused:
        parse_chunk(text)
    assert not refused.value.truncated


@pytest.mark.parametrize(
    "text", [GOOD[:-1], GOOD[:-2], with_header(to=9), GOOD.partition(b"\n")[0]]
)
def test_a_missing_end_is_told_from_another_fault(text):
    with pytest.raises(ChunkError) as refused:
        parse_chunk(text)
    assert refused.value.truncated


@given(
    st.lists(st.binary(max_size=40).map(lambda data: data.replace(b"\n", b"")), max_size=20),
    st.integers(0, 2**40),
    st.dictionaries(
        st.integers(0, 19),
        st.builds(
            Gone,
            st.binary(min_size=64, max_size=64),
            st.lists(
                st.tuples(st.sampled_from(["main", "restricted", "both"]), st.integers(0, 2**53)),
                max_size=3,
            ).map(tuple),
        ),
    ),
    st.integers(1, 50),
)
def test_parsing_undoes_encoding(lines, start, gone, piece):
    held = {start + at: one for at, one in gone.items() if at < len(lines)}
    chunk = Chunk(WUHU, start, start + len(lines), (b"a\n\nb\n",), lines, held)
    text = encode_chunk(chunk)
    assert parse_chunk(text) == chunk
    index = ChunkIndex()
    for at in range(0, len(text), piece):
        index.feed(text[at : at + piece])
    assert index.finish() == replace(chunk, lines=())
    assert [text[a + 1 : b] for a, b in pairwise(index.ends)] == lines


def test_an_entry_without_a_restricted_part_lacks_nothing():
    entry = entry_of(line(1), None)
    assert entry.endswith(NO_RESTRICTED)
    assert Chunk(WUHU, 0, 1, (), (line(1),)).entries() == [entry]
