"""Reports (信用信息查询报告): what is recorded about one subject, signed, with all its proofs.

A report is made as a voucher is (`signing.voucher`): a text of two lines, ``registry-report@v1``
and a line of canonical JSON, signed by the mirror key of the node that issues it, at the moment
that it states. The file is one line of canonical JSON, too:
``{"format":"registry-report@v1","proven":[…],"report":{…},"signatures":[…]}``. What is added to a
voucher is ``proven``: of each record listed, in their order, the main part as its member signed it
and its C2SP tlog-proof, whose ``extra`` is the digest of the restricted part.

**Why those stand outside the text.** They may be long, and a note has its bound. They are bound to
it all the same: the text names of each record the entry, which is made of the digest of the main
part, and the SHA-256 of the proof. So not one byte of a file can be changed.

**Domain separation** is that of vouchers: no checkpoint, and no voucher, begins with this line.

What a report proves: that the members stated these records by the time of their receipts, and that
this node gave this account of them, to whom it names, at this moment. Not that nothing else is
recorded: it names the cities, kinds, sections and days that it spans. Nothing about later moments.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from signing.bundle import prove
from signing.charter import Charter, open_by_mirror
from signing.cosign import cosign
from signing.encoding import Hex32, Moment, utc_text
from signing.errors import RecordError, VoucherError
from signing.keys import Signer
from signing.note import MAX_NOTE, Note, parse_signature
from signing.proof import parse_proof
from signing.receipt import Receipt
from signing.record import NO_RESTRICTED, RecordLine, encode_canonical, parse_object
from signing.voucher import REPORT, Book, Code, Coverage, KnownLog, Measure, Named, Words

FORMAT: Final = REPORT
MAX_REPORT: Final = 4 * 1024 * 1024
"""Bytes of a file."""

_Text = Annotated[str, Meta(pattern=r"\S", max_length=400)]
_Count = Annotated[int, Meta(ge=0)]


class Asked(Struct, frozen=True, forbid_unknown_fields=True):
    """What was asked: the subject, days of decision (both in; None: without bound), sections.

    ``types``: the types of record that the subject had authorised, None where all were asked for.
    ``territory`` and ``matter``: where and for what measures were asked for, None and '' if not.
    """

    subject: Annotated[str, Meta(pattern=r"^[0-9a-f]{32}\Z")]
    name: str
    codes: tuple[tuple[str, str], ...]
    since: date | None
    until: date | None
    sections: tuple[_Text, ...]
    types: tuple[_Text, ...] | None
    territory: Named | None
    matter: str


class Listed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A record: section, place, 64-byte entry and SHA-256 of its proof in hex, and what it is.

    ``severity`` is '' where the type has no class, ``classed_by`` who set it; published from the
    one day to the other, both in (None: not stated); ``marks`` stood beside it.
    """

    section: _Text
    origin: str
    idx: _Count
    entry: Annotated[str, Meta(pattern=r"^[0-9a-f]{128}\Z")]
    proof: Hex32
    type: str
    headline: str
    decision_no: str
    member: str
    authority: str
    decided_on: date
    severity: str
    classed_by: str
    publication: str
    published_from: date | None
    published_until: date | None
    marks: tuple[str, ...]


