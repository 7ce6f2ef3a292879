"""The reasons for which a row is told of (``reasons.toml``), filled in for one row."""

from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from registry.reconciling.files import Kind, Row


class _Texts(Struct, frozen=True, forbid_unknown_fields=True):
    zh: str
    en: str
    right_zh: str
    right_en: str
    rule: str


REASONS: Final = msgspec.toml.decode(
    Path(__file__).with_name("reasons.toml").read_bytes(), type=dict[str, _Texts]
)


class Reason(Struct, frozen=True):
    """What is said of a row: where, what is wrong, what would be right, by which rule.

    A note (``noted``) stops nothing.
    """

    code: str
    line: int
    column: str
    cell: str
    zh: str
    en: str
    right_zh: str
    right_en: str
    rule: str
    noted: bool = False


def reason(
    code: str, row: Row, kind: Kind, column: str, *, noted: bool = False, **facts: object
) -> Reason:
    """Return a reason about a cell of a row; ``facts`` fill the places of its texts."""
    texts = REASONS[code]
    return Reason(
        code=code,
        line=row.line,
        column=row.header(kind, column),
        cell=row.cell(column),
        zh=texts.zh.format(**facts),
        en=texts.en.format(**facts),
        right_zh=texts.right_zh.format(**facts),
        right_en=texts.right_en.format(**facts),
        rule=texts.rule.format(**facts),
        noted=noted,
    )
