"""Admission: the one door through which signed batches enter a node.

:func:`Door.admit` is the numbered order of design 4.2, all or nothing. What a crash leaves behind
at each number:

1-4  nothing: no row was written.
5    nothing: one transaction. The last-cosigned file is written before it commits; if the node
     dies in between, the same bytes sent again bring the cosignature of the same second.
6    everything: the same bytes sent again are answered with the stored receipt.

Until a signature is verified an upload costs a node at most its header, and no slot.
"""

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator, Sequence

from registry.clock import Clock, unix
from registry.errors import (
    ForbiddenRefusal,
    MalformedRefusal,
    NotFoundRefusal,
    NotHomeRefusal,
    NotWholeRefusal,
    Refusal,
    RootMismatchRefusal,
    UnavailableRefusal,
    WrongPositionRefusal,
)
from registry.ingest.admission import Admission, Admitted, Batch, Followed, Means, note_digest
from registry.ingest.derive import LISTED
from registry.ingest.unpack import Encoding
from registry.ingest.upload import Upload
from registry.ledger.append import extend, root_at
from registry.ledger.charters import check_in_force
from registry.ledger.cosigned import LastCosigned
from registry.ledger.read import LogReader
from registry.ledger.takeovers import Takeover, takeovers
from registry.store.logs import Head, LogStore, log_id_of
from signing.batch import BatchHeader
from signing.charter import Party
from signing.charters import Chain
from signing.checkpoint import SignedCheckpoint, checkpoint_of
from signing.errors import ExpiredKeyError, MalformedError, RevokedKeyError, SigningError
from signing.merkle import EMPTY_ROOT
from signing.note import Note, open_note, parse_note
from signing.record import entry_of, split_line


