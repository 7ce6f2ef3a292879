"""The slow path for records that do not decode: name every bad member, not only the first.

The record types themselves say what is allowed (``msgspec.inspect``), so nothing is stated twice.
What can be read of a damaged record is put together with absent members, so that the checks of
content can run on the rest.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from typing import Final, TypeVar, get_args

import msgspec
from msgspec import UNSET, Struct, inspect

from registry.domain.records import KINDS, TYPES, Record, Restricted
from registry.domain.tables import KEPT
from registry.ingest.reasons import RESTRICTED, Finding, finding
from registry.ingest.words import gloss

_SHOWN: Final = 60
_PLAIN_KEY: Final = re.compile(r"|[a-z][a-z_]{0,31}|[0-9]{1,5}")  # a member, or an item's number
S = TypeVar("S", bound=Struct)
_PATTERNS: Final = {
    r"^(0|[1-9][0-9]{0,13})(\.[0-9]{1,6})?$": "bad-amount",
    r"^-?(0|[1-9][0-9]{0,13})(\.[0-9]{1,6})?$": "bad-decimal",
    r"^[0-9]{6}$": "bad-division",
    r"^(CN|[0-9]{6})$": "bad-territory",
    r"^[0-9a-f]{64}$": "bad-digest",
    r"^[0-9a-f]{128}$": "bad-digest",
    r"^[0-9a-f]{32}$": "bad-salt",
    r"^[a-z][a-z0-9-]{1,63}$": "bad-list-code",
}
_TYPES_ZH: Final = "、".join(KINDS[name].zh for name in TYPES)
_CLASS: Final = "/severity/class"
_CLASSES: Final = KEPT["severity"].by_code
_OTHER_SCALE: Final = {
    said: row for row in KEPT["severity-jiangsu"].rows for said in (row.code, row.zh, *row.also)
}
_KINDS: Final = {
    inspect.StrType: ("文本", "a text"),
    inspect.DateType: ("日期文本", "a date as text"),
    inspect.IntType: ("整数", "an integer"),
    inspect.LiteralType: ("文本", "a text"),
    inspect.VarTupleType: ("列表", "a list"),
    inspect.StructType: ("对象", "an object"),
}


def show(value: object) -> str:
    """Return a value as a message shows it: JSON for what is not text, and not too long."""
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def escape(key: str) -> str:
    """Return a member name as a token of a JSON Pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")


def plain_pointer(pointer: str) -> str:
    """Return a pointer without unknown keys of the restricted part: they might be values."""
    if not pointer.startswith(f"{RESTRICTED}/"):
        return pointer
    return "/".join(key if _PLAIN_KEY.fullmatch(key) else "…" for key in pointer.split("/"))


def main_findings(value: dict[str, object]) -> Iterator[Finding]:
    """Name every member of a main part that the record type does not allow."""
    kind = value.get("type", UNSET)
    if kind is UNSET:
        yield finding("missing-field", "/type")
    elif not isinstance(kind, str) or kind not in TYPES:
        yield finding(
            "unknown-type", "/type", value=show(kind), choices=", ".join(TYPES), glossed=_TYPES_ZH
        )
    else:
        yield from _walk(value, _info(TYPES[kind]), "")


def restricted_findings(value: dict[str, object]) -> Iterator[Finding]:
    """Name every member of a restricted part that the format does not allow."""
    yield from _walk(value, _info(Restricted), RESTRICTED)


@cache
def _info(kind: type[Struct]) -> inspect.Type:
    return inspect.type_info(kind)


def _walk(value: object, kind: inspect.Type, pointer: str) -> Iterator[Finding]:
    found = _WALKERS[type(kind)](value, kind, pointer)
    if found is None:
        kind_zh, kind_en = _KINDS[type(kind)]
        yield finding("wrong-type", pointer, value=show(value), kind_zh=kind_zh, kind_en=kind_en)
    else:
        yield from found


def _struct(value: object, kind: inspect.StructType, pointer: str) -> Iterator[Finding] | None:
    return _members(value, kind, pointer) if isinstance(value, dict) else None


def _members(value: dict[str, object], kind: inspect.StructType, pointer: str) -> Iterator[Finding]:
    known = {field.encode_name for field in kind.fields} | {kind.tag_field}
    for key in value:
        if key not in known:
            at = plain_pointer(f"{pointer}/{escape(key)}")
            yield finding("unknown-field", at, value=show(key))
    for field in kind.fields:
        at = f"{pointer}/{field.encode_name}"
        if field.encode_name in value:
            yield from _walk(value[field.encode_name], field.type, at)
        elif field.required:
            yield finding("missing-field", at)


