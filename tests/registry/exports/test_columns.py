"""Every column of a template: what its cell says of a record, or what keeps the record out."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest

from registry.domain.records import decode_main
from registry.exports.cells import _SEPARATORS, Problem, Row, form_of, row_of
from registry.exports.model import LEFT_MAX, ROWS_MAX
from registry.exports.selection import Chosen
from registry.exports.templates import DOORS, ENDED, KINDS, TEMPLATES
from registry.forms.rows import _KIND_SEPARATOR
from signing.record import encode_record, split_line
from tests.registry.exports.test_read_back import MAKE, NUMBER, SUBJECTS, line_of


def cases(name: str) -> list[dict[str, Any]]:
    data = Path(__file__).with_name(name).read_bytes()
    return msgspec.yaml.decode(data, type=list[dict[str, Any]])


def whole(value: Any) -> Any:
    """A value of a case; 违*2000 stands for so many of it."""
    if isinstance(value, dict):
        return {key: whole(one) for key, one in value.items()}
    if isinstance(value, list):
        return [whole(one) for one in value]
    if isinstance(value, str):
        text, mark, times = value.rpartition("*")
        return text * int(times) if mark else value
    return value


def row_and_codes(case: dict[str, Any], style: str) -> tuple[Row, list[str]]:
    changes = whole(case.get("changes", {}))
    if "subject" in changes:  # one without documents
        main, restricted = split_line(encode_record(MAKE[case["kind"]](7, **changes)))
    else:
        subject = SUBJECTS[case.get("subject", "organisation")]
        main, restricted = line_of(case["kind"], subject, **changes)
    form = form_of(decode_main(main).subject)
    row = row_of(case["kind"], form, style, (3, main, restricted))
    return row, [place.code for place in TEMPLATES[case["kind"]].of(form)]


@pytest.mark.parametrize("style", ["sheet", "message"])
@pytest.mark.parametrize("case", cases("columns.yaml"), ids=lambda case: case["why"])
def test_a_cell_says_what_the_record_says_or_keeps_it_out(case, style):
    row, codes = row_and_codes(case, style)
    cells = dict(zip(codes, row.cells, strict=True))
    stops = [one for one in row.problems if one.stops]
    if "problem" in case:
        column, code, length, limit = case["problem"]
        assert stops == [Problem(code, column, length, limit)]
        assert not row.fits
        assert cells[column] == "", "nothing of it is cut to fit"
        return
    assert stops == []
    assert row.fits
    remarks = [one.column for one in row.problems]
    if "remark" in case:
        assert remarks == [case["remark"]]
        return
    column, *said = whole(case["cell"])
    assert cells[column] == said[-1 if style == "message" else 0]
    assert column not in remarks
    assert row.size == sum(map(len, row.cells))


@pytest.mark.parametrize("kind", KINDS)
def test_every_column_that_a_door_needs_is_asked_for(kind):
    """What stands in no cell is named, each column that is needed, and in order."""
    bare = {"kind": "organisation", "name": "甲", "uscc": "91340200MA00000231"}
    main, _ = line_of(
        kind,
        {**bare, "legal_representative": "乙"},
        authority={"name": "局"},
        source_unit={"name": "局"},
        remark=None,
    )
    row = row_of(kind, "entity", "sheet", (3, main, None))
    organ, source = ("CF_CFJGDM", "CF_SJLYDM") if kind == "penalty" else ("XK_XKJGDM", "XK_LYDWDM")
    assert [(one.code, one.column) for one in row.problems if one.stops] == [
        ("missing", organ),
        ("missing", source),
    ]
    needed = {place.code for place in TEMPLATES[kind].of("entity") if place.required}
    for person in TEMPLATES[kind].of("person"):
        assert person.needed("person") is (
            person.code in needed or person.code[3:] in {"XDR_ZJLX", "XDR_ZJHM"}
        )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("subject", SUBJECTS)
def test_without_what_may_not_be_given_no_number_of_a_document_is_anywhere(kind, subject):
    main, restricted = line_of(kind, SUBJECTS[subject])
    form = form_of(decode_main(main).subject)
    row = row_of(kind, form, "sheet", (3, main, None))
    assert NUMBER not in "".join(row.cells)
    assert "身份证" not in row.cells
    assert row.fits is (subject != "natural_person")
    if restricted is not None:
        given = row_of(kind, form, "sheet", (3, main, restricted))
        assert row.cells.count("") == given.cells.count("") + 2
        assert given.fits


def test_what_ends_a_kind_for_the_importer_ends_one_here():
    """Else a cell that we wrote would come back as other kinds."""
    signs = [chr(code) for code in range(1, 0x10000) if not 0xD800 <= code < 0xE000]
    ends = {sign for sign in signs if _KIND_SEPARATOR.fullmatch(sign)}
    assert ends
    assert ends == {sign for sign in signs if _SEPARATORS.fullmatch(sign)}
    assert all(TEMPLATES[kind].kinds_separator in ends for kind in KINDS)


def test_no_column_is_wider_than_a_cell_of_a_workbook():
    for kind in KINDS:
        assert all(0 < place.limit < 32_767 for place in TEMPLATES[kind].columns)
        dates = [p for p in TEMPLATES[kind].columns if p.code[3:] in {"JDRQ", "YXQ", "YXQZ"}]
        assert dates
        assert {place.limit for place in dates} == {10}
        persons = [place.code for place in TEMPLATES[kind].of("person")]
        entities = [place.code for place in TEMPLATES[kind].of("entity")]
        order = [entities.index(code) for code in persons]
        assert all(one < two for one, two in pairwise(order)), "persons keep the order"


def test_doors_and_words_are_said_in_the_words_of_the_law():
    assert {door: one.eyes for door, one in DOORS.items()} == {
        "province": "shared",
        "credit-china": "public",
        "discipline": "shared",
    }
    assert not any(one.documents for one in DOORS.values() if one.eyes == "public")
    assert ENDED["repaired"] == "信用修复"
    assert not {"黑名单", "洗白", "消除记录"} & {*ENDED.values(), *(d.zh for d in DOORS.values())}


def test_remarks_never_crowd_out_what_is_left_out():
    found = Chosen()
    remark, stop = Problem("missing", "CF_NR_FK", stops=False), Problem("not-shared")
    for idx in range(LEFT_MAX):
        found.leave(idx, remark)
    assert (found.left_count, len(found.left)) == (0, LEFT_MAX // 2)
    for idx in range(LEFT_MAX):
        found.leave(LEFT_MAX + idx, stop, remark)
    assert found.left_count == LEFT_MAX, "all are counted"
    assert len(found.left) == LEFT_MAX, "so many are listed"
    assert found.left[LEFT_MAX // 2].problem == stop
    found.leave(1, remark)
    assert len(found.left) == LEFT_MAX


def test_a_file_holds_so_many_rows():
    row = Row(1, ("甲",), ())
    found = Chosen(rows=[row] * (ROWS_MAX - 1))
    assert not found.full(row)
    found.rows.append(row)
    assert found.full(row)
    assert found.more
