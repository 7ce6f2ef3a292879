"""Random worlds for the rules: adoptions, records and a question over a book, from one number.

Days are few and near each other, so that ends, beginnings and the day asked about often meet.
"""

from datetime import date
from random import Random
from typing import get_args

from msgspec import UNSET
from msgspec.structs import replace

from registry.rules import terms
from registry.rules.language import Book, Rule
from registry.rules.model import Adoption, Ask, Fact, FactRef, NamedPerson, Stayed
from tests.registry.rules.naive_records import World
from tests.registry.rules.random_books import (
    BOOKS,
    DAYS,
    FIELDS,
    GRADES,
    KINDS,
    LISTINGS,
    LISTS,
    MEMBERS,
    ORGANS,
    ROLES,
    SCHEMES,
    book,
)

SUBJECT, OTHER = "s-asked", "s-other"
HOMES = {"organisation": "320100", "natural_person": "", "sole_trader": "321100"}
ENDING = ("withdrawal", "repair", "list_exit", "objection_upheld")
LASTING = ("stay", "reorganisation_shield", "objection")
ACTS = (*ENDING, *LASTING)
GRAVE = ("serious", "serious", "general", "minor", "unclassified")
REACHES = (("CN",), ("320000",), ("340000",), ("320100", "340200"))
NEXUS = get_args(terms.Nexus)


class Draw:
    """One world being drawn: its numbers, its book, and the rules it is mostly about."""

    def __init__(self, rng: Random, book: Book) -> None:
        self.rng = rng
        self.some = rng.random
        self.book = book
        self.about = [rng.choice(book.rules) for _ in range(rng.choice((1, 1, 1, 2)))]
        self.kind = self.subject_kind()
        self.today = 45 + rng.randrange(len(DAYS) - 45)

    def subject_kind(self) -> str:
        """Return a kind of subject, mostly one the rules reach."""
        if self.some() < 0.15:
            return self.rng.choice(("organisation", "natural_person", "sole_trader"))
        return self.rng.choice(self.about[0].subjects).kind

    def day(self, back: int, ahead: int) -> date:
        """Return a day around the day asked about, so many places back or ahead."""
        place = self.today + self.rng.randrange(-back, ahead)
        return DAYS[min(max(place, 0), len(DAYS) - 1)]

    def chance(self, likely: float, value: date) -> date | None:
        return value if self.some() < likely else None


def adoptions(draw: Draw) -> tuple[Adoption, ...]:
    made = {}
    for one in draw.book.rules:
        for _ in range(1 if one in draw.about else draw.rng.choice((0, 0, 1, 2))):
            uses = tuple(use.use for use in one.measures if draw.some() < 0.9)
            adoption = Adoption(
                rule=one.key,
                edition=one.edition if draw.some() < 0.97 else "2025-9",
                member=MEMBERS[draw.some() < 0.1],
                organ="示例机关",
                instrument="示例号",
                start=draw.day(40, 2),
                until=draw.day(2, 20) if draw.some() < 0.1 else None,
                stays=(stayed(draw, len(made)),) if draw.some() < 0.08 else (),
                allows=uses if draw.some() < (0.8 if one.kind == "reward" else 0.25) else None,
            )
            made[one.key, adoption.member, adoption.start, adoption.edition] = adoption
    return tuple(made.values())


def stayed(draw: Draw, idx: int) -> Stayed:
    """Return that a member suspends a rule in its own territory for a time."""
    return Stayed(draw.day(9, 5), draw.day(2, 9) if draw.some() < 0.6 else None, ref(900 + idx))


def ref(idx: int) -> FactRef:
    return FactRef("log.example", idx, f"id-{idx}", f"{idx:0128x}")


def names_persons(rule: Rule) -> bool:
    return any(subject.roles for subject in rule.subjects)


