"""Rows of drafts: read as the tool reads them, kept as typed, read again to the very same."""

import csv
import io
from datetime import date
from pathlib import Path

import msgspec
import pytest
import xlsxwriter
from ruamel.yaml import YAML

from registry.domain.records import KINDS, decode_main
from registry.errors import MalformedRefusal, TooLargeRefusal
from registry.exchange.rows import Known, RowChecker, said_by
from registry.forms.columns import FORMS
from registry.forms.files import open_file
from registry.ingest.reasons import REASONS
from registry.store.workbench import KeptRow, KeptSheet
from registry.workbench import rows as module
from registry.workbench.model import cells_of, found_of
from registry.workbench.rows import (
    Member,
    Reading,
    again,
    form_of,
    forms_to_seal,
    kept,
    new_salt,
    rows_to_fix,
    to_sign,
    told,
)
from signing.record import split_line
from tests.registry.workbench.conftest import MARKET, rows_of, sheet
from tests.registry.world import charter, record

CHARTER = charter()
WUHU = Member(CHARTER, CHARTER.party_by_code("340200"), MARKET)
CASES = YAML(typ="safe", pure=True).load(
    Path(__file__).with_name("cells.yaml").read_text(encoding="utf-8")
)
SLIPS = YAML(typ="safe", pure=True).load(
    Path(__file__).with_name("slips.yaml").read_text(encoding="utf-8")
)
FINE = "罚款金额(万元)"


def read(content: bytes, member: Member = WUHU) -> tuple[dict[int, KeptSheet], list[KeptRow]]:
    """Read a whole file."""
    reading, sheets, rows = Reading(content, member), {}, []
    while True:
        new, some = reading.next()
        if not some:
            return sheets, rows
        sheets |= {one.sheet: one for one in new}
        rows += some


def alike(one: KeptRow, other: KeptRow) -> bool:
    """Tell whether two rows say the same: all but salts and versions."""
    same = one._replace(record=b"", version=0) == other._replace(record=b"", version=0)
    digests = [said_by(row.record).digest if row.record else b"" for row in (one, other)]
    return same and digests[0] == digests[1]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['column']}={case['typed']}")
def test_what_is_said_of_a_cell(case):
    (good,) = rows_of(1, {})
    sheets, (row,) = read(sheet([{**good, case["column"]: case["typed"]}]))
    assert row.state == case["state"], row.found
    found = found_of(row.found)
    errors = [one for one in found if one.level == "error"]
    assert bool(errors) == (case["state"] == "to-fix")
    assert case.get("warned", "") in row.codes
    if errors:
        assert any(case["said"] in f"{one.column} {one.zh}" for one in errors), errors
        assert all(one.right_zh and one.rule for one in errors)
        assert not row.record
    assert alike(row, again(row, sheets[row.sheet], cells_of(row.cells), WUHU))


@pytest.mark.parametrize(
    "slip", SLIPS, ids=lambda slip: f"{slip['信息类别']} {slip['列']}={slip['填写']}"
)
def test_a_slip_in_any_template_is_named_with_what_would_be_right(slip):
    form = next(name for name, kind in KINDS.items() if kind.zh == slip["信息类别"])
    columns = FORMS[form]
    at = next(at for at, column in enumerate(columns) if column.header == slip["列"])
    typed = [column.example for column in columns]
    typed[at] = slip["填写"]
    out = io.StringIO(newline="")
    csv.writer(out).writerows(([column.header for column in columns], typed))
    _, (row,) = read(out.getvalue().encode())
    assert row.state == "to-fix"
    first = found_of(row.found)[0]
    assert (first.column, first.zh, first.right_zh) == (slip["指出"], slip["问题"], slip["应为"])
    assert first.cell.endswith("2")


@pytest.mark.parametrize("form", FORMS)
def test_a_row_of_any_template_is_read_again_to_the_very_same(form):
    out = io.StringIO(newline="")
    columns = FORMS[form]
    writer = csv.writer(out)
    writer.writerow([column.header for column in columns])
    writer.writerow([column.example for column in columns])
    sheets, (row,) = read(out.getvalue().encode())
    assert sheets[row.sheet].form == form
    assert cells_of(row.cells) == [column.example for column in columns]
    assert alike(row, again(row, sheets[row.sheet], cells_of(row.cells), WUHU))
    assert again(row, sheets[row.sheet], cells_of(row.cells), WUHU).version == row.version + 1


