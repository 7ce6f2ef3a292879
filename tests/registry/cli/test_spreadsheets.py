"""A clerk's spreadsheet through the commands: checked, sent, returned to be fixed, sent again."""

import csv
import io
import json
from pathlib import Path

import openpyxl
import pytest

from registry.domain.records import KINDS
from registry.forms.columns import FORMS
from registry.ingest.reasons import explain
from tests.registry.cli.conftest import City
from tests.registry.exchange.fake_node import ORIGIN
from tests.registry.forms.made_sheets import (
    DATE,
    FINE,
    HEADERS,
    NO,
    add,
    cells,
    old_sheet,
    saved,
    sheet,
)

OFFLINE = ("--offline", "--division", "340200")
BAD = {DATE: "昨天"}


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    path = tmp_path / "三月.xlsx"
    path.write_bytes(
        sheet(
            [cells(1), cells(2, **BAD), cells(3, **{FINE: "=1+1"}), cells(4), ["合计", "4条"]],
            before=[["行政处罚信息表"]],
        )
    )
    return path


def corrected(path: Path) -> Path:
    """Correct the dates and amounts of a to-fix workbook and save it beside."""
    book = openpyxl.load_workbook(path)
    page = book.active
    heads = [cell.value for cell in page[1]]
    for row in range(2, page.max_row + 1):
        page.cell(row, heads.index(DATE) + 1).value = "2026-03-10"
        page.cell(row, heads.index(FINE) + 1).value = "2"
    fixed = path.with_name("已更正.xlsx")
    book.save(fixed)
    return fixed


def test_check_names_sheet_and_cell_in_words_and_in_json(city: City, mixed: Path):
    assert city.run("check", mixed, *OFFLINE) == 1
    assert "处罚信息!W4“处罚决定日期”：“昨天”不是有效的日期。应为：年-月-日" in city.said
    assert "处罚信息!W4: " in city.said
    assert "处罚信息!T5" in city.said
    assert "不是记录，未读取的行：处罚信息!7（合计 4条）" in city.said
    assert "其余2行可先行报送" in city.said
    assert city.run("check", mixed, *OFFLINE, "--json") == 1
    document = city.document
    assert [(row["sheet"], row["row"]) for row in document["to_fix"]] == [
        ("处罚信息", 4),
        ("处罚信息", 5),
    ]
    (found,) = document["to_fix"][0]["findings"]
    assert (found["cell"], found["column"], found["code"]) == ("处罚信息!W4", DATE, "bad-date")
    assert document["left_out"] == [
        {"why": "note", "sheet": "处罚信息", "row": 7, "text": "合计 4条"}
    ]


def test_what_did_not_pass_comes_back_as_a_workbook_that_passes_when_corrected(
    city: City, mixed: Path
):
    assert city.work("publish", mixed) == 1
    assert "已送达 0–2" in city.said
    (fix,) = city.workdir.log(ORIGIN).folder.glob("tofix/*")
    assert fix.suffix == ".xlsx"
    assert str(fix) in city.said
    assert city.work("publish", corrected(fix), "--json") == 0
    document = city.document
    assert (document["rows"], document["passed"], document["left_out"]) == (2, 2, [])
    assert document["delivered"][0]["to"] == 4
    assert city.work("publish", mixed, "--json") == 1
    assert city.document["repeated"] == 2
    assert city.node.size(ORIGIN) == 4


def test_check_writes_the_rows_to_fix_where_it_is_told_to(city: City, mixed: Path, tmp_path: Path):
    fix = tmp_path / "待修正.xlsx"
    assert city.run("check", mixed, *OFFLINE, "--to-fix", fix) == 1
    assert str(fix) in city.said
    assert city.run("check", corrected(fix), *OFFLINE) == 0
    assert city.run("check", mixed, *OFFLINE, "--to-fix", fix) == 1
    assert "file-exists" in city.errors
    good = tmp_path / "good.xlsx"
    good.write_bytes(sheet([cells(1)]))
    nothing = tmp_path / "nothing.xlsx"
    assert city.run("check", good, *OFFLINE, "--to-fix", nothing) == 0
    assert not nothing.exists()


def test_a_csv_and_json_lines_get_rows_to_fix_of_their_own_kind(city: City, tmp_path: Path):
    table = tmp_path / "t.csv"
    with table.open("w", encoding="gb18030", newline="") as file:
        writer = csv.DictWriter(file, HEADERS["penalty"])
        writer.writeheader()
        writer.writerow(cells(1, **BAD))
    assert city.run("check", table, *OFFLINE, "--to-fix", tmp_path / "fix.csv") == 1
    assert city.said.startswith("W2“处罚决定日期”")
    (line,) = csv.DictReader(io.StringIO((tmp_path / "fix.csv").read_text("utf-8-sig")))
    assert line["问题"]
    lines = tmp_path / "t.jsonl"
    lines.write_text('{"type": "penalty"}\n', "utf-8")
    assert city.run("check", lines, "--offline", "--to-fix", tmp_path / "fix.jsonl") == 1
    assert json.loads((tmp_path / "fix.jsonl").read_text("utf-8"))["_problems"]


