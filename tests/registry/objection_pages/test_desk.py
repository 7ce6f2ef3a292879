"""What each may do at the desk, what is refused by name, and who learns nothing."""

from datetime import date, timedelta

import msgspec

from registry.objections.records import Stated
from registry.store.objections import FILES_MAX, OWN_A_DAY
from tests.registry.objection_pages.conftest import WISH, Counter
from tests.registry.workbench.conftest import CITY, LABOUR, WUHU, plain, works
from tests.registry.world import NOON

pytestmark = works
GONE = "该信息不存在或已不再公示。"
NOT_THERE = "没有这项异议。"


async def told(counter: Counter, who: str, path: str, status: int, **data: str) -> str:
    """Send a form, or ask for a page where there is none; return what is said with a status."""
    how = {"data": data} if data else {}
    answer = await counter.office.ask(who, "POST" if data else "GET", path, **how)
    assert answer.status_code == status, plain(answer.text)[:900]
    return plain(answer.text)


async def test_a_record_that_is_not_one_s_own_is_as_if_it_never_was(counter: Counter):
    other = f"{WUHU}/{len(counter.numbers) - 1}"
    never, odd = f"{WUHU}/999999", f"{WUHU}/x"
    for place in (other, never, odd, "", "/record/"):
        said = await told(counter, "firm", "/objections/new", 410, record=place, **WISH)
        assert GONE in said
    shown = [
        await told(counter, "firm", f"/objections/new?record={place}", 410)
        for place in (other, never)
    ]
    assert shown[0].replace(other, "") == shown[1].replace(never, "")


async def test_the_form_is_given_back_with_what_was_typed(counter: Counter):
    place = f"{WUHU}/0"
    data = {**WISH, "record": place, "contact": ""}
    answer = await counter.office.ask("firm", "POST", "/objections/new", data=data)
    assert answer.status_code == 400
    assert WISH["grounds"] in answer.text
    assert "请写明异议事项" in answer.text
    english = await counter.office.ask("firm", "POST", "/objections/new", lang="en", data=data)
    assert "Say what you dispute" in english.text


async def test_what_was_typed_outlives_the_session(counter: Counter):
    answer = await counter.office.ask("", "POST", "/objections/new", data={**WISH, "record": "x"})
    assert answer.status_code == 401
    assert WISH["grounds"] in answer.text


async def test_the_same_again_leads_to_the_first(counter: Counter):
    place = counter.place()
    first = await counter.filed(place)
    again = await counter.office.ask(
        "firm", "POST", "/objections/new", data={**WISH, "record": place, "grounds": "又一次"}
    )
    assert again.headers["location"] == f"{first}?how=before"
    assert "没有重复登记" in await counter.office.text("firm", first, how="before")
    assert await counter.filed(place, about="period") != first, "another ground is another"
    await counter.act("firm", first, "give-up")
    assert "已由信用主体撤回" in await counter.office.text("firm", first)
    second = await counter.filed(place)
    assert second != first, "and so it is once the first is closed"
    await counter.approved(second, "accept", text="")
    await counter.refused("firm", second, "give-up", 400, "该异议已在办理")
    await counter.refused("firm", second, "accept", 400, "没有这个操作", text="x")
    await counter.refused("clerk", second, "nonsense", 400, "没有这个操作")


async def test_nobody_else_learns_of_it(counter: Counter):
    case = await counter.filed()
    for who, status in (("rival", 404), ("nanjing", 404), ("labour", 404), ("firm", 200)):
        answer = await counter.office.ask(who, "GET", case)
        assert answer.status_code == status, who
        assert (WISH["grounds"] in answer.text) is (status == 200)
    for who, status in (("", 401), ("regulator", 403), ("region", 403)):
        answer = await counter.office.ask(who, "GET", case)
        assert (answer.status_code, WISH["grounds"] in answer.text) == (status, False), who
    assert (await counter.office.ask("", "GET", "/objections")).status_code == 401
    assert "异议办理仅供" in await told(counter, "regulator", "/objections", 403)
    assert "没有异议。" in await counter.office.text("rival", "/objections")
    assert "没有异议。" in await counter.office.text("nanjing", "/objections")
    never = f"/objections/{'0' * 32}"
    for path in (never, f"{never}/letter/1", f"{case}/letter/9", f"{case}/file/9"):
        assert NOT_THERE in await told(counter, "firm", path, 404)
    looked = await counter.pool.fetchval(
        "SELECT count(*) FROM access_log WHERE kind = 'objection' AND place = $1", case[-32:]
    )
    assert looked == 1, "whoever saw it, and nobody else"


