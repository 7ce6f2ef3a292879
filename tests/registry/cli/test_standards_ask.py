"""``registry standards``: ask, a file of numbers, and an answer made again from its file."""

import asyncio
import json
from pathlib import Path

import httpx
import pytest
from python_calamine import CalamineWorkbook

from registry.cli import standards_ask
from registry.cli.main import run
from registry.store.charters import CharterStore
from search.postgres import PostgresEngine
from tests.registry.query import standards_scene as made
from tests.registry.query.scene import Scene
from tests.registry.world import NANJING, NOON, open_node

NUMBER = "DB34/T 5037-2016"
THERE = ["--territory", "320100", "--on", "2026-11-01"]


async def fill(url: str, folder: Path) -> None:
    async with open_node(url, folder) as node:
        await CharterStore(node.db).add(1, node.charter.note, node.charter.digest, NOON)
        scene = Scene(node, PostgresEngine(node.db.pool))
        await scene.engine.prepare()
        recognised = made.recognition(degree="conditional", conditions=["附检测报告"])
        await scene.state(NANJING, made.standard(), recognised)


@pytest.fixture
def filled(database, tmp_path, monkeypatch) -> None:
    asyncio.run(fill(database.service_url, tmp_path / "cosigned"))
    monkeypatch.setenv("REGISTRY_DATABASE_URL", database.service_url)
    monkeypatch.setenv("REGISTRY_DATA_DIR", str(tmp_path))


@pytest.mark.usefixtures("filled")
def test_a_standard_is_asked_about_and_the_answer_made_again(capsys, tmp_path):
    kept = tmp_path / "answer.json"
    assert run(["standards", "ask", "db34t5037-2016", *THERE, "--save", str(kept)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("符合强制性标准的产品可以在全国销售")
    assert f"{NUMBER}：符合条件时可以作为依据" in lines[2]
    assert any("宁市监标〔2026〕1号" in line for line in lines)
    assert any("附检测报告" in line for line in lines)
    assert run(["standards", "replay", str(kept), "--json"]) == 0
    replayed = json.loads(capsys.readouterr().out)
    assert replayed == {"ok": True, "verdict": "conditionally", "records": 2}
    kept.write_bytes(kept.read_bytes().replace(b'"conditionally"', b'"no"', 1))
    assert run(["standards", "replay", str(kept)]) == 1
    assert "answer-differs" in capsys.readouterr().err
    assert run(["standards", "ask", "GB/T 1", *THERE, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["answer"]["verdict"] == "no_document"
    assert run(["standards", "ask", "？", *THERE]) == 1
    assert "number-malformed" in capsys.readouterr().err


@pytest.mark.usefixtures("filled")
def test_a_file_of_numbers_is_answered_in_the_format_of_its_name(capsys, tmp_path):
    asked = tmp_path / "in.csv"
    asked.write_text(f"标准编号\n{NUMBER}\n不是编号\n", encoding="utf-8")
    for name in ("out.xlsx", "out.csv", "out.jsonl"):
        assert run(["standards", "sheet", str(asked), str(tmp_path / name), *THERE]) == 0
        assert name in capsys.readouterr().out
    sheet = CalamineWorkbook.from_path(tmp_path / "out.xlsx").get_sheet_by_index(0).to_python()
    assert [row[5] for row in sheet] == ["结论代码", "conditionally", ""]
    lines = (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line).get("verdict") for line in lines] == ["conditionally", None]
    assert run(["standards", "sheet", str(asked), str(tmp_path / "out.pdf"), *THERE]) == 1
    assert "unknown-format" in capsys.readouterr().err


@pytest.mark.usefixtures("filled")
def test_a_node_is_asked_over_its_interface(capsys, tmp_path, monkeypatch):
    kept = tmp_path / "answer.json"
    assert run(["standards", "ask", NUMBER, *THERE, "--save", str(kept)]) == 0
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append((request.method, dict(request.url.params)))
        if request.url.params.get("number") == "x":
            problem = {"detail": "不是编号", "detail_en": "no number", "code": "bad"}
            return httpx.Response(400, json=problem)
        if request.url.params.get("number") == "y":
            return httpx.Response(502, text="<html>")
        if request.method == "POST":
            return httpx.Response(200, content=b"row\n")
        return httpx.Response(200, json={"bundle": json.loads(kept.read_bytes())})

    def client(**given: object) -> httpx.AsyncClient:
        return real(transport=httpx.MockTransport(answer), **given)

    real = httpx.AsyncClient
    monkeypatch.setattr(standards_ask.httpx, "AsyncClient", client)
    at = [*THERE, "--node", "http://node.example"]
    capsys.readouterr()
    assert run(["standards", "ask", NUMBER, *at, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["answer"]["edition"] == NUMBER
    assert seen[0][1]["on"] == "2026-11-01"
    asked = tmp_path / "in.jsonl"
    asked.write_text('{"number": "GB/T 1"}\n', encoding="utf-8")
    assert run(["standards", "sheet", str(asked), str(tmp_path / "o.csv"), *at]) == 0
    assert (tmp_path / "o.csv").read_bytes() == b"row\n"
    assert run(["standards", "ask", "x", *at]) == 1
    assert "不是编号" in capsys.readouterr().err
    assert run(["standards", "ask", "y", *at]) == 1
    assert "502" in capsys.readouterr().err


def test_a_node_that_cannot_be_reached_is_named(capsys, tmp_path):
    at = [*THERE, "--node", "http://127.0.0.1:9"]
    assert run(["standards", "ask", NUMBER, *at]) == 1
    asked = tmp_path / "in.csv"
    asked.write_text("number\nGB/T 1\n", encoding="utf-8")
    assert run(["standards", "sheet", str(asked), str(tmp_path / "o.csv"), *at]) == 1
    assert capsys.readouterr().err.count("无法连接节点") == 2
