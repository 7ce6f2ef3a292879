"""Screening over the interface: who is who, what applies, by whose rights, what is remembered."""

from datetime import timedelta

import pytest

from registry.domain.disclosure import Role
from registry.domain.grants import Grant
from tests.registry.access.conftest import MEMBERS, ONE, PURPOSE, TWO, Desk
from tests.registry.api.test_uploads import problem
from tests.registry.query.scene import (
    FIRM,
    NANJING,
    WUHU,
    act,
    firm,
    listing,
    penalty,
    registration,
    sid,
    uscc,
)
from tests.registry.query.test_pushes import ADOPTED
from tests.registry.screening.conftest import LISTS, done, made, rows, send

OLD = "芜湖旧名建设有限公司"
LIST = f"""名称,统一社会信用代码
{FIRM},{uscc(1)}
{FIRM},
,{uscc(1)}
{OLD},
合肥另一家商贸行,{uscc(1)}
{FIRM},{uscc(9)}
芜湖示列建设有限公司,
没有这样的公司,
,{uscc(99)}

{FIRM},
"""
EXPECTED = [
    ("found", "code-and-name"), ("found", "exact-name"), ("found", "exact-code"),
    ("found", "former-name"), ("uncertain", "code-not-name"), ("uncertain", "name-not-code"),
    ("uncertain", "resembles"), ("not_found", ""), ("not_found", ""), ("bad", "empty-row"),
    ("found", "exact-name"),
]  # fmt: skip


@pytest.fixture
async def listed(desk: Desk) -> Desk:
    """Firm 1 has a former name and is listed in Wuhu, which leads to a measure in Nanjing."""
    await desk.scene.rules(ADOPTED)
    await desk.scene.one(WUHU, registration(former_names=[{"name": OLD}]))
    await desk.scene.one(WUHU, listing())
    return desk


async def test_each_row_says_who_it_is_and_what_applies(listed: Desk):
    view = await made(listed, LIST, matter="public_funds", name="投标人.csv")
    assert (view["state"], view["lines"], view["done"], view["file"]) == (
        "done",
        11,
        11,
        "投标人.csv",
    )
    assert view["counts"]["kinds"] == {"found": 5, "uncertain": 3, "not_found": 2, "bad": 1}
    assert view["counts"]["reasons"]["found/exact-name"] == 2
    assert view["counts"]["effects"] == {"manage": 5}
    assert (view["degraded"], view["header"], view["purpose"]) == (False, 1, PURPOSE)
    found = await rows(listed, view["id"])
    assert [(one["kind"], one["reason"]) for one in found] == EXPECTED
    assert found[-1]["same_as"] == 2
    first = found[0]
    assert first["matches"][0]["subject_id"] == ONE
    assert first["matches"][0]["former_names"] == [OLD]
    (measure,) = first["decision"]["measures"]
    assert (measure["measure"], measure["effect"]) == ("m-funds", "manage")
    plain = await listed.get(
        f"/api/v1/subjects/{ONE}/decision?territory=320100&matter=public_funds", Role.REGULATOR
    )
    assert first["decision"]["measures"] == plain.json()["decision"]["measures"]
    assert first["decision"]["inputs"] == plain.json()["decision"]["inputs"]
    assert [one["name"] for one in found[4]["matches"]] == [FIRM]
    assert found[4]["decision"] is None
    page = (await send(listed, "GET", f"{LISTS}/{view['id']}/rows")).json()
    assert "不表示该主体不存在" in page["not_found"]
    assert [city["size"] for city in page["coverage"]["cities"]] == [8, 4, 0]


async def test_pages_follow_a_cursor_and_are_narrowed(listed: Desk):
    view = await made(listed, LIST, matter="public_funds")
    address = f"{LISTS}/{view['id']}/rows"
    seen, after = [], 0
    while True:
        page = (await send(listed, "GET", address, params={"limit": 4, "after": after})).json()
        seen += [one["row"] for one in page["rows"]]
        if not (after := page["after"]):
            break
    assert seen == list(range(1, 12))
    assert [one["row"] for one in await rows(listed, view["id"], kind="uncertain")] == [5, 6, 7]
    assert [one["row"] for one in await rows(listed, view["id"], effect="manage", limit=2)] == [
        1,
        2,
    ]
    assert await rows(listed, view["id"], effect="bar") == []


