"""Signature schemes on raw bytes: Ed25519 (RFC 8032) and ML-DSA-44 (FIPS 204).

Every scheme has a secret of 32 bytes, so keys are made, kept and restored alike. SM2 with SM3 needs
another library and has a module of its own (`signing.sm2`).
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from signing.errors import MalformedKeyError, SignatureError

SECRET_SIZE: Final = 32

_P: Final = 2**255 - 19
_SIGN_BIT: Final = 2**255
_ORDER_8_Y: Final = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_SMALL_ORDER_Y: Final = frozenset({0, 1, _P - 1, _ORDER_8_Y, _P - _ORDER_8_Y})
"""The y of all eight points whose order divides the cofactor (RFC 8032 5.1: 8)."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """One signature scheme: sizes in bytes, and its operations on raw bytes.

    `secret` is always 32 bytes: the seed, or for SM2 the scalar.
    """

    public_size: int
    signature_size: int
    check_public: Callable[[bytes], None]
    """(public key of the right size) -> None, or MalformedKeyError."""
    new_secret: Callable[[], bytes]
    """() -> a random secret; the one use of randomness in this package besides signatures."""
    public_of: Callable[[bytes], bytes]
    """secret -> public key, or MalformedKeyError."""
    sign: Callable[[bytes, bytes], bytes]
    """(secret, message) -> signature."""
    verify: Callable[[bytes, bytes, bytes], None]
    """(public key, message, signature) -> None, or SignatureError."""
    to_pem: Callable[[bytes, bytes], bytes]
    """(secret, password) -> encrypted PKCS#8 (RFC 5958)."""
    from_pem: Callable[[bytes, bytes], bytes]
    """(encrypted PKCS#8, password) -> secret, or MalformedKeyError, ValueError, TypeError."""


def new_seed() -> bytes:
    """Return a random seed; any 32 bytes are one."""
    return secrets.token_bytes(SECRET_SIZE)


def bad_signature() -> SignatureError:
    """Return the error of a signature that is not one of this key over this message."""
    return SignatureError(en="the signature does not verify", zh="签名核验未通过")


def another_scheme(wanted: str) -> MalformedKeyError:
    """Return the error of a key file whose key is of another scheme than its header says."""
    return MalformedKeyError(en=f"not an {wanted} key", zh=f"不是 {wanted} 密钥")


def _pem(key: Ed25519PrivateKey | MLDSA44PrivateKey, password: bytes) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(password),
    )


def _ed25519_check(public: bytes) -> None:
    """Refuse keys for which anyone could sign, and second spellings of a key.

    OpenSSL lets a y of p or more pass, and RFC 8032 5.1.7 lets small orders pass: under such a key
    one signature with S = 0 is good for every message, or for one message in eight.
    """
    y = int.from_bytes(public, "little") % _SIGN_BIT
    if y >= _P or y in _SMALL_ORDER_Y:
        raise MalformedKeyError(
            en="the Ed25519 public key is of small order or not canonical",
            zh="Ed25519 公钥为小阶点或不是规范编码",
        )


def _ed25519_public_of(secret: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()


def _ed25519_sign(secret: bytes, message: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(secret).sign(message)


def _ed25519_verify(public: bytes, message: bytes, signature: bytes) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        raise bad_signature() from None


def _ed25519_to_pem(secret: bytes, password: bytes) -> bytes:
    return _pem(Ed25519PrivateKey.from_private_bytes(secret), password)


def _ed25519_from_pem(pem: bytes, password: bytes) -> bytes:
    key = serialization.load_pem_private_key(pem, password)
    if not isinstance(key, Ed25519PrivateKey):
        raise another_scheme("Ed25519")
    return key.private_bytes_raw()


def _any_public(public: bytes) -> None:
    """Every string of 1312 bytes is a public key (FIPS 204 algorithm 23)."""


def _mldsa_public_of(secret: bytes) -> bytes:
    return MLDSA44PrivateKey.from_seed_bytes(secret).public_key().public_bytes_raw()


def _mldsa_sign(secret: bytes, message: bytes) -> bytes:
    return MLDSA44PrivateKey.from_seed_bytes(secret).sign(message)


def _mldsa_verify(public: bytes, message: bytes, signature: bytes) -> None:
    try:
        MLDSA44PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        raise bad_signature() from None


def _mldsa_to_pem(secret: bytes, password: bytes) -> bytes:
    return _pem(MLDSA44PrivateKey.from_seed_bytes(secret), password)


def _mldsa_from_pem(pem: bytes, password: bytes) -> bytes:
    key = serialization.load_pem_private_key(pem, password)
    if not isinstance(key, MLDSA44PrivateKey):
        raise another_scheme("ML-DSA-44")
    return key.private_bytes_raw()


ED25519: Final = Scheme(
    32,
    64,
    _ed25519_check,
    new_seed,
    _ed25519_public_of,
    _ed25519_sign,
    _ed25519_verify,
    _ed25519_to_pem,
    _ed25519_from_pem,
)
ML_DSA_44: Final = Scheme(
    1312,
    2420,
    _any_public,
    new_seed,
    _mldsa_public_of,
    _mldsa_sign,
    _mldsa_verify,
    _mldsa_to_pem,
    _mldsa_from_pem,
)
"""Signatures are hedged, so two of one message differ; the context is empty."""
