"""What is stated of a standard, put in order, from records alone; and questions as written."""

from datetime import date

import pytest

from registry.domain.records import read_main
from registry.errors import MalformedRefusal
from registry.standards.asked import ASKABLE, ask_of, keys_of
from registry.standards.model import Known, Ref, Stated
from registry.standards.numbers import parse
from registry.standards.told import editions_of, lines_of
from tests.registry.query import standards_scene as made

NUMBER = "DB34/T 5037-2016"
KEYS = ("DB34/T 5037",)
NAMES = {"320100": "南京市"}
PLACES = {"320100": "南京市", "340200": "芜湖市"}
ON = date(2026, 11, 1)


def said(idx: int, main: dict[str, object]) -> Stated:
    return Stated(Ref("log.example/x", idx, str(main["id"]), "00" * 64), "320100", read_main(main))


@pytest.mark.parametrize(
    ("dates", "notice", "state"),
    [
        ({}, None, "in_force"),
        ({"effective_on": "2026-11-01"}, None, "in_force"),
        ({"effective_on": "2026-11-02"}, None, "upcoming"),
        ({"void_on": "2026-11-01"}, None, "void"),
        ({"void_on": "2026-11-02"}, None, "in_force"),
        ({}, ("void", "2026-11-01"), "void"),
        ({}, ("replaced", "2026-10-01"), "void"),
        ({}, ("replaced_in_part", "2026-10-01"), "partly_replaced"),
        ({}, ("void", "2026-11-02"), "in_force"),
        ({"effective_on": None}, None, "unknown"),
        ({"effective_on": None, "state": "void"}, None, "void"),
    ],
)
def test_the_state_of_an_edition_on_a_day(dates, notice, state):
    edition = {name: value for name, value in made.standard(**dates).items() if value is not None}
    notices = ()
    if notice is not None:
        by = {} if notice[0] == "void" else {"by": "GB/T 9-2026"}
        notices = (said(1, made.notice(NUMBER, notice[0], effective_on=notice[1], **by)),)
    known = Known(editions=(said(0, edition),), notices=notices)
    (view,) = editions_of(known, KEYS, ON, NAMES)
    assert (view.number, view.state, view.member_name) == (NUMBER, state, "南京市")


def test_a_notice_about_another_edition_changes_nothing():
    later = made.notice("DB34/T 5037-2006", "void", effective_on="2020-01-01")
    known = Known(editions=(said(0, made.standard()),), notices=(said(1, later),))
    assert [one.state for one in editions_of(known, KEYS, ON, NAMES)] == ["in_force"]
    assert editions_of(known, ("GB/T 1",), ON, NAMES) == ()


def test_relations_are_told_from_both_ends_in_order_of_the_day():
    replacing = made.standard(
        "GB/T 9-2026",
        effective_on="2026-01-01",
        replaces=[{"number": NUMBER, "extent": "part", "clauses": "4"}],
        references=["示例内部方法"],
    )
    own = made.standard(replaced_by=[{"number": "GB/T 9-2026", "extent": "part"}])
    stated = [said(0, replacing), said(1, own), said(2, made.case(NUMBER))]
    lines = lines_of(stated, KEYS, NAMES)
    assert [(line.role, line.number, line.extent, line.idx) for line in lines] == [
        ("replaced_by", "GB/T 9-2026", "part", 1),
        ("replaced_by", "GB/T 9-2026", "part", 0),
    ]
    other = lines_of(stated, ("GB/T 9",), NAMES)
    assert {(line.role, line.number) for line in other} == {
        ("replaces", NUMBER),
        ("references", "示例内部方法"),
    }


def test_a_question_is_read_in_whatever_spelling():
    ask = ask_of("ＤＢ34／Ｔ5037—2016", "320100", "tender", ON, "", PLACES)
    assert (ask.number, ask.territory, ask.use, ask.on) == (NUMBER, "320100", "tender", ON)
    assert set(ASKABLE) == {
        *("tender", "qualification", "certification", "funds", "supervision"),
        "sale",
    }
    assert keys_of(parse(NUMBER)) == KEYS
    assert keys_of(parse("DB34/T 310012-2026"))[0] == "DB34/T 310012"
    assert len(keys_of(parse("DB34/T 310012-2026"))) == 2


def test_a_territory_that_is_none_is_told_with_those_there_are():
    with pytest.raises(MalformedRefusal, match="320100 南京市, 340200 芜湖市"):
        ask_of(NUMBER, "110000", "tender", ON, "", PLACES)
