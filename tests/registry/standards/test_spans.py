"""Lives in spans: on every day they say what answers of that day say; and what a reader sees."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from registry.domain.records import read_main
from registry.standards.answer import in_order
from registry.standards.courses import courses_of
from registry.standards.editions import Shelf
from registry.standards.model import Ask, Known, Ref, Stated
from registry.standards.recognise import all_held
from registry.standards.spans import edition_spans, held_spans, state_of
from registry.standards.statutes import STATUTES
from registry.standards.weighing import Scale
from registry.standards.written import identity, year
from tests.registry.query import standards_scene as made
from tests.registry.query.scene import Placed
from tests.registry.standards.worlds import DAYS, START, world

NUMBER = "DB34/T 5037-2016"
NEWER = "DB34/T 5037-2026"
KEYS = ("DB34/T 5037",)
WINDOW = [START + timedelta(days=day) for day in range(-5, DAYS + 5)]
SHELF_STATES = {
    "published": "upcoming",
    "replaced": "void",
    None: "unknown",
}
"""What an answer calls a state that a timeline tells more exactly."""


def said(idx: int, main: dict[str, object]) -> Stated:
    place = "320100" if "recognition" in str(main["type"]) else "340200"
    ref = Ref(f"log.example/{place}", idx, str(main["id"]), f"{idx:0128x}")
    return Stated(ref, place, read_main(main))


def edition(number: str = NUMBER, **members: object) -> dict[str, object]:
    stated = made.standard(number, **members)
    return {name: value for name, value in stated.items() if value is not None}


def spans_of(known: Known, number: str = NUMBER) -> list[tuple[str, str, str | None]]:
    shelf = Shelf.of(known)
    return [
        (one.state, str(one.since), one.until and str(one.until))
        for one in edition_spans(shelf, shelf.editions[number])
    ]


@pytest.mark.parametrize("seed", range(60))
def test_an_edition_is_on_every_day_what_answers_say_it_is(seed):
    shelf = Shelf.of(in_order(world(seed)))
    for one in shelf.editions.values():
        spans = edition_spans(shelf, one)
        assert all(a.until is not None and a.until <= b.since for a, b in pairwise(spans))
        for day in WINDOW:
            if day < one.first.decided_on and shelf.state_on(one, day) in {"upcoming", "unknown"}:
                continue  # before it is stated at all nothing is told
            state = state_of(spans, day)
            assert SHELF_STATES.get(state, state) == shelf.state_on(one, day), (one.number, day)


@pytest.mark.parametrize("seed", range(60))
def test_a_document_is_on_every_day_what_it_is_held_for(seed):
    known = in_order(world(seed))
    shelf = Shelf.of(known)
    lives = [held_spans(one, shelf) for one in all_held(known, shelf, date.max)]
    for day in WINDOW:
        for one, spans in zip(all_held(known, shelf, day), lives, strict=True):
            state = state_of(spans, day)
            if one.course == "not_yet":
                assert state is None
            elif one.defect:
                assert state == "without_effect"
            else:
                assert {"to_review": "in_force"}.get(state, state) == one.course
                assert (state == "to_review") == (
                    one.course == "in_force" and outdated(one, shelf, day)
                )


def outdated(one, shelf: Shelf, day: date) -> bool:
    """As the answer has it: the newest edition in force is newer than all that it is held for."""
    meant = shelf.meant(identity(one.record.number), day)
    usable = meant is not None and shelf.state_on(meant, day) in {"in_force", "partly_replaced"}
    return usable and all(year(n) is not None and year(n) < year(meant.number) for n in one.numbers)


def test_from_draft_to_replaced():
    newer = edition(NEWER, issued_on="2026-08-01", effective_on="2026-12-01")
    known = Known(editions=(said(0, edition()), said(1, newer)))
    assert spans_of(known) == [
        ("published", "2016-08-18", "2017-04-01"),
        ("in_force", "2017-04-01", "2026-12-01"),
        ("replaced", "2026-12-01", None),
    ]
    assert spans_of(known, NEWER)[0] == ("published", "2026-08-01", "2026-12-01")
    ended = Known(editions=(said(0, edition(void_on="2020-01-01")),))
    assert spans_of(ended)[-1] == ("void", "2020-01-01", None)
    by = said(2, made.notice(NUMBER, "replaced", by="GB/T 9-2026"))
    other = Known(editions=(said(0, edition()),), notices=(by,))
    assert spans_of(other)[-1] == ("replaced", "2026-06-01", None)


@pytest.mark.parametrize(
    ("members", "state"),
    [
        ({"stage": "40.20"}, "draft"),
        ({"state": "upcoming"}, "upcoming"),
        ({"stage": "60.60", "state": "in_force"}, "in_force"),
        ({}, None),
    ],
)
def test_what_a_catalogue_without_dates_tells(members, state):
    bare = edition("ISO 9001:2015", issued_on=None, effective_on=None, **members)
    (spans,) = [edition_spans(shelf, *shelf.editions.values())
                for shelf in [Shelf.of(Known(editions=(said(0, bare),)))]]  # fmt: skip
    assert state_of(spans, date(2026, 11, 1)) == state
    assert state_of(spans, date(2026, 1, 9)) is None


def changed(
    idx: int, of: Stated, what: str, on: str, number: str = NUMBER, **more: object
) -> Stated:
    placed = Placed(of.ref.origin, of.ref.idx, of.ref.id, bytes.fromhex(of.ref.entry))
    return said(idx, made.change(placed, number, what, on, **more))


def test_a_recognition_is_suspended_resumed_to_be_reviewed_and_ends():
    paper = said(2, made.recognition(in_force_until="2027-01-31"))
    never = said(3, made.recognition(territory="320000"))
    known = Known(
        editions=(said(0, edition()), said(1, edition(NEWER, effective_on="2026-10-01"))),
        recognitions=(paper, never),
        changes=(
            changed(4, paper, "suspended", "2026-04-01", review_by="2026-06-01"),
            changed(5, paper, "resumed", "2026-05-01"),
            changed(6, paper, "reviewed", "2026-11-01", number=NEWER),
        ),
    )
    first, second, *papers = courses_of(known, KEYS, date(2026, 10, 2), {"320100": "南京市"})
    assert [(one.kind, one.number, one.state) for one in (first, second)] == [
        ("edition", NEWER, "in_force"), ("edition", NUMBER, "replaced"),
    ]  # fmt: skip
    told = {one.idx: one for one in papers}
    assert [(span.state, str(span.since)) for span in told[2].spans] == [
        ("in_force", "2026-02-01"), ("suspended", "2026-04-01"), ("in_force", "2026-05-01"),
        ("to_review", "2026-10-01"), ("in_force", "2026-11-01"), ("expired", "2027-02-01"),
    ]  # fmt: skip
    assert (told[2].state, told[2].kind, told[2].territory_name) == (
        "to_review", "recognition", "南京市",
    )  # fmt: skip
    assert (told[3].state, told[3].territory_name) == ("without_effect", "江苏省")


def test_to_be_reviewed_is_when_the_answer_no_longer_counts_it():
    paper = said(2, made.recognition())
    known = Known(
        editions=(said(0, edition()), said(1, edition(NEWER, effective_on="2026-10-01"))),
        recognitions=(paper,),
    )
    scale = Scale.of(known, STATUTES)
    for on, code in ((date(2026, 9, 30), ""), (date(2026, 10, 1), "to-be-reviewed")):
        weighed = scale.weigh(Ask("DB34/T 5037", "320100", "tender", on))
        assert [one.code for one in weighed.papers] == [code]
        (_, _, course) = courses_of(known, KEYS, on, {})
        assert course.state == ("to_review" if code else "in_force")
