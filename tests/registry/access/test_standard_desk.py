"""Entry, cases and comparisons through a whole node: who may ask, and what it says."""

from typing import Any

import pytest_asyncio

from registry.domain.disclosure import Role
from registry.query import entry as entry_query
from registry.query.views import Viewer
from tests.registry.access.conftest import Desk, reads
from tests.registry.api.test_uploads import problem
from tests.registry.query.scene import NANJING, REGION, WUHU, Placed, firm, other, permit

OPEN = {"severity": {"class": "unclassified"}}
SHARED = {**OPEN, "publication": "government"}
RELAYED = {"kind": "relayed", "source": "国家发展改革委", "checked_on": "2026-05-01"}
OFFICE = {"name": "南京市市场监督管理局", "division": "320100"}


def stated(kind: str, **members: Any) -> dict[str, object]:
    """Make a record of a type whose members may be called like the arguments of a penalty."""
    return {**other(kind), **members}


def item(number: str, since: str, **members: Any) -> dict[str, object]:
    usual = {
        "edition": f"{since[:4]}年版", "item_no": number, "category": "permit_required",
        "item": f"示例事项{number}", "measures": "须经许可", "organ": "示例部门",
        "in_force_from": since, "decided_on": since, "provenance": RELAYED, **OPEN,
    }  # fmt: skip
    return stated("negative_list_item", **{**usual, **members})


def case(on: str = "2026-10-09", **members: Any) -> dict[str, object]:
    usual = {
        "about": "recognition", "number": "DB34/T 1-2021", "territory": "320100",
        "receiver": OFFICE, "asked_on": on, "decided_on": on, "reasons": "投标使用", **SHARED,
    }  # fmt: skip
    return stated("standard_case", **{**usual, **members})


def step(of: Placed, name: str, on: str, **members: Any) -> dict[str, object]:
    told = {"case": of.target, "step": name, "done_on": on, "decided_on": on, **SHARED}
    return stated("standard_case_step", **{**told, **members})


ROWS = [
    {"indicator": "含泥量", "relation": "stricter_a",
     "a": {"direction": "most", "value": "3", "unit": "%(m/m)", "method": "GB/T 14684-2022"},
     "b": {"direction": "most", "value": "50", "unit": "g/kg", "method": "GB/T 14684-2022"}},
    {"indicator": "氯离子", "relation": "only_b",
     "b": {"direction": "most", "value": "0.02", "unit": "%(m/m)"}},
]  # fmt: skip
COMPARISON = {
    "a": "DB34/T 1-2021", "b": "DB32/T 2-2020", "product": "建筑用砂", "reviewer": "张示例",
    "reviewed_on": "2026-01-01", "rows": ROWS, **OPEN,
}  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def filled(standing: Desk) -> Desk:
    scene = standing.scene
    items = (
        item("201001", "2025-04-16", activities=["1411"], permit_category="食品生产许可"),
        item("222001", "2022-03-12", activities=["5431"], permit_category="货运站场经营许可"),
        item("A1", "2026-01-01", activities=["26"], list="area_industry"),
    )
    placed = await scene.state(NANJING, *items)
    standing.placed["permit"] = await scene.one(NANJING, permit(content="货运站场经营许可"))
    asked = await scene.state(WUHU, case(), case("2026-06-01", subject=firm(5)))
    await scene.state(
        NANJING,
        step(asked[0], "received", "2026-10-12"),
        step(asked[0], "heard", "2026-11-09"),
    )
    await scene.state(WUHU, step(asked[0], "decided", "2026-11-10", text="x", degree="full"))
    standing.placed |= {"item": placed[0], "case": asked[0], "late": asked[1]}
    (standing.placed["comparison"],) = await scene.state(REGION, stated(
        "standard_comparison", **COMPARISON))  # fmt: skip
    assert not scene.quarantined, scene.quarantined
    return standing


async def asked(desk: Desk, who: Role | None = None, **params: str) -> dict[str, Any]:
    answer = await desk.get("/api/v1/entry", who, **{"territory": "320100", **params})
    assert answer.status_code == 200, answer.text
    return answer.json()


@reads
async def test_entry_is_open_to_everybody_and_names_item_and_record(filled: Desk):
    found = await asked(filled, activity="1411")
    assert found["verdict"] == "permit_required"
    (one,) = found["items"]
    placed = filled.placed["item"]
    assert one["stated"] == [
        {"origin": placed.origin, "idx": placed.idx, "entry": placed.entry.hex()}
    ]
    assert (one["how"], one["permit_category"]) == ("exact", "食品生产许可")
    assert found["whole"]
    assert {rule["code"] for rule in found["general"]} >= {"after-entry", "foreign"}


