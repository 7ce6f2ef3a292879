"""A voucher on paper: title, findings, digests, QR code; the signed file travels inside the PDF.

The signed JSON is attached uncompressed, so that verifiers need no PDF reader
(`signing.voucher.voucher_in`).
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

from fpdf.enums import WrapMode

from registry.errors import UnavailableRefusal
from registry.pages.fonts import Font, no_font
from registry.pages.sheet_pdf import BRAND, MARGIN, SOFT, Sheet
from registry.pages.texts import text
from registry.pages.voucher_lines import (
    COLUMNS,
    Ending,
    VoucherLines,
    nothing_found,
    voucher_lines,
)
from signing.report import Report
from signing.voucher import Voucher

WAITING_MAX: Final = 16
"""Papers waiting for their turn; each takes about half a second."""
_QR: Final = 34.0


class Paper:
    """Makes PDFs in a worker thread, one at a time: fonts are large."""

    def __init__(self, fonts: Sequence[Font]) -> None:
        """Take the Chinese font and one for the rest; none: every PDF is refused."""
        self._fonts = tuple(fonts)
        self._turn = asyncio.Semaphore(1)
        self._waiting = 0

    async def pdf(self, file: bytes, said: Voucher, digest: str) -> bytes:
        """Return the PDF of a voucher; ``file`` is its signed JSON; raises as :meth:`made`."""
        return await self.made(lambda fonts: make_pdf(fonts, file, said, digest))

    async def made(self, make: Callable[[Sequence[Font]], bytes]) -> bytes:
        """Return what is made with the fonts.

        Raises:
            UnavailableRefusal: no Chinese font here (``no-font``), or too many wait (``busy``).
        """
        if not self._fonts:
            raise no_font()
        if self._waiting >= WAITING_MAX:
            raise UnavailableRefusal(
                "同时生成的 PDF 过多，请稍后再试。",
                "Too many PDFs are being made: try again a little later.",
                code="busy",
            )
        self._waiting += 1
        try:
            async with self._turn:
                return await asyncio.to_thread(make, self._fonts)
        finally:
            self._waiting -= 1


def make_pdf(fonts: Sequence[Font], file: bytes, said: Voucher, digest: str) -> bytes:
    """Return the bytes of the PDF; the same for the same voucher and fonts."""
    lines = voucher_lines("zh", said, digest)
    sheet = _Sheet(fonts, lines, said)
    _head(sheet, lines, said)
    sheet.section(text("zh", "voucher.asked"))
    sheet.rows(lines.asked)
    _findings(sheet, lines, said)
    return ended(sheet, lines, said, f"voucher-{said.code}.json", file)


def ended(sheet: Sheet, lines: Ending, said: Voucher | Report, name: str, file: bytes) -> bytes:
    """Write what every such paper ends with, and carry the signed file under its name."""
    sheet.section(text("zh", "voucher.coverage"))
    sheet.rows(lines.coverage)
    if lines.stale:
        sheet.ln(1)
        sheet.words(lines.stale)
    sheet.section(text("zh", "voucher.statement"))
    sheet.boxed((said.statement.zh, WrapMode.CHAR), (said.statement.en, WrapMode.WORD))
    sheet.section(text("zh", "voucher.rests-on"))
    sheet.rows(lines.rests_on, 7, label=50)
    sheet.ln(1.5)
    sheet.words(text("zh", "voucher.offline", file=name), 8, SOFT)
    if sheet.lacking:
        sheet.words(text("zh", "voucher.glyphs"), 8, SOFT)
    at = datetime.fromtimestamp(said.time, UTC)
    sheet.embed_file(
        bytes=file,
        basename=name,
        modification_date=at,
        creation_date=at,
        mime_type="application/json",
    )
    return bytes(sheet.output())


class _Sheet(Sheet):
    """The code on every page, and the digest of the file."""

    def __init__(self, fonts: Sequence[Font], lines: VoucherLines, said: Voucher) -> None:
        code, digest = lines.issue[0][1], lines.issue[-1][1]
        foot = f"{text('zh', 'voucher.code')} {code}\nSHA-256 {digest}"
        super().__init__(fonts, lines.title, datetime.fromtimestamp(said.time, UTC), code, foot)


def _head(sheet: _Sheet, lines: VoucherLines, said: Voucher) -> None:
    sheet.heading()
    top, left = sheet.get_y(), sheet.w - MARGIN - _QR
    sheet.code_square(said.check_url, left, top, _QR)
    sheet.ink(8, SOFT)
    sheet.set_xy(left, top + _QR)
    sheet.cell(_QR, 4, sheet.sure(text("zh", "voucher.scan")), align="C")
    sheet.set_xy(MARGIN, top)
    sheet.rows(lines.issue, width=sheet.epw - _QR - 4)
    sheet.set_y(max(sheet.get_y(), top + _QR + 5))


def _findings(sheet: _Sheet, lines: VoucherLines, said: Voucher) -> None:
    none = text("zh", "voucher.none")
    sheet.section(text("zh", "voucher.records"))
    if nothing := nothing_found("zh", said):
        sheet.words(nothing)
        sheet.ln(1)
    if lines.records_note:
        sheet.words(lines.records_note)
    if lines.records:
        headings = [text("zh", f"voucher.column-{name}") for name in COLUMNS]
        rows = [(one.on, one.what, one.headline, one.authority, one.place) for one in lines.records]
        sheet.grid(headings, rows, (27, 28, 42, 40, 33), 8.5)
    else:
        sheet.words(none)
    sheet.section(text("zh", "subject.applies"))
    for one in lines.measures:
        paused = f"（{text('zh', 'measure.suspended')}）" if one.suspended else ""
        sheet.words(f"{one.name}{paused}：{one.force}", 10, BRAND)
        sheet.words(one.sentence, 9.5)
        sheet.ln(1.5)
    if not lines.measures:
        sheet.words(text("zh", "subject.no-measure") if said.book else none)
    for line in lines.says:
        sheet.words(line, 9)
    sheet.words(lines.disclaimer, 9, SOFT)
