"""The interface of an engine for texts; tests/search/texts runs the same cases against each."""

from collections.abc import Collection, Sequence
from typing import Protocol

from search.texts.question import Question, TextsFound
from search.texts.text import Place, Text


class TextSearcher(Protocol):
    """Answers questions for texts."""

    async def search(self, query: Question) -> TextsFound:
        """Return the texts that answer, in the order asked for.

        Raises:
            SearchUnavailableError: the engine does not answer, or not in time.
            IndexLayoutError: the index is not ready.
        """
        ...


class TextEngine(TextSearcher, Protocol):
    """Stores texts and answers questions for them; every method raises as `TextSearcher`."""

    async def prepare(self) -> None:
        """Create the index if it is not there; changes nothing if it is."""
        ...

    async def places(self, about: Sequence[str]) -> set[Place]:
        """Return the places of all texts that are stored about these."""
        ...

    async def add(self, texts: Sequence[Text]) -> None:
        """Store texts, those that are not there yet; in chunks, so that it can be done again."""
        ...

    async def remove(self, places: Collection[Place]) -> None:
        """Remove texts; unknown places are no error."""
        ...

    async def count(self) -> int:
        """Count all texts; for audits, not for requests."""
        ...

    async def texts(self, after: str, limit: int) -> list[Text]:
        """Read texts back in the order of whom they are about, then of their places.

        All texts about the first ones after an id ("" for the first), at least of ``limit`` of them
        if there are so many. For audits, not for requests.
        """
        ...

    async def clear(self) -> None:
        """Remove all texts."""
        ...
