"""Record bodies as one node hands them to another: a header line, then the lines as stored.

The header is JSON: ``format``, ``origin``, ``from``, ``to``, the ``checkpoints`` that the log
signed beyond ``from`` (where batches ended, up to the first at or beyond ``to``), and ``erased``:
for each line of which a part is missing its entry and the orders of erasure, as [part, position].
Such a line holds what is left, ``TAB restricted`` where the main part went. Lines hold any bytes
but LF, so what is missing must be said outside them.

Nothing here is proven: entries follow from bodies, and the checkpoint says whether they are right.
"""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import pairwise
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from registry.errors import NotFoundRefusal, RegistryError
from registry.store.engine import Database
from registry.store.logs import Body, LogStore, log_id_of
from signing.encoding import MAX_INT63
from signing.record import MAX_LINE, NO_RESTRICTED, entry_of, split_line

FORMAT: Final = "registry-bodies@v1"
MAX_ENTRIES: Final = 8192
"""Lines of a chunk."""
MAX_BYTES: Final = 8 * 1024 * 1024
"""Bytes of the lines of a chunk, their ends included."""
MAX_NOTES: Final = 256
MAX_HEADER: Final = 4 * 1024 * 1024
"""Bytes of a header: 8,192 erased lines and 256 checkpoints stay below it."""
MAX_CHUNK: Final = MAX_HEADER + MAX_BYTES
_ORDERS: Final = 3
_HALF: Final = len(NO_RESTRICTED)
_TOO_LONG: Final = "longer than a chunk may be"
_OTHER_LINES: Final = "not the lines that the header announces"

_Position = Annotated[int, Meta(ge=0, le=MAX_INT63)]
_Part = Annotated[str, Meta(pattern=r"^(main|restricted|both)\Z")]


class ChunkError(RegistryError):
    """An answer that is no chunk, or not all of one."""

    code = "bodies-malformed"

    def __init__(self, reason: str, *, truncated: bool = False) -> None:
        """Say what is wrong; ``truncated``: the end is missing."""
        super().__init__(reason)
        self.truncated = truncated


class ChangedError(RegistryError):
    """Lines that are kept in files are not, or no longer, those that were proven."""

    code = "lines-changed"


class _Erased(Struct, forbid_unknown_fields=True):
    idx: _Position
    entry: Annotated[str, Meta(pattern=r"^[0-9a-f]{128}\Z")]
    orders: Annotated[list[tuple[_Part, _Position]], Meta(max_length=_ORDERS)]


class _Header(Struct, forbid_unknown_fields=True, rename={"start": "from", "end": "to"}):
    format: Literal["registry-bodies@v1"]
    origin: str
    start: _Position
    end: _Position
    checkpoints: Annotated[list[str], Meta(max_length=MAX_NOTES)]
    erased: Annotated[list[_Erased], Meta(max_length=MAX_ENTRIES)]


