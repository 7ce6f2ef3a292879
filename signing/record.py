r"""Records: one line of canonical JSON, and the 64-byte entry that a log commits for it.

A record line is ``main`` or ``main TAB restricted`` (the LF that ends it is not part of it). Each
part is a JSON object that equals its own RFC 8785 form, so one meaning has one byte string. Bytes
are hashed exactly as they were received; nothing here ever re-serialises what somebody signed.

Narrower than RFC 8785 on purpose: integers only, within +-(2^53-1) (RFC 8785 3.2.2.3 relies on IEEE
doubles, so larger ones would not survive other parsers); no U+0000 (PostgreSQL cannot store it); at
most 32 levels; no character beyond U+FFFF in a *key*: RFC 8785 3.2.3 sorts keys by UTF-16 code
units, msgspec by code points, and below U+10000 the two orders agree.

`parse_record_line` is the hot path of admission: it decodes once, encodes once, and asks for rare
defects with byte searches that may raise false alarms (the slow path then looks properly) but never
miss one.
"""

import contextlib
import json
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Final, TypeAlias, cast

import msgspec

from signing.errors import RecordError

MAX_LINE: Final = 256 * 1024
MAX_DEPTH: Final = 32
MAX_MEMBERS: Final = 256
"""Members of one object: no record type has half as many, and sorting keys takes time."""
MAX_INTEGER: Final = 2**53 - 1
NO_RESTRICTED: Final = bytes(32)

_is_salt = re.compile(r"[0-9a-f]{32}").fullmatch
# Folded for cheap searches: digits become "0", both brackets "[", commas ":", the first bytes of
# all characters beyond U+FFFF 0xf0, and minus signs vanish. An integer of 16 or more digits (2^53-1
# has 16) is then one of two patterns. Strings may look alike, so a hit only starts a proper look.
_FOLD: Final = bytes.maketrans(b"123456789,{\xf1\xf2\xf3\xf4", b"000000000:[\xf0\xf0\xf0\xf0")
_LONG_MEMBER: Final = b":" + b"0" * 16
_LONG_ITEM: Final = b"[" + b"0" * 16


class RecordLine(msgspec.Struct, frozen=True, gc=False):
    """A record line that passed the format checks.

    A msgspec Struct and not a dataclass because admission makes 100,000 a second of them.
    """

    main: bytes
    """The main part, exactly as received."""
    restricted: bytes | None
    """The restricted part, exactly as received, or None."""
    entry: bytes
    """64 bytes: SHA-256(main), then SHA-256(restricted) or 32 zero bytes."""
    salts: tuple[str, ...]
    """The salt of the main part, then that of the restricted part if there is one."""
    value: dict[str, object]
    """The decoded main part. Not to be changed."""
    restricted_value: dict[str, object] | None
    """The decoded restricted part. Not to be changed."""


_REFUSALS: Final[dict[type[Exception], str]] = {
    UnicodeDecodeError: "invalid-utf8",
    RecursionError: "nesting-too-deep",
    msgspec.ValidationError: "integer-too-large",
}


class _FloatFoundError(Exception):
    """Raised out of the decoder at the first number that is not an integer."""


def _refuse_float(text: str) -> float:
    raise _FloatFoundError(text[:40])


_Json: TypeAlias = dict[str, object] | list[object] | str | int | None
_Group: TypeAlias = dict[object, object] | list[object] | tuple[object, ...]
_decode = msgspec.json.Decoder(float_hook=_refuse_float).decode
_decode_lenient = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder(order="sorted").encode


def split_line(line: bytes) -> tuple[bytes, bytes | None]:
    r"""Split a record line at its TAB into (main, restricted or None) without looking inside.

    A TAB cannot occur inside canonical JSON, which writes it as ``\t``.
    """
    main, tab, restricted = line.partition(b"\t")
    return main, restricted if tab else None


