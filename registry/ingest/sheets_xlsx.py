"""A walk through an XLSX package (ECMA-376) before it is read: bounds, honesty, formulas, merges.

Every XML part is unpacked once, in pieces, and parsed with a parser that resolves nothing: a
document type ends the walk. So what the reader meets afterwards has been measured, and a formula
has a cell.
"""

import io
import posixpath
import re
import struct
import zipfile
import zlib
from array import array
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Final
from xml.parsers import expat

from registry.ingest.sheets_refusals import (
    MAX_SHEETS,
    MAX_STRINGS,
    Merge,
    SheetFacts,
    refused,
    within,
)

MAX_PARTS: Final = 1000
MAX_UNPACKED: Final = 512 * 1024 * 1024
MAX_RATIO: Final = 300
"""Rows of a template unpack to some 15 times their size; DEFLATE ends at about 1,030."""
_FREE: Final = 16 * 1024 * 1024
"""What may unpack at any ratio."""
_PIECE: Final = 1024 * 1024
_END: Final = struct.Struct("<4s4H2LH")  # end of central directory, APPNOTE 4.3.16
_END_REACH: Final = _END.size + 65_535
_ENTRY_SIZE: Final = 46 + 3 * 300
_REF: Final = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_TRUE: Final = frozenset({"1", "true"})
_ROW: Final = re.compile(r"[0-9]{1,7}")
_DIGITS: Final = "0123456789"
_BROKEN: Final = (
    *(zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError),
    *(ValueError, struct.error),
)
"""What the ZIP library raises over bytes that are none."""
_MACROS: Final = ("vbaproject.bin", "/macrosheets/", "/dialogsheets/")

Start = Callable[[str, dict[str, str]], None]
Text = Callable[[str], None]
Element = Callable[[dict[str, str]], None]


