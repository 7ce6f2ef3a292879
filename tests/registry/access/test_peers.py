"""Who asks as a node: by the charter's key, for this node, now, once; and everybody else is 401."""

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

import httpx
import pytest
import zstandard
from pydantic import SecretStr

from registry.access.peers import Peers, authority_of
from registry.errors import UnauthorisedRefusal, UnavailableRefusal
from registry.ledger.bodies import parse_chunk
from registry.settings import Settings
from signing.httpsig import Request, sign_request
from signing.keys import SigningKey
from tests.registry.api.conftest import Served, serve
from tests.registry.api.test_uploads import problem
from tests.registry.ingest.test_erase import stated
from tests.registry.world import NODE, NOON, WUHU, charter, line, node_key, open_node

PEER = "node2.example"
BODIES = f"/log/{WUHU}/bodies"
ACCESS = "SELECT who, role, kind, place, outcome FROM access_log ORDER BY seq"


@dataclass
class Moving:
    """A clock that is set forward by hand."""

    moment = NOON

    def now(self):
        return self.moment

    def later(self, seconds: int) -> None:
        self.moment += timedelta(seconds=seconds)

    @property
    def second(self) -> int:
        return int(self.moment.timestamp())


def fields(
    target: str, at: int, nonce: str = "n" * 16, key: SigningKey | None = None, host: str = NODE
) -> dict[str, str]:
    return sign_request(Request("GET", host, target), key or node_key("mirror", PEER), nonce, at)


@pytest.fixture
def clock() -> Moving:
    return Moving()


@pytest.fixture
def peers(clock) -> Peers:
    made = Peers(charter(), NODE, clock, most=3)
    clock.later(5)
    return made


def refused(peers: Peers, target: str, shown: dict[str, str]) -> str:
    with pytest.raises(UnauthorisedRefusal) as caught:
        peers.recognise("GET", target, shown)
    assert "registry-node" in caught.value.headers["Accept-Signature"]
    assert "WWW-Authenticate" in caught.value.headers
    return caught.value.detail_code


def test_a_node_of_the_charter_is_recognised_once(peers, clock):
    shown = fields("/a", clock.second)
    assert peers.recognise("GET", "/a", shown) == PEER
    assert refused(peers, "/a", shown) == "request-replayed"
    assert peers.recognise("GET", "/a", fields("/a", clock.second, "m" * 16)) == PEER


def test_nobody_else_is(peers, clock):
    at = clock.second
    assert refused(peers, "/a", {}) == "no-credential"
    assert refused(peers, "/b", fields("/a", at)) == "bad-signature"
    assert refused(peers, "/a", fields("/a", at, host="node3.example")) == "bad-signature"
    for key in (node_key("witness", PEER), node_key("mirror"), node_key("mirror", "node3.example")):
        assert refused(peers, "/a", fields("/a", at, key=key)) == "unknown-key", key.name
    forged = SigningKey.from_seed(f"{PEER}/mirror", bytes(32), 4)
    stated_key = fields("/a", at)["signature-input"]
    shown = fields("/a", at, key=forged) | {"signature-input": stated_key}
    assert refused(peers, "/a", shown) == "bad-signature"
    assert refused(peers, "/a", fields("/a", at - 100)) == "request-expired"
    assert refused(peers, "/a", fields("/a", at + 100)) == "request-future"
    assert refused(peers, "/a", {"signature": "x"}) == "request-unsigned"


def test_what_was_signed_before_the_start_does_not_count(clock):
    shown = fields("/a", clock.second)
    assert Peers(charter(), NODE, clock)._held == {}
    assert refused(Peers(charter(), NODE, clock), "/a", shown) == "request-before-start"


def test_nonces_are_bounded_and_none_is_forgotten_while_it_counts(peers, clock):
    first = fields("/a", clock.second, "a" * 16)
    peers.recognise("GET", "/a", first)
    for nonce in ("b" * 16, "c" * 16):
        peers.recognise("GET", "/a", fields("/a", clock.second, nonce))
    with pytest.raises(UnavailableRefusal):
        peers.recognise("GET", "/a", fields("/a", clock.second, "d" * 16))
    clock.later(89)
    assert refused(peers, "/a", first) == "request-replayed"
    clock.later(1)
    assert refused(peers, "/a", first) == "request-expired"
    peers.recognise("GET", "/a", fields("/a", clock.second, "d" * 16))
    assert len(peers._held) == 1


