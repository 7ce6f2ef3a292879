"""What a door was sent, sent back, was told of and is sent again; and what nobody should ask."""

from datetime import date

import pytest

from registry.store.exports import ExportStore
from registry.store.logs import log_id_of
from tests.registry.export_pages.test_exports import (
    ORGAN,
    file_of,
    firm,
    hand_in,
    made,
    make,
    numbers,
    penalty,
    sheet_of,
    shown,
    state,
)
from tests.registry.query.scene import Placed, act
from tests.registry.workbench.conftest import Office, works
from tests.registry.world import NANJING

pytestmark = works
UNIT = {"name": "南京市示例局", "uscc": ORGAN["uscc"]}
ASKED = {"unit": UNIT["name"], "door": "discipline"}
"""The records of these tests are this department's: others in the log do not matter."""


async def upon(office: Office, kind: str, target: Placed, serial: int, on: str, **more: object):
    subject = firm(serial)
    (placed,) = await state(office, act(kind, target, on, subject=subject, authority=ORGAN, **more))
    return placed


async def nothing(office: Office, what: str) -> None:
    answer = await make(office, status=200, what=what, **ASKED)
    assert "没有可以导出的信息" in answer.text


@pytest.fixture(scope="module")
def stated() -> dict[str, Placed]:
    return {}


async def test_what_stands_again_is_sent_again_and_only_then(office: Office, stated):
    placed = await state(office, *(penalty(n, source_unit=UNIT) for n in (101, 102, 103, 104)))
    stated.update({one.id: one for one in placed})
    first = await made(office, **ASKED)
    assert numbers(await sheet_of(office, first)) == ["101", "102", "103", "104"]
    await nothing(office, "new")
    await nothing(office, "ended")
    # A repair in the future ends nothing yet; one of today does, and the door is told once.
    await upon(office, "repair", stated["p103"], 103, "2026-11-24")
    await nothing(office, "ended")
    repair = await upon(office, "repair", stated["p101"], 101, "2026-11-23")
    told = await made(office, what="ended", **ASKED)
    assert "信用修复，2026年11月23日起" in await shown(office, told)
    await nothing(office, "ended")
    await nothing(office, "new")
    await file_of(office, first, status=409)
    # The repair is taken back: the record is shared again, and the door is sent it again.
    await upon(office, "withdrawal", repair, 101, "2026-11-23")
    again = await made(office, **ASKED)
    assert numbers(await sheet_of(office, again)) == ["101"]
    await file_of(office, first)
    await nothing(office, "new")
    await nothing(office, "ended")
    # Then it is withdrawn for good, and the door is told where it last had it from.
    await upon(office, "withdrawal", stated["p101"], 101, "2026-11-23")
    told = await made(office, what="ended", **ASKED)
    page = await shown(office, told)
    assert "撤销，2026年11月23日起" in page
    (row,) = await ExportStore(office.node.db).rows(
        log_id_of(NANJING), int(told.rpartition("/")[2]), 0, 10
    )
    assert (row.ended, row.ended_on, row.was_row) == ("withdrawn", date(2026, 11, 23), 1)
    assert row.was_number == int(again.rpartition("/")[2])


async def test_what_a_door_sent_back_it_does_not_hold(office: Office, stated):
    wish = {**ASKED, "what": "all"}
    place = await made(office, **wish)
    assert numbers(await sheet_of(office, place)) == ["102", "103", "104"]
    text = "行号,结果,原因\n1,退回,缺项\n2,成功,\n3,退回,缺项\n"
    for export in (place,):
        await hand_in(office, export, text)
    first = str(int(place.rpartition("/")[2]) - 4)
    head = "文号,结果\n"
    await hand_in(office, f"/exports/{first}", f"{head}宁市监罚〔2026〕102号,退回\n")
    # 102 was sent back both times, 104 the second time only: of the first file the door has it.
    for serial in (102, 104):
        await upon(office, "repair", stated[f"p{serial}"], serial, "2026-11-22")
    told = await made(office, what="ended", **ASKED)
    rows = await ExportStore(office.node.db).rows(
        log_id_of(NANJING), int(told.rpartition("/")[2]), 0, 10
    )
    assert [(row.idx, row.was_number, row.was_row) for row in rows] == [
        (stated["p104"].idx, int(first), 4)
    ]
    # The last word about a row counts, and the counts are those of rows, not of files.
    await hand_in(office, place, "行号,结果\n1,成功\n")
    page = await shown(office, place)
    assert "已接收 2" in page
    assert "被退回 1" in page
    assert "未回执" not in page


async def test_a_withdrawal_counts_for_a_door_from_the_day_it_was_decided(office: Office):
    """Whoever were told the later day of its effect would show it until then."""
    unit = {"name": "南京市示例二局", "uscc": ORGAN["uscc"]}
    asked = {"unit": unit["name"], "door": "credit-china", "format": "xml"}
    (placed,) = await state(office, penalty(105, source_unit=unit))
    await made(office, **asked)
    await upon(office, "withdrawal", placed, 105, "2026-11-20", effective_on="2026-12-01")
    told = await made(office, what="ended", **asked)
    body = (await file_of(office, told)).content.decode()
    assert "<LX>撤销</LX><RQ>2026-11-20</RQ>" in body


async def test_a_file_that_comes_back_with_what_no_store_takes(office: Office):
    place = await made(office, what="all", unit=UNIT["name"], door="province")
    rows = "文号,结果,原因\n" + "\n" * 1100 + "宁市监罚〔2026〕103号,退回,缺\0项\n别\0号,成功,\n"
    await hand_in(office, place, rows)
    page = await shown(office, place, state="rejected")
    assert "缺项" in page
    assert "别号" in page


@pytest.mark.parametrize(
    "wrong",
    [
        {"unit": "局\0"},
        {"submission": "0\0"},
        {"submission": "0" * 500},
        {"after": "-1"},
        {"after": "9" * 40},
        {"parcel": "9" * 40},
        {"decided_from": "2026-02-30"},
        {"member": "340200"},
    ],
    ids=str,
)
async def test_what_cannot_be_asked_is_refused_by_name(office: Office, wrong):
    answer = await make(office, status=400, **{**ASKED, **wrong})
    assert "导出条件有误" in answer.text


async def test_the_ends_of_the_calendar_bound_nothing(office: Office):
    place = await made(
        office,
        **ASKED,
        what="all",
        admitted_from="0001-01-01",
        admitted_to="9999-12-31",
        decided_from="0001-01-01",
        decided_to="9999-12-31",
    )
    assert numbers(await sheet_of(office, place)) == ["103"]


@pytest.mark.parametrize("number", ["0", "2147483647", "2147483648", "9" * 30, "-1", "x"])
async def test_a_number_that_no_export_has_is_none(office: Office, number):
    for place in (f"/exports/{number}", f"/exports/{number}/file"):
        assert (await office.ask("nanjing", "GET", place)).status_code in {400, 404}
