"""Administrative divisions (GB/T 2260) with the years they were in force.

The source is python-stdnum's ``cn/loc.dat``, whose years come from the revisions of the code
table. Codes live on inside unified codes, resident numbers and old records, so retired ones stay
resolvable for ever. Members' own names come from the charter, never from here.
"""

import re
from collections.abc import Iterable
from datetime import date
from functools import cache, lru_cache
from typing import NamedTuple

from stdnum import numdb

_SPAN = re.compile(r"\[(\d*)-(\d*)\](.+)")


class Tenure(NamedTuple):
    """A name a code stood for, from the year ``since`` to the year ``until``; None is open."""

    name: str
    since: int | None
    until: int | None


def _tenures(text: str) -> tuple[Tenure, ...]:
    """Parse ``[1986-2010]甲区,[2010-]乙区``."""
    found: list[Tenure] = []
    for item in text.split(","):
        match = _SPAN.fullmatch(item)
        if match is None:
            found.append(Tenure(item, None, None))
        else:
            since, until, name = match.groups()
            found.append(Tenure(name, int(since) if since else None, int(until) if until else None))
    return tuple(found)


@cache
def _table() -> dict[str, tuple[Tenure, ...]]:
    """Read the table once, as six-digit code -> tenures."""
    return {
        province + county: _tenures(properties["county"])
        for _, province, _, _, counties in numdb.get("cn/loc").prefixes
        for _, county, _, properties, _ in counties
    }


def all_tenures() -> Iterable[tuple[str, tuple[Tenure, ...]]]:
    """Return every code there ever was with its tenures, in the order of the table."""
    return _table().items()


def tenures(code: str) -> tuple[Tenure, ...]:
    """Return every name a code has stood for, with years; empty when it was never in the table."""
    return _table().get(code, ())


@lru_cache(maxsize=4096)
def division_name(code: str, on: date | None = None) -> str | None:
    """Return the name a code stood for on a date; without one, its latest name."""
    found = tenures(code)
    if on is not None:
        found = tuple(
            tenure
            for tenure in found
            if (tenure.since is None or tenure.since <= on.year)
            and (tenure.until is None or on.year <= tenure.until)
        )
    latest = max(found, key=lambda tenure: (tenure.until is None, tenure.until), default=None)
    return None if latest is None else latest.name


@lru_cache(maxsize=8192)
def is_known(code: str) -> bool:
    """Say whether the code ever was in GB/T 2260; development zones' own codes never were."""
    return code in _table()


@lru_cache(maxsize=8192)
def is_current(code: str) -> bool:
    """Say whether the code still is in force."""
    return any(tenure.until is None for tenure in tenures(code))


def city_of(code: str) -> str:
    """Return the code of the prefecture-level division a code lies in."""
    return f"{code[:4]}00"


@lru_cache(maxsize=8192)
def province_of(code: str) -> str | None:
    """Return the code of the province a code lies in, development zones too; None for no place."""
    province = f"{code[:2]}0000"
    return province if is_known(province) else None
