"""Attachments come after the record that names them: the signed digest lets them in."""

import asyncio
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Final

from registry.errors import MalformedRefusal, NotFoundRefusal, TooLargeRefusal
from registry.ingest.upload import PATIENCE, Patience, in_time
from registry.store.attachments import AttachmentStore, Named
from registry.store.engine import Database
from registry.store.logs import log_id_of

_AT_ONCE: Final = 4
"""Attachments taken at once: each is held whole, up to the size that its record states."""
_HASHED_HERE: Final = 1024 * 1024
"""Bytes; hashing more would keep others waiting for milliseconds."""


class AttachmentDoor:
    """Takes and gives attachments that admitted records name."""

    def __init__(self, db: Database, patience: Patience = PATIENCE) -> None:
        """Take the open database, and how long to wait for senders."""
        self._store = AttachmentStore(db)
        self._patience = patience
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def put(self, origin: str, digest: str, chunks: AsyncIterator[bytes]) -> int:
        """Store an attachment; return its size in bytes. The same again changes nothing.

        Raises:
            NotFoundRefusal: no admitted record of this log names the digest.
            TooLargeRefusal: more bytes than any record states.
            TooSlowRefusal: the sender kept the node waiting.
            MalformedRefusal: not the bytes that a record names.
        """
        named = await self._named(origin, digest)
        key = bytes.fromhex(digest)
        known = await self._store.stored(key)
        if known is not None:
            return known
        async with self._places:
            body = await self._read(chunks, max(named.sizes))
            if len(body) not in named.sizes or await _digest(body) != key:
                raise MalformedRefusal(
                    "附件内容与信用信息所写的摘要或大小不一致；请发送原文件",
                    "these are not the bytes whose digest and size the record states: send that "
                    "file",
                    code="attachment-differs",
                )
            if not await self._store.put(key, body):  # ordered away while it came
                raise _unknown(digest)
        return len(body)

    async def _read(self, chunks: AsyncIterator[bytes], most: int) -> bytes:
        body = bytearray()
        async for chunk in in_time(chunks, self._patience):
            body += chunk
            if len(body) > most:
                raise TooLargeRefusal(
                    f"附件超过信用信息所写的 {most} 字节",
                    f"the attachment is larger than the {most} bytes its record states",
                    code="attachment-differs",
                )
        return bytes(body)

    async def get(self, origin: str, digest: str) -> tuple[bytes, str]:
        """Return the bytes and media type of a public attachment; raises NotFoundRefusal."""
        named = await self._named(origin, digest)
        body = None if named.restricted else await self._store.body(bytes.fromhex(digest))
        if body is None:
            raise _unknown(digest)
        return body, named.media_type

    async def held(self, origin: str, digest: str) -> bytes:
        """Return the bytes of an attachment for another node; raises NotFoundRefusal.

        Restricted ones too: a mirror keeps what the log's records name.
        """
        await self._named(origin, digest)
        body = await self._store.body(bytes.fromhex(digest))
        if body is None:
            raise _unknown(digest)
        return body

    async def _named(self, origin: str, digest: str) -> Named:
        named = await self._store.named(log_id_of(origin), bytes.fromhex(digest))
        if named is None:
            raise _unknown(digest)
        return named


async def _digest(body: bytes) -> bytes:
    if len(body) <= _HASHED_HERE:
        return sha256(body).digest()
    return await asyncio.to_thread(lambda: sha256(body).digest())


def _unknown(digest: str) -> NotFoundRefusal:
    return NotFoundRefusal(f"没有附件“{digest}”", f"there is no attachment {digest!r}")
