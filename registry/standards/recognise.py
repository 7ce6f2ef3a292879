"""Recognitions and acceptances: which are in effect on a day, what became of them, and for what.

A recognition counts where its organ is competent: for its own division or within it, never a city
for its province, stated in that division's log or relayed as such. Changes count from the same log
and the same organ only. It binds by edition: a newer one is *to be reviewed* until the organ says
that it holds for that, too. A suspension lasts until the organ resumes: that the day of review has
passed does not lift it.
"""

import unicodedata
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final, Literal, TypeGuard

from msgspec import Struct
from msgspec.structs import replace

from registry.domain.records.base import Organ, Target
from registry.domain.records.standards import (
    RecognitionChange,
    ResultAcceptance,
    StandardRecognition,
)
from registry.standards.editions import Shelf, given
from registry.standards.model import Known, Stated
from registry.standards.statutes import is_own, stays_home
from registry.standards.written import covers, group, identity, kind, obligation, year

Document = StandardRecognition | ResultAcceptance
Course = Literal["not_yet", "in_force", "suspended", "ended", "expired"]
ALL_PRODUCTS: Final = frozenset({"全部", "全部产品", "所有产品", "不限", "all", "all products"})
_DAY: Final = timedelta(days=1)


class Ignored(Struct, frozen=True):
    """A change that has no effect, and why (a code of ``words.WHY``)."""

    change: Stated[RecognitionChange]
    code: str


class Held(Struct, frozen=True):
    """A recognition or acceptance as it stands on a day.

    ``defect``: why it never had effect (a code of ``words.WHY``), empty where it has; ``numbers``
    are what it holds for, ``until`` its last day.
    """

    stated: Stated[StandardRecognition] | Stated[ResultAcceptance]
    defect: str
    course: Course
    until: date | None
    review_by: date | None
    numbers: tuple[str, ...]
    changes: tuple[Stated[RecognitionChange], ...] = ()
    ignored: tuple[Ignored, ...] = ()

    @property
    def record(self) -> Document:
        """What the organ stated."""
        return self.stated.record

    @property
    def organ(self) -> tuple[str, str]:
        """The organ by name and division: the later statement of one organ wins."""
        authority = self.record.authority
        return (authority.name, given(authority.division) or self.stated.member)

    def holds_for(self, number: str) -> bool:
        """Tell whether it holds for an edition: one it names, or any where it names no year.

        The provincial issues of one regional standard are one text: a document on one holds for
        the others of that year.
        """
        return any(
            group(one) == group(number) and year(one) in {None, year(number)}
            for one in self.numbers
        )


def is_recognition(
    stated: Stated[StandardRecognition] | Stated[ResultAcceptance],
) -> TypeGuard[Stated[StandardRecognition]]:
    """Tell a recognition from an acceptance of results."""
    return isinstance(stated.record, StandardRecognition)


def all_held(known: Known, shelf: Shelf, on: date) -> tuple[Held, ...]:
    """Return every recognition and acceptance as it stands on a day, in the order of places."""
    by_target: dict[Target, list[Stated[RecognitionChange]]] = {}
    for change in known.changes:
        by_target.setdefault(change.record.target, []).append(change)
    every: tuple[Stated[StandardRecognition] | Stated[ResultAcceptance], ...] = (
        *known.recognitions,
        *known.acceptances,
    )
    return tuple(held(one, by_target.get(_target(one), ()), shelf, on) for one in every)


def held(
    stated: Stated[StandardRecognition] | Stated[ResultAcceptance],
    changes: Iterable[Stated[RecognitionChange]],
    shelf: Shelf,
    on: date,
) -> Held:
    """Return what has become of a document by a day; ``changes`` are those that name it."""
    record = stated.record
    until = given(record.in_force_until)
    review_by = _own_review(record)
    first = Held(stated, defect_of(stated, shelf), "in_force", until, review_by, (record.number,))
    now = first
    for change in sorted(changes, key=_change_order):
        if change.record.effective_on <= on:
            now = _changed(now, change)
    if on < record.in_force_from:
        return replace(now, course="not_yet")
    if now.course != "ended" and now.until is not None and now.until < on:
        return replace(now, course="expired")
    return now


def _own_review(record: Document) -> date | None:
    return given(record.review_by) if isinstance(record, StandardRecognition) else None


def defect_of(stated: Stated[StandardRecognition] | Stated[ResultAcceptance], shelf: Shelf) -> str:
    """Return why a document is without effect from its beginning, as a code; '' if it is not."""
    record = stated.record
    organ = given(record.authority.division) or stated.member
    if not organ:
        return "organ-without-division"
    if not covers(organ, record.territory):
        return "not-competent"
    own_log = not stated.member or covers(stated.member, organ)
    if not own_log and record.provenance.kind == "original":
        return "not-its-log"
    until = given(record.in_force_until)
    if until is not None and until < record.in_force_from:
        return "ends-before-it-begins"
    return _of_standard(record, shelf) or _of_route(record)


