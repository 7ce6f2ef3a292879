"""Reports as people have to do with them: taken, found again by their code, handed out, listed.

What one asker can make this node keep is bounded: so many a day, each of bounded size and for a
bounded time; they are made one after the other.
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import msgspec

from registry.access.reads import Reads
from registry.access.report_reads import places_of, reporting
from registry.clock import Clock, today
from registry.domain.disclosure import Role
from registry.errors import (
    MalformedRefusal,
    NotFoundRefusal,
    Refusal,
    TooManyRefusal,
    UnavailableRefusal,
)
from registry.issued.bundles import Sealer
from registry.issued.vouchers import (
    FILES,
    KEPT,
    PURPOSE_MAX,
    line_of,
    matters_of,
    plain_code,
    unknown_matter,
)
from registry.ledger.read import LogReader
from registry.query.file import territory_name
from registry.query.reader import Reader
from registry.query.record import no_receipt
from registry.query.show import members_of
from registry.query.views import Viewer
from registry.reports.content import Content, read, with_proof
from registry.reports.model import Issued, ReportView, TakenView, Wish
from registry.reports.sections import SECTIONS
from registry.reports.written import (
    asked_by,
    gone,
    old_words,
    sealed,
    taken_of,
    tells,
    too_large,
    unknown,
    written,
)
from registry.store.engine import Database
from registry.store.owners import Owners
from registry.store.reports import KeptReport, ReportStore
from signing.report import Listed, Proven, Report, parse_report
from signing.voucher import KnownLog

RECORDS_MAX: Final = 300
"""Records of one report: more are refused, since a report with some left out would mislead."""
BYTES_MAX: Final = 3 * 1024 * 1024
"""Bytes of all records and proofs of one report."""
WAITING_MAX: Final = 16
DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Means:
    """What a desk answers from and signs with, under one charter."""

    reader: Reader
    ledger: LogReader
    sealer: Sealer


class Reports:
    """Everything about reports that pages and interface ask."""

    def __init__(self, db: Database, means: Means, clock: Clock, per_day: int) -> None:
        """Take the open database, what answers and signs, the time, and how many each may take."""
        self._store, self._owners = ReportStore(db), Owners(db)
        self._means, self._clock, self._per_day = means, clock, per_day
        self._turn, self._waiting = asyncio.Semaphore(1), 0

    async def issue(self, reads: Reads, wish: Wish) -> Issued:
        """Read, prove, sign and keep; it is written down before anything leaves.

        Raises:
            MalformedRefusal: a field is missing or not in its bounds; the code names it.
            Refusal: as :meth:`registry.access.report_reads.ReportReads.to_report`.
            NotFoundRefusal: nothing about the subject may be shown to him, or it never existed.
            TooLargeRefusal: more than one report can hold (``report-too-large``).
            TooManyRefusal: he has taken as many as are given in a day (``too-many-reports``).
            UnavailableRefusal: too many wait (``busy``), or there is no proof (``no-receipt``).
        """
        wish = await self._checked(wish)
        if self._waiting >= WAITING_MAX:
            raise UnavailableRefusal(
                "同时出具的报告过多，请稍后再试。",
                "Too many reports are being made: try again a little later.",
                code="busy",
            )
        self._waiting += 1
        try:
            async with self._turn:
                return await self._issue(reads, wish)
        finally:
            self._waiting -= 1

    async def _issue(self, reads: Reads, wish: Wish) -> Issued:
        viewer = await reads.to_report(wish.purpose)
        owner = await self._bounded(reads.asker.who)
        now, means = self._clock.now().replace(microsecond=0), self._means
        try:
            content = await read(means.reader, viewer, wish, today(self._clock))
            listed, proven = await self._proven(content)
        except Refusal as refusal:
            await reads.reported(refusal.detail_code)
            raise
        known = await self._known(content)
        report = written(means.sealer, content, viewer, wish, now)
        report = msgspec.structs.replace(report, known=known, records=listed)
        file, opened = await asyncio.to_thread(sealed, report, proven, means.sealer)
        await reads.reported(code=report.code, places=places_of(viewer))
        entries = {one.entry for one in listed} | content.causes
        kept = KeptReport(
            *(report.code, opened.digest, now, now + KEPT, content.file.subject_id, owner),
            *(msgspec.json.encode(taken_of(report)).decode(), file),
            tuple(bytes.fromhex(entry) for entry in sorted(entries)),
        )
        await self._store.add(kept)
        await self._store.erase_old()
        return Issued(report.code, opened.digest.hex(), file)

    async def view(self, code: str) -> ReportView:
        """Return what anybody is told of a report; raises NotFoundRefusal ``unknown-report``."""
        kept, now = await self._kept(code), self._clock.now()
        words = old_words(self._means.sealer, kept.code, kept.issued_at)
        told = (kept.code, kept.digest.hex(), kept.issued_at, now, words)
        if kept.file is None:
            return ReportView(*told, "past")
        said = parse_report(kept.file)[0]
        content = await self._again(said)
        same = content is not None and content.tells() == tells(said)
        return ReportView(*told, "same", said) if same else ReportView(*told, "changed")

    async def file(self, reads: Reads, code: str) -> tuple[bytes, Report, str]:
        """Return the file of a report, what it says and its digest, to who took it or the subject.

        Raises:
            NotFoundRefusal: there is no such report, or it is not his (``unknown-report``).
            GoneRefusal: its time is over, or not all of it may be used any more.
        """
        kept = await self._kept(code)
        grant, taken = reads.asker.grant, asked_by(kept)
        if taken is None or kept.subject not in await reads.subjects():
            raise unknown()
        if grant.role is Role.THIRD_PARTY and grant.party != taken.code:
            raise unknown()
        said = None if kept.file is None else parse_report(kept.file)[0]
        content = None if said is None else await self._again(said)
        offered = self._clock.now() < kept.issued_at + FILES
        if kept.file is None or said is None or content is None or not offered:
            raise gone()
        both = zip(tells(said), content.tells(), strict=True)
        if not all(set(then) <= set(now) for then, now in both):
            raise gone()
        await reads.to_report(said.purpose)
        await reads.reported(code=kept.code)
        return kept.file, said, kept.digest.hex()

    async def about(self, subjects: frozenset[str]) -> tuple[TakenView, ...]:
        """Return the newest reports about a subject, by any of its ids, with who took them."""
        found = await self._store.about(subjects, self._clock.now())
        both = ((kept, asked_by(kept)) for kept in found)
        return tuple(
            TakenView(kept.code, kept.digest.hex(), kept.issued_at, taken)
            for kept, taken in both
            if taken is not None
        )

    async def _checked(self, wish: Wish) -> Wish:
        """Return a wish with its purpose as one line and its sections in order, each once."""
        purpose = line_of(wish.purpose, "查询用途", "the purpose", "purpose", PURPOSE_MAX)
        sections = tuple(one for one in SECTIONS if one in wish.sections)
        if not sections or len(sections) < len(set(wish.sections)):
            raise MalformedRefusal(
                f"请至少选择一个栏目，且只用以下代码：{'、'.join(SECTIONS)}。",
                f"Choose one section at least, of: {', '.join(SECTIONS)}.",
                code="bad-sections",
            )
        if wish.since and wish.until and wish.since > wish.until:
            raise MalformedRefusal(
                "起始日期不得晚于截止日期。",
                "The first day must not be later than the last.",
                code="bad-period",
            )
        if wish.territory or wish.matter:
            territory_name(self._places, wish.territory)
        if wish.matter and wish.matter not in matters_of(await self._means.reader.rulebook()):
            raise unknown_matter()
        return replace(wish, purpose=purpose, sections=sections)

    @property
    def _places(self) -> dict[str, str]:
        return {party.code: party.name for party in members_of(self._means.sealer.charter)}

    async def _bounded(self, who: str) -> str:
        """Return whose report it will be; raises TooManyRefusal."""
        owner = await self._owners.of(who)
        if await self._store.taken_since(owner, self._clock.now() - DAY) >= self._per_day:
            raise TooManyRefusal(
                f"每天最多取得 {self._per_day} 份报告，请明天再试。",
                f"At most {self._per_day} reports are given in a day: try again tomorrow.",
                int(DAY.total_seconds()),
                code="too-many-reports",
            )
        return owner

    async def _proven(self, content: Content) -> tuple[tuple[Listed, ...], tuple[Proven, ...]]:
        """Return the records of a report and what proves each, within its bounds."""
        if len(content.listed) > RECORDS_MAX:
            raise too_large(RECORDS_MAX)
        listed, proven, size = [], [], 0
        for view, one in content.listed:
            try:
                proof = await self._means.ledger.proof(view.origin, view.idx)
            except NotFoundRefusal as error:
                raise no_receipt() from error
            listed.append(with_proof(one, proof))
            proven.append(Proven(view.main.decode(), proof.decode()))
            size += len(view.main) + len(proof)
            if size > BYTES_MAX:
                raise too_large(RECORDS_MAX)
        return tuple(listed), tuple(proven)

    async def _known(self, content: Content) -> tuple[KnownLog, ...]:
        """Return how far each log was read, with its root there."""
        read_to = [(c.origin, c.size) for c in content.file.coverage.cities if c.size]
        root = self._means.ledger.root
        return tuple([KnownLog(*one, (await root(*one)).hex()) for one in sorted(read_to)])

    async def _again(self, said: Report) -> Content | None:
        """Ask today what a report has answered; None where there is no such answer any more."""
        asked, reader = said.asked, self._means.reader
        party = said.taken_by.code if said.role == Role.THIRD_PARTY else ""
        viewer = Viewer(Role(said.role), subject=asked.subject, party=party)
        wish = Wish(
            *(said.purpose, asked.since, asked.until, asked.sections),
            *(asked.territory.code if asked.territory else "", asked.matter),
        )
        try:
            eyes = await reporting(reader, viewer, said.purpose)
            return await read(reader, eyes, wish, today(self._clock))
        except (NotFoundRefusal, MalformedRefusal):
            return None

    async def _kept(self, code: str) -> KeptReport:
        plain = plain_code(code)
        kept = await self._store.find(plain, self._clock.now()) if plain else None
        if kept is None:
            raise unknown()
        return kept
