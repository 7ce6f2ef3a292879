"""A city with a working folder, and a node that the commands meet instead of the network."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from registry.cli import options
from registry.cli.main import run
from registry.exchange.workdir import Workdir, folder_name
from tests.registry.exchange.fake_node import ORIGIN, OTHER, FakeNode, log_key

PASSWORD = "correct horse"
URL = "http://node.example"


@dataclass
class City:
    """Runs commands as a clerk would; ``said`` is what the last one printed."""

    folder: Path
    node: FakeNode
    read: Callable[[], tuple[str, str]]
    said: str = ""
    errors: str = ""

    @property
    def workdir(self) -> Workdir:
        return Workdir(self.folder)

    def run(self, *arguments: object) -> int:
        code = run([str(argument) for argument in arguments])
        self.said, self.errors = self.read()
        return code

    def work(self, command: str, *arguments: object, node: bool = True) -> int:
        at = ["--node", URL] if node else []
        return self.run(command, *arguments, "--workdir", self.folder, *at)

    @property
    def document(self) -> dict[str, object]:
        document: dict[str, object] = json.loads(self.said)
        return document

    def put_key(self, origin: str, label: str = "1") -> None:
        keys = self.folder / "keys"
        keys.mkdir(parents=True, exist_ok=True)
        key = log_key(origin, label)
        (keys / f"{folder_name(origin)}.key").write_bytes(key.to_pem(PASSWORD.encode()))
        (keys / f"{folder_name(origin)}.vkey").write_text(f"{key.vkey}\n")
        self.workdir.log(origin).mark_new()


@pytest.fixture
def city(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> City:
    node = FakeNode(tmp_path / "node")

    def connect(url: str) -> FakeNode:
        assert url == URL
        return node

    monkeypatch.setattr(options, "HttpNode", connect)
    monkeypatch.setenv("REGISTRY_KEY_PASSWORD", PASSWORD)

    def read() -> tuple[str, str]:
        captured = capsys.readouterr()
        return captured.out, captured.err

    made = City(tmp_path / "work", node, read)
    made.put_key(ORIGIN)
    return made


@pytest.fixture
def two_cities(city: City) -> City:
    city.put_key(OTHER)
    return city
