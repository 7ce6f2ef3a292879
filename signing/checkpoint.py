"""C2SP tlog-checkpoint: the signed statement "my log has this many entries and this root".

Three lines: origin, size in ASCII decimal, base64 of the RFC 6962 root. Extension lines, which the
specification allows but does not recommend, are refused: our logs never write them, and a second
meaning inside a signed text is a risk without a use.

A log may sign with several keys at once (*hybrid*): Ed25519, which tlog-tiles demands of every
public or witnessed log, and ML-DSA-44 or SM2 beside it. Who verifies may demand more of them.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from signing.algorithms import ED25519, LOG_TYPES, algorithm
from signing.encoding import MAX_INT63, encode_base64
from signing.errors import MalformedError, UnknownKeyError
from signing.keys import Signer, VerifierKey, check_key_name
from signing.messages import malformed, split_checkpoint
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
            raise malformed(en=str(error), zh=error.zh) from None
        if not 0 <= self.size <= MAX_INT63 or len(self.root) != ROOT_SIZE:
            raise malformed(en="size or root out of range", zh="条数或根哈希超出范围")

    def text(self) -> str:
        """Return the three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{encode_base64(self.root)}\n"


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint whose log signature verified."""

    checkpoint: Checkpoint
    note: bytes
    verified: tuple[VerifierKey, ...]
    """All keys that verified; an Ed25519 key of the log's own is among them."""

    @property
    def own(self) -> tuple[VerifierKey, ...]:
        """The keys with which the log itself signed."""
        return tuple(key for key in self.verified if _is_log_key(key, self.checkpoint.origin))

    @property
    def basic(self) -> tuple[VerifierKey, ...]:
        """Those of them that are Ed25519; never empty."""
        return tuple(key for key in self.own if key.type_byte == ED25519)


def parse_checkpoint(text: str) -> Checkpoint:
    """Parse the text of a checkpoint (not the note) strictly; raise MalformedCheckpointError."""
    return Checkpoint(*split_checkpoint(text))


def peek_checkpoint(note: bytes) -> Checkpoint:
    """Return what a checkpoint note *claims*, to find the keys for it. Nothing is verified."""
    return parse_checkpoint(parse_note(note).text)


def sign_checkpoint(checkpoint: Checkpoint, *keys: Signer) -> bytes:
    """Return the note of a checkpoint, signed with each of the log's keys; one must be Ed25519.

    Raises UnknownKeyError for a key not named like the log, or when none is Ed25519.
    """
    stranger = next((key.name for key in keys if key.name != checkpoint.origin), None)
    if stranger is not None:
        raise UnknownKeyError(
            en=f"{stranger} is no key of the log {checkpoint.origin}",
            zh=f"{stranger} 不是日志 {checkpoint.origin} 的密钥",
        )
    note = sign_note(checkpoint.text(), keys)
    open_checkpoint(note, [key.vkey for key in keys])
    return note


def open_checkpoint(
    note: bytes, keys: Iterable[VerifierKey], demanded: Collection[int] = ()
) -> SignedCheckpoint:
    """Verify a checkpoint note.

    A key of type 0x01 named like the origin must be among those that signed, and one of each
    algorithm in `demanded`: whoever fears for Ed25519 demands ML_DSA_44 as well.
    Raises MalformedNoteError, MalformedCheckpointError, SignatureError or UnknownKeyError.
    """
    return checkpoint_of(note, open_note(note, keys), demanded)


def checkpoint_of(
    note: bytes, opened: OpenedNote, demanded: Collection[int] = ()
) -> SignedCheckpoint:
    """Return the checkpoint of a note that was opened already; raises like `open_checkpoint`."""
    signed = SignedCheckpoint(parse_checkpoint(opened.text), note, opened.keys)
    have = {key.type_byte for key in signed.own}
    missing = [algorithm(wanted).name for wanted in (ED25519, *demanded) if wanted not in have]
    if missing:
        origin = signed.checkpoint.origin
        raise UnknownKeyError(
            en=f"the checkpoint is not signed by the log {origin} itself with {missing[0]}",
            zh=f"检查点没有日志 {origin} 自己的 {missing[0]} 签名",
        )
    return signed


def _is_log_key(key: VerifierKey, origin: str) -> bool:
    return key.name == origin and key.type_byte in LOG_TYPES
