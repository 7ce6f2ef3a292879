"""The statutory layer: what law says of a standard and a use, before any recognition (0.1.11).

Dated data with instrument, article and how well each was read, in ``statutes.toml``. What is known
from memory only is told as not confirmed, and never hidden.
"""

from collections.abc import Iterator
from datetime import date
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Final, Literal, NamedTuple

import msgspec
from msgspec import Struct

from registry.domain.records.standards import Obligation, Use
from registry.standards.model import Ask, Statute
from registry.standards.numbers_prefixes import Kind
from registry.standards.written import covers, is_food, kind, territory

Named = tuple[str, str]
"""The same in Chinese and in English."""

_READ: Final[dict[str, Named]] = {
    "full_text": ("", ""),
    "secondary": ("（经转引）", " (second hand)"),
    "unconfirmed": ("（依据待核实）", " (not confirmed)"),
}


class Whose(NamedTuple):
    """Whose standard it is that is asked about, and whether it is one of the place itself."""

    kind: Kind
    food: bool
    own: bool


class Row(Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """One provision, from ``since`` to ``until`` (that day no longer).

    ``serves``: by it a standard is a basis without any recognition. ``where``: of the territory
    whose local standard it is, or of all others.
    """

    key: str
    title: Named
    article: str
    since: date
    read: Literal["full_text", "secondary", "unconfirmed"]
    zh: str
    en: str
    until: date | None = None
    uses: tuple[Use | Literal["sale"], ...] = ()
    kinds: tuple[Kind, ...] = ()
    obligations: tuple[Obligation, ...] = ()
    where: Literal["", "own", "elsewhere"] = ""
    food: bool = False
    serves: bool = False

    def in_force(self, on: date) -> bool:
        """Tell whether it is in force on a day."""
        return self.since <= on and (self.until is None or on < self.until)

    def applies(self, ask: Ask, obligation: Obligation, whose: Whose) -> bool:
        """Tell whether it speaks of this standard for this use in this territory."""
        return (
            (not self.uses or ask.use in self.uses)
            and (not self.kinds or whose.kind in self.kinds)
            and (not self.obligations or obligation in self.obligations)
            and self.where in ("", "own" if whose.own else "elsewhere")
            and (not self.food or whose.food)
            and not (self.kinds and whose.food and not whose.own)
        )

    @cached_property
    def told(self) -> Statute:
        """Return it as an answer tells it: instrument, since when, words, how well read."""
        article = f"第{self.article}条" if self.article.isdecimal() else ""
        zh, en = _READ[self.read]
        return Statute(
            self.key,
            self.article if article else "",
            f"《{self.title[0]}》{article}（{self.since}起施行）：{self.zh}{zh}",
            f"{self.title[1]}{f', art. {self.article}' if article else ''}"
            f" (in force since {self.since}): {self.en}{en}",
        )


class Statutes(Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """The whole layer: provisions, names of uses, and whom to ask about each."""

    version: str
    uses: dict[Use, Named]
    organs: dict[Use, Named]
    rows: tuple[Row, ...]

    @cached_property
    def digest(self) -> str:
        """SHA-256, in hex, over the layer in a canonical form."""
        return sha256(msgspec.json.encode(self, order="sorted")).hexdigest()

    def applying(self, ask: Ask, obligation: Obligation) -> Iterator[Row]:
        """Yield the provisions that speak of a question, in the order of the file."""
        number = ask.number
        whose = Whose(kind(number), is_food(number), is_own(number, ask.territory))
        for row in self.rows:
            if row.in_force(ask.on) and row.applies(ask, obligation, whose):
                yield row

    @cached_property
    def days(self) -> tuple[date, ...]:
        """The days on which a provision begins or ends, in order."""
        days = {day for row in self.rows for day in (row.since, row.until)}
        return tuple(sorted(day for day in days if day is not None))


def is_own(number: str, place: str) -> bool:
    """Tell whether a number is a local standard of a place, or of the province it lies in."""
    home = territory(number)
    return home is not None and covers(home, place)


def stays_home(number: str, obligation: Obligation) -> bool:
    """Tell whether a local standard cannot serve elsewhere: a mandatory one, or one on food."""
    mandatory = obligation == "mandatory" or is_food(number)
    return territory(number) is not None and mandatory


STATUTES: Final = msgspec.toml.decode(
    Path(__file__).with_name("statutes.toml").read_bytes(), type=Statutes
)
