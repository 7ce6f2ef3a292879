"""Figures and levels out of counters: exact, in whole numbers, with what they were divided from."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from registry.domain.records import FACTS, KINDS
from registry.quality.definitions import DEFINITIONS, FIGURES, Figure

OPEN: Final = frozenset({"", *(name for name in FACTS if KINDS[name].audience == "open")})
"""Types that the public's figures are about: facts anybody may see, and what nobody can read."""


class Value(Struct, frozen=True):
    """A figure: a share is ``top`` of ``bottom``; of days ``top`` is the median of so many.

    ``value`` is None where there is nothing to divide by; thousandths for a share.
    """

    key: str
    top: int
    bottom: int
    value: int | None


class Criterion(Struct, frozen=True):
    """A bound of a level, what there is, and by how much it fails (0: it holds).

    ``value`` None: too few records to judge it by, and so the level is not reached.
    """

    figure: str
    bound: int
    at_most: bool
    value: int | None
    short: int

    @property
    def holds(self) -> bool:
        """Whether the bound is kept."""
        return self.value is not None and not self.short


class Judged(Struct, frozen=True):
    """A level with its criteria."""

    key: str
    reached: bool
    criteria: tuple[Criterion, ...]


def added(counters: Iterable[Mapping[str, int]]) -> Counter[str]:
    """Return the sum of counters."""
    total: Counter[str] = Counter()
    for one in counters:
        total.update(one)
    return total


def value_of(figure: Figure, counts: Mapping[str, int]) -> Value:
    """Return a figure of these counts."""
    top = counts.get(figure.top, 0)
    if figure.unit == "count":
        return Value(figure.key, top, 0, top)
    if figure.unit == "days":
        days, number = median_days(figure.top, counts)
        return Value(figure.key, days or 0, number, days)
    bottom = counts.get(figure.bottom, 0)
    share = (2000 * top + bottom) // (2 * bottom) if bottom else None
    return Value(figure.key, top, bottom, share)


def median_days(what: str, counts: Mapping[str, int]) -> tuple[int | None, int]:
    """Return the lower median of counted days, and of how many records."""
    found = sorted(
        (int(name.partition(":")[2]), number)
        for name, number in counts.items()
        if name.startswith(f"{what}:")
    )
    number = sum(count for _, count in found)
    passed = 0
    for days, count in found:
        passed += count
        if 2 * passed >= number:
            return days, number
    return None, 0


def figures_of(counts: Mapping[str, int], *, public: bool) -> dict[str, Value]:
    """Return all figures of these counts, or those for everybody."""
    return {
        key: value_of(figure, counts)
        for key, figure in FIGURES.items()
        if figure.public or not public
    }


def levels_of(counts: Mapping[str, int]) -> tuple[Judged, ...]:
    """Judge every level over the counts of its months; none is reached with too few records."""
    reached = counts.get("n", 0) >= DEFINITIONS.levels.least
    found: list[Judged] = []
    for level in DEFINITIONS.level:
        bounds = [(key, bound, False) for key, bound in level.at_least.items()]
        bounds += [(key, bound, True) for key, bound in level.at_most.items()]
        criteria = tuple(_criterion(counts, *bound) for bound in bounds)
        reached = reached and all(one.holds for one in criteria)
        found.append(Judged(level.key, reached, criteria))
    return tuple(found)


def _criterion(
    counts: Mapping[str, int],
    key: str,
    bound: int,
    at_most: bool,  # noqa: FBT001 - private
) -> Criterion:
    found = value_of(FIGURES[key], counts)
    value = found.value if found.bottom >= DEFINITIONS.shown.least else None
    short = 0 if value is None else value - bound if at_most else bound - value
    return Criterion(key, bound, at_most, value, max(short, 0))


def level_of(judged: Iterable[Judged]) -> str:
    """Return the key of the highest level reached, '' for none."""
    reached = [one.key for one in judged if one.reached]
    return reached[-1] if reached else ""
