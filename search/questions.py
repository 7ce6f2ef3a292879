"""Labelled questions: from names, by named ways in which people get them wrong.

What is asked is made without the code under test: places and legal forms are cut by patterns of
this module, pinyin and traditional characters come from the libraries themselves.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from string import ascii_lowercase
from typing import Final, Protocol, cast

from opencc import OpenCC
from pypinyin import Style, lazy_pinyin

from search.query import TEXT_MAX

PLACES: Final = re.compile(
    r"(?:江苏省|安徽省|江苏|安徽)?"
    r"(?:(?:南京|芜湖|扬州|镇江|淮安|滁州|宣城|马鞍山|常州|溧阳|金坛)市?)?"
)
FORM: Final = re.compile(r"(?:股份有限公司|有限责任公司|有限公司)\Z")
SHORT_MIN: Final = 2
"""Characters of a short name: one alone is nobody's."""
SPELLED_MIN: Final = 5
"""Letters of a name in pinyin that is typed with a slip."""
_UNIFIED: Final = 18
_OF_ANY_SIGN: Final = range(8, 18)
"""Where a unified code has letters, too."""
_SIGNS: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@dataclass(frozen=True, slots=True)
class Named:
    """An enterprise as it is indexed."""

    id: str
    name: str
    code: str
    former: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """What is typed, how it was made, and whom it means; nobody for a name that is not there."""

    kind: str
    text: str
    target: Named | None


Way = Callable[[str], str]
"""Makes what is typed of a name, or nothing where it cannot be done to it."""


class _Converter(Protocol):
    def convert(self, text: str, /) -> str: ...


_TRADITIONAL: Final = cast("_Converter", OpenCC("s2t"))


def without_form(name: str) -> str:
    """Leave the legal form out."""
    return FORM.sub("", name)


def short(name: str) -> str:
    """Leave place and legal form out, if that leaves a name."""
    cut = without_form(PLACES.sub("", name, count=1))
    return cut if len(cut) >= SHORT_MIN else without_form(name)


PLAIN: Final[Mapping[str, Way]] = {
    "exact": lambda name: name,
    "no suffix": without_form,
    "short": short,
    "spaced": " ".join,
    "traditional": _TRADITIONAL.convert,
    "pinyin": lambda name: "".join(lazy_pinyin(short(name))),
    "initials": lambda name: "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)),
    "other form": lambda name: FORM.sub("股份有限公司", name),
    "more words": lambda name: FORM.sub("集团股份有限公司", name),
}
"""Ways that leave nothing to chance: two names may give one text, and then both are meant."""


class Slips:
    """Slips of one character, anywhere inside a name; other characters are those of real names.

    What cannot be made of a name, as no swap of one character can, is ''.
    """

    def __init__(self, names: Sequence[str], chance: Random) -> None:
        """Take the names whose characters are typed in place of others."""
        self._chance = chance
        self._characters = sorted({one for name in names for one in name if is_chinese(one)})
        self._same_sound: dict[str, list[str]] = defaultdict(list)
        for one in self._characters:
            self._same_sound[lazy_pinyin(one)[0]].append(one)

    def homophone(self, name: str) -> str:
        """Type another character of the same sound."""
        for at in self._chance.sample(range(len(name)), len(name)):
            others = [
                o for o in self._same_sound.get(lazy_pinyin(name[at])[0], ()) if o != name[at]
            ]
            if others:
                return name[:at] + self._chance.choice(others) + name[at + 1 :]
        return ""

    def dropped(self, name: str) -> str:
        """Leave a character out."""
        at = self._chance.randrange(len(name))
        return name[:at] + name[at + 1 :]

    def swapped(self, name: str) -> str:
        """Type two characters in the wrong order."""
        return self._one_of(
            [swap for at in range(len(name) - 1) if (swap := _swap(name, at)) != name]
        )

    def wrong(self, name: str) -> str:
        """Type another character, whichever."""
        at = self._chance.randrange(len(name))
        other = self._one_of([one for one in self._characters if one != name[at]])
        return other and name[:at] + other + name[at + 1 :]

    def in_pinyin(self, name: str) -> str:
        """Spell the short name with one letter wrong, missing, added or swapped."""
        typed = PLAIN["pinyin"](name)
        if len(typed) < SPELLED_MIN:
            return ""
        at = self._chance.randrange(len(typed) - 1)
        other = self._one_of([one for one in ascii_lowercase if one != typed[at]])
        before, one, behind = typed[:at], typed[at], typed[at + 1 :]
        ways = (before + other + behind, before + behind, before + other + one + behind)
        return self._one_of([way for way in (*ways, _swap(typed, at)) if way != typed])

    def code_digit(self, code: str) -> str:
        """Type a wrong digit in a code."""
        places = [at for at, sign in enumerate(code) if sign.isdigit()]
        if not places:
            return ""
        at = self._chance.choice(places)
        signs = _SIGNS if at in _OF_ANY_SIGN and len(code) == _UNIFIED else _SIGNS[:10]
        return code[:at] + self._one_of([s for s in signs if s != code[at]]) + code[at + 1 :]

    def absent(self, away: Sequence[str], names: Sequence[str]) -> str:
        """Put the trade name of one that is away before the trade of one that is there."""
        one, other = self._chance.choice(away), self._chance.choice(names)
        begin = PLACES.match(other)
        place = begin[0] if begin else ""
        return place + short(one)[:2] + other[len(place) :][2:]

    def _one_of(self, choices: Sequence[str]) -> str:
        return self._chance.choice(choices) if choices else ""


def is_chinese(one: str) -> bool:
    """Tell whether a character is one of those that names are written with."""
    return "\u4e00" <= one <= "\u9fff"


def _swap(text: str, at: int) -> str:
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def questions(
    there: Sequence[Named], away: Sequence[str], each: int, chance: Random
) -> Iterator[Question]:
    """Ask ``each`` times in every way about enterprises that are there, and for some that are not.

    ``away`` are names of real enterprises that nobody has stored; without any, names that are not
    there are put together from those that are.
    """
    for one in _all_questions(there, away, each, chance):
        if one.text and len(one.text) <= TEXT_MAX:
            yield one


def _all_questions(
    there: Sequence[Named], away: Sequence[str], each: int, chance: Random
) -> Iterator[Question]:
    names = sorted(one.name for one in there)
    slips = Slips(names, chance)
    ways: Mapping[str, Way] = {
        **PLAIN,
        "homophone": slips.homophone,
        "dropped": slips.dropped,
        "swapped": slips.swapped,
        "wrong": slips.wrong,
        "slip in pinyin": slips.in_pinyin,
    }
    for kind, way in ways.items():
        for one in chance.sample(there, min(each, len(there))):
            yield Question(kind, way(one.name), one)
    for one in chance.sample(there, min(each, len(there))):
        yield Question("code digit", slips.code_digit(one.code), one)
    renamed = [one for one in there if one.former]
    for one in chance.sample(renamed, min(each, len(renamed))):
        yield Question("former", one.former[0], one)
    known = {name for one in there for name in (one.name, *one.former)}
    for _ in range(each if there else 0):
        if away:
            yield Question("absent", chance.choice(away), None)
        text = slips.absent(away or names, names)
        if text not in known:
            yield Question("absent, put together", text, None)
