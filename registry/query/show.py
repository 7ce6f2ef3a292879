"""What one viewer may see on one date, and how a record is put before him.

A record is shown only if it may be shown both on the date asked for and today: nobody gets back
what has been repaired by asking about an earlier day (Order 36 art. 3).
"""

from collections.abc import Container, Iterable
from datetime import date
from hashlib import sha256

import msgspec
from msgspec import UNSET

from registry.domain.disclosure import RecordState, Role, State, ends_with_publicity, may_show
from registry.domain.life import Mark, marks_on
from registry.domain.organs import decided_elsewhere
from registry.domain.periods import next_day
from registry.domain.records import Act, AnyRecord, ListEntry, Target, reference_of
from registry.domain.records.standards import RecognitionChange
from registry.domain.records.uses import MeasureUse
from registry.domain.showing import TOO_LONG, confirmed_end, shown_as
from registry.errors import UnavailableRefusal
from registry.query.views import RecordView, Viewer
from registry.store.reading_files import Loaded, Stated
from signing.charter import Charter, Party

_OF_MEMBERS = frozenset({Role.CLERK, Role.REVIEWER, Role.PUBLISHER})
_OF_ONE_SUBJECT = frozenset({Role.BUSINESS, Role.THIRD_PARTY})
_NO_PERSONS = frozenset({Role.PUBLIC, Role.OPERATOR, Role.CONSUMER})
_ORGANS = frozenset({Role.REGULATOR, Role.PROCURER, Role.REGION})
"""Roles that read what organs share: of what has ended they learn nothing (Order 36 art. 3)."""
_ALL_THERE_IS = _OF_MEMBERS | {Role.AUDITOR, Role.BUSINESS}
"""Roles that see what has become of a record, and acts without effect: nothing is told by these."""
PERSONS_WITHHELD = "persons-withheld"
ORGAN_ELSEWHERE = "organ-elsewhere"
TERM_UNCONFIRMED = "publicity-term-unconfirmed"
_DIGEST = sha256().digest_size


def intact(records: Iterable[Stated]) -> None:
    """Make sure that bodies are what was logged: nobody may be shown or judged by anything else.

    Raises:
        UnavailableRefusal: one is not; its place is named, for the operator.
    """
    for one in records:
        if sha256(one.main).digest() != one.entry[:_DIGEST]:
            place = f"{one.origin}/{one.row.idx}"
            raise UnavailableRefusal(
                f"本节点所存的 {place} 与日志不符，暂不提供；请联系运营者核对。",
                f"what this node stores at {place} is not what was logged; its operator must look.",
                code="body-differs",
            )


