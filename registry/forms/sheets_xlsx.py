"""A walk through an XLSX package (ECMA-376) before it is read: bounds, honesty, formulas, merges.

Every XML part is unpacked once, in pieces, and parsed with a parser that resolves nothing: a
document type ends the walk. So what the reader meets afterwards has been measured, and a formula
has a cell.
"""

import io
import posixpath
import struct
import zipfile
import zlib
from array import array
from collections.abc import Callable, Iterator, Mapping
from typing import Final
from xml.parsers import expat

from registry.forms.sheets_plain import Pieces, not_plain_texts
from registry.forms.sheets_refusals import (
    MAX_SHEETS,
    MAX_STRINGS,
    SheetFacts,
    refused,
    within,
)
from registry.forms.sheets_rows import TRUE, SheetWalk

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
_BROKEN: Final = (
    *(zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError),
    *(ValueError, struct.error),
)
"""What the ZIP library raises over bytes that are none."""
_MACROS: Final = ("vbaproject.bin", "/macrosheets/", "/dialogsheets/")

Start = Callable[[str, dict[str, str]], None]
Text = Callable[[str], None]
Rest = Callable[[Pieces], Pieces]


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
        raise refused(
            "damaged-spreadsheet", reason=f"XML: {expat.ErrorString(error.code)}"
        ) from error


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
        from_1904 = any(day in TRUE for day in days)
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

        self._parse(name, start, text, lambda pieces: not_plain_texts(pieces, lengths))

    def _sheet(self, name: str, facts: SheetFacts) -> None:
        walk = SheetWalk(facts, self._lengths)
        self._parse(name, walk.start, walk.text, walk.not_plain)
        facts.bounded()

    def _parse(self, name: str, start: Start, text: Text | None = None, rest: Rest = iter) -> None:
        """Unpack one part and parse it, or what ``rest`` leaves of its pieces.

        Whatever is declared ends it.
        """
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
            for piece in rest(iter(lambda: part.read(_PIECE), b"")):
                parser.Parse(piece)
        parser.Parse(b"", True)  # noqa: FBT003 - the signature of expat
