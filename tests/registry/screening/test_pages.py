"""The pages: a list is sent, followed, looked through and judged, by keyboard, without scripts."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from registry.domain.disclosure import Role
from registry.pages.texts import TEXTS
from registry.screening import written
from tests.pages.chromium import DESKTOP, PHONE, axe_source, tab
from tests.registry.access.conftest import ONE, Desk
from tests.registry.query.scene import FIRM, WUHU, listing, uscc
from tests.registry.query.test_pushes import ADOPTED
from tests.registry.screening.conftest import LISTS, done, made, send
from tests.registry.test_app import listening

HTML = {"Accept": "text/html", "Registry-Purpose": "x"}
LIST = (
    f"名称,统一社会信用代码\n{FIRM},{uscc(1)}\n芜湖示列建设有限公司,\n没有这样的,\n\n"
    f"{FIRM},{uscc(9)}\n"
)


async def page(
    desk: Desk, method: str, path: str, who: Role | None = Role.REGULATOR, **more: Any
) -> Any:
    headers = HTML | ({"Authorization": f"Bearer {desk.texts[who]}"} if who else {})
    return await desk.served.http.request(method, path, headers=headers, **more)


async def shown(desk: Desk, path: str, **params: Any) -> str:
    answer = await page(desk, "GET", path, params=params or None)
    assert answer.status_code == 200, answer.text[:500]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


@pytest.fixture
async def listed(desk: Desk) -> Desk:
    await desk.scene.rules(ADOPTED)
    await desk.scene.one(WUHU, listing())
    return desk


@pytest.fixture
async def base(desk: Desk) -> AsyncIterator[str]:
    async with listening(desk.served.app, begun=True) as url:
        yield url


async def test_a_list_is_sent_and_looked_through(listed: Desk):
    assert "最多 50000 行" in await shown(listed, "/screenings")
    form = {"territory": "320100", "matter": "public_funds", "on": ""}
    sent = await page(listed, "POST", "/screenings", data=form,
                      files={"file": ("投标人.csv", LIST.encode("gb18030"))})  # fmt: skip
    assert sent.status_code == 303
    place = sent.headers["location"]
    await done(listed, place.rpartition("/")[2])
    text = await shown(listed, place)
    for said in (
        *(
            "投标人.csv",
            "已完成：5 行，共 5 行",
            "第1行为表头",
            "逐行确认（2 行）",
            "代码和名称一致",
        ),
        *("空行", "把握 100%", "不表示该主体不存在", "不是行政决定", "管理措施"),
        "保障农民工工资支付条例",
    ):
        assert said in text, said
    assert "空行" not in await shown(listed, place, kind="found")
    assert FIRM in await shown(listed, place, effect="manage")
    assert "没有这样的行" in await shown(listed, place, effect="bar")
    assert "Row by row" in await shown(listed, place, lang="en")
    assert "投标人.csv" in await shown(listed, "/screenings")
    for kind in ("csv", "xlsx"):
        file = await page(listed, "GET", f"{place}/file/{kind}")
        assert file.headers["content-type"].startswith(written.TYPES[kind])


async def test_what_is_wrong_with_a_list_is_said_above_the_form(listed: Desk):
    async def refused(status: int, words: str, content: bytes = b"x", **form: str) -> None:
        data = {"territory": "320100", "lang": "zh", **form}
        answer = await page(
            listed, "POST", "/screenings", data=data, files={"file": ("x", content)}
        )
        assert (answer.status_code, words in answer.text) == (status, True), answer.text[:900]

    await refused(400, "没有可以查询的名称或代码", b"\n")
    await refused(400, "no name and no code", b"\n", lang="en")
    await refused(400, "2026-03-10", on="gestern")
    await refused(400, "没有这个办理事项", b"a", matter="x" * 65)
    await refused(403, "您的授权限于办理地区", territory="340200")
    assert (await page(listed, "GET", "/screenings", None)).status_code == 401
    assert (await page(listed, "GET", f"/screening/{'0' * 32}")).status_code == 404


async def test_rows_are_judged_one_by_one_and_taken_back(listed: Desk):
    view = await made(listed, LIST, matter="public_funds")
    place = f"/screening/{view['id']}"

    async def judge(row: int, said: str, **more: str) -> str:
        form = {"row": str(row), "subject": ONE, "judgement": said, "lang": "zh", **more}
        answer = await page(listed, "POST", f"{place}/judge", data=form)
        assert answer.status_code == 303, answer.text[:300]
        return str(answer.headers["location"])

    first = await shown(listed, f"{place}/review")
    assert "还有 2 行待确认" in first
    assert "芜湖示列建设有限公司" in first
    assert "名称相近 · 把握 44%" in first
    assert await judge(2, "same", reason="电话核实") == f"{place}/review?after=2"
    second = await shown(listed, f"{place}/review", after=2)
    assert "名称一致，代码不一致" in second
    assert "查看或撤销上一条（第 2 条）" in second
    assert await judge(5, "different") == f"{place}/review?after=5"
    assert "没有待确认的行" in await shown(listed, f"{place}/review", after=5)
    text = await shown(listed, place)
    assert "判断为“同一主体”：key:" in text
    assert "（电话核实）" in text
    assert "人工判断均非同一主体" in text
    assert await judge(5, "undone", back="1") == f"{place}?after=4"
    assert await judge(5, "unsure") == f"{place}/review?after=5"
    assert "判断为“无法判断”" in await shown(listed, f"{place}/review", after=4)
    wrong = {"row": "2", "subject": ONE, "judgement": "perhaps"}
    assert (await page(listed, "POST", f"{place}/judge", data=wrong)).status_code == 400
    for row in ("", "x", "1000000", "７"):
        form = {"row": row, "subject": ONE, "judgement": "same"}
        assert (await page(listed, "POST", f"{place}/judge", data=form)).status_code == 404


async def test_a_row_with_candidates_left_comes_again(listed: Desk):
    await listed.scene.one(
        WUHU,
        listing(subject={"kind": "organisation", "name": "芜湖示烈建设有限公司", "uscc": uscc(7)}),
    )
    view = await made(listed, "芜湖示列建设有限公司\n")
    place = f"/screening/{view['id']}"
    form = {"row": "1", "subject": ONE, "judgement": "different"}
    answer = await page(listed, "POST", f"{place}/judge", data=form)
    assert answer.headers["location"] == f"{place}/review?after=0"
    text = await shown(listed, f"{place}/review")
    assert "芜湖示烈建设有限公司" in text
    assert FIRM not in text


async def test_it_is_repeated_resumed_and_removed(listed: Desk):
    view = await made(listed, LIST, matter="public_funds")
    place = f"/screening/{view['id']}"
    again = (await page(listed, "POST", f"{place}/again", data={"lang": "en"})).headers["location"]
    assert again.endswith("?lang=en")
    await done(listed, again.partition("?")[0].rpartition("/")[2])
    assert "5 of 5 rows say the same" in await shown(listed, again)
    pool = listed.scene.node.db.pool
    await pool.execute(
        "UPDATE screenings SET state = 'failed', degraded = true WHERE id = $1", view["id"]
    )
    text = await shown(listed, place)
    assert "多次失败" in text
    assert "相近名称可能有遗漏" in text
    assert (await page(listed, "POST", f"{place}/resume", data={})).headers["location"] == place
    await done(listed, view["id"])
    assert (await page(listed, "POST", f"{place}/else", data={})).status_code == 400
    assert (await page(listed, "POST", f"{place}/remove", data={})).headers[
        "location"
    ] == "/screenings"
    assert (await page(listed, "GET", place)).status_code == 404
    gone = await send(listed, "GET", f"{LISTS}/{view['id']}")
    assert gone.status_code == 404


async def test_a_second_page_follows_and_progress_is_shown(listed: Desk, monkeypatch, request):
    monkeypatch.setattr("registry.pages.screening_page.PER_PAGE", 2)
    view = await made(listed, LIST)
    place = f"/screening/{view['id']}"
    html = (await page(listed, "GET", place)).text
    assert re.search(rf'href="{place}\?after=2" rel="next"', html)
    request.getfixturevalue("idle")
    await listed.scene.node.db.pool.execute(
        "UPDATE screenings SET state = 'checking', done = 2 WHERE id = $1", view["id"]
    )
    assert '<progress max="5"' in (await page(listed, "GET", place)).text


def test_pages_and_files_say_the_same():
    words = {"kind": written.KINDS, "reason": written.REASONS, "note": written.NOTES,
             "judge": written.JUDGED}  # fmt: skip
    for family, said in words.items():
        for code, zh in said.items():
            assert not code or TEXTS[f"screening.{family}-{code}"].zh == zh
    assert {code: TEXTS[f"effect.{code}"].zh for code in written.EFFECTS} == written.EFFECTS


async def test_in_a_browser_by_keyboard_without_scripts(browser, base, listed: Desk, tmp_path):
    """On a phone and a desk; what the checker finds is nothing."""
    source = axe_source()
    list_file = tmp_path / "名单.csv"
    list_file.write_text(LIST, encoding="utf-8")
    for size in (PHONE, DESKTOP):
        async with tab(browser, base, viewport=size) as seen:
            here, key = seen.page, listed.texts[Role.REGULATOR]
            await here.set_extra_http_headers(
                {"Authorization": f"Bearer {key}", "Registry-Purpose": "x"}
            )
            await seen.open("/screenings")
            assert await seen.sideways() == 0
            assert await seen.grave(source) == []
            await here.get_by_label("名单文件").set_input_files(list_file)
            await here.get_by_role("button", name="开始筛查").click()
            await done(listed, here.url.rpartition("/")[2])
            await here.reload()
            assert await seen.sideways() == 0
            assert await seen.grave(source) == []
            await here.get_by_role("link", name="逐行确认").click()
            assert await seen.sideways() == 0
            assert await seen.grave(source) == []
            if size is PHONE:  # remembered for the second
                for pressed in ("Tab", "Tab", "Enter"):  # from the button that does no harm
                    await here.keyboard.press(pressed)
                await here.wait_for_url("**/review?after=2")
            else:
                assert "还有 1 行待确认" in await here.inner_text("main")
            assert seen.errors == []
