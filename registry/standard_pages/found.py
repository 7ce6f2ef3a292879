"""Standards found by number, words or class, and narrowed down by what they have in common.

Every count is a link that narrows the answer down, or widens it again; none needs a script.
"""

from collections.abc import Callable, Mapping
from typing import Final

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from registry.pages.cover import cover_lines
from registry.pages.frame import Frame, ReadsDep
from registry.pages.query_params import PER_PAGE, day_of, every, number_of, one
from registry.pages.words import day, joined, word
from registry.query.standards import HITS
from registry.query.standards_found import TEXT_MAX, Narrow
from registry.query.standards_views import FoundView
from registry.standard_pages.standard import STATES
from registry.standards.told import EditionView

VALUES_MAX: Final = 12
"""Values of one facet that are shown, those with the most editions."""
_CODE_MAX: Final = 20
_BY_WORDS: Final = {"kind": "kind", "obligation": "obligation", "ics": "ics", "ccs": "ccs"}
_AFTER: Final = {"state": "state", "prefix": "prefix", "recognised_in": "city", "uses": "use"}
"""Facets that the search itself narrows by, and those of what it found; each with its parameter."""
Facet = dict[str, object]


@get("/standards", include_in_schema=False)
async def standards(
    frame: NamedDependency[SkipValidation[Frame]], reads: ReadsDep
) -> Response[str]:
    """The form; with words or a class, the editions that answer and their facets."""
    text = one(frame, "q").strip()
    on = day_of(one(frame, "on")) or reads.today()
    chosen = {name: _values(frame, name) for name in (*_BY_WORDS.values(), *_AFTER.values())}
    filters = [f"{word}:{value}" for word, name in _BY_WORDS.items() for value in chosen[name]]
    narrow = Narrow(**{facet: chosen[name] for facet, name in _AFTER.items()})
    view = None
    if text or filters:
        view = await reads.standards.search(text, filters, on, HITS, narrow)
    coverage = view.coverage if view else await reads.coverage()
    return frame.page(
        "standards.html",
        text=text,
        longest=TEXT_MAX,
        on=on.isoformat(),
        carried=[(name, value) for name, values in chosen.items() for value in values],
        looked_at=HITS,
        found=None if view is None else _found(frame, view, chosen),
        cover=cover_lines(frame, coverage),
    )


def _values(frame: Frame, name: str) -> tuple[str, ...]:
    return tuple(value[:_CODE_MAX] for value in every(frame, name)[:VALUES_MAX])


def _found(
    frame: Frame, view: FoundView, chosen: Mapping[str, tuple[str, ...]]
) -> dict[str, object]:
    offset = min(number_of(frame, "offset"), HITS)
    after = offset + PER_PAGE
    return {
        "total": view.total,
        "whole": view.whole,
        "facets": _facets(frame, view, chosen),
        "hits": [_hit(frame, edition) for edition in view.editions[offset:after]],
        "previous": frame.here(offset=max(0, offset - PER_PAGE)) if offset else "",
        "following": frame.here(offset=after) if after < view.total else "",
    }


def _facets(frame: Frame, view: FoundView, chosen: Mapping[str, tuple[str, ...]]) -> list[Facet]:
    """By what the answer can be narrowed down, or widened again where it is narrowed already.

    Classes are told by field (ICS) and class (CCS), and in full once one is chosen.
    """
    lang = frame.lang
    names: dict[str, Callable[[str], str]] = {
        "state": lambda value: frame.t(STATES.get(value, "standard.unknown")),
        "prefix": str,
        "kind": lambda value: frame.t(f"standards.kind-{value}"),
        "obligation": lambda value: word(lang, "obligation", value),
        "ics": str,
        "ccs": str,
        "recognised_in": frame.site.name_of,
        "uses": lambda value: word(lang, "use", value),
    }
    coarse = {"ics": "ics_field", "ccs": "ccs_class"}
    facets: list[Facet] = []
    for facet, name_of in names.items():
        parameter = _BY_WORDS.get(facet) or _AFTER[facet]
        mine = chosen[parameter]
        counts = dict(view.facets[facet if mine else coarse.get(facet, facet)])
        shown = dict(list(counts.items())[:VALUES_MAX])
        values = [
            {
                "name": name_of(value),
                "count": counts.get(value),
                "chosen": value in mine,
                "link": frame.narrowed(parameter, () if value in mine else (value,)),
            }
            for value in dict.fromkeys((*mine, *shown))
        ]
        if len(values) > 1 or mine:
            title, left = frame.t(f"standards.facet-{facet}"), len(counts) - len(shown)
            facets.append({"title": title, "choices": values, "left": left})
    return facets


def _hit(frame: Frame, view: EditionView) -> dict[str, object]:
    lang = frame.lang
    return {
        "number": view.number,
        "link": frame.url("/standard", number=view.number),
        "title": view.title,
        "title_en": view.title_en,
        "state": frame.t(STATES[view.state]),
        "since": "" if view.effective_on is None else day(lang, view.effective_on),
        "until": "" if view.void_on is None else day(lang, view.void_on),
        "classes": joined(lang, (*view.ics, *view.ccs)),
        "places": joined(lang, map(frame.site.name_of, view.recognised_in)),
    }
