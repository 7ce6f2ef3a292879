"""What has been typed so far, and the names and codes that begin with it or hold it.

A name begins in several ways: as a whole, without its place, in pinyin, by its first letters. Each
is stored, so that an index finds what begins with a text in one walk over neighbours, however many
names there are. As for a search, an engine only recalls: who may see what decides again by `met`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Protocol

from search.flow import Recalled
from search.keys import code_key, code_keys
from search.names import NameForms, fold, normalise
from search.query import TEXT_MAX
from search.sounds import coarse, initials, is_spelling, sounds, spelled

LONGEST: Final = 24
"""Characters of a beginning that are stored and compared; beyond them few names are left."""
NAMES_MAX: Final = 10
"""Names of one document that are met by their beginnings: the current one and the next former."""
WALKED: Final = 200
"""Beginnings that are walked over for one way of reading what was typed."""
SUGGESTED: Final = 24
"""Documents recalled: a few more than are shown, since some may not be."""
HELD_MIN: Final = 3
"""Characters from which names are met that only hold the text; two are in a third of all names."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A text as typed so far: ``keys`` are the beginnings it may be, ``held`` what names may hold.

    ``held`` is empty where the text says too little for that.
    """

    keys: tuple[str, ...]
    held: str
    asked: NameForms


class Begun(Protocol):
    """What an engine recalls for a text typed so far."""

    async def by_beginning(self, keys: Sequence[str]) -> Sequence[str]:
        """Return ids of documents with such a beginning, short names first; `SUGGESTED` at most.

        Of more than `WALKED` beginnings of one key some are not looked at.
        """
        ...

    async def by_whole(self, asked: NameForms) -> Recalled:
        """Return documents with a name that holds all of the question."""
        ...


def beginnings(names: Iterable[str], codes: Iterable[str]) -> list[str]:
    """List the distinct beginnings under which names and codes of a document are met, in order."""
    found = set(code_keys(codes))
    for place, name in enumerate(names):
        if place == NAMES_MAX:
            break
        found.update(_of_name(name))
    return sorted({one[:LONGEST] for one in found} - {""})


@lru_cache(maxsize=1024)
def _of_name(name: str) -> frozenset[str]:
    forms = normalise(name)
    plain = forms.core + forms.legal_form
    written = {forms.simplified, plain, forms.place + plain}
    heard = {one for form in written for one in (*sounds(form), *initials(form))}
    return frozenset(one[:LONGEST] for one in written | heard)


@lru_cache(maxsize=256)
def typed_so_far(text: str) -> Typed:
    """Read a text that is being typed; any text is one, it may have no keys."""
    asked = normalise(text[:TEXT_MAX])
    letters = spelled(fold(text[:TEXT_MAX]))
    keys = {asked.simplified, code_key(text)}
    if asked.place:
        keys.add(asked.place + asked.core)
    if is_spelling(letters):
        keys |= {letters, coarse(letters)}
    held = asked.core if len(asked.core) >= HELD_MIN and not is_spelling(letters) else ""
    return Typed(tuple(sorted({one[:LONGEST] for one in keys if one.isalnum()})), held, asked)


def met(typed: Typed, names: Sequence[str], codes: Sequence[str]) -> tuple[int, str] | None:
    """Return how well something is met (0 is best) and the name or code that is; None: it is not.

    Names are met before codes, the current one, given first, before former ones.
    """
    for name in names[:NAMES_MAX]:
        if any(one.startswith(typed.keys) for one in _of_name(name)):
            return (0 if name == names[0] else 2), name
    for code in codes:
        if any(one.startswith(typed.keys) for one in code_keys([code])):
            return 1, code
    for name in names:
        if typed.held and typed.held in normalise(name).simplified:
            return 3, name
    return None


async def suggested(text: str, begun: Begun) -> tuple[str, ...]:
    """Return ids of documents that may be meant by what was typed so far, in no promised order."""
    typed = typed_so_far(text)
    if not typed.keys:
        return ()
    found = dict.fromkeys(await begun.by_beginning(typed.keys))
    if typed.held and len(found) < SUGGESTED:
        held = await begun.by_whole(typed.asked)
        found |= dict.fromkeys(one.id for one in held.candidates)
    return tuple(found)[:SUGGESTED]
