"""Which pairs of characters bring a name back, written as text-search queries of PostgreSQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from search.names import NameForms, bigrams, distinctive

GRAMS_MAX: Final = 40
"""Pairs of a question that recall; a longer name is found by its first forty."""
LEADING: Final = 4
"""Pairs of which one must be there: they hold the trade name, which stands first and is rare. A
slip destroys three at most, and the index need not read the names that share a trade alone."""
FEW: Final = 2
"""Of so few pairs any one recalls: a slip leaves no two."""


@dataclass(frozen=True, slots=True)
class Recall:
    """The text-search queries of one question.

    ``core``, ``body`` and ``place``: all pairs of that form. ``pairs``: a leading pair and
    any other of the distinctive ones. ``rank``: how many of all the pairs.
    """

    core: str
    body: str
    place: str
    pairs: str
    rank: str


def _quote(gram: str) -> str:
    """Quote a lexeme for tsquery; grams are letters and digits, this holds for any text."""
    return "'" + gram.replace("\\", "\\\\").replace("'", "''") + "'"


def _all(grams: Sequence[str]) -> str:
    return " & ".join(map(_quote, grams))


def _resembling(grams: Sequence[str]) -> str:
    """Ask for a leading pair of characters and any other; of few pairs, for any."""
    if len(grams) <= FEW:
        return " | ".join(map(_quote, grams))
    return " | ".join(
        f"{_quote(lead)} & ({' | '.join(_quote(gram) for gram in grams if gram != lead)})"
        for lead in grams[:LEADING]
    )


def recall(asked: NameForms) -> Recall:
    """Write the queries for a name that has a letter or digit."""
    body = bigrams(asked.body)[:GRAMS_MAX] or ("^" + asked.body,)
    core = asked.bigrams[:GRAMS_MAX] or body
    return Recall(
        core=_all(core),
        body=_all(body),
        place=_all(bigrams(asked.place) or body),
        pairs=_resembling(distinctive(asked)[:GRAMS_MAX]),
        rank=" | ".join(map(_quote, dict.fromkeys((*core, *body)))),
    )
