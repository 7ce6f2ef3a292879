"""Entry into activities: editions and dates, the hierarchy of classes, areas, permits, removals."""

from datetime import date
from zlib import crc32

import pytest

from registry.domain.records.administrative import Permit
from registry.domain.records.base import Organ, Provenance, Scope, Severity, Subject
from registry.domain.records.market import NegativeListItem
from registry.errors import MalformedRefusal
from registry.standards.access import entry, permit_of, told
from registry.standards.access_model import GENERAL, NOTES, Entry, EntryAsk, activity_of
from registry.standards.model import Ref, Stated

TERRITORIES = {"320100": ("320100",), "341100": ("341100",), "000001": ("320100", "341100")}
SINCE_2022, SINCE_2025 = date(2022, 3, 12), date(2025, 4, 16)
ORGAN = Organ(name="示例机关")


def common(identity: str) -> dict[str, object]:
    return {
        "v": 1, "id": identity, "salt": "0" * 32, "authority": ORGAN, "source_unit": ORGAN,
        "subject": Subject(kind="organisation", name="国家发展改革委"),
        "decided_on": date(2022, 3, 1), "publication": "public",
        "severity": Severity(level="unclassified"),
    }  # fmt: skip


RELAYED = Provenance(kind="relayed", source="国家发展改革委", checked_on=date(2026, 5, 1))


def item(
    number: str, *activities: str, edition: str = "2025年版", member: str = "320100", **more: object
) -> Stated[NegativeListItem]:
    since = SINCE_2022 if edition == "2022年版" else SINCE_2025
    fields: dict[str, object] = {
        "category": "permit_required", "item": f"事项{number}", "in_force_from": since,
        "provenance": RELAYED, **({"activities": activities} if activities else {}), **more,
    }  # fmt: skip
    record = NegativeListItem(
        **common(number), edition=edition, item_no=number, measures="须许可", organ="部门", **fields
    )
    place = f"log.example/{member}"
    return Stated(Ref(place, crc32(f"{number} {edition}".encode()), number, ""), member, record)


def ask(
    activity: str,
    *items: Stated[NegativeListItem],
    territory: str = "320100",
    on: date = date(2026, 6, 1),
    permit: str = "",
) -> Entry:
    return entry(EntryAsk(activity, territory, on, permit), items, TERRITORIES)


FOOD = item("201001", "1411", "142", permit_category="食品生产许可")
WEAPONS = item("100001", "C", category="prohibited")

HIERARCHY = {
    ("1411", "exact"): "permit_required",
    ("C1411", "exact"): "permit_required",
    ("1421", "broader"): "permit_required",
    ("14", "narrower"): "in_part",
    ("C", "narrower"): "in_part",
    ("15", ""): "not_on_list",
    ("141", "narrower"): "in_part",
    ("A", ""): "not_on_list",
}


@pytest.mark.parametrize("case", HIERARCHY, ids=str)
def test_a_class_is_met_by_itself_by_a_broader_and_by_its_parts(case: tuple[str, str]):
    activity, how = case
    found = ask(activity, FOOD)
    assert found.verdict == HIERARCHY[case]
    assert [match.how for match in found.items] == ([how] if how else [])
    assert found.general == GENERAL
    assert found.zh
    assert found.en


def test_a_prohibition_goes_first_and_weighs_most():
    found = ask("1411", FOOD, WEAPONS)
    assert found.verdict == "prohibited"
    assert [match.item.item_no for match in found.items] == ["100001", "201001"]
    assert "不予审批" in found.zh
    assert "C1411（食品制造业之下）" in found.zh


def test_without_any_list_there_is_no_answer():
    found = ask("1411")
    assert found.verdict == "no_list"
    assert "不表示" in found.zh
    assert ask("1411", FOOD, on=date(2020, 1, 1)).verdict == "no_list"


def test_what_is_not_on_the_list_is_said_with_the_general_rules():
    found = ask("6421", FOOD)
    assert found.verdict == "not_on_list"
    assert "平等进入" in found.zh
    assert {"after-entry", "foreign", "place", "filing", "profession"} <= {
        one.code for one in found.general
    }
    assert all(one.zh and one.en and one.basis for one in found.general)


OLD = item("222001", "5431", edition="2022年版", permit_category="道路货物运输站场经营许可")
OLD_FOOD = item("201001", "1411", edition="2022年版", permit_category="食品生产许可")


def test_a_new_edition_replaces_the_old_one_and_what_was_removed_is_told():
    found = ask("5431", FOOD, OLD, OLD_FOOD)
    assert found.verdict == "not_on_list"
    assert [match.item.item_no for match in found.removed] == ["222001"]
    assert found.editions == (("market_access", "2025年版", SINCE_2025),)
    assert ask("1411", FOOD, OLD, OLD_FOOD).removed == ()
    before = ask("5431", FOOD, OLD, on=date(2024, 1, 1))
    assert before.verdict == "permit_required"
    assert before.editions == (("market_access", "2022年版", SINCE_2022),)


