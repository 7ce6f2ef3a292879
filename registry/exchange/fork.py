"""Evidence of a fork: two notes that one log has signed and that cannot both be of one tree.

Of the same size they contradict each other by themselves. Of different sizes a consistency proof
shows which root the larger tree has at the smaller size; the smaller note names another. Whoever
has the charter checks all of it offline, without trusting whoever collected it.
"""

from dataclasses import dataclass
from typing import Final

import msgspec

from registry.ingest.admit import own_lines
from signing.charter import Charter
from signing.encoding import decode_base64, encode_base64
from signing.errors import ProofError, SigningError
from signing.merkle import verify_consistency

FORMAT: Final = "registry-fork@v1"


class _Evidence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: str
    smaller: str
    larger: str
    root: str
    consistency: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fork:
    """Two notes, the smaller tree first; ``root`` is what the larger has at the smaller size."""

    smaller: bytes
    larger: bytes
    root: bytes
    consistency: tuple[bytes, ...] = ()

    def encode(self) -> bytes:
        """Return the evidence as it is kept: JSON, some kilobytes."""
        return msgspec.json.encode(
            _Evidence(
                FORMAT,
                self.smaller.decode(),
                self.larger.decode(),
                encode_base64(self.root),
                tuple(map(encode_base64, self.consistency)),
            )
        )


def parse_fork(data: bytes) -> Fork | None:
    """Return the evidence, None for what is none; nothing about it is verified."""
    try:
        found = msgspec.json.decode(data, type=_Evidence)
        notes = found.smaller.encode(), found.larger.encode()
        proof = tuple(map(decode_base64, found.consistency))
        fork = Fork(*notes, decode_base64(found.root), proof)
    except (msgspec.DecodeError, SigningError):
        return None
    return fork if found.format == FORMAT else None


def proves_fork(charter: Charter, fork: Fork) -> bool:
    """Tell whether the evidence holds: both notes signed by one log, and not of one tree."""
    try:
        party = charter.party(fork.smaller.decode().partition("\n")[0])
        first, second = (own_lines(party, note) for note in (fork.smaller, fork.larger))
        small, large = first.checkpoint, second.checkpoint
        if (small.origin, large.origin) != (party.origin, party.origin):
            return False
        root = large.root
        if small.size < large.size:
            proof = list(fork.consistency)
            verify_consistency(small.size, large.size, fork.root, large.root, proof)
            root = fork.root
    except (ProofError, SigningError, UnicodeDecodeError):
        return False
    return small.size <= large.size and small.root != root
