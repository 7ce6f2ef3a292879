"""The subject's own file: all of it, with periods, acts and who has looked; for nobody else."""

import pytest

from registry.access.own import own_file
from registry.domain.disclosure import Role
from registry.domain.grants import Grant
from tests.pages.conftest import HTML
from tests.registry.access.conftest import GRANTS, MEMBERS, NOBODY, ONE, PURPOSE, TWO, Desk
from tests.registry.api.test_uploads import problem
from tests.registry.query.scene import FIRM, NANJING, WUHU, act, other, penalty, sid, uscc
from tests.registry.query.test_file import judge


async def test_a_subject_sees_its_records_with_periods_acts_and_readers(desk: Desk):
    await desk.get(f"/api/v1/subjects/{ONE}", Role.REGULATOR)
    await desk.get(f"/api/v1/subjects/{ONE}", Role.REGULATOR, purpose="另一用途")
    await desk.get(f"/api/v1/subjects/{ONE}", Role.PROCURER, territory="320100", matter="tender")
    told = (await desk.get("/api/v1/own", Role.BUSINESS, purpose="")).json()
    by_id = {one["record"]["record"]["id"]: one for one in told["records"]}
    names = {name: by_id[placed.id] for name, placed in desk.placed.items() if placed.id in by_id}
    assert names.keys() == {
        *("registration", "penalty", "minor", "government", "authorised", "repaired")
    }
    assert "repaired" in names["repaired"]["record"]["flags"]
    assert [one["record"]["type"] for one in names["repaired"]["acts"]] == ["repair"]
    earliest = [one for one in names["penalty"]["windows"] if one["kind"] == "earliest_repair"]
    assert earliest
    assert all(one["title"] and one["number"] for one in earliest)
    handling = [(one["kind"], one["number"]) for one in names["penalty"]["handling"]]
    order = "国家发展和改革委员会令第36号"
    assert handling[:3] == [
        *(("acceptance", order), ("repair_decision", order), ("repair_answer", order))
    ]
    assert names["penalty"]["applied_on"] >= min(one["first"] or "9" for one in earliest)
    assert (names["repaired"]["handling"], names["repaired"]["applied_on"]) == ([], None)
    assert names["registration"]["handling"] == []
    looks = {one["role"]: (one["member"], one["purpose"], one["count"]) for one in told["looks"]}
    assert looks == {"regulator": ("320100", "", 2), "procurer": ("320100", PURPOSE, 1)}
    assert {one["month"] for one in told["looks"]} == {"2026-11"}


async def test_a_subject_under_several_codes_sees_all_of_them_and_who_looked_by_any(desk: Desk):
    """One by the organisation code alone, one by hand, until that is undone."""
    bare = {"kind": "organisation", "name": FIRM, "organisation_code": uscc(1)[8:17]}
    shared = {"publication": "authorised"}
    weak = await desk.scene.one(NANJING, penalty(subject=bare, **shared))
    two = desk.placed["hidden"]
    await judge(desk.scene, ONE, TWO, "same")
    orgcode = sid(uscc(1)[8:17], "orgcode")
    for subject in (ONE, TWO, orgcode, NOBODY):
        await desk.get(f"/api/v1/subjects/{subject}", Role.REGULATOR)
    told = (await desk.get("/api/v1/own", Role.BUSINESS, purpose="")).json()
    shown = {one["record"]["record"]["id"] for one in told["records"]}
    assert {weak.id, two.id, desk.placed["authorised"].id} < shown
    assert [(one["role"], one["count"]) for one in told["looks"]] == [("regulator", 3)]
    for path in (f"subjects/{TWO}", f"records/{two.origin}/{two.idx}", f"subjects/{orgcode}"):
        assert (await desk.get(f"/api/v1/{path}", Role.BUSINESS, "")).status_code == 200, path
    await judge(desk.scene, ONE, TWO, "undone")
    told = (await desk.get("/api/v1/own", Role.BUSINESS, purpose="")).json()
    shown = {one["record"]["record"]["id"] for one in told["records"]}
    assert weak.id in shown
    assert two.id not in shown
    assert [(one["role"], one["count"]) for one in told["looks"]] == [("regulator", 2)]
    answer = await desk.get(f"/api/v1/records/{two.origin}/{two.idx}", Role.BUSINESS)
    assert answer.status_code == 410


async def test_a_look_at_the_record_of_a_person_counts_for_the_person(desk: Desk):
    """Whom it is about stands in the restricted part alone."""
    document = {"name": "张三", "type": "身份证", "number": "11010519491231002X"}
    restricted = {"salt": "ef" * 16, "subject_document": document}
    trader = {"kind": "sole_trader", "name": "示例小店"}
    (placed,) = await desk.scene.state(WUHU, penalty(subject=trader), restricted=restricted)
    subject = await desk.scene.node.db.pool.fetchval(
        "SELECT subject_id FROM subjects WHERE scheme = 'person'"
    )
    grant = Grant(Role.BUSINESS, subject=subject.hex())
    text = (await desk.keys.issue(grant, "示例", 30, MEMBERS)).text
    record = f"/api/v1/records/{WUHU}/{placed.idx}"
    seen = await desk.get(record, Role.REGULATOR)
    assert seen.status_code == 200
    assert subject.hex() not in seen.text
    assert (await desk.get(record, text, "")).status_code == 200
    told = (await desk.get("/api/v1/own", text, purpose="")).json()
    assert [(one["role"], one["count"]) for one in told["looks"]] == [("regulator", 1)]


