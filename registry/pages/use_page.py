"""At the point of use: which measures are shown, what the organ did with each, and why.

What the form sends comes back as a file of `measure_use` records: the node signs for nobody.
"""

from datetime import date
from typing import Annotated, Final, get_args

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, SkipValidation

from registry.access.reads import Reads
from registry.access.sessions import check_form
from registry.clock import Clock, today
from registry.errors import MalformedRefusal, NotFoundRefusal
from registry.pages.applies import Chosen, choosing, chosen_of
from registry.pages.desk_page import (
    ORGAN_MAX,
    REASONS_MAX,
    FrameDep,
    checked_choice,
    checked_text,
    to_sign,
)
from registry.pages.frame import Frame, ReadsDep
from registry.pages.measures import sentence
from registry.pages.query_params import day_of, one
from registry.pages.voucher_pages import spoken
from registry.pages.words import word
from registry.query.drafts import UseResult, completed, use_draft
from registry.query.views import DecisionAnswer, SubjectFile
from registry.rules.model import AppliedMeasure

MATTER_MAX: Final = 500
USE_RESULTS: Final = get_args(UseResult)
ClockDep = NamedDependency[SkipValidation[Clock]]
Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]


@get("/use/{subject_id:str}", include_in_schema=False)
async def form(
    subject_id: FromPath[str], frame: FrameDep, reads: ReadsDep, clock: ClockDep
) -> Response[str]:
    """What applies in the territory and matter, with a place for what was done."""
    return await _form(frame, reads, subject_id, today(clock))


@post("/use/{subject_id:str}", include_in_schema=False)
async def record(
    subject_id: FromPath[str], data: Form, frame: FrameDep, reads: ReadsDep, clock: ClockDep
) -> Response[str] | Response[bytes]:
    """The uses as a file; what is wrong is said above the form, as it was filled in."""
    frame = spoken(frame, data.get("lang", ""))
    check_form(frame.asker, data.get("csrf", ""))
    on = today(clock)
    asked = (data.get("territory", ""), data.get("matter", ""), "", on)
    file, answer = await reads.using(subject_id, *asked)
    try:
        lines = _lines(file, answer, data, on)
    except MalformedRefusal as wrong:
        return await _form(frame, reads, subject_id, on, data, wrong)
    return to_sign(b"".join(lines), "measure-use")


def _lines(
    file: SubjectFile, answer: DecisionAnswer, data: dict[str, str], on: date
) -> list[bytes]:
    """Return a line for each measure that something was done with; raises MalformedRefusal."""
    common = {
        "matter_name": checked_text(data.get("matter_name", ""), "matter_name", MATTER_MAX),
        "handled_on": (day_of(data.get("handled_on", "")) or on).isoformat(),
    }
    organ = checked_text(data.get("organ", ""), "organ", ORGAN_MAX)
    lines = []
    for measure in _measures(answer):
        key = _key(measure)
        if not data.get(f"result.{key}"):
            continue
        said: dict[str, object] = {
            **common,
            "result": checked_choice(data[f"result.{key}"], USE_RESULTS),
            "reasons": checked_text(data.get(f"reasons.{key}", ""), "reasons", REASONS_MAX),
        }
        until = day_of(data.get(f"until.{key}", ""))
        if until is not None:
            said["until"] = until.isoformat()
        lines.append(completed(use_draft(file, answer, measure, on), organ, said))
    if not lines:
        raise MalformedRefusal(
            "请至少就一项措施选择使用情况。",
            "Say of at least one measure what was done with it.",
            code="form-incomplete",
        )
    return lines


async def _form(
    frame: Frame,
    reads: Reads,
    subject_id: str,
    on: date,
    data: dict[str, str] | None = None,
    wrong: MalformedRefusal | None = None,
) -> Response[str]:
    book = await reads.rulebook(on)
    given = data or {}
    chosen = Chosen(given["territory"], given.get("matter", ""), on) if data else None
    chosen = chosen or _chosen(frame, chosen_of(frame, on, book))
    file, answer = await reads.using(subject_id, chosen.territory, chosen.matter, "", on)
    return frame.page(
        "use.html",
        200 if wrong is None else wrong.status,
        name=file.name,
        subject_id=subject_id,
        subject_link=frame.url(f"/subject/{subject_id}", territory=chosen.territory),
        where=answer.territory_name,
        measures=[_measure(frame, measure, given) for measure in _measures(answer)],
        given={"matter_name": "", "organ": "", "handled_on": "", **given},
        today=on.isoformat(),
        results=[(code, word(frame.lang, "result", code)) for code in USE_RESULTS],
        limits={"organ": ORGAN_MAX, "reasons": REASONS_MAX, "matter": MATTER_MAX},
        wrong="" if wrong is None else wrong.zh if frame.lang == "zh" else wrong.en,
        **choosing(frame, chosen, book),
    )


def _chosen(frame: Frame, chosen: Chosen) -> Chosen:
    """Return the territory asked about; the asker's own where none is named.

    Raises:
        NotFoundRefusal: he has none, and has named none.
    """
    territory = chosen.territory or frame.asker.grant.member
    if territory not in dict(frame.site.members) and one(frame, "territory") == "":
        raise NotFoundRefusal("请指明办理地区。", "Name the territory of the matter.")
    return Chosen(territory, chosen.matter, chosen.on)


def _measures(answer: DecisionAnswer) -> list[AppliedMeasure]:
    return [measure for measure in answer.decision.measures if measure.measure]


def _key(measure: AppliedMeasure) -> str:
    return f"{measure.rule}.{measure.measure}"


def _measure(frame: Frame, measure: AppliedMeasure, given: dict[str, str]) -> dict[str, object]:
    key = _key(measure)
    return {
        "key": key,
        "name": measure.name,
        "effect": measure.effect,
        "force": frame.t(f"effect.{measure.effect}-long"),
        "suspended": measure.state == "suspended",
        "sentence": sentence(frame, measure),
        "result": given.get(f"result.{key}", ""),
        "reasons": given.get(f"reasons.{key}", ""),
        "until": given.get(f"until.{key}", ""),
    }
