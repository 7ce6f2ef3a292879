"""The records and questions of a case, in the short form of cases.yaml, as facts and asks.

A record is written by its type: ``{list_entry: wage-arrears, listed_on: 2026-03-10}``; an act
upon a record is upon the nearest one before it (of the same list, for an exit).
"""

from collections.abc import Sequence
from datetime import date
from typing import Literal

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from registry.rules.language import AdoptionLine, Book, given
from registry.rules.model import Adoption, AdoptionIndex, Ask, Fact, FactRef, NamedPerson
from registry.rules.stops import ACTS
from registry.rules.terms import MemberCode, Nexus, Severity, SubjectKind, Term, Word

_ORIGIN = "cases.invalid/records"
_FAMILIES = {"list_entry": "serious", "honour": "honour", "anomaly_listing": "anomaly"}
_GRADED = frozenset({"evaluation", "per_mu"})
_GRAVE = {"list_entry": "serious", "penalty": "general"}
CAUSES = (
    *("list_entry", "honour", "anomaly_listing", "penalty", "permit", "registration"),
    *("evaluation", "per_mu"),
)
TYPES = (*CAUSES, *sorted(ACTS))


class CasePerson(Term, frozen=True):
    """A person named by the decision."""

    role: Word
    name: str = ""


class CaseGiven(Term, frozen=True, rename={"start": "from"}):
    """A record of a case: one member names its type (with list, field or kind), the rest dates.

    An act is upon the nearest record before it; ``of`` names the type of act it is upon instead.
    """

    list_entry: str | UnsetType = UNSET
    honour: str | UnsetType = UNSET
    anomaly_listing: str | UnsetType = UNSET
    penalty: str | UnsetType = UNSET
    permit: str | UnsetType = UNSET
    registration: str | UnsetType = UNSET
    evaluation: str | UnsetType = UNSET
    per_mu: str | UnsetType = UNSET
    list_exit: str | UnsetType = UNSET
    repair: str | UnsetType = UNSET
    withdrawal: str | UnsetType = UNSET
    stay: str | UnsetType = UNSET
    objection: str | UnsetType = UNSET
    objection_upheld: str | UnsetType = UNSET
    reorganisation_shield: str | UnsetType = UNSET
    of: str = ""
    by: str = ""
    subject: str = ""
    organ_kind: str = ""
    field: str = ""
    severity: Severity | UnsetType = UNSET
    kinds: tuple[Word, ...] = ()
    scheme: str = ""
    reach: tuple[Word, ...] = ()
    provenance: Literal["original", "relayed"] = "original"
    source: str = ""
    home: str = ""
    member: str = ""
    listed_on: date | UnsetType = UNSET
    listed_until: date | UnsetType = UNSET
    decided_on: date | UnsetType = UNSET
    published_on: date | UnsetType = UNSET
    checked_on: date | UnsetType = UNSET
    effective_on: date | UnsetType = UNSET
    effective_until: date | UnsetType = UNSET
    start: date | UnsetType = UNSET
    until: date | UnsetType = UNSET
    named_persons: tuple[CasePerson, ...] = ()


class CaseAsk(Term, frozen=True, rename={"territory": "in"}):
    """The question of a case; ``person`` is the role of a person of the subject."""

    territory: MemberCode
    on: date
    matter: str = ""
    organ_kind: str = ""
    person: str = ""
    subject: str = ""
    kind: SubjectKind = "organisation"
    nexus: tuple[Nexus, ...] = ()


def types_of(record: CaseGiven) -> list[str]:
    """Return the record types that a record names (there should be exactly one)."""
    return [name for name in TYPES if getattr(record, name) is not UNSET]


def ask_of(ask: CaseAsk, records: Sequence[CaseGiven]) -> Ask:
    """Return the question; its subject is that of the first record unless another is named."""
    subject = ask.subject or next((record.subject for record in records if record.subject), "")
    return Ask(
        subject_id=f"person:{ask.person}" if ask.person else subject,
        subject_kind="natural_person" if ask.person else ask.kind,
        territory=ask.territory,
        matter=ask.matter,
        on=ask.on,
        organ_kind=ask.organ_kind,
        nexus=ask.nexus,
    )


def facts_of(book: Book, ask: CaseAsk, records: Sequence[CaseGiven]) -> list[Fact]:
    """Return the facts; a date that is left out is the day asked about."""
    organs: dict[tuple[str, str], str] = {
        (rule.trigger.record, rule.trigger.list): rule.trigger.stated_by.organ_kind
        for rule in book.rules
    }
    subject = next((record.subject for record in records if record.subject), "")
    facts: list[Fact] = []
    for index, record in enumerate(records):
        name = types_of(record)[0]
        value = str(getattr(record, name))
        target = _target(name, record.of or value, facts)
        fact = _fact(record, FactRef(_ORIGIN, index, f"c{index}", f"{index:0128x}"), ask.on)
        is_listing = name in _FAMILIES
        facts.append(
            replace(
                fact,
                type="list_entry" if is_listing else name,
                subject_id=record.subject or subject,
                subject_name=record.subject or subject,
                organ_kind=record.organ_kind or organs.get((name, value if is_listing else ""), ""),
                list=value if is_listing else "",
                list_family=_FAMILIES.get(name, ""),
                field=record.field or (value if name == "penalty" else ""),
                grade=value if name in _GRADED else "",
                severity=given(record.severity) or _GRAVE.get(name, "unclassified"),
                target=target,
            )
        )
    return facts


def _target(name: str, value: str, facts: Sequence[Fact]) -> FactRef | None:
    """Return the record that an act is upon: the nearest before it, of its list for an exit."""
    if name not in ACTS:
        return None
    causes = [fact for fact in facts if fact.type == value or fact.type not in ACTS]
    if name == "list_exit":
        causes = [fact for fact in causes if fact.list == value]
    return causes[-1].ref if causes else None


def _fact(record: CaseGiven, ref: FactRef, on: date) -> Fact:
    """Return what a record states by itself: dates, places, persons."""
    listed, published = given(record.listed_on), given(record.published_on)
    effective, start = given(record.effective_on), given(record.start)
    decided = given(record.decided_on) or listed or published or effective or start or on
    return Fact(
        ref=ref,
        type="",
        subject_id="",
        subject_kind="organisation",
        decided_on=decided,
        home=record.home,
        authority=record.by,
        member=record.member,
        provenance=record.provenance,
        source=record.source,
        checked_on=given(record.checked_on),
        published_on=published or decided,
        listed_on=listed or decided,
        listed_until=given(record.listed_until),
        effective_on=effective,
        effective_until=given(record.effective_until),
        kinds=record.kinds,
        scheme=record.scheme,
        reach=record.reach,
        start=start,
        until=given(record.until),
        named_persons=tuple(
            NamedPerson(person.name, person.role, f"person:{person.role}")
            for person in record.named_persons
        ),
    )


def adoptions_of(lines: Sequence[AdoptionLine]) -> AdoptionIndex:
    """Return adoptions written beside the cases as the members' records would state them."""
    return AdoptionIndex(
        Adoption(
            rule=line.rule,
            edition=line.edition,
            member=line.member,
            organ=line.organ_code,
            instrument=line.instrument,
            start=line.start,
            until=given(line.until),
            allows=given(line.allows),
        )
        for line in lines
    )
