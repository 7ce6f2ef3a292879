"""What somebody watches: saved searches with what is new, each looked at and marked as seen."""

from typing import Final

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, SkipValidation, URLEncodedBody
from litestar.response import Redirect
from msgspec import Struct

from registry.access.sessions import check_form
from registry.errors import MalformedRefusal
from registry.pages.desk_page import FrameDep
from registry.pages.frame import Frame, ReadsDep
from registry.pages.query_params import ask_of, day_of, number_of, one
from registry.pages.standard_fields import happened
from registry.pages.voucher_pages import spoken, told_in
from registry.pages.words import day, joined, moment, word
from registry.saved.desk import KEPT_DAYS, KEPT_MAX, PER_PAGE, SavedSearches
from registry.saved.model import Alert, Saved, SavedView

SearchesDep = NamedDependency[SkipValidation[SavedSearches]]
NUMBER_MAX: Final = 120
_DIGITS: Final = 18


class Sent(Struct):
    """A form about saved searches; what a saved one asks stands in the address."""

    number: str = ""
    look: str = ""
    csrf: str = ""
    lang: str = ""


@get("/saved", include_in_schema=False)
async def saved_page(frame: FrameDep, reads: ReadsDep, searches: SearchesDep) -> Response[str]:
    """Twenty at a time, with how much is new of each."""
    page = min(number_of(frame, "page"), KEPT_MAX // PER_PAGE - 1)
    found, total = await searches.all(reads, page)
    more = (page + 1) * PER_PAGE < total
    return frame.page(
        "saved.html",
        searches=[_about(frame, view) for view in found],
        limits={"most": KEPT_MAX, "days": KEPT_DAYS, "number": NUMBER_MAX},
        previous=frame.here(page=page - 1) if page else "",
        following=frame.here(page=page + 1) if more else "",
    )


@post("/saved", include_in_schema=False)
async def save(
    data: URLEncodedBody[Sent], frame: FrameDep, reads: ReadsDep, searches: SearchesDep
) -> Redirect:
    """Keep the question of the address, or the number of a standard that was typed."""
    check_form(frame.asker, data.csrf)
    saved = await searches.save(reads, _asked(frame, data.number))
    return Redirect(spoken(frame, data.lang).url(f"/saved/{saved.id}"), status_code=303)


@get("/saved/{search:str}", include_in_schema=False)
async def look(
    search: FromPath[str], frame: FrameDep, reads: ReadsDep, searches: SearchesDep
) -> Response[str]:
    """What is new since it was marked as seen."""
    view = await searches.view(reads, search)
    return frame.page("saved_look.html", **_about(frame, view))


@post("/saved/{search:str}/{act:str}", include_in_schema=False)
async def act_on(
    *,
    search: FromPath[str],
    act: FromPath[str],
    data: URLEncodedBody[Sent],
    frame: FrameDep,
    reads: ReadsDep,
    searches: SearchesDep,
) -> Redirect:
    """Mark a look as seen, or remove the search."""
    check_form(frame.asker, data.csrf)
    if act == "seen":
        plain = data.look.isascii() and data.look.isdigit() and len(data.look) <= _DIGITS
        await searches.mark(reads, search, int(data.look) if plain else 0)
    elif act == "remove":
        await searches.remove(reads, search)
    else:
        raise MalformedRefusal("没有这个操作。", "There is no such action.", code="bad-action")
    return Redirect(spoken(frame, data.lang).url("/saved"), status_code=303)


ROUTES: Final = (saved_page, save, look, act_on)


def _asked(frame: Frame, typed: str) -> Saved:
    if number := typed or one(frame, "number"):
        return Saved("standard", number[:NUMBER_MAX])
    if subject := one(frame, "subject"):
        place, matter = one(frame, "territory"), one(frame, "matter")
        return Saved("subject", subject=subject, territory=place, matter=matter if place else "")
    ask = ask_of(frame)
    return Saved(
        *("search", ask.text, "", ask.cities, ask.types, ask.severities, ask.states),
        *(day_of(ask.date_from), day_of(ask.date_to)),
    )


def _about(frame: Frame, view: SavedView) -> dict[str, object]:
    """A saved search in words, and what is new of it."""
    told, lang = view.told, frame.lang
    alerts = told.alerts if told else ()
    new = "saved.new" if alerts else "saved.nothing"
    kept = {"at": moment(lang, view.seen_at), "until": moment(lang, view.kept_until)}
    return {
        "id": view.id,
        "title": told.title if told else view.asked.text or frame.t("saved.kind-subject"),
        "kind": frame.t(f"saved.kind-{view.asked.kind}"),
        "narrowed": joined(lang, _narrowed(frame, view.asked)),
        "new": frame.t(new, count=len(alerts)) if told else "",
        "any": bool(alerts),
        "wrong": told_in(frame, view.refusal) if view.refusal else "",
        "whole": told is None or told.whole,
        "look": view.look,
        "link": frame.url(f"/saved/{view.id}"),
        "open": _open(frame, view.asked),
        "kept": frame.t("saved.kept", **kept),
        "alerts": [_alert(frame, view.asked, alert) for alert in alerts],
    }


def _narrowed(frame: Frame, asked: Saved) -> list[str]:
    lang = frame.lang
    days = (asked.since, asked.until)
    return [
        *map(frame.site.name_of, (*asked.cities, *filter(None, [asked.territory]))),
        *(word(lang, "type", one) for one in asked.types),
        *(word(lang, "severity", one) for one in asked.severities),
        *(word(lang, "flag", one) for one in asked.states),
        *([word(lang, "matter", asked.matter)] if asked.matter else []),
        *([" – ".join(day(lang, one) if one else "" for one in days)] if any(days) else []),
    ]


def _open(frame: Frame, asked: Saved) -> str:
    """Return where the question itself is asked."""
    if asked.kind == "subject":
        about = {"territory": asked.territory, "matter": asked.matter}
        return frame.url(f"/subject/{asked.subject}", **about)
    if asked.kind == "standard":
        return frame.url("/standard", number=asked.text)
    filters = {"city": asked.cities, "type": asked.types, "severity": asked.severities}
    days = {"date_from": asked.since, "date_to": asked.until}
    return frame.url("/search", q=asked.text, **filters, state=asked.states, **days)


def _alert(frame: Frame, asked: Saved, alert: Alert) -> dict[str, str]:
    """One alert in words, and where it leads."""
    kind = happened(frame, alert.type) if alert.kind == "event" else ""
    said = frame.t(
        f"saved.alert-{alert.kind}",
        type=word(frame.lang, "type", alert.type) if alert.kind == "record" else kind,
        member=frame.site.name_of(alert.member),
        on=day(frame.lang, alert.on) if alert.on else "",
    )
    to = _open(frame, asked)
    if alert.origin:
        to = frame.url(f"/record/{alert.origin}/{alert.idx}")
    elif alert.kind in {"hit", "records"}:
        to = frame.url(f"/subject/{alert.subject}")
    return {"said": said, "name": alert.name, "code": alert.code, "what": alert.said, "link": to}
