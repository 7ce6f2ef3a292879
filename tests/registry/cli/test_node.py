"""The operator's commands, and the clerk's over real HTTP against a node they serve."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import SimpleNamespace

import asyncpg
import httpx
import pytest

from registry.cli import node as node_commands
from registry.demo.run import free_port
from registry.exchange.client import HttpNode
from registry.exchange.errors import NodeRefusedError
from registry.exchange.home import Remote, Trust
from registry.exchange.workdir import Workdir
from registry.resources import MIRROR as MIRROR_USE
from registry.resources import WITNESS as WITNESS_USE
from tests.faults.publisher_run import publish as publish_once
from tests.faults.test_publisher import RUN, STEPS, new_folder, penalty
from tests.registry.cli.conftest import PASSWORD, City
from tests.registry.cli.test_commands import jsonl
from tests.registry.exchange.fake_node import (
    MIRROR,
    NODE,
    ORIGIN,
    WITNESS,
    a_charter,
    charter_note,
)

ROOT = Path(__file__).resolve().parents[3]
REGISTRY = [sys.executable, "-c", "from registry.cli.main import main; main()"]


@pytest.fixture
def settings(tmp_path, database, monkeypatch) -> dict[str, str]:
    """The environment of a node whose keys the twin's charter names."""
    data = tmp_path / "data"
    (data / "keys").mkdir(parents=True)
    for use, key in ((MIRROR_USE, MIRROR), (WITNESS_USE, WITNESS)):
        (data / "keys" / f"{use}.key").write_bytes(key.to_pem(PASSWORD.encode()))
    port = free_port()
    (tmp_path / "charter.note").write_bytes(charter_note(url=f"http://127.0.0.1:{port}"))
    values = {
        "REGISTRY_NODE_NAME": NODE,
        "REGISTRY_DATA_DIR": str(data),
        "REGISTRY_DATABASE_URL": database.service_url,
        "REGISTRY_OWNER_URL": database.owner_url,
        "REGISTRY_PORT": str(port),
        "REGISTRY_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "REGISTRY_CHARTER": str(tmp_path / "charter.note"),
        "REGISTRY_KEY_PASSWORD": PASSWORD,
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return values


@pytest.fixture
def clerk(tmp_path, capsys) -> City:
    """A city with the real client."""

    def read() -> tuple[str, str]:
        captured = capsys.readouterr()
        return captured.out, captured.err

    made = City(tmp_path / "work", None, read)
    made.put_key(ORIGIN)
    return made


def until_ready(url: str) -> None:
    with httpx.Client() as http:
        for _ in range(300):
            try:
                if http.get(f"{url}/health").is_success:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.1)
    raise AssertionError(url)


