"""Files that doors send back, in all the forms they have: matched, named, masked, never guessed."""

import re
from typing import Any

import pytest

from registry.errors import Refusal
from registry.exports.returns import REASON_MAX, UNMATCHED_MAX, Sent, read_return
from registry.exports.templates import RETURNED
from registry.forms.columns import plain_header
from tests.registry.exports.test_columns import cases

SENT = [
    Sent(1, "甲罚〔2026〕1号", "91340200MA00000231", "甲公司"),
    Sent(2, "甲罚〔2026〕2号", "91340200MA00000231", "甲公司"),
    Sent(3, "甲罚〔2026〕3号", "", "丙"),
    Sent(4, "甲罚〔2026〕4号", "91340200MA00000231", "丁店"),
    Sent(5, "甲罚〔2026〕4号", "92340500MA23405745", "戊店"),
]


def expanded(text: str) -> str:
    """Return a text of a case; ×490因 stands for so many of it, ×20题 for rows of it."""
    text = re.sub(r"×(\d+)题", lambda m: "\n".join(["题"] * int(m[1])), text)
    return re.sub(r"×(\d+)(.)", lambda m: m[2] * int(m[1]), text)


@pytest.mark.parametrize("case", cases("returns.yaml"), ids=lambda case: case["why"])
def test_a_file_is_matched_row_by_row(case):
    data = expanded(case["text"]).encode(case.get("encoding", "utf-8"))
    if "refused" in case:
        with pytest.raises(Refusal) as refused:
            read_return(data, SENT)
        assert refused.value.detail_code == case["refused"]
        return
    found = read_return(data, SENT)
    got: dict[str, Any] = {"accepted": [], "rejected": []}
    for one in sorted(found.results):
        got[one.result].append(one.row)
    assert got == {"accepted": case.get("accepted", []), "rejected": case.get("rejected", [])}
    reasons = {one.row: one.reason for one in found.results if one.reason}
    said = {int(row): expanded(text) for row, text in case.get("reasons", {}).items()}
    assert {row: reasons[row] for row in said} == said
    assert all(one.reason == "" for one in found.results if one.result == "accepted")
    assert all(len(reason) <= REASON_MAX for reason in reasons.values())
    assert [[one.line, one.why] for one in found.unmatched] == case.get("unmatched", [])
    assert found.unmatched_count == len(found.unmatched)


def test_what_fits_none_is_listed_so_far_and_counted_through():
    rows = "".join(f"丁罚{n}号,成功\n" for n in range(UNMATCHED_MAX + 5))
    found = read_return(f"文号,结果\n甲罚〔2026〕1号,成功\n{rows}".encode(), SENT)
    assert (len(found.unmatched), found.unmatched_count) == (UNMATCHED_MAX, UNMATCHED_MAX + 5)
    assert [one.line for one in found.unmatched[:2]] == [3, 4]


def test_what_is_told_of_a_row_that_fits_none_is_short_and_masked():
    row = f"丁罚1号,11010519491231002X,{'长' * 300},待审"
    found = read_return(f"文号,代码,名称,结果\n{row}\n".encode(), SENT)
    (one,) = found.unmatched
    assert len(one.text) == 100
    assert one.text.startswith("丁罚1号 110*************2X 长长")


def test_nothing_that_was_sent_matches_nothing():
    found = read_return("行号,文号,结果\n1,甲罚〔2026〕1号,成功\n".encode(), [])
    assert (found.results, found.unmatched_count) == ((), 1)


def test_a_record_without_a_number_is_found_by_its_row_alone():
    found = read_return("行号,文号,结果\n1,,成功\n2,x,成功\n".encode(), [Sent(1, "", "", "甲")])
    assert [one.row for one in found.results] == [1]
    assert [one.why for one in found.unmatched] == ["no-such-row"]


def test_no_header_and_no_word_stands_for_two_things():
    for table in (RETURNED.headers, RETURNED.words):
        meant = {(plain_header(one), what) for what, names in table.items() for one in names}
        assert len(meant) == len({said for said, _ in meant})
    assert set(RETURNED.words) == {"accepted", "rejected"}
    assert {"row", "number", "result"} < set(RETURNED.headers)
