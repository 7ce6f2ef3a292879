"""The daily reconcile: every planted difference is found, and nothing else."""

import asyncio
from collections import Counter
from datetime import date

import asyncpg
import msgspec
import pytest

from registry.errors import MalformedRefusal, NotFoundRefusal, TooLargeRefusal
from registry.reconciling import desk as module
from registry.reconciling.desk import OPERATOR, KeptRun, Reconciling
from registry.reconciling.model import KINDS, act_for, limit_of
from registry.store.reconciling import WAITING_MAX, ReconcileStore
from signing.errors import UnknownKeyError
from tests.registry.query.scene import uscc
from tests.registry.reconciling.conftest import ALIKE, Reconciled, works
from tests.registry.reconciling.scene import MEMBER, found, number, row, sheet, told
from tests.registry.world import NANJING, WUHU, charter

pytestmark = works
CLERK = ("key:clerk", "clerk")


async def test_every_planted_difference_is_found_and_nothing_else(reconciled: Reconciled):
    shown = await found(reconciled.desk, reconciled.run)
    got, wanted = Counter(told(shown)), Counter(reconciled.world.wanted)
    assert (got - wanted, wanted - got) == (Counter(), Counter())
    one = await reconciled.desk.view(MEMBER, reconciled.run)
    assert one.lines == len(reconciled.world.theirs) > ALIKE
    assert one.apart == 0
    assert (one.day, one.made_by, one.failures) == (date(2026, 11, 23), OPERATOR, 0)
    counts = Counter(kind for kind, _ in reconciled.world.wanted)
    assert msgspec.json.decode(one.counts, type=dict[str, int]) == counts


async def test_what_is_to_be_acted_on_comes_first(reconciled: Reconciled):
    shown = await found(reconciled.desk, reconciled.run)
    assert [each.one.number for each in shown] == list(range(1, len(shown) + 1))
    places = [KINDS.index(each.one.kind) for each in shown]
    assert places == sorted(places)
    acts = [each.one.act for each in shown if each.one.kind == "ended-there"]
    assert acts == ["repair", "withdrawal", "", "repair", "list_exit", "withdrawal"]
    dues = [each.one.due for each in shown if each.one.kind == "ended-there"]
    # Taken over the day after the repair; within three working days of the withdrawal.
    assert dues[:2] == [limit("repair", 20), date(2026, 11, 24)]
    assert all(each.one.due is None for each in shown if each.one.kind != "ended-there")


def limit(act: str, day: int) -> date | None:
    window = limit_of("withdrawal" if act == "withdrawal" else "repair", date(2026, 11, day))
    return None if window is None else window.last


async def test_each_difference_says_in_what(reconciled: Reconciled):
    shown = await found(reconciled.desk, reconciled.run)
    columns = [list(each.one.columns) for each in shown if each.one.kind == "differs"]
    assert columns == [
        *(["class"], ["decided_on"], ["until"], ["organ"], ["dispute"], ["since"]),
        ["ending"],
    ]
    (organ,) = [each for each in shown if each.one.columns == ["organ"]]
    assert organ.said.organ == "芜湖市生态环境局"
    assert [each.one.holder for each in shown if each.one.kind == "missing-here"] == ["", "320100"]
    problems = [each.problem.code for each in shown if each.problem is not None]
    assert problems == [
        *("bad-code", "bad-state", "bad-date", "empty", "empty", "bad-class", "too-long"),
        *("empty", "empty"),
    ]


async def test_of_a_paired_row_nothing_is_kept_that_the_record_says(reconciled: Reconciled):
    rows = await reconciled.node.db.pool.fetch(
        "SELECT theirs FROM reconcile_differences WHERE run = $1 AND idx IS NOT NULL",
        reconciled.run,
    )
    assert len(rows) > 10
    assert all("芜市监罚" not in one[0] and "91340200" not in one[0] for one in rows)
    everything = await reconciled.node.db.pool.fetchval(
        "SELECT string_agg(theirs, ' ') FROM reconcile_differences WHERE run = $1", reconciled.run
    )
    assert "340202199001010011" not in everything


async def test_the_same_file_on_the_same_day_is_the_run_that_was_made(reconciled: Reconciled):
    desk = reconciled.desk
    again = await desk.add(MEMBER, "again.csv", reconciled.world.file(), "key:other")
    assert again == reconciled.run
    assert await desk.compared(MEMBER, reconciled.world.file())
    assert not await desk.compared(MEMBER, b"another")
    standing = await desk.standing(MEMBER)
    assert (standing.fresh, standing.waiting) == (True, False)
    assert standing.newest is not None
    assert list(await desk.newest()) == [MEMBER]


