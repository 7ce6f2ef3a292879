"""The charter: whose keys count in a region, for what, and who runs the nodes.

A C2SP signed note whose text is ``registry-charter@v1``, then one line of canonical JSON (RFC
8785). It is signed by the region's root keys and stands on its own: at least ``threshold`` of the
roots it names must have signed it. A later version must be signed by the threshold of the roots of
the version before, too, so trust in one version carries to the next. Whether it is still in date is
asked with `Charter.check_current`: this package has no clock.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from signing.algorithms import COSIGNER_TYPES, ED25519, LOG_TYPES, TEXT_COSIGNER_TYPES, algorithm
from signing.checkpoint import SignedCheckpoint, checkpoint_of, peek_checkpoint
from signing.encoding import utc_text
from signing.errors import (
    CharterError,
    ExpiredKeyError,
    MalformedError,
    RecordError,
    UnknownKeyError,
)
from signing.keys import Signer, VerifierKey, parse_vkey
from signing.note import OpenedNote, open_note, parse_note, sign_note
from signing.record import encode_canonical, parse_object

HEADER: Final = "registry-charter@v1"

_ORIGIN: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?/[a-z0-9][a-z0-9-]*")
_RESERVED_SEGMENTS: Final = frozenset({"tile", "checkpoint"})
_ROOT_TYPES: Final = frozenset({ED25519})
_IS_DIVISION: Final = re.compile(r"[1-9][0-9]{5}")

# What one field can say about itself is declared here; what concerns several is in `_build`.
_Text = Annotated[str, Meta(pattern=r"\S")]
_Division = Annotated[str, Meta(pattern=r"^[1-9][0-9]{5}\Z")]
_Moment = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z\Z")]
_Count = Annotated[int, Meta(ge=1)]


class _KeyFields(Struct, forbid_unknown_fields=True, rename={"start": "from"}):
    vkey: str
    start: _Moment
    until: _Moment | None = None


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


class _RegionFields(Struct, forbid_unknown_fields=True):
    code: _Text
    name: _Text


class _RootFields(Struct, forbid_unknown_fields=True):
    keys: list[str]
    threshold: _Count


class _CharterFields(Struct, forbid_unknown_fields=True):
    version: _Count
    region: _RegionFields
    expires_on: date
    grace_days: Annotated[int, Meta(ge=0, le=3650)]
    roots: _RootFields
    parties: list[_PartyFields]
    nodes: list[_NodeFields]
    quorum: _Count


@dataclass(frozen=True, slots=True)
class KeyWindow:
    """A log key and when it may sign: [start, until) in POSIX seconds, `until` None = no end."""

    key: VerifierKey
    start: int
    until: int | None

    def covers(self, at: int) -> bool:
        """Tell whether the moment lies in the window."""
        return self.start <= at and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class Party:
    """A signing party: a member city or county, or the region office."""

    code: str
    """GB/T 2260 division code; the region office has a code of its own."""
    name: str
    rank: str
    """city, county or region."""
    origin: str
    keys: tuple[KeyWindow, ...]
    territory: tuple[str, ...]
    """Division codes in which its adoptions are in force."""
    competences: tuple[str, ...]
    home: str
    """Name of the node that admits its batches."""


@dataclass(frozen=True, slots=True)
class Node:
    """A node of the region with its two cosigner keys, which keep separate state.

    The mirror signs vouchers, too, so its algorithm must sign any text; ML-DSA-44 does not.
    """

    name: str
    url: str
    mirror: VerifierKey
    witness: VerifierKey


@dataclass(frozen=True, slots=True)
class Charter:
    """A verified charter. `digest` is the SHA-256 of the note text, `note` the signed bytes."""

    version: int
    region_code: str
    region_name: str
    expires_on: date
    grace_days: int
    root_keys: tuple[VerifierKey, ...]
    threshold: int
    parties: tuple[Party, ...]
    nodes: tuple[Node, ...]
    quorum: int
    digest: bytes
    text: str
    note: bytes

    def party(self, origin: str) -> Party:
        """Return the party whose log has this origin, or raise UnknownKeyError."""
        for party in self.parties:
            if party.origin == origin:
                return party
        raise UnknownKeyError(en=f"no party signs the log {origin}", zh=f"章程中没有日志 {origin}")

    def party_by_code(self, code: str) -> Party:
        """Return the party with this code, or raise UnknownKeyError."""
        for party in self.parties:
            if party.code == code:
                return party
        raise UnknownKeyError(
            en=f"no party has the code {code}", zh=f"章程中没有代码为 {code} 的成员"
        )

    def node(self, name: str) -> Node:
        """Return the node of this name, or raise UnknownKeyError."""
        for node in self.nodes:
            if node.name == name:
                return node
        raise UnknownKeyError(en=f"no node is called {name}", zh=f"章程中没有名为 {name} 的节点")

    def log_keys(self, origin: str, at: int) -> tuple[VerifierKey, ...]:
        """Return the keys of a log that are valid at a POSIX second.

        Raises UnknownKeyError when no party has the log, ExpiredKeyError when no key is valid then.
        """
        party = self.party(origin)
        valid = tuple(window.key for window in party.keys if window.covers(at))
        if not valid:
            raise ExpiredKeyError(
                en=f"no key of {origin} is valid at {utc_text(at)}",
                zh=f"{origin} 在 {utc_text(at)} 没有有效密钥",
            )
        return valid

    @property
    def mirror_keys(self) -> tuple[VerifierKey, ...]:
        """The mirror keys of all nodes."""
        return tuple(node.mirror for node in self.nodes)

    @property
    def witness_keys(self) -> tuple[VerifierKey, ...]:
        """The witness keys of all nodes."""
        return tuple(node.witness for node in self.nodes)

    def competent(self, code: str, competence: str) -> None:
        """Raise CharterError `not-competent` unless the party with this code has the competence."""
        if competence not in self.party_by_code(code).competences:
            raise CharterError(code="not-competent", detail=f"{code} {competence}")

    def check_current(self, today: date) -> None:
        """Raise CharterError `charter-expired` after `expires_on` and the days of grace."""
        if today > self.expires_on + timedelta(days=self.grace_days):
            raise CharterError(code="charter-expired", detail=self.expires_on.isoformat())


def encode_charter(fields: Mapping[str, object]) -> str:
    """Return the note text of a charter, checked in full; raise CharterError."""
    try:
        text = f"{HEADER}\n{encode_canonical(fields).decode()}\n"
    except RecordError as error:
        raise CharterError(code="charter-malformed", detail=f"{error} at {error.pointer}") from None
    _parse(text, b"")
    return text


def sign_charter(text: str, root_keys: Iterable[Signer]) -> bytes:
    """Sign the text with each root key and return the verified note; raise CharterError."""
    note = sign_note(text, tuple(root_keys))
    open_charter(note)
    return note


def open_charter(note: bytes, previous: Charter | None = None) -> Charter:
    """Verify a charter by its own roots and, if given, by those of the version before.

    Without `previous` the charter vouches for itself only: compare its digest with one that you
    trust. Raises CharterError, MalformedNoteError or SignatureError.
    """
    charter = _parse(parse_note(note).text, note)
    opened = _open_by_roots(note, charter)
    _check_threshold(opened, charter)
    if previous is not None:
        if charter.version <= previous.version or charter.region_code != previous.region_code:
            detail = f"{charter.region_code} {charter.version} after {previous.version}"
            raise CharterError(code="charter-version", detail=detail)
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
    """Raise ExpiredKeyError unless an Ed25519 key that signed is the log's at a POSIX second."""
    valid = charter.log_keys(signed.checkpoint.origin, at)
    if not any(key in valid for key in signed.basic):
        moment = utc_text(at)
        raise ExpiredKeyError(
            en=f"the key that signed is not valid at {moment}", zh=f"签名密钥在 {moment} 无效"
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
    start = _moment(fields.start)
    until = None if fields.until is None else _moment(fields.until)
    if key.name != origin:
        raise _malformed(detail=f"the key {key.name} is not named like its log {origin}")
    if until is not None and until <= start:
        raise _malformed(detail=f"the window of {key} ends before it starts")
    return KeyWindow(key, start, until)


def _node(fields: _NodeFields) -> Node:
    mirror = _key(fields.mirror, TEXT_COSIGNER_TYPES)
    witness = _key(fields.witness, COSIGNER_TYPES)
    if (mirror.name, witness.name) != (f"{fields.name}/mirror", f"{fields.name}/witness"):
        raise _malformed(detail=f"the keys of node {fields.name} are not its /mirror and /witness")
    return Node(fields.name, fields.url, mirror, witness)


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
