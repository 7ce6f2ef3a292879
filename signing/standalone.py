"""Verifies record bundles and status lists by itself: one file, Python and ``cryptography``.

``python standalone.py CHARTER FILE...`` says in one line for each file what it proves. Written from
``FORMATS.md`` beside it (numbers are its sections); it shares no code with this package, which does
not use it. A charter vouches for itself only: compare its digest, which is printed first.
"""

import json
import re
import sys
import zlib
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ED25519, COSIGNATURE = 1, 4
BLOCK, DAY, MAX_NOTE, MAX_LINES, MAX_HASHES = 131_072, 86_400, 1024 * 1024, 64, 63
COVER = "v node charter charter_version issued role marks url status statement"
LIST = "v node charter charter_version origin block size from until bits"
Fields: TypeAlias = dict[str, Any]  # of JSON; checked where it is used


class Refused(Exception):  # noqa: N818 - a verdict, not a fault
    """What was given is not what the formats and the signatures promise."""


def need(fact: object, why: str) -> None:
    """Refuse unless the fact holds."""
    if not fact:
        raise Refused(why)


def base64(text: str) -> bytes:
    """Return the bytes of standard base64 with padding, in its one canonical form (1)."""
    try:
        data = b64decode(text, validate=True)
    except ValueError as error:
        raise Refused("not base64") from error
    need(b64encode(data).decode() == text, "base64 is not canonical")
    return data


def hash_of(text: str) -> bytes:
    """Return the 32 bytes of a hash."""
    data = base64(text)
    need(len(data) == sha256().digest_size, "a hash has 32 bytes")
    return data


