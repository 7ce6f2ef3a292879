"""The words of the rule language: how a key, a date, a level or a stop may be written.

Split from ``language``, which says what is made of them.
"""

from datetime import date
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

Word = Annotated[str, Meta(min_length=1, max_length=200)]
Sentence = Annotated[str, Meta(min_length=1, max_length=2000)]
Key = Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,63}$")]
Edition = Annotated[str, Meta(pattern=r"^[0-9]{4}-[1-9][0-9]{0,2}$")]
Citation = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]*(#[a-z0-9][a-z0-9.-]*)?$")]
MemberCode = Annotated[str, Meta(pattern=r"^[0-9]{6}$")]
Reach = Annotated[str, Meta(pattern=r"^(CN|[0-9]{6})$")]
Length = Annotated[
    str, Meta(pattern=r"^P(?=[1-9])([1-9][0-9]{0,2}Y)?([1-9][0-9]{0,2}M)?([1-9][0-9]{0,3}D)?$")
]

Level = Literal[
    "law",
    "administrative_regulation",
    "local_regulation",
    "party_state_policy",
    "ministry_rule",
    "local_government_rule",
    "normative_document",
    "memorandum",
]
Read = Literal["full_text", "secondary", "unconfirmed"]
Family = Literal["A", "B", "C", "incentive"]
Effect = Literal["bar", "restrict", "consider", "manage", "autonomous", "favour", "notice"]
SubjectKind = Literal["organisation", "natural_person", "sole_trader"]
Severity = Literal["minor", "general", "serious", "unclassified"]
Policy = Literal["longest", "once", "most_severe", "best_once"]
Trigger_ = Literal[
    "list_entry",
    "honour",
    "anomaly_listing",
    "penalty",
    "permit",
    "registration",
    "evaluation",
    "per_mu",
]
Digest = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
Exclusion = Literal["anomaly_directory", "仅受行政处罚而未列入名单"]
Favour = Literal[
    "service", "inspection", "recognition", "publicity", "bid_points", "guarantee", "fiscal", ""
]
Nexus = Literal[
    "the_matter_is_handled_here",
    "registered_here",
    "licensed_here",
    "application_here",
    "inspection_plan_here",
]
StartAnchor = Literal[
    "record.listed_on", "record.decided_on", "record.published_on", "record.corrected_on"
]
EndAnchor = Literal[
    "record.listed_until",
    "record.effective_until",
    "list_exit.effective_on",
    "repair.effective_on",
    "withdrawal.decided_on",
    "grade_change.effective_on",
    "next_years_list.published_on",
]
StopBy = Literal[
    "withdrawal",
    "repair",
    "list_exit",
    "objection_upheld",
    "stay",
    "reorganisation_shield",
    "objection_open",
]
StopEffect = Literal["as_if_never_from_that_day", "end", "suspend", "hidden", "none"]


class Term(Struct, frozen=True, forbid_unknown_fields=True):
    """Base of every object of the language: unknown members are refused."""


class InForce(Term, frozen=True, rename={"start": "from"}):
    """When an instrument is in force; ``until`` is the first day on which it no longer is."""

    start: date
    until: date | UnsetType = UNSET


class Principle(Term, frozen=True):
    """What holds for every rule, with its law; it has no trigger: its cases show it."""

    key: Key
    title: Word
    reads: Sentence
    law: Annotated[tuple[Citation, ...], Meta(min_length=1)]
    not_from_this_rule: Annotated[tuple[Sentence, ...], Meta(min_length=1)]


class Indicator(Term, frozen=True):
    """One input of a formula; its weight in per cent where the document states one."""

    name: Word
    weight: Annotated[int, Meta(ge=1, le=100)] | UnsetType = UNSET
    unit: str = ""


class Evaluated(Term, frozen=True):
    """How one city evaluates: its scheme, formula and grades, which hold in its own pool alone."""

    scheme: Word
    formula: Sentence
    indicators: Annotated[tuple[Indicator, ...], Meta(min_length=1, max_length=40)]
    grades: Annotated[dict[Word, Sentence], Meta(min_length=1, max_length=20)]
    basis: Citation


class AtLeast(Term, frozen=True):
    """How many records it takes, within which time, stated in how many cities.

    Only records count that are open on the day asked about and began within ``within`` before it.
    """

    number: Annotated[int, Meta(ge=2, le=50)]
    within: Length
    counting: Key
    cities: Annotated[int, Meta(ge=1, le=20)] = 1
