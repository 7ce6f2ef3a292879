"""What is asked of an export, and what it comes to."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Final, Literal

import msgspec
from msgspec import Struct

from registry.errors import MalformedRefusal
from registry.exports.cells import Problem, Style
from registry.exports.message import Header, file_name, message
from registry.exports.templates import (
    DOORS,
    FORMATS,
    KINDS,
    SHAPES,
    TEMPLATES,
    WHAT,
    Form,
    Format,
    Kind,
    What,
)
from registry.exports.workbook import template_workbook, workbook
from registry.store.exports import KeptExport

MEDIA: Final = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xml": "application/xml",
}
ROWS_MAX: Final = 50_000
"""Records of a file; what is more goes into the next."""
TEXT_MAX: Final = 32 * 1024 * 1024
"""Characters of a file: at three bytes each its text stays below 96 MiB."""
LEFT_MAX: Final = 1_000
"""Of what is left out, so much is listed; the rest is counted."""
UNIT_MAX: Final = 200
ENDED_HEADERS: Final = (
    *("原报送文件", "原行号", "决定书文号", "行政相对人名称", "统一社会信用代码", "决定机关"),
    *("决定机关统一社会信用代码", "决定日期", "终止类型", "终止日期"),
)
_DEPARTMENT: Final = re.compile("[0-9]{4}")
_SUBMISSION: Final = re.compile("([0-9a-f]{32})?")
_PARCEL_MAX: Final = 10**9
_IDX_MAX: Final = 2**53


class Wish(Struct, frozen=True, forbid_unknown_fields=True):
    """What is wanted: records of a type for a door.

    ``new`` are those that the door was never sent (or that it was told had ended and that came
    back), ``all`` any that fit, ``ended`` those that it holds and may not use any more. ``unit`` is
    the name of a department; days are inclusive; ``submission`` and ``parcel`` name a parcel of the
    desk; ``after`` is the index to go on from. ``department`` is the four digits of the sender.
    """

    door: str
    kind: Kind
    form: Form = "entity"
    format: Format = "xlsx"
    what: What = "new"
    department: str = "0000"
    unit: str = ""
    decided_from: date | None = None
    decided_to: date | None = None
    admitted_from: date | None = None
    admitted_to: date | None = None
    submission: str = ""
    parcel: int = 0
    after: int = 0


class LeftOut(Struct, frozen=True):
    """A record and what keeps it from a file, or may make it come back."""

    idx: int
    problem: Problem


class Made(Struct, frozen=True):
    """What came of a wish: the number of the export (0: nothing fits, so there is none).

    ``left`` are the first of what was left out or remarked upon, ``left_count`` all that were left
    out. ``more``: further records fit; ``after`` is where the next file goes on.
    """

    number: int
    records: int
    left: tuple[LeftOut, ...]
    left_count: int
    more: bool
    after: int


def wish_of(said: dict[str, str]) -> Wish:
    """Return the wish that the texts of a form or address make; empty ones are not stated.

    Raises:
        MalformedRefusal: one of them is not among what can be asked (``bad-wish``).
    """
    try:
        wish = msgspec.convert({k: v for k, v in said.items() if v}, Wish, strict=False)
    except msgspec.ValidationError as error:
        raise bad_wish(str(error)) from error
    return checked(wish)


def checked(wish: Wish) -> Wish:
    """Return a wish whose texts are among what can be asked; raises as `wish_of`."""
    if wish.door not in DOORS or not _DEPARTMENT.fullmatch(wish.department):
        raise bad_wish(f"door: {', '.join(DOORS)}; department: 0000 - 9999")
    if len(wish.unit) > UNIT_MAX or not wish.unit.isprintable():
        raise bad_wish("unit")
    known = _SUBMISSION.fullmatch(wish.submission)
    if not known or not 0 <= wish.parcel <= _PARCEL_MAX or not 0 <= wish.after <= _IDX_MAX:
        raise bad_wish("submission, parcel, after")
    return wish


def bad_wish(why: str) -> MalformedRefusal:
    """Return the refusal of what cannot be asked."""
    told = why[:200]
    return MalformedRefusal(
        f"导出条件有误：{told}。信息类别：{'、'.join(KINDS)}；模板：{'、'.join(SHAPES)}；"
        f"格式：{'、'.join(FORMATS)}；范围：{'、'.join(WHAT)}；报送部门代码为四位数字。",
        f"Not what can be exported: {told}. Types: {', '.join(KINDS)}; templates: "
        f"{', '.join(SHAPES)}; formats: {', '.join(FORMATS)}; what: {', '.join(WHAT)}; the "
        "department is four digits.",
        code="bad-wish",
    )


def asked_of(one: KeptExport) -> Wish:
    """Return what was asked of an export."""
    return msgspec.json.decode(one.asked, type=Wish)


def left_of(one: KeptExport) -> tuple[LeftOut, ...]:
    """Return what was left out of an export, as far as it was kept."""
    return msgspec.json.decode(one.left_out, type=tuple[LeftOut, ...])


def name_of(one: KeptExport) -> str:
    """Return the name of an export's file."""
    kind = kind_of(one.kind)
    ending = FORMATS[format_of(one.format)]
    return file_name(one.department, kind, one.day, one.sequence, ending)


def kind_of(text: str) -> Kind:
    """Return a type as kept, by its type."""
    return next(one for one in KINDS if one == text)


def form_of_kept(text: str) -> Form:
    """Return a template as kept, by its type."""
    return next(one for one in SHAPES if one == text)


def format_of(text: str) -> Format:
    """Return a format as kept, by its type."""
    return next(one for one in FORMATS if one == text)


def style_of(form: str) -> Style:
    """Return how a format writes days."""
    return "message" if form == "xml" else "sheet"


def written(one: KeptExport, division: str, rows: Sequence[Sequence[str]]) -> bytes:
    """Return an export's file: equal for equal rows."""
    kind, form, ended = kind_of(one.kind), form_of_kept(one.form), one.act == "ended"
    if one.format == "xml":
        act: Literal["report", "ended"] = "ended" if ended else "report"
        said = (division, one.department, kind, form, act, one.day, one.sequence, len(rows))
        return b"".join(message(Header(*said), rows))
    if ended:
        title = f"{TEMPLATES[kind].title}终止清单"
        return workbook(title, ENDED_HEADERS, rows, [20] * len(ENDED_HEADERS))
    return template_workbook(kind, form, rows, codes=one.format == "codes")
