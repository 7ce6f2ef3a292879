"""Whether what is missing of a body was ordered away by a record of the same log (design 8)."""

from collections.abc import Awaitable, Callable

from registry.domain.records import AnyRecord, ErasureOrder, Restricted
from registry.exchange.lies import LieError
from registry.exchange.peer import PeerNode
from registry.exchange.proven import Proven
from registry.ingest.admission import Spared
from registry.ingest.checks import Checked, check_line
from registry.ledger.bodies import Chunk, Gone
from signing.record import NO_RESTRICTED, entry_of, split_line


class Orders:
    """Checks the orders that a chunk names."""

    def __init__(self, peer: PeerNode, origin: str, again: Callable[[], Awaitable[Proven]]) -> None:
        """Take whom to ask; ``again`` fetches the newest tree, for an order that came meanwhile."""
        self._peer = peer
        self._origin = origin
        self._again = again
        self._orders: dict[int, Checked | None] = {}

    async def check(self, lines: Chunk, proven: Proven) -> dict[int, Spared]:
        """Check every line of which something is missing; return what is known of it by position.

        ``lines`` are proven already, from the head of the log on.

        Raises:
            LieError: ``bodies-withheld``.
        """
        found = {}
        for idx, gone in lines.gone.items():
            about = None
            for part in _missing(lines.lines[idx - lines.start], gone):
                order = await self._ordered(idx, part, gone, lines, proven)
                if order is None:
                    detail = f"{self._origin}/{idx}: nothing orders its {part} part away"
                    raise LieError("bodies-withheld", detail, proven.shown.note)
                about = _about(order)
            found[idx] = Spared(gone.entry, about)
        return found

    async def _ordered(
        self, idx: int, part: str, gone: Gone, lines: Chunk, proven: Proven
    ) -> Checked | None:
        """Return the order that took a part away, None where there is none."""
        for ordered, at in gone.orders:
            if ordered in {part, "both"} and at > idx:
                order = await self._order(at, lines, proven)
                if order is not None and self._names(order.record, ordered, gone):
                    return order
        return None

    def _names(self, order: AnyRecord | None, part: str, gone: Gone) -> bool:
        if not isinstance(order, ErasureOrder):
            return False
        target = order.target
        return (target.origin, target.entry, order.part) == (self._origin, gone.entry.hex(), part)

    async def _order(self, at: int, lines: Chunk, proven: Proven) -> Checked | None:
        """Return the sound record at a position, None where there is none."""
        if at not in self._orders:
            line = await self._line(at, lines, proven)
            checked = None if line is None else check_line(line, set())
            self._orders[at] = checked if checked is not None and checked.ok else None
        return self._orders[at]

    async def _line(self, at: int, lines: Chunk, proven: Proven) -> bytes | None:
        """Return a line that is proven to stand at a position, None where there is none."""
        if at < lines.end:
            return None if at in lines.gone else lines.lines[at - lines.start]
        if at >= proven.shown.size:
            proven = await self._again()
        if at >= proven.shown.size:
            return None
        text = bytearray()
        given = await self._peer.bodies(self._origin, at, 1, text.extend)
        if given is None or given[0].end == at or given[0].gone:
            return None
        before, end = given[1]
        line = bytes(text[before + 1 : end])
        return line if await proven.include(at, entry_of(*split_line(line))) else None


def _about(order: Checked) -> Restricted | None:
    """Return the document of whom an order is about, and nothing else of its restricted part."""
    part = order.restricted
    if part is None:
        return None
    return Restricted(salt=part.salt, subject_document=part.subject_document)


def _missing(line: bytes, gone: Gone) -> list[str]:
    """Return which parts a line lacks."""
    main, restricted = split_line(line)
    lacks = {
        "main": not main,
        "restricted": restricted is None and gone.entry[len(NO_RESTRICTED) :] != NO_RESTRICTED,
    }
    return [part for part, missing in lacks.items() if missing]
