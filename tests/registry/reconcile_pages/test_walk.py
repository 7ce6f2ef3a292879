"""From the file of the national side to what is done; a clerk's day has it in Chromium."""

import re

import pytest_asyncio

from tests.registry.query.scene import uscc
from tests.registry.reconciling.scene import (
    MEMBER,
    NOTICE_HEADERS,
    ORGAN,
    World,
    number,
    row,
    sheet,
)
from tests.registry.workbench.conftest import Office, plain, works

pytestmark = works


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(office: Office) -> World:
    """What is stated on the office's node, once for all tests."""
    made = World()
    made.alike(1)
    made.planted()
    await made.state(office.node)
    return made


async def upload(
    office: Office, content: bytes, who: str = "clerk", name: str = "状态.csv", what: str = "status"
) -> str:
    """Send a file; return where it leads, or the page itself."""
    answer = await office.ask(
        who, "POST", "/reconcile", files={"file": (name, content)}, data={"what": what}
    )
    if answer.status_code == 303:
        await office.settle("reconcile_runs", "waiting")
        return str(answer.headers["location"])
    return f"{answer.status_code} {plain(answer.text)}"


async def test_a_run_is_shown_with_all_that_differs(office: Office, world: World):
    place = await upload(office, world.file())
    assert "今天还没有对账" not in await office.text("clerk", "/workbench")
    text = await office.text("clerk", place)
    assert "国家平台已终止，本地仍有效 6" in text.replace("  ", " ")
    for kind, serial in world.wanted:
        seen = await office.text("clerk", place, kind=kind)
        assert serial in seen, (kind, serial)
    seen = await office.text("clerk", place, kind="missing-here")
    assert "南京市已有这条信用信息" in seen
    seen = await office.text("clerk", place, kind="unreadable")
    assert "不是统一社会信用代码" in seen
    assert "340202199001010011" not in seen
    assert "办理期限" in await office.text("clerk", place, kind="ended-there")


async def test_the_same_file_on_the_same_day_is_the_same_run(office: Office, world: World):
    first = await upload(office, world.file())
    assert await upload(office, world.file(), who="publisher") == first


async def test_what_ended_there_goes_to_the_desk_and_into_the_log(office: Office, world: World):
    place = await upload(office, world.file())
    made = await office.do("clerk", place, "draft")
    await office.settle("desk_submissions", "checking")
    assert re.fullmatch("/workbench/[0-9a-f]{32}", made)
    assert await office.states(made) == ["good"] * 5  # of a penalty that ran out, no act is made
    text = await office.text("clerk", place, kind="ended-there")
    assert "已送报送工作台" in text
    await office.do("clerk", made, "send")
    await office.do("all", f"{made}/parcel/1", "approve")
    before = await office.size()
    await office.do("publisher", f"{made}/parcel/1", "seal")
    await office.settle("desk_parcels", "sealing")
    assert await office.size() == before + 5
    again = await upload(office, world.file())
    assert again != place  # the log has grown: what is shown now is another thing
    text = (await office.text("clerk", again)).replace("  ", " ")
    assert "国家平台已终止，本地仍有效 1" in text


async def test_the_list_for_the_national_side(office: Office, world: World):
    place = await upload(office, world.file())
    answer = await office.ask("publisher", "GET", f"{place}/report")
    lines = answer.content.decode("utf-8-sig").splitlines()
    wanted = [
        n for kind, n in world.wanted if kind in {"ended-here", "missing-there", "twice-there"}
    ]
    assert sorted(line.split(",")[1] for line in lines[1:]) == sorted(wanted)
    assert await office.do("publisher", place, "reported") == place
    assert "已报国家平台" in await office.text("clerk", place, kind="ended-here")
    text = await office.text("clerk", place, kind="held-here")
    noted = re.search(r"记录办理情况 (\d+)", text)
    assert noted is not None
    await office.do("clerk", place, "note", number=noted[1], note="已请认定单位分类")
    assert "已请认定单位分类" in await office.text("clerk", place, kind="held-here")
    await office.refused("clerk", place, "note", 400, "不超过 500", number=noted[1], note=" ")
    await office.refused("clerk", place, "note", 404, "没有这项差异", number="9999", note="x")
    await office.refused("clerk", place, "eat", 400, "没有这个操作")


async def test_notices_become_repairs_at_the_desk(office: Office, world: World):
    serial = 1
    assert world.theirs[0] == row(serial)
    good = (
        f"甲{serial}",
        uscc(serial),
        number(serial),
        "信修〔2026〕7号",
        ORGAN,
        "2026-11-20",
        "准予修复",
    )
    lost = ("乙", uscc(serial), number(99_999), "信修〔2026〕8号", ORGAN, "2026-11-20", "准予修复")
    content = sheet([dict(zip(NOTICE_HEADERS, row, strict=True)) for row in (good, lost)])
    text = await upload(office, content, name="通知.csv", what="notices")
    assert text.startswith("200 "), text[:500]
    assert "共 2 条通知，已准备 1 条修复信息" in text
    assert "第3行“行政处罚决定书文号”：本成员地区没有该主体" in text
    await office.settle("desk_submissions", "checking")
    kept = await office.node.db.pool.fetchrow(
        "SELECT convert_from(record, 'UTF8')::jsonb AS made FROM desk_rows r "
        "JOIN desk_submissions s ON s.id = r.submission WHERE s.file = '通知.jsonl'"
    )
    assert '"decision_no": "信修〔2026〕7号"' in kept["made"]


async def test_only_the_member_s_own_staff_may(office: Office, world: World):
    place = await upload(office, world.file())
    for who, status in (("nanjing", 404), ("reviewer", 403), ("regulator", 403), ("", 401)):
        answer = await office.ask(who, "GET", place)
        assert answer.status_code == status, (who, answer.status_code)
        assert "芜市监罚" not in answer.text
    assert (await office.ask("nanjing", "GET", f"{place}/report")).status_code == 404
    assert "403" in await upload(office, b"x", who="publisher", what="notices")
    assert "400" in await upload(office, b" ")
    bad = await upload(office, "甲,乙\n1,2\n".encode())
    assert "没有表头" in await office.text("clerk", bad)
    logged = await office.node.db.pool.fetch(
        "SELECT DISTINCT kind FROM access_log WHERE kind LIKE 'reconcile%' AND member = $1", MEMBER
    )
    assert {row[0] for row in logged} >= {"reconcile", "reconcile-compare", "reconcile-draft"}
