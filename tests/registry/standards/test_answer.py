"""The answer as a person gets it: sentences word for word, bounds, links, the day of change."""

import re
from datetime import date
from pathlib import Path

import pytest
from msgspec.structs import replace

from registry.standards import answer as module
from registry.standards.answer import DAYS_MAX, LINKS_MAX, answer, in_order, links
from registry.standards.cases import known_of, records_of
from registry.standards.model import Answer, Ask, Known
from registry.standards.nearest import NEAREST_MAX
from registry.standards.notes import ELSEWHERE_MAX
from registry.standards.statutes import STATUTES
from registry.standards.words import CHANGES, CODES, NOTES, WHY, place_name
from tests.conftest import absent

WORDING = Path(__file__).parents[4] / "shared" / "wording.md"
ASK = Ask("T/CAS 290-2017", "320100", "tender", date(2024, 9, 1))
S = {"standard": {"id": "s", "number": "T/CAS 290-2017", "effective_on": "2017-10-01"}}


def known(*given: dict) -> Known:
    return known_of(records_of(list(given)))


def recognition(number: str = "T/CAS 290-2017", **members: object) -> dict:
    return {"standard_recognition": {"number": number, "in_force_from": "2020-01-01", **members}}


def asked(*given: dict, **changed: object) -> Answer:
    return answer(replace(ASK, **changed), known(*given))


def test_the_first_sentence_names_place_use_and_edition():
    got = asked(S, number="T/CAS 290")
    assert got.first_zh == (
        "符合强制性标准的产品可以在全国销售，无需南京市认可。"
        "以下只回答：招标投标中，T/CAS 290-2017能否作为依据。"
    )
    assert got.first_en == (
        "Products that meet mandatory standards may be sold nationwide and need no recognition by"
        " 南京市 (320100). What follows answers only whether T/CAS 290-2017 can be a basis for"
        " tenders."
    )


@pytest.mark.parametrize(
    ("use", "name"),
    [
        ("tender", "招标投标"),
        ("qualification", "资质申请"),
        ("certification", "认证"),
        ("funds", "资金项目"),
        ("supervision", "监管抽查"),
    ],
)
def test_every_use_has_its_name_in_the_first_sentence(use, name):
    assert f"以下只回答：{name}中，" in asked(S, use=use).first_zh


@pytest.mark.shared_data
def test_the_sentences_are_those_agreed_for_pages():
    if not WORDING.exists():
        absent(f"{WORDING} is not there: the agreed sentences cannot be compared")
    text = WORDING.read_text(encoding="utf-8")
    first = re.search(r"Standard question, first line always: (.+)", text)
    assert first is not None
    wanted = re.sub(r"\{招标投标.*?\}", "招标投标", first[1])
    wanted = wanted.replace("{地区}", "南京市").replace("{标准}", "T/CAS 290-2017")
    assert asked(S).first_zh == wanted
    nothing = re.search(r"No recognition: (.+)", text)
    assert nothing is not None
    assert asked(S).notes_zh[0] == nothing[1].replace("{地区}", "南京市")
    sale = asked(S, use="sale").first_zh
    assert wanted.startswith(sale)
    assert sale.endswith("无需南京市认可。")


def test_no_sentence_says_that_nothing_found_is_a_bar():
    texts = [text for table in (NOTES, WHY, CODES, CHANGES) for text in table.values()]
    assert all(zh and en for zh, en in texts)
    assert all("禁止" not in zh and "违规" not in zh for zh, _ in texts)
    got = asked(S)
    assert got.verdict == "no_document"
    assert got.notes_en[0].endswith("must not be sold or used in 南京市 (320100).")


def test_places_have_their_names():
    assert place_name("320100") == ("南京市", "南京市 (320100)")
    assert place_name("CN") == ("全国", "China")
    assert place_name("999999") == ("999999", "999999")
    assert asked(S, territory="CN").notes_zh[0].startswith("未查询到全国认可该标准的文件")