def _of_standard(record: Document, shelf: Shelf) -> str:
    """Return what is wrong with the standard itself: it stays at home, or was void already."""
    edition = shelf.editions.get(record.number)
    binding = obligation(record.number) if edition is None else edition.first.obligation
    if stays_home(record.number, binding) and not is_own(record.number, record.territory):
        return "does-not-travel"
    if edition is not None and shelf.state_on(edition, record.decided_on) == "void":
        return "edition-void-then"
    return ""


def _of_route(record: Document) -> str:
    """Return what is wrong with the route by which a standard is taken (domain 0.1.11)."""
    if isinstance(record, ResultAcceptance):
        return ""
    if record.route == "regional_310" and kind(record.number) != "regional":
        return "route-not-regional"
    if record.route == "tender_document" and record.use != "tender":
        return "route-not-tender"
    if record.route == "local_standard" and not record.territory.endswith("00"):
        return "route-no-local-standards"
    return ""


def _target(stated: Stated[StandardRecognition] | Stated[ResultAcceptance]) -> Target:
    """Return how a change names a document: by log, id and entry."""
    ref = stated.ref
    return Target(origin=ref.origin, id=ref.id, entry=ref.entry)


def _change_order(change: Stated[RecognitionChange]) -> tuple[date, date, str, int]:
    record, ref = change.record, change.ref
    return (record.effective_on, record.decided_on, ref.origin, ref.idx)


def same_organ(one: Organ, other: Organ) -> bool:
    """Tell whether two statements are of one organ: same name, and no two different codes."""
    codes = {given(one.uscc), given(other.uscc)} - {None}
    return one.name == other.name and len(codes) < 2  # noqa: PLR2004 - two that differ


def _changed(now: Held, change: Stated[RecognitionChange]) -> Held:
    """Return a document after a change, or with the change among those that have no effect."""
    code = _objection(now, change)
    if code:
        return replace(now, ignored=(*now.ignored, Ignored(change, code)))
    record = change.record
    changes = (*now.changes, change)
    review_by = given(record.review_by)
    match record.change:
        case "suspended":
            return replace(now, course="suspended", review_by=review_by, changes=changes)
        case "resumed":
            back = review_by or _own_review(now.record)
            return replace(now, course="in_force", review_by=back, changes=changes)
        case "ended":
            return replace(now, course="ended", changes=changes)
        case "extended":
            return replace(now, until=given(record.until), changes=changes)
        case _:  # reviewed
            numbers = (*now.numbers, record.number)
            return replace(now, numbers=numbers, review_by=review_by, changes=changes)


def _objection(now: Held, change: Stated[RecognitionChange]) -> str:
    """Return why a change has no effect, as a code; '' if it has."""
    record, about = change.record, now.record
    over = now.until is not None and record.effective_on - now.until > _DAY
    longer = record.change != "extended" or _lengthens(now.until, given(record.until))
    checks = (
        ("change-other-log", change.ref.origin != now.stated.ref.origin),
        ("change-other-organ", not same_organ(record.authority, about.authority)),
        ("change-after-end", over or now.course == "ended"),
        ("change-other-standard", identity(record.number) != identity(about.number)),
        ("nothing-to-resume", record.change == "resumed" and now.course != "suspended"),
        ("not-an-extension", not longer),
    )
    return next((code for code, wrong in checks if wrong), "")


def _lengthens(until: date | None, new: date | None) -> bool:
    return until is not None and new is not None and until < new


def plain(text: str) -> str:
    """Return a product's name as it is compared: width, case and blanks do not matter."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def names_product(lines: Iterable[str], product: str) -> bool:
    """Tell whether a list of products has one: by its whole name, or because it has all."""
    named = {plain(line) for line in lines}
    return not named.isdisjoint({plain(product), *map(plain, ALL_PRODUCTS)})


def mutual_with(
    recognition: Held, others: Iterable[Held], number: str
) -> Stated[StandardRecognition] | None:
    """Return the other side's recognition in return, in force: only then is one *mutual*.

    Both name each other's standard and territory for the same use, each in a log of its own.
    """
    mine = recognition.record
    if not isinstance(mine, StandardRecognition):
        return None
    there = given(mine.counterpart_territory)
    for other in others:
        theirs = other.stated
        if (
            is_recognition(theirs)
            and theirs.ref.origin != recognition.stated.ref.origin
            and theirs.record.territory == there
            and _in_return(other, theirs.record, mine)
            and _names(given(theirs.record.counterpart), number)
        ):
            return theirs
    return None


def _in_return(other: Held, theirs: StandardRecognition, mine: StandardRecognition) -> bool:
    """Tell whether a recognition in force is of the counterpart, for the same use, about us."""
    return (
        not other.defect
        and other.course == "in_force"
        and theirs.degree != "refused"
        and theirs.provenance.kind == "original"
        and theirs.use == mine.use
        and given(theirs.counterpart_territory) == mine.territory
        and any(_names(given(mine.counterpart), one) for one in other.numbers)
    )


def _names(named: str | None, number: str) -> bool:
    """Tell whether a counterpart is an edition; undated on either side means whichever."""
    if named is None:
        return False
    undated = year(named) is None or year(number) is None
    return identity(named) == identity(number) if undated else named == number
