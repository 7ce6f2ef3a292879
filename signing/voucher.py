"""Vouchers (查询凭证): one answer of one node, signed, as evidence for somebody's file.

What is signed is a text of the shape a charter has: the line ``registry-voucher@v1``, then one
line of canonical JSON (RFC 8785). The file that people hold is one line of canonical JSON, too:
``{"format":"registry-voucher@v1","signatures":["— <node>/mirror <base64>"],"voucher":{...}}``;
each signature is a line of the C2SP signed-note whose text that is. Its digest, printed on every
page, is the SHA-256 of the text.

**Whose key.** The voucher names its node; the charter that the verifier trusts names that node's
mirror key, and no other key counts. It is the right one: a voucher says "from the logs that I held,
with these sizes and roots, I answered this", and holding logs is what a mirror's signature speaks
of. So format v1 of the charter needs no further key, and whoever can verify a receipt can verify a
voucher. The signature is a timestamped one (type 0x04); its time must be the moment the voucher
states.

**Domain separation.** A mirror otherwise signs checkpoints: origin, size in decimal, root. The
first line here is no origin that a charter can name (no slash, and an ``@``), the second starts
with ``{`` and is no decimal. No text is both, so that neither signature can be passed off as the
other.

What a voucher proves: that this node gave this answer at this moment. Not that the answer was
right (it names all it rests on by digest, to be computed again), and nothing about any later
moment.
"""

from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from signing.charter import Charter, open_by_mirror
from signing.cosign import cosign
from signing.encoding import Hex32, Moment, utc_text
from signing.errors import RecordError, VoucherError
from signing.keys import Signer
from signing.note import MAX_NOTE, Note, parse_signature
from signing.record import encode_canonical, parse_object

FORMAT: Final = "registry-voucher@v1"
REPORT: Final = "registry-report@v1"
"""The first line of `signing.report`."""
PDF: Final = b"%PDF-"

Code = Annotated[str, Meta(pattern=r"^[0-9A-HJKMNP-TV-Z]{16}\Z")]
"""The type of a field that holds the code by which a voucher or report is found."""
_Text = Annotated[str, Meta(pattern=r"\S", max_length=400)]
_Count = Annotated[int, Meta(ge=0)]


class Named(Struct, frozen=True, forbid_unknown_fields=True):
    """A code with the name it had then."""

    code: _Text
    name: str


class Words(Struct, frozen=True, forbid_unknown_fields=True):
    """A text in both languages."""

    zh: Annotated[str, Meta(pattern=r"\S", max_length=4000)]
    en: Annotated[str, Meta(pattern=r"\S", max_length=4000)]


class Site(Struct, frozen=True, forbid_unknown_fields=True):
    """Another place where one has to look."""

    name: str
    url: str


class Question(Struct, frozen=True, forbid_unknown_fields=True):
    """What was asked; an empty matter means every matter. ``codes`` are (scheme, code)."""

    subject: Annotated[str, Meta(pattern=r"^[0-9a-f]{32}\Z")]
    name: str
    codes: tuple[tuple[str, str], ...]
    territory: Named
    matter: str
    on: date


class KnownLog(Struct, frozen=True, forbid_unknown_fields=True):
    """How far a log was read: with all of these the answer rests on a fixed set of records."""

    origin: str
    size: _Count
    root: Hex32


class City(Struct, frozen=True, forbid_unknown_fields=True):
    """A member in the coverage; ``as_of`` None: it never answered. ``stale``: not lately."""

    code: str
    name: str
    as_of: Moment | None
    stale: bool


class Coverage(Struct, frozen=True, forbid_unknown_fields=True):
    """What the answer spans, by member and by kind of record, and what it does not."""

    cities: tuple[City, ...]
    kinds: tuple[Words, ...]
    kinds_missing: tuple[Words, ...]
    elsewhere: tuple[Site, ...]


class Book(Struct, frozen=True, forbid_unknown_fields=True):
    """The rules: edition and digest of the rulebook, digest of the adoptions."""

    edition: str
    digest: Hex32
    adoptions: Hex32


class Shown(Struct, frozen=True, forbid_unknown_fields=True):
    """A record that was shown: its place, its 64-byte entry in hex, and one line of what it is."""

    origin: str
    idx: _Count
    entry: Annotated[str, Meta(pattern=r"^[0-9a-f]{128}\Z")]
    member: str
    type: str
    headline: str
    authority: str
    decided_on: date
    severity: str


class Measure(Struct, frozen=True, forbid_unknown_fields=True):
    """A measure as it was indicated; ``reasons`` is the SHA-256 of all that was said beside it.

    ``start`` to ``last_day``, inclusive; None: no end is known yet. ``causes`` are (origin, index).
    """

    rule: str
    edition: str
    measure: str
    name: str
    effect: str
    organ: str
    matter: str
    law: str
    state: str
    start: date
    last_day: date | None
    sentence: str
    causes: tuple[tuple[str, int], ...]
    reasons: Hex32


