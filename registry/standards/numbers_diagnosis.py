"""What is wrong with a text in which no number was found, and what may be meant by it."""

import re
from collections.abc import Iterator
from typing import Final

from rapidfuzz import fuzz, process

from registry.standards.numbers_errors import NumberError
from registry.standards.numbers_foreign import is_foreign
from registry.standards.numbers_prefixes import FIXED, FOREIGN
from registry.standards.numbers_text import MAX_LENGTH

_SIGNS: Final = (
    (re.compile(r"令 ?第? ?[0-9]+|〔[0-9]{4}〕|[0-9] ?号(?! ?修改单)"), "number-is-document"),
    (re.compile(r"^(?:T[/ -]?[0-9]|T/[^A-Z])"), "number-group-code"),
    (re.compile(r"^Q(?:/|$)"), "number-enterprise-code"),
    (re.compile(r"^(?:DBS?[/ ]?[0-9]|T/[A-Z]{2})"), "number-malformed"),
    (re.compile(r"^/*(?:[^A-Z/]|$)"), "number-no-prefix"),
)
"""What tells, in this order, whose number was meant, or that none was."""
_LOOKS_LIKE_DIGITS: Final = str.maketrans({"O": "0", "o": "0", "I": "1", "l": "1", "〇": "0"})
_LATIN: Final = str.maketrans("АВЕКМНОРСТХАΒΕΚΜΝΟΡΤΧ", "ABEKMHOPCTXABEKMNOPTX")
_PREFIXES: Final = tuple(dict.fromkeys([*FIXED, "ISO", "IEC", "ISO/IEC"]))
_NEAR_PREFIX: Final = 50
"""GD/T is to find GB/T; ZZZ is to find nothing."""
_NEAR_PREFIXES: Final = 3


def diagnose(text: str) -> NumberError:
    """Return why a plain text is no number."""
    for pattern, code in _SIGNS:
        if pattern.search(text):
            return NumberError(code, text)
    known = is_foreign(text) or _is_prefix(text)
    if known and not re.search("[0-9]", text):
        return NumberError("number-no-number", text)
    return NumberError("number-malformed" if known else "number-unknown-prefix", text)


def repairs(text: str) -> Iterator[str]:
    """Yield texts that may have been meant: letters for digits, 一 for a dash, a prefix amiss."""
    if len(text) > MAX_LENGTH:
        return
    yield text.translate(_LATIN)
    said = re.sub(r"(?<=[0-9])[OoIl〇]|[OoIl〇](?=[0-9])", _as_digit, text)
    yield re.sub(r"(?<=[0-9OoIl〇])[OoIl〇]", _as_digit, said)
    yield re.sub(r"(?<=[0-9]) ?[一丨] ?(?=[0-9]{2})", "-", text)
    if match := re.match(r"\s*T([A-Za-z]{3,12})([ /.-]*[0-9].*)", text):
        yield f"T/{match[1]} {match[2].lstrip(' /.-')}"
    yield re.sub(r"/[A-Za-z](?=[ ./-]*[0-9])", "", text)
    match = re.match(r"\s*([A-Za-z]{2,4})(?![A-Za-z])(.*)", text)
    if match and match[1].upper() not in FIXED:
        said, rest = match[1].upper(), match[2]
        for suffix in ("", "T") if said.endswith("T") else ("",):
            stem = said.removesuffix(suffix) if suffix else said
            near = process.extract(
                stem,
                _PREFIXES,
                scorer=fuzz.ratio,
                score_cutoff=_NEAR_PREFIX,
                limit=_NEAR_PREFIXES,
            )
            for prefix, _, _ in near:
                yield f"{prefix}{'/' if suffix else ''}{suffix}{rest}"


def _as_digit(match: re.Match[str]) -> str:
    return match[0].translate(_LOOKS_LIKE_DIGITS)


def _is_prefix(text: str) -> bool:
    """Say whether a text begins with a known prefix, its nature perhaps glued to it."""
    word = re.match(r"[A-Z]+", text)
    said = word[0] if word else ""
    known = {name.upper() for name in FIXED} | set(FOREIGN)
    return said in known or (said[-1:] in {"T", "Z"} and said[:-1] in known)