def cause(draw: Draw, idx: int) -> Fact:
    """Return a record as a rule or one of its conditions wants it, or nearly."""
    rng, some = draw.rng, draw.some
    rule = rng.choice(draw.about) if some() < 0.9 else rng.choice(draw.book.rules)
    wanted = rule.trigger
    record, of_list, field = wanted.record, wanted.list, rng.choice(FIELDS)
    if wanted.listed_for is not UNSET and some() < 0.85:
        field = rng.choice(wanted.listed_for.fields)
    grave = wanted.severity[0] if wanted.severity and some() < 0.9 else rng.choice(GRAVE)
    if rule.conditions is not UNSET and some() < 0.3:
        condition = rng.choice(rule.conditions.all)
        test = condition.none_open if condition.not_ is UNSET else condition.not_
        record, of_list, field = test.record, test.list, test.field or field
    if record in LISTINGS and not of_list:
        of_list = rng.choice(LISTS[record])
    family = LISTINGS.get(record, "")
    day = draw.day(14, 3)
    named = draw.kind == "natural_person" and some() < (0.9 if names_persons(rule) else 0.1)
    return Fact(
        ref=ref(idx),
        type="list_entry" if family else record,
        subject_id=OTHER if named or some() < 0.05 else SUBJECT,
        subject_kind="organisation" if named else draw.kind,
        decided_on=day,
        home=HOMES[draw.kind],
        authority="示例局" if some() < 0.7 else "另一局",
        organ_kind=wanted.stated_by.organ_kind if some() < 0.97 else rng.choice(ORGANS),
        member=MEMBERS[0] if some() < 0.5 else rng.choice(MEMBERS),
        provenance="original" if some() < 0.85 else "relayed",
        published_on=draw.day(30, 9) if some() < 0.2 else draw.chance(0.95, day),
        corrected_on=draw.chance(0.85, day),
        severity=grave,
        kinds=tuple(one for one in KINDS if some() < 0.7) if record == "penalty" else (),
        grade=GRADES[some() < 0.2] if record in {"evaluation", "per_mu"} else "",
        scheme=SCHEMES[some() < 0.5] if record == "per_mu" else "",
        reach=rng.choice(REACHES) if some() < 0.3 else (),
        list=of_list if family else "",
        list_family="debtor" if family == "serious" and some() < 0.3 else family,
        field=field,
        listed_on=day if family else None,
        listed_until=draw.day(3, 30) if family and some() < 0.2 else None,
        effective_until=draw.day(3, 30) if record == "penalty" and some() < 0.6 else None,
        until=draw.day(3, 30) if some() < 0.1 else None,
        named_persons=(NamedPerson("张示例", ROLES[some() < 0.2], SUBJECT),) if named else (),
    )


def act(draw: Draw, idx: int, upon: Fact) -> Fact:
    """Return an act upon an earlier record, which may itself be an act."""
    some = draw.some
    kind = "withdrawal" if upon.type in ACTS else draw.rng.choice((*ACTS, *LASTING, *LASTING))
    return Fact(
        ref=ref(idx),
        type=kind,
        subject_id=upon.subject_id,
        subject_kind=upon.subject_kind,
        decided_on=draw.day(12, 5),
        effective_on=draw.day(12, 5) if some() < 0.3 else None,
        start=draw.day(12, 5) if some() < 0.3 else None,
        until=draw.day(3, 9) if kind not in ENDING and some() < 0.6 else None,
        target=upon.ref if some() < 0.97 else None,
    )


def records(draw: Draw) -> list[Fact]:
    several = draw.about[0].trigger.at_least is not UNSET
    facts = [
        cause(draw, idx)
        for idx in range(draw.rng.choice((4, 5, 6) if several else (1, 2, 2, 3, 3, 4, 6)))
    ]
    if draw.some() < 0.1:
        permit = replace(cause(draw, len(facts)), type="permit", list="", list_family="")
        facts.append(replace(permit, subject_id=SUBJECT, member=MEMBERS[0], named_persons=()))
    for _ in range(draw.rng.choice((0, 1, 1, 2, 3))):
        facts.append(act(draw, len(facts), draw.rng.choice(facts)))
    return facts


def question(draw: Draw) -> Ask:
    rng, some = draw.rng, draw.some
    measure = draw.book.measures[rng.choice(rng.choice(draw.about).measures).use]
    organ = rng.choice(measure.organ.split("、")) if some() < 0.6 else rng.choice(ORGANS)
    return Ask(
        subject_id=SUBJECT,
        subject_kind=draw.kind,
        territory=MEMBERS[some() < 0.08],
        matter="" if some() < 0.4 else measure.matter,
        on=DAYS[draw.today],
        organ_kind="" if some() < 0.6 else organ,
        nexus=() if some() < 0.9 else tuple(rng.sample(NEXUS, 2)),
    )


def world(rng: Random, book: Book) -> World:
    """Return a random world over a book: what is known is some of the records, in any order."""
    draw = Draw(rng, book)
    known = [fact for fact in records(draw) if draw.some() < 0.97]
    rng.shuffle(known)
    return World(book, adoptions(draw), tuple(known), question(draw))


def numbered(number: int) -> World:
    """Return a world by its number: over one book of many, every fourth the real one."""
    return world(Random(f"world {number}"), book(number % BOOKS)[0])
