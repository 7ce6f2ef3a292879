"""Fair competition: favours no rule may give, and the same answer whatever city a firm is from.

Words and law stand in ``gate.toml``. Equal treatment is tried out, not believed: probe records are
decided with the engine for every rule, once for each home (公平竞争审查条例 9, 10).
"""

import re
from collections.abc import Iterator
from datetime import date
from itertools import product

from msgspec.structs import replace

from registry.rules.catalogue import NATIONAL
from registry.rules.compile import compile_book
from registry.rules.compiled import CompiledBook
from registry.rules.decide import decide
from registry.rules.defects import Path
from registry.rules.findings import (
    GATE,
    MEASURES,
    Favour,
    Finding,
    Named,
    cited_zh,
    name_of,
    unlawful,
)
from registry.rules.instruments import reaches, split_citation
from registry.rules.language import Book, Instrument, Measure, Rule, Use, given
from registry.rules.model import Adoption, AdoptionIndex, Ask, Fact, FactRef, NamedPerson

_FISCAL_LEVELS = frozenset({"law", "administrative_regulation"})
_PROBED = "probe"
_COPIES = 12  # a rule that counts records finds enough of them
_FAMILY = {"list_entry": "serious", "honour": "honour", "anomaly_listing": "anomaly"}


def _promise(_: Book, rule: Rule, path: Path) -> Iterator[Finding]:
    """Yield rewards that do not promise equal treatment."""
    if rule.kind == "reward" and given(rule.territory.equal_treatment) is None:
        here = (*path, "territory", "equal_treatment")
        yield unlawful("missing-equal-treatment", here, Named(name_of(rule)))


def _favours(book: Book, rule: Rule, path: Path) -> Iterator[Finding]:
    """Yield bid points, lower guarantees and fiscal favours, however they are called."""
    del path
    for use in rule.measures:
        measure = book.measures.get(use.use)
        if measure is None or measure.family != "incentive":
            continue
        for code, favour in GATE.favours.items():
            told = _told(measure, favour)
            if told is None or (code == "fiscal-favour" and _approved(book, use)):
                continue
            member, more = told
            named = Named(name_of(rule), measure.name, cited_zh(book, use.basis), more)
            yield unlawful(code, ("measures", use.use, member), named, MEASURES)
            break


def _told(measure: Measure, favour: Favour) -> tuple[str, str] | None:
    """Return which member of a measure tells that it is such a favour, and by what."""
    if measure.gives == favour.gives:
        return "gives", f"gives: {measure.gives}"
    for member in ("name", "short", "national_item"):
        text = str(getattr(measure, member) or "")
        for word in favour.words:
            found = re.search(word, text)
            if found:
                return member, found[0]
    if measure.matter in favour.matters:
        return "matter", f"matter: {measure.matter}"
    return None


def _approved(book: Book, use: Use) -> bool:
    """Tell whether a fiscal favour has the basis that article 10 wants, and somebody read it.

    Party-State policy counts as approval by the State Council only once its words were read.
    """
    key, article = split_citation(use.basis)
    instrument: Instrument | None = book.instruments.get(key)
    quoted = instrument.articles.get(article) if instrument else None
    if instrument is None or quoted is None or quoted.read != "full_text":
        return False
    return instrument.level in {*_FISCAL_LEVELS, "party_state_policy"}


def unequal(book: Book) -> Iterator[Finding]:
    """Yield rules that answer otherwise for the same records of a firm from another city.

    A rule that burdens may be the business of the organ at the firm's home alone; it must not
    burden anybody for being from elsewhere. A reward must not differ at all.
    """
    compiled = compile_book(book)
    for index, rule in enumerate(book.rules):
        differing = next(_differing(compiled, rule), None)
        if differing is not None:
            here: Path = ("rules", index, "territory", "nexus")
            place, home = differing
            yield unlawful("unequal-by-home", here, Named(name_of(rule), place, "", home))


