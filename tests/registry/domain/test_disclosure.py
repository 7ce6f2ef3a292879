"""Who sees what: the whole table, role by role, and the rules of law one by one."""

from dataclasses import replace
from datetime import date
from itertools import product
from typing import get_args

import pytest

from registry.domain.disclosure import (
    RecordState,
    Role,
    State,
    may_show,
    of_market_regulation,
    state_of,
    under_public_security_law,
)
from registry.domain.records import KINDS, TYPES
from registry.domain.records.base import Publication, SeverityClass, SubjectKind
from tests.registry.ingest.samples import decoded

ON = date(2026, 6, 1)
PENALTY = RecordState(
    publication="public",
    severity="general",
    state="standing",
    subject_kind="organisation",
    type="penalty",
    procedure="ordinary",
    kinds=("罚款",),
    basis_public_security=False,
    publicity_until=date(2027, 3, 10),
    decided_on=date(2026, 3, 10),
)


def seen_by(**changes):
    state = replace(PENALTY, **changes)
    return {role.value for role in Role if may_show(role, state, ON)}


HOLDERS = {"clerk", "reviewer", "publisher", "auditor"}
ORGANS = {"regulator", "procurer", "region"}
EVERYBODY = {role.value for role in Role}


@pytest.mark.parametrize(
    ("changes", "roles"),
    [
        ({}, EVERYBODY),
        ({"severity": "serious"}, EVERYBODY),
        ({"severity": "minor"}, HOLDERS | ORGANS | {"business"}),
        ({"severity": "unclassified"}, HOLDERS | {"business"}),
        ({"publication": "government"}, HOLDERS | ORGANS | {"business"}),
        ({"publication": "authorised"}, HOLDERS | {"business", "third_party"}),
        ({"state": "repaired"}, HOLDERS | {"business"}),
        ({"state": "withdrawn"}, HOLDERS | {"business"}),
        ({"state": "expired"}, HOLDERS | {"business"}),
        ({"state": "exited"}, HOLDERS | {"business"}),
        ({"state": "quarantined"}, HOLDERS),
        ({"state": "not-competent-act"}, HOLDERS),
        ({"basis_public_security": True}, HOLDERS - {"auditor"}),
        ({"subject_kind": "natural_person"}, EVERYBODY - {"public", "operator", "consumer"}),
        ({"subject_kind": "sole_trader"}, EVERYBODY),
        ({"procedure": "simple"}, HOLDERS | ORGANS | {"business"}),
        ({"kinds": ("警告",)}, HOLDERS | ORGANS | {"business"}),
        ({"kinds": ("警告", "通报批评")}, HOLDERS | ORGANS | {"business"}),
        ({"kinds": ("警告", "罚款")}, EVERYBODY),
        ({"kinds": ("警告",), "market_regulation": False}, EVERYBODY),
        ({"procedure": None}, HOLDERS | ORGANS | {"business"}),
        ({"procedure": None, "market_regulation": False}, EVERYBODY),
        ({"published_on": ON}, EVERYBODY),
        ({"published_on": date(2026, 6, 2)}, HOLDERS | ORGANS | {"business"}),
        ({"publicity_until": None}, EVERYBODY),
        ({"publicity_until": ON}, EVERYBODY),
        ({"publicity_until": date(2026, 5, 31)}, HOLDERS | ORGANS | {"business"}),
        ({"decided_on": date(2026, 6, 2)}, HOLDERS | ORGANS | {"business"}),
        ({"type": "list_entry", "severity": "unclassified"}, HOLDERS | {"business"}),
        (
            {"type": "list_entry", "list_code": "tax-grade-a", "severity": "unclassified"},
            EVERYBODY,
        ),
        ({"type": "registration", "severity": "unclassified", "kinds": ()}, EVERYBODY),
        ({"type": "permit", "severity": "unclassified", "kinds": ()}, EVERYBODY),
        (
            {"type": "adoption", "severity": "unclassified", "decided_on": date(2026, 7, 1)},
            EVERYBODY,
        ),
        ({"type": "rulebook", "severity": "unclassified"}, EVERYBODY),
        ({"state": "amended"}, HOLDERS | {"business"}),
        ({"state": "shielded"}, HOLDERS | {"business"}),
        ({"type": "honour", "severity": "unclassified", "kinds": ()}, EVERYBODY),
        ({"type": "sampling", "severity": "unclassified", "kinds": ()}, EVERYBODY),
        ({"type": "sampling", "severity": "minor"}, HOLDERS | ORGANS | {"business"}),
        ({"type": "evaluation"}, HOLDERS | ORGANS | {"business"}),
        ({"type": "per_mu"}, HOLDERS | ORGANS | {"business"}),
        ({"type": "measure_use"}, HOLDERS | ORGANS | {"business"}),
        ({"type": "clue_transfer"}, HOLDERS | {"regulator"}),
        ({"type": "clue_reply"}, HOLDERS | {"regulator"}),
        ({"type": "authorisation"}, HOLDERS | {"business"}),
        ({"type": "erasure_order"}, HOLDERS | {"business"}),
        ({"type": "repair"}, HOLDERS | ORGANS | {"business"}),
        ({"type": "withdrawal"}, HOLDERS | ORGANS | {"business"}),
        ({"type": "list_exit"}, HOLDERS | ORGANS | {"business"}),
    ],
)
def test_who_sees(changes, roles):
    assert seen_by(**changes) == roles


