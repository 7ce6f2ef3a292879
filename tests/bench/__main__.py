"""``make bench``: figures, on screen and in ``.cache/bench.json``; under five minutes.

``ARGS=all`` takes every part, ``ARGS="files pages"`` those two. Each has a process of its own, so
that none works in what another has left behind.

Parts: admission and rules, which are the quick ones; sheets (beside admission), follow (a log of
another node), population (everybody at once, and the impact of a draft), absence (what is hidden
beside what never was), files (subject file with decision), pages, search, standards, screening (of
a list), desk (of clerks), reconcile (with the national status), finding (names, by kind of question
and engine; takes ``--names FILE`` and ``--count N``), texts (records by their words). Files, pages
and search want a node of a million records, which takes some five minutes to make and is kept in
``.cache/bench``.

Figures are readings of this run on this machine; what is claimed are the ratios.
"""

import json
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench import (
    absence,
    admission,
    desk,
    finding,
    follow,
    population,
    reading,
    reconcile,
    rules_workload,
    screening,
    sheets,
    standards,
    texts,
)

OUT = Path(".cache/bench.json")


def admitted() -> list[admission.Row]:
    """A node's admission, and beside its rate that of spreadsheets."""
    rows = admission.measure()
    return [*rows, *sheets.measure(float(str(rows[0]["value"])))]


QUICK = ("admission", "rules")
PARTS = {
    "admission": admission.measure,
    "sheets": admitted,
    "follow": follow.measure,
    "rules": lambda: [rules_workload.measure()],
    "population": population.measure,
    "absence": absence.measure,
    "files": reading.files,
    "pages": reading.pages,
    "search": reading.search,
    "standards": standards.measure,
    "screening": screening.measure,
    "desk": desk.measure,
    "reconcile": reconcile.measure,
    "finding": finding.found,
    "texts": texts.measure,
}


def main() -> None:
    """Measure, print and write."""
    options = ArgumentParser(prog="python -m tests.bench", description=__doc__)
    options.add_argument("part", nargs="*", choices=[*PARTS, "all", []])
    options.add_argument("--names", type=Path)
    options.add_argument("--count", type=int, default=0)
    asked = options.parse_args()
    parts = PARTS | {"finding": partial(finding.found, asked.names, asked.count)}
    every = [name for name in parts if name != "admission"]  # which `sheets` measures as well
    names = every if "all" in asked.part else asked.part or [*QUICK]
    if len(names) == 1:
        rows = list(parts[names[0]]())
        _print(names[0], rows)
        _write(rows)
        return
    rows = []
    for name in names:
        given = [*(("--names", asked.names) if asked.names else ()), "--count", str(asked.count)]
        subprocess.run([sys.executable, "-m", "tests.bench", name, *given], check=True)
        rows += json.loads(OUT.read_text(encoding="utf-8"))
        _write(rows)  # a later part may fail


def _write(rows: Sequence[admission.Row]) -> None:
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _print(name: str, rows: Sequence[admission.Row]) -> None:
    table = Table(title=name)
    for column in ("name", "value", "unit", "baseline", "ratio"):
        table.add_column(column, justify="right" if column in {"value", "ratio"} else "left")
    for row in rows:
        ratio = row["ratio"]
        table.add_row(
            str(row["name"]),
            f"{row['value']:,.1f}",
            str(row["unit"]),
            str(row["baseline"]),
            f"{ratio:.2f}x" if isinstance(ratio, float) else "",
        )
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
