"""Chinese numbers in a plain text: whose they are, nature, number and year."""

import re
from typing import Final

from registry.standards.numbers_errors import NumberError
from registry.standards.numbers_model import StandardNumber, read_year
from registry.standards.numbers_prefixes import FIXED, Nature, Prefix, names, prefix_of

HAN: Final = "\u3400-\u9fff\U00020000-\U0003ffff"


def _spelled(name: str) -> str:
    """Return the pattern of a fixed prefix: a space before digits, any separator for its slash."""
    if name == "DB":
        return "DB(?![0-9])"  # DB321234 may be 32 1234 or 3212 34
    spelled = re.escape(name.upper()).replace("/", "[ /-]?")
    return re.sub(r"(?<=[A-Z])(?=[0-9])", " ?", spelled)


_FIXED: Final = "|".join(map(_spelled, names()))
_FIXED_KEYS: Final = {re.sub(r"[ /-]", "", name.upper()): name for name in FIXED}
_NUMBER_FOLLOWS: Final = r"(?=[ /.-]*[A-Z]?[ /.-]*[A-Z]{0,3}[0-9])"
_HEAD: Final = re.compile(
    rf"(?<![A-Z0-9/])(?:DB(?P<food>S)?[ /]?(?P<division>[0-9]{{4}}|[0-9]{{2}})(?![0-9])"
    rf"(?=[ .-]*[TZ]|/| [0-9]|-[0-9]+(?:\.[0-9]+)*-[0-9])"
    rf"|(?P<short>JJ[GF]) ?\((?P<province>[{HAN}])\)"
    r"|T[/ -](?P<group>(?:[0-9]{2})?[A-Z]{2,12})(?=[ /.-]*[0-9])"
    rf"|Q/(?P<enterprise>[A-Z{HAN}]+(?:-[A-Z]+)*|[0-9]{{2,6}}[A-Z]*)(?=[ /.-]*[0-9A-Z])"
    rf"|(?P<fixed>{_FIXED}){_NUMBER_FOLLOWS})"
)
_NATURE: Final = re.compile(r"[ /.-]*(?P<nature>[A-Z])(?=[ /.-]*[A-Z]{0,3}[0-9])")
_SEPARATOR: Final = re.compile(r"[ /.-]*")
_SUFFIX: Final = "(?:[A-HJKMNP-SU-Y](?![A-Z]))?"  # GJB 9001C; not what looks like 0, 1, or T
_DIGITS: Final = rf"[0-9]+{_SUFFIX}(?:\.[0-9]+{_SUFFIX})*"
_YEAR: Final = "(?: ?[-:] ?(?P<year>[0-9]+))?(?![0-9])"
_BODY: Final = re.compile(rf"(?P<number>{_DIGITS}){_YEAR}")
_BODY_WITH_LETTERS: Final = re.compile(rf"(?P<number>[A-Z]{{0,3}}{_DIGITS}){_YEAR}")
_FULL_YEAR: Final = "(?: ?[-:] ?(?P<year>[0-9]{4}))?(?![0-9])(?! ?[.-] ?[0-9])"
_BODY_WITH_HYPHENS: Final = re.compile(
    rf"(?P<number>[0-9]+{_SUFFIX}(?:[.-][0-9]+{_SUFFIX})*?){_FULL_YEAR}"
)
_BODY_OF_ENTERPRISE: Final = re.compile(
    r"(?P<number>[0-9A-Z]+(?:[ ./-][0-9A-Z]+)*?)"
    r"(?: ?[-:] ?(?P<year>[0-9]{4})(?![0-9]| ?[.-] ?[0-9])|(?![0-9A-Z]|[ ./-][0-9A-Z]))"
)


def find_chinese(text: str) -> re.Match[str] | None:
    """Return the first head of a Chinese number; before it may stand a title, but no other word."""
    match = _HEAD.search(text)
    if match is None or re.search(r"[A-Z0-9]$", text[: match.start()].rstrip(" (:,/.-")):
        return None
    return match


def read_chinese(text: str, head: re.Match[str]) -> tuple[StandardNumber, str]:
    """Return the number that begins with ``head`` in a plain text, and what follows it.

    Raises:
        NumberError: it cannot be one.
    """
    name = _name(head)
    known = prefix_of(name)
    if known is None:
        division = head["division"] or head["province"]
        raise NumberError("number-unknown-division", text, division=division)
    nature, at = _nature(name, known, text, head.end())
    body = _body(known).match(text, _end_of(_SEPARATOR, text, at))
    if body is None or not re.search("[0-9]", body["number"]):
        raise NumberError("number-malformed", text)
    number, part = body["number"], ""
    if known.kind != "enterprise":
        number, _, part = number.partition(".")
    if not number.strip("0-"):
        raise NumberError("number-zero", text)
    year = read_year(body["year"], text) if body["year"] else None
    return StandardNumber(name, nature, number, part, year), text[body.end() :]


def _name(head: re.Match[str]) -> str:
    if head["division"]:
        return f"DB{head['food'] or ''}{head['division']}"
    if head["short"]:
        return f"{head['short']}({head['province']})"
    if head["group"]:
        return f"T/{head['group']}"
    if head["enterprise"]:
        return f"Q/{head['enterprise']}"
    return _FIXED_KEYS[re.sub(r"[ /-]", "", head["fixed"])]


def _nature(name: str, known: Prefix, text: str, at: int) -> tuple[Nature, int]:
    """Return the nature and where it ends; a letter may begin the number instead (JTG B01)."""
    match = _NATURE.match(text, at)
    if match is None or known.kind in {"group", "enterprise"}:
        return "", at
    for nature in known.natures:
        if nature and nature == match["nature"]:
            return nature, match.end()
    if known.letters:
        return "", at
    natures = "、".join(f"/{nature}" if nature else "（无）" for nature in known.natures)
    raise NumberError("number-nature", text, prefix=name, nature=match["nature"], natures=natures)


def _body(known: Prefix) -> re.Pattern[str]:
    if known.kind == "enterprise":
        return _BODY_OF_ENTERPRISE
    if known.hyphens:
        return _BODY_WITH_HYPHENS
    return _BODY_WITH_LETTERS if known.letters else _BODY


def _end_of(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at
