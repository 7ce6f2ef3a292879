"""What lies beyond a log is nowhere, whatever is asked for."""

from collections.abc import AsyncIterator

import pytest

from registry.errors import NotFoundRefusal
from registry.ledger.read import LogReader
from signing.merkle import verify_consistency, verify_inclusion
from tests.registry.world import NANJING, WUHU, Node, Publisher, line, open_node


@pytest.fixture
async def node(database, tmp_path) -> AsyncIterator[Node]:
    async with open_node(database.service_url, tmp_path / "cosigned") as opened:
        await opened.admit(Publisher(WUHU).seal([line(i) for i in range(5)]))
        yield opened


async def test_beyond_a_log_there_is_nothing(node):
    reader = LogReader(node.db)
    for asked in (
        reader.inclusion(WUHU, 5, 5),
        reader.inclusion(WUHU, -1, 5),
        reader.inclusion(WUHU, 0, 6),
        reader.consistency(WUHU, 0, 5),
        reader.consistency(WUHU, 4, 3),
        reader.consistency(WUHU, 1, 6),
        reader.tile(WUHU, 0, 0, 6),
        reader.entry_bundle(WUHU, 0, 6),
        reader.body(WUHU, 5),
        reader.proof(WUHU, 5),
        reader.checkpoint(NANJING),
        reader.size(NANJING),
        reader.stated_at(NANJING, 0),
        reader.stated_at(WUHU, 5),
    ):
        with pytest.raises(NotFoundRefusal):
            await asked


async def test_proofs_verify(node):
    reader = LogReader(node.db)
    entries = (await reader.tile(WUHU, 0, 0, 5), await reader.root(WUHU, 5))
    leaf = entries[0][32:64]
    verify_inclusion(1, 5, leaf, await reader.inclusion(WUHU, 1, 5), entries[1])
    proof = await reader.consistency(WUHU, 2, 5)
    verify_consistency(2, 5, await reader.root(WUHU, 2), entries[1], proof)
