"""``make bench``: every figure, on screen and in ``.cache/bench.json``; ``ARGS=files`` one part.

Parts: admission (with spreadsheets), follow (a log of another node), rules, population (everybody
at once, and the impact of a draft), absence (what is hidden beside what never was), files (subject
file with decision), pages, search, standards, screening (of a list), desk (of clerks), reconcile
(with the national status), finding (names, by kind of question and engine; takes ``--names FILE``
and ``--count N``), texts (records by their words). Files, pages and search want a node of a million
records, which takes some five minutes to make and is kept in ``.cache/bench``.

Figures are readings of this run on this machine; what is claimed are the ratios.
"""

import json
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


PARTS = {
    "admission": admitted,
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
    options.add_argument("part", nargs="*", choices=[*PARTS, []])
    options.add_argument("--names", type=Path)
    options.add_argument("--count", type=int, default=0)
    asked = options.parse_args()
    parts = PARTS | {"finding": partial(finding.found, asked.names, asked.count)}
    rows: list[admission.Row] = []
    for name in asked.part or parts:
        part = parts[name]()
        _print(name, part)
        rows += part
        OUT.parent.mkdir(exist_ok=True)
        OUT.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _print(name: str, rows: Sequence[admission.Row]) -> None:
    """Print a part when it is done: a later one may fail."""
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
