"""Standards: the one question as a form, its answer, and what is stated of a standard, drawn too.

The first line is always that what meets the mandatory standards may be sold everywhere.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from registry.access.reads import Reads
from registry.clock import Clock, today
from registry.errors import NotFoundRefusal
from registry.pages.cover import cover_lines
from registry.pages.frame import Frame, ReadsDep
from registry.pages.query_params import day_of, one
from registry.pages.words import day, joined
from registry.query.standards_views import CellView, MatrixView, StandardView, UsableView
from registry.standard_pages.links import Groups, draw_links, groups_of
from registry.standard_pages.lives import course_link, draw_lives, name_of, told
from registry.standard_pages.whom import offices_for, routes_for

NUMBER_MAX: Final = 120
LINES_MAX: Final = 60
USES: Final = {
    "tender": "standard.use-tender",
    "qualification": "standard.use-qualification",
    "certification": "standard.use-certification",
    "funds": "standard.use-funds",
    "supervision": "standard.use-supervision",
}
_SALE: Final = "sale"
"""A question, too, with one answer everywhere: it needs no recognition."""
_ASKED: Final = {**USES, _SALE: "standard.use-sale"}
_VERDICTS: Final = {
    "yes": "standard.yes",
    "partly": "standard.partly",
    "conditionally": "standard.conditionally",
    "no": "standard.no",
    "no_document": "standard.no-document",
    "no_recognition_needed": "standard.not-needed",
}
_SHORT: Final = {
    "yes": "standard.short-yes",
    "partly": "standard.short-partly",
    "conditionally": "standard.short-conditionally",
    "no": "standard.short-no",
    "no_document": "standard.short-no-document",
}
STATES: Final = {
    "upcoming": "standard.upcoming",
    "in_force": "standard.in-force",
    "partly_replaced": "standard.partly-replaced",
    "void": "standard.void",
    "unknown": "standard.unknown",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the form holds."""

    number: str
    territory: str
    use: str
    product: str
    on: date


@get("/standard", include_in_schema=False)
async def standard(
    frame: NamedDependency[SkipValidation[Frame]],
    reads: ReadsDep,
    clock: NamedDependency[SkipValidation[Clock]],
) -> Response[str]:
    """The form; with a number what is stated of it; with a territory the answer, too."""
    asked = Asked(
        one(frame, "number").strip()[:NUMBER_MAX],
        one(frame, "territory"),
        one(frame, "use") or "tender",
        one(frame, "product").strip(),
        day_of(one(frame, "on")) or today(clock),
    )
    stated = await _stated(reads, asked)
    matrix = await reads.standards.matrix(asked.number, asked.on) if stated else None
    view = None
    if asked.number and asked.territory:
        question = (asked.number, asked.territory, asked.use, asked.on, asked.product)
        view = await reads.standards.usable(*question)
    return frame.page(
        "standard.html",
        asked=asked,
        asking=[(code, frame.t(key)) for code, key in _ASKED.items()],
        uses=[(code, frame.t(key)) for code, key in USES.items()],
        answer=None if view is None else _answer(frame, view),
        stated=None if stated is None else _page(frame, stated),
        matrix=None if matrix is None else _matrix(frame, matrix, asked),
        cover=cover_lines(frame, await reads.coverage()),
    )


async def _stated(reads: Reads, asked: Asked) -> StandardView | None:
    if not asked.number:
        return None
    try:
        return await reads.standards.view(asked.number, asked.on)
    except NotFoundRefusal:
        return None


