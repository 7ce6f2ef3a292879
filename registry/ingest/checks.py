"""Check one record: parse it strictly, decode it, and say everything that is wrong with it.

The same code runs before signing (a clerk's tool, offline), at the check endpoint and in
admission. Nothing raises for content. Whether a finding is an error depends on the record's
bytes and on named tables alone, so that every node comes to the same answer; only equal salts and
ids look at the batch.

Admission runs this for every record, so the clean path builds no text: one typed decode, one
encode, one pass over the bytes, and a row of comparisons and cached look-ups.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from msgspec import UNSET, DecodeError, Struct, ValidationError
from msgspec import json as msgjson

from registry.domain.records import (
    AnyRecord,
    Record,
    Restricted,
    canonical,
    decode_main,
    decode_restricted,
    read_main,
    read_restricted,
)
from registry.ingest.checks_codes import MAX_FINDINGS
from registry.ingest.checks_documents import restricted_content
from registry.ingest.checks_rules import CHECKS
from registry.ingest.checks_shape import (
    main_findings,
    plain_pointer,
    restricted_findings,
    salvage,
    salvage_restricted,
)
from registry.ingest.checks_text import needs_a_look, text_findings
from registry.ingest.reasons import Finding, errors_first, finding, refused
from signing.errors import RecordError
from signing.record import MAX_LINE, RecordLine, parse_record_line, split_line

_ENCODE: Final = msgjson.Encoder(order="sorted").encode


class Checked(Struct, frozen=True, gc=False):
    """A record line and what was found.

    A msgspec Struct because admission makes tens of thousands of them a second. ``record`` is None
    when the bytes do not decode to a record type.
    """

    record: AnyRecord | None
    restricted: Restricted | None
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether there is no error; warnings do not count."""
        return not self.findings or all(found.level != "error" for found in self.findings)


class Made(Struct, frozen=True, gc=False):
    """A record line, and the parts whose canonical form it is, where they are at hand."""

    line: bytes
    parts: tuple[AnyRecord, Restricted | None] | None = None


def check_line(line: bytes, salts: set[str]) -> Checked:
    """Check one record line without its LF; never raises for content.

    Args:
        line: as received.
        salts: those of the batch so far; the record's own are added.
    """
    (checked,) = check_lines((line,), salts)
    return checked


def make_line(main: dict[str, object], restricted: dict[str, object] | None) -> Made:
    """Encode the parts of a record that are put together from texts and whole numbers.

    For such values msgspec's sorted encoding is RFC 8785. What a program wrote is encoded by
    ``signing.record``, which walks every value.
    """
    whole = _ENCODE(main)
    half = None if restricted is None else _ENCODE(restricted)
    line = whole if half is None else whole + b"\t" + half
    try:
        record = read_main(main)
        part = None if restricted is None else read_restricted(restricted)
    except ValidationError:
        return Made(line)
    if canonical(record) != whole or (part is not None and canonical(part) != half):
        return Made(line)
    return Made(line, (record, part))


def check_made(made: Made, salts: set[str]) -> Checked:
    """Check a line as :func:`check_line` does, without decoding what is at hand."""
    if made.parts is None:
        return check_line(made.line, salts)
    calm = not needs_a_look(split_line(made.line)[0])
    return _check_decoded(made.line, *made.parts, salts, calm)


def check_lines(lines: Sequence[bytes], salts: set[str]) -> list[Checked]:
    """Check lines in order, as :func:`check_line` does, with one look at all their characters."""
    parts = [split_line(line) for line in lines]
    calm = not needs_a_look(b"\n".join([main for main, _ in parts]))
    return [
        _check(line, main, part, salts, calm or not needs_a_look(main))
        for line, (main, part) in zip(lines, parts, strict=True)
    ]


def _check(line: bytes, main: bytes, part: bytes | None, salts: set[str], calm: bool) -> Checked:  # noqa: FBT001 - private
    """Check a line of two parts; ``calm`` says that no text of it needs a look.

    A line that decodes to a record type, and is what that record encodes to, is canonical: one
    decode and one encode say so. Whatever is odd goes the slow way, which names every defect.
    """
    try:
        record = decode_main(main)
        restricted = None if part is None else decode_restricted(part)
    except (DecodeError, UnicodeDecodeError, RecursionError):
        return _check_slowly(line, salts)
    if canonical(record) != main or (restricted is not None and canonical(restricted) != part):
        return _check_slowly(line, salts)
    return _check_decoded(line, record, restricted, salts, calm)


