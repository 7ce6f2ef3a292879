"""What somebody reads for, as it comes from a header or a form: one line of plain text."""

import unicodedata
from typing import Final
from urllib.parse import unquote_to_bytes

from registry.errors import MalformedRefusal, PurposeRefusal

HEADER: Final = "Registry-Purpose"
PURPOSE_MAX: Final = 200
"""Characters."""
_ENCODED_MAX: Final = PURPOSE_MAX * 12
"""Bytes of the header: a character has at most four, each of them written as three."""


def purpose_of(header: str) -> str:
    """Return the purpose that a header states in percent-encoded UTF-8, '' for an empty one.

    Raises:
        MalformedRefusal: it is no such text, or too long (``purpose-malformed``).
    """
    if len(header) > _ENCODED_MAX or not header.isascii():
        raise _malformed()
    try:
        text = unquote_to_bytes(header).decode()
    except UnicodeDecodeError as error:
        raise _malformed() from error
    return plain_purpose(text)


def plain_purpose(text: str) -> str:
    """Return a purpose as one line in its composed form; raises MalformedRefusal."""
    line = " ".join(unicodedata.normalize("NFC", text).split())
    if len(line) > PURPOSE_MAX or any(unicodedata.category(char)[0] == "C" for char in line):
        raise _malformed()
    return line


def purpose_missing() -> PurposeRefusal:
    """Return the refusal of a read that does not say what it is for."""
    return PurposeRefusal(
        f"请写明本次查询的用途：接口在 {HEADER} 请求头中以百分号编码的 UTF-8 填写，"
        f"1 至 {PURPOSE_MAX} 个字；网页登录后填写一次。",
        f"State what this is read for: programs in the header {HEADER}, percent-encoded UTF-8, 1 "
        f"to {PURPOSE_MAX} characters; people once, after signing in.",
    )


def _malformed() -> MalformedRefusal:
    return MalformedRefusal(
        f"查询用途应为一行文字，1 至 {PURPOSE_MAX} 个字，请求头中用百分号编码的 UTF-8。",
        f"A purpose is one line of 1 to {PURPOSE_MAX} characters, percent-encoded UTF-8 in the "
        "header.",
        code="purpose-malformed",
    )
