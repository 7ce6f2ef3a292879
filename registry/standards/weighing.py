"""What one standard is worth in one territory for one use: law first, then documents.

National and industry standards, and a territory's own local ones, need no recognition there. For
any other the latest document of each competent organ counts: those of different organs are never
set off against each other silently. An edition that is void or not yet in force serves nowhere; a
document for another edition is not carried over to this one.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from registry.domain.records.standards import Degree, Obligation, StandardRecognition
from registry.standards.editions import USABLE, Edition, Shelf, State, given
from registry.standards.model import Ask, Known, Stated, Verdict
from registry.standards.recognise import (
    Held,
    all_held,
    is_recognition,
    mutual_with,
    names_product,
    plain,
)
from registry.standards.statutes import Row, Statutes, is_own, stays_home
from registry.standards.written import covers, group, obligation, year

Code = Literal[
    "",
    "defect",
    "other-product",
    "not-yet",
    "ended",
    "expired",
    "superseded",
    "to-be-reviewed",
    "other-edition",
    "suspended",
    "excluded",
]
"""What a document is to a question; '': it counts as it stands."""

_OF_DEGREE: Final[Mapping[Degree, Verdict]] = {
    "full": "yes",
    "partial": "partly",
    "conditional": "conditionally",
    "refused": "no",
}
_BEST_FIRST: Final[tuple[Verdict, ...]] = ("yes", "partly", "conditionally", "no")
_ENDS: Final[Mapping[str, Code]] = {"not_yet": "not-yet", "ended": "ended", "expired": "expired"}


class Paper(Struct, frozen=True):
    """A document that speaks of the standard here: how it stands, what it is to the question."""

    held: Held
    code: Code
    verdict: Verdict

    @property
    def recognises(self) -> bool:
        """Whether it is a recognition; else it is an acceptance of results."""
        return is_recognition(self.held.stated)


class Weighed(Struct, frozen=True):
    """What came of weighing; ``counted`` are the papers that decide, the first before others.

    ``number`` is the edition that documents were looked at for, the question's where none is known.
    ``why`` are codes of ``words.NOTES`` that say what decided.
    """

    ask: Ask
    verdict: Verdict
    edition: Edition | None
    number: str
    state: State
    rows: tuple[Row, ...]
    papers: tuple[Paper, ...]
    counted: tuple[Paper, ...]
    why: tuple[str, ...]
    mutual: Stated[StandardRecognition] | None = None

    @property
    def first(self) -> Paper | None:
        """The document that the answer is of; none where law alone decides."""
        alone = "by-law" in self.why and "refused-here" not in self.why
        return None if alone or not self.counted else self.counted[0]


class Scale(Struct, frozen=True):
    """All that is known, put together once for many questions."""

    known: Known
    shelf: Shelf
    statutes: Statutes
    by_day: dict[date, tuple[Held, ...]] = msgspec.field(default_factory=dict)

    @classmethod
    def of(cls, known: Known, statutes: Statutes) -> "Scale":
        """Put together what is known; its order does not matter."""
        return cls(known, Shelf.of(known), statutes)

    def held_on(self, on: date) -> tuple[Held, ...]:
        """Return every recognition and acceptance as it stands on a day, worked out once."""
        found = self.by_day.get(on)
        if found is None:
            found = self.by_day[on] = all_held(self.known, self.shelf, on)
        return found

    def weigh(self, ask: Ask) -> Weighed:
        """Return what a standard is worth where, for what, and on which day is asked."""
        edition = self.shelf.meant(ask.number, ask.on)
        state: State = "unknown" if edition is None else self.shelf.state_on(edition, ask.on)
        binding = obligation(ask.number) if edition is None else edition.first.obligation
        rows = tuple(self.statutes.applying(ask, binding))
        everything = self.held_on(ask.on)
        number = _meant(ask, edition, everything)
        papers = _papers(ask, number, everything)
        weighed = Weighed(ask, "no_document", edition, number, state, rows, papers, (), ())
        if ask.use == "sale":
            return replace(weighed, verdict="no_recognition_needed", papers=())
        counted = _counted(papers)
        return _with_mutual(_decided(replace(weighed, counted=counted), binding), everything)


def _with_mutual(weighed: Weighed, everything: Iterable[Held]) -> Weighed:
    """Add the other side's recognition in return, where the first paper is a recognition."""
    first = weighed.counted[0] if weighed.counted else None
    if first is None or first.verdict == "no" or weighed.verdict == "no":
        return weighed
    return replace(weighed, mutual=mutual_with(first.held, everything, weighed.number))


def _meant(ask: Ask, edition: Edition | None, everything: Iterable[Held]) -> str:
    """Return the edition that documents must hold for.

    Where no edition of an undated number is known, the newest that a document names.
    """
    if edition is not None or year(ask.number) is not None:
        return ask.number if edition is None else edition.number
    named = {
        number
        for one in everything
        if not one.defect and bears(one, ask)
        for number in one.numbers
        if year(number) is not None
    }
    return max(named, key=lambda number: (year(number), number), default=ask.number)


def bears(one: Held, ask: Ask) -> bool:
    """Tell whether a document is about this standard and use, and reaches this territory."""
    record = one.record
    return (
        record.use == ask.use
        and covers(record.territory, ask.territory)
        and group(record.number) == group(ask.number)
    )


