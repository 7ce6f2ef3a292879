"""``registry keys serve`` and ``attach``: a clerk publishes with a key in another process."""

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from registry.exchange.workdir import Workdir, folder_name
from signing.algorithms import BY_NAME
from signing.keys import SigningKey
from tests.faults.test_publisher import penalty
from tests.registry.cli.conftest import ORIGIN, PASSWORD, City
from tests.registry.cli.test_commands import jsonl
from tests.signing.given import LOG


@pytest.fixture(params=[signal.SIGINT, signal.SIGTERM], ids=["interrupted", "terminated"])
def ended_by(request: pytest.FixtureRequest) -> int:
    return request.param


@pytest.fixture
def service(city: City, tmp_path: Path, ended_by: int) -> Iterator[Path]:
    """The command as a process, holding the key of the city's log."""
    city.put_key(ORIGIN)
    path = tmp_path / "s"
    file = city.folder / "keys" / f"{folder_name(ORIGIN)}.key"
    command = [sys.executable, "-m", "registry", "keys", "serve", "--key", file, "--socket", path]
    environment = {**os.environ, "REGISTRY_KEY_PASSWORD": PASSWORD}
    with subprocess.Popen(
        [str(part) for part in command], env=environment, stdout=subprocess.PIPE
    ) as process:
        try:
            until = time.monotonic() + 60
            while not path.is_socket() and process.poll() is None and time.monotonic() < until:
                time.sleep(0.05)
            yield path
            process.send_signal(ended_by)
            said = process.communicate(timeout=60)[0].decode()
        finally:
            process.kill()
    assert process.returncode == 0
    assert "签名服务已就绪" in said
    assert not path.exists()


def test_a_folder_is_attached_and_holds_no_secret(city, service, tmp_path):
    other = tmp_path / "other"
    assert city.run("keys", "attach", "--socket", service, "--out", other, "--json") == 0
    vkey = Workdir(city.folder).vkeys()[0]
    assert city.document == {
        "ok": True,
        "origin": ORIGIN,
        "socket": str(service),
        "vkey": str(vkey),
    }
    file = other / "keys" / f"{folder_name(ORIGIN)}.key"
    assert file.read_bytes() == f"socket:{service}\n".encode()
    text = LOG.name.encode()  # any message that is no checkpoint
    unnamed = SimpleNamespace(origin=ORIGIN, party=SimpleNamespace(keys=()))
    signer = Workdir(other).signer_for(unnamed, 0, pytest.fail).first
    with pytest.raises(Exception, match="signs checkpoints here"):
        signer.sign(text)
    assert city.run("keys", "attach", "--socket", service, "--out", other) == 1
    assert city.errors.startswith("错误 file-exists")


def test_a_clerk_publishes_without_a_password(city, service, tmp_path, monkeypatch):
    good = jsonl(tmp_path / "good.jsonl", penalty(1), penalty(2))
    monkeypatch.delenv("REGISTRY_KEY_PASSWORD")
    file = city.folder / "keys" / f"{folder_name(ORIGIN)}.key"
    file.write_bytes(f"socket:{service}\n".encode())
    assert city.work("publish", good, "--json") == 0
    assert city.node.lines() != []


@pytest.mark.parametrize("algorithm", BY_NAME)
def test_key_files_of_each_algorithm(city, tmp_path, algorithm):
    new = ("keys", "make", "--name", "node-a.example/witness", "--algorithm", algorithm)
    file = tmp_path / "witness.key"
    assert city.run(*new, "--out", file, "--json") == 0
    key = SigningKey.from_pem(file.read_bytes(), PASSWORD.encode())
    assert (key.type_byte, city.document["vkey"]) == (BY_NAME[algorithm], str(key.vkey))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert city.run(*new, "--out", file) == 1
    assert city.errors.startswith("错误 file-exists")


def test_without_a_service_nothing_is_attached(city, tmp_path):
    assert city.run("keys", "attach", "--socket", tmp_path / "s", "--out", tmp_path / "w") == 1
    assert city.errors.startswith("错误 signer-unavailable")
    assert not list((tmp_path / "w").glob("keys/*"))


def test_a_wrong_password_starts_no_service(city, tmp_path, monkeypatch):
    city.put_key(ORIGIN)
    monkeypatch.setenv("REGISTRY_KEY_PASSWORD", "wrong")
    file = city.folder / "keys" / f"{folder_name(ORIGIN)}.key"
    assert city.run("keys", "serve", "--key", file, "--socket", tmp_path / "s") == 1
    assert city.errors.startswith("错误 key-file")
    assert not (tmp_path / "s").exists()
