"""A trial region for real data: the member cities' keys, a charter and a node, made on the spot.

For looking at one's own data before there is a region: one working folder holds the keys of all
members, as no real installation would. What is made stays, so that it can be served and audited.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Final

import httpx

from registry.clock import Clock
from registry.demo.charter import DemoNode, make_charter, new_roots
from registry.demo.facts import PARTIES
from registry.demo.nodes import write_settings
from registry.demo.run import free_port
from registry.errors import NodeError
from registry.exchange.workdir import Workdir
from registry.resources import MIRROR, WITNESS, node_key
from registry.settings import Settings

FOLDER: Final = Path(".cache/trial")
NODE_NAME: Final = "node.localhost"
_PATIENCE: Final = 600


@dataclass(frozen=True, slots=True)
class Trial:
    """A trial region: the node's settings file, the members' working folder, their password."""

    settings_file: Path
    workdir: Path
    password: bytes
    url: str


def prepare(folder: Path, clock: Clock) -> Trial:
    """Make a trial region in ``folder``, or return the one that is there."""
    file = folder / "registry.toml"
    if not file.is_file():
        _make(folder, file, clock)
    settings = Settings.load(file)
    password = settings.key_password.get_secret_value().encode()
    return Trial(file, folder / "desk", password, settings.public_url)


@contextmanager
def running(trial: Trial) -> Iterator[None]:
    """Run the trial's node; at the end wait until its search index has everything.

    Raises:
        NodeError: the node did not start, or its index did not catch up.
    """
    command = [sys.executable, "-m", "registry", "serve", "--settings", str(trial.settings_file)]
    node = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603 - ourselves
    try:
        _wait(trial, node, indexed=False)
        yield
        _wait(trial, node, indexed=True)
    finally:
        node.terminate()
        node.wait(60)


def _wait(trial: Trial, node: subprocess.Popen[bytes], *, indexed: bool) -> None:
    until = time.monotonic() + _PATIENCE
    while node.poll() is None and time.monotonic() < until:
        try:
            health = httpx.get(f"{trial.url}/health")
            if health.is_success and not (indexed and health.json()["index_lag"]):
                return
        except httpx.TransportError:
            pass  # not listening yet
        time.sleep(0.2)
    message = f"试用节点未能就绪 / the trial node is not ready: {trial.url}"
    raise NodeError(message)


def _make(folder: Path, file: Path, clock: Clock) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    aside = file.with_suffix(".new")
    settings = write_settings(aside, NODE_NAME, folder / "charter", free_port())
    password = settings.key_password.get_secret_value()
    desk = Workdir(folder / "desk")
    logs = {party.origin: desk.new_key(party.origin, password.encode()) for party in PARTIES}
    mirror, witness = (node_key(settings, use).vkey for use in (MIRROR, WITNESS))
    node = DemoNode(NODE_NAME, settings.public_url, mirror, witness)
    note = make_charter(new_roots(), logs, (node,), clock.now().astimezone(UTC))
    (folder / "charter").write_bytes(note)
    aside.replace(file)
