"""The facts of the demonstration region (``region.yaml``): parties, organs, offences, lists.

Every host ends in ``.example`` (RFC 2606): no log of this region can be mistaken for a real one.
"""

from datetime import date
from importlib.resources import files
from typing import Final, Literal

import msgspec
from msgspec import Struct
from ruamel.yaml import YAML

HOST: Final = "xinyong.njmetro.example"


class Member(Struct, frozen=True):
    """A signing party; organs' names begin with ``short``, enterprises' codes with ``counties``."""

    code: str
    name: str
    short: str
    segment: str
    rank: Literal["city", "county", "region"]
    area: str = ""
    counties: tuple[str, ...] = ()
    silent_since: date | None = None
    """The day of its last batch, for a member that has not been heard of since."""

    @property
    def origin(self) -> str:
        """The name of this party's log."""
        return f"{HOST}/{self.segment}"


class Trade(Struct, frozen=True):
    """A trade: its word in names, its GB/T 4754 class, the business scope."""

    word: str
    industry: str
    scope: str


class Office(Struct, frozen=True):
    """A kind of organ: ``sign`` stands in its document numbers, ``number`` makes its code.

    ``matters`` are those it handles in its city.
    """

    name: str
    kind: str
    sign: str
    number: int
    matters: tuple[str, ...] = ()


class Offence(Struct, frozen=True):
    """What an organ penalises: the words of the decision and the range of the fine (万元)."""

    office: str
    field: str
    severity: str
    fine: tuple[int, int]
    kinds: tuple[str, ...]
    violation: str
    facts: str
    basis: str


class Licence(Struct, frozen=True):
    """What an organ permits, and for how many years."""

    office: str
    decision: str
    category: str
    content: str
    certificate: str
    years: int


class Listing(Struct, frozen=True):
    """A list as its organ keeps it; ``exits`` says how one gets off it."""

    office: str
    severity: str
    reason: str
    basis: str
    exits: str
    field: str = ""
    relayed_from: str = ""
    terms: bool = False
    """Whether each decision states for how long."""


class AdoptionOf(Struct, frozen=True):
    """A member's own act that puts a rule in force in its territory."""

    rule: str
    member: str
    instrument: str
    start: date
    allows: tuple[str, ...] = ()


class Scripted(Struct, frozen=True, rename={"place": "in"}):
    """A record of an enterprise of the cast; ``region.yaml`` says what each member means."""

    place: str
    on: date
    list: str = ""
    permit: str = ""
    penalty: str = ""
    no: str = ""
    persons: bool = False
    until: date | None = None
    publication: str = "public"
    public_until: date | None = None
    of: str = ""
    old: str = ""
    flaw: bool = False
    end: Literal["", "repair", "withdrawal", "stay", "objection", "amendment"] = ""
    end_on: date | None = None
    right_no: str = ""


class Cast(Struct, frozen=True):
    """An enterprise that shows something; ``former`` are its names before, with the last day."""

    name: str
    at: str
    trade: str
    former: dict[str, date] = {}
    records: tuple[Scripted, ...] = ()


class Tie(Struct, frozen=True, rename={"place": "in"}):
    """A relation: ``ends`` are names and roles, first whom the record is about."""

    kind: str
    place: str
    office: str
    on: date
    since: date
    ends: dict[str, str]
    no: str
    until: date | None = None
    matter: str = ""
    person: str = ""


class AnswerOf(Struct, frozen=True, rename={"place": "in"}):
    """What an organ did with a measure; ``region.yaml`` says what each member means."""

    place: str
    office: str
    firm: str
    of: str
    rule: str
    measure: str
    on: date
    result: Literal["applied", "not_applied", "not_applicable", "refused", "lifted"]
    reasons: str
    matter: str = ""
    matter_name: str = ""
    until: date | None = None


class JudgementOn(Struct, frozen=True):
    """An organ's judgement on two subjects, by the names they go by."""

    one: str
    other: str
    judgement: Literal["same", "different"]
    by: str
    reason: str


class AskFor(Struct, frozen=True):
    """A question put to the rules."""

    territory: str
    matter: str
    organ_kind: str = ""


class Situation(Struct, frozen=True):
    """What can be seen where; ``region.yaml`` says what each member means."""

    key: str
    zh: str
    en: str
    firm: str
    see_zh: str
    see_en: str
    ask: AskFor | None = None
    measures: tuple[str, ...] = ()
    find: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()
    hides: tuple[str, ...] = ()
    government: tuple[str, ...] = ()


class Facts(Struct, frozen=True):
    """All of ``region.yaml``."""

    members: tuple[Member, ...]
    trades: tuple[Trade, ...]
    called: tuple[str, ...]
    offices: dict[str, Office]
    offences: tuple[Offence, ...]
    licences: tuple[Licence, ...]
    listings: dict[str, Listing]
    adoptions: tuple[AdoptionOf, ...]
    cast: tuple[Cast, ...]
    ties: tuple[Tie, ...]
    answers: tuple[AnswerOf, ...]
    judgements: tuple[JudgementOn, ...]
    situations: tuple[Situation, ...]


def _read() -> Facts:
    text = files("registry.demo").joinpath("region.yaml").read_text(encoding="utf-8")
    return msgspec.convert(YAML(typ="safe", pure=True).load(text), Facts)


FACTS: Final = _read()
REGION: Final = Member("region", "南京都市圈信用工作办公室", "南京都市圈", "region", "region")
MEMBERS: Final = FACTS.members
PARTIES: Final = (REGION, *MEMBERS)
BY_SEGMENT: Final = {party.segment: party for party in PARTIES}
BY_CODE: Final = {party.code: party for party in PARTIES}
ADOPTIONS: Final = FACTS.adoptions
