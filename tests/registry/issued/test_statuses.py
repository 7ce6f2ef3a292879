"""Status lists: a bit is what the public would be shown now, no more and no later."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from registry.clock import today
from registry.errors import GoneRefusal, NotFoundRefusal, UnavailableRefusal
from registry.issued import statuses as module
from registry.issued.bundles import Bundles, Sealer
from registry.issued.statuses import WINDOW, Statuses
from signing import status as form
from signing.status import OpenedStatus, open_status
from signing.verify import verify_files
from tests.registry.query.scene import (
    AUDITOR,
    FIRM,
    NANJING,
    PUBLIC,
    REGULATOR,
    WUHU,
    Scene,
    act,
    listing,
    of_standards,
    penalty,
    permit,
    registration,
    sid,
    uscc,
)
from tests.registry.world import NODE, NOON, charter, node_key

CHANGE = {
    "number": "DB3201/T 9902-2025", "change": "suspended", "instrument": "示例〔2026〕9号",
    "reasons": "标准修订期间暂停适用。", "review_by": "2026-12-10",
}  # fmt: skip
SEALER = Sealer(NODE, "https://node.example", node_key("mirror"), charter())


@dataclass
class Hand:
    """A clock that is set by hand."""

    moment: datetime = NOON

    def now(self) -> datetime:
        return self.moment


@pytest.fixture
def clock(scene: Scene) -> Hand:
    hand = Hand()
    scene.node.clock = hand
    return hand


@pytest.fixture
def lists(scene: Scene, clock: Hand) -> Statuses:
    return Statuses(scene.node.db, SEALER, clock)


async def opened(lists: Statuses, origin: str = WUHU, block: int = 0) -> OpenedStatus:
    return open_status((await lists.of(origin, block)).file, charter())


async def standing(lists: Statuses, origin: str = WUHU) -> set[int]:
    bits = (await opened(lists, origin)).bits
    return {8 * at + bit for at, byte in enumerate(bits) for bit in range(8) if byte & 0x80 >> bit}


async def public(scene: Scene, size: int, clock: Hand) -> set[int]:
    """Which records a page would show to the public with nothing beside them, one by one."""
    found = set()
    for idx in range(size):
        try:
            detail = await scene.reader.record(WUHU, idx, PUBLIC, today(clock))
        except GoneRefusal:
            continue
        if not detail.view.marks:
            found.add(idx)
    return found


async def test_a_bit_is_what_a_page_would_show_and_all_else_looks_alike(scene, clock, lists):
    minor = {"class": "minor", "organ": "局", "rule": "则"}
    person = {"kind": "natural_person", "name": "示例甲"}
    await scene.state(WUHU, registration(), penalty(), penalty(publication="government"))
    await scene.state(WUHU, penalty(severity=minor), penalty(subject=person), permit())
    await scene.state(WUHU, penalty(fine_wan_yuan="x"))
    assert len(scene.quarantined) == 1
    ended, stayed = await scene.one(WUHU, penalty()), await scene.one(WUHU, penalty())
    await scene.one(WUHU, act("repair", ended, "2026-09-01"))
    await scene.one(WUHU, act("stay", stayed, "2026-09-01", ground="litigation"))
    listed = await scene.one(WUHU, listing(named_persons=[{"name": "示例乙", "role": "负责人"}]))
    size = listed.idx + 1
    stand = await standing(lists)
    assert stand == await public(scene, size, clock)
    assert {0, 1, listed.idx} <= stand
    assert not stand & {2, 3, 4, 6, ended.idx, stayed.idx}
    said = (await opened(lists)).list
    assert (said.origin, said.block, said.size, said.node) == (WUHU, 0, size, NODE)
    assert (said.charter, said.charter_version) == (charter().digest.hex(), 1)


@pytest.mark.parametrize(
    "kind", ["repair", "withdrawal", "reorganisation_shield", "objection", "stay"]
)
async def test_what_happens_to_a_record_is_in_the_next_list(scene, lists, kind):
    more = {
        "reorganisation_shield": {
            "mode": "hidden",
            "court": "示例市中级人民法院",
            "plan_approved_on": "2026-08-20",
        },
        "objection": {
            "about": "record",
            "received_on": "2026-09-01",
            "grounds": "不属实",
            "effective_on": None,
        },
        "stay": {"ground": "litigation"},
    }
    placed = await scene.one(WUHU, penalty())
    assert await standing(lists) == {placed.idx}
    await scene.state(WUHU, act(kind, placed, "2026-09-01", **more.get(kind, {})))
    assert scene.quarantined == ()
    assert placed.idx not in await standing(lists)
    assert (await opened(lists)).list.size == 2


async def test_what_becomes_of_a_recognition_is_as_open_as_the_recognition(scene, clock, lists):
    """Open acts go with what they act upon, or they would tell what is shown to nobody."""
    told = await scene.one(WUHU, of_standards("standard_recognition"))
    shut = await scene.one(WUHU, of_standards("standard_recognition", publication="government"))
    for one in (told, shut):
        await scene.one(WUHU, act("recognition_change", one, "2026-09-01", **CHANGE))
    alone = {**told.target, "id": "nothing"}
    await scene.one(
        WUHU, {**act("recognition_change", told, "2026-09-01", **CHANGE), "target": alone}
    )
    assert await standing(lists) == await public(scene, 5, clock) == {told.idx, 2}
    detail = await scene.reader.record(WUHU, 3, REGULATOR, today(clock))
    assert (detail.public, detail.view.record.change) == (False, "suspended")
    file = await scene.reader.subject_file(sid(uscc(1)), PUBLIC, today(clock))
    assert {view.idx for view in file.records} == {told.idx, 2}
    await scene.one(WUHU, act("withdrawal", told, "2026-09-02"))
    assert await standing(lists) == await public(scene, 6, clock) == set()
    with pytest.raises(NotFoundRefusal):
        await scene.reader.subject_file(sid(uscc(1)), PUBLIC, today(clock))
    seen = await scene.reader.subject_file(sid(uscc(1)), AUDITOR, today(clock))
    assert {view.idx for view in seen.records} == set(range(6))


async def test_what_is_taken_back_stands_again(scene, lists):
    placed = await scene.one(WUHU, penalty())
    repair = await scene.one(WUHU, act("repair", placed, "2026-09-01"))
    assert await standing(lists) == set()
    await scene.one(WUHU, act("withdrawal", repair, "2026-09-02"))
    assert placed.idx in await standing(lists)


async def test_without_a_code_it_is_found_over_the_acts_upon_it(scene, lists):
    """Each such record is of a subject of its own: an act on an act leads to it all the same."""
    nameless = {"kind": "organisation", "name": FIRM}
    placed = await scene.one(WUHU, penalty(subject=nameless))
    assert await standing(lists) == {placed.idx}
    repair = await scene.one(WUHU, act("repair", placed, "2026-09-01", subject=nameless))
    assert await standing(lists) == set()
    await scene.one(WUHU, act("withdrawal", repair, "2026-09-02", subject=nameless))
    assert placed.idx in await standing(lists)


async def test_what_was_erased_stands_no_more(scene, lists):
    placed = await scene.one(WUHU, penalty())
    assert await standing(lists) == {placed.idx}
    order = {"part": "main", "basis": "个人信息保护法第四十七条", "publication": "authorised"}
    await scene.one(WUHU, act("erasure_order", placed, "2026-09-01", **order))
    assert placed.idx not in await standing(lists)
    assert placed.idx not in await standing(Statuses(scene.node.db, SEALER, scene.node.clock))


async def test_what_is_stored_otherwise_than_it_was_logged_is_not_confirmed(
    scene, lists, postgres_server
):
    await scene.one(WUHU, penalty())
    name = await scene.node.db.pool.fetchval("SELECT current_database()")
    postgres_server.psql(
        "BEGIN; SET LOCAL registry.erasing = 'on'; UPDATE entries SET main = convert_to(replace("
        "convert_from(main, 'UTF8'), '两千元', '九千元'), 'UTF8'); COMMIT",
        name,
    )
    assert await standing(lists) == set()


async def test_days_end_and_begin_things_without_a_commit(scene, clock, lists):
    short = await scene.one(WUHU, penalty(publicity_until="2026-11-24"))
    later = await scene.one(WUHU, penalty())
    await scene.one(WUHU, act("repair", later, "2026-11-26"))
    seen = []
    for _ in range(4):
        seen.append(await standing(lists) & {short.idx, later.idx})
        clock.moment += timedelta(days=1)
    assert seen == [{0, 1}, {0, 1}, {1}, set()]


async def test_nothing_new_is_the_same_file_until_it_is_half_over(scene, clock, lists):
    await scene.one(WUHU, penalty())
    first = await lists.of(WUHU, 0)
    clock.moment += WINDOW / 2 - timedelta(seconds=1)
    await scene.one(NANJING, penalty())
    assert await lists.of(WUHU, 0) is first
    clock.moment += timedelta(seconds=1)
    second = await opened(lists)
    assert second.time - open_status(first.file, charter()).time == WINDOW.total_seconds() / 2
    assert second.until - second.time == WINDOW.total_seconds()
    assert (await lists.of(WUHU, 0)).etag != first.etag


async def test_no_list_speaks_beyond_its_day(scene, clock, lists):
    await scene.one(WUHU, penalty())
    clock.moment = datetime(2026, 11, 23, 15, 59, 59, 900_000, tzinfo=UTC)
    said = (await opened(lists)).list
    assert (said.start, said.until) == ("2026-11-23T15:59:59Z", "2026-11-23T16:00:00Z")
    clock.moment += timedelta(seconds=1)
    assert (await opened(lists)).list.start == "2026-11-23T16:00:00Z"


async def test_a_list_that_took_until_after_midnight_is_of_the_new_day(
    scene, clock, lists, monkeypatch
):
    await scene.one(WUHU, penalty())
    clock.moment = datetime(2026, 11, 23, 15, 59, 59, tzinfo=UTC)
    judged = lists._judged

    async def slowly(*asked):
        clock.moment += timedelta(seconds=8)
        return await judged(*asked)

    monkeypatch.setattr(lists, "_judged", slowly)
    said = (await opened(lists)).list
    assert (said.start, said.until) == ("2026-11-23T16:00:15Z", "2026-11-23T16:15:15Z")
    monkeypatch.setattr(module, "ROUNDS", 0)
    clock.moment = datetime(2026, 11, 24, 15, 59, 59, tzinfo=UTC)
    assert (await opened(lists)).list.until == "2026-11-24T16:00:00Z"  # over when it comes


async def test_what_is_admitted_while_a_list_is_worked_out_is_in_it(scene, lists, monkeypatch):
    placed = await scene.one(WUHU, penalty())
    judged, admitted = lists._judged, []

    async def meanwhile(*asked):
        found = await judged(*asked)
        if not admitted:
            admitted.append(await scene.one(WUHU, act("repair", placed, "2026-09-01")))
        return found

    monkeypatch.setattr(lists, "_judged", meanwhile)
    assert placed.idx not in await standing(lists)


async def test_a_list_that_is_worked_out_keeps_no_other_from_following(scene, lists, monkeypatch):
    placed = await scene.one(WUHU, penalty())
    assert await standing(lists) == {placed.idx}
    await scene.one(NANJING, penalty())
    judged, begun, go_on = lists._judged, asyncio.Event(), asyncio.Event()

    async def slowly(subjects, asked):
        if asked.head.origin == NANJING:
            begun.set()
            await go_on.wait()
        return await judged(subjects, asked)

    monkeypatch.setattr(lists, "_judged", slowly)
    other = asyncio.create_task(lists.of(NANJING, 0))
    await begun.wait()
    await scene.one(WUHU, act("repair", placed, "2026-09-01"))
    assert placed.idx not in await asyncio.wait_for(standing(lists), 2)
    go_on.set()
    assert open_status((await other).file, charter()).standing == 1


async def test_where_there_is_no_block_there_is_no_list(scene, lists):
    await scene.one(WUHU, penalty())
    for origin, block in ((WUHU, 1), (WUHU, 2**36), (NANJING, 0), ("no.example/log", 0)):
        with pytest.raises(NotFoundRefusal):
            await lists.of(origin, block)


async def test_many_at_once_wait_for_one_and_too_many_are_told(scene, lists, monkeypatch):
    await scene.one(WUHU, penalty())
    counted = []
    judged = lists._judged

    async def counting(*asked):
        counted.append(asked)
        return await judged(*asked)

    monkeypatch.setattr(lists, "_judged", counting)
    files = await asyncio.gather(*(lists.of(WUHU, 0) for _ in range(5)))
    assert len(set(map(id, files))) == 1
    assert len(counted) == 1
    monkeypatch.setattr(module, "WAITING", 0)
    assert await lists.of(WUHU, 0) is files[0]
    await scene.one(WUHU, penalty())
    with pytest.raises(UnavailableRefusal) as told:
        await lists.of(WUHU, 0)
    assert told.value.detail_code == "busy"


@pytest.mark.parametrize("commits", [1, 200])
async def test_followed_or_worked_out_anew_it_is_the_same(scene, lists, monkeypatch, commits):
    monkeypatch.setattr(module, "COMMITS", commits)
    monkeypatch.setattr(module, "SUBJECTS", 1)
    first = await scene.one(WUHU, penalty())
    await standing(lists)
    await scene.one(WUHU, penalty())
    await scene.one(WUHU, act("repair", first, "2026-09-01"))
    await scene.one(NANJING, penalty())
    await scene.one(WUHU, registration(publication="government"))
    again = Statuses(scene.node.db, SEALER, scene.node.clock)
    assert await standing(lists) == await standing(again) == {1}


async def test_blocks_divide_a_log_and_few_are_kept(scene, clock, monkeypatch):
    for place, name, value in (
        (form, "BLOCK", 8),
        (form, "_BYTES", 1),
        (module, "BLOCK", 8),
        (module, "BLOCKS_KEPT", 1),
    ):
        monkeypatch.setattr(place, name, value)
    placed = await scene.state(WUHU, *(penalty() for _ in range(19)))
    lists = Statuses(scene.node.db, SEALER, clock)
    for number, at in ((0, 3), (1, 9), (2, 18)):
        await scene.one(WUHU, act("repair", placed[at], "2026-09-01"))
        bits = f"{(await opened(lists, block=number)).bits[0]:08b}"
        assert bits == {0: "11101111", 1: "10111111", 2: "11000000"}[number]
    assert len(lists._blocks) == 1


async def test_a_bundle_and_a_list_are_checked_offline_together(scene, clock, lists):
    placed = await scene.one(WUHU, penalty())
    detail = await scene.reader.record(WUHU, placed.idx, PUBLIC, today(clock))
    bundle = Bundles(SEALER, clock).seal(detail, PUBLIC.role)
    named = {"r.bundle": bundle, "list": (await lists.of(WUHU, 0)).file}
    assert [found.code for found in verify_files(named, charter())] == ["ok", "ok"]
    clock.moment += timedelta(seconds=1)
    await scene.one(WUHU, act("repair", placed, "2026-09-01"))
    named["later"] = (await lists.of(WUHU, 0)).file
    assert [found.code for found in verify_files(named, charter())] == ["ask-again", "ok", "ok"]
