"""One run of the publisher's tool for the fault tables, killed where the table says.

``python -m tests.faults.publisher_run FOLDER STEP`` publishes ``FOLDER/rows.jsonl`` and kills
itself with SIGKILL after step number STEP (counted over the whole run, the node's included). With
several FOLDER STEP pairs each runs in a child of its own, forked from this single-threaded process,
so that the imports are paid once. A file ``FOLDER/url`` names a real node instead of the twin.
"""

import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from registry.cli.options import new_salt
from registry.clock import FixedClock
from registry.exchange import flow
from registry.exchange.client import HttpNode
from registry.exchange.flow import Outcome, Work
from registry.exchange.home import Delivered, Trust
from registry.exchange.publisher import Publisher
from registry.exchange.rows import Known, RowChecker
from registry.exchange.sealed import LogSigner
from registry.exchange.workdir import Workdir
from registry.forms.files import read_jsonl
from signing.keys import SigningKey
from tests.registry.exchange.fake_node import NOW, ORIGIN, FakeNode, a_charter, log_key

BATCH = 2
"""Records in a batch, so that three rows make two."""

CLOCK = FixedClock(datetime.fromtimestamp(NOW, UTC))


class NotingKey(SigningKey):
    """Notes every text it signs, so that a second root for one size cannot go unseen."""

    __slots__ = ("notes",)

    notes: Path

    def sign(self, message: bytes) -> bytes:
        with self.notes.open("ab") as file:
            file.write(message.replace(b"\n", b" ") + b"\n")
        return super().sign(message)


def _node(folder: Path, observe: Callable[[str], None]) -> FakeNode | HttpNode:
    if (folder / "url").exists():
        return HttpNode((folder / "url").read_text())
    return FakeNode(
        folder / "node",
        before=lambda _batch: observe("node: before storing"),
        after=lambda _batch: observe("node: after storing"),
    )


def noting_key(folder: Path) -> NotingKey:
    key = NotingKey(ORIGIN, log_key()._secret)
    key.notes = folder / "signed"
    return key


def publish(folder: Path, observe: Callable[[str], None]) -> tuple[list[Delivered], Outcome]:
    """Run the whole tool once on ``folder/work`` against the node in ``folder/node``."""
    node = _node(folder, observe)
    workdir = Workdir(folder / "work", observe)
    with workdir.locked():
        log = workdir.log(ORIGIN)
        publisher = Publisher(log, Trust(a_charter(), ORIGIN), CLOCK, node, observe)
        key = noting_key(folder)
        work = Work(publisher, lambda: LogSigner(key), ORIGIN, node, most=BATCH, new_log=True)
        resumed = flow.resume(work)
        rows = read_jsonl((folder / "rows.jsonl").read_bytes())
        outcome = flow.publish(work, rows, RowChecker(new_salt, Known(log)))
        node.close()
        return resumed, outcome


def killed_after(step: int) -> Callable[[str], None]:
    """Return an observer that ends the process, as kill -9 does, after ``step`` steps."""
    steps = 0

    def observe(_name: str) -> None:
        nonlocal steps
        steps += 1
        if steps == step:
            os.kill(os.getpid(), signal.SIGKILL)

    return observe


def main(arguments: list[str]) -> int:
    pairs = list(zip(arguments[::2], map(int, arguments[1::2]), strict=True))
    if len(pairs) == 1:
        folder, step = pairs[0]
        publish(Path(folder), killed_after(step))
        return 0
    for folder, step in pairs:
        child = os.fork()
        if child == 0:
            publish(Path(folder), killed_after(step))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
