"""What a look compares, kind by kind, over answers made by hand."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from registry.errors import MalformedRefusal
from registry.query.standards_views import EventView, WatchView
from registry.query.views import DecisionAnswer, FindAnswer, FoundSubject, SubjectFile
from registry.saved.looking import TOLD_MAX, look, query_of
from registry.saved.model import Saved, State
from search.query import LIMIT_MAX
from tests.fakes.reader import NANJING, SUBJECT, WUHU, FakeReader, coverage, view
from tests.registry.query.scene import PUBLIC

AT = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
WATCHED = Saved("subject", subject=SUBJECT, territory="320100")
FOUND = Saved("search", "示例建设")


def sized(**sizes: int) -> Any:
    """Return a coverage in which the logs have these sizes, by the first letter of the city."""
    of = {"w": WUHU, "n": NANJING}
    cities = {of[name]: size for name, size in sizes.items()}
    return replace(
        coverage(),
        cities=tuple(
            replace(city, size=cities[city.origin])
            for city in coverage().cities
            if city.origin in cities
        ),
    )


class Reads:
    """Answers what it is told to, and keeps what it was asked."""

    def __init__(self) -> None:
        self.file: SubjectFile | None = None
        self.decided: tuple[DecisionAnswer, ...] = ()
        self.found: FindAnswer | None = None
        self.events: list[EventView] = []
        self.asked: list[tuple[Any, ...]] = []
        self.standards = self

    def today(self) -> date:
        return TODAY

    async def decided_file(self, *asked: Any) -> tuple[Any, Any]:
        self.asked.append(asked)
        return self.file, self.decided

    async def find(self, *asked: Any) -> Any:
        self.asked.append(asked)
        return self.found

    async def watch(self, *asked: Any) -> WatchView:
        self.asked.append(asked)
        return WatchView(TODAY, (), tuple(self.events), len(self.events) < 2, sized(w=10))


@pytest.fixture
async def reads() -> Reads:
    made, reader = Reads(), FakeReader()
    made.file = await reader.subject_file(SUBJECT, PUBLIC, TODAY)
    made.decided = await reader.decide_many(SUBJECT, ("320100",), "", "", TODAY, PUBLIC)
    shown(made, 0, 1, w=2)
    return made


def shown(reads: Reads, *idx: int, **sizes: int) -> None:
    """Let the file show just these records, of logs of these sizes."""
    assert reads.file is not None
    records = tuple(view(one) for one in idx)
    reads.file = replace(reads.file, records=records, coverage=sized(**sizes))


async def kinds(reads: Reads, seen: State | None, asked: Saved = WATCHED) -> list[str]:
    _, told = await look(reads, asked, seen, AT)
    return [one.kind for one in told.alerts]


async def first(reads: Reads, asked: Saved = WATCHED) -> State:
    state, told = await look(reads, asked, None, AT)
    assert told.alerts == ()
    return state


async def test_the_question_is_asked_as_it_was_saved(reads):
    state = await first(reads)
    assert reads.asked == [(SUBJECT, ("320100",), "", "", TODAY)]
    assert (state.at, state.known) == (AT, {WUHU: 2})
    await look(reads, Saved("subject", subject=SUBJECT), None, AT)
    assert reads.asked[-1][1] == ()


@pytest.mark.parametrize(
    ("idx", "sizes", "told"),
    [
        ((0, 1), {"w": 2}, []),
        ((0, 1), {"w": 7}, []),
        ((1, 0), {"w": 2}, []),
        ((0, 1, 2), {"w": 3}, ["record"]),
        ((0, 1, 2, 3), {"w": 4}, ["record", "record"]),
        ((0,), {"w": 2}, ["changed"]),
        ((1,), {"w": 5}, ["changed"]),
        ((0, 2), {"w": 3}, ["record", "changed"]),
        ((), {"w": 2}, ["changed"]),
    ],
)
async def test_places_in_the_logs_tell_new_records_from_those_that_are_gone(
    reads, idx, sizes, told
):
    seen = await first(reads)
    shown(reads, *idx, **sizes)
    assert await kinds(reads, seen) == told
    again, _ = await look(reads, WATCHED, seen, AT)
    assert await kinds(reads, again) == []


async def test_a_log_not_seen_before_is_new_from_its_beginning(reads):
    seen = await first(reads)
    moved = replace(view(0), origin=NANJING, member="320100")
    reads.file = replace(reads.file, records=(*reads.file.records, moved), coverage=sized(w=2, n=1))
    _, told = await look(reads, WATCHED, seen, AT)
    assert [(one.kind, one.origin, one.idx) for one in told.alerts] == [("record", NANJING, 0)]


@pytest.mark.parametrize("member", ["flags", "marks"])
async def test_a_record_that_is_marked_otherwise_is_a_change(reads, member):
    seen = await first(reads)
    marked = replace(reads.file.records[0], **{member: ("objection",)})
    reads.file = replace(reads.file, records=(marked, reads.file.records[1]))
    assert await kinds(reads, seen) == ["changed"]


async def test_other_measures_are_told_as_such(reads):
    seen = await first(reads)
    reads.decided = ()
    assert await kinds(reads, seen) == ["applies"]


async def test_what_is_told_is_bounded_and_says_so(reads):
    seen = await first(reads)
    many = tuple(replace(view(0), idx=2 + at) for at in range(TOLD_MAX + 1))
    reads.file = replace(reads.file, records=(*reads.file.records, *many))
    _, told = await look(reads, WATCHED, seen, AT)
    assert (len(told.alerts), told.whole) == (TOLD_MAX, False)
    reads.file = replace(reads.file, records=(*reads.file.records[:2], *many[:-1]))
    _, told = await look(reads, WATCHED, seen, AT)
    assert (len(told.alerts), told.whole) == (TOLD_MAX, True)


def hit(number: int, **newest: int) -> FoundSubject:
    of = {"w": WUHU, "n": NANJING}
    places = tuple((of[name], idx) for name, idx in newest.items())
    subject = f"{number:032x}"
    rest = ("name", "示例", (), (), (), (), (), (), 0.9, ())
    return FoundSubject(subject, f"示例{number}", f"code{number}", *rest, newest=places)


def answer(*hits: FoundSubject, **more: Any) -> FindAnswer:
    usual = {"total": len(hits), "exact": True, "facets": {}, "read_as": "name", "sure": True}
    usual |= {"engine": "x", "degraded": False, "behind": False, "coverage": sized(w=5, n=3)}
    return FindAnswer(hits, **{**usual, **more})


async def test_a_search_is_asked_for_as_many_hits_as_are_compared(reads):
    reads.found = answer(hit(1, w=4))
    asked = Saved("search", "示例", types=("penalty",), states=("standing",), since=TODAY)
    await look(reads, asked, None, AT)
    ((query, states),) = reads.asked
    assert (query.text, query.types, query.date_from) == ("示例", ("penalty",), TODAY)
    assert (query.limit, query.offset, states) == (LIMIT_MAX, 0, ("standing",))
    with pytest.raises(MalformedRefusal, match="after the last"):
        query_of(Saved("search", "示例", since=TODAY, until=TODAY - timedelta(days=1)))


@pytest.mark.parametrize(
    ("later", "told"),
    [
        (lambda: answer(hit(1, w=4), hit(2, n=2)), []),
        (lambda: answer(hit(2, n=2), hit(1, w=4)), []),
        (lambda: answer(hit(1, w=5), hit(2, n=2)), ["records"]),
        (lambda: answer(hit(1, w=4, n=3), hit(2, n=2)), ["records"]),
        (lambda: answer(hit(1, w=4), hit(2, n=2), hit(3, w=1)), ["hit"]),
        (lambda: answer(hit(1, w=4)), ["changed"]),
        (lambda: answer(hit(3, w=9)), ["hit", "changed"]),
        (lambda: answer(hit(1, w=4), exact=False), []),
        (lambda: answer(hit(1, w=4), total=LIMIT_MAX + 1), []),
        (lambda: answer(hit(1, w=4), behind=True), []),
        (lambda: answer(behind=True), []),
    ],
)
async def test_hits_are_compared_by_who_they_are_and_what_is_new_of_them(
    reads, later: Callable[[], FindAnswer], told
):
    reads.found = answer(hit(1, w=4), hit(2, n=2))
    seen = await first(reads, FOUND)
    reads.found = later()
    assert await kinds(reads, seen, FOUND) == told


async def test_what_an_index_misses_while_it_is_behind_stays_seen(reads):
    reads.found = answer(hit(1, w=4), hit(2, n=2))
    seen = await first(reads, FOUND)
    reads.found = answer(hit(2, n=2), behind=True)
    behind, _ = await look(reads, FOUND, seen, AT)
    reads.found = answer(hit(1, w=4), hit(2, n=2))
    assert await kinds(reads, behind, FOUND) == []
    reads.found = answer(hit(2, n=2))
    whole, _ = await look(reads, FOUND, seen, AT)
    assert whole.ids == (hit(2).subject_id,)


def event(key: str, **members: Any) -> EventView:
    usual = {"kind": "void", "identity": "GB/T 1", "said": "公告", "member": "芜湖市"}
    usual |= {"at": AT, "seq": 1, "origin": WUHU, "idx": 4}
    return EventView(key, **{**usual, **members})


async def test_events_of_a_standard_are_known_by_their_names(reads):
    asked = Saved("standard", "GB/T 1")
    reads.events = [event("a")]
    seen = await first(reads, asked)
    assert reads.asked == [(["GB/T 1"], TODAY)]
    reads.events = [event("b", kind="expired", origin="", idx=0), event("a")]
    _, told = await look(reads, asked, seen, AT)
    (one,) = told.alerts
    assert (one.kind, one.name, one.type, one.origin) == ("event", "GB/T 1", "expired", "")
    assert (one.on, one.said, told.title, told.whole) == (TODAY, "公告", "GB/T 1", False)
