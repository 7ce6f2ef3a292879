"""Amendments over a whole node: what stood upon a record stands upon what replaces it."""

import pytest

from registry.domain.disclosure import Role
from registry.query.views import Viewer
from tests.registry.query.scene import (
    PUBLIC,
    TODAY,
    WUHU,
    Placed,
    Scene,
    act,
    other,
    penalty,
    registration,
    sid,
    uscc,
)

ONE = sid(uscc(1))
OWN = Viewer(Role.BUSINESS, subject=ONE)


def amended(old: Placed, new: Placed, on: str = "2026-09-01") -> dict[str, object]:
    place = {"id": new.id, "entry": new.entry.hex()}
    return act("amendment", old, on, replacement=place, changed="罚款金额更正")


def stay(of: Placed) -> dict[str, object]:
    return act("stay", of, "2026-08-01", ground="reconsideration")


async def shown(scene: Scene, viewer: Viewer = PUBLIC) -> dict[str, tuple[str, ...]]:
    """Return the marks of every penalty that is shown, by id."""
    file = await scene.reader.subject_file(ONE, viewer, TODAY)
    return {v.record.id: v.marks for v in file.records if v.record.id.startswith("p")}


@pytest.fixture
async def two(scene: Scene) -> tuple[Placed, Placed]:
    await scene.one(WUHU, registration())
    return await scene.one(WUHU, penalty()), await scene.one(WUHU, penalty())


async def test_the_replacement_alone_is_shown_and_the_former_is_history(scene, two):
    old, new = two
    await scene.one(WUHU, amended(old, new))
    assert await shown(scene) == {new.id: ()}
    file = await scene.reader.subject_file(ONE, OWN, TODAY)
    states = {view.record.id: view.flags for view in file.records}
    assert "amended" in states[old.id]
    assert "amended" not in states[new.id]


async def test_a_stay_of_the_former_version_marks_the_replacement(scene, two):
    old, new = two
    await scene.one(WUHU, stay(old))
    await scene.one(WUHU, amended(old, new))
    assert await shown(scene) == {new.id: ("stayed",)}
    alone = await scene.reader.record(WUHU, new.idx, PUBLIC, TODAY)
    assert alone.view.marks == ("stayed",)


async def test_a_repair_of_the_former_version_repairs_the_replacement(scene, two):
    old, new = two
    await scene.one(WUHU, amended(old, new))
    await scene.one(WUHU, act("repair", old, "2026-10-01"))
    assert await shown(scene) == {}


async def test_two_amendments_make_no_record_vanish(scene, two):
    old, new = two
    await scene.one(WUHU, amended(old, new))
    await scene.one(WUHU, amended(new, old))
    assert await shown(scene) == {new.id: ()}


async def test_what_was_amended_is_not_amended_again(scene, two):
    old, new = two
    third = await scene.one(WUHU, penalty())
    await scene.one(WUHU, amended(old, new))
    await scene.one(WUHU, amended(old, third))
    await scene.one(WUHU, stay(old))
    assert await shown(scene) == {new.id: ("stayed",), third.id: ()}


async def test_a_chain_of_versions_carries_what_stood_upon_the_first(scene, two):
    old, new = two
    third = await scene.one(WUHU, penalty())
    await scene.one(WUHU, stay(old))
    await scene.one(WUHU, amended(old, new))
    await scene.one(WUHU, amended(new, third))
    assert await shown(scene) == {third.id: ("stayed",)}


async def test_an_outcome_that_stands_again_removes_the_record_again(scene, two):
    pen, _ = two
    dispute = {
        "target": pen.target, "about": "record", "received_on": "2026-08-01", "grounds": "有误",
        "decided_on": "2026-08-01", "severity": {"class": "unclassified"},
    }  # fmt: skip
    objection = await scene.one(WUHU, other("objection", **dispute))
    upheld = {"outcome": "upheld", "consequence": "removed", "reasons": "属实"}
    outcome = await scene.one(WUHU, act("objection_outcome", objection, "2026-08-10", **upheld))
    assert pen.id not in await shown(scene)
    first = await scene.one(WUHU, act("withdrawal", outcome, "2026-08-20"))
    assert (await shown(scene))[pen.id] == ("objected",)
    await scene.one(WUHU, act("withdrawal", first, "2026-08-25"))
    assert pen.id not in await shown(scene)
