"""Saved searches for programs: saved, listed, looked at, marked as seen, removed."""

from datetime import date, datetime
from typing import Annotated, Final, Literal

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody, PathParameter, QueryParameter, SkipValidation
from msgspec import UNSET, Meta, Struct, UnsetType

from registry.api.gate import ForAPurpose, ReadsDep
from registry.api.schemas import ProblemOut
from registry.domain.disclosure import State
from registry.domain.records.base import SeverityClass
from registry.errors import MalformedRefusal
from registry.saved.desk import KEPT_MAX, NAME_MAX, PER_PAGE, SavedSearches
from registry.saved.model import Alert, AlertKind, Saved, SavedView
from search.query import FILTER_MAX, TEXT_MAX

SearchesDep = NamedDependency[SkipValidation[SavedSearches]]
Id = Annotated[str, PathParameter(pattern="^[0-9a-f]{32}$", description="32 hex digits")]
Cities = Annotated[
    tuple[Annotated[str, Meta(pattern="^[0-9]{6}$")], ...], Meta(max_length=FILTER_MAX)
]
Types = tuple[Literal["registration", "permit", "penalty", "list_entry"], ...]
_PROBLEMS: Final = {
    status: ResponseSpec(ProblemOut, description=text, media_type="application/problem+json")
    for status, text in (
        (400, "no question, or the purpose is missing, or it was looked at again since"),
        (401, "no credential, or one that is not good"),
        (403, "outside of what the credential grants"),
        (404, "no such saved search of yours, or nothing may be shown"),
        (413, f"more than {KEPT_MAX} saved searches"),
        (429, "too many requests; `Retry-After` says when to go on"),
        (503, "not now"),
    )
}


class SavedIn(Struct, forbid_unknown_fields=True):
    """A question: of a ``search`` text and filters, a ``subject``, or the number of a ``standard``.

    With a territory (and a matter) it is watched, too, what applies there to a subject.
    """

    kind: Literal["search", "subject", "standard"]
    text: Annotated[str, Meta(max_length=TEXT_MAX)] = ""
    subject: Annotated[str, Meta(pattern="^([0-9a-f]{32})?$")] = ""
    cities: Cities = ()
    types: Types = ()
    severities: tuple[SeverityClass, ...] = ()
    states: tuple[State, ...] = ()
    date_from: date | None = None
    date_to: date | None = None
    territory: Annotated[str, Meta(pattern="^([0-9]{6})?$")] = ""
    matter: Annotated[str, Meta(pattern=r"^[\w-]{0,64}$")] = ""
    name: Annotated[str, Meta(max_length=NAME_MAX)] = ""


class SeenIn(Struct, forbid_unknown_fields=True):
    """Which look has been seen."""

    look: Annotated[int, Meta(ge=1)]


class AlertOut(Struct, omit_defaults=True):
    """What is new: a record, a hit, new records of a hit, an event of a standard, measures.

    ``changed`` says that something is not as it was, and no more.
    """

    kind: AlertKind
    name: str = ""
    code: str = ""
    subject: str = ""
    type: str = ""
    origin: str = ""
    idx: int | UnsetType = UNSET
    member: str = ""
    on: date | None = None
    said: str = ""


class SavedOut(Struct):
    """A saved search; ``new`` counts its alerts, null where it cannot be asked now (``problem``).

    ``title`` is whom or what it is about, by what may be shown today. Not ``whole``: only the first
    hits or latest events are watched. ``look`` is the number to mark as seen, 0 in a list.
    """

    id: str
    asked: Saved
    title: str
    made_at: datetime
    kept_until: datetime
    seen_at: datetime
    new: int | None
    whole: bool
    look: int
    alerts: tuple[AlertOut, ...]
    problem: str


class SavedListOut(Struct):
    """A page of your saved searches, the newest first, and how many there are in all."""

    searches: tuple[SavedOut, ...]
    total: int


@post("/searches", summary="Save a search", responses=_PROBLEMS, operation_class=ForAPurpose,
      operation_id="SaveSearch")  # fmt: skip
async def save(data: JSONBody[SavedIn], reads: ReadsDep, searches: SearchesDep) -> SavedOut:
    """What it answers now counts as seen; the same question again is kept once."""
    return saved_out(await searches.save(reads, _asked(data)))


@get("/searches", summary="Your saved searches", responses=_PROBLEMS, operation_class=ForAPurpose)
async def searches_of(
    reads: ReadsDep,
    searches: SearchesDep,
    page: Annotated[int, QueryParameter(ge=0, lt=KEPT_MAX // PER_PAGE)] = 0,
) -> SavedListOut:
    """Twenty at a time, each with what is new since it was marked as seen."""
    found, total = await searches.all(reads, page)
    return SavedListOut(tuple(map(saved_out, found)), total)


@get("/searches/{search:str}", summary="What is new", responses=_PROBLEMS,
     operation_class=ForAPurpose)  # fmt: skip
async def look(search: Id, reads: ReadsDep, searches: SearchesDep) -> SavedOut:
    """Since you marked it as seen, by what may be shown to you now."""
    return saved_out(await searches.view(reads, search))


@post("/searches/{search:str}/seen", status_code=204, summary="Mark as seen", responses=_PROBLEMS)
async def mark(search: Id, data: JSONBody[SeenIn], reads: ReadsDep, searches: SearchesDep) -> None:
    """What came after that look stays new."""
    await searches.mark(reads, search, data.look)


@delete("/searches/{search:str}", summary="Remove a saved search", responses=_PROBLEMS)
async def remove(search: Id, reads: ReadsDep, searches: SearchesDep) -> None:
    """Nothing of it is kept."""
    await searches.remove(reads, search)


ROUTES: Final = (save, searches_of, look, mark, remove)


def _asked(data: SavedIn) -> Saved:
    """Return the question; raises MalformedRefusal for members that its kind does not have."""
    filters = (data.cities, data.types, data.severities, data.states, data.date_from, data.date_to)
    right = {
        "search": bool(data.text.strip()) and not (data.subject or data.territory or data.matter),
        "subject": bool(data.subject) and not (data.text or any(filters)),
        "standard": bool(data.text) and not (data.subject or data.territory or any(filters)),
    }
    if not right[data.kind] or (data.matter and not data.territory):
        raise MalformedRefusal(
            "查询须有文字，主体须有编号，标准须有编号；地区和事项仅用于主体，筛选仅用于查询。",
            "A search has a text, a subject an id, a standard a number; a territory and matter "
            "belong to a subject, filters to a search.",
            code="no-such-question",
        )
    return Saved(
        *(data.kind, data.text, data.subject, data.cities, data.types, data.severities),
        *(data.states, data.date_from, data.date_to, data.territory, data.matter, data.name),
    )


def saved_out(view: SavedView) -> SavedOut:
    """A saved search as it stands."""
    told = view.told
    return SavedOut(
        view.id,
        view.asked,
        told.title if told else "",
        *(view.made_at, view.kept_until, view.seen_at),
        len(told.alerts) if told else None,
        told.whole if told else True,
        view.look,
        tuple(map(_alert_out, told.alerts)) if told else (),
        view.refusal.detail_code if view.refusal else "",
    )


def _alert_out(one: Alert) -> AlertOut:
    return AlertOut(
        *(one.kind, one.name, one.code, one.subject, one.type, one.origin),
        one.idx if one.origin else UNSET,
        *(one.member, one.on, one.said),
    )