async def test_a_file_that_cannot_be_compared_says_why(reconciled: Reconciled):
    desk = reconciled.desk
    for content, why in (
        (b"a,b\n1,2\n", "表头"),
        ("统一社会信用代码,决定文号\n1,2\n".encode(), "缺少列"),
    ):
        run = await desk.add(MEMBER, "bad.csv", content, OPERATOR)
        assert await desk.runner().make(run) == 1
        one = await desk.view(MEMBER, run)
        assert (one.state, why in one.wrong_zh, bool(one.wrong_en)) == ("unreadable", True, True)
        assert await desk.differences(one, "", 0, 10) == ()
        kept = await reconciled.node.db.pool.fetchval(
            "SELECT content FROM reconcile_files WHERE run = $1", run
        )
        assert kept == b""
    run = await desk.add("341100", "none.csv", sheet([row(1)]), OPERATOR)
    await desk.runner().make(run)
    assert "还没有报送过" in (await desk.view("341100", run)).wrong_zh
    one = await desk.view("341100", run)
    assert await desk.drafts(one) == (b"", [])


async def test_bounds(reconciled: Reconciled, monkeypatch: pytest.MonkeyPatch):
    desk = reconciled.desk
    with pytest.raises(MalformedRefusal) as empty:
        await desk.add(MEMBER, "x", b" \n", OPERATOR)
    assert empty.value.detail_code == "no-rows"
    with pytest.raises(NotFoundRefusal) as nobody:
        await desk.add("110000", "x", b"1", OPERATOR)
    assert nobody.value.detail_code == "no-member"
    made = [await desk.add(MEMBER, "x", b"%d" % turn, OPERATOR) for turn in range(WAITING_MAX)]
    assert await desk.add(MEMBER, "x", b"0", OPERATOR) == made[0]
    with pytest.raises(TooLargeRefusal) as many:
        await desk.add(MEMBER, "x", b"more", OPERATOR)
    assert many.value.detail_code == "too-many-files"
    assert (await desk.standing(MEMBER)).waiting
    while await desk.runner().step():
        pass
    monkeypatch.setattr(module, "BYTES_MAX", 3)
    with pytest.raises(TooLargeRefusal) as large:
        await desk.add(MEMBER, "x", b"1234", OPERATOR)
    assert large.value.detail_code == "too-large"
    with pytest.raises(NotFoundRefusal):
        await desk.view("320100", reconciled.run)
    with pytest.raises(NotFoundRefusal):
        await desk.view(MEMBER, "0" * 32)


async def test_a_run_that_is_cut_off_leaves_nothing_and_is_begun_anew(
    reconciled: Reconciled,
):
    desk, pool = reconciled.desk, reconciled.node.db.pool
    run = await desk.add(MEMBER, "cut.csv", reconciled.world.file() + b"\n", OPERATOR)
    making = asyncio.create_task(desk.runner().make(run))
    await asyncio.sleep(0.05)
    making.cancel()
    with pytest.raises(asyncio.CancelledError):
        await making
    assert (await desk.view(MEMBER, run)).state == "waiting"
    count = "SELECT count(*) FROM reconcile_differences WHERE run = $1"
    assert await pool.fetchval(count, run) == 0
    assert await desk.runner().make(run) == 1
    shown = await found(desk, run)
    assert Counter(told(shown)) == Counter(reconciled.world.wanted)
    assert await desk.runner().make(run) == 0


async def test_two_never_make_the_same_run(reconciled: Reconciled):
    desk = reconciled.desk
    content = sheet([row(1), row(2)])
    run = await desk.add(MEMBER, "two.csv", content, OPERATOR)
    assert sorted(await asyncio.gather(*[desk.runner().make(run) for _ in range(2)])) == [0, 1]
    counts = msgspec.json.decode((await desk.view(MEMBER, run)).counts, type=dict[str, int])
    assert counts["missing-there"] > ALIKE - 10


async def test_after_three_failures_nobody_tries_again(reconciled: Reconciled):
    store, desk = ReconcileStore(reconciled.node.db), reconciled.desk
    left = "999999"  # a member that has left the charter since its file was taken
    made = KeptRun("f" * 32, left, "left.csv", bytes(32), reconciled.node.clock.now(), OPERATOR)
    run = await store.add(made, b"1")
    for failures in (1, 2, 3):
        with pytest.raises(UnknownKeyError):
            await desk.runner().make(run)
        one = await desk.view(left, run)
        assert (one.failures, bool(one.wrong_zh)) == (failures, True)
    assert one.state == "unreadable"
    assert await desk.runner().make(run) == 0


