"""Who else a subject has to do with: relations from both ends, identities and why they hold."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from registry.domain.disclosure import Role
from registry.errors import NotFoundRefusal, UnavailableRefusal
from registry.query import relations as relations_module
from registry.query.views import Relations, Viewer
from registry.store.links import Links
from tests.registry.query.scene import (
    AUDITOR,
    NANJING,
    PUBLIC,
    REGULATOR,
    TODAY,
    WUHU,
    Scene,
    act,
    firm,
    penalty,
    registration,
    relation,
    sid,
    uscc,
)

ONE, TWO, THREE = (sid(uscc(number)) for number in (1, 2, 3))
PARENT = firm(2, "芜湖示例总公司")
PERSON = {"kind": "natural_person", "name": "示例甲"}
DOCUMENT = {"name": "示例甲", "type": "身份证", "number": "11010519491231002X"}
NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


async def ties(scene: Scene, subject: str = ONE, viewer: Viewer = PUBLIC, on=TODAY) -> Relations:
    return await scene.reader.relations(subject, viewer, on)


async def register(scene: Scene, *firms: dict[str, object]) -> None:
    for one in firms:
        await scene.one(WUHU, registration(subject=one))


async def test_a_branch_and_its_parent_lead_to_each_other_with_dates_and_the_record(scene):
    await register(scene, firm(), PARENT)
    placed = await scene.one(
        NANJING, relation("parent_branch", PARENT, valid_until="2026-12-31", matter="示例事项")
    )
    (up,) = (await ties(scene)).relations
    (down,) = (await ties(scene, TWO)).relations
    assert [(end.subject_id, end.name, end.role, end.code) for end in up.ends] == [
        (TWO, "芜湖示例总公司", "总公司", uscc(2))
    ]
    assert [(end.subject_id, end.role) for end in down.ends] == [(ONE, "分支机构")]
    assert (up.role, down.role, up.kind) == ("分支机构", "总公司", "parent_branch")
    for one in (up, down):
        assert (one.since, one.until) == (date(2024, 1, 1), date(2026, 12, 31))
        assert (one.origin, one.idx, one.member_name) == (NANJING, placed.idx, "南京市")
        assert (one.authority, one.matter, one.source) == ("芜湖市市场监督管理局", "示例事项", "")
        assert one.current


async def test_all_members_of_a_consortium_are_there_from_each_of_them(scene):
    members = [firm(n, f"芜湖示例{n}有限公司") for n in (2, 3)]
    await register(scene, firm(), *members)
    await scene.one(NANJING, relation("consortium", *members))
    everybody = {ONE, TWO, THREE}
    for subject in everybody:
        (one,) = (await ties(scene, subject)).relations
        assert {end.subject_id for end in one.ends} == everybody - {subject}
        assert one.role == ("牵头人" if subject == ONE else "联合体成员")


async def test_an_end_that_has_no_page_is_named_without_a_link(scene):
    await register(scene, firm())
    await scene.one(
        NANJING, relation("parent_branch", {"kind": "organisation", "name": "示例甲厂"})
    )
    await scene.one(NANJING, relation("parent_branch", PARENT))
    found = {one.ends[0].name: one.ends[0] for one in (await ties(scene)).relations}
    assert {(end.subject_id, end.code) for end in found.values()} == {("", ""), ("", uscc(2))}
    with pytest.raises(NotFoundRefusal):
        await ties(scene, TWO)  # named, but nothing is recorded about it


async def test_past_relations_come_after_those_that_hold(scene):
    await register(scene, firm())
    await scene.one(WUHU, relation("parent_branch", PARENT, valid_until="2025-12-31"))
    await scene.one(WUHU, relation("parent_branch", firm(3, "芜湖示例新总公司")))
    said = [(one.ends[0].name, one.current) for one in (await ties(scene)).relations]
    assert said == [("芜湖示例新总公司", True), ("芜湖示例总公司", False)]
    then = (await ties(scene, on=date(2026, 5, 10))).relations
    assert [one.current for one in then] == [True, False]
    assert (await ties(scene, on=date(2026, 5, 9))).relations == ()  # decided a day later
    earlier = relation("parent_branch", PARENT, valid_from="2026-11-24", decided_on="2026-11-01")
    await scene.one(NANJING, earlier)
    assert [one.current for one in (await ties(scene)).relations] == [True, False, False]


async def person_at_a_firm(scene: Scene) -> None:
    await register(scene, firm())
    main = relation("person_enterprise", firm(), subject=PERSON, role="项目负责人")
    await scene.state(WUHU, main, restricted={"salt": "e" * 32, "subject_document": DOCUMENT})
    assert not scene.quarantined


async def test_persons_are_for_those_who_may_see_persons_and_nobody_else(scene):
    await register(scene, firm())
    before = await ties(scene)
    await person_at_a_firm(scene)
    after = await ties(scene)
    assert after == replace(before, relations=())  # as if nothing had been stated
    for viewer in (REGULATOR, AUDITOR, Viewer(Role.PROCURER)):
        (one,) = (await ties(scene, viewer=viewer)).relations
        assert (one.kind, one.role) == ("person_enterprise", "任职单位")
        assert [(end.name, end.role) for end in one.ends] == [("示例甲", "项目负责人")]
    person = sid("resident:11010519491231002X", "person")
    (seen,) = (await ties(scene, person, REGULATOR)).relations
    assert [(end.subject_id, end.name) for end in seen.ends] == [(ONE, firm()["name"])]
    with pytest.raises(NotFoundRefusal):
        await ties(scene, person)


@pytest.mark.parametrize("change", [{"publication": "government"}, {"published_on": "2026-11-24"}])
async def test_what_is_not_for_the_public_is_not_there(scene, change):
    await register(scene, firm(), PARENT)
    await scene.one(NANJING, relation("parent_branch", PARENT, **change))
    for subject in (ONE, TWO):
        assert (await ties(scene, subject)).relations == ()
        assert len((await ties(scene, subject, REGULATOR)).relations) == 1


async def test_a_withdrawn_relation_is_gone_from_both_ends(scene):
    await register(scene, firm(), PARENT)
    placed = await scene.one(NANJING, relation("parent_branch", PARENT))
    await scene.one(NANJING, act("withdrawal", placed, "2026-09-01"))
    for subject in (ONE, TWO):
        assert (await ties(scene, subject)).relations == ()


async def test_a_relation_makes_no_record_of_one_a_record_of_the_other(scene):
    await register(scene, firm(), PARENT)
    await scene.one(NANJING, relation("parent_branch", PARENT))
    await scene.one(WUHU, penalty(subject=PARENT))
    file = await scene.reader.subject_file(ONE, PUBLIC, TODAY)
    assert {view.record.subject.name for view in file.records} == {firm()["name"]}
    decided = await scene.reader.decide(ONE, "320100", "", "", TODAY, PUBLIC)
    assert decided.decision.measures == ()


async def test_of_many_relations_the_first_are_shown_and_it_is_said(scene, monkeypatch):
    monkeypatch.setattr(relations_module, "LIMIT", 2)
    await register(scene, PARENT)
    branches = [relation("parent_branch", PARENT, subject=firm(n)) for n in (5, 6)]
    await scene.state(NANJING, *branches)
    assert not (await ties(scene, TWO)).more
    await scene.one(NANJING, relation("parent_branch", PARENT, subject=firm(7)))
    found = await ties(scene, TWO)
    assert (len(found.relations), found.more) == (2, True)


async def test_a_body_that_was_not_logged_is_not_shown(scene, postgres_server):
    await register(scene, PARENT)
    placed = await scene.one(NANJING, relation("parent_branch", PARENT))
    name = await scene.node.db.pool.fetchval("SELECT current_database()")
    postgres_server.psql(
        "BEGIN; SET LOCAL registry.erasing = 'on'; UPDATE entries SET main = convert_to("
        "replace(convert_from(main, 'UTF8'), '2024-01-01', '2020-01-01'), 'UTF8') "
        f"WHERE idx = {placed.idx} AND convert_from(main, 'UTF8') LIKE '%relation%'; COMMIT",
        name,
    )
    with pytest.raises(UnavailableRefusal):
        await ties(scene, TWO)


async def judge(scene: Scene, one: str, other: str, judgement: str, **how: object) -> None:
    said = {"by": "示例市场监督管理局", "reason": "名称与地址一致（示例）", "at": NOON, **how}
    pair = bytes.fromhex(one), bytes.fromhex(other)
    await Links(scene.node.db).judge(pair, judgement, said["by"], said["reason"], said["at"])


def identities(found: Relations) -> list[tuple[str, str, bool]]:
    return [(one.subject_id, one.judgement, one.overruled) for one in found.identities]


async def test_also_recorded_as_by_whose_judgement_and_why(scene):
    await register(scene, firm())
    await scene.one(NANJING, penalty(subject=firm(2, "芜湖示例建设公司")))
    await judge(scene, ONE, TWO, "same")
    root = min((ONE, TWO))
    found = await ties(scene)
    (one,) = found.identities
    assert (found.subject_id, one.judgement, one.scheme) == (root, "same", "uscc")
    assert {one.subject_id, found.subject_id} == {ONE, TWO}
    assert (one.by, one.why) == ("示例市场监督管理局", "名称与地址一致（示例）")
    assert (one.on, one.code) == (date(2026, 11, 20), uscc(2 if root == ONE else 1))
    assert await ties(scene, TWO) == found
    await judge(scene, TWO, ONE, "undone")
    assert (await ties(scene)).identities == (await ties(scene, TWO)).identities == ()


async def test_a_hidden_other_is_not_named(scene):
    await register(scene, firm())
    await scene.one(NANJING, penalty(subject=firm(2), publication="government"))
    await judge(scene, ONE, TWO, "same")
    assert (await ties(scene)).identities == ()
    assert len((await ties(scene, viewer=REGULATOR)).identities) <= 1
    await judge(scene, ONE, TWO, "different")
    assert (await ties(scene)).identities == ()
    assert identities(await ties(scene, viewer=AUDITOR)) == [(TWO, "different", False)]


async def test_namesakes_are_told_apart_on_both_pages(scene):
    await register(scene, firm(), firm(2))
    await judge(scene, ONE, TWO, "different", reason="同名异企（示例）")
    for own, other in ((ONE, TWO), (TWO, ONE)):
        (one,) = (await ties(scene, own)).identities
        assert (one.subject_id, one.judgement, one.why) == (other, "different", "同名异企（示例）")


async def test_a_contradiction_is_shown_and_nobody_is_joined_across_it(scene):
    await register(scene, *(firm(number) for number in (1, 2, 3)))
    await judge(scene, ONE, TWO, "same", at=NOON)
    await judge(scene, TWO, THREE, "same", at=NOON + timedelta(hours=1))
    await judge(scene, ONE, THREE, "different", at=NOON + timedelta(hours=2))
    first = await ties(scene)
    assert (await ties(scene, TWO)).subject_id == first.subject_id
    third = await ties(scene, THREE)
    assert third.subject_id == THREE
    root = first.subject_id
    assert sorted(identities(third)) == sorted([(root, "different", False), (root, "same", True)])
    assert (THREE, "same", True) in identities(first)
    assert (THREE, "different", False) in identities(first)


REGNO = "320100000012346"


async def test_codes_stated_together_lead_to_the_record_that_states_them(scene):
    placed = await scene.one(WUHU, registration(subject=firm(registration_no=REGNO)))
    old = {"kind": "organisation", "name": "芜湖示例旧厂", "registration_no": REGNO}
    await scene.one(NANJING, penalty(subject=old))
    (one,) = (await ties(scene)).identities
    assert (one.scheme, one.code, one.name) == ("regno", REGNO, "芜湖示例旧厂")
    assert (one.judgement, one.origin, one.idx) == ("stated", WUHU, placed.idx)
    assert (one.by, one.why, one.on) == ("", "", None)


async def test_a_record_that_is_not_public_is_not_led_to(scene):
    stating = penalty(subject=firm(registration_no=REGNO), publication="government")
    await scene.one(WUHU, stating)
    await register(scene, firm())
    old = {"kind": "organisation", "name": "芜湖示例旧厂", "registration_no": REGNO}
    await scene.one(NANJING, penalty(subject=old))
    (one,) = (await ties(scene)).identities
    assert (one.judgement, one.origin, one.idx) == ("stated", "", 0)


async def test_equal_organisation_codes_say_so_themselves(scene):
    moved = uscc(1, "320100")
    await register(scene, firm(), firm(uscc=moved))
    (one,) = (await ties(scene)).identities
    assert (one.judgement, one.by) == ("organisation-code", "")


async def test_former_names_keep_their_last_day(scene):
    former = [{"name": "芜湖旧名建设有限公司", "until": "2022-06-30"}, {"name": "芜湖更旧建设厂"}]
    await scene.one(WUHU, registration(former_names=former))
    names = (await scene.reader.subject_file(ONE, PUBLIC, TODAY)).names
    assert [(n.name, n.until) for n in names if n.former] == [
        ("芜湖旧名建设有限公司", date(2022, 6, 30)),
        ("芜湖更旧建设厂", None),
    ]
    assert names[0].until is None
