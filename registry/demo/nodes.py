"""Nodes of the demonstration as processes of their own: each with its database, folder and keys."""

import secrets
import subprocess
import sys
import time
from pathlib import Path
from typing import Final, Self

import httpx

from registry.errors import NodeError
from registry.settings import Settings

_PATIENCE: Final = 120.0
"""Seconds for a node to come up or to end, on a machine that is busy with others."""
_PAUSE: Final = 0.1
_TOML: Final = """\
node_name = "{node}"
data_dir = "{data}"
charter = "{charter}"
key_password = "{password}"
port = {port}
public_url = "http://127.0.0.1:{port}"
"""


def write_settings(file: Path, node: str, charter: Path, port: int) -> Settings:
    """Write the settings of a node whose data are beside the file, and read them as it will.

    Where members have named their offices, that stands beside the charter.
    """
    text = _TOML.format(
        node=node,
        data=(file.parent / "node").resolve().as_posix(),
        charter=charter.resolve().as_posix(),
        password=secrets.token_hex(16),
        port=port,
    )
    offices = charter.with_name("offices.toml")
    if offices.is_file():
        text += f'offices = "{offices.resolve().as_posix()}"\n'
    file.touch(mode=0o600)
    file.write_text(text, encoding="utf-8")
    return Settings.load(file)


class NodeProcess:
    """``registry serve`` with a settings file; within a block it ends with the block."""

    def __init__(self, settings_file: Path, url: str) -> None:
        """Take what it is started with and where it will answer; ``node.log`` has its words."""
        self.settings_file = settings_file
        self.url = url
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Begin to start it; :meth:`ready` waits until it answers."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it, whatever happened."""
        self.stop()

    @property
    def pid(self) -> int:
        """The number of its process, 0 while there is none."""
        return 0 if self._process is None else self._process.pid

    @property
    def command(self) -> list[str]:
        """What starts it."""
        return ["-m", "registry", "serve", "--settings", str(self.settings_file)]

    def start(self) -> None:
        """Start the process."""
        with self.settings_file.with_name("node.log").open("ab") as log:
            command = [sys.executable, *self.command]
            self._process = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603 - ourselves

    def ready(self) -> None:
        """Wait until it answers ``/health``; raises NodeError when it ended or takes too long."""
        until = time.monotonic() + _PATIENCE
        with httpx.Client(trust_env=False) as http:
            while self._runs() and time.monotonic() < until:
                try:
                    if http.get(f"{self.url}/health").is_success:
                        return
                except httpx.TransportError:
                    pass  # not listening yet
                time.sleep(_PAUSE)
        log = self.settings_file.with_name("node.log")
        message = f"节点未能在 {self.url} 启动，见 {log} / no node came up at {self.url}, see {log}"
        raise NodeError(message)

    def stop(self) -> None:
        """End the process as an operator does, by SIGTERM; one that does not end is killed."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _runs(self) -> bool:
        return self._process is not None and self._process.poll() is None
