"""What follows from the records of a log: rows to look them up by, or their quarantine.

At admission and, when software or tables have changed, again: the same code, batch by batch and
chunk by chunk, so that a node which derived long ago and one which derives today hold the same.
"""

import asyncio
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from registry.domain.records import ErasureOrder
from registry.ingest.acts import resolve_acts
from registry.ingest.checks import Checked
from registry.ingest.erase import erase_ordered
from registry.ingest.prepare import PendingAct, Prepared, Preparer, findings_json
from registry.store.admission import AdmissionWriter
from registry.store.logs import log_id_of
from signing.charter import Party

if TYPE_CHECKING:
    from registry.ingest.reasons import Finding

SLICE = 25
"""Records worked on before others get their turn: the database's answers, and other requests."""
LISTED = 1000
"""Quarantined records listed in an answer; the count goes on."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose records they are: log, party under the charter of the admission, and its moment."""

    name: str
    party: Party
    at: datetime


class Derivation:
    """The rows of one batch; every method runs in the caller's transaction."""

    def __init__(self, writer: AdmissionWriter, origin: Origin, start: int) -> None:
        """Start before entry number ``start`` of the log."""
        self._writer = writer
        self._origin = origin
        self._log_id = log_id_of(origin.name)
        self._acts: list[PendingAct] = []
        self._kinds: set[tuple[str, str]] = set()
        self.preparer = Preparer(origin.name, self._log_id, start)
        self.quarantined: list[tuple[int, tuple[Finding, ...]]] = []
        self.quarantined_count = 0

    async def open(self) -> None:
        """Make ready for chunks."""
        await self._writer.open_stages()

    async def chunk(self, checked: Sequence[Checked]) -> None:
        """Store the rows of the next lines, as the preparer has checked them."""
        known = await self.known(checked)
        await self.store(await self.prepare(checked, known))

    async def known(self, checked: Sequence[Checked]) -> set[str]:
        """Return which of their ids the log already bears."""
        ids = [result.record.id for result in checked if result.record is not None]
        return await self._writer.known_ids(ids)

    async def prepare(self, checked: Sequence[Checked], known: AbstractSet[str]) -> Prepared:
        """Return the rows of the next lines; what they repeat of earlier ones is known here."""
        prepared = Prepared()
        for start in range(0, len(checked), SLICE):
            self.preparer.rows(checked[start : start + SLICE], known, prepared)
            await asyncio.sleep(0)
        prepared.spoken, prepared.words = self.preparer.spoken.taken()
        return prepared

    async def store(self, prepared: Prepared) -> None:
        """Store the rows of a chunk; in the order in which they were prepared."""
        await self._writer.copy_records(prepared.records)
        await self._writer.standards(prepared.spoken, prepared.words)
        self._kinds.update((row[3], row[6]) for row in prepared.records)
        await self._writer.stage(prepared.subjects, prepared.names)
        if prepared.quarantined:
            await self._writer.quarantine(
                [
                    (idx, sorted({f.code for f in found}), findings_json(found))
                    for idx, found in prepared.quarantined
                ]
            )
            self.quarantined += prepared.quarantined[: LISTED - len(self.quarantined)]
            self.quarantined_count += len(prepared.quarantined)
        self._acts += prepared.acts

    async def finish(self) -> None:
        """Store what can only be known, or sorted, when all records are there."""
        origin, preparer = self._origin, self.preparer
        effective: set[int] = set()
        if self._acts:
            rows = await resolve_acts(
                self._writer, self._acts, origin.name, self._log_id, origin.party
            )
            await self._writer.copy_records(rows)
            self._kinds.update((row[3], row[6]) for row in rows)
            effective = {row[2] for row in rows if row[9]}
        erasing = any(isinstance(act.record, ErasureOrder) for act in self._acts)
        await self._writer.take_turn(alone=erasing)
        await self._writer.store_staged()
        await self._writer.kinds(self._kinds)
        await self._writer.attachments(list(preparer.attachments.values()))
        await self._writer.relations(sorted(preparer.relations))
        await self._writer.links([(*pair, idx) for pair, idx in preparer.links.items()], origin.at)
        await erase_ordered(self._writer, self._acts, effective, origin.at)
