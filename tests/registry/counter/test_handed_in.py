"""What a business hands in: kept once, shown to whom it is for, gone there once it is logged."""

import json
import secrets

import httpx
import pytest

from registry.domain.disclosure import Role
from registry.domain.grants import Grant
from registry.ingest.checks import check_line
from registry.store import case_requests
from signing.record import encode_record
from tests.registry.access.conftest import HTML, MEMBERS, Desk, reads
from tests.registry.api.test_uploads import problem
from tests.registry.query.scene import FIRM, NANJING, other

FORM = {
    "about": "recognition", "number": "db34t1—2021", "territory": "320100", "use": "certification",
    "product": "建筑用砂", "reasons": "持有检测报告，拟申请认证",
}  # fmt: skip


async def send(desk: Desk, who: Role | None = Role.BUSINESS, **form: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {desk.texts[who]}"} if who else {}
    data = {**FORM, **form}
    return await desk.served.http.post("/standard-cases/new", headers=headers, data=data)


async def page(desk: Desk, path: str, who: Role | str | None, status: int = 200) -> str:
    text = desk.texts[who] if isinstance(who, Role) else who
    headers = HTML | ({"Authorization": f"Bearer {text}", "Registry-Purpose": "x"} if text else {})
    answer = await desk.served.http.get(path, headers=headers)
    assert answer.status_code == status, answer.text[:2000]
    return answer.text


@reads
async def test_who_may_of_whom_and_by_when_is_said_to_everybody(standing: Desk):
    for lang, said in (("zh", ("不收费", "5个工作日")), ("en", ("None", "5 working days"))):
        shown = await page(standing, f"/standard-cases/new?lang={lang}", None)
        assert all(words in shown for words in said)
        assert "<form class" not in shown
    assert "选择地区和用途后显示" in await page(standing, "/standard-cases/new", None)
    here = "/standard-cases/new?territory={}&use=tender&number=DB34/T 1-2021&product=砂"
    shown = await page(standing, here.format("320100"), Role.BUSINESS)
    assert "南京市市场监督管理局" in shown
    assert "电话025-1" in shown
    assert 'value="DB34/T 1-2021"' in shown
    assert "尚未在本平台登记承办单位" in await page(standing, here.format("340200"), None)


@reads
async def test_a_request_is_kept_once_and_goes_from_hand_to_log(standing: Desk):
    first, again = await send(standing), await send(standing)
    assert (first.status_code, first.headers["location"]) == (303, again.headers["location"])
    path = first.headers["location"]
    receipt = await page(standing, path, Role.BUSINESS)
    for said in (FIRM, "DB34/T 1-2021", "建筑用砂", "南京市市场监督管理局", "2026年11月30日"):
        assert said in receipt, said
    assert "取得待签章的文件" not in receipt
    english = await page(standing, f"{path}?lang=en", Role.BUSINESS)
    assert "has not logged it yet" in english
    assert "已提交、待登记的申请（1）" in await page(standing, "/standard-cases", Role.BUSINESS)
    # Its own member has nothing to do with it; the one that is asked has.
    await page(standing, path, Role.CLERK, 404)
    await page(standing, path, Role.REGION, 404)
    assert "待登记的申请" not in await page(standing, "/standard-cases", Role.REGION)
    assert "待登记的申请（1）" in await page(standing, "/standard-cases", Role.REGULATOR)
    assert "取得待签章的文件" in await page(standing, path, Role.REGULATOR)
    problem(await standing.get(f"{path}/file", Role.BUSINESS), 404, "no-request")
    main = json.loads((await standing.get(f"{path}/file", Role.REGULATOR)).content)
    assert "salt" not in main
    signed = main | {"salt": secrets.token_hex(16)}
    findings = check_line(encode_record(signed, None), set()).findings
    assert [one for one in findings if one.level == "error"] == []
    await standing.scene.one(NANJING, signed)
    for who in (Role.BUSINESS, Role.REGULATOR):
        assert "待登记的申请" not in await page(standing, "/standard-cases", who)
        assert "已将本申请登记入库" in await page(standing, path, who)
    said = {(row["kind"], row["outcome"]) for row in await standing.log()}
    assert {("case-request", "handed-in"), ("case-request", "taken")} <= said


@reads
async def test_an_office_that_is_not_named_goes_by_its_kind(standing: Desk):
    sent = await send(standing, territory="340200", use="funds")
    shown = await page(standing, sent.headers["location"], Role.BUSINESS)
    assert "芜湖市市场监督管理部门" in shown
    assert "待登记的申请（1）" in await page(standing, "/standard-cases", Role.CLERK)
    one = await standing.keys.issue(Grant(Role.BUSINESS, subject="0" * 32), "x", 9, MEMBERS)
    await page(standing, sent.headers["location"], one.text, 404)


@reads
@pytest.mark.parametrize(
    ("form", "status", "code"),
    [
        ({"about": "declaration"}, 400, "unknown-use"),
        ({"use": "sale"}, 400, "unknown-use"),
        ({"product": " "}, 400, "form-incomplete"),
        ({"product": "x" * 201}, 400, "form-incomplete"),
        ({"reasons": ""}, 400, "form-incomplete"),
        ({"territory": "330100"}, 400, "unknown-territory"),
        ({"number": "没有编号"}, 400, ""),
        ({"number": "9" * 200}, 400, ""),
    ],
)
async def test_what_is_missing_or_no_standard_is_refused(standing: Desk, form, status, code):
    answer = await send(standing, **form)
    assert answer.status_code == status, answer.text
    assert code in answer.text


@reads
async def test_only_an_enterprise_hands_in_and_only_so_much_a_day(standing: Desk, monkeypatch):
    problem(await send(standing, None), 401, "no-credential")
    problem(await send(standing, Role.CLERK), 403, "not-a-subject")
    await page(standing, f"/standard-cases/request/{'0' * 32}", Role.BUSINESS, 404)
    monkeypatch.setattr(case_requests, "DAILY_MAX", 0)
    answer = await send(standing, product="另一产品")
    problem(answer, 413, "too-many-requests-handed-in")


# ------------------------------------------------------------------ whom to ask about a standard


@reads
async def test_an_answer_names_office_route_and_telephone_where_there_are_any(standing: Desk):
    here = "/standard?number=DB34/T 1-2021&territory={}&use={}"
    told = await page(standing, here.format("320100", "funds"), None)
    for said in ("南京市财政局", "南京市市场监督管理局", "电话025-1", "制度文件采用", "示例文号"):
        assert said in told, said
    assert "招标文件采用" not in told
    assert told.index("南京市财政局") < told.index("南京市市场监督管理局")
    nobody = await page(standing, here.format("340200", "tender"), None)
    assert "该地区尚未在本平台登记承办单位和电话" in nobody
    assert "招标文件采用" in nobody
    sold = await page(standing, here.format("320100", "sale"), None)
    assert "符合强制性标准的产品可以在全国销售，无需南京市认可。" in sold
    assert "以下只回答" not in sold
    assert 'id="whom"' not in sold
    food = "/standard?number=DBS34/ 003-2021&territory=320100&use=supervision"
    stays = await page(standing, food, None)
    assert "没有可行的认可途径" in stays
    assert "/standard-cases/new" not in stays


@reads
async def test_a_self_declaration_stands_on_the_page_of_its_standard(standing: Desk):
    said = {"number": "DB34/T 1-2021", "product": "建筑用砂", "declared_on": "2026-01-05"}
    bare = {"severity": {"class": "unclassified"}, "decided_on": "2026-01-05"}
    await standing.scene.one(NANJING, other("self_declaration", **said, **bare))
    told = await page(standing, "/standard?number=DB34/T 1-2021", None)
    assert "企业自我声明（公开承诺执行，不是认可，也不是合格证明）" in told
    assert f"{FIRM} 建筑用砂" in told
    page_en = await page(standing, "/standard?number=DB34/T 1-2021&lang=en", None)
    assert "neither a recognition nor proof of conformity" in page_en