@contextmanager
def serving(url: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run ``registry serve`` until the block ends; then end it as an operator does."""
    node = subprocess.Popen([*REGISTRY, "serve"], cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        until_ready(url)
        yield node
        if node.poll() is None:
            node.terminate()
            assert node.wait(60) == 0
    finally:
        node.kill()
        node.wait()


@pytest.mark.slow
def test_the_clerks_day_over_http_and_the_audit_after_it(settings, clerk, tmp_path):
    url = settings["REGISTRY_PUBLIC_URL"]
    good = jsonl(tmp_path / "good.jsonl", *[penalty(n) for n in range(600)])
    bad = {**penalty(701), "decided_on": "2026-02-30"}
    more = jsonl(tmp_path / "more.jsonl", penalty(700), bad)
    last = jsonl(tmp_path / "last.jsonl", penalty(800))
    second = City(tmp_path / "second", None, clerk.read)
    second.put_key(ORIGIN)
    at = ("--workdir", clerk.folder, "--node", url)
    with serving(url):
        assert clerk.run("check", good, "--node", url, "--origin", ORIGIN) == 0
        assert clerk.run("publish", good, *at) == 0
        assert clerk.run("publish", good, *at, "--json") == 0
        assert clerk.document["repeated"] == 600
        assert clerk.run("publish", more, *at) == 1
        assert clerk.run("status", *at) == 0
        assert "节点现有 601 条" in clerk.said
        # a new installation takes its state from the tiles of the running node
        assert second.run("publish", last, "--workdir", second.folder, "--node", url) == 0
        with closing(HttpNode(url)) as node:
            remote = Remote.newest(node, Trust(a_charter(), ORIGIN))
            assert remote.position().size == 602
            with pytest.raises(NodeRefusedError):
                node.size("nobody.example/credit")
    assert clerk.run("audit", "--json") == 0
    assert clerk.document["counts"]["logs"] == 1
    flip_one_byte(settings["REGISTRY_OWNER_URL"])
    assert clerk.run("audit") == 1
    assert f"{ORIGIN}/7" in clerk.said
    assert clerk.run("audit", "--json") == 1
    assert clerk.document["ok"] is False


def flip_one_byte(owner_url: str) -> None:
    async def flip() -> None:
        connection = await asyncpg.connect(owner_url)
        try:
            await connection.execute("SET session_replication_role = replica")
            await connection.execute(
                "UPDATE entries SET main = set_byte(main, 9, get_byte(main, 9) # 1) WHERE idx = 7"
            )
        finally:
            await connection.close()

    asyncio.run(flip())


@pytest.mark.slow
def test_kill_9_of_the_tool_and_of_the_node_over_http(settings, clerk, tmp_path):
    """A real node between the crashes: the same bytes bring the same receipt."""
    url = settings["REGISTRY_PUBLIC_URL"]
    steps = [name for name in STEPS if not name.startswith("node")]
    folder = new_folder(tmp_path / "killed")
    (folder / "url").write_text(url)
    log = Workdir(folder / "work").log(ORIGIN)
    with serving(url) as node:
        for name in ("sealed", "sending", "answered", ".receipt named"):
            before = {path: path.read_bytes() for path in log.folder.glob("sealed/*.batch")}
            step = str(steps.index(name) + 1)
            subprocess.run([*RUN, str(folder), step], cwd=ROOT, check=False, timeout=60)
            assert all(path.read_bytes() == data for path, data in before.items())
        node.kill()
        node.wait()
    with serving(url):
        publish_once(folder, lambda _step: None)
        kept = [log.receipt(batch) for batch in log.batches()]
        shutil.rmtree(log.folder / "receipts")
        publish_once(folder, lambda _step: None)
        log = Workdir(folder / "work").log(ORIGIN)
        assert [log.receipt(batch) for batch in log.batches()] == kept
        with closing(HttpNode(url)) as asked:
            assert asked.size(ORIGIN) == 3
    assert clerk.run("audit") == 0


@pytest.mark.slow
def test_a_node_on_an_old_backup_is_refilled_from_sealed_batches(settings, clerk, tmp_path):
    url = settings["REGISTRY_PUBLIC_URL"]
    at = ("--workdir", clerk.folder, "--node", url)
    good = jsonl(tmp_path / "good.jsonl", *[penalty(n) for n in range(5)])
    with serving(url):
        assert clerk.run("publish", good, *at) == 0
    asyncio.run(_empty(settings["REGISTRY_OWNER_URL"]))
    batches = sorted(clerk.folder.glob("logs/*/sealed/*.batch"))
    assert clerk.run("refill", *batches, "--json") == 0, clerk.said
    assert clerk.document["batches"] == [{"origin": ORIGIN, "size": 5}]
    assert clerk.run("audit") == 0, clerk.said
    more = jsonl(tmp_path / "more.jsonl", penalty(9))
    with serving(url):
        assert clerk.run("publish", more, *at) == 0, clerk.errors


async def _empty(owner_url: str) -> None:
    connection = await asyncpg.connect(owner_url)
    try:
        await connection.execute("SET session_replication_role = replica")
        tables = await connection.fetch(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE c.relkind = 'r' AND n.nspname = 'public' "
            "AND c.relname NOT IN ('migration', 'charters')"
        )
        for row in tables:
            await connection.execute(f'DELETE FROM "{row["relname"]}"')
    finally:
        await connection.close()


def test_migrations_are_counted_and_run(clerk, empty_database, monkeypatch, tmp_path):
    monkeypatch.setenv("REGISTRY_OWNER_URL", empty_database)
    monkeypatch.setenv("REGISTRY_DATA_DIR", str(tmp_path / "data"))
    assert clerk.run("db", "check", "--json") == 1
    waiting = clerk.document["pending"]
    assert waiting
    assert clerk.run("db", "check") == 1
    assert clerk.run("db", "migrate", "--json") == 0
    assert clerk.document["ran"] == waiting
    assert clerk.run("db", "migrate") == 0
    assert clerk.run("db", "check") == 0
    assert clerk.run("db", "rederive", "--json") == 0
    assert clerk.document == {"ok": True, "records": 0}
    assert clerk.run("db", "rederive") == 0
    assert "重新校验了 0 条信息" in clerk.said


def test_migrations_need_the_owner(clerk, monkeypatch):
    monkeypatch.setenv("REGISTRY_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/x")
    assert clerk.run("db", "check") == 1
    assert "owner_url" in clerk.errors


def test_migrations_of_the_embedded_database(clerk, monkeypatch, tmp_path):
    stopped: list[bool] = []

    class Embedded:
        owner_url = "postgresql://owner@embedded/x"

        def stop(self) -> None:
            stopped.append(True)

    async def none_pending(url: str) -> tuple[str, ...]:
        assert url == Embedded.owner_url
        return ()

    monkeypatch.setenv("REGISTRY_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(node_commands.embedded, "start", lambda _folder: Embedded())
    monkeypatch.setattr(node_commands, "pending", none_pending)
    assert clerk.run("db", "check") == 0
    assert stopped == [True]


def test_wrong_settings_are_named(clerk, tmp_path, monkeypatch):
    file = tmp_path / "registry.toml"
    file.write_text('prot = 8000\nport = "x"\n')
    assert clerk.run("serve", "--settings", file) == 1
    assert "prot" in clerk.errors
    assert "port" in clerk.errors
    assert clerk.run("audit", "--settings", tmp_path / "absent.toml") == 1
    assert "file-error" in clerk.errors
    monkeypatch.setenv("REGISTRY_DATA_DIR", str(tmp_path))


@pytest.mark.parametrize("stopped", [True, False])
def test_a_server_that_ends_by_itself_is_a_failure(settings, clerk, monkeypatch, stopped):
    class Brief:
        def __init__(self, *_given: object, **_options: object) -> None:
            self.ended = asyncio.Event()

        async def serve(self) -> None:
            if stopped:
                os.kill(os.getpid(), signal.SIGTERM)
                await self.ended.wait()

        def stop(self) -> None:
            self.ended.set()

    monkeypatch.setattr(node_commands, "Server", Brief)
    app = SimpleNamespace(state={})
    monkeypatch.setattr(node_commands, "create_app_with", lambda _resources: app)
    assert clerk.run("serve", "--json") == (0 if stopped else 1)
    assert settings["REGISTRY_PUBLIC_URL"] in clerk.said
    assert ("node-error" in clerk.said) is not stopped


def test_a_settings_file_that_is_no_toml_is_named(clerk, tmp_path):
    file = tmp_path / "registry.toml"
    file.write_text("port = ")
    assert clerk.run("serve", "--settings", file) == 1
    assert "设置文件无法读取" in clerk.errors
    assert "cannot be read" in clerk.errors
