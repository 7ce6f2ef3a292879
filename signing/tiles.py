"""C2SP tlog-tiles: a log as static files of 256 hashes or entries.

Tile n of level l holds hashes i = MTH(D[(n*256+i)*256^l : (n*256+i+1)*256^l]); only full subtrees
have a hash in the level above. A partial tile of width w is the first w hashes. Entry bundles hold
the entries themselves, each behind a big-endian 16-bit length.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from signing.encoding import MAX_INT63
from signing.errors import MalformedTileError, ProofError
from signing.merkle import HASH_SIZE, subtree_root

TILE_HEIGHT: Final = 8
TILE_WIDTH: Final = 256
MAX_LEVEL: Final = 63
MAX_ENTRY: Final = 65_535

_PATH: Final = re.compile(
    r"(?P<level>entries|0|[1-9][0-9]?)/(?P<n>(?:x[0-9]{3}/)*[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
)


@dataclass(frozen=True, slots=True)
class TileRef:
    """Which tile: `level` (None for an entry bundle), number `n` in its level, `width` 1..256."""

    level: int | None
    n: int
    width: int = TILE_WIDTH

    def __post_init__(self) -> None:
        """Refuse numbers out of range (MalformedTileError)."""
        level_ok = self.level is None or 0 <= self.level <= MAX_LEVEL
        if not (level_ok and 0 <= self.n <= MAX_INT63 and 0 < self.width <= TILE_WIDTH):
            raise _malformed(en="tile number out of range", zh="编号超出范围")

    @property
    def path(self) -> str:
        """The path below ``<prefix>/tile/``, such as ``0/x001/067`` or ``entries/067.p/112``."""
        groups = [f"{self.n % 1000:03d}"]
        rest = self.n // 1000
        while rest:
            groups.append(f"x{rest % 1000:03d}")
            rest //= 1000
        level = "entries" if self.level is None else str(self.level)
        partial = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"{level}/{'/'.join(reversed(groups))}{partial}"


def tile_path(level: int, n: int, width: int = TILE_WIDTH) -> str:
    """Return the path of a hash tile below ``<prefix>/tile/``."""
    return TileRef(level, n, width).path


def entries_path(n: int, width: int = TILE_WIDTH) -> str:
    """Return the path of an entry bundle below ``<prefix>/tile/``."""
    return TileRef(None, n, width).path


def parse_tile_path(path: str) -> TileRef:
    """Parse what comes after ``<prefix>/tile/``, one spelling per tile; or MalformedTileError."""
    match = _PATH.fullmatch(path)
    if match is None or len(path) > MAX_ENTRY:
        raise _malformed(en=f"not a tile path: {path[:80]!r}", zh="路径格式无效")
    level = None if match["level"] == "entries" else int(match["level"])
    digits = match["n"].replace("/", "").replace("x", "")
    if len(digits) > len(str(MAX_INT63)) + 2:
        raise _malformed(en="tile number out of range", zh="编号超出范围")
    ref = TileRef(level, int(digits), int(match["width"] or TILE_WIDTH))
    if ref.path != path:
        raise _malformed(
            en=f"not the canonical path of the tile: {path[:80]!r}", zh="路径不是规范形式"
        )
    return ref


def available_width(level: int, n: int, size: int) -> int:
    """Return how many hashes of tile `n` a tree of `size` leaves has: 0..256."""
    return min(max((size >> (TILE_HEIGHT * level)) - n * TILE_WIDTH, 0), TILE_WIDTH)


def entry_bundle(entries: Iterable[bytes]) -> bytes:
    """Return the bundle of these entries; raise MalformedTileError for one above 65,535 bytes."""
    parts: list[bytes] = []
    for entry in entries:
        if len(entry) > MAX_ENTRY:
            raise _malformed(en="an entry is longer than 65535 bytes", zh="条目超过 65535 字节")
        parts += [len(entry).to_bytes(2), entry]
    return b"".join(parts)


def parse_entry_bundle(data: bytes) -> list[bytes]:
    """Return the entries of a bundle (1..256); raise MalformedTileError."""
    entries: list[bytes] = []
    at = 0
    while at < len(data):
        start = at + 2
        at = start + int.from_bytes(data[at:start])
        entries.append(data[start:at])
    if at != len(data) or not 0 < len(entries) <= TILE_WIDTH:
        raise _malformed(
            en="the entry bundle is cut off or of the wrong width", zh="条目包不完整或数量无效"
        )
    return entries


class TileReader:
    """Reads subtree hashes of a log of `size` entries through a function that fetches tiles.

    ``read(level, n, width)`` returns ``width * 32`` bytes. It is asked for the widest tile that the
    size has, and at most once per tile. Hashes are *not* verified here: only a proof made of them
    that verifies says anything.
    """

    def __init__(self, read: Callable[[int, int, int], bytes], size: int) -> None:
        """Keep the fetching function; nothing is read yet."""
        self._read = read
        self._size = size
        self._tiles: dict[tuple[int, int], bytes] = {}

    def node(self, level: int, index: int) -> bytes:
        """Return the hash of the perfect subtree of 2^level leaves starting at leaf index*2^level.

        Raises ProofError when it is not inside the tree, MalformedTileError when the tile has the
        wrong length.
        """
        if level < 0 or index < 0 or (index + 1) << level > self._size:
            raise ProofError(en=f"no subtree {level}/{index} in the tree", zh="子树不在该树中")
        tile_level, height = divmod(level, TILE_HEIGHT)
        n, offset = divmod(index << height, TILE_WIDTH)
        tile = self._tile(tile_level, n)
        span = tile[offset * HASH_SIZE : (offset + (1 << height)) * HASH_SIZE]
        return subtree_root([span[i : i + HASH_SIZE] for i in range(0, len(span), HASH_SIZE)])

    def _tile(self, level: int, n: int) -> bytes:
        tile = self._tiles.get((level, n))
        if tile is None:
            width = available_width(level, n, self._size)
            tile = self._read(level, n, width)
            if len(tile) != width * HASH_SIZE:
                raise _malformed(en="the tile has the wrong length", zh="长度不正确")
            self._tiles[level, n] = tile
        return tile


def _malformed(*, en: str, zh: str) -> MalformedTileError:
    return MalformedTileError(en=en, zh=f"分块无效：{zh}")
