"""Whom to turn to about a standard in a place: competent office with telephone, and by which route.

The offices are those that the member has named (`registry.domain.offices`), the routes are the
dated table of competences; where a member has named nobody, that is said, and nobody is guessed.
"""

from datetime import date
from typing import Final

from msgspec import UNSET

from registry.domain.offices import Office
from registry.domain.records.base import Organ
from registry.pages.frame import Frame
from registry.standards.competence import COMPETENCES, Route, level_of, travels
from registry.standards.stated import read_number
from registry.standards.written import kind

STANDARDISATION: Final = "市场监督管理部门"
"""The kind of organ that makes and takes up standards, whatever the use (标准化法 5)."""
MATTER_OF: Final = {
    "tender": "tender",
    "qualification": "market_licence",
    "funds": "public_funds",
}
"""The matter that a use is handled as; the other uses are market regulation's own."""


def offices_for(frame: Frame, place: str, use: str, on: date) -> list[dict[str, str]]:
    """Return the offices of a place that may take a standard for a use, each once."""
    return [
        {"name": one.name, "phone": one.phone, "source": one.source}
        for one in _named(frame, place, use, on)
    ]


def receiver_of(frame: Frame, place: str, use: str, on: date) -> Organ:
    """Return the organ that a request goes to; one that is not named yet goes by its kind."""
    office = next(iter(_named(frame, place, use, on)), None)
    if office is None:
        name = f"{frame.site.name_of(place)}{STANDARDISATION}"
        return Organ(name=name, kind=STANDARDISATION, division=place)
    return Organ(name=office.name, uscc=office.uscc or UNSET, division=place)


def _named(frame: Frame, place: str, use: str, on: date) -> dict[Office, None]:
    offices = frame.site.offices
    found = (
        offices.for_matter(place, MATTER_OF[use], on) if use in MATTER_OF else None,
        offices.for_organ(place, "", STANDARDISATION, on),
    )
    return dict.fromkeys(one for one in found if one is not None)


def routes_for(frame: Frame, number: str, place: str, use: str, on: date) -> list[dict[str, str]]:
    """Return the routes by which organs of a place may take a standard for a use on a day.

    None where it does not travel: a mandatory local standard, or a local one on food.
    """
    read = read_number(number)
    if read is not None and not travels(read, place):
        return []
    return [
        {"name": one.zh if frame.lang == "zh" else one.en, "source": one.source}
        for one in COMPETENCES.routes
        if one.in_force(on) and _open(one, number, place, use)
    ]


def _open(route: Route, number: str, place: str, use: str) -> bool:
    return (
        use in route.uses
        and level_of(place) in route.levels
        and (not route.numbers or kind(number) in route.numbers)
    )
