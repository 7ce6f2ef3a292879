"""A member's acts on a rule, and a new yearly list: from the form to what counts, refusals too."""

import io
import json
import secrets

import httpx

from registry.domain.disclosure import Role
from registry.domain.grants import Grant
from registry.ingest.checks import check_line
from registry.rules.load import load_book
from signing.record import encode_record
from tests.registry.access.conftest import HTML, MEMBERS, Desk, reads
from tests.registry.api.test_uploads import problem
from tests.registry.query.scene import NANJING, book_files

HERE = {"Registry-Purpose": "x"}


async def page(desk: Desk, path: str, who: Role | str | None, status: int = 200) -> str:
    text = desk.texts[who] if isinstance(who, Role) else who
    headers = HTML | ({"Authorization": f"Bearer {text}", **HERE} if text else {})
    answer = await desk.served.http.get(path, headers=headers)
    assert answer.status_code == status, answer.text[:2000]
    return answer.text


async def send(desk: Desk, who: Role, rule: str = "R02", **form: str | list[str]):
    headers = {"Authorization": f"Bearer {desk.texts[who]}", **HERE}
    return await desk.served.http.post(f"/rule/{rule}/act", headers=headers, data=form)


def signed(answer: httpx.Response) -> dict[str, object]:
    """What comes back passes the checks once the member's tool has added id and salt."""
    assert answer.status_code == 201, answer.text
    main = json.loads(answer.content) | {"id": secrets.token_hex(8), "salt": secrets.token_hex(16)}
    findings = check_line(encode_record(main, None), set()).findings
    assert [one for one in findings if one.level == "error"] == []
    return main


@reads
async def test_without_a_rulebook_there_is_nothing_to_adopt(standing: Desk):
    await page(standing, "/rule/R02/act", Role.REGULATOR, 404)
    assert "form" not in (await page(standing, "/rules/list", Role.REGION)).split("<main")[1]


@reads
async def test_a_rule_is_adopted_then_stopped_by_what_the_form_gives_back(standing: Desk):
    await standing.scene.rules()
    shown = await page(standing, "/rule/R02/act", Role.REGULATOR)
    assert "南京市尚未采纳该规则" in shown
    assert "只采纳以下激励措施" not in shown
    said = {"act": "adopt", "organ": "南京市示例办", "instrument": "示例〔2026〕1号"}
    main = signed(await send(standing, Role.REGULATOR, **said, since="2026-11-01"))
    assert (main["rule"], main["territory"], "allows" in main) == ("R02", "320100", False)
    await standing.scene.one(NANJING, main)
    shown = await page(standing, "/rule/R02/act?lang=en", Role.REGULATOR)
    assert "示例〔2026〕1号" in shown
    stop = {"act": "suspend", "instrument": "示例〔2026〕2号", "until": "2026-12-31"}
    await standing.scene.one(NANJING, signed(await send(standing, Role.REGULATOR, **stop)))
    assert "已暂停适用" in await page(standing, "/rule/R02/act", Role.REGULATOR)
    rule = await page(standing, "/rule/R02", None)
    assert rule.count("已暂停适用") == 1
    assert "在本地区采纳或暂停" not in rule
    assert "示例-合法性审核意见" in rule
    english = await page(standing, "/rule/R02?lang=en", None)
    assert "Review of fair competition" in english
    for wrong in ({**said}, {**stop, "act": "end"}):
        problem(await send(standing, Role.REGULATOR, **wrong), 400, "unknown-act")
    late = {**stop, "until": "2026-01-01"}
    assert (await send(standing, Role.REGULATOR, **late)).status_code == 400
    problem(
        await send(standing, Role.REGULATOR, **{**stop, "instrument": ""}), 400, "form-incomplete"
    )


@reads
async def test_incentives_are_chosen_and_only_staff_of_a_member_acts(standing: Desk):
    shown = await page(standing, "/rule/R10/act", Role.CLERK)
    assert "只采纳以下激励措施" in shown
    assert 'value="芜湖市发展和改革委员会"' in shown
    said = {"act": "adopt", "organ": "芜湖市示例办", "instrument": "示例〔2026〕3号"}
    main = signed(await send(standing, Role.CLERK, "R10", **said, allows=["i-green-channel", "x"]))
    assert main["allows"] == ["i-green-channel"]
    assert main["in_force_from"] == "2026-11-23"
    problem(await send(standing, Role.CLERK, "R99", **said), 404, "no-such-rule")
    for who, status in ((Role.REGION, 403), (Role.BUSINESS, 403), (None, 401)):
        await page(standing, "/rule/R02/act", who, status)


# ------------------------------------------------------------------ lists

COLUMNS = "措施,类别,内容,对象,依据,实施机关"


async def compared(desk: Desk, body: bytes, who: Role = Role.REGION, lang: str = "zh"):
    headers = HTML | {"Authorization": f"Bearer {desk.texts[who]}"}
    files = {"file": ("2027.csv", io.BytesIO(body), "text/csv")}
    return await desk.served.http.post(
        "/rules/list", headers=headers, files=files, data={"lang": lang}
    )


def national() -> list[str]:
    (here,) = [one for one in load_book(book_files()).catalogues if one.scope == "CN"]
    return [
        f"{one.item},{one.family},{one.content},{one.targets},{one.basis},{one.organ}"
        for one in here.items
    ]


@reads
async def test_a_list_tells_what_changes_and_which_rules_lose_their_basis(standing: Desk):
    rows = national()
    same = await compared(standing, "\n".join([COLUMNS, *rows]).encode())
    assert same.status_code == 200, same.text[:2000]
    assert "现行规则都还有依据" in same.text
    without = [COLUMNS, *(row.replace(",A,", ",B,", 1) for row in rows[1:]), "新措施,B,x,x,x,x"]
    told = await compared(standing, "\n".join(without).encode("utf-8-sig"))
    for said in ("失去依据：新清单无此事项", "删除", "新增", "变更", "family：A → B"):
        assert said in told.text, said
    english = await compared(standing, "\n".join(without).encode(), lang="en")
    assert "has lost its basis" in english.text


@reads
async def test_a_list_that_is_amiss_says_where(standing: Desk):
    bad = f"{COLUMNS}\n限制,Z,x,x,x,x\n"
    told = await compared(standing, bad.encode())
    assert told.status_code == 422
    assert "第2行" in told.text
    assert "类别" in told.text
    for body, said in ((b"\xff\xfe", "UTF-8"), (b"x" * (4 * 1024 * 1024 + 1), "文件过大")):
        assert said in (await compared(standing, body)).text
    refused = await compared(standing, b"x", Role.CLERK)
    assert refused.status_code == 403
    key = await standing.keys.issue(Grant(Role.AUDITOR), "x", 9, MEMBERS)
    assert "2024年版" in await page(standing, "/rules/list", key.text)
