"""The subject's own page: what stands about it, from when it may ask for repair, who has looked."""

from collections.abc import Iterator

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from registry.access.own import OwnFile, OwnRecord
from registry.domain.disclosure import ENDED
from registry.issued.vouchers import grouped
from registry.pages.fields import headline, marks_of, type_of
from registry.pages.frame import Frame, ReadsDep
from registry.pages.periods import LawPeriods, periods
from registry.pages.words import (
    day,
    joined,
    moment,
    report_period,
    report_sections,
    report_taker,
    shortened,
    word,
)
from registry.query.views import RecordView
from registry.reports.desk import Reports
from registry.reports.model import TakenView

ReportsDep = NamedDependency[SkipValidation[Reports]]


@get("/own", include_in_schema=False)
async def own(
    frame: NamedDependency[SkipValidation[Frame]], reads: ReadsDep, reports: ReportsDep
) -> Response[str]:
    """The file of whoever is signed in for a subject, and who took a report about it."""
    found = await reads.own()
    taken = [_taken(frame, view) for view in await reports.about(found.ids)]
    return frame.page("own.html", **_page(frame, found), reports=taken)


def _page(frame: Frame, own_file: OwnFile) -> dict[str, object]:
    return {
        "name": own_file.file.name,
        "records": [_record(frame, one) for one in own_file.records],
        "others": [_line(frame, view) for view in own_file.others],
        "looks": [
            (
                look.month,
                word(frame.lang, "role", look.role),
                frame.site.name_of(look.member) if look.member else "",
                look.purpose,
                look.count,
            )
            for look in own_file.looks
        ],
        "objection_link": frame.url("/objection", subject=own_file.file.subject_id),
    }


def _taken(frame: Frame, view: TakenView) -> dict[str, object]:
    """A report that somebody took: who, when, for what, over what, and the digest it has."""
    taken, lang = view.taken, frame.lang
    return {
        "iso": view.issued_at.isoformat(),
        "at": moment(lang, view.issued_at),
        "code": grouped(view.code),
        "link": frame.url("/report/check", code=view.code),
        "by": f"{taken.name}（{report_taker(lang, taken.role)}，{taken.code}）",
        "purpose": taken.purpose,
        "period": report_period(lang, taken.since, taken.until),
        "sections": report_sections(lang, taken.sections),
        "digest": view.digest,
    }


def _record(frame: Frame, one: OwnRecord) -> dict[str, object]:
    line = _line(frame, one.view)
    states = [word(frame.lang, "flag", flag) for flag in one.view.flags if flag in ENDED]
    return line | {
        "states": joined(frame.lang, [*states, *marks_of(frame, one.view)]),
        "object": frame.url("/objections/new", record=f"{one.view.origin}/{one.view.idx}"),
        "repair": "" if states else _repair(frame, one),
        "periods": [
            (frame.t("period.title"), periods(frame, one.windows)),
            *_handling(frame, one),
        ],
        "acts": [_line(frame, act) for act in one.acts],
    }


def _line(frame: Frame, view: RecordView) -> dict[str, object]:
    return {
        "on": day(frame.lang, view.record.decided_on),
        "iso": view.record.decided_on.isoformat(),
        "kind": word(frame.lang, "type", type_of(view.record)),
        "title": shortened(headline(frame, view.record)),
        "link": frame.url(f"/record/{view.origin}/{view.idx}"),
        "organ": view.record.authority.name,
        "member": view.member_name,
    }


def _handling(frame: Frame, one: OwnRecord) -> Iterator[tuple[str, tuple[LawPeriods, ...]]]:
    """Give until when the organ answers, under the day that it was counted for."""
    if one.handling and one.applied_on is not None:
        on = day(frame.lang, one.applied_on)
        yield frame.t("own.handling", on=on), periods(frame, one.handling)


def _repair(frame: Frame, one: OwnRecord) -> str:
    """Say from when repair may be asked for, by the first of the doors that has a day."""
    doors = (window for window in one.windows if window.kind == "earliest_repair")
    window = next((window for window in doors if window.first is not None), None)
    if window is None or window.first is None:
        return ""
    where = window.where_zh if frame.lang == "zh" else window.where_en
    return frame.t(
        "own.repair",
        on=day(frame.lang, window.first),
        where=where,
        organ=one.view.record.authority.name,
        phone=frame.t("own.phone"),
    )
