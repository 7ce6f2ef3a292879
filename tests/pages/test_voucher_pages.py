"""Query vouchers in the pages of a real node: form, voucher, files, check; in Chromium, too."""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from html import unescape

import pytest
from pydantic import SecretStr

from registry.issued.vouchers import CHECK_MAX
from registry.pages.voucher_pdf import Paper
from registry.settings import Settings
from signing.__main__ import main
from signing.voucher import voucher_in
from tests.pages.conftest import HTML
from tests.pages.test_pages import outline, words
from tests.registry.api.conftest import Served, serve
from tests.registry.query.scene import (
    FIRM,
    TODAY,
    WUHU,
    Placed,
    Scene,
    act,
    listing,
    open_scene,
    registration,
    sid,
    uscc,
)
from tests.registry.test_app import listening
from tests.registry.world import NODE

SUBJECT = sid(uscc(1))
FORM = {
    "subject": SUBJECT,
    "territory": "340200",
    "matter": "public_funds",
    "on": TODAY.isoformat(),
    "asked_by": "镇江市示例招标代理有限公司",
    "purpose": "示例项目<二标段>投标人资格审查",
    "consent": "yes",
}


@dataclass
class Stage:
    """A served node with one firm: registered, and listed in 芜湖, where R02 is adopted."""

    served: Served
    scene: Scene
    listed: Placed

    async def get(self, path: str, status: int = 200) -> str:
        answer = await self.served.http.get(path, headers=HTML)
        assert answer.status_code == status, answer.text[:500]
        assert outline(answer.text).count("h1") == 1
        return answer.text

    async def issue(self, **changes: str) -> str:
        answer = await self.served.http.post("/voucher", data={**FORM, **changes}, headers=HTML)
        assert answer.status_code == 303, answer.text[:2000]
        return answer.headers["location"]

    async def repair(self) -> None:
        organ = listing()["authority"]
        await self.scene.one(WUHU, act("repair", self.listed, TODAY.isoformat(), authority=organ))


@pytest.fixture
async def stage(database, tmp_path) -> AsyncIterator[Stage]:
    settings = Settings(node_name=NODE, data_dir=tmp_path, key_password=SecretStr("x"))
    async with open_scene(database.service_url, tmp_path) as scene:
        await scene.rules((WUHU, "R02", "340200"))
        await scene.one(WUHU, registration())
        listed = await scene.one(WUHU, listing())
        async with serve(scene.node, settings) as served:
            yield Stage(served, scene, listed)


async def test_from_the_enterprise_page_to_a_voucher(stage):
    page = await stage.get(f"/subject/{SUBJECT}?territory=340200&matter=public_funds&on={TODAY}")
    link = next(link for link in outline(page).values("href") if link.startswith("/voucher/new"))
    form = await stage.get(unescape(link))
    assert FIRM in words(form)
    assert '<option value="340200" selected>' in form
    assert '<option value="public_funds" selected>' in form
    text = words(form)
    assert "由本节点保存 365 天，期满删除" in text
    assert "请勿填写个人身份证件号码" in text
    assert "凭证不说明此后任何时刻的情况" in text
    page = await stage.get(await stage.issue())
    text = words(page)
    for expected in (
        "南京都市圈公共信用信息查询凭证",
        "真实：本节点于2026年11月23日 12:00出具了此凭证。",
        "查询单位镇江市示例招标代理有限公司",
        "查询用途示例项目<二标段>投标人资格审查",
        "办理事项财政性资金",
        "拖欠农民工工资失信联合惩戒对象名单",
        "不说明此后任何时刻的情况。请于使用前核验最新状态",
        "信用修复后，任何单位不得继续使用。",
        "本提示由系统依规则生成，不是行政决定",
        "南京市地区暂未应答，结果不完整。",
        "裁判文书",
        "本页只显示出具时的结果中今天仍可显示的部分",
        "文件自出具之日起 30 日内、且其内容仍全部可以公示时可以下载",
    ):
        assert expected in text.replace(" 查", "查"), expected
    assert len(page.encode()) < 60 * 1024


