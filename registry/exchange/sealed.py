"""What a member's installation keeps of one log, as files that a person can read.

::

    <folder>/new-log                      until the first run: the key was made here
    <folder>/state.json                   how far the home node has confirmed the log
    <folder>/staged.lines                 rows being sealed right now; not signed yet
    <folder>/sealed/000000001200.batch    a signed batch; its name is the position it starts at
    <folder>/receipts/000000001200.receipt
    <folder>/resigned/000000001200-62707385.batch   the tree of that size, signed by one more key
    <folder>/tofix/                       rows that did not pass, with the reasons beside them
    <folder>/set-aside/                   sealed batches that lost their position, never to be sent

A sealed batch is written once and never replaced, and the name is the position alone: so there can
never be two of them at one position. Everything else can be recomputed from the sealed batches and
the home node.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, Self

import msgspec

from registry.exchange import durable
from registry.exchange.durable import Observer, unobserved
from registry.exchange.errors import PublishError
from signing.batch import BatchHeader, encode_batch, parse_batch, parse_header
from signing.checkpoint import Checkpoint, open_checkpoint, peek_checkpoint, sign_checkpoint
from signing.errors import SigningError
from signing.keys import Signer, VerifierKey
from signing.merkle import EMPTY_ROOT, CompactRange, leaf_hash
from signing.record import entry_of, split_line

STATE_FORMAT: Final = "registry-log-state@v1"
_DIGITS: Final = 12


@dataclass(frozen=True, slots=True)
class Position:
    """How far a log has come: its size, its root, and the compact range that lets it grow."""

    size: int
    root: bytes
    edge: bytes

    @classmethod
    def of(cls, edge: CompactRange) -> Self:
        """Take the position of a compact range."""
        return cls(edge.size, edge.root(), edge.to_bytes())

    def after(self, lines: Iterable[bytes]) -> "Position":
        """Return the position after these record lines (without LF)."""
        edge = CompactRange.from_bytes(self.size, self.edge)
        edge.extend(leaf_hash(entry_of(*split_line(line))) for line in lines)
        return Position.of(edge)


START: Final = Position(0, EMPTY_ROOT, b"")
"""The position of a log that has no entries."""


class _State(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: str
    origin: str
    size: int
    root: str
    range: str


class _Ident(msgspec.Struct, frozen=True):
    id: str


@dataclass(frozen=True, slots=True)
class LogSigner:
    """What a log signs with: its Ed25519 key, and keys of other algorithms beside it."""

    first: Signer
    beside: tuple[Signer, ...] = ()

    @property
    def vkey(self) -> VerifierKey:
        """The Ed25519 key, which every reader demands."""
        return self.first.vkey

    def note(self, checkpoint: Checkpoint) -> bytes:
        """Return the note of a checkpoint, signed with each key; raises SigningError."""
        return sign_checkpoint(checkpoint, self.first, *self.beside)


class SealedBatch:
    """One signed batch on disk; immutable."""

    def __init__(self, path: Path, header: BatchHeader, checkpoint: Checkpoint) -> None:
        """Keep what the first line says; the records stay on disk."""
        self.path = path
        self.origin = header.origin
        self.start = header.start
        self.end = header.end
        self.note = header.checkpoint or b""
        self.root = checkpoint.root

    def read(self) -> bytes:
        """Return the sealed bytes, the same at every call and for every retry."""
        return self.path.read_bytes()

    def lines(self) -> list[bytes]:
        """Return the record lines.

        Raises:
            PublishError: ``damaged``.
        """
        try:
            return parse_batch([self.read()])[1]
        except SigningError as error:
            raise PublishError("damaged", path=self.path, reason=error) from error


class HandedOver(SealedBatch):
    """A receipt as an empty batch; its ``path`` is that of the receipt."""

    def read(self) -> bytes:
        """Return the batch."""
        return encode_batch(BatchHeader(self.origin, self.end, self.end, self.note), ())


class SealedLog:
    """The folder of one log. All writing happens under the lock of the working folder."""

    def __init__(self, folder: Path, origin: str, observe: Observer = unobserved) -> None:
        """Name the folder; ``observe`` is told each durable step."""
        self.folder = folder
        self.origin = origin
        self._observe = observe

    @cached_property
    def _sealed(self) -> Path:
        return durable.make_folder(self.folder / "sealed")

    @cached_property
    def _receipts(self) -> Path:
        return durable.make_folder(self.folder / "receipts")

    @cached_property
    def _resigned(self) -> Path:
        return durable.make_folder(self.folder / "resigned")

    def sweep(self) -> None:
        """Remove half-written temporary files of killed runs."""
        folders = (durable.make_folder(self.folder), self._sealed, self._receipts, self._resigned)
        for folder in folders:
            durable.sweep(folder)

    # --- state ---

    def state(self) -> Position | None:
        """Return the confirmed position, or None in a new installation.

        Raises:
            PublishError: ``damaged``.
        """
        path = self.folder / "state.json"
        if not path.exists():
            return None
        try:
            state = msgspec.json.decode(path.read_bytes(), type=_State)
            edge = CompactRange.from_bytes(state.size, bytes.fromhex(state.range))
        except (msgspec.DecodeError, ValueError, SigningError) as error:
            raise PublishError("damaged", path=path, reason=error) from error
        if (state.format, state.origin, state.root) != (
            STATE_FORMAT,
            self.origin,
            edge.root().hex(),
        ):
            raise PublishError("damaged", path=path, reason=f"not a state of {self.origin}")
        return Position.of(edge)

    def save_state(self, position: Position) -> None:
        """Replace the confirmed position."""
        state = _State(
            STATE_FORMAT, self.origin, position.size, position.root.hex(), position.edge.hex()
        )
        text = json.dumps(msgspec.to_builtins(state), indent=1) + "\n"
        durable.write_over(self.folder / "state.json", text.encode(), self._observe)

    @property
    def _new(self) -> Path:
        return self.folder / "new-log"

    def mark_new(self) -> None:
        """Remember that the log's key was made here just now: nothing can be signed with it yet."""
        durable.make_folder(self.folder)
        durable.write_over(self._new, b"made here, nothing signed yet\n")

    @property
    def begins_here(self) -> bool:
        """Whether this installation knows the log from its first entry on."""
        return self._new.exists() or self._path(0).exists()

    def begun(self) -> None:
        """Forget that the log is new: its state is kept from now on."""
        durable.remove(self._new)

    # --- staged rows ---

    @property
    def _staged(self) -> Path:
        return self.folder / "staged.lines"

    def stage(self, lines: Sequence[bytes]) -> None:
        """Write the rows of the next batch, unsigned.

        A root is a function of these bytes and the position, so that a run killed while sealing is
        repeated to the same root, and no second one is ever signed.

        Raises:
            PublishError: ``file-exists`` when another batch is being sealed.
        """
        durable.write_new(self._staged, b"\n".join((*lines, b"")), self._observe)

    def staged(self) -> list[bytes]:
        """Return the rows that a run has staged and not yet sealed."""
        return self._staged.read_bytes().split(b"\n")[:-1] if self._staged.exists() else []

    def seal(self, head: Position, key: LogSigner) -> SealedBatch:
        """Sign the staged rows at ``head`` and store the batch, before any byte of it leaves.

        Raises:
            PublishError: ``position-taken`` when a batch is sealed there already.
        """
        path = self._path(head.size)
        if self._taken(path):
            # Another process won this position although we hold the lock: sign nothing.
            raise PublishError("position-taken", origin=self.origin, start=head.size)
        lines = self.staged()
        after = head.after(lines)
        note = key.note(Checkpoint(self.origin, after.size, after.root))
        header = BatchHeader(self.origin, head.size, after.size, note)
        try:
            durable.write_new(path, encode_batch(header, lines), self._observe)
        except PublishError as error:
            if error.detail_code != "file-exists":
                raise
            raise PublishError("position-taken", origin=self.origin, start=head.size) from error
        self.unstage()
        return _open(path)

    def sign_again(self, batch: SealedBatch, key: LogSigner) -> None:
        """Put another key's signature on the tree of a sealed batch; its records stay as they are.

        One tree with two signatures is no fork. The file is replaced in one step.
        """
        note = key.note(Checkpoint(self.origin, batch.end, batch.root))
        header = BatchHeader(self.origin, batch.start, batch.end, note)
        durable.write_over(batch.path, encode_batch(header, batch.lines()), self._observe)

    def resign(self, position: Position, key: LogSigner) -> SealedBatch:
        """Sign a confirmed tree with one more key as an empty batch, and store it; once for a key.

        It takes no position: one tree with two signatures is no fork.
        """
        size = position.size
        path = self._resigned / f"{size:0{_DIGITS}d}-{key.vkey.key_id.hex()}.batch"
        checkpoint = Checkpoint(self.origin, size, position.root)
        header = BatchHeader(self.origin, size, size, key.note(checkpoint))
        durable.write_over(path, encode_batch(header, ()), self._observe)
        return SealedBatch(path, header, checkpoint)

    def _taken(self, path: Path) -> bool:
        return path.exists()

    def unstage(self) -> None:
        """Forget the staged rows: they are sealed."""
        durable.remove(self._staged)
        self._observe("staged removed")

    # --- sealed batches and receipts ---

    def batches(self) -> list[SealedBatch]:
        """Return all sealed batches by position.

        Raises:
            PublishError: ``damaged``.
        """
        return [_open(path) for path in sorted(self._sealed.glob("*.batch"))]

    def follow(
        self, position: Position, batch: SealedBatch, keys: Sequence[VerifierKey]
    ) -> Position:
        """Return the position after a batch that must continue ``position``, all of it recomputed.

        Raises:
            PublishError: ``damaged``.
        """
        after = position.after(batch.lines())
        try:
            signed = open_checkpoint(batch.note, keys).checkpoint
        except SigningError as error:
            raise PublishError("damaged", path=batch.path, reason=error) from error
        if signed != Checkpoint(self.origin, after.size, after.root) or signed.size != batch.end:
            raise PublishError("damaged", path=batch.path, reason="the root does not follow")
        return after

    def receipt(self, batch: SealedBatch) -> bytes | None:
        """Return the stored receipt of a batch; it was verified before it was stored."""
        path = self._receipts / f"{batch.path.stem}.receipt"
        return path.read_bytes() if path.exists() else None

    def store_receipt(self, batch: SealedBatch, note: bytes) -> None:
        """Keep a verified receipt; the first one stays, because the older proves more."""
        if self.receipt(batch) is None:
            durable.write_new(self._receipts / f"{batch.path.stem}.receipt", note, self._observe)

    def last_receipt(self, position: Position) -> HandedOver | None:
        """Return the receipt of the confirmed tree as a batch, or None where it is not here."""
        for path in sorted(self._receipts.glob("*.receipt"), reverse=True):
            note = path.read_bytes()
            checkpoint = peek_checkpoint(note)
            if (checkpoint.size, checkpoint.root) == (position.size, position.root):
                size = checkpoint.size
                return HandedOver(path, BatchHeader(self.origin, size, size, note), checkpoint)
        return None

    def set_aside(self, batch: SealedBatch) -> tuple[Path, Path]:
        """Move a batch that lost its position out of the way: it must never be sent.

        Returns where it is now, and a JSON Lines file with its records, to be published again.
        """
        folder = durable.make_folder(self.folder / "set-aside")
        name = batch.path.name
        while (path := folder / name).exists():
            name = f"again-{name}"
        rows = [_form_line(line) for line in batch.lines()]
        durable.write_over(path.with_suffix(".jsonl"), b"\n".join((*rows, b"")))
        batch.path.rename(path)
        return path, path.with_suffix(".jsonl")

    def ids(self) -> Iterator[tuple[SealedBatch | None, int, str]]:
        """Give (batch, number in it, record id) of everything sealed, and staged (batch None)."""
        decode = msgspec.json.Decoder(_Ident).decode
        for batch in (*self.batches(), None):
            lines = self.staged() if batch is None else batch.lines()
            for number, line in enumerate(lines):
                yield batch, number, decode(split_line(line)[0]).id

    def write_to_fix(self, name: str, data: bytes) -> Path:
        """Store a to-fix file under the first free number and return its path."""
        folder = durable.make_folder(self.folder / "tofix")
        stem, dot, suffix = name.rpartition(".")
        number = 1 + sum(1 for _ in folder.glob(f"{stem}-*{dot}{suffix}"))
        while (path := folder / f"{stem}-{number:03d}{dot}{suffix}").exists():
            number += 1
        durable.write_new(path, data)
        return path

    def _path(self, start: int) -> Path:
        return self._sealed / f"{start:0{_DIGITS}d}.batch"


def _form_line(line: bytes) -> bytes:
    """Return a record line as one JSON object, the form in which it can be published again."""
    main, restricted = split_line(line)
    if restricted is None:
        return main
    return b'{"main":' + main + b',"restricted":' + restricted + b"}"


def _open(path: Path) -> SealedBatch:
    """Read the first line of a sealed batch."""
    with path.open("rb") as file:
        first = file.readline().rstrip(b"\n")
    try:
        header = parse_header(first)
        checkpoint = peek_checkpoint(header.checkpoint or b"")
    except SigningError as error:
        raise PublishError("damaged", path=path, reason=error) from error
    if path.stem != f"{header.start:0{_DIGITS}d}":
        raise PublishError("damaged", path=path, reason=f"starts at {header.start}")
    return SealedBatch(path, header, checkpoint)
