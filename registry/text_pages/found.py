"""Records found by words: where each says it, narrowed down by links, page after page by a cursor.

Nothing needs a script; whatever is typed is looked for or refused in words.
"""

from typing import Final

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from registry.domain.records.passages import PASSAGES
from registry.domain.records.reference import members_of
from registry.fulltext.find import LOOKED, TextFinder
from registry.fulltext.views import FoundText, TextAsk, TextsAnswer
from registry.pages.cover import cover_lines
from registry.pages.frame import Frame, ReadsDep
from registry.pages.query_params import PER_PAGE, day_of, every, one
from registry.pages.texts import TEXTS, Lang
from registry.pages.words import day, moment, pieces, word
from search.query import FILTER_MAX
from search.texts.question import TEXT_MAX, Order

_PARAMETERS: Final = {
    "cities": "city",
    "types": "type",
    "severities": "severity",
    "states": "state",
    "organs": "organ",
}
"""The parameter of the form that narrows down by a facet."""
_ORDERS: Final[dict[str, Order]] = {
    "relevance": "relevance",
    "newest": "newest",
    "oldest": "oldest",
}
_VALUES_MAX: Final = 12
"""Values of a facet that are shown, the commonest."""


@get("/search/texts", include_in_schema=False)
async def found(
    frame: NamedDependency[SkipValidation[Frame]],
    reads: ReadsDep,
    texts: NamedDependency[SkipValidation[TextFinder]],
) -> Response[str]:
    """The form; with words, the records that say them."""
    ask = _ask_of(frame)
    answer = await reads.find_texts(texts, ask) if ask.text else None
    coverage = answer.coverage if answer else await reads.coverage()
    return frame.page(
        "texts.html",
        text=ask.text,
        longest=TEXT_MAX,
        order=ask.order,
        orders=[(order, frame.t(f"texts.order-{order}")) for order in _ORDERS],
        organ=ask.organs[0] if ask.organs else "",
        date_from=one(frame, "date_from"),
        date_to=one(frame, "date_to"),
        types=[(kind, word(frame.lang, "type", kind)) for kind in PASSAGES],
        ask=ask,
        members=frame.site.members,
        carried=[(name, value) for name in ("severity", "state") for value in _every(frame, name)],
        filtered=any((ask.cities, ask.types, ask.organs, ask.date_from, ask.date_to)),
        found=None if answer is None else _found(frame, answer, ask),
        cover=cover_lines(frame, coverage),
    )


def _ask_of(frame: Frame) -> TextAsk:
    """Read the form; what no form sends is cut to what is looked at."""
    cities, types, severities, states, organs = (_every(frame, n) for n in _PARAMETERS.values())
    days = day_of(one(frame, "date_from")), day_of(one(frame, "date_to"))
    order = _ORDERS.get(one(frame, "order"), "relevance")
    filters = (cities, types, severities, states, organs, *days)
    return TextAsk(one(frame, "q").strip(), *filters, order, PER_PAGE, one(frame, "cursor"))


def _every(frame: Frame, name: str) -> tuple[str, ...]:
    return every(frame, name)[:FILTER_MAX]


def _found(frame: Frame, answer: TextsAnswer, ask: TextAsk) -> dict[str, object]:
    nothing = frame.t("nothing-found", at=moment(frame.lang, answer.coverage.at))
    return {
        "count": frame.t("texts.count", count=answer.total)
        if answer.exact
        else frame.t("texts.count-many", count=answer.total, looked=LOOKED),
        "degraded": answer.degraded,
        "behind": answer.behind,
        "facets": _facets(frame, answer, ask),
        "hits": [_hit(frame, hit) for hit in answer.hits],
        "nothing": nothing + ("。" if frame.lang == "zh" else "."),
        "first": frame.narrowed("cursor", ()) if ask.cursor else "",
        "following": frame.here(cursor=answer.following) if answer.following else "",
    }


def _facets(frame: Frame, answer: TextsAnswer, ask: TextAsk) -> list[dict[str, object]]:
    """By what the answer can be narrowed down, or widened again where it is narrowed already."""
    facets: list[dict[str, object]] = []
    for facet, parameter in _PARAMETERS.items():
        chosen: tuple[str, ...] = getattr(ask, facet)
        counts = answer.facets[facet]
        values = [
            {
                "name": _named(frame, facet, value),
                "count": counts.get(value, 0),
                "chosen": value in chosen,
                "link": frame.narrowed(parameter, () if value in chosen else (value,)),
            }
            for value in dict.fromkeys((*chosen, *list(counts)[:_VALUES_MAX]))
        ]
        if len(values) > 1 or chosen:
            facets.append({"title": frame.t(f"facet.{facet}"), "choices": values})
    return facets


def _named(frame: Frame, facet: str, value: str) -> str:
    """The name of a value; one that is none stands for itself."""
    if facet == "cities":
        return frame.site.name_of(value)
    if facet == "states":
        return _state(frame.lang, value)
    groups = {"types": "type", "severities": "severity"}
    return word(frame.lang, groups[facet], value) if facet in groups else value


def _state(lang: Lang, value: str) -> str:
    """What has become of a record, or what stands beside it."""
    return word(lang, "mark" if f"mark.{value}" in TEXTS else "flag", value)


def _hit(frame: Frame, hit: FoundText) -> dict[str, object]:
    lang = frame.lang
    english = lang == "en"
    labels = {row.name: row.en if english else row.zh for row in members_of(hit.type)}
    return {
        "link": frame.url(f"/record/{hit.origin}/{hit.idx}"),
        "title": hit.title or word(lang, "type", hit.type),
        "subject": hit.subject,
        "file": frame.url(f"/subject/{hit.subject_id}"),
        "told": frame.t("texts.decided", organ=hit.organ, day=day(lang, hit.decided_on)),
        "tags": [
            frame.site.name_of(hit.member),
            word(lang, "type", hit.type),
            *([word(lang, "severity", hit.severity)] if hit.severity else ()),
            *(_state(lang, state) for state in hit.states if state != "standing"),
        ],
        "passages": [
            (labels[said.member.partition(".")[0]], pieces(said.text, said.spans))
            for said in hit.passages
        ],
    }
