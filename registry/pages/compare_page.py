"""Several subjects on one page, as the members of a consortium: what applies to each, side by side.

A name is taken for a subject only where it is exactly one subject's name or former name, or its
code; otherwise the candidates are shown, and the person chooses.
"""

from dataclasses import dataclass, field
from typing import Final

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from registry.access.reads import Reads
from registry.clock import Clock, today
from registry.errors import MalformedRefusal, NotFoundRefusal
from registry.pages.applies import (
    Applies,
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
from registry.pages.query_params import every, one, several
from registry.pages.subject_page import codes_of, nothing_found
from registry.pages.subject_records import RecordGroup, groups_of
from registry.query.views import FoundSubject
from search.query import TEXT_MAX, Query
from search.reasons import CODE_SLIP

SUBJECTS_MAX: Final = 10
MEASURES_MAX: Final = 40
"""Measures told on the whole page, shared by its subjects."""
_CANDIDATES: Final = 5
_SHOWN: Final = 40


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A name that is not exactly one subject's: ``candidates`` are (name, code, link to add it)."""

    text: str
    candidates: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Member:
    """One subject of the page."""

    name: str
    codes: list[tuple[str, str]]
    link: str
    without: str
    applies: Applies
    groups: tuple[RecordGroup, ...]
    clean: str


@dataclass(slots=True)
class Asked:
    """The subjects asked for: ids in order, names that need a choice, ids that lead nowhere."""

    ids: list[str] = field(default_factory=list)
    unsettled: list[tuple[str, tuple[FoundSubject, ...]]] = field(default_factory=list)
    missing: int = 0


@get("/compare", include_in_schema=False)
async def compare(
    frame: NamedDependency[SkipValidation[Frame]],
    reads: ReadsDep,
    clock: NamedDependency[SkipValidation[Clock]],
) -> Response[str]:
    """What applies to each of several subjects in one territory and matter."""
    on = date_asked(frame, today(clock))
    book = await reads.rulebook(on)
    chosen = chosen_of(frame, on, book)
    asked = await _asked(frame, reads)
    most = MEASURES_MAX // max(len(asked.ids), 1)
    members, top = [], ""
    for subject_id in asked.ids:
        try:
            member, top = await _member(frame, reads, chosen, (subject_id, asked.ids), most)
        except NotFoundRefusal:
            asked.missing += 1
        else:
            members.append(member)
    return frame.page(
        "compare.html",
        **choosing(frame, chosen, book),
        top=top,
        lead=lead_of(frame, chosen),
        ids=asked.ids,
        members=members,
        unsettled=[_unsettled(frame, chosen, asked, *one_) for one_ in asked.unsettled],
        missing=asked.missing,
        most=SUBJECTS_MAX,
        cover=cover_lines(frame, await reads.coverage()),
    )


async def _asked(frame: Frame, reads: Reads) -> Asked:
    """Read whom is asked about; raises MalformedRefusal for more than a page can hold."""
    names = several(one(frame, "q"))
    ids = every(frame, "subject")
    if len(names) + len(ids) > SUBJECTS_MAX:
        raise MalformedRefusal(
            f"一次最多查询 {SUBJECTS_MAX} 个主体，请分次查询。",
            f"At most {SUBJECTS_MAX} subjects at once: ask again for the others.",
            code="too-many-subjects",
        )
    asked = Asked(list(ids))
    for name in names:
        found = await _found(reads, name)
        exact = [hit for hit in found if _exactly(hit, name)]
        if len(exact) == 1:
            asked.ids.append(exact[0].subject_id)
        else:
            asked.unsettled.append((name, found))
    asked.ids = list(dict.fromkeys(asked.ids))
    return asked


async def _found(reads: Reads, name: str) -> tuple[FoundSubject, ...]:
    """Return the first subjects that answer to a name or code, none for what cannot be asked."""
    if len(name) > TEXT_MAX:
        return ()
    try:
        return (await reads.find(Query(text=name, limit=_CANDIDATES))).hits
    except MalformedRefusal:
        return ()


def _exactly(hit: FoundSubject, name: str) -> bool:
    """Tell whether a hit is what was typed, and not only near: a code with a slip is another's."""
    met = hit.matched in {"code", "number"} and CODE_SLIP not in hit.reasons
    return met or name in {hit.name, *hit.former_names}


async def _member(
    frame: Frame, reads: Reads, chosen: Chosen, who: tuple[str, list[str]], most: int
) -> tuple[Member, str]:
    """Return one subject with its answer, and the sentence for the top of the page."""
    subject_id, ids = who
    question = (subject_id, places_of(frame, chosen), chosen.matter, "", chosen.on)
    file, answers = await reads.decided_file(*question)
    groups = groups_of(frame, file.records, chosen.on)
    asked = _question(chosen)
    member = Member(
        file.name,
        codes_of(frame, file),
        frame.url(f"/subject/{subject_id}", **asked),
        frame.url("/compare", subject=[one_ for one_ in ids if one_ != subject_id], **asked),
        applies_of(frame, answers, chosen, most),
        groups,
        "" if groups[0].count else nothing_found(frame, file),
    )
    return member, top_sentence(frame, file.coverage)


def _question(chosen: Chosen) -> dict[str, object]:
    return {"territory": chosen.territory, "matter": chosen.matter, "on": chosen.on}


def _unsettled(
    frame: Frame, chosen: Chosen, asked: Asked, text: str, found: tuple[FoundSubject, ...]
) -> Unsettled:
    rest = "\n".join(name for name, _ in asked.unsettled if name != text)
    choices = tuple(
        (
            hit.name,
            hit.code or frame.t("results.no-code"),
            frame.url(
                "/compare", subject=[*asked.ids, hit.subject_id], q=rest, **_question(chosen)
            ),
        )
        for hit in found
    )
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    return Unsettled(shown, choices)
