"""Lines that were fetched and proven, kept until the checkpoint where their batch ended is there.

A node admits what its home admitted, batch by batch; a batch may be larger than a chunk. What is
here survives a crash, so that at most one chunk is fetched twice, and is proven once more by the
root when it is admitted: a damaged file costs a download, never an error.
"""

from dataclasses import replace
from pathlib import Path
from typing import Final

from registry.exchange.durable import make_folder, remove, sweep, write_over
from registry.ledger.bodies import Chunk, ChunkError, encode_chunk, parse_chunk
from registry.store.logs import log_id_of

FETCHED: Final = "fetched"


class Staging:
    """The folder of one log."""

    def __init__(self, folder: Path, origin: str) -> None:
        """Keep files below ``folder``."""
        self._folder = folder / f"{log_id_of(origin):016x}"
        self._origin = origin

    @property
    def fetched(self) -> Path:
        """The file of the chunk that is being admitted while the next is fetched."""
        return self._folder / FETCHED

    def load(self, start: int) -> Chunk:
        """Return what follows on a position without a gap; whatever else is here is removed."""
        held = Chunk(self._origin, start, start, (), ())
        if not self._folder.is_dir():
            return held
        sweep(self._folder)
        for path in sorted(self._folder.glob("*.chunk")):
            try:
                chunk = parse_chunk(path.read_bytes())
            except ChunkError:
                chunk = replace(held, start=-1)
            if (chunk.origin, chunk.start) == (self._origin, held.end):
                held = join(held, chunk)
            else:
                remove(path)
        return held

    def add(self, chunk: Chunk) -> None:
        """Keep lines durably."""
        make_folder(self._folder)
        write_over(self._folder / f"{chunk.start:020d}.chunk", encode_chunk(chunk))

    def clear(self) -> None:
        """Remove everything."""
        for path in self._folder.glob("*.chunk"):
            remove(path)


def forget(folder: Path) -> None:
    """Remove the lines that are kept of all logs; a node that follows fetches them again."""
    for path in folder.glob("*/*"):
        if path.suffix == ".chunk" or path.name == FETCHED:
            remove(path)


def join(first: Chunk, second: Chunk) -> Chunk:
    """Return the lines of two chunks of which the second follows on the first."""
    lines, gone = [*first.lines, *second.lines], {**first.gone, **second.gone}
    return replace(first, end=second.end, lines=lines, gone=gone)


def cut(chunk: Chunk, start: int, end: int) -> Chunk:
    """Return the lines of a part of a chunk, without its checkpoints."""
    lines = chunk.lines[start - chunk.start : end - chunk.start]
    gone = {idx: one for idx, one in chunk.gone.items() if start <= idx < end}
    return Chunk(chunk.origin, start, end, (), lines, gone)
