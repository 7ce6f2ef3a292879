"""Chunks of one log as they came, in files, until the batch they belong to is admitted.

A node admits what its home admitted, batch by batch; a batch may be larger than a chunk. What is
here survives a crash, so that nothing is fetched twice, and is proven once more like any answer
when it is taken from here: a damaged file costs a download, never an error. So files are not
flushed to the disk: what a power cut takes of them is fetched again.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from registry.exchange.durable import make_folder
from registry.exchange.kept import FileLines, KeptChunk, cut
from registry.exchange.lies import PeerError
from registry.exchange.peer import BodiesAt
from registry.ledger.bodies import ChunkError, ChunkIndex
from registry.store.logs import log_id_of

_SUFFIX: Final = ".lines"
_READ: Final = 256 * 1024


class Staging:
    """The folder of one log."""

    def __init__(self, folder: Path, origin: str) -> None:
        """Keep files below ``folder``."""
        self._folder = folder / f"{log_id_of(origin):016x}"
        self._origin = origin

    @contextmanager
    def writing(self) -> Iterator[Callable[[bytes], object]]:
        """Give what takes the text of a chunk while the block runs, for :meth:`keep`.

        Raises:
            PeerError: ``staging-failed``: there is no room, or no right to write.
        """
        try:
            make_folder(self._folder)
            with self._coming.open("wb") as file:
                yield _told(file.write)
        except OSError as error:
            raise _failed(error) from error

    def keep(self, chunk: BodiesAt) -> KeptChunk:
        """Give what was written its name, and return it; raise as :meth:`writing`."""
        said, ends = chunk
        path = self._folder / f"{said.start:020d}-{said.end:020d}{_SUFFIX}"
        try:
            self._coming.replace(path)
        except OSError as error:
            raise _failed(error) from error
        lines = FileLines.of(path, ends)
        return KeptChunk(said.origin, said.start, said.end, said.notes, lines, said.gone)

    def load(self, start: int, most: int) -> KeptChunk | None:
        """Return the lines from a position on that one file holds; what is damaged is removed.

        A file counts only as far as ``most``, the size of the tree it is to be proven by.
        """
        for path in sorted(self._folder.glob("*")):
            first, last = _span(path)
            if first <= start < last <= most:
                try:
                    return cut(self._read(path), start, last)
                except (ChunkError, OSError):
                    path.unlink(missing_ok=True)
            elif not 0 < last <= most:  # of another tree, or half written
                path.unlink(missing_ok=True)
        return None

    def drop(self, upto: int) -> None:
        """Remove what ends at a position or before it."""
        for path in self._folder.glob(f"*{_SUFFIX}"):
            if _span(path)[1] <= upto:
                path.unlink(missing_ok=True)

    def clear(self) -> None:
        """Remove everything."""
        forget(self._folder.parent, self._folder.name)

    @property
    def _coming(self) -> Path:
        return self._folder / "coming"

    def _read(self, path: Path) -> KeptChunk:
        index = ChunkIndex()
        with path.open("rb") as file:
            while piece := file.read(_READ):
                index.feed(piece)
        said = index.finish()
        if (said.origin, said.start, said.end) != (self._origin, *_span(path)):
            raise ChunkError("not what its name says")
        lines = FileLines.of(path, index.ends)
        return KeptChunk(said.origin, said.start, said.end, said.notes, lines, said.gone)


def forget(folder: Path, logs: str = "*") -> None:
    """Remove the lines that are kept of all logs; a node that follows fetches them again."""
    for path in folder.glob(f"{logs}/*"):
        path.unlink(missing_ok=True)


def _span(path: Path) -> tuple[int, int]:
    """Return which lines a file holds; none of one that has no such name."""
    first, _, last = path.stem.partition("-")
    whole = path.suffix == _SUFFIX and first.isdecimal() and last.isdecimal()
    return (int(first), int(last)) if whole else (0, 0)


def _told(write: Callable[[bytes], object]) -> Callable[[bytes], object]:
    """Return what writes, and tells a full disk from a connection that broke."""

    def take(piece: bytes) -> None:
        try:
            write(piece)
        except OSError as error:
            raise _failed(error) from error

    return take


def _failed(error: OSError) -> PeerError:
    return PeerError("staging-failed", str(error))
