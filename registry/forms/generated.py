"""The columns of a record type, generated from its definition.

A member that is a text, a date, a number, a choice or a list of texts is a column; of an object
each of its members is one. Of a list of records that are named the first has its columns (several
come as JSON Lines). The lists of ``REPEATED`` have columns for so many of their objects, numbered
from 1 and filled from the left. Other lists of objects stand in no row: a type that needs one comes
as JSON Lines alone, and where they are optional the template does without them. Choices are filled
in by their Chinese words. Organs have name and code, as in the double-publicity templates; term and
territory (``scope``) and procedure stay with those that state them otherwise.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Final, cast

import msgspec
from msgspec import inspect

from registry.domain.lists import LISTS
from registry.domain.records.base import Target, WanYuan
from registry.domain.records.catalogue import KINDS, Audience
from registry.domain.records.reference import LABELS, WORDS
from registry.domain.records.standards import Number
from registry.forms.column import Column, Reading

TYPE_COLUMN: Final = Column("X_TYPE", "信息类别", "/type", "type")
"""The first column of every generated template: the rows say what they are."""
NARROWER: Final[dict[Audience, str]] = {
    "organs": "government",
    "between": "government",
    "holders": "authorised",
}
"""The publication range of types that are never public, where the file states none."""
_EXAMPLES: Final = msgspec.toml.decode(
    files("registry.forms").joinpath("examples.toml").read_bytes(), type=dict[str, dict[str, str]]
)
_PART_LABELS: Final = {name: zh for name, zh, _ in LABELS["part"]}
_ORGANS: Final = ("authority", "source_unit")
REPEATED: Final = {"inputs": 8, "adjustments": 3, "others": 4} | {
    "replaces": 3,
    "replaced_by": 2,
    "adopts": 2,
}
"""Lists of objects that have columns, and for how many; whoever has more gives JSON Lines."""
_END: Final = ("name", "kind", "uscc")
"""What the columns of another subject hold."""
_WITHOUT: Final = frozenset({"v", "id", "salt", "subject", "publication", "severity", "provenance"})
"""Members that the tool fills, or that other columns of the template hold."""
_READINGS: Final[dict[type[inspect.Type], Reading]] = {
    inspect.DateType: "date",
    inspect.IntType: "integer",
    inspect.LiteralType: "choice",
}
_AMOUNT: Final = cast("inspect.StrType", inspect.type_info(WanYuan)).pattern
_STANDARD: Final = inspect.type_info(Number)


def generate(
    kind: str, subject: tuple[Column, ...], extension: tuple[Column, ...]
) -> tuple[Column, ...]:
    """Return the columns of a type: its own between the shared ones; none for JSON Lines alone."""
    if wanting(kind):
        return ()
    own = (column for name, zh in _labels(kind) for column in _member(kind, name, zh))
    return tuple(_example(kind, column) for column in (TYPE_COLUMN, *subject, *own, *extension))


def wanting(kind: str) -> tuple[str, ...]:
    """Return the labels of required members that can stand in no cell; KeyError without a type."""
    labels = _labels(kind)
    return tuple(
        zh
        for name, zh in labels
        if (field := _fields(kind)[name]).required and not _cells(field, zh)
    )


def _labels(kind: str) -> list[tuple[str, str]]:
    """Return the members that are columns, in the order of a record's page, with their labels.

    The date of the document is required of all, also where pages do not show it.
    """
    rows = {name: zh for name, zh, _ in (*LABELS[kind], *LABELS["common"])}
    everywhere = {name: zh for name, zh, _ in LABELS["record"]}
    needed = (name for name, field in _fields(kind).items() if field.required)
    rest = {n: everywhere[n] for n in needed if n not in rows and n not in _WITHOUT}
    return list((rows | rest).items())


@cache
def _fields(kind: str) -> dict[str, inspect.Field]:
    info = cast("inspect.StructType", inspect.type_info(KINDS[kind].record))
    return {field.encode_name: field for field in info.fields}


def _member(kind: str, name: str, zh: str) -> Iterator[Column]:
    """Give the columns of a member, with their codes."""
    prefix = f"{kind}_{name}".upper()
    if name in _ORGANS:
        yield Column(prefix, zh, f"/{name}/name", "identity")
        yield Column(f"{prefix}_USCC", f"{zh}统一社会信用代码", f"/{name}/uscc", "identity")
        return
    for column in _cells(_fields(kind)[name], zh):
        yield replace(column, code=f"{kind}{column.pointer.replace('/', '_')}".upper())


def _cells(field: inspect.Field, zh: str) -> list[Column]:
    """Return the columns of a member, none where it can stand in no cell."""
    name, stated = field.encode_name, field.type
    if isinstance(stated, inspect.StructType):
        return [
            replace(cell, pointer=f"/{name}{cell.pointer}")
            for one in stated.fields
            for cell in _cells(one, f"{zh}：{_PART_LABELS[one.encode_name]}")
        ]
    if isinstance(stated, inspect.VarTupleType) and _names_records(stated.item_type):
        return [
            replace(cell, pointer=f"/{name}/0{cell.pointer}")
            for one in cast("inspect.StructType", stated.item_type).fields
            for cell in _cells(one, f"{zh}：{_PART_LABELS[one.encode_name]}")
        ]
    if isinstance(stated, inspect.VarTupleType) and name in REPEATED:
        item = cast("inspect.StructType", stated.item_type)
        return [
            replace(cell, pointer=f"/{name}/{at}{cell.pointer}")
            for at in range(REPEATED[name])
            for one in item.fields
            for cell in _of_item(one, f"{zh}{at + 1}")
        ]
    reading = _reading(name, stated, needed=field.required)
    if reading is None:
        return []
    return [Column("", zh, f"/{name}", reading, said=_said(name, stated))]


def _of_item(field: inspect.Field, zh: str) -> list[Column]:
    """Return the columns of a member of an object in a list; another subject is there by name."""
    stated = field.type
    if not isinstance(stated, inspect.StructType):
        return _cells(field, f"{zh}：{_PART_LABELS[field.encode_name]}")
    members = {one.encode_name: one for one in stated.fields}
    return [
        replace(
            cell,
            pointer=f"/{field.encode_name}{cell.pointer}",
            reading="subject" if name == "kind" else "identity",
            said=(),
        )
        for name in _END
        for cell in _cells(members[name], f"{zh}：{_PART_LABELS[name]}")
    ]


def _names_records(stated: inspect.Type) -> bool:
    return isinstance(stated, inspect.StructType) and stated.cls is Target


def _reading(name: str, stated: inspect.Type, *, needed: bool) -> Reading | None:
    """Return how the cells of a member are read; None where they cannot be."""
    if stated == _STANDARD:
        return "standard"
    if isinstance(stated, inspect.VarTupleType):
        several: Reading = "standards" if stated.item_type == _STANDARD else "texts"
        return several if isinstance(stated.item_type, inspect.StrType) else None
    if not isinstance(stated, inspect.StrType):
        return _READINGS.get(type(stated))
    if name == "list":  # of credit; those of market access are choices already
        return "choice"
    if stated.pattern == _AMOUNT:
        return "amount"
    return "identity" if needed else "text"


def _said(name: str, stated: inspect.Type) -> tuple[tuple[str, str], ...]:
    """Return the words of a choice with their codes: in the order of the words."""
    if not isinstance(stated, inspect.LiteralType):
        if name == "list":
            return tuple((row.name_zh, code) for code, row in LISTS.items())
        return tuple((row.zh, code) for code, row in KINDS.items()) if name == "sections" else ()
    words = WORDS.get(name, {})
    known = [(said, code) for code, (said, _) in words.items() if code in stated.values]
    return tuple(known or [(str(code), str(code)) for code in stated.values])


def _example(kind: str, column: Column) -> Column:
    """Return the column with what the example of the type says there."""
    shared = {"/type": KINDS[kind].zh, **_EXAMPLES["common"]}
    if (narrower := NARROWER.get(KINDS[kind].audience)) is not None:
        shared["/publication"] = WORDS["publication"][narrower][0]
    said = {**shared, **_EXAMPLES.get(kind, {})}.get(column.pointer, column.example)
    return replace(column, example=said)