def test_an_item_that_ended_inside_its_edition_is_removed():
    ended = item("300001", "51", in_force_until=date(2026, 5, 31))
    assert ask("51", ended, FOOD).verdict == "not_on_list"
    assert [match.item.item_no for match in ask("51", ended, FOOD).removed] == ["300001"]
    assert ask("51", ended, FOOD, on=date(2026, 5, 31)).verdict == "permit_required"


def test_a_permit_demanded_for_a_removed_item_is_flagged():
    demand = ask("5431", FOOD, OLD, permit="道路货物运输站场经营许可证").demand
    assert demand is not None
    assert demand.listed == "removed"
    assert "不得再以市场准入许可为由" in demand.zh
    assert "2022年版" in demand.zh
    listed = ask("1411", FOOD, OLD, permit="食品生产许可").demand
    assert listed is not None
    assert listed.listed == "listed"
    outside = ask("1411", FOOD, OLD, permit="设立分支机构").demand
    assert outside is not None
    assert outside.listed == "outside"
    assert "不表示该要求没有依据" in outside.zh
    assert ask("1411", FOOD).demand is None


def permit(decided_on: date, **more: object) -> Permit:
    fields: dict[str, object] = {
        "decision_name": "准予行政许可决定书", "decision_no": "1", "category": "普通",
        "content": "道路货物运输站场经营许可", "valid_from": decided_on,
        "valid_until": date(2030, 1, 1), "state": "valid", "provenance": RELAYED, **more,
    }  # fmt: skip
    return Permit(**{**common("p1"), "decided_on": decided_on}, **fields)


def test_a_permit_is_linked_to_its_item_of_the_day_it_was_decided():
    given = permit_of(permit(date(2024, 1, 1)), "320100", (FOOD, OLD), TERRITORIES)
    assert given.listed == "listed"
    assert [match.item.item_no for match in given.items] == ["222001"]
    late = permit_of(permit(date(2026, 1, 1)), "320100", (FOOD, OLD), TERRITORIES)
    assert late.listed == "removed"
    other = permit(date(2026, 1, 1), content="占道经营", certificate_name="食品生产许可证")
    assert permit_of(other, "320100", (FOOD, OLD), TERRITORIES).listed == "listed"


AREA = item("A1", "26", list="area_industry", edition="宁产2026", provenance=Provenance("original"))


def test_an_areas_own_list_holds_in_its_territory():
    found = ask("2614", FOOD, AREA)
    assert found.verdict == "permit_required"
    assert [(match.list, match.how) for match in found.items] == [("area_industry", "broader")]
    assert ("area_list", 1) in found.notes
    assert ask("2614", FOOD, AREA, territory="320115").verdict == "permit_required"  # a district
    assert ask("2614", FOOD, AREA, territory="341100").verdict == "not_on_list"
    assert ask("2614", AREA, territory="320100").editions == (
        ("area_industry", "宁产2026", SINCE_2025),
    )


def test_an_areas_list_alone_tells_nothing_about_the_national_one():
    assert ask("15", AREA).verdict == "no_list"


def test_the_office_speaks_for_the_region_and_a_scope_goes_before():
    office = item("A2", "26", list="area_industry", member="000001")
    assert ask("26", office, territory="341100").verdict == "permit_required"
    scoped = item("A3", "26", scope=Scope(territory=("340000",)))
    assert ask("26", scoped, territory="341100").verdict == "permit_required"
    assert ask("26", scoped, territory="320100").verdict == "no_list"
    assert ask("26", item("A4", "26", list="area_industry", member="999999")).verdict == "no_list"


def test_the_same_item_relayed_twice_is_one_and_a_different_one_is_named():
    again = item("201001", "1411", "142", member="341100", permit_category="食品生产许可")
    found = ask("1411", FOOD, again)
    assert len(found.items) == 1
    assert len(found.items[0].refs) == 2
    assert found.notes == ()
    changed = item("201001", "1411", member="341100", permit_category="食品生产许可")
    assert ask("1411", FOOD, changed).notes == (("conflicting", 1),)


def test_items_without_classes_and_items_not_relayed_are_named():
    bare = item("400001")
    own = item("500001", "51", provenance=Provenance("original"))
    found = ask("51", bare, own)
    assert found.notes == (("unclassed", 1), ("not_relayed", 1))
    assert told(found.notes)[0][0].startswith("清单中另有1项")
    assert all(said.zh and said.en for said in NOTES.values())


@pytest.mark.parametrize(
    ("said", "near"),
    [
        ("D2614", "C2614"),
        ("", "2614"),
        ("99", "C26"),
        ("化工", "2614"),
        ("Z", "C26"),
        ("1", "2614"),
    ],
)
def test_what_is_no_class_of_activity_is_refused(said: str, near: str):
    with pytest.raises(MalformedRefusal) as refused:
        activity_of(said)
    assert refused.value.detail_code == "bad-activity"
    assert near in refused.value.zh


def test_classes_as_they_are_written():
    assert activity_of(" c２６１４ ") == activity_of("2614")
    assert (activity_of("C").section, activity_of("C").code) == ("C", "")
