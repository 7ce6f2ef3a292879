"""The figures and items of the region in words, with where each leads."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from registry.clock import SHANGHAI
from registry.exchange.lies import ALARMS
from registry.pages.desk_page import push_line
from registry.pages.fields import headline
from registry.pages.frame import Frame
from registry.pages.owners import Owners, owner_line
from registry.pages.quorum import quorum_words
from registry.pages.words import day, moment, shortened, word
from registry.quality.definitions import FIGURES
from registry.quality.views import MemberQuality
from registry.quality_pages.region_figures import Figures, Whole, member_of
from registry.quality_pages.words import NONE, level_name, name_of, next_level, value_text
from registry.query.views import RulebookView
from signing.charter import Charter

ITEMS_SHOWN: Final = 50
"""Items of one kind that are listed; the figures count all of them."""
TRENDS: Final = ("in_time", "accepted", "volume")
"""Of these the first that is known of two months: they are set side by side."""
SILENT: Final = timedelta(days=31)
"""A log that has stated nothing for longer is named: its member is asked why."""
CREDIT: Final = "社会信用主管部门"
"""The kind of organ that answers for a member towards the region."""
Line = dict[str, object]


def book_line(frame: Frame, book: RulebookView | None) -> str:
    """Say which edition of the rulebook is in force."""
    if book is None:
        return frame.t("region.no-book")
    return frame.t("region.book", edition=book.edition, rules=rules_of(book))


def rules_of(book: RulebookView | None) -> int:
    """Count the rules of a book."""
    return 0 if book is None else sum(rule.latest for rule in book.book.rules)


def member_lines(frame: Frame, whole: Whole, owners: Owners) -> list[Line]:
    """Return each member with its figures; every level shows some of the columns."""
    return [_member(frame, one, whole, owners) for one in whole.members]


def _member(frame: Frame, one: Figures, whole: Whole, owners: Owners) -> Line:
    log, own, late = one.log, one.quality, one.late
    office = owners.offices.for_organ(log.member, "", CREDIT, owners.on)
    return {
        "name": log.member_name,
        "log": frame.url(f"/log/{log.origin}"),
        "home": one.home,
        "updated": frame.t("region.empty")
        if log.updated_at is None
        else moment(frame.lang, log.updated_at),
        **quorum_words(frame, one.quorum),
        "adopted": one.adopted,
        "rules": rules_of(whole.book),
        "level": "" if own is None else level_name(frame, own.level),
        "short": "" if own is None else next_level(frame, own.levels),
        "link": "" if own is None else frame.url(f"/quality/{log.member}"),
        "trend": "" if own is None else trend(frame, own),
        "reviews": one.reviews,
        "alarms": one.alarms,
        "desk": one.desk,
        "late": late,
        "office": "" if office is None else office.name,
        "phone": "" if office is None else office.phone,
    }


def trend(frame: Frame, own: MemberQuality) -> str:
    """Set the last two known months of a figure side by side; '' where there are no two."""
    for key in TRENDS:
        told = [month.values[key] for month in own.months if key in month.values]
        known = [value for value in told if value.value is not None]
        if len(known) > 1:
            name = name_of(frame.lang, FIGURES[key])
            return f"{name} {value_text(known[-2])} → {value_text(known[-1])}"
    return ""


def to_decide(frame: Frame, whole: Whole, charter: Charter) -> list[tuple[str, str]]:
    """Return what waits for a decision of the region, each with where it is looked into."""
    return list(_to_decide(frame, whole, charter))


def _to_decide(frame: Frame, whole: Whole, charter: Charter) -> Iterator[tuple[str, str]]:
    standing = charter.standing(frame.at.astimezone(SHANGHAI).date())
    if standing.zh:
        yield (standing.zh if frame.lang == "zh" else standing.en), frame.url("/charter")
    if whole.agenda:
        said = frame.t("region.decide-reviews", count=len(whole.agenda))
        yield said, f"{frame.here(level='coordinate')}#agenda"
    none = [one.log.member_name for one in whole.members if one.quality and not one.adopted]
    if none and whole.book is not None:
        yield frame.t("region.decide-adopted", members="、".join(none)), frame.url("/rules")
    silent = [one.log.member_name for one in whole.members if _silent(frame, one)]
    if silent:
        said = frame.t("region.decide-silent", members="、".join(silent), days=SILENT.days)
        yield said, f"{frame.here(level='coordinate')}#logs"
    if whole.open_alarms:
        yield frame.t("region.decide-alarms", count=whole.open_alarms), frame.url("/alarms")
    if whole.late:
        said = frame.t("region.decide-late", count=whole.late)
        yield said, f"{frame.here(level='coordinate')}#late"
    if whole.late is not None:
        yield frame.t("lists.title"), frame.url("/rules/list")
        yield frame.t("impact.title"), frame.url("/rules/impact")


def _silent(frame: Frame, one: Figures) -> bool:
    at = one.log.updated_at
    return one.quality is not None and at is not None and frame.at - at > SILENT


def agenda_lines(frame: Frame, whole: Whole) -> list[Line]:
    """Return the recognitions that are to be looked at again."""
    return [
        {
            "number": course.number,
            "link": frame.url(f"/record/{course.origin}/{course.idx}"),
            "place": course.territory_name,
            "instrument": course.instrument,
            "state": frame.t(f"life.{course.state}"),
        }
        for course in whole.agenda[:ITEMS_SHOWN]
    ]


def alarm_lines(frame: Frame, whole: Whole) -> list[Line]:
    """Return the alarms nobody has taken note of, by log and kind."""
    return [
        {
            "log": frame.site.name_of(frame.site.origins.get(origin, origin)),
            "title": ALARMS.get(kind, (kind, kind))[frame.lang == "en"],
            "link": frame.url("/alarms", origin=origin, kind=kind, unnoted="true"),
            "count": frame.t("region.alarms-count", count=number),
        }
        for (origin, kind), number in sorted(whole.alarms.items())[:ITEMS_SHOWN]
    ]


def push_lines(frame: Frame, whole: Whole, owners: Owners) -> list[Line]:
    """Return the overdue pushes, each with who handles it there and how far its cause has come."""
    return [
        push_line(frame, one)
        | owner_line(
            frame,
            one.push.member,
            owners.of_measure(one.push.member, one.push.measure.organ, one.push.measure.matter),
        )
        for one in whole.pushes[:ITEMS_SHOWN]
    ]


def message_lines(frame: Frame, whole: Whole, owners: Owners) -> list[Line]:
    """Return the messages that nobody has answered in time."""
    return [
        {
            "member": frame.site.name_of(code),
            "title": shortened(headline(frame, one.view.record)),
            "link": frame.url(f"/record/{one.view.origin}/{one.view.idx}"),
            "from": one.view.member_name,
            "due": "" if one.due is None else day(frame.lang, one.due),
        }
        | owner_line(frame, code, owners.of(code, one.view.record))
        for code, one in whole.messages[:ITEMS_SHOWN]
    ]


def case_lines(frame: Frame, whole: Whole, owners: Owners) -> list[Line]:
    """Return the cases about standards in which an organ is late."""
    codes = [code for code, _ in frame.site.members]
    found: list[Line] = []
    for one in whole.cases[:ITEMS_SHOWN]:
        place = member_of(one.case.territory, codes)
        due = min((due.last for due in one.standing.dues if due.overdue), default=None)
        found.append(
            {
                "member": frame.site.name_of(place),
                "title": f"{one.case.number} {word(frame.lang, 'about', one.case.about)}",
                "link": frame.url("/standard-cases"),
                "from": one.case.subject.name,
                "due": "" if due is None else day(frame.lang, due),
            }
            | owner_line(frame, place, owners.of_organ(place, one.case.receiver))
        )
    return found


def stop_lines(frame: Frame, whole: Whole) -> list[Line]:
    """Return the consumers of feeds that have not confirmed all stops."""
    return [
        {
            "name": one.consumer.terms.name,
            "standing": frame.t("feeds.cut-off") if one.standing == "cut-off" else "",
            "said": frame.t(
                "feeds.unconfirmed-line",
                count=one.counts.unconfirmed,
                late=one.counts.late,
                due=NONE
                if one.counts.oldest_due is None
                else day(frame.lang, one.counts.oldest_due),
            ),
        }
        for one in whole.feeds[:ITEMS_SHOWN]
    ]
