"""Vouchers as they are kept: found by code, erased when their time is over."""

import zlib
from dataclasses import dataclass
from datetime import datetime

from registry.store.engine import Database

_COLUMNS = "code, digest, issued_at, kept_until, file"
_ADD = f"""
INSERT INTO vouchers ({_COLUMNS}, entries) VALUES ($1, $2, $3, $4, CASE WHEN EXISTS (
    SELECT FROM erasures x JOIN entries e ON e.log_id = x.log_id AND e.idx = x.idx
    WHERE x.part <> 'restricted' AND e.entry = ANY ($6::bytea[])) THEN NULL ELSE $5::bytea END, $6)
"""  # noqa: S608 - a constant


@dataclass(frozen=True, slots=True)
class KeptVoucher:
    """A voucher as stored; ``file`` None: its time was over, and only that it was issued is left.

    Moments are aware, in UTC; ``digest`` has 32 bytes. ``entries`` are those of the records it
    names or rests on: when one of them is erased by order, so is the file.
    """

    code: str
    digest: bytes
    issued_at: datetime
    kept_until: datetime
    file: bytes | None
    entries: tuple[bytes, ...] = ()


class VoucherStore:
    """Keeps and finds vouchers."""

    def __init__(self, db: Database) -> None:
        """Take the open database."""
        self._db = db

    async def add(self, voucher: KeptVoucher) -> None:
        """Keep a voucher, deflated: they are full of sentences that repeat.

        Without its file where a record it tells of was erased since it was written.
        """
        await self._db.pool.execute(
            _ADD,
            voucher.code,
            voucher.digest,
            voucher.issued_at,
            voucher.kept_until,
            None if voucher.file is None else zlib.compress(voucher.file),
            list(voucher.entries),
        )

    async def find(self, code: str, at: datetime) -> KeptVoucher | None:
        """Return the voucher of a code; past its time without its file, erased already or not."""
        row = await self._db.pool.fetchrow(
            f"SELECT {_COLUMNS} FROM vouchers WHERE code = $1",  # noqa: S608 - a constant
            code,
        )
        if row is None:
            return None
        file = None if row["file"] is None or at >= row["kept_until"] else row["file"]
        whole = None if file is None else zlib.decompress(file)
        return KeptVoucher(row["code"], row["digest"], row["issued_at"], row["kept_until"], whole)

    async def issued_since(self, moment: datetime) -> int:
        """Return how many were issued from a moment on; the bound on a day bounds the counting."""
        count: int = await self._db.pool.fetchval(
            "SELECT count(*) FROM vouchers WHERE issued_at >= $1", moment
        )
        return count

    async def erase_old(self) -> int:
        """Erase the files whose time is over; return how many there were."""
        erased: int = await self._db.pool.fetchval("SELECT erase_old_vouchers()")
        return erased
