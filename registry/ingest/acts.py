"""Acts on other records: is the target there, is it the same, and may this authority act on it?

An act takes effect only from the same log and the same authority, or from a party that the charter
names as competent (competence ``acts-on:<origin>``). Otherwise it is stored and flagged, without
effect. Only the same log decides about effect; what another log holds can at most add a flag.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from msgspec import UNSET

from registry.domain.records import (
    TYPE_OF,
    Act,
    Amendment,
    AnyRecord,
    ErasureOrder,
    ListExit,
    ObjectionOutcome,
    Organ,
    Performance,
    decode_main,
)
from registry.domain.records.standards import RecognitionChange
from registry.domain.subjects import stated_codes, usable_uscc
from registry.ingest.prepare import PendingAct
from registry.store.admission import RecordRow, TargetRow
from registry.store.logs import log_id_of
from signing.charter import Party

NOT_COMPETENT = "not-competent"
UNKNOWN_TARGET = "unknown-target"
TARGET_DIFFERS = "target-differs"
REPLACEMENT_MISSING = "replacement-missing"
NOT_ERASABLE = "not-erasable"
_ACTS = frozenset(kind for record, kind in TYPE_OF.items() if issubclass(record, Act))


class Targets(Protocol):
    """Finds records by id; :class:`AdmissionWriter` does."""

    async def targets(self, log_id: int, ids: Sequence[str]) -> tuple[TargetRow, ...]:
        """Return the records of a log with these ids, with entry and body."""
        ...

    async def quarantined_entry(self, log_id: int, entry: bytes) -> int | None:
        """Return where a record with this entry is in quarantine, None where none is."""
        ...


def competence_on(origin: str) -> str:
    """Return the charter's competence that lets a party act on records of the log ``origin``."""
    return f"acts-on:{origin}"


async def resolve_acts(
    writer: Targets, acts: Sequence[PendingAct], origin: str, log_id: int, party: Party
) -> list[RecordRow]:
    """Return the rows of acts, each with the target it names and whether it may take effect.

    In the same log target, subject and authority are compared now: the log is the same on every
    node. Of another log only the charter's competence counts here; whether the target is there is
    seen when it is read, since nodes do not hold the same logs at the same time.
    """
    own = {act.record.target.id for act in acts if act.record.target.origin == origin}
    own |= {act.record.replacement.id for act in acts if isinstance(act.record, Amendment)}
    found: dict[str, list[TargetRow]] = {}
    for row in await writer.targets(log_id, sorted(own)):
        found.setdefault(row.record_id, []).append(row)
    rows = []
    for act in acts:
        competent, flags = _judge(act, found, origin, party)
        unknown = not {UNKNOWN_TARGET, TARGET_DIFFERS}.isdisjoint(flags)
        if unknown and await _orders_away_quarantined(writer, act, origin, log_id):
            competent, flags = True, ()
        rows.append(_row(act, log_id, competent, flags))
    return rows


async def _orders_away_quarantined(
    writer: Targets, act: PendingAct, origin: str, log_id: int
) -> bool:
    """Say whether an order is about a record in quarantine, of which nothing else can be compared.

    What has no effect may hold personal data all the same; the log itself, signed by its member,
    orders it away. Asked only where no admitted record is what the order names: of one that was
    merely published again its authority decides.
    """
    record = act.record
    if not isinstance(record, ErasureOrder) or record.target.origin != origin:
        return False
    idx = await writer.quarantined_entry(log_id, bytes.fromhex(record.target.entry))
    return idx is not None and idx < act.idx


def _judge(
    act: PendingAct, found: Mapping[str, Sequence[TargetRow]], origin: str, party: Party
) -> tuple[bool, tuple[str, ...]]:
    """Return whether the act may take effect, and what is to be flagged."""
    competent, flags = _on_target(act, found.get(act.record.target.id, ()), origin, party)
    if isinstance(act.record, Amendment) and not _replaced(act, act.record, found):
        return False, (*flags, REPLACEMENT_MISSING)
    return competent, flags


def _replaced(act: PendingAct, record: Amendment, found: Mapping[str, Sequence[TargetRow]]) -> bool:
    """Say whether the log already holds what is to stand in the place of the target.

    An amendment must not make a record vanish: that is what withdrawal is for.
    """
    return any(
        row.idx < act.idx
        and row.entry.hex() == record.replacement.entry != record.target.entry
        and (row.subject_id == act.subject_id or _nameless_too(row, record))
        for row in found.get(record.replacement.id, ())
    )


