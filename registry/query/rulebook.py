"""The rulebook in force and the adoptions, read from the logs and nowhere else.

The quorum fixes a rulebook's text: it is a record in the region office's log whose files are
attachments. It counts only if the files are here and compile to exactly the digest the record
states. A member's own adoption puts a rule in force, and only in the member's own territory.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from hashlib import sha256
from typing import Final

import msgspec
from msgspec import UNSET

from registry.domain.periods import next_day
from registry.domain.records import Adoption, Amendment, Rulebook, Stay, Withdrawal
from registry.query.show import members_of
from registry.query.views import CaseView, RulebookView
from registry.rules.cases import read_cases, run_cases
from registry.rules.compile import compile_book
from registry.rules.compiled import CompiledBook
from registry.rules.defects import RuleBookError
from registry.rules.language import Book
from registry.rules.load import BESIDE, load_book
from registry.rules.model import Adoption as InForce
from registry.rules.model import AdoptionIndex, FactRef, Stayed
from registry.store.reading import Known
from registry.store.reading_files import Reading, Stated
from signing.charter import Charter

_FILES_MAX: Final = 8
"""Compiled books kept; a region changes its book a few times a year."""
_FROM_THEN: Final = frozenset({"revoked", "changed"})
"""Reasons of a withdrawal that end a book or an adoption, and do not undo what was before."""


@dataclass(frozen=True, slots=True)
class _Region:
    """Rulebook and adoption records that stand, as of one known set."""

    sizes: tuple[tuple[int, int], ...]
    rulebooks: tuple[Stated, ...]
    adoptions: AdoptionIndex


@dataclass(frozen=True, slots=True)
class _Read:
    """A book ready for use, and its worked examples."""

    book: CompiledBook
    cases: tuple[CaseView, ...]
    assumed: tuple[tuple[str, str, date], ...]
    files: Mapping[str, bytes]


@lru_cache(maxsize=_FILES_MAX)
def _read(parts: frozenset[tuple[str, bytes]]) -> _Read:
    """Load and compile a book, each once for all readers of a process; raises ``RuleBookError``."""
    files = dict(parts)
    book = load_book(files)
    return _Read(compile_book(book), *_cases(book, files.get(BESIDE, b"")), files)


def _cases(
    book: Book, text: bytes
) -> tuple[tuple[CaseView, ...], tuple[tuple[str, str, date], ...]]:
    """Return the examples that come out as they say, and the adoptions assumed in them.

    A defective file leaves the rules alone.
    """
    if not text:
        return (), ()
    try:
        results = run_cases(book, text)
        cases, _ = read_cases(text)
    except RuleBookError:
        return (), ()
    shown = tuple(
        CaseView(one.name, one.facts, one.place, one.decision, one.rules)
        for one in results
        if one.passed
    )
    names = cases.members
    return shown, tuple(
        (one.rule, names.get(one.member, one.member), one.start) for one in cases.adoptions
    )


class Rulebooks:
    """Finds the rulebook of a date; remembers what cannot change for the same known set."""

    def __init__(self, charter: Charter) -> None:
        """Take the charter that says who may state what."""
        self._charter = charter
        self._region: _Region | None = None
        self._compiled: dict[tuple[str, ...], _Read] = {}

    async def in_force(self, on: date, known: Known, reading: Reading) -> RulebookView | None:
        """Return the latest rulebook that is in force on a date and fit for use, or None.

        A rulebook whose files are missing, do not load, or compile to another digest than its
        record states is passed over, so that a slip never leaves the region without rules; so is
        one that was found void. After a repeal no former edition comes back.
        """
        region = await self._current(known, reading)
        for one in region.rulebooks:
            record = one.record
            if not isinstance(record, Rulebook) or record.effective_from > on:
                continue
            ended = _repealed(one, record.effective_from)
            if ended is None and one.state_on(on) != "standing":
                continue
            if ended is not None and ended <= on:
                if ended > record.effective_from:
                    return None
                continue
            book = await self._book(record, reading)
            if book is not None:
                return RulebookView(
                    edition=record.edition,
                    title=record.title,
                    digest=record.book_digest,
                    effective_from=record.effective_from,
                    origin=one.origin,
                    idx=one.row.idx,
                    book=book.book,
                    adoptions=region.adoptions,
                    cases=book.cases,
                    assumed=book.assumed,
                    files=book.files,
                )
        return None

    async def _current(self, known: Known, reading: Reading) -> _Region:
        if self._region is None or self._region.sizes != known.sizes:
            stated = await reading.files.stated(await reading.records.of_region(), known)
            region = {party.code for party in self._charter.parties if party.rank == "region"}
            latest = sorted(stated.values(), key=lambda one: one.row.place, reverse=True)
            self._region = _Region(
                known.sizes,
                tuple(o for o in latest if isinstance(o.record, Rulebook) and o.member in region),
                AdoptionIndex(
                    _superseded([a for one in latest if (a := self._adoption(one)) is not None])
                ),
            )
        return self._region

    def _adoption(self, one: Stated) -> InForce | None:
        """Return an adoption as the rules read it; None where a member adopts for others."""
        record = one.record
        if not isinstance(record, Adoption):
            return None
        party = next((p for p in members_of(self._charter) if p.code == one.member), None)
        if party is None or record.territory not in party.territory:
            return None
        ended = _repealed(one, record.in_force_from)
        ends = [] if ended is None else [ended]
        if record.in_force_until is not UNSET:
            ends.append(next_day(record.in_force_until) or date.max)
        return InForce(
            rule=record.rule,
            edition=record.edition,
            member=record.territory,
            organ=record.authority.name,
            instrument=record.instrument,
            start=record.in_force_from,
            until=min(ends, default=None),
            allows=None if record.allows is UNSET else record.allows,
            ref=_place(one),
            stays=tuple(_stays(one)),
        )

    async def _book(self, record: Rulebook, reading: Reading) -> _Read | None:
        # The digest of a book does not cover the examples beside it; those of its files do.
        key = (record.book_digest, *sorted(part.sha256 for part in record.attachments))
        known = self._compiled.get(key)
        if known is not None:
            return known
        named = {bytes.fromhex(part.sha256): part.name for part in record.attachments}
        bodies = await reading.logs.attachments(tuple(named))
        if any(sha256(bodies.get(digest, b"")).digest() != digest for digest in named):
            return None
        files = {name: bodies[digest] for digest, name in named.items()}
        try:
            compiled = await asyncio.to_thread(_read, frozenset(files.items()))
        except RuleBookError:
            return None
        if compiled.book.digest != record.book_digest:
            return None
        if len(self._compiled) >= _FILES_MAX:
            self._compiled.pop(next(iter(self._compiled)))
        self._compiled[key] = compiled
        return compiled


def _place(one: Stated) -> FactRef:
    return FactRef(one.origin, one.row.idx, one.record.id, one.entry.hex())


def _repealed(one: Stated, start: date) -> date | None:
    """Return the day from which a book or adoption is repealed, None where it is not.

    What was found unlawful or void, or is stated anew, is as if it had never begun on ``start``.
    """
    ends = [
        max(start, act.record.effective_on)
        if isinstance(act.record, Withdrawal) and act.record.reason in _FROM_THEN
        else start
        for act in one.acts
        if isinstance(act.record, Withdrawal | Amendment) and act.counts_on(act.record.effective_on)
    ]
    return min(ends, default=None)


def _stays(one: Stated) -> Iterator[Stayed]:
    """Yield when a member has suspended what it adopted, in the order of the log."""
    for act in one.acts:
        if isinstance(act.record, Stay) and act.counts_on(act.record.effective_on):
            last = act.record.until
            ends = (None if last is UNSET else next_day(last), _repealed(act, act.record.begins))
            until = min((end for end in ends if end is not None), default=None)
            yield Stayed(act.record.effective_on, until, _place(act))


def _superseded(adoptions: Iterable[InForce]) -> Iterator[InForce]:
    """Yield the adoptions, each ended where a later one of the same rule and member begins.

    So the former does not come back when the later one ends; one that never began ends nothing.
    """
    later: dict[tuple[str, str], date] = {}
    for one in sorted(adoptions, key=lambda one: one.start, reverse=True):
        key = (one.rule, one.member)
        begins = later.get(key)
        if begins is not None and one.start < begins and (one.until is None or begins < one.until):
            yield msgspec.structs.replace(one, until=begins)
        else:
            yield one
        if one.until is None or one.start < one.until:
            later[key] = one.start
