"""Each member's catalogue of lawful measures by date: the national list and local supplements.

A measure against dishonesty is lawful in a member on a day if the national list of that day has
it, or a supplement of a territory the member lies in; a supplement needs a local regulation
(``check_lists``). A book without catalogues leaves the question to whoever reads it.
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from registry.rules.instruments import reaches
from registry.rules.language import Measure, given
from registry.rules.lawful import Catalogue, ListedItem

NATIONAL = "CN"


class Listing(NamedTuple):
    """Where and when a list has an item: scope, first day, first day no longer (None = open)."""

    scope: str
    start: date
    until: date | None


def in_force_on(catalogue: Catalogue, on: date) -> bool:
    """Tell whether an edition of a list is in force on a day."""
    until = given(catalogue.effective.until)
    return catalogue.effective.start <= on and (until is None or on < until)


def lawful(
    catalogues: Sequence[Catalogue], member: str, on: date
) -> tuple[tuple[Catalogue, ListedItem], ...]:
    """Return a member's catalogue of a day: the common part first, then its supplements."""
    here = [c for c in catalogues if reaches(c.scope, member) and in_force_on(c, on)]
    here.sort(key=lambda c: (c.scope != NATIONAL, c.scope, c.edition))
    return tuple((catalogue, item) for catalogue in here for item in catalogue.items)


def needs_listing(measure: Measure) -> bool:
    """Tell whether a measure must stand in the catalogue of where it is applied.

    Incentives have lists of their own; a measure that names no item is for ``check_lists``.
    """
    return measure.family != "incentive" and measure.national_item is not None


def listings(catalogues: Sequence[Catalogue], item: str) -> tuple[Listing, ...]:
    """Return where and when an item is listed, consecutive editions of one scope joined."""
    having = [c for c in catalogues if any(row.item == item for row in c.items)]
    having.sort(key=lambda c: (c.scope, c.effective.start))
    joined: list[Listing] = []
    for one in having:
        found = Listing(one.scope, one.effective.start, given(one.effective.until))
        last = joined[-1] if joined else None
        if last is not None and last.scope == one.scope and last.until == found.start:
            joined[-1] = last._replace(until=found.until)
        else:
            joined.append(found)
    return tuple(joined)


def listed_here(found: Sequence[Listing], member: str, on: date) -> bool:
    """Tell whether one of the listings holds in a member on a day."""
    return any(
        one.start <= on and (one.until is None or on < one.until) and reaches(one.scope, member)
        for one in found
    )
