"""The counters of a node are what an independent reader makes of its logs; and an audit says so."""

from datetime import date

import asyncpg
import pytest

from registry.ledger.audit_report import AuditReport
from registry.quality import follower
from registry.quality.audit import audit_quality
from registry.quality.figures import added, figures_of
from registry.quality.follower import Counting
from registry.store.logs import log_id_of
from registry.store.quality import SCHEMA, QualityStore
from signing.errors import CharterError
from signing.keys import SigningKey
from tests.registry.quality.reading import compared, counters, shown
from tests.registry.quality.scene import Region, demo_parties, open_region, report, small_region
from tests.registry.quality.told import JULY, JUNE, tell
from tests.registry.query.scene import firm, other, penalty
from tests.registry.world import NANJING, NODE, REGION, WUHU, charter, node_key, seed


async def audited(region: Region) -> AuditReport:
    found = AuditReport(charters={1: region.served.node.charter})
    await audit_quality(region.served.node.db, found)
    return found


async def rows(region: Region) -> tuple[dict, dict]:
    return await counters(region, units=False), await counters(region, units=True)


async def test_the_figures_of_the_demonstration_region(database, tmp_path, monkeypatch):
    demo = small_region(monkeypatch)
    async with open_region(database.service_url, tmp_path, demo_parties()) as region:
        await report(region, demo.logs)
        counting = Counting(region.served.node.db, region.served.node.charter)
        assert await counting.catch_up() == demo.counts().total()
        assert not await counting.step()
        assert (await audited(region)).counts == {"quality counters": await compared(region)}
        cells = await counters(region, units=False)
        total = shown(figures_of(added(cells.values()), public=False))
        counted = {key: bottom for key, (_, _, bottom) in total.items() if key != "volume"}
        assert [key for key, bottom in counted.items() if not bottom] == ["objection_days"]
        for table in await region.served.node.db.pool.fetch(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = $1", SCHEMA
        ):
            assert table[0] in {
                "state",
                "counted",
                "cells",
                "known",
                "waiting",
                "repeats",
                "recognised",
            }


def figures(cells: dict, log: str, month: date, kind: str) -> dict[str, list]:
    counts = cells.get((log_id_of(log), month, "", kind), {})
    return {
        key: one[:2] if key == "volume" else one
        for key, one in shown(figures_of(counts, public=False)).items()
    }


async def test_each_thing_is_counted_where_it_belongs(database, tmp_path, monkeypatch):
    """Numbers by hand, then by the independent reader; in steps of two entries as in one."""
    async with open_region(database.service_url, tmp_path) as region:
        await tell(region)
        db = region.served.node.db
        with monkeypatch.context() as patch:
            patch.setattr(follower, "STEP", 2)
            assert await Counting(db, region.served.node.charter).catch_up() == 17
        cells, by_unit = await rows(region)
        june, july = JUNE.replace(day=1), JULY.replace(day=1)
        penalties = figures(cells, WUHU, june, "penalty")
        assert penalties["volume"] == [4, 4]
        assert penalties["accepted"] == [750, 3, 4]
        assert penalties["matched"] == [
            500,
            1,
            2,
        ]  # the person apart; firm 7 by its organisation code
        assert penalties["repeated"] == [333, 1, 3]  # the other log has it, stated later
        assert penalties["in_time"] == [None, 0, 0]  # decided before the log began: a backlog
        assert figures(cells, WUHU, june, "permit")["matched"] == [1000, 1, 1]
        assert figures(cells, WUHU, june, "permit")["in_time"] == [1000, 1, 1]
        late = figures(cells, WUHU, july, "penalty")
        assert (late["warned"], late["in_time"], late["days"]) == (
            [1000, 1, 1],
            [1000, 1, 1],
            [4, 4, 1],
        )
        assert figures(cells, WUHU, july, "repair")["repair_days"] == [3, 3, 1]
        assert figures(cells, WUHU, july, "withdrawal")["in_time"] == [1000, 1, 1]
        assert figures(cells, WUHU, july, "objection_outcome")["objection_days"] == [15, 15, 1]
        assert figures(cells, NANJING, july, "objection_outcome")["objection_days"] == [None, 0, 0]
        assert figures(cells, NANJING, july, "penalty")["repeated"] == [
            1000,
            1,
            1,
        ]  # relayed: not it
        codes = added(counts for key, counts in cells.items() if key[0] == log_id_of(WUHU))
        assert codes["error:contradicting-dates"] == codes["warning:late-report"] == 1
        odd = {
            key[2:]: counts["n"] for key, counts in by_unit.items() if key[0] == log_id_of(REGION)
        }
        assert odd == {("某单位", ""): 1, ("", ""): 1}
        await compared(region)
        # Counted again in one step: the same rows, and the audit finds none that differs.
        async with db.transaction() as connection:
            await QualityStore(connection).begin("")
        assert await rows(region) == ({}, {})
        assert await Counting(db, region.served.node.charter).catch_up() == 17
        assert await rows(region) == (cells, by_unit)
        assert (await audited(region)).problems == []


