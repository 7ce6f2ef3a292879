"""Documents and what becomes of them: who may say it, in which log, and in which order."""

from datetime import date

import pytest
from msgspec.structs import replace

from registry.domain.records.base import Organ
from registry.standards.cases import known_of, records_of
from registry.standards.editions import Shelf
from registry.standards.recognise import (
    Held,
    all_held,
    defect_of,
    mutual_with,
    names_product,
    plain,
    same_organ,
)

NUMBER = "T/CAS 290-2017"


def recognition(**members: object) -> dict:
    return {
        "standard_recognition": {
            "id": "r",
            "number": NUMBER,
            "in_force_from": "2020-01-01",
            **members,
        }
    }


def change(kind: str, day: str, **members: object) -> dict:
    return {
        "recognition_change": {
            "id": f"{kind}-{day}",
            "of": "r",
            "change": kind,
            "effective_on": day,
            **members,
        }
    }


def stands(day: str, *given: dict) -> Held:
    known = known_of(records_of(list(given)))
    return all_held(known, Shelf.of(known), date.fromisoformat(day))[0]


def test_course_day_by_day():
    given = (
        recognition(in_force_until="2022-12-31", review_by="2022-06-30"),
        change("suspended", "2021-01-01", review_by="2021-02-01"),
        change("resumed", "2021-03-01"),
        change("extended", "2022-12-01", until="2024-12-31"),
        change("ended", "2023-06-01"),
    )
    days = (
        ("2019-12-31", "not_yet", "2022-12-31", "2022-06-30"),
        ("2020-01-01", "in_force", "2022-12-31", "2022-06-30"),
        ("2021-01-01", "suspended", "2022-12-31", "2021-02-01"),
        ("2021-02-28", "suspended", "2022-12-31", "2021-02-01"),
        ("2021-03-01", "in_force", "2022-12-31", "2022-06-30"),
        ("2022-12-01", "in_force", "2024-12-31", "2022-06-30"),
        ("2023-05-31", "in_force", "2024-12-31", "2022-06-30"),
        ("2023-06-01", "ended", "2024-12-31", "2022-06-30"),
        ("2026-01-01", "ended", "2024-12-31", "2022-06-30"),
    )
    for day, course, until, review in days:
        held = stands(day, *given)
        assert (held.course, str(held.until), str(held.review_by)) == (course, until, review), day


def test_changes_of_one_day_count_in_the_order_of_their_documents():
    stop = change("suspended", "2021-01-01", decided_on="2020-12-02", id="stop")
    go = change("resumed", "2021-01-01", decided_on="2020-12-03", id="go")
    assert stands("2021-01-01", recognition(), go, stop).course == "in_force"
    late = change("suspended", "2021-01-01", decided_on="2020-12-04", id="late")
    held = stands("2021-01-01", recognition(), late, go, stop)
    assert (held.course, [one.ref.id for one in held.changes]) == (
        "suspended",
        ["stop", "go", "late"],
    )


def test_of_changes_of_one_document_day_the_place_in_the_log_decides():
    stop = change("suspended", "2021-01-01", id="stop")
    go = change("resumed", "2021-01-01", id="go")
    assert stands("2021-01-01", recognition(), stop, go).course == "in_force"
    assert stands("2021-01-01", recognition(), go, stop).course == "suspended"


def test_a_change_names_its_target_by_entry():
    records = records_of([recognition(), change("ended", "2021-01-01")])
    known = known_of(records)
    first = known.changes[0]
    for wrong in (
        replace(first.record.target, entry="0" * 128),
        replace(first.record.target, id="other"),
        replace(first.record.target, origin="logs.example/other"),
    ):
        moved = replace(first, record=replace(first.record, target=wrong))
        there = replace(known, changes=(moved,))
        (held,) = all_held(there, Shelf.of(there), date(2022, 1, 1))
        assert (held.course, held.changes, held.ignored) == ("in_force", (), ())


@pytest.mark.parametrize(
    ("kind", "members", "code"),
    [
        ("ended", {"log": "340500"}, "change-other-log"),
        ("ended", {"organ": {"name": "另一机关"}}, "change-other-organ"),
        ("ended", {"number": "T/CAS 291-2017"}, "change-other-standard"),
        ("resumed", {}, "nothing-to-resume"),
        ("extended", {"until": "2022-12-31"}, "not-an-extension"),
        ("extended", {}, "not-an-extension"),
    ],
)
def test_why_a_change_has_no_effect(kind, members, code):
    one = recognition(in_force_until="2022-12-31")
    held = stands("2021-06-01", one, change(kind, "2021-01-01", **members))
    assert (held.course, held.changes) == ("in_force", ())
    assert [ignored.code for ignored in held.ignored] == [code]


