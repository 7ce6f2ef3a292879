"""A large workbook against the same rows as JSON Lines, and the memory it takes.

Each run is a process of its own (``python -m tests.bench.sheets FILE``), so that peaks are its own.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import xlsxwriter

from registry.cli.options import new_salt
from registry.cli.report import to_fix_file
from registry.exchange import flow
from registry.exchange.rows import Known, RowChecker, has_error
from registry.forms.files import FormDefaults, open_file
from registry.forms.sheets_write import template_columns
from tests.bench import memory
from tests.bench.baselines import BAD_EVERY, SHEET_ROWS, sheet_rows

RUNS = 5
DEFAULTS = FormDefaults(division="340200")

Row = dict[str, object]


@dataclass(frozen=True)
class Reading:
    """What one run took: seconds, and the most bytes resident."""

    seconds: float
    peak: int


def measure(admission_rate: float) -> list[Row]:
    """Return the rows of this part; ``admission_rate`` is that of the node in this run."""
    with tempfile.TemporaryDirectory() as folder:
        workbook, lines = Path(folder) / "rows.xlsx", Path(folder) / "rows.jsonl"
        write_workbook(workbook, SHEET_ROWS)
        lines.write_bytes(b"".join(as_json_lines(workbook.read_bytes())))
        runs = [(_run(workbook), _run(lines)) for _ in range(RUNS)]
    ratio = statistics.median(other.seconds / own.seconds for own, other in runs)
    rate = SHEET_ROWS / statistics.median(own.seconds for own, _ in runs)
    peak = max(own.peak for own, _ in runs)
    name = f"{SHEET_ROWS:,} rows of XLSX, 5 % bad"
    return [
        _row(name, rate, "rows/s", "the same rows as JSON Lines", ratio),
        _row(f"{name}, again", rate, "rows/s", "a node's admission above", rate / admission_rate),
        _row(f"{name}: the tool's RSS at most", peak / 2**20, "MiB"),
    ]


def _row(name: str, value: float, unit: str, baseline: str = "", ratio: float | None = None) -> Row:
    return {"name": name, "value": value, "unit": unit, "baseline": baseline, "ratio": ratio}


def write_workbook(path: Path, count: int) -> None:
    """Write the pinned rows as a workbook with shared texts, as spreadsheets save them."""
    heads = [column.header for column in template_columns("penalty")]
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("处罚信息")
        for index, head in enumerate(heads):
            sheet.write_string(0, index, head)
        for number, row in enumerate(sheet_rows(count), start=1):
            for index, head in enumerate(heads):
                if text := row.get(head):
                    sheet.write_string(number, index, text)


def as_json_lines(workbook: bytes) -> Iterator[bytes]:
    """Give the same rows as records, one JSON object a line."""
    for row in open_file(workbook, DEFAULTS).rows:
        whole = {"main": row.main}
        if row.restricted is not None:
            whole["restricted"] = row.restricted
        yield msgspec.json.encode(whole) + b"\n"


def check_file(path: Path) -> Reading:
    """Do with a file what the publisher's tool does before it seals; return what it took.

    Raises:
        RuntimeError: a row is missing, or a bad row of a workbook is not named with its cell.
    """
    start = time.perf_counter()
    opened = open_file(path.read_bytes(), DEFAULTS)
    outcome = flow.check(opened.rows, RowChecker(new_salt, Known(None)))
    to_fix_file(outcome, opened.kind)
    seconds = time.perf_counter() - start
    bad = [
        row
        for row in outcome.to_fix
        if opened.kind == "json"
        or any(row.form.cell(one.pointer) for one in row.findings if has_error([one]))
    ]
    if len(bad) != -(-outcome.rows // BAD_EVERY) or outcome.passed + len(bad) != outcome.rows:
        raise RuntimeError(f"{len(bad)} bad and {outcome.passed} good of {outcome.rows}")
    return Reading(seconds, memory.peak())


def _run(path: Path) -> Reading:
    command = [sys.executable, "-m", "tests.bench.sheets", str(path)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return Reading(**json.loads(said))


if __name__ == "__main__":
    reading = check_file(Path(sys.argv[1]))
    print(json.dumps({"seconds": reading.seconds, "peak": reading.peak}))  # noqa: T201