@lru_cache(maxsize=1024)
def column_number(letters: str) -> int:
    """Return the number of a column from 1: A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def walk_xlsx(data: bytes) -> list[SheetFacts]:
    """Return what is known of each sheet, in the workbook's order.

    Raises:
        Refusal: not an XLSX workbook, one that holds macros, or one beyond the bounds.
    """
    _directory_fits(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            return _Package(package, len(data)).walk()
    except _BROKEN as error:
        raise refused("damaged-spreadsheet", reason=error) from error
    except expat.ExpatError as error:
        raise refused("damaged-spreadsheet", reason=f"XML: {error}") from error


def _directory_fits(data: bytes) -> None:
    """Look at the directory's own size before a library makes an object of each entry."""
    at = data.rfind(b"PK\x05\x06", max(0, len(data) - _END_REACH))
    if at < 0 or len(data) - at < _END.size:
        raise refused("damaged-spreadsheet", reason="the end of the ZIP package is missing")
    _, _, _, _, entries, size, _, _ = _END.unpack_from(data, at)
    within("parts", max(entries, size // _ENTRY_SIZE), MAX_PARTS)


class _Package:
    """An open package, walked once."""

    def __init__(self, package: zipfile.ZipFile, packed: int) -> None:
        self._package = package
        self._packed = packed
        self._parts = {info.filename.lower(): info for info in package.infolist()}
        self._lengths = array("I")

    def walk(self) -> list[SheetFacts]:
        self._honest()
        self._small()
        relations = self._relations()
        sheets = list(self._sheets(relations))
        within("sheets", len(sheets), MAX_SHEETS)
        by_part = dict(sheets)
        strings = [name for name in self._parts if name.endswith("sharedstrings.xml")]
        for name in strings:
            self._strings(name)
        for name, facts in by_part.items():
            self._sheet(name, facts)
        for name in self._parts:
            if (
                name not in by_part
                and name.endswith((".xml", ".rels", ".vml"))
                and name not in strings
            ):
                self._parse(name, lambda _tag, _attributes: None)
        return [facts for _, facts in sheets]

    def _honest(self) -> None:
        """Refuse other formats, macros, and names that two readers could read differently."""
        names = list(self._parts)
        if len(names) != len(self._package.infolist()):
            raise refused("damaged-spreadsheet", reason="two parts of one name")
        if any(info.flag_bits & 1 for info in self._parts.values()):
            raise refused("encrypted-spreadsheet")
        if "xl/workbook.bin" in names:
            raise refused("unsupported-spreadsheet", kind="XLSB")
        if "content.xml" in names:
            raise refused("unsupported-spreadsheet", kind="ODS")
        if "xl/workbook.xml" not in names:
            raise refused("not-a-spreadsheet", kind="ZIP")
        for mark in _MACROS:
            if any(mark in f"/{name}" for name in names):
                raise refused("macro-spreadsheet", kind=mark.strip("/"))

    def _small(self) -> None:
        infos = self._parts.values()
        within("parts", len(infos), MAX_PARTS)
        unpacked = sum(info.file_size for info in infos)
        if unpacked > MAX_UNPACKED or unpacked > max(_FREE, self._packed * MAX_RATIO):
            shown = f"{unpacked // 1024**2:,} MiB"
            raise refused("spreadsheet-bomb", unpacked=shown, ratio=unpacked // self._packed)

    def _relations(self) -> dict[str, tuple[str, str]]:
        """Return id -> (kind, part) of what the workbook is made of."""
        found: dict[str, tuple[str, str]] = {}

        def start(tag: str, attributes: dict[str, str]) -> None:
            if tag.rpartition(":")[2] == "Relationship":
                target = attributes.get("Target", "")
                part = posixpath.normpath(posixpath.join("/xl", target))[1:].lower()
                kind = attributes.get("Type", "").rpartition("/")[2]
                found[attributes.get("Id", "")] = (kind, part)

        types: list[str] = []
        self._parse("[content_types].xml", lambda _, has: types.append(has.get("ContentType", "")))
        if any("macroenabled" in kind.lower() for kind in types):
            raise refused("macro-spreadsheet", kind="macroEnabled")
        self._parse("xl/_rels/workbook.xml.rels", start)
        return found

    def _sheets(self, relations: Mapping[str, tuple[str, str]]) -> Iterator[tuple[str, SheetFacts]]:
        """Give (part, facts yet empty) of each worksheet."""
        stated: list[dict[str, str]] = []
        days: list[str | None] = []

        def start(tag: str, attributes: dict[str, str]) -> None:
            if (local := tag.rpartition(":")[2]) == "sheet":
                stated.append(attributes)
            elif local == "workbookPr":
                days.append(attributes.get("date1904"))

        self._parse("xl/workbook.xml", start)
        from_1904 = any(day in _TRUE for day in days)
        for has in stated:
            relation = next((has[key] for key in has if key.rpartition(":")[2] == "id"), "")
            kind, part = relations.get(relation, ("", ""))
            if "macro" in kind.lower():
                raise refused("macro-spreadsheet", kind=kind)
            if kind == "worksheet":
                hidden = has.get("state", "visible") != "visible"
                yield part, SheetFacts(has.get("name", ""), hidden, from_1904)

    def _strings(self, name: str) -> None:
        """Measure the shared texts: cells name them by number, and the reader copies them."""
        lengths = self._lengths

        def start(tag: str, _attributes: dict[str, str]) -> None:
            if tag.rpartition(":")[2] == "si":
                within("strings", len(lengths) + 1, MAX_STRINGS)
                lengths.append(0)

        def text(characters: str) -> None:
            if lengths:
                lengths[-1] += len(characters)

        self._parse(name, start, text)

    def _sheet(self, name: str, facts: SheetFacts) -> None:
        walk = _Sheet(facts, self._lengths)
        self._parse(name, walk.start, walk.text)
        facts.bounded()

    def _parse(self, name: str, start: Start, text: Text | None = None) -> None:
        """Unpack and parse one part in pieces; whatever is declared ends it."""
        info = self._parts.get(name)
        if info is None:
            raise refused("damaged-spreadsheet", reason=f"{name} is missing")

        def doctype(*_declared: object) -> None:
            raise refused("spreadsheet-entities", part=name)

        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = doctype
        parser.StartElementHandler = start
        if text is not None:
            parser.CharacterDataHandler = text
        with self._package.open(info) as part:
            while piece := part.read(_PIECE):
                parser.Parse(piece)
        parser.Parse(b"", True)  # noqa: FBT003 - the signature of expat


class _Sheet:
    """The handlers of one worksheet part."""

    def __init__(self, facts: SheetFacts, lengths: "array[int]") -> None:
        self._facts = facts
        self._lengths = lengths
        self._row = self._column = 0
        self._digits = ""
        self._columns: dict[str, int] = {}
        self._shared = self._index = False
        self._number = ""
        kinds = {"c": self._cell, "v": self._value, "is": self._inline, "f": self._formula}
        self._kinds: dict[str, Element | None] = {
            **kinds,
            "row": self._begin,
            "mergeCell": self._merge,
        }

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Take the start of an element, whatever prefix its name has."""
        kinds = self._kinds
        if tag not in kinds:
            kinds[tag] = kinds.get(tag.rpartition(":")[2]) if ":" in tag else None
        if (kind := kinds[tag]) is not None:
            kind(attributes)

    def text(self, characters: str) -> None:
        """Take characters: a text, or the number of a shared one, which may come in pieces."""
        if not self._index:
            self._facts.text += len(characters)
            return
        self._number += characters
        if self._number.isdigit():
            index = int(self._number)
            self._facts.text += self._lengths[index] if index < len(self._lengths) else 0

    def _begin(self, attributes: dict[str, str]) -> None:
        number = attributes.get("r")
        self._digits = number if number and _ROW.fullmatch(number) else str(self._row + 1)
        self._row = int(self._digits)
        self._column = 0
        self._facts.hidden_rows += attributes.get("hidden") in _TRUE

    def _cell(self, attributes: dict[str, str]) -> None:
        if reference := attributes.get("r"):
            letters = reference.rstrip(_DIGITS)
            if letters not in self._columns:
                if not _REF.fullmatch(reference):
                    raise refused("damaged-spreadsheet", reason=f"a cell named {reference[:20]}")
                self._columns[letters] = column_number(letters)
            self._column = self._columns[letters]
            if (row := reference[len(letters) :]) != self._digits:
                self._digits, self._row = row, int(row)
        else:
            self._column += 1
        self._shared, self._index = attributes.get("t") == "s", False

    def _value(self, _attributes: dict[str, str]) -> None:
        self._index, self._number = self._shared, ""
        if self._row > self._facts.rows or self._column > self._facts.columns:
            self._facts.cell(self._row, self._column)

    def _inline(self, _attributes: dict[str, str]) -> None:
        self._facts.cell(self._row, self._column)

    def _formula(self, _attributes: dict[str, str]) -> None:
        self._facts.formula(self._row, self._column)

    def _merge(self, attributes: dict[str, str]) -> None:
        first, _, last = attributes.get("ref", "").partition(":")
        one, two = _REF.fullmatch(first), _REF.fullmatch(last or first)
        if one and two:
            self._facts.merge(_range(one, two))


def _range(one: re.Match[str], two: re.Match[str]) -> Merge:
    return (int(one[2]), column_number(one[1]), int(two[2]), column_number(two[1]))
