"""The enterprise page: what applies where and why, the records of every city, and who it is."""

from collections.abc import Sequence

from litestar import MediaType, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, SkipValidation

from registry.clock import Clock, today
from registry.domain.grants import OF_MEMBER
from registry.domain.identifiers import uscc_problems
from registry.pages.applies import (
    Chosen,
    applies_of,
    choosing,
    chosen_of,
    date_asked,
    lead_of,
    places_of,
)
from registry.pages.cover import cover_lines, top_sentence
from registry.pages.frame import Frame, ReadsDep
from registry.pages.pictures import draw
from registry.pages.relations import relation_lines
from registry.pages.subject_records import groups_of, periods_of
from registry.pages.words import day, moment, word
from registry.query.views import DecisionAnswer, RulebookView, SubjectFile

CODES = ("uscc", "regno", "orgcode")


@get("/subject/{subject_id:str}", include_in_schema=False)
async def subject(
    subject_id: FromPath[str],
    frame: NamedDependency[SkipValidation[Frame]],
    reads: ReadsDep,
    clock: NamedDependency[SkipValidation[Clock]],
) -> Response[str]:
    """Everything about one subject that may be shown, as of a date."""
    on = date_asked(frame, today(clock))
    book = await reads.rulebook(on)
    chosen = chosen_of(frame, on, book)
    asked = (subject_id, places_of(frame, chosen), chosen.matter, "", chosen.on)
    file, answers = await reads.decided_file(*asked)
    ties = relation_lines(frame, await reads.relations(subject_id, chosen.on))
    return frame.page("subject.html", ties=ties, **_page(frame, file, chosen, answers, book))


@get("/subject/{subject_id:str}/decision.json", include_in_schema=False)
async def decision(
    subject_id: FromPath[str],
    frame: NamedDependency[SkipValidation[Frame]],
    reads: ReadsDep,
    clock: NamedDependency[SkipValidation[Clock]],
) -> Response[bytes]:
    """What applies in one territory, with all that it takes to make the decision again."""
    on = date_asked(frame, today(clock))
    chosen = chosen_of(frame, on, await reads.rulebook(on))
    answer = await reads.decide(subject_id, chosen.territory, chosen.matter, "", on)
    name = f'attachment; filename="decision-{chosen.territory}.json"'
    return Response(
        await reads.decision_file(answer),
        media_type=MediaType.JSON,
        headers={"Content-Disposition": name},
    )


def _page(
    frame: Frame,
    file: SubjectFile,
    chosen: Chosen,
    answers: Sequence[DecisionAnswer],
    book: RulebookView | None,
) -> dict[str, object]:
    applies = applies_of(frame, answers, chosen)
    groups = groups_of(frame, file.records, chosen.on)
    asked = {"territory": chosen.territory, "matter": chosen.matter}
    return choosing(frame, chosen, book) | {
        "name": file.name,
        "codes": codes_of(frame, file),
        "well_formed": well_formed(file),
        "top": top_sentence(frame, file.coverage),
        "lead": lead_of(frame, chosen),
        "applies": applies,
        "picture": draw(
            frame, periods_of(frame, file.records, applies.measures, chosen.on), chosen.on
        ),
        "groups": groups,
        "clean": "" if groups[0].count else nothing_found(frame, file),
        "kind": word(frame.lang, "kind", file.kind),
        "names": names_of(frame, file),
        "voucher_link": frame.url("/voucher/new", subject=file.subject_id, **asked, on=chosen.on),
        "decision_link": frame.url(
            f"/subject/{file.subject_id}/decision.json", **asked, on=chosen.on
        )
        if chosen.territory
        else "",
        "objection_link": frame.url("/objection", subject=file.subject_id),
        "compare_link": frame.url("/compare", subject=file.subject_id, **asked, on=chosen.on),
        "save_link": frame.url("/saved", subject=file.subject_id, **asked)
        if frame.asker.known
        else "",
        "use_link": _use_link(frame, file.subject_id, chosen) if applies.measures else "",
        "cover": cover_lines(frame, file.coverage),
        "computed": frame.t("subject.decided", edition=answers[0].rulebook) if book else "",
    }


def _use_link(frame: Frame, subject_id: str, chosen: Chosen) -> str:
    """Where an organ records what it did with the measures shown; nowhere for others."""
    if frame.asker.grant.role not in OF_MEMBER:
        return ""
    return frame.url(f"/use/{subject_id}", territory=chosen.territory, matter=chosen.matter)


def codes_of(frame: Frame, file: SubjectFile) -> list[tuple[str, str]]:
    """The codes of a subject with the names of their kinds."""
    return [(word(frame.lang, "scheme", s), code) for s, code in file.identifiers if s in CODES]


def well_formed(file: SubjectFile) -> bool:
    """Tell whether a unified code of the subject has the right check digits."""
    return any(s == "uscc" and not uscc_problems(code) for s, code in file.identifiers)


def names_of(frame: Frame, file: SubjectFile) -> list[tuple[str, str, bool]]:
    """Each name, the time it is known for, and whether it is a former one; the present one first.

    A registration may say until when a name was borne, which says more than when it was stated.
    """
    changed = max((n.until for n in file.names if n.former and n.until), default=None)
    said = []
    for name in file.names:
        last = name.until if name.former else changed
        key = (
            "subject.since" if last is None else "subject.until" if name.former else "subject.after"
        )
        when = frame.t(key, on=day(frame.lang, last or name.since))
        said.append((name.name, when, name.former))
    return said


def nothing_found(frame: Frame, file: SubjectFile) -> str:
    """The sentence for where no untrustworthy record is shown, which is not that there is none."""
    found = frame.t("nothing-found", at=moment(frame.lang, file.coverage.at))
    return f"{found}。" if frame.lang == "zh" else f"{found}."
