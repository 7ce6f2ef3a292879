"""The witness of a node (C2SP tlog-witness): cosigns only trees that contain the last one.

Its key and its last-cosigned files are apart from the mirror's: a witness stores no bodies and
vouches for nothing but that a log only grew. The spec demands that the size is compared and the
new one stored durably as one step, before the answer leaves; a lock in this process does that, so
one process at a time may witness with one folder.
"""

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from hashlib import sha256
from typing import ClassVar, Final

from registry.clock import Clock, unix
from registry.errors import (
    ForbiddenRefusal,
    MalformedRefusal,
    NotFoundRefusal,
    Refusal,
    RootMismatchRefusal,
)
from registry.ledger.charters import check_in_force
from registry.ledger.cosigned import CosignedFiles, LastCosigned
from signing.charter import Charter, open_log_checkpoint
from signing.checkpoint import Checkpoint, SignedCheckpoint, peek_checkpoint
from signing.cosign import cosign
from signing.encoding import decode_base64, decode_decimal
from signing.errors import ProofError, SigningError
from signing.keys import SigningKey
from signing.merkle import EMPTY_ROOT, verify_consistency
from signing.note import Note, Signature, parse_note

PROOF_MAX: Final = 63
_OLD: Final = "old "


class OldSizeRefusal(Refusal):
    """The sender's old size is not what this witness last cosigned; ``size`` is."""

    code: ClassVar[str] = "old-size"
    status: ClassVar[int] = 409
    title_zh: ClassVar[str] = "起点与上次见证的大小不符"
    title_en: ClassVar[str] = "Not the size that was last witnessed"

    def __init__(self, size: int) -> None:
        """Name the size to start from."""
        super().__init__(
            f"请从 {size} 开始提供一致性证明。",
            f"Bring a consistency proof from {size}.",
            extra={"size": size},
        )
        self.size = size


@dataclass(frozen=True, slots=True)
class Asked:
    """A parsed request; nothing about it is verified."""

    old: int
    proof: tuple[bytes, ...]
    note: bytes


def parse_request(body: bytes) -> Asked:
    """Parse ``old <size>``, proof lines, an empty line and the note; raises MalformedRefusal."""
    head, gap, note = body.partition(b"\n\n")
    lines = head.split(b"\n")
    try:
        first = lines[0].decode("ascii")
        if not gap or not first.startswith(_OLD) or len(lines) > PROOF_MAX + 1:
            raise _malformed()
        old = decode_decimal(first.removeprefix(_OLD))
        proof = tuple(decode_base64(line.decode("ascii")) for line in lines[1:])
    except (UnicodeDecodeError, SigningError) as error:
        raise _malformed() from error
    return Asked(old, proof, note)


class WitnessDoor:
    """Takes checkpoints of the charter's logs and answers with cosignatures."""

    def __init__(
        self, charter: Charter, key: SigningKey, cosigned: CosignedFiles, clock: Clock
    ) -> None:
        """Take the witness's own key and its own last-cosigned files."""
        self._charter = charter
        self._key = key
        self._cosigned = cosigned
        self._clock = clock
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def under(self, charter: Charter) -> None:
        """Cosign under another charter from now on."""
        self._charter = charter

    async def add_checkpoint(self, body: bytes) -> bytes:
        """Return the cosignature line of a checkpoint that follows from the last one.

        Raises:
            Refusal: 400 malformed or shrinking, 403 not signed by the log, or the charter has
                ended, 404 unknown log, 409 OldSizeRefusal, 422 the proof does not hold.
        """
        asked = parse_request(body)
        check_in_force(self._charter, self._clock)
        signed = self._open(asked)
        checkpoint = signed.checkpoint
        async with self._locks[checkpoint.origin]:
            last = await asyncio.to_thread(self._cosigned.read, checkpoint.origin)
            known = LastCosigned(checkpoint.origin, 0, EMPTY_ROOT, 0) if last is None else last
            if asked.old != known.size:
                raise OldSizeRefusal(known.size)
            _follows(asked, known, checkpoint)
            time = max(unix(self._clock), known.time)
            line = cosign(self._key, checkpoint.text(), time)
            note = _witnessed(signed, line)
            new = LastCosigned(checkpoint.origin, checkpoint.size, checkpoint.root, time, note)
            await asyncio.to_thread(self._cosigned.write, new)
        return line.line().encode()

    async def checkpoint(self, origin_sha256: str) -> bytes:
        """Return the checkpoint cosigned last, for monitors: the log's signatures and this one.

        Raises:
            NotFoundRefusal: no log of the charter has an origin of this SHA-256 (in lowercase hex),
                or none of its checkpoints was cosigned yet.
        """
        for party in self._charter.parties:
            if sha256(party.origin.encode()).hexdigest() == origin_sha256:
                last = await asyncio.to_thread(self._cosigned.read, party.origin)
                if last is not None and last.note:
                    return last.note.encode()
        raise NotFoundRefusal(
            "本见证方没有这本日志的检查点。", "This witness has no checkpoint of such a log."
        )

    def _open(self, asked: Asked) -> SignedCheckpoint:
        try:
            claimed = peek_checkpoint(asked.note)
        except SigningError as error:
            raise MalformedRefusal(error.zh, str(error), code=error.code) from error
        try:
            self._charter.party(claimed.origin)
        except SigningError as error:
            raise NotFoundRefusal(error.zh, str(error), code="unknown-log") from error
        try:
            signed = open_log_checkpoint(self._charter, asked.note, unix(self._clock))
        except SigningError as error:
            raise ForbiddenRefusal(error.zh, str(error), code=error.code) from error
        if asked.old > claimed.size:
            raise MalformedRefusal(
                "检查点比起点还小。", "The checkpoint is smaller than the old size.", code="shrinks"
            )
        return signed


def _follows(asked: Asked, known: LastCosigned, checkpoint: Checkpoint) -> None:
    """Raise RootMismatchRefusal unless the checkpoint contains the tree cosigned last."""
    try:
        if known.size in (0, checkpoint.size):
            _same_or_first(asked, known, checkpoint)
        else:
            verify_consistency(
                known.size, checkpoint.size, known.root, checkpoint.root, list(asked.proof)
            )
    except ProofError as error:
        raise RootMismatchRefusal(error.zh, str(error), extra={"size": known.size}) from error


def _same_or_first(asked: Asked, known: LastCosigned, checkpoint: Checkpoint) -> None:
    """Without a tree in between there is nothing to prove, and an equal size has an equal root."""
    if asked.proof or (known.size == checkpoint.size and known.root != checkpoint.root):
        raise ProofError(en="the same size has another root, or a proof is too much", zh="根不一致")


def _witnessed(signed: SignedCheckpoint, line: Signature) -> str:
    """Return the note with the lines that were verified, and no other: anybody could add some."""
    note = parse_note(signed.note)
    own = [next(each for each in note.signatures if each.is_by(key)) for key in signed.verified]
    return Note(note.text, (*own, line)).encode().decode()


def _malformed() -> MalformedRefusal:
    return MalformedRefusal(
        "应为：old 加大小、证明各行、空行、检查点。",
        "Expected: old and a size, proof lines, an empty line, the checkpoint.",
        code="malformed-request",
    )
