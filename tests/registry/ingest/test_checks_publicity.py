"""The longest publicity of a penalty: by class, rule of the day and organ, and what outlasts it."""

from datetime import date

import pytest

from registry.ingest.checks_publicity import publicity_within_term
from tests.registry.ingest.samples import ABSENT, decoded

LABOUR = {"name": "芜湖市人力资源和社会保障局"}


def found(**changes: object) -> list[str]:
    """What is said about a penalty: the latest end that would be right."""
    findings = publicity_within_term(decoded("penalty", **changes))
    assert {one.code for one in findings} <= {"publicity-too-long"}
    return [one.expected_en.split()[3].rstrip(",") for one in findings]


@pytest.mark.parametrize(
    ("level", "until", "latest"),
    [
        ("minor", "2026-08-10", None),
        ("minor", "2026-08-11", "2026-08-10"),
        ("general", "2027-05-10", None),
        ("general", "2027-05-11", "2027-05-10"),
        ("serious", "2029-05-10", None),
        ("serious", "2029-05-11", "2029-05-10"),
        ("unclassified", "2099-12-31", None),
    ],
)
def test_the_worked_clocks_of_order_36(level, until, latest):
    """Decided 2026-05-10: the day itself does not count, and publicity may begin when it likes."""
    changes = {
        "decided_on": "2026-05-10",
        "published_on": "2026-06-20",
        "authority": LABOUR,
        "severity": {"class": level},
        "effective_until": "2026-06-10",
        "publicity_until": until,
    }
    assert found(**changes) == ([] if latest is None else [latest])


def test_a_month_without_the_day_ends_with_its_last():
    changes = {"decided_on": "2026-11-30", "authority": LABOUR, "severity": {"class": "minor"}}
    changes |= {"published_on": ABSENT, "effective_until": "2026-12-30"}
    assert found(**changes, publicity_until="2027-02-28") == []
    assert found(**changes, publicity_until="2027-03-01") == ["2027-02-28"]


def test_market_regulation_counts_from_publicity():
    changes = {"decided_on": "2026-05-10", "effective_until": "2027-05-10"}
    assert found(**changes, published_on="2026-05-20", publicity_until="2027-05-20") == []
    assert found(**changes, published_on="2026-05-20", publicity_until="2027-05-21") == [
        "2027-05-20"
    ]
    assert found(**changes, published_on=ABSENT, publicity_until="2027-05-20") == []


@pytest.mark.parametrize(
    ("decided_on", "authority", "latest"),
    [
        ("2026-03-31", LABOUR, "2029-03-31"),
        ("2026-04-01", LABOUR, "2027-04-01"),
        ("2025-12-24", {"name": "芜湖市市场监督管理局"}, "2028-12-24"),
        ("2025-12-25", {"name": "芜湖市市场监督管理局"}, "2026-12-25"),
        ("2023-04-30", LABOUR, "2024-04-30"),
    ],
)
def test_the_rule_in_force_on_the_day_of_the_decision_counts(decided_on, authority, latest):
    changes = {"decided_on": decided_on, "published_on": decided_on, "authority": authority}
    changes |= {"effective_until": decided_on, "publicity_until": "2099-12-31"}
    assert found(**changes) == ([] if latest is None else [latest])


@pytest.mark.parametrize(
    ("kinds", "effective_until", "right"),
    [
        (["限制从业"], "2030-03-10", True),
        (["责令停产停业", "罚款"], "2030-03-10", True),
        (["限制从业"], "2030-03-09", False),
        (["罚款"], "2030-03-10", False),
    ],
)
def test_a_penalty_that_restricts_for_longer_is_shown_for_longer(kinds, effective_until, right):
    changes = {"kinds": kinds, "effective_until": effective_until}
    assert (found(**changes, publicity_until="2030-03-10") == []) is right


def test_nothing_stated_is_nothing_wrong():
    penalty = decoded("penalty", publicity_until=ABSENT)
    assert penalty.decided_on == date(2026, 3, 10)
    assert publicity_within_term(penalty) == ()
