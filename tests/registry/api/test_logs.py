"""The C2SP read paths, verified with what they are for: proofs that hold."""

import pytest

from signing.charter import open_charter
from signing.checkpoint import peek_checkpoint
from signing.merkle import leaf_hash
from signing.proof import verify_proof
from signing.tiles import parse_entry_bundle
from tests.registry.api.conftest import WUHU
from tests.registry.world import ELSEWHERE, NANJING, line, log_key, node_key


async def test_checkpoint_tiles_entries_and_proof_of_a_log(filled):
    http = filled.http
    checkpoint = await http.get(f"/log/{WUHU}/checkpoint")
    assert checkpoint.headers["content-type"] == "text/plain; charset=utf-8"
    assert checkpoint.headers["cache-control"] == "public, max-age=2"
    assert peek_checkpoint(checkpoint.content).size == 3
    tile = await http.get(f"/log/{WUHU}/tile/0/000.p/3")
    bundle = await http.get(f"/log/{WUHU}/tile/entries/000.p/3")
    for answer in (tile, bundle):
        assert answer.headers["content-type"] == "application/octet-stream"
        assert "immutable" in answer.headers["cache-control"]
    entries = parse_entry_bundle(bundle.content)
    assert tile.content == b"".join(leaf_hash(entry) for entry in entries)
    proof = await http.get(f"/log/{WUHU}/proof/1")
    assert proof.headers["content-type"] == "text/plain; charset=utf-8"
    proven = verify_proof(proof.content, entries[1], log_key(WUHU).vkey, [node_key("mirror").vkey])
    assert proven.index == 1


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/000.p/4",
        "tile/0/000",
        "tile/0/0",
        "tile/x/000",
        "tile/entries/001",
        "tile/0/000.p/0",
        "proof/3",
        "proof/99999999999",
        "nothing",
    ],
)
async def test_what_a_log_does_not_have_is_not_found(filled, path):
    answer = await filled.http.get(f"/log/{WUHU}/{path}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert "immutable" not in answer.headers["cache-control"]


async def test_sizes_tell_a_publisher_where_to_go_on(filled):
    http = filled.http
    told = (await http.get(f"/log/{WUHU}/size")).json()
    assert (told["origin"], told["size"]) == (WUHU, 3)
    assert told["receipt"].startswith(WUHU)
    empty = (await http.get(f"/log/{NANJING}/size")).json()
    assert (empty["size"], empty["receipt"]) == (0, "")
    assert (await http.get("/log/no.example/log/size")).status_code == 404
    assert (await http.get(f"/log/{ELSEWHERE}/checkpoint")).status_code == 404


async def test_the_charter_is_served_as_signed(filled):
    answer = await filled.http.get("/charter")
    assert open_charter(answer.content).digest == filled.node.charter.digest


async def test_head_answers_as_get_without_the_body(filled):
    get = await filled.http.get(f"/log/{WUHU}/checkpoint")
    head = await filled.http.head(f"/log/{WUHU}/checkpoint")
    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["content-length"] == get.headers["content-length"]
    assert (await filled.http.head("/nowhere")).status_code == 404


async def test_numbers_of_a_record_follow_the_log(filled):
    more = await filled.publish([line(7)])
    assert more.json()["size"] == 4
    detail = (await filled.http.get(f"/api/v1/records/{WUHU}/3")).json()
    assert detail["view"]["record"]["id"] == "p7"
