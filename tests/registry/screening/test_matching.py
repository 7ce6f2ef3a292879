"""Whom a row means, how certain, and why: by code, by name, by what was judged before."""

from datetime import UTC, date, datetime

import pytest

from registry.domain.identifiers import regno_check
from registry.domain.subjects import subject_id
from registry.screening import matching
from registry.screening.matching import Asked, Seen, code_of, compare, settle
from registry.store.reading_terms import StatedName
from registry.store.screening_judgements import Judgement
from search.certainty import SURE, certainties, certainty
from search.matching import Candidate, match_name
from search.names import normalise
from tests.registry.query.scene import uscc

SINCE = date(2020, 1, 1)
FIRM, OLD = "芜湖示例建设有限公司", "芜湖旧名建设有限公司"
ONE, TWO = uscc(1), uscc(2)
REGNO = "32010000001234" + regno_check("32010000001234")


def seen(number: int = 1, name: str = FIRM, *former: str, codes: tuple[str, ...] = ()) -> Seen:
    names = (
        StatedName(name, SINCE, former=False),
        *(StatedName(o, SINCE, former=True) for o in former),
    )
    return Seen(f"{number:032x}", names, codes or (uscc(number),), ("340200",))


@pytest.mark.parametrize(
    ("name", "code", "reason", "sure"),
    [
        ("", ONE, "exact-code", True),
        (FIRM, ONE, "code-and-name", True),
        ("芜湖示例建设公司", ONE, "code-and-name", True),
        (OLD, ONE, "code-and-name", True),
        ("合肥某某商贸行", ONE, "code-not-name", False),
        (FIRM, "", "exact-name", True),
        ("蕪湖示例建設有限公司", "", "exact-name", True),
        (OLD, "", "former-name", True),
        (FIRM, TWO, "name-not-code", False),
        ("芜湖示例建设公司", "", "resembles", False),
        ("芜湖示列建设有限公司", "", "resembles", False),
        ("芜湖示例", "", "resembles", False),
        ("", TWO, None, False),
        ("合肥某某商贸行", "", None, False),
        ("芜湖示列建设有限公司", TWO, None, False),
        ("", ONE[8:17], "exact-code", True),
        ("", "12", None, False),
    ],
)
def test_a_row_beside_a_subject(name, code, reason, sure):
    match = compare(Asked(name, code), seen(1, FIRM, OLD))
    assert (match and match.reasons[0], bool(match and match.sure)) == (reason, sure)
    if match:
        assert 0 < match.certainty <= 1
        assert match.sure is (match.certainty >= 0.9 and reason != "resembles")
        assert (match.name, match.code, match.former_names) == (FIRM, ONE, (OLD,))


def test_a_unified_code_meets_who_is_known_by_its_organisation_code_alone():
    match = compare(Asked("", ONE), seen(codes=(ONE[8:17],)))
    assert match.reasons == ("exact-code",)


def test_a_resemblance_is_as_certain_as_a_search_says():
    match = compare(Asked("芜湖示列建设有限公司", ""), seen(1, FIRM))
    hit = match_name(normalise("芜湖示列建设有限公司"), Candidate("0", FIRM, ()))
    assert match.certainty == certainties([hit])[0] == certainty(hit)
    assert 0.2 < match.certainty < SURE


@pytest.mark.parametrize(
    ("text", "code", "wrong"),
    [
        (f" {ONE[:8]}-{ONE[8:]} ".lower(), ONE, ""),
        (REGNO, REGNO, ""),
        ("3201000000123", "3201000000123", ""),
        ("320100000012340", "320100000012340", "code-check"),
        (ONE[8:17], ONE[8:17], ""),
        ("9.13402E+17", "9.13402E+17", "code-malformed"),
        ("无", "无", "code-malformed"),
    ],
)
def test_codes_in_their_normal_form(text, code, wrong):
    assert code_of(text) == (code, wrong)


def test_which_subjects_a_code_may_stand_for():
    assert Asked("", ONE).ids == (subject_id("uscc", ONE), subject_id("orgcode", ONE[8:17]))
    assert Asked("", REGNO).ids == (subject_id("regno", REGNO),)
    assert Asked("", ONE[8:17]).ids == (subject_id("orgcode", ONE[8:17]),)
    assert (Asked("", "x").ids, Asked("", REGNO).orgcode) == ((), "")
    assert Asked("", ONE[8:17]).orgcode == Asked("", ONE).orgcode == ONE[8:17]


def test_a_name_is_looked_up_in_the_writings_of_records():
    assert Asked("示例(南京)公司", "").spellings == ("示例(南京)公司", "示例（南京）公司")
    assert Asked("", ONE).spellings == ()


def judged(what: str, number: int = 1) -> dict[str, Judgement]:
    at = datetime(2026, 11, 1, tzinfo=UTC)
    return {f"{number:032x}": Judgement(b"k" * 16, bytes(16), what, "key:a", "", at)}


def outcome(name: str, *subjects: Seen, code: str = "", **said: str):
    told = {k: v for one, what in said.items() for k, v in judged(what, int(one[1:])).items()}
    found = [match for one in subjects if (match := compare(Asked(name, code), one))]
    result = settle(found, told)
    return result.kind, result.reason, [int(one.subject_id, 16) for one in result.matches], result


def test_one_sure_subject_is_found_and_several_are_for_a_person():
    assert outcome(FIRM, seen(1))[:3] == ("found", "exact-name", [1])
    assert outcome(FIRM, seen(1), seen(2))[:3] == ("uncertain", "several", [1, 2])
    assert outcome(FIRM, seen(1), seen(2), code=ONE)[:3] == ("found", "code-and-name", [1])
    assert outcome(FIRM, seen(1, OLD), seen(2), code=ONE)[:2] == ("uncertain", "code-not-name")
    assert outcome("芜湖示例", seen(1), seen(2))[:3] == ("uncertain", "resembles", [1, 2])
    assert outcome(FIRM)[:3] == ("not_found", "", [])


def test_what_was_judged_counts_and_is_told():
    kind, reason, who, result = outcome("芜湖示例", seen(1), seen(2), s2="same")
    assert (kind, reason, who) == ("found", "judged-same", [2])
    assert result.matches[0].judged.judgement == "same"
    assert [int(one, 16) for one in result.candidates] == [1, 2]
    kind, reason, who, result = outcome(FIRM, seen(1), seen(2), s1="different")
    assert (kind, reason, who) == ("found", "exact-name", [2])
    assert [int(one.subject_id, 16) for one in result.apart] == [1]
    assert outcome(FIRM, seen(1), s1="different")[:3] == ("not_found", "judged-different", [])
    assert outcome(FIRM, seen(1), s1="unsure")[:3] == ("uncertain", "exact-name", [1])
    assert outcome(FIRM, seen(1), seen(2), s1="same", s2="same")[:2] == ("uncertain", "several")


def test_candidates_are_few_and_the_likeliest_first():
    many = [seen(at, f"芜湖示例建设第{at}有限公司") for at in range(1, 31)]
    kind, _, who, result = outcome("芜湖示例建设", *many, seen(40))
    assert (kind, len(who), who[0]) == ("uncertain", matching.CANDIDATES, 40)
    assert len(result.candidates) == matching.KEPT