async def test_in_english_the_page_says_the_same(stage):
    location = await stage.issue(lang="en")
    assert location.endswith("?lang=en")
    text = words(await stage.get(location))
    assert "does not speak of any later moment" in text
    assert "This page shows only that part of the result which may still be shown today" in text
    assert "Query voucher of 南京都市圈" in text
    check = words(await stage.get(location.replace("/voucher/", "/voucher/check?code=", 1)[:-8]))
    assert "真实" in check


async def test_the_page_draws_the_qr_code_itself(stage):
    page = await stage.get(await stage.issue())
    (drawing,) = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert "style=" not in drawing
    assert 'class="qr"' in drawing
    assert page.count("<script") == 1


async def test_the_files_are_the_signed_one_and_a_pdf_that_carries_it(stage, tmp_path, capsys):
    location = await stage.issue()
    file = await stage.served.http.get(f"{location}.json")
    assert file.headers["content-type"] == "application/json"
    code = json.loads(file.content)["voucher"]["code"]
    named = f'attachment; filename="voucher-{code}.json"'
    assert file.headers["content-disposition"] == named
    pdf = await stage.served.http.get(f"{location}.pdf")
    assert pdf.headers["content-type"] == "application/pdf"
    assert voucher_in(pdf.content) == file.content
    assert pdf.headers["cache-control"] == "no-store"
    await stage.get(f"{location}.exe", 404)
    (tmp_path / "v.json").write_bytes(file.content)
    (tmp_path / "v.pdf").write_bytes(pdf.content)
    (tmp_path / "charter").write_bytes(stage.scene.node.charter.note)
    files = [str(tmp_path / name) for name in ("v.json", "v.pdf")]
    assert main(["verify", *files, "--charter", str(tmp_path / "charter")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.count("查询凭证签名核验通过") for line in lines] == [1, 1]
    assert "printed pages" in lines[1]


async def test_without_a_font_there_is_no_pdf_but_all_the_rest(stage):
    stage.served.app.state["paper"] = Paper(())
    location = await stage.issue()
    assert "没有可用的中文字体" in words(await stage.get(f"{location}.pdf", 503))
    assert (await stage.served.http.get(f"{location}.json")).status_code == 200
    await stage.get(location)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"consent": ""}, "请先勾选同意"),
        ({"asked_by": "  "}, "请填写查询单位。"),
        ({"purpose": "长" * 201}, "查询用途过长：最多 200 个字。"),
        ({"purpose": "甲\u0007"}, "查询用途含有控制字符"),
        ({"territory": ""}, "不是成员地区的区划代码"),
        ({"matter": "<script>"}, "没有这个办理事项"),
        ({"on": "2026-12-01"}, "查询日期不得晚于今日"),
        ({"on": "tomorrow"}, "日期应写作 2026-03-10。"),
    ],
)
async def test_what_is_wrong_stands_above_the_form_and_nothing_typed_is_lost(stage, changes, said):
    answer = await stage.served.http.post("/voucher", data={**FORM, **changes}, headers=HTML)
    assert answer.status_code == 400
    assert said in words(answer.text)
    values = outline(answer.text).values("value")
    kept = {**FORM, **changes}
    assert kept["asked_by"] in values
    assert kept["purpose"] in values
    assert answer.text.count("<script") == 1
    english = await stage.served.http.post(
        "/voucher", data={**FORM, **changes, "lang": "en"}, headers=HTML
    )
    assert 'role="alert"' in english.text
    assert said not in english.text


async def test_a_form_on_another_site_issues_nothing(stage):
    for site, status in (("cross-site", 400), ("same-site", 400), ("same-origin", 303)):
        headers = {**HTML, "Sec-Fetch-Site": site}
        answer = await stage.served.http.post("/voucher", data=FORM, headers=headers)
        assert answer.status_code == status
    assert await stage.scene.node.db.pool.fetchval("SELECT count(*) FROM vouchers") == 1


