"""What is followed stays in files: they are read like a list, and no chunk or batch is held."""

import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.exchange import pull
from registry.exchange.kept import KeptChunk, cut, join, nothing_at
from registry.exchange.lies import PeerError
from registry.exchange.staging import Staging
from registry.ingest import admission, admit
from registry.ledger import bodies
from registry.ledger.bodies import ChangedError, Chunk, ChunkIndex, encode_chunk
from registry.store import reading_records
from tests.registry.exchange.region import HOME, LOG, Region, open_region
from tests.registry.world import NODE, Publisher, chunks, line

MIB = 2**20


@pytest.fixture
async def region(postgres_server, migrated_template, tmp_path) -> AsyncIterator[Region]:
    async with open_region(postgres_server, migrated_template, tmp_path) as opened:
        yield opened


def kept(folder: Path, start: int, lines: list[bytes]) -> KeptChunk:
    """Keep a chunk as if it had just come."""
    staging, index = Staging(folder, LOG), ChunkIndex()
    text = encode_chunk(Chunk(LOG, start, start + len(lines), (b"note\n",), lines))
    index.feed(text)
    with staging.writing() as write:
        write(text)
    return staging.keep((index.finish(), index.ends))


SOME_LINES = st.lists(st.binary(max_size=9).map(lambda data: data.replace(b"\n", b"")), max_size=9)


@given(SOME_LINES, SOME_LINES, st.integers(1, 20), st.data())
def test_lines_of_files_are_as_those_of_a_list(tmp_path_factory, first, second, block, data):
    folder = tmp_path_factory.mktemp("kept")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("registry.exchange.kept.BLOCK", block)
        one = join(nothing_at(LOG, 5), kept(folder, 5, first))
        both = join(one, kept(folder, one.end, second))
        every = [*first, *second]
        assert list(both.lines) == every
        assert (len(both.lines), both.lines.size) == (len(every), sum(len(b) + 1 for b in every))
        start = data.draw(st.integers(0, len(every)))
        end = data.draw(st.integers(start, len(every)))
        part = cut(both, 5 + start, 5 + end)
        assert (list(part.lines), part.start, part.end) == (every[start:end], 5 + start, 5 + end)
        assert [part.lines[at] for at in range(end - start)] == every[start:end]
        with pytest.raises(IndexError):
            part.lines[end - start]
    Staging(folder, LOG).drop(one.end)
    left = [f"{one.end:020d}-{both.end:020d}.lines"] if second else []
    assert [path.name for path in folder.rglob("*-*")] == left


def test_lines_that_are_not_there_any_more_are_told(tmp_path):
    chunk = kept(tmp_path, 0, [b"one", b"two"])
    (path,) = tmp_path.rglob("*.lines")
    path.write_bytes(path.read_bytes().replace(b"one\n", b"one-"))
    with pytest.raises(ChangedError, match="other lines"):
        list(chunk.lines)
    path.unlink()
    with pytest.raises(ChangedError, match="No such file"):
        chunk.lines[0]


def test_what_cannot_be_kept_is_told_apart_from_a_bad_connection(tmp_path):
    staging = Staging(tmp_path, LOG)
    kept(tmp_path, 0, [b"one"])
    (folder,) = tmp_path.iterdir()
    (folder / "coming").symlink_to("/dev/full")
    with pytest.raises(PeerError, match=r"staging-failed.*space"), staging.writing() as write:
        write(bytes(MIB))
    (folder / "coming").unlink()
    said = (Chunk(LOG, 1, 2, (), ()), [1, 2])
    with pytest.raises(PeerError, match=r"staging-failed.*No such file"):
        staging.keep(said)
    staging.clear()
    folder.rmdir()
    folder.write_bytes(b"")
    with pytest.raises(PeerError, match="staging-failed"), staging.writing():
        pass


async def test_neither_chunk_nor_batch_is_held(region, monkeypatch):
    """A batch of 17 MiB in chunks of half a MiB; the home, in this process too, holds a chunk."""
    monkeypatch.setattr(bodies, "MAX_BYTES", MIB // 2)
    monkeypatch.setattr(reading_records, "RANGE_BYTES", MIB // 2)  # of what search is told
    home, here, publisher = await region.open(HOME), await region.open(NODE), Publisher(LOG)
    batch = publisher.seal([b"%d is no record%s" % (n, b"!" * 180_000) for n in range(100)])
    await home.resources.door.admit(LOG, chunks(batch), "identity")
    home.lying.asked.clear()
    tracemalloc.start(1)
    try:
        before = tracemalloc.get_traced_memory()[0]
        assert await here.follow() == ""
        peak = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    assert await here.size() == 100
    assert sum("/bodies" in target for target in home.lying.asked) > 20
    assert peak < len(batch) / 2


def spoil(region: Region, what: bytes, instead: bytes) -> None:
    """Change what is kept, or remove it where nothing is to be in its place."""
    for path in (region.folder / NODE).rglob("*.lines"):
        if instead:
            path.write_bytes(path.read_bytes().replace(what, instead))
        else:
            path.unlink()


SPOILT = {
    "gone before it is proven": (pull, "roots_at", b""),
    "gone before it is hashed": (admit, "_extend", b""),
    "another before it is hashed": (admit, "_extend", b'"id":"q3"'),
    "gone before it is stored": (admission, "_chunks", b""),
    "another before it is stored": (admission, "_chunks", b'"id":"q3"'),
}


async def test_files_that_change_meanwhile_are_fetched_anew(region, monkeypatch):
    home, here, publisher = await region.open(HOME), await region.open(NODE), Publisher(LOG)
    await home.publish(publisher, [line(n) for n in range(4)])
    for module, step, instead in SPOILT.values():
        done = getattr(module, step)

        def spoilt(*given, done=done, instead=instead):
            spoil(region, b'"id":"p3"', instead)
            return done(*given)

        monkeypatch.setattr(module, step, spoilt)
        assert await here.follow() == "staged-damaged"
        assert await here.size() == 0
        monkeypatch.undo()
    assert await here.follow() == ""
    assert await here.root() == publisher.tree.root()
    assert await here.audit() == []
    assert await here.alarms() == []
