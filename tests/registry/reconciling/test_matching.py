"""Repair notices: each row makes a repair of one record of ours, or is told why not."""

from typing import Any

import msgspec
import pytest

from registry.errors import MalformedRefusal, NotFoundRefusal, TooLargeRefusal
from registry.reconciling import notices
from registry.reconciling.drafts import lines_of
from tests.registry.query.scene import uscc
from tests.registry.reconciling.conftest import Reconciled, works
from tests.registry.reconciling.scene import MEMBER, NOTICE_HEADERS, ORGAN, number, sheet
from tests.registry.reconciling.test_keys import cases
from tests.registry.reconciling.test_reading import book

pytestmark = works
CASES = cases("matched.yaml")
PLAIN = ("某公司", "", "", "信修〔2026〕7号", ORGAN, "2026-11-20", "准予修复")
FIRST = 100
"""The record of the first case: those before it are other tests'."""


def notice(serial: int, given: dict[str, str] | None = None) -> dict[str, str]:
    code = uscc(serial)
    row = dict(zip(NOTICE_HEADERS, PLAIN, strict=True))
    row |= {"统一社会信用代码": code, "行政处罚决定书文号": number(serial)}
    for header, said in (given or {}).items():
        text = said.replace("{n}", str(serial))
        text = text.replace("{code_spaced}", f" {code[:8].lower()} {code[8:].lower()}")
        one, mark, times = text.partition("*")
        row[header] = one * int(times) if mark else text
    return row


async def test_each_notice_makes_a_repair_or_is_told_why_not(reconciled: Reconciled):
    places = [FIRST + at for at in range(len(CASES))]
    rows = [notice(n, case.get("given")) for n, case in zip(places, CASES, strict=True)]
    found = await reconciled.desk.notices(MEMBER, sheet(rows))
    assert found.rows == len(CASES)
    told: dict[int, list[list[str]]] = {}
    for one in found.reasons:
        told.setdefault(one.line, []).append([one.code, one.column])
        assert one.noted is (one.code == "before-earliest")
        assert one.cell == f"{'ABCDEFG'[NOTICE_HEADERS.index(one.column)]}{one.line}"
        assert all((one.zh, one.en, one.right_zh, one.right_en, one.rule)), one.code
        assert not {"{", "}"} & set(one.zh + one.en + one.right_zh + one.right_en + one.rule)
    got = {case["why"]: told.get(at, []) for at, case in enumerate(CASES, start=2)}
    assert got == {case["why"]: case["said"] for case in CASES}
    assert [one.line for one in found.reasons] == sorted(one.line for one in found.reasons)
    # A repair for each that nothing keeps from it, in the order of the file, of the right record.
    made = [(n, case) for n, case in zip(places, CASES, strict=True)
            if not case["said"] or case.get("made")]  # fmt: skip
    subjects: list[Any] = [one["subject"] for one in found.drafts]
    assert [one["uscc"] for one in subjects] == [uscc(n) for n, _ in made]
    assert {one["type"] for one in found.drafts} == {"repair"}
    ids = [one["target"]["id"] for one in msgspec.json.decode(
        b"[" + lines_of(found.drafts).strip().replace(b"\n", b",") + b"]")]  # fmt: skip
    assert ids == [f"p{n}" for n, _ in made]
    # Nothing says what a cell said.
    assert "11010519491231002X" not in str(found.reasons)


async def test_one_repair_of_one_decision_whatever_the_sheet(reconciled: Reconciled):
    rows = [notice(FIRST + 90), notice(FIRST + 91)]
    cells = [tuple(row.values()) for row in rows]
    again = [("", *NOTICE_HEADERS), ("", *cells[0]), ("", *cells[0])]
    data = book(("一", [NOTICE_HEADERS, *cells]), ("二", again))
    found = await reconciled.desk.notices(MEMBER, data)
    assert (found.rows, len(found.drafts)) == (4, 2)
    assert [(one.code, one.line, one.cell) for one in found.reasons] == [
        ("twice", 2, "二!D2"),
        ("twice", 3, "二!D3"),
    ]
    assert found.reasons[0].zh == "与第2行是同一决定的修复通知"


async def test_what_is_prepared_is_not_yet_done(reconciled: Reconciled):
    """Until the repair is in the log the same notice prepares it again."""
    data = sheet([notice(FIRST + 92)])
    one, two = [await reconciled.desk.notices(MEMBER, data) for _ in range(2)]
    assert one.drafts == two.drafts
    (made,) = one.drafts
    assert (made["decided_on"], made["effective_on"]) == ("2026-11-20", "2026-11-20")
    assert (made["decision_no"], made["text"]) == ("信修〔2026〕7号", "准予修复")


async def test_a_file_of_notices_is_bounded_and_the_member_s_own(
    reconciled: Reconciled, monkeypatch: pytest.MonkeyPatch
):
    desk = reconciled.desk
    monkeypatch.setattr(notices, "NOTICES_MAX", 2)
    rows = [notice(FIRST + 93 + at) for at in range(3)]
    assert (await desk.notices(MEMBER, sheet(rows[:2]))).rows == 2
    with pytest.raises(TooLargeRefusal) as many:
        await desk.notices(MEMBER, sheet(rows))
    assert many.value.detail_code == "too-many-rows"
    with pytest.raises(NotFoundRefusal):
        await desk.notices("999999", sheet(rows))
    with pytest.raises(MalformedRefusal) as none:
        await desk.notices("341100", sheet(rows))
    assert none.value.detail_code == "no-log"
    foreign = await desk.notices("320100", sheet(rows[:2]))
    assert {one.code for one in foreign.reasons} == {"other-member"}
    assert foreign.drafts == []
