"""Keys under which a name is met although typed with a slip, by ear, or by its first letters.

A name is stored under its core (without place and legal form), its core without each one character,
its sound and its first letters; a question asks for the same of itself. Two names that differ by
one wrong, missing, added or swapped character share such a key, and few others do, so that an index
answers with a handful of names. A slip in the place or the legal form leaves them unread: so a
question is asked without some characters at either end, too.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from hashlib import blake2b
from typing import Final

from search.mending import mended
from search.names import PLACES, NameForms, normalise
from search.query import TEXT_MAX
from search.sounds import coarse, initials, is_spelling, readings, sounds, spelled

SLIPS_MAX: Final = 32
"""Characters of a name of which each may be missing; beyond them a slip is met by pairs."""
NAMES_MAX: Final = 50
"""Names of one document that may be met with a slip: the current one and the next former ones."""
SHORT: Final = 3
"""A core of so few characters is met with its place: one of two characters says nothing."""
PLACE_MAX: Final = 6
FORM_MAX: Final = 7
"""Characters of a place or legal form that may have been left unread for a slip in them."""
LETTERS_MIN: Final = 3
"""First letters below this number are those of thousands."""
_SPELLED_MAX: Final = 24
"""Letters of the longest place."""
_SPELLED_FORM: Final = re.compile(
    r"(?:GUFEN)?YOUXIAN(?:ZEREN)?GONGSI(?!.*YOUXIAN(?:ZEREN)?GONGSI)|(?<!FEN)(?<!ZHI)(?:ZONG)?GONGSI\Z"
    r"|(?:HEHUOQIYE)?(?:TESHUPUTONG|PUTONG|YOUXIAN)HEHUO\Z|HEHUOQIYE\Z|GERENDUZIQIYE\Z"
)
"""Where `search.names` takes the legal form away, in pinyin."""
_FORM_END: Final = 18
"""Letters before GONGSI of the longest such legal form."""
_BYTES: Final = 7
"""Of a key: with 56 bits some million names share no key by chance."""


def _damaged(form: str) -> str:
    """Write what a legal form looks like with one slip."""
    spots = range(len(form))
    wrong = [f"{form[:at]}.?{form[at + 1 :]}" for at in spots]
    added = [f"{form[:at]}.{form[at:]}" for at in spots[1:]]
    swapped = [form[:at] + form[at + 1] + form[at] + form[at + 2 :] for at in spots[:-1]]
    return "|".join((*swapped, *added, *wrong))


_DAMAGED_FORM: Final = re.compile(
    "|".join(map(_damaged, ("股份有限公司", "有限责任公司", "有限公司")))
)


def _hashed(kind: str, text: str) -> int:
    digest = blake2b(
        f"{kind}{text[:TEXT_MAX]}".encode("utf-8", "surrogatepass"), digest_size=_BYTES
    )
    return int.from_bytes(digest.digest())


def without_one(text: str) -> set[str]:
    """Return a text without each one of its characters."""
    return {text[:at] + text[at + 1 :] for at in range(min(len(text), SLIPS_MAX))}


def stored_keys(names: Iterable[str]) -> list[int]:
    """List the distinct keys of the names of a document, in order; the current name comes first."""
    keys: set[tuple[str, str]] = set()
    for place, name in enumerate(names):
        forms = normalise(name)
        if forms.body:
            keys |= {("n", form) for form in (forms.simplified, forms.body, forms.core)}
            if place < NAMES_MAX:
                keys |= _near(forms)
    return sorted({_hashed(*key) for key in keys})


def _near(forms: NameForms) -> set[tuple[str, str]]:
    slips = without_one(forms.core if len(forms.core) > SHORT else forms.body)
    keys = {("n", slip) for slip in slips if len(slip) > 1}
    keys |= {("s", sound) for form in (forms.core, forms.body) for sound in sounds(form)}
    letters = {i for form in (forms.simplified, forms.body, forms.core) for i in initials(form)}
    return keys | {("i", one) for one in letters if len(one) >= LETTERS_MIN}


def exact_keys(asked: NameForms) -> list[int]:
    """List the keys of a question itself, those of the names that are likeliest meant."""
    return sorted({_hashed("n", form) for form in (asked.simplified, asked.body, asked.core)})


def asked_keys(asked: NameForms) -> list[int]:
    """List the distinct keys under which a question may meet a name, in order."""
    texts = {asked.simplified, asked.body, asked.core} | without_one(asked.core)
    if len(asked.core) <= SHORT + 1:
        texts |= without_one(asked.body)
    ends = {asked.body[at:] for at in range(1, PLACE_MAX + 1)}
    ends |= {asked.core[:-at] for at in range(1, FORM_MAX + 1)}
    texts |= {end for end in ends if len(end) >= SHORT}
    if (mended := _without_damaged_form(asked.simplified)) is not None:
        texts |= {mended.body, mended.core} | without_one(mended.core)
    keys = {("n", text) for text in texts if len(text) > 1 or text == asked.core}
    keys |= {("s", sound) for sound in sounds(asked.core)}
    if is_spelling(typed := spelled(asked.simplified)):
        keys |= {("s", one) for one in spellings(typed)} | {("i", typed)}
    return sorted({_hashed(*key) for key in keys})


def _without_damaged_form(simplified: str) -> NameForms | None:
    """Take away a legal form that was typed with a slip; None if there is none such."""
    found = _DAMAGED_FORM.search(simplified)
    if found is None:
        return None
    return normalise(simplified[: found.start()] + simplified[found.end() :])


def mended_keys(asked: NameForms) -> list[int]:
    """List the keys of what a question in pinyin was meant to be, if one letter of it is a slip."""
    return sorted(_hashed("s", one) for one in mended_spellings(spelled(asked.simplified)))


@lru_cache(maxsize=1024)
def spellings(typed: str) -> tuple[str, ...]:
    """List the sounds that a text typed as pinyin may mean: as it is, and without form or place."""
    return _spellings(typed)


@lru_cache(maxsize=256)
def mended_spellings(typed: str) -> Mapping[str, bool]:
    """Return the sounds that a text typed as pinyin may mean if one letter of it is a slip.

    Each with whether a place was left out.
    """
    plain = _without_form(typed)
    taken = typed[len(plain) :] if typed.startswith(plain) else ""
    texts = set(mended(plain))
    # Of a form with a slip only the end was taken away; mended, it is one with that end.
    texts |= {text + taken for text in texts if text[-_FORM_END:] != plain[-_FORM_END:]}
    whole = dict.fromkeys((coarse(_without_form(text)) for text in texts), False)
    return dict.fromkeys((sound for text in texts for sound in _spellings(text)), True) | whole


def _without_form(typed: str) -> str:
    return _SPELLED_FORM.sub("", typed, count=1) or typed


def _spellings(typed: str) -> tuple[str, ...]:
    found = {typed: 0, _without_form(typed): 0}
    for rank in _spelled_places():
        for text in tuple(found):
            for size in range(LETTERS_MIN, min(_SPELLED_MAX, len(text) - LETTERS_MIN) + 1):
                if text[:size] in rank:
                    found[text[size:]] = 0
    return tuple(dict.fromkeys(map(coarse, found)))


@cache
def _spelled_places() -> tuple[frozenset[str], ...]:
    """Return how places are spelled, one set for each rank."""
    return tuple(
        frozenset("".join(reading) for place in rank for reading in readings(place))
        for rank in PLACES
    )
