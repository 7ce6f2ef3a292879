"""``make bench``: every figure, on screen and in ``.cache/bench.json``.

Figures are readings of this run on this machine; what is claimed are the ratios.
"""

import json
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench import admission, rules_workload, sheets

OUT = Path(".cache/bench.json")


def main() -> None:
    """Measure, print and write."""
    admitted = admission.measure()
    rate = float(str(admitted[0]["value"]))
    rows = [*admitted, *sheets.measure(rate), rules_workload.measure()]
    table = Table(title="make bench")
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
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
