"""What a node serves, judged by a reader that shares no code with it."""

from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from pydantic import SecretStr

from registry.settings import Settings
from signing.merkle import (
    CompactRange,
    consistency_proof,
    inclusion_proof,
    verify_consistency,
    verify_inclusion,
)
from signing.record import encode_record
from tests.e2e import independent
from tests.e2e.independent import Checkpoint, Copy, Refused, VKey, copy_log, read_checkpoint
from tests.registry.api.conftest import BATCH, Served, serve
from tests.registry.world import (
    NANJING,
    NODE,
    NOON,
    WUHU,
    Publisher,
    line,
    log_key,
    node_key,
    open_node,
    record,
    salt,
)

MIRROR = VKey.parse(str(node_key("mirror").vkey))
STEPS = (1, 2, 9, 255, 256, 257, 300, 513, 768, 1001)
MEMBER_SIZES = st.integers(1, 600)


class Reader:
    """One log of a served node: what was published, and what comes back by path."""

    def __init__(self, served: Served, origin: str = WUHU) -> None:
        self.served, self.origin = served, origin
        self.log = VKey.parse(str(log_key(origin).vkey))
        self.publisher = Publisher(origin)
        self.lines: list[bytes] = []
        self.notes: list[bytes] = []
        self.spoil: dict[str, int] = {}  # path -> byte to change on the way

    async def grow(self, size: int) -> Checkpoint:
        """Publish up to a size in one batch; every third record has a restricted part."""
        new = [a_line(number) for number in range(len(self.lines), size)]
        answer = await self.served.http.post(
            f"/log/{self.origin}/batch", content=self.publisher.seal(new), headers=BATCH
        )
        assert answer.status_code == 200, answer.text
        self.lines += new
        self.notes.append(await self.fetch("checkpoint"))
        return self.read(self.notes[-1])

    def read(self, note: bytes) -> Checkpoint:
        return read_checkpoint(note, self.log, MIRROR)

    async def status(self, path: str) -> int:
        return (await self.served.http.get(f"/log/{self.origin}/{path}")).status_code

    async def fetch(self, path: str) -> bytes:
        answer = await self.served.http.get(f"/log/{self.origin}/{path}")
        independent.need(answer.status_code == 200, f"{path}: {answer.status_code}")
        if path in self.spoil:
            return changed(answer.content, self.spoil[path])
        return answer.content

    async def copy(self) -> Copy:
        return await copy_log(self.fetch, self.read(await self.fetch("checkpoint")))

    async def prove(self, index: int) -> tuple[int, Checkpoint]:
        main = self.lines[index].partition(b"\t")[0]
        proof = await self.fetch(f"proof/{index}")
        return independent.read_proof(proof, main, self.log, MIRROR)


def a_line(number: int) -> bytes:
    if number % 3:
        return line(number)
    return encode_record(record(number), {"salt": salt(2**64 + number), "note": f"内部{number}"})


