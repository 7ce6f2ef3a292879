"""C2SP tlog-cosignature, Ed25519 form (cosignature/v1): "I have seen this checkpoint at this time".

The signed bytes do not name the cosigner, so every cosigner needs a key of its own; the charter
checks that all keys are distinct. A mirror's cosignature says more: that it has stored every entry
below the checkpoint.
"""

from dataclasses import dataclass

from signing.algorithms import COSIGNATURE_ED25519, cosigned_message, timed_payload
from signing.errors import MalformedKeyError, SignatureError, UnknownKeyError
from signing.keys import SigningKey, VerifierKey
from signing.note import OpenedNote, Signature


@dataclass(frozen=True, slots=True)
class Cosignature:
    """A verified cosignature: whose, at which POSIX second, and the line that carries it."""

    key: VerifierKey
    time: int
    signature: Signature


def cosign(key: SigningKey, checkpoint_text: str, time: int) -> Signature:
    """Return the cosignature line of a checkpoint text at `time` (POSIX seconds), self-verified.

    Raises MalformedKeyError for a key that is not of type 0x04, SignatureError for a time out of
    range.
    """
    if key.type_byte != COSIGNATURE_ED25519:
        raise MalformedKeyError(
            en=f"{key.name} is not a cosigner's key", zh=f"{key.name} 不是联署密钥"
        )
    raw = key.sign(cosigned_message(checkpoint_text.encode(), time))
    signature = Signature(key.name, key.vkey.key_id, timed_payload(time, raw))
    verify_cosignature(key.vkey, signature, checkpoint_text)
    return signature


def verify_cosignature(key: VerifierKey, signature: Signature, checkpoint_text: str) -> Cosignature:
    """Verify one cosignature line; raise UnknownKeyError (not by this key) or SignatureError."""
    if not signature.is_by(key):
        raise UnknownKeyError(en=f"the line is not by {key.name}", zh=f"该签名行不是 {key.name} 的")
    time = key.verify_note(checkpoint_text.encode(), signature.payload)
    if time is None:
        raise SignatureError(
            en=f"{key.name} does not sign with a time", zh=f"{key.name} 的签名不含时间"
        )
    return Cosignature(key, time, signature)


def cosignatures_of(opened: OpenedNote) -> tuple[Cosignature, ...]:
    """Return the verified cosignatures of an opened checkpoint note, earliest first."""
    found = [
        verify_cosignature(key, signature, opened.text)
        for key, signature in opened.verified
        if key.type_byte == COSIGNATURE_ED25519
    ]
    return tuple(sorted(found, key=lambda item: item.time))
