"""The prefixes of standard numbers, with what is known of each (``prefixes.toml``)."""

import re
from functools import cache, lru_cache
from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import Struct

from registry.domain.divisions import is_known
from registry.domain.records.standards import Obligation

Kind = Literal[
    "national",
    "industry",
    "province",
    "city",
    "regional",
    "group",
    "enterprise",
    "international",
    "foreign",
]
Nature = Literal["", "T", "Z"]


class Prefix(Struct, frozen=True, kw_only=True):
    """Whose standards these are, and how their numbers are written; see ``prefixes.toml``."""

    kind: Kind
    zh: str
    en: str
    natures: tuple[Nature, ...] = ("",)
    letters: bool = False
    hyphens: bool = False
    joint: str = " "
    mark: str = "-"
    plain: Obligation = "mandatory"
    territory: str = ""
    short: bool = False
    source: str = "general"


class _Foreign(Struct, frozen=True):
    mark: str
    en: str
    kind: Literal["foreign", "international"] = "foreign"
    joint: str = " "
    short: bool = False


class _Table(Struct, frozen=True):
    prefixes: dict[str, Prefix]
    local: dict[str, Prefix]
    regions: dict[str, str]
    short: dict[str, str]
    foreign: dict[str, _Foreign]


_TABLE: Final = msgspec.toml.decode(
    Path(__file__).with_name("prefixes.toml").read_bytes(), type=_Table
)
REGIONS: Final = _TABLE.regions
"""``DBJ 15``: the region that begins a number stands for, as a division."""
SHORT: Final = _TABLE.short
FIXED: Final[dict[str, Prefix]] = {**_TABLE.prefixes, **_TABLE.local} | {
    "DBJ": Prefix(
        kind="province",
        zh="工程建设地方标准",
        en="provincial construction standard",
        natures=("", "T"),
        hyphens=True,
    )
}
FOREIGN: Final[dict[str, Prefix]] = {
    name: Prefix(
        kind=one.kind,
        zh="国际标准" if one.kind == "international" else "国外标准",
        en=one.en,
        joint=one.joint,
        mark=one.mark,
        short=one.short,
        plain="voluntary",
    )
    for name, one in _TABLE.foreign.items()
}
_LOCAL: Final = re.compile(r"DB(S?)([0-9]{2})([0-9]{2})?")
_SHORT: Final = re.compile(r"(JJ[GF])\((.)\)")
_INTERNATIONAL: Final = Prefix(
    kind="international", zh="国际标准", en="international standard", mark=":", plain="voluntary"
)
_GROUP: Final = Prefix(
    kind="group", zh="团体标准", en="group standard", hyphens=True, plain="voluntary", source="law"
)
_ENTERPRISE: Final = Prefix(
    kind="enterprise", zh="企业标准", en="enterprise standard", plain="voluntary", source="law"
)


@lru_cache(maxsize=4096)
def prefix_of(name: str) -> Prefix | None:
    """Return what is known of a prefix in normal form; None for one that there cannot be."""
    if known := FIXED.get(name) or FOREIGN.get(name):
        return known
    if match := _LOCAL.fullmatch(name):
        return _local(match)
    if match := _SHORT.fullmatch(name):
        return _of_a_province(match)
    if name.startswith("T/"):
        return _GROUP
    if name.startswith("Q/"):
        return _ENTERPRISE
    return _INTERNATIONAL if re.match(r"(?:ISO|IEC|IWA)\b|[A-Z]+ IWA\b", name) else None


def _local(match: re.Match[str]) -> Prefix | None:
    food, province, city = match.groups()
    territory = f"{province}{city or '00'}00"
    if not is_known(territory) or city == "00" or (food and city):
        return None
    if food:
        zh, en = "食品安全地方标准", "local food-safety standard"
        return Prefix(
            kind="province", zh=zh, en=en, joint="/ ", territory=territory, source="general"
        )
    return Prefix(
        kind="city" if city else "province",
        zh="设区的市地方标准" if city else "省级地方标准",
        en="local standard of a city" if city else "local standard of a province",
        natures=("", "T", "Z"),
        territory=territory,
        source="law",
    )


def _of_a_province(match: re.Match[str]) -> Prefix | None:
    territory = SHORT.get(match[2])
    if territory is None:
        return None
    zh, en = "地方计量技术规范", "metrological regulation of a province"
    return Prefix(kind="province", zh=zh, en=en, territory=territory)


@cache
def names() -> tuple[str, ...]:
    """Return all fixed prefixes of China, longest first."""
    return tuple(sorted(FIXED, key=lambda name: (-len(name), name)))
