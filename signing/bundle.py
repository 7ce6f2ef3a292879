"""Record bundles: one record to take away, with all that its proof needs, in one file.

The whole file is one C2SP signed-note. Its text is four parts, each ended by LF: the line
``registry-bundle@v1``; the *cover*, one line of canonical JSON (RFC 8785) that says who handed the
record out, when, to whom it could be shown then, and where to ask again; the main part of the
record, byte for byte as its member signed it; and a C2SP tlog-proof, whose ``extra`` is the digest
of the restricted part and whose checkpoint carries the cosignatures. The note's signature is the
node's mirror key's, timed (type 0x04), at the moment that the cover states.

**Why the node signs it.** The record and its proof stand on their own; what the cover says does
not. And a signature over the whole binds what a proof leaves loose: lines of keys that a verifier
does not know could be changed or dropped unseen. So not one byte of a bundle can be changed.

**Domain separation** is that of `signing.voucher`: no checkpoint begins with this first line, so
that neither signature can be passed off as the other.

What a bundle proves: that the member stated this record by the time of the receipt, and that this
node could show it, to whom the cover says, when it signed. Nothing about any later moment: the
cover carries the sentence that says so, the page to ask, and the list in which its bit stands
(`signing.status`).
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from signing.charter import Charter, check_counts, check_key_time, open_by_mirror
from signing.checkpoint import checkpoint_of, peek_checkpoint
from signing.cosign import cosign
from signing.encoding import Hex32, Moment, utc_text
from signing.errors import BundleError, RecordError
from signing.keys import Signer
from signing.merkle import HASH_SIZE, leaf_hash, verify_inclusion
from signing.note import Note, open_note, parse_note
from signing.proof import TlogProof, parse_proof
from signing.receipt import Receipt, open_receipt
from signing.record import (
    RecordLine,
    encode_canonical,
    entry_with_digest,
    parse_object,
    parse_record_line,
)

HEADER: Final = "registry-bundle@v1"

_Text = Annotated[str, Meta(pattern=r"\S", max_length=400)]
_Long = Annotated[str, Meta(pattern=r"\S", max_length=4000)]


class Statement(Struct, frozen=True, forbid_unknown_fields=True):
    """What the file says and what it does not, and how to ask again, in both languages."""

    zh: _Long
    en: _Long


class Cover(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the node adds to a record. Moments are RFC 3339 in UTC, digests hex."""

    v: Literal[1] = 1
    node: _Text
    charter: Hex32
    """SHA-256 of the text of the charter by which it was issued."""
    charter_version: Annotated[int, Meta(ge=1)]
    issued: Moment
    role: _Text
    """To whom it could be shown then: ``public``, or the role that asked."""
    marks: tuple[_Text, ...]
    """What stood beside the record then, such as an objection or a stay."""
    url: _Text
    """The page that shows the record as long as it may be shown."""
    status: _Text
    """The list in which the bit of the record stands."""
    statement: Statement

    @property
    def time(self) -> int:
        """The moment of issue as a POSIX second; ValueError for a day that no calendar has."""
        return int(datetime.fromisoformat(self.issued).timestamp())


@dataclass(frozen=True, slots=True)
class Bundle:
    """A cover, the main part of a record, and its tlog-proof; nothing about it is verified."""

    cover: Cover
    main: bytes
    proof: bytes


@dataclass(frozen=True, slots=True)
class OpenedBundle:
    """A bundle in which everything verified; ``digest`` is the SHA-256 of the signed text."""

    cover: Cover
    record: RecordLine
    """The main part; ``entry`` is that of the log, so also over a restricted part not given."""
    index: int
    receipt: Receipt
    restricted: bool
    """Whether the record has a restricted part, of which only the digest is here."""
    digest: bytes
    time: int
    key: str
    """Name of the key that signed."""


def seal_bundle(bundle: Bundle, mirror: Signer) -> bytes:
    """Return the file, signed by its node's mirror key at the moment the cover states.

    Raises BundleError `bundle-malformed`, RecordError, MalformedProofError, MalformedNoteError (too
    long), MalformedKeyError, or SignatureError.
    """
    if mirror.name != f"{bundle.cover.node}/mirror":
        raise _malformed(f"{mirror.name} is not the mirror key of {bundle.cover.node}")
    parse_record_line(bundle.main)
    try:
        cover = encode_canonical(msgspec.to_builtins(bundle.cover))
    except RecordError as error:
        raise _malformed(f"{error} at {error.pointer}") from None
    text = b"\n".join((HEADER.encode(), cover, bundle.main, bundle.proof)).decode()
    line = cosign(mirror, text, _time(bundle.cover))
    data = Note(text, (line,)).encode()
    parse_bundle(data)
    return data