async def test_not_accepted_with_a_reason_and_who_is_competent(counter: Counter):
    case = await counter.filed(about="class")
    await counter.refused("clerk", case, "decline", 400, "须写明理由", text=" ")
    await counter.approved(
        case, "decline", text="该类别由省级机关认定。", organ="安徽省市场监督管理局"
    )
    letter = await counter.letter("firm", case, "异议不予受理告知书")
    assert "理由：该类别由省级机关认定。" in letter
    assert "该事项由安徽省市场监督管理局处理" in letter
    assert "不予受理" in await counter.office.text("firm", "/objections")
    assert await counter.column(case, "closed_on") == date(2026, 11, 23)
    for act, data in (
        ("accept", {"text": "x"}), ("extend", {"text": "x"}), ("forward", {"organ": "x"}),
        ("reply", {"text": "x"}), ("seal", {}), ("correct", {}),
    ):  # fmt: skip
        who = "publisher" if act == "seal" else "clerk"
        await counter.refused(who, case, act, 400, 'class="note warn"', **data)
    file = {"file": ("a.pdf", b"%PDF-1")}
    answer = await counter.office.ask("firm", "POST", f"{case}/file", files=file)
    assert "该异议已作出处理" in answer.text
    assert case in (await counter.office.ask("clerk", "GET", "/objections?closed=yes")).text
    assert case not in (await counter.office.ask("clerk", "GET", "/objections")).text


async def test_four_eyes_and_nothing_lost_at_the_second_of_two(counter: Counter):
    case = await counter.filed()
    await counter.refused("publisher", case, "accept", 403, "此操作由经办、复核人员办理", text="x")
    await counter.act("reviewer", case, "accept", text="理由一")
    await counter.refused("clerk", case, "approve", 403, "此操作由复核人员办理")
    await counter.refused("reviewer", case, "approve", 403, "不得审核自己拟办的内容")
    await counter.refused("reviewer2", case, "send-back", 400, "须写明理由", text="")
    await counter.act("reviewer2", case, "send-back", text="理由不清")
    seen = str(await counter.version(case))
    await counter.act("clerk", case, "accept", text="理由二")
    late = {"act": "accept", "text": "后来的理由", "version": seen}
    answer = await counter.office.ask("clerk2", "POST", case, data=late)
    assert answer.status_code == 409
    assert "后来的理由" in answer.text, "what was typed is given back"
    assert "理由二" in answer.text, "beside what stands"
    await counter.refused("reviewer", case, "approve", 403, "不得审核")  # had a hand in one before
    await counter.act("reviewer2", case, "approve")
    await counter.refused("reviewer2", case, "approve", 409, "他人已先行办理")
    log = await counter.office.text("reviewer2", case)
    for words in ("退回受理意见", "理由不清", "审核同意受理", "key:"):
        assert words in log


async def test_more_time_once_and_only_before_the_end(counter: Counter):
    case = await counter.filed()
    await counter.approved(case, "accept", text="x")
    await counter.approved(case, "extend", text="需要向检验机构核实。")
    assert await counter.column(case, "decide_by") == date(2026, 12, 14)
    assert "延长至2026年12月14日" in await counter.letter("firm", case, "异议处理延期告知书")
    await counter.refused("clerk", case, "extend", 400, "只能延长一次", text="再延")
    late = await counter.filed()
    await counter.approved(late, "accept", text="x")
    counter.office.clock.moment = NOON + timedelta(days=10)
    try:
        await counter.refused("clerk", late, "extend", 400, "处理期限已过", text="晚了")
    finally:
        counter.office.clock.moment = NOON


async def test_sent_on_to_a_department_which_replies(counter: Counter):
    case = await counter.filed()
    await counter.refused("clerk", case, "forward", 400, "受理后", organ=LABOUR)
    await counter.approved(case, "accept", text="x")
    await counter.refused("clerk", case, "forward", 400, "须写明单位名称", organ=" ")
    await counter.refused("clerk", case, "reply", 400, "没有待回复的转办", text="x")
    assert (await counter.office.ask("labour", "GET", case)).status_code == 404
    await counter.act("clerk", case, "forward", organ=LABOUR)
    assert "现转你单位核实" in await counter.letter("labour", case, "异议转办函")
    assert "异议转办函" not in await counter.office.text("firm", case)
    assert (await counter.office.ask("firm", "GET", f"{case}/letter/3")).status_code == 404
    assert case in (await counter.office.ask("labour", "GET", "/objections")).text
    await counter.refused("labour", case, "extend", 404, NOT_THERE, text="x")
    await counter.act("labour", case, "reply", text="经核实，情况属实。")
    assert "经核实，情况属实。" in await counter.office.text("clerk", case)
    assert "经核实，情况属实。" not in await counter.office.text("firm", case)
    for _ in range(4):
        await counter.act("clerk", case, "forward", organ=LABOUR)
    assert "之5" in await counter.letter("clerk", case, "异议转办函")
    await counter.refused("clerk", case, "forward", 400, "最多转办 5 次", organ=LABOUR)


