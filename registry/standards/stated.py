"""What checks, index, competences and answers ask of the number of a standard as it is stated.

One look-up a number, read once for all of them: catalogues refer to the same standards again and
again.
"""

from functools import lru_cache

from msgspec import Struct

from registry.domain.records.standards import Obligation
from registry.standards.numbers import (
    NumberError,
    StandardNumber,
    clearly,
    format_number,
    identity_and_group,
    kind_of,
    obligation_of,
    parse,
    territory_of,
)
from registry.standards.numbers_prefixes import Kind, Nature

FOOD = "DBS"
"""Local food-safety standards: mandatory, and of their own place alone (domain 0.1.11)."""


class StatedNumber(Struct, frozen=True, gc=False):
    """A number that could be read: its normal form, what tells one standard from another, its year.

    ``parsed`` has its parts. ``group`` is what the provincial issues of one regional standard
    share. ``territory`` is the division of a local standard, '' for all others; ``obligation`` is
    what its number says of it.
    """

    parsed: StandardNumber
    normal: str
    identity: str
    group: str
    year: int | None
    kind: Kind
    territory: str
    obligation: Obligation
    food_safety: bool

    @property
    def stays_at_home(self) -> bool:
        """Whether it binds in its own territory alone: mandatory local ones, and those of food."""
        mandatory = self.kind in {"province", "city"} and self.obligation == "mandatory"
        return self.food_safety or mandatory


@lru_cache(maxsize=1 << 17)  # a catalogue names each of its numbers several times
def read_number(text: str) -> StatedNumber | None:
    """Return what a number says; None for a text that cannot be the number of a standard."""
    if clear := clearly(text):
        number, identity = clear
        said = _of_prefix(number.prefix, number.nature)
        return StatedNumber(number, text, identity, identity, number.year, *said)
    try:
        return of_parsed(parse(text))
    except NumberError:
        return None


def of_parsed(number: StandardNumber) -> StatedNumber:
    """Return what a number says that was taken apart."""
    identity, group = identity_and_group(number)
    # Whose it is, its number tells only by what stands before a hyphen, or as one of the Delta's.
    plain = group == identity and "-" not in number.number
    said = _of_prefix(number.prefix, number.nature) if plain else _of_number(number)
    return StatedNumber(number, format_number(number), identity, group, number.year, *said)


def _of_number(number: StandardNumber) -> tuple[Kind, str, Obligation, bool]:
    food = number.prefix.startswith(FOOD)
    return (kind_of(number), territory_of(number) or "", obligation_of(number), food)


@lru_cache(maxsize=1024)
def _of_prefix(prefix: str, nature: Nature) -> tuple[Kind, str, Obligation, bool]:
    """Return what all numbers of a prefix say that have neither hyphen nor group."""
    return _of_number(StandardNumber(prefix, nature, "1"))
