"""Records to take away: whole and standing, or the one answer for everything else."""

from dataclasses import replace
from hashlib import sha256

import pytest

from registry.clock import FixedClock
from registry.errors import GoneRefusal
from registry.issued.bundles import Bundles, Sealer, may_be_taken
from signing.bundle import open_bundle
from tests.registry.query.scene import (
    AUDITOR,
    PUBLIC,
    REGULATOR,
    TODAY,
    WUHU,
    Scene,
    act,
    listing,
    penalty,
    registration,
)
from tests.registry.world import NODE, NOON, charter, node_key

BUNDLES = Bundles(
    Sealer(NODE, "https://node.example/", node_key("mirror"), charter()), FixedClock(NOON)
)


async def taken(scene: Scene, idx: int, viewer=PUBLIC):
    detail = await scene.reader.record(WUHU, idx, viewer, TODAY)
    return open_bundle(BUNDLES.seal(detail, viewer.role), scene.node.charter)


async def refusal(scene: Scene, idx: int, viewer=PUBLIC) -> tuple[object, ...]:
    """Return all that an answer is made of."""
    with pytest.raises(GoneRefusal) as caught:
        await taken(scene, idx, viewer)
    error = caught.value
    return error.args, error.zh, error.en, error.detail_code, dict(error.extra), error.status


async def test_a_bundle_holds_the_record_as_signed_its_proof_and_what_it_does_not_say(scene):
    number = "11010519491231002X"
    person = {"name": "示例甲", "type": "居民身份证", "number": number}
    restricted = {"salt": "f" * 32, "legal_representative_document": person}
    (placed,) = await scene.state(WUHU, penalty(), restricted=restricted)
    opened = await taken(scene, placed.idx)
    assert (opened.record.entry, opened.index, opened.restricted) == (placed.entry, 0, True)
    assert sha256(opened.record.main).digest() == placed.entry[:32]
    cover = opened.cover
    assert (cover.role, cover.marks, cover.node) == ("public", (), NODE)
    assert cover.issued == "2026-11-23T04:00:00Z"
    assert cover.url == f"https://node.example/record/{WUHU}/0"
    assert cover.status == f"https://node.example/log/{WUHU}/status/0"
    assert (cover.charter, cover.charter_version) == (charter().digest.hex(), 1)
    assert cover.statement.zh == (
        "本证明仅表明该信息于2026-11-23 12:00:00（北京时间）由芜湖市报送且未被改动，"
        "不代表其当前状态。"
        f"请于使用前核验最新状态：https://node.example/record/{WUHU}/0。"
        "信用修复后，任何单位不得继续使用。"
        "node.example于2026-11-23 12:00:00（北京时间）出具本文件，仅反映该时刻。"
    )
    assert "it does not speak of its present state" in cover.statement.en
    assert number not in repr(opened)


async def test_what_ended_is_handed_out_to_nobody_even_to_who_may_read_it(scene):
    await scene.one(WUHU, registration())
    never = await refusal(scene, 7777)
    ended = await scene.one(WUHU, penalty())
    await taken(scene, ended.idx, AUDITOR)
    repair = await scene.one(WUHU, act("repair", ended, "2026-09-01"))
    assert (await scene.reader.record(WUHU, ended.idx, AUDITOR, TODAY)).line
    for viewer in (PUBLIC, REGULATOR, AUDITOR):
        assert await refusal(scene, ended.idx, viewer) == never
    assert await refusal(scene, repair.idx) == never


@pytest.mark.parametrize(("kind", "day"), [("withdrawal", "2026-09-01"), ("repair", "2026-11-23")])
async def test_it_ends_on_the_day_that_the_act_begins(scene, kind, day):
    placed = await scene.one(WUHU, penalty())
    await taken(scene, placed.idx)
    await scene.one(WUHU, act(kind, placed, day))
    await refusal(scene, placed.idx, AUDITOR)


async def test_to_whom_it_could_be_shown_is_told(scene):
    shared = await scene.one(WUHU, penalty(publication="government"))
    public = await scene.one(WUHU, penalty())
    assert (await taken(scene, shared.idx, REGULATOR)).cover.role == "regulator"
    assert (await taken(scene, public.idx, REGULATOR)).cover.role == "public"
    assert await refusal(scene, shared.idx) == await refusal(scene, 7777)


async def test_what_stands_beside_it_is_told(scene):
    placed = await scene.one(WUHU, penalty())
    await scene.one(WUHU, act("stay", placed, "2026-09-01", ground="litigation"))
    assert (await taken(scene, placed.idx)).cover.marks == ("stayed",)


async def test_where_persons_are_withheld_there_is_none(scene):
    placed = await scene.one(WUHU, listing(named_persons=[{"name": "示例乙", "role": "负责人"}]))
    await scene.reader.record(WUHU, placed.idx, PUBLIC, TODAY)
    assert await refusal(scene, placed.idx) == await refusal(scene, 7777)
    assert "示例乙".encode() in (await taken(scene, placed.idx, REGULATOR)).record.main


async def test_every_state_but_standing_rules_it_out(scene):
    placed = await scene.one(WUHU, penalty())
    detail = await scene.reader.record(WUHU, placed.idx, PUBLIC, TODAY)
    assert may_be_taken(detail)
    states = ("repaired", "withdrawn", "amended", "shielded", "expired", "exited")
    for state in (*states, "quarantined", "not-competent-act"):
        assert not may_be_taken(replace(detail, view=replace(detail.view, flags=(state,)))), state
    assert may_be_taken(replace(detail, view=replace(detail.view, flags=("late",))))
    assert not may_be_taken(replace(detail, line=b""))
