"""Where a record says what was asked, with a few words around: what people look at in a hit."""

from collections.abc import Sequence
from typing import Final

from registry.domain.records import AnyRecord
from registry.domain.records.passages import passages_of
from registry.fulltext.views import FoundPassage
from search.highlight import Span
from search.texts.letters import letters, spans_of

BEFORE: Final = 24
"""Characters shown before what was met."""
SHOWN: Final = 120
"""Characters of a passage that are shown, beside a word that is longer."""
PASSAGES_MAX: Final = 4
_CUT: Final = "…"


def snippets_of(record: AnyRecord, words: Sequence[str]) -> tuple[FoundPassage, ...]:
    """Return the first passages that say the words (letters), each for those not met before.

    Empty unless the record says all of them.
    """
    left = set(words)
    found: list[FoundPassage] = []
    for passage in passages_of(record):
        form = letters(passage.text)
        if not any(word in form for word in left):
            continue
        left = {word for word in left if word not in form}
        found.append(_cut(passage.member, passage.text, spans_of(words, passage.text)))
    return () if left else tuple(found[:PASSAGES_MAX])


def _cut(member: str, text: str, spans: Sequence[Span]) -> FoundPassage:
    """Cut a text to what is around the first span, and the spans to that."""
    first = spans[0]
    begins = max(0, first[0] - BEFORE)
    ends = min(len(text), max(begins + SHOWN, first[1]))
    head, tail = _CUT if begins else "", _CUT if ends < len(text) else ""
    moved = len(head) - begins
    kept = tuple((start + moved, min(end, ends) + moved) for start, end in spans if start < ends)
    return FoundPassage(member, f"{head}{text[begins:ends]}{tail}", kept)