def _check_decoded(
    line: bytes,
    record: AnyRecord,
    restricted: Restricted | None,
    salts: set[str],
    calm: bool,  # noqa: FBT001 - private
) -> Checked:
    """Check a record whose canonical form the line is."""
    own = {record.salt} if restricted is None else {record.salt, restricted.salt}
    if (
        not salts.isdisjoint(own)
        or (restricted is not None and restricted.salt == record.salt)
        or b"\\u0000" in line
        or len(line) > MAX_LINE
    ):
        return _check_slowly(line, salts)
    salts.update(own)
    found = _content(record, restricted)
    if not calm:
        value = parse_record_line(line).value
        found.extend(islice(text_findings(value, record.decided_on), MAX_FINDINGS))
    return Checked(record, restricted, errors_first(found)[:MAX_FINDINGS])


def _content(record: AnyRecord, restricted: Restricted | None) -> list[Finding]:
    found: list[Finding] = []
    for check in CHECKS[type(record)]:
        if hits := check(record):
            found.extend(hits)
    if restricted is not None or record.subject.kind != "organisation":
        found.extend(restricted_content(record, restricted))
    return found


def _check_slowly(line: bytes, salts: set[str]) -> Checked:
    """Check a line that has something odd about it, and say what."""
    try:
        parsed = parse_record_line(line)
    except RecordError as error:
        return Checked(None, None, (refused(error, plain_pointer(error.pointer)),))
    found = _fresh_salts(parsed, salts)
    try:
        record = decode_main(parsed.main)
        part = parsed.restricted
        restricted = None if part is None else decode_restricted(part)
    except ValidationError:
        found.extend(_damaged(parsed))
        return Checked(None, None, errors_first(found)[:MAX_FINDINGS])
    found.extend(_content(record, restricted))
    found.extend(islice(text_findings(parsed.value, record.decided_on), MAX_FINDINGS))
    return Checked(record, restricted, errors_first(found)[:MAX_FINDINGS])


def _fresh_salts(parsed: RecordLine, salts: set[str]) -> list[Finding]:
    """Add the record's salts to those seen; equal ones make digests guessable."""
    found = []
    if not salts.isdisjoint(parsed.salts):
        found = [
            finding("salt-reused", f"{place}/salt")
            for place, salt in zip(("", "/restricted"), parsed.salts, strict=False)
            if salt in salts
        ]
    salts.update(parsed.salts)
    return found


def _damaged(parsed: RecordLine) -> Iterator[Finding]:
    """Say everything about a record that does not decode: form first, then what can be read."""
    shape = list(islice(main_findings(parsed.value), MAX_FINDINGS))
    if parsed.restricted_value is not None:
        shape += islice(restricted_findings(parsed.restricted_value), MAX_FINDINGS)
    yield from shape
    record = salvage(parsed.value)
    decided_on = UNSET if record is None else record.decided_on
    bad = tuple(found.pointer for found in shape)
    texts = text_findings(parsed.value, None if decided_on is UNSET else decided_on)
    some = islice(texts, MAX_FINDINGS)
    for found in (*(_tolerant(record, parsed) if record else ()), *some):
        if not any(_nested(found.pointer, at) or _nested(at, found.pointer) for at in bad):
            yield found


def _nested(inner: str, outer: str) -> bool:
    """Say whether one pointer is, or lies inside, another."""
    return inner == outer or inner.startswith(f"{outer}/")


def _tolerant(record: Record, parsed: RecordLine) -> Iterator[Finding]:
    """Make the checks that what could be read allows.

    A check that needs a member which could not be read (and was named already) does not apply.
    """
    value = parsed.restricted_value
    restricted = None if value is None else salvage_restricted(value)

    def documents(record: Record) -> tuple[Finding, ...]:
        return restricted_content(record, restricted)

    for check in (*CHECKS[type(record)], documents):
        try:
            yield from check(record)
        except (TypeError, AttributeError):
            continue
