"""The language of catalogues.yaml: which measures may lawfully be taken, where and when."""

from typing import Annotated, Literal

from msgspec import Meta

from registry.rules.terms import InForce, Key, Reach, Read, Sentence, SubjectKind, Term, Word


class ListedItem(Term, frozen=True):
    """One row of a list of lawful measures; ``subjects`` empty = the list names no kinds."""

    item: Word
    family: Literal["A", "B", "C"]
    content: Sentence
    targets: Sentence
    basis: Sentence
    organ: Word
    subjects: tuple[SubjectKind, ...] = ()


class Catalogue(Term, frozen=True):
    """One edition of a list of lawful measures: the national one (CN), or a local supplement."""

    scope: Reach
    edition: Word
    title: Word
    instrument: Key
    effective: InForce
    read: Read
    items: Annotated[tuple[ListedItem, ...], Meta(min_length=1, max_length=1000)]


class CataloguesFile(Term, frozen=True):
    """catalogues.yaml: what may lawfully be done, where and when (may be left out)."""

    catalogues: Annotated[tuple[Catalogue, ...], Meta(min_length=1, max_length=200)]