def _items(value: object, kind: inspect.VarTupleType, pointer: str) -> Iterator[Finding] | None:
    return _each(value, kind, pointer) if isinstance(value, list) else None


def _each(value: list[object], kind: inspect.VarTupleType, pointer: str) -> Iterator[Finding]:
    low, high = kind.min_length or 0, kind.max_length
    if len(value) < low or (high is not None and len(value) > high):
        yield finding("wrong-count", pointer, length=len(value), low=low, high=high or "∞")
    for index, item in enumerate(value):
        yield from _walk(item, kind.item_type, f"{pointer}/{index}")


def _text(value: object, kind: inspect.StrType, pointer: str) -> Iterator[Finding] | None:
    return _characters(value, kind, pointer) if isinstance(value, str) else None


def _characters(value: str, kind: inspect.StrType, pointer: str) -> Iterator[Finding]:
    if kind.pattern is not None and not re.search(kind.pattern, value):
        yield finding(_PATTERNS[kind.pattern], pointer, value=show(value))
    if kind.min_length is not None and len(value) < kind.min_length:
        yield finding("too-short", pointer, limit=kind.min_length)
    if kind.max_length is not None and len(value) > kind.max_length:
        yield finding("too-long", pointer, length=len(value), limit=kind.max_length)


def _date(value: object, _: inspect.DateType, pointer: str) -> Iterator[Finding] | None:
    return _calendar(value, pointer) if isinstance(value, str) else None


def _calendar(value: str, pointer: str) -> Iterator[Finding]:
    try:
        msgspec.convert(value, date)
    except msgspec.ValidationError:
        yield finding("bad-date", pointer, value=show(value))


def _choice(value: object, kind: inspect.LiteralType, pointer: str) -> Iterator[Finding] | None:
    if pointer == "/v":
        return iter([] if value == 1 and value is not True else [_version(value)])
    return _among(value, kind, pointer) if isinstance(value, str) else None


def _version(value: object) -> Finding:
    return finding("bad-version", "/v", value=show(value))


def _among(value: str, kind: inspect.LiteralType, pointer: str) -> Iterator[Finding]:
    if value not in kind.values:
        if pointer == _CLASS and value in _OTHER_SCALE:
            may = "、".join(_CLASSES[code].zh for code in _OTHER_SCALE[value].to)
            en = ", ".join(_OTHER_SCALE[value].to)
            yield finding("class-of-other-scale", pointer, value=value, may_zh=may, may=en)
            return
        choices = sorted(map(str, kind.values))
        member = pointer.rpartition("/")[2]
        glossed = "、".join(gloss(member, choice) for choice in choices)
        yield finding(
            "bad-choice", pointer, value=show(value), choices=", ".join(choices), glossed=glossed
        )


def _integer(value: object, kind: inspect.IntType, pointer: str) -> Iterator[Finding] | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return _between(value, kind, pointer)


def _between(value: int, kind: inspect.IntType, pointer: str) -> Iterator[Finding]:
    if not (kind.ge or 0) <= value <= (kind.le or value):
        yield finding("out-of-range", pointer, value=value, low=kind.ge, high=kind.le)


_WALKERS: Final[dict[type, Callable[..., Iterator[Finding] | None]]] = {
    inspect.StructType: _struct,
    inspect.VarTupleType: _items,
    inspect.StrType: _text,
    inspect.DateType: _date,
    inspect.LiteralType: _choice,
    inspect.IntType: _integer,
}


def salvage(value: dict[str, object]) -> Record | None:
    """Return what can be read of a main part, bad and missing members absent; None without type.

    The result is only for the checks: a required member may be ``UNSET`` in it.
    """
    kind = value.get("type")
    return _rescue(value, TYPES[kind]) if isinstance(kind, str) and kind in TYPES else None


def salvage_restricted(value: dict[str, object]) -> Restricted:
    """Return what can be read of a restricted part, as :func:`salvage`."""
    return _rescue(value, Restricted)


_fields: Final = cache(msgspec.structs.fields)


def _rescue(value: dict[str, object], kind: type[S]) -> S:
    build: Callable[..., S] = kind
    return build(
        **{
            field.name: _member(value.get(field.encode_name, UNSET), field.type)
            for field in _fields(kind)
        }
    )


def _member(value: object, declared: object) -> object:
    """Return one member as its type reads it; UNSET when it cannot be read."""
    if value is UNSET:
        return UNSET
    try:
        return msgspec.convert(value, declared)
    except msgspec.ValidationError:
        parts = (declared, *get_args(declared))
        kind = next(
            (part for part in parts if isinstance(part, type) and issubclass(part, Struct)), None
        )
        return _rescue(value, kind) if kind is not None and isinstance(value, dict) else UNSET
