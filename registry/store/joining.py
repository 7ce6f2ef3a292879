"""Which subjects are one: by organisation code, by what records state, by judgements made by hand.

A judgement by hand counts before what a record states, the latest on a pair before earlier ones; an
undone one counts as if nobody had judged. *Different* outweighs whatever would join the two by way
of others: what would is given no effect and told as a conflict, since a false merger puts one
firm's record on another's page.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from registry.store.reading_records import Link, SubjectRow

SHARED_MAX = 20
"""Subjects that may share an organisation code; a code of more is a placeholder somebody typed."""
_SCHEMES = ("uscc", "regno", "orgcode", "record", "person")
"""Strongest first: the code a file goes by."""

Pair = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two subjects that something says are the same, and the judgement that forbids to join them.

    ``same`` None: they have the same organisation code.
    """

    pair: Pair
    same: Link | None
    different: Link


@dataclass(frozen=True, slots=True)
class Joined:
    """Subjects that are one, the strongest code first, and what was judged about any of them."""

    subjects: tuple[SubjectRow, ...]
    links: tuple[Link, ...] = ()
    conflicts: tuple[Conflict, ...] = ()


def standing(links: Iterable[Link]) -> dict[Pair, Link]:
    """Return of each pair what counts: the judgement by hand, else what a record states.

    ``links`` hold the latest of either kind on each pair.
    """
    found: dict[Pair, Link] = {}
    for link in sorted(links, key=lambda link: not link.stated):
        if link.judgement != "undone":
            found[link.one, link.other] = link
    return found


def joined(rows: Mapping[bytes, SubjectRow], links: Mapping[Pair, Link]) -> dict[bytes, Joined]:
    """Group subjects that are the same, whoever of them is asked about.

    Organisation codes bind, then judgements by hand, the earlier first. A weaker code that records
    state (an old registration number) follows the one file it belongs to; claimed by two files with
    unified codes it stays alone.
    """
    groups = _Groups(rows, [link for link in links.values() if link.judgement == "different"])
    for pair in _same_orgcode(rows):
        groups.join(pair, None)
    same = [
        link
        for pair, link in sorted(links.items())
        if link.judgement == "same" and pair[0] in rows and pair[1] in rows
    ]
    for link in sorted(same, key=lambda link: link.judged_at):
        if not link.stated or (_coded(rows, link.one) and _coded(rows, link.other)):
            groups.join((link.one, link.other), link)
    for links_of_end in _weak(rows, [link for link in same if link.stated]):
        far = {id(groups.of[end]): groups.of[end] for link in links_of_end for end in _ends(link)}
        if sum(any(_coded(rows, member) for member in group) for group in far.values()) <= 1:
            for link in links_of_end:
                groups.join(_ends(link), link)
    return groups.files(rows, links.values())


class _Groups:
    """Groups that grow by joining, never across a judgement *different*."""

    def __init__(self, rows: Iterable[bytes], apart: Sequence[Link]) -> None:
        self.of = {one: {one} for one in rows}
        self._apart = apart
        self._conflicts: list[Conflict] = []

    def join(self, pair: Pair, why: Link | None) -> None:
        """Join the groups of two subjects, or note the judgement that forbids it."""
        one, other = self.of[pair[0]], self.of[pair[1]]
        if one is other:
            return
        both = one | other
        bars = (link for link in self._apart if link.one in both and link.other in both)
        bar = next(bars, None)
        if bar is None:
            for member in both:
                self.of[member] = both
        elif _ends(bar) != pair:  # else it was judged of this very pair, and nothing contradicts
            self._conflicts.append(Conflict(pair, why, bar))

    def files(self, rows: Mapping[bytes, SubjectRow], links: Iterable[Link]) -> dict[bytes, Joined]:
        """Return the file of each subject."""
        made: dict[int, Joined] = {}
        judged = tuple(links)
        for group in self.of.values():
            if id(group) not in made:
                subjects = sorted((rows[one] for one in group), key=_strength)
                made[id(group)] = Joined(
                    tuple(subjects),
                    tuple(link for link in judged if not group.isdisjoint(_ends(link))),
                    tuple(c for c in self._conflicts if not group.isdisjoint(c.pair)),
                )
        return {one: made[id(group)] for one, group in self.of.items()}


def _weak(rows: Mapping[bytes, SubjectRow], stated: Iterable[Link]) -> Iterator[list[Link]]:
    """Yield what records state about each weaker code."""
    of_end: dict[bytes, list[Link]] = {}
    for link in stated:
        for end in _ends(link):
            if not _coded(rows, end):
                of_end.setdefault(end, []).append(link)
    yield from of_end.values()


def _coded(rows: Mapping[bytes, SubjectRow], one: bytes) -> bool:
    return rows[one].scheme == "uscc"


def _same_orgcode(rows: Mapping[bytes, SubjectRow]) -> list[Pair]:
    by_orgcode: dict[str, list[bytes]] = {}
    for one, row in sorted(rows.items()):
        if row.orgcode:
            by_orgcode.setdefault(row.orgcode, []).append(one)
    return [
        (a, b)
        for same in by_orgcode.values()
        if len(same) <= SHARED_MAX
        for i, a in enumerate(same)
        for b in same[i + 1 :]
    ]


def _ends(link: Link) -> Pair:
    return link.one, link.other


def _strength(row: SubjectRow) -> tuple[int, bytes]:
    return _SCHEMES.index(row.scheme), row.subject_id
