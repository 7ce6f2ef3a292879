"""The region on one page, in three levels of the same figures: decide, coordinate, carry out.

Everybody may open it; what somebody may not see (desks, inboxes, cases, feeds) is not on his. The
figures are counted once (`registry.quality_pages.region_figures`): a level chooses what it shows.
"""

from typing import Final

from litestar import Response, get
from litestar.di import NamedDependency, Provide
from litestar.params import SkipValidation

from registry.clock import SHANGHAI
from registry.exchange.feeds import Feeds
from registry.ledger.read import LogReader
from registry.pages.cover import cover_lines
from registry.pages.frame import Frame, ReadsDep
from registry.pages.owners import Owners
from registry.pages.query_params import one
from registry.pages.words import day
from registry.quality.views import Quality
from registry.quality_pages.region_figures import Sources, Whole, whole_of
from registry.quality_pages.region_words import (
    agenda_lines,
    alarm_lines,
    book_line,
    case_lines,
    member_lines,
    message_lines,
    push_lines,
    stop_lines,
    to_decide,
)
from registry.query.alarms import Alarms
from signing.charter import Charter

LEVELS: Final = {
    "decide": "region.decide",
    "coordinate": "region.coordinate",
    "carry-out": "region.carry-out",
}
"""决策、协调、执行; the first is shown to who names none."""


def sources_of(
    charter: NamedDependency[SkipValidation[Charter]],
    ledger: NamedDependency[SkipValidation[LogReader]],
    quality: NamedDependency[SkipValidation[Quality]],
    alarms: NamedDependency[SkipValidation[Alarms]],
    feeds: NamedDependency[SkipValidation[Feeds]],
) -> Sources:
    """What the figures are read from."""
    return Sources(charter, ledger, quality, alarms, feeds)


@get(
    "/region",
    include_in_schema=False,
    dependencies={"sources": Provide(sources_of, sync_to_thread=False)},
)
async def region(
    frame: NamedDependency[SkipValidation[Frame]],
    reads: ReadsDep,
    sources: NamedDependency[SkipValidation[Sources]],
) -> Response[str]:
    """One level of the region's figures, with the way to the others."""
    asked = one(frame, "level")
    level = asked if asked in LEVELS else next(iter(LEVELS))
    whole = await whole_of(reads, sources)
    owners = Owners.under(frame, whole.book, reads.today())
    return frame.page(
        "region.html",
        level=level,
        levels=[
            (frame.t(key), frame.here(level=code), code == level) for code, key in LEVELS.items()
        ],
        **_charter(frame, sources.charter),
        **_figures(frame, whole),
        members=member_lines(frame, whole, owners),
        decisions=to_decide(frame, whole, sources.charter),
        agenda=agenda_lines(frame, whole),
        looked=whole.looked_at,
        alarms=alarm_lines(frame, whole),
        pushes=push_lines(frame, whole, owners),
        messages=message_lines(frame, whole, owners),
        cases=case_lines(frame, whole, owners),
        stops=stop_lines(frame, whole),
        cover=cover_lines(frame, await reads.coverage()),
    )


def _charter(frame: Frame, charter: Charter) -> dict[str, object]:
    standing = charter.standing(frame.at.astimezone(SHANGHAI).date())
    return {
        "charter": frame.t(
            "region.version",
            version=charter.version,
            until=day(frame.lang, standing.expires_on),
            nodes=len(charter.nodes),
            quorum=charter.quorum,
        ),
        "warning": standing.zh if frame.lang == "zh" else standing.en,
    }


def _figures(frame: Frame, whole: Whole) -> dict[str, object]:
    """Return the figures of the region that stand at the top of every level."""
    desks = [one.desk for one in whole.members if one.desk is not None]
    sums = {key: sum(getattr(one, key) for one in desks) for key in ("open", "overdue", "answered")}
    late = whole.late
    return {
        "book": book_line(frame, whole.book),
        "office": late is not None,
        "desks": frame.t("region.pushes", **sums) if desks else "",
        "totals": [
            (frame.t(key), number, bad)
            for key, number, bad in (
                ("region.late", late, True),
                ("region.reviews", len(whole.agenda), True),
                ("region.alarms", whole.open_alarms, True),
            )
            if number is not None
        ],
        "whole": whole.whole,
    }
