"""The charter: whose keys count in a region, for what, and who runs the nodes.

A C2SP signed note whose text is ``registry-charter@v1``, then one line of canonical JSON (RFC
8785). It is signed by the region's root keys and stands on its own: at least ``threshold`` of the
roots it names must have signed it. A later version must be signed by the threshold of the roots of
the version before, too, so trust in one version carries to the next. Whether it is still in date is
asked with `Charter.standing`: this package has no clock. What a charter answers stands in
`signing.parties`; how versions follow each other from the first one on, in `signing.charters`.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from hashlib import sha256
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from signing.algorithms import COSIGNER_TYPES, ED25519, LOG_TYPES, TEXT_COSIGNER_TYPES, algorithm
from signing.checkpoint import SignedCheckpoint, checkpoint_of, peek_checkpoint
from signing.cosign import Cosignature, cosignatures_of
from signing.encoding import Moment, utc_text
from signing.errors import (
    CharterError,
    ExpiredKeyError,
    MalformedError,
    RecordError,
    UnknownKeyError,
)
from signing.keys import Signer, VerifierKey, parse_vkey
from signing.note import OpenedNote, open_note, parse_note, sign_note
from signing.parties import Charter, KeyWindow, Node, Party
from signing.record import encode_canonical, parse_object

__all__ = [
    "HEADER",
    "Charter",
    "KeyWindow",
    "Node",
    "Party",
    "check_counts",
    "check_key_time",
    "check_next",
    "check_origin",
    "encode_charter",
    "fields_of",
    "open_by_mirror",
    "open_charter",
    "open_log_checkpoint",
    "read_charter",
    "sign_charter",
]

HEADER: Final = "registry-charter@v1"

_ORIGIN: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?/[a-z0-9][a-z0-9-]*")
_RESERVED_SEGMENTS: Final = frozenset({"tile", "checkpoint"})
_ROOT_TYPES: Final = frozenset({ED25519})
_LAST_YEAR: Final = 9900
"""Days of grace are added to a date, and the calendar of our programs ends with 9999."""
_IS_DIVISION: Final = re.compile(r"[1-9][0-9]{5}")

# What one field can say about itself is declared here; what concerns several is in `_build`.
_Text = Annotated[str, Meta(pattern=r"\S")]
_Division = Annotated[str, Meta(pattern=r"^[1-9][0-9]{5}\Z")]
_Count = Annotated[int, Meta(ge=1)]


class _KeyFields(Struct, forbid_unknown_fields=True, rename={"start": "from"}):
    vkey: str
    start: Moment
    until: Moment | None = None
    revoked: Moment | None = None


class _EarlierFields(Struct, forbid_unknown_fields=True, rename={"start": "from"}):
    vkey: str
    start: Moment
    until: Moment


class _PartyFields(Struct, forbid_unknown_fields=True):
    code: _Text
    name: _Text
    rank: Literal["city", "county", "region"]
    origin: str
    keys: Annotated[list[_KeyFields], Meta(min_length=1)]
    territory: list[_Division]
    competences: list[_Text]
    home: str


class _NodeFields(Struct, forbid_unknown_fields=True):
    name: _Text
    url: _Text
    mirror: str
    witness: str
    earlier: list[_EarlierFields] = []


class _RegionFields(Struct, forbid_unknown_fields=True):
    code: _Text
    name: _Text


class _RootFields(Struct, forbid_unknown_fields=True):
    keys: list[str]
    threshold: _Count


class _CharterFields(Struct, forbid_unknown_fields=True):
    version: Annotated[int, Meta(ge=1, le=2**31 - 1)]
    region: _RegionFields
    expires_on: date
    grace_days: Annotated[int, Meta(ge=0, le=3650)]
    roots: _RootFields
    parties: list[_PartyFields]
    nodes: list[_NodeFields]
    quorum: _Count


def encode_charter(fields: Mapping[str, object]) -> str:
    """Return the note text of a charter, checked in full; raise CharterError."""
    try:
        text = f"{HEADER}\n{encode_canonical(fields).decode()}\n"
    except RecordError as error:
        raise CharterError(code="charter-malformed", detail=f"{error} at {error.pointer}") from None
    _parse(text, b"")
    return text


def read_charter(text: str) -> Charter:
    """Read the text of a charter that nobody has signed yet; nothing is verified: CharterError."""
    return _parse(text, b"")


def fields_of(charter: Charter) -> dict[str, object]:
    """Return the fields that `encode_charter` makes this charter's text of."""
    fields: dict[str, object] = msgspec.json.decode(charter.text.partition("\n")[2])
    return fields


