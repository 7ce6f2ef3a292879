"""What an engine stores of a text, and by which numbers it is kept in order.

The caller decides from the *current* state which texts there are about a subject: what may not be
found any more is not among them, and so leaves the index. What a text says never changes: it is
there or it is not.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from search.texts.letters import BETWEEN, pairs

Place = tuple[int, int]
"""Two numbers of the caller that name a text and order those of one day: the first of 64 bits with
sign, the second at least 0 and below 2^53, beyond which a Meilisearch does not tell two apart."""
LEADING: Final = "^"
"""Marks the pairs of what a text is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One thing that is found by what it says.

    ``about`` is the hex id of whom or what it is about. ``lead`` are the letters
    (`search.texts.letters`) of what names it (title, kind), ``rest`` those of all else. ``city``,
    ``type``, ``severity`` and ``organ`` are words of the caller, only for filters; each may be "".
    """

    place: Place
    about: str
    day: date
    city: str = ""
    type: str = ""
    severity: str = ""
    organ: str = ""
    lead: str = ""
    rest: str = ""

    @property
    def form(self) -> str:
        """All of its letters."""
        return f"{self.lead}{BETWEEN}{self.rest}"

    def recalled_by(self) -> list[int]:
        """Return the pairs by which it is recalled: of all it says, and of its lead once more."""
        return sorted(pairs(self.form) | pairs(self.lead, LEADING))
