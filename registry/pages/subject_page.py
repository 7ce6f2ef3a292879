"""The enterprise page: what applies where and why, the records of every city, and who it is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, SkipValidation

from registry.clock import Clock, today
from registry.domain.identifiers import uscc_problems
from registry.domain.lists import LISTS
from registry.errors import MalformedRefusal
from registry.pages.cover import cover_lines, top_sentence
from registry.pages.fields import headline, notes, type_of
from registry.pages.frame import PUBLIC, Frame
from registry.pages.measures import MeasureLines, measure_lines
from registry.pages.query_params import day_of, one
from registry.pages.relations import RelationLines, name_period, relation_lines
from registry.pages.rule_pages import uses_of
from registry.pages.words import day, joined, moment, word
from registry.query.reader import Reader
from registry.query.views import DecisionAnswer, RecordView, RulebookView, SubjectFile

NOT_ADOPTED = "not-adopted"


@dataclass(frozen=True, slots=True)
class Chosen:
    """Territory, matter and day of the question; empty territory or matter means all."""

    territory: str
    matter: str
    on: date


@dataclass(frozen=True, slots=True)
class Applies:
    """What applies: the measures, and the sentences for where none does."""

    measures: tuple[MeasureLines, ...]
    says: tuple[str, ...]
    nothing: tuple[str, ...] = field(default=())


@get("/subject/{subject_id:str}", include_in_schema=False)
async def subject(
    subject_id: FromPath[str],
    frame: NamedDependency[SkipValidation[Frame]],
    reader: NamedDependency[SkipValidation[Reader]],
    clock: NamedDependency[SkipValidation[Clock]],
) -> Response[str]:
    """Everything about one subject that may be shown, as of a date."""
    on = day_of(one(frame, "on")) or today(clock)
    book = await reader.rulebook(on)
    chosen = _chosen(frame, on, book)
    file = await reader.subject_file(subject_id, PUBLIC, chosen.on)
    places = [chosen.territory] if chosen.territory else [code for code, _ in frame.site.members]
    answers = await reader.decide_many(subject_id, places, chosen.matter, "", chosen.on, PUBLIC)
    ties = await reader.relations(subject_id, PUBLIC, chosen.on)
    return _page(frame, file, chosen, answers, book, relation_lines(frame, ties))


def _chosen(frame: Frame, on: date, book: RulebookView | None) -> Chosen:
    territory, matter = one(frame, "territory"), one(frame, "matter")
    if territory and territory not in dict(frame.site.members):
        raise MalformedRefusal(
            "办理地区不在成员地区之内，请从列表中选择。",
            "The territory is none of the members: choose one from the list.",
            code="unknown-territory",
        )
    if matter and matter not in _matters(book):
        raise MalformedRefusal(
            "没有这个办理事项，请从列表中选择。",
            "There is no such matter: choose one from the list.",
            code="unknown-matter",
        )
    return Chosen(territory, matter, on)


def _page(
    frame: Frame,
    file: SubjectFile,
    chosen: Chosen,
    answers: Sequence[DecisionAnswer],
    book: RulebookView | None,
    ties: RelationLines,
) -> Response[str]:
    lang = frame.lang
    applies = _applies(frame, answers, chosen)
    codes = [
        (word(lang, "scheme", scheme), code)
        for scheme, code in file.identifiers
        if scheme in {"uscc", "regno", "orgcode"}
    ]
    return frame.page(
        "subject.html",
        name=file.name,
        codes=codes,
        well_formed=any(s == "uscc" and not uscc_problems(c) for s, c in file.identifiers),
        top=top_sentence(frame, file.coverage),
        territories=frame.site.members,
        matters=[(code, word(lang, "matter", code)) for code in _matters(book)],
        chosen=chosen,
        lead=_lead(frame, chosen),
        applies=applies,
        cities=_cities(frame, file.records),
        clean=_nothing_found(frame, file),
        kind=word(lang, "kind", file.kind),
        former=[(name.name, name_period(frame, name)) for name in file.names if name.former],
        ties=ties,
        cover=cover_lines(frame, file.coverage),
        computed=frame.t("subject.decided", edition=answers[0].rulebook) if book else "",
    )


def _lead(frame: Frame, chosen: Chosen) -> str:
    on = day(frame.lang, chosen.on)
    if not chosen.territory:
        return frame.t("subject.applies-lead", on=on)
    return frame.t("subject.applies-in", on=on, city=frame.site.name_of(chosen.territory))


def _applies(frame: Frame, answers: Sequence[DecisionAnswer], chosen: Chosen) -> Applies:
    found = [
        (answer.decision.ask.territory, measure)
        for answer in answers
        for measure in answer.decision.measures
    ]
    if all(not answer.rulebook for answer in answers):
        return Applies((), (), (frame.t("subject.no-rulebook"),))
    measures = measure_lines(frame, found)
    if not measures:
        key = "subject.no-measure" if chosen.territory else "subject.no-measure-any"
        return Applies((), _says(frame, answers), (frame.t(key),))
    none = [answer.territory_name for answer in answers if not answer.decision.measures]
    text = frame.t("subject.none-in", cities=joined(frame.lang, none))
    return Applies(measures, _says(frame, answers), (text,) if none else ())


def _says(frame: Frame, answers: Iterable[DecisionAnswer]) -> tuple[str, ...]:
    """Where a rule with an open cause was not adopted, and what else does not apply and why."""
    missing: dict[str, list[str]] = {}
    said: dict[str, None] = {}
    for answer in answers:
        for reason in answer.decision.not_applied:
            if reason.code == NOT_ADOPTED:
                rule = frame.t("measure.rule", key=reason.rule, edition=reason.edition)
                missing.setdefault(rule, []).append(answer.territory_name)
            else:
                said[_not_here(frame, answer.territory_name, reason.zh)] = None
    adopted = [
        f"{frame.t('rule.not-adopted', city=joined(frame.lang, cities))}（{rule}）"
        for rule, cities in missing.items()
    ]
    return (*adopted, *said)


def _not_here(frame: Frame, city: str, why: str) -> str:
    return frame.t("subject.says-here" if city in why else "subject.says", city=city, why=why)


def _nothing_found(frame: Frame, file: SubjectFile) -> str:
    """The sentence for where no untrustworthy record is shown, which is not that there is none."""
    if any(_untrustworthy(view) for view in file.records):
        return ""
    found = frame.t("nothing-found", at=moment(frame.lang, file.coverage.at))
    return f"{found}。" if frame.lang == "zh" else f"{found}."


def _untrustworthy(view: RecordView) -> bool:
    return view.record.severity.level in {"minor", "general", "serious"}


def _matters(book: RulebookView | None) -> tuple[str, ...]:
    if book is None:
        return ()
    uses = (use for rule in book.book.rules if rule.latest for use in uses_of(rule))
    return tuple(dict.fromkeys(use.matter for use in uses))


def _cities(frame: Frame, records: Iterable[RecordView]) -> list[dict[str, object]]:
    by_city: dict[str, list[RecordView]] = {}
    for view in sorted(records, key=lambda view: view.record.decided_on, reverse=True):
        by_city.setdefault(view.member_name, []).append(view)
    return [
        {"name": name, "records": [_line(frame, view) for view in views]}
        for name, views in by_city.items()
    ]


def _line(frame: Frame, view: RecordView) -> dict[str, object]:
    record, kind = view.record, type_of(view.record)
    relayed = record.provenance.kind == "relayed"
    source = str(record.provenance.source) if relayed else ""
    return {
        "on": day(frame.lang, record.decided_on),
        "iso": record.decided_on.isoformat(),
        "kind": word(frame.lang, "type", kind),
        "title": headline(frame, record),
        "link": frame.url(f"/record/{view.origin}/{view.idx}"),
        "mood": _mood(view),
        "note": joined(
            frame.lang,
            [
                record.authority.name,
                *([frame.t("subject.relayed", source=source)] if relayed else []),
                *notes(frame, record),
            ],
        ),
    }


def _mood(view: RecordView) -> str:
    kind = LISTS.get(str(getattr(view.record, "list", "")))
    if kind is not None and kind.family == "honour":
        return "honour"
    return "serious" if view.record.severity.level == "serious" else ""
