"""A scene whose records are found by their words, in PostgreSQL alone."""

from dataclasses import dataclass

import pytest

from registry.fulltext.find import TextFinder
from registry.fulltext.views import TextAsk, TextsAnswer
from registry.projections.follow import Follower
from registry.projections.texts import text_follower, text_searcher
from registry.query.views import Viewer
from search.texts.postgres import PostgresTexts
from tests.registry.query.conftest import scene
from tests.registry.query.scene import PUBLIC, Main, Placed, Scene

__all__ = ["scene", "words"]


@dataclass
class Words:
    """A scene, its index of texts, and who answers from it."""

    scene: Scene
    engine: PostgresTexts

    @property
    def follower(self) -> Follower:
        node = self.scene.node
        return text_follower(node.db, self.engine, node.clock)

    @property
    def finder(self) -> TextFinder:
        node = self.scene.node
        searcher = text_searcher(node.db, self.engine, None, node.clock)
        return TextFinder(node.db, node.charter, searcher, node.clock)

    async def state(self, origin: str, *mains: Main) -> list[Placed]:
        placed = await self.scene.state(origin, *mains)
        assert not self.scene.quarantined, self.scene.quarantined
        await self.follower.catch_up()
        return placed

    async def find(self, text: str, viewer: Viewer = PUBLIC, **more: object) -> TextsAnswer:
        return await self.finder.find(TextAsk(text, **more), viewer)

    async def found(self, text: str, viewer: Viewer = PUBLIC, **more: object) -> list[int]:
        """Return the positions of what is found, of whichever log, page after page."""
        answer = await self.find(text, viewer, **more)
        hits = [one.idx for one in answer.hits]
        while answer.following:
            answer = await self.find(text, viewer, **{**more, "cursor": answer.following})
            hits += [one.idx for one in answer.hits]
        return hits


@pytest.fixture
async def words(scene: Scene) -> Words:
    engine = PostgresTexts(scene.node.db.pool)
    await engine.prepare()
    return Words(scene, engine)
