"""What stands in a report: read with somebody's eyes, chosen, put into the values of the format.

What has been repaired or withdrawn, or has run out, is not in it, not even for the subject, who may
still read it: a report is there to be passed on, and nobody uses such a record (Order 36 art. 3).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Final

from msgspec import UNSET
from msgspec.structs import replace

from registry.access.asker import PUBLIC
from registry.domain.disclosure import ENDED, class_of
from registry.domain.records import TYPE_OF, AnyRecord
from registry.domain.showing import publicity_of
from registry.errors import NotFoundRefusal
from registry.issued.voucher import Answer, answer_of, headline_of
from registry.query.reader import Reader
from registry.query.views import RecordView, SubjectFile, Viewer
from registry.reports.model import Wish
from registry.reports.sections import SECTIONS, section_of
from signing.report import Listed

NO_PROOF: Final = "0" * 64
"""Stands for the digest of a proof that has not been made."""


@dataclass(frozen=True, slots=True)
class Content:
    """The file read, the records chosen from it in their order, and measures where asked for.

    ``told`` None: none were asked for, or the public is shown nothing about the subject there.
    ``causes`` are the entries (hex) that the measures rest on.
    """

    file: SubjectFile
    listed: tuple[tuple[RecordView, Listed], ...]
    told: Answer | None
    causes: frozenset[str]

    def tells(self) -> tuple[tuple[object, ...], tuple[object, ...]]:
        """Return what a later reading must find again for a report to say the same."""
        measures = () if self.told is None else self.told.measures
        return tuple(one for _, one in self.listed), measures


async def read(reader: Reader, viewer: Viewer, wish: Wish, on: date) -> Content:
    """Read what a report has to say; ``viewer`` has what his credential is worth for its purpose.

    Measures are told as to the public: what they rest on must not tell of what is not in it.

    Raises:
        NotFoundRefusal: nothing about the subject may be shown to him, or it never existed.
        MalformedRefusal: the territory is none of a member (``unknown-territory``).
    """
    file = await reader.subject_file(viewer.subject, viewer, on)
    told, causes = None, frozenset[str]()
    if wish.territory:
        asked = (viewer.subject, (wish.territory,), wish.matter, "", on, PUBLIC.viewer)
        try:
            public, (decided,) = await reader.decided_file(*asked)
        except NotFoundRefusal:
            pass
        else:
            told = answer_of(public, decided)
            measures = decided.decision.measures
            causes = frozenset(ref.entry for one in measures for ref in one.causes)
    listed = sorted(_listed(file, viewer, wish), key=lambda both: _order(both[1]))
    return Content(file, tuple(listed), told, causes)


def _order(one: Listed) -> tuple[int, int, str, int]:
    """Order by section, the latest decision first."""
    return SECTIONS.index(one.section), -one.decided_on.toordinal(), one.origin, one.idx


def _listed(file: SubjectFile, viewer: Viewer, wish: Wish) -> Iterator[tuple[RecordView, Listed]]:
    for view in file.records:
        record = view.record
        section = section_of(record)
        if section not in wish.sections or not ENDED.isdisjoint(view.flags):
            continue
        if viewer.party and not viewer.authorised(TYPE_OF[type(record)]):
            continue
        if not (wish.since or date.min) <= record.decided_on <= (wish.until or date.max):
            continue
        published = publicity_of(record, file.on)
        last = None if published is None else published.last
        if last is None or last >= file.on:
            yield view, _line(view, section, last)


def _line(view: RecordView, section: str, last: date | None) -> Listed:
    record = view.record
    severity = class_of(record) or ""
    organ = record.severity.organ if severity else UNSET
    public = record.publication == "public"
    began = record.decided_on if record.published_on is UNSET else record.published_on
    return Listed(
        section=section,
        origin=view.origin,
        idx=view.idx,
        entry=view.entry,
        proof=NO_PROOF,
        type=TYPE_OF[type(record)],
        headline=headline_of(record),
        decision_no=_decision_no(record),
        member=view.member_name,
        authority=record.authority.name,
        decided_on=record.decided_on,
        severity=severity,
        classed_by="" if organ is UNSET else organ,
        publication=record.publication,
        published_from=began if public and severity else None,
        published_until=last if public else None,
        marks=view.marks,
    )


def _decision_no(record: AnyRecord) -> str:
    """Return the number of the decision where the part that may be shown has one."""
    number = getattr(record, "decision_no", "")
    return number if isinstance(number, str) else ""


def with_proof(one: Listed, proof: bytes) -> Listed:
    """Return a record of a report that names its proof by digest."""
    return replace(one, proof=sha256(proof).hexdigest())


def bare(one: Listed) -> Listed:
    """Return a record of a report as it is before it is proven: proofs grow with the log."""
    return replace(one, proof=NO_PROOF)
