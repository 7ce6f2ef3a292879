"""The audit of the logs finds every kind of difference and names the place."""

from collections.abc import AsyncIterator, Iterator
from hashlib import sha256
from pathlib import Path

import asyncpg
import pytest

from registry.ledger.audit import audit_logs
from registry.ledger.audit_report import AuditReport
from registry.store.charters import CharterStore
from tests.conftest import filled
from tests.registry.world import (
    NANJING,
    NOON,
    WUHU,
    Node,
    Publisher,
    charter,
    line,
    open_node,
    salt,
)

ZERO = "decode(repeat('00', 32), 'hex')"
LOG = f"(SELECT log_id FROM logs WHERE origin = '{WUHU}')"
NAN = f"(SELECT log_id FROM logs WHERE origin = '{NANJING}')"


@pytest.fixture(scope="module")
def template(postgres_server, migrated_template, tmp_path_factory) -> Iterator[str]:
    """A node's database as every test below finds it, in a copy of its own."""
    folder = tmp_path_factory.mktemp("filled")
    with filled(postgres_server, migrated_template, lambda url: fill(url, folder)) as name:
        yield name


async def fill(service_url: str, folder: Path) -> None:
    async with open_node(service_url, folder) as opened:
        current = opened.charter
        await CharterStore(opened.db).add(1, current.note, current.digest, NOON)
        publisher = Publisher(WUHU)
        await opened.admit(publisher.seal([]))
        await opened.admit(publisher.seal([line(i) for i in range(300)]))
        await opened.admit(publisher.seal([line(i, salt=salt(1000 + i)) for i in range(300, 310)]))
        await opened.admit(publisher.seal([b"{}", line(400), line(401, salt=salt(400))]))
        await opened.admit(Publisher(NANJING).seal([line(1)]), NANJING)


@pytest.fixture
async def node(database, tmp_path) -> AsyncIterator[Node]:
    async with open_node(database.service_url, tmp_path / "cosigned") as opened:
        yield opened


async def as_owner(database, sql: str, *arguments: object) -> None:
    connection = await asyncpg.connect(database.owner_url)
    try:
        await connection.execute("SET session_replication_role = replica")
        await connection.execute(sql, *arguments)
    finally:
        await connection.close()


def said(report: AuditReport) -> list[tuple[str, str]]:
    return [(problem.place, problem.what) for problem in report.problems]


async def test_a_sound_node_has_no_problem_and_everything_was_counted(node):
    report = await audit_logs(node.db, node.charter)
    assert report.problems == []
    assert report.counts == {
        "charters": 1,
        "logs": 2,
        "entries": 314,
        "checkpoints": 5,
        "receipts": 5,
        "tiles": 1,
        "commits": 5,
    }
    assert (await audit_logs(node.db)).problems == []


def put(row: str, table: str = "entries") -> str:
    return f"INSERT INTO {table} VALUES ({row})"


def moved(table: str) -> str:
    """One row becomes one of a log that is not here."""
    return f"UPDATE {table} SET log_id = 77 WHERE ctid = (SELECT ctid FROM {table} LIMIT 1)"


NOTE_OF = (
    "UPDATE checkpoints SET (note, note_digest) = "
    "(SELECT note, note_digest FROM checkpoints c WHERE {}) WHERE size = 300"
)


