"""What an answer spans: members and how fresh each is, kinds of record, and where else to look.

"Nothing found" is never "good credit": every answer carries its coverage (domain rules on answers:
by member *and* by kind of record, with what is not covered).
"""

import asyncio
from dataclasses import replace
from datetime import datetime
from typing import Final

from registry.clock import Clock
from registry.domain.lists import LISTS
from registry.domain.records import KINDS
from registry.query.show import members_of
from registry.query.views import CityCoverage, Coverage
from registry.store.logs import log_id_of
from registry.store.reading import Known, LogReading
from signing.charter import Charter

ELSEWHERE: Final = (
    ("信用中国", "https://www.creditchina.gov.cn/"),
    ("国家企业信用信息公示系统", "https://www.gsxt.gov.cn/"),
    ("中国执行信息公开网", "https://zxgk.court.gov.cn/"),
    ("中国政府采购网", "https://www.ccgp.gov.cn/"),
)
"""The national sites that a search here does not replace."""

BEHIND_FOR: Final = 1.0
"""Seconds; following asks every other second, so nothing would be known earlier."""

_TYPES: Final = tuple(
    (kind.name, kind.zh, kind.en)
    for kind in KINDS.values()
    if kind.family == "fact" and kind.audience == "open" and kind.name != "list_entry"
)
_COLUMNS: Final = frozenset(kind for kind, _, _ in _TYPES)
_NEVER: Final = (
    ("裁判文书", "court judgments"),
    ("欠税公告", "notices of tax arrears"),
    ("其他地区的政府采购处理决定", "procurement decisions of other regions"),
    ("全国性名单中未转载的部分", "those parts of the national lists that were not relayed"),
)
"""Kinds that no record type holds, so that they are never covered."""


class Kinds:
    """The kinds of record that occur here, remembered while nothing was admitted."""

    def __init__(self, reading: LogReading) -> None:
        """Take what reads them."""
        self._reading = reading
        self._sizes: tuple[tuple[int, int], ...] | None = None
        self._present: frozenset[tuple[int, str, str]] = frozenset()

    async def present(self, known: Known) -> frozenset[tuple[int, str, str]]:
        """Return the (log id, type, list code) that occur."""
        if known.sizes != self._sizes:
            self._present = await self._reading.kinds()
            self._sizes = known.sizes
        return self._present


class Behind:
    """Which logs are behind their homes, read anew at most once in :data:`BEHIND_FOR` seconds.

    It changes without an admission, and every answer asks for it.
    """

    def __init__(self, reading: LogReading) -> None:
        """Take what reads it."""
        self._reading = reading
        self._until = 0.0
        self._found: dict[int, tuple[datetime | None, datetime | None]] = {}

    async def mark(self, cities: tuple[CityCoverage, ...]) -> tuple[CityCoverage, ...]:
        """Return the cities, with those marked that are behind."""
        now = asyncio.get_running_loop().time()
        if now >= self._until:
            self._found = await self._reading.behind()
            self._until = now + BEHIND_FOR
        if not self._found:
            return cities
        return tuple(replace(city, behind_since=self._since(city)) for city in cities)

    def _since(self, city: CityCoverage) -> datetime | None:
        """Return since when; a failure counts no more once something was admitted after it.

        So it is where the home has moved here: whom it fails to follow nobody asks any more.
        """
        failing, shown = self._found.get(log_id_of(city.origin), (None, None))
        if failing is not None and (city.as_of is None or failing > city.as_of):
            return failing
        return shown


class Covering:
    """Builds the coverage of an answer from the known set it was made from."""

    def __init__(self, charter: Charter, kinds: Kinds, behind: Behind, clock: Clock) -> None:
        """Take the charter that says who the members are."""
        self._charter = charter
        self._kinds = kinds
        self._behind = behind
        self._clock = clock
        self._last: tuple[Known, Coverage] | None = None

    async def of(self, known: Known) -> Coverage:
        """Return the coverage of an answer made from ``known``: but for its moment, ever the same.

        Only the last is kept, and only for the very same known set.
        """
        if self._last is None or self._last[0] is not known:
            self._last = (known, await self._made(known))
        made = self._last[1]
        return replace(made, at=self._clock.now(), cities=await self._behind.mark(made.cities))

    async def _made(self, known: Known) -> Coverage:
        present = await self._kinds.present(known)
        types = {kind for _, kind, _ in present}
        lists = {code for _, kind, code in present if kind == "list_entry"}
        kinds = [(kind in types, zh, en) for kind, zh, en in _TYPES]
        kinds += [(code in lists, row.name_zh, row.name_en) for code, row in LISTS.items()]
        missing = [kind for kind in kinds if not kind[0]]
        return Coverage(
            at=self._clock.now(),
            cities=self._cities(known, present),
            kinds=tuple(zh for there, zh, _ in kinds if there),
            kinds_missing=(*(zh for _, zh, _ in missing), *(zh for zh, _ in _NEVER)),
            elsewhere=ELSEWHERE,
            kinds_en=tuple(en for there, _, en in kinds if there),
            kinds_missing_en=(*(en for _, _, en in missing), *(en for _, en in _NEVER)),
        )

    def _cities(
        self, known: Known, present: frozenset[tuple[int, str, str]]
    ) -> tuple[CityCoverage, ...]:
        heads = known.by_origin
        held: dict[int, set[str]] = {}
        for log_id, kind, code in present:
            if kind in _COLUMNS or kind == "list_entry":
                held.setdefault(log_id, set()).add(code if kind == "list_entry" else kind)
        return tuple(
            CityCoverage(party.code, party.name, party.origin, 0, None)
            if (head := heads.get(party.origin)) is None
            else CityCoverage(
                party.code,
                party.name,
                party.origin,
                head.size,
                head.updated_at,
                frozenset(held.get(head.log_id, ())),
            )
            for party in members_of(self._charter)
        )
