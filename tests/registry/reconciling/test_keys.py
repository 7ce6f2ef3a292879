"""By what a row of the national side is one with a record of ours: never by a name."""

from itertools import combinations
from pathlib import Path
from typing import Any

import msgspec
import pytest

from registry.domain.records import decode_main
from registry.reconciling.keys import TYPES, Key, code_form, key_of, number_form, organ_form
from signing.record import encode_record, split_line
from tests.registry.query.scene import listing, permit, registration
from tests.registry.reconciling.scene import ORGAN, number, penalty

FIRM = {"kind": "organisation", "name": "芜湖示例建设有限公司", "uscc": "91340200MA00000231"}


def cases(name: str) -> list[dict[str, Any]]:
    data = Path(__file__).with_name(name).read_bytes()
    return msgspec.yaml.decode(data, type=list[dict[str, Any]])


def why(case: dict[str, Any]) -> str:
    return str(case["why"])


def record_of(main: dict[str, object]) -> Any:
    return decode_main(split_line(encode_record(main))[0])


@pytest.mark.parametrize("case", cases("spellings.yaml"), ids=why)
def test_spellings_of_one_number_are_one_and_others_are_none_of_it(case):
    (form,) = {number_form(text) for text in case["same"]}
    assert form
    assert form not in {number_form(text) for text in case["other"]}
    assert number_form(form) == form, "the normal form of a normal form is itself"
    if len(case["other"]) > 1:
        forms = [number_form(text) for text in case["other"]]
        assert all(one != two for one, two in combinations(forms, 2))


@pytest.mark.parametrize("text", ["", " ", "号", "第号", "〔〕", "（ ）号", "\u200b", "第 年 號"])
def test_what_has_only_marks_is_no_number(text):
    assert number_form(text) == ""


def test_a_number_of_any_length_has_a_form():
    assert number_form("〔" * 20_000 + "7" + "〕" * 20_000) == "7"
    assert len(number_form("㍿" * 500)) == 2000, "a sign may stand for four characters"


@pytest.mark.parametrize("case", cases("codes.yaml"), ids=why)
def test_a_code_is_read_and_a_person_s_number_is_none(case):
    assert code_form(case["typed"]) == case["read"]


@pytest.mark.parametrize("case", cases("organs.yaml"), ids=why)
def test_organs_are_one_by_their_whole_name(case):
    assert (organ_form(case["one"]) == organ_form(case["two"])) is case["same"]


def test_a_penalty_and_a_listing_are_known_by_code_number_and_organ():
    made = penalty(7, subject=FIRM, decision_no="芜市监罚（２０２６）第 7 号")
    assert key_of(record_of(made)) == Key("91340200MA00000231", "芜市监罚|2026|7", ORGAN)
    listed = listing(subject=FIRM, decision_no=number(8))
    organ = "芜湖市人力资源和社会保障局"
    assert key_of(record_of(listed)) == Key("91340200MA00000231", "芜市监罚|2026|8", organ)
    assert set(TYPES) == {made["type"], listed["type"]}


def test_the_spelling_of_a_code_in_a_record_does_not_matter():
    spelled = {**FIRM, "uscc": "91340200ma0000 0231"}
    assert key_of(record_of(penalty(7, subject=spelled))) == key_of(
        record_of(penalty(7, subject={**FIRM, "name": "另一名称"}))
    )


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (penalty(1, subject={"kind": "organisation", "name": "无码协会"}), "no code at all"),
        (
            penalty(1, subject={**FIRM, "uscc": "91340200MA0000023"}),
            "what is stated as a code cannot be one",
        ),
        (
            penalty(1, subject={"kind": "natural_person", "name": "示例乙"}),
            "persons are compared nowhere",
        ),
        (
            penalty(1, subject={**FIRM, "kind": "natural_person"}),
            "nor where a person states an enterprise's code",
        ),
        (listing(subject=FIRM), "a list without the number of its decision"),
        (permit(subject=FIRM), "a permit has no class"),
        (registration(subject=FIRM), "nor has a registration"),
        (listing("tax-grade-a", subject=FIRM, decision_no="1号"), "an honour"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_what_the_national_side_does_not_have_has_no_key(made, reason):
    assert key_of(record_of(made)) is None, reason


@pytest.mark.parametrize("level", ["minor", "general", "serious", "unclassified"])
def test_the_class_is_no_part_of_a_key(level):
    classed = penalty(7, subject=FIRM, severity={"class": level})
    assert key_of(record_of(classed)) == key_of(record_of(penalty(7, subject=FIRM)))


def test_a_sole_trader_is_compared_as_an_organisation_is():
    trader = {"kind": "sole_trader", "name": "示例小吃店", "uscc": "92340500MA23405745"}
    key = key_of(record_of(penalty(7, subject=trader)))
    assert key is not None
    assert key.code == trader["uscc"]
