"""What a service that signs for others lets a key sign: checkpoints, never arbitrary bytes.

Such a service sees raw messages (`signing.keys.Signer`). It reads each back, and signs when it is,
byte for byte, what this package would have made for a checkpoint.
"""

import re
from typing import Final

from signing.algorithms import TEXT_COSIGNER_TYPES, algorithm
from signing.checkpoint import ROOT_SIZE, Checkpoint, parse_checkpoint
from signing.encoding import decode_decimal
from signing.errors import MalformedError, SignatureError
from signing.keys import VerifierKey
from signing.messages import COSIGNATURE_HEADER, SUBTREE_LABEL

MAX_MESSAGE: Final = 64 * 1024

_TIMED: Final = re.compile(re.escape(COSIGNATURE_HEADER) + rb"time ([0-9]{1,19})\n")


def check_signable(key: VerifierKey, message: bytes) -> Checkpoint:
    """Return the checkpoint that a message to be signed by `key` states.

    A key that signs texts signs those of its own log; a cosigner's key cosigns any log's, at any
    time. Raises MalformedError for everything else. Whether the checkpoint is consistent with
    earlier ones is not asked: who asks for the signature must know.
    """
    try:
        checkpoint, time = _read(key, message)
        again = algorithm(key.type_byte).message(key.name, checkpoint.text().encode(), time)
    except (MalformedError, SignatureError, UnicodeDecodeError) as error:
        raise _refused(key, str(error)) from None
    own = not algorithm(key.type_byte).cosigns
    if again != message or (own and checkpoint.origin != key.name):
        raise _refused(key, "it is of another log, or followed by something")
    return checkpoint


def _read(key: VerifierKey, message: bytes) -> tuple[Checkpoint, int]:
    """Return the checkpoint and the time that the message claims to hold."""
    if len(message) > MAX_MESSAGE:
        raise _refused(key, "it is longer than 64 KiB")
    if not algorithm(key.type_byte).cosigns:
        return parse_checkpoint(message.decode()), 0
    if key.type_byte in TEXT_COSIGNER_TYPES:
        head = _TIMED.match(message)
        if head is None:
            raise _refused(key, "it does not start like a cosignature")
        return parse_checkpoint(message[head.end() :].decode()), decode_decimal(head[1].decode())
    return _read_subtree(message)


def _read_subtree(message: bytes) -> tuple[Checkpoint, int]:
    """Pick the fields out of the struct; that all else is right is seen when it is made again."""
    rest = message[len(SUBTREE_LABEL) :]
    rest = rest[1 + int.from_bytes(rest[:1]) :]
    time, rest = int.from_bytes(rest[:8]), rest[8:]
    length, rest = int.from_bytes(rest[:1]), rest[1:]
    origin, rest = rest[:length].decode(), rest[length:]
    size, root = int.from_bytes(rest[8:16]), rest[16 : 16 + ROOT_SIZE]
    return Checkpoint(origin, size, root), time


def _refused(key: VerifierKey, why: str) -> MalformedError:
    return MalformedError(
        en=f"{key.name} signs checkpoints here, not this message: {why}",
        zh=f"{key.name} 在此只签署检查点，拒绝签署该内容",
    )
