"""The file of a subject: what it shows to whom on which date, and under which codes."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from registry.domain.disclosure import Role
from registry.domain.showing import TOO_LONG
from registry.errors import GoneRefusal, NotFoundRefusal
from registry.query.reader import Reader
from registry.query.show import TERM_UNCONFIRMED
from registry.query.views import Viewer
from search.query import Query
from tests.registry.query.scene import (
    AUDITOR,
    FIRM,
    NANJING,
    PUBLIC,
    REGULATOR,
    TODAY,
    WUHU,
    Scene,
    act,
    firm,
    listing,
    penalty,
    permit,
    registration,
    sid,
    uscc,
)

ONE = sid(uscc(1))
NOBODY = "0" * 32


async def ids(scene: Scene, viewer=PUBLIC, on=TODAY, subject=ONE) -> list[str]:
    file = await scene.reader.subject_file(subject, viewer, on)
    return [view.record.id for view in file.records]


async def absent(scene: Scene, subject: str, viewer=PUBLIC, on=TODAY) -> str:
    """Return the words of the refusal: they must be those for a subject that never existed."""
    with pytest.raises(NotFoundRefusal) as never:
        await scene.reader.subject_file(NOBODY, viewer, on)
    with pytest.raises(NotFoundRefusal) as hidden:
        await scene.reader.subject_file(subject, viewer, on)
    assert hidden.value.args == never.value.args
    assert hidden.value.detail_code == never.value.detail_code
    assert hidden.value.extra == never.value.extra
    return str(hidden.value)


async def test_a_file_spans_members_in_the_order_of_the_charter(scene):
    reg = await scene.one(WUHU, registration())
    old = await scene.one(NANJING, permit(decided_on="2025-01-01", valid_from="2025-01-01"))
    new = await scene.one(NANJING, permit())
    pen = await scene.one(WUHU, penalty())
    file = await scene.reader.subject_file(ONE, PUBLIC, TODAY)
    assert [view.record.id for view in file.records] == [pen.id, reg.id, new.id, old.id]
    assert [view.member_name for view in file.records] == ["芜湖市", "芜湖市", "南京市", "南京市"]
    assert (file.subject_id, file.name, file.kind) == (ONE, FIRM, "organisation")
    assert file.identifiers == (("uscc", uscc(1)),)
    assert file.records[0].entry == pen.entry.hex()
    assert file.records[0].flags == ()
    assert [(city.code, city.size) for city in file.coverage.cities] == [
        ("340200", 2),
        ("320100", 2),
        ("341100", 0),
    ]


@pytest.mark.parametrize("kind", ["repair", "withdrawal"])
async def test_ended_records_are_gone_for_every_date_and_like_what_never_existed(scene, kind):
    pen = await scene.one(WUHU, penalty())
    assert await ids(scene) == [pen.id]
    await scene.one(WUHU, act(kind, pen, "2026-09-01"))
    for day in (TODAY, date(2026, 6, 1), date(2027, 6, 1)):
        assert FIRM not in await absent(scene, ONE, on=day)
        if kind == "withdrawal":
            assert len(await ids(scene, AUDITOR, day)) >= 1
    with pytest.raises(NotFoundRefusal):
        await scene.reader.subject_file(ONE, replace(PUBLIC, role=Role.OPERATOR), TODAY)


async def test_a_regulator_learns_nothing_of_what_has_ended(scene):
    """Neither the record nor the act that ended it, nor that the subject has either."""
    pen = await scene.one(WUHU, penalty())
    repair = await scene.one(WUHU, act("repair", pen, "2026-09-01"))
    await absent(scene, ONE, REGULATOR)
    reg = await scene.one(WUHU, registration())
    assert await ids(scene, REGULATOR) == [reg.id]
    with pytest.raises(GoneRefusal):
        await scene.reader.record(WUHU, repair.idx, REGULATOR, TODAY)


async def test_an_act_is_told_with_what_it_is_upon(scene):
    pen = await scene.one(WUHU, penalty())
    stay = await scene.one(WUHU, act("stay", pen, "2026-08-01", ground="litigation"))
    back = await scene.one(WUHU, act("withdrawal", stay, "2026-08-20"))
    assert await ids(scene, REGULATOR) == [pen.id]  # the stay was taken back, and so is not told
    other_stay = await scene.one(WUHU, act("stay", pen, "2026-09-01", ground="authority"))
    assert await ids(scene, REGULATOR) == [other_stay.id, pen.id]
    detail = await scene.reader.record(WUHU, other_stay.idx, REGULATOR, TODAY)
    assert detail.view.record.id == other_stay.id
    assert {back.id, stay.id} <= set(await ids(scene, AUDITOR))


async def test_nobody_can_try_out_numbers_of_documents(scene):
    """A sole trader known by a document alone is nobody to whoever may not see persons there."""
    trader = {"kind": "sole_trader", "name": "示例小店"}
    document = {"name": "张三", "type": "身份证", "number": "11010519491231002X"}
    restricted = {"salt": "ef" * 16, "subject_document": document}
    await scene.state(WUHU, penalty(subject=trader), restricted=restricted)
    row = await scene.node.db.pool.fetchrow("SELECT * FROM subjects WHERE scheme = 'person'")
    subject = row["subject_id"].hex()
    for viewer in (
        PUBLIC,
        Viewer(Role.OPERATOR),
        Viewer(Role.BUSINESS, subject=ONE),
        Viewer(Role.THIRD_PARTY, subject=ONE),
        Viewer(Role.CLERK, "320100"),
    ):
        await absent(scene, subject, viewer)
    for viewer in (Viewer(Role.BUSINESS, subject=subject), Viewer(Role.CLERK, "340200"), REGULATOR):
        assert (await scene.reader.subject_file(subject, viewer, TODAY)).records


async def test_the_auditor_sees_what_has_ended_and_how(scene):
    pen = await scene.one(WUHU, penalty())
    repair = await scene.one(WUHU, act("repair", pen, "2026-09-01"))
    file = await scene.reader.subject_file(ONE, AUDITOR, TODAY)
    assert {view.record.id: view.flags for view in file.records} == {
        repair.id: (),
        pen.id: ("repaired",),
    }


async def test_an_act_that_has_not_begun_hides_nothing_until_it_does(scene):
    pen = await scene.one(WUHU, penalty())
    await scene.one(WUHU, act("repair", pen, "2026-12-24", decided_on="2026-11-20"))
    assert await ids(scene) == [pen.id]
    assert await ids(scene, on=date(2026, 12, 23)) == [pen.id]
    # Something is shown today, so the subject exists; on that later day nothing of it is left.
    assert await ids(scene, on=date(2026, 12, 24)) == []


async def test_an_act_of_another_authority_has_no_effect(scene):
    pen = await scene.one(WUHU, penalty())
    await scene.one(WUHU, act("repair", pen, "2026-09-01", authority={"name": "芜湖市税务局"}))
    assert await ids(scene) == [pen.id]
    file = await scene.reader.subject_file(ONE, AUDITOR, TODAY)
    assert [view.flags for view in file.records] == [
        ("not-competent", "not-competent-act"),
        (),
    ]


async def test_a_withdrawn_repair_counts_no_more(scene):
    pen = await scene.one(WUHU, penalty())
    repair = await scene.one(WUHU, act("repair", pen, "2026-09-01"))
    await absent(scene, ONE)
    await scene.one(WUHU, act("withdrawal", repair, "2026-10-01"))
    assert await ids(scene) == [pen.id]


async def test_a_listing_ends_by_exit_or_after_its_last_day(scene):
    left = await scene.one(WUHU, listing())
    last_day = (TODAY + timedelta(days=1)).isoformat()
    ends = await scene.one(WUHU, listing("samr-serious", listed_until=last_day))
    how = {"list": "wage-arrears", "reason": "early_removal", "authority": listing()["authority"]}
    await scene.one(WUHU, act("list_exit", left, "2026-10-01", **how))
    assert await ids(scene) == [ends.id]
    assert await ids(scene, on=TODAY + timedelta(days=1)) == [ends.id]
    assert await ids(scene, on=TODAY + timedelta(days=2)) == []
    assert {
        view.record.id: view.flags
        for view in (await scene.reader.subject_file(ONE, AUDITOR, TODAY)).records
        if view.record.id in {left.id, ends.id}
    } == {left.id: ("exited",), ends.id: ()}


@pytest.mark.parametrize(
    ("change", "regulator_sees"),
    [
        ({"severity": {"class": "minor", "organ": "示例局", "rule": "示例"}}, True),
        ({"severity": {"class": "unclassified"}}, False),
        ({"publication": "government"}, True),
        ({"publication": "authorised"}, False),
        ({"procedure": "simple"}, True),
        ({"kinds": ["警告"], "fine_wan_yuan": None, "content": "警告。"}, True),
        ({"publicity_until": "2026-11-22"}, True),
    ],
)
async def test_what_is_not_for_the_public(scene, change, regulator_sees):
    shown = await scene.one(WUHU, registration())
    hidden = await scene.one(WUHU, penalty(**change))
    assert await ids(scene) == [shown.id]
    assert await ids(scene, REGULATOR) == ([hidden.id] if regulator_sees else []) + [shown.id]


async def test_a_subject_with_nothing_to_show_is_absent(scene):
    await scene.one(WUHU, penalty(publication="government"))
    await absent(scene, ONE)
    assert len(await ids(scene, REGULATOR)) == 1


async def test_a_file_shows_what_had_been_decided_by_the_date(scene):
    reg = await scene.one(WUHU, registration())
    pen = await scene.one(WUHU, penalty())
    assert await ids(scene, on=date(2026, 5, 9)) == [reg.id]
    assert await ids(scene, on=date(2026, 5, 10)) == [pen.id, reg.id]
    before = await scene.reader.subject_file(ONE, PUBLIC, date(2019, 1, 1))
    assert (before.name, before.records) == (FIRM, ())


async def test_clerks_see_all_of_their_own_member_and_what_is_public_of_others(scene):
    mine = await scene.one(WUHU, penalty(severity={"class": "unclassified"}))
    await scene.one(NANJING, penalty(severity={"class": "unclassified"}))
    public = await scene.one(NANJING, permit())
    clerk = Viewer(Role.CLERK, "340200")
    assert await ids(scene, clerk) == [mine.id, public.id]


async def test_a_business_sees_all_of_its_own_file_only(scene):
    await scene.one(WUHU, penalty(publication="government"))
    assert len(await ids(scene, Viewer(Role.BUSINESS, subject=ONE))) == 1
    await absent(scene, ONE, Viewer(Role.BUSINESS, subject=sid(uscc(2))))


async def test_names_over_time(scene):
    earlier = {"decided_on": "2018-05-01", "effective_until": "2019-05-01"}
    earlier["publicity_until"] = "2027-05-01"  # the decision itself says so
    await scene.one(NANJING, penalty(subject=firm(name="芜湖更早名建设有限公司"), **earlier))
    await scene.one(
        WUHU,
        registration(
            decided_on="2026-01-05",
            former_names=[
                {"name": "芜湖旧名建设有限公司", "until": "2022-06-30"},
                {"name": "芜湖无日期建设有限公司"},
            ],
        ),
    )
    await scene.one(WUHU, penalty(subject=firm(name="芜湖新名建设有限公司")))
    file = await scene.reader.subject_file(ONE, PUBLIC, TODAY)
    assert [(name.name, name.since.isoformat(), name.former) for name in file.names] == [
        (FIRM, "2026-01-05", False),
        ("芜湖新名建设有限公司", "2026-05-10", False),
        ("芜湖无日期建设有限公司", "2026-01-05", True),
        ("芜湖旧名建设有限公司", "2022-06-30", True),
        ("芜湖更早名建设有限公司", "2018-05-01", True),
    ]


async def test_names_stated_only_by_hidden_records_are_hidden(scene):
    await scene.one(WUHU, registration())
    await scene.one(WUHU, penalty(subject=firm(name="内部名称有限公司"), publication="government"))
    file = await scene.reader.subject_file(ONE, PUBLIC, TODAY)
    assert [name.name for name in file.names] == [FIRM]


REGNO = "320100000012346"


async def linked(scene: Scene) -> tuple[str, str]:
    """A firm by its unified code, and older records by its registration number alone."""
    await scene.one(WUHU, registration(subject=firm(registration_no=REGNO)))
    old = await scene.one(
        NANJING, penalty(subject={"kind": "organisation", "name": FIRM, "registration_no": REGNO})
    )
    return sid(REGNO, "regno"), old.id


async def judge(scene: Scene, one: str, other_id: str, judgement: str) -> None:
    await scene.node.db.pool.execute(
        "INSERT INTO subject_links VALUES ($1, $2, $3, 'by-hand', NULL, NULL, now())",
        bytes.fromhex(one),
        bytes.fromhex(other_id),
        judgement,
    )


async def test_codes_stated_together_are_one_file(scene):
    by_number, old = await linked(scene)
    for asked in (ONE, by_number):
        file = await scene.reader.subject_file(asked, PUBLIC, TODAY)
        assert old in [view.record.id for view in file.records]
        assert file.subject_id == ONE
        assert file.identifiers == (("uscc", uscc(1)), ("regno", REGNO))


async def test_a_judgement_can_part_and_be_undone(scene):
    by_number, old = await linked(scene)
    await judge(scene, by_number, ONE, "different")
    assert old not in await ids(scene)
    assert await ids(scene, subject=by_number) == [old]
    await judge(scene, ONE, by_number, "undone")  # what the record states counts again
    assert old in await ids(scene)


async def test_a_number_claimed_by_two_firms_joins_neither(scene):
    by_number, old = await linked(scene)
    await scene.one(
        WUHU, registration(subject=firm(2, "芜湖另一示例有限公司", registration_no=REGNO))
    )
    assert await ids(scene, subject=by_number) == [old]
    assert len(await ids(scene)) == 1
    assert len(await ids(scene, subject=sid(uscc(2)))) == 1


async def test_two_unified_codes_with_one_organisation_code_are_one_file(scene):
    moved = uscc(1, "320100")
    await scene.one(WUHU, registration())
    new = await scene.one(NANJING, penalty(subject=firm(uscc=moved)))
    assert new.id in await ids(scene)
    await judge(scene, sid(moved), ONE, "different")
    assert new.id not in await ids(scene)


async def test_two_unified_codes_judged_the_same_are_one_file(scene):
    await scene.one(WUHU, registration())
    second = await scene.one(WUHU, penalty(subject=firm(2)))
    assert second.id not in await ids(scene)
    await judge(scene, sid(uscc(2)), ONE, "same")
    assert second.id in await ids(scene)
    await judge(scene, ONE, "ff" * 16, "same")  # a subject that is not here yet
    assert second.id in await ids(scene)


async def test_identifiers_under_which_nothing_is_shown_are_not_shown(scene):
    await scene.one(WUHU, registration(subject=firm(registration_no=REGNO)))
    subject = {"kind": "organisation", "name": FIRM, "registration_no": REGNO}
    await scene.one(NANJING, penalty(subject=subject, publication="government"))
    file = await scene.reader.subject_file(ONE, PUBLIC, TODAY)
    assert file.identifiers == (("uscc", uscc(1)),)


async def test_a_person_does_not_exist_for_the_public_even_by_a_guessed_id(scene):
    number = "11010519491231002X"
    restricted = {
        "salt": "f" * 32,
        "subject_document": {"name": "示例甲", "type": "居民身份证", "number": number},
    }
    trader = {"kind": "sole_trader", "name": "芜湖示例小吃店"}
    person = {"kind": "natural_person", "name": "示例甲"}
    await scene.state(WUHU, penalty(subject=trader), restricted=restricted)
    await scene.state(NANJING, penalty(subject=person), restricted=restricted)
    guessed = sid(f"resident:{number}", "person")
    await absent(scene, guessed)
    file = await scene.reader.subject_file(guessed, REGULATOR, TODAY)
    assert len(file.records) == 2
    assert file.identifiers == ()
    assert number not in repr(file)


async def test_named_persons_are_withheld_from_the_public(scene):
    persons = [{"name": "示例乙", "role": "法定代表人"}]
    await scene.one(WUHU, listing(named_persons=persons))
    (shown,) = (await scene.reader.subject_file(ONE, PUBLIC, TODAY)).records
    assert "示例乙" not in repr(shown)
    assert shown.flags[-1] == "persons-withheld"
    (full,) = (await scene.reader.subject_file(ONE, REGULATOR, TODAY)).records
    assert full.record.named_persons[0].name == "示例乙"


async def test_quarantined_and_erased_records_are_not_shown(scene, postgres_server):
    reg = await scene.one(WUHU, registration())
    (bad,) = await scene.state(WUHU, penalty(decision_no="芜罚\u200b1号", fine_wan_yuan="0.2.2"))
    assert [at for at, _ in scene.quarantined] == [bad.idx]
    pen = await scene.one(WUHU, penalty())
    assert await ids(scene) == [pen.id, reg.id]
    await erase(scene, postgres_server, pen)
    assert await ids(scene, AUDITOR) == [reg.id]


async def erase(scene: Scene, server, placed) -> None:
    """Take a body away as the owner of the database; the way of the law comes with its record."""
    name = await scene.node.db.pool.fetchval("SELECT current_database()")
    server.psql(
        "BEGIN; SET LOCAL registry.erasing = 'on'; UPDATE entries SET main = NULL WHERE "
        f"entry = '\\x{placed.entry.hex()}'; COMMIT",
        name,
    )


@pytest.mark.parametrize("subject", ["", "x", ONE.upper(), ONE + "0", "../../etc"])
async def test_malformed_ids_are_just_absent(scene, subject):
    await scene.one(WUHU, registration())
    await absent(scene, subject)


async def test_a_record_without_any_code_is_a_subject_of_its_own(scene):
    subject = {"kind": "organisation", "name": "芜湖无代码示例合作社"}
    placed = await scene.one(WUHU, penalty(subject=subject))
    file = await scene.reader.subject_file(sid(f"{WUHU}/{placed.id}", "record"), PUBLIC, TODAY)
    assert [view.record.id for view in file.records] == [placed.id]
    assert file.identifiers == ()


async def test_everything_is_read_in_a_fixed_number_of_statements(scene):
    await scene.one(WUHU, registration())
    await statements(scene)  # the driver learns the types of each connection
    few = await statements(scene)
    await scene.state(WUHU, *(penalty() for _ in range(20)))
    for pen in await scene.state(NANJING, *(penalty() for _ in range(10))):
        await scene.one(NANJING, act("repair", pen, "2026-09-01"))
    # plain, heads, subjects, links, records, acts, bodies, checks, kinds, and who is behind, which
    # is asked again after a while only; then the plain one alone
    assert await statements(scene) == few == (10, 1)


async def test_what_is_admitted_is_seen_by_the_next_question(scene):
    reader = scene.reader  # one and the same: it remembers the known set of the newest commit
    before = await scene.one(WUHU, registration())
    await scene.rules()
    coverage = (await reader.subject_file(ONE, PUBLIC, TODAY)).coverage
    after = await scene.one(WUHU, penalty())
    file, (decided,) = await reader.decided_file(ONE, ("340200",), "", "", TODAY, PUBLIC)
    assert [view.record.id for view in file.records] == [after.id, before.id]
    assert file.coverage != coverage
    assert decided.decision.inputs[f"log:{WUHU}"].startswith("2:")


async def test_a_subject_under_several_codes_is_read_step_by_step(scene):
    await scene.one(WUHU, registration(subject=firm(registration_no="340200000012345")))
    await statements(scene)
    assert await statements(scene) == (11, 9)


async def statements(scene: Scene) -> tuple[int, int]:
    """Count the statements of a file and of the next, but for what the pool itself sends."""
    asked: list[str] = []
    pool = scene.node.db.pool
    connections = [await pool.acquire() for _ in range(pool.get_size())]
    for connection in connections:
        connection.add_query_logger(lambda query: asked.append(query.query))
        await pool.release(connection)
    reader, own = scene.reader, ("pg_advisory_unlock_all", "typeinfo_tree")
    counts = []
    for _ in range(2):
        asked.clear()
        await Reader.subject_file(reader, ONE, PUBLIC, TODAY)
        sent = [sql for sql in asked if sql.strip() and not any(word in sql for word in own)]
        counts.append(len(sent))
    return counts[0], counts[1]


async def test_publicity_stated_beyond_the_law_ends_with_it_where_the_rule_is_confirmed(scene):
    """On the page, in search and by its place; where no rule confirms it, the record says so."""
    environment = {"name": "芜湖市生态环境局", "division": "340200"}
    old = {
        "decided_on": "2022-01-01",
        "published_on": "2022-01-01",
        "effective_until": "2022-06-01",
    }
    severity = {"class": "general", "organ": "示例", "rule": "示例"}
    long = {**old, "publicity_until": "2029-03-10", "severity": severity}
    over = await scene.one(WUHU, penalty(**long, authority=environment))
    await absent(scene, ONE)
    assert (await scene.reader.find(Query(text=FIRM), PUBLIC)).hits == ()
    with pytest.raises(GoneRefusal):
        await scene.reader.record(WUHU, over.idx, PUBLIC, TODAY)
    for viewer in (REGULATOR, AUDITOR, Viewer(Role.BUSINESS, subject=ONE)):
        (view,) = (await scene.reader.subject_file(ONE, viewer, TODAY)).records
        assert view.flags == (TOO_LONG,)
    doubtful = await scene.one(WUHU, penalty(**long, subject=firm(2), kinds=["罚款"]))
    (view,) = (await scene.reader.subject_file(sid(uscc(2)), PUBLIC, TODAY)).records
    assert (view.record.id, view.flags) == (doubtful.id, (TOO_LONG, TERM_UNCONFIRMED))