DAYS = {"before": date(2026, 3, 9), "within": ON, "after": date(2027, 3, 11)}
READS = {  # ranges, classes, ended records too, audiences, within publicity only, sealed too
    "public": ("p", "gs", "", "o", True, False),
    "operator": ("p", "gs", "", "o", True, False),
    "consumer": ("p", "gs", "", "o", True, False),
    "third_party": ("pa", "gs", "", "o", True, False),
    "regulator": ("pg", "mgs", "", "oOb", False, False),
    "procurer": ("pg", "mgs", "", "oO", False, False),
    "region": ("pg", "mgs", "", "oO", False, False),
    "business": ("pga", "mgsu", "ended", "oOh", False, False),
    "clerk": ("pga", "mgsu", "ended bad", "oObh", False, True),
    "reviewer": ("pga", "mgsu", "ended bad", "oObh", False, True),
    "publisher": ("pga", "mgsu", "ended bad", "oObh", False, True),
    "auditor": ("pga", "mgsu", "ended bad", "oObh", False, False),
}
ENDED = {"repaired", "withdrawn", "amended", "shielded", "expired", "exited"}
AUDIENCES = {"open": "o", "organs": "O", "between": "b", "holders": "h"}


def by_the_table(role, state, when):
    """Say the same as the function from a table that was written for readers of the law."""
    ranges, classes, states, audiences, publicity, sealed = READS[role]
    letter = state.severity[0]
    light = state.type in {"compulsion", "inspection", "sampling", "risk_alert"}
    classed = state.type in {"penalty", "list_entry"} or (light and letter == "m")
    told = state.state == "standing" or (state.state in ENDED and "ended" in states)
    told = told or (state.state in {"quarantined", "not-competent-act"} and "bad" in states)
    persons = (
        role not in {"public", "operator", "consumer"} or state.subject_kind != "natural_person"
    )
    of_standards = state.type == "recognition_change"  # as open as what it changes
    timely = when == "within" or KINDS[state.type].family == "region" or of_standards
    return (
        state.publication[0] in ranges
        and (letter in classes or not classed)
        and told
        and AUDIENCES[KINDS[state.type].audience] in audiences
        and persons
        and (timely or not publicity)
        and (sealed or not state.basis_public_security)
    )


@pytest.mark.parametrize("role", Role)
def test_the_whole_table(role):
    axes = product(
        get_args(Publication), get_args(SeverityClass), get_args(State),
        get_args(SubjectKind), TYPES, (True, False), DAYS,
    )  # fmt: skip
    count = 0
    for publication, severity, state, kind, name, sealed, when in axes:
        case = replace(
            PENALTY, publication=publication, severity=severity, state=state, subject_kind=kind,
            type=name, basis_public_security=sealed,
        )  # fmt: skip
        assert may_show(role, case, DAYS[when]) is by_the_table(role.value, case, when), case
        count += 1
    assert count == 3 * 4 * 9 * 3 * len(TYPES) * 2 * 3


def test_the_public_never_sees_more_than_anyone_who_reads_for_an_organ():
    axes = product(
        get_args(Publication),
        get_args(SeverityClass),
        get_args(State),
        get_args(SubjectKind),
        TYPES,
        (True, False),
    )
    names = ("publication", "severity", "state", "subject_kind", "type", "basis_public_security")
    for values in axes:
        state = replace(PENALTY, **dict(zip(names, values, strict=True)))
        if may_show(Role.PUBLIC, state, ON):
            assert state.state == "standing"
            assert state.publication == "public"
            assert state.subject_kind != "natural_person"
            assert not state.basis_public_security
            assert all(may_show(role, state, ON) for role in Role)


@pytest.mark.parametrize(
    ("text", "sealed"),
    [
        ("《中华人民共和国治安管理处罚法》第二十六条", True),
        ("《中华人民共和国治安管理处罚条例》第十九条", True),
        ("《中华人民共和国产品质量法》第四十九条", False),
    ],
)
def test_basis_law(text, sealed):
    assert under_public_security_law(text) is sealed


def test_market_regulators_by_kind_or_name():
    assert of_market_regulation("市场监督管理部门", "")
    assert of_market_regulation("", "芜湖市工商行政管理局")
    assert not of_market_regulation("人力资源社会保障部门", "芜湖市人力资源和社会保障局")


def test_state_of_a_penalty():
    state = state_of(decoded("penalty"))
    assert state.type == "penalty"
    assert state.kinds == ("罚款", "没收违法所得")
    assert state.procedure == "ordinary"
    assert state.publicity_until == date(2027, 3, 10)
    assert state.market_regulation
    assert state.list_code is None
    assert may_show(Role.PUBLIC, state, ON)
    assert not may_show(Role.PUBLIC, state_of(decoded("penalty"), "repaired"), ON)


def test_a_relation_that_names_a_person_is_as_hidden_as_the_person():
    plain = decoded("relation")
    assert may_show(Role.PUBLIC, state_of(plain), ON)
    for changes in (
        {"subject": {"kind": "natural_person", "name": "示例甲"}},
        {"others__0__subject__kind": "natural_person"},
    ):
        state = state_of(decoded("relation", **changes))
        assert state.subject_kind == "natural_person"
        assert not may_show(Role.PUBLIC, state, ON)
        assert may_show(Role.REGULATOR, state, ON)


def test_state_of_the_other_types():
    entry = state_of(decoded("list_entry"))
    assert entry.list_code == "wage-arrears"
    assert not entry.market_regulation
    assert entry.publicity_until is None
    sealed = decoded("list_entry", basis="治安管理处罚法第十条")
    assert state_of(sealed).basis_public_security
    repair = state_of(decoded("repair"))
    assert repair.procedure is None
    assert repair.kinds == ()
    assert not may_show(Role.PUBLIC, repair, ON)
    for name in TYPES:
        assert state_of(decoded(name)).type == name
