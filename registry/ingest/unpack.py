"""Unpacking an upload without ever holding much more than it has been allowed.

A compressed stream can hide a thousandfold expansion. gzip offers a bound on each step; zstd does
not, but one of its blocks unpacks to at most 128 KiB and takes at least 4 bytes, so feeding small
slices bounds what a single step can produce.
"""

import zlib
from collections.abc import Iterator
from typing import Literal

import zstandard

from registry.errors import MalformedRefusal

Encoding = Literal["identity", "gzip", "zstd"]
_SLICE = 256
_STEP = 256 * 1024
_MAX_WINDOW = 8 * 1024 * 1024  # bytes; RFC 8878 3.1.1.1.2 recommends decoders to support this


class Unpacker:
    """Turns packed chunks into unpacked ones of bounded size."""

    def __init__(self, encoding: Encoding) -> None:
        """Start a stream in one of the three encodings."""
        self._encoding = encoding
        self._gzip = zlib.decompressobj(wbits=31)
        self._zstd = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW).decompressobj()

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Yield what ``chunk`` unpacks to, piece by piece.

        Raises:
            MalformedRefusal: ``bad-compression``.
        """
        if self._encoding == "identity":
            yield chunk
        elif self._encoding == "gzip":
            yield from self._feed_gzip(chunk)
        else:
            yield from self._feed_zstd(chunk)

    def finish(self) -> None:
        """Say that nothing more comes.

        Raises:
            MalformedRefusal: ``truncated-compression``: the packed stream is not complete.
        """
        complete = {"identity": True, "gzip": self._gzip.eof, "zstd": self._zstd.eof}
        if not complete[self._encoding]:
            raise MalformedRefusal(
                "压缩数据不完整，上传可能中断；请重新发送同一文件",
                "the compressed data is cut off: send the same file again",
                code="truncated-compression",
            )

    def _feed_gzip(self, chunk: bytes) -> Iterator[bytes]:
        rest = chunk
        while rest:
            self._refuse_more(ended=self._gzip.eof)
            try:
                piece = self._gzip.decompress(rest, _STEP)
            except zlib.error as error:
                raise _bad("gzip", error) from error
            if piece:
                yield piece
            rest = self._gzip.unconsumed_tail or self._gzip.unused_data

    def _feed_zstd(self, chunk: bytes) -> Iterator[bytes]:
        pieces: list[bytes] = []
        size = 0
        for at in range(0, len(chunk), _SLICE):
            self._refuse_more(ended=self._zstd.eof)
            try:
                piece = self._zstd.decompress(chunk[at : at + _SLICE])
            except zstandard.ZstdError as error:
                raise _bad("zstd", error) from error
            self._refuse_more(ended=bool(self._zstd.unused_data))
            pieces.append(piece)
            size += len(piece)
            if size >= _STEP:  # what follows works on lines: many small pieces would cost it much
                yield b"".join(pieces)
                pieces.clear()
                size = 0
        if size:
            yield b"".join(pieces)

    @staticmethod
    def _refuse_more(*, ended: bool) -> None:
        if ended:
            raise MalformedRefusal(
                "压缩数据之后还有多余内容；一次上传只能有一个压缩流",
                "there is more after the compressed stream: one upload is one stream",
                code="bad-compression",
            )


def _bad(encoding: str, error: Exception) -> MalformedRefusal:
    return MalformedRefusal(
        f"无法按 {encoding} 解压：请用标准工具重新压缩，或不压缩发送",
        f"not readable as {encoding} ({error}): pack again with a standard tool, or send unpacked",
        code="bad-compression",
    )
