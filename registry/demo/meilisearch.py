"""A Meilisearch for the demonstration, where its program is found; without one PostgreSQL answers.

A node in production is given the address of a server that its operator runs.
"""

import asyncio
import json
import secrets
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from registry.demo.serving import until_ready

FETCHED: Final = Path(".cache/meilisearch/meilisearch")
"""Where ``make meilisearch`` puts one."""


@dataclass(frozen=True, slots=True)
class SearchServer:
    """Address and key of a running server."""

    url: str
    key: str


def program() -> Path | None:
    """Return a Meilisearch that is on this machine: fetched by make, else installed."""
    installed = shutil.which("meilisearch")
    if FETCHED.is_file():
        return FETCHED.resolve()
    return Path(installed) if installed else None


@asynccontextmanager
async def running(found: Path, folder: Path, address: str) -> AsyncIterator[SearchServer]:
    """Run a server on ``address`` (host:port), with its data in a folder, while the block lasts.

    Raises:
        NodeError: it did not come up.
    """
    server = SearchServer(f"http://{address}", secrets.token_hex(16))
    settings = await asyncio.to_thread(_settings, folder, address, server.key)
    quiet = subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        found, "--config-file-path", settings, cwd=folder, stdin=quiet, stdout=quiet, stderr=quiet
    )
    try:
        await until_ready(server.url, lambda: process.returncode is not None)
        yield server
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def _settings(folder: Path, address: str, key: str) -> Path:
    """Write the server's settings, its key among them, for nobody else to read."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder.resolve() / "settings.toml"
    file.touch(mode=0o600)
    given = {
        "http_addr": address, "master_key": key, "env": "production", "log_level": "ERROR",
        "db_path": "data", "dump_dir": "dumps", "snapshot_dir": "snapshots",
    }  # fmt: skip
    lines = [f"{name} = {json.dumps(value)}\n" for name, value in given.items()]
    file.write_text("".join([*lines, "no_analytics = true\n"]), encoding="utf-8")
    return file