def _papers(ask: Ask, number: str, everything: Iterable[Held]) -> tuple[Paper, ...]:
    """Return the documents that bear on a question, each with what it is to it."""
    found = [
        Paper(one, _code(one, ask, number), _verdict(one, ask))
        for one in everything
        if bears(one, ask)
    ]
    latest: dict[tuple[object, ...], Held] = {}
    for paper in found:
        if paper.code in _GOVERNING:
            key = _matter(paper, ask)
            before = latest.get(key)
            if before is None or _age(before) < _age(paper.held):
                latest[key] = paper.held
    return tuple(
        replace(paper, code="superseded")
        if paper.code in _GOVERNING and latest[_matter(paper, ask)] is not paper.held
        else paper
        for paper in found
    )


_GOVERNING: Final = frozenset({"", "suspended", "excluded", "ended", "expired"})
"""Papers of which the latest of an organ governs: one that has ended revives no older one."""


def _matter(paper: Paper, ask: Ask) -> tuple[object, ...]:
    products = () if ask.product else tuple(sorted(map(plain, paper.held.record.products)))
    return (paper.recognises, paper.held.organ, products)


def _age(one: Held) -> tuple[object, ...]:
    """Return by what documents of one organ are ordered: of one day, its own before a copy."""
    record, ref = one.record, one.stated.ref
    own = record.provenance.kind == "original"
    return (record.decided_on, record.in_force_from, own, ref.origin, ref.idx)


def _code(one: Held, ask: Ask, number: str) -> Code:
    """Return what a document is to a question."""
    record = one.record
    if one.defect:
        return "defect"
    if ask.product and not names_product(record.products, ask.product):
        return "other-product"
    if not one.holds_for(number):
        mine, asked = max(year(each) or 0 for each in one.numbers), year(number) or 0
        older = mine < asked and one.course in {"in_force", "suspended"}
        return "to-be-reviewed" if older else "other-edition"
    if one.course in _ENDS:
        return _ENDS[one.course]
    if one.course == "suspended":
        return "suspended"
    excluded = ask.product and names_product(given(record.exclusions) or (), ask.product)
    return "excluded" if excluded else ""


def _verdict(one: Held, ask: Ask) -> Verdict:
    """Return what a document says by itself: a condition or an exclusion is never dropped."""
    record = one.record
    excluded = given(record.exclusions) or ()
    if one.course == "suspended" or (ask.product and names_product(excluded, ask.product)):
        return "no"
    verdict = _OF_DEGREE[record.degree]
    if verdict == "yes" and given(record.conditions) is not None:
        return "conditionally"
    return "partly" if verdict == "yes" and excluded else verdict


def _counted(papers: Iterable[Paper]) -> tuple[Paper, ...]:
    """Return the papers that decide, the best first: recognitions, else acceptances."""
    deciding = [paper for paper in papers if paper.code in {"", "suspended", "excluded"}]
    recognised = [paper for paper in deciding if paper.recognises]
    return tuple(
        sorted(
            recognised or deciding,
            key=lambda paper: (_BEST_FIRST.index(paper.verdict), paper.held.stated.ref),
        )
    )


def _decided(weighed: Weighed, binding: Obligation) -> Weighed:
    """Add the verdict and what decided."""
    ask, edition, state = weighed.ask, weighed.edition, weighed.state
    if stays_home(weighed.number, binding) and not is_own(ask.number, ask.territory):
        return replace(weighed, verdict="no", counted=(), why=("stays-home",))
    if edition is not None and state in {"void", "upcoming"}:
        return replace(weighed, verdict="no", why=(f"edition-{state}",))
    by_law, why = _by_law(weighed)
    if by_law and any(row.serves and "mandatory" in row.obligations for row in weighed.rows):
        return replace(weighed, verdict=by_law, why=why)
    return _by_papers(weighed, by_law, why)


def _by_papers(weighed: Weighed, by_law: Verdict | None, why: tuple[str, ...]) -> Weighed:
    """Add what documents say to what law says; a refusal beside either is always told."""
    said = {paper.verdict for paper in weighed.counted}
    best = next((one for one in _BEST_FIRST if one in said), None)
    if by_law and "no" in said:
        return replace(weighed, verdict="conditionally", why=(*why, "refused-here"))
    if by_law:
        return replace(weighed, verdict=by_law, why=why)
    if best is None:
        return replace(weighed, why=_missing(weighed))
    known = () if weighed.edition else ("edition-unknown",)
    if best != "no" and "no" in said:
        return replace(weighed, verdict="conditionally", why=("organs-differ", *known))
    if best == "yes" and weighed.state == "partly_replaced":
        return replace(weighed, verdict="partly", why=("partly-replaced",))
    return replace(weighed, verdict=best, why=known)


def _by_law(weighed: Weighed) -> tuple[Verdict | None, tuple[str, ...]]:
    """Return the verdict by which a standard serves without recognition, if it does."""
    if weighed.edition is None or not any(row.serves for row in weighed.rows):
        return None, ()
    if weighed.state not in USABLE:
        return "conditionally", ("by-law", "state-unknown")
    if weighed.state == "partly_replaced":
        return "partly", ("by-law", "partly-replaced")
    return "yes", ("by-law",)


def _missing(weighed: Weighed) -> tuple[str, ...]:
    """Return what to say where no document decides."""
    serves = any(row.serves for row in weighed.rows)
    known = () if weighed.edition else ("edition-unknown",)
    return ("no-document", *known, *(("check-edition",) * serves))
