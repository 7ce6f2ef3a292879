"""How each rule of a book stands with each member on a day: the life of a book as a table."""

from collections.abc import Iterator
from datetime import date
from typing import Literal, NamedTuple

from registry.query.views import RulebookView
from registry.rules.model import Adoption, in_force

Stage = Literal["not-adopted", "announced", "in-force", "suspended", "ended", "other-edition"]


class Standing(NamedTuple):
    """One rule with one member: its stage, the adoption it follows from, and until when.

    ``watched`` are the instruments under revision that the rule rests on, and ``paused_from`` the
    day from which one of them suspends it everywhere.
    """

    territory: str
    rule: str
    edition: str
    stage: Stage
    adopted: str
    until: date | None
    watched: tuple[str, ...]
    paused_from: date | None


def standings(book: RulebookView, territories: tuple[str, ...], on: date) -> Iterator[Standing]:
    """Yield how the newest edition of each rule stands, by rule, then by territory."""
    for rule in book.book.rules:
        if not rule.latest:
            continue
        watched = tuple(one.instrument for one in rule.rule.watch)
        for place in territories:
            adoptions = book.adoptions.of_member(place).get(rule.key, ())
            stage, adopted, until = _stage(adoptions, rule.edition, on)
            yield Standing(
                place, rule.key, rule.edition, stage, adopted, until, watched, rule.paused_from
            )


def _stage(
    adoptions: tuple[Adoption, ...], edition: str, on: date
) -> tuple[Stage, str, date | None]:
    now = in_force(adoptions, on)
    if now is None:
        coming = [one for one in adoptions if on < one.start and one.until != one.start]
        if coming:
            return "announced", coming[-1].edition, coming[-1].start
        gone = [one for one in adoptions if one.until is not None and one.start < one.until <= on]
        return ("ended", gone[0].edition, gone[0].until) if gone else ("not-adopted", "", None)
    stay = next((s for s in now.stays if s.start <= on and (s.until is None or on < s.until)), None)
    if stay is not None:
        return "suspended", now.edition, stay.until
    return "in-force" if now.edition == edition else "other-edition", now.edition, now.until
