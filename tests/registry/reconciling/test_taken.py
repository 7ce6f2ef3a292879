"""Runs as the desk has them: what is taken, what is told, what is done, and what is never asked."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from registry.clock import FixedClock
from registry.errors import MalformedRefusal, NotFoundRefusal, Refusal
from registry.reconciling.desk import FILE_NAME_MAX, NOTE_MAX, OPERATOR, Reconciling
from signing.record import encode_record
from tests.registry.reconciling.conftest import Reconciled, works
from tests.registry.reconciling.scene import MEMBER, act, found, row
from tests.registry.world import WUHU, Publisher

pytestmark = works
WHO = ("clerk-1", "clerk")


def refused(kind: type[Refusal], code: str) -> Any:
    return pytest.raises(kind, check=lambda error: error.detail_code == code)


def numbers(shown: list[Any], kind: str) -> list[int]:
    return [each.one.number for each in shown if each.one.kind == kind]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def run(reconciled: Reconciled) -> str:
    """A run of these tests' own: others look at what was done about the scene's."""
    made = await reconciled.desk.add(MEMBER, "状态.csv", reconciled.world.file() + b"\n", OPERATOR)
    while await reconciled.desk.runner().step():
        pass
    return made


@pytest.mark.parametrize("none", ["", "0" * 31, "0" * 33, "A" * 32, "\0" * 32, "x" * 5000])
async def test_what_no_run_is_called_is_not_even_looked_for(reconciled: Reconciled, none: str):
    with refused(NotFoundRefusal, "no-run"):
        await reconciled.desk.view(MEMBER, none)


async def test_a_file_that_cannot_be_read_is_told_of_and_another_is_compared(
    reconciled: Reconciled,
):
    desk = reconciled.desk
    name = "目录\0/" + "长" * 300 + ".csv"
    header = ",".join(row(1))
    bad = await desk.add(MEMBER, name, b"%PDF-1.7", OPERATOR)
    waiting = (await desk.standing(MEMBER)).waiting
    await desk.runner().step()
    one = await desk.view(MEMBER, bad)
    assert waiting
    assert (one.state, one.failures) == ("unreadable", 0), "it is the file's fault, not the node's"
    assert "PDF" in one.wrong_zh
    assert one.wrong_en
    assert (len(one.file), "\0" in one.file) == (FILE_NAME_MAX, False)
    # With U+0000 behind its beginning a file is compared all the same.
    rows = f"{header}\n" + "\n" * 1200 + ",".join(row(1).values()).replace("局,", "局\0,")
    good = await desk.add(MEMBER, "好.csv", rows.encode(), OPERATOR)
    await desk.runner().step()
    one = await desk.view(MEMBER, good)
    assert (one.state, one.lines) == ("done", 1)
    assert not {"unreadable", "missing-here", "differs"} & set(one.counts.split('"'))
    assert await desk.compared(MEMBER, rows.encode())
    assert not await desk.compared(MEMBER, b"never")
    assert not await desk.compared("320100", rows.encode()), "it was another member's"


async def test_a_day_without_a_run_is_not_fresh(reconciled: Reconciled):
    node, now = reconciled.node, reconciled.node.clock.now()
    for later, fresh in (
        (timedelta(), True),
        (timedelta(hours=11, minutes=59), True),  # Beijing has 23:59 of the same day
        (timedelta(hours=12), False),  # its midnight begins a day
    ):
        desk = Reconciling(node.db, node.charter, FixedClock(now + later))
        assert (await desk.standing(MEMBER)).fresh is fresh


async def test_what_is_noted_is_about_a_difference_and_in_bounds(reconciled: Reconciled, run: str):
    desk = reconciled.desk
    one = await desk.view(MEMBER, run)
    shown = await found(desk, run)
    (held,) = numbers(shown, "held-here")
    for nowhere in (0, -1, len(shown) + 1, 2**31, 2**63, -(2**40)):
        with refused(NotFoundRefusal, "no-run"):
            await desk.note(one, nowhere, WHO, "已办")
    for said in ("", "  \n", "办" * (NOTE_MAX + 1)):
        with refused(MalformedRefusal, "note-missing"):
            await desk.note(one, held, WHO, said)
    await desk.note(one, held, WHO, f" {'办' * (NOTE_MAX - 1)}\0 ")
    await desk.note(one, held, WHO, "第二次")
    (after,) = [each for each in await found(desk, run) if each.one.number == held]
    assert after.done is not None
    assert (after.done.what, after.done.said, after.done.who) == ("noted", "第二次", "clerk-1")
    assert "held-here" not in await desk.store.done(run), "a note is no deed"


async def test_nobody_is_asked_to_add_what_has_ended_since(reconciled: Reconciled, run: str):
    """A repair after the run: from then on nobody shares the record, the list included."""
    desk, world = reconciled.desk, reconciled.world
    one = await desk.view(MEMBER, run)
    content, reported = await desk.report(one)
    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    asked = {line[1]: line[5] for line in lines[1:]}
    (missing,) = [said for kind, said in world.wanted if kind == "missing-there"]
    assert asked[missing] == "请补充"
    assert len(reported) == len(lines) - 1
    main = next(each for each in world.ours if each.get("decision_no") == missing)
    publisher = Publisher(WUHU)
    publisher.seal([encode_record(each) for each in world.ours])
    await reconciled.node.admit(publisher.seal([encode_record(act("repair", main, 99_999))]))
    content, again = await desk.report(one)
    assert missing not in content.decode()
    assert set(reported) - set(again) == set(numbers(await found(desk, run), "missing-there"))
    # What has ended and is shown there is still asked to be ended.
    assert {line[5] for line in lines[1:]} == {"请补充", "请终止公示", "请核实"}
    assert "请终止公示" in content.decode()
