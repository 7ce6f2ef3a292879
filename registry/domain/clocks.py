"""Deadlines that do not surprise: from when to when a record is shown, repaired, reported.

`windows` is a pure function of a record, a day, the clocks (``clocks.toml``) and a calendar. Laws
that run beside each other each have their own windows. A window says by which rule and article it
was counted, from which day and how, how well that rule was read, and, where it is not confirmed,
why not. Nothing here gives a record a class: what needs one has no day until the organ sets it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from registry.domain.calendar import CHINA, Calendar
from registry.domain.clock_book import (
    APPLICATION,
    BOOK,
    CLOCKS,
    OF_THE_LIST,
    TRACKS,
    Anchor,
    Caution,
    Clock,
    Instrument,
    Kind,
    Read,
    Step,
)
from registry.domain.clock_facts import Facts, facts_of
from registry.domain.clock_match import UNCLASSED, Match, matches
from registry.domain.lists import LISTS
from registry.domain.periods import next_day, period_end
from registry.domain.records import AnyRecord

_HANDLED: Final = ("acceptance", "repair_decision", "repair_answer", "sync")
_UNTIL: Final = frozenset({"reporting", "push", "show", "withdrawal", "removal", *_HANDLED})
"""Kinds within which something has to be done."""
_FROM: Final = frozenset({"earliest_repair", "early_exit"})
"""Kinds from which on something may be applied for."""
_SHOWN: Final = frozenset({"publicity", "listing"})
_CLASSES: Final = ("minor", "general", "serious")
_NO_DAY: Final[dict[Anchor, str]] = {
    "publicity": "no-publicity-date",
    "correction": "no-correction-date",
    "performance": "no-performance-date",
    "acceptance": "no-acceptance-date",
}


class Remark(Struct, frozen=True):
    """Something said beside a window, with a stable code."""

    code: str
    zh: str
    en: str


class Window(Struct, frozen=True):
    """One period of one rule; the first and last day are both in it, None = no such day (yet).

    ``anchor_on`` is the day from which it was counted; without a class it is not known which day
    that is (``anchor`` None). ``doubts`` say why it is not confirmed; ``calendar`` names the table
    of working days it was counted by, where it was.
    """

    kind: Kind
    first: date | None
    last: date | None
    rule: str
    title: str
    title_en: str
    number: str
    since: date
    article: str
    item: bool
    anchor: Anchor | None
    anchor_on: date | None
    length: str
    counting: str
    read: Read
    where_zh: str = ""
    where_en: str = ""
    calendar: str = ""
    doubts: tuple[Remark, ...] = ()
    notes: tuple[Remark, ...] = ()
    warnings: tuple[Remark, ...] = ()

    @property
    def confirmed(self) -> bool:
        """Whether nothing about it is doubtful."""
        return not self.doubts


def windows(record: AnyRecord, on: date, calendar: Calendar = CHINA) -> tuple[Window, ...]:
    """Return every window the law opens for a record, as of a day.

    The day decides which rules are in force; a rule that will replace one by the time its window
    matters is named in the warnings. Of records that no clock is for, nothing is said.
    """
    facts = facts_of(record)
    tracks = [track_windows(steps, facts, on, calendar) for steps in TRACKS.values()]
    beside = sum(any(window.kind in _FROM for window in track) for track in tracks) > 1
    return tuple(
        replace(window, notes=(*window.notes, remark("parallel")))
        if beside and window.kind in _FROM
        else window
        for track in tracks
        for window in track
    )


def repair_handling(record: AnyRecord, on: date, calendar: Calendar = CHINA) -> tuple[Window, ...]:
    """Return until when the organ must answer who asks on a day for the repair of a record.

    Acceptance, decision and answer, by each law that sets a time for them on that day; what a law
    counts from acceptance is counted from the last day for it.
    """
    asked = replace(facts_of(record), type=APPLICATION, decided_on=on, applied_on=on)
    return tuple(
        one for steps in TRACKS.values() for one in track_windows(steps, asked, on, calendar)
    )


def publicity_end(record: AnyRecord, on: date) -> date | None:
    """Return the last day on which the law lets a record be published; None = no rule says so."""
    window = publicity_window(record, on)
    return None if window is None else window.last


def publicity_window(record: AnyRecord, on: date) -> Window | None:
    """Return the window that ends the publicity of a record by the law of a day.

    Where two laws run beside each other the earlier day: what may stand at one door must not
    outlast the other's here.
    """
    return _publicity_window(facts_of(record), on)


@lru_cache(maxsize=65_536)
def _publicity_window(facts: Facts, on: date) -> Window | None:
    ends = (one for one in _made(facts, on) if one.kind in _SHOWN and one.last is not None)
    return min(ends, key=lambda one: one.last or date.max, default=None)


def longest_publicity(record: AnyRecord) -> Window | None:
    """Return the window of publicity by the law of the day of decision, whatever the record states.

    That of the sector goes before the general one, and may lack a day that the record would have to
    state; None where no law says for how long.
    """
    return _longest_publicity(replace(facts_of(record), stated_until=None))


@lru_cache(maxsize=65_536)
def _longest_publicity(facts: Facts) -> Window | None:
    shown = [one for one in _made(facts, facts.decided_on) if one.kind == "publicity"]
    return shown[-1] if shown else None


def _made(facts: Facts, on: date) -> Iterator[Window]:
    """Yield the windows of all tracks by the calendar of the country."""
    for steps in TRACKS.values():
        yield from track_windows(steps, facts, on, CHINA)


def remark(code: str, **places: object) -> Remark:
    """Return a remark with its places filled in; KeyError for a code the book does not have."""
    said = BOOK.remark[code]
    zh = {name: _zh(value) for name, value in places.items()}
    return Remark(code, said.zh.format(**zh), said.en.format(**places))


def _zh(value: object) -> object:
    """Return a date as Chinese documents write it, anything else as it is."""
    return f"{value.year}年{value.month}月{value.day}日" if isinstance(value, date) else value


def track_windows(
    steps: Sequence[Step], facts: Facts, on: date, calendar: Calendar
) -> tuple[Window, ...]:
    """Return the windows of one track under the step that governs the record on a day."""
    known = [step for step in steps if step.since <= max(on, facts.decided_on)]
    at = sum(step.since <= facts.decided_on for step in known) - 1
    doubts: tuple[Remark, ...] = ()
    notes: tuple[Remark, ...] = ()
    if at < 0:
        if not known or not known[0].reaches_back:
            return ()
        at, doubts = 0, (remark("before-rule", day=known[0].since),)
    made = _of_step(known[at], facts, calendar)
    for later in known[at + 1 :]:
        if _ended_before(made, later.since):
            break
        doubts, notes = _passage(later)
        made = _of_step(later, facts, calendar)
        at += 1
    following = steps[at + 1] if len(steps) > len(known) == at + 1 else None
    return tuple(
        replace(
            window,
            doubts=(*window.doubts, *doubts),
            notes=(*window.notes, *notes),
            warnings=(*window.warnings, *_replaced(window, following)),
        )
        for window in made
    )


def _ended_before(made: Iterable[Window], day: date) -> bool:
    """Say whether publicity was over by then: what ended under a rule does not begin again."""
    return any(
        window.last is not None and window.last < day for window in made if window.kind in _SHOWN
    )


def _passage(step: Step) -> tuple[tuple[Remark, ...], tuple[Remark, ...]]:
    """Say how records decided under the step before came under this one: doubts, notes."""
    said = tuple(Remark("passage", one.zh, one.en) for one in (step.passage,) if one)
    return ((), said) if step.passage and step.passage.read == "full_text" else (said, ())


def _replaced(window: Window, following: Step | None) -> Iterator[Remark]:
    """Warn of a rule, known already, that will govern by the time the window matters."""
    day = window.last or window.first
    if following is not None and day is not None and day >= following.since:
        rules = (BOOK.instrument[clock.rule] for clock in CLOCKS[following.key])
        newest = max(rules, key=lambda rule: rule.since)
        yield remark("rule-changes", day=following.since, rule=newest.number)


def _of_step(step: Step, facts: Facts, calendar: Calendar) -> tuple[Window, ...]:
    """Return the windows of a step's clocks, each followed by the end it leads to."""
    found: dict[str, Window] = {}
    made: list[Window] = []
    for match in matches(CLOCKS[step.key], facts):
        window = _window(match, facts, found, calendar)
        window = replace(window, doubts=(*window.doubts, *_cautions(step, window, facts)))
        found[window.kind] = window
        made.append(window)
        made.extend(_end(window, match.clock))
    return tuple(made)


