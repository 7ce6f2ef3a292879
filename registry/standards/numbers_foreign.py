"""Numbers of other bodies: ISO and IEC with drafts and amendments, and those kept as they are."""

import re
from typing import Final

from registry.standards.numbers_errors import NumberError
from registry.standards.numbers_model import StandardNumber, read_year
from registry.standards.numbers_prefixes import FOREIGN

_BODIES: Final = "IEC|IEEE|ASTM|ASME|CIE|HL7|SAE|OECD|UNDP|OIML|IDF|IULTCS|ISO"
_STAGES: Final = "PWI|NP|AWI|WD|CDV|CD|FDIS|DIS|PRF|FDTS|FDTR|DTS|DTR|DPAS|DISP"
_TYPES: Final = "TS|TR|PAS|R|ISP|GUIDE|DGUIDE|TTA|DATA"
_CANONICAL: Final = {"GUIDE": "Guide", "DGUIDE": "DGuide"}
_INTERNATIONAL: Final = re.compile(
    rf"(?P<body>(?:ISO|IEC)(?:/(?:{_BODIES}))*)"
    rf"(?:[/ -](?P<stage>{_STAGES}))?(?:[/ -](?P<type>{_TYPES}))?"
    r"(?: |-|(?=[0-9]))(?P<number>[0-9]+[A-Z]{0,2}|[0-9]+-[A-Z]{1,2}[0-9]*|[0-9]+)"
    r"(?P<part>(?:-[0-9A-Z]+)*)(?P<again>\.[0-9])?(?: ?: ?(?P<year>[0-9]+))?(?![0-9A-Z-])"
)
_BODY: Final = re.compile(rf"(?:ISO|IEC)(?:/(?:{_BODIES}))*(?![A-Z])")
_WORKSHOP: Final = re.compile(
    r"(?:(?P<stage>CD|WD) )?(?:ISO[/ ])?IWA ?(?P<number>[0-9]+)(?P<part>(?:-[0-9]+)*)"
    r"(?: ?: ?(?P<year>[0-9]+))?(?![0-9A-Z-])"
)
_CHANGE: Final = re.compile(
    r"(?:[ /]*(?P<stage>CD|WD|AWI|NP|PRF|DIS|FDIS)? ?"
    r"(?P<kind>AMD|AMENDMENT|COR|CORRIGENDUM|ADD|EXT|SUPPL|FDAMD|DAMD|DAM|FDAM|PDAM|DCOR|FDCOR)\.?"
    r"(?: ?(?P<no>[0-9]+(?:\.[0-9])?))?|\+(?P<plus>A|AMD) ?(?P<with>[0-9]))"
    r"(?: ?[:-] ?(?P<year>[0-9]{4}))?(?: CSV)?(?![0-9A-Z])"
)
_CHANGES: Final = {
    "AMD": "Amd",
    "AMENDMENT": "Amd",
    "COR": "Cor",
    "CORRIGENDUM": "Cor",
    "ADD": "Add",
    "EXT": "Ext",
    "SUPPL": "Suppl",
    "DAMD": "DAmd",
    "FDAMD": "FDAmd",
}
_YEAR_AS_PART: Final = re.compile(r"(.*)-((?:19[4-9]|20[0-4])[0-9])")
"""ISO 9001-2015: how it is often typed; no ISO part has a number like that."""
_NAMES: Final = "|".join(
    re.escape(name).replace("/", r"[/ ]?").replace(r"\ ", r"[ /-]?")
    for name in sorted(FOREIGN, key=lambda name: (-len(name), name))
)
_KEPT: Final = re.compile(
    rf"(?P<name>{_NAMES})(?: STD)?(?:[ /-]|(?=[0-9]))"
    r"(?P<number>[A-Z]{0,3}[ .-]?[0-9][0-9A-Z]*(?:[./ -][0-9A-Z]+)*?)"
    r"(?: ?[:-] ?(?P<year>(?:19|20)[0-9]{2})(?:-(?:0[1-9]|1[0-2]))?"
    r"|(?<=[0-9M])-(?P<short>[0-9]{2}(?:[0-9]{2})?)(?P<after>[A-Z]?(?:\([0-9]{4}\))?(?:E[0-9])?))?"
    r"(?P<change>(?:[+/]A(?:C|[0-9]+)(?::[0-9]{4})?)*)(?![0-9A-Z./-])"
)
_KEYS: Final = {re.sub(r"[ /-]", "", name): name for name in FOREIGN}
_TWO_DIGITS_FROM: Final = 40
"""ASTM D1234-19 is of 2019, D1234-40 of 1940: which is how ASTM writes them."""


