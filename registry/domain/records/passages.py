"""What a record says in words: the passages by which it is found as text, and shown where met."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Final, cast

import msgspec

from registry.domain.records.base import Record


class Named(msgspec.Struct, forbid_unknown_fields=True):
    """The members of a type that hold words: those that name the record, and the others."""

    lead: tuple[str, ...]
    rest: tuple[str, ...]


PASSAGES: Final = msgspec.toml.decode(
    files("registry.domain.records").joinpath("passages.toml").read_bytes(), type=dict[str, Named]
)
"""By record type; types without a row are not found as text: acts, and what organs share."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A text of a record: the member it stands in (a path), and whether it names the record."""

    member: str
    text: str
    leads: bool


def passages_of(record: Record) -> tuple[Passage, ...]:
    """Return what a record says in words, in the order of the table; empty for other types."""
    named = PASSAGES.get(str(record.__struct_config__.tag))
    if named is None:
        return ()
    of = [(path, True) for path in named.lead] + [(path, False) for path in named.rest]
    return tuple(
        Passage(path, text, leads)
        for path, leads in of
        for text in _texts((record,), path.split("."))
    )


def _texts(within: Sequence[object], path: Sequence[str]) -> Iterator[str]:
    """Yield the texts at the end of a path, which may lead through lists."""
    for one in within:
        if isinstance(one, str) and not path:
            yield one
        elif isinstance(one, tuple):
            yield from _texts(cast("tuple[object, ...]", one), path)
        elif isinstance(one, msgspec.Struct):
            yield from _texts((getattr(one, path[0]),), path[1:])
