"""Steps 4 and 5 of an admission: check, and store in one transaction."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from registry.clock import Clock
from registry.domain.records import Restricted
from registry.ingest.checks import Checked
from registry.ingest.derive import SLICE, Derivation, Origin
from registry.ingest.prepare import Prepared, findings_json
from registry.ingest.slots import Slots
from registry.ledger.append import Extension, extend
from registry.ledger.bodies import ChangedError
from registry.ledger.cosigned import CosignedFiles, LastCosigned
from registry.ledger.takeovers import Takeovers
from registry.store.admission import AdmissionWriter, EntryRow, NewCheckpoint, NewHead
from registry.store.engine import Database
from registry.store.logs import Head, lock_head, log_id_of
from signing.charter import Charter, Party
from signing.checkpoint import SignedCheckpoint
from signing.keys import SigningKey
from signing.merkle import EMPTY_ROOT
from signing.receipt import Receipt, make_receipt
from signing.record import entry_of, split_line

CHUNK = 1000
"""Records stored at a time, of so many bytes at most, or one that is longer."""
CHUNK_BYTES = 1024 * 1024
_ERASED = Checked(None, None, ())
"""Of a record whose main part was erased before it came here: in quarantine, with nothing found."""


def no_fault(_step: int) -> None:
    """Do nothing: only fault tests stop here."""


def note_digest(note: bytes) -> bytes:
    """Return the key of a checkpoint among those of its size: SHA-256 of the normalised note."""
    return sha256(note).digest()


@dataclass(frozen=True, slots=True)
class Admitted:
    """The answer to a publisher.

    ``quarantined`` lists (position, findings as JSON) of at most the first 1,000 of
    ``quarantined_count`` records that are logged but have no effect.
    """

    receipt: bytes
    origin: str
    size: int
    root: bytes
    accepted: int
    quarantined: tuple[tuple[int, str], ...]
    quarantined_count: int
    warnings: tuple[tuple[str, int], ...]
    repeated: bool


@dataclass(frozen=True, slots=True)
class Means:
    """What admission works with; ``step`` is called after each numbered step."""

    db: Database
    charter: Charter
    node_name: str
    mirror: SigningKey
    cosigned: CosignedFiles
    clock: Clock
    slots: Slots
    step: Callable[[int], None] = no_fault
    takeovers: Takeovers = field(default_factory=dict)
    """Logs whose home has moved here."""


@dataclass(frozen=True, slots=True)
class Spared:
    """What is known of a record of which a part was erased: its entry, and of whom it is.

    ``about`` has the document of the natural person by whom the order of erasure finds its record;
    the part that is gone had it, too.
    """

    entry: bytes
    about: Restricted | None = None


@dataclass(frozen=True, slots=True)
class Followed:
    """A batch that the log's home has admitted, as fetched and proven by who follows it.

    ``signed`` has the log's own lines alone, ``receipt`` the home's cosignature as well. ``gone``
    says, by number from 0, of which lines a part was erased; such a line is what is left. Lines may
    be read from files as they are gone through, so they are looked at anew each time.
    """

    party: Party
    start: int
    signed: SignedCheckpoint
    receipt: bytes
    lines: Sequence[bytes]
    gone: Mapping[int, Spared]


@dataclass(slots=True)
class Batch:
    """A batch on its way in: from which head, signed how, with which lines; then what follows.

    ``entries`` are the 64 bytes of each line; ``time`` is the POSIX second of the cosignature; not
    ``cosigning``, a restored node only takes back what it had. ``cosigned`` is the note as the home
    cosigned it, of a batch that is followed; for ``gone`` see :class:`Followed`.
    """

    origin: str
    party: Party
    head: Head
    signed: SignedCheckpoint
    lines: Sequence[bytes]
    cosigned: bytes = b""
    gone: Mapping[int, Spared] = field(default_factory=dict)
    entries: Sequence[bytes] = ()
    extension: Extension = field(default_factory=lambda: extend(0, b"", ()))
    time: int = 0
    cosigning: bool = True


class Admission:
    """Steps 4 and 5 of one batch."""

    def __init__(self, means: Means, batch: Batch) -> None:
        """Take what to work with and what to admit."""
        self._means = means
        self._batch = batch
        self._log_id = log_id_of(batch.origin)

    async def run(self) -> Admitted | None:
        """Store everything or nothing; None if another admission of this log was faster."""
        batch = self._batch
        async with self._means.db.transaction() as connection:
            await connection.execute("SET LOCAL synchronous_commit = on")  # a receipt is for good
            writer = AdmissionWriter(connection, self._log_id)
            await writer.open_log(batch.origin, batch.party.code, EMPTY_ROOT)
            head = await lock_head(connection, self._log_id)
            if head is None or (head.size, head.root) != (batch.head.size, batch.head.root):
                return None
            if await writer.has_checkpoint(batch.extension.size, note_digest(batch.signed.note)):
                return None
            origin = Origin(batch.origin, batch.party, self._means.clock.now())
            rows = Derivation(writer, origin, batch.head.size)
            await self._store_records(writer, rows)
            self._means.step(4)
            receipt = await self._store_log(writer)
            await writer.commit(
                batch.head.size,
                batch.extension.size,
                self._means.charter.version,
                self._means.clock.now(),
            )
            self._means.step(5)
        return self._answer(receipt, rows)

    async def _store_records(self, writer: AdmissionWriter, rows: Derivation) -> None:
        """Check and store chunk by chunk, in turns in which both sides have work.

        While the database stores a chunk, the rows of the next are made and the one after it is
        checked. No threads: a thread that checks and one that sends would wait for each other's
        turn at the interpreter for longer than the work takes.
        """
        made: tuple[Sequence[EntryRow], Prepared] | None = None
        storing: asyncio.Task[None] | None = None
        await rows.open()
        try:
            for start, lines in _chunks(self._batch.lines):
                checked = await self._check(rows, lines)
                if self._batch.gone:
                    checked = self._spared(start, lines, checked)
                entries = self._entry_rows(start, lines)
                if storing is not None:
                    await storing
                known = await rows.known(checked)
                if made is not None:
                    storing = asyncio.create_task(_store_chunk(writer, rows, *made))
                made = entries, await rows.prepare(checked, known)
            if storing is not None:
                await storing
            if made is not None:
                await _store_chunk(writer, rows, *made)
        finally:
            if storing is not None and not storing.done():  # pragma: no branch - cancelled
                storing.cancel()
                await asyncio.gather(storing, return_exceptions=True)
        await rows.finish()

    async def _check(self, rows: Derivation, lines: Sequence[bytes]) -> list[Checked]:
        checked: list[Checked] = []
        for start in range(0, len(lines), SLICE):
            checked += rows.preparer.check(lines[start : start + SLICE])
            await asyncio.sleep(0)
        return checked

    def _spared(
        self, start: int, lines: Sequence[bytes], checked: Sequence[Checked]
    ) -> list[Checked]:
        """Return the results as what was erased leaves them: without a main part, nothing."""
        results = list(checked)
        for number in self._batch.gone.keys() & range(start, start + len(checked)):
            main, restricted = split_line(lines[number - start])
            one, about = checked[number - start], self._batch.gone[number].about
            if not main:
                results[number - start] = _ERASED
            elif restricted is None and about is not None:
                found = tuple(f for f in one.findings if f.code != "person-without-document")
                results[number - start] = Checked(one.record, about, found)
        return results

    def _entry_rows(self, start: int, lines: Sequence[bytes]) -> list[EntryRow]:
        """Return the rows of entries with their bodies, for lines from number ``start`` on.

        Raises:
            ChangedError: a line that was read from a file anew is not the one that was proven.
        """
        batch, first = self._batch, self._batch.head.size + start
        rows: list[EntryRow] = []
        for number, line in enumerate(lines):
            main, restricted = split_line(line)
            entry = batch.entries[start + number]
            if start + number in batch.gone:
                rows.append((self._log_id, first + number, entry, main or None, restricted))
                continue
            if batch.cosigned and entry_of(main, restricted) != entry:
                raise ChangedError(f"line {first + number} is not what was proven")
            rows.append((self._log_id, first + number, entry, main, restricted))
        return rows

    async def _store_log(self, writer: AdmissionWriter) -> Receipt | None:
        """Store tiles, checkpoint and receipt; the cosignature is verified as it is made."""
        batch, means = self._batch, self._means
        extension, signed = batch.extension, batch.signed
        await writer.copy_tile_hashes((tile.level, tile.idx, tile.hash) for tile in extension.tiles)
        note = batch.cosigned or signed.note
        receipt = make_receipt(note, means.mirror, batch.time) if batch.cosigning else None
        await writer.save_checkpoint(
            NewCheckpoint(
                extension.size,
                extension.root,
                note_digest(signed.note),
                signed.note,
                means.charter.version,
                receipt.note if receipt else None,
                batch.time,
            )
        )
        cosigned_at = batch.time if receipt else batch.head.cosigned_at
        await writer.advance(
            batch.head.size,
            NewHead(extension.size, extension.root, extension.compact_range, cosigned_at),
        )
        if receipt is not None:
            means.cosigned.write(
                LastCosigned(batch.origin, extension.size, extension.root, batch.time)
            )
        return receipt

    def _answer(self, receipt: Receipt | None, rows: Derivation) -> Admitted:
        batch = self._batch
        return Admitted(
            receipt.note if receipt else b"",
            batch.origin,
            batch.extension.size,
            batch.extension.root,
            len(batch.lines) - rows.quarantined_count,
            tuple((idx, findings_json(found)) for idx, found in rows.quarantined),
            rows.quarantined_count,
            tuple(sorted(rows.preparer.warnings.items())),
            repeated=False,
        )


async def _store_chunk(
    writer: AdmissionWriter, rows: Derivation, entries: Sequence[EntryRow], prepared: Prepared
) -> None:
    await writer.copy_entries(entries)
    await rows.store(prepared)


def _chunks(lines: Iterable[bytes]) -> Iterator[tuple[int, list[bytes]]]:
    """Yield (number of the first, lines) of what is stored at a time."""
    start, size = 0, 0
    chunk: list[bytes] = []
    for line in lines:
        chunk.append(line)
        size += len(line)
        if len(chunk) == CHUNK or size >= CHUNK_BYTES:
            yield start, chunk
            start, size, chunk = start + len(chunk), 0, []
    if chunk:
        yield start, chunk
