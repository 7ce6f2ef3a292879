"""Rules that take several records: who has been penalised twice in two years, in two cities.

The records counted are all causes of the measure, and named in the answer; when one of them ends,
or its place in the window, the count is taken again. A record whose execution is stayed does not
count: to count it would be to execute it.
"""

from collections.abc import Iterator, Sequence
from datetime import date

from msgspec import Struct

from registry.domain.periods import term_end
from registry.rules.compiled import CompiledCount, CompiledUse
from registry.rules.model import Fact
from registry.rules.stops import Life, ended_by, first


class Counted(Struct, frozen=True, gc=False):
    """An open record of a rule that counts, with the first day on which it no longer counts."""

    fact: Fact
    start: date
    until: date | None
    marks: tuple[str, ...]
    uses: tuple[CompiledUse, ...]


def counted(
    count: CompiledCount, fact: Fact, alive: Life, uses: tuple[CompiledUse, ...], on: date
) -> Counted | None:
    """Return a record as it counts on a day, None when it does not."""
    until = first(alive.until, term_end(alive.start, count.within))
    if alive.suspensions or ended_by(until, on):
        return None
    return Counted(fact, alive.start, until, alive.marks, uses)


def enough(count: CompiledCount, counts: Sequence[Counted]) -> bool:
    """Tell whether there are enough records from enough cities."""
    cities = {one.fact.member for one in counts}
    return len(counts) >= count.number and len(cities) >= count.cities


def lives_of(count: CompiledCount, counts: Sequence[Counted]) -> Iterator[tuple[Counted, Life]]:
    """Yield the records counted (enough of them), with the life of the measure as that of each.

    It begins with the record that made them enough and ends with the first that leaves too few.
    """
    begun = sorted(counts, key=_begins)
    start = next(one.start for n, one in enumerate(begun, 1) if enough(count, begun[:n]))
    until = min(
        (end for end in _ends(counts) if not enough(count, _left(counts, end))), default=None
    )
    for one in counts:
        yield one, Life(start, until, until, (), one.marks)


def _begins(one: Counted) -> date:
    return one.start


def _ends(counts: Sequence[Counted]) -> Iterator[date]:
    return (one.until for one in counts if one.until is not None)


def _left(counts: Sequence[Counted], end: date) -> list[Counted]:
    """Return what still counts on a day."""
    return [one for one in counts if one.until is None or end < one.until]
