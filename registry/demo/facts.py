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
    counties: tuple[str, ...] = ()

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
    """A kind of organ: ``sign`` stands in its document numbers, ``number`` makes its code."""

    name: str
    kind: str
    sign: str
    number: int


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


class AdoptionOf(Struct, frozen=True):
    """A member's own act that puts a rule in force in its territory."""

    rule: str
    member: str
    instrument: str
    start: date
    allows: tuple[str, ...] = ()


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


def _read() -> Facts:
    text = files("registry.demo").joinpath("region.yaml").read_text(encoding="utf-8")
    return msgspec.convert(YAML(typ="safe", pure=True).load(text), Facts)


FACTS: Final = _read()
REGION: Final = Member("region", "南京都市圈信用工作办公室", "南京都市圈", "region", "region")
MEMBERS: Final = FACTS.members
PARTIES: Final = (REGION, *MEMBERS)
BY_CODE: Final = {party.code: party for party in PARTIES}
ADOPTIONS: Final = FACTS.adoptions
