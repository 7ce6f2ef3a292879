"""A number as somebody typed it, made plain: one kind of dash, slash, space and letter.

Only spellings are touched, never what is said: a letter O for a zero stays, and is refused later.
"""

import re
import unicodedata
from typing import Final

from registry.standards.numbers_errors import NumberError

MAX_LENGTH: Final = 400
_DASHES: Final = "‐‑‒–—―⁃−﹘﹣－─━⸺"  # not 一, which is a word
_SLASHES: Final = "⁄∕⧸╱／\\＼"
_NOTHING: Final = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
_SPACES: Final = "《》〈〉「」『』【】[]{}“”‘’\"'`_*\t\r\n"
_PLAIN: Final = str.maketrans(
    dict.fromkeys(_DASHES, "-")
    | dict.fromkeys(_SLASHES, "/")
    | dict.fromkeys(_NOTHING, "")
    | dict.fromkeys(_SPACES, " ")
    | {"～": "~", "〜": "~", "∼": "~"}
)
_SPACE_RUN: Final = re.compile(r"\s+")
_DASH_RUN: Final = re.compile("-{2,}")
_AROUND_SLASH: Final = re.compile(" ?/ ?")
_FILE: Final = re.compile(r"\.(?:PDF|DOCX?|XML|ZIP|HTML?|TXT|OFD|CAJ)$")
_OTHER_ALPHABETS: Final = str.maketrans(
    "АВЕКМНОРСТХІЅЈΑΒΕΖΗΙΚΜΝΟΡΤΧ", "ABEKMHOPCTXISJABEZHIKMNOPTX"
)


def plain(text: str) -> str:
    """Return a text in capitals with plain dashes, slashes and single spaces.

    Raises:
        NumberError: it is empty, too long, or has a letter of another alphabet that looks Latin.
    """
    if len(text) > MAX_LENGTH:
        raise NumberError("number-too-long", text, limit=MAX_LENGTH)
    # Before NFKC as well: it turns some dashes into others, and a soft hyphen into nothing.
    folded = unicodedata.normalize("NFKC", text.translate(_PLAIN)).translate(_PLAIN).upper()
    folded = _DASH_RUN.sub("-", _SPACE_RUN.sub(" ", folded)).strip(" ,;、。:.-")
    folded = _FILE.sub("", folded)
    # What a slash or a dash has around it says nothing, except in DBS32/ 013.
    folded = _AROUND_SLASH.sub("/", folded)
    if not folded.strip("/"):
        raise NumberError("number-empty", text)
    if (latin := folded.translate(_OTHER_ALPHABETS)) != folded:
        odd = next(a for a, b in zip(folded, latin, strict=True) if a != b)
        raise NumberError("number-characters", text, odd=odd)
    return folded
