"""Checks of characters: names, placeholders, and what must not stand in the main part.

One pass over the raw bytes of the main part decides whether any text can contain a control
character, a long number or a telephone number; the members are walked only when it can.
"""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from typing import Final

from registry.domain.identifiers import birth_date, resident_problems
from registry.ingest.checks_shape import escape, show
from registry.ingest.reasons import Finding, finding
from registry.ingest.words import PLACEHOLDERS, SURNAMES

_DIGIT, _LETTER, _HYPHEN, _ODD, _OTHER = b"0a-! "
_RUN: Final = b"0" * 11
_WIDE_RUN: Final = b"wx9" * 11
_RUNS: Final = re.compile(_RUN + b"0*")
_LANDLINE_RUN: Final = b"-" + b"0" * 7
_MOBILE_DIGITS: Final = 11
_RESIDENT_DIGITS: Final = 17
_CENTURIES: Final = frozenset({b"18", b"19", b"20"})
_WORKING_AGE: Final = 14
_GIVEN_MAX: Final = 2
_ENDINGS: Final = frozenset("厂店社院校站所部会局行坊馆铺园场司户记号")
"""Characters with which short names of businesses end, and names of persons hardly ever."""


def _classes() -> bytes:
    """Return the translation of each byte to its class: digit, letter, hyphen, odd or other."""
    table = bytearray([_OTHER]) * 256
    for byte in range(256):
        if chr(byte).isascii() and chr(byte).isalnum():
            table[byte] = _DIGIT if chr(byte).isdigit() else _LETTER
    table[0xEF], table[0xBC] = b"wx"  # full-width digits are EF BC 90 to EF BC 99
    table[0x90:0x9A] = b"9" * 10
    table[ord("-")] = _HYPHEN
    table[ord("\\")] = table[0x7F] = _ODD
    return bytes(table)


_CLASSES: Final = _classes()
_RESIDENT: Final = re.compile(r"(?<![0-9A-Za-z])[0-9]{17}[0-9Xx]")
_ALONE: Final = re.compile(r"(?![0-9A-Za-z])")
_PHONE: Final = re.compile(
    r"(?<![0-9A-Za-z])(?:1[3-9][0-9]{9}|0[0-9]{2,3}-[0-9]{7,8})(?![0-9A-Za-z])"
)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")

_HEX_MEMBERS: Final = frozenset({"salt", "entry", "sha256", "book_digest", "target"})
_CODE_MEMBERS: Final = frozenset({"uscc", "registration_no", "organisation_code"})
_NUMBER_MEMBERS: Final = frozenset({"id", "decision_no", "permit_no", "instrument"})
_LONG_MEMBERS: Final = frozenset(
    [
        "facts",
        "violation_type",
        "basis",
        "content",
        "reason",
        "remark",
        "exit_conditions",
        "business_scope",
    ]
)


def name_findings(name: str) -> tuple[Finding, ...]:
    """Return what is wrong with a name, with an empty pointer."""
    if "*" in name or "＊" in name:
        return (finding("masked-value", "", value=show(name)),)
    if name.isprintable() and name == name.strip() and name not in PLACEHOLDERS:
        return ()
    clean = "".join(char for char in name if unicodedata.category(char) not in _INVISIBLE).strip()
    if clean in PLACEHOLDERS or not clean:
        return (finding("placeholder-value", "", value=show(name)),)
    if clean != name and not _CONTROL.search(name):
        return (finding("invisible-character", "", value=show(clean)),)
    return ()


def looks_like_a_person(name: str) -> bool:
    """Say whether a name has the form of a person's: a common surname and one or two characters."""
    surname = name[:2] if name[:2] in SURNAMES else name[:1]
    given = name[len(surname) :]
    return (
        surname in SURNAMES
        and 1 <= len(given) <= _GIVEN_MAX
        and given[-1] not in _ENDINGS
        and all("\u4e00" <= char <= "\u9fff" for char in given)
    )


_INVISIBLE: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})


def needs_a_look(main: bytes) -> bool:
    """Say whether some text may hold a control character, a resident number or a telephone number.

    Raises false alarms, never misses: JSON escapes control characters with a backslash. Several
    main parts may be given at once, one a line.
    """
    classes = main.translate(_CLASSES)
    if _ODD in classes and _may_be_control(main):
        return True
    if _WIDE_RUN in classes or _may_be_landline(classes):
        return True
    return _RUN in classes and any(
        _may_be_personal(main, classes, run.start(), run.end()) for run in _RUNS.finditer(classes)
    )


def _may_be_control(main: bytes) -> bool:
    """Say whether there is anything but quotes behind backslashes, or a DEL."""
    return b"\x7f" in main or main.count(b"\\") != main.count(b'\\"')


def _may_be_landline(classes: bytes) -> bool:
    """Say whether digits follow a hyphen that no letter stands before, as in ids by content."""
    at = classes.find(_LANDLINE_RUN)
    while at >= 0:
        if classes[at - 1] != _LETTER:
            return True
        at = classes.find(_LANDLINE_RUN, at + 1)
    return False


def _may_be_personal(main: bytes, classes: bytes, start: int, end: int) -> bool:
    """Say whether a run of eleven or more digits has the shape of a mobile or resident number."""
    if classes[start - 1] == _LETTER:
        return False
    length = end - start
    if length == _MOBILE_DIGITS:
        return main[start] == ord("1")
    return length >= _RESIDENT_DIGITS and main[start + 6 : start + 8] in _CENTURIES


def _texts(value: object, pointer: str, member: str) -> Iterator[tuple[str, str, str]]:
    """Walk an object; yield (pointer, member name, text) of every text that is not a digest."""
    if isinstance(value, str):
        yield pointer, member, value
    elif isinstance(value, dict):
        for key, item in value.items():
            if key not in _HEX_MEMBERS:
                yield from _texts(item, f"{pointer}/{escape(key)}", key)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, f"{pointer}/{index}", member)


def text_findings(value: dict[str, object], decided_on: date | None) -> Iterator[Finding]:
    """Look at every text of a main part; the slow path behind :func:`needs_a_look`."""
    for pointer, member, text in _texts(value, "", ""):
        yield from control_findings(pointer, member, text)
        if member in _CODE_MEMBERS:
            continue
        plain = unicodedata.normalize("NFKC", text)
        for match in _RESIDENT.finditer(plain):
            if _is_resident_number(match, member, decided_on):
                yield finding("document-number-in-main", pointer, value=f"{match[0][:6]}…")
        for match in _PHONE.finditer(plain):
            yield finding("phone-number", pointer, value=f"{match[0][:4]}…")


def control_findings(pointer: str, member: str, text: str) -> Iterator[Finding]:
    """Name the first control character of a text; long texts may contain line breaks."""
    allowed = text.replace("\n", "") if member in _LONG_MEMBERS else text
    if match := _CONTROL.search(allowed):
        yield finding("control-character", pointer, value=f"U+{ord(match[0]):04X}")


def _is_resident_number(match: re.Match[str], member: str, decided_on: date | None) -> bool:
    """Say whether eighteen characters are a resident number and not another long number.

    Document numbers are often division, date and serial, and one in eleven checks by chance; so
    there the birth date must leave the age at which one can be penalised at all (Penalty Law 30).
    A tax number of a sole trader is the resident number with two more characters.
    """
    if member != "tax_no" and not _ALONE.match(match.string, match.end()):
        return False
    number = match[0].upper()
    born = None if resident_problems(number) else birth_date(number)
    if born is None:
        return False
    if member not in _NUMBER_MEMBERS or decided_on is None:
        return True
    return born.year <= decided_on.year - _WORKING_AGE
