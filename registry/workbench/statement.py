"""The monthly statement: what each department sent, what became records, with which warnings."""

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

from registry.clock import SHANGHAI
from registry.errors import MalformedRefusal
from registry.ingest.reasons import explain

_MONTH: Final = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")
_HEADERS: Final = ("月份", "部门", "项目", "代码", "说明", "数量")
_ITEMS: Final = {
    "uploaded": "收到行数",
    "to-fix": "其中待修正行数",
    "rejected": "复核退回次数",
    "admitted": "接收行数",
    "late": "其中逾期行数",
    "warning": "接收时的提示",
}

OBJECTIONS: Final = {
    "received": "收到异议件数",
    "declined": "其中不予受理件数",
    "upheld": "异议成立或者部分成立件数",
    "rejected": "异议不成立件数",
    "decided_late": "逾期答复件数",
    "overdue": "目前逾期异议件数",
}


@dataclass(frozen=True, slots=True)
class Statement:
    """A month, and (department, what, code, rows) as `registry.store.workbench.COUNTED` says."""

    month: date
    counted: tuple[tuple[str, str, str, int], ...]

    def departments(self) -> list[str]:
        """Return whose figures there are."""
        return list(dict.fromkeys(department for department, *_ in self.counted))

    def of(self, department: str, what: str) -> int:
        """Return one figure."""
        return sum(n for d, w, _, n in self.counted if (d, w) == (department, what))

    def warnings(self, department: str) -> list[tuple[str, int]]:
        """Return the warnings of a department by code."""
        return [(code, n) for d, w, code, n in self.counted if (d, w) == (department, "warning")]


def month_of(text: str) -> date:
    """Return the first day of a month; raises MalformedRefusal ``bad-month``."""
    found = _MONTH.fullmatch(text)
    if found is None:
        raise MalformedRefusal(
            "月份应写作 2026-11。", "Write a month as 2026-11.", code="bad-month"
        )
    return date(int(found[1]), int(found[2]), 1)


def month_after(first: date) -> date:
    """Return the first day of the month after."""
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)


def start_of(day: date) -> datetime:
    """Return the moment at which a day begins in Asia/Shanghai."""
    return datetime.combine(day, time(), SHANGHAI)


def statement_csv(statement: Statement, member: str, objections: Mapping[str, int]) -> bytes:
    """Return the statement as CSV, one figure a line; spreadsheets read no formula in it.

    ``objections``: how many of `OBJECTIONS` there are of the member or department.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(_HEADERS)
    for department, what, code, rows in statement.counted:
        name = department or member
        safe = f"'{name}" if name[:1] in {"=", "+", "-", "@"} else name
        said = explain(code).zh if code else ""
        writer.writerow((f"{statement.month:%Y-%m}", safe, _ITEMS[what], code, said, rows))
    for what, count in objections.items():
        writer.writerow((f"{statement.month:%Y-%m}", member, OBJECTIONS[what], "", "", count))
    return ("\ufeff" + out.getvalue()).encode()
