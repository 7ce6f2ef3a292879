"""A second reader of the formats, written from their specifications and sharing no code with ours.

What it knows: C2SP tlog-tiles, and RFC 6962 section 2.1, spelled in the plainest way; and of the
project's own formats only that an entry is SHA-256(main) || (SHA-256(restricted) or 32 zero bytes),
the two parts of a line being divided by a TAB. Notes, keys, checkpoints and proofs it reads with
``signing/standalone.py``, which was written from the specifications, too, and imports nothing.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from signing import standalone
from signing.standalone import (
    COSIGNATURE,
    ED25519,
    Refused,
    VKey,
    base64,
    hash_of,
    need,
    root_by_path,
)

WIDTH = 256
Fetch = Callable[[str], Awaitable[bytes]]
"""Gives the bytes under a path below the prefix of a log; raises Refused where there are none."""


# --- RFC 6962 section 2.1, by its recursive definitions


def leaf(entry: bytes) -> bytes:
    return sha256(b"\0" + entry).digest()


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


def split(n: int) -> int:
    """k, the largest power of two smaller than n."""
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def mth(hashes: Sequence[bytes]) -> bytes:
    """MTH over leaf hashes."""
    if not hashes:
        return sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    k = split(len(hashes))
    return node(mth(hashes[:k]), mth(hashes[k:]))


def path(m: int, hashes: Sequence[bytes]) -> list[bytes]:
    """PATH(m, D[n]) of 2.1.1."""
    if len(hashes) == 1:
        return []
    k = split(len(hashes))
    if m < k:
        return [*path(m, hashes[:k]), mth(hashes[k:])]
    return [*path(m - k, hashes[k:]), mth(hashes[:k])]


def subproof(m: int, start: int, end: int, whole: bool, root: Callable[[int, int], bytes]) -> list:  # noqa: FBT001 - b of 2.1.2
    """SUBPROOF(m, D[start:end], b) of 2.1.2 over any way to get MTH(D[start:end])."""
    if m == end - start:
        return [] if whole else [root(start, end)]
    k = split(end - start)
    if m <= k:
        return [*subproof(m, start, start + k, whole, root), root(start + k, end)]
    return [*subproof(m - k, start + k, end, False, root), root(start, start + k)]  # noqa: FBT003


def roots_by_subproof(
    m: int, n: int, proof: Sequence[bytes], old: bytes | None
) -> tuple[bytes, bytes]:
    """(MTH(D[m]), MTH(D[n])) as a consistency proof states them; `old` while b of 2.1.2 is true."""
    if m == n:
        need(len(proof) == (old is None), "consistency proof has a wrong length")
        known = proof[0] if old is None else old
        return known, known
    need(proof, "consistency proof is too short")
    k, last = split(n), proof[-1]
    if m <= k:
        before, after = roots_by_subproof(m, k, proof[:-1], old)
        return before, node(after, last)
    before, after = roots_by_subproof(m - k, n - k, proof[:-1], None)
    return node(last, before), node(last, after)


# --- tlog-checkpoint, tlog-cosignature


@dataclass(frozen=True)
class Checkpoint:
    origin: str
    size: int
    root: bytes
    times: dict[str, int]


def read_checkpoint(note: bytes, log: VKey, *cosigners: VKey) -> Checkpoint:
    """A checkpoint that the log and every one of the cosigners signed."""
    return every(standalone.read_checkpoint(note, log, *cosigners), log, *cosigners)


def every(seen: standalone.Checkpoint, log: VKey, *cosigners: VKey) -> Checkpoint:
    need(log.kind == ED25519 and all(key.kind == COSIGNATURE for key in cosigners), "wrong keys")
    missing = {key.name for key in (log, *cosigners)} - {key.name for key in seen.signed}
    need(not missing, f"not signed by {missing}")
    need(seen.origin == log.name, "checkpoint of another log")
    times = {key.name: time for key, time in seen.signed.items()}
    return Checkpoint(seen.origin, seen.size, seen.root, times)


# --- tlog-tiles


def tile_path(level: int | str, n: int, width: int) -> str:
    digits = f"{n:0{-(-len(str(n)) // 3) * 3}d}"
    groups = [digits[i : i + 3] for i in range(0, len(digits), 3)]
    number = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
    return f"tile/{level}/{number}" + (f".p/{width}" if width < WIDTH else "")


def spans(count: int) -> list[tuple[int, int]]:
    """(n, width) of the tiles, full ones then at most one partial, over `count` hashes."""
    whole, rest = divmod(count, WIDTH)
    return [(n, WIDTH) for n in range(whole)] + ([(whole, rest)] if rest else [])


def bundle(data: bytes, width: int) -> list[bytes]:
    """The entries of a bundle: uint16 length, entry, and so on."""
    entries, at = [], 0
    while at < len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2])
        need(end <= len(data), "bundle is cut off")
        entries.append(data[at + 2 : end])
        at = end
    need(len(entries) == width, "bundle has another number of entries")
    return entries


@dataclass(frozen=True)
class Copy:
    """Everything a log serves at one size, checked against itself and the signed root."""

    checkpoint: Checkpoint
    entries: list[bytes]
    levels: list[list[bytes]]

    def root_of(self, start: int, end: int) -> bytes:
        """MTH(D[start:end]), from the highest tile that holds a whole part of it."""
        level, step = len(self.levels) - 1, WIDTH ** (len(self.levels) - 1)
        while start % step or end % step:
            if end - start > step and not start % step:  # the last part is lower down
                k = split(end - start)
                return node(self.root_of(start, start + k), self.root_of(start + k, end))
            level, step = level - 1, step // WIDTH
        return mth(self.levels[level][start // step : end // step])

    def consistency(self, old: int) -> list[bytes]:
        return subproof(old, 0, self.checkpoint.size, True, self.root_of)  # noqa: FBT003


async def copy_log(fetch: Fetch, checkpoint: Checkpoint) -> Copy:
    """Fetch every tile and bundle of the checkpoint's size, and believe none of them."""
    entries: list[bytes] = []
    for n, width in spans(checkpoint.size):
        entries += bundle(await fetch(tile_path("entries", n, width)), width)
    levels: list[list[bytes]] = []
    below = [leaf(entry) for entry in entries]
    while below:
        served: list[bytes] = []
        for n, width in spans(len(below)):
            data = await fetch(tile_path(len(levels), n, width))
            need(len(data) == 32 * width, "tile has another length")
            served += [data[i : i + 32] for i in range(0, len(data), 32)]
        need(served == below, f"hashes of level {len(levels)} are not those of the level below")
        levels.append(below)
        whole = range(0, len(below) - WIDTH + 1, WIDTH)
        below = [mth(below[i : i + WIDTH]) for i in whole]
    need(mth(levels[0] if levels else []) == checkpoint.root, "entries have another root")
    return Copy(checkpoint, entries, levels)


def check_consistency(old: Checkpoint, new: Checkpoint, proof: Sequence[bytes]) -> None:
    need(old.origin == new.origin and 0 < old.size <= new.size, "nothing to compare")
    roots = roots_by_subproof(old.size, new.size, proof, old.root)
    need(roots == (old.root, new.root), "the new tree does not continue the old one")


# --- entries, tlog-proof


def entry_of(line: bytes) -> bytes:
    main, tab, restricted = line.partition(b"\t")
    return sha256(main).digest() + (sha256(restricted).digest() if tab else bytes(32))


def read_proof(data: bytes, main: bytes, log: VKey, *cosigners: VKey) -> tuple[int, Checkpoint]:
    """Index and checkpoint of a record, for a reader of its main part; `extra` has the rest."""
    index, seen = standalone.read_proof(data, main, log, *cosigners)
    return index, every(seen, log, *cosigners)


__all__ = ["Refused", "VKey", "base64", "hash_of", "root_by_path"]