def test_inputs_name_records_law_and_names():
    got, other = asked(S), asked(S, use="funds")
    assert set(got.inputs) == {"records", "statutes", "divisions"}
    assert got.inputs == other.inputs
    assert got.inputs["statutes"] == STATUTES.digest
    assert asked(S, recognition()).inputs["records"] != got.inputs["records"]
    law = replace(STATUTES, rows=())
    bare = answer(ASK, known(S), law)
    assert (bare.inputs["statutes"], bare.statutes) == (law.digest, ())


def test_the_member_whose_log_it_is_belongs_to_the_inputs():
    one = known(S)
    moved = replace(one, editions=tuple(replace(s, member="340500") for s in one.editions))
    assert answer(ASK, one).inputs["records"] != answer(ASK, moved).inputs["records"]


def test_what_is_known_is_put_in_order_and_each_place_once():
    one = known(S, recognition(id="r"), recognition(id="q", territory="340500"))
    twice = Known(editions=one.editions * 2, recognitions=one.recognitions[::-1] * 2)
    assert in_order(twice) == one


def test_the_day_of_change_lies_after_the_day_asked():
    got = asked(S, recognition(in_force_until="2024-09-01"))
    assert (got.verdict, got.changes_on) == ("yes", date(2024, 9, 2))
    after = asked(S, recognition(in_force_until="2024-09-01"), on=date(2024, 9, 2))
    assert (after.verdict, after.changes_on) == ("no_document", None)


def test_the_last_day_there_is_changes_nothing():
    got = asked(S, recognition(in_force_until="9999-12-31"))
    assert (got.until, got.changes_on) == (date.max, None)


def test_a_change_that_changes_nothing_is_no_change():
    unrelated = recognition(number="T/MAS 1-2018", territory="340500", in_force_from="2025-01-01")
    assert asked(S, recognition(), unrelated).changes_on is None


def test_past_the_bound_the_first_day_not_looked_into_is_given():
    days = [date.fromordinal(date(2030, 1, 1).toordinal() + place) for place in range(DAYS_MAX + 1)]
    given = [
        recognition(
            number="T/MAS 1-2018", territory="340500", id=f"r{place}", in_force_from=str(day)
        )
        for place, day in enumerate(days)
    ]
    assert asked(S, *given).changes_on == days[DAYS_MAX]
    assert asked(S, *given[:-1]).changes_on is None


def test_reasons_name_their_organ_and_what_it_did():
    change = {
        "recognition_change": {
            "of": "r",
            "change": "suspended",
            "effective_on": "2024-01-01",
            "reasons": "抽查不合格",
        }
    }
    got = asked(S, recognition(id="r", reasons="比对一致"), change)
    name = "320100市场监督管理局"
    assert got.reasons == (f"{name}：比对一致", f"{name}：抽查不合格")


def test_evidence_is_of_recognitions_only():
    accepted = {
        "result_acceptance": {
            "number": "T/CAS 290-2017",
            "in_force_from": "2020-01-01",
            "conditions": ["附报告"],
            "contact": "025-1",
        }
    }
    got = asked(S, accepted)
    assert (got.verdict, got.conditions, got.evidence_needed, got.contact) == (
        "conditionally",
        ("附报告",),
        (),
        "025-1",
    )


def test_the_earliest_of_several_reviews_is_told():
    given = [
        recognition(id=day, review_by=day, organ={"name": f"机关{day}", "division": "320100"})
        for day in ("2025-06-01", "2025-03-01")
    ]
    given.append(recognition(id="none", organ={"name": "机关", "division": "320100"}))
    newer = {"standard": {"number": "T/CAS 290-2022", "effective_on": "2022-01-01"}}
    got = asked(S, newer, *given, number="T/CAS 290-2022")
    assert (got.verdict, got.to_be_reviewed_by) == ("no_document", date(2025, 3, 1))


