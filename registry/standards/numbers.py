"""The numbers of standards: read in any usual spelling, written in one normal form.

One identity is (prefix, nature, number, part); the year is the edition. An amendment is no edition
of its own. Of a dual number (GB/T 19001-2016/ISO 9001:2015) the Chinese one is the number and the
other is kept beside it. Sources: domain 8.1, and ``prefixes.toml`` for who has which prefix.
"""

import re
from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from registry.domain.records.standards import Obligation
from registry.standards.numbers_chinese import find_chinese, read_chinese
from registry.standards.numbers_diagnosis import diagnose, repairs
from registry.standards.numbers_errors import NumberError
from registry.standards.numbers_foreign import read_foreign
from registry.standards.numbers_form import UNKNOWN, format_number
from registry.standards.numbers_model import StandardNumber
from registry.standards.numbers_near import nearest
from registry.standards.numbers_prefixes import REGIONS, Kind, Nature, prefix_of
from registry.standards.numbers_tail import read_dual, read_tail
from registry.standards.numbers_text import plain

__all__ = [
    "NumberError",
    "StandardNumber",
    "format_dual",
    "format_number",
    "group_of",
    "identity_and_group",
    "identity_of",
    "kind_of",
    "obligation_of",
    "parse",
    "suggest",
    "territory_of",
]

MAX_NORMAL: Final = 120
"""Characters of a normal form, as many as a record may hold."""
_DELTA: Final = frozenset({"DB31", "DB32", "DB33", "DB34"})
_BLOCK: Final = re.compile("310[0-9]{3}")
"""The Yangtze Delta: one regional standard, issued by up to four provinces under one number."""
_CLEAR: Final = re.compile(
    r"(?:(?P<body>(?:ISO|IEC)(?:/(?:TS|TR|R|CD|DIS|FDIS))?|ISO/IEC(?: (?:TS|TR|CD|DIS|FDIS))?)"
    r" (?P<one>[1-9][0-9]{0,5})(?:-(?P<section>[1-9][0-9]{0,2}))?"
    r"(?::(?P<edition>(?:19|20)[0-9]{2})(?P<change>/(?:Amd|Cor) [1-9]:(?:19|20)[0-9]{2})?)?"
    r"|GB(?:/(?P<nature>[TZ]))? (?P<number>[1-9][0-9]{0,5})"
    r"(?:\.(?P<part>[1-9][0-9]?))?(?:-(?P<year>(?:19|20)[0-9]{2}))?)"
)
"""What most records hold: a normal form that leaves nothing to decide, read at a glance."""


def parse(text: str) -> StandardNumber:
    """Read a number in any usual spelling, with or without its title.

    Raises:
        NumberError: it cannot be one; says what would be right and what may be meant.
    """
    if clear := clearly(text):
        return clear[0]
    try:
        return _read(text)
    except NumberError as error:
        if error.suggestions:
            raise
        meant = tuple(dict.fromkeys(filter(None, map(_normal, repairs(text)))))
        if not meant:
            raise
        raise NumberError(error.detail_code, text.strip(), meant, **error.facts) from error


def clearly(text: str) -> tuple[StandardNumber, str] | None:
    """Return the number that a text is the normal form of, and its identity; None: read it all.

    Only of what leaves nothing to decide, and then as reading it at length says. Of those numbers
    the group is the identity.
    """
    match = _CLEAR.fullmatch(text)
    if match is None:
        return None
    body, one, section, edition, change, nature, number, part, year = match.groups("")
    if body:
        end = match.end("section" if section else "one")
        stated = int(edition) if edition else None
        return StandardNumber(body, "", one, section, stated, change), text[:end]
    said: Nature = "T" if nature == "T" else "Z" if nature == "Z" else ""
    end = match.end("part" if part else "number")
    return StandardNumber("GB", said, number, part, int(year) if year else None), text[:end]


