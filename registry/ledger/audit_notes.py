"""Audit of what is signed: charters, checkpoints, receipts, evidence.

Nothing is judged by the charter of today: each row names the version by which it was admitted.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

from registry.ledger.audit_report import AuditReport
from registry.store.audit import StoredCharter, StoredEvidence, StoredNote
from signing.charter import Charter, check_key_time, open_charter
from signing.checkpoint import (
    Checkpoint,
    SignedCheckpoint,
    checkpoint_of,
    open_checkpoint,
    peek_checkpoint,
)
from signing.cosign import cosignatures_of
from signing.errors import SigningError
from signing.keys import VerifierKey
from signing.note import open_note

Roots = Mapping[int, bytes]
"""Roots recomputed from the entries, by size."""


def audit_charters(
    report: AuditReport, rows: Sequence[StoredCharter], given: Charter | None, pinned: bytes = b""
) -> None:
    """Verify the chain of charters; what verifies is left in ``report.charters``.

    ``given`` is the charter the caller trusts, ``pinned`` the digest with which the chain begins;
    without them the stored chain vouches for itself.
    """
    newest: Charter | None = None
    if pinned and (not rows or rows[0].digest != pinned):
        report.differ("charter", f"the chain does not begin with the charter {pinned.hex()}")
    for row in rows:
        place = f"charter {row.version}"
        try:
            charter = open_charter(row.note, newest)
        except SigningError as error:
            report.differ(place, f"{error.code}: {error}")
            continue
        if (charter.version, charter.digest) != (row.version, row.digest):
            report.differ(place, "the note is of another version, or has another digest")
            continue
        report.count("charters")
        report.charters[row.version] = newest = charter
    if given is not None:
        _compare_charter(report, newest, given)
        report.charters[given.version] = given


def _compare_charter(report: AuditReport, newest: Charter | None, given: Charter) -> None:
    place = f"charter {given.version}"
    stored = report.charters.get(given.version)
    if stored is None:
        try:
            open_charter(given.note, newest)
        except SigningError as error:
            report.differ(place, f"the charter given does not follow from those stored: {error}")
    elif stored.digest != given.digest:
        report.differ(place, "the charter stored is not the one given")


def audit_notes(
    report: AuditReport, origin: str, notes: Sequence[StoredNote], roots: Roots
) -> None:
    """Verify every checkpoint of a log with its receipt, and that the last one has a receipt."""
    covered = max((note.size for note in notes if note.receipt is not None), default=-1)
    for note in notes:
        report.count("checkpoints")
        audit = _NoteAudit(report, origin, note)
        audit.row(roots.get(note.size))
        audit.signatures()
        if note.receipt is None and note.size > covered:
            audit.differ("there is no receipt, nor one of a later tree")


class _NoteAudit:
    """The audit of one checkpoint."""

    def __init__(self, report: AuditReport, origin: str, note: StoredNote) -> None:
        self._report = report
        self._origin = origin
        self._note = note

    def differ(self, what: str) -> None:
        self._report.differ(f"{self._origin}@{self._note.size}", what)

    def row(self, root: bytes | None) -> None:
        """Compare the row with what it speaks of."""
        note = self._note
        if root is None:
            self.differ("the checkpoint is of a tree that is not here")
        elif note.root != root:
            self.differ("the root does not follow from the entries")
        if sha256(note.note).digest() != note.digest:
            self.differ("the note does not have the digest it is stored under")

    def signatures(self) -> None:
        """Verify note and receipt with the charter that the row names."""
        charter = self._report.charters.get(self._note.charter_version)
        if charter is None:
            self.differ(f"charter {self._note.charter_version} is not here or does not verify")
            return
        try:
            self._receipt(charter, self._signed(charter))
        except SigningError as error:
            self.differ(f"{error.code}: {error}")

    def _signed(self, charter: Charter) -> SignedCheckpoint:
        # One that was handed over bears the cosignature of the home before, too.
        own = _keys([charter], self._origin)
        opened = open_note(self._note.note, (*own, *charter.mirror_keys))
        signed = checkpoint_of(self._note.note, opened)
        if signed.checkpoint != Checkpoint(self._origin, self._note.size, self._note.root):
            self.differ("the checkpoint is of another tree")
        if opened.unverified:
            self.differ("the note bears lines that are not the log's own")
        return signed

    def _receipt(self, charter: Charter, signed: SignedCheckpoint) -> None:
        note = self._note
        if note.receipt is None:
            return  # refilled: when it was signed is not known, so any key of the log will do
        self._report.count("receipts")
        keys = dict.fromkeys((*signed.verified, *charter.mirror_keys))
        opened = open_note(note.receipt, keys)
        if checkpoint_of(note.receipt, opened).checkpoint != signed.checkpoint:
            self.differ("the receipt is of another tree")
        if opened.unverified:
            self.differ("the receipt bears lines of nobody known")
        made = [one for one in cosignatures_of(opened) if charter.counts(one.key, one.time)]
        times = [one.time for one in made]
        if note.cosigned_at not in times:
            self.differ("no mirror cosigned the receipt at the time stored")
        # The earliest: the home's, where this node followed; it may have come here much later.
        check_key_time(charter, signed, min([note.cosigned_at, *times]))


def claimed_size(evidence: StoredEvidence) -> int | None:
    """Return of which size evidence claims to be, so that the root there can be recomputed."""
    try:
        return peek_checkpoint(evidence.note).size
    except SigningError:
        return None


def audit_evidence(
    report: AuditReport, origin: str, evidence: Sequence[StoredEvidence], roots: Roots
) -> None:
    """Judge anew each signed checkpoint that contradicted the log when it came.

    If the stored tree has another root at that size, the log has signed two histories: a fork.
    """
    keys = _keys(report.charters.values(), origin)
    for row in evidence:
        try:
            signed = open_checkpoint(row.note, keys)
        except SigningError as error:
            report.differ(f"{origin} evidence", f"{error.code}: {error}")
            continue
        checkpoint = signed.checkpoint
        place = f"{origin}@{checkpoint.size}"
        if checkpoint.origin != origin or sha256(checkpoint.text().encode()).digest() != row.digest:
            report.differ(place, "the evidence is of another log, or has another digest")
            continue
        root = roots.get(checkpoint.size)
        if root is None:
            report.count("evidence of trees not here")
        elif root == checkpoint.root:
            report.count("evidence void")
        else:
            report.differ(
                place,
                f"ALARM: fork evidence: the log signed the root {checkpoint.root.hex()}, but the "
                f"stored tree has {root.hex()}",
            )


def _keys(charters: Iterable[Charter], origin: str) -> list[VerifierKey]:
    """Return every key that these charters ever gave the log, each once."""
    return list(
        dict.fromkeys(
            window.key
            for charter in charters
            for party in charter.parties
            if party.origin == origin
            for window in party.keys
        )
    )