async def test_what_was_erased_by_order_is_counted_as_erased_alone(database, tmp_path):
    async with open_region(database.service_url, tmp_path) as region:
        await tell(region)
        db, node = region.served.node.db, region.served.node
        await Counting(db, node.charter).catch_up()
        (gone,) = await region.state(WUHU, JULY, penalty(subject=firm(2)))
        await Counting(db, node.charter).catch_up()
        before = figures((await rows(region))[0], WUHU, JULY.replace(day=1), "penalty")
        order = other(
            "erasure_order",
            target=gone.target,
            subject=firm(2),
            part="main",
            basis="依法应当删除",
            effective_on="2026-07-06",
            decided_on="2026-07-06",
            severity={"class": "unclassified"},
        )
        await region.state(WUHU, JULY, order)
        assert await Counting(db, node.charter).catch_up() == 19  # all of it, from the beginning
        cells, by_unit = await rows(region)
        after = figures(cells, WUHU, JULY.replace(day=1), "penalty")
        assert (before["volume"], after["volume"]) == ([2, 2], [1, 1])
        assert cells[log_id_of(WUHU), JULY.replace(day=1), "", "erased"] == {"n": 1}
        assert by_unit[log_id_of(WUHU), JULY.replace(day=1), "", "erased"] == {"n": 1}
        assert (await audited(region)).counts == {"quality counters": await compared(region)}


async def test_an_audit_names_what_is_not_what_the_log_gives(database, tmp_path):
    async with open_region(database.service_url, tmp_path) as region:
        assert (await audited(region)).counts == {}  # nothing was counted yet
        await tell(region)
        db = region.served.node.db
        assert await Counting(db, region.served.node.charter, 60).step() == 0  # not so early
        counting = Counting(db, region.served.node.charter)
        await counting.catch_up()
        await db.pool.execute(
            f"UPDATE {SCHEMA}.cells SET counts = counts || '{{\"n\": 9}}' WHERE type = 'permit'"
        )
        found = [problem.place for problem in (await audited(region)).problems]
        assert found == [
            f"quality {log_id_of(WUHU)} 2026-06 {unit} permit"
            for unit in ("", "芜湖市市场监督管理局")
        ]
        owner = await asyncpg.connect(database.owner_url)
        await owner.execute("SET registry.erasing = 'on'")  # which lets the owner change a body
        body = await owner.fetchval("SELECT main FROM entries WHERE idx = 1 LIMIT 1")
        await owner.execute("UPDATE entries SET main = '{' WHERE main = $1", body)
        found = [problem.place for problem in (await audited(region)).problems]
        assert found == ["quality"]
        await owner.execute("UPDATE entries SET main = $1 WHERE main = '{'", body)
        await owner.close()
        report_ = AuditReport()
        await audit_quality(db, report_)
        assert report_.counts == {}  # no charter has verified: nothing to judge by
        # A later charter may name other mirrors: all is counted again, the spoiled row with it.
        report_.charters[2] = charter(2)
        await audit_quality(db, report_)
        assert report_.counts == {"quality counters out of date": 1}
        counting.under(charter(2))
        assert await counting.catch_up() == 17
        report_ = AuditReport(charters={2: charter(2)})
        await audit_quality(db, report_)
        assert (report_.problems, report_.counts) == ([], {"quality counters": 23})


async def test_without_a_mirror_of_the_charter_nothing_has_a_time(database, tmp_path):
    """What no mirror of the charter has receipted is not counted: there is no moment for it."""
    async with open_region(database.service_url, tmp_path) as region:
        await tell(region)
        stranger = {NODE: {"mirror": str(node_key("another").vkey)}}
        with pytest.raises(CharterError):
            charter(nodes=stranger)  # a node's keys are named after it
        other_key = SigningKey.from_seed(f"{NODE}/mirror", seed("other"), 4)
        later = charter(nodes={NODE: {"mirror": str(other_key.vkey)}})
        assert await Counting(region.served.node.db, later).catch_up() == 0
        assert await rows(region) == ({}, {})


async def test_tables_of_an_older_layout_go(database, tmp_path):
    async with open_region(database.service_url, tmp_path) as region:
        pool = region.served.node.db.pool
        await pool.execute("CREATE SCHEMA quality_v0")
        await tell(region)
        await Counting(region.served.node.db, region.served.node.charter).catch_up()
        names = await pool.fetch("SELECT nspname FROM pg_namespace WHERE nspname ~ '^quality'")
        assert [row[0] for row in names] == [SCHEMA]