# ------------------------------------------------------------------ by whose rights


async def test_nobody_learns_more_by_screening_than_by_asking(listed: Desk):
    """Firm 2 has only a record that organs share; that of firm 4 was repaired."""
    await listed.scene.one(NANJING, penalty(subject=firm(3, "芜湖甲乙丙丁机械厂")))
    gone = await listed.scene.one(WUHU, penalty(subject=firm(4, "滁州子丑寅卯电器行")))
    await listed.scene.one(
        WUHU, act("repair", gone, "2026-09-01", subject=firm(4, "滁州子丑寅卯电器行"))
    )
    body = f"示例第二贸易有限公司\n{uscc(2)}\n芜湖甲乙丙丁机械厂\n滁州子丑寅卯电器行\n{uscc(4)}\n"
    expected = {
        Role.BUSINESS: ["not_found", "not_found", "found", "not_found", "not_found"],
        Role.PROCURER: ["found", "found", "found", "not_found", "not_found"],
        Role.REGULATOR: ["found", "found", "found", "not_found", "not_found"],
        Role.AUDITOR: ["found"] * 5,
    }
    as_public = (Role.OPERATOR, Role.THIRD_PARTY, Role.CONSUMER)
    expected |= dict.fromkeys(as_public, expected[Role.BUSINESS])
    for role, kinds in expected.items():
        view = await made(listed, body, role, matter="tender")
        found = await rows(listed, view["id"], role)
        assert [one["kind"] for one in found] == kinds, role
        for number, one in ((2, found[1]), (4, found[4])):
            asked = await listed.get(f"/api/v1/subjects/{sid(uscc(number))}", role)
            assert (asked.status_code == 200) is (one["kind"] == "found"), (role, number)
            assert [m["subject_id"] for m in one["matches"]] == (
                [sid(uscc(number))] if asked.status_code == 200 else []
            )


async def test_what_a_subject_allows_is_named_where_it_was_used(desk: Desk):
    """Firm 1 has allowed the party to read its penalties, for just this purpose."""
    view = await made(desk, FIRM, Role.THIRD_PARTY)
    (row,) = await rows(desk, view["id"], Role.THIRD_PARTY)
    assert (row["kind"], row["matches"][0]["subject_id"]) == ("found", ONE)
    lines = [line for line in await desk.log() if line["kind"] == "screening" and line["subject"]]
    place = desk.placed["authorisation"]
    assert [line["authorisation"] for line in lines] == [f"{place.origin}/{place.idx}"]


async def test_who_may_have_a_list_screened_and_where(listed: Desk):
    async def refused(status: int, code: str, who: Role | None, body: bytes = b"x", **params: str):
        asked = {"territory": "320100", **params}
        answer = await send(listed, "POST", LISTS, who, params=asked, content=body)
        problem(answer, status, code)

    await refused(401, "no-credential", None)
    await refused(403, "other-territory", Role.REGULATOR, territory="340200")
    await refused(403, "other-matter", Role.PROCURER, matter="honours")
    await refused(400, "unknown-territory", Role.AUDITOR, territory="999999")
    await refused(400, "no-rows", Role.REGULATOR, b"\n")
    await refused(413, "too-large", Role.REGULATOR, b"x" * (16 * 1024 * 1024 + 1))
    headers = {"Authorization": f"Bearer {listed.texts[Role.REGULATOR]}"}
    answer = await listed.served.http.post(
        f"{LISTS}?territory=320100", headers=headers, content=b"x"
    )
    problem(answer, 400, "purpose-required")
    problem(await send(listed, "GET", LISTS, None), 401, "no-credential")
    said = [one for one in await listed.said() if one[1] == "screening"]
    assert ("regulator", "screening", "", "other-territory") in said