def format_dual(number: StandardNumber) -> str:
    """Return the normal form with the second of a dual number, as it stands on the cover."""
    second = f"/{number.also}" if number.also else ""
    return format_number(number) + second


def identity_of(number: StandardNumber) -> str:
    """Return the key that all editions of a standard and their amendments share."""
    if number.year is None and not number.amendment:
        return format_number(number)
    return format_number(replace(number, year=None, amendment=""))


def identity_and_group(number: StandardNumber) -> tuple[str, str]:
    """Return identity and group: what the provincial issues of a regional standard share.

    Of all others the group is the identity.
    """
    identity = identity_of(number)
    return (identity, f"DB3x/T {number.number}" if _is_regional(number) else identity)


def group_of(number: StandardNumber) -> str:
    """Return the key that the provincial issues of one regional standard share; else identity."""
    return identity_and_group(number)[1]


def kind_of(number: StandardNumber) -> Kind:
    """Return whose standard it is: national, an industry's, a province's, a city's, and so on."""
    if _is_regional(number):
        return "regional"
    if _region(number):
        return "province"
    return (prefix_of(number.prefix) or UNKNOWN).kind


def territory_of(number: StandardNumber) -> str | None:
    """Return the division whose organs issued a local standard; None for all others.

    A regional standard has the province of this issue.
    """
    return _region(number) or (prefix_of(number.prefix) or UNKNOWN).territory or None


def obligation_of(number: StandardNumber) -> Obligation:
    """Return what the number says of its force: T voluntary, Z guidance, otherwise by prefix."""
    if number.nature == "T":
        return "voluntary"
    if number.nature == "Z":
        return "guidance"
    return (prefix_of(number.prefix) or UNKNOWN).plain


def suggest(text: str, known: Sequence[str]) -> tuple[str, ...]:
    """Return up to five of ``known``, in normal form, that may be meant by ``text``, best first."""
    try:
        meant = format_number(parse(text))
    except NumberError as error:
        return nearest(error.suggestions[0], known) if error.suggestions else ()
    return tuple(one for one in nearest(meant, known) if one != meant)


def _is_regional(number: StandardNumber) -> bool:
    """Tell whether it is of the block that the Yangtze Delta numbers together."""
    whole = number.nature == "T" and not number.part
    return whole and number.prefix in _DELTA and _BLOCK.fullmatch(number.number) is not None


def _region(number: StandardNumber) -> str:
    """Return the division that begins the number of an old construction standard, or ''."""
    head, hyphen, _ = number.number.partition("-")
    return REGIONS.get(f"{number.prefix} {head}", "") if hyphen else ""


def _normal(text: str) -> str:
    try:
        return format_number(_read(text))
    except NumberError:
        return ""


def _read(text: str) -> StandardNumber:
    said = plain(text)
    number = _find(said)
    if len(format_dual(number)) > MAX_NORMAL:
        raise NumberError("number-too-long", said, limit=MAX_NORMAL)
    return number


def _find(said: str) -> StandardNumber:
    found = read_foreign(said)
    if found is not None:
        return _foreign_first(*found, said)
    head = find_chinese(said)
    if head is None:
        raise diagnose(said)
    return read_tail(*read_chinese(said, head), said)


def _foreign_first(number: StandardNumber, rest: str, said: str) -> StandardNumber:
    """Return a number of another body; where a Chinese one follows, that one, and both kept."""
    head = find_chinese(second := rest.lstrip(" /(,;="))
    if head is not None and head.start() == 0 and second != rest:
        chinese, after = read_chinese(second, head)
        also = format_number(number)
        return replace(read_tail(chinese, after.removesuffix(")"), said), also=also)
    other, _ = read_dual(rest, said)
    if head is not None or (other and other != format_number(number)):
        raise NumberError("number-several", said)
    if re.match(r"[ /-]*[0-9]|/", rest):
        raise NumberError("number-trailing", said, rest=rest)
    return number
