"""What has happened to a standard, for whoever watches it: by records as they came, and by dates.

A record happens when it is logged. A day happens without any record: an edition comes into force,
a recognition runs out, or is to be reviewed because a newer edition is in force.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Final

from msgspec import Struct

from registry.domain.records import AnyRecord
from registry.domain.records.standards import (
    RecognitionChange,
    ResultAcceptance,
    Standard,
    StandardNotice,
    StandardRecognition,
)
from registry.standards.courses import CourseView
from registry.standards.spans import SpanState

BY_DATE: Final = frozenset(
    {"in_force", "partly_replaced", "replaced", "void", "to_review", "expired"}
)
"""States that begin on their day; of the others a record tells."""
_OWN: Final = frozenset({"is", "notice", "recognises", "accepts", "changes"})
"""Roles in which a record is about a standard itself, and not only names it."""

_TOLD: Final[Mapping[type[AnyRecord], str]] = {
    Standard: "new_edition",
    StandardRecognition: "recognised",
    ResultAcceptance: "accepted",
}


class Began(Struct, frozen=True, gc=False):
    """A state that began on a day, of an edition or document."""

    course: CourseView
    state: SpanState
    on: date


def event_of(record: AnyRecord, role: str) -> str:
    """Return what a record means to whoever watches the standard that it speaks of in a role.

    ``new_edition``, ``notice_…`` and what is announced, ``recognised``, ``accepted``, ``refused``,
    ``suspended``, ``resumed``, ``ended``, ``extended``, ``reviewed``, ``replacing`` (another says
    that it replaces it), or ``related``.
    """
    if role not in _OWN:
        return "replacing" if role == "replaces" else "related"
    told = _TOLD.get(type(record), "related")
    if isinstance(record, StandardNotice):
        told = f"notice_{record.event}"
    elif isinstance(record, RecognitionChange):
        told = record.change
    elif isinstance(record, StandardRecognition | ResultAcceptance) and record.degree == "refused":
        told = "refused"
    return told


def began(courses: Iterable[CourseView], on: date) -> Iterator[Began]:
    """Yield what has begun by a day without a record that tells it; of refusals nothing."""
    for course in (one for one in courses if one.degree != "refused"):
        for span in course.spans:
            told = course.kind != "edition" and span.state == "in_force"  # by its record or change
            if span.state in BY_DATE and span.since <= on and not told:
                yield Began(course, span.state, span.since)
