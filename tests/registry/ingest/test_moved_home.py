"""A log moves to another node: who refuses, who may admit, and from when on."""

import dataclasses

import pytest

from registry.clock import FixedClock
from registry.errors import (
    NotHomeRefusal,
    NotWholeRefusal,
    RootMismatchRefusal,
)
from registry.ingest.admission import Means
from registry.ingest.admit import Door
from registry.ingest.slots import Slots
from registry.ledger.audit import audit_logs
from registry.ledger.charters import Charters
from registry.ledger.cosigned import CosignedFiles
from registry.ledger.read import LogReader
from registry.ledger.takeovers import takeovers
from signing.batch import BatchHeader, encode_batch, parse_batch
from signing.receipt import make_receipt, open_receipt
from tests.registry.ledger.test_takeovers import AT, OTHER, chain
from tests.registry.world import NODE, NOON, WUHU, Publisher, chunks, line, log_key, node_key
from tests.registry.world import open_node as open_world

CHAIN = chain(OTHER, NODE)
"""The log was at home at the other node, and moves to this one."""


class Home:
    """The new home, and what the old one gave for each batch."""

    def __init__(self, node, folder) -> None:
        self.node = node
        self.folder = folder
        self.publisher = Publisher(WUHU)
        self.batches: list[bytes] = []
        for number in range(3):
            self.batches.append(self.publisher.seal([line(number)]))

    @property
    def door(self) -> Door:
        return Door(
            Means(
                db=self.node.db,
                charter=CHAIN[-1],
                node_name=NODE,
                mirror=node_key("mirror"),
                cosigned=CosignedFiles(self.folder, f"{NODE}/mirror"),
                clock=FixedClock(NOON),
                slots=Slots(2),
                takeovers=takeovers(CHAIN, NODE),
            )
        )

    async def admit(self, batch: bytes, **how: bool):
        return await self.door.admit(WUHU, chunks(batch), "identity", **how)

    async def fill(self, count: int) -> None:
        """By hand, through the same door."""
        for batch in self.batches[:count]:
            filled = await self.admit(batch, refill=True)
            assert filled.receipt == b""  # nothing is vouched for before the log is whole

    def last_receipt(self, count: int = 3) -> bytes:
        """The old home's receipt as an empty batch."""
        note = parse_batch([self.batches[count - 1]])[0].checkpoint or b""
        receipt = make_receipt(note, node_key("mirror", OTHER), AT).note
        return encode_batch(BatchHeader(WUHU, count, count, receipt), ())


@pytest.fixture
async def home(database, tmp_path):
    async with open_world(database.service_url, tmp_path) as node:
        await Charters(node.db).adopt([one.note for one in CHAIN], NOON)
        yield Home(node, tmp_path)


async def refused(home, batch: bytes) -> NotWholeRefusal:
    with pytest.raises(NotWholeRefusal) as caught:
        await home.admit(batch)
    return caught.value


async def size(home) -> int:
    head = await LogReader(home.node.db).head(WUHU)
    return head.size if head else 0


async def test_the_old_home_names_the_new_one(home):
    means = dataclasses.replace(home.door._means, node_name=OTHER, takeovers={})
    with pytest.raises(NotHomeRefusal) as caught:
        await Door(means).admit(WUHU, chunks(home.batches[0]), "identity")
    assert caught.value.status == 421
    assert caught.value.extra == {"home": NODE, "url": f"https://{NODE}"}


async def test_nothing_is_admitted_before_the_log_is_handed_over(home):
    for held in range(3):
        told = await refused(home, home.batches[held])
        assert (told.status, told.detail_code) == (409, "hand-over-needed")
        assert told.extra == {"size": held, "from": OTHER}
        assert f"holds {held} records" in told.en
        assert f"现有 {held} 条" in told.zh
        assert await size(home) == held
        await home.admit(home.batches[held], refill=True)


async def test_what_the_node_lacks_is_named(home):
    for held in range(3):
        told = await refused(home, home.last_receipt())
        assert (told.detail_code, told.extra) == ("not-whole", {"size": held, "receipt": 3})
        await home.admit(home.batches[held], refill=True)
    told = await refused(home, home.last_receipt(2))  # not the last one
    assert told.extra == {"size": 3, "receipt": 2}


async def test_with_the_whole_log_it_takes_over_and_goes_on(home):
    await home.fill(3)
    following = home.publisher.seal([line(3)])
    assert (await refused(home, following)).detail_code == "hand-over-needed"
    handed = await home.admit(home.last_receipt())
    assert not handed.repeated
    keys = [log_key(WUHU).vkey]
    for node in (NODE, OTHER):  # both homes vouch for this tree
        assert open_receipt(handed.receipt, keys, [node_key("mirror", node).vkey]).size == 3
    again = await home.admit(home.last_receipt())
    assert (again.receipt, again.repeated) == (handed.receipt, True)
    receipt = (await home.admit(following)).receipt
    assert open_receipt(receipt, keys, [node_key("mirror").vkey]).size == 4
    report = await audit_logs(home.node.db, CHAIN[-1])
    assert (report.problems, report.counts["receipts"]) == ([], 2)


async def test_a_receipt_by_another_node_hands_nothing_over(home):
    await home.fill(3)
    note = parse_batch([home.batches[2]])[0].checkpoint or b""
    own = make_receipt(note, node_key("mirror"), AT).note
    for claimed in (note, own):
        told = await refused(home, encode_batch(BatchHeader(WUHU, 3, 3, claimed), ()))
        assert told.detail_code == "hand-over-needed"


async def test_a_receipt_of_another_tree_is_a_fork(home):
    await home.fill(3)
    other = Publisher(WUHU)
    note = parse_batch([other.seal([line(7), line(8), line(9)])])[0].checkpoint or b""
    receipt = make_receipt(note, node_key("mirror", OTHER), AT).note
    with pytest.raises(RootMismatchRefusal) as caught:
        await home.admit(encode_batch(BatchHeader(WUHU, 3, 3, receipt), ()))
    assert caught.value.extra["fork"]
    kinds = await home.node.db.pool.fetch("SELECT kind FROM evidence")
    assert [row[0] for row in kinds] == ["fork"]


async def test_what_was_filled_without_a_receipt_is_told_when_it_is_sent_again(home):
    await home.fill(1)
    assert (await home.admit(home.batches[0], refill=True)).receipt == b""
    with pytest.raises(NotWholeRefusal):
        await home.admit(home.batches[0])


async def test_a_log_that_was_always_here_needs_nothing(home):
    door = home.door.under(chain(NODE, NODE))
    for batch in home.batches:
        admitted = await door.admit(WUHU, chunks(batch), "identity")
        assert admitted.receipt
