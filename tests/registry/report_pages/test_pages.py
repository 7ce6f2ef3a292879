"""Reports in the pages of a real node: form, report, files, check; and in Chromium."""

import re
from html import unescape

import httpx
import pytest

from registry.app import create_app_with
from registry.domain.disclosure import Role
from registry.reports.sections import SECTIONS
from signing.report import open_report
from signing.voucher import voucher_in
from tests.pages.chromium import axe_source, tab
from tests.pages.conftest import HTML
from tests.pages.test_pages import outline, words
from tests.registry.access.conftest import MovingClock, authorisation, open_desk
from tests.registry.query.scene import WUHU, act, listing, penalty, permit
from tests.registry.reports.conftest import PARTY, PURPOSE, Stand, of, together
from tests.registry.test_app import listening

FORM = {"purpose": PURPOSE, **dict.fromkeys(SECTIONS, "yes")}
OLD = re.compile(
    "本证明仅表明该信息于2026-11-23 12:00:00（北京时间）由南京都市圈成员地区报送且未被改动，"
    "不代表其当前状态。"
    r"请于使用前核验最新状态：https://node\.example/report/check\?code=[0-9A-Z]{16}。"
    "信用修复后，任何单位不得继续使用。"
)


def shown(key: str) -> dict[str, str]:
    return {**HTML, **({"Authorization": f"Bearer {key}"} if key else {})}


async def page(stand: Stand, path: str, key: str = "", status: int = 200) -> str:
    answer = await stand.desk.served.http.get(path, headers=shown(key))
    assert answer.status_code == status, answer.text[:600]
    assert outline(answer.text).count("h1") == 1
    return answer.text


async def send(stand: Stand, key: str, **changes: str) -> httpx.Response:
    data = {name: value for name, value in {**FORM, **changes}.items() if value}
    return await stand.desk.served.http.post("/report", data=data, headers=shown(key))


@together
async def test_from_ones_own_page_to_a_report_its_files_and_its_check(stand: Stand):
    scene, ours = stand.desk.scene, {"subject": of(31)}
    fine, _, _ = await scene.state(WUHU, penalty(**ours), permit(**ours), listing(**ours))
    key = await stand.key(31)
    own = words(await page(stand, "/own", key))
    assert "近一年内没有人取得关于本单位的报告。" in own
    assert "取得信用信息查询报告" in own
    form = await page(stand, "/report/new", key)
    assert form.count('type="checkbox"') == form.count(" checked>") == len(SECTIONS)
    assert "保存 365 天，期满删除" in words(form)
    sent = await send(stand, key, territory="340200", matter="public_funds", since="2026-01-01")
    assert sent.status_code == 303, sent.text[:800]
    place = sent.headers["location"]
    html = await page(stand, place, key)
    text = words(html)
    assert OLD.search(unescape(text))
    for expected in (
        *("都市圈信用信息查询报告", "行政管理", "严重失信主体名单", "其他"),
        "不是省级信用平台出具的专项信用报告",
        "一般失信信息，由芜湖市市场监督管理局认定",
        "本提示由系统依规则生成，不是行政决定",
        "拖欠农民工工资失信联合惩戒对象名单",
        "滁州市地区暂未应答，结果不完整。",
        "裁判文书",
        f"{WUHU}/{fine.idx}",
    ):
        assert expected in text, expected
    assert html.count('class="qr"') == 1
    assert len(html.encode()) < 60 * 1024


@together
async def test_its_files_are_given_and_its_code_checked_until_something_in_it_ends(stand: Stand):
    scene, ours = stand.desk.scene, {"subject": of(35)}
    fine, _ = await scene.state(WUHU, penalty(**ours), permit(**ours))
    key, charter = await stand.key(35), scene.node.charter
    asked = {"since": "2026-01-01", "territory": "320100"}
    place = (await send(stand, key, **asked)).headers["location"]
    assert "未见适用的措施" in words(await page(stand, place, key))
    file = await stand.desk.served.http.get(f"{place}.json", headers=shown(key))
    opened = open_report(file.content, charter)
    code = opened.report.code
    assert file.headers["content-disposition"] == f'attachment; filename="report-{code}.json"'
    pdf = await stand.desk.served.http.get(f"{place}.pdf", headers=shown(key))
    assert (pdf.status_code, pdf.headers["content-type"]) == (200, "application/pdf")
    assert voucher_in(pdf.content) == file.content
    await page(stand, f"{place}.exe", key, 404)
    await page(stand, place, status=404)
    digest = opened.digest.hex()
    checked = await page(stand, f"/report/check?code={code}&digest={digest[:12].upper()}")
    text = words(checked)
    assert "真实：本节点于2026年11月23日 12:00出具了此报告。" in text
    assert "按报告载明的条件再次查询，结果与报告一致" in text
    assert "摘要一致。" in text
    assert OLD.search(unescape(text))
    assert fine.id not in checked
    assert "罚款" not in text
    assert "摘要不一致" in words(await page(stand, f"/report/check?code={code}&digest=0123456789"))
    own = words(await page(stand, "/own", key))
    assert (
        f"（信用主体本人，{opened.report.taken_by.code}） · {PURPOSE} · 自2026年1月1日至不限" in own
    )
    assert digest in own
    await scene.one(WUHU, act("repair", fine, "2026-11-23", **ours))
    text = words(await page(stand, f"/report/check?code={code}"))
    assert "截至2026年11月23日 12:00，本报告已不反映当前情况" in text
    assert OLD.search(unescape(text))
    assert "修复" not in OLD.sub("", unescape(text)).replace("取得新的报告", "")
    assert "示例第35号" not in text
    for gone in (place, f"{place}.json", f"{place}.pdf"):
        assert "该信息不存在或已不再公示。" in words(await page(stand, gone, key, 410))