async def test_drafts_are_made_once_and_only_of_what_stands(reconciled: Reconciled):
    desk = reconciled.desk
    one = await desk.view(MEMBER, reconciled.run)
    content, numbers = await desk.drafts(one)
    drafts = [msgspec.json.decode(line) for line in content.splitlines()]
    types = ["repair", "withdrawal", "repair", "list_exit", "withdrawal"]
    assert [draft["type"] for draft in drafts] == types
    repair, withdrawal, _, leaving, _ = drafts
    assert repair["decided_on"] == repair["effective_on"] == "2026-11-20"
    assert (withdrawal["reason"], withdrawal["decided_on"]) == ("revoked", "2026-11-19")
    assert (leaving["reason"], leaving["list"]) == ("term_ended", "wage-arrears")
    assert leaving["decided_on"] == "2026-11-23"  # the source says no day
    assert all(draft["target"]["origin"] == WUHU for draft in drafts)
    await desk.did(one, numbers[:1], CLERK, "drafted", "s" * 32)
    assert (await desk.drafts(one))[1] == numbers[1:]
    assert await desk.store.done(one.id) == {"ended-there": 1}
    await desk.note(one, numbers[1], CLERK, "已联系认定单位")
    assert (await desk.drafts(one))[1] == numbers[1:]  # a note alone is no deed
    for said in ("", " ", "长" * 501):
        with pytest.raises(MalformedRefusal):
            await desk.note(one, numbers[1], CLERK, said)


async def test_the_list_for_the_national_side(reconciled: Reconciled):
    desk = reconciled.desk
    one = await desk.view(MEMBER, reconciled.run)
    content, numbers = await desk.report(one)
    lines = content.decode("utf-8-sig").splitlines()
    assert lines[0] == "统一社会信用代码,决定文号,认定单位,状态,差异,请求"
    kinds = Counter(kind for kind, _ in reconciled.world.wanted)
    wanted = kinds["ended-here"] + kinds["missing-there"] + kinds["twice-there"]
    assert len(lines) - 1 == len(numbers) == wanted
    assert "legal" not in content.decode()


async def test_deeds_and_differences_are_never_changed(reconciled: Reconciled):
    pool = reconciled.node.db.pool
    for table in ("reconcile_differences", "reconcile_deeds"):
        for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET number = 1"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await pool.execute(statement)


async def test_another_charter_says_where_a_log_is(reconciled: Reconciled):
    desk = Reconciling(reconciled.node.db, reconciled.node.charter, reconciled.node.clock)
    desk.under(charter(2))
    run = await desk.add("320100", "nanjing.csv", sheet([row(1)]), OPERATOR)
    await desk.runner().make(run)
    one: KeptRun = await desk.view("320100", run)
    counts = msgspec.json.decode(one.counts, type=dict[str, int])
    assert counts == {"missing-here": 1, "missing-there": 1}  # its one record, and a row it has not
    (here, there) = await desk.differences(one, "", 0, 10)
    assert (here.named[:2], here.one.holder) == ((uscc(1), number(1)), MEMBER)
    assert there.record is not None
    assert NANJING != WUHU


@pytest.mark.parametrize(
    ("kind", "ending", "act"),
    [
        ("penalty", "repaired", "repair"),
        ("penalty", "withdrawn", "withdrawal"),
        ("penalty", "expired", ""),
        ("list_entry", "repaired", "repair"),
        ("list_entry", "withdrawn", "withdrawal"),
        ("list_entry", "expired", "list_exit"),
    ],
)
async def test_by_which_record_a_thing_is_ended(kind: str, ending: str, act: str):
    assert act_for(kind, ending) == act


async def test_within_what_time_it_has_to_be():
    friday = date(2026, 11, 20)
    withdrawal, repair = limit_of("withdrawal", friday), limit_of("repair", friday)
    assert withdrawal is not None
    assert (withdrawal.last, withdrawal.rule) == (date(2026, 11, 25), "penalty-law")
    assert repair is not None
    assert (repair.rule, repair.kind) == ("ndrc-36", "sync")
    assert limit_of("repair", date(2020, 1, 1)) is None
