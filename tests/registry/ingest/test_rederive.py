"""All that follows from the records is derived again when the checks have changed."""

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from registry import resources
from registry.errors import NodeError
from registry.ingest import rederive as rederiving
from registry.ingest.rederive import fingerprint, rederive
from registry.resources import open_resources
from registry.settings import Settings
from registry.store.reading_follow import FollowReading
from registry.store.rederive import CHECKED_WITH
from signing.record import encode_record
from tests.registry.ingest.test_recheck import FIRST, LOG, SECOND, WUHU, audit, some_batches
from tests.registry.ledger.test_audit import as_owner
from tests.registry.query.scene import relation
from tests.registry.world import NODE, Node, Publisher, charter, node_key

DERIVED = (
    *("records", "quarantine", "subjects", "subject_names", "subject_links", "attachment_refs"),
    *("relations", "standard_index", "standard_words"),
)
KEPT = ("entries", "tile_hashes", "checkpoints", "commits", "log_heads")


@pytest.fixture
async def node(database, tmp_path) -> AsyncIterator[Node]:
    async with some_batches(database, tmp_path) as opened:
        yield opened


async def rows(node, *tables: str) -> dict[str, list[tuple[object, ...]]]:
    """Return what the tables hold; when a link was judged says nothing about it."""
    return {
        table: sorted(
            (tuple(value for key, value in row.items() if key != "judged_at"))
            for row in await node.db.pool.fetch(f"SELECT * FROM {table}")
        )
        for table in tables
    }


async def as_older_software_left_it(database) -> None:
    """An older check kept the first penalty out, and knew nothing of who it is about."""
    await as_owner(database, "DELETE FROM records WHERE log_id = $1 AND idx IN (0, 1)", LOG)
    await as_owner(database, "DELETE FROM subject_names")
    await as_owner(
        database,
        "INSERT INTO quarantine SELECT $1, idx, '{old}', '[]' FROM generate_series(0, 1) idx",
        LOG,
    )


async def test_relations_come_out_again_and_judgements_by_hand_stay(node, database):
    publisher = Publisher(WUHU)
    publisher.seal([*FIRST, *SECOND])
    await node.admit(publisher.seal([encode_record(relation("parent_branch"))]))
    await node.db.pool.execute(
        "INSERT INTO subject_links SELECT subject_id, other_id, 'different', '示例', NULL, NULL, "
        "now(), '示例局' FROM subject_links"
    )
    fresh = await rows(node, *DERIVED)
    assert [len(fresh[table]) for table in ("relations", "subject_links")] == [1, 2]
    await as_owner(database, "DELETE FROM relations")
    assert await rederive(database.owner_url) == 13
    assert await rows(node, *DERIVED) == fresh
    # A body that the law has taken away keeps what it stated of others.
    await as_owner(database, "UPDATE entries SET main = NULL WHERE log_id = $1 AND idx = 10", LOG)
    await rederive(database.owner_url)
    assert (await rows(node, "relations", "subjects")) == {
        table: fresh[table] for table in ("relations", "subjects")
    }


async def test_everything_comes_out_as_on_a_fresh_node(node, database):
    fresh, logs = await rows(node, *DERIVED), await rows(node, *KEPT)
    await as_older_software_left_it(database)
    assert (await audit(node)).problems
    assert await rederive(database.owner_url) == 12
    assert await rows(node, *DERIVED) == fresh
    assert await rows(node, *KEPT) == logs
    assert (await audit(node)).problems == []


async def test_followers_begin_again(node, database):
    reading = FollowReading(node.db.pool)
    await reading.move("search", 0, 4)
    await rederive(database.owner_url)
    assert await reading.cursor("search") == 0
    assert await reading.cursor(CHECKED_WITH) == fingerprint()


async def test_rows_of_an_erased_body_stay(node, database):
    before = await rows(node, *DERIVED)
    await as_owner(database, "UPDATE entries SET main = NULL WHERE log_id = $1 AND idx = 1", LOG)
    await as_owner(
        database, "UPDATE entries SET restricted = NULL WHERE log_id = $1 AND idx = 3", LOG
    )
    # not counted: 1, of which the body is gone; 3, a part of it; 4, an act upon 1; and 南京's, too
    assert await rederive(database.owner_url) == 8
    assert await rows(node, *DERIVED) == before


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("UPDATE entries SET main = '{}' WHERE log_id = $1 AND idx = 1", f"{WUHU}/1"),
        ("UPDATE entries SET restricted = '{}' WHERE log_id = $1 AND idx = 3", f"{WUHU}/3"),
        ("UPDATE commits SET charter_version = 7 WHERE log_id = $1", "7"),
        ("UPDATE charters SET note = 'x' WHERE $1::bigint <> 0", "charter"),
    ],
)
async def test_damage_is_named_and_nothing_is_changed(node, database, damage, said):
    await as_owner(database, damage, LOG)
    before = await rows(node, *DERIVED)
    with pytest.raises(NodeError, match=said):
        await rederive(database.owner_url)
    assert await rows(node, *DERIVED) == before


async def test_a_database_that_is_not_there():
    with pytest.raises(NodeError, match="cannot be reached"):
        await rederive("postgresql://postgres@127.0.0.1:1/none")


def settings(tmp_path, database, owner_url: str) -> Settings:
    keys = tmp_path / "keys"
    keys.mkdir(exist_ok=True)
    for use in (resources.MIRROR, resources.WITNESS):
        (keys / f"{use}.key").write_bytes(node_key(use).to_pem(b"x"))
    (tmp_path / "charter").write_bytes(charter().note)
    return Settings(
        node_name=NODE, data_dir=tmp_path, database_url=database.service_url, owner_url=owner_url,
        charter=tmp_path / "charter", key_password=SecretStr("x"),
    )  # fmt: skip


@pytest.mark.usefixtures("node")
async def test_a_node_checks_again_when_it_starts_with_other_checks(
    database, tmp_path, monkeypatch, caplog
):
    await as_owner(
        database, "UPDATE charters SET note = $1, digest = $2", charter().note, charter().digest
    )
    async with open_resources(settings(tmp_path, database, database.owner_url)):
        assert "12 records checked again" in caplog.text
    caplog.clear()
    async with open_resources(settings(tmp_path, database, database.owner_url)):
        assert "checked again" not in caplog.text  # once is enough
    monkeypatch.setattr(resources, "fingerprint", lambda: 7)
    with pytest.raises(NodeError, match="registry db rederive"):
        async with open_resources(settings(tmp_path, database, "")):
            pass


async def test_an_empty_node_has_nothing_to_check(database, tmp_path, caplog):
    async with open_resources(settings(tmp_path, database, database.owner_url)) as opened:
        reading = FollowReading(opened.db.pool)
        assert await reading.cursor(CHECKED_WITH) == fingerprint()
    assert "checked again" not in caplog.text


def test_the_fingerprint_follows_the_tables(monkeypatch):
    before = fingerprint()
    assert 0 < before < 2**63
    assert fingerprint() == before
    monkeypatch.setattr(rederiving, "version", lambda _name: "another")
    assert fingerprint() != before


async def test_two_processes_never_cosign_from_one_data_folder(database, tmp_path):
    chosen = settings(tmp_path, database, database.owner_url)
    async with open_resources(chosen):
        with pytest.raises(NodeError, match="a node is one process"):
            async with open_resources(chosen):
                pass
    async with open_resources(chosen):
        pass
