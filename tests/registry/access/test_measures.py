"""Who sees pushes, lifts and cases; what the forms give to sign; and that nothing ended is told."""

import time
from typing import Any

import pytest

from registry.domain.disclosure import Role
from registry.domain.grants import Grant
from registry.errors import MalformedRefusal
from registry.forms.jsonl import read_jsonl
from registry.ingest.checks import check_line
from registry.pages.desk_page import checked_choice, checked_text
from signing.record import encode_record
from tests.registry.access.conftest import MEMBERS, NOBODY, ONE, Desk
from tests.registry.query.scene import NANJING, WUHU, Placed, act, adoption, listing, permit
from tests.registry.query.test_pushes import ADOPTED, LABOUR, reply, use

SALT = "ef" * 16


@pytest.fixture
async def pushed(desk: Desk) -> Placed:
    """Firm 1 is listed in Wuhu; Nanjing has adopted R02 and gave it a permit."""
    await desk.scene.rules(ADOPTED)
    await desk.scene.one(NANJING, permit())
    return await desk.scene.one(WUHU, listing())


async def nanjing(desk: Desk, role: Role = Role.CLERK) -> str:
    """Return a key of somebody at Nanjing."""
    return (await desk.keys.issue(Grant(role, "320100"), "示例", 365, MEMBERS)).text


async def page(desk: Desk, path: str, who: Role | str | None, **params: str) -> Any:
    http = desk.served.http
    text = desk.texts[who] if isinstance(who, Role) else who
    headers = {"Accept": "text/html", "Registry-Purpose": "x"}
    headers |= {"Authorization": f"Bearer {text}"} if text else {}
    return await http.get(path, headers=headers, params=params or None)


async def send(desk: Desk, path: str, who: str | Role, **form: str) -> Any:
    text = desk.texts[who] if isinstance(who, Role) else who
    headers = {"Authorization": f"Bearer {text}", "Registry-Purpose": "x"}
    return await desk.served.http.post(path, headers=headers, data=form)


def good(body: bytes) -> list[dict[str, Any]]:
    """Return the records of a file to sign; every one must pass the checks of the member's tool."""
    rows = list(read_jsonl(body))
    assert [row.findings for row in rows] == [()] * len(rows)
    mains = [{**row.main, "salt": f"{at:032x}"} for at, row in enumerate(rows, 1)]
    for main in mains:
        assert check_line(encode_record(main, None), set()).findings == ()
    return mains


# ------------------------------------------------------------------ who may look

ADDRESSES = ("desk", "board", "joint-cases")
SEES = {
    "desk": {Role.CLERK, Role.REVIEWER, Role.PUBLISHER, Role.REGULATOR},
    "board": {Role.REGION, Role.AUDITOR},
    "joint-cases": {Role.REGION, Role.AUDITOR},
}


@pytest.mark.parametrize("path", ADDRESSES)
async def test_each_role_reads_its_own_and_nobody_else_any(desk: Desk, path: str):
    assert (await desk.get(f"/api/v1/{path}")).status_code == 401
    for role in desk.texts:
        answer = await desk.get(f"/api/v1/{path}", role)
        assert answer.status_code == (200 if role in SEES[path] else 403), role
    told = {role for role, kind, _, outcome in await desk.said() if outcome == "answered"}
    assert told == SEES[path]
    assert {kind for _, kind, _, _ in await desk.said()} == {path}


@pytest.mark.parametrize("role", [*Role])
async def test_the_way_of_a_cause_is_for_staff_and_the_region(desk: Desk, pushed: Placed, role):
    address = f"/api/v1/records/{pushed.origin}/{pushed.idx}/propagation"
    who = None if role is Role.PUBLIC else role
    answer = await desk.get(address, who)
    may = SEES["desk"] | SEES["board"]
    assert answer.status_code == (200 if role in may else 401 if who is None else 403)
    if role in may:
        (found,) = [one for one in answer.json()["members"] if one["member"] == "320100"]
        assert [one["measure"] for one in found["pushes"]] == ["m-funds", "m-honours-any"]
        assert found["adopted"][0]["rule"] == "R02"


async def test_a_way_needs_a_purpose_and_answers_the_hidden_like_what_never_was(desk, pushed):
    address = f"/api/v1/records/{pushed.origin}"
    assert (
        await desk.get(f"{address}/{pushed.idx}/propagation", Role.REGION, "")
    ).status_code == 400
    hidden = desk.placed["repaired"]
    gone = await desk.get(f"/api/v1/records/{hidden.origin}/{hidden.idx}/propagation", Role.REGION)
    never = await desk.get(f"{address}/7777/propagation", Role.REGION)
    assert gone.status_code == never.status_code == 410
    assert gone.text.replace(f"/{hidden.idx}/", "/7777/") == never.text


