"""SM2 by Tongsuo, which the extra ``gm`` installs; `signing.sm2` loads this if it is there.

Scalars are in 1..n-2 and points on the curve: the caller has checked. The user ID is the library's
default, that of GM/T 0009.
"""

from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from tongsuopy.crypto import hashes, serialization
from tongsuopy.crypto.asymciphers import ec
from tongsuopy.crypto.exceptions import InvalidSignature, UnsupportedAlgorithm

from signing.schemes import another_scheme, bad_signature


def point_of(scalar: int) -> tuple[int, int]:
    """Return (x, y) of the public key."""
    numbers = ec.derive_private_key(scalar, ec.SM2()).public_key().public_numbers()
    return numbers.x, numbers.y


def sign(scalar: int, message: bytes) -> tuple[int, int]:
    """Return (r, s)."""
    key = ec.derive_private_key(scalar, ec.SM2())
    return decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SM3())))


def verify(point: bytes, message: bytes, r: int, s: int) -> None:
    """GB/T 32918.2 chapter 7, the range of r and s included; raises SignatureError."""
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SM2(), point)
    try:
        key.verify(encode_dss_signature(r, s), message, ec.ECDSA(hashes.SM3()))
    except InvalidSignature:
        raise bad_signature() from None


def to_pem(scalar: int, password: bytes) -> bytes:
    """Return encrypted PKCS#8 (SM4-CBC)."""
    pem: bytes = ec.derive_private_key(scalar, ec.SM2()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(password),
    )
    return pem


def from_pem(pem: bytes, password: bytes) -> int:
    """Return the scalar; raises MalformedKeyError, ValueError or TypeError."""
    try:
        key = serialization.load_pem_private_key(pem, password)
    except UnsupportedAlgorithm:
        raise another_scheme("SM2") from None
    scalar: int = key.private_numbers().private_value
    return scalar