def _answer(frame: Frame, view: UsableView) -> dict[str, object]:
    """Return the answer in words, and the records it rests on."""
    given, lang = view.answer, frame.lang
    place = frame.site.name_of(given.ask.territory)
    selling = given.ask.use == _SALE
    use = frame.t(_ASKED[given.ask.use])
    edition = given.edition or given.ask.number
    rows = (
        ("standard.edition", f"{edition} · {frame.t(STATES[given.edition_state])}"),
        ("standard.replaced-by", joined(lang, list(given.replaced_by))),
        ("standard.instrument", given.instrument),
        ("standard.organ", given.organ),
        ("standard.contact", given.contact),
        ("standard.conditions", joined(lang, list(given.conditions))),
        ("standard.exclusions", joined(lang, list(given.exclusions))),
        ("standard.evidence", joined(lang, list(given.evidence_needed))),
        ("standard.until", "" if given.until is None else day(lang, given.until)),
    )
    first = "standard.first-sale" if selling else "standard.first"
    return {
        "first": frame.t(first, place=place, use=use, number=edition),
        "verdict": frame.t(_VERDICTS[given.verdict], place=place, number=edition),
        "kind": given.verdict,
        "rows": [(frame.t(key), text) for key, text in rows if text],
        "mutual": given.mutual,
        "reasons": given.reasons,
        "notes": given.notes_zh if lang == "zh" else given.notes_en,
        "statutes": [law.zh if lang == "zh" else law.en for law in given.statutes],
        "chain": [
            (
                step.zh if lang == "zh" else step.en,
                frame.url(f"/record/{step.ref.origin}/{step.ref.idx}"),
                f"{step.ref.origin}/{step.ref.idx}",
            )
            for step in given.chain
        ],
        "nearest": [
            (
                near.number,
                near.zh if lang == "zh" else near.en,
                frame.t(_VERDICTS[near.verdict], place=place, number=near.number),
                frame.here(number=near.number),
            )
            for near in given.nearest
        ],
        "whole": view.gathered.whole,
        **({} if selling else _whom(frame, view)),
    }


def _whom(frame: Frame, view: UsableView) -> dict[str, object]:
    """Return who may take it, by which route, and where to ask for that."""
    ask = view.answer.ask
    return {
        "offices": offices_for(frame, ask.territory, ask.use, ask.on),
        "routes": routes_for(frame, ask.number, ask.territory, ask.use, ask.on),
    }


def _page(frame: Frame, view: StandardView) -> dict[str, object]:
    """Return editions and relations of a standard as rows, and drawn."""
    lang = frame.lang
    editions = [
        {
            "number": edition.number,
            "title": edition.title,
            "state": frame.t(STATES[edition.state]),
            "since": "" if edition.effective_on is None else day(lang, edition.effective_on),
            "until": "" if edition.void_on is None else day(lang, edition.void_on),
            "link": frame.url(f"/record/{edition.origin}/{edition.idx}"),
            "member": edition.member_name,
        }
        for edition in view.editions
    ]
    groups = groups_of(frame, view)
    return {
        "identity": view.identity,
        "editions": editions,
        "lives": draw_lives(frame, view.courses, view.on),
        "documents": [
            (name_of(frame, one), told(frame, one), one.instrument, course_link(frame, one))
            for one in view.courses
            if one.kind != "edition"
        ][:LINES_MAX],
        "linked": draw_links(frame, view, groups),
        **_listed(frame, groups),
    }


def _listed(frame: Frame, groups: Groups) -> dict[str, object]:
    """Return the first relations under their headings, and how many there are beside."""
    room, listed = LINES_MAX, []
    for key, entries in groups.items():
        if room > 0:
            listed.append((frame.t(f"link.{key}"), entries[:room]))
        room -= len(entries)
    return {"relations": listed, "left_out": max(0, -room)}


def _matrix(frame: Frame, view: MatrixView, asked: Asked) -> list[dict[str, object]]:
    """Return the rows of the table of members by uses."""
    rows: dict[str, list[CellView]] = {}
    for cell in view.cells:
        rows.setdefault(cell.territory_name, []).append(cell)
    return [
        {
            "name": name,
            "cells": [
                (
                    frame.t(USES[cell.use]),
                    frame.t(_SHORT[cell.verdict])
                    + (frame.t("standard.short-by-law") if cell.by_law else ""),
                    frame.url(
                        "/standard", number=asked.number, territory=cell.territory, use=cell.use
                    ),
                )
                for cell in cells
            ],
        }
        for name, cells in rows.items()
    ]