async def test_nothing_is_offered_about_what_may_not_be_shown(stage):
    for subject in ("", "0" * 32, "../../etc", "x" * 9000):
        await stage.get(f"/voucher/new?subject={subject}", 404)
    answer = await stage.served.http.post(
        "/voucher", data={**FORM, "subject": "0" * 32}, headers=HTML
    )
    assert answer.status_code == 404
    assert (await stage.served.http.post("/voucher", data={}, headers=HTML)).status_code == 404
    await stage.get(f"/voucher/new?subject={SUBJECT}&on=nonsense")
    await stage.get(f"/voucher/new?subject={SUBJECT}&on=2999-01-01")


async def test_the_code_is_checked_with_or_without_the_digest_on_the_paper(stage):
    location = await stage.issue()
    code = location.removeprefix("/voucher/")
    page = await stage.get(f"/voucher/check?code={code}")
    text = words(page)
    assert "真实：本节点于2026年11月23日 12:00出具了此凭证。" in text
    assert "凭证不说明此后任何时刻的情况" in text
    assert FIRM in text
    digest = re.search(r"[0-9a-f]{64}", text)[0]
    for typed, said in (
        (digest, "摘要一致。"),
        (f" {digest[:8].upper()} ", "摘要一致。"),
        (digest[:7], "摘要不一致"),
        (digest[:-1] + "x", "摘要不一致"),
    ):
        page = await stage.get(f"/voucher/check?code={code.lower()}&digest={typed}")
        assert said in words(page), typed
    assert "没有出具过此编号的凭证" in words(await stage.get("/voucher/check?code=1234", 404))
    assert "issued no voucher" in words(await stage.get("/voucher/check?code=1&lang=en", 404))
    await stage.get("/voucher/check")
    await stage.get(f"/voucher/{'0' * 16}", 404)


async def test_a_file_is_checked_and_its_findings_are_not_repeated(stage):
    location = await stage.issue()
    file = (await stage.served.http.get(f"{location}.json")).content
    pdf = (await stage.served.http.get(f"{location}.pdf")).content
    await stage.repair()
    for body, name in ((file, "v.json"), (pdf, "v.pdf")):
        answer = await send(stage, body, name)
        text = words(answer.text)
        assert answer.status_code == 200
        assert (
            "签名核验通过：node.example于2026年11月23日 12:00出具了此凭证，内容未被改动。" in text
        )
        assert "请将纸面上的摘要与下列摘要逐位核对" in text
        assert "核验的是文件中的数据；PDF 的版面文字请与此处及摘要核对。" in text
        assert "拖欠农民工工资" not in text
        assert location in answer.text
    forged = await send(stage, file.replace("资格审查".encode(), "资格免审".encode()), "v.json")
    assert forged.status_code == 403
    assert "签名无效" in forged.text
    for body in (b"", b"PK\x03\x04", b"\xff" * 100_000, b"%PDF-1.4"):
        assert (await send(stage, body, "x")).status_code == 400
    assert (await send(stage, b"x" * (CHECK_MAX + 1), "x")).status_code == 413
    assert (await send(stage, b"x" * (CHECK_MAX * 2), "x")).status_code == 413
    bare = await stage.served.http.post("/voucher/check", data={"file": "text"}, headers=HTML)
    assert bare.status_code == 400


async def send(stage: Stage, body: bytes, name: str):
    files = {"file": (name, body)}
    return await stage.served.http.post("/voucher/check", files=files, headers=HTML)


