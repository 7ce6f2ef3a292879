"""What the desk does by itself: it waits for the right record, erases by the hour, yields."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from registry.objections.deciding import Deciding
from registry.objections.job import Settler
from registry.store.objections import KeptObjection
from tests.registry.objections.samples import NEW, like


class Kept:
    """A store of which only this is asked: what waits, what a log states, what is changed."""

    def __init__(self, *waiting: KeptObjection, stated: dict[str, int]) -> None:
        self.waiting, self.at = list(waiting), stated
        self.changed: list[tuple[str, dict[str, Any], Any]] = []
        self.erased, self.lost = 0, frozenset[str]()

    async def erase(self) -> int:
        self.erased += 1
        return 0

    async def unsettled(self) -> list[KeptObjection]:
        return self.waiting

    async def stated(self, _origin: str, record_id: str) -> tuple[int, bytes, bytes] | None:
        found = self.at.get(record_id)
        return None if found is None else (found, b"", b"")

    async def change(self, one: KeptObjection, changes: Any, done: Any) -> bool:
        if one.id in self.lost:
            return False
        self.changed.append((one.id, changes, done))
        return True


class Moving:
    def __init__(self) -> None:
        self.at = datetime(2026, 11, 24, 15, 59, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


def settler(kept: Kept) -> tuple[Settler, Moving]:
    clock = Moving()
    parts = (SimpleNamespace(pool=None), SimpleNamespace(), clock)
    intake = Deciding(*cast("Any", parts))
    intake.store = cast("Any", kept)
    return Settler(intake, cast("Any", clock)), clock


MARK, OUTCOME = f"objection-{NEW.id}", f"objection-outcome-{NEW.id}"
ACT, NEXT = f"objection-act-{NEW.id}", f"objection-new-{NEW.id}"


@pytest.mark.parametrize(
    ("members", "stated", "what", "changes"),
    [
        ({"stage": "accepted"}, {MARK: 7}, "marked", {"mark_idx": 7}),
        ({"stage": "accepted"}, {MARK: 0}, "marked", {"mark_idx": 0}),
        ({"stage": "accepted"}, {OUTCOME: 7, ACT: 8}, "", {}),
        ({"stage": "decided", "mark_idx": 7}, {MARK: 7}, "", {}),
        ({"stage": "decided", "mark_idx": 7}, {OUTCOME: 9}, "unmarked",
         {"stage": "closed", "outcome_idx": 9}),
        ({"stage": "closed", "correct_at": "s"}, {ACT: 11}, "corrected", {"correct_idx": 11}),
        ({"stage": "closed", "correct_at": "s"}, {NEXT: 10}, "", {}),
        ({"stage": "closed", "correct_at": "s"}, {}, "", {}),
    ],
    ids=[
        *("the-mark", "the-first-place-of-a-log", "another-record-of-it", "the-mark-alone"),
        *("the-outcome-closes", "the-act-corrects", "what-is-right-alone-does-not", "nothing"),
    ],
)  # fmt: skip
def test_each_stage_goes_on_with_its_own_record_and_no_other(members, stated, what, changes):
    kept = Kept(like(**members), stated=stated)
    room, _ = settler(kept)
    assert asyncio.run(room.step()) == bool(what)
    if not what:
        assert kept.changed == []
        return
    ((found, made, done),) = kept.changed
    assert found == NEW.id
    assert {name: made[name] for name in changes} == changes
    assert (done.what, done.who, done.role) == (what, "", ""), "nobody did it"
    closes = what == "unmarked"
    assert ("kept_until" in made) is closes
    assert made.get("closed_on") == (date(2026, 11, 24) if closes else None)


def test_who_was_there_before_is_not_written_over():
    kept = Kept(like(stage="accepted"), stated={MARK: 7})
    kept.lost = frozenset({NEW.id})
    room, _ = settler(kept)
    assert asyncio.run(room.step()) == 0, "it is looked at again later"
    assert kept.changed == []


def test_one_that_waits_does_not_hold_up_the_others():
    other = like(id="2" * 32, stage="accepted")
    kept = Kept(like(stage="accepted"), other, stated={f"objection-{other.id}": 4})
    room, _ = settler(kept)
    assert asyncio.run(room.step()) == 1
    assert [found for found, *_ in kept.changed] == [other.id]


def test_erasing_is_done_at_once_and_then_by_the_hour():
    kept = Kept(stated={})
    room, clock = settler(kept)

    async def steps() -> list[int]:
        counts = []
        for minutes in (0, 1, 58, 1, 59, 1, 600):
            clock.at += timedelta(minutes=minutes)
            await room.step()
            counts.append(kept.erased)
        return counts

    assert asyncio.run(steps()) == [1, 1, 1, 2, 2, 3, 4]


def test_after_midnight_in_shanghai_it_is_closed_on_the_next_day():
    kept = Kept(like(stage="decided", mark_idx=7), stated={OUTCOME: 9})
    room, clock = settler(kept)
    clock.at += timedelta(minutes=1)
    asyncio.run(room.step())
    assert kept.changed[0][1]["closed_on"] == date(2026, 11, 25)
