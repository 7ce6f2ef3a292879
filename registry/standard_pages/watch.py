"""Standards that somebody watches: the list is in the address, so it needs no account.

Whoever has the address has the list: as a page, and as a feed (Atom, RFC 4287) that tells of new
editions, replacements, and what becomes of recognitions.
"""

from typing import Final

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from registry.errors import MalformedRefusal
from registry.pages.cover import cover_lines
from registry.pages.frame import Frame, ReadsDep
from registry.pages.query_params import every, several
from registry.pages.standard_fields import happened
from registry.pages.words import day, joined, moment
from registry.query.standards import LISTED
from registry.query.standards_views import EventView, WatchedView
from registry.standard_pages.atom import Entry, Feed, answered
from registry.standard_pages.lives import course_link, name_of, state_name
from registry.standard_pages.standard import NUMBER_MAX
from registry.standards.asked import number_of
from registry.standards.numbers import identity_of

FrameDep = NamedDependency[SkipValidation[Frame]]
TEXT_MAX: Final = 4_000
"""Characters typed into the form that are read: many more than a list holds."""
ADDRESS_MAX: Final = 1_000
"""Characters of all numbers together, so that links to the list hold all of it."""


@get("/watch", include_in_schema=False)
async def watch(frame: FrameDep, reads: ReadsDep) -> Response[str]:
    """The form; with numbers, how they stand and what has happened to them."""
    identities, wrong = _listed(frame)
    view = None
    if identities:
        view = await reads.standards.watch(identities, reads.today())
    return frame.page(
        "watch.html",
        numbers="\n".join(identities),
        most=LISTED,
        wrong=wrong,
        feed=_address(frame, "/watch.atom", identities) if identities else "",
        watched=[] if view is None else [_watched(frame, one, identities) for one in view.watched],
        events=[] if view is None else [_event(frame, one) for one in view.events],
        whole=view is None or view.whole,
        cover=cover_lines(frame, view.coverage if view else await reads.coverage()),
    )


def _listed(frame: Frame) -> tuple[list[str], list[tuple[str, str]]]:
    """Return the standards of the address in normal form, and what cannot be one with the reason.

    Raises:
        MalformedRefusal: there are more than a list holds (``too-many-numbers``).
    """
    asked = [*every(frame, "number"), *several("\n".join(every(frame, "numbers"))[:TEXT_MAX])]
    found: dict[str, None] = {}
    wrong: dict[str, str] = {}
    for text in asked[: LISTED + 1]:
        try:
            found[identity_of(number_of(text[:NUMBER_MAX]))] = None
        except MalformedRefusal as refusal:
            wrong[text[:NUMBER_MAX]] = refusal.zh if frame.lang == "zh" else refusal.en
    if len(asked) > LISTED or sum(len(one) + 8 for one in found) > ADDRESS_MAX:
        raise MalformedRefusal(
            f"关注清单最多 {LISTED} 项标准、编号合计 {ADDRESS_MAX} 个字符，请分成几份清单。",
            f"A list holds {LISTED} standards and {ADDRESS_MAX} characters: make several.",
            code="too-many-numbers",
        )
    return list(found), list(wrong.items())


def _address(frame: Frame, path: str, identities: list[str]) -> str:
    """Return a link with the whole list, in the language of the page."""
    return frame.url(path, number=tuple(identities))


def _watched(frame: Frame, one: WatchedView, listed: list[str]) -> dict[str, object]:
    lang = frame.lang
    meant = next((edition for edition in one.editions if edition.number == one.meant), None)
    course = next((c for c in one.courses if c.kind == "edition" and c.number == one.meant), None)
    papers = [c for c in one.courses if c.kind != "edition" and c.state is not None]
    others = [edition.number for edition in one.editions if edition.state == "upcoming"]
    return {
        "identity": one.identity,
        "link": frame.url("/standard", number=one.identity),
        "edition": one.meant,
        "title": "" if meant is None else meant.title,
        "state": "" if course is None else state_name(frame, course),
        "void_on": "" if meant is None or meant.void_on is None else day(lang, meant.void_on),
        "upcoming": joined(lang, [number for number in others if number != one.meant]),
        "papers": [
            (name_of(frame, paper), state_name(frame, paper), course_link(frame, paper))
            for paper in papers[:6]
        ],
        "more": len(papers) - len(papers[:6]),
        "without": _address(frame, "/watch", [other for other in listed if other != one.identity]),
    }


def _event(frame: Frame, one: EventView) -> dict[str, str]:
    about = f"/record/{one.origin}/{one.idx}"
    return {
        "at": moment(frame.lang, one.at),
        "stamp": one.at.isoformat(),
        "kind": happened(frame, one.kind),
        "identity": one.identity,
        "about": frame.url("/standard", number=one.identity),
        "said": one.said,
        "member": one.member,
        "link": frame.url(about) if one.origin else frame.url("/standard", number=one.identity),
    }


@get("/watch.atom", include_in_schema=False)
async def watch_feed(
    request: Request[None, None, State], frame: FrameDep, reads: ReadsDep
) -> Response[bytes]:
    """The events of a list, the newest first; nothing is sent again to whoever has them.

    Raises:
        MalformedRefusal: no number, one that cannot be one, or too many.
    """
    identities, wrong = _listed(frame)
    for text, _ in wrong:
        number_of(text)  # a feed has no place to say what is wrong: the refusal does
    view = await reads.standards.watch(identities, reads.today())
    site = frame.site.public_url.rstrip("/")
    feed = Feed(
        frame.t("watch.feed", numbers=joined(frame.lang, identities)),
        site + _address(frame, "/watch.atom", identities),
        site + _address(frame, "/watch", identities),
        frame.site.node,
        tuple(_entry(frame, site, one) for one in view.events),
    )
    return answered(feed, request.headers)


def _entry(frame: Frame, site: str, one: EventView) -> Entry:
    told = _event(frame, one)
    title = frame.t("watch.entry", number=one.identity, kind=told["kind"])
    said = frame.t("watch.said", said=one.said, member=one.member) if one.said else told["kind"]
    host = frame.site.node if one.kind == "ask_again" else ""
    return Entry(host, one.key, one.at, title, said, one.kind, site + told["link"])
