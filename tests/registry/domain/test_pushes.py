"""The region's arrangement: working days from when it began, and what ties a subject to a place."""

from datetime import date

from registry.domain import pushes
from registry.domain.pushes import ARRANGEMENTS, NEXUS, answer_by, arrangement_on, lift_by
from registry.domain.records import decode_main
from signing.record import split_line
from tests.registry.ingest.samples import line


def test_periods_are_working_days_and_the_first_day_does_not_count():
    assert answer_by(date(2026, 11, 23)) == date(2026, 12, 7)
    assert lift_by(date(2026, 11, 20)) == date(2026, 11, 25)  # a Friday: the weekend is not worked
    assert answer_by(date(2026, 9, 21)) == date(2026, 10, 12)  # over the days off of October


def test_nothing_is_due_before_there_was_an_arrangement():
    began = ARRANGEMENTS[-1].since
    assert arrangement_on(date(2020, 1, 1)) is ARRANGEMENTS[-1]
    assert answer_by(date(2020, 1, 1)) == answer_by(began)
    assert lift_by(date(2020, 1, 1)) == lift_by(began)


def test_no_period_passes_for_law():
    assert all(one.read == "unconfirmed" for one in ARRANGEMENTS)
    assert all(one.title_zh and one.title_en for one in ARRANGEMENTS)


def test_each_reason_says_the_same_wherever_it_stands():
    said = {(row.code, row.zh, row.en) for row in NEXUS}
    assert len(said) == len({row.code for row in NEXUS})
    assert all(row.registered or row.types for row in NEXUS)


def test_a_building_permit_is_a_permit_and_a_running_project():
    record = decode_main(split_line(line("permit", decision_name="建筑工程施工许可"))[0])
    assert pushes.reasons_of(record, record.valid_from) == ("licensed_here", "running_project_here")
    assert pushes.reasons_of(record, date(2020, 1, 1)) == ()
    assert pushes.reasons_of(record, record.valid_until) != ()
