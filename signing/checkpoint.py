"""C2SP tlog-checkpoint: the signed statement "my log has this many entries and this root".

Three lines: origin, size in ASCII decimal, base64 of the RFC 6962 root. Extension lines, which the
specification allows but does not recommend, are refused: our logs never write them, and a second
meaning inside a signed text is a risk without a use.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from signing.algorithms import ED25519
from signing.encoding import MAX_INT63, decode_base64, decode_decimal, encode_base64
from signing.errors import (
    MalformedBase64Error,
    MalformedCheckpointError,
    MalformedError,
    UnknownKeyError,
)
from signing.keys import SigningKey, VerifierKey, check_key_name
from signing.note import OpenedNote, open_note, parse_note, sign_note

ROOT_SIZE: Final = 32


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A log's name, its number of entries, and the 32-byte root over them. Unsigned."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        """Refuse what could not be written down as a checkpoint (MalformedCheckpointError)."""
        try:
            check_key_name(self.origin)
        except MalformedError as error:
            raise _malformed(en=str(error), zh=error.zh) from None
        if not 0 <= self.size <= MAX_INT63 or len(self.root) != ROOT_SIZE:
            raise _malformed(en="size or root out of range", zh="条数或根哈希超出范围")

    def text(self) -> str:
        """Return the three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{encode_base64(self.root)}\n"


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint whose log signature verified."""

    checkpoint: Checkpoint
    note: bytes
    verified: tuple[VerifierKey, ...]
    """All keys that verified; the log's own is among them."""


def parse_checkpoint(text: str) -> Checkpoint:
    """Parse the text of a checkpoint (not the note) strictly; raise MalformedCheckpointError."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[3]:  # noqa: PLR2004 - three lines, each ended by LF
        raise _malformed(en="it does not have exactly three lines", zh="必须恰好三行")
    try:
        return Checkpoint(lines[0], decode_decimal(lines[1]), decode_base64(lines[2]))
    except (MalformedBase64Error, MalformedCheckpointError):
        raise
    except MalformedError as error:
        raise _malformed(en=str(error), zh=error.zh) from None


def peek_checkpoint(note: bytes) -> Checkpoint:
    """Return what a checkpoint note *claims*, to find the keys for it. Nothing is verified."""
    return parse_checkpoint(parse_note(note).text)


def sign_checkpoint(checkpoint: Checkpoint, key: SigningKey) -> bytes:
    """Return the signed note of a checkpoint; a key not named like the log: UnknownKeyError."""
    note = sign_note(checkpoint.text(), [key])
    open_checkpoint(note, [key.vkey])
    return note


def open_checkpoint(note: bytes, keys: Iterable[VerifierKey]) -> SignedCheckpoint:
    """Verify a checkpoint note.

    A key of type 0x01 named like the origin must be among those that signed.
    Raises MalformedNoteError, MalformedCheckpointError, SignatureError or UnknownKeyError.
    """
    return checkpoint_of(note, open_note(note, keys))


def checkpoint_of(note: bytes, opened: OpenedNote) -> SignedCheckpoint:
    """Return the checkpoint of a note that was opened already; raises like `open_checkpoint`."""
    checkpoint = parse_checkpoint(opened.text)
    if not any(key.name == checkpoint.origin and key.type_byte == ED25519 for key in opened.keys):
        raise UnknownKeyError(
            en=f"the checkpoint is not signed by the log {checkpoint.origin} itself",
            zh=f"检查点不是由日志 {checkpoint.origin} 自己的密钥签名",
        )
    return SignedCheckpoint(checkpoint, note, opened.keys)


def _malformed(*, en: str, zh: str) -> MalformedCheckpointError:
    return MalformedCheckpointError(en=f"malformed checkpoint: {en}", zh=f"检查点格式无效：{zh}")
