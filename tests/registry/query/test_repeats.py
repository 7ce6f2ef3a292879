"""A decision that two members state, and an organ of elsewhere: marked when read, on both nodes."""

import pytest

from registry.query.repeats import REPORTED_TWICE
from registry.query.show import ORGAN_ELSEWHERE
from tests.registry.query.scene import (
    NANJING,
    PUBLIC,
    REGULATOR,
    TODAY,
    WUHU,
    Scene,
    act,
    firm,
    penalty,
    sid,
    uscc,
)

ONE = sid(uscc(1))
SAME = {
    "decision_no": "芜市监罚〔2026〕77号",
    "authority": {"name": "芜湖市市场监督管理局", "uscc": "11320100MA2320178R"},
}
BARE = {"name": "芜湖市市场监督管理局"}
RELAYED = {"kind": "relayed", "source": "信用芜湖", "checked_on": "2026-06-01"}


async def marked(scene: Scene, viewer=PUBLIC, subject: str = ONE) -> list[str]:
    """Ids of the records that bear the mark, in the order of the file."""
    file = await scene.reader.subject_file(subject, viewer, TODAY)
    return [view.record.id for view in file.records if REPORTED_TWICE in view.flags]


async def test_the_same_decision_from_two_members_is_marked_on_both(scene):
    other = await scene.one(WUHU, penalty())
    one = await scene.one(WUHU, penalty(**SAME))
    assert await marked(scene) == []
    two = await scene.one(NANJING, penalty(**SAME))
    assert sorted(await marked(scene)) == sorted([one.id, two.id])
    assert other.id not in await marked(scene)


@pytest.mark.parametrize(
    ("changes", "twice"),
    [
        ({}, True),
        ({"decision_no": "芜市监罚[2026]第77号"}, True),
        ({"decision_no": "芜市监罚〔2026〕78号"}, False),
        ({"authority": BARE}, True),
        ({"authority": {"name": "芜湖市市监局", "uscc": SAME["authority"]["uscc"]}}, True),
        ({"authority": {"name": "芜湖市市监局"}}, False),
        ({"authority": {**BARE, "uscc": "12340200MA23402750"}}, False),
        ({"provenance": RELAYED}, False),
        ({"subject": firm(2)}, False),
    ],
)
async def test_what_makes_two_records_one_decision(scene, changes, twice):
    await scene.one(WUHU, penalty(**SAME))
    await scene.one(NANJING, penalty(**{**SAME, **changes}))
    assert len(await marked(scene)) == (2 if twice else 0)


async def test_two_organs_without_codes_are_the_same_by_name(scene):
    for origin in (WUHU, NANJING):
        await scene.one(origin, penalty(**{**SAME, "authority": BARE}))
    assert len(await marked(scene)) == 2


async def test_within_one_log_nothing_is_marked(scene):
    await scene.one(WUHU, penalty(**SAME))
    await scene.one(WUHU, penalty(**SAME))
    assert await marked(scene) == []


async def test_who_may_not_see_the_other_record_learns_nothing_of_it(scene):
    one = await scene.one(WUHU, penalty(**SAME))
    two = await scene.one(NANJING, penalty(**SAME, publication="government"))
    assert await marked(scene) == []
    assert sorted(await marked(scene, REGULATOR)) == sorted([one.id, two.id])
    await scene.one(NANJING, act("repair", two, "2026-09-01", authority=SAME["authority"]))
    assert await marked(scene, REGULATOR) == []


async def test_an_organ_of_elsewhere_is_marked_beside_the_record(scene):
    here = await scene.one(WUHU, penalty(authority={**BARE, "division": "340200"}))
    there = await scene.one(NANJING, penalty(authority={**BARE, "division": "340200"}))
    relayed = await scene.one(
        NANJING, penalty(authority={**BARE, "division": "340200"}, provenance=RELAYED)
    )
    file = await scene.reader.subject_file(ONE, PUBLIC, TODAY)
    flags = {view.record.id: view.flags for view in file.records}
    assert ORGAN_ELSEWHERE in flags[there.id]
    assert ORGAN_ELSEWHERE not in flags[here.id]
    assert ORGAN_ELSEWHERE not in flags[relayed.id]
    detail = await scene.reader.record(NANJING, there.idx, PUBLIC, TODAY)
    assert ORGAN_ELSEWHERE in detail.view.flags
