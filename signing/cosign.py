"""C2SP tlog-cosignature: "I have seen this checkpoint at this time".

Ed25519 and SM2 sign ``cosignature/v1``, ML-DSA-44 signs ``subtree/v1`` (`signing.messages`). The
first does not name the cosigner, so every cosigner needs a key of its own; the charter checks that
all keys are distinct. A mirror's cosignature says more: that it has stored every entry below the
checkpoint.
"""

from dataclasses import dataclass

from signing.algorithms import algorithm
from signing.errors import MalformedKeyError, SignatureError, UnknownKeyError
from signing.keys import Signer, VerifierKey
from signing.note import OpenedNote, Signature, signature_by


@dataclass(frozen=True, slots=True)
class Cosignature:
    """A verified cosignature: whose, at which POSIX second, and the line that carries it."""

    key: VerifierKey
    time: int
    signature: Signature


def cosign(key: Signer, checkpoint_text: str, time: int) -> Signature:
    """Return the cosignature line of a checkpoint text at `time` (POSIX seconds), self-verified.

    Raises MalformedKeyError for a key that is not a cosigner's, SignatureError for a time out of
    range (zero is: tlog-witness) or a text that the algorithm does not sign.
    """
    if not algorithm(key.vkey.type_byte).cosigns:
        raise MalformedKeyError(
            en=f"{key.name} is not a cosigner's key", zh=f"{key.name} 不是联署密钥"
        )
    signature = signature_by(key, checkpoint_text, time)
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
    """Return the verified cosignatures of an opened checkpoint note, earliest first.

    A signature by the log itself is none, nor is one without a time, whatever its algorithm.
    """
    origin, _, _ = opened.text.partition("\n")
    found = [
        Cosignature(key, time, signature)
        for key, signature in opened.verified
        if key.name != origin and (time := algorithm(key.type_byte).time_of(signature.payload))
    ]
    return tuple(sorted(found, key=lambda item: item.time))
