"""A report on paper: every page with title, QR code, code and digest; the signed file inside.

As in a voucher the signed JSON is attached uncompressed, so that verifiers need no PDF reader.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from registry.pages.fonts import Font
from registry.pages.sheet_pdf import BRAND, MARGIN, SOFT, Sheet
from registry.pages.texts import text
from registry.pages.voucher_pdf import ended
from registry.report_pages.lines import COLUMNS, ReportLines, SectionLines, report_lines
from signing.report import Report

_QR: Final = 19.0
_TOP: Final = 6.0
"""Where the QR code of a page begins, in mm from its upper edge."""


def make_pdf(fonts: Sequence[Font], file: bytes, said: Report, digest: str) -> bytes:
    """Return the bytes of the PDF; the same for the same report and fonts."""
    lines = report_lines("zh", said, digest)
    sheet = _Sheet(fonts, lines, said)
    sheet.heading()
    sheet.rows(lines.issue)
    sheet.section(text("zh", "voucher.asked"))
    sheet.rows(lines.asked)
    sheet.ln(1)
    sheet.words(text("zh", "report.not-special"), 8.5, SOFT)
    if lines.nothing:
        sheet.ln(2)
        sheet.words(lines.nothing)
    for section in lines.sections:
        _section(sheet, section)
    if lines.measured:
        _measures(sheet, lines)
    return ended(sheet, lines, said, f"report-{said.code}.json", file)


class _Sheet(Sheet):
    """The QR code, the code and the digest of the file on every page."""

    def __init__(self, fonts: Sequence[Font], lines: ReportLines, said: Report) -> None:
        self._url = said.check_url
        code, digest = lines.issue[0][1], lines.issue[-1][1]
        foot = f"{text('zh', 'report.code')} {code}\nSHA-256 {digest}"
        at = datetime.fromtimestamp(said.time, UTC)
        super().__init__(fonts, lines.title, at, code, foot)

    def header(self) -> None:
        """Draw the QR code beside what every page has."""
        self.code_square(self._url, self.w - MARGIN - _QR, _TOP, _QR)
        super().header()


def _section(sheet: Sheet, section: SectionLines) -> None:
    sheet.section(section.name)
    if section.records:
        headings = [text("zh", f"report.column-{name}") for name in COLUMNS]
        rows = [
            (one.on, one.what, one.content, one.authority, one.published, one.place)
            for one in section.records
        ]
        sheet.grid(headings, rows, (22, 28, 33, 32, 30, 25), 8)
    if section.note:
        sheet.ln(1)
        sheet.words(section.note, 9.5)


def _measures(sheet: Sheet, lines: ReportLines) -> None:
    sheet.section(text("zh", "subject.applies"))
    for one in lines.measures:
        paused = f"（{text('zh', 'measure.suspended')}）" if one.suspended else ""
        sheet.words(f"{one.name}{paused}：{one.force}", 10, BRAND)
        sheet.words(one.sentence, 9.5)
        sheet.words(lines.disclaimer, 8.5, SOFT)
        sheet.ln(1.5)
    if not lines.measures:
        sheet.words(text("zh", "report.no-measures"))
        sheet.words(lines.disclaimer, 8.5, SOFT)
    for line in lines.says:
        sheet.words(line, 9)
