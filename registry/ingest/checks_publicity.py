"""How long a penalty may be shown at most: by class, rule and date, as ``publicity_terms`` says."""

from datetime import date
from functools import lru_cache
from typing import Final

from msgspec import UNSET

from registry.domain.disclosure import of_market_regulation
from registry.domain.records import Penalty
from registry.domain.records.base import SeverityClass
from registry.domain.tables import KEPT, Row
from registry.ingest.checks_codes import NONE, Findings
from registry.ingest.reasons import finding
from registry.rules.counting import last_day
from registry.rules.language import Counting

_TERMS: Final = KEPT["publicity-terms"].rows
_FROM_PUBLICITY: Final = "published_on"
_RESTRICTING: Final = KEPT["penalty-kinds"].group("conduct")
_COUNTING: Final = Counting(
    start_day_counts=False,
    last_day="corresponding_day_or_month_end",
    last_day_on_holiday="as_is",
)


@lru_cache(maxsize=4096)
def _latest_end(
    level: SeverityClass, decided_on: date, published_on: date, *, market: bool
) -> tuple[date, Row] | None:
    """Return the last day publicity may have, and the rule: the sector's own before the general."""
    rules = [
        row
        for row in _TERMS
        if level in row.to and row.in_force(decided_on) and (not row.organ or market)
    ]
    if not rules:
        return None
    rule = max(rules, key=lambda row: bool(row.organ))
    start = published_on if rule.group == _FROM_PUBLICITY else decided_on
    return last_day(start, f"P{rule.months}M", _COUNTING), rule


def publicity_within_term(record: Penalty) -> Findings:
    """Publicity ends within the longest term of its class, unless the penalty restricts longer."""
    until = record.publicity_until
    if until is UNSET:
        return NONE
    organ = record.authority
    kind = "" if organ.kind is UNSET else organ.kind
    published_on = record.decided_on if record.published_on is UNSET else record.published_on
    latest = _latest_end(
        record.severity.level,
        record.decided_on,
        published_on,
        market=of_market_regulation(kind, organ.name),
    )
    if latest is None or until <= latest[0] or _restricts_until(record, until):
        return NONE
    end, row = latest
    rule = row.source or KEPT["publicity-terms"].source
    places = {"value": until, "months": row.months, "expected": end, "rule": rule}
    return (finding("publicity-too-long", "/publicity_until", **places),)


def _restricts_until(record: Penalty, until: date) -> bool:
    return until <= record.effective_until and not _RESTRICTING.isdisjoint(record.kinds)
