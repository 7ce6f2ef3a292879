"""What each record type holds, generated from the types: JSON Schemas and rows for people."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, cast

import msgspec
from msgspec import inspect

from registry.domain.records.base import Record
from registry.domain.records.catalogue import KINDS

LABELS: Final = msgspec.toml.decode(
    files("registry.domain.records").joinpath("labels.toml").read_bytes(),
    type=dict[str, tuple[tuple[str, str, str], ...]],
)
"""By record type, with ``common`` and ``record`` for all: member, Chinese, English."""
WORDS: Final = msgspec.toml.decode(
    files("registry.domain.records").joinpath("words.toml").read_bytes(),
    type=dict[str, dict[str, tuple[str, str]]],
)
"""By member and code, in the order shown: what the code means, in Chinese and English."""
_PARTS: Final = {name: (zh, en) for name, zh, en in LABELS["part"]}
_EVERYWHERE: Final = frozenset(Record.__struct_fields__)
_FORMS: Final[dict[type[object], tuple[str, str]]] = {
    inspect.DateType: ("日期", "date"),
    inspect.IntType: ("整数", "integer"),
    inspect.StructType: ("对象", "object"),
    inspect.VarTupleType: ("列表", "list"),
    inspect.LiteralType: ("固定选项", "one of"),
    inspect.StrType: ("文本", "text"),
}


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a record type.

    ``choices`` are the codes it may hold, ``longest`` the most characters of a text.
    """

    name: str
    zh: str
    en: str
    form_zh: str
    form_en: str
    choices: tuple[str, ...]
    longest: int | None
    required: bool


@cache
def members_of(kind: str) -> tuple[Member, ...]:
    """Return the members of a type, its own first; KeyError for a type that there is not."""
    return tuple(_members(kind))


def _members(kind: str) -> Iterator[Member]:
    labels = {name: (zh, en) for name, zh, en in LABELS["record"]}
    labels |= {name: (zh, en) for name, zh, en in (*LABELS["common"], *LABELS[kind])}
    info = cast("inspect.StructType", inspect.type_info(KINDS[kind].record))
    for field in info.fields:
        yield _member(field.encode_name, labels[field.name], field)


def _member(name: str, label: tuple[str, str], field: inspect.Field) -> Member:
    stated = field.type
    choices = stated.values if isinstance(stated, inspect.LiteralType) else ()
    longest = getattr(stated, "max_length", None)
    form = _FORMS[type(stated)]
    return Member(name, *label, *form, tuple(map(str, choices)), longest, field.required)


@cache
def inner_of(kind: str, name: str) -> tuple[Member, ...]:
    """Return the members of the objects that a member of a type holds, by path: ``rows[].a.value``.

    None for those that every record has, and for texts, dates and numbers. KeyError for a type or
    a member that there is not.
    """
    info = cast("inspect.StructType", inspect.type_info(KINDS[kind].record))
    fields = {field.encode_name: field for field in info.fields}
    return () if name in _EVERYWHERE else tuple(_inner(fields[name].type, name))


def _inner(stated: inspect.Type, path: str) -> Iterator[Member]:
    if isinstance(stated, inspect.VarTupleType):
        stated, path = stated.item_type, f"{path}[]"
    for field in stated.fields if isinstance(stated, inspect.StructType) else ():
        place = f"{path}.{field.encode_name}"
        yield _member(place, _PARTS[field.encode_name], field)
        yield from _inner(field.type, place)


@cache
def schema_of(kind: str) -> dict[str, object]:
    """Return the JSON Schema (2020-12) of a type's main part, with Chinese titles.

    KeyError for a type that there is not.
    """
    row = KINDS[kind]
    schema = msgspec.json.schema(row.record)
    own = schema["$defs"][row.record.__name__]
    own["title"] = row.zh
    for member in members_of(kind):
        own["properties"][member.name] = {"title": member.zh, **own["properties"][member.name]}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": row.zh, **schema}
