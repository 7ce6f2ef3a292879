"""The demonstration on three nodes: real processes, each over its own PostgreSQL."""

import re
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from registry.demo import nodes, region, together
from registry.demo.facts import FACTS, PARTIES
from registry.demo.job import DemoError
from registry.demo.nodes import NodeProcess
from registry.demo.report import Report
from registry.demo.run import free_port
from registry.demo.together import City, Cover, Covered, Together
from registry.errors import NodeError

STEPS = ["prepared", "started", "admitted", "followed", "decided", "seen", "away", "back"]


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.mark.slow
def test_three_nodes_end_to_end(said, monkeypatch):
    """A tenth of the records drawn at random; the cast is whole."""
    for name in ("PERMITS", "PENALTIES", "LISTED"):
        monkeypatch.setattr(region, name, getattr(region, name) // 10)
    monkeypatch.delenv("REGISTRY_FOLLOW_SECONDS")
    report = together.smoke(Report(said.append))
    assert [name for name, _ in report.steps] == [*STEPS, "audited"]
    words, text = dict(report.steps), "\n".join(said)
    stated = int(re.search(r"(\d+) records", words["prepared"])[1])
    assert words["admitted"].startswith(f"{stated} records")
    assert all(party.name in text for party in PARTIES)
    asked = sum(told.ask is not None for told in FACTS.situations)
    assert words["decided"].startswith(f"{asked} questions asked of 3 nodes: equal answers")
    assert len(re.findall(r"in the others after", text)) == 3
    assert re.findall(r"node \d: (\d+) entries", text) == [str(stated + 3 + 3)] * 3
    left = subprocess.run(["pgrep", "-f", "registry-demo-.*registry.toml"], check=False)
    assert left.returncode == 1  # nothing runs any more


def test_it_serves_until_it_is_ended(said, monkeypatch, tmp_path):
    left = tmp_path / "demo" / "left"
    left.parent.mkdir()
    left.touch()
    port = free_port()
    done = []

    @contextmanager
    def running(folder, ports, _report):
        assert (folder, list(ports), left.exists()) == (left.parent, [port, port + 1], False)
        processes = [NodeProcess(folder / str(p), f"http://127.0.0.1:{p}") for p in ports]
        yield Together(region.build(together.rulebook_files()), tuple(processes), (), None)
        done.append("left by an error")  # pragma: no cover - Ctrl-C comes as one

    class Forever:
        def wait(self) -> None:
            raise KeyboardInterrupt

    monkeypatch.setattr(together, "running", running)
    monkeypatch.setattr(together, "publish", lambda _together, _report: done.append("publish"))
    monkeypatch.setattr(together, "decide", lambda _together, _report: done.append("decide"))
    monkeypatch.setattr(together.threading, "Event", Forever)
    with pytest.raises(KeyboardInterrupt):
        together.serve(port, Report(said.append), 2, left.parent)
    assert done == ["publish", "decide"]
    text = "\n".join(said)
    for expected in (f":{port}/search?q=", f":{port + 1}/search?q=", "kill ", "Ctrl-C"):
        assert expected in text


# What comes out wrong ends it --------------------------------------------------------------------


def test_what_does_not_come_true_is_an_error():
    with pytest.raises(DemoError, match="not within 0 s: the sea is dry"):
        together.until(lambda: False, "the sea is dry", within=0.1)
    assert together.until(lambda: True, "it is so") < 1


class Desks:
    """Stands for a region whose nodes answer what each is told to."""

    def __init__(self, answers: list[bytes], page: str = "") -> None:
        self.nodes, self.answers, self.page = answers, answers, page

    def get(self, number: int, path: str, **_params: str) -> bytes:
        return self.page.encode() if path == "/search" else self.answers[number]

    def of(self, _number: int) -> list:
        return [PARTIES[1]]


def test_another_tree_in_one_node_is_seen():
    one = b'{"logs":[{"origin":"a.example/b","size":1,"root":"00"}]}'
    assert together.held_alike(Desks([one, one]), range(2))
    assert not together.held_alike(Desks([one, one.replace(b"00", b"01")]), range(2))


@pytest.mark.parametrize(
    ("behind", "page", "away", "told"),
    [
        ([PARTIES[1].origin], "未能取得更新", 0, True),
        ([PARTIES[1].origin], "", 0, False),
        ([], "未能取得更新", 0, False),
        ([PARTIES[2].origin], "未能取得更新", 0, False),
        ([PARTIES[1].origin], "未能取得更新", None, False),
        ([], "", None, True),
    ],
)
def test_those_and_only_those_that_are_away_are_named(behind, page, away, told):
    cities = tuple(
        City(one.origin, 1, None, "2026-11-23T04:00:00Z" if one.origin in behind else None)
        for one in PARTIES[1:3]
    )
    answer = together.json.encode(Covered(Cover(cities)))
    assert together._told(Desks([answer], page), 0, away) is told


# Processes --------------------------------------------------------------------------------------


def test_a_node_that_does_not_come_up_says_where_its_words_are(tmp_path):
    file = tmp_path / "registry.toml"
    file.write_text("no_such_setting = 1\n")
    with NodeProcess(file, f"http://127.0.0.1:{free_port()}") as node:
        assert node.pid > 0
        with pytest.raises(NodeError) as failed:
            node.ready()
    assert str(tmp_path / "node.log") in str(failed.value)
    assert "no_such_setting" in (tmp_path / "node.log").read_text()
    assert node.pid == 0
    node.stop()  # nothing is left to stop


class Stubborn(NodeProcess):
    """A process that does not end by being asked."""

    @property
    def command(self) -> list[str]:
        ignore = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); "
        return ["-c", ignore + "time.sleep(600)"]


def test_a_node_that_does_not_end_is_killed(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(nodes, "_PATIENCE", 0.2)
    assert sys.executable
    with Stubborn(tmp_path / "registry.toml", "") as node:
        while "up" not in (tmp_path / "node.log").read_text():
            pass
        process = node._process
    assert process.returncode == -9
