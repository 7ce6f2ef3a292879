"""The case language: what is not as expected is named; what is not in the language is refused."""

import msgspec
import pytest

from registry.standards import cases as module
from registry.standards.cases import CaseResult, run_cases

S = {"standard": {"id": "s", "number": "T/CAS 290-2017", "effective_on": "2017-10-01"}}
R = {"standard_recognition": {"id": "r", "number": "T/CAS 290-2017", "in_force_from": "2020-01-01"}}
ASK = {"number": "T/CAS 290-2017", "territory": "320100", "use": "tender", "on": "2024-09-01"}


def ran(expect: dict, *given: dict, **ask: object) -> CaseResult:
    case = {"name": "one", "given": list(given), "ask": ask, "expect": expect}
    (result,) = run_cases({"ask": ASK, "cases": [case]})
    return result


def test_a_case_without_expectations_passes():
    result = ran({}, S, R)
    assert (result.name, result.failures, result.answer.verdict) == ("one", (), "yes")


@pytest.mark.parametrize(
    ("expect", "failure"),
    [
        ({"verdict": "no"}, "verdict: yes，应为 / expected: no"),
        ({"mutual": True}, "mutual: False，应为 / expected: True"),
        ({"until": "2025-01-01"}, "until: None，应为 / expected: 2025-01-01"),
        ({"laws": ["none"]}, "缺少规定 / missing law: none"),
        ({"says": ["从未说过"]}, "未说明 / not said: 从未说过"),
        ({"never": ["南京市"]}, "不得出现 / said: 南京市"),
        ({"chain": ["s"]}, "chain: ('s', 'r')，应为 / expected: ('s',)"),
        ({"nearest": ["x"]}, "nearest: ()，应为 / expected: ('x',)"),
    ],
)
def test_what_is_not_as_expected_is_named(expect, failure):
    assert ran(expect, S, R).failures == (failure,)


def test_several_differences_are_all_named():
    assert len(ran({"verdict": "no", "edition": "x", "degree": "y"}, S, R).failures) == 3


def test_the_reasons_of_a_result_are_compared():
    given = (
        {"result_acceptance": {"number": "T/CAS 290-2017", "in_force_from": "2020-01-01"}},
        {"conformity_result": {"number": "T/CAS 290-2017", "issued_on": "2023-01-01"}},
    )
    assert ran({"serves": ["licence-unknown"]}, *given).failures == ()
    assert ran({"serves": []}, *given).failures == (
        "serves: ('licence-unknown',)，应为 / expected: ()",
    )


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"cases": [{"name": "x"}]},
        {"cases": [{"name": "x", "expect": {"verdit": "no"}}]},
        {"cases": [], "more": 1},
        {"cases": [{"name": "x", "expect": {}, "given": [S["standard"]]}]},
        {"cases": [{"name": "x", "expect": {}, "ask": {**ASK, "on": "2024-13-01"}}]},
        {"cases": [{"name": "x", "expect": {}, "ask": {**ASK, "use": "sail"}}]},
        {"cases": [{"name": "x", "expect": {}, "ask": ASK, "given": [{"no_type": {}}]}]},
        {
            "cases": [
                {"name": "x", "expect": {}, "ask": ASK, "given": [{"standard": {"nummer": "1"}}]}
            ]
        },
    ],
)
def test_what_is_not_in_the_language_is_refused(data):
    with pytest.raises(msgspec.ValidationError):
        run_cases(data)


def test_a_record_has_one_type():
    with pytest.raises(msgspec.ValidationError, match="exactly one type"):
        ran({}, {**S, **R})


def test_a_change_names_a_record_that_is_there():
    change = {
        "recognition_change": {"of": "nobody", "change": "ended", "effective_on": "2021-01-01"}
    }
    with pytest.raises(msgspec.ValidationError, match="nobody"):
        ran({}, R, change)


def test_an_answer_that_depends_on_the_order_or_does_not_replay_fails(monkeypatch):
    real, count = module.answer, iter(range(9))

    def other(ask: object, known: object) -> object:
        return msgspec.structs.replace(real(ask, known), contact=str(next(count)))

    monkeypatch.setattr(module, "answer", other)
    assert ran({}, S, R).failures == (
        "次序不同结果不同 / depends on the order of the records",
        "重演结果不同 / its bundle replays otherwise: contact",
    )
