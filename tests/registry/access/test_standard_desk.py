"""Entry, cases and comparisons through a whole node: who may ask, and what it says."""

import json
from typing import Any

import httpx
import pytest
import pytest_asyncio

from registry.domain.disclosure import Role
from registry.query import entry as entry_query
from registry.query.views import Viewer
from tests.registry.access.conftest import HTML, Desk, reads
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
        "receiver": OFFICE, "asked_on": on, "decided_on": on, "reasons": "投标使用",
        "use": "tender", **SHARED,
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
    return await state_all(standing)


async def state_all(standing: Desk) -> Desk:
    """State lists, a permit, a comparison, and two cases with their steps."""
    scene = standing.scene
    items = (
        item("201001", "2025-04-16", activities=["1411"], permit_category="食品生产许可"),
        item("222001", "2022-03-12", activities=["5431"], permit_category="货运站场经营许可"),
        item("A1", "2026-01-01", activities=["26"], list="area_industry"),
    )
    placed = await scene.state(NANJING, *items)
    standing.placed["permit"] = await scene.one(NANJING, permit(content="货运站场经营许可"))
    asked = await scene.state(WUHU, case(), case("2026-06-01", subject=firm(5)))
    assert not scene.quarantined, scene.quarantined
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
    assert "222001" not in await page(filled, f"/record/{placed.origin}/{placed.idx}")
    said = await page(filled, f"/record/{placed.origin}/{placed.idx}", lang="en")
    assert "has been removed from the list (last in 2022年版)" in said
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
    assert (late["now"], late["silent"], one["silent"]) == ("asked", True, False)
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


async def page(desk: Desk, path: str, who: Role | None = None, **params: str) -> str:
    headers = {**HTML, **({"Authorization": f"Bearer {desk.texts[who]}"} if who else {})}
    answer = await desk.served.http.get(path, headers=headers, params=params)
    assert answer.status_code == 200, answer.text
    return answer.text


@reads
@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_the_page_of_entry_asks_and_answers(filled: Desk, lang: str):
    bare = await page(filled, "/entry", lang=lang)
    assert 'name="activity"' in bare
    assert 'id="answer"' not in bare
    asked = {"territory": "320100", "lang": lang}
    found = await page(filled, "/entry", activity="1411", **asked)
    assert "示例事项201001" in found
    assert ("许可准入" if lang == "zh" else "permit required") in found
    assert f"/record/{filled.placed['item'].origin}/{filled.placed['item'].idx}" in found
    gone = await page(filled, "/entry", activity="5431", permit="货运站场经营许可", **asked)
    assert ("不得再以市场准入许可为由" if lang == "zh" else "no longer be demanded") in gone
    assert ("依据待核实" if lang == "zh" else "not yet confirmed") in gone
    assert gone.count("222001</h") + gone.count(">222001<") == 1  # not there twice
    other_one = await page(filled, "/entry", activity="26", permit="食品生产许可", **asked)
    assert 'id="demand"' in other_one
    never = await page(filled, "/entry", activity="26", on="2020-01-01", **asked)
    assert ("没有该日期有效的清单" if lang == "zh" else "No list in force") in never
    nowhere = await page(filled, "/entry", activity="26", territory="999999", lang=lang)
    assert ("没有这个成员地区" if lang == "zh" else "no such member") in nowhere


@reads
@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_the_page_of_a_comparison_says_in_words_who_is_stricter(filled: Desk, lang: str):
    placed = filled.placed["comparison"]
    place = f"{placed.origin}/{placed.idx}"
    found = await page(filled, f"/comparison/{place}", lang=lang)
    assert ("更严" if lang == "zh" else "stricter") in found
    assert "= 5 %(m/m)" in found  # the other side's 50 g/kg
    assert ("只能说明" if lang == "zh" else "speaks for a part") in found
    assert ("没有此项要求" if lang == "zh" else "does not speak of it") in found
    assert f"/comparison/{place}" in await page(filled, f"/record/{place}", lang=lang)


@reads
@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_the_page_of_cases_for_an_organ_and_for_whoever_asked(filled: Desk, lang: str):
    found = await page(filled, "/standard-cases", Role.REGULATOR, lang=lang)
    assert ("陈述意见" if lang == "zh" else "comment on the reasons") in found
    assert ("依据待核实" if lang == "zh" else "not yet confirmed") in found
    assert 'id="overdue"' in found
    assert ("视为已受理" if lang == "zh" else "counts as taken in") in found
    assert 'name="step"' in found
    assert ("不计入的步骤" if lang == "zh" else "Steps that do not count") in found
    own = await page(filled, "/standard-cases", Role.BUSINESS, lang=lang)
    assert 'name="step"' not in own
    assert 'id="overdue"' not in own
    assert "registry check" not in own


