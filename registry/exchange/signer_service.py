"""The other side of `registry.exchange.socket_signer`: holds one key and signs checkpoints with it.

Whoever may open the socket (mode 0600: the same user) gets signatures under checkpoints, and
nothing else: see `signing.signable`. One request at a time, each with a limit of time and size.
"""

import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from registry.exchange.errors import PublishError
from registry.exchange.socket_signer import REFUSED, SIGNED, Refusal, connect, read_exactly
from signing.errors import SigningError
from signing.keys import Signer
from signing.signable import MAX_MESSAGE, check_signable

_PATIENCE: Final = 5.0
"""Seconds for each step of a client."""
_LOOK_UP: Final = 0.2
"""Seconds after which it is asked again whether to stop."""


def serve(
    signer: Signer, path: Path, stopping: Callable[[], bool], ready: Callable[[], None]
) -> None:
    """Answer requests at the socket until told to stop; the socket is removed in the end.

    Raises:
        PublishError: ``socket-taken``, ``no-sockets``, ``socket-failed``.
    """
    with _listening(path) as listener:
        ready()
        while not stopping():
            try:
                channel, _ = listener.accept()
            except TimeoutError:
                continue
            with channel:
                _serve_one(signer, channel)


def answer(signer: Signer, message: bytes) -> bytes:
    """Return the bytes of the answer to one message, empty for the question who signs here."""
    try:
        if not message:
            return _framed(SIGNED, str(signer.vkey).encode())
        check_signable(signer.vkey, message)
        return _framed(SIGNED, signer.sign(message))
    except SigningError as error:
        return _framed(REFUSED, msgspec.json.encode(Refusal(error.code, str(error), error.zh)))


def _serve_one(signer: Signer, channel: socket.socket) -> None:
    """A client that is slow, ends early or sends too much loses its connection, no more."""
    channel.settimeout(_PATIENCE)
    try:
        length = int.from_bytes(read_exactly(channel, 4))
        if length <= MAX_MESSAGE:
            channel.sendall(answer(signer, read_exactly(channel, length)))
    except OSError:
        return


def _framed(status: int, body: bytes) -> bytes:
    return bytes([status]) + len(body).to_bytes(4) + body


if sys.platform == "win32":

    @contextmanager
    def _listening(path: Path) -> Iterator[socket.socket]:
        """Windows has no Unix sockets in Python."""
        raise PublishError("no-sockets", path=path)
        yield

else:

    @contextmanager
    def _listening(path: Path) -> Iterator[socket.socket]:
        """Give a socket that only this user may open; what a killed service left is replaced."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            mask = os.umask(0o177)
            try:
                _forget_dead(path)
                listener.bind(str(path))
            except OSError as error:
                raise PublishError("socket-failed", path=path, reason=error) from error
            finally:
                os.umask(mask)
            try:
                listener.listen()
                listener.settimeout(_LOOK_UP)
                yield listener
            finally:
                path.unlink(missing_ok=True)

    def _forget_dead(path: Path) -> None:
        """Remove a socket at which nobody answers; anything else that stands there is left."""
        if not path.is_socket():
            return
        try:
            connect(path).close()
        except ConnectionRefusedError:
            path.unlink()
        else:
            raise PublishError("socket-taken", path=path)
