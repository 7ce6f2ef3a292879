"""``registry demo`` is the demonstration of ``registry.demo`` under the one command."""

import asyncio
import os
import signal
import time
from pathlib import Path

from registry.cli import demo
from registry.demo.report import Report
from registry.errors import RegistryError
from tests.registry.cli.conftest import City


class StepError(RegistryError):
    code = "demo-failed"


def test_once_and_served(city: City, monkeypatch):
    async def smoke(report: Report, *, engine: Path | None) -> None:
        report.step("checked", f"5 rows, {engine}")

    async def serve(port: int, report: Report, *, engine: Path | None) -> None:
        report.step("serving", f"at {port}, {engine}")
        raise asyncio.CancelledError

    monkeypatch.setattr(demo, "smoke", smoke)
    monkeypatch.setattr(demo, "serve", serve)
    monkeypatch.setattr(demo, "program", lambda: Path("/there/meilisearch"))
    assert city.run("demo", "--once", "--json") == 0
    assert city.document["steps"] == [{"step": "checked", "result": "5 rows, /there/meilisearch"}]
    assert city.run("demo", "--once") == 0
    assert "5 rows" in city.said


def test_several_nodes(city: City, monkeypatch):
    def smoke(report: Report, nodes: int) -> None:
        report.step("followed", f"{nodes} nodes")

    def serve(port: int, _report: Report, nodes: int) -> None:
        ended.append((port, nodes))
        raise KeyboardInterrupt

    ended: list[tuple[int, int]] = []
    monkeypatch.setattr(demo.together, "smoke", smoke)
    monkeypatch.setattr(demo.together, "serve", serve)
    assert city.run("demo", "--once", "--nodes", "3", "--json") == 0
    assert city.document["steps"] == [{"step": "followed", "result": "3 nodes"}]
    assert city.run("demo", "--port", "9000", "--nodes", "2") == 0
    assert ended == [(9000, 2)]
    assert city.run("demo", "--nodes", "6") == 2


def test_ctrl_c_ends_it_and_a_failed_step_fails(city: City, monkeypatch):
    async def serve(_port: int, _report: Report, *, engine: Path | None) -> None:
        assert engine is None
        raise KeyboardInterrupt

    async def smoke(_report: Report, *, engine: Path | None) -> None:
        assert engine is None
        raise StepError("第三步不符 / step three differs")

    monkeypatch.setattr(demo, "smoke", smoke)
    monkeypatch.setattr(demo, "serve", serve)
    monkeypatch.setattr(demo, "program", lambda: None)
    assert city.run("demo", "--port", "1") == 0
    assert city.run("demo", "--once") == 1
    assert "demo-failed" in city.errors
    assert "step three differs" in city.errors


def test_whoever_terminates_it_ends_its_servers_too(city: City, monkeypatch):
    ended = []

    async def serve(_port: int, _report: Report, *, engine: Path | None) -> None:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.Event().wait()
        finally:
            ended.append(engine)

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(demo, "serve", serve)
    monkeypatch.setattr(demo, "program", lambda: None)
    assert city.run("demo", "--port", "1") == 0
    assert ended == [None]
    assert signal.getsignal(signal.SIGTERM) == before


def test_so_it_is_where_ctrl_c_is_ignored(city: City, monkeypatch):
    """A script's background job ignores SIGINT; SIGTERM ends it all the same."""
    ended = []

    def serve(_port: int, _report: Report, _nodes: int) -> None:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(10)
        finally:
            ended.append(True)

    monkeypatch.setattr(demo.together, "serve", serve)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert city.run("demo", "--port", "1", "--nodes", "2") == 0
    finally:
        signal.signal(signal.SIGINT, before)
    assert ended == [True]