DIFFERENCES = {
    "a flipped byte": (
        ("UPDATE entries SET main = set_byte(main, 40, get_byte(main, 40) # 1) "
        f"WHERE idx = 77 AND log_id = {LOG}"), f"{WUHU}/77", "digest"),
    "a body gone": (
        f"UPDATE entries SET main = NULL WHERE idx = 78 AND log_id = {LOG}",
        f"{WUHU}/78", "main part is missing"),
    "a restricted part from nowhere": (
        f"UPDATE entries SET restricted = 'x' WHERE idx = 5 AND log_id = {LOG}",
        f"{WUHU}/5", "restricted part does not"),
    "another entry": (
        f"UPDATE entries SET entry = set_byte(entry, 0, 7) WHERE idx = 3 AND log_id = {LOG}",
        f"{WUHU}/3", "digest"),
    "an entry gone": (
        f"DELETE FROM entries WHERE idx = 100 AND log_id = {LOG}",
        f"{WUHU}/100", "no entry from 100 to 100"),
    "the last entry gone": (
        f"DELETE FROM entries WHERE idx = 312 AND log_id = {LOG}",
        f"{WUHU}/312", "no entry from 312 to 312"),
    "a wild head": (
        f"UPDATE log_heads SET size = {2**60} WHERE log_id = {LOG}",
        f"{WUHU}/313", f"no entry from 313 to {2**60 - 1}"),
    "an entry beyond": (
        put(f"{LOG}, 313, decode(repeat('00', 64), 'hex'), NULL, NULL"),
        f"{WUHU}/313", "entries: the log does not reach"),
    "an entry before": (
        put(f"{LOG}, -1, decode(repeat('00', 64), 'hex'), NULL, NULL"),
        f"{WUHU}/-1", "entries: the log does not reach"),
    "a record beyond": (
        put(f"{ZERO}, {LOG}, 900, 'penalty', 'x', '2026-01-01'", "records").replace(
            "repeat('00', 32)", "repeat('00', 16)"),
        f"{WUHU}/900", "records: the log does not reach"),
    "quarantine beyond": (
        put(f"{LOG}, 900, '{{x}}', '[]'", "quarantine"),
        f"{WUHU}/900", "quarantine: the log does not reach"),
    "a naming beyond": (
        put(f"{LOG}, 900, {ZERO}, 1, 'text/plain', false", "attachment_refs"),
        f"{WUHU}/900", "attachment_refs: the log does not reach"),
    "an erasure beyond": (
        put(f"{LOG}, 900, 'main', {LOG}, 1, now()", "erasures"),
        f"{WUHU}/900", "erasures: the log does not reach"),
    "a tile gone": (
        f"DELETE FROM tile_hashes WHERE log_id = {LOG}", f"{WUHU} tile 1/0", "follow"),
    "another tile": (
        f"UPDATE tile_hashes SET hash = {ZERO}", f"{WUHU} tile 1/0", "follow"),
    "a tile beyond": (
        put(f"{LOG}, 2, 0, {ZERO}", "tile_hashes"), f"{WUHU} tile 2/0", "follow"),
    "the head's root": (
        f"UPDATE log_heads SET root = {ZERO} WHERE log_id = {LOG}", f"{WUHU}@313", "head's root"),
    "the head's range": (
        f"UPDATE log_heads SET compact_range = '' WHERE log_id = {LOG}",
        f"{WUHU}@313", "compact range"),
    "the head's time earlier": (
        f"UPDATE log_heads SET cosigned_at = cosigned_at - 1 WHERE log_id = {LOG}",
        f"{WUHU}@313", "cosigned at"),
    "the head's time later": (
        f"UPDATE log_heads SET cosigned_at = cosigned_at + 1 WHERE log_id = {LOG}",
        f"{WUHU}@313", "cosigned at"),
    "no head": (f"DELETE FROM log_heads WHERE log_id = {LOG}", WUHU, "no head"),
    "another root": (
        f"UPDATE checkpoints SET root = {ZERO} WHERE size = 300", f"{WUHU}@300", "the root does"),
    "the note of another tree": (
        NOTE_OF.format(f"c.size = 310 AND c.log_id = {LOG}"), f"{WUHU}@300", "another tree"),
    "the note of another log": (
        NOTE_OF.format(f"c.log_id = {NAN}"), f"{WUHU}@300", "unknown-key"),
    "a checkpoint of no tree": (
        "UPDATE checkpoints SET size = 400 WHERE size = 313", f"{WUHU}@400", "a tree that is not"),
    "the receipt of another tree": (
        (f"UPDATE checkpoints SET receipt = (SELECT receipt FROM checkpoints c "
        f"WHERE c.size = 310 AND c.log_id = {LOG}) WHERE size = 300"),
        f"{WUHU}@300", "receipt is of another tree"),
    "a receipt without a mirror": (
        "UPDATE checkpoints SET receipt = note WHERE size = 300", f"{WUHU}@300", "no mirror"),
    "a receipt of another time": (
        "UPDATE checkpoints SET cosigned_at = cosigned_at - 5 WHERE size = 300",
        f"{WUHU}@300", "no mirror"),
    "a receipt with a line more": (
        ("UPDATE checkpoints SET receipt = receipt "
        "|| convert_to(E'— x.example AAAAAAAA\\n', 'UTF8') WHERE size = 300"),
        f"{WUHU}@300", "nobody known"),
    "a note with a line more": (
        ("UPDATE checkpoints SET note = note || convert_to(E'— x.example AAAAAAAA\\n', 'UTF8'), "
        "note_digest = sha256(note || convert_to(E'— x.example AAAAAAAA\\n', 'UTF8')) "
        "WHERE size = 300"), f"{WUHU}@300", "not the log's own"),
    "a note under another digest": (
        f"UPDATE checkpoints SET note_digest = {ZERO} WHERE size = 300",
        f"{WUHU}@300", "digest it is stored under"),
    "junk for a note": (
        "UPDATE checkpoints SET note = 'x', note_digest = sha256('x') WHERE size = 300",
        f"{WUHU}@300", "malformed-note"),
    "no receipt at the end": (
        "UPDATE checkpoints SET receipt = NULL WHERE size = 313", f"{WUHU}@313", "no receipt"),
    "a cosignature before the key was valid": (
        "UPDATE checkpoints SET cosigned_at = 5 WHERE size = 300", f"{WUHU}@300", "expired-key"),
    "a charter that is not here": (
        "UPDATE checkpoints SET charter_version = 9 WHERE size = 300", f"{WUHU}@300", "charter 9"),
    "a checkpoint gone": ("DELETE FROM checkpoints WHERE size = 300", "commit 2", "no checkpoint"),
    "a commit gone": ("DELETE FROM commits WHERE seq = 2", "commit 3", "does not go on"),
    "the last commit gone": ("DELETE FROM commits WHERE seq = 5", NANJING, "commits end at 0"),
    "a commit's number": ("UPDATE commits SET seq = 9 WHERE seq = 5", "commit 9", "number 5"),
    "a commit backwards": (
        ("UPDATE commits SET end_idx = -1 WHERE seq = 1; UPDATE commits SET start_idx = -1 "
        "WHERE seq = 2"), "commit 1", "0 to -1"),
    "a commit under no charter": (
        "UPDATE commits SET charter_version = 9 WHERE seq = 4", "commit 4", "charter 9"),
    "a log under another key": (
        f"UPDATE logs SET log_id = 77 WHERE log_id = {NAN}", NANJING, "not that of its name"),
    "a log of another party": (
        f"UPDATE logs SET party_code = '999999' WHERE log_id = {NAN}", NANJING, "999999"),
    "a log under another name": (
        f"UPDATE logs SET origin = 'nobody.example/x' WHERE log_id = {NAN}",
        "nobody.example/x", "no charter gives this log"),
    "junk for a charter": ("UPDATE charters SET note = 'junk'", "charter 1", "malformed-note"),
    "a charter under another version": (
        "UPDATE charters SET version = 3", "charter 3", "another version"),
    "a charter under another digest": (
        f"UPDATE charters SET digest = {ZERO}", "charter 1", "another digest"),
    "an attachment's bytes": (
        put("sha256('a'), 1, 'b'", "attachments"),
        f"attachment {sha256(b'a').hexdigest()}", "digest"),
    "an attachment's size": (
        put("sha256('a'), 2, 'a'", "attachments"),
        f"attachment {sha256(b'a').hexdigest()}", "size"),
    "an attachment of nobody": (
        put("sha256('a'), 1, 'a'", "attachments"),
        f"attachment {sha256(b'a').hexdigest()}", "no admitted record"),
    **{
        f"{table} of no log": (moved(table), "log 77", f"{table}: rows of a log")
        for table in ("log_heads", "entries", "commits", "checkpoints", "records", "quarantine",
                      "tile_hashes")
    },
    "attachment_refs of no log": (
        put(f"77, 1, {ZERO}, 1, 'text/plain', false", "attachment_refs"),
        "log 77", "attachment_refs: rows"),
    "erasures of no log": (
        put("77, 1, 'main', 77, 2, now()", "erasures"), "log 77", "erasures: rows"),
}  # fmt: skip


