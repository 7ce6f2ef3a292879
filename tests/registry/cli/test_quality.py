"""``registry search-quality``: a node's own names, measured and kept, none that is hidden."""

import asyncio
import json
from pathlib import Path

import pytest

from registry.cli.main import run
from search.postgres import PostgresEngine
from search.quality import FILE, kept
from search.questions import PLAIN
from tests.meilisearch import KEY, MeilisearchServer
from tests.registry.query.scene import Scene, act, firm, penalty, registration
from tests.registry.world import WUHU, open_node

NAMES = (
    "示例食品",
    "虚构电器",
    "样本建材",
    "假设物流",
    "比方纺织",
    "例证机械",
    "如此茶业",
    "某某园林",
)
HIDDEN = "芜湖隐秘金属有限公司"


async def fill(url: str, folder: Path, *, empty: bool = False) -> None:
    """Eight firms, and one of which all is repaired."""
    async with open_node(url, folder) as node:
        scene = Scene(node, PostgresEngine(node.db.pool))
        await scene.engine.prepare()
        if empty:
            return
        firms = [firm(n, f"芜湖{name}有限公司") for n, name in enumerate(NAMES, 10)]
        await scene.state(WUHU, *(registration(subject=one) for one in firms))
        hidden = firm(30, HIDDEN)
        pen = await scene.one(WUHU, penalty(subject=hidden))
        await scene.one(WUHU, act("repair", pen, "2026-09-01", subject=hidden))


@pytest.fixture
def node(database, tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("REGISTRY_DATABASE_URL", database.service_url)
    monkeypatch.setenv("REGISTRY_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def test_a_node_measures_itself_and_keeps_what_came_of_it(node, database, tmp_path, capsys):
    asyncio.run(fill(database.service_url, tmp_path / "cosigned"))
    assert run(["search-quality", "--each", "2", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said == {"ok": True, "file": str(node / FILE), "whole": True}
    report = kept(node)
    assert report is not None
    assert (report.names, report.whole) == (len(NAMES), True)
    (one,) = report.engines
    assert one.engine == "postgresql"
    assert {"absent, put together", "slip in pinyin", *PLAIN} <= one.kinds.keys()
    exact = one.kinds["exact"]
    assert (exact.asked, exact.first, exact.sure_and_right) == (2, 2, 2)
    texts = [path.read_text("utf-8") for path in node.glob("search-quality.*")]
    assert len(texts) == 2
    assert not any("隐秘" in text or "芜湖" in text for text in texts)
    assert run(["search-quality", "--each", "1"]) == 0
    told = capsys.readouterr().out
    assert "postgresql（4）" in told
    assert "  exact                 " in told
    assert str(node / FILE) in told


def test_an_index_without_a_name_is_not_measured(node, database, tmp_path, capsys):
    asyncio.run(fill(database.service_url, tmp_path / "cosigned", empty=True))
    assert run(["search-quality"]) == 1
    assert "there is no name to ask for" in capsys.readouterr().err
    assert not (node / FILE).exists()


def test_an_engine_that_is_away_is_said(node, database, tmp_path, capsys, monkeypatch):
    asyncio.run(fill(database.service_url, tmp_path / "cosigned"))
    assert not node.exists()
    monkeypatch.setenv("REGISTRY_SEARCH_URL", "http://127.0.0.1:9")
    assert run(["search-quality", "--each", "1"]) == 1
    assert "did not do as asked" in capsys.readouterr().err


@pytest.mark.meilisearch
def test_engines_of_cities_are_measured_together(
    node, database, tmp_path, monkeypatch, meilisearch_server: MeilisearchServer
):
    asyncio.run(fill(database.service_url, tmp_path / "cosigned"))
    engines = [{"url": meilisearch_server.url, "key": KEY, "members": ["340200"]}]
    monkeypatch.setenv("REGISTRY_SEARCH_ENGINES", json.dumps(engines))
    assert run(["search-quality", "--each", "1"]) == 0
    report = kept(node)
    assert report is not None
    # Nothing is in that engine yet: what answers is what stands by.
    assert [one.engine for one in report.engines] == ["postgresql", "cities"]
    assert report.engines[1].kinds["exact"].ten == 1
