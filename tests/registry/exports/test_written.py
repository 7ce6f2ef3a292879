"""What is asked of an export, and the file it comes to: names, formats, digests, words."""

import io
from datetime import UTC, date, datetime, timedelta
from itertools import product
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from defusedxml import ElementTree
from python_calamine import CalamineWorkbook

from registry.clock import SHANGHAI
from registry.domain.disclosure import Role
from registry.errors import MalformedRefusal, NotGrantedRefusal, Refusal
from registry.exports import refusals
from registry.exports.cells import Problem, day_text
from registry.exports.message import ENDED_COLUMNS, SEQUENCE_MAX, Header, file_name, message
from registry.exports.model import (
    ENDED_HEADERS,
    FORMATS,
    MEDIA,
    LeftOut,
    Wish,
    asked_of,
    left_of,
    name_of,
    style_of,
    wish_of,
    written,
)
from registry.exports.selection import _begin, _end
from registry.exports.templates import DOORS, KINDS, SHAPES, TEMPLATES
from registry.store.exports import KeptExport
from tests.registry.exports.test_columns import cases, whole

DAY = date(2026, 11, 23)
AT = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
WISH = Wish("province", "penalty", decided_from=date(2026, 1, 1), unit="芜湖市市场监督管理局")


def kept(**changes: Any) -> KeptExport:
    asked = msgspec.json.encode(WISH).decode()
    one = KeptExport(
        *(1, AT, "clerk-1", "clerk", "", "province", "penalty", "entity", "xlsx", "report", False),
        *("1234", DAY, 7, bytes(32), 0, 1, asked, "[]", 0),
    )
    return one._replace(**changes)


@pytest.mark.parametrize("case", cases("wishes.yaml"), ids=lambda case: case["why"])
def test_what_is_asked_is_understood_or_refused(case):
    said = {"door": "province", "kind": "penalty", **whole(case["said"])}
    if case.get("refused"):
        with pytest.raises(MalformedRefusal) as refused:
            wish_of(said)
        assert refused.value.detail_code == "bad-wish"
        assert len(refused.value.zh) + len(refused.value.en) < 1000, "what was typed is not echoed"
        return
    wish = wish_of(said)
    assert {name: getattr(wish, name) for name in case["wish"]} == whole(case["wish"])
    assert msgspec.json.decode(msgspec.json.encode(wish), type=Wish) == wish, "as it is kept"


def test_a_day_of_admission_is_one_of_the_region_s_calendar():
    begin, end = _begin(DAY), _end(DAY)
    assert begin == datetime(2026, 11, 23, tzinfo=SHANGHAI)
    assert begin.astimezone(UTC) == datetime(2026, 11, 22, 16, tzinfo=UTC)
    assert end == begin + timedelta(days=1)
    assert _end(date(2026, 12, 31)) == datetime(2027, 1, 1, tzinfo=SHANGHAI)
    assert _end(date(2028, 2, 28)) == _begin(date(2028, 2, 29))


def test_days_that_no_moment_can_be_made_of_bound_nothing():
    assert (_begin(None), _begin(date.min), _end(None), _end(date.max)) == (None,) * 4
    for moment in (_begin(date(1, 1, 2)), _end(date(9999, 12, 30))):
        assert moment is not None
        assert moment.astimezone(UTC)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({}, "123401_20261123_00007.xlsx"),
        ({"format": "codes"}, "123401_20261123_00007.xlsx"),
        ({"format": "xml"}, "123401_20261123_00007.xml"),
        ({"kind": "permit", "sequence": SEQUENCE_MAX}, "123402_20261123_99999.xlsx"),
        ({"department": "0000", "day": date(2028, 2, 29)}, "000001_20280229_00007.xlsx"),
        ({"act": "ended", "format": "xml", "sequence": 1}, "123401_20261123_00001.xml"),
    ],
)
def test_a_file_is_named_by_the_rule_whatever_its_format(changes, name):
    assert name_of(kept(**changes)) == name
    assert len(name.partition(".")[0]) == len("0000NN_YYYYMMDD_NNNNN")
    assert name.rpartition(".")[2] in MEDIA


def test_names_of_files_differ_by_department_report_day_and_sequence():
    days = (DAY, DAY + timedelta(days=1))
    asked = list(product(("0001", "0010"), KINDS, days, (1, 11)))
    assert len({file_name(*one, "xml") for one in asked}) == len(asked)
    assert len({TEMPLATES[kind].report for kind in KINDS}) == len(KINDS)


def test_what_was_asked_and_left_out_is_kept_as_it_was():
    left = (LeftOut(3, Problem("too-long", "CF_SY", 2001, 2000)), LeftOut(4, Problem("not-shared")))
    one = kept(left_out=msgspec.json.encode(left).decode())
    assert asked_of(one) == WISH
    assert left_of(one) == left


ENDED_ROW = ("123401_20261101_00001.xlsx", "3", "=1号", "甲&乙", "", "局", "", "2026/05/10", "撤销",
             "2026/11/20")  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", SHAPES)
