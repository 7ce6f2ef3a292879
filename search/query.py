"""The question an engine is asked, and the answer it gives."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

from search.documents import UNSTORABLE
from search.errors import InvalidQueryError

TEXT_MAX: Final = 200
"""Characters of a question: the longest registered names stay far below."""
LIMIT_MAX: Final = 100
"""Hits on one page."""
RECALL_MAX: Final = 500
"""Candidates an engine weighs, and so the deepest hit that can be paged to. Beyond it a total is
a lower bound: nobody pages through 500 names, and counting on would cost every other user."""
FILTER_MAX: Final = 64
"""Values in one filter."""
FILTER_VALUE_MAX: Final = 64
"""Characters of one filter value."""

Reading = Literal["code", "number", "standard", "name", "pinyin", "initials"]
"""How the text was read, by its shape and by what is met exactly: an identifier, a document number,
the number of a standard, a name, a name spelled in pinyin, or by its first letters."""
Matched = Literal["code", "number", "name", "former_name"]
"""Which field of the document the question met."""
State = Literal["answered", "late", "failed", "behind"]
"""How an engine met a question: in time; not in time; not at all; or it was not asked, because its
index does not hold what came some time ago."""


def are_filters(*filters: tuple[str, ...]) -> bool:
    """Tell whether filters are of few enough values, each of which could be stored."""
    return all(
        len(values) <= FILTER_MAX
        and all(0 < len(one) <= FILTER_VALUE_MAX and not UNSTORABLE.search(one) for one in values)
        for values in filters
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A bounded question: a text, and filters that all have to hold.

    A filter of several values holds if one does. ``date_from`` and ``date_to`` are both included; a
    document holds if its span of days meets them. With ``as_name`` nothing is looked up as a code
    or a number. ``without`` leaves out documents of any of these cities, which others look for.
    """

    text: str
    cities: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    date_from: date | None = None
    date_to: date | None = None
    without: tuple[str, ...] = ()
    as_name: bool = False
    limit: int = 20
    offset: int = 0

    def __post_init__(self) -> None:
        """Refuse what is out of bounds.

        Raises:
            InvalidQueryError: with ``query-empty``, ``query-too-long``, ``query-page``,
                ``query-filter`` or ``query-dates``.
        """
        if not self.text.strip():
            raise InvalidQueryError(
                zh="请输入名称、代码或文号。",
                en="Enter a name, a code or a number.",
                code="query-empty",
            )
        if len(self.text) > TEXT_MAX:
            raise InvalidQueryError(
                zh=f"查询内容超过 {TEXT_MAX} 字。",
                en=f"The query is longer than {TEXT_MAX} characters.",
                code="query-too-long",
            )
        if not 1 <= self.limit <= LIMIT_MAX or not 0 <= self.offset <= RECALL_MAX:
            raise InvalidQueryError(
                zh=f"每页 1 至 {LIMIT_MAX} 条，最多翻到第 {RECALL_MAX} 条，请缩小范围。",
                en=f"A page has 1 to {LIMIT_MAX} hits, up to hit {RECALL_MAX}: narrow it down.",
                code="query-page",
            )
        if not are_filters(self.cities, self.types, self.severities):
            raise InvalidQueryError(
                zh="筛选条件过多或有误。", en="Too many or malformed filters.", code="query-filter"
            )
        if self.date_from and self.date_to and self.date_from > self.date_to:
            raise InvalidQueryError(
                zh="起始日期晚于截止日期。",
                en="The first day is after the last.",
                code="query-dates",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One document that answers, how well (0 to 1), by which field and value, and why.

    ``reasons`` are stable words of `search.reasons`. ``on`` is the stored value that matched; the
    caller decides whether it may be shown. ``certainty`` is the chance, 0 to 1, that this is what
    was meant, given the other hits (`search.certainty`).
    """

    id: str
    score: float
    matched: Matched
    on: str
    reasons: tuple[str, ...]
    certainty: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What became of a question for some cities; no cities: for all that no other part names.

    ``state`` is that of the engine which holds them. ``by`` is the engine that answered for them,
    another one unless it is ``answered``; '' for nobody. That one's index holds everything up
    to ``commit``, which was made at ``as_of``; None where it does not say.
    """

    cities: tuple[str, ...]
    state: State
    by: str
    commit: int | None = None
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What every answer says of the engine.

    ``degraded``: the engine asked first did not answer and ``engine`` stood in. ``behind``: the
    index asked does not hold yet what came some time ago, so that hits may be missing.
    """

    engine: str
    degraded: bool = False
    behind: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Answered):
    """A page of hits, best first; equal scores in the order of name, then id.

    ``total`` counts all hits if ``total_is_exact``, else there are at least so many. ``sure`` says
    that the first of all hits is a match, and not only the nearest there is. ``parts`` say which
    engine answered for which cities; ``missing`` that for some cities nobody did.
    """

    hits: tuple[Hit, ...]
    total: int
    total_is_exact: bool
    read_as: Reading
    sure: bool = False
    parts: tuple[Part, ...] = ()

    @property
    def missing(self) -> bool:
        """Tell whether hits of some cities are missing because nobody answered for them."""
        return not all(part.by for part in self.parts)
