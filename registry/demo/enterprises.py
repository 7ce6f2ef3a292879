"""Five hundred enterprises that do not exist, and say so in their names and codes.

Each name carries 示例 ("sample") or 虚构 ("fictitious"), each code the letters XN (xū nǐ, "made
up") where real organisation codes have digits or MA. Both check characters are right, so that
every check of the registry runs over them as over real ones.
"""

import random
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from registry.demo.facts import BY_SEGMENT, FACTS, MEMBERS, Cast, Member, Trade
from registry.domain.identifiers import orgcode_check, regno_check, uscc_check

TOTAL: Final = 500
CAST: Final = len(FACTS.cast)
"""The first ones show one thing each, and are spared by chance."""
_FIRST_DAY: Final = date(2004, 3, 1)
_DAYS: Final = 7_600
_A_YEAR: Final = timedelta(days=365)
_FORMS: Final = ("有限公司", "有限公司", "有限公司", "有限责任公司", "股份有限公司")
_FAMILY_NAMES: Final = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"


@dataclass(frozen=True, slots=True)
class Enterprise:
    """An enterprise that does not exist; ``former`` are names it bore before, with the last day."""

    name: str
    uscc: str
    home: Member
    trade: Trade
    registered_on: date
    representative: str
    capital_wan: int
    former: tuple[tuple[str, date], ...] = ()
    kind: str = "organisation"

    @property
    def organisation_code(self) -> str:
        """The organisation code inside the unified code."""
        return self.uscc[8:17]

    @property
    def registration_no(self) -> str:
        """The registration number it bore before there were unified codes."""
        stem = f"{self.home.code}{self.uscc[10:16]:0>8}"
        return stem + regno_check(stem)


def unified_code(kind: str, division: str, serial: int) -> str:
    """Return a code of our own making (GB 32100, GB 11714) with both check characters right."""
    body = f"XN{serial:06d}"
    stem = f"{kind}{division}{body}{orgcode_check(body)}"
    return stem + uscc_check(stem)


def enterprises(rng: random.Random) -> tuple[Enterprise, ...]:
    """Return all of them, the cast first; equal seeds give equal enterprises."""
    made = [_of_the_cast(rng, one, serial) for serial, one in enumerate(FACTS.cast, 1)]
    taken = {enterprise.name for enterprise in made}
    while len(made) < TOTAL:
        member = MEMBERS[len(made) % len(MEMBERS)]
        trade = rng.choice(FACTS.trades)
        name = _name(rng, member, trade.word, is_trader(len(made) + 1))
        if name not in taken:
            taken.add(name)
            made.append(_enterprise(rng, member, name, trade, len(made) + 1))
    return tuple(made)


def _of_the_cast(rng: random.Random, one: Cast, serial: int) -> Enterprise:
    trade = next(trade for trade in FACTS.trades if trade.word == one.trade)
    made = _enterprise(rng, BY_SEGMENT[one.at], one.name, trade, serial)
    if not one.former:
        return replace(made, former=())
    registered = min(made.registered_on, *(until - _A_YEAR for until in one.former.values()))
    return replace(made, registered_on=registered, former=tuple(one.former.items()))


def is_trader(serial: int) -> bool:
    """Say whether an enterprise is a sole trader: one among every twenty-five."""
    return serial % 25 == 0


def _name(rng: random.Random, member: Member, trade: str, trader: bool) -> str:  # noqa: FBT001 - which form
    place = member.name.removesuffix("市").removesuffix("区")
    mark = rng.choice(("示例", "虚构"))
    form = "经营部" if trader else rng.choice(_FORMS)
    return f"{place}{mark}{rng.choice(FACTS.called)}{trade}{form}"


def _enterprise(
    rng: random.Random, member: Member, name: str, trade: Trade, serial: int
) -> Enterprise:
    registered = _FIRST_DAY + timedelta(days=rng.randrange(_DAYS))
    trader = is_trader(serial)
    former: tuple[tuple[str, date], ...] = ()
    if serial % 8 == 1:
        changed = registered + timedelta(days=rng.randrange(200, 900))
        former = ((_former_name(rng, member, trade.word), min(changed, date(2026, 1, 31))),)
    return Enterprise(
        name=name,
        uscc=unified_code("92" if trader else "91", rng.choice(member.counties), serial),
        home=member,
        trade=trade,
        registered_on=registered,
        representative=f"{rng.choice(_FAMILY_NAMES)}示例",
        capital_wan=rng.choice((50, 100, 200, 500, 1000, 3000, 5000)),
        former=former,
        kind="sole_trader" if trader else "organisation",
    )


def _former_name(rng: random.Random, member: Member, word: str) -> str:
    place = member.name.removesuffix("市").removesuffix("区")
    return f"{place}示例{rng.choice(FACTS.called)}{word}厂"