def _differing(compiled: CompiledBook, rule: Rule) -> Iterator[tuple[str, str]]:
    """Yield (place asked in, home) for which a rule answers worse than for a local firm."""
    homes, reach = GATE.probes.homes, rule.territory.basis_reaches
    place = next((home for home in homes if reaches(reach, home)), homes[0])
    for ask, facts, adopted in probes(rule, place):
        # One record is enough unless the rule counts them.
        enough = facts[:1] if drawn(compiled, ask, facts[:1], adopted, place) else facts
        local = drawn(compiled, ask, enough, adopted, place)
        for home in homes:
            if worse(rule.kind, local, drawn(compiled, ask, enough, adopted, home)):
                yield ask.territory, home


def worse(kind: str, local: frozenset[str], other: frozenset[str]) -> bool:
    """Tell whether measures drawn for a firm from elsewhere treat it worse than a local one."""
    return local != other if kind == "reward" else not other <= local


def drawn(
    compiled: CompiledBook, ask: Ask, facts: list[Fact], adopted: AdoptionIndex, home: str
) -> frozenset[str]:
    """Return what is drawn from probe records of a firm with a home, each with its state."""
    moved = [replace(fact, home=home) for fact in facts]
    decision = decide(compiled, adopted, moved, ask, {})
    return frozenset(f"{one.measure} {one.effect} {one.state}" for one in decision.measures)


def probes(rule: Rule, place: str) -> Iterator[tuple[Ask, list[Fact], AdoptionIndex]]:
    """Yield questions and records that bring a rule into play in a place, one of each sort."""
    day = _day(rule)
    uses = tuple(use.use for use in rule.measures)
    adoption = Adoption(rule.key, rule.edition, place, "", "", date(1, 1, 1), None, uses)
    adopted = AdoptionIndex([adoption])
    nexus = rule.territory.nexus
    reasons = [(), *(((nexus,),) if isinstance(nexus, str) else ((one,) for one in nexus))]
    classes = rule.trigger.severity or ("serious",)
    for subject, severity, origin in product(rule.subjects, classes, rule.trigger.origin):
        persons = tuple(NamedPerson("", role, _PROBED) for role in subject.roles)
        party = f"{_PROBED}-firm" if persons else _PROBED
        first = _fact(rule, day, place, severity, origin)
        facts = [
            replace(
                first,
                ref=replace(first.ref, idx=number, id=str(number)),
                # Some of its own, some from other cities: rules may count the cities too.
                member=place if number % 2 == 0 else GATE.probes.homes[number - 1],
                subject_id=party,
                subject_kind="organisation" if persons else subject.kind,
                named_persons=persons,
            )
            for number in range(_COPIES)
        ]
        for reason in reasons:
            yield Ask(_PROBED, subject.kind, place, "", day, "", reason), facts, adopted


def _day(rule: Rule) -> date:
    """Return a day on which the edition is in force: the last of its year, when all bases are."""
    return date(int(rule.edition[:4]), 12, 31)


def _fact(rule: Rule, day: date, place: str, severity: str, origin: str) -> Fact:
    """Return a record that triggers a rule, dated to one day."""
    trigger, listed_for = rule.trigger, given(rule.trigger.listed_for)
    evaluated = given(rule.evaluation)
    family = _FAMILY.get(trigger.record, "")
    return Fact(
        ref=FactRef("probe.invalid", 0, "", ""),
        type="list_entry" if family else trigger.record,
        subject_id=_PROBED,
        subject_kind="organisation",
        decided_on=day,
        organ_kind=trigger.stated_by.organ_kind,
        member=place,
        provenance=origin,
        published_on=day,
        corrected_on=day,
        severity=severity,
        list=trigger.list,
        list_family=family,
        kinds=trigger.kinds[:1],
        grade=trigger.grades[0] if trigger.grades else "",
        scheme=evaluated.scheme if evaluated else "",
        reach=(NATIONAL,),
        field=listed_for.fields[0] if listed_for else "",
        listed_on=day,
        effective_on=day,
        effective_until=day,
    )


OF_RULES = (_promise, _favours)
