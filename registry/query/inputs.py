"""The names of everything a decision rests on: equal names mean equal bytes, wherever it is asked.

Two axes of time: what was *known* (``log:``, ``known_on``) and what was *true in law* (the date in
the question). Where an answer is given as of an earlier known set, ``shown:`` names the later one
that decided what may still be shown.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Final

import msgspec

from registry.domain.calendar import CHINA
from registry.domain.clock_book import BOOK
from registry.domain.lists import LISTS
from registry.domain.tables import KEPT
from registry.query.views import RulebookView, Viewer
from registry.rules.edition import LANGUAGE
from registry.rules.model import Fact, FactRef
from registry.store.reading import Known
from registry.store.reading_files import Stated
from signing.charter import Charter

LOG: Final = "log:"
SHOWN: Final = "shown:"


def digest_of(value: object) -> str:
    """Return SHA-256 (hex) over the canonical JSON of a value."""
    return sha256(msgspec.json.encode(value, order="sorted")).hexdigest()


TABLES: Final[Mapping[str, str]] = {
    "lists": digest_of([LISTS[code] for code in sorted(LISTS)]),
    "tables": digest_of({name: table.digest for name, table in KEPT.items()}),
    "clocks": digest_of(BOOK),
    "calendar": digest_of(
        [CHINA.name, sorted(CHINA.years), sorted(CHINA.off), sorted(CHINA.worked)]
    ),
    "language": LANGUAGE,
}
"""What this software brings to a decision, by name; the same for all questions."""


def inputs_of(
    known: Known,
    charter: Charter,
    book: RulebookView | None,
    subjects: Sequence[str],
    places: Mapping[str, str],
) -> dict[str, str]:
    """Name by digest everything the decision is a function of, besides question and records.

    ``subjects`` are the codes whose records were read as one subject's (identity links); ``places``
    the names of the territories.
    """
    inputs = {**known.named, "charter": charter.digest.hex(), **TABLES}
    inputs["subjects"] = digest_of(subjects)
    inputs["territories"] = digest_of(places)
    if book is not None:
        inputs["rulebook"] = book.book.digest
        inputs["rulebook-record"] = f"{book.origin}/{book.idx}"
        inputs["adoptions"] = book.adoptions.digest
    return inputs


def asker_of(viewer: Viewer) -> dict[str, str]:
    """Name who asked, as far as it decides what may be seen."""
    limits = {"member": viewer.member, "own": viewer.subject}
    return {"role": viewer.role.value, **{name: value for name, value in limits.items() if value}}


def subjects_of(seen: Iterable[Stated]) -> tuple[str, ...]:
    """Return the codes under which something was seen."""
    return tuple(sorted({one.row.subject_id.hex() for one in seen}))


def records_digest(refs: Iterable[FactRef]) -> str:
    """Return the digest over the places of all records used: log, index, entry, in that order."""
    return digest_of(sorted((ref.origin, ref.idx, ref.entry) for ref in refs))


def refs_of(facts: Iterable[Fact]) -> tuple[FactRef, ...]:
    """Return where the facts stand, in the order of the logs."""
    return tuple(sorted((one.ref for one in facts), key=_place))


def _place(ref: FactRef) -> tuple[str, int]:
    return ref.origin, ref.idx


__all__ = [
    "LOG",
    "SHOWN",
    "TABLES",
    "asker_of",
    "digest_of",
    "inputs_of",
    "records_digest",
    "refs_of",
    "subjects_of",
]