def read_foreign(text: str) -> tuple[StandardNumber, str] | None:
    """Return the number of another body with which a plain text begins, and the rest of the text.

    Raises:
        NumberError: its year cannot be one.
    """
    if match := _INTERNATIONAL.match(text):
        return _international(match, text)
    if match := _WORKSHOP.match(text):
        year = read_year(match["year"], text) if match["year"] else None
        prefix = f"{match['stage']} IWA" if match["stage"] else "IWA"
        number = StandardNumber(prefix, "", match["number"], match["part"][1:], year)
        return _with_changes(number, text[match.end() :])
    if match := _KEPT.match(text):
        return _kept(match, text)
    return None


def body_of(prefix: str) -> str:
    """Return the body in the prefix of an international number, without stage and kind."""
    match = _BODY.match(prefix)
    return match[0] if match else "ISO" if prefix.endswith("IWA") else prefix


def is_foreign(text: str) -> bool:
    """Say whether a plain text begins with the name of another body."""
    return re.match(rf"(?:ISO|IEC|IWA|{_NAMES})(?![A-Z])", text) is not None


def _international(match: re.Match[str], text: str) -> tuple[StandardNumber, str]:
    kinds = [_CANONICAL.get(kind, kind) for kind in (match["stage"], match["type"]) if kind]
    joint = " " if match["body"].count("/") or kinds[:1] == ["Guide"] else "/"
    prefix = match["body"] + (joint + " ".join(kinds) if kinds else "")
    part, year = match["part"][1:], match["year"]
    whole = _YEAR_AS_PART.fullmatch(f"-{part}")
    if year is None and match["again"] is None and whole:
        part, year = whole[1][1:], whole[2]
    part += match["again"] or ""
    number, dot, again = match["number"], "", ""
    if not match["part"] and match["again"]:
        part, dot, again = "", ".", match["again"][1:]
    edition = read_year(year, text) if year else None
    read = StandardNumber(prefix, "", f"{number}{dot}{again}", part, edition)
    return _with_changes(read, text[match.end() :])


def _with_changes(number: StandardNumber, rest: str) -> tuple[StandardNumber, str]:
    changes = ""
    while match := _CHANGE.match(rest):
        kind = _CHANGES.get(match["kind"], match["kind"])
        stage = f"{match['stage']} " if match["stage"] else ""
        no = f" {match['no']}" if match["no"] else ""
        changes += f"+A{match['with']}" if match["plus"] else f"/{stage}{kind}{no}"
        changes += f":{match['year']}" if match["year"] else ""
        rest = rest[match.end() :]
    if not changes:
        return number, rest
    return StandardNumber(number.prefix, "", number.number, number.part, number.year, changes), rest


def _kept(match: re.Match[str], text: str) -> tuple[StandardNumber, str]:
    name = _KEYS[re.sub(r"[ /-]", "", match["name"])]
    year, change = match["year"], match["change"]
    edition = read_year(year, text) if year else None
    if short := match["short"]:
        if not FOREIGN[name].short:
            raise NumberError("number-year", text, year=short)
        edition, change = _of_the_century(short, text), match["after"].lower()
    number = StandardNumber(name, "", match["number"], "", edition, change)
    return number, text[match.end() :]


def _of_the_century(digits: str, text: str) -> int:
    if len(digits) > len("19"):
        return read_year(digits, text)
    return int(digits) + (2000 if int(digits) < _TWO_DIGITS_FROM else 1900)
