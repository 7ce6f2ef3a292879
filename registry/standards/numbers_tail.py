"""What follows a number: year, language, amendment (修改单), dual number, title."""

import re
from typing import Final

from msgspec.structs import replace

from registry.standards.numbers_chinese import HAN, find_chinese, read_chinese
from registry.standards.numbers_errors import NumberError
from registry.standards.numbers_foreign import is_foreign, read_foreign
from registry.standards.numbers_form import format_number
from registry.standards.numbers_model import StandardNumber, read_year

_MAX_RANGE: Final = 20
_RANGE: Final = re.compile(
    r" ?(?:~|至|TO ) ?(?:[0-9]{1,7}\.)?(?P<last>[0-9]{1,7})(?: ?[-:] ?(?P<year>[0-9]{4}|[0-9]{2}))?"
)
_LANGUAGE: Final = re.compile(r" ?\((?:E|F|C|R|E/F|中|英|中文版?|英文版?)\)")
_LATE_YEAR: Final = re.compile(r" ?(?:\(([0-9]{4}) ?(?:年版?|版)?\)|([0-9]{4}) ?(?:年版|版))")
_COUNT: Final = "一二三四五六七八九"
_CHANGE: Final = re.compile(
    r"[ /(,+-]*(?:(?:含|及|与|和|INCL\.?) ?)?"
    rf"(?:XG ?(?P<xg>[0-9]{{1,2}})|第 ?(?P<no>[0-9]{{1,2}}|[{_COUNT}]) ?号 ?修改单"
    r"|修改单 ?(?P<after>[0-9]{1,2})|AMD\.? ?(?P<amd>[0-9]{1,2}))"
    r"(?: ?[-:] ?(?P<year>[0-9]{4})| ?\((?P<in>[0-9]{4})\))?\)?"
)
_DEGREES: Final = "IDT|MOD|NEQ|EQV|等同采用|修改采用"
_DUAL: Final = re.compile(
    rf"(?:[ /(,;]+(?:(?P<degree>{_DEGREES})[ ,:]*)?|(?P<glued>{_DEGREES})[ ,:]+)"
)
_AFTER_DUAL: Final = re.compile(rf"[ ,]*(?:\(?(?P<degree>{_DEGREES})\)?)?\)?")
_IDENTICAL: Final = frozenset({"", "IDT", "等同采用"})
"""Only what is identical has a dual number; what is modified or merely corresponds has not."""
_TITLE: Final = re.compile(rf"\)? ?[({HAN}]| [A-Z]| [0-9]+[A-Z{HAN}]|[)\s]*$")
_DASH_AMISS: Final = re.compile(" ?([一丨]) ?[0-9]{2}")
_YEAR_AT_END: Final = re.compile(r"[ (-]((?:19|20)[0-9]{2}) ?(?:年版?|版)?\)?$")


def read_tail(number: StandardNumber, rest: str, text: str) -> StandardNumber:
    """Return a Chinese number with what follows it; a title is passed over, its year is not.

    Raises:
        NumberError: what follows is not to be understood, or names another number.
    """
    _refuse_range(number, rest, text)
    rest = rest[_end(_LANGUAGE, rest) :]
    if number.year is None and (late := _LATE_YEAR.match(rest)):
        number = replace(number, year=read_year(late[1] or late[2], text))
        rest = rest[late.end() :]
    changes = ""
    while match := _CHANGE.match(rest):
        changes += _change(match)
        rest = rest[match.end() :]
    number = replace(number, amendment=changes) if changes else number
    also, rest = read_dual(rest, text)
    return _titled(replace(number, also=also) if also else number, rest, text)


def read_dual(rest: str, text: str) -> tuple[str, str]:
    """Return the second of a dual number in normal form or '', and what follows it.

    A number that is stated to be adopted with modifications, or not to be equivalent, is passed
    over: it is none.

    Raises:
        NumberError: it names another body, but cannot be read.
    """
    dual = _DUAL.match(rest)
    if dual is None or not is_foreign(second := rest[dual.end() :]):
        return "", rest
    found = read_foreign(second)
    if found is None:
        raise NumberError("number-dual", text, other=second)
    other, after = found
    after = after[_end(_LANGUAGE, after) :]
    behind = _AFTER_DUAL.match(after)
    degree = dual["degree"] or dual["glued"] or (behind["degree"] if behind else "") or ""
    left = after[behind.end() :] if behind else after
    return (format_number(other) if degree in _IDENTICAL else ""), left


def _end(pattern: re.Pattern[str], text: str) -> int:
    match = pattern.match(text)
    return match.end() if match else 0


def _change(match: re.Match[str]) -> str:
    said = match["xg"] or match["no"] or match["after"] or match["amd"]
    no = int(said) if said.isascii() else _COUNT.index(said) + 1
    year = match["year"] or match["in"]
    return f"/XG{no}-{year}" if year else f"/XG{no}"


def _refuse_range(number: StandardNumber, rest: str, text: str) -> None:
    match = _RANGE.match(rest)
    if match is None:
        return
    said = match["year"]
    year = read_year(said, text) if said else number.year
    digits = number.part or number.number
    each: list[str] = []
    if digits.isdigit() and 0 < int(match["last"]) - int(digits) < _MAX_RANGE:
        for one in range(int(digits), int(match["last"]) + 1):
            member = {"part": str(one)} if number.part else {"number": str(one)}
            each.append(format_number(replace(number, year=year, **member)))
    raise NumberError("number-range", text, tuple(each))


def _titled(number: StandardNumber, rest: str, text: str) -> StandardNumber:
    if head := find_chinese(f" {rest}"):
        other, _ = read_chinese(f" {rest}", head)
        if replace(other, year=None) != replace(number, year=None, also="", amendment=""):
            raise NumberError("number-several", text)
    if odd := _DASH_AMISS.match(rest):
        raise NumberError("number-characters", text, odd=odd[1])
    if not _TITLE.match(rest):
        raise NumberError("number-trailing", text, rest=rest.strip())
    late = _YEAR_AT_END.search(rest)
    if number.year is None and late:
        return replace(number, year=read_year(late[1], text))
    return number