def _end(window: Window, clock: Clock) -> Iterator[Window]:
    """Yield the end that comes by itself on the day after the last."""
    if clock.by_itself and window.last is not None and (first := next_day(window.last)) is not None:
        notes = tuple(remark(code) for code in clock.end_notes)
        yield replace(window, kind="automatic_end", first=first, last=None, notes=notes)


def _cautions(step: Step, window: Window, facts: Facts) -> Iterator[Remark]:
    """Yield what else makes a window of the step doubtful, by the kinds of the penalty."""
    for caution in BOOK.caution:
        if (
            caution.step == step.key
            and window.kind in (caution.kinds or (window.kind,))
            and not facts.kinds.isdisjoint(caution.any_kinds)
            and _below(caution, facts)
        ):
            yield remark(caution.doubt)


def _below(caution: Caution, facts: Facts) -> bool:
    """Say whether the class stated is lower than the caution's, where it has one."""
    if caution.below is None:
        return True
    return facts.severity in _CLASSES[: _CLASSES.index(caution.below)]


def _window(match: Match, facts: Facts, before: Mapping[str, Window], calendar: Calendar) -> Window:
    """Return the window of one clock; some count from the end of one before, by kind."""
    clock, dateless = match.clock, not UNCLASSED.isdisjoint(match.doubts)
    law = _law(clock, facts)
    empty = Window(
        kind=clock.kind,
        first=None,
        last=None,
        rule=clock.rule,
        title=law.title,
        title_en=law.title_en,
        number=law.number,
        since=law.since,
        article=clock.article,
        item=clock.item,
        anchor=None if dateless else clock.anchor,
        anchor_on=None,
        length="" if dateless else clock.length,
        counting=clock.counting,
        read=clock.read,
        where_zh=law.where_zh,
        where_en=law.where_en,
        doubts=tuple(remark(code) for code in _doubts(match)),
        notes=() if dateless else tuple(remark(code) for code in _notes(clock, facts)),
    )
    if dateless or clock.never:
        return empty
    return _dated(empty, clock, facts, before, calendar)


