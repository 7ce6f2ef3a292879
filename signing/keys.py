"""Keys: the signer's secret and the verifier's text form (vkey), as C2SP signed-note defines them.

A vkey is ``<name>+<key ID, 8 lowercase hex>+<base64(type byte || public key)>``. The key ID is
recomputed, never believed: ``SHA-256(name || 0x0A || type byte || public key)[:4]``. Where the type
byte is ``ff``, our longer identifier follows it in both places (`signing.algorithms`).
"""

import re
import unicodedata
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, Protocol, Self

from signing.algorithms import ED25519, algorithm, split_public
from signing.encoding import decode_base64, encode_base64
from signing.errors import MalformedError, MalformedKeyError, SignatureError
from signing.schemes import SECRET_SIZE

_KEY_ID: Final = re.compile(r"[0-9a-f]{8}")
_PEM_HEADER: Final = re.compile(rb"# registry-key@v1 ([^\n]+) ([0-9a-f]{2}|ff[0-9a-f]{2})\n")


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
        """Refuse a bad name, algorithm or public key (MalformedKeyError)."""
        check_key_name(self.name)
        known = algorithm(self.type_byte)
        if len(self.public) != known.scheme.public_size:
            raise MalformedKeyError(en="the public key has the wrong length", zh="公钥长度不正确")
        known.scheme.check_public(self.public)
        digest = sha256(f"{self.name}\n".encode() + known.identifier + self.public).digest()
        object.__setattr__(self, "key_id", digest[:4])

    def __str__(self) -> str:
        """Return the vkey text."""
        key = encode_base64(algorithm(self.type_byte).identifier + self.public)
        return f"{self.name}+{self.key_id.hex()}+{key}"

    def verify(self, message: bytes, signature: bytes) -> None:
        """Raise SignatureError unless `signature` is this key's raw signature of `message`."""
        try:
            algorithm(self.type_byte).scheme.verify(self.public, message, signature)
        except SignatureError as error:
            raise self._refusal(error) from None

    def verify_note(self, text: bytes, payload: bytes) -> int | None:
        """Check a note signature's payload over `text`; return its time if it states one.

        Raises SignatureError.
        """
        try:
            known = algorithm(self.type_byte)
            time, message, signature = known.signed_part(self.name, text, payload)
            known.scheme.verify(self.public, message, signature)
        except SignatureError as error:
            raise self._refusal(error) from None
        return time or None

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
    known, public = split_public(data)
    key = VerifierKey(parts[0], known.type_byte, public)
    if key.key_id.hex() != parts[1]:
        raise MalformedKeyError(
            en=f"vkey of {key.name}: the key ID does not belong to the key",
            zh=f"{key.name} 的 vkey：密钥编号与公钥不符",
        )
    return key


class Signer(Protocol):
    """Whatever signs for a key: a `SigningKey`, or a module or service that keeps the secret."""

    @property
    def name(self) -> str:
        """The key name."""
        ...

    @property
    def vkey(self) -> VerifierKey:
        """The public half."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Return the raw signature of the message; raises SigningError."""
        ...


class SigningKey:
    """A secret key with its name and algorithm. Its `repr` shows the public half only."""

    __slots__ = ("_secret", "_vkey")

    def __init__(self, name: str, secret: bytes, type_byte: int = ED25519) -> None:
        """Make the key of a 32-byte secret; raise MalformedKeyError or MissingExtraError."""
        if len(secret) != SECRET_SIZE:
            raise MalformedKeyError(en="a secret has 32 bytes", zh="私钥种子必须是 32 字节")
        self._secret = secret
        self._vkey = VerifierKey(name, type_byte, algorithm(type_byte).scheme.public_of(secret))

    @classmethod
    def generate(cls, name: str, type_byte: int = ED25519) -> Self:
        """Make a new random key."""
        return cls(name, algorithm(type_byte).scheme.new_secret(), type_byte)

    @classmethod
    def from_seed(cls, name: str, seed: bytes, type_byte: int = ED25519) -> Self:
        """Make the key of a 32-byte seed (RFC 8032 5.1.5, FIPS 204 3.6.3), or scalar of SM2."""
        return cls(name, seed, type_byte)

    @classmethod
    def from_pem(cls, pem: bytes, password: bytes) -> Self:
        """Read what `to_pem` wrote; raise MalformedKeyError, also for a wrong password."""
        header = _PEM_HEADER.match(pem)
        if header is None:
            raise MalformedKeyError(en="the first line is not a key header", zh="密钥文件首行无效")
        scheme = algorithm(int(header[2], 16)).scheme
        try:
            name = header[1].decode()
            secret = scheme.from_pem(pem[header.end() :], password)
        except (ValueError, TypeError) as error:
            raise MalformedKeyError(
                en=f"cannot decrypt the key file (wrong password?): {error}",
                zh="无法解密密钥文件，请检查口令",
            ) from None
        return cls(name, secret, int(header[2], 16))

    def to_pem(self, password: bytes) -> bytes:
        """Return the key file: a line with name and type byte, then encrypted PKCS#8 (RFC 5958)."""
        if not password:
            raise MalformedKeyError(en="a key file needs a password", zh="密钥文件必须设置口令")
        pem = algorithm(self.type_byte).scheme.to_pem(self._secret, password)
        return f"# registry-key@v1 {self.name} {self.type_byte:02x}\n".encode() + pem

    @property
    def name(self) -> str:
        """The key name; a log's key is named like the log."""
        return self.vkey.name

    @property
    def vkey(self) -> VerifierKey:
        """The public half."""
        return self._vkey

    @property
    def type_byte(self) -> int:
        """The number of the algorithm (`signing.algorithms`)."""
        return self.vkey.type_byte

    def sign(self, message: bytes) -> bytes:
        """Return the raw signature (64 bytes for Ed25519) of the message."""
        return algorithm(self.type_byte).scheme.sign(self._secret, message)

    def __repr__(self) -> str:
        """Show the public half only: a repr ends up in logs."""
        return f"SigningKey({self.vkey})"
