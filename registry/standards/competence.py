"""Who may take a standard, or results against one, as a basis: by territory, route and organ.

The table (``competence.toml``) is dated data with its sources: a recognition is judged by the rows
in force on the day of its document. Whatever is said here depends on the record and the table
alone, so that every node says the same.

Sources: domain 0.1.11; 标准化法 10 to 13, 18, 21; 食品安全法 29 (local food-safety standards).
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import UNSET, Struct

from registry.domain.records.base import Organ
from registry.domain.records.standards import ResultAcceptance, StandardRecognition
from registry.domain.tables import KEPT, Read
from registry.standards.stated import StatedNumber, read_number
from registry.standards.written import covers

Level = Literal["country", "province", "prefecture", "county"]
Lack = Literal[
    "competence-unknown",
    "competence-territory",
    "route-level",
    "route-organ",
    "route-number",
    "route-use",
    "route-unnamed",
    "standard-does-not-travel",
]
"""What may be wanting; the codes of the findings that say it."""
COUNTRY: Final = "000000"
"""The division of organs that act for the whole country."""


class _Row(Struct, frozen=True, forbid_unknown_fields=True):
    """What rows of both tables have: names, the days in force (``until`` no longer), the source."""

    code: str
    zh: str
    en: str
    since: date
    source: str
    read: Read
    until: date | None = None

    def in_force(self, on: date) -> bool:
        """Say whether the row is in force on a day."""
        return self.since <= on and (self.until is None or on < self.until)


class Route(_Row, frozen=True, kw_only=True):
    """A way in which a standard becomes a basis, and who may go it."""

    levels: tuple[Level, ...]
    uses: tuple[str, ...]
    organs: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    named: bool = False


class Mark(_Row, frozen=True, kw_only=True):
    """A mark of a laboratory's or a certificate's licence, and the results that may bear it."""

    results: tuple[Literal["test", "certificate"], ...]


class Competences(Struct, frozen=True, forbid_unknown_fields=True):
    """The table: its version (year and month of our reading), the routes and the marks."""

    version: str
    routes: tuple[Route, ...]
    marks: tuple[Mark, ...]

    def route(self, code: str, on: date) -> Route | None:
        """Return the row of a route that is in force on a day."""
        return next((one for one in self.routes if one.code == code and one.in_force(on)), None)


COMPETENCES: Final = msgspec.toml.decode(
    Path(__file__).with_suffix(".toml").read_bytes(), type=Competences
)
MARKS: Final = {mark.code: mark for mark in COMPETENCES.marks}


def level_of(division: str) -> Level:
    """Return the level of a division by its code (GB/T 2260)."""
    if division == COUNTRY:
        return "country"
    if division.endswith("0000"):
        return "province"
    return "prefecture" if division.endswith("00") else "county"


def competent(record: StandardRecognition | ResultAcceptance) -> tuple[Lack, ...]:
    """Return what the authority of a recognition or an acceptance lacks; () when it may.

    A refusal needs the competence, too, but whoever refuses what does not travel is right.
    """
    return tuple(_lacks(record))


def _lacks(record: StandardRecognition | ResultAcceptance) -> Iterator[Lack]:
    organ, number = record.authority, read_number(record.number)
    if organ.division is UNSET:
        yield "competence-unknown"
    elif not covers(organ.division, record.territory):
        yield "competence-territory"
    if isinstance(record, StandardRecognition):
        route = COMPETENCES.route(record.route, record.decided_on)
        if route is None:
            yield "route-level"
        else:
            yield from _on_route(record, route, number)
    if number is not None and record.degree != "refused" and not travels(number, record.territory):
        yield "standard-does-not-travel"


def _on_route(
    record: StandardRecognition, route: Route, number: StatedNumber | None
) -> Iterator[Lack]:
    division = record.authority.division
    if division is not UNSET and level_of(division) not in route.levels:
        yield "route-level"
    if route.organs and not any(_is(record.authority, kind) for kind in route.organs):
        yield "route-organ"
    if number is not None and route.numbers and number.kind not in route.numbers:
        yield "route-number"
    if record.use not in route.uses:
        yield "route-use"
    if route.named and not ("《" in record.instrument and "》" in record.instrument):
        yield "route-unnamed"


def _is(organ: Organ, kind: str) -> bool:
    """Say whether an organ is of a kind, by its kind or its name."""
    said = organ.name if organ.kind is UNSET else f"{organ.kind} {organ.name}"
    return any(words in said for words in KEPT["organ-kinds"].by_code[kind].also)


def travels(number: StatedNumber, territory: str) -> bool:
    """Say whether a standard may serve in a territory at all.

    Mandatory local standards and local food-safety standards hold at home alone.
    """
    return not number.stays_at_home or covers(number.territory, territory)
