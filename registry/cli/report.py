"""What became of a file's rows, told to a clerk and to programs."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from registry.cli.output import Output
from registry.clock import SHANGHAI
from registry.exchange.flow import Outcome
from registry.exchange.publisher import Delivered
from registry.exchange.rows import Row
from registry.exchange.sealed import SealedLog
from registry.ingest.forms import FormRow, describe, to_fix_csv, to_fix_jsonl
from registry.ingest.reasons import explain

_PLACE: Final = re.compile(r'[“"]?\{[a-z_]+\}[”"]?')
"""A place in the text of a reason: what stands there differs from row to row."""
SHOWN: Final = 20
"""Rows told on the screen; all of them are in the to-fix file and in the JSON document."""


def tell_rows(out: Output, outcome: Outcome) -> None:
    """Say how the rows fared, and name the cells of the first that have to be fixed."""
    for row in outcome.to_fix[:SHOWN]:
        for found in row.findings:
            source = explain(found.code).source
            out.say(
                f"第{row.form.row}行{describe(row.form, found)}"
                f"应为：{found.expected_zh}。依据：{source}。"
            )
            out.say(f"    row {row.form.row}: {found.en} Right: {found.expected_en}.")
    if len(outcome.to_fix) > SHOWN:
        more = len(outcome.to_fix) - SHOWN
        out.say(f"……另有 {more} 行", f"and {more} more rows")
    if outcome.to_fix and outcome.passed:
        out.say(
            f"其余{outcome.passed}行可先行报送。", f"The other {outcome.passed} rows can go on."
        )
    for code, count in outcome.warnings.most_common():
        reason = explain(code)
        zh, en = _PLACE.sub("…", reason.zh), _PLACE.sub("…", reason.en)
        out.say(f"提示 {code}：{count} 行，{zh}", en)
    out.say(
        f"共 {outcome.rows} 行：通过 {outcome.passed}，待修正 {len(outcome.to_fix)}，"
        f"已报送过 {outcome.repeated}",
        "rows: passed, to fix, published before",
    )


def write_to_fix(log: SealedLog, outcome: Outcome, *, as_json: bool) -> Path | None:
    """Store the rows that did not pass with the reasons beside them; None if all passed."""
    if not outcome.to_fix:
        return None
    rows = forms_to_fix(outcome.to_fix)
    if as_json:
        return log.write_to_fix("to-fix.jsonl", to_fix_jsonl(rows))
    return log.write_to_fix("to-fix.csv", to_fix_csv(rows))


def forms_to_fix(rows: Iterable[Row]) -> list[FormRow]:
    """Return the rows as they were typed, with everything found about them."""
    return [replace(row.form, findings=row.findings) for row in rows]


def tell_delivered(out: Output, delivered: Sequence[Delivered]) -> None:
    """Say which batches have a receipt now, and which of their records have no effect."""
    for one in delivered:
        at = _moment(one.receipt.time).strftime("%Y-%m-%d %H:%M:%S")
        out.say(
            f"已送达 {one.start}–{one.end}，节点于 {at}（北京时间）出具回执并已核验",
            "delivered, receipt verified",
        )
        for remark in one.quarantined:
            codes = ", ".join(found.code for found in remark.findings)
            out.say(f"  第 {remark.row} 条被隔离，不产生效力：{codes}", "quarantined")


def outcome_document(outcome: Outcome) -> dict[str, object]:
    """Return the members of the JSON document about a file's rows."""
    return {
        "rows": outcome.rows,
        "passed": outcome.passed,
        "repeated": outcome.repeated,
        "to_fix": [
            {
                "row": row.form.row,
                "findings": [
                    asdict(found) | {"column": row.form.column(found.pointer)}
                    for found in row.findings
                ],
            }
            for row in outcome.to_fix
        ],
        "warnings": dict(outcome.warnings.most_common()),
        "sealed": [{"from": start, "to": end} for start, end in outcome.sealed],
        "delivered": delivered_document(outcome.delivered),
    }


def delivered_document(delivered: Iterable[Delivered]) -> list[dict[str, object]]:
    """Return delivered batches for the JSON document."""
    return [
        {
            "from": one.start,
            "to": one.end,
            "root": one.receipt.root.hex(),
            "time": _moment(one.receipt.time).astimezone(UTC).isoformat(),
            "quarantined": [
                {"idx": remark.row, "codes": [found.code for found in remark.findings]}
                for remark in one.quarantined
            ],
        }
        for one in delivered
    ]


def _moment(time: int) -> datetime:
    return datetime.fromtimestamp(time, SHANGHAI)
