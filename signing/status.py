"""Status lists: which records of a log still stand as stated, asked without saying which one.

One bit for each entry, 131,072 to a list (a *block*; the smallest size of W3C Bitstring Status List
1.0, section 3.2, so that who fetches one is one among many). As there, entry 0 of the block is the
leftmost bit of the first byte and the bits are compressed with gzip. A bit is 1 where everybody may
see the record now and nothing stands beside it; 0 says *ask again*, and says no more: repaired,
withdrawn, disputed, never public, not there yet and never written look alike. So W3C's polarity is
turned round, for a list must not confirm what it does not know.

The file is a C2SP signed-note: the line ``registry-status@v1``, then one line of canonical JSON,
signed by the node's mirror key at the moment ``from``. From ``until`` on the list says nothing.
"""

import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from signing.charter import Charter, open_by_mirror
from signing.cosign import cosign
from signing.encoding import Hex32, Moment, decode_base64, encode_base64, utc_text
from signing.errors import BundleError, MalformedError, RecordError
from signing.keys import Signer
from signing.note import Note, parse_note
from signing.record import encode_canonical, parse_object

HEADER: Final = "registry-status@v1"
BLOCK: Final = 131_072
"""Entries that one list speaks of."""
MAX_WINDOW: Final = 24 * 60 * 60
"""Seconds that a list may speak for at most: its node's clock may be wrong, its key lost."""

_BYTES: Final = BLOCK // 8
_MAX_PACKED: Final = 2 * _BYTES
_GZIP: Final = 31
_Text = Annotated[str, Meta(pattern=r"\S", max_length=400)]
_Count = Annotated[int, Meta(ge=0)]


class StatusList(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is signed. Moments are RFC 3339 in UTC."""

    v: Literal[1] = 1
    node: _Text
    charter: Hex32
    charter_version: Annotated[int, Meta(ge=1)]
    origin: _Text
    block: _Count
    size: _Count
    """Entries that the node held of the log."""
    start: Moment = msgspec.field(name="from")
    until: Moment
    bits: Annotated[str, Meta(max_length=2 * _MAX_PACKED)]
    """Base64 of the gzip of 16,384 bytes."""


@dataclass(frozen=True, slots=True)
class OpenedStatus:
    """A list whose signature by its node verified; it speaks for [time, until)."""

    list: StatusList
    bits: bytes
    time: int
    until: int
    key: str
    """Name of the key that signed."""

    def speaks_of(self, origin: str, index: int) -> bool:
        """Tell whether an entry of a log lies in the block of this list."""
        return (self.list.origin, self.list.block) == (origin, index // BLOCK)

    def confirm(self, index: int, url: str) -> None:
        """Raise BundleError `ask-again`, with the page to ask, unless the entry still stands."""
        at = index % BLOCK
        if not self.bits[at // 8] & 0x80 >> at % 8:
            raise BundleError(code="ask-again", detail=url)

    @property
    def standing(self) -> int:
        """How many entries of the block stand as stated."""
        return int.from_bytes(self.bits).bit_count()


def pack_bits(standing: bytes) -> str:
    """Return the text form of the 16,384 bytes of a block."""
    packer = zlib.compressobj(9, wbits=_GZIP)
    return encode_base64(packer.compress(standing) + packer.flush())


def set_bits(offsets: set[int]) -> bytes:
    """Return the 16,384 bytes in which the bits at these offsets of the block are 1."""
    bits = bytearray(_BYTES)
    for at in offsets:
        bits[at // 8] |= 0x80 >> at % 8
    return bytes(bits)


def seal_status(status: StatusList, mirror: Signer) -> bytes:
    """Return the file, signed by its node's mirror key at the moment it begins to speak for.

    Raises BundleError `status-malformed`, MalformedKeyError or SignatureError.
    """
    if mirror.name != f"{status.node}/mirror":
        raise _malformed(f"{mirror.name} is not the mirror key of {status.node}")
    try:
        text = f"{HEADER}\n{encode_canonical(msgspec.to_builtins(status)).decode()}\n"
    except RecordError as error:
        raise _malformed(f"{error} at {error.pointer}") from None
    _read(text)
    return Note(text, (cosign(mirror, text, _moment(status.start)),)).encode()


def open_status(data: bytes, trusted: Charter) -> OpenedStatus:
    """Verify a list by the mirror key that the charter names for its node.

    Raises BundleError, MalformedNoteError, UnknownKeyError, ExpiredKeyError or SignatureError.
    """
    note = parse_note(data)
    status, bits = _read(note.text)
    if len(note.signatures) != 1:
        raise _malformed("it has more than the one signature of its node")
    seen = open_by_mirror(data, status.node, trusted)
    start = _moment(status.start)
    if seen.time != start:
        detail = f"{status.start}, signed at {utc_text(seen.time)}"
        raise BundleError(code="status-time", detail=detail)
    return OpenedStatus(status, bits, start, _moment(status.until), seen.key.name)


def _read(text: str) -> tuple[StatusList, bytes]:
    """Read the two lines of a text strictly."""
    lines = text.split("\n")
    if len(lines) != 3 or lines[0] != HEADER:  # noqa: PLR2004 - two lines, each ended by LF
        raise _malformed(f"it is not {HEADER} and one line")
    try:
        status = msgspec.convert(parse_object(lines[1].encode()), StatusList)
    except RecordError as error:
        raise _malformed(f"{error} at {error.pointer}") from None
    except msgspec.ValidationError as error:
        raise _malformed(str(error)) from None
    if not 0 < _moment(status.until) - _moment(status.start) <= MAX_WINDOW:
        raise _malformed("it must speak for a day at most")
    bits = _unpack(status.bits)
    held = min(max(status.size - status.block * BLOCK, 0), BLOCK)
    if int.from_bytes(bits) & (1 << BLOCK - held) - 1:
        raise _malformed("a bit is set beyond the size of the log")
    return status, bits


def _unpack(packed: str) -> bytes:
    unpacker = zlib.decompressobj(wbits=_GZIP)
    try:
        bits = unpacker.decompress(decode_base64(packed), _BYTES + 1)
    except (zlib.error, MalformedError) as error:
        raise _malformed(str(error)) from None
    if len(bits) != _BYTES or not unpacker.eof or unpacker.unused_data:
        raise _malformed(f"the bits are not gzip of {_BYTES} bytes")
    return bits


def _moment(text: str) -> int:
    try:
        return int(datetime.fromisoformat(text).timestamp())
    except ValueError as error:
        raise _malformed(str(error)) from None


def _malformed(detail: str) -> BundleError:
    return BundleError(code="status-malformed", detail=detail)
