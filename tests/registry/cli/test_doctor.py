"""``registry doctor``: a node that has all it needs, and each thing that it may lack."""

import json
from datetime import timedelta

import httpx
import pytest

from registry.cli.main import run
from registry.clock import FixedClock, SystemClock
from registry.exchange.selftest import ANSWER_MAX, Asked, CheckError, check_nodes
from registry.resources import MIRROR, WITNESS
from tests.registry.exchange.region import HOME, free_port, open_region
from tests.registry.world import NODE, charter, node_key


@pytest.fixture
def node(database, tmp_path, monkeypatch):
    data = tmp_path / "data"
    (data / "keys").mkdir(parents=True)
    urls = {name: f"http://127.0.0.1:{free_port()}" for name in (NODE, HOME)}
    (tmp_path / "charter").write_bytes(charter(urls=urls).note)
    values = {
        "NODE_NAME": NODE,
        "DATA_DIR": str(data),
        "DATABASE_URL": database.service_url,
        "PUBLIC_URL": urls[NODE],
        "CHARTER": str(tmp_path / "charter"),
        "KEY_PASSWORD": "x",
    }
    for name, value in values.items():
        monkeypatch.setenv(f"REGISTRY_{name}", value)
    return data, monkeypatch, database


def test_what_a_node_lacks_is_named_with_what_to_do(node, capsys, empty_database):
    data, patch, database = node

    def examined() -> dict[str, dict]:
        assert run(["doctor", "--json"]) == 1
        return {one["name"]: one for one in json.loads(capsys.readouterr().out)["checks"]}

    found = examined()
    assert [name for name, one in found.items() if one["ok"]][:4] == [
        *("database", "rights", "charter"),
        "font" if found["font"]["ok"] else "search",
    ]
    assert "首次启动" in found["keys"]["zh"]
    assert "cannot be reached" in found["public-url"]["en"]
    assert "防火墙" in found[f"reachable {HOME}"]["zh"]
    assert f"clock {HOME}" not in found  # nothing else is asked of one that is away
    for use in (MIRROR, WITNESS):
        (data / "keys" / f"{use}.key").write_bytes(node_key(use).to_pem(b"x"))
    assert examined()["keys"]["ok"]
    patch.setenv("REGISTRY_SEARCH_URL", f"http://127.0.0.1:{free_port()}")
    patch.setenv("REGISTRY_FONT", str(data / "none.otf"))
    patch.setenv("REGISTRY_DATABASE_URL", database.owner_url)
    found = examined()
    assert "search_url" in found["search"]["zh"]
    assert "fonts-noto-cjk" in found["font"]["en"]
    assert "SUPERUSER" in found["rights"]["zh"]
    patch.setenv("REGISTRY_DATABASE_URL", empty_database)
    engine = {"url": f"http://127.0.0.1:{free_port()}", "members": ["340200"]}
    patch.setenv("REGISTRY_SEARCH_ENGINES", json.dumps([engine | {"members": ["340299"]}]))
    found = examined()
    assert "registry db migrate" in found["database"]["en"]
    assert "340299" in found["search"]["zh"]
    patch.setenv("REGISTRY_SEARCH_ENGINES", json.dumps([engine]))
    patch.delenv("REGISTRY_SEARCH_URL")
    patch.delenv("REGISTRY_CHARTER")
    found = examined()
    assert "no charter" in found["charter"]["en"]
    assert "Meilisearch 340200 cannot be used" in found["search"]["en"]
    assert not found["keys"]["ok"]
    patch.delenv("REGISTRY_DATABASE_URL")
    patch.setenv("REGISTRY_DATA_DIR", str(data / "nowhere"))
    patch.delenv("REGISTRY_SEARCH_ENGINES")
    assert "start the node first" in examined()["database"]["en"]
    assert run(["doctor"]) == 1
    text = capsys.readouterr().out
    assert "异常  database" in text
    assert "通过  search" in text or "异常  search" in text


async def test_nodes_are_asked_one_by_one(postgres_server, migrated_template, tmp_path):
    async with open_region(postgres_server, migrated_template, tmp_path) as region:
        here, other = await region.open(NODE), await region.open(HOME)
        known = here.resources.charter
        found = [one async for one in check_nodes(known, NODE, here.url, SystemClock())]
        assert [one.name for one in found] == [
            "public-url",
            *(f"{name} {HOME}" for name in ("reachable", "charter", "clock", "witness")),
        ]
        assert all(one.ok for one in found), found
        late = FixedClock(SystemClock().now() + timedelta(seconds=600))
        async with httpx.AsyncClient() as http:
            asked, node = Asked(http, known, late), known.node(HOME)
            with pytest.raises(CheckError, match="NTP"):
                await asked.clock_of(node)
            for wrong, words in (
                (region.charter(version=2), "version 1"),
                (region.charter(expires_on="2031-01-01"), "region office"),
            ):
                with pytest.raises(CheckError, match=words):
                    await Asked(http, wrong, late).same_charter(node)
            other.lying.change = lambda _path, _was: (503, b"no")
            for question in (asked.reachable, asked.witness):
                with pytest.raises(CheckError, match="HTTP 503"):
                    await question(node)
            other.lying.change = lambda _path, _was: (200, b"x" * (ANSWER_MAX + 1))
            with pytest.raises(CheckError, match="too long"):
                await asked.same_charter(node)
        other.lying.change = lambda _path, _was: (200, b"no charter")
        found = [one async for one in check_nodes(known, NODE, here.url, SystemClock())]
        assert [one.name for one in found if not one.ok] == [f"charter {HOME}"]
