"""What the one question about standards is asked with, answered from, and answers.

*May standard S serve in C for U on D?* is a function of the question and of what is known: record
bodies with their places. So an answer names its records, and whoever holds their bodies gets the
same answer. Periods are half-open dates in Asia/Shanghai, except where a record states a last day.
"""

from collections.abc import Mapping
from datetime import date
from typing import Generic, Literal, TypeVar

from msgspec import Struct

from registry.domain.records.standards import (
    Degree,
    GroupStandardUse,
    RecognitionChange,
    ResultAcceptance,
    Standard,
    StandardComparison,
    StandardNotice,
    StandardRecognition,
    Use,
)

R = TypeVar("R")


class Ref(Struct, frozen=True, gc=False, order=True):
    """Where a record stands: log, index in it, its id, and its 64-byte entry in hex."""

    origin: str
    idx: int
    id: str
    entry: str


class Stated(Struct, Generic[R], frozen=True, gc=False):
    """A record and its place; ``member`` is the division of the party whose log it is, if any."""

    ref: Ref
    member: str
    record: R


class Known(Struct, frozen=True, kw_only=True):
    """What is known of a standard and of those it is linked to, in any order.

    Quarantined, withdrawn and erased records are left out by whoever gathers them; acts on
    recognitions and acceptances are here, and resolved by `registry.standards.answer`.
    """

    editions: tuple[Stated[Standard], ...] = ()
    notices: tuple[Stated[StandardNotice], ...] = ()
    recognitions: tuple[Stated[StandardRecognition], ...] = ()
    acceptances: tuple[Stated[ResultAcceptance], ...] = ()
    changes: tuple[Stated[RecognitionChange], ...] = ()
    comparisons: tuple[Stated[StandardComparison], ...] = ()
    group_uses: tuple[Stated[GroupStandardUse], ...] = ()


class Ask(Struct, frozen=True):
    """The question; ``number`` in normal form, dated or not, ``use`` ``sale`` is one, too.

    ``product`` narrows it to what is to be sold or built; empty: whichever product.
    """

    number: str
    territory: str
    use: Use | Literal["sale"]
    on: date
    product: str = ""


Verdict = Literal["yes", "partly", "conditionally", "no", "no_document", "no_recognition_needed"]
"""``no_document``: nothing was found, which is not "not allowed"; the last is for a sale."""


class Statute(Struct, frozen=True, gc=False):
    """What law says before any recognition: its key in ``statutes.toml``, article, both texts."""

    key: str
    article: str
    zh: str
    en: str


class Step(Struct, frozen=True, gc=False):
    """One record of the chain that leads to the answer, and what it says, in both languages."""

    ref: Ref
    kind: str
    zh: str
    en: str


class Nearest(Struct, frozen=True, gc=False):
    """Another edition that may serve, and why it is near: by which relation and record."""

    number: str
    why: Literal[
        "replaces",
        "replaced_by",
        "adopts",
        "adopted_by",
        "compared",
        "regional_issue",
        "stands_for",
    ]
    verdict: Verdict
    zh: str
    en: str
    ref: Ref | None


class Answer(Struct, frozen=True):
    """The answer to an `Ask`; ``inputs`` names by digest everything it is a function of.

    ``edition`` is the one meant: the newest in force of an undated number; '' if none is known.
    ``until`` is the last day of the recognition, ``changes_on`` the first day on which the same
    question has another answer by what is known. ``mutual``: both sides have logged it.
    """

    ask: Ask
    verdict: Verdict
    first_zh: str
    first_en: str
    statutes: tuple[Statute, ...]
    edition: str
    edition_state: Literal["upcoming", "in_force", "partly_replaced", "void", "unknown"]
    replaced_by: tuple[str, ...]
    degree: Degree | Literal[""]
    instrument: str
    organ: str
    contact: str
    conditions: tuple[str, ...]
    exclusions: tuple[str, ...]
    evidence_needed: tuple[str, ...]
    reasons: tuple[str, ...]
    mutual: bool
    to_be_reviewed_by: date | None
    until: date | None
    changes_on: date | None
    chain: tuple[Step, ...]
    nearest: tuple[Nearest, ...]
    notes_zh: tuple[str, ...]
    notes_en: tuple[str, ...]
    inputs: Mapping[str, str]
