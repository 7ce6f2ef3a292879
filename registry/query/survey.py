"""A survey of a region as it stands: the known set, the book in force, everything a process needs.

And the other book beside it: a draft, with the adoptions it would have if everybody who adopted a
rule adopted its new edition. What is assumed is named.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import msgspec

from registry.domain.disclosure import Role
from registry.errors import MalformedRefusal
from registry.query.population import Book, Survey
from registry.query.rulebook import Rulebooks
from registry.query.show import members_of
from registry.query.views import RulebookView, Viewer
from registry.rules.compile import compile_book
from registry.rules.compiled import CompiledBook
from registry.rules.load import load_book
from registry.rules.model import Adoption, AdoptionIndex, in_force
from registry.rules.touching import causes_of, changed_keys
from registry.store.reading import Known
from registry.store.reading_population import reading_alone
from signing.charter import Charter

VIEWER = Viewer(Role.REGION)
"""Whose eyes a survey has: what organs share, and nothing that has ended."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Where (none = every member), in which matter ('' = all), on which date, and today's."""

    territories: tuple[str, ...]
    matter: str
    on: date
    today: date


@dataclass(frozen=True, slots=True)
class Compared:
    """A survey under two books: rules that differ, and the adoptions that were assumed."""

    survey: Survey
    known: Known
    published: RulebookView
    draft: CompiledBook
    changed: tuple[str, ...]
    assumed: tuple[Adoption, ...]


async def survey_of(url: str, charter: Charter, asked: Asked) -> tuple[Survey, RulebookView]:
    """Return the survey of what applies to everybody; raises MalformedRefusal."""
    known, book = await _standing(url, charter, asked.on)
    adopted = _adopted(book.adoptions, _places(charter, asked), asked.on)
    survey = Survey(
        url=url,
        charter=charter.note,
        books=(Book(dict(book.files), tuple(book.adoptions)),),
        causes=causes_of(book.book, adopted),
        known=known.heads,
        territories=_places(charter, asked),
        matter=asked.matter,
        on=asked.on,
        today=asked.today,
        viewer=VIEWER,
    )
    return survey, book


async def compared(
    url: str, charter: Charter, asked: Asked, draft_files: Mapping[str, bytes]
) -> Compared:
    """Return the survey that compares a draft with the published book.

    Raises:
        RuleBookError: the draft has defects.
        MalformedRefusal: there is no published book, or no such territory.
    """
    draft = compile_book(load_book(draft_files))
    survey, book = await survey_of(url, charter, asked)
    places = survey.territories
    carried, assumed = _carried(book, draft, places, asked.on)
    changed = changed_keys(book.book, draft)
    causes = causes_of(book.book, changed) | causes_of(draft, changed)
    both = (*survey.books, Book(dict(draft_files), carried))
    return Compared(
        survey=replace(survey, books=both, causes=causes),
        known=Known.of(survey.known),
        published=book,
        draft=draft,
        changed=tuple(sorted(changed)),
        assumed=assumed,
    )


async def _standing(url: str, charter: Charter, on: date) -> tuple[Known, RulebookView]:
    async with reading_alone(url) as reading:
        known = await reading.logs.known()
        book = await Rulebooks(charter).in_force(on, known, reading)
    if book is None:
        raise MalformedRefusal(
            "该日期没有生效的规则汇编。",
            "No rulebook is in force on that date.",
            code="no-rulebook",
        )
    return known, book


def _places(charter: Charter, asked: Asked) -> tuple[str, ...]:
    codes = tuple(code for party in members_of(charter) for code in party.territory)
    unknown = [code for code in asked.territories if code not in codes]
    if unknown:
        named = ", ".join(codes)
        raise MalformedRefusal(
            f"“{unknown[0]}”不是成员地区的区划代码。应为以下之一：{named}",
            f"{unknown[0]!r} is not the code of a member's territory; it should be one of: {named}",
            code="unknown-territory",
        )
    return asked.territories or codes


def _adopted(index: AdoptionIndex, places: Sequence[str], on: date) -> frozenset[str]:
    """Return the rules that are adopted somewhere in these places on a day."""
    return frozenset(
        rule
        for place in places
        for rule, adoptions in index.of_member(place).items()
        if in_force(adoptions, on) is not None
    )


def _carried(
    book: RulebookView, draft: CompiledBook, places: Sequence[str], on: date
) -> tuple[tuple[Adoption, ...], tuple[Adoption, ...]]:
    """Return the adoptions under a draft, and those of them that are assumed.

    Whoever has adopted a rule is taken to adopt its newest edition, with the same measures; a rule
    that the published book has not is taken to be adopted everywhere.
    """
    latest = {rule.key: rule.edition for rule in draft.rules if rule.latest}
    carried: list[Adoption] = []
    assumed: list[Adoption] = []
    for place in places:
        mine = book.adoptions.of_member(place)
        for key, edition in sorted(latest.items()):
            standing = in_force(mine.get(key, ()), on)
            if standing is not None and standing.edition == edition:
                carried.append(standing)
            elif standing is not None:
                assumed.append(msgspec.structs.replace(standing, edition=edition, ref=None))
            elif key not in book.book.editions:
                assumed.append(Adoption(key, edition, place, "", "", on))
    return (*carried, *assumed), tuple(assumed)