class Report(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that is signed. Dates are of Asia/Shanghai, moments RFC 3339 in UTC, digests hex."""

    v: Literal[1] = 1
    code: Code
    salt: Annotated[str, Meta(pattern=r"^[0-9a-f]{32}\Z")]
    """Random, so that the digest tells nothing to whoever guesses the rest."""
    title: Words
    region: Named
    node: _Text
    charter: Hex32
    charter_version: _Count
    issued: Moment
    taken_by: Named
    """Who took it: the subject itself, or whom it has authorised."""
    role: _Text
    authorisations: tuple[_Text, ...]
    """Places of the records by which the subject has authorised it, each ``<origin>/<idx>``."""
    purpose: _Text
    asked: Asked
    known: tuple[KnownLog, ...]
    coverage: Coverage
    records: tuple[Listed, ...]
    book: Book | None
    measures: tuple[Measure, ...]
    not_applied: tuple[str, ...]
    says: tuple[str, ...]
    check_url: str
    statement: Words
    """What it shows, that it does not show the present state, and how to ask again."""
    disclaimer: Words
    """That what is indicated is not an administrative decision."""

    @property
    def time(self) -> int:
        """The moment of issue as a POSIX second; ValueError for a day that no calendar has."""
        return int(datetime.fromisoformat(self.issued).timestamp())


class Proven(Struct, frozen=True, forbid_unknown_fields=True):
    """The main part of a record as signed, and its tlog-proof."""

    main: str
    proof: str


class _File(Struct, forbid_unknown_fields=True):
    format: Literal["registry-report@v1"]
    proven: tuple[Proven, ...]
    report: dict[str, object]
    signatures: Annotated[list[str], Meta(min_length=1, max_length=1)]


@dataclass(frozen=True, slots=True)
class ProvenRecord:
    """A record of a report that verified: its main part, and the receipt it stands under.

    ``restricted``: it has a restricted part, of which only the digest is here.
    """

    record: RecordLine
    receipt: Receipt
    restricted: bool


@dataclass(frozen=True, slots=True)
class OpenedReport:
    """A report in which everything verified; ``digest`` is the SHA-256 of the text."""

    report: Report
    records: tuple[ProvenRecord, ...]
    digest: bytes
    time: int
    key: str
    """Name of the key that signed."""


def seal_report(report: Report, proven: Sequence[Proven], mirror: Signer) -> bytes:
    """Return the file of a report, signed by its node's mirror key at the moment it states.

    Raises VoucherError `report-malformed` (also for one that is too long), MalformedKeyError, or
    SignatureError.
    """
    if mirror.name != f"{report.node}/mirror":
        raise _malformed(f"{mirror.name} is not the mirror key of {report.node}")
    said = msgspec.to_builtins(report)
    try:
        text = f"{FORMAT}\n{encode_canonical(said).decode()}\n"
        line = cosign(mirror, text, _time(report)).line().removesuffix("\n")
        fields = {"format": FORMAT, "proven": msgspec.to_builtins(proven), "report": said}
        data = encode_canonical(fields | {"signatures": [line]})
    except RecordError as error:
        raise _malformed(f"{error} at {error.pointer}") from None
    parse_report(data)
    return data


def parse_report(data: bytes) -> tuple[Report, tuple[Proven, ...], Note]:
    """Parse a file strictly; nothing is verified. Raise VoucherError or MalformedNoteError.

    One LF at the end, which editors like to add, is let pass.
    """
    data = data.removesuffix(b"\n")
    if len(data) > MAX_REPORT:
        raise _malformed("it is longer than 4 MiB")
    try:
        file = msgspec.convert(parse_object(data), _File)
        line = encode_canonical(file.report)
        report = msgspec.json.decode(line, type=Report)
    except RecordError as error:
        raise _malformed(f"{error} at {error.pointer}") from None
    except msgspec.ValidationError as error:
        raise _malformed(str(error)) from None
    _time(report)
    if len(line) > MAX_NOTE // 2:
        raise _malformed("what is signed is longer than 512 KiB")
    if len(report.records) != len(file.proven):
        raise _malformed("not as many records as proofs")
    note = Note(f"{FORMAT}\n{line.decode()}\n", tuple(map(parse_signature, file.signatures)))
    return report, file.proven, note


def open_report(data: bytes, trusted: Charter) -> OpenedReport:
    """Verify a file by the keys that the charter names for its node, the logs and the mirrors.

    Raises VoucherError, RecordError, ProofError, SignatureError, UnknownKeyError, ExpiredKeyError
    or one of the errors of malformed notes, proofs and checkpoints.
    """
    report, proven, note = parse_report(data)
    seen = open_by_mirror(note.encode(), report.node, trusted)
    if seen.time != _time(report):
        detail = f"{report.issued}, signed at {utc_text(seen.time)}"
        raise VoucherError(code="report-time", detail=detail)
    both = zip(report.records, proven, strict=True)
    return OpenedReport(
        report=report,
        records=tuple(_proven(listed, one, trusted) for listed, one in both),
        digest=sha256(note.text.encode()).digest(),
        time=seen.time,
        key=seen.key.name,
    )


def _proven(listed: Listed, one: Proven, trusted: Charter) -> ProvenRecord:
    """Verify a record, and that it is the one that the text lists, of this type and day."""
    place = f"{listed.origin}/{listed.idx}"
    if sha256(one.proof.encode()).hexdigest() != listed.proof:
        raise VoucherError(code="report-record", detail=f"{place}, its proof")
    proof = parse_proof(one.proof.encode())
    record, receipt = prove(one.main.encode(), proof, trusted)
    told = (receipt.origin, proof.index, record.entry.hex())
    said = (record.value.get("type"), record.value.get("decided_on"))
    if told != (listed.origin, listed.idx, listed.entry) or said != (
        listed.type,
        listed.decided_on.isoformat(),
    ):
        raise VoucherError(code="report-record", detail=place)
    return ProvenRecord(record, receipt, not record.entry.endswith(NO_RESTRICTED))


def _time(report: Report) -> int:
    try:
        return report.time
    except ValueError as error:
        raise _malformed(str(error)) from None


def _malformed(detail: str) -> VoucherError:
    return VoucherError(code="report-malformed", detail=detail)
