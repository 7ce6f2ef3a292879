"""The pages over the in-memory read side."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from registry.access.gate import Gate, Recognising
from registry.access.limits import Buckets, Limits, refused_buckets
from registry.access.sessions import Lifetime, Sessions
from registry.api.measures import Measures
from registry.app import _litestar
from registry.fulltext.views import TextAsk, TextsAnswer
from registry.issued.bundles import Bundles, Sealer
from registry.parts import site_of
from registry.quality.views import RegionQuality
from registry.query.views import Coverage, Viewer
from registry.settings import Settings
from tests.fakes.reader import CLOCK, FakeReader, coverage
from tests.registry.world import NODE, charter, node_key

HTML = {"Accept": "text/html,application/xhtml+xml"}


def open_gate(settings: Settings) -> Gate:
    """A gate for the public alone: no key is known, nobody signs in, nothing is bounded."""
    boundless = Buckets(0, 1)
    lifetime = Lifetime(timedelta(hours=8), timedelta(minutes=30))
    by = Recognising(None, None, None, Sessions(lifetime, settings.public_url, CLOCK), None)
    return Gate(Limits(boundless, boundless, refused_buckets(1)), by, None)


def app_over(reader: FakeReader) -> Litestar:
    """The real application with the in-memory read side in place of the database.

    It is one for all tests, which finds its reader when it starts: building it takes a quarter of
    a second.
    """
    app, readers = shared_app()
    readers[:] = [reader]
    return app


@cache
def shared_app() -> tuple[Litestar, list[FakeReader]]:
    readers: list[FakeReader] = []
    return _app(lambda: readers[-1]), readers


class NoQuorum:
    """The ledger of a node that alone is the quorum: pages ask it for nothing else."""

    async def quorum(self, origin: str) -> None:
        assert origin


class NoAlarms:
    """What a node answers that has met nothing wrong."""

    async def all(self, *_asked: object, open_only: bool) -> tuple[()]:
        assert open_only in {True, False}
        return ()

    async def open(self) -> dict[tuple[str, str], int]:
        return {}


class NoQuality:
    """A node that has counted nothing yet."""

    async def region(self, until: date | None = None) -> RegionQuality:
        return RegionQuality(until or date(2026, 11, 1), (), ())

    async def recognised(self, limit: int) -> list[str]:
        assert limit > 0
        return []


TEXT_FACETS = ("cities", "types", "severities", "states", "organs")


class NoTexts:
    """A node without a record that says anything."""

    def __init__(self, coverage: Coverage) -> None:
        self._coverage = coverage

    async def find(self, ask: TextAsk, viewer: Viewer) -> TextsAnswer:
        assert ask.text
        assert viewer
        return TextsAnswer(
            (),
            0,
            exact=True,
            facets={facet: {} for facet in TEXT_FACETS},
            following="",
            engine="",
            coverage=self._coverage,
        )


def _app(reader: Callable[[], FakeReader]) -> Litestar:
    settings = Settings(node_name=NODE, data_dir=Path("unused"), public_url="https://example.test")
    region = charter()

    @asynccontextmanager
    async def bind(app: Litestar) -> AsyncIterator[None]:
        parts = {
            "reader": reader(),
            "charter": region,
            "clock": CLOCK,
            "site": site_of(region, settings, ("示例建设",)),
            "gate": open_gate(settings),
            "ledger": NoQuorum(),
            "alarms": NoAlarms(),
            "quality": NoQuality(),
            "texts": NoTexts(coverage()),
            "measures": Measures(settings),
            "measured_in": settings.data_dir,
            "bundles": Bundles(
                Sealer(NODE, settings.public_url, node_key("mirror"), region), CLOCK
            ),
        }
        missing = (
            "access_log",
            "gathering",
            "gossip",
            "bodies",
            "door",
            "checking",
            "attachments",
            "witness",
            "vouchers",
            "paper",
            "reports",
            "statuses",
            "following",
            "feeds",
            "screenings",
            "exports",
            "workbench",
            "searches",
            "counter",
        )
        app.state.update(parts | dict.fromkeys(missing))
        yield

    return _litestar(settings, bind)


@pytest.fixture
def reader() -> FakeReader:
    return FakeReader()


@pytest.fixture
def client(reader: FakeReader) -> Iterator[TestClient[Litestar]]:
    with TestClient(app_over(reader), raise_server_exceptions=False) as opened:
        opened.headers.update(HTML)
        yield opened


@pytest.fixture
def page(client: TestClient[Litestar]) -> Callable[..., str]:
    def get(path: str, status: int = 200, **params: str) -> str:
        answer = client.get(path, params=params or None)
        assert answer.status_code == status, (path, answer.text[:500])
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        return answer.text

    return get
