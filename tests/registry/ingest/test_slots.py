"""Whoever waits until no admission runs can be ended at any moment."""

import asyncio

import pytest

from registry.ingest.slots import Slots


@pytest.mark.parametrize("turns", range(4))
async def test_who_is_ended_as_it_becomes_quiet_is_ended(turns):
    """Else a follower that is stopped just then goes on, and the node never stops."""
    slots = Slots(1)
    async with slots.take():
        waiting = asyncio.create_task(slots.quiet(30))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    for _ in range(turns):
        await asyncio.sleep(0)
    before = waiting.done()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert before or waiting.cancelled()


async def test_it_waits_no_longer_than_it_was_told_to():
    slots = Slots(1)
    async with slots.take():
        await slots.quiet(0.01)
    await slots.quiet(0)
