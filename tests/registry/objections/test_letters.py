"""The letters, each whole in Chinese; the English beside; kept as given."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from registry.objections.letters import FORMS, read_letter, write
from registry.objections.terms import TERMS, left, until
from tests.registry.objections.samples import like

CASES: list[dict[str, Any]] = msgspec.yaml.decode(
    Path(__file__).with_name("letters.yaml").read_bytes(), type=list[dict[str, Any]]
)
AT = (datetime(2026, 11, 24, 1, 30, tzinfo=UTC), date(2026, 11, 24))


def written(case: dict[str, Any]):
    one = like(**case.get("given", {}))
    said = {**case.get("said", {})}
    for name in ("outcome", "consequence", "marking"):
        if name in said:
            said[name] = getattr(FORMS, name)[said[name]]
    names = ("芜湖市", "南京市" if one.territory else "")
    return write(case["kind"], one, names, AT, said, case.get("nth", 1))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['kind']}-{case.get('said', '')}")
def test_a_letter_says_what_it_must(case):
    kept = written(case)
    assert (kept.kind, kept.given_at) == (case["kind"], AT[0])
    letter = read_letter(kept)
    assert letter is not None
    assert (letter.number, letter.title[0], letter.to[0]) == (
        case["number"], case["title"], case["to"],
    )  # fmt: skip
    assert [pair[0] for pair in letter.paragraphs] == case["zh"]
    assert [pair[1] for pair in letter.paragraphs] == case.get(
        "en", [pair[1] for pair in letter.paragraphs]
    )
    assert [basis.said[0].partition("。")[0] + "。" for basis in letter.bases] == case["terms"]
    assert (letter.organ, letter.on) == ("芜湖市", AT[1])


def test_every_letter_has_a_case_and_names_terms_that_there_are():
    assert {case["kind"] for case in CASES} == set(FORMS.letter)
    named = {term for form in FORMS.letter.values() for term in form.terms}
    assert named <= set(TERMS)
    assert len({form.mark for form in FORMS.letter.values()}) == len(FORMS.letter)


def test_a_name_with_braces_is_only_a_name():
    letter = read_letter(write("filed", like(name="{number}"), ("芜湖市", ""), AT))
    assert letter is not None
    assert letter.to == ("{number}", "{number}")


def test_a_letter_that_was_erased_is_none():
    assert read_letter(written(CASES[0])._replace(text="")) is None


@pytest.mark.parametrize(
    ("key", "since", "day"),
    [
        ("accept", "2026-11-23", "2026-11-26"),
        ("mark", "2026-11-27", "2026-11-30"),
        ("decide", "2026-11-23", "2026-12-02"),
        ("extend", "2026-12-02", "2026-12-14"),
        ("withdraw", "2026-12-03", "2026-12-08"),
        ("correct", "2026-09-30", "2026-10-10"),  # a Saturday that is worked
    ],
)
def test_terms_count_working_days(key, since, day):
    assert until(key, date.fromisoformat(since)).day == date.fromisoformat(day)


def test_a_year_that_is_not_arranged_yet_is_told():
    assert until("decide", date(2035, 3, 1)).unknown_from == 2035


def test_the_term_of_a_withdrawal_is_the_law_s_own():
    term = TERMS["withdraw"]
    assert term.days == 3
    assert "行政处罚法" in term.basis_zh
    assert "48" in term.basis_en


def test_days_left_and_days_over():
    monday = date(2026, 11, 23)
    assert left(monday, monday) == 0
    assert left(monday, date(2026, 11, 30)) == 5
    assert left(date(2026, 11, 30), monday) == -5
    assert left(date(2026, 11, 22), date(2026, 11, 20)) == -1, "a weekend is late, too"
