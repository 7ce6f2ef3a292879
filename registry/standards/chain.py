"""The chain of an answer: every record it rests on or has looked at, and what each says.

First the edition and notices about it, then recognitions and acceptances with their changes (those
without effect too, with the reason), the other side's recognition, and uses of group standards.
"""

from collections.abc import Iterator

from registry.domain.records.standards import StandardRecognition
from registry.standards.editions import given
from registry.standards.model import Ref, Stated, Step
from registry.standards.recognise import Held
from registry.standards.results import taken_into
from registry.standards.statutes import Named
from registry.standards.weighing import Paper, Scale, Weighed
from registry.standards.words import (
    CHANGES,
    CODES,
    DEGREES,
    EVENTS,
    OVERDUE,
    REVIEW,
    WHY,
    both,
    place_name,
)


def chain(scale: Scale, weighed: Weighed) -> tuple[Step, ...]:
    """Return the steps of an answer in order; no record twice."""
    once: dict[Ref, Step] = {}
    for step in _steps(scale, weighed):
        once.setdefault(step.ref, step)
    return tuple(once.values())


def _steps(scale: Scale, weighed: Weighed) -> Iterator[Step]:
    yield from _of_edition(weighed)
    counted = [paper.held.stated.ref for paper in weighed.counted]
    first = [*weighed.counted, *(p for p in weighed.papers if p.held.stated.ref not in counted)]
    for paper in first:
        yield _of_paper(paper, weighed)
        yield from _of_changes(paper.held)
    if weighed.mutual is not None:
        yield _returned(weighed.mutual)
    for use in taken_into(scale.known.group_uses, weighed.number, weighed.ask.on):
        record = use.record
        yield Step(
            use.ref,
            "group_standard_use",
            f"团体标准{record.number}已纳入{record.into}（{record.instrument}）",
            f"group standard {record.number} is taken into {record.into} ({record.instrument})",
        )


def _of_edition(weighed: Weighed) -> Iterator[Step]:
    """Yield the statements of the edition, and notices that have effect by the day."""
    edition = weighed.edition
    if edition is None:
        return
    for source in edition.sources:
        told = source.record.provenance
        whose = given(told.source) or source.record.source_unit.name
        zh = "转载自" if told.kind == "relayed" else "发布"
        en = "relayed from" if told.kind == "relayed" else "published by"
        title = source.record.title
        yield Step(
            source.ref,
            "standard",
            f"{edition.number}《{title}》（{zh}：{whose}）",
            f"{edition.number} “{title}” ({en} {whose})",
        )
    for notice in edition.notices:
        record = notice.record
        if record.effective_on <= weighed.ask.on:
            event, by = EVENTS[record.event], given(record.by) or ""
            yield Step(
                notice.ref,
                "standard_notice",
                f"{edition.number}自{record.effective_on}起{event[0]}{by}（{record.instrument}）",
                f"{edition.number}: {event[1]} {by} from {record.effective_on}".replace("  ", " ")
                + f" ({record.instrument})",
            )


def _of_paper(paper: Paper, weighed: Weighed) -> Step:
    record = paper.held.record
    place, degree = place_name(record.territory), DEGREES[record.degree]
    stands = paper_words(paper, weighed)
    name = record.authority.name
    if paper.recognises:
        kind, what = "standard_recognition", ("", "recognition")
    else:
        kind, what = "result_acceptance", ("（结果采信）", "acceptance of results")
    return Step(
        paper.held.stated.ref,
        kind,
        f"{name}（{place[0]}）{record.instrument}：{record.number}，{degree[0]}{what[0]}；{stands[0]}",
        f"{name} ({place[1]}), {record.instrument}: {record.number}, {degree[1]} {what[1]};"
        f" {stands[1]}",
    )


def paper_words(paper: Paper, weighed: Weighed) -> Named:
    """Return how a document stands to the question."""
    held, texts = paper.held, CODES[paper.code]
    review = _review(held, weighed)
    defect = WHY.get(held.defect, ("", ""))
    same = {
        "from": str(held.record.in_force_from),
        "until": str(held.until),
        "held": "、".join(held.numbers),
        "products": "、".join(held.record.products),
    }
    zh = {**same, "why": defect[0], "review": review[0]}
    return both(texts, zh, {**same, "why": defect[1], "review": review[1]})


def _review(held: Held, weighed: Weighed) -> Named:
    """Return by when it is to be looked at again, and whether that day has passed."""
    if held.review_by is None:
        return ("", "")
    texts = OVERDUE if is_overdue(held, weighed) else REVIEW
    return both(texts, {"day": str(held.review_by)})


def is_overdue(held: Held, weighed: Weighed) -> bool:
    """Tell whether the day of review has passed without a decision on record."""
    return held.review_by is not None and held.review_by < weighed.ask.on


def _of_changes(held: Held) -> Iterator[Step]:
    """Yield the changes that have effect, and those that have none, with the reason."""
    without = {one.change.ref: WHY[one.code] for one in held.ignored}
    every = [*held.changes, *(one.change for one in held.ignored)]
    for change in sorted(every, key=lambda one: (one.record.effective_on, one.ref)):
        record, why = change.record, without.get(change.ref)
        said = both(CHANGES[record.change], {"number": record.number})
        tail = ("", "") if why is None else (f"，不发生效力：{why[0]}", f"; no effect: {why[1]}")
        yield Step(
            change.ref,
            "recognition_change",
            f"自{record.effective_on}起{said[0]}（{record.instrument}）{tail[0]}",
            f"{said[1]} from {record.effective_on} ({record.instrument}){tail[1]}",
        )


def _returned(stated: Stated[StandardRecognition]) -> Step:
    record, place = stated.record, place_name(stated.record.territory)
    return Step(
        stated.ref,
        "standard_recognition",
        f"互认：{record.authority.name}（{place[0]}）{record.instrument}认可{record.number}",
        f"mutual: {record.authority.name} ({place[1]}), {record.instrument}, recognises"
        f" {record.number}",
    )