async def test_a_screening_is_its_owners_alone(listed: Desk):
    view = await made(listed, FIRM)
    address = f"{LISTS}/{view['id']}"
    other = (
        await listed.keys.issue(
            Grant(Role.REGULATOR, "320100", territories=("320100",)), "示例", 365, MEMBERS
        )
    ).text
    judged = {"row": 1, "subject": ONE, "judgement": "same"}
    for who in (other, Role.AUDITOR, Role.PROCURER, None):
        for method, path, more in (
            ("GET", "", {}), ("GET", "/rows", {}), ("GET", "/file", {}), ("DELETE", "", {}),
            ("POST", "/again", {}), ("POST", "/resume", {}),
            ("POST", "/judgements", {"json": judged}),
        ):  # fmt: skip
            answer = await send(listed, method, f"{address}{path}", who, **more)
            problem(answer, 404, "no-screening")
        if who is not None:
            assert (await send(listed, "GET", LISTS, who)).json() == {"screenings": []}
    mine = (await send(listed, "GET", LISTS)).json()["screenings"]
    assert [one["id"] for one in mine] == [view["id"]]


async def test_a_key_that_replaces_another_has_its_screenings_and_judgements(listed: Desk):
    view = await made(listed, "芜湖示列建设有限公司\n")
    said = {"row": 1, "subject": ONE, "judgement": "same"}
    await send(listed, "POST", f"{LISTS}/{view['id']}/judgements", json=said)
    key = listed.texts[Role.REGULATOR]
    for _ in range(2):
        key = (await listed.keys.rotate(key[3:15], timedelta(days=7), 365, MEMBERS)).text
    assert (await rows(listed, view["id"], key))[0]["reason"] == "judged-same"
    assert (await rows(listed, (await made(listed, "芜湖示列建设有限公司\n", key))["id"]))[0][
        "reason"
    ] == "judged-same"
    assert len((await send(listed, "GET", LISTS, key)).json()["screenings"]) == 2


async def test_what_was_read_is_written_down_with_its_purpose_and_whom(listed: Desk):
    view = await made(listed, LIST, matter="public_funds")
    lines = [row for row in await listed.log() if row["kind"] == "screening"]
    assert [(row["subject"], row["place"], row["outcome"]) for row in lines] == [
        ("", view["id"], "answered"), (ONE, view["id"], "answered"),
    ]  # fmt: skip
    assert {row["purpose"] for row in lines} == {PURPOSE}
    assert {row["who"] for row in lines} == {f"key:{listed.texts[Role.REGULATOR][3:15]}"}
    own = (await listed.get("/api/v1/own", Role.BUSINESS)).json()
    assert sum(look["count"] for look in own["looks"] if look["role"] == "regulator") == 1
    await rows(listed, view["id"])
    assert (await listed.said())[-1] == ("regulator", "screening", view["id"], "answered")


# ------------------------------------------------------------------ what comes later


async def test_what_was_repaired_since_shows_nowhere_and_the_known_set_stays(listed: Desk):
    """Neither the rows nor the counts tell; what came since is not in it either."""
    pen = await listed.scene.one(WUHU, penalty(subject=firm(5, "芜湖赤橙黄绿化工厂")))
    body = f"芜湖赤橙黄绿化工厂\n{FIRM}\n滁州东西南北食品店\n"
    before = await made(listed, body, matter="public_funds")
    assert before["counts"]["kinds"]["found"] == 2
    assert before["counts"]["effects"] == {"": 1, "manage": 1}
    five = firm(5, "芜湖赤橙黄绿化工厂")
    await listed.scene.one(WUHU, act("repair", pen, "2026-11-01", subject=five))
    await listed.scene.one(WUHU, penalty(subject=firm(6, "滁州东西南北食品店")))
    found = await rows(listed, before["id"])
    assert [one["kind"] for one in found] == ["not_found", "found", "not_found"]
    after = await done(listed, before["id"])
    assert after["counts"]["kinds"] == {"found": 1, "uncertain": 0, "not_found": 2, "bad": 0}
    assert after["known"] == before["known"]
    assert await rows(listed, before["id"], kind="found", effect="") == found[1:2]
    again = (await send(listed, "POST", f"{LISTS}/{before['id']}/again")).json()
    repeated = await done(listed, again["id"])
    assert (repeated["same"], repeated["compared"], repeated["known"]) == (3, 3, before["known"])
    assert await rows(listed, again["id"]) == found
    fresh = await made(listed, body, matter="public_funds")
    assert [one["kind"] for one in await rows(listed, fresh["id"])] == [
        "not_found",
        "found",
        "found",
    ]