def parse_bundle(data: bytes) -> tuple[Bundle, Note]:
    """Parse a file strictly; nothing is verified.

    Raises BundleError, MalformedNoteError or MalformedProofError.
    """
    note = parse_note(data)
    parts = note.text.encode().split(b"\n", 3)
    if len(parts) != 4 or parts[0] != HEADER.encode():  # noqa: PLR2004 - header, cover, main, proof
        raise _malformed(f"it does not start with {HEADER}")
    if len(note.signatures) != 1:
        raise _malformed("it has more than the one signature of its node")
    _, cover, main, proof = parts
    if len(parse_proof(proof).extra or b"") != HASH_SIZE:
        raise _malformed("the proof lacks the digest of the restricted part")
    return Bundle(_cover(cover), main, proof), note


def open_bundle(data: bytes, trusted: Charter) -> OpenedBundle:
    """Verify a file by the keys that the charter names for its node, its log and the mirrors.

    Raises BundleError, RecordError, ProofError, SignatureError, UnknownKeyError, ExpiredKeyError
    or one of the errors of malformed notes, proofs and checkpoints.
    """
    bundle, note = parse_bundle(data)
    seen = open_by_mirror(data, bundle.cover.node, trusted)
    if seen.time != _time(bundle.cover):
        detail = f"{bundle.cover.issued}, signed at {utc_text(seen.time)}"
        raise BundleError(code="bundle-time", detail=detail)
    proof = parse_proof(bundle.proof)
    record, receipt = prove(bundle.main, proof, trusted)
    return OpenedBundle(
        cover=bundle.cover,
        record=record,
        index=proof.index,
        receipt=receipt,
        restricted=record.entry[HASH_SIZE:] != bytes(HASH_SIZE),
        digest=sha256(note.text.encode()).digest(),
        time=seen.time,
        key=seen.key.name,
    )


def prove(main: bytes, proof: TlogProof, trusted: Charter) -> tuple[RecordLine, Receipt]:
    """Verify that a main part is of the proven entry, under a receipt that the charter knows.

    ``proof.extra`` is the digest of the restricted part. Raises as :func:`open_bundle`.
    """
    receipt = _receipt(proof, trusted)
    record = _record(main, proof)
    leaf = leaf_hash(record.entry)
    verify_inclusion(proof.index, receipt.size, leaf, proof.hashes, receipt.root)
    return record, receipt


def _receipt(proof: TlogProof, trusted: Charter) -> Receipt:
    """Verify the checkpoint: by a key that the log had at the time, stored by a known mirror."""
    note = proof.checkpoint_note
    party = trusted.party(peek_checkpoint(note).origin)
    keys = [window.key for window in party.keys]
    receipt = open_receipt(note, keys, trusted.mirror_keys)
    check_counts(receipt.cosignature, trusted)
    signed = checkpoint_of(note, open_note(note, keys))
    check_key_time(trusted, signed, receipt.time)
    return receipt


def _record(main: bytes, proof: TlogProof) -> RecordLine:
    """Read the main part, and make the entry with the digest that the proof gives."""
    record = parse_record_line(main)  # without a restricted part: a note holds no TAB
    entry = entry_with_digest(main, proof.extra or b"")
    return msgspec.structs.replace(record, entry=entry)


def _cover(line: bytes) -> Cover:
    try:
        cover = msgspec.convert(parse_object(line), Cover)
    except RecordError as error:
        raise _malformed(f"{error} at {error.pointer}") from None
    except msgspec.ValidationError as error:
        raise _malformed(str(error)) from None
    _time(cover)
    return cover


def _time(cover: Cover) -> int:
    try:
        return cover.time
    except ValueError as error:
        raise _malformed(str(error)) from None


def _malformed(detail: str) -> BundleError:
    return BundleError(code="bundle-malformed", detail=detail)
