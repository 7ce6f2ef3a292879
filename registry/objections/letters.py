"""The letters of the desk: made from ``letters.toml`` when they are given, and kept as given."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from importlib.resources import files
from string import Formatter
from typing import Final, Literal

import msgspec

from registry.objections.terms import TERMS, Read
from registry.store.objections import KeptLetter, KeptObjection

Kind = Literal["filed", "accepted", "declined", "forwarded", "extended", "reply"]
Pair = tuple[str, str]
Values = Mapping[str, str | Pair]
"""What is put into the places of a letter: one text, or Chinese and English; '' is nothing."""
_NUMBER: Final = re.compile(r"异〔")


class _Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One letter of the file."""

    mark: str
    title: Pair
    to: Pair
    paragraphs: tuple[Pair, ...]
    terms: tuple[str, ...]


class _Forms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of ``letters.toml``."""

    read: dict[Read, Pair]
    about: dict[str, Pair]
    outcome: dict[str, Pair]
    consequence: dict[str, Pair]
    marking: dict[str, Pair]
    letter: dict[Kind, _Form]


FORMS: Final = msgspec.toml.decode(
    files("registry.objections").joinpath("letters.toml").read_bytes(), type=_Forms
)


class Basis(msgspec.Struct, frozen=True):
    """A term as a letter says it: what for, how long, by which rule, how well it was read."""

    said: Pair
    read: Read


class Letter(msgspec.Struct, frozen=True):
    """A letter as given; pairs are Chinese and English."""

    kind: Kind
    number: str
    on: date
    title: Pair
    to: Pair
    organ: str
    paragraphs: tuple[Pair, ...]
    bases: tuple[Basis, ...]


def number_of(year: int, member: str, count: int) -> str:
    """Return the number under which the n-th objection of a member in a year is handled."""
    return f"异〔{year}〕{member}-{count:04d}号"


def write(
    kind: Kind,
    one: KeptObjection,
    names: tuple[str, str],
    at: tuple[datetime, date],
    values: Values | None = None,
    nth: int = 1,
) -> KeptLetter:
    """Return a letter about an objection, ready to be kept.

    Args:
        kind: which letter.
        one: the objection as it is once the letter is given.
        names: of the organ that gives it, and of the place of the measure ('' without one).
        at: the moment and the day on which it is given.
        values: what else goes into its places.
        nth: which letter of its kind about this objection it is.
    """
    form = FORMS.letter[kind]
    filled = {**_values(one, names), **(values or {})}
    given = [_filled(pair, filled) for pair in form.paragraphs]
    letter = Letter(
        kind,
        _NUMBER.sub(f"异{form.mark}〔", one.number, count=1) + (f"之{nth}" if nth > 1 else ""),
        at[1],
        form.title,
        _filled(form.to, filled) or ("", ""),
        names[0],
        tuple(pair for pair in given if pair is not None),
        tuple(_basis(key) for key in form.terms if key != "mark" or one.about != "measure"),
    )
    return KeptLetter(0, kind, at[0], msgspec.json.encode(letter).decode())


def read_letter(kept: KeptLetter) -> Letter | None:
    """Return a letter that was given; None once it was erased by order."""
    return msgspec.json.decode(kept.text, type=Letter) if kept.text else None


def _values(one: KeptObjection, names: tuple[str, str]) -> dict[str, str | Pair]:
    about = FORMS.about[one.about]
    return {
        "name": one.name,
        "number": one.number,
        "record": one.headline,
        "organ": one.organ,
        "about": about,
        "measure": one.measure,
        "territory": names[1],
        "received": _day(one.received_on),
        "accept_by": _day(one.accept_by),
        "decide_by": _day(one.decide_by),
        "reply_by": "" if one.reply_by is None else _day(one.reply_by),
        "sent_to": one.forwarded,
    }


def _day(day: date) -> Pair:
    return f"{day.year}年{day.month}月{day.day}日", day.isoformat()


def _filled(pair: Pair, values: Values) -> Pair | None:
    """Fill both texts in; None where a place has nothing to say."""
    found: list[str] = []
    for which, text in enumerate(pair):
        named = [name for _, name, _, _ in Formatter().parse(text) if name]
        said: dict[str, str] = {}
        for name in named:
            value = values.get(name, "")
            said[name] = value if isinstance(value, str) else value[which]
        if not all(said.values()):
            return None
        found.append(text.format_map(said))
    return found[0], found[1]


def _basis(key: str) -> Basis:
    term = TERMS[key]
    zh = f"{term.zh}：{term.days}个工作日。{term.basis_zh}"
    en = f"{term.days} working days {term.en}. {term.basis_en}"
    return Basis((zh, en), term.read)
