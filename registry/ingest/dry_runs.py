"""The dry runs of a node: how many may be under way, and how many check at one moment."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Final

from registry.errors import UnavailableRefusal
from registry.ingest.check import CheckReport, Terms, check_upload
from registry.ingest.unpack import Encoding
from registry.store.admission import AdmissionWriter
from registry.store.engine import Database
from registry.store.logs import log_id_of
from signing.charter import Charter

UNDER_WAY: Final = 64
"""Dry runs under way at once: each may hold a line and the salts of its batch, some megabytes."""


class DryRuns:
    """The dry run: bounded in how many are under way, and in how many check at one moment."""

    def __init__(self, db: Database, charter: Charter, at_once: int) -> None:
        """Let ``at_once`` dry runs check at one moment."""
        self._db = db
        self._turn = asyncio.Semaphore(at_once)
        self._free = UNDER_WAY
        self.under(charter)

    def under(self, charter: Charter) -> None:
        """Check by the territories of this charter from now on."""
        self._territories = {party.origin: party.territory for party in charter.parties}

    async def __call__(
        self, origin: str, chunks: AsyncIterator[bytes], encoding: Encoding
    ) -> CheckReport:
        """Check a batch for a log as it arrives; raises Refusal."""
        log_id = log_id_of(origin)

        async def known(ids: Sequence[str]) -> set[str]:
            async with self._db.pool.acquire() as connection:
                return await AdmissionWriter(connection, log_id).known_ids(ids)

        if not self._free:
            raise UnavailableRefusal(
                "同时进行的校验过多，请稍后再试。",
                "Too many checks are under way: try again a little later.",
                code="busy",
            )
        self._free -= 1
        try:
            terms = Terms(known=known, turn=self._turn, territory=self._territories.get(origin, ()))
            return await check_upload(chunks, encoding, terms)
        finally:
            self._free += 1
