"""How a search went, member by member: a city whose engine did not answer is named, never left out.

Where the question was asked several times for one page, the worst of them counts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from registry.query.show import members_of
from registry.query.views import CitySearched
from search.query import Answer, Part
from signing.charter import Charter

_REST: Final = ""
_WORSE: Final = ("answered", "behind", "late", "failed")


@dataclass(frozen=True, slots=True)
class Searched:
    """What is said of all answers to one question together."""

    engine: str
    degraded: bool
    behind: bool
    cities: tuple[CitySearched, ...]


def searched(answers: Sequence[Answer], cities: Iterable[str], charter: Charter) -> Searched:
    """Say it of the answers to one question, for the cities it was narrowed to, or for all."""
    wanted = frozenset(cities)
    worst: dict[str, Part] = {}
    for part in (part for answer in answers for part in answer.parts):
        for code in part.cities or (_REST,):
            worst[code] = _worse(worst.get(code, part), part)
    asked = (party for party in members_of(charter) if not wanted or party.code in wanted)
    found = [(party, worst.get(party.code) or worst.get(_REST)) for party in asked]
    return Searched(
        engine=answers[0].engine,
        degraded=any(answer.degraded for answer in answers),
        behind=any(answer.behind for answer in answers),
        cities=tuple(
            CitySearched(party.code, party.name, part.state, part.by, part.commit, part.as_of)
            for party, part in found
            if part is not None
        ),
    )


def _worse(one: Part, other: Part) -> Part:
    return max(one, other, key=lambda part: (not part.by, _WORSE.index(part.state)))
