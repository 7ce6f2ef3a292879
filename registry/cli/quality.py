"""``registry search-quality``: how well this node finds its own names, measured by its engines."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Final

import click

from registry.cli.node import load_settings, settings_option
from registry.cli.options import json_option
from registry.cli.output import Output
from registry.cli.progress import working
from registry.clock import SystemClock
from registry.errors import NodeError
from registry.projections.search import searcher
from registry.projections.served import served_of
from registry.resources import open_store
from registry.settings import Settings
from registry.store.engine import Database
from search import meilisearch_layout, schema
from search.documents import Document
from search.engine import Searcher
from search.errors import SearchError
from search.postgres import PostgresEngine
from search.quality import Figures, Measured, Report, keep, measure, told
from search.questions import Named, questions

NAMES: Final = 5_000
"""Names drawn: what is asked differs little with more of them."""
AT_ONCE: Final = 500
ID_DIGITS: Final = 32


@click.command("search-quality")
@json_option
@settings_option
@click.option(
    "--each",
    type=click.IntRange(1, 1_000),
    default=100,
    show_default=True,
    help="每类问题的数量。Questions of each kind.",
)
@click.option(
    "--seconds",
    type=click.IntRange(1, 3_600),
    default=300,
    show_default=True,
    help="最长用时。Time for all of it; what is not asked by then is left out.",
)
@click.pass_obj
def search_quality(out: Output, settings_file: Path | None, each: int, seconds: int) -> None:
    """检索质量：用本节点自己的名称测算。Measure how well this node finds its own names.

    Names that the public can find are typed wrong in many ways, and asked for. The result, counts
    without any name, is kept in the data folder, as JSON and as Markdown, and shown on
    /search-quality.
    """
    settings = load_settings(settings_file)
    with working(out, "测算 measuring"):
        report, path = asyncio.run(_measured(settings, each, time.monotonic() + seconds))
    for one in report.engines:
        out.say(f"{one.engine}（{one.layout}）", "十条内、首位、确定且正确 / in ten, first, sure")
        for kind, figures in one.kinds.items():
            out.say(f"  {kind:<22}", _shares(kind, figures))
    if not report.whole:
        out.say("时间用尽，未问完全部问题", "time was up before all was asked")
    out.say(str(path), "")
    out.result({"ok": True, "file": str(path), "whole": report.whole})


def _shares(kind: str, one: Figures) -> str:
    shares = (told(kind, one, one.ten), told(kind, one, one.first))
    return " ".join((*shares, f"{one.share(one.sure_and_right):.3f}", f"({one.asked})")).strip()


async def _measured(settings: Settings, each: int, until: float) -> tuple[Report, Path]:
    chance = Random()  # noqa: S311 - which names are asked for is no secret
    async with open_store(settings) as store:
        engine = PostgresEngine(store.pool)
        try:
            there = await _drawn(engine, chance)
            asked = list(questions(there, (), each, chance))
            chance.shuffle(asked)  # where time is up, all kinds have been asked
            answering = list(_answering(settings, store, engine))
            share = (until - time.monotonic()) / len(answering)
            engines = []
            for name, layout, one in answering:
                found = await measure(one, asked, time.monotonic() + share)
                engines.append(Measured(name, layout, found))
        except SearchError as error:
            raise NodeError(f"{error.zh} / {error.en}") from error
    report = Report(
        at=SystemClock().now(),
        about_zh="本节点可公开检索到的企业名称",
        about_en="names that the public can find on this node",
        names=len(there),
        whole=all(sum(f.asked for f in one.kinds.values()) == len(asked) for one in engines),
        engines=tuple(engines),
    )
    return report, await asyncio.to_thread(keep, report, settings.data_dir)


def _answering(
    settings: Settings, store: Database, engine: PostgresEngine
) -> Iterator[tuple[str, int, Searcher]]:
    """Yield what answers alone for everything, and the engines of cities together."""
    served = served_of(settings)
    yield engine.name, schema.LAYOUT, engine
    for one in served:
        if not one.members:
            yield one.engine.name, meilisearch_layout.LAYOUT, one.engine
    if any(one.members for one in served):
        together = searcher(store, engine, served, SystemClock(), settings.search_seconds)
        yield "cities", meilisearch_layout.LAYOUT, together


async def _drawn(engine: PostgresEngine, chance: Random) -> list[Named]:
    """Draw names: ids are digests, so those that follow upon any are as good as any."""
    begin = f"{chance.getrandbits(4 * ID_DIGITS):0{ID_DIGITS}x}"
    found = await _from(engine, begin, NAMES)
    known = {one.id for one in found}
    found += [one for one in await _from(engine, "", NAMES - len(found)) if one.id not in known]
    if not found:
        raise NodeError(
            "检索索引为空，无名称可测 / the index is empty: there is no name to ask for"
        )
    return [Named(d.id, d.name, next(iter(d.codes), ""), d.former_names[:1]) for d in found]


async def _from(engine: PostgresEngine, after: str, count: int) -> list[Document]:
    found: list[Document] = []
    while len(found) < count:
        some: Sequence[Document] = await engine.documents(after, min(AT_ONCE, count - len(found)))
        if not some:
            break
        found += some
        after = some[-1].id
    return found
