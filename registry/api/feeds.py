"""Feeds over HTTP: snapshot, changes, stream, stops to confirm; for approved consumers alone."""

from dataclasses import replace
from typing import Annotated, Final

import msgspec
from litestar import MediaType, Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody, QueryParameter, SkipValidation
from litestar.response import Stream

from registry.access.for_feeds import as_consumer, as_staff
from registry.access.log import ANSWERED
from registry.access.reads import Reads
from registry.api.feed_schemas import (
    FeedConfirm,
    FeedConfirmedOut,
    FeedOut,
    FeedPageOut,
    FeedsOut,
    FeedStopOut,
    FeedStopsOut,
)
from registry.api.gate import ReadsDep
from registry.api.schemas import ProblemOut
from registry.domain.feeds import Consumer, parse_cursor
from registry.errors import Refusal
from registry.exchange.feed_hooks import encode_page
from registry.exchange.feed_pages import LIMIT_MAX
from registry.exchange.feed_sight import stop_line
from registry.exchange.feeds import Feeds, FeedState

FeedsDep = NamedDependency[SkipValidation[Feeds]]
_LINES: Final = "application/x-ndjson"
_EVENTS: Final = "text/event-stream"
_UNBUFFERED: Final = {"X-Accel-Buffering": "no"}
_PROBLEMS: Final = {
    status: ResponseSpec(ProblemOut, description=text, media_type="application/problem+json")
    for status, text in (
        (400, "no cursor, one that is ahead of this node, or a stop that was never sent"),
        (401, "no credential, or one that is not good"),
        (403, "not approved, suspended, expired, ended, or cut off until `stops` are confirmed"),
        (429, "too many requests, snapshots or streams; `Retry-After` says when to go on"),
        (503, "not now"),
    )
}
_PAGE: Final = ResponseSpec(FeedPageOut, description="A page", generate_examples=False)
After = Annotated[
    str,
    QueryParameter(
        max_length=50, description="The cursor that a snapshot, a page or a stream gave last"
    ),
]


@get("/feeds", summary="Your feed: terms, cursor, what waits", responses=_PROBLEMS)
async def feed(reads: ReadsDep, feeds: FeedsDep) -> FeedOut:
    """Also while it is suspended or cut off."""
    return feed_out(await feeds.state(await _consumer(reads, feeds, "feed", open_=False)))


@get(
    "/feeds/snapshot",
    summary="Everything that you may have now",
    responses=_PROBLEMS,
    media_type=_LINES,
)
async def snapshot(reads: ReadsDep, feeds: FeedsDep) -> Stream:
    """One JSON object a line: ``head`` with cursor and coverage, ``record`` lines, ``end``.

    A snapshot without its last line is not whole: ``end`` has the count and the cursor.
    """
    lines = await feeds.snapshot(await _consumer(reads, feeds, "feed-snapshot"))
    return Stream(lines, media_type=_LINES)


@get(
    "/feeds/deltas",
    summary="What has changed after a cursor",
    responses={
        200: ResponseSpec(FeedPageOut, description="A page", generate_examples=False),
        **_PROBLEMS,
    },
)
async def deltas(
    reads: ReadsDep,
    feeds: FeedsDep,
    after: After,
    limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)] = 500,
) -> Response[bytes]:
    """Each as it is when asked, not as it was: a record that may be had, or a stop."""
    start = parse_cursor(after)
    consumer = await _consumer(reads, feeds, "feed-deltas", str(start))
    body = encode_page(await feeds.page(consumer, start, limit))
    return Response(body, media_type=MediaType.JSON)


@get(
    "/feeds/stream",
    summary="What changes, as it does",
    responses=_PROBLEMS,
    media_type=_EVENTS,
)
async def stream(
    request: Request[None, None, State], reads: ReadsDep, feeds: FeedsDep, after: After = ""
) -> Stream:
    """Server-sent events ``record``, ``stop``, ``cursor`` (with ``id``) and ``closed``.

    It begins after ``Last-Event-ID``, else after the cursor named, else now.
    """
    stated = request.headers.get("Last-Event-ID", "") or after
    start = parse_cursor(stated) if stated else await feeds.newest()
    consumer = await _consumer(reads, feeds, "feed-stream", str(start))
    events = await feeds.stream(consumer, start, reads.asker.who)
    return Stream(events, media_type=_EVENTS, headers=_UNBUFFERED)


@get("/feeds/stops", summary="Stops that wait for confirmation", responses=_PROBLEMS)
async def stops(
    reads: ReadsDep,
    feeds: FeedsDep,
    after: Annotated[int, QueryParameter(ge=0, le=2**53 - 1)] = 0,
) -> FeedStopsOut:
    """The first thousand after a number; also while the feed is suspended or cut off."""
    consumer = await _consumer(reads, feeds, "feed-stops", open_=False)
    counts = (await feeds.state(consumer)).counts
    lines = map(stop_line, await feeds.unconfirmed(consumer, after))
    out = tuple(msgspec.convert(one, FeedStopOut, from_attributes=True) for one in lines)
    return FeedStopsOut(out, counts.unconfirmed, counts.late)


@post("/feeds/stops", status_code=200, summary="Confirm stops", responses=_PROBLEMS)
async def confirm(
    data: JSONBody[FeedConfirm], reads: ReadsDep, feeds: FeedsDep
) -> FeedConfirmedOut:
    """All or none; confirming again changes nothing. A feed that was cut off opens by it."""
    consumer = await _consumer(reads, feeds, "feed-confirm", open_=False)
    left = await feeds.confirm(consumer, data.stops, reads.asker.who)
    return FeedConfirmedOut(len(set(data.stops)), left)


@get("/feeds/consumers", summary="All feeds", responses=_PROBLEMS)
async def consumers(reads: ReadsDep, feeds: FeedsDep) -> FeedsOut:
    """For the region office, the auditor and the operator: who is behind, late or cut off."""
    await as_staff(reads)
    return FeedsOut(tuple(map(feed_out, await feeds.states())))


ROUTES: Final = (feed, snapshot, deltas, stream, stops, confirm, consumers)


async def _consumer(
    reads: Reads, feeds: Feeds, kind: str, place: str = "", *, open_: bool = True
) -> Consumer:
    """Return the consumer that asks, and write down what it reads, for its approved purpose.

    ``open_``: only while its feed is.
    """
    asker = await as_consumer(reads, kind)
    try:
        code = asker.grant.party
        consumer = await (feeds.approved(code) if open_ else feeds.known(code))
    except Refusal as refusal:
        await reads.write(kind, refusal.detail_code, place=place)
        raise
    reads.asker = replace(asker, purpose=consumer.terms.purpose)
    await reads.write(kind, ANSWERED, place=place)
    return consumer


def feed_out(state: FeedState) -> FeedOut:
    """A consumer, and how it stands."""
    terms, counts, hook = state.consumer.terms, state.counts, state.hook
    read, read_at = state.read or ("", None)
    return FeedOut(
        consumer=state.consumer.code,
        name=terms.name,
        standing=state.standing,
        purpose=terms.purpose,
        onward=terms.onward,
        cities=terms.cities,
        types=terms.types,
        ranges=terms.ranges,
        valid_until=terms.valid_until,
        days=terms.days,
        newest=str(state.newest),
        read=read,
        read_at=read_at,
        lag=state.lag,
        held=counts.held,
        stops=counts.stops,
        unconfirmed=counts.unconfirmed,
        late=counts.late,
        oldest_due=counts.oldest_due,
        address=terms.address,
        hook_failure=hook.failure if hook else "",
        hook_failures=hook.failures if hook else 0,
        dead=state.dead,
    )
