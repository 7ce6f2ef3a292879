"""How well an engine finds: labelled questions counted by kind, as a report to keep and to show.

A report holds counts and no name: it tells nothing of what is stored.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

import msgspec

from search.engine import Searcher
from search.errors import SearchUnavailableError
from search.query import Answer, Query
from search.questions import PLAIN, Question

TEN: Final = 10
AT_ONCE: Final = 4
FILE: Final = "search-quality.json"
REPORT_MAX: Final = 1024 * 1024
"""Bytes of a report that are read back; a real one has some thousand."""


class Figures(msgspec.Struct):
    """Counts of one kind of question.

    ``ten``: found among the first ten; ``first_of_form``: first, or another whose name gives the
    very same text; ``sure_and_right``: first, and called sure; for a name that is not there, that
    no hit was called sure.
    """

    asked: int = 0
    first: int = 0
    first_of_form: int = 0
    ten: int = 0
    sure_and_right: int = 0

    def share(self, count: int) -> float:
        """Return a count as a share of all questions of the kind."""
        return count / max(self.asked, 1)


class Measured(msgspec.Struct, frozen=True):
    """An engine, the number of its layout, and what came of each kind of question."""

    engine: str
    layout: int
    kinds: dict[str, Figures]


class Report(msgspec.Struct, frozen=True):
    """What was measured, on what, when, and by which engines.

    ``about`` says what set of names it was, in Chinese and English, and ``names`` how many of it
    were drawn; not ``whole``: time was up before every question was asked.
    """

    at: datetime
    about_zh: str
    about_en: str
    names: int
    whole: bool
    engines: tuple[Measured, ...]
    format: Literal["search-quality@v1"] = "search-quality@v1"


async def measure(
    engine: Searcher, asked: Sequence[Question], until: float = float("inf")
) -> dict[str, Figures]:
    """Ask the questions, a few at a time, and count by kind; none is begun after ``until``.

    ``until`` is a moment of `time.monotonic`.
    """
    found = {one.kind: Figures() for one in asked}
    gate = asyncio.Semaphore(AT_ONCE)

    async def ask(question: Question) -> None:
        async with gate:
            if time.monotonic() < until:
                answer = await _patiently(engine, Query(text=question.text, limit=TEN))
                _count(found[question.kind], question, answer)

    await asyncio.gather(*map(ask, asked))
    return found


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


def is_absent(kind: str) -> bool:
    """Tell whether questions of a kind are for names that are not there."""
    return kind.startswith("absent")


def keep(report: Report, folder: Path) -> Path:
    """Write a report into a folder, for programs and as a document; return the first."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE
    path.with_suffix(".md").write_text(as_markdown(report), encoding="utf-8", newline="\n")
    aside = path.with_suffix(".new")
    aside.write_bytes(msgspec.json.format(msgspec.json.encode(report)) + b"\n")
    return aside.replace(path)  # never half a report under its name


def kept(folder: Path) -> Report | None:
    """Return the last report of a folder; None if there is none, or none that can be read."""
    with suppress(OSError, msgspec.DecodeError), (folder / FILE).open("rb") as file:
        return msgspec.json.decode(file.read(REPORT_MAX), type=Report)
    return None


def as_markdown(report: Report) -> str:
    """Write a report as a document."""
    begun = f"{report.about_en}: {report.names:,} names, {report.at:%Y-%m-%d %H:%M} UTC"
    lines = [f"# 检索质量 Quality of search\n\n{report.about_zh}。\n\n{begun}"]
    lines += [] if report.whole else ["时间用尽，未问完全部问题。Time was up before all was asked."]
    for one in report.engines:
        lines.append(f"## {one.engine}, layout {one.layout}\n\n{_table(one.kinds)}")
    return "\n\n".join(lines) + "\n"


def _table(kinds: Mapping[str, Figures]) -> str:
    head = "| kind | asked | in ten | first | sure and right |\n|---|--:|--:|--:|--:|"
    rows = [
        f"| {kind} | {one.asked} | {told(kind, one, one.ten)} | {told(kind, one, one.first)}"
        f" | {one.share(one.sure_and_right):.3f} |"
        for kind, one in kinds.items()
    ]
    return "\n".join((head, *rows))


def told(kind: str, one: Figures, count: int) -> str:
    """Write a share of those found; of names that are not there none can be."""
    return "" if is_absent(kind) else f"{one.share(count):.3f}"