@together
async def test_a_form_that_is_wrong_comes_back_as_it_was_filled_in(stand: Stand):
    await stand.desk.scene.one(WUHU, permit(subject=of(32)))
    key = await stand.key(32)
    none = dict.fromkeys(SECTIONS, "")
    answer = await send(stand, key, **none, until="2026-01-01", purpose="示例<用途>")
    assert answer.status_code == 400
    assert "请至少选择一个栏目" in words(answer.text)
    assert 'value="示例&lt;用途&gt;"' in answer.text
    assert 'value="2026-01-01"' in answer.text
    assert " checked>" not in answer.text
    answer = await send(stand, key, since="yesterday", lang="en")
    assert (answer.status_code, "Write dates as 2026-03-10." in answer.text) == (400, True)
    taken = (await send(stand, key, lang="en")).headers["location"]
    assert "Credit information report of the metropolitan area" in words(
        await page(stand, taken, key)
    )


@together
async def test_who_may_not_take_one_is_told_what_everybody_is_told(stand: Stand):
    text = words(await page(stand, "/report/new", stand.desk.texts[Role.REGULATOR], 404))
    assert "未找到该信用主体，或没有可以公开的信息。" in text
    await page(stand, "/report/new", status=401)
    for wrong in ("0" * 16, "nothing"):
        text = words(await page(stand, f"/report/check?code={wrong}", status=404))
        assert "本节点没有出具过此编号的报告" in text
    assert "扫描每页的二维码" in words(await page(stand, "/report/check"))


@together
async def test_the_form_of_a_third_party_leads_to_what_it_was_authorised_for(stand: Stand):
    ours = {"subject": of(33)}
    await stand.desk.scene.one(WUHU, penalty(publication="authorised", **ours))
    party = {"name": "南京示例银行", "uscc": PARTY}
    given = authorisation(third_party=party, purpose=PURPOSE, sections=["penalty"], **ours)
    await stand.desk.scene.one(WUHU, given)
    key = await stand.key(33, PARTY)
    assert PURPOSE not in await page(stand, "/report/new", key)
    place = (await send(stand, key)).headers["location"]
    text = words(await page(stand, place, key))
    assert f"南京示例银行（被授权的第三方，{PARTY}）" in text or "南京示例银行" in text
    assert "授权查询的信息种类行政处罚信息" in text
    refused = await send(stand, key, purpose="别的用途")
    assert refused.status_code == 404


async def test_in_a_browser_on_a_desk_and_on_a_phone(browser, desk, tmp_path):
    stand = Stand(desk)
    await desk.scene.state(WUHU, penalty(subject=of(34)), listing(subject=of(34)))
    key, source = await stand.key(34), axe_source()
    app = create_app_with(desk.served.resources)
    async with listening(app) as base, tab(browser, base) as seen:
        await seen.page.set_extra_http_headers({"Authorization": f"Bearer {key}"})
        sizes = ({"width": 1366, "height": 768}, {"width": 390, "height": 844})
        await seen.page.set_viewport_size(sizes[0])
        await seen.open("/report/new")
        await seen.page.get_by_label("查询用途").fill(PURPOSE)
        await seen.page.get_by_role("button", name="出具报告").click()
        await seen.page.wait_for_url(f"{base}/report/*")
        report = seen.page.url.removeprefix(base)
        await seen.page.get_by_role("link", name="核验信用信息查询报告").first.click()
        check = seen.page.url.removeprefix(base)
        assert "结果与报告一致" in await seen.page.inner_text("main")
        for path in ("/report/new", report, check):
            for size in sizes:
                await seen.page.set_viewport_size(size)
                await seen.open(path)
                assert await seen.sideways() == 0, (path, size)
            assert await seen.grave(source) == [], path
            await seen.page.screenshot(path=tmp_path / f"{path.split('/')[2][:5]}.png")
        assert seen.errors == []


@pytest.fixture
async def desk(database, tmp_path):
    """A node of its own: a browser's loop is that of one test."""
    async with open_desk(database.service_url, tmp_path, MovingClock()) as opened:
        yield opened
