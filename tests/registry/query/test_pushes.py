"""What is pushed to whom and until when, what answers it, and what must be lifted when it ends."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest

from registry.clock import FixedClock
from registry.domain.disclosure import Role
from registry.errors import GoneRefusal, MalformedRefusal
from registry.query import desk as desk_module
from registry.query.cases import Counting
from registry.query.desk import Board, Desk, Desks, Propagation
from registry.query.rulebook import Rulebooks
from registry.query.views import Viewer
from registry.store.reading_files import open_reading
from tests.registry.query import scene as told
from tests.registry.query.scene import (
    AUDITOR,
    NANJING,
    REGULATOR,
    TODAY,
    WUHU,
    Placed,
    Scene,
    act,
    firm,
    listing,
    other,
    penalty,
    permit,
    registration,
    sid,
    uscc,
)

BARE = {"severity": {"class": "unclassified"}, "publication": "government"}
LABOUR = {"authority": {"name": "芜湖市人力资源和社会保障局", "kind": "人力资源社会保障行政部门"}}
CLERK = Viewer(Role.CLERK, "340200")
ADOPTED = (NANJING, "R02", "320100")


def desks(scene: Scene, on: date = TODAY) -> Desks:
    clock = FixedClock(datetime(on.year, on.month, on.day, 4, tzinfo=UTC))
    return Desks(scene.node.db, scene.node.charter, clock, Rulebooks(scene.node.charter))


async def desk(scene: Scene, on: date = TODAY, member: str = "320100") -> Desk:
    return await desks(scene, on).of(member)


async def way(scene: Scene, cause: Placed, viewer: Viewer = REGULATOR) -> Propagation:
    return await desks(scene).propagation(cause.origin, cause.idx, viewer)


def states(found: Desk) -> dict[str, str]:
    return {one.push.measure.measure: one.state for one in found.pushes}


def use(cause: Placed, **members: object) -> dict[str, object]:
    said = {
        "measure": "m-funds", "rule": "R02", "edition": "2026-1", "territory": "320100",
        "matter": "public_funds", "matter_name": "示例专项资金申报", "handled_on": "2026-11-23",
        "decided_on": "2026-11-23", "result": "applied", "reasons": "列入期内。",
        "causes": [cause.target],
    }  # fmt: skip
    return other("measure_use", **{**BARE, **said, **members})


def reply(about: Placed, **members: object) -> dict[str, object]:
    said = {
        "about": about.target, "measure": "m-funds", "rule": "R02", "edition": "2026-1",
        "territory": "320100", "result": "not_applicable", "answered_on": "2026-11-23",
        "decided_on": "2026-11-23", "reasons": "无在办事项。",
    }  # fmt: skip
    return other("measure_reply", **{**BARE, **said, **members})


@pytest.fixture
async def listed(scene: Scene) -> tuple[Scene, Placed]:
    """Firm 1, registered in Wuhu, listed there, with a permit of Nanjing, where R02 is adopted."""
    await scene.rules(ADOPTED)
    await scene.one(WUHU, registration())
    await scene.one(NANJING, permit())
    return scene, await scene.one(WUHU, listing())


# ------------------------------------------------------------------ pushes


async def test_a_cause_is_pushed_where_it_is_adopted_and_the_subject_holds_a_permit(listed):
    scene, cause = listed
    found = await desk(scene)
    assert states(found) == {"m-funds": "open", "m-honours-any": "open"}
    push = found.pushes[0].push
    assert (push.member, push.territory, push.nexus) == ("320100", "320100", ("licensed_here",))
    assert (push.since, push.due) == (TODAY, date(2026, 12, 7))  # ten working days
    assert (push.cause.entry, push.measure.organ) == (cause.entry, "资金主管部门")
    assert found.older == ""
    assert found.lifts == ()


async def test_who_has_no_nexus_or_has_not_adopted_is_never_pushed_to(scene):
    await scene.rules(ADOPTED)
    await scene.one(WUHU, registration())
    await scene.one(WUHU, listing())
    assert (await desk(scene)).pushes == ()  # adopted in Nanjing, but nothing there
    assert (await desk(scene, member="340200")).pushes == ()  # registered in Wuhu, not adopted
    assert (await desk(scene, member="nobody")).pushes == ()


@pytest.mark.parametrize(
    ("made", "nexus"),
    [
        (permit(), ("licensed_here",)),
        (permit(state="invalid"), None),
        (permit(valid_until="2026-11-22"), None),
        (permit(decision_name="建筑工程施工许可"), ("licensed_here", "running_project_here")),
        (told.relation(valid_until="2026-12-31"), ("running_project_here",)),
        (told.relation(valid_from="2026-10-01"), ("running_project_here",)),
        (told.relation(valid_until="2026-11-22"), None),
        (told.relation("parent_branch"), None),
        (penalty(), None),
        (
            other(
                "commitment",
                commitment="approval",
                matter="食品经营许可告知承诺",
                committed_on="2026-11-01",
                content="示例承诺",
                severity={"class": "unclassified"},
            ),
            ("application_here",),
        ),
        (registration(division="320102"), ("registered_here",)),
    ],
)
async def test_what_is_a_nexus(scene, made, nexus):
    await scene.rules(ADOPTED)
    await scene.one(WUHU, listing())
    await scene.one(NANJING, made)
    found = await desk(scene)
    assert {one.push.nexus for one in found.pushes} == ({nexus} if nexus else set())


async def test_notices_are_not_pushed_nor_what_is_suspended(listed):
    scene, cause = listed
    assert "m-tender" not in states(await desk(scene))
    stay = {"ground": "reconsideration", "ordered_by": "示例复议机关", **LABOUR}
    await scene.one(WUHU, act("stay", cause, "2026-11-01", **stay))
    assert (await desk(scene)).pushes == ()


async def test_a_push_that_nobody_answers_becomes_overdue_on_the_day_after(listed):
    scene, _ = listed
    assert set(states(await desk(scene, date(2026, 12, 7))).values()) == {"open"}
    assert set(states(await desk(scene, date(2026, 12, 8))).values()) == {"overdue"}


async def test_a_member_can_ask_for_an_earlier_answer(listed):
    scene, cause = listed
    task = {
        "cause": cause.target, "measure": "m-funds", "rule": "R02", "edition": "2026-1",
        "territory": "320100", "nexus": "licensed_here", "due_on": "2026-11-25",
        "decided_on": "2026-11-23",
    }  # fmt: skip
    asked = await scene.one(WUHU, other("measure_task", **BARE, **task))
    due = {one.push.measure.measure: one.push.due for one in (await desk(scene)).pushes}
    assert due == {"m-funds": date(2026, 11, 25), "m-honours-any": date(2026, 12, 7)}
    said = {"task": asked.target, "result": "refused", "answered_on": "2026-11-23"}
    more = {"reasons": "非本机关职责。", "decided_on": "2026-11-23"}
    await scene.one(NANJING, other("measure_feedback", **BARE, **said, **more))
    assert states(await desk(scene))["m-funds"] == "answered"


@pytest.mark.parametrize("answer", [use, reply])
async def test_a_use_or_an_answer_of_the_member_itself_answers_its_push(listed, answer):
    scene, cause = listed
    await scene.one(WUHU, answer(cause))  # another member cannot answer for it
    await scene.one(NANJING, answer(cause, measure="m-nothing"))
    await scene.one(NANJING, answer(cause, territory="341100"))
    assert states(await desk(scene))["m-funds"] == "open"
    mine = await scene.one(NANJING, answer(cause))
    found = await desk(scene)
    assert states(found) == {"m-honours-any": "open", "m-funds": "answered"}
    assert found.pushes[-1].push.answer.one.entry == mine.entry
    await scene.one(NANJING, act("withdrawal", mine, "2026-11-23"))
    assert states(await desk(scene))["m-funds"] == "open"


async def test_feedback_to_a_task_that_is_not_here_says_nothing(listed):
    scene, cause = listed
    said = {"task": cause.target, "result": "applied", "answered_on": "2026-11-23"}
    more = {"reasons": "示例。", "decided_on": "2026-11-23"}
    await scene.one(NANJING, other("measure_feedback", **BARE, **said, **more))
    assert set(states(await desk(scene)).values()) == {"open"}


async def test_without_a_rulebook_there_is_nothing_to_do(scene):
    cause = await scene.one(WUHU, listing())
    assert (await desk(scene)).pushes == ()
    assert (await way(scene, cause)).members == ()


async def test_honours_are_pushed_where_they_are_applied_for_until_the_next_list(scene):
    await scene.rules()
    allowed = {"allows": ["i-gap-acceptance", "i-green-channel"]}
    await scene.one(NANJING, told.adoption("R10", "320100", **allowed))
    grade = dict.fromkeys(("published_on", "listed_on", "decided_on"), "2025-12-28")
    office = {"authority": {"name": "国家税务总局示例税务局", "kind": "税务机关"}}
    await scene.one(WUHU, listing("tax-grade-a", **grade, **office))
    assert (await desk(scene)).pushes == ()
    asked = {"commitment": "approval", "matter": "示例事项", "committed_on": "2026-11-01"}
    bare = {"content": "示例", "severity": {"class": "unclassified"}}
    await scene.one(NANJING, other("commitment", **asked, **bare))
    found = await desk(scene)
    assert {one.push.nexus for one in found.pushes} == {("application_here",)}
    assert states(found).keys() == {"i-gap-acceptance", "i-green-channel"}
    await scene.one(
        WUHU,
        listing("tax-grade-a", subject=firm(9), **office, **dict.fromkeys(grade, "2026-04-28")),
    )
    assert (await desk(scene)).pushes == ()


async def test_the_region_sees_what_is_overdue_and_counts_of_the_rest(listed):
    scene, cause = listed
    await scene.one(NANJING, use(cause))
    board: Board = await desks(scene, date(2026, 12, 8)).board()
    nanjing = next(one for one in board.members if one.member == "320100")
    assert (nanjing.open, nanjing.overdue, nanjing.answered) == (0, 1, 1)
    (late,) = board.overdue
    assert (late.push.measure.measure, late.member_name) == ("m-honours-any", "南京市")
    assert [one.overdue for one in board.members if one.member != "320100"] == [0, 0]


async def test_a_desk_is_walked_page_by_page_and_nothing_is_left_out_or_told_twice(
    listed, monkeypatch
):
    """The oldest cause is the one that is overdue; a grade of a type not looked at stands once."""
    scene, _ = listed
    for number, decided in ((2, "2025-06-02"), (3, "2024-06-03"), (4, "2026-06-04")):
        who, days = firm(number), {"decided_on": decided, "listed_on": decided}
        await scene.one(NANJING, permit(subject=who))
        cause = await scene.one(WUHU, listing(subject=who, **days))
        mine = await scene.one(NANJING, use(cause, subject=who))
        await scene.one(NANJING, use(cause, subject=who, measure="m-honours-any"))
        if number == 4:
            await scene.one(WUHU, act("repair", cause, "2026-11-23", subject=who, **LABOUR))
            assert mine.idx
    whole, board = await desk(scene), await desks(scene).board()
    assert (whole.older, board.whole) == ("", True)
    assert len(whole.pushes) == 6
    assert len(whole.lifts) == 2
    monkeypatch.setattr(desk_module, "SEEN_MAX", 2)
    pushes, lifts, after, pages = [], [], "", 0
    while pages == 0 or after:
        page = await desks(scene).of("320100", after)
        assert len(page.pushes) <= 4
        pushes += [(one.push.subject_id, one.push.measure.measure) for one in page.pushes]
        lifts += [(one.subject_id, one.applied.measure) for one in page.lifts]
        after, pages = page.older, pages + 1
    assert pages > 3
    assert sorted(pushes) == sorted(
        (o.push.subject_id, o.push.measure.measure) for o in whole.pushes
    )
    assert sorted(lifts) == sorted((one.subject_id, one.applied.measure) for one in whole.lifts)
    assert await desks(scene).board() == board
    monkeypatch.setattr(desk_module, "PAGES_MAX", 2)
    assert not (await desks(scene).board()).whole


async def test_a_cause_of_a_type_that_is_not_looked_at_stands_with_what_leads_to_its_subject(scene):
    await scene.rules()
    assert (await desk(scene)).older == ""
    counts = desk_module._Counts(("list_entry", "measure_use"), frozenset({"wage-arrears"}))
    await scene.one(WUHU, registration())
    first = await scene.one(WUHU, listing(decided_on="2026-03-09", listed_on="2026-03-09"))
    newest = await scene.one(WUHU, listing())
    other_list = await scene.one(WUHU, listing("food-serious", decided_on="2026-03-11"))
    asked = bytes.fromhex(sid(uscc(1)))
    async with open_reading(scene.node.db) as reading:
        loaded = (await reading.files.load((asked,), await reading.logs.known()))[asked]
    rows = {one.row.idx: one for one in loaded.records}
    push = SimpleNamespace(cause=rows[0])
    assert counts.place_of(push, loaded)[1] == newest.idx
    assert not counts.leads(rows[other_list.idx].row)
    push = SimpleNamespace(cause=rows[first.idx])
    assert counts.place_of(push, loaded)[1] == first.idx


@pytest.mark.parametrize(
    "after",
    ["x", "2026-13-01_1_1", "2026-01-01_1", "2026-01-01_9999999999999999999_1", "２_1_1"],
)
async def test_what_is_no_cursor_is_refused(scene, after):
    with pytest.raises(MalformedRefusal) as refused:
        await desks(scene).of("320100", after)
    assert refused.value.detail_code == "bad-cursor"


# ------------------------------------------------------------------ lifts

ENDS = {
    "list_exit": {"list": "wage-arrears", "reason": "early_removal", **LABOUR},
    "repair": LABOUR,
    "withdrawal": LABOUR,
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("answer", [use, reply])
async def test_when_the_cause_ends_whoever_had_applied_it_is_told_to_lift_and_not_why(
    listed, end, answer
):
    scene, cause = listed
    mine = await scene.one(NANJING, answer(cause, result="applied"))
    assert (await desk(scene)).lifts == ()
    await scene.one(WUHU, act(end, cause, "2026-11-23", **ENDS[end]))
    found = await desk(scene)
    assert found.pushes == ()
    (lift,) = found.lifts
    assert (lift.state(TODAY), lift.since, lift.due) == ("to-lift", TODAY, date(2026, 11, 26))
    assert lift.state(date(2026, 11, 27)) == "lift-overdue"
    assert (lift.name, lift.matter) == ("限制申请财政性资金项目", "public_funds")
    assert lift.applied.one.entry == mine.entry
    assert (await desk(scene, member="340200")).lifts == ()
    board = await desks(scene, date(2026, 11, 27)).board()
    assert [(one.to_lift, one.lift_overdue) for one in board.members if one.member == "320100"] == [
        (0, 1)
    ]
    done = reply(mine, result="lifted", reasons="已解除。")
    await scene.one(NANJING, done)
    assert (await desk(scene)).lifts == ()


async def test_what_was_not_applied_or_is_over_anyway_is_not_lifted(listed):
    scene, cause = listed
    await scene.one(NANJING, use(cause, result="not_applied"))
    over = {"measure": "m-honours-any", "handled_on": "2026-10-01", "until": "2026-10-01"}
    await scene.one(NANJING, use(cause, **over))
    await scene.one(WUHU, act("repair", cause, "2026-11-23", **LABOUR))
    assert (await desk(scene)).lifts == ()


async def test_a_measure_is_lifted_when_its_last_cause_ends(listed):
    scene, first = listed
    await scene.one(NANJING, use(first))
    second = await scene.one(WUHU, listing(decided_on="2026-04-10", listed_on="2026-04-10"))
    await scene.one(WUHU, act("repair", first, "2026-11-23", **LABOUR))
    assert (await desk(scene)).lifts == ()
    await scene.one(WUHU, act("repair", second, "2026-11-23", **LABOUR))
    assert len((await desk(scene)).lifts) == 1


async def test_a_measure_with_a_term_of_its_own_outlives_the_repair_of_its_cause(scene):
    await scene.rules((NANJING, "R15", "320100"))
    finance = {"authority": {"name": "芜湖市财政局", "kind": "财政部门"}}
    ban = listing("procurement-serious", listed_until="2028-03-10", **finance)
    cause = await scene.one(WUHU, ban)
    banned = {"measure": "m-procurement-ban", "rule": "R15", "matter": "procurement"}
    await scene.one(NANJING, use(cause, **banned))
    await scene.one(WUHU, act("repair", cause, "2026-11-23", **finance))
    assert (await desk(scene)).lifts == ()


async def test_what_no_rule_knows_or_stands_on_a_stopped_adoption_is_lifted_too(scene):
    await scene.rules()
    adopted = await scene.one(NANJING, told.adoption("R02", "320100"))
    cause = await scene.one(WUHU, listing())
    await scene.one(NANJING, use(cause, handled_on="2026-11-02"))
    await scene.one(NANJING, use(cause, measure="m-unheard-of"))
    office = {"kind": "organisation", "name": "示例市信用办", "uscc": uscc(902)}
    await scene.one(NANJING, act("withdrawal", adopted, "2026-11-20", subject=office))
    found = {one.applied.measure: one for one in (await desk(scene)).lifts}
    assert found.keys() == {"m-funds", "m-unheard-of"}
    assert found["m-funds"].since == date(2026, 11, 20)
    assert (found["m-unheard-of"].name, found["m-unheard-of"].matter) == ("m-unheard-of", "")


async def test_what_was_withdrawn_before_it_was_applied_is_lifted_by_its_name_in_the_book(listed):
    scene, cause = listed
    await scene.one(NANJING, use(cause))
    late = {"decided_on": "2026-11-10", **LABOUR}
    await scene.one(WUHU, act("withdrawal", cause, "2026-11-10", **late))
    (lift,) = (await desk(scene)).lifts
    assert (lift.name, lift.matter) == ("限制申请财政性资金项目", "public_funds")


async def test_a_lift_is_acknowledged_by_feedback_to_the_same_task(listed):
    scene, cause = listed
    task = {
        "cause": cause.target, "measure": "m-funds", "rule": "R02", "edition": "2026-1",
        "territory": "320100", "nexus": "licensed_here", "due_on": "2026-12-31",
        "decided_on": "2026-11-20",
    }  # fmt: skip
    asked = await scene.one(WUHU, other("measure_task", **BARE, **task))
    said = {"task": asked.target, "answered_on": "2026-11-23", "decided_on": "2026-11-23"}
    applied = {"result": "applied", "reasons": "已适用。"}
    await scene.one(NANJING, other("measure_feedback", **BARE, **said, **applied))
    await scene.one(WUHU, act("repair", cause, "2026-11-23", **LABOUR))
    assert len((await desk(scene)).lifts) == 1
    lifted = {"result": "lifted", "reasons": "已解除。"}
    await scene.one(NANJING, other("measure_feedback", **BARE, **said, **lifted))
    assert (await desk(scene)).lifts == ()


# ------------------------------------------------------------------ the way of a cause


async def test_the_way_of_a_cause_through_the_members(listed):
    scene, cause = listed
    await scene.one(NANJING, use(cause))
    found = await way(scene, cause)
    assert (found.stated_on, found.subject_id) == (TODAY, sid(uscc(1)))
    nanjing, wuhu, chuzhou = (
        next(one for one in found.members if one.member == code)
        for code in ("320100", "340200", "341100")
    )
    assert [act.rule for act in nanjing.adopted] == ["R02"]
    assert nanjing.nexus == ("licensed_here",)
    assert [one.state for one in nanjing.pushes].count("answered") == 1
    assert (wuhu.adopted, wuhu.not_adopted, wuhu.nexus) == ((), ("R02",), ("registered_here",))
    assert (chuzhou.nexus, chuzhou.pushes) == ((), ())
    assert chuzhou.not_adopted == ("R02",)


async def test_a_use_where_nothing_was_pushed_is_on_the_way_too(listed):
    scene, cause = listed
    told_wuhu = use(cause, territory="340200")
    await scene.one(WUHU, told_wuhu)
    wuhu = next(one for one in (await way(scene, cause)).members if one.member == "340200")
    assert [one.on for one in wuhu.uses] == [TODAY]


async def test_of_an_ended_cause_only_its_own_member_and_the_auditor_see_the_way(listed):
    scene, cause = listed
    mine = await scene.one(NANJING, use(cause))
    await scene.one(WUHU, act("repair", cause, "2026-11-23", **LABOUR))
    for viewer in (REGULATOR, Viewer(Role.REGION), Viewer(Role.CLERK, "320100")):
        with pytest.raises(GoneRefusal):
            await way(scene, cause, viewer)
    for viewer in (CLERK, AUDITOR):
        nanjing = next(
            one for one in (await way(scene, cause, viewer)).members if one.member == "320100"
        )
        assert [one.state(TODAY) for one in nanjing.lifts] == ["to-lift"]
        assert nanjing.pushes == ()
    await scene.one(NANJING, reply(mine, result="lifted", reasons="已解除。"))
    found = await way(scene, cause, CLERK)
    nanjing = next(one for one in found.members if one.member == "320100")
    assert [one.state(TODAY) for one in nanjing.lifts] == ["lifted"]


async def test_no_place_and_a_hidden_one_answer_alike(scene):
    hidden = await scene.one(WUHU, penalty(publication="authorised"))
    for idx in (hidden.idx, 7777):
        with pytest.raises(GoneRefusal, match="该信息不存在或已不再公示"):
            await desks(scene).propagation(WUHU, idx, REGULATOR)


# ------------------------------------------------------------------ joint cases


async def test_joint_cases_are_counted_from_uses_alone(listed):
    scene, cause = listed
    ours = await scene.one(NANJING, listing(subject=firm(7, "示例第七公司")))
    await scene.one(NANJING, use(cause))
    await scene.one(NANJING, use(cause, result="not_applied", handled_on="2026-10-30"))
    await scene.one(NANJING, use(ours, subject=firm(7, "示例第七公司"), result="partly_applied"))
    gone = await scene.one(NANJING, use(cause, matter_name="误录"))
    await scene.one(NANJING, act("withdrawal", gone, "2026-11-23"))
    await scene.one(NANJING, reply(cause))
    clock = scene.node.clock
    counting = Counting(scene.node.db, scene.node.charter, clock, Rulebooks(scene.node.charter))
    found = await counting.joint()
    assert found.whole
    counts = [
        (one.month, one.member_name, one.applied, one.partly_applied, one.not_applied, one.joint)
        for one in found.cases
    ]
    assert counts == [("2026-11", "南京市", 1, 1, 0, 1), ("2026-10", "南京市", 0, 0, 1, 1)]
    assert {(one.name, one.matter) for one in found.cases} == {
        ("限制申请财政性资金项目", "public_funds")
    }
    await scene.one(WUHU, act("repair", cause, "2026-11-23", **LABOUR))
    assert (await counting.joint()).cases == found.cases  # a case that was handled stays one


async def test_measures_without_a_book_go_by_their_keys(scene):
    cause = await scene.one(WUHU, listing())
    await scene.one(NANJING, use(cause))
    counting = Counting(
        scene.node.db, scene.node.charter, scene.node.clock, Rulebooks(scene.node.charter)
    )
    assert [one.name for one in (await counting.joint()).cases] == ["m-funds"]
