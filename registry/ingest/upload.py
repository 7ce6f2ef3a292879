"""One upload, read in the order in which trust grows: header first, then the lines."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from registry.errors import MalformedRefusal, Refusal, TooLargeRefusal, TooSlowRefusal
from registry.ingest.unpack import Encoding, Unpacker
from signing.batch import BatchHeader, BatchReader
from signing.errors import BatchError

_TOO_LARGE = frozenset({"too-many-records", "batch-too-large", "line-too-long", "header-too-long"})


@dataclass(frozen=True, slots=True)
class Patience:
    """How many seconds a node waits for a sender: the header, each chunk, all of them together.

    Only waiting counts, so that a slow node never blames its sender.
    """

    header: float = 20.0
    chunk: float = 20.0
    total: float = 300.0


PATIENCE: Final = Patience()


class Upload:
    """The bytes of one batch as they arrive; every bound is enforced while reading."""

    def __init__(
        self, chunks: AsyncIterator[bytes], encoding: Encoding, patience: Patience = PATIENCE
    ) -> None:
        """Take the packed chunks, how they are packed, and how long to wait for them."""
        self._pieces = _unpacked(in_time(chunks, patience), encoding)
        self._reader = BatchReader(strict=False)
        self._patience = patience

    async def header(self) -> BatchHeader:
        """Read up to the end of the first line and return it.

        Raises:
            Refusal: malformed, too large, too slow or cut off.
        """
        try:
            async with asyncio.timeout(self._patience.header):
                while self._reader.header is None and await self._feed():
                    pass
        except TimeoutError as error:
            raise _too_slow(self._patience.header) from error
        if self._reader.header is None:
            return self._finish()
        return self._reader.header

    async def lines(self) -> list[bytes]:
        """Read to the end and return all record lines without LF; raises as :meth:`header`."""
        async for piece in self.pieces():
            del piece
        return self._reader.take()

    async def pieces(self) -> AsyncIterator[list[bytes]]:
        """Yield after each piece; the taker may ``take`` lines meanwhile to bound memory."""
        while await self._feed():
            yield self._reader.lines
        self._finish()

    def take(self) -> list[bytes]:
        """Hand out the complete lines read so far."""
        return self._reader.take()

    async def _feed(self) -> bool:
        piece = await anext(self._pieces, None)
        if piece is None:
            return False
        try:
            self._reader.feed(piece)
        except BatchError as error:
            raise refusal_of(error) from error
        return True

    def _finish(self) -> BatchHeader:
        try:
            return self._reader.finish()
        except BatchError as error:
            raise refusal_of(error) from error


async def in_time(chunks: AsyncIterator[bytes], patience: Patience) -> AsyncIterator[bytes]:
    """Yield chunks as they arrive; whoever sends too slowly must not hold a place for long.

    Raises:
        TooSlowRefusal: a chunk, or all of them together, took longer than ``patience``.
    """
    clock = asyncio.get_running_loop().time
    left = patience.total
    while True:
        started = clock()
        at_most = min(patience.chunk, left)
        try:
            async with asyncio.timeout(at_most):
                chunk = await anext(chunks, None)
        except TimeoutError as error:
            limit = patience.chunk if at_most == patience.chunk else patience.total
            raise _too_slow(limit) from error
        if chunk is None:
            return
        left -= clock() - started
        yield chunk


async def _unpacked(chunks: AsyncIterator[bytes], encoding: Encoding) -> AsyncIterator[bytes]:
    unpacker = Unpacker(encoding)
    async for chunk in chunks:
        for piece in unpacker.feed(chunk):
            yield piece
            await asyncio.sleep(0)  # one chunk can unpack to many pieces
    unpacker.finish()


def _too_slow(seconds: float) -> TooSlowRefusal:
    return TooSlowRefusal(
        f"等待数据超过 {seconds:g} 秒；请检查网络后重新发送同一文件",
        f"no data for too long (more than {seconds:g} s): check the network, send the file again",
    )


def refusal_of(error: BatchError) -> Refusal:
    """Return the refusal that tells a sender what is wrong with a batch, and in which line."""
    kind = TooLargeRefusal if error.code in _TOO_LARGE else MalformedRefusal
    return kind(error.zh, str(error), code=error.code, extra={"line": error.line})
