"""All feeds for those who look after them: who is behind, who has not confirmed, who is cut off."""

from datetime import datetime
from typing import Final

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from registry.access.for_feeds import as_staff
from registry.domain.feeds import Terms
from registry.exchange.feeds import Feeds, FeedState
from registry.pages.frame import Frame, ReadsDep
from registry.pages.words import day, joined, moment, word

STANDINGS: Final = {
    "good": "feeds.good",
    "cut-off": "feeds.cut-off",
    "suspended": "feeds.suspended",
    "expired": "feeds.expired",
    "ended": "feeds.ended",
}
RANGES: Final = {"public": "feeds.range-public", "government": "feeds.range-government"}
"""The texts for how a consumer stands, and for the ranges."""


@get("/feeds", include_in_schema=False)
async def feeds_page(
    frame: NamedDependency[SkipValidation[Frame]],
    reads: ReadsDep,
    feeds: NamedDependency[SkipValidation[Feeds]],
) -> Response[str]:
    """Every consumer, those that somebody has to look after first."""
    await as_staff(reads)
    states = await feeds.states()
    lines = [_line(frame, state) for state in sorted(states, key=_urgency)]
    return frame.page(
        "feeds.html",
        consumers=lines,
        good=sum(state.standing == "good" for state in states),
        newest=str(await feeds.newest()),
    )


def _urgency(state: FeedState) -> tuple[bool, bool, bool, str]:
    """Return what orders consumers: cut off, then dead letters, then unconfirmed stops."""
    return (
        state.standing != "cut-off",
        not state.dead,
        not state.counts.unconfirmed,
        state.consumer.code,
    )


def _line(frame: Frame, state: FeedState) -> dict[str, object]:
    terms, counts, hook = state.consumer.terms, state.counts, state.hook
    failing = hook is not None and bool(hook.failure)
    return {
        "code": state.consumer.code,
        "name": terms.name,
        "standing": frame.t(STANDINGS[state.standing]),
        "bad": state.standing != "good" or bool(state.dead) or failing,
        "purpose": terms.purpose,
        "onward": terms.onward,
        "contact": terms.contact,
        "scope": _scope(frame, terms),
        "until": day(frame.lang, terms.valid_until),
        "days": terms.days,
        "lag": frame.t("feeds.never") if state.lag is None else state.lag,
        "read": _when(frame, state.read),
        "held": counts.held,
        "unconfirmed": counts.unconfirmed,
        "late": counts.late,
        "due": day(frame.lang, counts.oldest_due) if counts.oldest_due else "",
        "address": terms.address,
        "failure": hook.failure if hook else "",
        "failures": hook.failures if hook else 0,
        "dead": state.dead,
    }


def _when(frame: Frame, read: tuple[str, datetime] | None) -> str:
    return "" if read is None else moment(frame.lang, read[1])


def _scope(frame: Frame, terms: Terms) -> str:
    """Cities, types and ranges in words."""
    every = frame.t("feeds.all")
    cities = joined(frame.lang, [frame.site.name_of(code) for code in terms.cities]) or every
    kinds = joined(frame.lang, [word(frame.lang, "type", code) for code in terms.types]) or every
    ranges = joined(frame.lang, [frame.t(RANGES[code]) for code in terms.ranges])
    return frame.t("feeds.scope-line", cities=cities, kinds=kinds, ranges=ranges)
