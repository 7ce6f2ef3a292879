"""What the home of a followed log shows as its newest tree, judged before anything is fetched."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from registry.clock import Clock, unix
from registry.exchange.home import Trust
from registry.exchange.lies import LieError
from registry.ingest.admit import own_lines
from registry.store.following import Seen
from signing.checkpoint import SignedCheckpoint, peek_checkpoint
from signing.errors import (
    ExpiredKeyError,
    MalformedError,
    SignatureError,
    SigningError,
    UnknownKeyError,
)
from signing.note import Note, open_note
from signing.receipt import Receipt, open_receipt

TOLERANCE: Final = 300
"""Seconds by which the clocks of nodes may differ, an admission in between included."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A checkpoint that a log signed and its home cosigned.

    ``signed`` holds the log's own lines, ``note`` the home's cosignature as well, and nothing else.
    """

    signed: SignedCheckpoint
    note: bytes
    time: int

    @property
    def size(self) -> int:
        """The number of entries."""
        return self.signed.checkpoint.size

    @property
    def root(self) -> bytes:
        """The root over them."""
        return self.signed.checkpoint.root


def open_shown(trust: Trust, note: bytes) -> Shown:
    """Verify a checkpoint by the charter; raise LieError."""
    try:
        receipt = _opened(trust, note)
        if receipt.origin != trust.origin:
            raise UnknownKeyError(en=f"it is of {receipt.origin}", zh="属于另一日志")
        opened = open_note(note, (*trust.keys, trust.home.mirror))
        lines = tuple(line for _, line in opened.verified)
        whole = Note(opened.text, lines).encode()
        return Shown(own_lines(trust.party, note), whole, receipt.time)
    except SigningError as error:
        raise LieError(_kind(error), str(error), note) from error


def peek_size(note: bytes) -> int:
    """Return the size that a note claims; raise LieError for what is no checkpoint."""
    try:
        return peek_checkpoint(note).size
    except SigningError as error:
        raise LieError("malformed", str(error), note) from error


def _opened(trust: Trust, note: bytes) -> Receipt:
    """Verify a receipt; a key that is the log's, but was not valid then, is told apart."""
    try:
        return trust.open(note)
    except UnknownKeyError as error:
        open_receipt(note, trust.keys, (trust.home.mirror,))
        raise ExpiredKeyError(en=str(error), zh=error.zh) from error


def _kind(error: SigningError) -> str:
    kinds = (
        (ExpiredKeyError, "expired-key"),
        (UnknownKeyError, "unknown-key"),
        (SignatureError, "bad-signature"),
        (MalformedError, "malformed"),
    )
    return next(kind for cls, kind in kinds if isinstance(error, cls))


def check_shown(shown: Shown, seen: Seen | None, clock: Clock) -> None:
    """Compare a checkpoint with what the same home has shown before, and with the clock.

    Raises:
        LieError: ``fork``, ``rollback``, ``backdated`` or ``postdated``.
    """
    if shown.time > unix(clock) + TOLERANCE:
        raise LieError("postdated", f"cosigned at {shown.time}", shown.note)
    if seen is None:
        return
    if shown.size == seen.size and shown.root != seen.root:
        raise LieError("fork", f"two roots at {shown.size}", shown.note)
    if shown.size < seen.size:
        raise LieError("rollback", f"{shown.size} after {seen.size}", shown.note)
    late = seen.seen_at is not None and shown.size > seen.size and _before(shown.time, seen.seen_at)
    if shown.time < seen.cosigned_at or late:
        detail = f"{shown.size} cosigned at {shown.time}, though {seen.size} was the newest then"
        raise LieError("backdated", detail, shown.note)


def _before(second: int, moment: datetime) -> bool:
    return second < int((moment - timedelta(seconds=TOLERANCE)).timestamp())
