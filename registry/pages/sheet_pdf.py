"""A sheet of A4 with Chinese text: sections, paragraphs, tables; the font is embedded in part.

A character that no font here has stands as its Unicode number, so that no name loses one unseen.
Equal content gives equal bytes.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

import segno
from fpdf import FPDF
from fpdf.enums import TableBordersLayout, WrapMode
from fpdf.fonts import FontFace

from registry.pages.fonts import Font

MARGIN: Final = 20.0
INK: Final = (28, 36, 48)
SOFT: Final = (85, 96, 113)
BRAND: Final = (18, 63, 109)
TINT: Final = (238, 243, 248)
_ROW_LINES: Final = 24
"""Lines of a row of a table: about half a page."""
_LINE: Final = 5.2
"""Height of a line of body text in mm."""


class Sheet(FPDF):
    """A4 with the title and a line of its own on every page; text in it is never markup."""

    def __init__(
        self, fonts: Sequence[Font], title: str, at: datetime, mark: str = "", foot: str = ""
    ) -> None:
        """Take fonts, title, the moment it is of, and what stands above and below every page."""
        super().__init__(format="A4")
        self._fonts = tuple(fonts)
        self._title, self._mark, self._foot = title, mark, foot
        self.lacking = False
        self.set_creation_date(at)
        self.set_title(title)
        self.set_lang("zh-CN")
        self.set_margin(MARGIN)
        self.set_auto_page_break(auto=True, margin=MARGIN + 4)
        for number, font in enumerate(fonts):
            self.add_font(f"f{number}", fname=font.path)
        have = (f"f{n}" for n, font in enumerate(fonts) if font.has("0123456789 /{nb}"))
        self._digits = next(have, "f0")
        self.set_fallback_fonts([f"f{n}" for n in range(1, len(fonts))])
        self.add_page()

    def header(self) -> None:
        """Name the document on every page but the first, which has it as its title."""
        if self.page_no() > 1:
            self.ink(8, SOFT)
            self.cell(0, 5, self.sure(f"{self._title}  {self._mark}"), align="L")
            self.ln(8)

    def footer(self) -> None:
        """Two lines and the number on every page: a page alone can be told from others."""
        self.set_y(-MARGIN)
        self.ink(8, SOFT)
        first, _, second = self._foot.partition("\n")
        self.cell(0, 4.5, self.sure(first), align="L")
        self.set_x(MARGIN)
        self.set_font(self._digits)  # the total is put in later, from this font alone
        self.cell(0, 4.5, f"{self.page_no()} / {{nb}}", align="R")
        self.set_font("f0")
        self.ln(4.5)
        self.cell(0, 4.5, self.sure(second), align="L")

    def heading(self) -> None:
        """Write the title, with a double line below it."""
        self.ink(18, BRAND)
        self.multi_cell(
            0, 10, self.sure(self._title), align="C", wrapmode=WrapMode.CHAR, new_x="LMARGIN",
            new_y="NEXT",
        )  # fmt: skip
        self.ln(1)
        self.set_draw_color(*BRAND)
        for width, gap in ((0.8, 1.0), (0.25, 4.0)):
            self.set_line_width(width)
            self.line(MARGIN, self.get_y(), self.w - MARGIN, self.get_y())
            self.ln(gap)

    def code_square(self, url: str, x: float, y: float, side: float) -> None:
        """Draw the QR code of an address as vectors, ``side`` mm wide with its quiet zone."""
        rows = tuple(segno.make(url, error="m", micro=False).matrix_iter(border=2))
        unit = side / len(rows)
        self.set_fill_color(0, 0, 0)
        for at, row in enumerate(rows):
            for column, dark in enumerate(row):
                if dark:
                    self.rect(x + column * unit, y + at * unit, unit, unit, style="F")

    def sure(self, words: str) -> str:
        """Return a text with the number of each character that no font here has in its place."""
        if all(any(font.has(char) for font in self._fonts) for char in set(words)):
            return words
        self.lacking = True
        return "".join(
            char if any(font.has(char) for font in self._fonts) else f"〔U+{ord(char):04X}〕"
            for char in words
        )

    def ink(self, size: float, color: tuple[int, int, int] = INK) -> None:
        """Set size and colour of what is written next."""
        self.set_font("f0", size=size)
        self.set_text_color(*color)

    def section(self, title: str) -> None:
        """Begin a section, on the next page where too little room is left for its first row."""
        if self.will_page_break(48):
            self.add_page()
        self.ln(3.5)
        self.ink(12, BRAND)
        self.cell(0, 7, self.sure(title))
        self.ln(7)
        self.set_draw_color(*BRAND)
        self.set_line_width(0.4)
        self.line(MARGIN, self.get_y(), self.w - MARGIN, self.get_y())
        self.ln(1.5)

    def words(self, words: str, size: float = 10, color: tuple[int, int, int] = INK) -> None:
        """Write a paragraph."""
        self.ink(size, color)
        self.multi_cell(
            0, _LINE * size / 10, self.sure(words), align="L", wrapmode=WrapMode.CHAR,
            new_x="LMARGIN", new_y="NEXT",
        )  # fmt: skip

    def boxed(self, *paragraphs: tuple[str, WrapMode]) -> None:
        """Write paragraphs on a ground of their own."""
        self.ink(10.5)
        self.set_fill_color(*TINT)
        for words, wrap in paragraphs:
            self.multi_cell(
                0, 6, self.sure(words), align="L", wrapmode=wrap, fill=True, new_x="LMARGIN",
                new_y="NEXT", padding=3,
            )  # fmt: skip

    def rows(
        self,
        rows: Sequence[tuple[str, str]],
        size: float = 10,
        width: float | None = None,
        label: float = 36,
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
        soft = FontFace(color=SOFT, fill_color=TINT)
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


def _pieces(row: Sequence[str], widths: Sequence[float], size: float) -> Iterator[tuple[str, ...]]:
    """Cut a row that would not fit on one page into rows that do; nothing is left out."""
    wide = size * 0.353  # mm of a Chinese character, the widest there is
    room = [max(1, int((width - 4) / wide)) * _ROW_LINES for width in widths]
    count = max(-(-len(words) // most) for words, most in zip(row, room, strict=True))
    for at in range(max(1, count)):
        yield tuple(
            words[at * most : (at + 1) * most] for words, most in zip(row, room, strict=True)
        )
