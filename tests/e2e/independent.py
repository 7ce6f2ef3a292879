"""A second reader of the formats, written from their specifications and sharing no code with ours.

What it knows: C2SP signed-note, tlog-checkpoint, tlog-tiles, tlog-cosignature (Ed25519) and
tlog-proof, and RFC 6962 section 2.1, all spelled in the plainest way; and of the project's own
formats only that an entry is SHA-256(main) || (SHA-256(restricted) or 32 zero bytes), the two parts
of a line being divided by a TAB. Only the standard library and one signature algorithm.
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ED25519, COSIGNATURE = 1, 4
WIDTH = 256
Fetch = Callable[[str], Awaitable[bytes]]
"""Gives the bytes under a path below the prefix of a log; raises Refused where there are none."""


class Refused(Exception):  # noqa: N818 - a verdict, not a fault
    """What was served is not what the specifications and the signatures promise."""


def need(fact: object, why: str) -> None:
    if not fact:
        raise Refused(why)


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


def root_by_path(m: int, n: int, leaf_hash: bytes, siblings: Sequence[bytes]) -> bytes:
    """The root to which PATH(m, D[n]) leads from a leaf hash."""
    if n == 1:
        need(not siblings, "inclusion proof is too long")
        return leaf_hash
    need(siblings, "inclusion proof is too short")
    k = split(n)
    if m < k:
        return node(root_by_path(m, k, leaf_hash, siblings[:-1]), siblings[-1])
    return node(siblings[-1], root_by_path(m - k, n - k, leaf_hash, siblings[:-1]))


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


# --- signed-note, tlog-checkpoint, tlog-cosignature


def base64(text: str) -> bytes:
    """Standard base64 with padding, in its one canonical form."""
    try:
        data = b64decode(text, validate=True)
    except (Base64Error, ValueError) as error:
        raise Refused("not base64") from error
    need(b64encode(data).decode() == text, "base64 is not canonical")
    return data


def hash_of(text: str) -> bytes:
    data = base64(text)
    need(len(data) == 32, "a hash has 32 bytes")
    return data


@dataclass(frozen=True)
class VKey:
    name: str
    key_id: bytes
    kind: int
    public: bytes

    @classmethod
    def parse(cls, text: str) -> "VKey":
        name, key_id, key = text.split("+", 2)
        data = base64(key)
        computed = sha256(name.encode() + b"\n" + data).digest()[:4]
        need(computed.hex() == key_id, "key ID is not that of the key")
        need(data[0] in {ED25519, COSIGNATURE} and len(data) == 33, "not an Ed25519 key")
        return cls(name, computed, data[0], data[1:])

    def check(self, signature: bytes, text: bytes) -> int:
        """The time of a cosignature, or 0; raises Refused."""
        time = 0
        if self.kind == COSIGNATURE:
            time, signature = int.from_bytes(signature[:8]), signature[8:]
            need(0 < time < 2**63, "cosignature has no time")
            text = b"cosignature/v1\ntime %d\n" % time + text
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except InvalidSignature as error:
            raise Refused(f"signature of {self.name} is wrong") from error
        return time


@dataclass(frozen=True)
class Checkpoint:
    origin: str
    size: int
    root: bytes
    times: dict[str, int]


def decode(data: bytes) -> str:
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise Refused("not UTF-8") from error
    need(not re.search(r"[\x00-\x09\x0b-\x1f]", text), "control character")
    return text


def read_number(text: str) -> int:
    need(re.fullmatch(r"0|[1-9][0-9]*", text), "not a decimal number")
    return int(text)


def read_checkpoint(note: bytes, log: VKey, *cosigners: VKey) -> Checkpoint:
    """A checkpoint that the log and every one of the cosigners signed."""
    need(log.kind == ED25519 and all(key.kind == COSIGNATURE for key in cosigners), "wrong keys")
    body, gap, lines = decode(note).rpartition("\n\n")
    need(gap and lines.endswith("\n"), "no signatures")
    text = (body + "\n").encode()
    signed: dict[str, int] = {}
    for line in lines[:-1].split("\n"):
        match = re.fullmatch(r"— ([^\s+]+) (\S+)", line)
        need(match, "not a signature line")
        data = base64(match[2])
        need(len(data) > 4, "empty signature")
        for key in (log, *cosigners):
            if (key.name, key.key_id) == (match[1], data[:4]):
                signed[key.name] = key.check(data[4:], text)
    missing = {key.name for key in (log, *cosigners)} - signed.keys()
    need(not missing, f"not signed by {missing}")
    fields = body.split("\n")
    need(len(fields) == 3, "a checkpoint has three lines")
    need(fields[0] == log.name, "checkpoint of another log")
    return Checkpoint(fields[0], read_number(fields[1]), hash_of(fields[2]), signed)


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
    head, gap, note = data.partition(b"\n\n")
    lines = decode(head).split("\n")
    need(gap and len(lines) >= 3 and lines[0] == "c2sp.org/tlog-proof@v1", "not a proof")
    need(lines[1].startswith("extra ") and lines[2].startswith("index "), "no extra, or no index")
    entry = sha256(main).digest() + hash_of(lines[1].removeprefix("extra "))
    index = read_number(lines[2].removeprefix("index "))
    checkpoint = read_checkpoint(note, log, *cosigners)
    need(index < checkpoint.size, "index beyond the tree")
    siblings = [hash_of(line) for line in lines[3:]]
    root = root_by_path(index, checkpoint.size, leaf(entry), siblings)
    need(root == checkpoint.root, "the record is not in the tree")
    return index, checkpoint