@pytest.mark.parametrize(("sql", "place", "what"), DIFFERENCES.values(), ids=DIFFERENCES)
async def test_each_difference_is_found_and_its_place_named(node, database, sql, place, what):
    await as_owner(database, sql)
    found = said(await audit_logs(node.db, node.charter))
    assert [one for one in found if one[0] == place and what in one[1]], found


async def test_a_head_of_which_no_log_speaks_is_found_beside_it(node, database):
    await as_owner(database, f"DELETE FROM logs WHERE log_id = {NAN}")
    found = said(await audit_logs(node.db, node.charter))
    assert {what.partition(":")[0] for place, what in found if place.startswith("log ")} == {
        "log_heads", "entries", "commits", "checkpoints", "records",
    }  # fmt: skip


async def test_attachments_that_have_not_come_are_counted(node, database):
    await as_owner(
        database,
        f"INSERT INTO attachment_refs SELECT {LOG}, n, sha256(n::text::bytea), 1, 'x/y', false "
        "FROM generate_series(1, 3) n; INSERT INTO attachments VALUES (sha256('1'), 1, '1'), "
        "(sha256('2'), 1, NULL)",
    )
    report = await audit_logs(node.db, node.charter)
    assert report.problems == []
    assert (report.counts["attachments"], report.counts["attachments missing"]) == (1, 2)