async def test_after_a_repair_the_page_is_that_of_a_firm_that_was_never_listed(stage):
    location = await stage.issue()
    place = f"{WUHU}/{stage.listed.idx}"
    assert place in await stage.get(location)
    await stage.repair()
    page = await stage.get(location)
    text = words(page)
    for hidden in (place, "限制申请", "列入", "修复记录", "已修复", "未查询到公开的失信信息"):
        assert hidden not in page, hidden
    assert "本页只显示出具时的结果中今天仍可显示的部分" in text
    assert "登记注册信息" in text
    for kind in ("json", "pdf"):
        gone = words(await stage.get(f"{location}.{kind}", 410))
        assert "该信息不存在或已不再公示。" in gone
        assert "修复" not in gone
    code = location.removeprefix("/voucher/")
    assert "真实" in words(await stage.get(f"/voucher/check?code={code}"))


async def test_of_a_firm_that_is_gone_only_the_issue_is_told(stage):
    location = await stage.issue()
    where = await stage.scene.node.db.pool.fetchrow(
        "SELECT idx, entry FROM entries JOIN logs USING (log_id) WHERE origin = $1 AND idx = 1",
        WUHU,
    )
    await stage.repair()
    registered = Placed(WUHU, where["idx"], registered_id(stage), where["entry"])
    await stage.scene.one(WUHU, act("withdrawal", registered, TODAY.isoformat()))
    text = words(await stage.get(location))
    assert "此凭证的内容不在此显示" in text
    assert FIRM not in text
    assert FORM["asked_by"] not in text
    code = location.removeprefix("/voucher/")
    checked = words(await stage.get(f"/voucher/check?code={code}"))
    assert "真实" in checked
    assert FIRM not in checked


def registered_id(stage: Stage) -> str:
    """The registration stands right before the listing; ids are numbered."""
    number = int(stage.listed.id.rpartition("-")[2])
    return f"registration-{number - 1}"


async def test_in_a_browser_from_the_firm_to_the_paper_and_its_check(stage, browser, tmp_path):
    """Without any script, at the width of a phone, asking no other host."""
    async with listening(stage.served.app, begun=True) as base:
        context = await browser.new_context(
            viewport={"width": 390, "height": 844}, java_script_enabled=False, locale="zh-CN"
        )
        page = await context.new_page()
        asked: list[str] = []
        errors: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: errors.append(message.text))
        await page.goto(f"{base}/subject/{SUBJECT}?territory=340200")
        await page.get_by_role("link", name="出具查询凭证").click()
        await page.get_by_role("textbox", name="查询单位").fill(FORM["asked_by"])
        await page.get_by_role("textbox", name="查询用途").fill(FORM["purpose"])
        await page.get_by_label("我知悉并同意").check()
        await page.get_by_role("button", name="出具凭证").click()
        main_text = await page.inner_text("main")
        assert "真实：本节点于2026年11月23日 12:00出具了此凭证。" in main_text
        assert "不说明此后任何时刻的情况" in main_text
        assert FORM["purpose"] in main_text
        assert (await page.locator("svg.qr").bounding_box())["width"] > 100
        async with page.expect_download() as download:
            await page.get_by_role("link", name="PDF").click()
        await (await download.value).save_as(tmp_path / "v.pdf")
        await page.get_by_role("link", name="核验查询凭证").first.click()
        await page.get_by_label("凭证文件").set_input_files(tmp_path / "v.pdf")
        await page.get_by_role("button", name="核验").last.click()
        main_text = await page.inner_text("main")
        assert "签名核验通过" in main_text
        assert FORM["asked_by"] in main_text
        assert errors == []
        assert all(url.startswith(base) for url in asked)
        await context.close()


async def test_the_pages_fit_a_phone(stage, browser):
    issued = await stage.issue()
    async with listening(stage.served.app, begun=True) as base:
        page = await browser.new_page(viewport={"width": 360, "height": 740})
        for path in ("/voucher/check", f"/voucher/new?subject={SUBJECT}", issued):
            await page.goto(base + path)
            assert await page.evaluate("document.documentElement.scrollWidth") <= 360, path
        await page.close()