def entry_of(main: bytes, restricted: bytes | None) -> bytes:
    """Return the log entry of a record: SHA-256(main) || (SHA-256(restricted) or 32 zero bytes)."""
    if restricted is None:
        return sha256(main).digest() + NO_RESTRICTED
    return sha256(main).digest() + sha256(restricted).digest()


def entry_with_digest(main: bytes, restricted_digest: bytes) -> bytes:
    """Return the entry for a reader who has only the digest of the restricted part."""
    return sha256(main).digest() + restricted_digest


def parse_record_line(line: bytes) -> RecordLine:
    """Parse one record line (without its LF) strictly, or raise RecordError."""
    if len(line) > MAX_LINE:
        raise RecordError(code="line-too-long")
    if b"\r" in line:
        raise RecordError(code="carriage-return")
    main, tab, rest = line.partition(b"\t")
    value = parse_object(main)
    salt = _salt(value, "")
    if not tab:
        return RecordLine(main, None, sha256(main).digest() + NO_RESTRICTED, (salt,), value, None)
    restricted_value = parse_object(rest, "/restricted")
    restricted_salt = _salt(restricted_value, "/restricted")
    if salt == restricted_salt:
        raise RecordError(code="salt-reused", pointer="/restricted/salt")
    entry = entry_of(main, rest)
    return RecordLine(main, rest, entry, (salt, restricted_salt), value, restricted_value)


def parse_object(data: bytes, pointer: str = "") -> dict[str, object]:
    """Decode one canonical JSON object; `pointer` is put before the pointer of an error."""
    try:
        value: _Json = _decode(data)
        if data.count(b'":') > MAX_MEMBERS:
            _check_values(value, pointer)  # before anybody sorts them
        canonical = _encode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, _FloatFoundError) as error:
        raise _refusal(data, error, pointer) from None
    if canonical != data:
        read_plainly(data, pointer)
        raise RecordError(
            code="not-canonical", pointer=pointer, detail=_difference(data, canonical)
        )
    folded = data.translate(_FOLD, b"-")
    if (
        (b"\\" in data and b"\\u0000" in data)
        or folded.count(b"[") > MAX_DEPTH
        or _LONG_MEMBER in folded
        or _LONG_ITEM in folded
        or b"\xf0" in folded
    ):
        _check_values(value, pointer)
    if not isinstance(value, dict):
        raise RecordError(code="not-an-object", pointer=pointer)
    return value


def encode_record(
    main: Mapping[str, object], restricted: Mapping[str, object] | None = None
) -> bytes:
    """Return the canonical record line (without LF); raises the errors of `parse_record_line`."""
    parts = [_encode_part(main, "")]
    if restricted is not None:
        parts.append(_encode_part(restricted, "/restricted"))
    line = b"\t".join(parts)
    parse_record_line(line)
    return line


def encode_canonical(value: Mapping[str, object]) -> bytes:
    """Return the RFC 8785 form of an object; raises RecordError for what a record cannot hold."""
    return _encode_part(value, "")


def _salt(value: dict[str, object], pointer: str) -> str:
    salt = value.get("salt")
    if salt is None:
        raise RecordError(code="missing-salt", pointer=pointer)
    if not isinstance(salt, str) or _is_salt(salt) is None:
        raise RecordError(code="bad-salt", pointer=f"{pointer}/salt")
    return salt


def _encode_part(value: Mapping[str, object], pointer: str) -> bytes:
    plain = dict(value)
    _check_values(plain, pointer)
    return _encode(plain)


def _check_values(root: object, pointer: str) -> None:
    """Walk a value without recursion; raise at the first thing that a record may not contain."""
    todo: list[tuple[object, str, int]] = [(root, pointer, 1)]
    while todo:
        value, at, depth = todo.pop()
        if isinstance(value, str):
            _check_text(value, at)
        elif isinstance(value, dict | list | tuple):
            if depth > MAX_DEPTH:
                raise RecordError(code="nesting-too-deep", pointer=at)
            todo.extend(
                (item, path, depth + 1) for path, item in _children(cast("_Group", value), at)
            )
        else:
            _check_scalar(value, at)