@pytest.mark.parametrize(
    ("url", "authority"),
    [
        ("https://Node.Example", "node.example"),
        ("https://node.example:443/", "node.example"),
        ("http://127.0.0.1:8000", "127.0.0.1:8000"),
        ("http://node.example:80", "node.example"),
        ("https://node.example:80", "node.example:80"),
        ("https://user@node.example", "node.example"),
    ],
)
def test_the_authority_of_an_address(url, authority):
    assert authority_of(url) == authority


@pytest.fixture
async def served(database, tmp_path, clock):
    settings = Settings(node_name=NODE, data_dir=tmp_path, key_password=SecretStr("x"))
    async with (
        open_node(database.service_url, tmp_path) as node,
        serve(node, settings, clock) as whole,
    ):
        clock.later(5)
        yield whole


async def ask(served: Served, target: str, shown: dict[str, str] | None = None) -> httpx.Response:
    return await served.http.get(target, headers=shown or {})


async def test_bodies_are_for_nodes_alone_and_every_read_is_written_down(served, clock):
    await served.publish([line(1), stated(2), line(3)])
    target = f"{BODIES}?from=1&count=1"
    answer = await ask(served, target, fields(target, clock.second))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/vnd.registry.bodies+zstd"
    assert answer.headers["cache-control"] == "no-store"
    chunk = parse_chunk(zstandard.ZstdDecompressor().decompress(answer.content))
    assert list(chunk.lines) == [stated(2)]

    problem(await ask(served, target), 401, "no-credential")
    problem(await ask(served, target, fields(target, clock.second)), 401, "request-replayed")
    rows = [tuple(row) for row in await served.node.db.pool.fetch(ACCESS)]
    assert rows == [
        (f"node:{PEER}", "node", "bodies", f"{WUHU}/1", "answered"),
        (f"node:{PEER}", "", "credential", "", "request-replayed"),
    ]


async def test_who_is_no_node_learns_nothing_of_what_there_is(served, clock):
    await served.publish([line(1)])
    told = []
    for origin in (WUHU, "no.example/log"):
        for shown in ({}, fields("/other", clock.second)):
            answer = await ask(served, f"/log/{origin}/bodies", shown)
            body = {k: v for k, v in answer.json().items() if k != "instance"}
            told.append((answer.status_code, body["code"], body["detail"]))
    assert told[:2] == told[2:]
    assert {status for status, _, _ in told} == {401}


async def test_a_node_is_told_what_is_not_there(served, clock):
    await served.publish([line(1)])
    for number, target in enumerate((f"{BODIES}?from=1", "/log/no.example/log/bodies")):
        shown = fields(target, clock.second, f"{number:016}")
        assert (await ask(served, target, shown)).status_code == 404
    for number, query in enumerate(("from=-1", "count=0", "count=8193"), 5):
        target = f"{BODIES}?{query}"
        shown = fields(target, clock.second, f"{number:016}")
        assert (await ask(served, target, shown)).status_code == 400


async def test_bad_signatures_count_against_their_address(served):
    for _ in range(served.resources.settings.refused_per_minute):
        assert (await ask(served, BODIES, {"signature": "x"})).status_code == 401
    assert (await ask(served, BODIES, {"signature": "x"})).status_code == 429
    assert (await ask(served, BODIES)).status_code == 401


async def test_a_restricted_attachment_is_for_nodes(served, clock):
    evidence = "证据原件".encode()
    digest = sha256(evidence).hexdigest()
    await served.publish([stated(1, evidence)])
    path = f"/log/{WUHU}/bodies/attachment/{digest}"
    missing = await ask(served, path, fields(path, clock.second))
    assert missing.status_code == 404
    put = await served.http.put(f"/log/{WUHU}/attachment/{digest}", content=evidence)
    assert put.status_code == 200, put.text
    assert (await ask(served, f"/log/{WUHU}/attachment/{digest}")).status_code == 404
    assert (await ask(served, path)).status_code == 401
    given = await ask(served, path, fields(path, clock.second, "m" * 16))
    assert (given.status_code, given.content) == (200, evidence)
    unknown = f"/log/{WUHU}/bodies/attachment/{'0' * 64}"
    answer = await ask(served, unknown, fields(unknown, clock.second, "k" * 16))
    assert answer.status_code == 404
