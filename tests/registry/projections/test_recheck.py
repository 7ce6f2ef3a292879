"""The audit builds every search document again and names each that differs."""

import dataclasses
from datetime import timedelta

import pytest

from registry.clock import FixedClock
from registry.ledger.audit_report import AuditReport
from registry.projections import recheck
from registry.projections.recheck import audit_index
from registry.projections.search import NAME
from search.postgres import PostgresEngine
from tests.registry.ledger.test_audit import as_owner, said
from tests.registry.query.scene import (
    NANJING,
    NOON,
    WUHU,
    Scene,
    act,
    firm,
    listing,
    penalty,
    registration,
    sid,
    uscc,
)

ONE, TWO = sid(uscc(1)), sid(uscc(2))


async def audit(scene: Scene, days: int = 0) -> AuditReport:
    report = AuditReport()
    clock = FixedClock(NOON + timedelta(days=days))
    await audit_index(scene.node.db, scene.engine, clock, report)
    return report


@pytest.fixture
async def filled(scene) -> Scene:
    await scene.state(WUHU, *(registration(subject=firm(n)) for n in range(1, 6)))
    pen = await scene.one(NANJING, penalty(subject=firm(7)))
    await scene.one(NANJING, act("withdrawal", pen, "2026-09-01", subject=firm(7)))
    return scene


async def test_an_empty_node_has_nothing_to_compare(scene):
    report = await audit(scene)
    assert (report.problems, report.counts) == ([], {"documents": 0})


@pytest.mark.parametrize("at_once", [1, 2, 3, 6, 500])
async def test_an_index_that_followed_is_sound(filled, monkeypatch, at_once):
    monkeypatch.setattr(recheck, "AT_ONCE", at_once)
    report = await audit(filled)
    assert (report.problems, report.counts) == ([], {"documents": 5})


async def test_an_index_that_lags_is_not_compared(filled, database):
    await filled.engine.clear()
    await as_owner(database, "UPDATE cursors SET seq = 1")
    report = await audit(filled)
    assert (report.problems, report.counts) == ([], {"index lag": 2})


async def test_an_index_that_moves_meanwhile_is_not_compared(filled, monkeypatch):
    run = recheck._IndexAudit.run

    async def meanwhile(self):
        await run(self)
        await filled.engine.clear()
        await filled.one(WUHU, penalty(subject=firm(1)))

    monkeypatch.setattr(recheck._IndexAudit, "run", meanwhile)
    assert (await audit(filled)).counts == {"index lag": 1}


async def test_a_cursor_ahead_would_skip_commits(filled, database):
    await as_owner(database, "UPDATE cursors SET seq = 9")
    assert said(await audit(filled)) == [(f"cursor {NAME}", "6 commits ahead of the last one")]


MISSING, OTHER = "is missing", "is not what the records of its subject say"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (f"DELETE FROM search_v4.documents WHERE id = '{ONE}'", (ONE, MISSING)),
        (f"UPDATE search_v4.documents SET name = 'x' WHERE id = '{ONE}'", (ONE, OTHER)),
        (f"UPDATE search_v4.documents SET numbers = '{{x}}' WHERE id = '{ONE}'", (ONE, OTHER)),
        (f"UPDATE search_v4.documents SET types = '{{}}' WHERE id = '{ONE}'", (ONE, OTHER)),
        (f"UPDATE search_v4.documents SET version = 99 WHERE id = '{ONE}'",
         (ONE, "is of commit 99, which is not here")),
        (("UPDATE search_v4.documents SET id = '00' || substr(id, 3) "
         f"WHERE id = '{TWO}'"), ("00" + TWO[2:], "is about no subject")),
        (("UPDATE search_v4.documents SET id = repeat('f', 32) "
         f"WHERE id = '{TWO}'"), ("f" * 32, "is about no subject")),
    ],
)  # fmt: skip
async def test_each_difference_is_found_and_its_document_named(filled, database, change, expected):
    await as_owner(database, change)
    document, what = expected
    assert (f"document {document}", what) in said(await audit(filled))


async def test_what_was_withdrawn_must_not_be_in_the_index(filled):
    (known,) = await filled.engine.documents("", 1)
    seven = dataclasses.replace(known, id=sid(uscc(7)))
    await filled.engine.upsert([seven])
    assert said(await audit(filled)) == [(f"document {seven.id}", OTHER)]


async def test_days_that_pass_without_a_commit_are_no_difference(scene):
    """What expires leaves the answers at once, but the index only when it is touched again."""
    await scene.one(WUHU, listing(subject=firm(1), listed_until="2026-12-01"))
    await scene.one(WUHU, penalty(subject=firm(2), publicity_until="2026-12-05"))
    for days in (0, 8, 9, 13, 400):
        assert (await audit(scene, days)).problems == []
    assert len(await scene.engine.documents("", 9)) == 2
    await scene.engine.delete([ONE])
    assert said(await audit(scene)) == [(f"document {ONE}", MISSING)]
    assert (await audit(scene, 20)).problems == []


async def test_rows_too_damaged_to_build_from_are_named(filled, database):
    await as_owner(
        database,
        "UPDATE entries SET main = 'x' FROM records r WHERE entries.log_id = r.log_id "
        f"AND entries.idx = r.idx AND r.subject_id = '\\x{TWO}'",
    )
    assert said(await audit(filled)) == [(f"document {TWO}", "cannot be built from what is stored")]


async def test_commits_that_are_gone_do_not_crash_the_audit(filled, database):
    await as_owner(
        database, "DELETE FROM commits WHERE seq = 1; UPDATE commits SET end_idx = start_idx"
    )
    await audit(filled)


async def test_an_index_that_cannot_be_read_is_a_difference(filled):
    filled.engine = PostgresEngine(filled.node.db.pool, "search_v9")
    ((place, what),) = said(await audit(filled))
    assert (place, what.partition(":")[0]) == (f"index {NAME}", "search-index-layout")
