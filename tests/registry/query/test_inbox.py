"""What waits at a member, until when, and what was answered."""

from datetime import date

import pytest

from registry.query import inbox as reading
from registry.query.inbox import Inboxes
from tests.registry.query.scene import NANJING, WUHU, Placed, Scene, other, penalty

BARE = {"severity": {"class": "unclassified"}, "publication": "government"}
NANJING_OFFICE = {"name": "南京市市场监督管理局", "division": "320100"}


def push(cause: Placed, on: str = "2026-10-09", **members: object) -> dict[str, object]:
    told = {"cause": cause.target, "receiver": NANJING_OFFICE, "territory": "320100"}
    return other("penalty_push", **{**BARE, **told, "pushed_on": on, "decided_on": on, **members})


def clue(**members: object) -> dict[str, object]:
    told = {
        "receiver": NANJING_OFFICE, "territory": "320100", "clue": "trademark", "facts": "示例线索",
        "basis": "示例", "transferred_on": "2026-10-12", "decided_on": "2026-10-12",
    }  # fmt: skip
    return other("clue_transfer", **{**BARE, **told, **members})


async def of(scene: Scene, member: str = "320100") -> reading.Inbox:
    return await Inboxes(scene.node.db, scene.node.charter, scene.node.clock).of(member)


async def test_a_penalty_sent_across_provinces_waits_with_both_clocks_until_it_is_answered(scene):
    pen = await scene.one(WUHU, penalty())
    sent = await scene.one(WUHU, push(pen))
    (message,) = (await of(scene)).messages
    assert message.view.record.id == sent.id
    assert message.waits
    assert message.due == date(
        2026, 10, 22
    )  # ten working days from Friday 9 October; the 10th is worked
    assert {window.kind for window in message.windows} >= {"show"}
    reply = {"push": sent.target, "result": "shown", "answered_on": "2026-10-20"}
    await scene.one(NANJING, other("penalty_push_reply", **BARE, decided_on="2026-10-20", **reply))
    (message,) = (await of(scene)).messages
    assert [answer.record.result for answer in message.answers] == ["shown"]
    assert not message.waits
    assert (await of(scene, "341100")).messages == ()


async def test_what_waits_stands_first_and_what_is_due_soonest_first_of_all(scene):
    late = await scene.one(WUHU, clue(answer_by="2026-12-01"))
    soon = await scene.one(WUHU, clue(answer_by="2026-11-01"))
    never = await scene.one(WUHU, clue())
    told = {"clue": soon.target, "result": "accepted", "answered_on": "2026-10-20"}
    found = (await of(scene)).messages
    assert [one.view.entry for one in found] == [one.entry.hex() for one in (soon, late, never)]
    await scene.one(NANJING, other("clue_reply", **BARE, decided_on="2026-10-20", **told))
    found = (await of(scene)).messages
    assert [one.view.entry for one in found] == [one.entry.hex() for one in (late, never, soon)]
    assert [one.due for one in found] == [date(2026, 12, 1), None, date(2026, 11, 1)]


async def test_tasks_and_warnings_reach_those_they_name(scene):
    pen = await scene.one(WUHU, penalty())
    task = {
        "cause": pen.target, "measure": "m-funds", "rule": "R02", "edition": "2026-1",
        "territory": "320100", "nexus": "registered_here", "due_on": "2026-12-31",
    }  # fmt: skip
    await scene.one(WUHU, other("measure_task", **BARE, decided_on="2026-10-09", **task))
    alert = {
        "product": {"name": "电线"}, "level": "high", "risk": "起火", "measures": "召回",
        "alerted_on": "2026-10-10", "territories": ["320102", "341100"], "decided_on": "2026-10-10",
        "severity": {"class": "unclassified"},
    }  # fmt: skip
    await scene.one(WUHU, other("risk_alert", **alert))
    everywhere = {**alert, "territories": ["340200"]}
    await scene.one(WUHU, other("risk_alert", **everywhere))
    types = [one.view.record.__struct_config__.tag for one in (await of(scene)).messages]
    assert types == ["measure_task", "risk_alert"]
    assert len((await of(scene, "341100")).messages) == 1


async def test_only_so_many_are_looked_at(scene, monkeypatch):
    monkeypatch.setattr(reading, "SEEN_MAX", 2)
    for _ in range(3):
        await scene.one(WUHU, clue())
    found = await of(scene)
    assert (len(found.messages), found.whole) == (2, False)


@pytest.mark.parametrize("member", ["", "999999", "340200"])
async def test_nobody_gets_what_was_sent_to_another(scene, member):
    await scene.one(WUHU, clue())
    assert (await of(scene, member)).messages == ()
