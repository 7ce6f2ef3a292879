"""The offline verifier: given files and a charter one trusts, say what is proven and what is not.

Still pure: `verify_files` takes names and bytes; `signing.__main__` reads and prints. Files are
recognised by content: batch (plain or gzip), checkpoint or receipt, tlog-proof with its record
line, charter. A finding states the limits as plainly as the proof: what a receipt cannot tell is
part of the answer.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

from signing import batch, bundle, charter, note, proof, report, status, voucher
from signing.charters import Chain, follow
from signing.checkpoint import Checkpoint, checkpoint_of, peek_checkpoint
from signing.cosign import Cosignature, cosignatures_of
from signing.encoding import beijing_text, utc_text
from signing.errors import RevokedKeyError, SigningError, VerifyError
from signing.findings import (
    LATER_ZH,
    NO_LATER,
    PRINTED,
    RESTRICTED,
    Finding,
    of_bundle,
    of_report,
    of_status,
)
from signing.kinds import kind_of, unpack
from signing.merkle import HASH_SIZE, CompactRange, leaf_hash, verify_inclusion
from signing.record import entry_of, entry_with_digest, parse_record_line, split_line

RECORD_SUFFIX: Final = ".record"

_CHUNK: Final = 1024 * 1024
_ANY_TIME: Final = "when it was signed"
_STILL_VALID: Final = "that the information is still in force"


@dataclass(frozen=True, slots=True)
class _Signed:
    """A checkpoint verified against the charter, with who has seen it and since when."""

    checkpoint: Checkpoint
    party: charter.Party
    cosignatures: tuple[Cosignature, ...]
    time: int | None
    """POSIX second from which the quorum, or below it the first cosigner, vouches; else None."""
    seen_by: int
    """Distinct nodes that cosigned."""
    revoked: int | None
    """POSIX second as of which the key that signed is revoked: the quorum vouches from before."""


def verify_files(
    files: Mapping[str, bytes], trusted: charter.Charter, demanded: Collection[int] = ()
) -> list[Finding]:
    """Verify files (name -> content), with `demanded` signatures of logs; one finding each."""
    return _Verifier(files, trusted, demanded).run()


class _Verifier:
    """One run over a set of files; remembers trees so that batches of a log continue each other."""

    def __init__(
        self, files: Mapping[str, bytes], trusted: charter.Charter, demanded: Collection[int]
    ) -> None:
        self._files = files
        self._trusted = trusted
        self._demanded = demanded
        self._plain: dict[str, bytes] = {}
        self._trees: dict[tuple[str, int], CompactRange] = {}
        self._roots: dict[tuple[str, int], bytes] = {}
        self._used_records: set[str] = set()
        self._lists: list[status.OpenedStatus] = []
        self._charters: Chain = (trusted,)

    def run(self) -> list[Finding]:
        """Verify in an order in which each file finds what it builds on."""
        found: dict[str, Finding] = {}
        kinds: dict[str, str] = {}
        for name, data in self._files.items():
            try:
                self._plain[name] = unpack(data)
                kinds[name] = kind_of(self._plain[name])
            except SigningError as error:
                found[name] = _failure(name, "unknown", error)
        for name in sorted(kinds, key=lambda name: _order(kinds[name], self._plain[name])):
            try:
                found[name] = self._check(kinds[name])(name, self._plain[name])
            except SigningError as error:
                found[name] = _failure(name, kinds[name], error)
        return [found[name] for name in self._files]

    def _check(self, kind: str) -> Callable[[str, bytes], Finding]:
        checks = {
            "batch": self._batch,
            "checkpoint": self._checkpoint,
            "proof": self._proof,
            "record": self._record,
            "charter": self._charter,
            "voucher": self._voucher,
            "report": self._report,
            "bundle": self._bundle,
            "status": self._status,
        }
        return checks.get(kind, _unknown)

    def _signed(self, data: bytes) -> _Signed:
        """Verify a checkpoint note against the charter, with every cosignature by its nodes."""
        trusted = self._trusted
        party = trusted.party(peek_checkpoint(data).origin)
        keys = [window.key for window in party.keys]
        opened = note.open_note(data, (*keys, *trusted.mirror_keys, *trusted.witness_keys))
        signed = checkpoint_of(data, opened, self._demanded)
        found = cosignatures_of(opened)
        cosignatures = tuple(one for one in found if trusted.counts(one.key, one.time))
        time, seen_by = self._quorum_time(cosignatures)
        revoked = party.revoked_since(signed.basic)
        if revoked is not None and (time is None or seen_by < trusted.quorum):
            # Whoever has the key writes any time he likes: only others can say when it was there.
            raise _unseen(revoked)
        if time is not None:
            charter.check_key_time(trusted, signed, time)
        self._refuse_fork(signed.checkpoint)
        return _Signed(signed.checkpoint, party, cosignatures, time, seen_by, revoked)

    def _quorum_time(self, cosignatures: tuple[Cosignature, ...]) -> tuple[int | None, int]:
        """Return (time of the earliest cosignature that meets the quorum, nodes that cosigned)."""
        first_seen: dict[str, int] = {}
        for cosignature in cosignatures:
            first_seen.setdefault(cosignature.key.name.rpartition("/")[0], cosignature.time)
        times, quorum = list(first_seen.values()), self._trusted.quorum
        if not times:
            return None, 0
        return times[quorum - 1 if len(times) >= quorum else 0], len(times)

    def _refuse_fork(self, checkpoint: Checkpoint) -> None:
        """Two signed roots for one size prove that the log forked: the gravest finding there is."""
        known = self._roots.setdefault((checkpoint.origin, checkpoint.size), checkpoint.root)
        if known != checkpoint.root:
            raise VerifyError(code="fork", detail=f"{checkpoint.origin} {checkpoint.size}")

    def _batch(self, name: str, data: bytes) -> Finding:
        chunks = (data[at : at + _CHUNK] for at in range(0, len(data), _CHUNK))
        header, lines = batch.parse_batch(chunks)
        if header.checkpoint is None:
            raise VerifyError(code="unsigned-batch")
        signed = self._signed(header.checkpoint)
        origin, root = signed.checkpoint.origin, signed.checkpoint.root
        before = self._trees.get((origin, header.start)) if header.start else CompactRange()
        if before is None:
            raise VerifyError(code="earlier-batches-needed", detail=f"{origin} 0..{header.start}")
        tree = before.copy()
        tree.extend(leaf_hash(entry_of(*split_line(line))) for line in lines)
        if (tree.size, tree.root()) != (signed.checkpoint.size, root):
            raise VerifyError(code="root-mismatch", detail=f"{origin} {signed.checkpoint.size}")
        self._trees[origin, tree.size] = tree
        what = f"records {header.start}..{header.end} of {origin} are complete and unaltered"
        return self._finding(name, "batch", signed, what, ())

    def _checkpoint(self, name: str, data: bytes) -> Finding:
        signed = self._signed(data)
        mirrors = set(self._trusted.mirror_keys)
        stored = [item for item in signed.cosignatures if item.key in mirrors]
        what = f"{signed.checkpoint.origin} has {signed.checkpoint.size} entries"
        if stored:
            what += f", all stored by {', '.join(item.key.name for item in stored)}"
        kind = "receipt" if stored else "checkpoint"
        return self._finding(name, kind, signed, what, ("what the entries say",))

    def _proof(self, name: str, data: bytes) -> Finding:
        parsed = proof.parse_proof(data)
        signed = self._signed(parsed.checkpoint_note)
        own = str(PurePath(name).with_suffix(RECORD_SUFFIX))
        names = [own] if own in self._plain else list(self._plain)
        refusal: SigningError = VerifyError(code="record-missing")
        for record_name in names:
            if kind_of(self._plain[record_name]) != "record":
                continue
            try:
                limits = _verify_record(self._plain[record_name], parsed, signed.checkpoint)
            except SigningError as error:
                refusal = error
                continue
            self._used_records.add(record_name)
            what = f"{record_name} is entry {parsed.index} of {signed.checkpoint.origin}, unaltered"
            return self._finding(name, "proof", signed, what, limits)
        raise refusal

    def _record(self, name: str, data: bytes) -> Finding:
        parse_record_line(data.removesuffix(b"\n"))
        if name not in self._used_records:
            raise VerifyError(code="proof-missing")
        zh = "记录格式有效，由同时提供的证明文件核验"
        proven = "well-formed and covered by the proof given with it"
        return Finding(name, "record", "ok", zh, proven, "its proof", "", (_STILL_VALID,))

    def _charter(self, name: str, data: bytes) -> Finding:
        own = charter.open_charter(data)
        limits = [f"that it is in force after {own.expires_on.isoformat()}"]
        proven = f"charter version {own.version} of {own.region_name}, SHA-256 {own.digest.hex()}"
        if own.digest == self._trusted.digest:
            limits.append("that these root keys are the region's: compare the digest")
        else:
            self._charters = follow(self._charters, own)
            proven += f", succeeding version {own.version - 1}"
        zh = f"章程第 {own.version} 版签名核验通过：{own.region_name}"
        by = f"at least {own.threshold} of its {len(own.root_keys)} root keys"
        return Finding(name, "charter", "ok", zh, proven, by, "", tuple(limits))

    def _voucher(self, name: str, data: bytes) -> Finding:
        opened = voucher.open_voucher(data, self._trusted)
        said = opened.voucher
        asked = said.question
        about = f"{asked.name} in {asked.territory.name} on {asked.on.isoformat()}"
        proven = (
            f"it gave this answer about {about}, SHA-256 {opened.digest.hex()}, from "
            f"{sum(log.size for log in said.known)} records of {len(said.known)} logs"
        )
        limits = [NO_LATER, "that the answer was right: compute it again from those records"]
        limits.append("who asked, and for what: as the asker stated it")
        if said.charter != self._trusted.digest.hex():
            limits.append(f"that charter version {said.charter_version} held the same")
        if self._files[name].startswith(voucher.PDF):
            limits.append(PRINTED)
        at = beijing_text(opened.time)
        zh = f"查询凭证签名核验通过：{said.node}于{at}就{asked.name}出具，内容未被改动；{LATER_ZH}"
        return Finding(name, "voucher", "ok", zh, proven, said.node, said.issued, tuple(limits))

    def _report(self, name: str, data: bytes) -> Finding:
        opened = report.open_report(data, self._trusted)
        printed = self._files[name].startswith(voucher.PDF)
        notes = {one.receipt.note for one in opened.records}
        by = min((self._signed(note).seen_by for note in notes), default=None)
        seen = "" if by is None else self._unseen_by(by)
        return of_report(name, opened, self._trusted.digest, seen, printed=printed)

    def _bundle(self, name: str, data: bytes) -> Finding:
        opened = bundle.open_bundle(data, self._trusted)
        signed = self._signed(opened.receipt.note)
        what, limits = of_bundle(opened, self._lists, self._trusted.digest)
        return self._finding(name, "bundle", signed, what, limits)

    def _status(self, name: str, data: bytes) -> Finding:
        self._lists.append(status.open_status(data, self._trusted))
        return of_status(name, self._lists[-1])

    def _finding(
        self, name: str, kind: str, signed: _Signed, what: str, limits: tuple[str, ...]
    ) -> Finding:
        party, quorum = signed.party, self._trusted.quorum
        when = "" if signed.time is None else f"于{beijing_text(signed.time)}"
        zh = f"签名核验通过：{party.name}{when}报送，内容未被改动；不代表该信息当前仍有效"
        not_proven = [*limits, _STILL_VALID]
        if signed.revoked is not None:
            since = utc_text(signed.revoked)
            what += f", signed with a key revoked as of {since}, but cosigned by a quorum before"
            zh += (
                f"；签名密钥自{beijing_text(signed.revoked)}起已被撤销，此前已由法定数量的节点联署"
            )
        if signed.time is None:
            not_proven += [_ANY_TIME, "that any node has stored or seen it"]
        elif limit := self._unseen_by(signed.seen_by):
            not_proven.append(limit)
        else:
            what += f", seen by {signed.seen_by} nodes (quorum {quorum})"
        by = f"{party.name} ({party.origin})"
        at = "" if signed.time is None else utc_text(signed.time)
        return Finding(name, kind, "ok", zh, what, by, at, tuple(not_proven))

    def _unseen_by(self, nodes: int) -> str:
        """Say what so many cosigning nodes do not prove; '' for a quorum of several."""
        quorum = self._trusted.quorum
        if nodes < quorum:
            return f"that a quorum has seen it ({nodes} of {quorum} nodes)"
        return (
            "a quorum of one proves storage, not the absence of a split view" if quorum == 1 else ""
        )


def _order(kind: str, data: bytes) -> tuple[int, int]:
    """Sort batches by where they start, then what others need, records and bundles last.

    Charters by their versions: each is verified by the one before.
    """
    try:
        if kind == "charter":
            return (1, charter.read_charter(note.parse_note(data).text).version)
        if kind != "batch":
            return (2 if kind in {"record", "bundle"} else 1, 0)
        return (0, batch.parse_header(data.partition(b"\n")[0]).start)
    except SigningError:
        return (0, 0)


def _verify_record(data: bytes, parsed: proof.TlogProof, checkpoint: Checkpoint) -> tuple[str, ...]:
    """Check that a record is the proven entry; return what stays unproven. Raises SigningError."""
    record = parse_record_line(data.removesuffix(b"\n"))
    entry = record.entry
    limits: tuple[str, ...] = ()
    if record.restricted is None and parsed.extra is not None and len(parsed.extra) == HASH_SIZE:
        entry = entry_with_digest(record.main, parsed.extra)
        limits = (RESTRICTED,)
    leaf = leaf_hash(entry)
    verify_inclusion(parsed.index, checkpoint.size, leaf, parsed.hashes, checkpoint.root)
    return limits


def _unseen(revoked: int) -> RevokedKeyError:
    """Say that nobody vouches for a signature by a revoked key."""
    since = utc_text(revoked)
    return RevokedKeyError(
        en=f"the key that signed is revoked as of {since}, and no quorum has cosigned this before",
        zh=f"签名密钥自 {since} 起已被撤销，且此前没有法定数量的节点联署",
    )


def _unknown(name: str, data: bytes) -> Finding:
    raise VerifyError(code="unknown-format", detail=f"{name}, {len(data)} bytes")


def _failure(name: str, kind: str, error: SigningError) -> Finding:
    return Finding(name, kind, error.code, error.zh, str(error))
