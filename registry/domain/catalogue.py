"""All code tables under their names: those kept as files, and those made from other data.

Divisions come from GB/T 2260 with the years of its revisions, so a row says the years only: both
names of a code are in force through the year of a change. Lists come from ``lists.toml``.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from importlib.metadata import version
from types import MappingProxyType
from typing import Final

from registry.domain.divisions import all_tenures
from registry.domain.lists import LISTS
from registry.domain.tables import KEPT, Row, Table

_VERSION: Final = "2026-11"
_FAMILIES: Final = {
    "serious": ("严重失信主体名单", "Serious list"),
    "anomaly": (
        "经营异常名录（不属于严重失信主体名单）",
        "Directory of anomalies, not a serious list",
    ),
    "debtor": ("失信被执行人", "Judgment debtors"),
    "honour": ("守信激励对象名单", "Honours"),
}


def _division_rows() -> Iterator[Row]:
    for code, tenures in all_tenures():
        for name, since, until in tenures:
            yield Row(
                code,
                name,
                name,
                since=None if since is None else date(since, 1, 1),
                until=None if until is None else date(until + 1, 1, 1),
                group="" if code.endswith("0000") else f"{code[:2]}0000",
            )


def _divisions() -> Table:
    return Table(
        name="divisions",
        zh="行政区划代码",
        en="Administrative divisions",
        version=f"python-stdnum {version('python-stdnum')}",
        source="GB/T 2260 历次修订（据 python-stdnum 所附区划表）",
        read="secondary",
        rows=tuple(_division_rows()),
        note_zh="已停用的代码永久保留，按年份给出当时的名称；变更当年新旧名称并列。开发区自设代码另见开发区代码表。",
        note_en="Retired codes stay for ever with the name of their years; in the year of a change "
        "both names stand. Codes of development zones have a table of their own.",
    )


def _lists() -> Table:
    return Table(
        name="lists",
        zh="名单",
        en="Lists a subject can be entered on",
        version=_VERSION,
        source="各名单的管理办法（逐行列出）",
        read="unconfirmed",
        rows=tuple(
            Row(
                kind.code,
                kind.name_zh,
                kind.name_en,
                since=kind.since,
                group=kind.family,
                source=kind.rule,
                note=kind.term,
            )
            for kind in LISTS.values()
        ),
        groups=_FAMILIES,
        note_zh="列入与移出的期限以列入决定和现行办法为准，此处只供查阅。",
        note_en="Terms follow the listing decision and the rule in force; these are for reading.",
    )


@cache
def tables() -> Mapping[str, Table]:
    """Return every table by name, in alphabetical order."""
    found = {**KEPT, "divisions": _divisions(), "lists": _lists()}
    return MappingProxyType(dict(sorted(found.items())))
