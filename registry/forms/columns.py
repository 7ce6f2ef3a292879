"""The columns of the double-publicity templates: codes, headers, and where each value belongs.

They are data with their source (``forms_columns.toml``), read once.
"""

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final, Literal

import msgspec

from registry.domain.tables import KEPT

Form = Literal["penalty", "permit"]
Reading = Literal[
    "text",
    "identity",
    "date",
    "amount",
    "kinds",
    "subject",
    "state",
    "class",
    "range",
    "procedure",
    "standing",
]


_CODES: Final = frozenset(
    {"uscc", "registration_no", "organisation_code", "tax_no", "institution_no", "social_org_no"}
    | {"number", "decision_no", "permit_no"}
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its code and header in the template, its place in the record, how it is read.

    ``pointer`` is a JSON Pointer; ``/restricted/…`` is the restricted part. ``identity`` cells
    keep whatever stands in them, so that the checks can name a placeholder there. ``example`` is
    what the template's example says there.
    """

    code: str
    header: str
    pointer: str
    reading: Reading = "text"
    aliases: tuple[str, ...] = ()
    example: str = ""

    @property
    def is_code(self) -> bool:
        """Whether the column holds a number that is a name: every digit of it counts."""
        return self.pointer.rpartition("/")[2] in _CODES


class _Template(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A template: its title, the prefix of its codes and the blocks it is made of."""

    title: str
    prefix: str
    blocks: tuple[str, ...]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``forms_columns.toml``."""

    forms: dict[Form, _Template]
    blocks: dict[str, tuple[Column, ...]]
    words: dict[str, dict[str, str]]


def _columns(template: _Template) -> tuple[Column, ...]:
    """Put a template together from its blocks, its prefix in every code and alias."""

    def coded(text: str) -> str:
        return text.replace("{form}", template.prefix)

    return tuple(
        replace(column, code=coded(column.code), aliases=tuple(map(coded, column.aliases)))
        for block in template.blocks
        for column in _DATA.blocks[block]
    )


_DATA: Final = msgspec.toml.decode(Path(__file__).with_suffix(".toml").read_bytes(), type=_File)
FORMS: Final = {form: _columns(template) for form, template in _DATA.forms.items()}
TITLES: Final = {form: template.title for form, template in _DATA.forms.items()}
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


def recognise(cells: list[str]) -> Form | None:
    """Return the template a row of headers belongs to, or None when it is not a header row."""

    def known(form: Form) -> int:
        return sum(match_header(form, cell) is not None for cell in cells)

    form: Form = max(FORMS, key=known)
    own = known(form) - min(known(other) for other in FORMS)
    return form if own >= 3 else None  # noqa: PLR2004 - shared headers alone do not tell