class Door:
    """The door of a node."""

    def __init__(self, means: Means) -> None:
        """Take what admission works with."""
        self._means = means
        self._store = LogStore(means.db)
        self._reader = LogReader(means.db)

    def at(self, clock: Clock) -> "Door":
        """Return this door with another clock: for demonstrations of what happened earlier."""
        return Door(dataclasses.replace(self._means, clock=clock))

    def under(self, chain: Chain) -> "Door":
        """Return this door under a later charter: an admission keeps the one it began with."""
        moved = takeovers(chain, self._means.node_name)
        return Door(dataclasses.replace(self._means, charter=chain[-1], takeovers=moved))

    async def admit(
        self, origin: str, chunks: AsyncIterator[bytes], encoding: Encoding, *, refill: bool = False
    ) -> Admitted:
        """Admit one batch, or answer with the stored receipt if it was admitted before.

        With ``refill`` a node restored from an old backup takes back batches below what it last
        cosigned, without cosigning them anew.

        Raises:
            Refusal: see design 4.2 for which; nothing was stored then but evidence.
        """
        # (1) bound the size and read the header
        upload = Upload(chunks, encoding)
        header = await upload.header()
        party = self._party(origin, header)
        self._means.step(1)
        # (2) verify the checkpoint's signature before unpacking anything beyond the header
        signed = _open(party, header)
        head = await self._head(origin)
        self._means.step(2)
        moved = await self._moved(origin)
        if moved is not None and not refill:
            signed = await self._handed_over(moved, header, signed, head)
        anew = await self._signed_anew(signed, head) or (moved is not None and not refill)
        if signed.checkpoint.size <= head.size and not anew:
            return await self._repeat(header, head, signed, refill=refill)
        cosigning = moved is None or not refill  # no receipt before the log is known to be whole
        last = self._means.cosigned.read(origin)
        time = self._time(head, signed, last)
        if not refill:
            check_in_force(self._means.charter, self._means.clock)
            _check_window(party, signed, time)
        async with self._means.slots.take():
            lines: Sequence[bytes] = ()
            if not anew:
                if header.start != head.size:
                    raise _wrong_position(head.size)
                lines = await upload.lines()
            batch = Batch(origin, party, head, signed, lines, time=time, cosigning=cosigning)
            return await self._admit(batch, header, last, refill)

    async def follow(self, followed: Followed) -> Admitted | None:
        """Admit what a log's home has admitted: steps 3 to 5, with this node's own cosignature.

        What this node cosigned before, and lost, comes back without being cosigned anew. None: the
        log does not stand at ``start`` here.

        Raises:
            RootMismatchRefusal: the lines do not lead to the signed root, or contradict what this
                node cosigned; nothing was stored then but evidence.
        """
        origin = followed.party.origin
        head, last = await self._head(origin), self._means.cosigned.read(origin)
        if head.size != followed.start:
            return None
        signed, time = followed.signed, self._time(head, followed.signed, last)
        batch = Batch(origin, followed.party, head, signed, followed.lines, time=time)
        batch.cosigned, batch.gone = followed.receipt, followed.gone
        async with self._means.slots.take():
            await self._proven(batch, last, refill=True)
            return await Admission(self._means, batch).run()

    async def signed_anew(self, origin: str, signed: SignedCheckpoint) -> bool:
        """Say whether a log's checkpoint is of the tree stored here, and of a key that is not."""
        return await self._signed_anew(signed, await self._head(origin))

    async def _admit(
        self,
        batch: Batch,
        header: BatchHeader,
        last: LastCosigned | None,
        refill: bool,  # noqa: FBT001 - private
    ) -> Admitted:
        # (3) hash the lines, extend the stored compact range, compare with the signed root
        await self._proven(batch, last, refill=refill)
        if batch.cosigning:
            _check_window(batch.party, batch.signed, batch.time)
        self._means.step(3)
        # (4) parse and check, chunk by chunk, while (5) one transaction stores what is ready
        outcome = await Admission(self._means, batch).run()
        if outcome is None:  # another upload of this log was faster
            head = await self._head(batch.origin)
            return await self._repeat(header, head, batch.signed, refill=refill)
        self._means.step(6)
        # (6) answer
        return outcome

    async def _proven(self, batch: Batch, last: LastCosigned | None, *, refill: bool) -> None:
        """Refuse lines that do not lead to the signed root, or to what was cosigned."""
        await asyncio.to_thread(_extend, batch)
        if batch.extension.root != batch.signed.checkpoint.root:
            await self._mismatch(batch.head, batch.signed, batch.lines)
        await self._compare_last(batch, last, refill=refill)

    async def _head(self, origin: str) -> Head:
        log_id = log_id_of(origin)
        return await self._store.head(log_id) or Head(log_id, 0, EMPTY_ROOT, b"", 0)

    def _party(self, origin: str, header: BatchHeader) -> Party:
        charter = self._means.charter
        try:
            party = charter.party(origin)
        except SigningError as error:
            raise NotFoundRefusal(
                f"章程中没有名为“{origin}”的日志",
                f"the charter has no log {origin!r}",
                code="unknown-log",
            ) from error
        if header.origin != origin:
            raise ForbiddenRefusal(
                f"首行写的是“{header.origin}”，报送地址是“{origin}”；请按首行的日志名报送",
                f"the header names {header.origin!r}, the address {origin!r}: they must be one log",
                code="wrong-origin",
            )
        if party.home != self._means.node_name:
            address = next((n.url for n in charter.nodes if n.name == party.home), "")
            raise NotHomeRefusal(
                f"该日志的主节点是 {party.home}，请向 {address} 报送",
                f"the home of this log is {party.home}: send to {address}",
                extra={"home": party.home, "url": address},
            )
        return party

    async def _moved(self, origin: str) -> Takeover | None:
        """Return from where a log has moved here, until a receipt was given here as its home."""
        moved = self._means.takeovers.get(origin)
        if moved is None or await self._store.receipted_since(log_id_of(origin), moved.since):
            return None
        return moved

    async def _handed_over(
        self, moved: Takeover, header: BatchHeader, signed: SignedCheckpoint, head: Head
    ) -> SignedCheckpoint:
        """Return the last receipt of the home before, if this node holds exactly what it covers."""
        note = moved.handed_over(header.checkpoint or b"", header.origin)
        if note is None:
            raise moved.refusal(head.size)
        claimed = signed.checkpoint
        if claimed.size == head.size and claimed.root != head.root:
            await self._mismatch(head, signed, (), fork=True)
        if claimed.size != head.size:
            raise NotWholeRefusal(
                f"{moved.home} 的最后一份回执为 {claimed.size} 条，本节点现有 {head.size} 条，"
                "须与之一致；请先补齐全部批次",
                f"the last receipt of {moved.home} is of {claimed.size} records; this node holds "
                f"{head.size}, and must hold exactly those: fill in the log first",
                extra={"size": head.size, "receipt": claimed.size},
            )
        return dataclasses.replace(signed, note=note)

    async def _signed_anew(self, signed: SignedCheckpoint, head: Head) -> bool:
        """Say whether this signs the very tree stored with a key that has not signed it yet."""
        checkpoint = signed.checkpoint
        if (checkpoint.size, checkpoint.root) != (head.size, head.root):
            return False
        stored = await self._store.checkpoints(head.log_id, head.size)
        lines = [line for one in stored for line in parse_note(one.note).signatures]
        return any(not any(line.is_by(key) for line in lines) for key in signed.verified)

    async def _repeat(
        self, header: BatchHeader, head: Head, signed: SignedCheckpoint, *, refill: bool
    ) -> Admitted:
        """Answer a checkpoint at or below the stored size, if the stored tree agrees with it.

        With ``refill`` it may have no receipt here: what was interrupted is begun again. Nothing of
        the request but its signed text was looked at, so nothing but codes is told.
        """
        origin, size = header.origin, signed.checkpoint.size
        if size > head.size:
            raise _wrong_position(head.size)
        if await self._reader.root(origin, size) != signed.checkpoint.root:
            await self._mismatch(head, signed, (), fork=True)
        stored = await self._store.receipted(head.log_id, size, note_digest(signed.note))
        receipt = stored.receipt if stored is not None else None
        if receipt is None and not refill:
            raise UnavailableRefusal(
                "本节点已恢复该批次但尚未重新签发回执；请稍后再试",
                "this node holds the batch again but has no receipt for it yet: try again later",
                code="receipt-pending",
            )
        held = await self._store.quarantined(head.log_id, header.start, header.end, LISTED)
        quarantined = tuple((idx, _codes_only(codes)) for idx, codes in held)
        return Admitted(
            receipt or b"",
            origin,
            stored.size if stored is not None else size,
            stored.root if stored is not None else signed.checkpoint.root,
            0,
            quarantined,
            len(held),
            (),
            repeated=True,
        )

    async def _mismatch(
        self,
        head: Head,
        signed: SignedCheckpoint,
        lines: Sequence[bytes],
        *,
        fork: bool = False,
    ) -> None:
        """Keep the signed contradiction as evidence, then refuse."""
        if any(line.endswith(b"\r") for line in lines):
            raise MalformedRefusal(
                "各行以 CR LF 结尾，与签名时的内容不同：文件在传输中被改写；请按原样发送封存的批次",
                "lines end with CR LF and are not what was signed: the file was changed on the "
                "way; send the sealed batch as it is",
                code="carriage-return",
            )
        kind = "fork" if fork else "root-mismatch"
        await self._store.save_evidence(
            head.log_id, kind, signed.note, head.size, self._means.clock.now()
        )
        raise RootMismatchRefusal(
            "签名有效，但根哈希与已存日志及所送各行不一致；该检查点已留存为证据。"
            "请核对本地状态，勿另行签名，并提供一致性证明",
            "the signature is good but the root does not follow from the stored log and these "
            "lines; the checkpoint is kept as evidence. Compare your state, do not sign anew, and "
            "bring a consistency proof",
            extra={"size": head.size, "root": head.root.hex(), "fork": fork},
        )

    async def _compare_last(self, batch: Batch, last: LastCosigned | None, *, refill: bool) -> None:
        """Refuse to cosign below, or beside, what the last-cosigned file remembers."""
        head, extension = batch.head, batch.extension
        if last is None or last.size < head.size:
            return
        if last.size <= extension.size:
            root = root_at(head.size, head.compact_range, extension.leaves, last.size)
            if root != last.root:
                await self._mismatch(head, batch.signed, (), fork=True)
        elif refill:
            batch.cosigning = False
        else:
            raise UnavailableRefusal(
                f"本节点曾对该日志的 {last.size} 条签署，现库中只有 {head.size} 条："
                "数据库可能由旧备份恢复。请运营者用 registry refill 补回已签收的批次",
                f"this node has cosigned {last.size} records of this log but holds {head.size}: "
                "the database may come from an old backup. Operator: bring back the admitted "
                "batches with 'registry refill'",
                code="behind-last-cosigned",
                extra={"cosigned": last.size, "size": head.size},
            )

    def _time(self, head: Head, signed: SignedCheckpoint, last: LastCosigned | None) -> int:
        """Return the second of the cosignature: that of the clock, but never back in time.

        A tree that was cosigned before, whose receipt was lost, is cosigned for the same second;
        one that is stored is only signed with another key.
        """
        if last is not None and head.size < last.size == signed.checkpoint.size:
            return last.time
        known = last.time if last is not None else 0
        return max(unix(self._means.clock), head.cosigned_at, known)


