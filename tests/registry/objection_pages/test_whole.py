"""From filing to the answer: each by whom it is for, and what others see of it meanwhile."""

from tests.registry.objection_pages.conftest import WISH, Counter
from tests.registry.workbench.conftest import WUHU, plain, works

pytestmark = works


async def public(counter: Counter, place: str) -> str:
    """Return what the public reads on the page of a record."""
    answer = await counter.office.ask("", "GET", f"/record/{place}")
    return plain(answer.text)


async def test_an_objection_that_is_upheld(counter: Counter):
    place = counter.place()
    case = await counter.filed(place)
    mine = await counter.office.text("firm", case)
    assert "已收到，待决定是否受理" in mine
    assert WISH["grounds"] in mine
    assert "异〔2026〕340200-" in mine
    assert "异议处理中" not in await public(counter, place)
    receipt = await counter.letter("firm", case, "异议申请收件回执")
    assert "2026年11月26日前告知是否受理" in receipt
    assert "3个工作日" in receipt
    assert "依据待核实" in receipt

    await counter.act("clerk", case, "accept", text="信用主体对信息内容有异议。")
    assert "待审核：拟予受理" in await counter.office.text("reviewer", case)
    await counter.act("reviewer", case, "approve")
    await counter.refused("clerk", case, "decide", 400, "须先完成", text="x", outcome="upheld",
                          consequence="removed")  # fmt: skip
    await counter.sealed(case, "mark_idx")
    assert "异议处理中" in await public(counter, place)
    accepted = await counter.letter("firm", case, "异议受理通知书")
    assert "标注“异议处理中”" in accepted
    assert "2026年12月2日前作出处理" in accepted

    decided = {"outcome": "upheld", "consequence": "removed", "text": "经核实，当事人认定有误。"}
    await counter.act("clerk", case, "decide", **decided)
    await counter.act("reviewer", case, "approve")
    answer = await counter.letter("firm", case, "异议处理答复书")
    assert "处理结果：异议成立。" in answer
    assert "芜湖市市场监督管理局 2026年11月23日" in answer, "whose letter it is"
    assert "各成员地区同步停止展示、共享和使用" in answer
    assert "已作出处理并答复，待取消标注" in await counter.office.text("firm", case)
    await counter.sealed(case, "outcome_idx")
    assert "已办结：异议成立" in await counter.office.text("firm", case)
    gone = await counter.office.ask("", "GET", f"/record/{place}")
    assert gone.status_code == 410
    shown = await counter.office.text("clerk", case)
    assert "应于2026年11月26日前更正或者撤回该信息" in shown
    await counter.corrected(case)
    await counter.until(case, "correct_idx")
    assert await counter.acts_of(case) == [("withdrawal", True)]
    log = await counter.pool.fetch(
        "SELECT what FROM objection_log WHERE objection = $1 ORDER BY number", case[-32:]
    )
    assert [row[0] for row in log] == [
        "filed", "drafted-accept", "approved-accept", "marked", "drafted-decide",
        "approved-decide", "unmarked", "correcting", "corrected",
    ]  # fmt: skip
    assert WUHU in place
