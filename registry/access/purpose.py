"""What somebody reads for, as it comes from a header or a form: one line of plain text.

For a third party it must be what the subject has authorised him for (政务数据共享条例 25: no use
beyond what was agreed, read second hand); what another authorisation opens is then as if absent.
"""

import unicodedata
from dataclasses import replace
from typing import Final
from urllib.parse import unquote_to_bytes

from registry.errors import MalformedRefusal, PurposeRefusal
from registry.query.views import Viewer

HEADER: Final = "Registry-Purpose"
PURPOSE_MAX: Final = 200
"""Characters."""
_ENCODED_MAX: Final = PURPOSE_MAX * 12
"""Bytes of the header: a character has at most four, each of them written as three."""
_PLACES_MAX: Final = 20


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


def for_purpose(viewer: Viewer, purpose: str) -> tuple[Viewer, str]:
    """Return a viewer with what he was authorised to read for this purpose.

    Beside it the places of authorisations that were passed over, '' where one counts or there are
    none: the access log names them.
    """
    given = viewer.authorisations
    kept = tuple(one for one in given if same_purpose(purpose, one.purpose))
    others = () if kept else given[:_PLACES_MAX]
    return replace(viewer, authorisations=kept), " ".join(one.place for one in others)


def same_purpose(stated: str, authorised: str) -> bool:
    """Tell whether somebody reads for what he was authorised for.

    Width and case of letters, spaces and punctuation do not count; every other character does: what
    a purpose comes close to is for no software to judge.
    """
    return _bare(stated) == _bare(authorised)


def _bare(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in folded if unicodedata.category(char)[0] not in "PZC")


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