@pytest.mark.usefixtures("pushed")
async def test_a_regulator_sees_his_territories_and_matters(desk: Desk):
    seen = (await desk.get("/api/v1/desk", Role.REGULATOR)).json()
    assert {one["matter"] for one in seen["pushes"]} == {"public_funds", "honours"}
    for limits in ({"matters": ("honours",)}, {"territories": ("340200",)}):
        grant = Grant(Role.REGULATOR, "320100", **{"territories": ("320100",), **limits})
        key = (await desk.keys.issue(grant, "示例", 365, MEMBERS)).text
        seen = (await desk.get("/api/v1/desk", key)).json()
        matters = {one["matter"] for one in seen["pushes"]}
        assert matters == ({"honours"} if "matters" in limits else set())


@pytest.mark.usefixtures("pushed")
async def test_uses_are_for_the_organs_of_members(desk: Desk):
    address = f"/api/v1/subjects/{ONE}/use-drafts?territory=320100"
    for role in desk.texts:
        answer = await desk.get(address, role)
        matter = await desk.get(f"{address}&matter=tender", role)
        organ = role in SEES["desk"]
        assert answer.status_code == (200 if organ else 403), role
        assert matter.status_code == (200 if organ or role is Role.PROCURER else 403), role
    absent = await desk.get(f"/api/v1/subjects/{NOBODY}/use-drafts?territory=320100", Role.CLERK)
    assert absent.status_code == 404


# ------------------------------------------------------------------ what there is to sign


async def test_a_use_filled_in_passes_the_checks_and_counts_as_a_case(desk: Desk, pushed: Placed):
    key = await nanjing(desk)
    address = f"/api/v1/subjects/{ONE}/use-drafts?territory=320100&matter=public_funds"
    found = (await desk.get(address, key)).json()
    (draft,) = found["drafts"]
    assert draft["decision"] == found["decision"]
    assert draft["causes"] == [pushed.target]
    form = {
        "territory": "320100", "matter": "public_funds", "matter_name": "示例专项资金申报",
        "organ": "南京市示例资金管理局", "handled_on": "2026-11-20",
        "result.R02.m-funds": "applied", "reasons.R02.m-funds": "列入期内，不予受理。",
        "until.R02.m-funds": "2026-11-20",
    }  # fmt: skip
    answer = await send(desk, f"/use/{ONE}", key, **form)
    assert 'filename="measure-use.jsonl"' in answer.headers["content-disposition"]
    (main,) = good(answer.content)
    assert main["decision"] == found["decision"]
    assert (main["result"], main["handled_on"], main["until"]) == ("applied",) + ("2026-11-20",) * 2
    await desk.scene.one(NANJING, main)
    (case,) = (await desk.get("/api/v1/joint-cases", Role.REGION)).json()["cases"]
    assert (case["measure"], case["member"], case["month"], case["applied"], case["joint"]) == (
        "m-funds", "320100", "2026-11", 1, 1,
    )  # fmt: skip
    states = {one["measure"]: one for one in (await desk.get("/api/v1/desk", key)).json()["pushes"]}
    assert states["m-funds"]["state"] == "answered"
    assert states["m-funds"]["answer"]["result"] == "applied"
    board = await page(desk, "/board", Role.REGION)
    assert "限制申请财政性资金项目" in board.text


WRONG = [
    ({"matter_name": " "}, "“办理事项”须填写"),
    ({"organ": ""}, "“办理机关”须填写"),
    ({"reasons.R02.m-funds": ""}, "“理由”须填写"),
    ({"result.R02.m-funds": ""}, "请至少就一项措施选择使用情况"),
    ({"result.R02.m-funds": "allowed"}, "没有“allowed”这个结果"),
    ({"handled_on": "2026-02-30"}, "2026-02-30"),
]


@pytest.mark.usefixtures("pushed")
@pytest.mark.parametrize(("wrong", "said"), WRONG)
async def test_what_is_wrong_is_said_above_the_form_as_it_was_filled_in(desk, wrong, said):
    form = {
        "territory": "320100", "matter": "public_funds", "matter_name": "示例申报<i>",
        "organ": "南京市示例局", "handled_on": "2026-11-20", "result.R02.m-funds": "applied",
        "reasons.R02.m-funds": "示例。", **wrong,
    }  # fmt: skip
    answer = await send(desk, f"/use/{ONE}", Role.REGULATOR, **form)
    assert answer.status_code == 400
    assert said in answer.text
    assert ("示例申报&lt;i&gt;" in answer.text) is ("matter_name" not in wrong)