async def test_the_audit_sees_one_moment(node, monkeypatch):
    """What is admitted while it runs is not half seen."""
    walk = audit_logs.__globals__["LogAudit"].run
    fresh = Publisher(NANJING)
    fresh.seal([line(1)])

    async def meanwhile(self, sizes):
        if self._origin == NANJING:
            await node.admit(fresh.seal([line(2)]), NANJING)
        await walk(self, sizes)

    monkeypatch.setattr(audit_logs.__globals__["LogAudit"], "run", meanwhile)
    assert (await audit_logs(node.db, node.charter)).problems == []
    monkeypatch.undo()
    report = await audit_logs(node.db, node.charter)
    assert (report.problems, report.counts["commits"]) == ([], 6)


async def test_charters_are_chained_and_compared_with_the_one_given(node):
    second = charter(2)
    report = await audit_logs(node.db, second)
    assert (report.problems, set(report.charters)) == ([], {1, 2})
    await CharterStore(node.db).add(2, second.note, second.digest, NOON)
    assert said(await audit_logs(node.db, charter(2, competences={WUHU: ["x"]}))) == [
        ("charter 2", "the charter stored is not the one given")
    ]
    third = charter(3)
    await CharterStore(node.db).add(3, third.note, third.digest, NOON)
    assert (await audit_logs(node.db, second)).problems == []
    assert (await audit_logs(node.db)).problems == []


async def test_a_charter_given_must_fit_into_the_chain(node, database):
    second = charter(2)
    await CharterStore(node.db).add(2, second.note, second.digest, NOON)
    await as_owner(database, "DELETE FROM charters WHERE version = 1")
    ((place, what),) = said(await audit_logs(node.db, node.charter))
    assert (place, "does not follow" in what) == ("charter 1", True)
