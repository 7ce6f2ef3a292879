"""Entry into an activity: the question as a form, the answer with its items, what stands beside."""

from collections.abc import Container
from typing import Final

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import SkipValidation
from msgspec import UNSET

from registry.pages.frame import Frame, ReadsDep
from registry.pages.query_params import day_of, one
from registry.pages.words import day
from registry.query.entry import EntryAnswer
from registry.standards.access import told
from registry.standards.access_model import LISTS, Demand, EntryAsk, Match
from registry.standards.model import Ref

_LONGEST: Final = {"activity": 16, "permit": 100}
_HOW: Final = {"exact": "entry.exact", "broader": "entry.broader", "narrower": "entry.narrower"}
_CATEGORY: Final = {"prohibited": "entry.prohibited", "permit_required": "entry.permit-required"}
_READ: Final = {
    "full_text": "read.full_text",
    "secondary": "read.secondary",
    "unconfirmed": "basis.unconfirmed",
}


@get("/entry", include_in_schema=False)
async def entry(frame: NamedDependency[SkipValidation[Frame]], reads: ReadsDep) -> Response[str]:
    """The form; with an activity and a territory, the answer."""
    activity, permit = (one(frame, name).strip()[:most] for name, most in _LONGEST.items())
    places = frame.site.members
    territory = one(frame, "territory") or places[0][0]
    on = day_of(one(frame, "on")) or reads.today()
    known = next((name for code, name in places if code == territory), "")
    answer = None
    if activity and known:
        answer = await reads.entry(EntryAsk(activity, territory, on, permit))
    return frame.page(
        "entry.html",
        asked={"activity": activity, "territory": territory, "on": on, "permit": permit},
        places=places,
        place=known,
        answer=None if answer is None else _answer(frame, answer),
    )


def _answer(frame: Frame, answer: EntryAnswer) -> dict[str, object]:
    found, zh = answer.entry, frame.lang == "zh"
    shown = {ref for match in (*found.items, *found.removed) for ref in match.refs}
    return {
        "verdict": found.verdict,
        "sentence": found.zh if zh else found.en,
        "items": [_item(frame, match) for match in found.items],
        "removed": [_item(frame, match) for match in found.removed],
        "editions": [
            frame.t(
                "entry.edition",
                list=LISTS[name].zh if zh else LISTS[name].en,
                edition=edition,
                on=day(frame.lang, since),
            )
            for name, edition, since in found.editions
        ],
        "demand": None if found.demand is None else _demand(frame, found.demand, shown),
        "notes": [note[not zh] for note in told(found.notes)],
        "general": [
            {
                "text": rule.zh if zh else rule.en,
                "basis": rule.basis,
                "read": frame.t(_READ[rule.read]),
            }
            for rule in found.general
        ],
        "whole": answer.whole,
    }


def _demand(frame: Frame, demand: Demand, shown: Container[Ref]) -> dict[str, object]:
    """What is said of a permit, with the items that do not stand on the page already."""
    more = [match for match in demand.items if match.refs[0] not in shown]
    return {
        "removed": demand.listed == "removed",
        "sentence": demand.zh if frame.lang == "zh" else demand.en,
        "items": [_item(frame, match) for match in more],
    }


def _item(frame: Frame, match: Match) -> dict[str, object]:
    """An item in words, with links to the records that state it."""
    item, lang = match.item, frame.lang
    until = "" if item.in_force_until is UNSET else day(lang, item.in_force_until)
    return {
        "number": item.item_no,
        "item": item.item,
        "measures": item.measures,
        "organ": item.organ,
        "category": item.category,
        "category_name": frame.t(_CATEGORY[item.category]),
        "list": LISTS[match.list].zh if lang == "zh" else LISTS[match.list].en,
        "edition": item.edition,
        "permit": "" if item.permit_category is UNSET else item.permit_category,
        "how": frame.t(_HOW[match.how], by=match.by) if match.by else "",
        "since": day(lang, item.in_force_from),
        "until": until,
        "links": [frame.url(f"/record/{ref.origin}/{ref.idx}") for ref in match.refs],
    }