async def taken(desk: Desk, who: Role = Role.REGULATOR, **form: str) -> httpx.Response:
    usual = {"case": desk.placed["case"].entry.hex(), "organ": "南京市市场监督管理局"}
    headers = {"Authorization": f"Bearer {desk.texts[who]}"}
    return await desk.served.http.post("/standard-cases", headers=headers, data={**usual, **form})


@reads
async def test_the_next_step_comes_as_a_file_to_sign(filled: Desk):
    answer = await taken(filled, step="decided", degree="refused", text="方法不同")
    assert answer.status_code == 201, answer.text
    told = json.loads(answer.content)
    assert told["case"]["entry"] == filled.placed["case"].entry.hex()
    assert (told["step"], told["degree"], told["text"]) == ("decided", "refused", "方法不同")
    assert told["authority"] == {"name": "南京市市场监督管理局", "division": "320100"}
    assert told["done_on"] == "2026-11-23"
    bare = json.loads((await taken(filled, step="decided", degree="full", text="x")).content)
    assert "salt" not in bare  # the member's tool adds it


@reads
async def test_a_step_that_cannot_follow_or_lacks_its_reasons_is_refused(filled: Desk):
    problem(await taken(filled, step="received"), 400, "unknown-result")
    problem(await taken(filled, step="answered"), 400, "unknown-result")  # the applicant's
    problem(await taken(filled, step="decided", degree="full"), 400, "form-incomplete")
    problem(await taken(filled, step="decided", text="x"), 400, "unknown-result")
    problem(await taken(filled, step="decided", case="ab"), 404, "not-found")
    problem(await taken(filled, Role.BUSINESS, step="withdrawn"), 404, "not-found")
    other_case = filled.placed["late"].entry.hex()
    answer = await taken(filled, step="assessing", case=other_case)
    assert "text" not in json.loads(answer.content)


MORE_ROWS = [
    {"indicator": "pH", "relation": "stricter_a",
     "a": {"direction": "within", "value": "6.5", "upto": "8", "unit": "pH", "clause": "4.2"},
     "b": {"direction": "within", "value": "6", "upto": "9", "unit": "pH"}},
    {"indicator": "面积", "relation": "stricter_b",
     "a": {"direction": "least", "value": "1", "unit": "亩"},
     "b": {"direction": "least", "value": "1", "unit": "hm²"}},
    {"indicator": "外观", "relation": "stricter_a",
     "a": {"direction": "words", "text": "无裂纹"}, "b": {"direction": "words", "text": "微裂纹"}},
    {"indicator": "层数", "relation": "same", "note": "示例说明",
     "a": {"direction": "exactly", "value": "3"}, "b": {"direction": "exactly", "value": "3"}},
    {"indicator": "浓度", "relation": "incomparable",
     "a": {"direction": "most", "value": "1", "unit": "ppm"},
     "b": {"direction": "most", "value": "1", "unit": "mg/m³"}},
]  # fmt: skip


@reads
async def test_every_kind_of_limit_is_told_in_words(filled: Desk):
    more = {**COMPARISON, "rows": MORE_ROWS}
    (placed,) = await filled.scene.state(REGION, stated("standard_comparison", **more))
    assert not filled.scene.quarantined, filled.scene.quarantined
    found = await page(filled, f"/comparison/{placed.origin}/{placed.idx}")
    assert "6.5 至 8 pH" in found
    assert "条款：4.2" in found
    assert "6 至 9 pH" in found
    assert "不小于 1 亩" in found
    assert "= 15 亩" in found
    assert "无裂纹" in found
    assert "关系由审核人判断" in found
    assert "等于 3" in found
    assert "示例说明" in found
    assert "分数与质量浓度须按气体摩尔质量" in found


@reads
async def test_cases_reach_the_inbox_of_who_must_act(filled: Desk):
    """The organ's member alone: the overdue one first, each with what is to be done until when."""
    inbox = (await filled.get("/api/v1/inbox", Role.REGULATOR)).json()
    found = [(one["case"]["entry"], one["dues"][0]["overdue"]) for one in inbox["cases"]]
    assert found == [(filled.placed[name].entry.hex(), name == "late") for name in ("late", "case")]
    assert (await filled.get("/api/v1/inbox", Role.CLERK)).json()["cases"] == []
    page = (await filled.get("/inbox", Role.REGULATOR)).text
    assert "标准认可办理事项（2）" in page
    late = page.split('id="cases"')[1].split("</section>")[0]
    assert "DB34/T 1-2021 认可标准" in late
    assert "已逾期" in late