def _on_target(
    act: PendingAct, named: Sequence[TargetRow], origin: str, party: Party
) -> tuple[bool, tuple[str, ...]]:
    """Return whether the act may take effect on its target, and what is to be flagged."""
    target = act.record.target
    by_charter = competence_on(target.origin) in party.competences
    if target.origin != origin and isinstance(act.record, ErasureOrder):
        return False, (NOT_COMPETENT,)  # a body goes only by an order in its own log
    if target.origin != origin:
        return by_charter, () if by_charter else (NOT_COMPETENT,)
    named = [row for row in named if row.idx < act.idx]  # whatever batches the two came in
    if not named:
        return False, (UNKNOWN_TARGET,)
    row = next((row for row in named if row.entry.hex() == target.entry), None)
    if row is None:
        return False, (TARGET_DIFFERS,)
    flags: tuple[str, ...] = ()
    if not _same_subject_and_organ(act, row, by_charter=by_charter):
        flags = (NOT_COMPETENT,)
    elif row.kind not in _UPON.get(type(act.record), (row.kind,)):
        flags = (TARGET_DIFFERS,)
    elif isinstance(act.record, ErasureOrder) and not _erasable(row.kind, act.record.part):
        flags = (NOT_ERASABLE,)
    return not flags, flags


_UPON: Final[Mapping[type[AnyRecord], tuple[str, ...]]] = {
    ListExit: ("list_entry",),
    ObjectionOutcome: ("objection",),
    Performance: ("commitment",),
    RecognitionChange: ("standard_recognition", "result_acceptance"),
}
"""Acts that only records of some types can suffer."""


def _erasable(kind: str, part: str) -> bool:
    """Say whether a part of such a record may go by order.

    An act says in *main* what became of another record: without it a repair would be undone. An
    order stays whole, since it alone justifies what is missing.
    """
    if kind == TYPE_OF[ErasureOrder]:
        return False
    return kind not in _ACTS or part == "restricted"


def _row(act: PendingAct, log_id: int, competent: bool, flags: tuple[str, ...]) -> RecordRow:  # noqa: FBT001 - private
    record = act.record
    return (
        act.subject_id,
        log_id,
        act.idx,
        str(record.__struct_config__.tag),
        record.id,
        record.decided_on,
        record.list if isinstance(record, ListExit) else "",
        log_id_of(record.target.origin),
        record.target.id,
        competent,
        (*act.flags, *flags),
    )


def _same_subject_and_organ(act: PendingAct, target: TargetRow, *, by_charter: bool) -> bool:
    if target.main is None:  # of what is erased in part the rest may be ordered away
        return _goes_on(act, target)
    stated = decode_main(target.main)  # admitted before, so it decodes
    if target.subject_id != act.subject_id and not _both_nameless(stated, act.record):
        return False
    return by_charter or same_organ(stated.authority, act.record.authority)


def _goes_on(act: PendingAct, target: TargetRow) -> bool:
    """Say whether this is an order by the authority that ordered the main part away."""
    if not isinstance(act.record, ErasureOrder) or target.order is None:
        return False
    ordered = decode_main(target.order)  # admitted before, and never erased
    same = same_organ(ordered.authority, act.record.authority)
    return same and target.subject_id == act.subject_id


def _both_nameless(stated: AnyRecord, act: AnyRecord) -> bool:
    """Say whether neither states a code and both give the same name.

    Without a code each record has a subject of its own, so the ids of a record and of its repair
    differ; the target itself is named by its entry, the name only guards against a slip.
    """
    one, other = stated.subject, act.subject
    return (
        (one.kind, one.name) == (other.kind, other.name)
        and not stated_codes(one)
        and not stated_codes(other)
    )


def _nameless_too(row: TargetRow, act: AnyRecord) -> bool:
    return row.main is not None and _both_nameless(decode_main(row.main), act)


def same_organ(one: Organ, other: Organ) -> bool:
    """Say whether two organs are the same: by unified code where both state it, else by name."""
    if one.uscc is not UNSET and other.uscc is not UNSET:
        return usable_uscc(one.uscc) == usable_uscc(other.uscc)
    return one.name == other.name
