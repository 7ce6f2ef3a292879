"""Entry into an activity by negative lists, and the item that a permit belongs to."""

from datetime import date
from typing import Annotated, Final

import msgspec
from litestar import get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, PathParameter, QueryParameter
from msgspec import UNSET, Struct

from registry.api.gate import ForAPurpose, ReadsDep
from registry.api.schemas import ProblemOut
from registry.errors import NotFoundRefusal
from registry.query.entry import EntryAnswer
from registry.standards.access import told
from registry.standards.access_model import LISTS, Demand, EntryAsk, Match

_PROBLEMS: Final = {
    status: ResponseSpec(ProblemOut, description=text, media_type="application/problem+json")
    for status, text in (
        (400, "`bad-activity`: no class of GB/T 4754; or a parameter is out of bounds"),
        (401, "a credential that is not good"),
        (404, "`no-permit`: the record is no permit"),
        (410, "not public, or never existed"),
        (429, "too many requests; `Retry-After` says when to go on"),
    )
}
Index = Annotated[int, PathParameter(ge=0, le=2**53 - 1)]


class TextOut(Struct):
    """A text in both languages."""

    zh: str
    en: str


class PlaceOut(Struct):
    """Where an item is stated: log and index in it; its record is at `/api/v1/records/…`."""

    origin: str
    idx: int
    entry: str


class ItemOut(Struct):
    """An item of a list: what it says, by which class it speaks of the activity, and where it is.

    ``how``: exact, broader (the item is about more), narrower (about a part of the activity).
    """

    list: str
    list_zh: str
    list_en: str
    edition: str
    item_no: str
    category: str
    item: str
    measures: str
    organ: str
    permit_category: str
    in_force_from: date
    in_force_until: date | None
    how: str
    by: str
    stated: tuple[PlaceOut, ...]


class DemandOut(Struct):
    """Whether a permit belongs to an item in force: listed, removed (no longer), or outside."""

    permit: str
    listed: str
    zh: str
    en: str
    items: tuple[ItemOut, ...]


class EditionOut(Struct):
    """A list in force: which one, its edition, and since when."""

    list: str
    edition: str
    since: date


class GeneralOut(Struct):
    """A rule beside every list; ``read`` says how well its basis was read."""

    code: str
    zh: str
    en: str
    basis: str
    read: str


class EntryOut(Struct):
    """The answer; ``verdict`` is prohibited, permit_required, in_part, not_on_list or no_list.

    ``no_list`` is no answer: no national list in force on the day is known here. ``removed`` are
    items of former editions. ``whole`` false: there were more items than are looked at.
    """

    activity: str
    activity_zh: str
    activity_en: str
    territory: str
    on: date
    verdict: str
    zh: str
    en: str
    items: tuple[ItemOut, ...]
    removed: tuple[ItemOut, ...]
    editions: tuple[EditionOut, ...]
    demand: DemandOut | None
    notes: tuple[TextOut, ...]
    general: tuple[GeneralOut, ...]
    whole: bool


@get("/entry", summary="May an activity be entered", responses=_PROBLEMS)
async def entry(
    reads: ReadsDep,
    activity: Annotated[str, QueryParameter(min_length=1, max_length=16)],
    territory: Annotated[str, QueryParameter(pattern="^[0-9]{6}$", description="GB/T 2260")],
    on: FromQuery[date | None] = None,
    permit: Annotated[str, QueryParameter(max_length=100, description="A permit demanded")] = "",
) -> EntryOut:
    """By negative lists: national and the area's own, by class of GB/T 4754, on a day."""
    ask = EntryAsk(activity, territory, on or reads.today(), permit)
    return entry_out(await reads.entry(ask))


@get(
    "/records/{host:str}/{segment:str}/{idx:int}/permit-item",
    summary="The item of a negative list that a permit belongs to",
    responses=_PROBLEMS,
    operation_class=ForAPurpose,
)
async def permit_item(
    reads: ReadsDep, host: FromPath[str], segment: FromPath[str], idx: Index
) -> DemandOut:
    """As of the day of its decision: a permit for an item that had been removed is flagged."""
    found = await reads.permit(await reads.record(f"{host}/{segment}", idx, reads.today()))
    if found is None:
        raise NotFoundRefusal(
            "该信息不是行政许可。", "This record is no administrative permit.", code="no-permit"
        )
    return _demand(found)


def entry_out(answer: EntryAnswer) -> EntryOut:
    """An answer as programs get it."""
    found = answer.entry
    activity = found.activity
    return EntryOut(
        f"{activity.section}{activity.code}",
        activity.zh,
        activity.en,
        found.ask.territory,
        found.ask.on,
        found.verdict,
        found.zh,
        found.en,
        tuple(map(_item, found.items)),
        tuple(map(_item, found.removed)),
        tuple(EditionOut(*one) for one in found.editions),
        None if found.demand is None else _demand(found.demand),
        tuple(TextOut(zh, en) for zh, en in told(found.notes)),
        msgspec.convert(found.general, tuple[GeneralOut, ...], from_attributes=True),
        answer.whole,
    )


def _item(match: Match) -> ItemOut:
    item = match.item
    return ItemOut(
        list=match.list,
        list_zh=LISTS[match.list].zh,
        list_en=LISTS[match.list].en,
        edition=item.edition,
        item_no=item.item_no,
        category=item.category,
        item=item.item,
        measures=item.measures,
        organ=item.organ,
        permit_category="" if item.permit_category is UNSET else item.permit_category,
        in_force_from=item.in_force_from,
        in_force_until=None if item.in_force_until is UNSET else item.in_force_until,
        how=match.how,
        by=match.by,
        stated=tuple(PlaceOut(ref.origin, ref.idx, ref.entry) for ref in match.refs),
    )


def _demand(found: Demand) -> DemandOut:
    items = tuple(map(_item, found.items))
    return DemandOut(found.permit, found.listed, found.zh, found.en, items)
