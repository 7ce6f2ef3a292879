"""What a quorum of several nodes comes to, by the cosignatures that are kept."""

from registry.ledger.quorum import cosigners, seen_by
from registry.ledger.read import LogReader
from registry.store.cosignatures import CosignatureStore, Cosigned
from registry.store.logs import log_id_of
from signing.checkpoint import Checkpoint, sign_checkpoint
from signing.cosign import cosign
from signing.note import append_signatures, parse_note
from signing.proof import parse_proof
from tests.registry.world import (
    NODE,
    NOON,
    WUHU,
    Publisher,
    charter,
    line,
    log_key,
    node_key,
    open_node,
)

NOW = int(NOON.timestamp())
OTHER = "node2.example"


def test_only_what_verifies_counts():
    known = charter(quorum=2)
    checkpoint = Checkpoint(WUHU, 1, bytes(32))
    note = sign_checkpoint(checkpoint, log_key(WUHU))
    assert seen_by(known, note).missing == (NODE, OTHER)
    lines = [cosign(node_key(use), checkpoint.text(), NOW) for use in ("mirror", "witness")]
    both = append_signatures(note, lines)
    quorum = seen_by(known, both)  # two keys of one node are one node
    assert (quorum.nodes, quorum.met, quorum.awaiting) == ((NODE,), False, (OTHER,))
    whole = append_signatures(both, [cosign(node_key("witness", OTHER), checkpoint.text(), NOW)])
    assert (seen_by(known, whole).met, seen_by(known, whole).awaiting) == (True, ())
    forged = cosign(node_key("witness", OTHER), Checkpoint(WUHU, 2, bytes(32)).text(), NOW)
    assert cosigners(known, append_signatures(both, [forged])) == ()


async def test_a_tree_that_too_few_have_seen_carries_no_proof_before_the_newest(database, tmp_path):
    async with open_node(database.service_url, tmp_path) as node:
        publisher, known = Publisher(WUHU), charter(quorum=2)
        ledger = LogReader(node.db, known)
        assert await ledger.quorum(WUHU) is None
        await node.admit(publisher.seal([line(1)]))
        root = publisher.tree.root()
        text = parse_note(await ledger.checkpoint(WUHU)).text
        own = cosign(node_key("witness"), text, NOW)
        kept = Cosigned(own.name, own.key_id, own.line(), NOW)
        await CosignatureStore(node.db).keep(log_id_of(WUHU), 1, root, [kept])
        await node.admit(publisher.seal([line(2)]))
        proof = parse_proof(await ledger.proof(WUHU, 0))
        assert proof.checkpoint_note == await ledger.checkpoint(WUHU)
        assert await LogReader(node.db, charter()).quorum(WUHU) is None
        assert await ledger.awaiting(WUHU) == (OTHER,)
