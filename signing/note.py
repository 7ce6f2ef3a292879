"""C2SP signed-note: a text that one or more named keys have signed.

Layout: the text (ends with LF), one empty line, then signature lines ``— <name> <base64(key ID ||
signature)>``. The text may contain empty lines itself: the *last* one ends it. What is signed is
the text with its final LF.

Verification follows the specification: lines of unknown keys are ignored, but handed back; a line
of a known key that does not verify spoils the whole note; a note without any verified line is
refused.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from signing.algorithms import algorithm
from signing.encoding import decode_base64, encode_base64
from signing.errors import (
    AmbiguousKeyError,
    MalformedError,
    MalformedKeyError,
    MalformedNoteError,
    UnknownKeyError,
)
from signing.keys import Signer, VerifierKey, check_key_name

MAX_NOTE: Final = 1024 * 1024
MAX_SIGNATURES: Final = 64

_PREFIX: Final = "— "
_KEY_ID_SIZE: Final = 4
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: the key's name and 4-byte ID, and what follows the ID in the base64."""

    name: str
    key_id: bytes
    payload: bytes

    def line(self) -> str:
        """Return the line, LF included."""
        return f"{_PREFIX}{self.name} {encode_base64(self.key_id + self.payload)}\n"

    def is_by(self, key: VerifierKey) -> bool:
        """Tell whether the line *claims* to be by this key; it proves nothing."""
        return self.name == key.name and self.key_id == key.key_id


@dataclass(frozen=True, slots=True)
class Note:
    """A parsed note; nothing about it is verified."""

    text: str
    signatures: tuple[Signature, ...]

    def encode(self) -> bytes:
        """Return the bytes of the note; the inverse of `parse_note`."""
        return f"{self.text}\n{''.join(s.line() for s in self.signatures)}".encode()


@dataclass(frozen=True, slots=True)
class OpenedNote:
    """A note with at least one verified signature."""

    text: str
    verified: tuple[tuple[VerifierKey, Signature], ...]
    """Each known key once, in the order of the lines."""
    unverified: tuple[Signature, ...]
    """Lines by keys that were not given: they prove nothing."""

    @property
    def keys(self) -> tuple[VerifierKey, ...]:
        """The keys that verified."""
        return tuple(key for key, _ in self.verified)


def parse_note(data: bytes) -> Note:
    """Parse a note strictly, without verifying anything; raise MalformedNoteError."""
    if len(data) > MAX_NOTE:
        raise _malformed(en="longer than 1 MiB", zh="长度超过 1 MiB")
    try:
        whole = data.decode()
    except UnicodeDecodeError:
        raise _malformed(en="not UTF-8", zh="不是 UTF-8 编码") from None
    _check_characters(whole)
    text, gap, block = whole.rpartition("\n\n")
    if not gap or not block.endswith("\n"):
        raise _malformed(en="no signature block after an empty line", zh="空行之后没有签名行")
    lines = block[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise _malformed(en="more than 64 signatures", zh="签名超过 64 行")
    return Note(f"{text}\n", tuple(parse_signature(line) for line in lines))


def parse_signature(line: str) -> Signature:
    """Parse one signature line (without its LF); MalformedNoteError or MalformedBase64Error."""
    name, space, base64_text = line.removeprefix(_PREFIX).partition(" ")
    if not line.startswith(_PREFIX) or not space:
        raise _malformed(en=f"not a signature line: {line[:80]!r}", zh="签名行格式无效")
    try:
        check_key_name(name)
    except MalformedError as error:
        raise _malformed(en=str(error), zh=error.zh) from None
    payload = decode_base64(base64_text)
    if len(payload) <= _KEY_ID_SIZE:
        raise _malformed(en="a signature line without a signature", zh="签名行中没有签名")
    return Signature(name, payload[:_KEY_ID_SIZE], payload[_KEY_ID_SIZE:])


def open_note(data: bytes, keys: Iterable[VerifierKey]) -> OpenedNote:
    """Parse and verify a note.

    Raises MalformedNoteError, SignatureError (a known key's line fails), AmbiguousKeyError (two of
    `keys` answer to the same line) or UnknownKeyError (no line is by any of `keys`).
    """
    note = parse_note(data)
    text = note.text.encode()
    known = tuple(keys)
    verified: dict[VerifierKey, Signature] = {}
    unverified: dict[Signature, None] = {}
    for signature in note.signatures:
        candidates = [key for key in known if signature.is_by(key)]
        if len(candidates) > 1:
            raise AmbiguousKeyError(
                en=f"two keys are called {signature.name}+{signature.key_id.hex()}",
                zh=f"有两个密钥同为 {signature.name}+{signature.key_id.hex()}",
            )
        if not candidates:
            unverified[signature] = None
        elif candidates[0] not in verified:
            candidates[0].verify_note(text, signature.payload)
            verified[candidates[0]] = signature
    if not verified:
        raise UnknownKeyError(en="no signature by a known key", zh="没有已知密钥的签名")
    return OpenedNote(note.text, tuple(verified.items()), tuple(unverified))


def sign_note(text: str, keys: Sequence[Signer]) -> bytes:
    """Sign a text with each of the keys and return the note, verified once more before it leaves.

    A key that signs with a time alone cannot sign here (see `signing.cosign`): MalformedKeyError.
    An ML-DSA-44 key signs with the time zero, which makes no statement about when, and signs
    checkpoints only: SignatureError (tlog-cosignature, "ML-DSA-44 signed message").
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _malformed(en="the text is not Unicode", zh="文本不是有效的 Unicode") from None
    if not text.endswith("\n"):
        raise _malformed(en="the text does not end with LF", zh="文本未以换行符结尾")
    for key in keys:
        if not algorithm(key.vkey.type_byte).signs_logs:
            raise MalformedKeyError(
                en=f"{key.name} is a cosigner's key", zh=f"{key.name} 是联署密钥"
            )
    signatures = tuple(signature_by(key, text, 0) for key in keys)
    data = Note(text, signatures).encode()
    open_note(data, [key.vkey for key in keys])
    return data


def signature_by(key: Signer, text: str, time: int) -> Signature:
    """Return a key's signature line of a text; `time` is in POSIX seconds, 0 for none.

    Raises SignatureError for what the algorithm does not sign. Not verified: the callers do that.
    """
    known = algorithm(key.vkey.type_byte)
    raw = key.sign(known.message(key.name, text.encode(), time))
    return Signature(key.name, key.vkey.key_id, known.payload(time, raw))


def append_signatures(data: bytes, lines: Sequence[Signature]) -> bytes:
    """Return the note with more signature lines; the bytes before stay as they are.

    Raises MalformedNoteError.
    """
    parse_note(data)
    longer = data + "".join(signature.line() for signature in lines).encode()
    parse_note(longer)
    return longer


def _check_characters(text: str) -> None:
    if _CONTROL.search(text) is not None:
        raise _malformed(en="it contains a control character", zh="含有控制字符")


def _malformed(*, en: str, zh: str) -> MalformedNoteError:
    return MalformedNoteError(en=f"malformed note: {en}", zh=f"签名文本格式无效：{zh}")
