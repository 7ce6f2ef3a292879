"""What the records of all logs together say about subjects, compared with the rows kept of it.

Digests of rows are held, not rows: one set entry for each name, link and naming ever stated.
"""

from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Final

from registry.ingest.prepare import Preparer
from registry.ledger.audit_report import AuditReport
from registry.store.admission import (
    AttachmentRow,
    NameRow,
    RecordRow,
    RelationRow,
    SpokenRow,
    SubjectRow,
    WordsRow,
)
from registry.store.audit import AuditStore

STATED: Final = ("same", "stated-together")
"""Judgement and reason of a link that a record itself states; others are judged by hand."""


def _digest(row: Iterable[object]) -> bytes:
    return sha256(repr(tuple(row)).encode()).digest()[:16]


class Derived:
    """Rows about subjects and attachments that follow from the bodies of all logs."""

    def __init__(self, place_of: Callable[[int, int], str]) -> None:
        """Take how a place (log id, position) is named."""
        self._place_of = place_of
        self._subjects: dict[bytes, tuple[int, bytes]] = {}
        self._names: set[bytes] = set()
        self._earliest: dict[tuple[bytes, str, bool], NameRow] = {}
        self._links: set[bytes] = set()
        self._pairs: dict[tuple[bytes, bytes], tuple[int, int]] = {}
        self._references: set[AttachmentRow] = set()
        self._relations: set[RelationRow] = set()
        self._spoken: dict[bytes, tuple[int, int]] = {}
        self._gone: set[tuple[int, int]] = set()
        self._subjects_gone: set[bytes] = set()

    def add(self, seq: int, log_id: int, preparer: Preparer) -> None:
        """Take what one batch, commit number ``seq``, states."""
        for subject, row in preparer.subjects.items():
            first = (seq, _digest(row))  # whoever comes first states kind and codes
            self._subjects[subject] = min(first, self._subjects.get(subject, first))
        for key, name in preparer.names.items():
            self._names.add(_digest(name))
            known = self._earliest.get(key)
            if known is None or name[2] < known[2]:
                self._earliest[key] = name
        for pair, idx in preparer.links.items():
            self._links.add(_digest((*pair, *STATED, log_id, idx)))
            self._pairs[pair] = (log_id, idx)
        self._references.update(preparer.attachments.values())
        self._relations |= preparer.relations
        for spoken in preparer.spoken.index:
            self._spoken[_digest(spoken)] = spoken[1:3]
        for words in preparer.spoken.words:
            self._spoken[_digest(words)] = words[1:3]

    def forget(self, log_id: int, idx: int, rows: Iterable[RecordRow]) -> None:
        """Take note that a body is gone: what it stated cannot be derived, and may stand."""
        self._gone.add((log_id, idx))
        self._subjects_gone.update(row[0] for row in rows)

    async def compare(self, store: AuditStore, report: AuditReport) -> None:
        """Name each row that is missing, differs, or follows from nothing."""
        await self._compare_relations(store, report)
        await self._compare_standards(store, report)
        async for subject in store.subjects():
            self._subject(report, subject)
        for missing in self._subjects:
            report.differ(f"subject {missing.hex()}", "the subject is missing")
        async for name in store.names():
            self._name(report, name)
        for name in self._earliest.values():
            report.differ(self._place_of(*name[4:]), f"the name {name[1]} is missing")
        async for link in store.links():
            self._link(report, *link)
        for place in self._pairs.values():
            report.differ(self._place_of(*place), "the link of two codes is missing")
        async for reference in store.references():
            self._reference(report, reference)
        for reference in self._references:
            report.differ(self._place_of(*reference[:2]), "the naming of an attachment is missing")

    async def _compare_standards(self, store: AuditStore, report: AuditReport) -> None:
        async for one in store.spoken():
            report.count("places that speak of standards")
            self._speaking(report, one)
        async for two in store.words():
            self._speaking(report, two)
        for place in self._spoken.values():
            report.differ(self._place_of(*place), "a standard it speaks of is missing in the index")

    def _speaking(self, report: AuditReport, row: SpokenRow | WordsRow) -> None:
        derived = self._spoken.pop(_digest(row), None)
        if derived is None and row[1:3] not in self._gone:
            report.differ(self._place_of(*row[1:3]), f"its body does not speak of {row[0]} so")

    async def _compare_relations(self, store: AuditStore, report: AuditReport) -> None:
        async for relation in store.relations():
            self._relation(report, relation)
        for missing in self._relations:
            report.differ(self._place_of(*missing[1:3]), "an end of the relation is missing")

    def _subject(self, report: AuditReport, row: SubjectRow) -> None:
        report.count("subjects")
        first = self._subjects.pop(row[0], None)
        if row[0] in self._subjects_gone:
            return
        place = f"subject {row[0].hex()}"
        if first is None:
            report.differ(place, "no record is about this subject")
        elif first[1] != _digest(row):
            report.differ(place, "its row is not as the first record about it says")

    def _name(self, report: AuditReport, row: NameRow) -> None:
        report.count("names")
        if _digest(row) not in self._names and row[4:] not in self._gone:
            report.differ(self._place_of(*row[4:]), f"no record there states the name {row[1]}")
        key = (row[0], row[1], row[3])
        derived = self._earliest.get(key)
        if derived is not None and row[2] <= derived[2]:
            del self._earliest[key]

    def _link(self, report: AuditReport, one: bytes, other: bytes, *rest: object) -> None:
        judgement, reason, log_id, idx = rest
        if reason != STATED[1] and log_id is None and idx is None:
            report.count("links judged by hand")
            return
        self._pairs.pop((one, other), None)
        report.count("links")
        derived = _digest((one, other, judgement, reason, log_id, idx)) in self._links
        if not derived and (log_id, idx) not in self._gone:
            report.differ(f"subject {one.hex()}", f"no record states its link to {other.hex()}")

    def _relation(self, report: AuditReport, row: RelationRow) -> None:
        """Compare one end; before the subjects, of which some are known by nothing else."""
        report.count("ends of relations")
        if row in self._relations:
            self._relations.discard(row)
        elif row[1:3] in self._gone:
            self._subjects_gone.add(row[0])
        else:
            place = self._place_of(*row[1:3])
            report.differ(place, f"no relation there names subject {row[0].hex()}")

    def _reference(self, report: AuditReport, row: AttachmentRow) -> None:
        report.count("attachments named")
        if row in self._references:
            self._references.discard(row)
        elif row[:2] not in self._gone:
            report.differ(
                self._place_of(*row[:2]), f"no record there names attachment {row[2].hex()}"
            )
