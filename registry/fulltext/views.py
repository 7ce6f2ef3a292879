"""The question for records by their words, and its answer, as pages and interface use them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from registry.projections.texts import organ_key
from registry.query.views import Coverage
from search.errors import InvalidQueryError
from search.highlight import Span
from search.query import FILTER_VALUE_MAX, are_filters
from search.texts.question import Order, Question

PAGE_MAX: Final = 100
"""Records on one page."""


@dataclass(frozen=True, slots=True)
class TextAsk:
    """A question as asked; every filter holds if one of its values does.

    ``states`` are what has become of a record (`standing`) and what stands beside it (`objected`).
    ``cursor`` is the ``following`` of an answer to the same question, "" for the first page.
    """

    text: str
    cities: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    organs: tuple[str, ...] = ()
    date_from: date | None = None
    date_to: date | None = None
    order: Order = "relevance"
    limit: int = 20
    cursor: str = ""

    def question(self, looked: int) -> Question:
        """Return the question to an engine, for so many texts; raises InvalidQueryError."""
        if not 1 <= self.limit <= PAGE_MAX:
            raise InvalidQueryError(
                zh=f"每页 1 至 {PAGE_MAX} 条。",
                en=f"A page has 1 to {PAGE_MAX} records.",
                code="query-page",
            )
        if not are_filters(self.states, tuple(one[:FILTER_VALUE_MAX] for one in self.organs)):
            raise InvalidQueryError(
                zh="筛选条件过多或有误。", en="Too many or malformed filters.", code="query-filter"
            )
        return Question(
            text=self.text,
            cities=self.cities,
            types=self.types,
            severities=self.severities,
            organs=tuple(dict.fromkeys(filter(None, map(organ_key, self.organs)))),
            date_from=self.date_from,
            date_to=self.date_to,
            order=self.order,
            limit=looked,
        )

    def same(self) -> Iterator[object]:
        """Yield what two pages of one answer have in common."""
        yield from (self.text, self.order, self.date_from, self.date_to)
        yield from (self.cities, self.types, self.severities, self.states, self.organs)


@dataclass(frozen=True, slots=True)
class FoundPassage:
    """Where a record says it: the member (a path), some words around, and spans of those."""

    member: str
    text: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class FoundText:
    """A record that answers; ``states`` as in `TextAsk`, ``severity`` "" where none matters."""

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
    passages: tuple[FoundPassage, ...] = ()


@dataclass(frozen=True, slots=True)
class TextsAnswer:
    """A page of records, and how many there are.

    ``total`` and ``facets`` (the commonest value first) are lower bounds unless ``exact``.
    ``following`` is the cursor of the next page, "" where there is none. A page may hold fewer
    records than asked for, or none, and still have one: those between may not be shown.
    """

    hits: tuple[FoundText, ...]
    total: int
    exact: bool
    facets: dict[str, dict[str, int]]
    following: str
    engine: str
    coverage: Coverage = field(repr=False)
    degraded: bool = False
    behind: bool = False
