"""The dry run before signing: every bad row with place, reason and what would be right.

A log must never sign two inconsistent checkpoints, so an honest clerk must not have to sign again
after a refusal. The same code runs in the publisher's tool without a node.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from registry.ingest.checks import check_line
from registry.ingest.reasons import Finding
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
    """The outcome of a check; ``rows`` lists the first 1,000 lines with findings."""

    total: int = 0
    good: int = 0
    rows: list[RowFindings] = field(default_factory=list)
    codes: Counter[str] = field(default_factory=Counter)
    salts: set[str] = field(default_factory=set)
    _good_listed: int = 0

    def add(self, lines: Iterable[bytes]) -> None:
        """Check the next lines."""
        for line in lines:
            self.total += 1
            checked = check_line(line, self.salts)
            self.good += checked.ok
            if checked.findings:
                self.codes.update(finding.code for finding in checked.findings)
                self._list(RowFindings(self.total + 1, checked.ok, checked.findings))

    def _list(self, row: RowFindings) -> None:
        """List a row while there is room; bad rows take the place of the last good ones."""
        if len(self.rows) >= LISTED:
            if row.good or not self._good_listed:
                return
            del self.rows[next(i for i in reversed(range(LISTED)) if self.rows[i].good)]
            self._good_listed -= 1
        self.rows.append(row)
        self._good_listed += row.good


async def check_upload(
    chunks: AsyncIterator[bytes], encoding: Encoding, patience: Patience = PATIENCE
) -> CheckReport:
    """Check an unsigned (or signed) batch as it arrives; nothing is stored.

    Raises:
        Refusal: the batch itself (not a row) is malformed, too large or sent too slowly.
    """
    upload = Upload(chunks, encoding, patience)
    await upload.header()
    report = CheckReport()
    async for _ in upload.pieces():
        await _add(report, upload.take())
    await _add(report, upload.take())
    return report


async def _add(report: CheckReport, lines: Iterable[bytes]) -> None:
    for some in _portions(lines):
        report.add(some)
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
