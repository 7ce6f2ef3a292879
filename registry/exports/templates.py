"""What the other doors take, as data (``templates.toml``), read once: templates, doors, words."""

from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import Struct

from registry.domain.disclosure import Role
from registry.forms.column import Column
from registry.forms.columns import FORMS

Kind = Literal["penalty", "permit"]
Form = Literal["entity", "person"]
"""Organisations and sole traders have a template of their own, and natural persons."""
Asked = Literal["", "entity", "document", "fine", "confiscation", "licence"]
KINDS: Final[tuple[Kind, ...]] = ("penalty", "permit")
SHAPES: Final[tuple[Form, ...]] = ("entity", "person")
Format = Literal["xlsx", "codes", "xml"]
FORMATS: Final[dict[Format, str]] = {"xlsx": "xlsx", "codes": "xlsx", "xml": "xml"}
"""The ending of a file by its format; ``codes`` has the codes of the columns for headers."""
What = Literal["new", "all", "ended"]
WHAT: Final[tuple[What, ...]] = ("new", "all", "ended")
"""What goes: records that a door was not sent, all that fit, what it may not use any more."""


class _Row(Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the file; unknown members are refused."""


class Place(_Row, frozen=True):
    """A column of a template; see the file for its members."""

    code: str
    limit: int
    required: bool = False
    asked: Asked = ""
    person: bool = True

    def needed(self, form: Form) -> bool:
        """Tell whether a door takes no row without it: of persons, also their documents."""
        return self.required or (form == "person" and self.asked == "document")


class Template(_Row, frozen=True):
    """The template of a record type: number of its report, title, columns in order."""

    report: str
    title: str
    kinds_separator: str
    columns: tuple[Place, ...]

    def of(self, form: Form) -> tuple[Place, ...]:
        """Return the columns of the template of organisations or of natural persons."""
        return tuple(one for one in self.columns if form == "entity" or one.person)


class Door(_Row, frozen=True):
    """Where exports go; see the file for its members."""

    zh: str
    en: str
    eyes: Literal["shared", "public"]
    documents: bool

    @property
    def role(self) -> Role:
        """The role whose disclosure decides what may go there."""
        return Role.PROCURER if self.eyes == "shared" else Role.PUBLIC


class _Returned(_Row, frozen=True):
    headers: dict[str, tuple[str, ...]]
    words: dict[Literal["accepted", "rejected"], tuple[str, ...]]


class _File(_Row, frozen=True):
    penalty: Template
    permit: Template
    words: dict[str, dict[str, str]]
    doors: dict[str, Door]
    ended: dict[str, str]
    returned: _Returned


_DATA: Final = msgspec.toml.decode(Path(__file__).with_suffix(".toml").read_bytes(), type=_File)
TEMPLATES: Final[dict[Kind, Template]] = {"penalty": _DATA.penalty, "permit": _DATA.permit}
DOORS: Final = _DATA.doors
WORDS: Final = _DATA.words
"""By reading of a column: the word of the record format, and how the template writes it."""
ENDED: Final = _DATA.ended
RETURNED: Final = _DATA.returned
COLUMNS: Final[dict[Kind, dict[str, Column]]] = {
    kind: {column.code: column for column in FORMS[kind]} for kind in KINDS
}
"""By record type: header, place in the record and reading of each column, by its code."""
