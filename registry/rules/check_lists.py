"""Measures against the lists of lawful measures, and lists and instruments against the calendar.

Measures outside the national list, for more subjects than it names, or heavier ones are not
lawful; what is added locally needs a local regulation (全国失信惩戒措施基础清单).
"""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from registry.rules.catalogue import NATIONAL, needs_listing
from registry.rules.defects import Path
from registry.rules.findings import (
    CATALOGUES,
    INSTRUMENTS,
    Finding,
    Named,
    cited_zh,
    name_of,
    unlawful,
)
from registry.rules.instruments import STRONG_LEVELS, reaches, split_citation
from registry.rules.language import Book, Measure, Rule, given
from registry.rules.lawful import Catalogue, ListedItem
from registry.rules.terms import Effect

# What weighs or tells without restricting needs no item where a ministry rule itself provides it.
_LIGHT: frozenset[Effect] = frozenset({"consider", "autonomous", "notice"})
_PROVIDES = STRONG_LEVELS | {"ministry_rule", "memorandum"}  # of a memorandum check_law speaks
_OF_MANAGEMENT: frozenset[Effect] = frozenset({"manage", "consider", "restrict", "notice"})


def _editions(book: Book) -> Iterator[Finding]:
    """Yield lists without a sufficient instrument, items twice, days between two editions."""
    scopes: dict[str, list[tuple[date, int]]] = {}
    for index, one in enumerate(book.catalogues):
        scopes.setdefault(one.scope, []).append((one.effective.start, index))
        yield from _supplement(book, one, index)
        seen: set[str] = set()
        for row, listed in enumerate(one.items):
            if listed.item in seen:
                texts = (f"“{listed.item}”在同一清单内重复", f"{listed.item} twice in one list")
                here: Path = ("catalogues", index, "items", row, "item")
                yield Finding(here, "duplicate-item", *texts, "one of each", CATALOGUES)
            seen.add(listed.item)
    for editions in scopes.values():
        for (_, before), (start, after) in pairwise(sorted(editions)):
            here = ("catalogues", after, "effective", "from")
            named = Named("", _called(book.catalogues[after]))
            until = given(book.catalogues[before].effective.until)
            yield from _seam("catalogue", until, start, here, named)


def _called(catalogue: Catalogue) -> str:
    return f"{catalogue.title}（{catalogue.edition}）"


def _seam(
    kind: str, until: date | None, start: date, here: Path, named: Named
) -> Iterator[Finding]:
    """Yield days between the end of one edition and the start of the next, or days of both."""
    file = CATALOGUES if kind == "catalogue" else INSTRUMENTS
    if until is None or until > start:
        yield unlawful(f"{kind}-overlap", here, named._replace(more=str(start)), file)
    elif until < start:
        gap = f"{until} – {date.fromordinal(start.toordinal() - 1)}"
        yield unlawful(f"{kind}-gap", here, named._replace(more=gap), file)


def _supplement(book: Book, catalogue: Catalogue, index: int) -> Iterator[Finding]:
    """Yield a local list that no local regulation of its territory carries."""
    instrument = book.instruments.get(catalogue.instrument)
    if instrument is None:
        return
    here: Path = ("catalogues", index, "instrument")
    named = Named("", _called(catalogue), cited_zh(book, catalogue.instrument))
    local = instrument.level == "local_regulation"
    if catalogue.scope != NATIONAL and not (
        local and reaches(instrument.territory, catalogue.scope)
    ):
        yield unlawful("supplement-without-regulation", here, named, CATALOGUES)
    elif not reaches(instrument.territory, catalogue.scope):
        found = named._replace(more=instrument.territory)
        yield unlawful("basis-reach", here, found, CATALOGUES)
    if instrument.in_force.start > catalogue.effective.start:
        found = named._replace(more=f"自{instrument.in_force.start}起施行")
        yield unlawful("basis-not-in-force", here, found, CATALOGUES)


def _successors(book: Book) -> Iterator[Finding]:
    """Yield days that neither an instrument nor the one it replaces covers, or that both do."""
    for key, instrument in book.instruments.items():
        former = book.instruments.get(given(instrument.replaces) or "")
        if former is not None:
            named = Named("", instrument.title, f"《{former.title}》")
            start, until = instrument.in_force.start, given(former.in_force.until)
            here: Path = ("instruments", key, "replaces")
            yield from _seam("instrument", until, start, here, named)


def _listed(book: Book, rule: Rule, path: Path) -> Iterator[Finding]:
    """Yield measures that no list of the year has, or has otherwise."""
    for index, use in enumerate(rule.measures):
        measure = book.measures.get(use.use)
        instrument = book.instruments.get(split_citation(use.basis)[0])
        if measure is None or instrument is None or measure.family == "incentive":
            continue
        here: Path = (*path, "measures", index, "use")
        named = Named(name_of(rule), measure.name, cited_zh(book, use.basis))
        if measure.family == "B" and measure.effect not in _OF_MANAGEMENT:
            yield unlawful("list-effect", here, named._replace(more=measure.effect))
        if not needs_listing(measure):
            light = measure.effect in _LIGHT and instrument.level in _PROVIDES
            local = instrument.level == "local_regulation" and not book.catalogues
            if not light and not local:
                items = " | ".join(sorted({i.item for c in book.catalogues for i in c.items}))
                yield unlawful("outside-list", here, named._replace(more=items or "…"))
        elif book.catalogues:
            yield from _as_listed(book, rule, measure, here, named)


def _as_listed(
    book: Book, rule: Rule, measure: Measure, here: Path, named: Named
) -> Iterator[Finding]:
    """Yield how a measure differs from its item in every list in force in the edition's year."""
    item, year = measure.national_item, int(rule.edition[:4])
    rows = [
        row
        for catalogue in book.catalogues
        if _in_year(catalogue, year)
        for row in catalogue.items
        if row.item == item
    ]
    if not rows:
        yield unlawful("not-in-catalogue", here, named._replace(more=str(item)))
        return
    if all(row.family != measure.family for row in rows):
        yield unlawful("list-family", here, named._replace(more=measure.family))
    wider = min((_wider(rule, measure, row) for row in rows), key=len)
    if wider:
        yield unlawful("list-targets-wider", here, named._replace(more="、".join(sorted(wider))))


def _in_year(catalogue: Catalogue, year: int) -> bool:
    """Tell whether an edition of a list is in force on some day of a year."""
    start, until = catalogue.effective.start, given(catalogue.effective.until)
    return start <= date(year, 12, 31) and (until is None or until > date(year, 1, 1))


def _wider(rule: Rule, measure: Measure, row: ListedItem) -> set[str]:
    """Return the kinds of subject a rule reaches with a measure beyond those of its item."""
    kinds = {subject.kind for subject in rule.subjects} & set(measure.subjects)
    return set(kinds - set(row.subjects)) if row.subjects else set()


OF_BOOKS = (_editions, _successors)
OF_RULES = (_listed,)
