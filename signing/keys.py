"""Keys: the signer's secret and the verifier's text form (vkey), as C2SP signed-note defines them.

A vkey is ``<name>+<key ID, 8 lowercase hex>+<base64(type byte || public key)>``. The key ID is
recomputed, never believed: ``SHA-256(name || 0x0A || type byte || public key)[:4]``.
"""

import re
import secrets
import unicodedata
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, Self

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from signing.algorithms import ED25519, algorithm
from signing.encoding import decode_base64, encode_base64
from signing.errors import MalformedError, MalformedKeyError, SignatureError

SEED_SIZE: Final = 32

_KEY_ID: Final = re.compile(r"[0-9a-f]{8}")
_PEM_HEADER: Final = re.compile(rb"# registry-key@v1 ([^\n]+) ([0-9a-f]{2})\n")


def check_key_name(name: str) -> str:
    """Return the name, or raise MalformedKeyError.

    A name is not empty and has no Unicode space, no control character and no ``+`` (signed-note).
    """
    bad = not name or any(
        c == "+" or c.isspace() or unicodedata.category(c) in {"Cc", "Cs"} for c in name
    )
    if bad:
        raise MalformedKeyError(en=f"not a key name: {name!r}", zh=f"密钥名称无效：{name!r}")
    return name


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with its name; equal keys are equal objects, ``str(key)`` is the vkey text."""

    name: str
    type_byte: int
    public: bytes
    key_id: bytes = field(init=False)

    def __post_init__(self) -> None:
        """Refuse a bad name, algorithm or length of the public key (MalformedKeyError)."""
        check_key_name(self.name)
        if len(self.public) != algorithm(self.type_byte).public_size:
            raise MalformedKeyError(en="the public key has the wrong length", zh="公钥长度不正确")
        digest = sha256(f"{self.name}\n".encode() + bytes([self.type_byte]) + self.public).digest()
        object.__setattr__(self, "key_id", digest[:4])

    def __str__(self) -> str:
        """Return the vkey text."""
        key = encode_base64(bytes([self.type_byte]) + self.public)
        return f"{self.name}+{self.key_id.hex()}+{key}"

    def verify(self, message: bytes, signature: bytes) -> None:
        """Raise SignatureError unless `signature` is this key's raw signature of `message`."""
        try:
            algorithm(self.type_byte).verify(self.public, message, signature)
        except SignatureError as error:
            raise self._refusal(error) from None

    def verify_note(self, text: bytes, payload: bytes) -> int | None:
        """Check a note signature's payload over `text`; return its time if it has one.

        Raises SignatureError.
        """
        try:
            time, message, signature = algorithm(self.type_byte).signed_part(text, payload)
            algorithm(self.type_byte).verify(self.public, message, signature)
        except SignatureError as error:
            raise self._refusal(error) from None
        return time

    def _refusal(self, error: SignatureError) -> SignatureError:
        return SignatureError(en=f"{self.name}: {error}", zh=f"{self.name}：{error.zh}")


def parse_vkey(text: str) -> VerifierKey:
    """Parse a vkey strictly; raise MalformedKeyError (signed-note, "Verifier keys")."""
    parts = text.split("+", 2)
    if len(parts) != 3 or _KEY_ID.fullmatch(parts[1]) is None:  # noqa: PLR2004 - name, key ID, key
        raise MalformedKeyError(en=f"not a vkey: {text[:200]!r}", zh="不是有效的 vkey 文本")
    try:
        data = decode_base64(parts[2])
    except MalformedError as error:
        raise MalformedKeyError(en=f"vkey: {error}", zh=f"vkey：{error.zh}") from None
    if not data:
        raise MalformedKeyError(en="vkey without a key", zh="vkey 中没有公钥")
    key = VerifierKey(parts[0], data[0], data[1:])
    if key.key_id.hex() != parts[1]:
        raise MalformedKeyError(
            en=f"vkey of {key.name}: the key ID does not belong to the key",
            zh=f"{key.name} 的 vkey：密钥编号与公钥不符",
        )
    return key


class SigningKey:
    """A secret key with its name and algorithm. Its `repr` shows the public half only."""

    __slots__ = ("_seed", "vkey")

    vkey: VerifierKey

    def __init__(self, name: str, seed: bytes, type_byte: int = ED25519) -> None:
        """Make the key of a 32-byte seed; raise MalformedKeyError."""
        if len(seed) != SEED_SIZE:
            raise MalformedKeyError(en="a seed has 32 bytes", zh="种子必须是 32 字节")
        self._seed = seed
        self.vkey = VerifierKey(name, type_byte, algorithm(type_byte).public_of(seed))

    @classmethod
    def generate(cls, name: str, type_byte: int = ED25519) -> Self:
        """Make a new random key (the only use of randomness in this package)."""
        return cls(name, secrets.token_bytes(SEED_SIZE), type_byte)

    @classmethod
    def from_seed(cls, name: str, seed: bytes, type_byte: int = ED25519) -> Self:
        """Make the key of a 32-byte seed (RFC 8032 5.1.5)."""
        return cls(name, seed, type_byte)

    @classmethod
    def from_pem(cls, pem: bytes, password: bytes) -> Self:
        """Read what `to_pem` wrote; raise MalformedKeyError, also for a wrong password."""
        header = _PEM_HEADER.match(pem)
        if header is None:
            raise MalformedKeyError(en="the first line is not a key header", zh="密钥文件首行无效")
        try:
            name = header[1].decode()
            key = serialization.load_pem_private_key(pem[header.end() :], password)
        except (ValueError, TypeError) as error:
            raise MalformedKeyError(
                en=f"cannot decrypt the key file (wrong password?): {error}",
                zh="无法解密密钥文件，请检查口令",
            ) from None
        if not isinstance(key, Ed25519PrivateKey):
            raise MalformedKeyError(en="not an Ed25519 key", zh="不是 Ed25519 密钥")
        return cls(name, key.private_bytes_raw(), int(header[2], 16))

    def to_pem(self, password: bytes) -> bytes:
        """Return the key file: a line with name and type byte, then encrypted PKCS#8 (RFC 5958)."""
        if not password:
            raise MalformedKeyError(en="a key file needs a password", zh="密钥文件必须设置口令")
        pem = Ed25519PrivateKey.from_private_bytes(self._seed).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(password),
        )
        return f"# registry-key@v1 {self.name} {self.type_byte:02x}\n".encode() + pem

    @property
    def name(self) -> str:
        """The key name; a log's key is named like the log."""
        return self.vkey.name

    @property
    def type_byte(self) -> int:
        """The signed-note type byte."""
        return self.vkey.type_byte

    def sign(self, message: bytes) -> bytes:
        """Return the raw signature (64 bytes for Ed25519) of the message."""
        return algorithm(self.type_byte).sign(self._seed, message)

    def __repr__(self) -> str:
        """Show the public half only: a repr ends up in logs."""
        return f"SigningKey({self.vkey})"
