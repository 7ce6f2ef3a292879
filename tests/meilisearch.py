"""A real Meilisearch for tests: its binary, started on a free port with data of its own."""

import os
import resource
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from functools import partial
from pathlib import Path

from tests.conftest import ROOT, absent, server_folder

FETCHED = ROOT / ".cache" / "meilisearch" / "meilisearch"
KEY = "a-master-key-for-tests-only"


def binary() -> str:
    """Return the program: the one that ``make test`` fetched, else one that is installed."""
    found = str(FETCHED) if FETCHED.is_file() else shutil.which("meilisearch")
    if found is None:
        absent("no Meilisearch here (make meilisearch fetches one for tests)")
    return found


def bound_files(largest: int) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # writing then fails, as on a full disk
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))


class MeilisearchServer:
    """A server that can be stopped, killed, wiped and started again."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or server_folder("meilisearch")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, largest_file: int | None = None) -> None:
        """Start it; ``largest_file`` bytes bound each of its files, as a full disk would."""
        environment = {
            "PATH": os.environ["PATH"], "HOME": str(self.folder),
            "MEILI_MASTER_KEY": KEY, "MEILI_NO_ANALYTICS": "true", "MEILI_ENV": "development",
            "MEILI_HTTP_ADDR": f"127.0.0.1:{self.port}", "MEILI_DB_PATH": str(self.folder / "data"),
            "MEILI_MAX_INDEXING_THREADS": "1", "MEILI_LOG_LEVEL": "ERROR",
        }  # fmt: skip
        self._process = subprocess.Popen(
            [binary()], env=environment, cwd=self.folder,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=None if largest_file is None else partial(bound_files, largest_file),  # noqa: PLW1509 - no threads of ours
        )  # fmt: skip
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                with urllib.request.urlopen(f"{self.url}/health", timeout=1):  # noqa: S310 - ours
                    return
            except (OSError, urllib.error.URLError):
                time.sleep(0.05)
        raise RuntimeError("Meilisearch did not come up")

    def hang(self) -> None:
        """Stop it from answering, without closing its connections."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        if self._process is not None:
            self._process.send_signal(number)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(20)
            self._process = None

    def wipe(self) -> None:
        self.kill()
        shutil.rmtree(self.folder / "data", ignore_errors=True)

    def close(self) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