class Voucher(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that is signed. Dates are of Asia/Shanghai, moments RFC 3339 in UTC, digests hex."""

    v: Literal[1] = 1
    code: Code
    salt: Annotated[str, Meta(pattern=r"^[0-9a-f]{32}\Z")]
    """Random, so that the digest tells nothing to whoever guesses the rest."""
    region: Named
    node: _Text
    charter: Hex32
    charter_version: _Count
    issued: Moment
    asked_by: _Text
    purpose: _Text
    role: str
    """In which role it was asked, which decides what may be shown."""
    question: Question
    known: tuple[KnownLog, ...]
    book: Book | None
    coverage: Coverage
    records: tuple[Shown, ...]
    """The newest that were shown; ``records_total`` says how many there were."""
    records_total: _Count
    measures: tuple[Measure, ...]
    not_applied: tuple[str, ...]
    says: tuple[str, ...]
    decision: Hex32
    """SHA-256 of the decision in canonical JSON, as the interface gives it."""
    check_url: str
    statement: Words
    """That it does not speak of any later moment."""
    disclaimer: Words
    """That what is indicated is not an administrative decision."""

    @property
    def time(self) -> int:
        """The moment of issue as a POSIX second; ValueError for a day that no calendar has."""
        return int(datetime.fromisoformat(self.issued).timestamp())


class _File(Struct, forbid_unknown_fields=True):
    format: Literal["registry-voucher@v1"]
    signatures: Annotated[list[str], Meta(min_length=1, max_length=16)]
    voucher: dict[str, object]


@dataclass(frozen=True, slots=True)
class OpenedVoucher:
    """A voucher whose signature by its node verified; ``digest`` is the SHA-256 of the text."""

    voucher: Voucher
    digest: bytes
    time: int
    key: str
    """Name of the key that signed."""


def voucher_text(voucher: Voucher) -> str:
    """Return the two lines that are signed; raise VoucherError for what could not be read back."""
    try:
        text = f"{FORMAT}\n{encode_canonical(msgspec.to_builtins(voucher)).decode()}\n"
    except RecordError as error:
        raise _malformed(f"{error} at {error.pointer}") from None
    _read(text)
    return text


def seal_voucher(voucher: Voucher, mirror: Signer) -> bytes:
    """Return the file of a voucher, signed by its node's mirror key at the moment it states.

    Raises VoucherError `voucher-malformed`, MalformedKeyError, or SignatureError.
    """
    text = voucher_text(voucher)
    if mirror.name != f"{voucher.node}/mirror":
        raise _malformed(f"{mirror.name} is not the mirror key of {voucher.node}")
    line = cosign(mirror, text, voucher.time).line().removesuffix("\n")
    fields = {"format": FORMAT, "signatures": [line], "voucher": msgspec.to_builtins(voucher)}
    data = encode_canonical(fields)
    parse_voucher(data)
    return data


def parse_voucher(data: bytes) -> tuple[Voucher, Note]:
    """Parse a file strictly; nothing is verified. Raise VoucherError or MalformedNoteError.

    One LF at the end, which editors like to add, is let pass.
    """
    data = data.removesuffix(b"\n")
    if len(data) > MAX_NOTE:
        raise _malformed("it is longer than 1 MiB")
    try:
        file = msgspec.convert(parse_object(data), _File)
        text = f"{FORMAT}\n{encode_canonical(file.voucher).decode()}\n"
    except RecordError as error:
        raise _malformed(f"{error} at {error.pointer}") from None
    except msgspec.ValidationError as error:
        raise _malformed(str(error)) from None
    return _read(text), Note(text, tuple(parse_signature(line) for line in file.signatures))


def open_voucher(data: bytes, trusted: Charter) -> OpenedVoucher:
    """Verify a file by the mirror keys that the charter names for its node, then or now.

    Raises VoucherError, MalformedNoteError, UnknownKeyError (no such node, or not signed by it),
    ExpiredKeyError (with an earlier key, after its end) or SignatureError.
    """
    voucher, note = parse_voucher(data)
    seen = open_by_mirror(note.encode(), voucher.node, trusted)
    if seen.time != voucher.time:
        detail = f"{voucher.issued}, signed at {utc_text(seen.time)}"
        raise VoucherError(code="voucher-time", detail=detail)
    digest = sha256(note.text.encode()).digest()
    return OpenedVoucher(voucher, digest, seen.time, seen.key.name)


def voucher_in(data: bytes) -> bytes:
    """Return the voucher or report that a PDF of ours carries in the open; anything else as it is.

    What is printed in the PDF is not bound to it: whoever verifies says so. Raises VoucherError.
    """
    if not data.startswith(PDF):
        return data
    found = (data.find(f'{{"format":"{name}"'.encode()) for name in (FORMAT, REPORT))
    start = max(found)
    end = data.find(b"\nendstream", start)
    if start < 0 or end < 0:
        raise VoucherError(code="voucher-missing")
    return data[start:end]


def _read(text: str) -> Voucher:
    """Decode the second line of a text."""
    try:
        voucher = msgspec.json.decode(text.split("\n")[1], type=Voucher)
        utc_text(voucher.time)
    except (msgspec.ValidationError, ValueError) as error:
        raise _malformed(str(error)) from None
    return voucher


def _malformed(detail: str) -> VoucherError:
    return VoucherError(code="voucher-malformed", detail=detail)