def changed(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


@pytest.fixture
async def served(database, tmp_path: Path) -> AsyncIterator[Served]:
    settings = Settings(node_name=NODE, data_dir=tmp_path, key_password=SecretStr("x"))
    async with open_node(database.service_url, tmp_path) as node, serve(node, settings) as whole:
        yield whole


async def check(reader: Reader, signed: Checkpoint, published: int) -> Copy:
    assert (signed.origin, signed.size) == (reader.origin, published)
    assert signed.times == {reader.origin: 0, MIRROR.name: int(NOON.timestamp())}
    copy = await copy_log(reader.fetch, signed)
    assert copy.entries == [independent.entry_of(line) for line in reader.lines[:published]]
    return copy


async def test_a_log_holds_at_every_size_and_every_size_in_the_next(served):
    reader, elsewhere = Reader(served), Reader(served, NANJING)
    assert (await check(elsewhere, await elsewhere.grow(257), 257)).levels[1]
    for size in STEPS:
        await check(reader, await reader.grow(size), size)
        for index in {0, size // 2, min(255, size - 1), size - 1}:
            assert (await reader.prove(index))[0] == index
    # Every checkpoint ever served still verifies, with the partial tiles of its own size ...
    copies = [
        await check(reader, reader.read(note), size)
        for note, size in zip(reader.notes, STEPS, strict=True)
    ]
    # ... and every later one continues it, by proofs made of tiles alone.
    for i, old in enumerate(copies):
        for new in copies[i:]:
            proof = new.consistency(old.checkpoint.size)
            independent.check_consistency(old.checkpoint, new.checkpoint, proof)
            for at in range(len(proof)):
                bad = [*proof[:at], changed(proof[at], 7), *proof[at + 1 :]]
                with pytest.raises(Refused):
                    independent.check_consistency(old.checkpoint, new.checkpoint, bad)
    assert (await check(elsewhere, await elsewhere.grow(258), 258)).entries[257]


async def test_one_changed_byte_anywhere_is_refused(served):
    reader = Reader(served)
    for size in (2, 300):
        await reader.grow(size)
    note, proof = await reader.fetch("checkpoint"), await reader.fetch("proof/257")
    main = reader.lines[257].partition(b"\t")[0]
    for at in range(len(note)):
        with pytest.raises(Refused):
            reader.read(changed(note, at))
    for at in range(len(proof)):
        with pytest.raises(Refused):
            independent.read_proof(changed(proof, at), main, reader.log, MIRROR)
    for at in (0, len(main) // 2, len(main) - 1):
        with pytest.raises(Refused):
            independent.read_proof(proof, changed(main, at), reader.log, MIRROR)
    for path in ("tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1"):
        tile = await reader.fetch(path)
        for at in (0, 1, 31, len(tile) // 2, len(tile) - 1):
            reader.spoil = {path: at}
            with pytest.raises(Refused):
                await reader.copy()
    for path in ("tile/entries/000", "tile/entries/001.p/44"):
        entries = await reader.fetch(path)
        for at in (0, 1, 2, 65, 66, len(entries) - 66, len(entries) - 1):
            reader.spoil = {path: at}
            with pytest.raises(Refused):
                await reader.copy()
    reader.spoil = {}
    assert (await reader.copy()).checkpoint.size == 300


async def test_a_proof_of_one_entry_is_none_of_another(served):
    reader = Reader(served)
    await reader.grow(5)
    proof = await reader.fetch("proof/3")
    for other in (0, 1, 2, 4):
        main = reader.lines[other].partition(b"\t")[0]
        with pytest.raises(Refused):
            independent.read_proof(proof, main, reader.log, MIRROR)
    with pytest.raises(Refused):
        read_checkpoint(reader.notes[-1], reader.log, VKey.parse(str(node_key("witness").vkey)))
    with pytest.raises(Refused):
        read_checkpoint(reader.notes[-1], VKey.parse(str(log_key(NANJING).vkey)), MIRROR)


BEYOND = (
    "tile/0/001.p/2 tile/0/001 tile/0/002 tile/0/002.p/1 tile/1/000 tile/1/000.p/2 tile/1/001 "
    "tile/2/000.p/1 tile/63/000.p/1 tile/entries/001.p/2 tile/entries/001 tile/entries/002.p/1 "
    "tile/0/x001/x234/067 proof/257 proof/9007199254740991"
)
WIDTH_0 = "tile/0/001.p/0 tile/2/000.p/0 tile/0/002.p/0 tile/entries/001.p/0"
ODD = (
    "tile/00/000 tile/01/000.p/1 tile/0/0 tile/0/00 tile/0/0000 tile/0/x000/000 tile/0/x000 "
    "tile/0/001.p/01 tile/0/000.p/256 tile/0/000.p tile/0/000.p/ tile/0/000.P/1 "
    "tile/64/000 tile/-1/000 tile/0/-01 tile/0/000.p/-1 tile/0/000.p/%2B1 tile/Entries/000 "
    "tile/entry/000 tile/0/%EF%BC%90%EF%BC%90%EF%BC%90 tile/0/000.p/%D9%A3 tile/0/000%0A "
    "tile/0/%20000 tile/0/000.p/1/1 tile//000 tile/0 tile/ tile"
)
SLASHED = "tile/0//000 tile/0/000/ tile/0/001.p/1/ tile/entries/000/ proof/1/ checkpoint/"
MISNUMBERED = "proof/01 proof/+1 proof/%D9%A3 proof/1_0 proof/%201"


async def test_what_is_beyond_the_size_or_oddly_spelled_is_not_found(served):
    reader = Reader(served)
    await reader.grow(257)
    there = ("tile/0/000", "tile/0/001.p/1", "tile/1/000.p/1", "tile/entries/001.p/1", "proof/256")
    assert {path: await reader.status(path) for path in there} == dict.fromkeys(there, 200)
    asked = f"{BEYOND} {WIDTH_0} {ODD}".split()
    assert {path: await reader.status(path) for path in asked} == dict.fromkeys(asked, 404)
    for index in ("-1", str(2**53), str(2**64)):
        assert await reader.status(f"proof/{index}") in {400, 404}


@pytest.mark.parametrize("path", f"{SLASHED} {MISNUMBERED}".split())
async def test_a_resource_has_one_address(served, path):
    reader = Reader(served)
    await reader.grow(257)
    assert await reader.status(path) in {400, 404}


@pytest.mark.parametrize(
    ("n", "path"),
    [(0, "000"), (999, "999"), (1000, "x001/000"), (1234067, "x001/x234/067")],
)
def test_the_reader_spells_tiles_as_the_specification_does(n, path):
    assert independent.tile_path(0, n, 256) == f"tile/0/{path}"
    assert independent.tile_path("entries", n, 3) == f"tile/entries/{path}.p/3"


def test_the_reader_accepts_the_example_of_the_specification():
    key = VKey.parse("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
    signature = independent.base64(
        "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
    )
    assert signature[:4] == key.key_id
    assert key.check(signature[4:], b"This is an example message.\n") == 0
    with pytest.raises(Refused):
        key.check(signature[4:], b"This is an example message!\n")


@examples(max_examples=60)
@given(MEMBER_SIZES, st.data())
def test_the_two_trees_agree(size, data):
    hashes = [independent.leaf(sha256(b"%d" % i).digest()) for i in range(size)]
    edge = CompactRange()
    edge.extend(hashes)
    root = independent.mth(hashes)
    assert edge.root() == root

    def read(level: int, index: int) -> bytes:
        return independent.mth(hashes[index << level : index + 1 << level])

    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    path = inclusion_proof(index, size, read)
    assert path == independent.path(index, hashes)
    assert independent.root_by_path(index, size, hashes[index], path) == root
    verify_inclusion(index, size, hashes[index], independent.path(index, hashes), root)

    before = independent.mth(hashes[:old])
    naive = independent.subproof(old, 0, size, True, lambda a, b: independent.mth(hashes[a:b]))  # noqa: FBT003
    assert consistency_proof(old, size, read) == naive
    assert independent.roots_by_subproof(old, size, naive, before) == (before, root)
    verify_consistency(old, size, before, root, naive)
