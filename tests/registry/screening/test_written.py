"""Results taken away: as CSV and workbook, complete, and never a formula."""

import csv
import io
from typing import Any

import openpyxl
import pytest
from msgspec.structs import replace

from registry.rules.model import Suspension
from registry.screening import written
from registry.screening.matching import REASONS
from registry.screening.model import EFFECTS, JUDGED, KINDS
from tests.registry.access.conftest import ONE, Desk
from tests.registry.query.scene import AUDITOR, FIRM, TODAY, WUHU, listing, uscc
from tests.registry.query.test_pushes import ADOPTED
from tests.registry.screening.conftest import LISTS, made, send

EVIL = ("=1+1", "+86", "-2", "@SUM(A1)", "\tx", '=HYPERLINK("http://x")')


@pytest.fixture
async def screened(desk: Desk) -> tuple[Desk, dict[str, Any]]:
    await desk.scene.rules(ADOPTED)
    await desk.scene.one(WUHU, listing())
    odd = "".join(f'"{one.replace(chr(34), chr(34) * 2)}",\n' for one in EVIL)
    body = f"名称,代码\n{FIRM},{uscc(1)}\n芜湖示列建设有限公司,\n{odd},\n{FIRM},{uscc(1)}\n"
    view = await made(desk, body, matter="public_funds", name="名单")
    said = {"row": 2, "subject": ONE, "judgement": "unsure"}
    assert (await send(desk, "POST", f"{LISTS}/{view['id']}/judgements", json=said)).is_success
    return desk, view


async def taken(desk: Desk, view: dict[str, Any], kind: str) -> bytes:
    answer = await send(desk, "GET", f"{LISTS}/{view['id']}/file", params={"answer": kind})
    assert answer.status_code == 200
    name = f'attachment; filename="screening-{view["id"][:8]}.{kind}"'
    assert answer.headers["content-disposition"] == name
    return answer.content


async def test_files_hold_every_row_with_reasons_and_law(screened):
    desk, view = screened
    text = (await taken(desk, view, "csv")).decode("utf-8-sig")
    head, *lines = csv.reader(io.StringIO(text, newline=""))
    assert tuple(head) == written.COLUMNS
    assert len(lines) == view["lines"] == 3 + len(EVIL) + 1
    assert [line[3] for line in lines[:2]] == ["已查得", "待人工确认"]
    first, second, last = lines[0], lines[1], lines[-1]
    assert first[5:10] == ["代码和名称一致", "1.00", FIRM, uscc(1), ""]
    assert "——管理措施；承办机关：" in first[10]
    assert "保障农民工工资支付条例" in first[10]
    assert first[11] == "manage"
    assert second[12] == f"{FIRM}（{uscc(1)}，0.44）"
    assert second[13].startswith(f"{FIRM}：无法判断（key:")
    assert last[14] == "与第 1 条相同"
    assert lines[2][14] == written.NOT_FOUND
    assert [line[3] for line in lines[2:8]] == ["未查询到"] * 6
    assert all(cell[:1] not in {"=", "+", "-", "@", "\t", "\r"} for line in lines for cell in line)

    book = openpyxl.load_workbook(io.BytesIO(await taken(desk, view, "xlsx")))
    assert book.sheetnames == ["筛查结果", "说明"]
    rows = [[cell.value or "" for cell in row] for row in book["筛查结果"].iter_rows()]
    assert rows[1] == first
    assert {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row} <= {
        "s",
        "n",
    }
    said = dict(row for row in book["说明"].iter_rows(values_only=True))
    assert said["用途"] == "示例项目投标人资格审查"
    assert "不表示该主体不存在" in said["未查询到"]
    assert "不是行政决定" in said["措施适用提示"]
    assert said["芜湖市数据截至"].startswith("20")
    assert said["滁州市数据截至"] == "无"
    assert said[f"所依据日志 {WUHU}"].startswith("7 ")


async def test_a_measure_without_end_or_suspended_says_so(screened):
    desk, _ = screened
    answer = await desk.scene.reader.decide(ONE, "320100", "public_funds", "", TODAY, AUDITOR)
    (measure,) = answer.decision.measures
    assert written.measure_text(measure).endswith("期限：2026-03-10至2029-03-10")
    stayed = replace(
        measure, state="suspended", last_day=None, suspended_by=(Suspension("stay", "x"),)
    )
    text = written.measure_text(stayed)
    assert "，已中止；" in text
    assert text.endswith("至长期")


def test_every_word_has_a_text():
    assert set(written.KINDS) == set(KINDS)
    assert set(written.EFFECTS) == set(EFFECTS)
    assert set(REASONS) <= set(written.REASONS)
    assert set(written.JUDGED) == set(JUDGED) - {"undone"}
