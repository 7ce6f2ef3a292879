"""The quality of data: all members, one of them, and its statement of a month."""

from collections.abc import Sequence
from typing import Final

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, SkipValidation

from registry.forms.standards_sheet import csv_of
from registry.pages.frame import Frame
from registry.pages.query_params import one
from registry.pages.voucher_pdf import Paper
from registry.quality.definitions import DEFINITIONS, DIGEST
from registry.quality.views import (
    MemberQuality,
    Quality,
    Statement,
    before,
    month_text,
    parse_month,
)
from registry.quality_pages.statement import csv_rows, statement_pdf
from registry.quality_pages.words import (
    cells,
    chart,
    code_name,
    columns,
    definitions,
    few_text,
    judged_lines,
    level_name,
    month_name,
    positions,
    type_name,
)

UNIT_MAX: Final = 200
FrameDep = NamedDependency[SkipValidation[Frame]]
QualityDep = NamedDependency[SkipValidation[Quality]]
PaperDep = NamedDependency[SkipValidation[Paper]]
_SMALL, _LARGE = 28, 120
_MARK: Final = "\ufeff"
"""Tells spreadsheets that a CSV is UTF-8."""


@get("/quality", include_in_schema=False)
async def quality(frame: FrameDep, quality: QualityDep) -> Response[str]:
    """All members side by side, what every figure is, and what it was counted from."""
    until = one(frame, "until")
    found = await quality.region(parse_month(until) if until else None)
    shown = columns(frame.lang, whole=False)
    return frame.page(
        "quality.html",
        until=month_name(frame.lang, found.until),
        columns=shown,
        members=[
            {
                "name": member.name,
                "link": frame.url(f"/quality/{member.member}", until=until),
                "cells": cells(member.total, shown, few_text(frame)),
                "level": level_name(frame, member.level),
                "chart": chart(frame, member.months, "in_time", _SMALL),
            }
            for member in found.members
        ],
        height=_SMALL,
        definitions=definitions(frame),
        optional=[
            (type_name(frame, kind), "、".join(paths))
            for kind, paths in DEFINITIONS.columns.items()
        ],
        model=DEFINITIONS.levels.zh if frame.lang == "zh" else DEFINITIONS.levels.en,
        read=frame.t(f"read.{DEFINITIONS.levels.read}"),
        positions=positions(found.positions),
        digest=DIGEST,
        data=f"/api/v1/quality?until={month_text(found.until)}",
    )


@get("/quality/{member:str}", include_in_schema=False)
async def member(member: FromPath[str], frame: FrameDep, quality: QualityDep) -> Response[str]:
    """One member by month: trend, level, and which criteria fail by how much."""
    until = one(frame, "until")
    asked = parse_month(until) if until else None
    found, last = await quality.member(member, frame.asker.grant, asked)
    shown = columns(frame.lang, whole=found.whole)
    return frame.page(
        "quality_member.html",
        name=found.name,
        until=month_name(frame.lang, last),
        columns=shown,
        total=cells(found.total, shown, few_text(frame)),
        months=[
            {
                "name": month_name(frame.lang, parse_month(month.key)),
                "link": frame.url(f"/quality/{member}/{month.key}"),
                "cells": cells(month, shown, few_text(frame)),
            }
            for month in reversed(found.months)
        ],
        chart=chart(frame, found.months, "in_time", _LARGE),
        height=_LARGE,
        whole=found.whole,
        earlier=frame.url(f"/quality/{member}", until=month_text(before(last, 12))),
        data=f"/api/v1/quality/{member}?until={month_text(last)}",
        **_level(frame, found),
    )


def _level(frame: Frame, found: MemberQuality) -> dict[str, object]:
    return {
        "level": level_name(frame, found.level),
        "levels": judged_lines(frame, found.levels),
        "least": DEFINITIONS.levels.least,
    }


@get("/quality/{member:str}/{month:str}", include_in_schema=False)
async def statement(
    member: FromPath[str], month: FromPath[str], frame: FrameDep, quality: QualityDep
) -> Response[str]:
    """A month of a member, or of a department for who may see those."""
    found = await _asked(frame, quality, member, month)
    shown, few = columns(frame.lang, whole=found.whole), few_text(frame)
    base = f"/quality/{member}/{month}"
    return frame.page(
        "quality_statement.html",
        name=found.name,
        member_link=frame.url(f"/quality/{member}"),
        unit=found.unit,
        month=month_name(frame.lang, found.month),
        columns=shown,
        total=cells(found.total, shown, few),
        types=[(type_name(frame, row.key), cells(row, shown, few)) for row in found.types],
        units=[
            (row.key, frame.url(base, unit=row.key), cells(row, shown, few)) for row in found.units
        ],
        codes=[
            (code_name(frame.lang, code), code, frame.t(f"quality.{level}"), f"{number:,}")
            for code, level, number in found.codes
        ],
        whole=found.whole,
        positions=positions(found.positions),
        csv=frame.url(f"{base}/csv", unit=found.unit),
        pdf=frame.url(f"{base}/pdf", unit=found.unit),
    )


@get("/quality/{member:str}/{month:str}/csv", include_in_schema=False)
async def as_csv(
    member: FromPath[str], month: FromPath[str], frame: FrameDep, quality: QualityDep
) -> Response[bytes]:
    """The statement for a spreadsheet; what one would take for a formula is marked as text."""
    found = await _asked(frame, quality, member, month)
    return _file(_csv(csv_rows(frame, found)), "text/csv", found, "csv")


@get("/quality/{member:str}/{month:str}/pdf", include_in_schema=False)
async def as_pdf(
    member: FromPath[str],
    month: FromPath[str],
    frame: FrameDep,
    quality: QualityDep,
    paper: PaperDep,
) -> Response[bytes]:
    """The statement on paper, in Chinese."""
    found = await _asked(frame, quality, member, month)
    made = await paper.made(lambda fonts: statement_pdf(fonts, frame, found))
    return _file(made, "application/pdf", found, "pdf")


async def _asked(frame: Frame, quality: Quality, member: str, month: str) -> Statement:
    unit = one(frame, "unit")[:UNIT_MAX]
    return await quality.statement(member, frame.asker.grant, parse_month(month), unit)


def _csv(rows: Sequence[Sequence[str]]) -> bytes:
    return f"{_MARK}{csv_of(rows)}".encode()


def _file(body: bytes, media_type: str, found: Statement, kind: str) -> Response[bytes]:
    name = f"quality-{found.member}-{month_text(found.month)}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, media_type=media_type, headers=headers)


ROUTES: Final = (quality, member, statement, as_csv, as_pdf)
