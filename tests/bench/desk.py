"""50,000 rows at the clerks' web desk against checking the same file with the tool.

The workload is pinned: the rows of the spreadsheet bench, one in twenty with one of five defects,
as a workbook and as CSV. What is measured is all that the desk does until a clerk may go on: read
the stored file, check each row, look each number up in the log, store cells, findings and lines.

Baseline in the same run: ``registry check --offline`` of the same bytes, in this process and
writing nothing; three alternating runs each. Wanted: under 60 s on two cores, every bad cell named.
"""

import asyncio
import csv
import io
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from registry.cli.options import new_salt
from registry.exchange import flow
from registry.exchange.rows import Known, RowChecker
from registry.forms.files import FormDefaults, open_file
from registry.ingest.dry_runs import DryRuns
from registry.ledger.read import LogReader
from registry.store import embedded
from registry.store.migrate import migrate
from registry.store.workbench import Did, KeptSubmission, WorkbenchStore
from registry.workbench.job import Checker, Under
from registry.workbench.model import found_of
from registry.workbench.node import Doors
from tests.bench.admission import Row
from tests.bench.baselines import BAD_EVERY, sheet_rows
from tests.bench.sheets import write_workbook
from tests.registry.world import NOON, Node, open_node

ROWS = 50_000
RUNS = 3
TERRITORY = ("340200",)


@dataclass
class Desk:
    """The part of a node that checks drafts."""

    node: Node
    store: WorkbenchStore
    checker: Checker
    made: int = 0

    async def check(self, content: bytes) -> str:
        """Take a file and check it to its end; return the submission."""
        self.made += 1
        one = KeptSubmission(
            id=f"{self.made:032x}",
            member="340200",
            department="",
            file="bench",
            made_at=NOON,
            prepared_by="key:0",
            state="checking",
            lines=0,
            done=0,
            failures=0,
            wrong_zh="",
            wrong_en="",
        )
        await self.store.add(one, content, Did(NOON, "key:0", "clerk", "uploaded"))
        await self.checker.step()
        return one.id


def _desk(node: Node) -> Desk:
    checking = DryRuns(node.db, node.charter, 2)
    doors = Doors(node.charter, node.door, checking, LogReader(node.db, node.charter))
    store = WorkbenchStore(node.db)
    return Desk(node, store, Checker(store, Under(doors), node.clock))


def _files(folder: Path) -> dict[str, bytes]:
    workbook = folder / "rows.xlsx"
    write_workbook(workbook, ROWS)
    out = io.StringIO(newline="")
    rows = list(sheet_rows(ROWS))
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return {"XLSX": workbook.read_bytes(), "CSV": out.getvalue().encode("utf-8-sig")}


def _tool(content: bytes) -> flow.Outcome:
    """Check a file as the tool does."""
    rows = open_file(content, FormDefaults(division="340200")).rows
    return flow.check(rows, RowChecker(new_salt, Known(None), TERRITORY))


async def _timed(work: Callable[[], Awaitable[object]]) -> float:
    start = time.perf_counter()
    await work()
    return time.perf_counter() - start


async def _looked_over(desk: Desk, submission: str, wanted: flow.Outcome) -> int:
    """Make sure that what the tool finds is named, cell by cell; return how many rows are bad."""
    bad = await desk.store.rows(submission, "to-fix", -1, 0, ROWS)
    if len(bad) != len(wanted.to_fix) or len(bad) < ROWS // BAD_EVERY // 2:
        raise AssertionError((len(bad), len(wanted.to_fix)))
    for row, form in zip(bad, wanted.to_fix, strict=True):
        found = found_of(row.found)
        if not found[0].column or [one.code for one in found] != [f.code for f in form.findings]:
            raise AssertionError((row, form))
    return len(bad)


async def _measured(folder: Path) -> list[Row]:
    server = embedded.start(folder)
    try:
        await migrate(server.owner_url)
        async with open_node(server.service_url, folder / "cosigned") as node:
            desk, rows = _desk(node), []
            for name, content in _files(folder).items():
                runs: list[tuple[float, float]] = []
                for _ in range(RUNS):
                    made: list[str] = []

                    async def ours(content: bytes = content, made: list[str] = made) -> None:
                        made.append(await desk.check(content))

                    taken = await _timed(ours)
                    start = time.perf_counter()
                    wanted = await asyncio.to_thread(_tool, content)
                    runs.append((taken, time.perf_counter() - start))
                    bad = await _looked_over(desk, made[0], wanted)
                rows.append(_row(name, runs, bad))
    finally:
        server.stop()
    return rows


def _row(name: str, runs: list[tuple[float, float]], bad: int) -> Row:
    taken, base = (statistics.median(run[place] for run in runs) for place in (0, 1))
    return {
        "name": f"desk {ROWS:,} rows of {name}, {bad:,} named as bad",
        "value": taken,
        "unit": "s",
        "baseline": f"{base:.1f} s, the tool's check of the same file; 60 s wanted",
        "ratio": statistics.median(b / a for a, b in runs),
    }


def measure() -> list[Row]:
    """Measure the desk beside the tool."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measured(Path(folder)))
