"""Repair notices: matched by code, number and organ together; each row that is not says why."""

from typing import Any

import msgspec
import pytest

from registry.errors import MalformedRefusal, NotFoundRefusal, TooLargeRefusal
from registry.reconciling import notices as module
from registry.reconciling.drafts import SOURCE
from registry.reconciling.notices import Imported
from tests.registry.query.scene import uscc
from tests.registry.reconciling.conftest import Reconciled, works
from tests.registry.reconciling.scene import MEMBER, NOTICE_HEADERS, ORGAN, Row, number, sheet
from tests.registry.reconciling.test_files import cases

pytestmark = works
ELSEWHERE = "341100"


def serial_of(reconciled: Reconciled, what: str) -> int:
    """Return the number of a record of the scene by what was planted in it."""
    if what == "alike":
        return 7
    places = {"withdrawn": ("ended-here", 1), "other-member": ("missing-here", 1)}
    kind, at = places.get(what, (what, 0))
    said = [text for found, text in reconciled.world.wanted if found == kind][at]
    return int(said.partition("〕")[2].removesuffix("号"))


def notice(serial: int, **changes: str) -> Row:
    said = (
        "某企业",
        uscc(serial),
        number(serial),
        "信修〔2026〕1号",
        ORGAN,
        "2026-11-20",
        "准予修复",
    )
    return dict(zip(NOTICE_HEADERS, said, strict=True)) | changes


async def imported(reconciled: Reconciled, *rows: Row) -> Imported:
    return await reconciled.desk.notices(MEMBER, sheet(list(rows)))


@pytest.mark.parametrize("case", cases("notices"), ids=lambda case: case["情形"])
async def test_one_notice(reconciled: Reconciled, case: dict[str, Any]):
    serial = serial_of(reconciled, case.get("对象", "alike"))
    changes = {name: text.format(n=serial) for name, text in case.get("改", {}).items()}
    found = await imported(reconciled, notice(serial, **changes))
    prepared = case["结果"] == "准备"
    assert (found.rows, len(found.drafts)) == (1, int(prepared)), found.reasons
    wanted = case.get("提示") if prepared else case["结果"]
    assert [(one.code, one.noted) for one in found.reasons] == (
        [(wanted, prepared)] if wanted else []
    )
    for one in found.reasons:
        assert (one.line, one.column) == (2, case["列"])
        assert one.cell == f"{'ABCDEFG'[NOTICE_HEADERS.index(case['列'])]}2"
        assert case.get("应为", "") in one.right_zh
        assert all((one.zh, one.en, one.right_zh, one.right_en, one.rule))
        assert changes.get("统一社会信用代码") not in {one.zh, one.right_zh}


async def test_a_draft_keeps_the_number_and_names_the_record(reconciled: Reconciled):
    serial = serial_of(reconciled, "alike")
    found = await imported(reconciled, notice(serial))
    (draft,) = found.drafts
    assert draft["type"] == "repair"
    assert draft["decision_no"] == "信修〔2026〕1号"
    assert (draft["decided_on"], draft["effective_on"]) == ("2026-11-20", "2026-11-20")
    assert draft["text"] == "准予修复"
    assert draft["provenance"] == {"kind": "relayed", "source": SOURCE, "checked_on": "2026-11-23"}
    target = draft["target"]
    assert isinstance(target, dict)
    assert target["id"] == f"p{serial}"
    whole = msgspec.json.encode(draft).decode()
    assert "legal_representative" not in whole
    assert draft["authority"] == reconciled.world.ours[serial - 1]["authority"]


async def test_a_file_of_many_says_each_row(reconciled: Reconciled):
    rows = [notice(serial) for serial in range(1, 21)]
    rows += [notice(3), notice(4, 统一社会信用代码="?"), notice(5, 处理结果="不予修复")]
    found = await imported(reconciled, *rows)
    assert found.rows == 23
    assert len(found.drafts) == 20
    assert [(one.line, one.code) for one in found.reasons] == [
        (22, "twice"),
        (23, "bad-code"),
        (24, "not-granted"),
    ]
    assert "第4行" in found.reasons[0].zh


async def test_bounds_and_members(reconciled: Reconciled, monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(NotFoundRefusal):
        await reconciled.desk.notices("110000", b"x")
    with pytest.raises(MalformedRefusal) as none:
        await reconciled.desk.notices(ELSEWHERE, sheet([notice(1)]))
    assert none.value.detail_code == "no-log"
    monkeypatch.setattr(module, "NOTICES_MAX", 2)
    with pytest.raises(TooLargeRefusal) as many:
        await imported(reconciled, *[notice(serial) for serial in (1, 2, 3)])
    assert many.value.detail_code == "too-many-rows"