def _children(value: _Group, at: str) -> list[tuple[str, object]]:
    """Return (pointer, item) of each member, last first: a stack then meets them in order."""
    if not isinstance(value, dict):
        return [(f"{at}/{index}", item) for index, item in reversed(list(enumerate(value)))]
    if len(value) > MAX_MEMBERS:
        raise RecordError(code="too-many-members", pointer=at)
    members: list[tuple[str, object]] = []
    for key, item in value.items():
        if not isinstance(key, str):
            raise RecordError(
                code="malformed-json", pointer=at, detail=f"key {key!r} is not a string"
            )
        _check_text(key, at)
        if any(char > "\uffff" for char in key):
            detail = f"key {key!r}: characters beyond U+FFFF"
            raise RecordError(code="not-canonical", pointer=at, detail=detail)
        members.append((f"{at}/{key.replace('~', '~0').replace('/', '~1')}", item))
    return members[::-1]


def _check_text(text: str, pointer: str) -> None:
    if "\0" in text:
        raise RecordError(code="null-character", pointer=pointer)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise RecordError(code="invalid-utf8", pointer=pointer) from None


def _check_scalar(value: object, pointer: str) -> None:
    if isinstance(value, float):
        raise RecordError(code="float-not-allowed", pointer=pointer, detail=repr(value))
    if value is None or isinstance(value, bool):
        return
    if not isinstance(value, int):
        detail = f"a {type(value).__name__} has no JSON form"
        raise RecordError(code="malformed-json", pointer=pointer, detail=detail)
    if abs(value) > MAX_INTEGER:
        raise RecordError(code="integer-too-large", pointer=pointer)


def _refusal(data: bytes, error: Exception, pointer: str) -> RecordError:
    """Turn what the decoder said into the error that the sender can act on."""
    for kind, code in _REFUSALS.items():
        if isinstance(error, kind):
            return RecordError(code=code, pointer=pointer)
    if isinstance(error, _FloatFoundError):
        return _locate_float(data, str(error), pointer)
    try:
        read_plainly(data, pointer)
    except RecordError as found:
        return found
    if b"\0" in data:
        return RecordError(code="null-character", pointer=pointer)
    return RecordError(code="malformed-json", pointer=pointer, detail=str(error))


def read_plainly(data: bytes, pointer: str = "") -> None:
    """Raise RecordError for what a decoder does not tell: a key twice, and NaN; else do nothing."""

    def members(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found: dict[str, object] = {}
        for key, value in pairs:
            if key in found:
                raise RecordError(code="duplicate-key", pointer=pointer, detail=ascii(key[:80]))
            found[key] = value
        return found

    def no_number(name: str) -> None:
        raise RecordError(code="number-not-finite", pointer=pointer, detail=name)

    with contextlib.suppress(ValueError, RecursionError):  # what else is wrong is told elsewhere
        json.loads(data.decode(), object_pairs_hook=members, parse_constant=no_number)


def _locate_float(data: bytes, text: str, pointer: str) -> RecordError:
    """Decode once more, floats allowed, to find where the first one is, if the rest is sound."""
    try:
        _check_values(_decode_lenient(data), pointer)
    except RecordError as error:
        if error.code == "float-not-allowed":
            return RecordError(code=error.code, pointer=error.pointer, detail=text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    return RecordError(code="float-not-allowed", pointer=pointer, detail=text)


def _difference(data: bytes, canonical: bytes) -> str:
    """Say at which byte the text leaves its canonical form, with a little of both."""
    shorter = min(len(data), len(canonical))
    at = next((i for i in range(shorter) if data[i] != canonical[i]), shorter)
    found, expected = (part[at : at + 24].decode(errors="replace") for part in (data, canonical))
    return f"byte {at + 1}: found {found!r}, expected {expected!r}"
