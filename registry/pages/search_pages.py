"""Results: how the question was read, who answers it, and what the answer spans."""

from typing import Final

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import SkipValidation
from litestar.response import Redirect

from registry.pages.cover import cover_lines
from registry.pages.frame import Frame, ReadsDep
from registry.pages.query_params import PER_PAGE, Ask, ask_of, choices_of, several
from registry.pages.words import joined, moment, pieces, word
from registry.query.views import CitySearched, FindAnswer, FoundSubject
from search.certainty import SURE
from search.query import RECALL_MAX, TEXT_MAX
from search.reasons import CODE_SLIP

PARAMETERS: Final = {"cities": "city", "types": "type", "severities": "severity", "states": "state"}
"""The parameter of the search form that narrows down by a facet."""
WORDS: Final = {"types": "type", "severities": "severity", "states": "flag"}
FrameDep = NamedDependency[SkipValidation[Frame]]


@get("/search", include_in_schema=False)
async def results(frame: FrameDep, reads: ReadsDep) -> Response[str] | Redirect:
    """The subjects that answer, or the sentence for nothing found; several names go together."""
    ask = ask_of(frame)
    if len(ask.text) <= TEXT_MAX and len(several(ask.text)) > 1:
        return Redirect(frame.url("/compare", q=ask.text))
    answer = await reads.find(ask.query(), ask.states)
    return frame.page(
        "results.html", ask=ask, choices=choices_of(frame), **_found(frame, answer, ask)
    )


def _found(frame: Frame, answer: FindAnswer, ask: Ask) -> dict[str, object]:
    at = moment(frame.lang, answer.coverage.at)
    reading = f"results.read-{answer.read_as}"
    count = "results.count" if answer.exact else "results.count-many"
    after = ask.offset + PER_PAGE
    more = after < answer.total and after <= RECALL_MAX
    return {
        "read_as": frame.t(reading, text=ask.text),
        "count": frame.t(count, count=answer.total),
        "unsure": bool(answer.hits) and not answer.sure,
        "in_texts": frame.url("/search/texts", q=ask.text),
        "standards": frame.url("/standard", number=ask.text)
        if answer.read_as == "standard"
        else "",
        "save_link": frame.here().replace("/search", "/saved", 1) if frame.asker.known else "",
        "degraded": _degraded(frame, answer),
        "missing": [
            frame.t("subject.silent", city=one.name) for one in answer.searched if not one.by
        ],
        "searched": [_searched(frame, one) for one in answer.searched],
        "behind": answer.behind,
        "facets": _facets(frame, answer, ask),
        "hits": [_hit(frame, hit) for hit in answer.hits],
        "nothing": frame.t("nothing-found", at=at) + ("。" if frame.lang == "zh" else "."),
        "previous": frame.here(offset=max(0, ask.offset - PER_PAGE)) if ask.offset else "",
        "following": frame.here(offset=after) if more else "",
        "cover": cover_lines(frame, answer.coverage),
    }


def _degraded(frame: Frame, answer: FindAnswer) -> str:
    """Say for which cities another engine stood in, where it was not for all."""
    stood = [one.name for one in answer.searched if one.by and one.state != "answered"]
    if not answer.degraded or (answer.searched and not stood):
        return ""
    if len(stood) == len(answer.searched):
        return frame.t("results.degraded")
    return frame.t("results.degraded-cities", cities=joined(frame.lang, stood))


def _searched(frame: Frame, one: CitySearched) -> dict[str, str]:
    return {
        "name": one.name,
        "state": frame.t(f"searched.{one.state}"),
        "by": one.by or frame.t("searched.nobody"),
        "as_of": moment(frame.lang, one.as_of) if one.by and one.as_of else "",
    }


def _facets(frame: Frame, answer: FindAnswer, ask: Ask) -> list[dict[str, object]]:
    """By what the answer can be narrowed down, or widened again where it is narrowed already."""
    facets: list[dict[str, object]] = []
    for facet, parameter in PARAMETERS.items():
        chosen: tuple[str, ...] = getattr(ask, facet)
        counts = dict.fromkeys(chosen, 0) | dict(answer.facets[facet])
        values = [
            {
                "name": frame.site.name_of(value)
                if facet == "cities"
                else word(frame.lang, WORDS[facet], value),
                "count": count,
                "chosen": value in chosen,
                "link": frame.narrowed(parameter, () if value in chosen else (value,)),
            }
            for value, count in counts.items()
        ]
        if len(values) > 1 or chosen:
            facets.append({"title": frame.t(f"facet.{facet}"), "choices": values})
    return facets


def _marked(hit: FoundSubject, text: str) -> list[tuple[str, bool]]:
    return pieces(text, hit.spans if text == hit.matched_on else ())


def _hit(frame: Frame, hit: FoundSubject) -> dict[str, object]:
    how = "near" if CODE_SLIP in hit.reasons or hit.certainty < SURE else "by"
    return {
        "link": frame.url(f"/subject/{hit.subject_id}"),
        "name": _marked(hit, hit.name),
        "code": hit.code or frame.t("results.no-code"),
        "matched": frame.t(f"results.{how}-{hit.matched}", on=hit.matched_on),
        "why": joined(frame.lang, [frame.t(f"why.{reason}") for reason in hit.reasons]),
        "certainty": frame.t("results.certainty", percent=round(hit.certainty * 100)),
        "former": [_marked(hit, name) for name in hit.former_names],
        "comma": joined(frame.lang, ("", "")),
        "cities": [(frame.site.name_of(code), count) for code, count in hit.cities],
        "types": [(word(frame.lang, "type", kind), count) for kind, count in hit.types],
    }
