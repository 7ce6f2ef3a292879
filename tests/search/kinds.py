"""Labelled questions: from names, by named ways in which people get them wrong.

What is asked is made without the code under test: places and legal forms are cut by patterns of
this module, pinyin and traditional characters come from the libraries themselves.
"""

import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from string import ascii_lowercase

from opencc import OpenCC
from pypinyin import Style, lazy_pinyin

PLACES = re.compile(
    r"(?:江苏省|安徽省|江苏|安徽)?"
    r"(?:(?:南京|芜湖|扬州|镇江|淮安|滁州|宣城|马鞍山|常州|溧阳|金坛)市?)?"
)
FORM = re.compile(r"(?:股份有限公司|有限责任公司|有限公司)\Z")
SHORT_MIN = 2
"""Characters of a short name: one alone is nobody's."""
_TRADITIONAL = OpenCC("s2t")
_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@dataclass(frozen=True)
class Named:
    """An enterprise as it is indexed."""

    id: str
    name: str
    code: str
    former: tuple[str, ...] = ()


@dataclass(frozen=True)
class Question:
    """What is typed, how it was made, and whom it means; nobody for a name that is not there."""

    kind: str
    text: str
    target: Named | None


def without_form(name: str) -> str:
    return FORM.sub("", name)


def short(name: str) -> str:
    cut = without_form(PLACES.sub("", name, count=1))
    return cut if len(cut) >= SHORT_MIN else without_form(name)


PLAIN: dict[str, Callable[[str], str]] = {
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
    """Slips of one character, anywhere inside a name; other characters are those of real names."""

    def __init__(self, names: Sequence[str], chance: random.Random) -> None:
        self._chance = chance
        often = Counter(one for name in names for one in name if "\u4e00" <= one <= "\u9fff")
        self._characters = sorted(often)
        self._same_sound: dict[str, list[str]] = defaultdict(list)
        for one in self._characters:
            self._same_sound[lazy_pinyin(one)[0]].append(one)

    def homophone(self, name: str) -> str:
        for at in self._chance.sample(range(len(name)), len(name)):
            others = [o for o in self._same_sound[lazy_pinyin(name[at])[0]] if o != name[at]]
            if others:
                return name[:at] + self._chance.choice(others) + name[at + 1 :]
        return ""

    def dropped(self, name: str) -> str:
        at = self._chance.randrange(len(name))
        return name[:at] + name[at + 1 :]

    def swapped(self, name: str) -> str:
        places = [at for at in range(len(name) - 1) if name[at] != name[at + 1]]
        at = self._chance.choice(places)
        return name[:at] + name[at + 1] + name[at] + name[at + 2 :]

    def wrong(self, name: str) -> str:
        at = self._chance.randrange(len(name))
        other = self._chance.choice([one for one in self._characters if one != name[at]])
        return name[:at] + other + name[at + 1 :]

    def in_pinyin(self, name: str) -> str:
        """One letter wrong, missing, added or swapped in the short name as it is spelled."""
        typed = PLAIN["pinyin"](name)
        at = self._chance.randrange(len(typed) - 1)
        other = self._chance.choice([one for one in ascii_lowercase if one != typed[at]])
        before, one, behind = typed[:at], typed[at], typed[at + 1 :]
        ways = (
            before + other + behind,
            before + behind,
            before + other + one + behind,
            before + behind[0] + one + behind[1:],
        )
        return self._chance.choice([way for way in ways if way != typed])

    def code_digit(self, code: str) -> str:
        at = self._chance.choice([at for at, sign in enumerate(code) if sign.isdigit()])
        signs = _SIGNS if at > 7 and len(code) == 18 else _SIGNS[:10]
        return code[:at] + self._chance.choice([s for s in signs if s != code[at]]) + code[at + 1 :]

    def absent(self, away: Sequence[str], names: Sequence[str]) -> str:
        """Put the trade name of one that is away before the trade of one that is there."""
        one, other = self._chance.choice(away), self._chance.choice(names)
        begin = PLACES.match(other)
        place = begin[0] if begin else ""
        return place + short(one)[:2] + other[len(place) :][2:]


def questions(
    there: Sequence[Named], away: Sequence[str], each: int, chance: random.Random
) -> Iterator[Question]:
    """Ask ``each`` times in every way about enterprises that are there, and for some that are not.

    ``away`` are names of real enterprises that nobody has stored.
    """
    slips = Slips([one.name for one in there], chance)
    ways: dict[str, Callable[[str], str]] = {
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
    names = sorted(one.name for one in there)
    for _ in range(each):
        yield Question("absent", chance.choice(away), None)
        text = slips.absent(away, names)
        if text not in known:
            yield Question("absent, put together", text, None)
