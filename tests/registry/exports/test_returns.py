"""Files that doors send back: matched with what was sent, or named; never guessed."""

import io
import tomllib
from pathlib import Path

import pytest
import xlsxwriter

from registry.errors import MalformedRefusal, TooLargeRefusal
from registry.exports.returns import BODY_MAX, Sent, read_return

SENT = [
    Sent(1, "芜市监罚〔2026〕1号", "91340200MA00000231", "甲公司"),
    Sent(2, "芜市监罚〔2026〕2号", "91340200MA00000232", "乙公司"),
    Sent(3, "芜市监罚〔2026〕2号", "", "丙"),
]

CASES = tomllib.loads(Path(__file__).with_name("returns.toml").read_text(encoding="utf-8"))["case"]


def said(text: str) -> tuple[list[tuple[int, str, str]], list[tuple[int, str]]]:
    found = read_return(text.encode(), SENT)
    assert found.unmatched_count == len(found.unmatched)
    return [tuple(one) for one in found.results], [(one.line, one.why) for one in found.unmatched]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_row_means_one_that_was_sent_or_none(case):
    results, unmatched = said(f"{case['head']}\n{case['row']}\n")
    if "why" in case:
        assert (results, unmatched) == ([], [(2, case["why"])])
    else:
        assert (results, unmatched) == ([(case["sent"], case["result"], case["reason"])], [])


def test_what_fits_none_is_named():
    results, unmatched = said(
        "结果清单\n行号,文号,结果,原因\n"
        "1,,成功,\n2,芜市监罚〔2026〕2号,失败,证件号码 11010519491231002X 有误\n"
        ",芜市监罚〔2026〕2号,成功,\n9,,成功,\n3,芜市监罚〔2026〕1号,也许,\n,,,\n"
    )
    assert results == [(1, "accepted", ""), (2, "rejected", "证件号码 110*************2X 有误")]
    assert unmatched == [(5, "several-rows"), (6, "no-such-row"), (7, "unknown-result")]


def test_the_last_word_about_a_row_counts():
    results, _ = said("文号\t结果\n芜市监罚〔2026〕1号\t失败\n芜市监罚〔2026〕1号\t成功\n")
    assert results == [(1, "accepted", "")]


def test_a_workbook_is_read_too():
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        book.add_worksheet("说明").write_string(0, 0, "本表由平台生成")
        sheet = book.add_worksheet("结果")
        for row, cells in enumerate([("序号", "入库结果"), (1, "成功"), (2, "退回")]):
            for column, cell in enumerate(cells):
                sheet.write(row, column, cell)
    found = read_return(out.getvalue(), SENT)
    assert [(one.row, one.result) for one in found.results] == [(1, "accepted"), (2, "rejected")]


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "文号,原因\n1,2\n", "结果\n成功\n"])
def test_a_file_without_the_columns_is_refused(text):
    with pytest.raises(MalformedRefusal) as refused:
        read_return(text.encode(), SENT)
    assert refused.value.detail_code == "unknown-return"


def test_a_file_is_bounded():
    with pytest.raises(TooLargeRefusal):
        read_return(b"x" * (BODY_MAX + 1), SENT)
    rows = "行号,结果\n1,成功\n2,成功\n"
    assert len(read_return(rows.encode(), SENT, most=2).results) == 2
    with pytest.raises(TooLargeRefusal):
        read_return(f"{rows}3,成功\n".encode(), SENT, most=2)
