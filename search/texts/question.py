"""The question for texts: words and phrases that must all be there, filters, order, and where on.

Whatever is typed is words: there are no operators, so none can be misused, and a text with too many
or too short words is refused by name before any engine is asked.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal

from search.errors import InvalidQueryError
from search.query import Answered, are_filters
from search.texts.letters import letters, pairs
from search.texts.text import Place, Text

TEXT_MAX: Final = 200
"""Characters of a question."""
WORDS_MAX: Final = 12
"""Words and phrases of a question."""
LIMIT_MAX: Final = 1_000
"""Texts that an engine gives at once."""
_PAIR: Final = 2
_QUOTES: Final = re.compile('["“”„‟＂「」『』]')
_APART: Final = re.compile(r"[\s，、；。：！？,;:!?()（）\[\]【】{}<>《》〈〉|&*^$%#@~`=+'‘’\\]+")
"""What stands between words; what may stand inside one (GB/T 2260-2007) does not part them."""

Order = Literal["relevance", "newest", "oldest"]
Key = tuple[int, date, Place]
"""Where a text stands in an order: rank (0 unless by relevance), day, place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A bounded question for texts.

    ``words`` is what must be there, all of it, as letters. A filter of several values holds if one
    does; ``date_from`` and ``date_to`` are both included. ``after``: what comes behind that key in
    the order; so a page neither repeats nor drops anything, whatever is added meanwhile.

    By relevance: first those whose ``lead`` has every pair of the question, then all others, each
    with the latest day first.
    """

    text: str
    cities: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    organs: tuple[str, ...] = ()
    date_from: date | None = None
    date_to: date | None = None
    order: Order = "relevance"
    after: Key | None = None
    limit: int = 20
    words: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Refuse what is out of bounds.

        Raises:
            InvalidQueryError: with ``query-empty``, ``query-too-long``, ``query-no-words``,
                ``query-too-short``, ``query-too-many-words``, ``query-page``, ``query-filter`` or
                ``query-dates``.
        """
        if not self.text.strip():
            raise _refused("query-empty", "请输入要查找的字词。", "Enter words to look for.")
        if len(self.text) > TEXT_MAX:
            raise _refused(
                "query-too-long",
                f"查询内容超过 {TEXT_MAX} 字。",
                f"The query is longer than {TEXT_MAX} characters.",
            )
        object.__setattr__(self, "words", words_of(self.text))
        if not 1 <= self.limit <= LIMIT_MAX:
            raise _refused(
                "query-page", f"每次 1 至 {LIMIT_MAX} 条。", f"1 to {LIMIT_MAX} texts at once."
            )
        if not are_filters(self.cities, self.types, self.severities, self.organs):
            raise _refused("query-filter", "筛选条件过多或有误。", "Too many or malformed filters.")
        if self.date_from and self.date_to and self.date_from > self.date_to:
            raise _refused(
                "query-dates", "起始日期晚于截止日期。", "The first day is after the last."
            )

    def recalls(self, mark: str = "") -> list[int]:
        """Return the pairs that a text (with ``mark`` a part of it) has if it says all of it."""
        return sorted({pair for word in self.words for pair in pairs(word, mark)})

    def meets(self, text: Text) -> bool:
        """Tell whether a text says all of it, letter by letter."""
        form = text.form
        return all(word in form for word in self.words)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextHit:
    """A text that answers, and where it stands in the order that was asked for."""

    key: Key
    about: str

    @property
    def place(self) -> Place:
        """The numbers that name it."""
        return self.key[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextsFound(Answered):
    """Texts in the order asked for; ``last`` is where the engine stopped, None: at the end."""

    hits: tuple[TextHit, ...]
    last: Key | None


def words_of(text: str) -> tuple[str, ...]:
    """Return the words and the quoted phrases of a question as letters, the longest first.

    What is part of another word need not be looked for. Raises InvalidQueryError as `Question`.
    """
    found: dict[str, None] = {}
    for at, part in enumerate(_QUOTES.split(text)):
        quoted = at % 2 == 1
        found |= dict.fromkeys(map(letters, (part,) if quoted else _APART.split(part)))
    words = _longest(word for word in found if word)
    if not words:
        raise _refused(
            "query-no-words",
            "查询内容中没有文字或数字。",
            "There is neither a letter nor a digit in the query.",
        )
    if len(words[0]) < _PAIR:
        raise _refused(
            "query-too-short",
            "请至少输入一个两个字以上的词。",
            "Enter at least one word of two letters or more.",
        )
    if len(words) > WORDS_MAX:
        raise _refused(
            "query-too-many-words",
            f"最多 {WORDS_MAX} 个词；整句请加引号。",
            f"At most {WORDS_MAX} words; put a whole phrase in quotation marks.",
        )
    return words


def _longest(words: Iterable[str]) -> tuple[str, ...]:
    kept: list[str] = []
    for word in sorted(words, key=lambda one: (-len(one), one)):
        if not any(word in longer for longer in kept):
            kept.append(word)
    return tuple(kept)


def _refused(code: str, zh: str, en: str) -> InvalidQueryError:
    return InvalidQueryError(zh=zh, en=en, code=code)
