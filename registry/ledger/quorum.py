"""How many nodes have seen a tree: what the charter's quorum comes to for one checkpoint.

A node has seen a tree when its mirror or its witness has cosigned it, with a key that the charter
names and for a second at which that key counts. While fewer have than the quorum asks for, the log
is *awaiting witnesses*: everything is stored and receipted, and a split view is not yet excluded.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from signing.charter import Charter
from signing.cosign import Cosignature, cosignatures_of
from signing.errors import SigningError
from signing.note import open_note


@dataclass(frozen=True, slots=True)
class Quorum:
    """Which nodes of the charter have seen a tree, and which have not; both in its order."""

    needed: int
    nodes: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def met(self) -> bool:
        """Whether as many have seen it as the charter asks for."""
        return len(self.nodes) >= self.needed

    @property
    def awaiting(self) -> tuple[str, ...]:
        """The nodes that may still make it whole; none once it is."""
        return () if self.met else self.missing


def cosigners(charter: Charter, note: bytes) -> tuple[Cosignature, ...]:
    """Return what the charter's nodes have cosigned of a checkpoint note, earliest first.

    Nothing, of a note in which a line claims to be by one of their keys and does not verify.
    """
    try:
        opened = open_note(note, (*charter.mirror_keys, *charter.witness_keys))
    except SigningError:
        return ()
    found = cosignatures_of(opened)
    return tuple(one for one in found if charter.counts(one.key, one.time))


def seen_by(charter: Charter, note: bytes) -> Quorum:
    """Say which nodes have seen the tree of a checkpoint note."""
    return quorum_of(charter, cosigners(charter, note))


def quorum_of(charter: Charter, found: Sequence[Cosignature]) -> Quorum:
    """Say which nodes verified cosignatures come from."""
    have = {one.key.name.rpartition("/")[0] for one in found}
    names = [node.name for node in charter.nodes]
    return Quorum(
        charter.quorum,
        tuple(name for name in names if name in have),
        tuple(name for name in names if name not in have),
    )
