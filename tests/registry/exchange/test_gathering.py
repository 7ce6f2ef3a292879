"""A quorum that needs other nodes: admitted at once, whole when their witnesses have cosigned."""

import httpx
import pytest

from registry.exchange.asking_witness import ANSWER_MAX
from registry.exchange.rhythm import Rhythm
from registry.ledger.quorum import seen_by
from registry.ledger.read import LogReader
from registry.store.cosignatures import CosignatureStore
from registry.store.logs import log_id_of
from signing.checkpoint import Checkpoint
from signing.cosign import cosign
from signing.keys import SigningKey
from signing.policy import parse_policy
from signing.quorum import open_by_policy
from tests.registry.api.conftest import BATCH
from tests.registry.exchange.region import HOME, Region, RegionNode, free_port, open_region, until
from tests.registry.world import NODE, NOON, WUHU, Publisher, charter, line, node_key, seed

ADD = "/witness/add-checkpoint"


@pytest.fixture
async def region(postgres_server, migrated_template, tmp_path):
    async with open_region(postgres_server, migrated_template, tmp_path) as opened:
        yield opened


async def opened(region: Region) -> tuple[RegionNode, RegionNode]:
    known = region.charter(quorum=2)
    return await region.open(NODE, known=known), await region.open(HOME, known=known)


async def sent(node: RegionNode, publisher: Publisher, lines: list[bytes]) -> dict:
    async with httpx.AsyncClient(base_url=node.url) as http:
        url = f"/log/{publisher.origin}/batch"
        return (await http.post(url, content=publisher.seal(lines), headers=BATCH)).json()


async def got(node: RegionNode, path: str) -> bytes:
    async with httpx.AsyncClient(base_url=node.url) as http:
        answer = await http.get(path)
    assert answer.status_code == 200, answer.text
    return answer.content


async def test_an_admission_awaits_witnesses_and_is_completed_later(region):
    here, other = await opened(region)
    known, publisher = here.resources.charter, Publisher(WUHU)
    gathering = here.app.state["gathering"]
    assert await gathering.once()  # nothing there yet: nothing is asked
    assert not other.lying.asked
    admitted = await sent(here, publisher, [line(1), line(2)])
    assert admitted["awaiting"] == [HOME]
    assert (await sent(here, publisher, [line(3)]))["awaiting"] == [HOME]
    page = (await got(here, f"/log/{WUHU}")).decode()
    assert "等待见证" in page
    assert HOME in page
    assert "等待见证" in (await got(here, "/logs")).decode()
    record = (await got(here, f"/record/{WUHU}/2")).decode()
    assert "等待见证" in record
    assert await gathering.once()
    assert other.lying.asked == [ADD]
    assert await gathering.once()  # whole: nobody is asked again
    assert other.lying.asked == [ADD]
    checkpoint = await got(here, f"/log/{WUHU}/checkpoint")
    assert seen_by(known, checkpoint).nodes == (NODE, HOME)
    policy = parse_policy(await got(here, f"/log/{WUHU}/tlog-policy"))
    assert [log.key.name for log in policy.logs] == [WUHU]
    assert open_by_policy(checkpoint, policy).verdict.met
    async with httpx.AsyncClient(base_url=here.url) as http:
        assert (await http.get(f"/log/{WUHU}/size")).json()["awaiting"] == []
    for path in (f"/log/{WUHU}", "/logs", f"/record/{WUHU}/2"):
        assert "等待见证" not in (await got(here, path)).decode()


async def test_a_proof_stands_under_a_tree_that_the_quorum_has_seen(region):
    here, other = await opened(region)
    known, publisher = here.resources.charter, Publisher(WUHU)
    await here.publish(publisher, [line(1)])
    assert await here.app.state["gathering"].once()
    await here.publish(publisher, [line(2)])  # awaits witnesses again
    for idx, met in ((0, True), (1, False)):
        proof = await got(here, f"/log/{WUHU}/proof/{idx}")
        note = proof.partition(b"\n\n")[2]
        assert seen_by(known, note).met is met
    assert seen_by(known, await got(here, f"/log/{WUHU}/checkpoint")).awaiting == (HOME,)
    # More is sent while the other is asked about less: it says where it stands, and is given that.
    here.app.state["gathering"].under(known)
    assert await here.app.state["gathering"].once()
    assert other.lying.asked == [ADD] * 3
    assert await LogReader(here.db, known).awaiting(WUHU) == ()
    assert await LogReader(here.db).awaiting(WUHU) == ()
    # what other nodes have cosigned is kept for good and is never counted twice
    assert await CosignatureStore(here.db).sizes(log_id_of(WUHU), 8) == (2, 1)


BAD = {
    "refuses": (403, b"no"),
    "disagrees": (422, b""),
    "oversized": (200, b"x" * (ANSWER_MAX + 1)),
    "malformed": (200, b"hello\n"),
    "ahead": (409, b"7\n"),
    "unsettled": (409, b"1\n"),
    "other-key": (200, None),
    "bad-signature": (200, None),
    "postdated": (200, None),
}


def forged(publisher: Publisher, how: str) -> bytes:
    checkpoint = Checkpoint(WUHU, publisher.tree.size, publisher.tree.root())
    now = int(NOON.timestamp())
    key = node_key("witness", HOME)
    if how == "other-key":
        key = SigningKey.from_seed(f"{HOME}/witness", seed("a thief"), 4)
    other = Checkpoint(WUHU, 9, bytes(32)) if how == "bad-signature" else checkpoint
    return cosign(key, other.text(), now + (10**6 if how == "postdated" else 0)).line().encode()


async def test_a_bad_witness_is_refused_by_name_and_never_counted(region, caplog):
    here, other = await opened(region)
    publisher = Publisher(WUHU)
    await here.publish(publisher, [line(1), line(2)])
    gathering = here.app.state["gathering"]
    for reason, (status, body) in BAD.items():
        answer = forged(publisher, reason) if body is None else body
        other.lying.change = lambda _path, _was, told=(status, answer): told
        assert not await gathering.once(), reason
        (failing,) = gathering.failing
        assert (failing.node, failing.origin) == (HOME, WUHU)
        assert failing.reason == reason
        assert f"{HOME}/witness: {reason}" in caplog.text
    other.lying.change = lambda _path, _was: (409, b"one")
    assert not await gathering.once()
    assert gathering.failing[0].reason == "malformed"
    away = charter(urls=region.urls | {HOME: f"http://127.0.0.1:{free_port()}"}, quorum=2)
    gathering.under(away)
    assert not await gathering.once()
    assert gathering.failing[0].reason == "unreachable"
    gathering.under(here.resources.charter)
    assert await LogReader(here.db, here.resources.charter).awaiting(WUHU) == (HOME,)
    other.lying.change = None
    async with gathering.running(Rhythm(0.05)):

        async def whole() -> bool:
            return await LogReader(here.db, here.resources.charter).awaiting(WUHU) == ()

        await until(whole)
    assert gathering.failing == ()
    gathering.under(region.charter())
    assert await gathering.once()  # this node alone is the quorum: nobody is asked