@reads
async def test_entry_by_date_by_area_and_by_what_is_demanded(filled: Desk):
    now = await asked(filled, Role.REGULATOR, activity="5431", permit="货运站场经营许可证")
    assert (now["verdict"], now["demand"]["listed"]) == ("not_on_list", "removed")
    assert [one["item_no"] for one in now["removed"]] == ["222001"]
    then = await asked(filled, activity="5431", on="2024-01-01")
    assert then["verdict"] == "permit_required"
    assert then["editions"] == [
        {"list": "market_access", "edition": "2022年版", "since": "2022-03-12"}
    ]
    assert (await asked(filled, activity="2614"))["items"][0]["list"] == "area_industry"
    elsewhere = await asked(filled, activity="2614", territory="340200")
    assert elsewhere["verdict"] == "not_on_list"
    assert (await asked(filled, activity="26", on="2020-01-01"))["verdict"] == "no_list"


@reads
async def test_entry_refuses_what_is_no_activity(filled: Desk):
    answer = await filled.get("/api/v1/entry", activity="D2614", territory="320100")
    assert "C2614" in problem(answer, 400, "bad-activity")["detail"]
    answer = await filled.get("/api/v1/entry", activity="26", territory="nanjing")
    assert answer.status_code == 400


@reads
async def test_items_are_read_once_for_a_known_set_and_looked_at_up_to_a_bound(
    filled: Desk, monkeypatch: Any
):
    scene = filled.scene
    entries = entry_query.Entries(scene.node.db, scene.node.charter, scene.node.clock)
    ask = entry_query.EntryAsk("1411", "320100", scene.today)
    assert (await entries.of(ask, Viewer(Role.PUBLIC))).whole
    monkeypatch.setattr(entry_query, "ITEMS_MAX", 0)
    assert (await entries.of(ask, Viewer(Role.PUBLIC))).whole  # what is kept is not read again
    other_eyes = entry_query.Entries(scene.node.db, scene.node.charter, scene.node.clock)
    assert not (await other_eyes.of(ask, Viewer(Role.PUBLIC))).whole


@reads
async def test_a_permit_is_linked_to_its_item(filled: Desk):
    placed = filled.placed["permit"]
    path = f"/api/v1/records/{placed.origin}/{placed.idx}"
    found = (await filled.get(f"{path}/permit-item")).json()
    assert found["listed"] == "removed"  # given in 2026, and on the list of 2022 only
    assert found["items"][0]["item_no"] == "222001"
    comparison = filled.placed["comparison"]
    other_path = f"/api/v1/records/{comparison.origin}/{comparison.idx}"
    problem(await filled.get(f"{other_path}/permit-item"), 404, "no-permit")
    problem(await filled.get(f"{path}/comparison"), 410, "no-comparison")


@reads
async def test_a_comparison_is_computed_in_both_directions(filled: Desk):
    placed = filled.placed["comparison"]
    found = (await filled.get(f"/api/v1/records/{placed.origin}/{placed.idx}/comparison")).json()
    assert [row["relation"] for row in found["rows"]] == ["stricter_a", "only_b"]
    assert found["a_for_b"]["degree"] == "partial"
    assert [(row["worth"], row["code"]) for row in found["a_for_b"]["rows"]] == [
        ("satisfied", "as-strict"),
        ("not_satisfied", "only-there"),
    ]
    assert found["b_for_a"]["degree"] == "none"
    assert all(row["zh"] and row["en"] for row in found["a_for_b"]["rows"])


async def cases(desk: Desk, who: Role) -> list[dict[str, Any]]:
    answer = await desk.get("/api/v1/standard-cases", who)
    assert answer.status_code == 200, answer.text
    return answer.json()["cases"]


@reads
async def test_an_organ_sees_the_cases_of_its_territory_overdue_first(filled: Desk):
    late, one = await cases(filled, Role.REGULATOR)
    assert late["case"]["entry"] == filled.placed["late"].entry.hex()
    assert [(due["code"], due["overdue"]) for due in late["dues"]] == [("decide", True)]
    assert one["now"] == "heard"
    assert {due["code"]: due["last"] for due in one["dues"]} == {
        "comment": "2026-11-30",
        "decide": "2027-01-04",
    }
    assert [due["unknown_from"] for due in one["dues"]] == [None, 2027]
    assert one["decide_from"] == "2026-12-01"
    assert one["terms"]["read"] == "unconfirmed"


@reads
async def test_a_step_from_a_log_that_cannot_take_it_counts_for_nothing(filled: Desk):
    _, one = await cases(filled, Role.REGION)
    assert [step["record"]["step"] for step in one["steps"]] == ["received", "heard"]
    assert [step["record"]["step"] for step in one["ignored"]] == ["decided"]
    assert one["findings"] == []


@reads
async def test_whoever_asked_sees_his_own_cases_and_nobody_elses(filled: Desk):
    (one,) = await cases(filled, Role.BUSINESS)
    assert one["case"]["entry"] == filled.placed["case"].entry.hex()
    assert len(await cases(filled, Role.AUDITOR)) == 2
    assert len(await cases(filled, Role.CLERK)) == 2  # they stand in the log of his member
    problem(await filled.get("/api/v1/standard-cases"), 401, "no-credential")
    for role in (Role.PROCURER, Role.THIRD_PARTY, Role.OPERATOR):
        problem(await filled.get("/api/v1/standard-cases", role), 403, "no-standard-cases")