def test_an_old_workbook_goes_the_same_way(city: City, tmp_path: Path):
    path = tmp_path / "旧.xls"
    path.write_bytes(old_sheet([cells(1), cells(2, **BAD)]))
    assert city.work("publish", path) == 1
    assert "处罚信息!W3" in city.said
    (fix,) = city.workdir.log(ORIGIN).folder.glob("tofix/*.xlsx")
    assert city.work("publish", corrected(fix)) == 0
    assert city.node.size(ORIGIN) == 2


def test_the_templates_are_filled_in_and_published(city: City, tmp_path: Path):
    for form, title, number in (
        ("penalty", "行政处罚", NO),
        ("permit", "行政许可", "行政许可决定文书号"),
    ):
        path = tmp_path / f"{form}.xlsx"
        assert city.run("template", form, path) == 0
        assert city.run("check", path, *OFFLINE) == 0
        assert "示例或说明工作表，未读取：示例（不读取）" in city.said
        book = openpyxl.load_workbook(path)
        heads = [cell.value for cell in book[title][1]]
        for row in (2, 3):
            for cell in book["示例（不读取）"][2]:
                book[title].cell(row, cell.column).value = cell.value
            book[title].cell(row, heads.index(number) + 1).value = f"示例{row}号"
        book.save(path)
        assert city.work("publish", path) == 0
    assert city.node.size(ORIGIN) == 4


def test_a_type_that_fits_no_row_has_no_template_and_is_said_to_have_none(
    city: City, tmp_path: Path
):
    for kind in KINDS:
        path = tmp_path / f"{kind}.xlsx"
        has = kind in FORMS
        assert city.run("template", kind, path) == (0 if has else 2)
        assert path.exists() is has
        if not has:
            assert f"“{KINDS[kind].zh}”没有表格模板" in city.errors
            assert f"JSON Lines alone. JSON Schema: /api/v1/types/{kind}" in city.errors
    assert city.run("template", "--help") == 0
    assert all(kind.zh in city.said for kind in KINDS.values())
    assert city.said.count("（JSON Lines）") == len(KINDS) - len(FORMS)


@pytest.mark.parametrize("name", ["x.xls", "x.txt", "x"])
def test_a_template_is_a_workbook_or_a_csv(city: City, tmp_path: Path, name: str):
    assert city.run("template", "penalty", tmp_path / name) == 2
    assert not (tmp_path / name).exists()
    assert ".xlsx" in city.errors


def test_what_was_not_read_is_told_and_counted(city: City, tmp_path: Path):
    book = openpyxl.Workbook()
    add(book, "处罚", [cells(1)], first=True).row_dimensions[2].hidden = True
    add(book, "去年", [cells(2)]).sheet_state = "hidden"
    for number in range(30):
        add(book, f"其他{number}", [], header=["甲"])
    path = tmp_path / "many.xlsx"
    path.write_bytes(saved(book))
    assert city.run("check", path, *OFFLINE) == 0
    assert "隐藏或筛选掉的行，也已读取：处罚（1）" in city.said
    assert "隐藏的工作表，未读取；需要报送的请先取消隐藏：去年" in city.said
    assert "没有模板表头，未读取的工作表：其他0" in city.said
    assert "……另有 12 处" in city.said
    assert "共 1 行：通过 1" in city.said


def test_warnings_say_where_the_first_of_them_stand(city: City, tmp_path: Path):
    path = tmp_path / "yuan.xlsx"
    rows = [cells(n, **{FINE: 200000, "处罚内容": "罚款20万元"}) for n in range(8)]
    path.write_bytes(sheet(rows))
    assert city.run("check", path, *OFFLINE) == 0
    places = "、".join(f"处罚信息!T{row}" for row in range(2, 7))
    assert f"提示 amount-unit：8 行，{explain('amount-unit').zh[:2]}" in city.said
    assert f"（{places}等）" in city.said
    assert "{" not in city.said


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty-file"),
        (b"%PDF-1.4", "not-a-spreadsheet"),
        (b"<html><table><tr></tr></table></html>", "unsupported-spreadsheet"),
        (sheet([cells(1)])[:3000], "damaged-spreadsheet"),
        (sheet([], header=["甲", "乙"]), "unknown-template"),
    ],
)
def test_a_file_that_is_none_is_refused_and_loses_nothing(
    city: City, tmp_path: Path, content: bytes, code: str
):
    path = tmp_path / "x.xlsx"
    path.write_bytes(content)
    assert city.work("publish", path) == 1
    assert city.errors.lstrip().startswith(f"错误 {code}：")
    assert "Traceback" not in city.errors
    assert city.work("publish", path, "--json") == 1
    assert city.document["error"]["code"] == code
    assert city.node.size(ORIGIN) == 0
    assert path.read_bytes() == content
