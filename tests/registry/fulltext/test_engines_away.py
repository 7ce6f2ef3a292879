"""Texts with a Meilisearch in service: stood in for while it is away, and audited like the other.

What was repaired is in no answer, by whichever engine, and also if that was away meanwhile.
"""

from collections.abc import AsyncIterator

import pytest

from registry.fulltext.find import TextFinder
from registry.fulltext.views import TextAsk
from registry.ledger.audit_report import AuditReport
from registry.projections.indexing import up_to_date
from registry.projections.recheck import audit_texts
from registry.projections.texts import (
    MEILISEARCH,
    NAME,
    begin_texts_anew,
    meilisearch_text_follower,
    text_searcher,
)
from registry.store.reading_follow import FollowReading
from search.errors import SearchUnavailableError
from search.standby import Standby
from search.texts.meilisearch import MeilisearchTexts
from search.texts.question import Question, TextsFound
from search.texts.text import Text
from search.watch import AGAIN, Watched
from tests.meilisearch import KEY, MeilisearchServer
from tests.registry.fulltext.conftest import Words
from tests.registry.projections.test_meilisearch import Ticks
from tests.registry.query.scene import NANJING, PUBLIC, TODAY, WUHU, Placed, act, penalty

FACTS = "未取得食品经营许可，从事餐饮服务。"
PHRASE = "未取得食品经营许可从事餐饮服务"


class Served:
    """The scene with a Meilisearch of its own, and PostgreSQL standing by."""

    def __init__(self, words: Words, server: MeilisearchServer) -> None:
        self.words = words
        self.server = server
        self.engine = MeilisearchTexts(server.url, KEY)
        node = words.scene.node
        self.follower = meilisearch_text_follower(node.db, self.engine, words.engine, node.clock)
        self.ticks = Ticks()
        standing = FollowReading(node.db.pool).cursor
        first = up_to_date(node.db, self.engine.marked, node.clock)
        second = up_to_date(node.db, lambda: standing(NAME), node.clock)
        standby: Standby[Question, TextsFound] = Standby(
            [
                Watched(self.engine, first, self.ticks),
                Watched(words.engine, second, self.ticks),
            ]
        )
        self.finder = TextFinder(node.db, node.charter, standby, node.clock)

    async def found(self) -> tuple[list[int], str, bool]:
        self.ticks.now += AGAIN
        answer = await self.finder.find(TextAsk(PHRASE, order="oldest"), PUBLIC)
        return [hit.idx for hit in answer.hits], answer.engine, answer.degraded

    async def audited(self) -> AuditReport:
        node, report = self.words.scene.node, AuditReport()
        await audit_texts(node.db, self.words.engine, node.clock, report)
        await audit_texts(node.db, self.engine, node.clock, report, MEILISEARCH)
        return report


@pytest.fixture
async def placed(words: Words) -> list[Placed]:
    return await words.state(WUHU, *(penalty(facts=FACTS) for _ in range(4)))


@pytest.fixture
async def served(words: Words, placed: list[Placed]) -> AsyncIterator[Served]:
    assert placed
    server = MeilisearchServer()
    server.start()
    yield Served(words, server)
    server.close()


@pytest.mark.meilisearch
async def test_away_or_back_no_engine_answers_with_what_was_repaired(served: Served, placed):
    words = served.words
    assert await served.found() == ([0, 1, 2, 3], "postgresql", True)  # nothing is indexed yet
    await served.follower.catch_up()
    assert await served.found() == ([0, 1, 2, 3], "meilisearch", False)
    await words.scene.one(WUHU, act("repair", placed[1], "2026-09-01"))
    assert await served.found() == ([0, 2, 3], "meilisearch", False)  # before any index knows
    served.server.kill()
    assert await served.found() == ([0, 2, 3], "postgresql", True)
    await words.scene.one(WUHU, act("repair", placed[2], "2026-09-01"))
    await words.follower.catch_up()
    with pytest.raises(SearchUnavailableError):
        await served.follower.step()
    assert (await words.engine.count(), await served.found()) == (2, ([0, 3], "postgresql", True))
    served.server.start()
    assert await served.found() == ([0, 3], "meilisearch", False)  # its index still has both
    assert await served.engine.count() == 4
    await served.follower.catch_up()
    assert await served.engine.count() == 2
    assert await served.found() == ([0, 3], "meilisearch", False)
    report = await served.audited()
    assert (report.problems, report.counts) == (
        [], {"texts": 2, f"texts {MEILISEARCH}": 2},
    )  # fmt: skip
    await a_stray_is_seen_and_goes_with_a_new_index(served)


async def a_stray_is_seen_and_goes_with_a_new_index(served: Served) -> None:
    """Spoil both indexes, audit them, and build them anew, one beside the one that answers."""
    words = served.words
    stray = Text(place=(7, 7), about="f" * 32, day=TODAY, lead="食品")
    for engine in (words.engine, served.engine):
        await engine.add([stray])
    report = await served.audited()
    assert [one.what for one in report.problems] == ["is about no subject"] * 2
    await begin_texts_anew(words.scene.node.db, words.engine)
    assert await served.follower.step() == 3
    assert await served.found() == ([0, 3], "meilisearch", False)  # from the index before
    await words.follower.catch_up()
    await served.follower.catch_up()
    assert await served.engine.count() == await words.engine.count() == 2
    assert (await served.audited()).problems == []


@pytest.mark.usefixtures("placed")
async def test_an_audit_compares_the_texts_of_every_subject(words: Words):
    node = words.scene.node
    await words.state(NANJING, penalty(facts=FACTS, publication="government"))

    async def differing() -> list[tuple[str, str]]:
        report = AuditReport()
        await audit_texts(node.db, words.engine, node.clock, report)
        return [(one.place.partition(" about")[0], one.what) for one in report.problems]

    assert await differing() == []
    other = ("texts", "is not what the records of its subject say")
    await node.db.pool.execute("UPDATE texts_v1.texts SET rest = 'x' WHERE idx = 2")
    assert await differing() == [other]
    await node.db.pool.execute("DELETE FROM texts_v1.texts WHERE idx = 2")
    assert await differing() == [other]
    await words.engine.clear()
    assert await differing() == [("texts", "is missing")]
    await node.db.pool.execute("DROP SCHEMA texts_v1 CASCADE")
    assert [place for place, _ in await differing()] == ["index texts-1"]


@pytest.mark.usefixtures("placed")
async def test_alone_or_beside_another_what_answers_is_chosen_as_for_names(words: Words):
    node = words.scene.node
    away = MeilisearchTexts("http://127.0.0.1:9")
    for service, degraded in ((None, False), (away, True)):
        searcher = text_searcher(node.db, words.engine, service, node.clock)
        found = await searcher.search(Question(text=PHRASE))
        assert (found.engine, found.degraded, len(found.hits)) == ("postgresql", degraded, 4)
