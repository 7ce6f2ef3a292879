"""The bytes that each algorithm signs for a text: the text, or a cosignature over it.

C2SP signed-note signs the text itself. C2SP tlog-cosignature defines two statements over a
checkpoint: ``cosignature/v1``, which holds the whole text, and ``subtree/v1``, which holds what the
text says.
"""

from typing import Final

from signing.encoding import MAX_INT63, decode_base64, decode_decimal
from signing.errors import (
    MalformedBase64Error,
    MalformedCheckpointError,
    MalformedError,
    SignatureError,
)

COSIGNATURE_HEADER: Final = b"cosignature/v1\n"
SUBTREE_LABEL: Final = b"subtree/v1\n\0"
MAX_NAME: Final = 255

_ROOT_SIZE: Final = 32


def split_checkpoint(text: str) -> tuple[str, int, bytes]:
    """Return (origin, size, root) of a checkpoint's text (tlog-checkpoint, "Note text").

    Extension lines are refused. Raises MalformedCheckpointError or MalformedBase64Error.
    """
    lines = text.split("\n")
    if len(lines) != 4 or lines[3]:  # noqa: PLR2004 - three lines, each ended by LF
        raise malformed(en="it does not have exactly three lines", zh="必须恰好三行")
    try:
        size, root = decode_decimal(lines[1]), decode_base64(lines[2])
    except MalformedBase64Error:
        raise
    except MalformedError as error:
        raise malformed(en=str(error), zh=error.zh) from None
    if len(root) != _ROOT_SIZE:
        raise malformed(en="the root has not 32 bytes", zh="根哈希不是 32 字节")
    return lines[0], size, root


def text_itself(_name: str, text: bytes, _time: int) -> bytes:
    """Return what a note signature signs: the text with its final LF."""
    return text


def cosigned_message(_name: str, text: bytes, time: int) -> bytes:
    """Return what a ``cosignature/v1`` signs (tlog-cosignature, "Ed25519 signed message").

    `time` is in POSIX seconds. Zero is refused: tlog-witness forbids it for checkpoints.
    """
    if time == 0:
        raise SignatureError(en="a cosignature without a time", zh="联署没有时间")
    return COSIGNATURE_HEADER + b"time %d\n" % _checked(time) + text


def subtree_message(name: str, text: bytes, time: int) -> bytes:
    """Return what a ``subtree/v1`` signs for a checkpoint (tlog-cosignature, "ML-DSA-44").

    The struct ``cosigned_message`` with start = 0 and end = size. It has no place for extension
    lines, so a text that has any is refused, as is one that is no checkpoint; a time of zero makes
    no statement about when. Raises SignatureError.
    """
    try:
        origin, size, root = split_checkpoint(text.decode())
    except MalformedError as error:
        raise SignatureError(
            en=f"ML-DSA-44 signs checkpoints alone: {error}",
            zh=f"ML-DSA-44 只能签署检查点：{error.zh}",
        ) from None
    return (
        SUBTREE_LABEL
        + _prefixed(name)
        + _checked(time).to_bytes(8)
        + _prefixed(origin)
        + bytes(8)
        + size.to_bytes(8)
        + root
    )


def _checked(time: int) -> int:
    if not 0 <= time <= MAX_INT63:
        raise SignatureError(en=f"cosignature time out of range: {time}", zh="联署时间超出范围")
    return time


def _prefixed(name: str) -> bytes:
    """``opaque name<1..255>`` (RFC 8446 3.4)."""
    data = name.encode()
    if not 0 < len(data) <= MAX_NAME:
        raise SignatureError(
            en="ML-DSA-44 signs names of 1 to 255 bytes",
            zh="ML-DSA-44 签署的名称须为 1 至 255 字节",
        )
    return bytes([len(data)]) + data


def malformed(*, en: str, zh: str) -> MalformedCheckpointError:
    """Return the error of a text that is no checkpoint."""
    return MalformedCheckpointError(en=f"malformed checkpoint: {en}", zh=f"检查点格式无效：{zh}")
