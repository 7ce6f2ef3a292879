"""``registry demo`` is the demonstration of ``registry.demo`` under the one command."""

import asyncio

from registry.cli import demo
from registry.demo.report import Report
from registry.errors import RegistryError
from tests.registry.cli.conftest import City


class StepError(RegistryError):
    code = "demo-failed"


def test_once_and_served(city: City, monkeypatch):
    async def smoke(report: Report) -> None:
        report.step("checked", "5 rows")

    async def serve(port: int, report: Report) -> None:
        report.step("serving", f"at {port}")
        raise asyncio.CancelledError

    monkeypatch.setattr(demo, "smoke", smoke)
    monkeypatch.setattr(demo, "serve", serve)
    assert city.run("demo", "--once", "--json") == 0
    assert city.document["steps"] == [{"step": "checked", "result": "5 rows"}]
    assert city.run("demo", "--once") == 0
    assert "5 rows" in city.said


def test_ctrl_c_ends_it_and_a_failed_step_fails(city: City, monkeypatch):
    async def serve(_port: int, _report: Report) -> None:
        raise KeyboardInterrupt

    async def smoke(_report: Report) -> None:
        raise StepError("第三步不符 / step three differs")

    monkeypatch.setattr(demo, "smoke", smoke)
    monkeypatch.setattr(demo, "serve", serve)
    assert city.run("demo", "--port", "1") == 0
    assert city.run("demo", "--once") == 1
    assert "demo-failed" in city.errors
    assert "step three differs" in city.errors
