"""Did you mean: numbers near to one, by the edits between their normal forms."""

import re
from collections.abc import Sequence
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

_MOST: Final = 5
_NEAR: Final = 0.75
"""Two wrong characters in a short undated number (GB 2260, GB/T 2260) are near; three are not."""
_YEAR: Final = re.compile(r"(?:[-:])((?:19|20)[0-9]{2})$")


def nearest(meant: str, known: Sequence[str]) -> tuple[str, ...]:
    """Return up to five of ``known`` near to ``meant``, itself among them, best first.

    Compared are the undated forms; of editions that are equally near, the newest first.
    """
    wanted = _YEAR.sub("", meant)
    found = process.extract(
        wanted,
        [_YEAR.sub("", one) for one in known],
        scorer=DamerauLevenshtein.normalized_similarity,
        score_cutoff=_NEAR,
        limit=None,
    )
    ranked = sorted(((-score, _newest_first(known[at]), known[at]) for _, score, at in found))
    return tuple(dict.fromkeys(one for _, _, one in ranked))[: _MOST + 1]


def _newest_first(number: str) -> int:
    match = _YEAR.search(number)
    return -int(match[1]) if match else 0
