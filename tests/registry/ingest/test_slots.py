"""What works beside admissions takes turns, waits for them, and can be ended at any moment."""

import asyncio

import pytest

from registry.ingest import slots as module
from registry.ingest.slots import Slots


async def some_turns(slots: Slots, log: list[str], name: str, number: int = 2) -> None:
    for _ in range(number):
        async with slots.turn():
            log.append(f"{name} begins")
            await asyncio.sleep(0)
            log.append(f"{name} ends")
        await asyncio.sleep(0)


@pytest.mark.parametrize("turns", range(4))
async def test_who_is_ended_as_it_becomes_quiet_is_ended(turns):
    """Else a follower that is stopped just then goes on, and the node never stops."""
    slots = Slots(1)
    async with slots.take():
        waiting = asyncio.create_task(some_turns(slots, [], "index"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    for _ in range(turns):
        await asyncio.sleep(0)
    before = waiting.done()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert before or waiting.cancelled()
    async with asyncio.timeout(1):
        await some_turns(slots, [], "index")


async def test_nothing_begins_while_an_admission_runs():
    slots, log = Slots(1), []
    async with slots.take():
        beside = asyncio.create_task(some_turns(slots, log, "index"))
        await asyncio.sleep(0.05)
        assert log == []
    await beside
    assert log == ["index begins", "index ends"] * 2


async def test_it_waits_for_no_admission_for_ever(monkeypatch):
    monkeypatch.setattr(module, "PATIENCE", 0.01)
    slots, log = Slots(1), []
    async with slots.take(), asyncio.timeout(1):
        await some_turns(slots, log, "index")
    assert len(log) == 4


async def test_after_an_admission_one_works_at_a_time_and_each_gets_its_turn():
    slots, log = Slots(1), []
    async with slots.take():
        pass
    await asyncio.gather(*(some_turns(slots, log, name) for name in ("names", "texts")))
    assert log == [f"{who} {does}" for who in ("names", "texts") for does in ("begins", "ends")] * 2


async def test_with_nothing_admitted_lately_two_work_at_once(monkeypatch):
    monkeypatch.setattr(module, "CALM", 0.0)
    slots, log = Slots(1), []
    async with slots.take():
        pass
    await asyncio.sleep(0.01)
    three = ("names", "texts", "figures")
    await asyncio.gather(*(some_turns(slots, log, name) for name in three))
    assert log[:4] == ["names begins", "texts begins", "names ends", "texts ends"]
    assert len(log) == 2 * 2 * len(three)