async def test_judgements_are_remembered_told_and_undone(listed: Desk):
    text = "芜湖示列建设有限公司\n芜湖示列建设有限公司\n"
    view = await made(listed, text, matter="public_funds")
    address = f"{LISTS}/{view['id']}/judgements"

    async def judge(what: str, **more: object):
        said = {"row": 1, "subject": ONE, "judgement": what, "reason": "电话\x00核实 ", **more}
        return await send(listed, "POST", address, json=said)

    for wrong in ({"row": 7}, {"subject": TWO}, {"subject": "x"}):
        problem(await judge("same", **wrong), 404, "no-row")
    for wrong in ({"row": 0}, {"row": 10**30}, {"subject": "0" * 65}, {"reason": "长" * 2_001}):
        assert (await judge("same", **wrong)).status_code == 400
    problem(await judge("same", reason="长" * 201), 400, "reason-too-long")
    assert (await judge("perhaps")).status_code == 400
    row = (await judge("same")).json()
    assert (row["kind"], row["reason"]) == ("found", "judged-same")
    assert row["decision"]["measures"][0]["effect"] == "manage"
    assert (row["matches"][0]["judged"]["judgement"], row["matches"][0]["judged"]["reason"]) == (
        "same",
        "电话核实",
    )
    assert (await done(listed, view["id"]))["counts"]["kinds"]["found"] == 2
    assert (ONE, "answered") in [one[2:] for one in await listed.said() if one[1] == "screening"]
    later = await made(listed, text)
    assert [one["reason"] for one in await rows(listed, later["id"])] == ["judged-same"] * 2
    others = await made(listed, text, Role.PROCURER, matter="tender")
    assert (await rows(listed, others["id"], Role.PROCURER))[0]["kind"] == "uncertain"
    row = (await judge("different")).json()
    assert (row["kind"], row["reason"], row["matches"]) == ("not_found", "judged-different", [])
    assert row["apart"][0]["judged"]["judgement"] == "different"
    assert (await judge("unsure")).json()["kind"] == "uncertain"
    row = (await judge("undone")).json()
    assert (row["kind"], row["matches"][0]["judged"]) == ("uncertain", None)
    assert (await done(listed, view["id"]))["counts"]["kinds"]["uncertain"] == 2


async def test_a_screening_is_removed_by_its_owner_or_with_time(listed: Desk):
    pool = listed.scene.node.db.pool
    first, second = [await made(listed, FIRM) for _ in range(2)]
    assert (await send(listed, "DELETE", f"{LISTS}/{first['id']}")).status_code == 204
    problem(await send(listed, "GET", f"{LISTS}/{first['id']}"), 404, "no-screening")
    for table, count in (("screenings", 1), ("screening_rows", 1), ("screening_results", 1)):
        assert await pool.fetchval(f"SELECT count(*) FROM {table}") == count
    listed.clock.go(days=30, minutes=1)
    problem(await send(listed, "GET", f"{LISTS}/{second['id']}"), 404, "no-screening")
    assert (await send(listed, "GET", LISTS)).json() == {"screenings": []}


@pytest.mark.usefixtures("idle")
async def test_screenings_of_one_owner_are_bounded(listed: Desk):
    for _ in range(3):
        answer = await send(listed, "POST", f"{LISTS}?territory=320100", content=FIRM.encode())
        assert (answer.status_code, answer.json()["state"]) == (202, "matching")
    answer = await send(listed, "POST", f"{LISTS}?territory=320100", content=FIRM.encode())
    problem(answer, 413, "too-many-screenings")