def decode(data: bytes) -> str:
    """Return text without control characters but LF (6)."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise Refused("not UTF-8") from error
    need(not re.search(r"[\x00-\x09\x0b-\x1f]", text), "control character")
    return text


def read_number(text: str) -> int:
    """Return a decimal number (1)."""
    need(re.fullmatch(r"0|[1-9][0-9]{0,18}", text) and int(text) < 2**63, "not a decimal number")
    return int(text)


def moment(text: object) -> int:
    """Return a moment in POSIX seconds (1)."""
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError as error:
        raise Refused("not a moment") from error
    need(re.fullmatch(r"[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}Z", str(text)), "not a moment")
    return int(at.timestamp())


def _number(text: str) -> int:
    need(re.fullmatch(r"-?[0-9]{1,16}", text) and abs(int(text)) < 2**53, f"number: {text}")
    return int(text)


def read_json(line: str) -> Fields:
    """Return an object whose text is its own canonical form, so that no key stands twice (1)."""
    try:
        value = json.loads(line, parse_int=_number, parse_float=_number, parse_constant=_number)
        plain = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    except (ValueError, RecursionError) as error:
        raise Refused("not JSON") from error
    need(plain == line and line.startswith("{"), "not a canonical JSON object")
    return dict(value)


def root_by_path(m: int, n: int, leaf: bytes, siblings: Sequence[bytes]) -> bytes:
    """Return the root to which PATH(m, D[n]) of RFC 6962 2.1.1 leads from a leaf hash (4)."""
    need(bool(siblings) == (n > 1), "inclusion proof is too short or too long")
    if n == 1:
        return leaf
    k = 1 << (n - 1).bit_length() - 1  # the largest power of two smaller than n
    if m < k:
        return sha256(b"\1" + root_by_path(m, k, leaf, siblings[:-1]) + siblings[-1]).digest()
    right = root_by_path(m - k, n - k, leaf, siblings[:-1])
    return sha256(b"\1" + siblings[-1] + right).digest()


@dataclass(frozen=True)
class VKey:
    """A public key with its name (5); ``kind`` is 0 where the algorithm is not known here."""

    name: str
    key_id: bytes
    kind: int
    public: bytes

    @classmethod
    def parse(cls, text: str) -> "VKey":
        """Read a vkey; the key ID is computed, never believed."""
        name, key_id, key = [*text.split("+", 2), "", ""][:3]
        data = base64(key)
        computed = sha256(name.encode() + b"\n" + data).digest()[:4]
        need(computed.hex() == key_id, "key ID is not that of the key")
        known = len(data) == 1 + 32 and data[0] in {ED25519, COSIGNATURE}
        return cls(name, computed, data[0] if known else 0, data[1:])

    def check(self, signature: bytes, text: bytes) -> int:
        """Return the time of a cosignature (8), or 0; refuse a signature that does not verify."""
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


def read_note(note: bytes, *keys: VKey) -> tuple[str, dict[VKey, int], int]:
    """Return the text of a note (6), the times of these keys that signed, and how many lines."""
    need(len(note) <= MAX_NOTE, "too long")
    body, gap, block = decode(note).rpartition("\n\n")
    *lines, end = block.split("\n")
    need(gap and 0 < len(lines) <= MAX_LINES and not end, "no signatures, or too many")
    text, signed = f"{body}\n", dict[VKey, int]()
    for line in lines:
        name, _, payload = line.removeprefix("— ").partition(" ")
        data = base64(payload)
        need(re.fullmatch(r"— [^\s+]+ \S+", line) and len(data) > 4, "not a signature line")  # noqa: PLR2004 - key ID
        for key in keys:
            if key.kind and (key.name, key.key_id) == (name, data[:4]):
                signed.setdefault(key, key.check(data[4:], text.encode()))
    return text, signed, len(lines)


@dataclass(frozen=True)
class Checkpoint:
    """What a log signed (7), and when which key signed it (0 for the log's own)."""

    origin: str
    size: int
    root: bytes
    signed: Mapping[VKey, int]


def read_checkpoint(note: bytes, *keys: VKey) -> Checkpoint:
    """Return a checkpoint with those of these keys that signed it."""
    text, signed, _ = read_note(note, *keys)
    fields = text.split("\n")
    need(len(fields) == 3 + 1, "a checkpoint has three lines")
    return Checkpoint(fields[0], read_number(fields[1]), hash_of(fields[2]), signed)


def read_proof(data: bytes, main: bytes, *keys: VKey) -> tuple[int, Checkpoint]:
    """Return index and checkpoint of a record, of whose main part this is the proof (11)."""
    head, gap, note = data.partition(b"\n\n")
    lines = decode(head).split("\n")
    marks = [line.partition(" ")[0] for line in lines[:3]]
    need(gap and marks == ["c2sp.org/tlog-proof@v1", "extra", "index"], "not a proof of ours")
    entry = sha256(main).digest() + hash_of(lines[1].removeprefix("extra "))
    index, siblings = read_number(lines[2].removeprefix("index ")), [*map(hash_of, lines[3:])]
    seen = read_checkpoint(note, *keys)
    need(index < seen.size and len(siblings) <= MAX_HASHES, "index beyond the tree, or too long")
    leaf = sha256(b"\0" + entry).digest()
    need(root_by_path(index, seen.size, leaf, siblings) == seen.root, "not in the tree")
    return index, seen


class Charter:
    """Whose keys count (12); refused unless the threshold of its own roots signed it."""

    def __init__(self, note: bytes) -> None:
        """Read the note of a charter."""
        text = read_note(note)[0]
        header, _, line = text[:-1].partition("\n")
        need(header == "registry-charter@v1", "not a charter")
        self.digest, said = sha256(text.encode()).hexdigest(), read_json(line)
        try:
            listed = [VKey.parse(vkey) for vkey in said["roots"]["keys"]]
            roots = [key for key in listed if key.kind == ED25519]
            need(len({key.public for key in roots}) == len(roots), "a root key stands twice")
            need(0 < said["roots"]["threshold"] <= len(read_note(note, *roots)[1]), "threshold")
            self.parties = {each["origin"]: each for each in said["parties"]}
            self.mirrors = {each["name"]: VKey.parse(each["mirror"]) for each in said["nodes"]}
        except (KeyError, TypeError, AttributeError) as error:
            raise Refused("not a charter") from error

    def of_node(self, data: bytes, header: str, members: str) -> tuple[Fields, list[str]]:
        """Return what a node's mirror, and nobody else, signed at the moment it states (14, 15)."""
        head, line, *rest = [*read_note(data)[0].split("\n", 3), ""]
        said = read_json(line) if head == header else {}
        need({*said} == {*members.split()} and said["v"] == 1, f"not a {header}")
        mirror = self.mirrors.get(str(said["node"]))
        need(mirror, "not by a node of the charter")
        _, signed, count = read_note(data, *self.mirrors.values())
        at = moment(said.get("issued") or said["from"])
        need(signed == {mirror: at} and count == 1, "not signed when it says")
        return said, rest


def read_bundle(data: bytes, charter: Charter) -> tuple[int, Checkpoint, Fields, int]:
    """Verify a bundle (14); return index, checkpoint, cover, and since when a mirror stores it."""
    cover, (record, proof, *_) = charter.of_node(data, "registry-bundle@v1", COVER)
    read_json(record)
    what = proof.encode(), record.encode()
    party = charter.parties.get(read_proof(*what)[1].origin, {"keys": []})
    keys = {VKey.parse(key["vkey"]): key for key in party["keys"]}
    index, seen = read_proof(*what, *keys, *charter.mirrors.values())
    stored = min((time for time in seen.signed.values() if time), default=0)
    ends = [
        moment(window.get("until") or "9999-12-31T23:59:59Z")
        for key, window in keys.items()
        if (key.name, key.kind) == (seen.origin, ED25519)
        and (key in seen.signed and moment(window["from"]) <= stored)
    ]
    need(stored and stored < max(ends, default=0), "not stored, or not signed by a key in time")
    return index, seen, cover, stored


def read_status(data: bytes, charter: Charter) -> tuple[Fields, bytes]:
    """Verify a status list (15); return it with its bits."""
    said, rest = charter.of_node(data, "registry-status@v1", LIST)
    need(not any(rest), "more than a list")
    need(0 < moment(said["until"]) - moment(said["from"]) <= DAY, "not for a day at most")
    unpacker = zlib.decompressobj(wbits=31)
    try:
        bits = unpacker.decompress(base64(str(said["bits"])), BLOCK // 8 + 1)
    except zlib.error as error:
        raise Refused("not gzip") from error
    need(len(bits) * 8 == BLOCK and unpacker.eof and not unpacker.unused_data, "not a whole block")
    return said, bits


def judge(data: bytes, lists: Sequence[tuple[Fields, bytes]], charter: Charter, now: int) -> str:
    """Return what a bundle proves; refuse it if the newest list of its block denies it (15)."""
    index, seen, cover, stored = read_bundle(data, charter)
    block, at = divmod(index, BLOCK)
    about = [
        (said["from"], said["until"], bits)
        for said, bits in lists
        if (said["origin"], said["block"]) == (seen.origin, block)
    ]
    shown, until, bits = max(about, default=(cover["issued"], "", b""))
    need(shown >= cover["issued"], "the list is older than the bundle: fetch a newer one")
    need(not bits or bits[at // 8] & 0x80 >> at % 8, f"ask again 请重新查询: {cover['url']}")
    need(not bits or now < moment(until), f"the list spoke until {until}: fetch a newer one")
    who = f"{charter.parties[seen.origin]['name']}, entry {index} of {seen.origin}"
    return f"{who}, stored at POSIX {stored}; shown and unchanged at {shown} 仅表明该时刻"


def main(arguments: Sequence[str], now: int) -> int:
    """Say what each file proves; return 0 if every one does, 1 if not, 2 if there is no charter."""
    try:
        (_, first), *files = [(name, Path(name).read_bytes()) for name in arguments]
        charter = Charter(first)
    except (Refused, OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n\n{__doc__}")
        return 2
    sys.stdout.write(f"charter 章程: SHA-256 {charter.digest}\n")
    lists, failed = list[tuple[Fields, bytes]](), 0
    for name, data in sorted(files, key=lambda file: not file[1].startswith(b"registry-status@")):
        try:
            if data.startswith(b"registry-status@"):
                lists.append(read_status(data, charter))
                said = f"status list 状态清单, {lists[-1][0]['from']}"
            else:
                said = judge(data, lists, charter, now)
        except (Refused, KeyError, TypeError, AttributeError) as error:
            said, failed = f"FAILED 未通过: {error}", 1
        sys.stdout.write(f"{name}: {said}\n")
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], int(datetime.now(UTC).timestamp())))  # noqa: TID251 - runs alone