async def test_an_answer_to_a_push_is_a_file_to_sign(desk: Desk, pushed: Placed):
    key = await nanjing(desk)
    push = (await desk.get("/api/v1/desk", key)).json()["pushes"][0]
    form = {
        "subject": push["subject_id"], "territory": push["territory"], "measure": push["measure"],
        "about": push["cause"]["entry"], "result": "not_applicable", "reasons": "无在办事项。",
        "organ": "南京市示例局",
    }  # fmt: skip
    (main,) = good((await send(desk, "/desk", key, **form)).content)
    assert main["about"] == push["draft"]["about"] == pushed.target
    for wrong, status in (
        ({"result": "lifted"}, 400), ({"reasons": ""}, 400), ({"organ": "x" * 201}, 400),
        ({"about": "00" * 64}, 404), ({"measure": "m-tender"}, 404),
    ):  # fmt: skip
        assert (await send(desk, "/desk", key, **{**form, **wrong})).status_code == status, wrong
    assert (await send(desk, "/desk", Role.PROCURER, **form)).status_code == 403
    await desk.scene.one(NANJING, main)
    (answered,) = [
        one
        for one in (await desk.get("/api/v1/desk", key)).json()["pushes"]
        if one["state"] == "answered"
    ]
    assert answered["answer"]["type"] == "measure_reply"


async def test_a_lift_is_told_and_confirmed_without_its_cause(desk: Desk, pushed: Placed):
    key = await nanjing(desk)
    mine = await desk.scene.one(NANJING, use(pushed, decision="ab" * 32))
    await desk.scene.one(WUHU, act("repair", pushed, "2026-11-23", **LABOUR))
    answer = await desk.get("/api/v1/desk", key)
    (lift,) = answer.json()["lifts"]
    assert (lift["state"], lift["matter_name"], lift["decision"]) == (
        "to-lift", "示例专项资金申报", "ab" * 32,
    )  # fmt: skip
    shown = await page(desk, "/desk", key)
    for told in (answer.text, shown.text):
        assert pushed.entry.hex() not in told
        assert "拖欠农民工工资" not in told
        assert "芜湖市人力资源" not in told
    form = {
        "subject": ONE, "territory": "320100", "measure": "m-funds", "about": mine.entry.hex(),
        "reasons": "已恢复受理。", "organ": "南京市示例局",
    }  # fmt: skip
    (main,) = good((await send(desk, "/desk", key, **form)).content)
    assert (main["result"], main["about"]) == ("lifted", mine.target)
    await desk.scene.one(NANJING, main)
    assert (await desk.get("/api/v1/desk", key)).json()["lifts"] == []
    board = (await desk.get("/api/v1/board", Role.REGION)).json()
    assert {one["to_lift"] for one in board["members"]} == {0}


def test_fields_of_the_forms_are_bounded():
    assert checked_text(" 甲 ", "organ", 5) == "甲"
    assert checked_choice("applied", ("applied",)) == "applied"
    with pytest.raises(MalformedRefusal, match="办理机关"):
        checked_text("", "organ", 5)
    with pytest.raises(MalformedRefusal, match="理由"):
        checked_text("x" * 6, "reasons", 5)


# ------------------------------------------------------------------ pages


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_the_pages_tell_the_same(desk: Desk, pushed: Placed, lang: str):
    key = await nanjing(desk)
    await desk.scene.one(NANJING, reply(pushed))
    clock = {"lang": lang} if lang == "en" else {}
    shown = (await page(desk, "/desk", key, **clock)).text
    for said in ("限制参加评优评先", "评选机关", "无在办事项。", f"/use/{ONE}", "registry publish"):
        assert said in shown
    assert ("依据待核实" if lang == "zh" else "basis not yet confirmed") in shown
    way = (await page(desk, f"/propagation/{pushed.origin}/{pushed.idx}", key, **clock)).text
    assert ("持有本地有效的行政许可" if lang == "zh" else "holds a permit here") in way
    assert "R02" in way
    record = await page(desk, f"/record/{pushed.origin}/{pushed.idx}", key)
    assert f"/propagation/{pushed.origin}/{pushed.idx}" in record.text
    public = await page(desk, f"/record/{pushed.origin}/{pushed.idx}", None)
    assert "/propagation/" not in public.text
    board = (await page(desk, "/board", Role.REGION, **clock)).text
    assert "南京市" in board


