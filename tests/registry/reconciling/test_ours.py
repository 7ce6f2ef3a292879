"""What a run takes for shown is what anybody is shown; by what a record is known."""

from datetime import date, timedelta

import pytest

from registry.domain.records import decode_main
from registry.errors import GoneRefusal
from registry.query.reader import Reader
from registry.reconciling.drafts import draft
from registry.reconciling.keys import Key, code_form, key_of
from registry.reconciling.model import Problem, Said
from registry.reconciling.ours import OwnRecords, compared, holders
from registry.reconciling.shown import report_csv, shown
from registry.store.reading import Known, LogReading
from registry.store.reading_files import Stated
from registry.store.reading_records import Body
from registry.store.reconciling import Deed, KeptDifference
from search.postgres import PostgresEngine
from signing.record import encode_record
from tests.registry.query.scene import PUBLIC, TODAY, listing, permit, uscc
from tests.registry.reconciling.conftest import ALIKE, Reconciled, works
from tests.registry.reconciling.scene import ORGAN, penalty
from tests.registry.world import NOON, WUHU

pytestmark = works
SOME = 20
LATER = date(2027, 5, 11)
"""The day after publicity of what the scene states has ended."""


async def stated(reconciled: Reconciled) -> list[Stated]:
    """Return the last records of the scene's log, as a run reads them."""
    async with reconciled.node.db.pool.acquire() as connection:
        known = await LogReading(connection).known()
        own = OwnRecords(connection, known.by_origin[WUHU], known)
        pages = [page async for page in own.pages()]
    return [one for page in pages for one in page if one.row.idx >= ALIKE - SOME]


async def test_shown_here_is_what_anybody_is_shown(reconciled: Reconciled):
    node = reconciled.node
    reader = Reader(node.db, node.charter, PostgresEngine(node.db.pool), node.clock)
    looked, found = compared(await stated(reconciled), TODAY)
    assert looked == len(found) > SOME
    states = {"shown": 0, "held": 0, "ended": 0}
    for one in found:
        states[one.state] += 1
        try:
            await reader.record(WUHU, one.idx, PUBLIC, TODAY)
            seen = True
        except GoneRefusal:
            seen = False
        assert seen is (one.state == "shown"), one
    assert all(states.values()), states


async def test_when_publicity_has_ended_all_has(reconciled: Reconciled):
    _, found = compared(await stated(reconciled), LATER)
    still = {one.type for one in found if one.state == "shown"}
    assert still == {"list_entry"}
    assert {one.ending for one in found if one.state == "ended"} == {
        *("expired", "repaired", "withdrawn"),
    }
    _, early = compared(await stated(reconciled), date(2026, 1, 1))
    assert not any(one.state == "shown" for one in early)  # nothing had been decided yet


async def test_the_day_of_an_act_is_told(reconciled: Reconciled):
    _, found = compared(await stated(reconciled), TODAY)
    days = {one.ending: one.since for one in found if one.since is not None}
    assert days == {"repaired": date(2026, 11, 2), "withdrawn": date(2026, 11, 2)}


async def test_another_member_s_record_is_told_only_where_everybody_sees_it(
    reconciled: Reconciled,
):
    said = [text for kind, text in reconciled.world.wanted if kind == "missing-here"][1]
    serial = int(said.partition("〕")[2].removesuffix("号"))
    wanted = key_of(decode_main(encode_record(penalty(serial))))
    assert wanted is not None
    asked = {wanted, Key(uscc(1), "x", ORGAN)}
    async with reconciled.node.db.pool.acquire() as connection:
        known = await LogReading(connection).known()
        own = known.by_origin[WUHU].log_id
        assert await holders(connection, known, own, asked, TODAY) == {wanted: "320100"}
        assert await holders(connection, known, own, asked, LATER) == {}
        assert await holders(connection, known, own, set(), TODAY) == {}


async def test_memory_does_not_grow_with_the_log(reconciled: Reconciled):
    """Subjects come in pages of a fixed number, each subject once."""
    async with reconciled.node.db.pool.acquire() as connection:
        known: Known = await LogReading(connection).known()
        own = OwnRecords(connection, known.by_origin[WUHU], known)
        pages = [[one.row.subject_id for one in page] async for page in own.pages()]
    assert max(map(len, pages)) <= 510
    met = [subject for page in pages for subject in set(page)]
    assert len(met) == len(set(met)) > ALIKE


@pytest.mark.parametrize(
    ("main", "known"),
    [
        (penalty(1), True),
        (penalty(1, subject={"kind": "natural_person", "name": "示例甲"}), False),
        (penalty(1, subject={"kind": "organisation", "name": "无代码"}), False),
        (listing(decision_no="芜人社列〔2026〕1号"), True),
        (listing(), False),
        (listing("tax-grade-a", decision_no="1"), False),
        (permit(), False),
    ],
)
async def test_by_what_a_record_is_known(main: dict[str, object], *, known: bool):
    made = key_of(decode_main(encode_record(main)))
    assert (made is not None) is known


async def test_a_code_is_a_unified_one_and_no_person_s_number():
    assert code_form(f" {uscc(1).lower()} ") == uscc(1)
    for text in ("", "x", "340202199001010011", "11010519491231002X", "91340200MA0000023"):
        assert code_form(text) is None, text


def difference(kind: str, theirs: str, idx: int | None = 1) -> KeptDifference:
    return KeptDifference(1, kind, 2, idx, ["organ"], theirs, "", "", None, "")


async def test_of_an_erased_record_nothing_is_shown():
    done = Deed(NOON, "key:x", "clerk", "noted", "x")
    for main in (None, b"{}"):
        body = Body(1, 1, bytes(64), main, has_restricted=False, quarantined=False)
        found = shown(difference("ended-here", "{}"), done, body)
        assert (found.record, found.named, found.done) == (None, ("", "", ""), done)
    bad = shown(difference("unreadable", '{"code":"empty","column":"状态"}'), None, None)
    assert bad.problem == Problem("empty", "状态")


async def test_no_formula_stands_in_the_list():
    said = '{"code":"=1+1","number":"@x","organ":"-y"}'
    found = shown(difference("twice-there", said, None), None, None)
    assert found.said == Said(code="=1+1", number="@x", organ="-y")
    (_, line) = report_csv([found]).decode("utf-8-sig").splitlines()
    assert line.startswith("'=1+1,'@x,'-y,")


async def test_what_a_draft_says(reconciled: Reconciled):
    one = (await stated(reconciled))[0]
    since = TODAY - timedelta(days=3)
    made = draft(one, "repair", since, TODAY, "信修〔2026〕1号", "准予修复")
    assert (made["decision_no"], made["text"]) == ("信修〔2026〕1号", "准予修复")
    assert "reason" not in made
    plain = draft(one, "withdrawal", since, TODAY)
    assert (plain["reason"], plain["text"]) == ("revoked", "决定已撤销，撤回公示")
    assert "decision_no" not in plain
    leaving = draft(one, "list_exit", since, TODAY)
    assert ("list" in leaving) is (one.row.type == "list_entry")
