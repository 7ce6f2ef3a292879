"""Code tables of law and practice: dated data with reference, one TOML file each, read once.

A row never goes away: what is no longer in force keeps its name and says until when it was. How
well a source was read is said with it: ``full_text``, ``secondary`` (a summary or a copy was seen)
or ``unconfirmed`` (general knowledge). The digest of a table is over what it says, not over its
file. Tables that are made from other data (divisions, lists) stand in `registry.domain.catalogue`.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal

import msgspec

Read = Literal["full_text", "secondary", "unconfirmed"]


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A code: its names, and from which day and until which (that one no longer) it is in force.

    ``group`` classes the row inside its table; ``also`` are other spellings met; ``to`` are codes
    of another table it stands for, or may stand for where there are several; ``organ`` limits it to
    one kind of organ; ``months`` is a period. ``source`` and ``read`` are the table's where empty.
    """

    code: str
    zh: str
    en: str
    since: date | None = None
    until: date | None = None
    group: str = ""
    also: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    organ: str = ""
    months: int = 0
    source: str = ""
    read: Read | None = None
    note: str = ""

    def in_force(self, on: date) -> bool:
        """Say whether the row is in force on a day; an open end is always in."""
        return (self.since is None or self.since <= on) and (self.until is None or on < self.until)


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """A code table: names, version (year-month of our reading), source, and its rows in order.

    ``groups`` name the groups of its rows in Chinese and English, where those are not themselves
    codes; ``stands_for`` is the table that the rows' ``to`` are codes of.
    """

    name: str
    zh: str
    en: str
    version: str
    source: str
    read: Read
    rows: tuple[Row, ...]
    note_zh: str = ""
    note_en: str = ""
    groups: dict[str, tuple[str, str]] = {}
    stands_for: str = ""

    @cached_property
    def by_code(self) -> Mapping[str, Row]:
        """The rows by code; of several under one code the last, which is the newest."""
        return MappingProxyType({row.code: row for row in self.rows})

    @cached_property
    def digest(self) -> str:
        """SHA-256, in hex, over the table in a canonical form."""
        return sha256(msgspec.json.encode(self, order="sorted")).hexdigest()

    @cached_property
    def spellings(self) -> Mapping[str, str]:
        """Every name and other spelling, with the code it stands for."""
        return MappingProxyType(
            {said: row.code for row in self.rows for said in (row.code, row.zh, *row.also)}
        )

    def group(self, group: str) -> frozenset[str]:
        """Return the codes of one group; a group without codes is a slip in the asking code.

        Raises:
            KeyError: no row is of this group.
        """
        codes = frozenset(row.code for row in self.rows if row.group == group)
        if not codes:
            raise KeyError(group)
        return codes

    def chosen(self, on: date | None = None, under: str = "") -> tuple[Row, ...]:
        """Return the rows in force on a day (all, without one) whose code begins with ``under``."""
        return tuple(
            row
            for row in self.rows
            if row.code.startswith(under) and (on is None or row.in_force(on))
        )


def _read(file: Path) -> Table:
    data = msgspec.toml.decode(file.read_bytes())
    return msgspec.convert({"name": file.stem.replace("_", "-"), **data}, Table)


def _all(files: Iterable[Path]) -> Mapping[str, Table]:
    tables = map(_read, files)
    return MappingProxyType({table.name: table for table in tables})


KEPT: Final = _all(sorted(Path(__file__).parent.glob("*.toml")))
"""The tables kept as files beside this module, by name."""
