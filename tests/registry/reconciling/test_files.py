"""Files of the national side: read whatever their form, and named in place where they are bad."""

import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from ruamel.yaml import YAML

from registry.errors import MalformedRefusal, Refusal, TooLargeRefusal
from registry.reconciling import files as module
from registry.reconciling.files import COLUMNS, read_rows
from registry.reconciling.keys import number_form
from registry.reconciling.model import Problem, Theirs
from registry.reconciling.reasons import REASONS
from registry.reconciling.statuses import AT_ONCE, Statuses
from tests.registry.reconciling.scene import HEADERS, ORGAN, row, sheet

HERE = Path(__file__).parent


def cases(name: str) -> list[dict[str, Any]]:
    read = YAML(typ="safe", pure=True)
    found: list[dict[str, Any]] = read.load((HERE / f"{name}.yaml").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("case", cases("numbers"), ids=lambda case: case["二"])
def test_two_spellings_of_a_number(case: dict[str, Any]):
    assert (number_form(case["一"]) == number_form(case["二"])) is case["同"]
    assert number_form(number_form(case["二"])) == number_form(case["二"])


@pytest.mark.parametrize("case", cases("headers"), ids=lambda case: case["表头"])
def test_usual_headers_are_known(case: dict[str, Any]):
    kind = case["文件"]
    names = {column: words[0] for column, words in getattr(COLUMNS, kind).items()}
    header = [case["表头"] if column == case["列"] else word for column, word in names.items()]
    cells = [f"cell of {column}" for column in names]
    data = "\n".join([",".join(header), ",".join(cells), ""]).encode()
    if not case.get("认得", True):
        with pytest.raises(MalformedRefusal, match=names[case["列"]]) as wrong:
            list(read_rows(data, kind))
        assert wrong.value.detail_code == "columns-missing"
        return
    (read,) = read_rows(data, kind)
    assert read.said(case["列"]) == f"cell of {case['列']}"
    assert read.header(kind, case["列"]) == case["表头"]


@pytest.mark.parametrize("case", cases("rows"), ids=lambda case: f"{case['列']} {case['填写']}")
def test_what_a_row_says(case: dict[str, Any]):
    said = row(1) | {case["列"]: case["填写"]}
    rows, wrong = Statuses(sheet([said])).next()
    if "问题" in case:
        place = f"{'ABCDEFGH'[HEADERS.index(case['列'])]}2"
        assert (rows, wrong) == ([], [(2, Problem(case["问题"], case["列"], place))])
        assert case["问题"] in REASONS
        return
    assert wrong == []
    for name, value in case["读作"].items():
        assert getattr(rows[0], name) == value


def test_every_reason_has_both_texts():
    for code, texts in REASONS.items():
        assert all((texts.zh, texts.en, texts.right_zh, texts.right_en, texts.rule)), code


def workbook(*sheets: list[list[object]]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        dates = book.add_format({"num_format": "yyyy-mm-dd"})
        for rows in sheets:
            made = book.add_worksheet()
            for at, cells in enumerate(rows):
                for place, cell in enumerate(cells):
                    if isinstance(cell, date):
                        made.write_datetime(at, place, cell, dates)
                    else:
                        made.write(at, place, cell)
    return out.getvalue()


def read(data: bytes) -> list[Theirs]:
    rows, wrong = Statuses(data).next()
    assert wrong == []
    return rows


def test_every_form_of_file_says_the_same():
    said = [row(1), row(2, "已修复", 状态日期="2026-11-20")]
    cells = [list(one.values()) for one in said]
    lines = [",".join(HEADERS), *(",".join(one) for one in cells)]
    text = "\n".join(lines) + "\n"
    plain = read(text.encode())
    assert [one.state for one in plain] == ["shown", "repaired"]
    titled = "国家平台公示状态,,,\n填报日期：2026-11-23,,,\n" + text
    forms = {
        "gb18030": text.encode("gb18030"),
        "utf-16": text.encode("utf-16"),
        "tabs": text.replace(",", "\t").encode(),
        "title": titled.encode(),
        "jsonl": "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in said).encode(),
        "codes": "".join(
            json.dumps(dict(zip(COLUMNS.status, _in_order(one), strict=True))) + "\n"
            for one in said
        ).encode(),
        "xlsx": workbook([list(HEADERS), *cells]),
    }
    for name, data in forms.items():
        found = [one._replace(line=0, typed="") for one in read(data)]
        assert found == [one._replace(line=0, typed="") for one in plain], name


def _in_order(said: dict[str, str]) -> list[str]:
    """Return the cells of a row in the order of the columns' names."""
    return [said[words[0]] for words in COLUMNS.status.values()]


def test_a_workbook_of_several_sheets_names_the_sheet_and_the_cell():
    first = [list(HEADERS), list(row(1).values())]
    second = [["说明"], ["此表仅供参考"]]
    days = list[object](row(2).values())
    days[4], days[3] = date(2026, 11, 20), "未知"
    third = [["国家平台"], list(HEADERS), days]
    rows, wrong = Statuses(workbook(first, second, third)).next()
    assert [(one.row, one.line) for one in rows] == [(1, 2)]
    assert wrong == [(3, Problem("bad-state", "状态", "Sheet3!D3"))]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty-file"),
        ("甲,乙\n1,2\n".encode(), "columns-missing"),
        (f"统一社会信用代码,决定文号,状态\n1,{ORGAN},公示中\n".encode(), "columns-missing"),
        (",".join(HEADERS).encode(), "no-rows"),
        (f"{','.join(HEADERS)}\n,,,\n".encode(), "no-rows"),
        ('{"统一社会信用代码": ["1"]}\n'.encode(), "bad-line"),
        ('{"统一社会信用代码": "1"}\n'.encode(), "columns-missing"),
        (b"%PDF-1.7", "not-a-spreadsheet"),
        (b"PK\x03\x04", "damaged-spreadsheet"),
        (b"\x80\xff\x80\xff,\n", "unreadable-text"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(data: bytes, code: str):
    with pytest.raises(Refusal) as refused:
        Statuses(data).next()
    assert refused.value.detail_code == code
    assert refused.value.zh
    assert refused.value.en


def test_a_missing_column_is_named():
    with pytest.raises(MalformedRefusal, match="缺少列：认定单位、状态。"):
        list(read_rows("统一社会信用代码,决定文号\n1,2\n".encode(), "status"))


def test_bounds(monkeypatch: pytest.MonkeyPatch):
    data = sheet([row(1), row(2), row(3)])
    monkeypatch.setattr(module, "ROWS_MAX", 2)
    with pytest.raises(TooLargeRefusal, match="2") as many:
        Statuses(data).next()
    assert many.value.detail_code == "too-many-rows"
    monkeypatch.setattr(module, "BYTES_MAX", len(data) - 1)
    with pytest.raises(TooLargeRefusal) as large:
        Statuses(data).next()
    assert large.value.detail_code == "too-large"


def test_a_long_file_is_read_in_parts():
    one = row(1)
    data = sheet([one] * (AT_ONCE + 1))
    reading = Statuses(data)
    assert [len(reading.next()[0]) for _ in range(3)] == [AT_ONCE, 1, 0]
    assert reading.done == AT_ONCE + 1
