"""A served node for measurements: its own process, its own embedded database, known keys."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from registry.store import embedded
from tests.registry.world import NODE, WUHU, charter, node_key

PORT = 18765
URL = f"http://127.0.0.1:{PORT}"
PASSWORD = "bench"


@dataclass
class ServedNode:
    """A node that answers at ``URL``; ``owner_url`` reaches its database."""

    process: psutil.Process
    owner_url: str
    environment: dict[str, str]
    """Its settings, for commands beside it."""

    def rss(self) -> int:
        """Bytes resident in the node's processes, PostgreSQL not counted."""
        family = [self.process, *self.process.children(recursive=True)]
        return sum(one.memory_info().rss for one in family if "postgres" not in one.name())

    def post(self, client: httpx.Client, batch: bytes) -> httpx.Response:
        """Send a sealed batch and return the answer, which must be a success."""
        answer = client.post(
            f"{URL}/log/{WUHU}/batch",
            content=batch,
            headers={"Content-Type": "application/vnd.registry.batch", "Content-Encoding": "zstd"},
        )
        if answer.status_code not in {200, 201}:
            raise RuntimeError(answer.text)
        return answer


@contextmanager
def serve(folder: Path) -> Iterator[ServedNode]:
    """Run ``registry serve`` on a fresh data folder."""
    keys = folder / "keys"
    keys.mkdir(parents=True)
    for use in ("mirror", "witness"):
        (keys / f"{use}.key").write_bytes(node_key(use).to_pem(PASSWORD.encode()))
    (folder / "charter").write_bytes(charter().note)
    server = embedded.start(folder)
    settings = {
        "NODE_NAME": NODE,
        "DATA_DIR": str(folder),
        "CHARTER": str(folder / "charter"),
        "KEY_PASSWORD": PASSWORD,
        "PORT": str(PORT),
        "REQUESTS_PER_SECOND": "0",
        "KEY_REQUESTS_PER_SECOND": "0",
        "DATABASE_URL": server.service_url,
        "OWNER_URL": server.owner_url,
    }
    environment = {**os.environ, **{f"REGISTRY_{name}": value for name, value in settings.items()}}
    process = subprocess.Popen([sys.executable, "-m", "registry", "serve"], env=environment)
    try:
        _wait()
        yield ServedNode(psutil.Process(process.pid), server.owner_url, environment)
    finally:
        process.terminate()
        process.wait(20)
        server.stop()


def _wait() -> None:
    for _ in range(200):
        try:
            if httpx.get(f"{URL}/health").is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise RuntimeError("the node did not come up")
