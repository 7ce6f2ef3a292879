"""The closed list of signature algorithms, behind one interface.

C2SP signed-note gives every algorithm a type byte. Here: 0x01 (Ed25519 over the note text) and 0x04
(Ed25519 timestamped cosignature, tlog-cosignature). The interface leaves room for 0x06 (ML-DSA-44)
and 0xff (SM2 with SM3): public keys and signatures have sizes of their own, and each algorithm says
which bytes it signs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from signing.encoding import MAX_INT63
from signing.errors import MalformedKeyError, SignatureError

ED25519: Final = 0x01
COSIGNATURE_ED25519: Final = 0x04

_TIME_SIZE: Final = 8


@dataclass(frozen=True, slots=True)
class Algorithm:
    """One algorithm: sizes in bytes, and its three operations on raw bytes."""

    name: str
    type_byte: int
    public_size: int
    signature_size: int
    timed: bool
    """True when a note signature starts with 8 bytes of POSIX time (tlog-cosignature)."""
    public_of: Callable[[bytes], bytes]
    """seed (32 bytes) -> public key."""
    sign: Callable[[bytes, bytes], bytes]
    """(seed, message) -> signature."""
    verify: Callable[[bytes, bytes, bytes], None]
    """(public key, message, signature) -> None, or SignatureError."""

    def signed_part(self, text: bytes, payload: bytes) -> tuple[int | None, bytes, bytes]:
        """Split the payload of a note signature into (time or None, signed message, signature).

        Raises SignatureError when the payload has the wrong size or a time outside 1..2^63-1.
        """
        time = None
        if self.timed:
            time, payload = int.from_bytes(payload[:_TIME_SIZE]), payload[_TIME_SIZE:]
            text = cosigned_message(text, time)
        if len(payload) != self.signature_size:
            raise SignatureError(en="the signature has the wrong length", zh="签名长度不正确")
        return time, text, payload


def algorithm(type_byte: int) -> Algorithm:
    """Return the algorithm of a type byte, or raise MalformedKeyError: the list is closed."""
    found = _ALGORITHMS.get(type_byte)
    if found is None:
        raise MalformedKeyError(
            en=f"unknown signature algorithm 0x{type_byte:02x}",
            zh=f"未知的签名算法 0x{type_byte:02x}",
        )
    return found


def cosigned_message(text: bytes, time: int) -> bytes:
    """Return the bytes that a type 0x04 cosignature signs (tlog-cosignature, "Ed25519 signatures").

    `time` is in POSIX seconds. Zero is refused: tlog-witness forbids it for checkpoints.
    """
    if not 0 < time <= MAX_INT63:
        raise SignatureError(en=f"cosignature time out of range: {time}", zh="联署时间超出范围")
    return b"cosignature/v1\ntime %d\n" % time + text


def timed_payload(time: int, signature: bytes) -> bytes:
    """Return the `timestamped_signature` of tlog-cosignature: 8 bytes of time, the signature."""
    return time.to_bytes(_TIME_SIZE) + signature


def _ed25519_public_of(seed: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def _ed25519_sign(seed: bytes, message: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(seed).sign(message)


def _ed25519_verify(public: bytes, message: bytes, signature: bytes) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        raise SignatureError(en="the signature does not verify", zh="签名核验未通过") from None


def _ed25519(name: str, type_byte: int, *, timed: bool) -> Algorithm:
    operations = (_ed25519_public_of, _ed25519_sign, _ed25519_verify)
    return Algorithm(name, type_byte, 32, 64, timed, *operations)


_ALGORITHMS: Final[dict[int, Algorithm]] = {
    ED25519: _ed25519("Ed25519", ED25519, timed=False),
    COSIGNATURE_ED25519: _ed25519("Ed25519 cosignature", COSIGNATURE_ED25519, timed=True),
}
