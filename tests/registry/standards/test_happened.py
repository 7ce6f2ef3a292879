"""What happened to a standard, in the words of whoever watches it."""

from datetime import date

import pytest

from registry.domain.records import read_main
from registry.standards.courses import courses_of
from registry.standards.happened import began, event_of
from registry.standards.model import Known
from tests.registry.query import standards_scene as made
from tests.registry.standards.test_spans import KEYS, NEWER, NUMBER, changed, edition, said


@pytest.mark.parametrize(
    ("main", "role", "event"),
    [
        (made.standard(), "is", "new_edition"),
        (made.standard(), "replaces", "replacing"),
        (made.standard(), "adopts", "related"),
        (made.notice(NUMBER, "void"), "notice", "notice_void"),
        (made.recognition(), "recognises", "recognised"),
        (made.recognition(), "counterpart", "related"),
        (made.recognition(degree="refused", reasons="示例"), "recognises", "refused"),
        (made.acceptance(NUMBER), "accepts", "accepted"),
        (made.acceptance(NUMBER, degree="refused", reasons="示例"), "accepts", "refused"),
        (made.comparison(NUMBER, NEWER), "compares", "related"),
    ],
)
def test_what_a_record_means_to_whoever_watches(main, role, event):
    assert event_of(read_main(main), role) == event


def test_a_change_means_what_it_says():
    paper = said(2, made.recognition())
    for what in ("suspended", "resumed", "ended", "extended", "reviewed"):
        assert event_of(changed(3, paper, what, "2026-04-01").record, "changes") == what


def test_days_come_without_records():
    known = Known(
        editions=(said(0, edition()), said(1, edition(NEWER, effective_on="2026-10-01"))),
        recognitions=(
            said(2, made.recognition(in_force_until="2026-11-30")),
            said(3, made.recognition(degree="refused", reasons="示例", products=["桥梁"])),
        ),
    )

    def by(on: date) -> list[tuple[str, str, int]]:
        found = began(courses_of(known, KEYS, on, {}), on)
        return sorted((str(one.on), one.state, one.course.idx) for one in found)

    assert by(date(2026, 9, 30)) == [("2017-04-01", "in_force", 0)]
    after = by(date(2026, 12, 1))
    assert after == [
        ("2017-04-01", "in_force", 0),
        ("2026-10-01", "in_force", 1),
        ("2026-10-01", "replaced", 0),
        ("2026-10-01", "to_review", 2),
        ("2026-12-01", "expired", 2),
    ]
