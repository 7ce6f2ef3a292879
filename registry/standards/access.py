"""May an activity be entered: items of negative lists by edition, date and class of activity.

A pure function of the items that members have stated or relayed. The national list is one, whoever
relays it; an area's own list holds in its territory. A class of GB/T 4754 is met by an item about
it, about a broader one, or about some of its parts, and the answer says which. What is not on a
list is open to everybody, beside the general rules; where no list is known there is no answer.

Source: domain 10.1 (市场准入负面清单); permits and items are matched by the permit's name.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Final, TypeAlias

from msgspec import UNSET, Struct

from registry.domain.divisions import city_of
from registry.domain.records.administrative import Permit
from registry.domain.records.market import NegativeListItem
from registry.domain.tables import KEPT
from registry.standards.access_model import (
    LISTS,
    NOTES,
    PERMITS,
    VERDICTS,
    Activity,
    Demand,
    Entry,
    EntryAsk,
    How,
    List,
    Listed,
    Match,
    Note,
    Verdict,
    activity_of,
)
from registry.standards.model import Stated

Items: TypeAlias = Sequence[Stated[NegativeListItem]]

_SHORT: Final = 2
"""Characters of the name of a permit that say something."""
_COUNTRY: Final = "CN"
_DIVISION: Final = 2
"""Digits of a division of GB/T 4754; of what is below only the division has a name here."""


class _Lists(Struct, frozen=True):
    """Items that hold in a territory on a day, and those of former editions that do no more."""

    current: tuple[Stated[NegativeListItem], ...]
    former: tuple[Stated[NegativeListItem], ...]
    editions: tuple[tuple[List, str, date], ...]


def entry(ask: EntryAsk, stated: Items, territories: Mapping[str, Sequence[str]]) -> Entry:
    """Answer whether an activity may be entered; ``territories`` by member say where lists hold.

    Raises:
        MalformedRefusal: ``bad-activity``.
    """
    activity = activity_of(ask.activity)
    lists = _lists(ask, stated, territories)
    items = tuple(_matches(lists.current, activity))
    removed = tuple(
        match
        for match in _matches(lists.former, activity)
        if not any(_same_item(match.item, one.record) for one in lists.current)
    )
    verdict = _verdict(items, lists)
    zh, en = _sentence(ask, activity, verdict, items)
    return Entry(
        ask,
        activity,
        verdict,
        zh,
        en,
        items,
        removed,
        lists.editions,
        _demanded(ask.permit, lists) if ask.permit else None,
        tuple(_notes(items, lists)),
    )


def permit_of(
    permit: Permit, territory: str, stated: Items, territories: Mapping[str, Sequence[str]]
) -> Demand:
    """Return the item that a permit belonged to on the day it was decided, by its names.

    ``removed`` says that it was given for an item that the list no longer had.
    """
    lists = _lists(EntryAsk("", territory, permit.decided_on), stated, territories)
    certificate = "" if permit.certificate_name is UNSET else permit.certificate_name
    names = (permit.decision_name, permit.content, certificate, permit.category)
    found = [_demanded(name, lists) for name in names if len(name) >= _SHORT]
    order: tuple[Listed, ...] = ("listed", "removed", "outside")
    return min(found, key=lambda demand: order.index(demand.listed))


def _lists(ask: EntryAsk, stated: Items, territories: Mapping[str, Sequence[str]]) -> _Lists:
    """Sort what holds in the territory into what is in force on the day, and what was."""
    begun = [
        one
        for one in stated
        if one.record.in_force_from <= ask.on and _holds(one, ask.territory, territories)
    ]
    groups: dict[tuple[List, str], list[Stated[NegativeListItem]]] = {}
    for one in begun:
        name = list_of(one.record)
        groups.setdefault((name, "" if name == "market_access" else one.member), []).append(one)
    current: list[Stated[NegativeListItem]] = []
    editions: set[tuple[List, str, date]] = set()
    for (name, _), items in groups.items():
        newest = max(items, key=lambda one: (one.record.in_force_from, one.record.edition)).record
        held = [one for one in items if one.record.edition == newest.edition]
        current += (one for one in held if not _over(one.record, ask.on))
        editions.add((name, newest.edition, min(one.record.in_force_from for one in held)))
    kept = {one.ref for one in current}
    former = tuple(one for one in begun if one.ref not in kept)
    return _Lists(tuple(current), former, tuple(sorted(editions)))


def list_of(item: NegativeListItem) -> List:
    """Return of which list an item is."""
    return "market_access" if item.list is UNSET else item.list


def _over(item: NegativeListItem, on: date) -> bool:
    return item.in_force_until is not UNSET and item.in_force_until < on


def _holds(
    one: Stated[NegativeListItem], territory: str, territories: Mapping[str, Sequence[str]]
) -> bool:
    """Say whether an item holds in a territory: as its scope says, else as its list does."""
    scope = one.record.scope
    if scope is not UNSET and scope.territory is not UNSET:
        places: Sequence[str] = scope.territory
    elif list_of(one.record) == "market_access":
        return True
    else:
        places = territories.get(one.member, ())
    return any(_within(territory, place) for place in places)


def _within(territory: str, place: str) -> bool:
    """Say whether a territory lies in a place: a county in its city, a city in its province."""
    return place in {_COUNTRY, territory, city_of(territory), f"{territory[:2]}0000"}


def _matches(items: Items, activity: Activity) -> Iterator[Match]:
    """Yield the items about an activity, alike ones once; prohibitions and exact ones first."""
    alike: dict[tuple[object, ...], Match] = {}
    for one in items:
        found = _about(one.record, activity)
        if found is None:
            continue
        key = (list_of(one.record), *_content(one.record))
        known = alike.get(key)
        refs = (one.ref,) if known is None else tuple(sorted((*known.refs, one.ref)))
        alike[key] = Match(one.record, list_of(one.record), *found, refs)
    order: tuple[How, ...] = ("exact", "broader", "narrower")
    yield from sorted(
        alike.values(),
        key=lambda match: (
            match.item.category != "prohibited", order.index(match.how), match.item.item_no,
            match.refs,
        ),
    )  # fmt: skip


def _about(item: NegativeListItem, activity: Activity) -> tuple[How, str] | None:
    """Say how an item speaks of an activity and by which class; None where it does not."""
    best: tuple[How, str] | None = None
    for said in () if item.activities is UNSET else item.activities:
        how = _compared(said.upper(), activity)
        if how == "exact":
            return how, said
        if how is not None and (best is None or how == "broader"):
            best = how, said
    return best


def _compared(said: str, activity: Activity) -> How | None:
    """Compare a class that an item names with the one asked for."""
    letter = said[:1] if said[:1].isalpha() else ""
    code = said.removeprefix(letter)
    section = letter or getattr(KEPT["industries"].by_code.get(code[:2]), "group", "")
    if section != activity.section:
        return None
    if code == activity.code:
        return "exact"
    if activity.code.startswith(code):
        return "broader"
    return "narrower" if code.startswith(activity.code) else None


def _content(item: NegativeListItem) -> tuple[object, ...]:
    return (
        item.edition, item.item_no, item.category, item.item, item.measures, item.activities,
        item.in_force_from, item.in_force_until, item.permit_category,
    )  # fmt: skip


def _verdict(items: Sequence[Match], lists: _Lists) -> Verdict:
    whole = {match.item.category for match in items if match.how != "narrower"}
    if "prohibited" in whole:
        return "prohibited"
    if whole:
        return "permit_required"
    if items:
        return "in_part"
    national = any(name == "market_access" for name, _, _ in lists.editions)
    return "not_on_list" if national else "no_list"


def _sentence(
    ask: EntryAsk, activity: Activity, verdict: Verdict, items: Sequence[Match]
) -> tuple[str, str]:
    told = VERDICTS[verdict]
    deciding = [one for one in items if one.item.category == verdict and one.how != "narrower"]
    names = sorted({one.list for one in deciding or items}, reverse=True)
    code = f"{activity.section}{activity.code}"
    zh = "、".join(LISTS[name].zh for name in names)
    en = " and the ".join(LISTS[name].en for name in names)
    on = f"{ask.on.year}年{ask.on.month}月{ask.on.day}日"
    below = len(activity.code) > _DIVISION
    named = f"{code}（{activity.zh}{'之下' if below else ''}）"
    named_en = f"{code} ({'below ' if below else ''}{activity.en})"
    return (
        told.zh.format(on=on, activity=named, list=zh),
        told.en.format(on=ask.on, activity=named_en, list=en),
    )


def _same_item(former: NegativeListItem, item: NegativeListItem) -> bool:
    """Say whether an item of a former edition goes on in another: by its text or its permit."""
    if list_of(former) != list_of(item):
        return False
    same_permit = former.permit_category is not UNSET and former.permit_category == (
        item.permit_category
    )
    return same_permit or _plain(former.item) == _plain(item.item)


def _demanded(permit: str, lists: _Lists) -> Demand:
    """Say whether a permit of a name belongs to an item."""
    current = tuple(_permits(lists.current, permit))
    former = () if current else tuple(_permits(lists.former, permit))
    listed: Listed = "listed" if current else "removed" if former else "outside"
    edition = max((one.item.in_force_from, one.item.edition) for one in former)[1] if former else ""
    told = PERMITS[listed]
    places = {"permit": permit[:100], "edition": edition}
    return Demand(
        permit, listed, current or former, told.zh.format(**places), told.en.format(**places)
    )


def _permits(items: Items, permit: str) -> Iterator[Match]:
    """Yield the items whose permit is named, in either text."""
    asked = _plain(permit)
    for one in items:
        name = "" if one.record.permit_category is UNSET else _plain(one.record.permit_category)
        if min(len(name), len(asked)) >= _SHORT and (name in asked or asked in name):
            yield Match(one.record, list_of(one.record), "exact", "", (one.ref,))


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def _notes(items: Sequence[Match], lists: _Lists) -> Iterator[tuple[Note, int]]:
    unclassed = sum(one.record.activities is UNSET for one in lists.current)
    if unclassed:
        yield "unclassed", unclassed
    numbers = [(one.list, one.item.edition, one.item.item_no) for one in items]
    if len(numbers) > len(set(numbers)):
        yield "conflicting", len(numbers) - len(set(numbers))
    bare = sum(
        one.list == "market_access" and one.item.provenance.kind == "original" for one in items
    )
    if bare:
        yield "not_relayed", bare
    own = sum(one.list == "area_industry" for one in items)
    if own:
        yield "area_list", own


def told(notes: Iterable[tuple[Note, int]]) -> tuple[tuple[str, str], ...]:
    """Return notes in words, Chinese and English."""
    return tuple(
        (NOTES[code].zh.format(count=count), NOTES[code].en.format(count=count))
        for code, count in notes
    )