@pytest.mark.parametrize("format_", FORMATS)
def test_every_kind_of_file_is_written_and_equal_for_equal_rows(kind, form, format_):
    row = tuple(place.code for place in TEMPLATES[kind].of(form))
    one = kept(kind=kind, form=form, format=format_, documents=form == "person")
    body = written(one, "340200", [row, row])
    assert body == written(one, "340200", [row, row])
    assert body != written(one, "340200", [row])
    assert body != written(one._replace(sequence=8), "340200", [row, row]) or format_ != "xml"
    if format_ == "xml":
        tree = ElementTree.fromstring(body)
        assert [tree.findtext(f"Header/{name}") for name in ("Division", "Template", "Act")] == [
            *("340200", form, "report"),
        ]
        assert tree.findtext("Header/Count") == str(len(tree[1])) == "2"
        assert [each.text for each in tree[1][1]] == list(row)
        return
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(body)).get_sheet_by_index(0)
    header, *rows = sheet.to_python()
    assert (header == list(row)) is (format_ == "codes")
    assert rows == [list(row)] * 2
    assert sheet.name == TEMPLATES[kind].title + ("（自然人）" if form == "person" else "")


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_of_what_has_ended_has_its_own_columns_in_both_formats(kind):
    assert len(ENDED_HEADERS) == len(ENDED_COLUMNS) == len(ENDED_ROW)
    body = written(kept(kind=kind, act="ended", documents=True), "340200", [ENDED_ROW])
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(body)).get_sheet_by_index(0)
    assert sheet.name == f"{TEMPLATES[kind].title}终止清单"
    assert sheet.to_python() == [list(ENDED_HEADERS), list(ENDED_ROW)]
    body = written(kept(kind=kind, act="ended", format="xml"), "340200", [ENDED_ROW])
    (one,) = ElementTree.fromstring(body)[1]
    said = dict(zip(ENDED_COLUMNS, ENDED_ROW, strict=True))
    assert {each.tag: each.text for each in one} == {k: v for k, v in said.items() if v}
    assert one.tag == "Ended"


def test_a_message_of_nothing_is_whole_too():
    said = Header("340200", "0001", "permit", "entity", "report", DAY, 1, 0)
    tree = ElementTree.fromstring(b"".join(message(said, [])))
    assert (len(tree[1]), tree.findtext("Header/Count")) == (0, "0")


def test_a_message_is_written_piece_by_piece_and_refuses_a_row_of_another_template():
    said = Header("340200", "0001", "penalty", "entity", "report", DAY, 1, 2)
    row = tuple(place.code for place in TEMPLATES["penalty"].of("entity"))
    taken = []

    def rows() -> Any:
        for number in range(3):
            taken.append(number)
            yield row

    pieces = message(said, rows())
    next(pieces)
    assert taken == []
    next(pieces)
    assert taken == [0], "no row is read before it is written"
    with pytest.raises(ValueError, match="shorter"):
        list(message(said, [row[:-1]]))


@pytest.mark.parametrize("format_", FORMATS)
def test_days_are_written_as_the_format_wants_them(format_):
    wanted = "2026-11-23" if format_ == "xml" else "2026/11/23"
    assert day_text(DAY, style_of(format_)) == wanted


def staff(role: Role) -> Any:
    return SimpleNamespace(role=role, asker=SimpleNamespace(who="x"))


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("role", [Role.CLERK, Role.REVIEWER, Role.PUBLISHER])
@pytest.mark.parametrize("form", SHAPES)
@pytest.mark.parametrize("what", ["new", "all", "ended"])
def test_documents_go_where_they_may_by_whom_they_may(door, role, form, what):
    wish, reads = Wish(door, "penalty", form, what=what), role is not Role.PUBLISHER
    if form == "person" and door == "credit-china":
        with pytest.raises(MalformedRefusal, check=lambda e: e.detail_code == "no-persons-there"):
            refusals.with_documents(staff(role), wish)
    elif form == "person" and not reads and what != "ended":
        with pytest.raises(NotGrantedRefusal):
            refusals.with_documents(staff(role), wish)
    else:
        given = refusals.with_documents(staff(role), wish)
        assert given is (reads and door != "credit-china")


def test_every_refusal_is_said_in_both_languages():
    found: list[Refusal] = [
        refusals.not_for_him(staff(Role.PUBLISHER)),
        refusals.ended_since(range(1, 2000)),
        refusals.meanwhile(),
        refusals.no_such(),
        refusals.none_matched(3),
        refusals.no_number(),
        refusals.not_the_same(),
        refusals.nothing_stated(),
    ]
    for one in found:
        assert one.zh.endswith("。"), one.zh
        assert one.en.endswith("."), one.en
        assert "{" not in one.zh + one.en
    assert len({one.detail_code for one in found}) == len(found)
    ended = found[1]
    assert "（共 1999 行）" in ended.zh
    assert "20 行" in ended.zh
    assert "21" not in ended.zh
