"""What is due, by which rule and how many working days; and the statement of a month."""

import csv
import io
from datetime import date, timedelta

import pytest

from registry.domain.calendar import nth_working_day
from registry.pages.texts import TEXTS
from registry.workbench.desk import AHEAD
from registry.workbench.statement import Statement, month_after, month_of, statement_csv
from registry.workbench_pages.due import SOON, Due
from signing.record import encode_record
from tests.registry.query.scene import other
from tests.registry.workbench.conftest import LABOUR, MARKET, Office, rows_of, sheet, works
from tests.registry.world import NANJING, Publisher

pytestmark = works
FINE = "罚款金额(万元)"
MONDAY = date(2026, 11, 23)


def decided(number: int, ago: int, **more: str) -> dict[str, str]:
    """Return a penalty of an organ with the short clock, decided so many days ago."""
    day = MONDAY - timedelta(days=ago)
    changes = {
        "处罚决定日期": day.isoformat(),
        "处罚有效期": "2027-11-23",
        "公示截止期": "2027-11-22",
        "处罚机关": "芜湖市人力资源和社会保障局",
        "类别认定单位": "芜湖市人力资源和社会保障局",
        **more,
    }
    (row,) = rows_of(number, changes)
    return row


@pytest.mark.parametrize(
    ("left", "urgency"), [(-1, "overdue"), (0, "soon"), (SOON, "soon"), (SOON + 1, "")]
)
async def test_how_urgent_a_thing_is(left, urgency):
    assert Due("x", MONDAY, left, "", "").urgency == urgency


async def test_drafts_are_due_by_working_days_with_their_rule(office: Office):
    rows = [
        decided(600, 5),  # Wednesday: the seventh working day is Friday
        decided(601, 5, **{FINE: "x"}),
        decided(602, 25),  # long over
        decided(603, 0),  # the seventh working day is beyond what is told
    ]
    place = await office.upload(sheet(rows), who="labour")
    shown = await office.text("labour", "/workbench")
    friday = nth_working_day(MONDAY - timedelta(days=5), 7).day
    over = nth_working_day(MONDAY - timedelta(days=25), 7).day
    for said in (
        "到期事项（2）",
        "已逾期 待报送 1 行 已超过报送期限",
        "待报送 2 行 距报送期限还有4个工作日（2026年11月27日，《",
        "（国办发〔2015〕51号）第17项）。",
    ):
        assert said in shown, (said, shown[:1500])
    assert (friday, over < MONDAY) == (date(2026, 11, 27), True)
    english = await office.text("labour", "/workbench", lang="en")
    assert "4 working days to the end of the term for reporting (2026-11-27," in english
    assert "item 17" in english
    # Others are told nothing of it; who sees all departments is.
    assert "待报送" not in await office.text("clerk", "/workbench")
    assert "待报送 2 行" in await office.text("publisher", "/workbench")
    for row in (1, 2, 3, 4):
        version = (await office.form("labour", place, row))["version"]
        await office.do("labour", f"{place}/row/{row}", "delete", version=version)
    assert "五个工作日内没有到期事项" in await office.text("labour", "/workbench")
    assert AHEAD == 5


async def test_what_others_have_sent_is_due_too(office: Office):
    clue = other(
        "clue_transfer", receiver={"name": MARKET, "division": "340200"},
        territory="340200", clue="trademark", facts="示例", basis="示例",
        transferred_on="2026-11-16", decided_on="2026-11-16", answer_by="2026-11-25",
        publication="government", severity={"class": "unclassified"}, id="c1",
        salt=f"{777:032x}",
    )  # fmt: skip
    push = other(
        "penalty_push", territory="340200", decided_on="2026-11-02", id="c2", salt=f"{778:032x}",
        cause={"origin": NANJING, "id": "p9", "entry": "00" * 64}, pushed_on="2026-11-02",
        publication="government", severity={"class": "unclassified"},
    )  # fmt: skip
    body = Publisher(NANJING).seal([encode_record(clue), encode_record(push)])
    headers = {"Content-Type": "application/vnd.registry.batch"}
    answer = await office.http.post(f"/log/{NANJING}/batch", content=body, headers=headers)
    assert answer.status_code == 200, answer.text
    shown = await office.text("clerk", "/workbench")
    assert "待答复：" in shown
    assert "距办理期限还有2个工作日（2026年11月25日，依来件载明的期限）。" in shown
    assert 'href="/inbox"' in (await office.ask("clerk", "GET", "/workbench")).text


async def test_the_statement_of_a_month(office: Office):
    late = decided(620, 60)
    place = await office.upload(sheet([late, decided(621, 60, **{FINE: "x"})]), who="labour")
    await office.do("labour", place, "send")
    await office.do("all", f"{place}/parcel/1", "reject", reason="缺少附件")
    await office.do("labour", place, "send")
    await office.do("all", f"{place}/parcel/2", "approve")
    await office.do("publisher", f"{place}/parcel/2", "seal")
    await office.settle("desk_parcels", "sealing")
    whole = await office.sealed(sheet(rows_of(630, {FINE: ""})))
    answer = await office.ask(
        "publisher", "GET", "/workbench/statement", params={"as": "csv", "month": "2026-11"}
    )
    assert answer.headers["content-disposition"].endswith('"statement-2026-11.csv"')
    table = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    said = {(row["部门"], row["项目"], row["代码"]): int(row["数量"]) for row in table}
    assert said[MARKET, "接收时的提示", "amount-missing"] == 1
    assert said[LABOUR, "复核退回次数", ""] == 1
    assert said[LABOUR, "其中逾期行数", ""] == 1
    assert said[LABOUR, "接收行数", ""] == 1
    assert said[LABOUR, "其中待修正行数", ""] >= 1
    assert said[LABOUR, "收到行数", ""] >= 2
    assert all(row["说明"] for row in table if row["代码"])
    page = await office.text("publisher", "/workbench/statement")
    assert "月度报送报表" in page
    assert LABOUR in page
    assert "amount-missing 1" in page
    own = await office.text("labour", "/workbench/statement")
    assert MARKET not in own.split("收到行数")[1]
    empty = await office.text("publisher", "/workbench/statement", month="2026-10")
    assert TEXTS["workbench.statement-none"].zh in empty
    wrong = await office.ask(
        "publisher", "GET", "/workbench/statement", params={"month": "2026-13"}
    )
    assert (wrong.status_code, "月份应写作" in wrong.text) == (400, True)
    assert await office.states(whole) == ["admitted"]


async def test_months_and_names_that_a_spreadsheet_would_compute():
    assert month_after(month_of("2026-12")) == date(2027, 1, 1)
    assert month_after(month_of("2026-11")) == date(2026, 12, 1)
    made = Statement(month_of("2026-11"), (("=1+1", "uploaded", "", 3), ("", "late", "", 1)))
    text = statement_csv(made, "芜湖市", {"overdue": 2}).decode("utf-8-sig")
    assert "2026-11,'=1+1,收到行数,,,3" in text
    assert "2026-11,芜湖市,其中逾期行数,,,1" in text
    assert made.departments() == ["=1+1", ""]
    assert (made.of("=1+1", "uploaded"), made.of("", "uploaded")) == (3, 0)
