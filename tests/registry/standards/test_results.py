"""Results, group standards and self-declarations: each failure is named, and nothing else."""

from datetime import date

import pytest
from msgspec.structs import replace

from registry.standards.cases import records_of
from registry.standards.results import declared, may_serve, taken_into

ON = date(2024, 9, 1)
LABORATORY = {"kind": "organisation", "name": "某检测中心", "uscc": "12320100MB0000001X"}
ACCEPTANCE, SCOPE, RESULT = (
    one.record
    for one in records_of(
        [
            {
                "result_acceptance": {
                    "number": "T/CAS 290-2017",
                    "in_force_from": "2020-01-01",
                    "products": ["锂电池"],
                    "months": 12,
                    "marks": ["CMA"],
                }
            },
            {
                "laboratory_scope": {
                    "valid_from": "2022-01-01",
                    "valid_until": "2023-12-31",
                    "subject": LABORATORY,
                    "items": [{"item": "锂电池", "method": "GB/T 36276-2018"}],
                }
            },
            {
                "conformity_result": {
                    "number": "T/CAS 290-2017",
                    "product": "锂电池",
                    "sample": "样品A",
                    "tested_on": "2023-12-31",
                    "issued_on": "2024-01-31",
                    "methods": ["GB/T 36276-2018"],
                }
            },
        ]
    )
)


def codes(result=RESULT, *, scopes=(SCOPE,), on=ON, product="", acceptance=ACCEPTANCE) -> list[str]:
    return [reason.code for reason in may_serve(acceptance, result, scopes, on, product)]


def test_it_serves_where_everything_holds():
    assert codes() == []
    assert codes(product="锂电池") == []


def test_every_failure_is_told_at_once_in_both_languages():
    bad = replace(
        RESULT, number="T/X 1-2020", product="铅酸电池", conclusion="does_not_conform", sample="x"
    )
    reasons = may_serve(ACCEPTANCE, bad, (), date(2026, 1, 1), "")
    assert [reason.code for reason in reasons] == [
        "other-edition",
        "other-product",
        "not-conforming",
        "too-old",
        "licence-unknown",
    ]
    assert all(reason.zh and reason.en for reason in reasons)
    assert reasons[0].zh == "依据T/X 1-2020，所采信的是T/CAS 290-2017"
    assert reasons[3].en == "older than 12 months (until 2025-01-31)"


@pytest.mark.parametrize(
    ("day", "wanted"),
    [("2024-01-30", ["not-yet-issued"]), ("2025-01-31", []), ("2025-02-01", ["too-old"])],
)
def test_the_age_is_counted_in_months(day, wanted):
    assert codes(on=date.fromisoformat(day)) == wanted


def test_a_month_that_is_shorter_ends_on_its_last_day():
    short = replace(ACCEPTANCE, months=1)
    assert codes(acceptance=short, on=date(2024, 2, 29)) == []
    assert codes(acceptance=short, on=date(2024, 3, 1)) == ["too-old"]


def test_the_licence_is_that_of_the_laboratory_and_of_the_day_of_the_test():
    other = replace(SCOPE, subject=replace(SCOPE.subject, uscc="12320100MB0000002X"))
    assert codes(scopes=(other,)) == ["licence-unknown"]
    assert codes(scopes=(replace(SCOPE, certificate_no="CMA-9"),)) == ["licence-unknown"]
    assert codes(scopes=(replace(SCOPE, valid_until=date(2023, 12, 30)),)) == ["licence-not-valid"]
    assert codes(scopes=(replace(SCOPE, valid_from=date(2024, 1, 1)),)) == ["licence-not-valid"]
    # Valid on the day of the test is enough: that it has ended since does not matter.
    assert codes(scopes=(SCOPE,), on=date(2024, 9, 1)) == []


def test_a_renewed_licence_is_looked_at_as_well():
    old = replace(SCOPE, valid_until=date(2022, 12, 31))
    new = replace(SCOPE, valid_from=date(2023, 1, 1))
    assert codes(scopes=(old, new)) == []
    listed = replace(SCOPE.items[0], method="GB/T 36276-2023")
    assert codes(scopes=(old, replace(new, items=(listed,)))) == ["method-edition"]


def test_of_several_marks_one_that_is_accepted_is_enough():
    other = replace(SCOPE, mark="CNAS")
    assert codes(scopes=(other,)) == ["other-mark"]
    assert codes(scopes=(other, SCOPE)) == []
    assert codes(scopes=(other,), acceptance=replace(ACCEPTANCE, marks=("CMA", "CNAS"))) == []


def test_each_method_is_looked_at():
    methods = ("GB/T 36276-2023", "GB/T 36276-2018", "GB/T 1-2020")
    reasons = may_serve(ACCEPTANCE, replace(RESULT, methods=methods), (SCOPE,), ON)
    assert [(reason.code, reason.zh) for reason in reasons] == [
        ("method-edition", "资质范围内是GB/T 36276-2018，不是GB/T 36276-2023"),
        ("method-not-in-scope", "GB/T 1-2020不在资质范围内"),
    ]


def test_group_standards_taken_into_public_ones_in_order():
    uses = records_of(
        [
            {"group_standard_use": {"number": number, "into": into, "effective_on": day}}
            for number, into, day in (
                ("T/CAS 290-2017", "GB/T 2-2020", "2021-01-01"),
                ("T/CAS 290-2017", "GB/T 1-2020", "2020-01-01"),
                ("T/CAS 290", "GB/T 3-2020", "2022-01-01"),
                ("T/CAS 291-2017", "GB/T 4-2020", "2020-01-01"),
            )
        ]
    )

    def into(day: str) -> list[str]:
        found = taken_into(uses, "T/CAS 290-2017", date.fromisoformat(day))
        return [one.record.into for one in found]

    assert into("2019-12-31") == []
    assert into("2020-01-01") == ["GB/T 1-2020"]
    assert into("2022-01-01") == ["GB/T 1-2020", "GB/T 2-2020", "GB/T 3-2020"]


def test_a_self_declaration_is_told_as_what_it_is():
    stated = records_of(
        [
            {
                "self_declaration": {
                    "id": name,
                    "number": "Q/ABC 1-2020",
                    "product": product,
                    "declared_on": "2021-01-01",
                    **more,
                }
            }
            for name, product, more in (
                ("plain", "锂电池", {}),
                ("tested", "锂电池", {"valid_until": "2024-09-01", "results": ["R-1", "R-2"]}),
                ("other", "铅酸电池", {}),
            )
        ]
    )

    def told(day: str) -> list[tuple[str, str]]:
        found = declared(stated, "Q/ABC 1-2020", "锂电池", date.fromisoformat(day))
        return [(one.ref.id, said.zh) for one, said in found]

    plain = "某标准化机构于2021-01-01自我声明其产品执行Q/ABC 1-2020，不是合格证明"
    assert told("2020-12-31") == []
    assert told("2021-01-01") == [("plain", plain), ("tested", f"{plain}；所引报告：R-1、R-2")]
    assert told("2024-09-01")[1][0] == "tested"
    assert told("2024-09-02") == [("plain", plain)]
    (_, said) = declared(stated, "Q/ABC 1-2020", "锂电池", ON)[1]
    assert said.code == "self-declared"
    assert said.en.endswith("that is no proof of conformity; it names R-1、R-2")
    assert declared(stated, "Q/ABC 2-2020", "锂电池", ON) == ()