def _check_window(party: Party, signed: SignedCheckpoint, time: int) -> None:
    """Refuse a checkpoint of which no key was valid at a time; a revoked one with its moment."""
    try:
        party.check_key(signed.basic, time)
    except RevokedKeyError as error:
        raise ForbiddenRefusal(error.zh, str(error), code=error.code) from error
    except ExpiredKeyError as error:
        raise ForbiddenRefusal(
            "签名所用密钥已过有效期或尚未生效；请用章程登记的有效密钥重新签署",
            "the key that signed is not valid at this time: sign with a key that the charter "
            "lists as valid",
            code=error.code,
        ) from error


def _open(party: Party, header: BatchHeader) -> SignedCheckpoint:
    """Verify the checkpoint and reduce its note to the verified lines of the log's own keys.

    Whatever else stands in the note is not signed by anybody who matters here: it must neither
    be kept nor make two notes out of one.
    """
    if header.checkpoint is None:
        raise ForbiddenRefusal(
            "该批次未签名；请先用工具签名，未签名的批次只能校验（check）",
            "the batch is not signed: sign it first; unsigned batches can only be checked",
            code="unsigned-batch",
        )
    try:
        signed = own_lines(party, header.checkpoint)
    except SigningError as error:
        refusal: type[Refusal] = ForbiddenRefusal
        if isinstance(error, MalformedError):
            refusal = MalformedRefusal
        raise refusal(error.zh, str(error), code=error.code) from error
    if (signed.checkpoint.origin, signed.checkpoint.size) != (party.origin, header.end):
        raise ForbiddenRefusal(
            "检查点与首行的日志名或终止位置不一致；请重新封装批次",
            "the checkpoint names another log or size than the header: seal the batch again",
            code="header-differs",
        )
    return signed


