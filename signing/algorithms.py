"""The closed list of signature algorithms, behind one interface.

C2SP signed-note gives every algorithm a type byte. Here:

=========== ============================ ==================================================
number      scheme                       signs
=========== ============================ ==================================================
``01``      Ed25519                      the text (signed-note)
``04``      Ed25519                      ``cosignature/v1`` with a time (tlog-cosignature)
``06``      ML-DSA-44                    ``subtree/v1``, the time may be zero (tlog-cosignature)
``ff`` 01   SM2 with SM3                 the text
``ff`` 04   SM2 with SM3                 ``cosignature/v1`` with a time
=========== ============================ ==================================================

The type byte ``ff`` is followed by a longer identifier of our own, in vkeys and key IDs alike: an
ASCII text, no one of which is the beginning of another. Inside this program, and in the first line
of a key file, the number ff01 or ff04 stands for it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from signing import schemes
from signing.encoding import MAX_INT63
from signing.errors import MalformedKeyError, SignatureError
from signing.messages import cosigned_message, subtree_message, text_itself
from signing.schemes import Scheme
from signing.sm2 import SM2 as SM2_SCHEME

ED25519: Final = 0x01
COSIGNATURE_ED25519: Final = 0x04
ML_DSA_44: Final = 0x06
SM2: Final = 0xFF01
COSIGNATURE_SM2: Final = 0xFF04

_TIME_SIZE: Final = 8
_OWN: Final = b"\xff"


@dataclass(frozen=True, slots=True)
class Algorithm:
    """One algorithm: a scheme on raw bytes, and what of a text is signed."""

    name: str
    type_byte: int
    identifier: bytes
    """The type byte, and after ``ff`` our longer identifier; stands before the public key."""
    scheme: Scheme
    message: Callable[[str, bytes, int], bytes]
    """(name of the key, text, time) -> the bytes that are signed, or SignatureError."""
    signs_logs: bool
    """May sign its own log's checkpoint, without a statement of when."""
    cosigns: bool
    """A signature starts with 8 bytes of POSIX time, and may cosign the checkpoints of others."""

    def time_of(self, payload: bytes) -> int:
        """Return the POSIX second that the payload of a note signature states, 0 for none."""
        return int.from_bytes(payload[:_TIME_SIZE]) if self.cosigns else 0

    def signed_part(self, name: str, text: bytes, payload: bytes) -> tuple[int, bytes, bytes]:
        """Split the payload of a note signature into (time or 0, signed message, signature).

        Raises SignatureError when the payload has the wrong size or a time out of range.
        """
        time = self.time_of(payload)
        payload = payload[_TIME_SIZE:] if self.cosigns else payload
        if len(payload) != self.scheme.signature_size:
            raise SignatureError(en="the signature has the wrong length", zh="签名长度不正确")
        return time, self.message(name, text, time), payload

    def payload(self, time: int, signature: bytes) -> bytes:
        """Return what follows the key ID in a signature line; the inverse of `signed_part`."""
        if not self.cosigns:
            return signature
        if not 0 <= time <= MAX_INT63:
            raise SignatureError(en=f"time out of range: {time}", zh="联署时间超出范围")
        return time.to_bytes(_TIME_SIZE) + signature


def algorithm(type_byte: int) -> Algorithm:
    """Return the algorithm of a number, or raise MalformedKeyError: the list is closed."""
    found = _ALGORITHMS.get(type_byte)
    if found is None:
        raise _unknown(f"0x{type_byte:02x}")
    return found


def split_public(data: bytes) -> tuple[Algorithm, bytes]:
    """Split what a vkey holds into (algorithm, public key); MalformedKeyError if unknown."""
    for found in _ALGORITHMS.values():
        if data.startswith(found.identifier):
            return found, data[len(found.identifier) :]
    raise _unknown(f"0x{data[:1].hex()}")


def _unknown(what: str) -> MalformedKeyError:
    return MalformedKeyError(en=f"unknown signature algorithm {what}", zh=f"未知的签名算法 {what}")


def _byte(type_byte: int) -> bytes:
    return bytes([type_byte])


_ALGORITHMS: Final[dict[int, Algorithm]] = {
    found.type_byte: found
    for found in (
        Algorithm(
            "Ed25519",
            ED25519,
            _byte(ED25519),
            schemes.ED25519,
            text_itself,
            signs_logs=True,
            cosigns=False,
        ),
        Algorithm(
            "Ed25519 cosignature",
            COSIGNATURE_ED25519,
            _byte(COSIGNATURE_ED25519),
            schemes.ED25519,
            cosigned_message,
            signs_logs=False,
            cosigns=True,
        ),
        Algorithm(
            "ML-DSA-44",
            ML_DSA_44,
            _byte(ML_DSA_44),
            schemes.ML_DSA_44,
            subtree_message,
            signs_logs=True,
            cosigns=True,
        ),
        Algorithm(
            "SM2",
            SM2,
            _OWN + b"credit-registry/sm2-sm3-note@v1",
            SM2_SCHEME,
            text_itself,
            signs_logs=True,
            cosigns=False,
        ),
        Algorithm(
            "SM2 cosignature",
            COSIGNATURE_SM2,
            _OWN + b"credit-registry/sm2-sm3-cosignature@v1",
            SM2_SCHEME,
            cosigned_message,
            signs_logs=False,
            cosigns=True,
        ),
    )
}
LOG_TYPES: Final = frozenset(n for n, found in _ALGORITHMS.items() if found.signs_logs)
"""Algorithms whose keys may sign a checkpoint for its log."""
TEXT_COSIGNER_TYPES: Final = frozenset({COSIGNATURE_ED25519, COSIGNATURE_SM2})
"""Those of the next whose keys sign any text with a time, checkpoint or not."""
COSIGNER_TYPES: Final = frozenset(n for n, found in _ALGORITHMS.items() if found.cosigns)
"""Algorithms whose keys may cosign it."""
BY_NAME: Final = {found.name.lower().replace(" ", "-"): n for n, found in _ALGORITHMS.items()}
"""Numbers by the names that commands take: ``ed25519``, ``ml-dsa-44``, ``sm2-cosignature`` ..."""
