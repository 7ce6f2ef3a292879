"""Suggestions while somebody types, for the search box of the pages and for programs."""

from typing import Annotated, Final

from litestar import Response, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import QueryParameter
from msgspec import Struct

from registry.api.gate import ForAPurpose, ReadsDep
from registry.api.schemas import ProblemOut
from search.query import TEXT_MAX

SECONDS: Final = 5
"""For which an answer to the public may be kept: while somebody types on and takes letters back."""
_PUBLIC: Final = {"Cache-Control": f"public, max-age={SECONDS}", "Vary": "Authorization"}
_PROBLEMS: Final = {
    status: ResponseSpec(ProblemOut, description=text, media_type="application/problem+json")
    for status, text in (
        (400, "no text, a text that is too long, or the purpose is missing"),
        (401, "a credential that is not good"),
        (429, "too many requests; `Retry-After` says when to go on"),
    )
}


class SuggestionOut(Struct):
    """A ``subject`` with its ``id`` and ``code``, or a ``standard`` with its ``title``.

    ``text`` is its name or number, ``on`` the name, code or number that the typed text meets.
    """

    kind: str
    text: str
    on: str
    id: str
    code: str
    title: str


class SuggestionsOut(Struct):
    """At most eight, the likeliest first; none where nothing is met, or no engine answers."""

    suggestions: tuple[SuggestionOut, ...]


@get(
    "/suggest",
    summary="What may be meant by a text typed so far",
    responses=_PROBLEMS,
    operation_class=ForAPurpose,
)
async def suggest(
    reads: ReadsDep,
    q: Annotated[
        str,
        QueryParameter(
            min_length=1,
            max_length=TEXT_MAX,
            pattern=r"\S",
            description="A beginning or part of a name, code or number; pinyin or first letters",
        ),
    ],
) -> Response[SuggestionsOut]:
    """Names, codes and numbers of standards that begin with the text, then names that hold it."""
    found = await reads.suggest(q)
    out = (SuggestionOut(one.kind, one.text, one.on, one.id, one.code, one.title) for one in found)
    headers = {} if reads.asker.known else _PUBLIC
    return Response(SuggestionsOut(tuple(out)), headers=headers)
