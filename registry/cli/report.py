"""What became of a file's rows, told to a clerk and to programs."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from registry.cli.output import Output
from registry.clock import SHANGHAI
from registry.exchange.flow import Outcome
from registry.exchange.home import Delivered
from registry.exchange.rows import Row
from registry.exchange.sealed import SealedLog
from registry.forms.files import (
    ClerkFile,
    FormRow,
    Kind,
    cell_name,
    describe,
    to_fix_csv,
    to_fix_jsonl,
)
from registry.forms.sheets_write import to_fix_workbook
from registry.ingest.reasons import explain

_PLACE: Final = re.compile(r'[“"]?\{[a-z_]+\}[”"]?')
"""A place in the text of a reason: what stands there differs from row to row."""
_LEFT_OUT: Final = {
    "note": ("不是记录，未读取的行", "a note or a sum, not a record"),
    "header": ("重复的表头，未读取的行", "the header again, not a record"),
    "unknown-sheet": ("没有模板表头，未读取的工作表", "a sheet without the header of a template"),
    "hidden-sheet": ("隐藏的工作表，未读取；需要报送的请先取消隐藏", "hidden: not read"),
    "example-sheet": ("示例或说明工作表，未读取", "an example or a guide, not read"),
    "hidden-rows": ("工作表中有隐藏或筛选掉的行，也已读取", "hidden rows were read too"),
}
SHOWN: Final = 20
"""Rows told on the screen; all of them are in the to-fix file and in the JSON document."""


def tell_rows(out: Output, outcome: Outcome) -> None:
    """Say how the rows fared, and name the cells of the first that have to be fixed."""
    for row in outcome.to_fix[:SHOWN]:
        for found in row.findings:
            source = explain(found.code).source
            out.say(
                f"{row.form.place(found.pointer)}{describe(row.form, found)}"
                f"应为：{found.expected_zh}。依据：{source}。"
            )
            at = row.form.cell(found.pointer) or f"row {row.form.row}"
            out.say(f"    {at}: {found.en} Right: {found.expected_en}.")
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
        places = outcome.warned_at[code]
        at = "、".join(places) + ("等" if count > len(places) else "")
        out.say(f"提示 {code}：{count} 行，{zh}（{at}）", en)
    out.say(
        f"共 {outcome.rows} 行：通过 {outcome.passed}，待修正 {len(outcome.to_fix)}，"
        f"已报送过 {outcome.repeated}",
        "rows: passed, to fix, published before",
    )


def tell_left_out(out: Output, opened: ClerkFile) -> None:
    """Say what in a file was not read as a record, and why."""
    for one in opened.left_out[:SHOWN]:
        zh, en = _LEFT_OUT[one.why]
        at = cell_name(one.sheet, str(one.row)) if one.row else one.sheet
        out.say(f"{zh}：{at}" + (f"（{one.text}）" if one.text else ""), en)
    if len(opened.left_out) > SHOWN:
        out.say(f"……另有 {len(opened.left_out) - SHOWN} 处", "and more")


def left_out_document(opened: ClerkFile | None) -> dict[str, object]:
    """Return the member of the JSON document about what was left out."""
    return {"left_out": [asdict(one) for one in opened.left_out] if opened else []}


def write_to_fix(log: SealedLog, outcome: Outcome, kind: Kind) -> Path | None:
    """Store the rows that did not pass with the reasons beside them; None if all passed."""
    return log.write_to_fix(*to_fix_file(outcome, kind)) if outcome.to_fix else None


def to_fix_file(outcome: Outcome, kind: Kind) -> tuple[str, bytes]:
    """Return the name and bytes of the to-fix file, of the same kind as what came in."""
    rows = forms_to_fix(outcome.to_fix)
    match kind:
        case "json":
            return "to-fix.jsonl", to_fix_jsonl(rows)
        case "csv":
            return "to-fix.csv", to_fix_csv(rows)
        case "workbook":
            return "to-fix.xlsx", to_fix_workbook(rows)


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
        if one.awaiting:
            out.say(f"  等待见证：{'、'.join(one.awaiting)}", "awaiting witnesses of these nodes")
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
                "sheet": row.form.sheet,
                "findings": [
                    asdict(found)
                    | {
                        "column": row.form.column(found.pointer),
                        "cell": row.form.cell(found.pointer),
                    }
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
            "awaiting": one.awaiting,
        }
        for one in delivered
    ]


def _moment(time: int) -> datetime:
    return datetime.fromtimestamp(time, SHANGHAI)
