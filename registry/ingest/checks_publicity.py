"""How long a penalty may be shown at most: by the clocks in force on the day of its decision."""

from msgspec import UNSET

from registry.domain.clocks import longest_publicity
from registry.domain.records import Penalty
from registry.ingest.checks_codes import NONE, Findings
from registry.ingest.reasons import finding


def publicity_within_term(record: Penalty) -> Findings:
    """Publicity ends within the longest term of its class, unless the penalty restricts longer."""
    until = record.publicity_until
    if until is UNSET:
        return NONE
    window = longest_publicity(record)
    if window is None or window.last is None or until <= window.last:
        return NONE
    rule = f"{window.title}（{window.number}）"
    places = {"value": until, "expected": window.last, "rule": rule}
    return (finding("publicity-too-long", "/publicity_until", **places),)