def sign_charter(text: str, root_keys: Iterable[Signer]) -> bytes:
    """Sign the text with each root key and return the verified note; raise CharterError."""
    note = sign_note(text, tuple(root_keys))
    open_charter(note)
    return note


def open_charter(note: bytes, previous: Charter | None = None) -> Charter:
    """Verify a charter by its own roots and, if given, by those of the version before.

    Without `previous` the charter vouches for itself only: compare its digest with one that you
    trust. With it, it must be the very next version: who skips one cannot know whose roots it gave.
    Raises CharterError, MalformedNoteError or SignatureError.
    """
    charter = _parse(parse_note(note).text, note)
    opened = _open_by_roots(note, charter)
    _check_threshold(opened, charter)
    if previous is not None:
        check_next(charter, previous)
        _check_threshold(_open_by_roots(note, previous), previous)
    return charter


def open_log_checkpoint(charter: Charter, note: bytes, at: int) -> SignedCheckpoint:
    """Verify a checkpoint with the keys its log has at a POSIX second.

    Raises MalformedNoteError, MalformedCheckpointError, SignatureError, UnknownKeyError, or
    ExpiredKeyError when the key that signed belongs to the log but was not valid then.
    """
    origin = peek_checkpoint(note).origin
    keys = tuple(window.key for window in charter.party(origin).keys)
    signed = checkpoint_of(note, open_note(note, keys))
    check_key_time(charter, signed, at)
    return signed


def check_key_time(charter: Charter, signed: SignedCheckpoint, at: int) -> None:
    """Raise ExpiredKeyError unless an Ed25519 key that signed belongs to the log at a POSIX second.

    Its subclass RevokedKeyError where the charter has revoked it as of that second or an earlier.
    """
    charter.party(signed.checkpoint.origin).check_key(signed.basic, at)


def check_next(charter: Charter, previous: Charter) -> None:
    """Raise CharterError unless a charter is of the version that follows the previous one."""
    if charter.region_code != previous.region_code or charter.version < previous.version:
        detail = f"{charter.region_code} {charter.version} after {previous.version}"
        raise CharterError(code="charter-version", detail=detail)
    if charter.version == previous.version:
        if charter.digest == previous.digest:
            detail = f"{charter.region_code} {charter.version} after {previous.version}"
            raise CharterError(code="charter-version", detail=detail)
        digests = f"{previous.digest.hex()}, {charter.digest.hex()}"
        raise CharterError(code="charter-forked", detail=f"{charter.version}: {digests}")
    if charter.version != previous.version + 1:
        detail = f"{charter.version} after {previous.version}"
        raise CharterError(code="charter-skipped", detail=detail)


def open_by_mirror(data: bytes, node: str, trusted: Charter) -> Cosignature:
    """Verify a note by the mirror keys that a charter names for a node, then or now.

    Raises MalformedNoteError, UnknownKeyError (no such node, or not signed by it),
    ExpiredKeyError (with an earlier key, after its end) or SignatureError.
    """
    seen = cosignatures_of(open_note(data, trusted.node(node).mirrors))[0]
    check_counts(seen, trusted)
    return seen


def check_counts(seen: Cosignature, trusted: Charter) -> None:
    """Raise ExpiredKeyError where a mirror's key had been laid down before it signed."""
    if not trusted.counts(seen.key, seen.time):
        moment = utc_text(seen.time)
        raise ExpiredKeyError(
            en=f"the mirror key that signed was laid down before {moment}",
            zh=f"签名所用的存证密钥在 {moment} 之前已停用",
        )


def _open_by_roots(note: bytes, charter: Charter) -> OpenedNote:
    try:
        return open_note(note, charter.root_keys)
    except UnknownKeyError:
        raise CharterError(code="charter-threshold", detail=f"0 of {charter.threshold}") from None


def _check_threshold(opened: OpenedNote, charter: Charter) -> None:
    if len(opened.keys) < charter.threshold:
        detail = f"{len(opened.keys)} of {charter.threshold}"
        raise CharterError(code="charter-threshold", detail=detail)


def _parse(text: str, note: bytes) -> Charter:
    header, _, rest = text.partition("\n")
    if header != HEADER or not rest.endswith("\n"):
        raise _malformed(detail=f"it does not start with {HEADER}")
    data = rest[:-1].encode()
    try:
        parse_object(data)
        return _build(msgspec.json.decode(data, type=_CharterFields), text, note)
    except RecordError as error:
        raise _malformed(detail=f"{error} at {error.pointer}") from None
    except (MalformedError, msgspec.ValidationError, ValueError) as error:
        raise _malformed(detail=str(error)) from None