class Sight:
    """The eyes of one viewer on one date; what he may not see he cannot learn to exist."""

    def __init__(self, viewer: Viewer, on: date, today: date) -> None:
        """Take who asks, the date asked about, and today."""
        self._viewer = viewer
        self._on = on
        self._today = today
        self._days = (on,) if on == today else (on, today)

    def role_towards(self, one: Stated) -> Role:
        """Return the role a viewer has towards a record: outside his limits, the public's."""
        viewer = self._viewer
        own_member = viewer.role not in _OF_MEMBERS or viewer.member == one.member
        own_subject = viewer.role not in _OF_ONE_SUBJECT or viewer.own(one.row.subject_id.hex())
        allowed = viewer.role is not Role.THIRD_PARTY or viewer.authorised(one.row.type)
        return viewer.role if own_member and own_subject and allowed else Role.PUBLIC

    def sees(self, one: Stated) -> bool:
        """Tell whether the record may be shown, on the date asked for and today alike."""
        if one.record.decided_on > self._on:
            return False
        role = self.role_towards(one)
        return all(may_show(role, _on(one, day), day) for day in self._days)

    def shown_until(self, one: Stated) -> date | None:
        """Return the first day on which publicity is over for this viewer; None = it never is."""
        if not ends_with_publicity(self.role_towards(one)):
            return None
        last = _on(one, self._on).publicity_until
        return None if last is None else next_day(last)

    def marks(self, one: Stated) -> tuple[Mark, ...]:
        """Return what must stand beside the record on the date asked for."""
        return marks_on(one, self._on)

    def state(self, one: Stated) -> State:
        """Return what has become of the record on the date asked for."""
        return one.state_on(self._on)

    def exists(self, loaded: Loaded, asked: bytes) -> bool:
        """Tell whether a subject exists for this viewer: something about it may be shown.

        A subject known by a person's document does not exist for whoever may not see persons: its
        id is a digest of a number that can be tried out.
        """
        person = any(
            row.scheme == "person" and row.subject_id in {asked, loaded.root.subject_id}
            for row in loaded.subjects
        )
        records = [
            one for one in loaded.records if not (person and self.role_towards(one) in _NO_PERSONS)
        ]
        if self._viewer.role in _ORGANS:
            return bool(self.seen(records) or self.now().seen(records))
        now = self.now()
        alone = (one for one in records if not self._bound(one))
        return any(self.sees(one) or now.sees(one) for one in alone)

    def now(self) -> "Sight":
        """Return what the same viewer sees today."""
        return Sight(self._viewer, self._today, self._today)

    def seen(self, records: Iterable[Stated]) -> tuple[Stated, ...]:
        """Return what may be shown of these, in their order.

        What tells of another record tells organs nothing of one they may not see: an act or a
        message goes with what it names, which must be among these. So do open acts for everybody.
        """
        shown = [one for one in records if self.sees(one)]
        while self._viewer.role in _ORGANS or any(map(self._bound, shown)):
            entries = {one.entry.hex() for one in shown}
            kept = [one for one in shown if self.tells(one, entries)]
            if len(kept) == len(shown):
                break
            shown = kept
        return tuple(shown)

    def tells(self, one: Stated, shown: Container[str]) -> bool:
        """Tell whether a record may be shown beside those of these entries (in hex)."""
        if not self._bound(one):
            return True
        return all(target.entry in shown for target in targets_of(one.record))

    def _bound(self, one: Stated) -> bool:
        """Tell whether a record is shown only with what it names: acts that are open, to all."""
        if isinstance(one.record, RecognitionChange):
            return self.role_towards(one) not in _ALL_THERE_IS
        return self._viewer.role in _ORGANS and self.role_towards(one) in _ORGANS

    def readable(self, one: Stated) -> AnyRecord:
        """Return the record without the natural persons it names, where they may not be shown."""
        record = one.record
        if self.role_towards(one) not in _NO_PERSONS or not isinstance(record, ListEntry):
            return record
        return msgspec.structs.replace(record, named_persons=UNSET)

    def view(self, one: Stated, charter: Charter, *marks: str) -> RecordView:
        """Put a record that may be shown into the form pages and API render.

        ``marks`` are flags that only the records beside it could tell.
        """
        record = self.readable(one)
        state = one.state_on(self._on)
        flags = [*one.row.flags]
        if state != "standing":
            flags.append(state)
        withheld = record is not one.record and record != one.record
        if withheld:
            flags.append(PERSONS_WITHHELD)
        if decided_elsewhere(record, territory_of(charter, one.member)):
            flags.append(ORGAN_ELSEWHERE)
        if TOO_LONG in flags and confirmed_end(record) is None:
            flags.append(TERM_UNCONFIRMED)
        flags += marks
        return RecordView(
            origin=one.origin,
            idx=one.row.idx,
            member=one.member,
            member_name=member_name(charter, one.member),
            record=record,
            entry=one.entry.hex(),
            flags=tuple(flags),
            main=b"" if withheld else one.main,
            marks=self.marks(one),
            subject_id=one.row.subject_id.hex(),
        )


def shown_text(view: RecordView) -> bytes:
    """Return the main part of a record that may be shown, as JSON: as signed, if all of it may."""
    if PERSONS_WITHHELD not in view.flags:
        return view.main
    main: dict[str, object] = msgspec.to_builtins(view.record)
    del main["salt"]  # with it, a guessed name could be tried against the entry
    return msgspec.json.encode(main)


def _on(one: Stated, day: date) -> RecordState:
    """Return what disclosure depends on, of a record on a day."""
    return shown_as(one.record, one.state_on(day), day, one.row.flags)


def territory_of(charter: Charter, code: str) -> tuple[str, ...]:
    """Return a party's territory; none for one that has left the charter."""
    return next((party.territory for party in charter.parties if party.code == code), ())


def targets_of(record: AnyRecord) -> tuple[Target, ...]:
    """Return the records that one acts on, answers or rests on."""
    if isinstance(record, Act):
        return (record.target,)
    if isinstance(record, MeasureUse):
        return record.causes
    named = reference_of(record)
    return () if named is None else (named,)


def member_name(charter: Charter, code: str) -> str:
    """Return a party's name; the code itself for one that has left the charter."""
    return next((party.name for party in charter.parties if party.code == code), code)


def members_of(charter: Charter) -> tuple[Party, ...]:
    """Return the member cities and counties; the region office signs, but has no territory."""
    return tuple(party for party in charter.parties if party.rank != "region")