def test_what_is_nearest_is_bounded():
    given = [
        recognition(number=f"T/MAS {place}-2018", stands_for="T/CAS 290-2017", id=f"r{place}")
        for place in range(NEAREST_MAX + 3)
    ]
    got = asked(S, *given)
    assert len(got.nearest) == NEAREST_MAX
    assert {one.verdict for one in got.nearest} == {"yes"}


def test_other_places_are_named_up_to_a_bound():
    given = [
        recognition(territory=f"3402{place:02}", id=f"r{place}")
        for place in range(1, ELSEWHERE_MAX + 4)
    ]
    got = asked(S, *given)
    assert len([note for note in got.notes_zh if note.startswith("另见：")]) == ELSEWHERE_MAX


def test_what_is_still_to_replace_it_is_told_with_its_day():
    newer = {"standard": {"number": "T/CAS 291-2025", "effective_on": "2025-03-01"}}
    newer["standard"]["replaces"] = [{"number": "T/CAS 290-2017", "extent": "whole"}]
    before, after = (asked(S, newer, on=date(2025, 2, day)) for day in (27, 28))
    assert before.replaced_by == after.replaced_by == ()
    assert "自2025-03-01起由T/CAS 291-2025代替，此前不受影响。" in before.notes_zh
    assert "Replaced by T/CAS 291-2025 from 2025-03-01, not before." in after.notes_en
    assert before.changes_on == date(2025, 3, 1)
    then = asked(S, newer, on=date(2025, 3, 1))
    assert then.replaced_by == ("T/CAS 291-2025",)
    assert not any("2025-03-01起由" in note for note in then.notes_zh)


def test_of_a_part_it_is_said_that_it_is_one():
    newer = {"standard": {"number": "T/CAS 291-2025", "effective_on": "2025-03-01"}}
    newer["standard"]["replaces"] = [{"number": "T/CAS 290-2017", "extent": "part"}]
    assert "自2025-03-01起由T/CAS 291-2025部分代替，此前不受影响。" in asked(S, newer).notes_zh


def test_both_languages_say_the_same_number_of_things():
    got = asked(S, recognition(id="r", degree="refused"), recognition(territory="340500"))
    assert len(got.notes_zh) == len(got.notes_en) > 0
    assert all(step.zh and step.en for step in got.chain)


def test_links_name_every_other_standard():
    found = links(
        known(
            {
                "standard": {
                    "number": "GB/T 1-2020",
                    "replaces": [{"number": "GB/T 2-2010", "extent": "whole"}],
                    "replaced_by": [{"number": "GB/T 3-2021", "extent": "part"}],
                    "adopts": [{"number": "ISO 4:2010", "degree": "IDT"}],
                }
            },
            {
                "standard_notice": {
                    "number": "GB/T 1-2020",
                    "event": "replaced",
                    "by": "GB/T 5-2022",
                    "effective_on": "2022-01-01",
                }
            },
            {
                "standard_comparison": {
                    "a": "GB/T 1-2020",
                    "b": "GB/T 6-2020",
                    "reviewed_on": "2022-01-01",
                    "rows": [{"indicator": "x", "relation": "same"}],
                }
            },
            recognition("GB/T 1-2020", stands_for="GB/T 7-2020", counterpart="GB/T 8-2020"),
            {
                "group_standard_use": {
                    "number": "T/XX 9-2020",
                    "into": "GB/T 9-2020",
                    "effective_on": "2022-01-01",
                }
            },
            {"standard": {"number": "DB32/T 310001-2020"}},
        )
    )
    assert found == (
        *(f"DB3{place}/T 310001" for place in (1, 2, 3, 4)),
        *(f"GB/T {place}" for place in (1, 2, 3, 5, 6, 7, 8, 9)),
        "ISO 4",
        "T/XX 9",
    )
    assert links(known()) == ()


def test_links_are_bounded():
    given = [{"standard": {"number": f"GB/T {place}-2020"}} for place in range(LINKS_MAX + 9)]
    assert len(links(known(*given))) == LINKS_MAX == module.LINKS_MAX
