"""An objection as it is when it was just filed."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from registry.store.objections import KeptObjection

NEW = KeptObjection(
    id="0" * 31 + "1",
    number="异〔2026〕340200-0001号",
    member="340200",
    department="芜湖市市场监督管理局",
    subject="1" * 32,
    name="芜湖示例建设有限公司",
    origin="xinyong.wuhu.example/credit",
    idx=3,
    record_id="p1",
    headline="行政处罚信息（芜市监罚〔2026〕1号 罚款）",
    organ="芜湖市市场监督管理局",
    about="record",
    measure="",
    territory="",
    received_on=date(2026, 11, 23),
    filed_at=datetime(2026, 11, 23, 4, tzinfo=UTC),
    filed_by="key:a",
    counter=False,
    version=1,
    stage="received",
    pending="",
    draft="",
    accept_by=date(2026, 11, 26),
    decide_by=date(2026, 12, 2),
    extended=False,
    forwarded="",
    reply_by=None,
    reply="",
    mark_by=None,
    mark_idx=None,
    mark_at="",
    outcome="",
    consequence="",
    decided_on=None,
    outcome_idx=None,
    outcome_at="",
    correct_by=None,
    correct_idx=None,
    correct_at="",
    closed_on=None,
    kept_until=None,
)


def like(**changes: Any) -> KeptObjection:
    """Return an objection with other members; days may be written as text."""
    read = {
        name: date.fromisoformat(value) if name.endswith(("_by", "_on")) and isinstance(value, str)
        else value
        for name, value in changes.items() if name != "filed_by"
    }  # fmt: skip
    return replace(NEW, **read)