def test_what_has_no_end_cannot_be_extended():
    held = stands("2021-06-01", recognition(), change("extended", "2021-01-01", until="2030-01-01"))
    assert (held.until, held.ignored[0].code) == (None, "not-an-extension")


def test_what_lasts_for_ever_may_still_be_ended():
    given = (recognition(in_force_until="9999-12-31"), change("ended", "2021-01-01"))
    assert stands("2020-12-31", *given).course == "in_force"
    assert stands("2021-01-01", *given).course == "ended"


def test_reviewed_holds_for_both_editions():
    given = (
        recognition(),
        change("reviewed", "2023-01-01", number="T/CAS 290-2022", review_by="2026-01-01"),
    )
    before, after = stands("2022-12-31", *given), stands("2023-01-01", *given)
    assert not before.holds_for("T/CAS 290-2022")
    assert after.holds_for("T/CAS 290-2022")
    assert after.holds_for(NUMBER)
    assert after.review_by == date(2026, 1, 1)
    assert not after.holds_for("T/CAS 290-2023")


def defect(*given: dict) -> str:
    known = known_of(records_of(list(given)))
    (stated, *_) = (*known.recognitions, *known.acceptances)
    return defect_of(stated, Shelf.of(known))


def test_who_may_say_it():
    city = {"name": "某局", "division": "320100"}
    assert defect(recognition(organ=city)) == ""
    assert defect(recognition(organ=city, territory="320115", log="320100")) == ""
    assert defect(recognition(organ=city, territory="320000", log="320100")) == "not-competent"
    assert defect(recognition(organ=city, territory="340500", log="320100")) == "not-competent"
    province = {"name": "某省局", "division": "320000"}
    assert defect(recognition(organ=province, log="")) == ""
    assert defect(recognition(organ=province, log="320100")) == "not-its-log"
    county = {"name": "某区局", "division": "320115"}
    assert defect(recognition(organ=county, territory="320115", log="320100")) == ""
    assert defect(recognition(organ=county, log="320100")) == "not-competent"


def test_acceptances_have_no_route():
    accepted = {
        "result_acceptance": {
            "number": NUMBER,
            "territory": "320115",
            "in_force_from": "2020-01-01",
        }
    }
    assert defect(accepted) == ""
    assert (
        defect(recognition(territory="320115", route="local_standard"))
        == "route-no-local-standards"
    )
    assert defect(recognition(route="local_standard")) == ""


def test_the_day_of_the_document_decides_whether_the_edition_was_void():
    void = {"standard": {"number": NUMBER, "effective_on": "2017-10-01", "void_on": "2020-01-01"}}
    assert defect(void, recognition(decided_on="2019-12-31")) == ""
    assert defect(void, recognition(decided_on="2020-01-01")) == "edition-void-then"


def test_a_document_that_begins_and_ends_on_one_day_is_one():
    assert defect(recognition(in_force_until="2020-01-01")) == ""
    assert defect(recognition(in_force_until="2019-12-31")) == "ends-before-it-begins"


def test_one_organ_by_name_and_code():
    one = Organ(name="某局", uscc="11320100014225009X")
    assert same_organ(one, one)
    assert same_organ(one, Organ(name="某局"))
    assert not same_organ(one, Organ(name="另一局", uscc="11320100014225009X"))
    assert not same_organ(one, Organ(name="某局", uscc="113205000141492395"))


def test_products_by_their_whole_name():
    assert plain("ＬＥＤ 灯") == plain("led灯")
    assert names_product(["锂 电池"], "锂电池")
    assert names_product(["全部产品"], "锂电池")
    assert names_product(["ALL products"], "锂电池")
    assert not names_product(["锂电池组"], "锂电池")
    assert not names_product([], "锂电池")


def test_an_acceptance_is_never_mutual():
    accepted = {"result_acceptance": {"number": NUMBER, "in_force_from": "2020-01-01"}}
    back = recognition(territory="340500", counterpart=NUMBER, counterpart_territory="320100")
    known = known_of(records_of([accepted, back]))
    every = all_held(known, Shelf.of(known), date(2024, 1, 1))
    assert mutual_with(every[1], every, NUMBER) is None
    assert not isinstance(every[0].record, type(every[1].record))
