"""Chunks of a log, one fetched ahead: while one is admitted here, its home prepares the next.

The one that is being admitted is kept in a file as it came while the next is under way, so that a
crash costs the download of one chunk, not of two. It is looked at like any other answer when it is
taken from there: what was kept is proven no more than what is fetched.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from registry.exchange.durable import make_folder, remove, write_over
from registry.ledger.bodies import Chunk, ChunkError, encode_chunk, parse_chunk

Fetch = Callable[[int], Awaitable[Chunk]]
"""Fetches the chunk that begins at a position."""


class Ahead:
    """The chunks of one log, in order; never more than one is fetched ahead."""

    def __init__(self, file: Path, origin: str) -> None:
        """Take where the chunk that is being admitted is kept."""
        self._file = file
        self._origin = origin
        self._next: tuple[int, asyncio.Task[Chunk]] | None = None

    async def take(self, start: int, most: int, fetch: Fetch) -> tuple[Chunk, bool]:
        """Return the chunk from a position, and whether it was kept by one that died.

        What is kept counts only as far as ``most``, the size of the tree it is to be proven by.

        Raises what ``fetch`` raises, as the one that was fetched ahead did.
        """
        if self._next is not None:
            (at, task), self._next = self._next, None
            if at == start:
                return await task, False
            await _dropped(task)
        kept = await asyncio.to_thread(self._kept, start, most)
        return (await fetch(start), False) if kept is None else (kept, True)

    async def go_on(self, chunk: Chunk, fetch: Fetch) -> None:
        """Keep a chunk that is about to be admitted, and begin to fetch the one behind it."""
        self._next = (chunk.end, asyncio.ensure_future(fetch(chunk.end)))
        await asyncio.to_thread(self._keep, chunk)

    async def end(self) -> None:
        """Let go of what is under way; what is kept stays for the next run."""
        ahead, self._next = self._next, None
        if ahead is not None:
            await _dropped(ahead[1])

    async def clear(self) -> None:
        """Remove what is kept: it was admitted, or is not what was signed."""
        await asyncio.to_thread(self._remove)

    def _keep(self, chunk: Chunk) -> None:
        make_folder(self._file.parent)
        write_over(self._file, encode_chunk(chunk))

    def _kept(self, start: int, most: int) -> Chunk | None:
        try:
            chunk = parse_chunk(self._file.read_bytes())
        except (OSError, ChunkError):
            return None
        fits = (chunk.origin, chunk.start) == (self._origin, start) and chunk.end <= most
        return chunk if fits else None

    def _remove(self) -> None:
        if self._file.exists():
            remove(self._file)


async def _dropped(task: asyncio.Task[Chunk]) -> None:
    """Cancel a task and see it end; what it would have raised concerns nobody any more."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
