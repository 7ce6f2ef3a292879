"""The dry run before signing: every bad row with place, reason and what would be right.

A log must never sign two inconsistent checkpoints, so an honest clerk must not have to sign again
after a refusal. The same code runs in the publisher's tool without a node.
"""

import asyncio
from collections import Counter
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Container,
    Iterable,
    Iterator,
    Sequence,
)
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Final

from registry.ingest.checks import Checked, check_lines
from registry.ingest.checks_common import elsewhere
from registry.ingest.prepare import FINDINGS
from registry.ingest.reasons import Finding, errors_first, finding
from registry.ingest.unpack import Encoding
from registry.ingest.upload import PATIENCE, Patience, Upload

LISTED: Final = 1000
"""Rows listed with their findings; the counts go on."""
_AT_ONCE: Final = 100
_BYTES_AT_ONCE: Final = 256 * 1024
"""A small packed upload can hold 50,000 lines: others get their turn after so many."""


@dataclass(frozen=True, slots=True)
class RowFindings:
    """What is to be said about one line; ``line`` counts from 1 and the header is line 1."""

    line: int
    good: bool
    findings: tuple[Finding, ...]


@dataclass(slots=True)
class CheckReport:
    """The outcome of a check; ``rows`` lists the first 1,000 lines with findings.

    ``territory`` is that of the member that is to sign; empty where it is not known.
    """

    total: int = 0
    good: int = 0
    rows: list[RowFindings] = field(default_factory=list)
    codes: Counter[str] = field(default_factory=Counter)
    territory: tuple[str, ...] = ()
    salts: set[str] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)
    _good_listed: int = 0

    def add(self, checked: Iterable[Checked], known: Container[str] = ()) -> None:
        """Take what was found about the next lines; ``known`` are ids that the log bears."""
        for one in checked:
            self.total += 1
            findings, good = one.findings, one.ok
            if (record := one.record) is not None:
                findings = (*findings, *elsewhere(record, self.territory))
                if record.id in self.ids or record.id in known:
                    findings, good = self._again(record.id, findings), False
                self.ids.add(record.id)
            self.good += good
            if findings:
                self.codes.update(found.code for found in findings)
                self._list(RowFindings(self.total + 1, good, findings[:FINDINGS]))

    @staticmethod
    def _again(record_id: str, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        return errors_first([finding("duplicate-id", "/id", value=record_id), *findings])

    def _list(self, row: RowFindings) -> None:
        """List a row while there is room; bad rows take the place of the last good ones."""
        if len(self.rows) >= LISTED:
            if row.good or not self._good_listed:
                return
            del self.rows[next(i for i in reversed(range(LISTED)) if self.rows[i].good)]
            self._good_listed -= 1
        self.rows.append(row)
        self._good_listed += row.good


async def nothing_known(_ids: Sequence[str]) -> Container[str]:
    """Know of no log: what stands in one already is then told at admission only."""
    return ()


@dataclass(frozen=True, slots=True)
class Terms:
    """How a dry run is made: how long to wait, what the log bears, for which territory."""

    patience: Patience = PATIENCE
    known: Callable[[Sequence[str]], Awaitable[Container[str]]] = nothing_known
    turn: AbstractAsyncContextManager[object] = field(default_factory=nullcontext)
    territory: tuple[str, ...] = ()


async def check_upload(
    chunks: AsyncIterator[bytes], encoding: Encoding, terms: Terms | None = None
) -> CheckReport:
    """Check an unsigned (or signed) batch as it arrives; nothing is stored.

    A turn is taken for each portion: who sends slowly, or nothing, keeps nobody waiting.

    Raises:
        Refusal: the batch itself (not a row) is malformed, too large or sent too slowly.
    """
    terms = terms or Terms()
    upload = Upload(chunks, encoding, terms.patience)
    await upload.header()
    report = CheckReport(territory=terms.territory)
    async for _ in upload.pieces():
        await _add(report, upload.take(), terms)
    await _add(report, upload.take(), terms)
    return report


async def _add(report: CheckReport, lines: Iterable[bytes], terms: Terms) -> None:
    for some in _portions(lines):
        async with terms.turn:
            checked = check_lines(some, report.salts)
            ids = [one.record.id for one in checked if one.record is not None]
            report.add(checked, await terms.known(ids))
        await asyncio.sleep(0)


def _portions(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    portion: list[bytes] = []
    size = 0
    for line in lines:
        portion.append(line)
        size += len(line)
        if len(portion) >= _AT_ONCE or size >= _BYTES_AT_ONCE:
            yield portion
            portion, size = [], 0
    if portion:
        yield portion
