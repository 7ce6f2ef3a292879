"""Workbooks read back by our own importer and by a plain spreadsheet reader: the same rows."""

import io
import json
from hashlib import sha256

import pytest
from python_calamine import CalamineWorkbook

from registry.domain.records import decode_main
from registry.exports.cells import form_of, row_of
from registry.exports.model import TEXT_MAX
from registry.exports.selection import Chosen
from registry.exports.templates import COLUMNS, DOORS, KINDS, SHAPES, TEMPLATES
from registry.exports.workbook import template_headers, template_workbook
from registry.forms.columns import WORDS
from registry.forms.files import open_file
from registry.forms.rows import FormDefaults
from registry.store.exports import KeptExport
from signing.record import encode_record, split_line
from tests.registry.query.scene import permit
from tests.registry.world import record, salt

ORGAN = {"name": "芜湖市市场监督管理局", "uscc": "11320100MA2320178R", "division": "340200"}
SOURCE = {"name": "芜湖市市场监督管理局", "uscc": "11320100MA2320178R"}
AWKWARD = "=1+1\n第二行，含“引号”、<标签> & 😀 _x0041_ '单引号"
ORGANISATION = {
    "kind": "organisation",
    "name": "=芜湖示例建设有限公司",
    "uscc": "91340200MA00000231",
    "registration_no": "013200000000087",
    "tax_no": "000340200123456",
    "legal_representative": "@示例甲",
}
TRADER = {"kind": "sole_trader", "name": "芜湖示例小吃店", "uscc": "92340500MA23405745"}
PERSON = {"kind": "natural_person", "name": "示例乙"}
NUMBER = "11010519491231002X"
SUBJECTS = {"organisation": ORGANISATION, "sole_trader": TRADER, "natural_person": PERSON}


def penalty_of(number: int, subject: dict[str, object], **changes: object) -> dict[str, object]:
    """A penalty that uses every column of the template, with values that are not easily kept."""
    common = {
        "subject": subject, "authority": ORGAN, "source_unit": SOURCE,
        "decision_no": f"00{number}号", "facts": AWKWARD, "violation_type": "+SUM(A1:A9)",
        "basis": "依据\r\n第二条", "content": "罚" * 4000,
        "kinds": ["罚款", "没收违法所得", "暂扣许可证件"],
        "fine_wan_yuan": "0.000001", "confiscated_wan_yuan": "1234567.5", "licence": "-许可证 0012",
        "publicity_until": "2027-05-10", "remark": "\t备注",
    }  # fmt: skip
    return record(number, **{**common, **changes})


def permit_of(number: int, subject: dict[str, object], **changes: object) -> dict[str, object]:
    common = {
        "subject": subject, "authority": ORGAN, "source_unit": SOURCE,
        "decision_no": f"0{number}", "content": AWKWARD, "category": "其他-=备案",
        "permit_no": "000123456789012345", "certificate_name": "示例许可证",
        "valid_until": "2099-12-31", "state": "invalid", "remark": "1e5",
    }  # fmt: skip
    return permit(**{**common, **changes})


MAKE = {"penalty": penalty_of, "permit": permit_of}


def line_of(kind: str, subject: dict[str, object], **changes: object) -> tuple[bytes, bytes | None]:
    """Return both parts of a record; of a subject without a code, or a person, with documents."""
    main = MAKE[kind](7, subject, **changes)
    document = {"name": str(subject["name"]), "type": "身份证", "number": NUMBER}
    restricted: dict[str, object] = {"salt": salt(10**9)}
    if subject["kind"] == "natural_person":
        restricted["subject_document"] = document
    elif "legal_representative" in subject:
        name = str(subject["legal_representative"])
        restricted["legal_representative_document"] = {**document, "name": name}
    return split_line(encode_record(main, restricted if len(restricted) > 1 else None))


def made(kind: str, subject: dict[str, object], style: str = "sheet", **changes: object):
    main, restricted = line_of(kind, subject, **changes)
    form = form_of(decode_main(main).subject)
    return form, row_of(kind, form, style, (3, main, restricted)), main, restricted


def at(parts: dict[str, object], pointer: str) -> object:
    value: object = parts
    for name in pointer[1:].split("/"):
        value = value.get(name) if isinstance(value, dict) else None
    if isinstance(value, str):  # what a sheet does to line ends, and the importer to blanks
        return value.replace("\r\n", "\n").strip()
    return value


