"""A voucher on paper: title, findings, digests, QR code; the signed file travels inside the PDF.

Equal vouchers give equal bytes. The Chinese font is embedded in part; a character that it lacks
stands as its Unicode number, so that no name loses a character unseen. The signed JSON is attached
uncompressed, so that verifiers need no PDF reader (`signing.voucher.voucher_in`).
"""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

import segno
from fpdf import FPDF
from fpdf.enums import TableBordersLayout, WrapMode
from fpdf.fonts import FontFace

from registry.errors import UnavailableRefusal
from registry.pages.fonts import Font, no_font
from registry.pages.texts import text
from registry.pages.voucher_lines import (
    COLUMNS,
    Row,
    VoucherLines,
    nothing_found,
    voucher_lines,
)
from signing.voucher import Voucher

MARGIN: Final = 20.0
WAITING_MAX: Final = 16
"""Papers waiting for their turn; each takes about half a second."""
_QR: Final = 34.0
_INK: Final = (28, 36, 48)
_SOFT: Final = (85, 96, 113)
_BRAND: Final = (18, 63, 109)
_TINT: Final = (238, 243, 248)
_ROW_LINES: Final = 24
"""Lines of a row of a table: about half a page."""
_LINE: Final = 5.2
"""Height of a line of body text in mm."""


