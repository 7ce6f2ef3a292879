"""Lines of another node's log that stay in files: read when they are asked for, never held.

A batch may have 64 MiB of lines, and every log may have one under way. What is in memory of it is
where each line begins, and the block that is being read.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, overload

from registry.ledger.bodies import ChangedError, Chunk

BLOCK: Final = 256 * 1024
"""Bytes read at once, where no line is longer."""


@dataclass(frozen=True, slots=True)
class _Part:
    """Lines ``first <= number < last`` of a file; ``ends[n]`` is where the one before ends."""

    path: Path
    ends: Sequence[int]
    first: int
    last: int

    def blocks(self) -> Iterator[list[bytes]]:
        """Yield all lines, a block at a time; raise ChangedError."""
        at = self.first
        while at < self.last:
            most = bisect_right(self.ends, self.ends[at] + BLOCK, at + 1, self.last + 1) - 1
            until = max(at + 1, most)
            yield self._read(at, until)
            at = until

    def _read(self, first: int, last: int) -> list[bytes]:
        start, size = self.ends[first] + 1, self.ends[last] - self.ends[first] - 1
        try:
            with self.path.open("rb") as file:
                file.seek(start)
                lines = file.read(size).split(b"\n")
        except OSError as error:
            raise ChangedError(f"{self.path.name}: {error.strerror}") from error
        if len(lines) != last - first:
            raise ChangedError(f"{self.path.name}: other lines than there were")
        return lines


class FileLines(Sequence[bytes]):
    """The lines of files, one after the other.

    Reading them raises ChangedError where a file is gone or has other lines than it had.
    """

    def __init__(self, parts: tuple[_Part, ...] = ()) -> None:
        """Take parts of files; see :meth:`of`."""
        self.parts = parts
        self._length = sum(part.last - part.first for part in parts)

    @classmethod
    def of(cls, path: Path, ends: Sequence[int]) -> "FileLines":
        """Return the lines of one file: behind ``ends[0]``, each up to the next of ``ends``."""
        return cls((_Part(path, ends, 0, len(ends) - 1),))

    @property
    def size(self) -> int:
        """Bytes of all lines, their ends included."""
        return sum(part.ends[part.last] - part.ends[part.first] for part in self.parts)

    def __len__(self) -> int:
        """Return how many they are."""
        return self._length

    def __iter__(self) -> Iterator[bytes]:
        """Read them in order, a block at a time."""
        for part in self.parts:
            for block in part.blocks():
                yield from block

    @overload
    def __getitem__(self, which: int) -> bytes: ...
    @overload
    def __getitem__(self, which: slice) -> "FileLines": ...

    def __getitem__(self, which: int | slice) -> "bytes | FileLines":
        """Read one line, or say which (of step 1) are meant without reading any."""
        if isinstance(which, int):
            return next(iter(self[range(self._length)[which] :]))
        wanted = range(self._length)[which]
        parts, before = [], 0
        for part in self.parts:
            first = max(part.first, part.first + wanted.start - before)
            last = min(part.last, part.first + wanted.stop - before)
            if first < last:
                parts.append(replace(part, first=first, last=last))
            before += part.last - part.first
        return FileLines(tuple(parts))

    def behind(self, others: "FileLines") -> "FileLines":
        """Return other lines and these behind them."""
        return FileLines((*others.parts, *self.parts))


@dataclass(frozen=True, slots=True)
class KeptChunk(Chunk):
    """A chunk of which the lines stay in their files."""

    lines: FileLines


def nothing_at(origin: str, start: int) -> KeptChunk:
    """Return no lines, at a position of a log."""
    return KeptChunk(origin, start, start, (), FileLines())


def join(first: KeptChunk, second: KeptChunk) -> KeptChunk:
    """Return the lines of two chunks of which the second follows on the first."""
    gone = {**first.gone, **second.gone}
    return replace(first, end=second.end, lines=second.lines.behind(first.lines), gone=gone)


def cut(chunk: KeptChunk, start: int, end: int) -> KeptChunk:
    """Return the lines of a part of a chunk, with all of its checkpoints."""
    lines = chunk.lines[start - chunk.start : end - chunk.start]
    gone = {idx: one for idx, one in chunk.gone.items() if start <= idx < end}
    return replace(chunk, start=start, end=end, lines=lines, gone=gone)
