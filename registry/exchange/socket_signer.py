"""A signer behind a local Unix socket, so that the secret of a key is in another process.

The other side may be ``registry keys serve``, or anything that speaks the same to a security
module. One request a connection, answered once; numbers are big-endian::

    request  u32 length, message      length 0 asks for the vkey; at most 64 KiB
    answer   u8 0, u32 length, body   the raw signature, or the vkey in UTF-8; at most 8 KiB
             u8 1, u32 length, body   refused: JSON with "code", "en" and "zh"
"""

import socket
from pathlib import Path
from typing import Final

import msgspec

from signing.errors import SigningError
from signing.keys import VerifierKey, parse_vkey
from signing.signable import MAX_MESSAGE

SIGNED: Final = 0
REFUSED: Final = 1
MAX_ANSWER: Final = 8 * 1024
TIMEOUT: Final = 10.0
"""Seconds for each step of a request."""


class Refusal(msgspec.Struct):
    """Why the service did not sign."""

    code: str
    en: str
    zh: str


class SignerError(SigningError):
    """The service is gone, talks another language, or has refused to sign."""

    code = "signer-unavailable"


class SocketSigner:
    """A `signing.keys.Signer` whose secret is behind a socket; each call is a connection."""

    def __init__(self, path: Path) -> None:
        """Ask the service whose key it holds; raises SignerError or MalformedKeyError."""
        self._path = path
        try:
            self._vkey = parse_vkey(self._ask(b"").decode())
        except UnicodeDecodeError as error:
            raise self._unavailable(error) from error

    @property
    def name(self) -> str:
        """The key name."""
        return self._vkey.name

    @property
    def vkey(self) -> VerifierKey:
        """The public half, as the service told it; compare it with the charter's."""
        return self._vkey

    def sign(self, message: bytes) -> bytes:
        """Return the raw signature of a message, verified.

        Raises SignerError, or SignatureError when the service signs with another key by now.
        """
        if not 0 < len(message) <= MAX_MESSAGE:
            raise SignerError(en="a message of 1 to 65,536 bytes is signed", zh="待签内容长度超限")
        signature = self._ask(message)
        self._vkey.verify(message, signature)
        return signature

    def _ask(self, message: bytes) -> bytes:
        try:
            with connect(self._path) as channel:
                channel.sendall(len(message).to_bytes(4) + message)
                head = read_exactly(channel, 5)
                length = int.from_bytes(head[1:])
                if head[0] not in (SIGNED, REFUSED) or length > MAX_ANSWER:
                    raise ConnectionError(f"an answer of kind {head[0]} and {length} bytes")
                body = read_exactly(channel, length)
                refusal = None if head[0] == SIGNED else msgspec.json.decode(body, type=Refusal)
        except (OSError, AttributeError, msgspec.MsgspecError) as error:
            raise self._unavailable(error) from error
        if refusal is not None:
            raise refused(refusal)
        return body

    def _unavailable(self, why: Exception) -> SignerError:
        return SignerError(
            en=f"the signing service at {self._path} does not answer: {why}",
            zh=f"签名服务 {self._path} 没有应答：{why}",
        )


def connect(path: Path) -> socket.socket:
    """Return a connection; raises OSError, or AttributeError where there are no Unix sockets."""
    channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        channel.settimeout(TIMEOUT)
        channel.connect(str(path))
    except OSError:
        channel.close()
        raise
    return channel


def read_exactly(channel: socket.socket, size: int) -> bytes:
    """Return so many bytes; raises OSError, also when the other side ends before."""
    data = bytearray()
    while len(data) < size:
        part = channel.recv(size - len(data))
        if not part:
            raise ConnectionError(f"the connection ended after {len(data)} of {size} bytes")
        data += part
    return bytes(data)


def refused(refusal: Refusal) -> SignerError:
    """Return the error of a refusal, with the code that the service gave."""
    error = SignerError(en=f"not signed: {refusal.en}", zh=f"未签名：{refusal.zh}")
    error.code = refusal.code
    return error
