"""The region on one page: what stands on the pages of its parts, each block with its link.

Everybody may open it; what somebody may not see (the desks of measures) is not on his.
"""

from datetime import date
from typing import Final

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from registry.access.reads import Reads
from registry.domain.disclosure import Role
from registry.exchange.lies import ALARMS
from registry.ledger.read import LogReader
from registry.pages.cover import cover_lines
from registry.pages.frame import Frame, ReadsDep
from registry.pages.quorum import quorum_words
from registry.pages.words import day, moment
from registry.quality.views import Quality
from registry.quality_pages.words import level_name, next_level
from registry.query.alarms import Alarms
from registry.query.standards import LISTED
from registry.query.views import RulebookView
from registry.rules.model import in_force
from signing.charter import Charter

RECOGNISED_MAX: Final = 200
"""Standards whose recognitions are looked at, so many at a time as a watch list holds."""
ALARMS_SHOWN: Final = 20
_DESKS: Final = frozenset({Role.REGION, Role.AUDITOR})
_LOOK_AGAIN: Final = frozenset({"to_review", "suspended"})


@get("/region", include_in_schema=False)
async def region(
    frame: NamedDependency[SkipValidation[Frame]],
    reads: ReadsDep,
    charter: NamedDependency[SkipValidation[Charter]],
    ledger: NamedDependency[SkipValidation[LogReader]],
    quality: NamedDependency[SkipValidation[Quality]],
    alarms: NamedDependency[SkipValidation[Alarms]],
) -> Response[str]:
    """Members, witnesses, adoptions, agenda, measures, coverage, quality and alarms."""
    book = await reads.rulebook()
    return frame.page(
        "region.html",
        **_charter(frame, charter),
        members=await _members(frame, reads, (charter, ledger, quality), book),
        book=_book(frame, book),
        **await _agenda(frame, reads, quality),
        **await _desks(frame, reads),
        **await _alarms(frame, alarms),
        cover=cover_lines(frame, await reads.coverage()),
    )


def _charter(frame: Frame, charter: Charter) -> dict[str, object]:
    standing = charter.standing(frame.at.date())
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


async def _members(
    frame: Frame,
    reads: Reads,
    parts: tuple[Charter, LogReader, Quality],
    book: RulebookView | None,
) -> list[dict[str, object]]:
    """Say of each member its node, who has seen its log, its rules, and its data's quality."""
    charter, ledger, quality = parts
    homes = {party.code: party.home for party in charter.parties}
    judged = {one.member: one for one in (await quality.region()).members}
    found: list[dict[str, object]] = []
    for log in await reads.logs():
        quorum = await ledger.quorum(log.origin)
        seen = quorum_words(frame, quorum)
        own = judged.get(log.member)
        found.append(
            {
                "name": log.member_name,
                "log": frame.url(f"/log/{log.origin}"),
                "home": homes.get(log.member, ""),
                "updated": frame.t("region.empty")
                if log.updated_at is None
                else moment(frame.lang, log.updated_at),
                "awaiting": seen["awaiting"],
                "seen": seen["seen"],
                "adopted": _adopted(book, log.member, reads.today()),
                "level": "" if own is None else level_name(frame, own.level),
                "short": "" if own is None else next_level(frame, own.levels),
                "link": "" if own is None else frame.url(f"/quality/{log.member}"),
            }
        )
    return found


def _adopted(book: RulebookView | None, member: str, on: date) -> int:
    """Count the rules that a member's adoptions put in force on a day."""
    if book is None:
        return 0
    rules = book.adoptions.of_member(member)
    return sum(in_force(some, on) is not None for some in rules.values())


def _book(frame: Frame, book: RulebookView | None) -> str:
    if book is None:
        return frame.t("region.no-book")
    rules = sum(rule.latest for rule in book.book.rules)
    return frame.t("region.book", edition=book.edition, rules=rules)


async def _agenda(frame: Frame, reads: Reads, quality: Quality) -> dict[str, object]:
    """Gather recognitions that were overtaken, are due for review, or stand suspended."""
    numbers = await quality.recognised(RECOGNISED_MAX + 1)
    looked, found = numbers[:RECOGNISED_MAX], []
    for start in range(0, len(looked), LISTED):
        view = await reads.standards.watch(looked[start : start + LISTED], reads.today())
        found += [
            {
                "number": course.number,
                "link": frame.url(f"/record/{course.origin}/{course.idx}"),
                "place": course.territory_name,
                "instrument": course.instrument,
                "state": frame.t(f"life.{course.state}"),
            }
            for one in view.watched
            for course in one.courses
            if course.kind == "recognition" and course.state in _LOOK_AGAIN
        ]
    return {"agenda": found, "looked": len(looked) if len(numbers) > len(looked) else 0}


async def _desks(frame: Frame, reads: Reads) -> dict[str, object]:
    if frame.asker.grant.role not in _DESKS:
        return {"desks": None}
    board = await reads.board()
    sums = {
        name: sum(getattr(one, name) for one in board.members)
        for name in ("open", "overdue", "answered")
    }
    return {"desks": {"said": frame.t("region.pushes", **sums), "members": board.members}}


async def _alarms(frame: Frame, alarms: Alarms) -> dict[str, object]:
    counts = sorted((await alarms.open()).items())
    return {
        "alarms": [
            {
                "log": frame.site.name_of(frame.site.origins.get(origin, origin)),
                "title": ALARMS.get(kind, (kind, kind))[frame.lang == "en"],
                "link": frame.url("/alarms", origin=origin, kind=kind, unnoted="true"),
                "count": frame.t("region.alarms-count", count=number),
            }
            for (origin, kind), number in counts[:ALARMS_SHOWN]
        ],
        "open": sum(number for _, number in counts),
    }