async def test_its_page_says_from_when_and_free_of_charge(desk: Desk):
    headers = {**HTML, "Authorization": f"Bearer {desk.texts[Role.BUSINESS]}"}
    page = await desk.served.http.get("/own", headers=headers)
    assert "申请，办理时限" in page.text
    assert "修复决定期限" in page.text
    assert page.status_code == 200
    assert "全程免费" in page.text
    assert "申请信用修复" in page.text
    assert "已修复" in page.text or "信用修复" in page.text
    assert page.headers["cache-control"] == "no-store"
    english = await desk.served.http.get("/own?lang=en", headers=headers)
    assert "free of charge" in english.text


async def test_an_objection_and_its_outcome_stand_with_the_record(desk: Desk):
    pen = await desk.scene.one(WUHU, penalty())
    dispute = {
        "target": pen.target, "about": "record", "received_on": "2026-10-01",
        "decided_on": "2026-10-01", "grounds": "事实有误", "severity": {"class": "unclassified"},
    }  # fmt: skip
    objection = await desk.scene.one(WUHU, other("objection", **dispute))
    told = {"outcome": "rejected", "consequence": "none", "reasons": "事实清楚"}
    await desk.scene.one(WUHU, act("objection_outcome", objection, "2026-10-20", **told))
    answer = (await desk.get("/api/v1/own", Role.BUSINESS, purpose="")).json()
    (mine,) = [one for one in answer["records"] if one["record"]["record"]["id"] == pen.id]
    assert [one["record"]["type"] for one in mine["acts"]] == ["objection", "objection_outcome"]


@pytest.mark.parametrize("who", [role for role in GRANTS if role is not Role.BUSINESS])
async def test_nobody_else_has_an_own_file(desk: Desk, who):
    problem(await desk.get("/api/v1/own", who), 403, "not-a-subject")


async def test_the_public_is_asked_to_sign_in(desk: Desk):
    problem(await desk.get("/api/v1/own"), 401, "no-credential")


async def test_messages_stand_apart_and_clues_are_not_told(desk: Desk):
    receiver = {"name": "南京市市场监督管理局", "division": "320100"}
    clue = {
        "receiver": receiver, "territory": "320100", "clue": "trademark", "facts": "示例",
        "basis": "示例", "transferred_on": "2026-10-01", "decided_on": "2026-10-01",
        "publication": "government", "severity": {"class": "unclassified"},
    }  # fmt: skip
    await desk.scene.one(NANJING, other("clue_transfer", **clue))
    wish = {
        "requested_on": "2026-10-01", "purpose": "上市", "period_from": "2025-10-01",
        "period_until": "2026-10-01", "sections": ["penalty"], "decided_on": "2026-10-01",
        "publication": "authorised", "severity": {"class": "unclassified"},
    }  # fmt: skip
    await desk.scene.one(NANJING, other("report_request", **wish))
    viewer = GRANTS[Role.BUSINESS]
    headers = {**HTML, "Authorization": f"Bearer {desk.texts[Role.BUSINESS]}"}
    page = await desk.served.http.get("/own", headers=headers)
    assert "专项信用报告申请" in page.text
    assert "案件线索移送" not in page.text
    assert viewer.subject == ONE


def test_a_file_of_nothing_is_one():
    class Empty:
        records = ()

    made = own_file(Empty(), None, (), frozenset())  # type: ignore[arg-type]
    assert (made.records, made.others) == ((), ())


async def test_an_inbox_is_for_the_people_of_its_member(desk: Desk):
    receiver = {"name": "南京市市场监督管理局", "division": "320100"}
    clue = {
        "receiver": receiver, "territory": "320100", "clue": "trademark", "facts": "示例",
        "basis": "示例", "transferred_on": "2026-10-01", "decided_on": "2026-10-01",
        "publication": "government", "severity": {"class": "unclassified"},
    }  # fmt: skip
    await desk.scene.one(WUHU, other("clue_transfer", **clue))
    told = (await desk.get("/api/v1/inbox", Role.REGULATOR)).json()
    assert told["member"] == "320100"
    assert [one["message"]["record"]["type"] for one in told["messages"]] == ["clue_transfer"]
    assert told["messages"][0]["waits"] is True
    assert (await desk.get("/api/v1/inbox", Role.CLERK)).json()["messages"] == []
    for who in (Role.PROCURER, Role.BUSINESS, Role.AUDITOR, Role.REGION):
        problem(await desk.get("/api/v1/inbox", who), 403, "no-inbox")
    problem(await desk.get("/api/v1/inbox"), 401, "no-credential")
    headers = {**HTML, "Authorization": f"Bearer {desk.texts[Role.REGULATOR]}"}
    page = await desk.served.http.get("/inbox", headers=headers)
    assert "案件线索移送" in page.text
    assert "待办（1）" in page.text
    assert ("regulator", "inbox", "320100", "answered") in await desk.said()
