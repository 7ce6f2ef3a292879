"""SM2 with SM3 (GB/T 32918.2, GB/T 32905) on the recommended curve sm2p256v1 (GB/T 32918.5).

Encodings are fixed in size, so that each value has one spelling: the public key is the uncompressed
point ``04 || x || y`` (65 bytes), the signature ``r || s`` (64 bytes), the secret the scalar d in
1..n-2 (32 bytes, big-endian). The user ID is the default of GM/T 0009, ``1234567812345678``.

The library for it is optional: ``pip install credit-registry[gm]``. Without it keys can be read and
written down, but nothing is signed or verified (MissingExtraError), so nothing is let pass either.
"""

import importlib
import secrets
from typing import Final, Protocol, cast

from signing.errors import MalformedKeyError, MissingExtraError
from signing.schemes import SECRET_SIZE, Scheme

_N: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
_P: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
_B: Final = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
_SIZE: Final = 32


class _Library(Protocol):
    """What `signing.tongsuo` offers, which cannot be imported everywhere."""

    def point_of(self, scalar: int) -> tuple[int, int]: ...
    def sign(self, scalar: int, message: bytes) -> tuple[int, int]: ...
    def verify(self, point: bytes, message: bytes, r: int, s: int) -> None: ...
    def to_pem(self, scalar: int, password: bytes) -> bytes: ...
    def from_pem(self, pem: bytes, password: bytes) -> int: ...


def _library() -> _Library:
    """Return the library; raises MissingExtraError. The import system remembers it."""
    try:
        return cast("_Library", importlib.import_module("signing.tongsuo"))
    except ImportError:
        raise MissingExtraError(
            en="SM2 needs an optional library: pip install 'credit-registry[gm]'",
            zh="使用 SM2 需要可选组件：pip install 'credit-registry[gm]'",
        ) from None


def _check_public(public: bytes) -> None:
    """Refuse what is not a point of the curve: y^2 = x^3 - 3x + b (GB/T 32918.1 6.2.1)."""
    x, y = int.from_bytes(public[1 : 1 + _SIZE]), int.from_bytes(public[1 + _SIZE :])
    on_curve = (y * y - (x * x * x - 3 * x + _B)) % _P == 0
    if public[0] != 4 or max(x, y) >= _P or not on_curve:  # noqa: PLR2004 - the mark "uncompressed"
        raise MalformedKeyError(en="not a point of the SM2 curve", zh="公钥不是 SM2 曲线上的点")


def _new_secret() -> bytes:
    """Return a random scalar in 1..n-2."""
    return (1 + secrets.randbelow(_N - 2)).to_bytes(SECRET_SIZE)


def _scalar(secret: bytes) -> int:
    """Return the scalar; signing with n-1 would not end, so the bound comes first."""
    scalar = int.from_bytes(secret)
    if not 0 < scalar < _N - 1:
        raise MalformedKeyError(en="an SM2 secret is in 1..n-2", zh="SM2 私钥超出范围")
    return scalar


def _public_of(secret: bytes) -> bytes:
    x, y = _library().point_of(_scalar(secret))
    return b"\x04" + x.to_bytes(_SIZE) + y.to_bytes(_SIZE)


def _sign(secret: bytes, message: bytes) -> bytes:
    r, s = _library().sign(_scalar(secret), message)
    return r.to_bytes(_SIZE) + s.to_bytes(_SIZE)


def _verify(public: bytes, message: bytes, signature: bytes) -> None:
    r, s = int.from_bytes(signature[:_SIZE]), int.from_bytes(signature[_SIZE:])
    _library().verify(public, message, r, s)


def _to_pem(secret: bytes, password: bytes) -> bytes:
    return _library().to_pem(_scalar(secret), password)


def _from_pem(pem: bytes, password: bytes) -> bytes:
    return _library().from_pem(pem, password).to_bytes(SECRET_SIZE)


SM2: Final = Scheme(
    65, 64, _check_public, _new_secret, _public_of, _sign, _verify, _to_pem, _from_pem
)