class Paper:
    """Makes PDFs in a worker thread, one at a time: fonts are large."""

    def __init__(self, fonts: Sequence[Font]) -> None:
        """Take the Chinese font and one for the rest; none: every PDF is refused."""
        self._fonts = tuple(fonts)
        self._turn = asyncio.Semaphore(1)
        self._waiting = 0

    async def pdf(self, file: bytes, said: Voucher, digest: str) -> bytes:
        """Return the PDF of a voucher; ``file`` is its signed JSON.

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
                return await asyncio.to_thread(make_pdf, self._fonts, file, said, digest)
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
    name = f"voucher-{said.code}.json"
    sheet.words(text("zh", "voucher.offline", file=name), 8, _SOFT)
    if sheet.lacking:
        sheet.words(text("zh", "voucher.glyphs"), 8, _SOFT)
    at = datetime.fromtimestamp(said.time, UTC)
    sheet.embed_file(
        bytes=file,
        basename=name,
        modification_date=at,
        creation_date=at,
        mime_type="application/json",
    )
    return bytes(sheet.output())


class _Sheet(FPDF):
    """A4 with the code on every page; text in it is never markup."""

    def __init__(self, fonts: Sequence[Font], lines: VoucherLines, said: Voucher) -> None:
        super().__init__(format="A4")
        self._fonts = tuple(fonts)
        self._code, self._digest = lines.issue[0][1], lines.issue[-1][1]
        self._title = lines.title
        self.lacking = False
        self.set_creation_date(datetime.fromtimestamp(said.time, UTC))
        self.set_title(lines.title)
        self.set_lang("zh-CN")
        self.set_margin(MARGIN)
        self.set_auto_page_break(auto=True, margin=MARGIN + 4)
        for at, font in enumerate(fonts):
            self.add_font(f"f{at}", fname=font.path)
        have = (f"f{at}" for at, font in enumerate(fonts) if font.has("0123456789 /{nb}"))
        self._digits = next(have, "f0")
        self.set_fallback_fonts([f"f{at}" for at in range(1, len(fonts))])
        self.add_page()

    def header(self) -> None:
        """Name the document on every page but the first, which has it as its title."""
        if self.page_no() > 1:
            self.ink(8, _SOFT)
            self.cell(0, 5, self.sure(f"{self._title}  {self._code}"), align="L")
            self.ln(8)

    def footer(self) -> None:
        """Code, digest and number on every page: a page alone can be told from others."""
        self.set_y(-MARGIN)
        self.ink(8, _SOFT)
        self.cell(0, 4.5, self.sure(f"{text('zh', 'voucher.code')} {self._code}"), align="L")
        self.set_x(MARGIN)
        self.set_font(self._digits)  # the total is put in later, from this font alone
        self.cell(0, 4.5, f"{self.page_no()} / {{nb}}", align="R")
        self.set_font("f0")
        self.ln(4.5)
        self.cell(0, 4.5, self.sure(f"SHA-256 {self._digest}"), align="L")

    def sure(self, words: str) -> str:
        """Return a text with the number of each character that no font here has in its place."""
        if all(any(font.has(char) for font in self._fonts) for char in set(words)):
            return words
        self.lacking = True
        return "".join(
            char if any(font.has(char) for font in self._fonts) else f"〔U+{ord(char):04X}〕"
            for char in words
        )

    def ink(self, size: float, color: tuple[int, int, int] = _INK) -> None:
        """Set size and colour of what is written next."""
        self.set_font("f0", size=size)
        self.set_text_color(*color)

    def section(self, title: str) -> None:
        """Begin a section, on the next page where too little room is left for its first row."""
        if self.will_page_break(48):
            self.add_page()
        self.ln(3.5)
        self.ink(12, _BRAND)
        self.cell(0, 7, self.sure(title))
        self.ln(7)
        self.set_draw_color(*_BRAND)
        self.set_line_width(0.4)
        self.line(MARGIN, self.get_y(), self.w - MARGIN, self.get_y())
        self.ln(1.5)

    def words(self, words: str, size: float = 10, color: tuple[int, int, int] = _INK) -> None:
        """Write a paragraph."""
        self.ink(size, color)
        self.multi_cell(
            0, _LINE * size / 10, self.sure(words), align="L", wrapmode=WrapMode.CHAR,
            new_x="LMARGIN", new_y="NEXT",
        )  # fmt: skip

    def boxed(self, *paragraphs: tuple[str, WrapMode]) -> None:
        """Write paragraphs on a ground of their own."""
        self.ink(10.5)
        self.set_fill_color(*_TINT)
        for words, wrap in paragraphs:
            self.multi_cell(
                0, 6, self.sure(words), align="L", wrapmode=wrap, fill=True, new_x="LMARGIN",
                new_y="NEXT", padding=3,
            )  # fmt: skip

    def rows(
        self, rows: Sequence[Row], size: float = 10, width: float | None = None, label: float = 36
    ) -> None:
        """Write labels and values side by side."""
        self.grid([], rows, (label, (width or self.epw) - label), size)

    def grid(
        self,
        headings: Sequence[str],
        rows: Sequence[Sequence[str]],
        widths: Sequence[float],
        size: float = 9.5,
    ) -> None:
        """Write a table; the headings come again on every page, and no row is torn apart."""
        self.ink(size)
        self.set_draw_color(190, 198, 208)
        self.set_line_width(0.2)
        soft = FontFace(color=_SOFT, fill_color=_TINT)
        with self.table(
            width=sum(widths),
            col_widths=tuple(widths),
            align="LEFT",
            text_align="LEFT",
            line_height=_LINE * size / 10,
            padding=1.3,
            borders_layout=TableBordersLayout.ALL,
            first_row_as_headings=bool(headings),
            headings_style=soft,
            wrapmode=WrapMode.CHAR,
        ) as table:
            if headings:
                table.row([self.sure(name) for name in headings])
            for row in rows:
                for piece in _pieces([self.sure(words) for words in row], widths, size):
                    line = table.row()
                    for at, words in enumerate(piece):
                        line.cell(words, style=None if headings or at else soft)

    def code_square(self, url: str, x: float, y: float, side: float) -> None:
        """Draw the QR code of an address as vectors, ``side`` mm wide with its quiet zone."""
        rows = tuple(segno.make(url, error="m", micro=False).matrix_iter(border=2))
        unit = side / len(rows)
        self.set_fill_color(0, 0, 0)
        for at, row in enumerate(rows):
            for column, dark in enumerate(row):
                if dark:
                    self.rect(x + column * unit, y + at * unit, unit, unit, style="F")


def _pieces(row: Sequence[str], widths: Sequence[float], size: float) -> Iterator[tuple[str, ...]]:
    """Cut a row that would not fit on one page into rows that do; nothing is left out."""
    wide = size * 0.353  # mm of a Chinese character, the widest there is
    room = [max(1, int((width - 4) / wide)) * _ROW_LINES for width in widths]
    count = max(-(-len(words) // most) for words, most in zip(row, room, strict=True))
    for at in range(max(1, count)):
        yield tuple(
            words[at * most : (at + 1) * most] for words, most in zip(row, room, strict=True)
        )


def _head(sheet: _Sheet, lines: VoucherLines, said: Voucher) -> None:
    sheet.ink(18, _BRAND)
    sheet.multi_cell(
        0,
        10,
        sheet.sure(lines.title),
        align="C",
        wrapmode=WrapMode.CHAR,
        new_x="LMARGIN",
        new_y="NEXT",
    )
    sheet.ln(1)
    sheet.set_draw_color(*_BRAND)
    for width, gap in ((0.8, 1.0), (0.25, 4.0)):
        sheet.set_line_width(width)
        sheet.line(MARGIN, sheet.get_y(), sheet.w - MARGIN, sheet.get_y())
        sheet.ln(gap)
    top, left = sheet.get_y(), sheet.w - MARGIN - _QR
    sheet.code_square(said.check_url, left, top, _QR)
    sheet.ink(8, _SOFT)
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
        sheet.words(f"{one.name}{paused}：{one.force}", 10, _BRAND)
        sheet.words(one.sentence, 9.5)
        sheet.ln(1.5)
    if not lines.measures:
        sheet.words(text("zh", "subject.no-measure") if said.book else none)
    for line in lines.says:
        sheet.words(line, 9)
    sheet.words(lines.disclaimer, 9, _SOFT)
