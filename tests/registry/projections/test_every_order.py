"""A repair sticks, whatever comes after it, before it or twice, and in whichever order.

What can happen to an index beside a repair: it is rebuilt from nothing, its follower dies between
sending and remembering, an old commit is worked off again. After the repair was admitted no answer
shows the record any more, at no moment between; and in the end the index holds nothing of it.
"""

from itertools import permutations

import pytest

from registry.errors import GoneRefusal
from registry.projections.search import NAME, Indexer
from registry.query.views import Viewer
from registry.store.reading_follow import Commit, FollowReading
from search.query import Query
from tests.registry.query.scene import (
    PUBLIC,
    REGULATOR,
    TODAY,
    WUHU,
    Placed,
    Scene,
    act,
    firm,
    penalty,
    registration,
    sid,
    uscc,
)

EVENTS = ("repair", "rebuild", "crash", "late")
ORDERS = list(permutations(EVENTS))


async def all_commits(scene: Scene) -> tuple[Commit, ...]:
    rows = await scene.node.db.pool.fetch(
        "SELECT seq, log_id, start_idx, end_idx, committed_at FROM commits ORDER BY seq"
    )
    return tuple(Commit(*row) for row in rows)


async def dies_before_it_remembers(scene: Scene) -> None:
    """Send everything again and note nothing, as a follower that is killed in between."""
    indexer = Indexer(scene.node.db, scene.engine, scene.node.clock)
    await indexer.apply(await all_commits(scene))


async def comes_late(scene: Scene, first: Commit) -> None:
    indexer = Indexer(scene.node.db, scene.engine, scene.node.clock)
    await indexer.apply((first,))


async def rebuilds(scene: Scene) -> None:
    await scene.engine.clear()
    await FollowReading(scene.node.db.pool).reset(NAME)
    await scene.follower.catch_up()


async def shows_nothing(
    scene: Scene, number: int, placed: Placed, decision_no: str, *viewers: Viewer
) -> None:
    for viewer in viewers:
        found = await scene.reader.find(Query(text=decision_no), viewer)
        assert found.hits == ()
        file = await scene.reader.subject_file(sid(uscc(number)), viewer, TODAY)
        assert placed.id not in {view.record.id for view in file.records}
        decided = await scene.reader.decide(sid(uscc(number)), "320100", "", "", TODAY, viewer)
        assert placed.entry.hex() not in str(decided.decision)
        with pytest.raises(GoneRefusal):
            await scene.reader.record(WUHU, placed.idx, viewer, TODAY)
        hits = (await scene.reader.find(Query(text=f"芜湖顺序{number}号示例有限公司"), viewer)).hits
        assert all("penalty" not in dict(hit.types) for hit in hits)


async def test_no_order_of_repair_rebuild_crash_and_late_message_shows_it_again(scene: Scene):
    await scene.rules()
    for number, order in enumerate(ORDERS, start=100):
        who = firm(number, f"芜湖顺序{number}号示例有限公司")
        decision_no = f"芜示例罚〔2026〕{number}号"
        await scene.one(WUHU, registration(subject=who))
        placed = await scene.one(WUHU, penalty(subject=who, decision_no=decision_no))
        first = (await all_commits(scene))[-1]
        repaired = False

        async def repair(placed: Placed = placed, who: dict[str, object] = who) -> None:
            await scene.one(WUHU, act("repair", placed, "2026-09-01", subject=who))

        events = {
            "repair": repair,
            "rebuild": lambda: rebuilds(scene),
            "crash": lambda: dies_before_it_remembers(scene),
            "late": lambda first=first: comes_late(scene, first),
        }
        for event in order:
            await events[event]()
            repaired = repaired or event == "repair"
            if repaired:
                await shows_nothing(scene, number, placed, decision_no, PUBLIC)
        await scene.follower.catch_up()
        await shows_nothing(scene, number, placed, decision_no, PUBLIC, REGULATOR)
        numbers = await scene.node.db.pool.fetchval(
            "SELECT numbers FROM search_v4.documents WHERE id = $1", sid(uscc(number))
        )
        assert decision_no not in numbers, order