async def test_of_a_measure_the_place_that_applied_it_has_to_say(counter: Counter):
    size = await counter.office.size()
    data = {"about": "measure", "measure": "限制参加投标", "territory": "320100"}
    case = await counter.filed(**data)
    assert (await counter.office.ask("clerk", "GET", case)).status_code == 404
    assert "措施的适用：限制参加投标（南京市）" in await counter.office.text("nanjing", case)
    await counter.act("nanjing", case, "accept")
    await counter.act("nanjing-reviewer", case, "approve")
    assert "继续公示" not in await counter.letter("firm", case, "异议受理通知书")
    await counter.act("nanjing", case, "forward", organ="南京市公共资源交易管理办公室")
    await counter.refused("nanjing", case, "decide", 400, "不一致", text="x", outcome="upheld",
                          consequence="removed")  # fmt: skip
    decided = {"outcome": "upheld", "consequence": "none", "text": "该措施不适用。"}
    await counter.act("nanjing", case, "decide", **decided)
    await counter.act("nanjing-reviewer", case, "approve")
    answer = await counter.letter("firm", case, "异议处理答复书")
    assert "处理结果：异议成立。" in answer
    assert "该信息" not in answer, "nothing of the record itself"
    assert "已办结：异议成立" in await counter.office.text("firm", case)
    assert await counter.office.size() == size, "no log says anything of it"


async def test_a_clerk_at_the_counter_enters_one(counter: Counter):
    form = await counter.office.text("front", "/objections/new")
    assert "信用信息的位置" in form
    place = counter.place()
    data = {**WISH, "record": place}
    headers = {"Registry-Purpose": "x", "Authorization": f"Bearer {counter.office.keys['front']}"}
    answer = await counter.office.http.post(
        "/objections/new", data=data, headers={**headers, "Accept": "text/html"}
    )
    assert answer.status_code == 303, plain(answer.text)[:600]
    case = answer.headers["location"].partition("?")[0]
    assert WISH["grounds"] in await counter.office.text("firm", case), "the subject sees it, too"
    elsewhere = {**data, "about": "measure", "measure": "x", "territory": "320100"}
    answer = await counter.office.http.post(
        "/objections/new", data=elsewhere, headers={**headers, "Accept": "text/html"}
    )
    assert (answer.status_code, GONE in answer.text) == (410, True)


async def test_what_cannot_be_disputed_by_itself(counter: Counter):
    case = await counter.marked()
    mark = await counter.column(case, "mark_idx")
    headers = {"Registry-Purpose": "x", "Authorization": f"Bearer {counter.office.keys['front']}",
               "Accept": "text/html"}  # fmt: skip
    data = {**WISH, "record": f"{WUHU}/{mark}"}
    answer = await counter.office.http.post("/objections/new", data=data, headers=headers)
    assert "对该信息不能提出异议" in answer.text
    await counter.refused("clerk", case, "decide", 400, "不一致", text="x", outcome="upheld",
                          consequence="none")  # fmt: skip
    await counter.refused("clerk", case, "decide", 400, "不一致", text="x", outcome="rejected",
                          consequence="removed")  # fmt: skip
    await counter.refused("clerk", case, "decide", 400, "不一致", text="x", outcome="perhaps",
                          consequence="none")  # fmt: skip
    await counter.refused("clerk", case, "decide", 400, "须写明理由", text="", outcome="rejected",
                          consequence="none")  # fmt: skip


async def test_so_many_a_day_and_no_more(counter: Counter):
    place = f"{WUHU}/{len(counter.numbers) - 1}"
    first = ""
    for number in range(OWN_A_DAY):
        data = {"about": "measure", "measure": f"措施{number}", "territory": CITY}
        case = await counter.filed(place, "rival", **data)
        first = first or case
    data = {**WISH, "record": place}
    answer = await counter.office.ask("rival", "POST", "/objections/new", data=data)
    assert (answer.status_code, "请明日再提" in answer.text) == (429, True)
    assert int(answer.headers["retry-after"]) == 12 * 3_600
    for number in range(FILES_MAX):
        file = {"file": (f"证明{number}.png", b"\x89PNG\r\n\x1a\n")}
        answer = await counter.office.ask("rival", "POST", f"{first}/file", files=file)
        assert answer.status_code == 303
    answer = await counter.office.ask("rival", "POST", f"{first}/file", files=file)
    assert "附件最多 5 个" in answer.text
    file = {"file": ("a.html", b"<script>")}
    answer = await counter.office.ask("clerk", "POST", f"{first}/file", files=file)
    assert answer.status_code == 404, "not of his department"
    answer = await counter.office.ask("front", "POST", f"{first}/file", files=file)
    assert (answer.status_code, "附件须为 PDF" in answer.text) == (400, True)
    for who in ("rival", "front"):
        got = await counter.office.ask(who, "GET", f"{first}/file/1")
        assert got.content == b"\x89PNG\r\n\x1a\n"
        assert got.headers["content-disposition"].startswith("attachment")
    assert (await counter.office.ask("firm", "GET", f"{first}/file/1")).status_code == 404


