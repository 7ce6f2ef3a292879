"""Records found by what they say: words and phrases, narrowed down, page by page."""

from datetime import date
from typing import Annotated, Final, Literal

from litestar import get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromQuery, QueryParameter, SkipValidation
from msgspec import Meta, Struct, convert

from registry.api.gate import ForAPurpose, ReadsDep
from registry.api.render import coverage_out
from registry.api.schemas import CoverageOut, ProblemOut
from registry.fulltext.cursor import CURSOR_MAX
from registry.fulltext.find import TextFinder
from registry.fulltext.views import PAGE_MAX, TextAsk
from search.query import FILTER_MAX
from search.texts.question import TEXT_MAX

_PROBLEMS: Final = {
    status: ResponseSpec(ProblemOut, description=text, media_type="application/problem+json")
    for status, text in (
        (400, "no words (`query-no-words`), a cursor of another question (`bad-cursor`)"),
        (401, "a credential that is not good"),
        (429, "too many requests; `Retry-After` says when to go on"),
        (503, "not now"),
    )
}
_Code = Annotated[str, Meta(min_length=1, max_length=64)]
Several = Annotated[list[_Code] | None, QueryParameter(max_items=FILTER_MAX)]
Organs = Annotated[
    list[Annotated[str, Meta(min_length=1, max_length=200)]] | None,
    QueryParameter(max_items=FILTER_MAX, description="Names of recording authorities"),
]


class PassageOut(Struct):
    """Where a record says it: the member (a path), some words, and the spans of those met."""

    member: str
    text: str
    spans: tuple[tuple[int, int], ...]


class TextHitOut(Struct):
    """A record that answers; ``states`` is what has become of it and what stands beside it."""

    origin: str
    idx: int
    member: str
    type: str
    title: str
    subject_id: str
    subject: str
    organ: str
    decided_on: date
    severity: str
    states: tuple[str, ...]
    passages: tuple[PassageOut, ...]


class TextsFoundOut(Struct):
    """Answer to a question for texts; ``total`` and the facets are lower bounds unless ``exact``.

    ``facets`` count records by ``cities``, ``types``, ``severities``, ``states`` and ``organs``.
    ``following`` is the cursor of the next page, empty on the last one: pages neither repeat nor
    drop a record, whatever is published meanwhile, and may hold fewer than were asked for.
    ``degraded``: another engine stood in; ``behind``: what came last may be missing.
    """

    hits: tuple[TextHitOut, ...]
    total: int
    exact: bool
    facets: dict[str, dict[str, int]]
    following: str
    degraded: bool
    behind: bool
    coverage: CoverageOut


@get(
    "/records/search",
    summary="Find records and standards by what they say",
    responses=_PROBLEMS,
    operation_class=ForAPurpose,
)
async def records_search(  # noqa: PLR0913 - one argument for each parameter of the interface
    *,
    reads: ReadsDep,
    texts: NamedDependency[SkipValidation[TextFinder]],
    q: Annotated[
        str,
        QueryParameter(
            min_length=1,
            max_length=TEXT_MAX,
            description="Words, all of which must be there; a phrase in quotation marks as a whole",
        ),
    ],
    city: Several = None,
    type: Several = None,  # noqa: A002 - the parameter is called so
    severity: Several = None,
    record_state: Annotated[
        list[_Code] | None, QueryParameter(name="state", max_items=FILTER_MAX)
    ] = None,
    organ: Organs = None,
    date_from: FromQuery[date | None] = None,
    date_to: FromQuery[date | None] = None,
    order: FromQuery[Literal["relevance", "newest", "oldest"]] = "relevance",
    limit: Annotated[int, QueryParameter(ge=1, le=PAGE_MAX)] = 20,
    cursor: Annotated[
        str, QueryParameter(max_length=CURSOR_MAX, description="`following` of the page before")
    ] = "",
) -> TextsFoundOut:
    """Letters alone count: width, case, script and punctuation do not; there are no operators."""
    lists = (city, type, severity, record_state, organ)
    cities, types, severities, states, organs = (tuple(one or ()) for one in lists)
    filters = (cities, types, severities, states, organs, date_from, date_to)
    found = await reads.find_texts(texts, TextAsk(q, *filters, order, limit, cursor))
    return TextsFoundOut(
        convert(found.hits, tuple[TextHitOut, ...], from_attributes=True),
        *(found.total, found.exact, found.facets, found.following),
        *(found.degraded, found.behind),
        coverage_out(found.coverage),
    )
