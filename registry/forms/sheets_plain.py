"""What is plain in a part of an XLSX package is measured without the XML parser.

The parser calls for every element, which is slow where a part has millions. Nearly all of a large
part is plain: rows as every spreadsheet writes them (``sheets_rows``), shared texts without
formats. Every byte that is not plain goes to the parser, which so refuses whatever is no XML.
"""

import re
from collections.abc import Callable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Final

from registry.forms.sheets_refusals import MAX_STRINGS, within

if TYPE_CHECKING:
    from array import array

Pieces = Iterator[bytes]

_TEXT_END: Final = b"</si>"
_PLAIN_TEXT: Final = re.compile(
    r'<si><t(?: xml:space="preserve")?>([^<&\x00-\x08\x0b-\x1f\ufffe\uffff]*)</t>'
    r'(?:<phoneticPr fontId="[0-9]{1,9}"(?: type="[A-Za-z]{1,20}")?/>)?</si>'
)
"""Without line ends that XML makes others of; Chinese Excel puts readings behind a text."""


def not_plain(
    pieces: Pieces, begin: bytes, end: bytes, others: Callable[[bytes], Pieces]
) -> Pieces:
    """Give the bytes of a part that the parser has to see, in order.

    Args:
        pieces: the part.
        begin: a whole tag; behind the first, ``others`` is asked.
        end: the tag that ends an element, of which some are plain.
        others: gives those of whole elements that are not plain, and measures the rest.

    Elements are left out only behind a tag that the parser has seen, so that what it sees is
    well-formed if and only if the whole is; and none from a comment on, which could hold what
    looks like one. What the parser sees then ends with a tag, so that it has taken all of it.
    """
    head, found, left = next(pieces, b"").partition(begin)
    yield head + found
    sound = found and b"<!" not in head and b"<?" not in head.rpartition(b"?>")[2]
    for piece in chain((b"",), pieces) if sound else ():
        left += piece
        size = left.rfind(end) + len(end)
        if size < len(end) or _commented(left):
            break
        yield from others(left[:size])
        left = left[size:]
    yield left
    yield from pieces


def _commented(left: bytes) -> bool:
    """Say whether a comment or the like begins; one character is looked for much faster."""
    return (b"!" in left and b"<!" in left) or (b"?" in left and b"<?" in left)


def not_plain_texts(pieces: Pieces, lengths: "array[int]") -> Pieces:
    """Add the lengths of plain shared texts; give the rest of the part to the parser.

    Raises:
        TooLargeRefusal: there are too many.
    """

    def others(texts: bytes) -> Pieces:
        try:
            text = texts.decode()
        except UnicodeDecodeError:
            text = "&"
        if "]]>" in text or _PLAIN_TEXT.sub("", text):
            yield texts
        else:
            lengths.extend(map(len, _PLAIN_TEXT.findall(text)))
            within("strings", len(lengths), MAX_STRINGS)

    return not_plain(pieces, _TEXT_END, _TEXT_END, others)