@pytest.mark.parametrize("codes", [False, True])
@pytest.mark.parametrize("subject", SUBJECTS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_workbook_says_what_the_record_says(kind, subject, codes):
    form, row, main, restricted = made(kind, SUBJECTS[subject])
    assert [one for one in row.problems if one.stops] == []
    data = template_workbook(kind, form, [row.cells], codes=codes)
    (back,) = open_file(data, FormDefaults("340200")).rows
    assert [f for f in back.findings if f.level == "error"] == []
    stated = json.loads(main) | {"restricted": json.loads(restricted or b"{}")}
    read = dict(back.main or {}) | {"restricted": dict(back.restricted or {})}
    for place in TEMPLATES[kind].of(form):
        pointer = COLUMNS[kind][place.code].pointer
        assert at(read, pointer) == at(stated, pointer), place.code
    # A plain reader sees the very texts, and no number, date or formula among them.
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
    header, cells = sheet.to_python()
    assert header == template_headers(kind, form, codes=codes)
    assert tuple(cells) == row.cells
    assert all(isinstance(cell, str) for cell in cells)


def test_the_same_rows_are_the_same_bytes():
    form, row, _, _ = made("penalty", ORGANISATION)
    one, two = (template_workbook("penalty", form, [row.cells] * 3, codes=False) for _ in range(2))
    assert sha256(one).digest() == sha256(two).digest()
    assert one != template_workbook("penalty", form, [row.cells] * 2, codes=False)


def test_templates_follow_the_official_order():
    assert [len(TEMPLATES[kind].of("entity")) for kind in KINDS] == [30, 28]
    assert [len(TEMPLATES[kind].of("person")) for kind in KINDS] == [21, 19]
    assert template_headers("penalty", "entity", codes=False)[:3] == [
        "行政相对人名称", "行政相对人类别", "行政相对人代码_1(统一社会信用代码)",
    ]  # fmt: skip
    assert template_headers("permit", "person", codes=True)[2:5] == [
        "XK_XDR_ZJLX", "XK_XDR_ZJHM", "XK_XKWS",
    ]  # fmt: skip
    for kind in KINDS:
        codes = [place.code for place in TEMPLATES[kind].columns]
        assert len(set(codes)) == len(codes)
        assert set(codes) <= COLUMNS[kind].keys()
    assert set(WORDS["subject"].values()) == SUBJECTS.keys()
    assert [DOORS[door].documents for door in DOORS] == [True, False, True]
    assert SHAPES == ("entity", "person")
    assert "member" not in KeptExport._fields


@pytest.mark.parametrize(
    ("kind", "changes", "said"),
    [
        ("penalty", {"facts": "违" * 2001}, ("too-long", "CF_SY", 2001, 2000)),
        ("penalty", {"facts": "a\x0bb"}, ("not-a-character", "CF_SY", 0, 0)),
        ("penalty", {"kinds": ["其他-责令改正、整改"]}, ("separator-inside", "CF_CFLB", 0, 0)),
        ("penalty", {"authority": {"name": "芜湖市"}}, ("missing", "CF_CFJGDM", 0, 0)),
        ("permit", {"source_unit": {"name": "芜湖市"}}, ("missing", "XK_LYDWDM", 0, 0)),
        ("permit", {"decision_no": "x" * 65}, ("too-long", "XK_WSH", 65, 64)),
    ],
)
def test_what_a_template_cannot_hold_is_named_and_never_cut(kind, changes, said):
    _, row, _, _ = made(kind, ORGANISATION, **changes)
    assert not row.fits
    first = next(one for one in row.problems if one.stops)
    assert (first.code, first.column, first.length, first.limit) == said


def test_a_person_without_a_document_and_a_fine_without_an_amount():
    main, _ = line_of("penalty", PERSON, fine_wan_yuan=None)
    row = row_of("penalty", "person", "sheet", (1, main, None))
    assert [(one.code, one.column, one.stops) for one in row.problems] == [
        ("missing", "CF_XDR_ZJLX", True),
        ("missing", "CF_XDR_ZJHM", True),
        ("missing", "CF_NR_FK", False),
    ]
    nameless = {"kind": "organisation", "name": "芜湖示例协会"}
    main, _ = split_line(encode_record(penalty_of(8, nameless)))
    row = row_of("penalty", "entity", "sheet", (1, main, None))
    assert row.fits
    assert [one.column for one in row.problems] == ["CF_XDR_SHXYM", "CF_FRDB"]


def test_a_file_ends_where_it_is_full():
    _, row, _, _ = made("penalty", TRADER)
    found = Chosen()
    assert not found.full(row)
    found.rows.append(row)
    found.size = TEXT_MAX - row.size + 1
    assert found.full(row)
    assert found.more
    assert not Chosen(size=TEXT_MAX).full(row), "one is never too many"
