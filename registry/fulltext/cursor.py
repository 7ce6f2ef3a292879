"""Where the next page begins: a key in the order of the answer, and the commit it is as of.

So no page repeats or drops a record, whatever is admitted meanwhile; what was repaired meanwhile is
simply not there any more. A cursor goes with its question. It holds nothing secret and grants
nothing: whoever makes one up learns what a question without it tells him.
"""

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Final

from registry.errors import MalformedRefusal
from registry.fulltext.views import TextAsk
from search.texts.question import Key

CURSOR_MAX: Final = 64
"""Characters; ours have 48."""
_FORM: Final = struct.Struct(">QBIqQ")
_CHECK: Final = 7
_RANKS: Final = 2
_INDEX_MAX: Final = 2**53


@dataclass(frozen=True, slots=True)
class Cursor:
    """A page begins behind ``key``, and shows what was there at commit ``seq``."""

    seq: int
    key: Key

    def written(self, ask: TextAsk) -> str:
        """Write it down, for this question alone."""
        rank, day, (log, idx) = self.key
        form = _FORM.pack(self.seq, rank, day.toordinal(), log, idx)
        return urlsafe_b64encode(form + _check(form, ask)).decode()


def read_cursor(ask: TextAsk) -> Cursor | None:
    """Return where a question goes on, None for its first page.

    Raises:
        MalformedRefusal: it is no cursor of an answer to this question (``bad-cursor``).
    """
    if not ask.cursor:
        return None
    try:
        held = urlsafe_b64decode(ask.cursor[: CURSOR_MAX + 1].encode("ascii"))
        form, check = held[: _FORM.size], held[_FORM.size :]
        seq, rank, day, log, idx = _FORM.unpack(form)
        cursor = Cursor(seq, (rank, date.fromordinal(day), (log, idx)))
        bounded = seq < 2**63 and rank < _RANKS and idx < _INDEX_MAX
    except (ValueError, OverflowError, Error, struct.error):
        raise _refused() from None
    if check != _check(form, ask) or not bounded or cursor.written(ask) != ask.cursor:
        raise _refused()
    return cursor


def _check(form: bytes, ask: TextAsk) -> bytes:
    """Return what tells a slip, and a cursor of another question, from a cursor."""
    return sha256(form + repr(tuple(ask.same())).encode("utf-8", "surrogatepass")).digest()[:_CHECK]


def _refused() -> MalformedRefusal:
    return MalformedRefusal(
        "翻页标记无效，或不属于本次查询；请从第一页重新查询。",
        "The cursor is not one of an answer to this question: begin at the first page.",
        code="bad-cursor",
    )