def _doubts(match: Match) -> Iterator[str]:
    yield from match.doubts
    if UNCLASSED.isdisjoint(match.doubts):
        yield from match.clock.assumes
    if match.clock.read == "unconfirmed":
        yield "text-unread"


def _notes(clock: Clock, facts: Facts) -> Iterator[str]:
    yield from clock.notes
    if clock.provinces and facts.same_province is not None:
        yield "place-by-code"


def _law(clock: Clock, facts: Facts) -> Instrument:
    """Return the law a clock rests on; for some lists the one their table names."""
    if clock.rule != OF_THE_LIST:
        return BOOK.instrument[clock.rule]
    kind = LISTS[facts.list or ""]
    return Instrument(title=kind.rule, title_en=kind.name_en, number="", since=kind.since)


def _dated(
    window: Window, clock: Clock, facts: Facts, before: Mapping[str, Window], calendar: Calendar
) -> Window:
    """Fill in the days of a window."""
    start = _anchored(clock.anchor, facts, before)
    if start is None:
        return replace(window, doubts=(*window.doubts, remark(_NO_DAY[clock.anchor])))
    window = replace(window, anchor_on=start)
    if clock.kind == "listing" and facts.listed_until is not None:
        notes = (*window.notes, remark("as-stated"))
        return replace(window, first=start, last=facts.listed_until, length="", notes=notes)
    if not clock.length:
        return _open(window, clock, start)
    counting = BOOK.counting[clock.counting]
    end = period_end(start, clock.length, counting, calendar)
    if counting.last_day == "working_day":
        window = replace(window, calendar=calendar.name)
    if end.unknown_from is not None:
        window = replace(window, warnings=(remark("calendar-unknown", year=end.unknown_from),))
    if clock.kind in _FROM:
        return replace(window, first=next_day(end.day))
    first = next_day(start) if clock.kind in _UNTIL else start
    return _longer(replace(window, first=first, last=end.day), clock, facts)


def _open(window: Window, clock: Clock, start: date) -> Window:
    """Return a window without a length: from a day on, or until what the decision should state."""
    stated = clock.kind in _FROM or clock.next_list
    doubts = window.doubts if stated else (*window.doubts, remark("no-term-stated"))
    return replace(window, first=start, doubts=doubts)


def _longer(window: Window, clock: Clock, facts: Facts) -> Window:
    """Let a restriction that outlasts publicity lengthen it, and say what the record states."""
    limit, last = facts.restricted_until, window.last
    if clock.until_restriction and limit is not None and last is not None and limit > last:
        read = clock.until_restriction == "full_text"
        said = remark("longer-restriction" if read else "longer-unread")
        window = replace(window, last=limit)
        if read:
            window = replace(window, notes=(*window.notes, said))
        else:
            window = replace(window, doubts=(*window.doubts, said))
    if clock.kind == "publicity" and facts.stated_until not in (None, window.last):
        said = remark("stated-until", day=facts.stated_until)
        window = replace(window, notes=(*window.notes, said))
    return window


def _anchored(anchor: Anchor, facts: Facts, before: Mapping[str, Window]) -> date | None:
    """Return the day a period counts from, None where the record does not state it."""
    push, accepted = before.get("push"), before.get("acceptance")
    days: dict[Anchor, date | None] = {
        "document": facts.decided_on,
        "publicity": facts.published_on,
        "listing": facts.listed_on,
        "correction": facts.corrected_on,
        "push": facts.pushed_on or (push.last if push else None),
        "application": facts.applied_on,
        "acceptance": accepted.last if accepted else None,
    }
    return days.get(anchor)
