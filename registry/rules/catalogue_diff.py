"""What changes between two years of a list, and which rules of a book lose their basis by it.

The national list is revised every year; a measure that is no longer on it is no longer lawful
where no local supplement has it, whatever the rule says (全国失信惩戒措施基础清单).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from msgspec import Struct

from registry.rules.catalogue import NATIONAL, needs_listing
from registry.rules.language import Book, Rule
from registry.rules.lawful import ListedItem

_WORDS = ("content", "targets", "basis", "organ")
Why = Literal["item-gone", "family-changed", "targets-narrower"]


class Change(Struct, frozen=True):
    """One item that is new, gone, or not as it was: which columns changed, from what to what."""

    kind: Literal["added", "removed", "changed"]
    item: str
    columns: tuple[tuple[str, str, str], ...] = ()

    def __str__(self) -> str:
        """One line for a person, Chinese first."""
        zh, en = _KINDS[self.kind]
        told = "；".join(f"{name}：{before} → {after}" for name, before, after in self.columns)
        return f"{zh} / {en}  {self.item}{f'（{told}）' if told else ''}"


class Lost(Struct, frozen=True):
    """A measure of a rule that the new list does not carry; ``stays`` = scopes where it does."""

    rule: str
    edition: str
    measure: str
    name: str
    item: str
    why: Why
    zh: str
    en: str
    stays: tuple[str, ...] = ()

    def __str__(self) -> str:
        """One line for a person, both languages."""
        return f"{self.zh} / {self.en} [{self.why}]"


_KINDS: Mapping[str, tuple[str, str]] = {
    "added": ("新增", "new"),
    "removed": ("删除", "gone"),
    "changed": ("变更", "changed"),
}


def compare(before: Sequence[ListedItem], after: Sequence[ListedItem]) -> tuple[Change, ...]:
    """Return what changed between two lists: gone first, then changed, then new."""
    old, new = _by_item(before), _by_item(after)
    gone = [Change("removed", item) for item in old if item not in new]
    changed = [
        Change("changed", item, columns)
        for item, row in new.items()
        if item in old and (columns := tuple(_columns(old[item], row)))
    ]
    added = [Change("added", item) for item in new if item not in old]
    return (*gone, *changed, *added)


def _by_item(rows: Sequence[ListedItem]) -> dict[str, ListedItem]:
    return {row.item: row for row in rows}


def _columns(old: ListedItem, new: ListedItem) -> Iterator[tuple[str, str, str]]:
    """Yield the columns in which a row differs."""
    for name in ("family", *_WORDS):
        if getattr(old, name) != getattr(new, name):
            yield name, getattr(old, name), getattr(new, name)
    if old.subjects != new.subjects:
        yield "subjects", "、".join(old.subjects), "、".join(new.subjects)


def lost_basis(book: Book, after: Sequence[ListedItem]) -> tuple[Lost, ...]:
    """Return which rules and measures of a book a new national list no longer carries."""
    new = _by_item(after)
    return tuple(lost for rule in book.rules for lost in _lost(book, rule, new))


def _lost(book: Book, rule: Rule, new: Mapping[str, ListedItem]) -> Iterator[Lost]:
    """Yield the measures of one rule that lose their place in the list."""
    for use in rule.measures:
        measure = book.measures[use.use]
        item = measure.national_item
        if item is None or not needs_listing(measure):
            continue
        row = new.get(item)
        kinds = {subject.kind for subject in rule.subjects} & set(measure.subjects)
        told: tuple[Why, str, str] | None = None
        if row is None:
            told = ("item-gone", "新清单无此事项", "the new list does not have the item")
        elif row.family != measure.family:
            change = f"{measure.family} → {row.family}"
            told = ("family-changed", f"类别改变（{change}）", f"of another family ({change})")
        elif row.subjects and not kinds <= set(row.subjects):
            wider = "、".join(sorted(kinds - set(row.subjects)))
            told = ("targets-narrower", f"新清单对象不含{wider}", f"no longer for {wider}")
        if told is not None:
            why, zh, en = told
            stays = _stays(book, item) if why == "item-gone" else ()
            yield Lost(
                rule=rule.key,
                edition=rule.edition,
                measure=use.use,
                name=measure.name,
                item=item,
                why=why,
                zh=f"规则{rule.key}（{rule.edition}）“{measure.name}”（{item}）失去依据：{zh}"
                + (f"；补充清单仍有：{'、'.join(stays)}" if stays else ""),
                en=f"rule {rule.key} {rule.edition}, {use.use} has lost its basis: {en}"
                + (f"; still in the supplement of {', '.join(stays)}" if stays else ""),
                stays=stays,
            )


def _stays(book: Book, item: str) -> tuple[str, ...]:
    """Return the scopes whose supplements have an item."""
    scopes = {
        catalogue.scope
        for catalogue in book.catalogues
        if catalogue.scope != NATIONAL and any(row.item == item for row in catalogue.items)
    }
    return tuple(sorted(scopes))