@pytest.mark.usefixtures("pushed")
async def test_the_page_of_a_subject_leads_organs_to_the_use_and_all_to_whom_to_contest(
    desk: Desk,
):
    seen = (await page(desk, f"/subject/{ONE}", Role.REGULATOR, territory="320100")).text
    assert f"/use/{ONE}?territory=320100" in seen
    public = (await page(desk, f"/subject/{ONE}", None, territory="320100")).text
    assert "/use/" not in public
    assert "不服本项措施的，向承办机关（资金主管部门）陈述、申辩或者提出异议" in public
    assert "/objection#way3" in public
    ways = (await page(desk, "/objection", None)).text
    assert ways.index('id="way3"') < ways.index("对某项措施的适用有异议") < ways.index('id="way4"')


@pytest.mark.usefixtures("pushed")
async def test_a_use_is_recorded_where_the_asker_works_if_he_names_no_place(desk):
    shown = await page(desk, f"/use/{ONE}", await nanjing(desk))
    assert "南京市所显示的措施" in shown.text
    assert "限制申请财政性资金项目" in shown.text
    nothing = await page(desk, f"/use/{ONE}", Role.CLERK)
    assert "芜湖市在该事项上没有需要记录的措施" in nothing.text


# ------------------------------------------------------------------ when a cause ends


async def test_when_a_cause_ends_no_answer_carries_its_measures_and_only_those(
    desk: Desk, pushed: Placed
):
    """Everywhere, for everybody, at once: API, pages, decisions, search, desks, the way."""
    other = await desk.scene.one(WUHU, listing("samr-serious", **MARKET))
    await desk.scene.one(NANJING, adoption("R06", "320100"))
    key = await nanjing(desk)
    await desk.scene.one(NANJING, use(pushed))
    organs = (Role.REGION, Role.REGULATOR, None)
    for who in organs:
        before = await everything(desk, who)
        assert any("m-funds" in text for text in before.values())
        assert any("m-key-supervision" in text for text in before.values())
    began = time.monotonic()
    await desk.scene.one(WUHU, act("repair", pushed, "2026-11-23", **LABOUR))
    assert time.monotonic() - began < 2.0  # admitted, and followed by the index of names
    for who in organs:
        after = await everything(desk, who)
        for path, text in after.items():
            assert pushed.entry.hex() not in text, (who, path)
            assert "经责令改正逾期未改正" not in text, (who, path)  # its reason
            if path not in LIFTED:
                assert "m-funds" not in text, (who, path)
                assert "限制申请财政性资金项目" not in text, (who, path)
        assert any("m-key-supervision" in text for text in after.values())
        assert any(other.entry.hex() in text for text in after.values())
    (lift,) = (await desk.get("/api/v1/desk", key)).json()["lifts"]
    assert lift["measure"] == "m-funds"
    way = f"/api/v1/records/{pushed.origin}/{pushed.idx}/propagation"
    assert (await desk.get(way, key)).status_code == 410


MARKET = {
    "authority": {"name": "芜湖市市场监督管理局", "kind": "市场监督管理部门"},
    "field": "product_quality", "reason": "示例", "basis": "第44号令",
}  # fmt: skip
LIFTED = {"/api/v1/desk", "/desk", "/api/v1/joint-cases", "/board"}
"""What tells the member to lift what it applied, or counts what was handled."""


async def everything(desk: Desk, who: Role | str | None) -> dict[str, str]:
    """Return every address that tells of firm 1, with what it answers."""
    firm = f"/subjects/{ONE}"
    api = (
        f"{firm}", f"{firm}?territory=320100", f"{firm}/decision?territory=320100",
        f"{firm}/use-drafts?territory=320100", f"{firm}/relations", "/search?q=91340200MA00000231",
        "/desk", "/board", "/joint-cases", "/inbox",
    )  # fmt: skip
    pages = (
        f"/subject/{ONE}",
        f"/use/{ONE}",
        "/desk",
        "/board",
        "/search?q=示例",
        f"/compare?subject={ONE}",
    )
    found = {f"/api/v1{path}": (await desk.get(f"/api/v1{path}", who)).text for path in api}
    for path in pages:
        found[path] = (await page(desk, path, who)).text
    return found
