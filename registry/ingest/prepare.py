"""Turns checked record lines into the rows that admission stores. No I/O."""

from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date

import msgspec
from msgspec import UNSET

from registry.domain.records import (
    TYPE_OF,
    Act,
    AnyRecord,
    ListEntry,
    Registration,
    Relation,
    Restricted,
    Rulebook,
    reference_of,
)
from registry.domain.records.base import Attachment
from registry.domain.records.market import ClueTransfer
from registry.domain.records.standards import ConformityResult, StandardCase, StandardComparison
from registry.domain.subjects import Identity, identity, subject_id
from registry.ingest.checks import Checked, check_lines
from registry.ingest.reasons import Finding, finding
from registry.standards.spoken import Spoken
from registry.store.admission import (
    AttachmentRow,
    NameRow,
    RecordRow,
    RelationRow,
    SpokenRow,
    SubjectRow,
    WordsRow,
)
from registry.store.logs import log_id_of

FINDINGS = 10
"""Findings kept for each quarantined record; a publisher sees all of them when checking."""
_PLAIN = frozenset({"penalty", "permit", "list_entry", "standard"})
"""Types of which nothing but the record itself, and the standards it speaks of, is noted."""


_WITH_EVIDENCE = (ClueTransfer, StandardComparison, ConformityResult, StandardCase)
"""Types that name evidence in *main*. Only that of a published comparison is for everybody."""


@dataclass(frozen=True, slots=True)
class PendingAct:
    """An act whose target must be looked up before its row can be stored."""

    idx: int
    subject_id: bytes
    record: Act
    flags: tuple[str, ...]


@dataclass(slots=True)
class Prepared:
    """The rows of one chunk of a batch; of subjects and names those new to the batch."""

    records: list[RecordRow] = field(default_factory=list)
    subjects: list[SubjectRow] = field(default_factory=list)
    names: list[NameRow] = field(default_factory=list)
    spoken: list[SpokenRow] = field(default_factory=list)
    words: list[WordsRow] = field(default_factory=list)
    acts: list[PendingAct] = field(default_factory=list)
    quarantined: list[tuple[int, tuple[Finding, ...]]] = field(default_factory=list)