def _build(fields: _CharterFields, text: str, note: bytes) -> Charter:
    """Make the charter of its fields and check what concerns several of them."""
    charter = Charter(
        version=fields.version,
        region_code=fields.region.code,
        region_name=fields.region.name,
        expires_on=fields.expires_on,
        grace_days=fields.grace_days,
        root_keys=tuple(_key(vkey, _ROOT_TYPES) for vkey in fields.roots.keys),
        threshold=fields.roots.threshold,
        parties=tuple(_party(party) for party in fields.parties),
        nodes=tuple(_node(node) for node in fields.nodes),
        quorum=fields.quorum,
        digest=sha256(text.encode()).digest(),
        text=text,
        note=note,
    )
    if charter.threshold > len(charter.root_keys) or charter.quorum > len(charter.nodes):
        raise _malformed(detail="threshold or quorum above the number of keys or nodes")
    homes = {node.name for node in charter.nodes}
    for party in charter.parties:
        if party.home not in homes:
            raise _malformed(detail=f"home of {party.code} is not a node: {party.home}")
    if fields.expires_on.year > _LAST_YEAR:
        raise _malformed(detail=f"expires_on is after the year {_LAST_YEAR}")
    _check_unique(charter)
    return charter


def _check_unique(charter: Charter) -> None:
    """Refuse names used twice, and public keys with two uses (forbidden by tlog-cosignature)."""
    keys = [*charter.root_keys, *charter.mirror_keys, *charter.witness_keys]
    keys += [window.key for party in charter.parties for window in party.keys]
    for values in (
        [key.public.hex() for key in keys],
        [party.code for party in charter.parties],
        [party.origin for party in charter.parties],
        [node.name for node in charter.nodes],
    ):
        twice = next((value for value in values if values.count(value) > 1), None)
        if twice is not None:
            raise CharterError(code="charter-duplicate", detail=twice)


def _party(fields: _PartyFields) -> Party:
    if fields.rank != "region" and _IS_DIVISION.fullmatch(fields.code) is None:
        raise _malformed(detail=f"{fields.code} of {fields.name} is not a division code")
    return Party(
        code=fields.code,
        name=fields.name,
        rank=fields.rank,
        origin=check_origin(fields.origin),
        keys=tuple(_window(key, fields.origin) for key in fields.keys),
        territory=tuple(fields.territory),
        competences=tuple(fields.competences),
        home=fields.home,
    )


def check_origin(origin: str) -> str:
    """Return a log's name, or raise CharterError.

    A name is ``<host>/<one lowercase segment>``; the segment is never ``tile`` or ``checkpoint``.
    """
    if _ORIGIN.fullmatch(origin) is None or origin.partition("/")[2] in _RESERVED_SEGMENTS:
        raise _malformed(detail=f"not an origin: {origin!r}")
    return origin


def _window(fields: _KeyFields, origin: str) -> KeyWindow:
    key = _key(fields.vkey, LOG_TYPES)
    until = None if fields.until is None else _moment(fields.until)
    revoked = None if fields.revoked is None else _moment(fields.revoked)
    if key.name != origin:
        raise _malformed(detail=f"the key {key.name} is not named like its log {origin}")
    return _ordered(KeyWindow(key, _moment(fields.start), until, revoked))


def _ordered(window: KeyWindow) -> KeyWindow:
    if window.until is not None and window.until <= window.start:
        raise _malformed(detail=f"the window of {window.key} ends before it starts")
    return window


def _node(fields: _NodeFields) -> Node:
    mirror = _key(fields.mirror, TEXT_COSIGNER_TYPES)
    witness = _key(fields.witness, COSIGNER_TYPES)
    if (mirror.name, witness.name) != (f"{fields.name}/mirror", f"{fields.name}/witness"):
        raise _malformed(detail=f"the keys of node {fields.name} are not its /mirror and /witness")
    earlier = tuple(_earlier(one, {mirror.name, witness.name}) for one in fields.earlier)
    return Node(fields.name, fields.url, mirror, witness, earlier)


def _earlier(fields: _EarlierFields, names: set[str]) -> KeyWindow:
    key = _key(fields.vkey, COSIGNER_TYPES)
    if key.name not in names:
        raise _malformed(detail=f"the earlier key {key.name} is not of this node's {sorted(names)}")
    return _ordered(KeyWindow(key, _moment(fields.start), _moment(fields.until)))


def _key(vkey: str, types: frozenset[int]) -> VerifierKey:
    key = parse_vkey(vkey)
    if key.type_byte not in types:
        wanted = " or ".join(algorithm(one).name for one in sorted(types))
        raise _malformed(detail=f"{vkey[:200]}: the algorithm must be {wanted}")
    return key


def _moment(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def _malformed(*, detail: str) -> CharterError:
    return CharterError(code="charter-malformed", detail=detail)
