"""Normal forms of names, the same for what is stored and for what is typed.

An enterprise name is place + trade name + trade + legal form (企业名称登记管理规定, article 6).
People leave out the place, shorten the legal form, type full-width letters, other brackets or
traditional characters. Each form below takes away one such difference, and a hit says which.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Protocol, cast

from opencc import OpenCC

from search.places import CITIES, COUNTIES, DISTRICTS, PROVINCES


class _Converter(Protocol):
    def convert(self, text: str) -> str: ...


_TO_SIMPLIFIED: Final = cast("_Converter", OpenCC("t2s"))
_BRACKETS: Final = str.maketrans(
    dict.fromkeys("[{〔【〖「『<《〈", "(") | dict.fromkeys("]}〕】〗」』>》〉", ")")
)
_VARIANTS: Final = str.maketrans("衞甯钜俱〇逺菓", "卫宁巨具零远果")
"""Variants the simplification table leaves alone, seen in registered names (钜盛, 家俱, 孝陵衞)."""
_IN_BRACKETS: Final = re.compile(r"\(([^()]{2,12})\)")
_FORM_INSIDE: Final = re.compile(r"股份有限责任公司|股份有限公司|有限责任公司|有限公司")
_FORM_AT_END: Final = re.compile(
    r"(?:\((?:特殊普通合伙|普通合伙|有限合伙|有限责任|股份有限|个人独资|个体工商户)\)|合伙企业|个人独资企业|总公司|公司)+\Z"
)
_PROVINCE_ENDINGS: Final = (
    "", "省", "市", "自治区", "壮族自治区", "回族自治区", "维吾尔自治区", "特别行政区",
)  # fmt: skip
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs"})
"""Controls, formats, surrogates; private-use characters stay: rare names are written with them."""
_kind = unicodedata.category
CORE_MIN: Final = 2
"""A core shorter than this says nothing (南京 in 南京公司), so the place stays part of it."""


def _surfaces() -> tuple[dict[str, str], ...]:
    """Map every way a place is written to its short form, one table per rank."""
    counties = {name: name[:-1] for name in COUNTIES} | {
        name[:-1]: name[:-1] for name in COUNTIES if len(name) > CORE_MIN
    }
    return (
        {name + ending: name for name in PROVINCES for ending in _PROVINCE_ENDINGS},
        {name + ending: name for name in CITIES for ending in ("", "市", "地区")},
        counties | {name: name[:-1] for name in DISTRICTS},
    )


PLACES: Final = _surfaces()
_LONGEST_PLACE: Final = max(len(name) for rank in PLACES for name in rank)
_BEGUN: Final = tuple(frozenset(name[:2] for name in rank) for rank in PLACES)
"""The first two characters of every way a place is written: most names begin with no such ones."""


@dataclass(frozen=True, slots=True)
class NameForms:
    """A name in the forms under which it is compared.

    ``exact``: width, case, spaces and brackets folded. ``simplified``: also in simplified
    characters, and only letters and digits. ``body``: also without the legal form. ``core``: also
    without the place. ``place`` and ``legal_form``: what was taken away, '' if nothing; the place
    in its short form.
    """

    exact: str
    simplified: str
    body: str
    core: str
    place: str
    legal_form: str

    @property
    def bigrams(self) -> tuple[str, ...]:
        """List the pairs of neighbouring characters of the core, each once."""
        return bigrams(self.core)


def fold(text: str) -> str:
    """Fold what is the same to a reader: width, case, brackets, spaces, control characters."""
    wide = unicodedata.normalize("NFKC", text).translate(_BRACKETS)
    seen = wide
    if " " in wide or not wide.isprintable():  # what is neither, has nothing to take away
        seen = "".join(c for c in wide if not c.isspace() and _kind(c) not in _UNSEEN)
    # What stood apart by a space, or was raised to capitals, may compose only now.
    return unicodedata.normalize("NFKC", seen.upper())


def simplify(text: str) -> str:
    """Turn folded text into simplified characters, keeping brackets and signs."""
    return _TO_SIMPLIFIED.convert(text).translate(_VARIANTS)


def bigrams(text: str) -> tuple[str, ...]:
    """List the distinct pairs of neighbouring characters, in the order of the text."""
    return tuple(dict.fromkeys(text[i : i + 2] for i in range(len(text) - 1)))


def _letters(text: str) -> str:
    return text if text.isalnum() else "".join(filter(str.isalnum, text))


def _split_legal_form(text: str) -> tuple[str, str]:
    """Take the legal form away; a branch keeps its own tail (分公司, 支行) in what remains."""
    inside = list(_FORM_INSIDE.finditer(text))
    if inside:
        last = inside[-1]
        return text[: last.start()] + text[last.end() :], last[0]
    end = _FORM_AT_END.search(text)
    if end and not text[: end.start()].endswith(("分", "支")):
        return text[: end.start()], end[0]
    return text, ""


def _leading_place(text: str) -> tuple[str, str]:
    """Split province, city and county off the front; what follows keeps at least two characters."""
    place, rest = "", text
    for rank, surfaces in enumerate(PLACES):
        if rest[:2] not in _BEGUN[rank]:
            continue
        for size in range(min(_LONGEST_PLACE, len(rest) - CORE_MIN), 1, -1):
            short = surfaces.get(rest[:size])
            # Behind a city a bare county name may be a trade name (南京金湖…): it needs its 县.
            if short and not (rank > 1 and place and rest[size - 1] not in "市县区"):
                place, rest = place + short, rest[size:]
                break
    return place, rest


def _split_place(text: str) -> tuple[str, str]:
    """Split the place off: at the front, or named in brackets anywhere (华能(南京)电力)."""
    place, rest = _leading_place(text)
    if place:
        return place, _letters(rest)
    for found in _IN_BRACKETS.finditer(text):
        for surfaces in PLACES:
            if found[1] in surfaces:
                outside = _letters(text[: found.start()] + text[found.end() :])
                if len(outside) >= CORE_MIN:
                    return surfaces[found[1]], outside
    return "", _letters(text)


@lru_cache(maxsize=4096)  # some 2 KB each; a document's names are asked for again at once or not
def normalise(name: str) -> NameForms:
    """Bring a name into its normal forms; any text is a name, the forms may be empty."""
    exact = fold(name)
    plain = simplify(exact)
    simplified = _letters(plain)
    without_form, legal_form = _split_legal_form(plain)
    body = _letters(without_form)
    if not body:
        without_form, body, legal_form = plain, simplified, ""
    place, core = _split_place(without_form)
    return NameForms(exact, simplified, body, core, place, legal_form)


def distinctive(forms: NameForms) -> tuple[str, ...]:
    """List the pairs that make a name likely: those of the core, and the one that leads into it.

    Pairs of the place itself are left out: half of all names have them. The pair across the border
    (京长 in 南京长江) is rare, and still there when the core has a slip.
    """
    before = forms.body.removesuffix(forms.core)
    border = (before[-1] + forms.core[0],) if before and before != forms.body else ()
    return tuple(dict.fromkeys((*border, *forms.bigrams))) or ("^" + forms.body,)