def own_lines(party: Party, note: bytes) -> SignedCheckpoint:
    """Verify a checkpoint by any key the log has or had, and keep those lines; SigningError."""
    opened = open_note(note, [window.key for window in party.keys])
    signed = checkpoint_of(note, opened)
    lines = sorted((line for _, line in opened.verified), key=lambda line: line.key_id)
    return dataclasses.replace(signed, note=Note(opened.text, tuple(lines)).encode())


def _extend(batch: Batch) -> None:
    """Hash the lines, once: the entries are stored as they were compared with the root."""
    head = batch.head
    entries = [entry_of(*split_line(line)) for line in batch.lines]
    for number, spared in batch.gone.items():
        entries[number] = spared.entry
    batch.entries, batch.extension = entries, extend(head.size, head.compact_range, entries)


def _codes_only(codes: Sequence[str]) -> str:
    """Return findings that tell codes alone: who asks again may not be who sent the record."""
    zh, en = "原因见首次应答；可在本地重新校验查看", "see the first answer, or check again locally"
    texts = {"level": "error", "pointer": "", "zh": zh, "en": en}
    return json.dumps([{"code": c, **texts, "expected_zh": zh, "expected_en": en} for c in codes])


def _wrong_position(size: int) -> WrongPositionRefusal:
    return WrongPositionRefusal(
        f"本节点已存 {size} 条，批次须从 {size} 开始；请从该位置续报",
        f"this node holds {size} records: the batch must start there; resume from it",
        extra={"size": size},
    )