@dataclass(frozen=True, slots=True)
class Gone:
    """A record of which a part is missing: its entry, and the orders as (part, position)."""

    entry: bytes
    orders: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Lines ``start <= number < end`` of a log; ``gone`` by position; ``notes`` by size."""

    origin: str
    start: int
    end: int
    notes: tuple[bytes, ...]
    lines: Sequence[bytes]
    gone: Mapping[int, Gone] = field(default_factory=dict)

    def entries(self) -> list[bytes]:
        """Return the entry of each line: of what is whole by its body, else as stated.

        Raises:
            ChunkError: what is left of a line does not have the digest in its entry.
        """
        return [
            self._rest(number, line) if number in self.gone else entry_of(*split_line(line))
            for number, line in enumerate(self.lines, self.start)
        ]

    def _rest(self, number: int, line: bytes) -> bytes:
        gone = self.gone[number]
        main, restricted = split_line(line)
        digests = (gone.entry[:_HALF], gone.entry[_HALF:])
        for part, digest in zip((main or None, restricted), digests, strict=True):
            if part is not None and sha256(part).digest() != digest:
                raise ChunkError(f"what is left of line {number} is not what was logged")
        return gone.entry


def encode_chunk(chunk: Chunk) -> bytes:
    """Return the text of a chunk; the inverse of :func:`parse_chunk`."""
    header = _Header(
        FORMAT,
        chunk.origin,
        chunk.start,
        chunk.end,
        [note.decode() for note in chunk.notes],
        [
            _Erased(idx, gone.entry.hex(), list(gone.orders))
            for idx, gone in sorted(chunk.gone.items())
        ],
    )
    return b"\n".join((msgspec.json.encode(header), *chunk.lines, b""))


class ChunkIndex:
    """Reads the text of a chunk piece by piece, strictly, and holds none of its lines.

    ``ends`` says where the header and each line end: line ``n`` lies between item ``n`` and the
    next. Every method raises ChunkError.
    """

    def __init__(self) -> None:
        """Begin before the header."""
        self.ends = array("q")
        self._header = bytearray()
        self._read = 0

    def feed(self, piece: bytes) -> None:
        """Take the next bytes; no more is looked at than a chunk may have."""
        at = 0
        if not self.ends:
            at = piece.find(b"\n") + 1
            self._header += piece[: at - 1] if at else piece
            if len(self._header) > MAX_HEADER:
                raise ChunkError(_TOO_LONG)
            if at:
                self.ends.append(self._read + at - 1)
        while self.ends and (end := piece.find(b"\n", at)) >= 0:
            self.ends.append(self._read + end)
            at = end + 1
            if len(self.ends) > MAX_ENTRIES + 1:
                raise ChunkError(_OTHER_LINES)
        self._read += len(piece)
        if self.ends and self._read - self.ends[0] - 1 > MAX_BYTES:
            raise ChunkError(_TOO_LONG)

    def finish(self) -> Chunk:
        """Say that nothing more comes; return what the header says, without lines."""
        try:
            header = msgspec.json.decode(self._header, type=_Header)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise ChunkError(f"the header: {error}") from error
        lines = len(self.ends) - 1
        if not self.ends or self.ends[-1] + 1 < self._read or lines < header.end - header.start:
            raise ChunkError("the end is missing", truncated=True)
        longest = max((end - start - 1 for start, end in pairwise(self.ends)), default=0)
        if lines != header.end - header.start or longest > MAX_LINE:
            raise ChunkError(_OTHER_LINES)
        gone = {
            one.idx: Gone(bytes.fromhex(one.entry), tuple((part, at) for part, at in one.orders))
            for one in header.erased
        }
        within = all(header.start <= idx < header.end for idx in gone)
        if len(gone) != len(header.erased) or not within:
            raise ChunkError("erased lines that are not in the chunk")
        notes = tuple(note.encode() for note in header.checkpoints)
        return Chunk(header.origin, header.start, header.end, notes, (), gone)


def parse_chunk(data: bytes) -> Chunk:
    """Read a whole chunk strictly; raise ChunkError."""
    index = ChunkIndex()
    index.feed(data)
    said = index.finish()
    return replace(said, lines=[data[start + 1 : end] for start, end in pairwise(index.ends)])


class BodyReader:
    """Reads bodies for other nodes."""

    def __init__(self, db: Database) -> None:
        """Take the open database."""
        self._store = LogStore(db)

    async def chunk(self, origin: str, start: int, count: int = MAX_ENTRIES) -> Chunk:
        """Return lines from a position on, at most ``count``, ``MAX_ENTRIES`` and ``MAX_BYTES``.

        Raises:
            NotFoundRefusal: the log does not reach beyond ``start``.
        """
        log_id = log_id_of(origin)
        notes = await self._store.notes_after(log_id, start, MAX_NOTES)
        if not notes:
            raise NotFoundRefusal(f"没有“{origin}/{start}”", f"there is no '{origin}/{start}'")
        end = min(start + min(count, MAX_ENTRIES), notes[-1][0])
        bodies = await self._store.bodies_within(log_id, start, end, MAX_BYTES)
        end = start + len(bodies)
        upto = sum(size < end for size, _ in notes) + 1
        return Chunk(
            origin,
            start,
            end,
            tuple(note for _, note in notes[:upto]),
            [_line(body) for body in bodies],
            await self._gone(log_id, start, bodies),
        )

    async def _gone(self, log_id: int, start: int, bodies: Sequence[Body]) -> dict[int, Gone]:
        """Return what is missing; read after the bodies, so that each erasure is there by then."""
        missing = {idx: body for idx, body in enumerate(bodies, start) if _lacks(body)}
        if not missing:
            return {}
        orders: dict[int, list[tuple[str, int]]] = {}
        for idx, part, at in await self._store.erasures(log_id, list(missing)):
            orders.setdefault(idx, []).append((part, at))
        return {idx: Gone(body.entry, tuple(orders.get(idx, ()))) for idx, body in missing.items()}


def _lacks(body: Body) -> bool:
    return body.main is None or (body.restricted is None and body.entry[_HALF:] != NO_RESTRICTED)


def _line(body: Body) -> bytes:
    main = body.main or b""
    return main if body.restricted is None else b"\t".join((main, body.restricted))
