"""What differs between both sides, found by the server at once: every case in one comparison."""

from collections import defaultdict
from datetime import date
from typing import Any

import msgspec

from registry.reconciling.model import KINDS, Ours, Theirs
from registry.store.reconciling_staging import Pair, Staging
from tests.registry.query.scene import uscc
from tests.registry.reconciling.conftest import Reconciled, works
from tests.registry.reconciling.test_keys import cases

pytestmark = works
CASES = cases("staging.yaml")
STEP = 10
"""A case has fewer rows on either side."""
THEIRS = Theirs(0, 0, "", "1", "A", "shown", None, "", None, None, "")
OURS = Ours(
    *(0, "", "1", "A", "shown", "", None, "general", date(2026, 5, 10), date(2027, 5, 10)),
    *(False, "penalty"),
)


def sides() -> tuple[list[Theirs], list[Ours]]:
    """All cases, each about a subject of its own."""
    theirs, ours = [], []
    for at, case in enumerate(CASES):
        code = uscc(at)
        for nth, said in enumerate(case["theirs"]):
            row = at * STEP + nth
            typed = msgspec.json.encode([said.get("number", "1"), "A", ""]).decode()
            theirs.append(
                THEIRS._replace(**{"row": row, "line": row, "code": code, "typed": typed} | said)
            )
        ours += [
            OURS._replace(**{"idx": at * STEP + nth, "code": code} | said)
            for nth, said in enumerate(case["ours"])
        ]
    return theirs, ours


def told(pair: Pair) -> list[Any]:
    line = None if pair.line is None else pair.line % STEP
    return [pair.kind, list(pair.columns), line, None if pair.idx is None else pair.idx % STEP]


async def test_each_case_is_found_as_what_it_is(reconciled: Reconciled):
    theirs, ours = sides()
    pool = reconciled.node.db.pool
    async with pool.acquire() as connection, connection.transaction():
        staging = Staging(connection)
        await staging.prepare()
        await staging.theirs(theirs)
        await staging.ours(ours)
        pairs = [pair async for some in staging.differences(KINDS) for pair in some]
    found = defaultdict(list)
    for pair in pairs:
        place = pair.idx if pair.line is None else pair.line
        assert place is not None
        found[place // STEP].append(told(pair))
        assert pair.code == uscc(place // STEP)
    got = {case["why"]: found[at] for at, case in enumerate(CASES)}
    assert got == {case["why"]: case["found"] for case in CASES}
    # In the order in which they are acted on, then of the file: so a run numbers them.
    ranks = [KINDS.index(pair.kind) for pair in pairs]
    assert ranks == sorted(ranks)
    assert {KINDS[rank] for rank in ranks} == set(KINDS) - {"unreadable"}
    ended = [pair for pair in pairs if pair.kind == "ended-there"]
    assert [pair.line for pair in ended] == sorted(pair.line or 0 for pair in ended)
    assert {pair.type for pair in ended} == {"penalty", "list_entry"}


async def test_nothing_on_either_side_is_nothing(reconciled: Reconciled):
    pool = reconciled.node.db.pool
    async with pool.acquire() as connection, connection.transaction():
        staging = Staging(connection)
        await staging.prepare()
        assert [some async for some in staging.differences(KINDS)] == []
