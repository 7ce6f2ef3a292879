"""Which pairs of characters bring a name back: the same question for every engine.

All engines recall the same names in the same order (likelier ones, then short ones), so that they
give the same answers, also where there are more candidates than are weighed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from search.names import NameForms, bigrams, distinctive

GRAMS_MAX: Final = 40
"""Pairs of a question that recall; a longer name is found by its first forty."""
LEADING: Final = 4
"""Pairs of which one must be there: they hold the trade name, which stands first and is rare. A
slip destroys three at most, and the index need not read the names that share a trade alone."""
NEAR: Final = 6
"""Pairs at the beginning; a leading one and another of them make a name likelier."""
FEW: Final = 2
"""Of so few pairs any one recalls: a slip leaves no two."""
RESEMBLING_MAX: Final = 200
"""Candidates that only share pairs of characters with the question: what a person waits for."""
Clause = tuple[str, tuple[str, ...]]
"""A pair that must be there, and others of which one must be there too, unless there are none."""


@dataclass(frozen=True, slots=True)
class Recall:
    """What one question asks of names.

    ``core``: all of these pairs; ``placed``: those of the place too. ``pairs``: one of these
    clauses; ``near``: those of them that make a name likelier.
    """

    core: tuple[str, ...]
    placed: tuple[str, ...]
    near: tuple[Clause, ...]
    pairs: tuple[Clause, ...]


def recall(asked: NameForms) -> Recall:
    """Say what to recall for a name that has a letter or digit."""
    body = bigrams(asked.body)[:GRAMS_MAX] or ("^" + asked.body,)
    core = asked.bigrams[:GRAMS_MAX] or body
    grams = distinctive(asked)[:GRAMS_MAX]
    near = grams[:NEAR]
    likelier = [(lead, near[at + 1 :]) for at, lead in enumerate(near[:-1][:LEADING])]
    return Recall(
        core=core,
        placed=(*core, *(bigrams(asked.place) or body)),
        near=tuple(likelier) or _alone(grams),
        pairs=_resembling(grams),
    )


def _resembling(grams: Sequence[str]) -> tuple[Clause, ...]:
    """Ask for a leading pair of characters and any other; of few pairs, for any."""
    if len(grams) <= FEW:
        return _alone(grams)
    leading = grams[:LEADING]
    return tuple((lead, tuple(gram for gram in grams if gram != lead)) for lead in leading)


def _alone(grams: Sequence[str]) -> tuple[Clause, ...]:
    return tuple((gram, ()) for gram in grams)


@dataclass(frozen=True, slots=True)
class Writing:
    """How a language of queries writes a pair, and joins conditions."""

    quote: Callable[[str], str]
    conjunction: str
    disjunction: str

    def every(self, grams: Sequence[str]) -> str:
        """Write that all of these pairs are there."""
        return self.conjunction.join(map(self.quote, grams))

    def any_clause(self, clauses: Sequence[Clause]) -> str:
        """Write that one of these clauses holds."""
        return self.disjunction.join(
            self.conjunction.join((self.quote(gram), f"({self._any(others)})"))
            if others
            else self.quote(gram)
            for gram, others in clauses
        )

    def _any(self, grams: Sequence[str]) -> str:
        return self.disjunction.join(map(self.quote, grams))
