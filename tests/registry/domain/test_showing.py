"""Publicity ends by law where the record does not say when."""

from datetime import date

import pytest

from registry.domain.disclosure import Role, may_show
from registry.domain.showing import TOO_LONG, confirmed_end, publicity_of, shown_as
from tests.registry.ingest.samples import ABSENT, decoded

GENERAL = {"class": "general", "organ": "芜湖市生态环境局", "rule": "示例"}
SERIOUS = {**GENERAL, "class": "serious"}
ORGAN = {"name": "芜湖市生态环境局", "division": "340200"}


@pytest.mark.parametrize(
    ("severity", "last", "after"),
    [
        (GENERAL, date(2027, 3, 10), date(2027, 3, 11)),
        (SERIOUS, date(2029, 3, 10), date(2029, 3, 11)),
    ],
    ids=["general: one year", "serious: three years"],
)
def test_the_public_sees_a_penalty_until_the_last_day_of_its_class(severity, last, after):
    record = decoded(
        "penalty", severity=severity, publicity_until=ABSENT, authority=ORGAN, source_unit=ORGAN
    )
    assert may_show(Role.PUBLIC, shown_as(record, "standing", last), last)
    assert not may_show(Role.PUBLIC, shown_as(record, "standing", after), after)
    assert may_show(Role.REGULATOR, shown_as(record, "standing", after), after)


def test_what_the_record_states_goes_before():
    record = decoded("penalty", publicity_until="2026-06-30")
    assert shown_as(record, "standing", date(2026, 7, 1)).publicity_until == date(2026, 6, 30)


def test_what_it_states_beyond_the_law_ends_with_the_law_for_whoever_has_no_right_to_it():
    days = {"decided_on": "2026-05-10", "published_on": "2026-05-10"}
    members = {"severity": GENERAL, "authority": ORGAN, "effective_until": "2026-12-31", **days}
    record = decoded("penalty", publicity_until="2029-05-10", **members)
    last, after = date(2027, 5, 10), date(2027, 5, 11)
    assert confirmed_end(record) == last
    assert may_show(Role.PUBLIC, shown_as(record, "standing", last, (TOO_LONG,)), last)
    assert not may_show(Role.PUBLIC, shown_as(record, "standing", after, (TOO_LONG,)), after)
    for role in (Role.BUSINESS, Role.CLERK, Role.REGULATOR, Role.AUDITOR):
        assert may_show(role, shown_as(record, "standing", after, (TOO_LONG,)), after)
    early = decoded("penalty", publicity_until="2026-06-30", **members)
    assert shown_as(early, "standing", last, (TOO_LONG,)).publicity_until == date(2026, 6, 30)


@pytest.mark.parametrize(
    "changes",
    [
        {"decided_on": "2022-01-01", "published_on": "2022-01-01"},  # whether the fine is a low one
        {"decided_on": "2022-01-01", "published_on": ABSENT},  # counted from publicity
        {"decided_on": "2010-03-10"},  # no rule
    ],
)
def test_where_no_rule_confirms_an_end_the_stated_day_is_kept(changes):
    market = {"name": "芜湖市市场监督管理局"}
    members = {"severity": GENERAL, "effective_until": "2022-06-01", "kinds": ["罚款"], **changes}
    record = decoded("penalty", publicity_until="2029-03-10", authority=market, **members)
    assert confirmed_end(record) is None
    kept = shown_as(record, "standing", date(2027, 3, 11), (TOO_LONG,))
    assert kept.publicity_until == date(2029, 3, 10)


def test_the_earlier_of_two_laws_ends_it():
    record = decoded("penalty", publicity_until=ABSENT)
    assert shown_as(record, "standing", date(2026, 7, 1)).publicity_until == date(2027, 3, 10)


def test_a_serious_listing_ends_with_its_term_where_no_exit_came():
    days = {"listed_on": "2020-03-10", "decided_on": "2020-03-10"}
    record = decoded("list_entry", listed_until=ABSENT, **days)
    on = date(2026, 6, 1)
    assert not may_show(Role.PUBLIC, shown_as(record, "standing", on), on)
    within = date(2022, 6, 1)
    assert may_show(Role.PUBLIC, shown_as(record, "standing", within), within)
    anomaly = decoded("list_entry", list="anomaly-directory", listed_until=ABSENT)
    assert shown_as(anomaly, "standing", date(2040, 1, 1)).publicity_until is None


@pytest.mark.parametrize(
    ("stated", "counts", "by_law"),
    [
        (ABSENT, date(2027, 5, 10), True),
        ("2026-12-31", date(2026, 12, 31), False),
        ("2027-05-10", date(2027, 5, 10), True),
        ("2029-05-10", date(2027, 5, 10), True),
    ],
)
def test_the_day_that_counts_is_told_with_the_law_and_the_stated_one(stated, counts, by_law):
    days = {"decided_on": "2026-05-10", "published_on": "2026-05-10"}
    members = {"severity": GENERAL, "authority": ORGAN, "effective_until": "2026-12-31", **days}
    record, on = decoded("penalty", publicity_until=stated, **members), date(2026, 6, 1)
    told = publicity_of(record, on)
    assert (told.last, told.by_law, told.law.rule) == (counts, by_law, "ndrc-36")
    assert str(told.stated) == (stated if stated is not ABSENT else "None")
    flags = (TOO_LONG,) if stated == "2029-05-10" else ()
    assert shown_as(record, "standing", on, flags).publicity_until == counts


def test_a_rule_that_is_not_confirmed_is_told_and_cuts_nothing_short():
    market = {"name": "芜湖市市场监督管理局"}
    days = {"decided_on": "2022-01-01", "published_on": "2022-01-01"}
    members = {"severity": GENERAL, "effective_until": "2022-06-01", "kinds": ["罚款"], **days}
    record = decoded("penalty", publicity_until="2029-03-10", authority=market, **members)
    told = publicity_of(record, date(2026, 6, 1))
    assert (told.last, told.by_law) == (date(2029, 3, 10), False)
    assert (told.law.rule, told.law.last, told.law.confirmed) == (
        *("samr-45", date(2025, 1, 1)),
        False,
    )


def test_of_what_has_no_class_no_day_is_known_and_of_other_types_nothing_is_told():
    record = decoded("penalty", severity={"class": "unclassified"}, publicity_until=ABSENT)
    assert publicity_of(record, date(2026, 6, 1)).last is None
    assert not publicity_of(record, date(2026, 6, 1)).by_law
    assert publicity_of(decoded("permit"), date(2026, 6, 1)) is None
    entry = decoded("list_entry", listed_on="2026-03-10", listed_until=ABSENT)
    assert publicity_of(entry, date(2026, 6, 1)).last == date(2029, 3, 10)


@pytest.mark.parametrize("kind", ["permit", "registration", "honour"])
def test_of_other_types_nothing_is_added(kind):
    assert shown_as(decoded(kind), "standing", date(2030, 1, 1)).publicity_until is None