async def test_what_is_overdue_is_seen_by_the_region_and_in_the_statement(counter: Counter):
    case = await counter.filed()
    number = await counter.column(case, "number")
    assert "没有逾期的异议" in await counter.office.text("region", "/objections")
    counter.office.clock.moment = NOON + timedelta(days=5)
    try:
        board = await counter.office.text("region", "/objections")
        assert number in board
        assert "拟定是否受理" in board
        assert counter.firm not in board, "nobody's name"
        listed = await counter.office.text("clerk", "/objections")
        assert "已逾期1个工作日：拟定是否受理（经办），应于2026年11月26日前办理" in listed
        assert "依据待核实" in listed
        assert f"异议{number}：拟定是否受理" in await counter.office.text("clerk", "/workbench")
        english = await counter.office.text("clerk", case, lang="en")
        assert "Overdue by" in english
        statement = await counter.office.text("publisher", "/workbench/statement", month="2026-11")
        assert "目前逾期" in statement
        assert number in statement, "named in the statement"
        answer = await counter.office.ask(
            "publisher", "GET", "/workbench/statement?month=2026-11&as=csv"
        )
        lines = [line for line in answer.text.splitlines() if "异议" in line]
        counted = {line.split(",")[2]: int(line.split(",")[-1]) for line in lines}
        assert counted["收到异议件数"] >= counted["目前逾期异议件数"] > 0
    finally:
        counter.office.clock.moment = NOON


async def test_a_correction_takes_the_right_record_and_then_the_amendment(counter: Counter):
    case = await counter.marked()
    decided = {"outcome": "partly_upheld", "consequence": "corrected", "text": "经核实，有误。"}
    await counter.approved(case, "decide", **decided)
    await counter.sealed(case, "outcome_idx")
    await counter.corrected(case)
    assert await counter.column(case, "correct_idx") is None, "the record that is right alone"
    await counter.corrected(case)
    await counter.until(case, "correct_idx")
    assert "已更正或者撤回。" in await counter.office.text("clerk", case)
    assert await counter.acts_of(case) == [("amendment", True)]
    await counter.refused("clerk", case, "correct", 400, "没有待更正")


async def test_what_was_written_is_erased_by_rule_and_letters_stay(counter: Counter):
    case = await counter.filed()
    file = {"file": ("证明.pdf", b"%PDF-1.7")}
    await counter.office.ask("firm", "POST", f"{case}/file", files=file)
    await counter.approved(case, "decline", text="同一事项已有答复。")
    assert await counter.desk.store.erase() == 0, "not before its time"
    long_ago = NOON - timedelta(days=1_000)
    await counter.pool.execute(
        "UPDATE objections SET kept_until = $2 WHERE id = $1", case[-32:], long_ago
    )
    assert await counter.desk.store.erase() == 1
    shown = await counter.office.text("firm", case)
    assert "（内容已依规定删除）" in shown
    assert WISH["grounds"] not in shown
    assert "证明.pdf" not in shown
    assert (await counter.office.ask("firm", "GET", f"{case}/file/1")).status_code == 404
    assert "同一事项已有答复" in await counter.letter("firm", case, "异议不予受理告知书")
    assert await counter.desk.store.erase() == 0


async def test_with_an_erased_record_goes_all_that_tells_of_it(counter: Counter):
    place = counter.place()
    case = await counter.filed(place)
    found = await counter.desk.store.stated(WUHU, await counter.column(case, "record_id"))
    assert found is not None
    disputed = Stated(WUHU, *found)
    order = disputed.main | {
        "type": "erasure_order", "id": f"erase-{case[-8:]}", "decided_on": "2026-11-23",
        "target": disputed.target, "part": "main", "basis": "个人信息保护法第47条",
        "effective_on": "2026-11-23", "publication": "authorised",
    }  # fmt: skip
    only = {"v", "type", "id", "subject", "authority", "source_unit", "decided_on", "publication",
            "severity", "provenance", "target", "part", "basis", "effective_on"}  # fmt: skip
    kept = {name: value for name, value in order.items() if name in only}
    await counter.office.sealed(msgspec.json.encode({"main": kept}))
    await counter.desk.store.erase()
    shown = await counter.office.text("clerk", case)
    assert counter.firm not in shown
    assert "（内容已依规定删除）" in shown
    assert WISH["grounds"] not in shown
    assert (await counter.office.ask("firm", "GET", f"{case}/letter/1")).status_code == 404
    await counter.refused("clerk", case, "accept", 400, "已依法删除", text="x")
