"""The columns of all templates: codes, headers, and where each value belongs.

Those of the double-publicity templates are data with their source (``columns.toml``), read once;
those of the other record types come from the definitions of the types (``generated.py``).
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from registry.domain.records import KINDS
from registry.domain.tables import KEPT
from registry.forms.column import Column, Form
from registry.forms.generated import TYPE_COLUMN, generate


class _Template(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A template: its title, the prefix of its codes and the blocks it is made of."""

    title: str
    prefix: str
    blocks: tuple[str, ...]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``columns.toml``."""

    forms: dict[Form, _Template]
    blocks: dict[str, tuple[Column, ...]]
    words: dict[str, dict[str, str]]


def _columns(prefix: str, blocks: Iterable[str]) -> tuple[Column, ...]:
    """Put columns together from blocks, the prefix of a template in every code and alias."""

    def coded(text: str) -> str:
        return text.replace("{form}", prefix)

    return tuple(
        replace(column, code=coded(column.code), aliases=tuple(map(coded, column.aliases)))
        for block in blocks
        for column in _DATA.blocks[block]
    )


def _generated() -> dict[Form, tuple[Column, ...]]:
    """Return the columns of every other type that can stand in cells."""
    found = {}
    for kind in KINDS.keys() - _STATED.keys():
        subject, extension = (
            _columns(kind.upper(), (block,)) for block in ("subject", "extension")
        )
        if columns := generate(kind, subject, extension):
            found[kind] = columns
    return found


_DATA: Final = msgspec.toml.decode(Path(__file__).with_suffix(".toml").read_bytes(), type=_File)
_STATED: Final = {form: _columns(one.prefix, one.blocks) for form, one in _DATA.forms.items()}
_GENERATED: Final = _generated()
FORMS: Final = {
    kind: (_STATED | _GENERATED)[kind] for kind in KINDS if kind in _STATED | _GENERATED
}
"""By record type: the columns of its template. Types that need lists of objects have none."""
TITLES: Final = {form: KINDS[form].zh for form in FORMS} | {
    form: template.title for form, template in _DATA.forms.items()
}
"""What the sheet of a template is called."""
_NAMED: Final = {said: form for form in _GENERATED for said in (form, KINDS[form].zh)}
WORDS: Final = _DATA.words | {
    "class": {said: code for said, code in KEPT["severity"].spellings.items() if said != code},
    "procedure": {
        said: code for said, code in KEPT["procedures"].spellings.items() if said != code
    },
    "kinds": {row.code: row.to[0] for row in KEPT["penalty-kinds-provincial"].rows},
}
"""By reading (subject, state, class, range …): what a cell may say -> our word."""

PROBLEM_HEADER: Final = "问题"
EXPECTED_HEADER: Final = "应为"
PLACE_HEADER: Final = "原位置"
NOTES: Final = (PROBLEM_HEADER, EXPECTED_HEADER, PLACE_HEADER)
"""The columns that a to-fix file has beside those of the template."""
IGNORED: Final = frozenset({*NOTES, "", "序号", "DFBM", "SJC"})
"""Headers that are known and carry nothing into a record: our own notes, and storage columns."""

_TELLING: Final = 3
"""Headers that tell a template: fewer are there by chance."""
_CODE_HEADER: Final = re.compile(r"行政相对人代码_?[0-9]?\((.+)\)")


def plain_header(text: str) -> str:
    """Return a header for comparison: NFKC, upper case, without spaces and required marks."""
    header = re.sub(r"[\s*]|\(必填\)|\(选填\)", "", unicodedata.normalize("NFKC", text)).upper()
    numbered = _CODE_HEADER.fullmatch(header)
    return numbered[1] if numbered else header


@cache
def _by_header(form: Form) -> dict[str, Column]:
    return {
        plain_header(spelling): column
        for column in FORMS[form]
        for spelling in (column.code, column.header, *column.aliases)
    }


def match_header(form: Form, text: str) -> Column | None:
    """Return the column a header names, by code, Chinese name or a known other spelling."""
    return _by_header(form).get(plain_header(text))


def recognise(cells: Sequence[str]) -> Form | None:
    """Return the double-publicity template a row of headers belongs to; None when to neither."""

    def known(form: Form) -> int:
        return sum(match_header(form, cell) is not None for cell in cells)

    form: Form = max(_STATED, key=known)
    own = known(form) - min(known(other) for other in _STATED)
    return form if own >= _TELLING else None


def is_header(form: Form, cells: Iterable[str]) -> bool:
    """Whether enough cells are headers of a template to call the row its header."""
    return sum(match_header(form, cell) is not None for cell in cells) >= _TELLING


def type_place(cells: Sequence[str]) -> int | None:
    """Return where the column stands that names the record type of each row; None without it."""
    names = {plain_header(TYPE_COLUMN.header), TYPE_COLUMN.code}
    return next((at for at, cell in enumerate(cells) if plain_header(cell) in names), None)


def form_of(cells: Sequence[str], types: Iterable[str], title: str) -> Form | None:
    """Return the form that a row of headers belongs to, or None when it is not a header row.

    Args:
        cells: the row.
        types: what the first rows below it say in the column of the record type.
        title: the name of the sheet.

    The types share most of their headers, so what tells them apart is what the rows say they are;
    where they say nothing, the double-publicity templates are known by their headers alone, and
    the others by the name of the sheet.
    """
    said = next((_NAMED[name] for text in types if (name := text.strip()) in _NAMED), None)
    if said is not None and is_header(said, cells):
        return said
    if (form := recognise(cells)) is not None:
        return form
    titled = _NAMED.get(title.strip())
    return titled if titled is not None and is_header(titled, cells) else None