def test_the_desk_finds_what_the_tool_finds():
    content = sheet(rows_of(1, *({FINE: "x"} if at % 3 == 0 else {} for at in range(30))))
    checker = RowChecker(new_salt, Known(None), ("340200",))
    theirs = [checker.check(form) for form in open_file(content, WUHU.defaults).rows]
    _, ours = read(content)
    assert [row.state == "good" for row in ours] == [row.line is not None for row in theirs]
    for own, other in zip(ours, theirs, strict=True):
        assert [one.code for one in found_of(own.found)] == [one.code for one in other.findings]
        if other.line is not None:
            assert said_by(own.record).digest == said_by(other.line).digest


def workbook(*sheets: tuple[str, list[dict[str, str]]]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        for title, rows in sheets:
            page = book.add_worksheet(title)
            page.write_row(0, 0, list(rows[0]))
            for at, row in enumerate(rows, 1):
                page.write_row(at, 0, list(row.values()))
    return out.getvalue()


def test_a_workbook_of_several_sheets_names_its_cells():
    one, two, three = rows_of(1, {}, {FINE: "x"}, {FINE: "y"})
    content = workbook(("处罚一", [one, two]), ("处罚 二", [three]))
    sheets, rows = read(content)
    assert [(one.sheet, one.title, one.form) for one in sheets.values()] == [
        (1, "处罚一", "penalty"),
        (2, "处罚 二", "penalty"),
    ]
    assert [(row.row, row.line, row.sheet, row.state) for row in rows] == [
        (1, 2, 1, "good"),
        (2, 3, 1, "to-fix"),
        (3, 2, 2, "to-fix"),
    ]
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[list(one).index(FINE)]
    assert found_of(rows[1].found)[0].cell == f"处罚一!{letters}3"
    assert found_of(rows[2].found)[0].cell == f"'处罚 二'!{letters}2"
    for row in rows:
        assert alike(row, again(row, sheets[row.sheet], cells_of(row.cells), WUHU))
    back = list(rows_to_fix([row for row in rows if row.state == "to-fix"], sheets, WUHU))
    assert [form.values[FINE] for form in back] == ["x", "y"]
    assert all(form.findings for form in back)


def test_records_of_a_program_are_one_text_each():
    good = {k: v for k, v in record(1).items() if k not in {"salt", "id"}}
    good["authority"] = {**good["authority"], "uscc": "11340200MA00000012"}  # type: ignore[dict-item]
    lines = [
        {"main": good, "restricted": {"subject_document": {"type": "护照", "number": "E1234567"}}},
        {"main": {**good, "decision_no": "", "subject": 5}},
    ]
    content = b"\n".join([*map(msgspec.json.encode, lines), b'{"main":', b"[1]"])
    sheets, rows = read(content)
    assert sheets == {}
    assert [row.state for row in rows][1:] == ["to-fix"] * 3
    assert [row.about for row in rows][:1] == ["芜湖示例建设有限公司"]
    assert cells_of(rows[2].cells) == ['{"main":']
    assert len(cells_of(rows[0].cells)) == 1
    sheet_of_json = KeptSheet(0, "", "", ())
    for row in rows:
        made = again(row, sheet_of_json, cells_of(row.cells), WUHU)
        assert (made.state, made.line, made.found) == (row.state, row.line, row.found)
    broken = again(rows[0], sheet_of_json, ["{\n}"], WUHU)
    assert (broken.state, broken.line) == ("to-fix", 1)
    assert form_of(rows[0], None, [""], WUHU.defaults) is None
    assert next(iter(rows_to_fix(rows[2:3], {}, WUHU))).findings


def test_a_row_that_says_nothing_any_more_is_refused():
    sheets, (row,) = read(sheet(rows_of(1, {})))
    empty = ["" for _ in cells_of(row.cells)]
    with pytest.raises(MalformedRefusal) as refused:
        again(row, sheets[row.sheet], empty, WUHU)
    assert refused.value.detail_code == "row-empty"


def test_what_no_database_holds_stays_as_it_was_written():
    text = b'{"main":{"type":"penalty","facts":"\\u0000","decision_no":"\\ud800"}}'
    _, (row,) = read(text)
    assert cells_of(row.cells) == [text.decode()]
    assert (row.state, "\0" in row.cells + row.about + row.found) == ("to-fix", False)


def test_more_rows_than_a_file_may_have(monkeypatch):
    monkeypatch.setattr(module, "ROWS_MAX", 3)
    monkeypatch.setattr(module, "AT_ONCE", 2)
    reading = Reading(sheet(rows_of(1, {}, {}, {}, {})), WUHU)
    assert reading.total == 3
    assert len(reading.next()[1]) == 2
    with pytest.raises(TooLargeRefusal) as refused:
        reading.next()
    assert refused.value.detail_code == "too-many-rows"


def test_a_department_stands_as_source_unit_where_none_is_stated():
    (good,) = rows_of(1, {"数据来源单位": "", "数据来源单位统一社会信用代码": ""})
    _, (row,) = read(sheet([good]))
    assert decode_main(split_line(row.record)[0]).source_unit.name == MARKET
    whole = Member(CHARTER, CHARTER.party_by_code("340200"), "")
    _, (other,) = read(sheet([{**good, "处罚机关": "芜湖市生态环境局"}]), whole)
    assert decode_main(split_line(other.record)[0]).source_unit.name == "芜湖市生态环境局"


def test_what_goes_to_be_signed_says_what_was_reviewed():
    _, rows = read(sheet(rows_of(1, {}, {})))
    forms = list(forms_to_seal(rows))
    assert [form.row for form in forms] == [1, 2]
    checker = RowChecker(new_salt, Known(None), WUHU.territory)
    sealed = [checker.check(form).line or b"" for form in forms]
    given = [checker_line(line) for line in to_sign(rows).splitlines()]
    for row, line, text in zip(rows, sealed, given, strict=True):
        assert said_by(line).digest == said_by(row.record).digest == said_by(text).digest
        assert line != row.record, "a salt is drawn when it is sealed"


def checker_line(text: bytes) -> bytes:
    main = msgspec.json.decode(text)["main"]
    return msgspec.json.encode(main, order="sorted")


def test_rows_are_compared_with_what_the_log_bears():
    _, (one, two, bad) = read(sheet(rows_of(1, {}, {}, {FINE: "x"})))
    same, other = {one.record_id: (7, one.record)}, {two.record_id: (8, one.record)}
    states = [row.state for row in told([one, two, bad], same | other | {bad.record_id: (9, b"")})]
    assert states == ["repeated", "to-fix", "to-fix"]
    (named,) = found_of(told([two], other)[0].found)
    assert (named.code, named.zh) == ("duplicate-id", named.zh)
    assert two.record_id in named.zh
    assert told([one], {}) == [one]
    assert named.rule == REASONS["duplicate-id"].source


SAMR = "samr-45 9"
DECREE = "guoban-2015-51 17#"


@pytest.mark.parametrize(
    ("number", "changes", "due", "clock"),
    [
        (4, {}, date(2026, 6, 4), SAMR),
        (1, {}, date(2026, 5, 21), "samr-45 10"),  # of another province: to be pushed there
        (4, {"处罚机关": "芜湖市生态环境局"}, date(2026, 5, 18), DECREE),
        (4, {"处罚程序": "简易程序"}, date(2026, 5, 18), DECREE),
        (4, {FINE: "x"}, date(2026, 6, 4), SAMR),
        (4, {FINE: "x", "处罚机关": "芜湖市生态环境局"}, date(2026, 5, 18), DECREE),
        (4, {FINE: "x", "处罚机关": ""}, date(2026, 5, 18), DECREE),
        (4, {"处罚决定日期": "去年"}, None, ""),
        (4, {"处罚决定日期": "1999-05-08"}, None, ""),
    ],
)
def test_until_when_a_decision_is_to_be_reported(number, changes, due, clock):
    usual = {"处罚决定日期": "2026-05-08", "处罚有效期": "2027-05-08"}  # the ninth was worked
    _, (row,) = read(sheet(rows_of(number, usual | changes)))
    assert (row.due, row.clock) == (due, clock)


def test_what_has_no_clock_has_no_day():
    main = {"type": "registration", "decided_on": "2026-05-08"}
    checker = RowChecker(new_salt, Known(None), ())
    form = next(open_file(msgspec.json.encode(main), WUHU.defaults).rows)
    row = kept(1, 0, form, checker.check(form))
    assert (row.due, row.clock, row.state) == (None, "", "to-fix")
