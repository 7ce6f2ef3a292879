"""Receipts: the checkpoint a city signed, with the mirror's cosignature appended.

The mirror gives it only after every record below the checkpoint is stored. So a receipt proves,
offline and for good: this log had this root at this size, signed by its owner, and this mirror held
all of it at this time.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from signing.checkpoint import Checkpoint, checkpoint_of, parse_checkpoint
from signing.cosign import Cosignature, cosign, cosignatures_of, verify_cosignature
from signing.errors import UnknownKeyError
from signing.keys import Signer, VerifierKey
from signing.note import Note, append_signatures, open_note, parse_note


@dataclass(frozen=True, slots=True)
class Receipt:
    """A checkpoint with a verified cosignature by a mirror; `note` is the whole signed text."""

    checkpoint: Checkpoint
    cosignature: Cosignature
    note: bytes

    @property
    def origin(self) -> str:
        """The name of the log."""
        return self.checkpoint.origin

    @property
    def size(self) -> int:
        """The number of entries covered."""
        return self.checkpoint.size

    @property
    def root(self) -> bytes:
        """The 32-byte root over them."""
        return self.checkpoint.root

    @property
    def time(self) -> int:
        """POSIX second of the mirror's cosignature."""
        return self.cosignature.time


def make_receipt(checkpoint_note: bytes, mirror_key: Signer, time: int) -> Receipt:
    """Cosign a checkpoint note whose log signature the caller has verified; self-verified.

    Lines in the note that claim to be by this mirror are dropped: whoever sends a forged one must
    not be able to spoil the receipt. Raises MalformedNoteError, MalformedCheckpointError,
    MalformedKeyError or SignatureError.
    """
    note = parse_note(checkpoint_note)
    checkpoint = parse_checkpoint(note.text)
    others = tuple(line for line in note.signatures if not line.is_by(mirror_key.vkey))
    line = cosign(mirror_key, note.text, time)
    base = (
        checkpoint_note if len(others) == len(note.signatures) else Note(note.text, others).encode()
    )
    receipt_note = append_signatures(base, [line])
    opened = open_note(receipt_note, [mirror_key.vkey])
    return Receipt(checkpoint, verify_cosignature(mirror_key.vkey, line, opened.text), receipt_note)


def open_receipt(
    note: bytes, log_keys: Iterable[VerifierKey], mirror_keys: Iterable[VerifierKey]
) -> Receipt:
    """Verify a receipt: signed by the log itself and cosigned by at least one of the mirrors.

    With several mirrors' lines the earliest counts. Raises what `open_checkpoint` raises, and
    UnknownKeyError when no mirror has cosigned.
    """
    opened = open_note(note, (*log_keys, *mirror_keys))
    signed = checkpoint_of(note, opened)
    cosignatures = cosignatures_of(opened)
    if not cosignatures:
        raise UnknownKeyError(
            en="no known mirror has cosigned the checkpoint", zh="没有已知存证节点的联署"
        )
    return Receipt(signed.checkpoint, cosignatures[0], note)
