"""How well an engine finds: by kind of question, found among ten, first, and surely."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from search.documents import Document
from search.engine import Engine, Searcher
from search.errors import SearchUnavailableError
from search.query import Answer, Query
from tests.search.kinds import PLAIN, Named, Question

TEN = 10
AT_ONCE = 4


@dataclass
class Figures:
    """Counts of one kind; for a name that is not there, ``sure_and_right`` is "no sure match"."""

    asked: int = 0
    first: int = 0
    first_of_form: int = 0
    """First, or another whose name gives the very same text."""
    ten: int = 0
    sure_and_right: int = 0

    def share(self, count: int) -> float:
        return count / max(self.asked, 1)


def documents(named: Iterable[Named]) -> list[Document]:
    return [
        Document(
            id=one.id, kind="enterprise", name=one.name, version=1, former_names=one.former,
            codes=(one.code,) if one.code else (),
        )
        for one in named
    ]  # fmt: skip


async def fill(engine: Engine, named: Iterable[Named]) -> None:
    await engine.prepare()
    await engine.upsert(documents(named))


async def measure(engine: Searcher, asked: Sequence[Question]) -> dict[str, Figures]:
    """Ask every question, a few at a time, and count by kind."""
    found: dict[str, Figures] = defaultdict(Figures)
    gate = asyncio.Semaphore(AT_ONCE)

    async def ask(question: Question) -> None:
        async with gate:
            answer = await _patiently(engine, Query(text=question.text, limit=TEN))
        _count(found[question.kind], question, answer)

    await asyncio.gather(*map(ask, asked))
    return {kind: found[kind] for kind in dict.fromkeys(one.kind for one in asked)}


async def _patiently(engine: Searcher, query: Query) -> Answer:
    """Ask once more where a machine that is busy with other things let a search run out of time."""
    try:
        return await engine.search(query)
    except SearchUnavailableError:
        return await engine.search(query)


def _count(figures: Figures, question: Question, answer: Answer) -> None:
    figures.asked += 1
    if question.target is None:
        figures.sure_and_right += not answer.sure
        return
    ids = [hit.id for hit in answer.hits]
    first = ids[:1] == [question.target.id]
    figures.first += first
    figures.first_of_form += first or _same_form(question, answer)
    figures.ten += question.target.id in ids
    figures.sure_and_right += first and answer.sure


def _same_form(question: Question, answer: Answer) -> bool:
    way = PLAIN.get(question.kind)
    return way is not None and bool(answer.hits) and way(answer.hits[0].on) == question.text
