"""Editions given out: as CSV in the columns of this registry, as JSON, as NISO STS.

What is exported is read back by `registry.catalogues.reading` (format ``registry``) and
`registry.catalogues.sts_read` into the same fields.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from registry.catalogues.cells import Fields
from registry.catalogues.formats import OWN_COLUMNS
from registry.domain.records.base import Record
from registry.domain.records.standards import Standard

_ENVELOPE: Final = frozenset(Record.__struct_fields__) | {"type"}
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def fields_of(record: Standard) -> Fields:
    """Return what a record says of its edition, without what all records have."""
    whole: Fields = msgspec.to_builtins(record)
    return {name: value for name, value in whole.items() if name not in _ENVELOPE}


def to_csv(editions: Iterable[Fields]) -> str:
    """Return editions as CSV; application and drafters have no column there.

    A cell that a spreadsheet would run as a formula begins with an apostrophe.
    """
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(OWN_COLUMNS)
    for fields in editions:
        table.writerow(_harmless(_cell(fields.get(column, ""))) for column in OWN_COLUMNS)
    return text.getvalue()


def to_json(editions: Iterable[Fields]) -> str:
    """Return editions as JSON Lines, with all that the records say of them."""
    return "".join(f"{msgspec.json.encode(fields).decode()}\n" for fields in editions)


def file_name(fields: Fields) -> str:
    """Return a name, without ending, for a file about one edition; any file system can hold it."""
    plain = re.sub(r"[^0-9A-Za-z.\u4e00-\u9fff-]+", "_", str(fields["number"])).strip("._")
    return plain[:60]


def _cell(value: object) -> str:
    if isinstance(value, list | tuple):
        return "; ".join(_cell(one) for one in value)
    if isinstance(value, Mapping):
        return _related(value)
    return str(value)


def _related(value: Mapping[str, object]) -> str:
    number = str(value["number"])
    if "degree" in value:
        return f"{number} {value['degree']}"
    if value["extent"] == "whole":
        return number
    clauses = f": {value['clauses']}" if "clauses" in value else ""
    return f"{number} [part{clauses}]"


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
