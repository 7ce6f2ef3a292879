"""Dry runs go by the territories of the charter in force."""

import pytest

from registry.errors import UnavailableRefusal
from registry.ingest import dry_runs
from registry.ingest.dry_runs import DryRuns
from signing.batch import BatchHeader, encode_batch
from signing.charter import fields_of
from tests.registry.world import WUHU, charter, chunks, line, open_node

BATCH = encode_batch(BatchHeader(WUHU, 0, 1), [line(0)])


async def test_a_later_charter_brings_its_territories(database, tmp_path):
    parties = fields_of(charter())["parties"]
    for party in parties:
        party["territory"] = ["321100"]
    async with open_node(database.service_url, tmp_path) as node:
        checking = DryRuns(node.db, node.charter, 2)
        before = await checking(WUHU, chunks(BATCH), "identity")
        checking.under(charter(2, parties=parties))
        after = await checking(WUHU, chunks(BATCH), "identity")
    assert (before.territory, after.territory) == (("340200",), ("321100",))


async def test_too_many_at_once_are_refused(database, tmp_path, monkeypatch):
    monkeypatch.setattr(dry_runs, "UNDER_WAY", 0)
    async with open_node(database.service_url, tmp_path) as node:
        with pytest.raises(UnavailableRefusal):
            await DryRuns(node.db, node.charter, 2)(WUHU, chunks(BATCH), "identity")
