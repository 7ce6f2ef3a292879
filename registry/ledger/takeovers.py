"""Logs whose home has moved to this node: what it must hold before it admits anything to them.

The node at which a log was at home before refuses from the new version on, so the receipt that it
gave last says how long the log is, and with which root. Until this node holds exactly that, a
receipt of its own would make the log look shorter than others have seen it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from registry.errors import NotWholeRefusal
from signing.charter import Charter
from signing.charters import Chain
from signing.checkpoint import checkpoint_of
from signing.cosign import cosignatures_of
from signing.errors import SigningError, UnknownKeyError
from signing.note import Note, open_note


@dataclass(frozen=True, slots=True)
class Takeover:
    """A move: the version since which the log is at home here, and the one before with its home."""

    since: int
    before: Charter
    home: str

    def handed_over(self, note: bytes, origin: str) -> bytes | None:
        """Return a note reduced to the lines of the log and of its home before; None without both.

        What is returned verifies by the version before.
        """
        mirrors = self.before.node(self.home).mirrors
        own = tuple(window.key for window in self.before.party(origin).keys)
        try:
            opened = open_note(note, (*own, *mirrors))
            checkpoint_of(note, opened)
        except SigningError:
            return None
        seen = cosignatures_of(opened)
        if not any(self.before.counts(one.key, one.time) for one in seen):
            return None
        lines = sorted((line for _, line in opened.verified), key=lambda line: line.key_id)
        return Note(opened.text, tuple(lines)).encode()

    def refusal(self, size: int) -> NotWholeRefusal:
        """Return the refusal of whatever comes before the hand-over, to a log held up to a size."""
        return NotWholeRefusal(
            f"该日志的主节点由 {self.home} 迁来，本节点现有 {size} 条；请先以空批次提交 "
            f"{self.home} 的最后一份回执（registry publish --hand-over），核对无缺后方可接收",
            f"this log has moved here from {self.home} and this node holds {size} records: hand "
            "over the last receipt of that node first, as an empty batch (registry publish "
            "--hand-over); nothing is admitted before the log is known to be whole",
            code="hand-over-needed",
            extra={"size": size, "from": self.home},
        )


def takeovers(chain: Chain, node: str) -> dict[str, Takeover]:
    """Return the logs that have moved to a node, by origin, from the versions of the charter."""
    found = {}
    for party in chain[-1].parties:
        homes = [(one, _home(one, party.origin)) for one in chain]
        while homes and homes[-1][1] == node:
            homes.pop()
        if party.home == node and homes and (home := homes[-1][1]) is not None:
            before = homes[-1][0]
            found[party.origin] = Takeover(before.version + 1, before, home)
    return found


Takeovers = Mapping[str, Takeover]


def _home(charter: Charter, origin: str) -> str | None:
    try:
        return charter.party(origin).home
    except UnknownKeyError:
        return None
