"""Which fonts PDF files are set in: Chinese first, then one for what that font has not.

Nothing is downloaded and no font is part of this project: the operator's setting, or what systems
have in well-known places. A font is embedded in part, as the licences of all of these allow.
"""

from collections.abc import Iterable
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final

from fontTools.ttLib import TTFont, TTLibError

from registry.errors import UnavailableRefusal

PLACES: Final = (
    ".cache/fonts/NotoSansCJKsc-Regular.otf",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/opentype/source-han-sans/SourceHanSansSC-Regular.otf",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
    "C:/Windows/Fonts/simsun.ttc",
    "C:/Windows/Fonts/msyh.ttc",
    "/System/Library/Fonts/Supplemental/Songti.ttc",
)
"""Chinese fonts, the best first: what ``make`` fetches for the demonstration, Debian, others."""
LATIN: Final = (
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "C:/Windows/Fonts/arial.ttf",
    "/System/Library/Fonts/Supplemental/Arial.ttf",
)
"""Fonts for what a Chinese one may lack: some hold no Latin letter at all."""
_TRY: Final = "信用凭证"


class Font:
    """One font file: readable, of outlines that can be embedded, and which characters it has."""

    def __init__(self, path: Path) -> None:
        """Take the path; the file is read when first asked."""
        self.path = path

    @cached_property
    def characters(self) -> frozenset[int]:
        """The code points it can show; none for a file that is no usable font."""
        try:
            stat = self.path.stat()
        except OSError:
            return frozenset()
        return _characters(self.path.resolve(), stat.st_mtime_ns, stat.st_size)

    def has(self, text: str) -> bool:
        """Tell whether every character is there."""
        return all(ord(char) in self.characters for char in text)


@lru_cache(maxsize=16)
def _characters(path: Path, _changed: int, _size: int) -> frozenset[int]:
    """Return the code points of a font file, which takes a third of a second to read."""
    try:
        with path.open("rb") as file, TTFont(file, fontNumber=0, lazy=True) as font:
            return frozenset(font.getBestCmap() or ())
    except (OSError, TTLibError):
        return frozenset()


def find_fonts(setting: Path | None, places: Iterable[str] = PLACES) -> tuple[Font, ...]:
    """Return the Chinese font to use and, if one is there, a second for the rest; () for none."""
    candidates = (setting,) if setting is not None else map(Path, places)
    for path in candidates:
        font = Font(path)
        if path.is_file() and font.has(_TRY):
            others = (Font(Path(name)) for name in LATIN if Path(name).is_file())
            return (font, *(other for other in list(others)[:1] if other.characters))
    return ()


def no_font() -> UnavailableRefusal:
    """Return the answer of a node that has no Chinese font: page and JSON are still there."""
    return UnavailableRefusal(
        "本节点没有可用的中文字体，不能生成 PDF；网页和 JSON 文件不受影响。运营者可安装字体"
        "（如 fonts-noto-cjk、fonts-wqy-microhei）或在设置中以 font 指定字体文件。",
        "This node has no usable Chinese font and cannot make a PDF; page and JSON are as ever."
        " Its operator can install one (fonts-noto-cjk, say), or name its file as `font` in the "
        "settings.",
        code="no-font",
    )


if __name__ == "__main__":  # for the Makefile: exit code 0 where a font is found
    raise SystemExit(not find_fonts(None))