class Preparer:
    """Checks the lines of one batch in order; keeps what must be known across its chunks."""

    def __init__(self, origin: str, log_id: int, start: int) -> None:
        """Start before entry number ``start`` of the log."""
        self.origin = origin
        self._log_id = log_id
        self._next = start
        self._salts: set[str] = set()
        self._ids: set[str] = set()
        self.subjects: dict[bytes, SubjectRow] = {}
        self.names: dict[tuple[bytes, str, bool], NameRow] = {}
        self.links: dict[tuple[bytes, bytes], int] = {}
        self.attachments: dict[tuple[int, bytes], AttachmentRow] = {}
        self.relations: set[RelationRow] = set()
        self.spoken = Spoken()
        self.warnings: Counter[str] = Counter()

    def check(self, lines: Sequence[bytes]) -> list[Checked]:
        """Check the next lines; the first half of the work, which needs no look into the log."""
        return check_lines(lines, self._salts)

    def rows(
        self,
        checked: Iterable[Checked],
        known_ids: AbstractSet[str],
        before: Prepared | None = None,
    ) -> Prepared:
        """Return the rows of checked lines, after those that came ``before``.

        ``known_ids`` are ids the log already bears.
        """
        prepared = before or Prepared()
        for result in checked:
            self._line(result, known_ids, prepared)
            self._next += 1
        return prepared

    def skip(self) -> None:
        """Pass over a position whose body is gone."""
        self._next += 1

    def _line(self, checked: Checked, known_ids: AbstractSet[str], prepared: Prepared) -> None:
        record = checked.record
        if record is None or (checked.findings and not checked.ok):
            prepared.quarantined.append((self._next, checked.findings))
        elif record.id in known_ids or record.id in self._ids:
            again = finding("duplicate-id", "/id", value=record.id)
            prepared.quarantined.append((self._next, (again,)))
        else:
            self._ids.add(record.id)
            self._record(record, checked, prepared)

    def _record(self, record: AnyRecord, checked: Checked, prepared: Prepared) -> None:
        flags: tuple[str, ...] = ()
        if checked.findings:
            flags = tuple(found.code for found in checked.findings)
            for flag in flags:
                self.warnings[flag] += 1
        who = identity(record.subject, self.origin, record.id, checked.restricted)
        if who.also or who.subject_id not in self.subjects:
            self._subject(who, record.subject.kind, prepared)
        self._name((who.subject_id, record.subject.name, False), record.decided_on, prepared)
        kind = TYPE_OF[type(record)]
        self.spoken.add(record, (self._log_id, self._next), who.subject_id)
        if kind not in _PLAIN and isinstance(record, Act):
            prepared.acts.append(PendingAct(self._next, who.subject_id, record, flags))
            return
        refers: tuple[int | None, str | None] = (None, None)
        if kind not in _PLAIN or checked.restricted is not None:
            self._particulars(who.subject_id, record, checked.restricted, prepared)
            refers = _reference(record)
        prepared.records.append(
            (
                who.subject_id,
                self._log_id,
                self._next,
                kind,
                record.id,
                record.decided_on,
                record.list if isinstance(record, ListEntry) else "",
                *refers,
                True,
                flags,
            )
        )

    def _particulars(
        self,
        subject: bytes,
        record: AnyRecord,
        restricted: Restricted | None,
        prepared: Prepared,
    ) -> None:
        """Note former names, attachments, and the other ends of a relation."""
        if isinstance(record, Rulebook):
            self._attach(record.attachments, "main", restricted=False)
        if isinstance(record, _WITH_EVIDENCE) and record.evidence is not UNSET:
            closed = not isinstance(record, StandardComparison) or record.publication != "public"
            self._attach(record.evidence, "main", restricted=closed)
        if restricted is not None and restricted.evidence is not UNSET:
            self._attach(restricted.evidence, "restricted", restricted=True)
        for name, until in former_names(record):
            self._name((subject, name, True), until, prepared)
        if isinstance(record, Relation):
            self._relate(subject, record, prepared)

    def _relate(self, about: bytes, record: Relation, prepared: Prepared) -> None:
        """Note under which subjects the relation is to be found besides the one it is about."""
        for number, end in enumerate(record.others):
            who = identity(end.subject, self.origin, f"{record.id}/{number}")
            if who.scheme != "record":  # without a code it is nobody who could be asked about
                self._subject(who, end.subject.kind, prepared)
                self.relations.add((who.subject_id, self._log_id, self._next, about))

    def _subject(self, who: Identity, kind: str, prepared: Prepared) -> None:
        for scheme, identifier in who.also:
            pair = (who.subject_id, subject_id(scheme, identifier))
            self.links.setdefault(pair, self._next)
        if who.subject_id not in self.subjects:
            shown = "" if who.scheme == "person" else who.identifier
            row = (who.subject_id, who.scheme, shown, kind, who.orgcode)
            self.subjects[who.subject_id] = row
            prepared.subjects.append(row)

    def _attach(self, attachments: Iterable[Attachment], part: str, *, restricted: bool) -> None:
        """Note who may have the bytes, and which part names them: with it they are erased."""
        for one in attachments:
            key = (self._next, bytes.fromhex(one.sha256))
            known = self.attachments.get(key)
            named_in = part if known is None or known[-1] == part else "both"
            self.attachments[key] = (
                *(self._log_id, *key, one.size, one.media_type),
                restricted,
                named_in,
            )

    def _name(self, key: tuple[bytes, str, bool], on: date, prepared: Prepared) -> None:
        known = self.names.get(key)
        if known is None or on < known[2]:
            row = (key[0], key[1], on, key[2], self._log_id, self._next)
            self.names[key] = row
            prepared.names.append(row)


def _reference(record: AnyRecord) -> tuple[int | None, str | None]:
    """Return (log, id) of the record that this one answers or speaks of, if it is such a type."""
    target = reference_of(record)
    return (None, None) if target is None else (log_id_of(target.origin), target.id)


def former_names(record: AnyRecord) -> tuple[tuple[str, date], ...]:
    """Return the former names a record states, each with the last day it was borne, or known."""
    if not isinstance(record, Registration) or record.former_names is UNSET:
        return ()
    on = record.decided_on
    return tuple(
        (former.name, on if former.until is UNSET else former.until)
        for former in record.former_names
    )


def findings_json(findings: Sequence[Finding]) -> str:
    """Return the first findings as the JSON text that the quarantine table and answers carry."""
    return msgspec.json.encode(findings[:FINDINGS]).decode()
