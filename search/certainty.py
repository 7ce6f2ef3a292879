"""How certain it is that a hit is the one that was meant: a calibrated chance.

The chance that the best hit is right was counted for each score, over questions of every kind on
real names, half of them for names that are not there (``python -m tests.bench finding`` counts it
again). Hits that are nearly as good share it: of two equal ones none is certain.
"""

from bisect import bisect_right
from collections.abc import Sequence
from math import exp
from typing import Final, Protocol

SURE: Final = 0.75
"""From this chance on a hit is called a sure match; below it an answer says that it has none."""
RIVALS: Final = 10
"""Best hits that share the chance; behind them are names that resemble by accident."""
_CURVE: Final = (
    (0.0, -7.0), (0.7, -3.0), (0.8, -1.0), (0.84, 0.5), (0.87, 2.5), (0.93, 5.0), (1.0, 9.0),
)  # fmt: skip
"""Score, and logarithm of the odds that a hit of this score is right if it has no rival."""


_KEYS: Final = ("code", "number")


class Scored(Protocol):
    """A hit: what of the document it met, and how well, 0 to 1."""

    @property
    def matched(self) -> str:
        """Name the field of the document."""
        ...

    @property
    def score(self) -> float:
        """Say how well it was met."""
        ...


def _odds(score: float) -> float:
    at = min(bisect_right([low for low, _ in _CURVE], score), len(_CURVE) - 1)
    (low, below), (high, above) = _CURVE[at - 1], _CURVE[at]
    return exp(below + (above - below) * (score - low) / (high - low))


def certainty(hit: Scored) -> float:
    """Return the chance of a hit that is compared by itself, 0 to 1."""
    return certainties([hit])[0]


def certainties(hits: Sequence[Scored]) -> list[float]:
    """Return the chance of each hit of an answer, 0 to 1; codes and numbers are met or not."""
    odds = [_odds(hit.score) for hit in hits]
    best = sorted(odds, reverse=True)[:RIVALS]
    return [
        1.0
        if hit.matched in _KEYS and hit.score == 1
        else round(one / (1 + max(sum(best), one)), 3)
        for hit, one in zip(hits, odds, strict=True)
    ]
