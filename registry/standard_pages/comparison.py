"""Two standards side by side: what each demands, who is stricter, and what a report is worth."""

from typing import Annotated, Final

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, PathParameter, SkipValidation
from msgspec import UNSET

from registry.access.standard_reads import compared
from registry.domain.records.standards import Limit
from registry.pages.frame import Frame, ReadsDep
from registry.pages.texts import Lang
from registry.pages.words import day
from registry.standards.compare import Judged, Serves, said
from registry.standards.unit_text import UnitError
from registry.standards.units import read_quantity, read_unit, told_in

Index = Annotated[int, PathParameter(ge=0, le=2**53 - 1)]
_DIRECTION: Final = {
    "least": "compared.least",
    "most": "compared.most",
    "within": "compared.within",
    "exactly": "compared.exactly",
}
_RELATION: Final = {
    "same": "compared.same",
    "stricter_a": "compared.stricter-a",
    "stricter_b": "compared.stricter-b",
    "incomparable": "compared.incomparable",
    "only_a": "compared.only-a",
    "only_b": "compared.only-b",
}
_METHOD: Final = {
    "same": "compared.method-same",
    "another_edition": "compared.method-edition",
    "other": "compared.method-other",
    "unstated": "compared.method-unstated",
}
_DEGREE: Final = {
    "full": "compared.full",
    "conditional": "compared.conditional",
    "partial": "compared.partial",
    "none": "compared.none",
}
_WORTH: Final = {
    "satisfied": "compared.satisfied",
    "on_condition": "compared.on-condition",
    "not_satisfied": "compared.not-satisfied",
    "not_asked": "compared.not-asked",
}


@get("/comparison/{host:str}/{segment:str}/{idx:int}", include_in_schema=False)
async def comparison(
    host: FromPath[str],
    segment: FromPath[str],
    idx: Index,
    frame: NamedDependency[SkipValidation[Frame]],
    reads: ReadsDep,
) -> Response[str]:
    """A comparison that was stated, computed."""
    detail = await reads.record(f"{host}/{segment}", idx, reads.today())
    found = compared(detail)
    record, summary = found.record, found.summary
    return frame.page(
        "comparison.html",
        a=record.a,
        b=record.b,
        product=record.product,
        reviewer=frame.t(
            "compared.reviewed", who=record.reviewer, on=day(frame.lang, record.reviewed_on)
        ),
        member=detail.view.member_name,
        record_link=frame.url(f"/record/{host}/{segment}/{idx}"),
        rows=[_row(frame, one) for one in summary.rows],
        worths=[_serves(frame, one) for one in (summary.a_for_b, summary.b_for_a)],
    )


def _row(frame: Frame, judged: Judged) -> dict[str, object]:
    row = judged.row
    a, b = (None if side is UNSET else side for side in (row.a, row.b))
    both = a is not None and b is not None
    return {
        "indicator": row.indicator,
        "a": _side(frame, a, None),
        "b": _side(frame, b, a),
        "stricter": {"stricter_a": "a", "stricter_b": "b"}.get(judged.relation, ""),
        "relation": frame.t(_RELATION[judged.relation]),
        "why": _told(frame.lang, judged.code),
        "method": frame.t(_METHOD[judged.method]) if both else "",
        "note": "" if row.note is UNSET else row.note,
    }


def _side(frame: Frame, limit: Limit | None, beside: Limit | None) -> dict[str, str] | None:
    """A limit in words; with the other side's unit where it is written in another one."""
    if limit is None:
        return None
    return {
        "demands": _demands(frame, limit),
        "same_in": "" if beside is None else _converted(frame, limit, beside),
        "method": "" if limit.method is UNSET else limit.method,
        "clause": "" if limit.clause is UNSET else limit.clause,
    }


def _demands(frame: Frame, limit: Limit) -> str:
    if limit.direction == "words":
        return "" if limit.text is UNSET else limit.text
    unit = "" if limit.unit is UNSET else limit.unit
    upto = "" if limit.upto is UNSET else limit.upto
    said_ = frame.t(_DIRECTION[limit.direction], value=limit.value, upto=upto)
    return f"{said_} {unit}".strip()


def _converted(frame: Frame, limit: Limit, beside: Limit) -> str:
    """The value in the other side's unit, where the two are written differently and convert."""
    values = [value for value in (limit.value, limit.upto) if value is not UNSET]
    unit, other = ("" if side.unit is UNSET else side.unit for side in (limit, beside))
    try:
        target = read_unit(other)
        if not values or read_unit(unit) == target:
            return ""
        told = [told_in(read_quantity(value, unit), target) for value in values]
    except UnitError:
        return ""
    sign = "=" if all(exact for _, exact in told) else "≈"
    text = frame.t("compared.to").join(f"{value.normalize():f}" for value, _ in told)
    return f"{sign} {text} {other}".strip()


def _serves(frame: Frame, found: Serves) -> dict[str, object]:
    return {
        "sentence": frame.t(_DEGREE[found.degree], under=found.under, other=found.for_),
        "degree": found.degree,
        "groups": [
            (
                frame.t(_WORTH[worth]),
                [(row.indicator, _told(frame.lang, row.code)) for row in found.of(worth)],
            )
            for worth in ("not_satisfied", "on_condition", "satisfied", "not_asked")
            if found.of(worth)
        ],
    }


def _told(lang: Lang, code: str) -> str:
    found = said().get(code)
    if found is None:
        return ""
    return found.zh if lang == "zh" else found.en
