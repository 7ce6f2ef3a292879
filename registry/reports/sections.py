"""The sections of a report, in the order of the reports of Credit China, and what stands in each.

Source: domain notes 3 (order seen in the national PDF). Which type belongs where is ours.
"""

from typing import Final

from registry.domain.lists import LISTS, Family
from registry.domain.records import KINDS, TYPE_OF, AnyRecord, ListEntry

SECTIONS: Final = (
    "administrative",
    "honest",
    "serious",
    "anomaly",
    "commitment",
    "evaluation",
    "judicial",
    "other",
)
"""行政管理、诚实守信、严重失信主体名单、经营异常、信用承诺、信用评价、司法判决、其他。"""
UNTRUSTWORTHY: Final = frozenset({"administrative", "serious", "anomaly", "judicial"})
"""Sections in which untrustworthy information stands: who leaves one out learns nothing of it."""

_OF_TYPES: Final = {
    **dict.fromkeys(
        ("registration", "permit", "penalty", "compulsion", "inspection", "sampling"),
        "administrative",
    ),
    "honour": "honest",
    "commitment": "commitment",
    "evaluation": "evaluation",
    "per_mu": "evaluation",
}
_OF_LISTS: Final[dict[Family, str]] = {
    "honour": "honest",
    "serious": "serious",
    "anomaly": "anomaly",
    "debtor": "judicial",
}


def kinds_of(section: str) -> frozenset[str]:
    """Return the kinds of record of a section as coverage names them, in Chinese."""
    types = (kind for kind in KINDS.values() if kind.family == "fact" and kind.audience == "open")
    named = {k.zh for k in types if k.name != "list_entry" and _of_type(k.name) == section}
    return frozenset(
        named | {one.name_zh for one in LISTS.values() if _OF_LISTS[one.family] == section}
    )


def _of_type(kind: str) -> str:
    return _OF_TYPES.get(kind, "other")


def section_of(record: AnyRecord) -> str:
    """Return the section of a record; '' for what is no fact about the subject."""
    kind = TYPE_OF[type(record)]
    if KINDS[kind].family != "fact":
        return ""
    if isinstance(record, ListEntry):
        known = LISTS.get(record.list)
        return "other" if known is None else _OF_LISTS[known.family]
    return _of_type(kind)
