"""What a text typed in pinyin may have been meant to be, if one letter of it is a slip.

Nothing is stored for it: the readings that are one wrong, missing, added or swapped letter away are
listed, as those of a code are (`search.codes`), and looked up like any other. Only what can be read
as syllables is one; where the text itself cannot, the slip is near the place where reading ends.
"""

from collections.abc import Iterator
from functools import lru_cache
from string import ascii_uppercase
from typing import Final

from search.sounds import coarse, is_pinyin, read_up_to

LETTERS_MIN: Final = 5
"""Letters of a name in which a slip is looked for; shorter ones are all a letter apart."""
LETTERS_MAX: Final = 80
"""Letters of the longest: some twenty-five characters, and a few milliseconds."""
BEFORE: Final = 7
BEHIND: Final = 2
"""How many letters before and behind the end of what can be read a slip may stand: a syllable, with
what it may have swallowed of the one before."""


@lru_cache(maxsize=256)
def mended(typed: str) -> tuple[str, ...]:
    """List the texts of syllables that are one slip away; capital letters, no two sound alike."""
    if not LETTERS_MIN <= len(typed) <= LETTERS_MAX or not typed.isalpha():
        return ()
    heard = {coarse(typed)}
    found: list[str] = []
    for text in _one_away(typed):
        if is_pinyin(text) and (sound := coarse(text)) not in heard:
            heard.add(sound)
            found.append(text)
    return tuple(found)


def _one_away(typed: str) -> Iterator[str]:
    begin, end = 0, len(typed)
    if not is_pinyin(typed):
        stuck = read_up_to(typed)
        begin, end = max(0, stuck - BEFORE), min(end, stuck + BEHIND + 1)
    for at in range(begin, end + 1):
        head, tail = typed[:at], typed[at:]
        yield from (head + letter + tail for letter in ascii_uppercase)
        if tail:
            yield head + tail[1:]
            yield from (head + letter + tail[1:] for letter in ascii_uppercase)
            yield head + tail[1:2] + tail[0] + tail[2:]
