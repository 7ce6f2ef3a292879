"""The impact of the draft that was compared last, as it may be shown today."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec

from registry.query.impact import Impact, Row, open_impact
from registry.query.show import Sight
from registry.query.views import Viewer
from registry.store.engine import Database
from registry.store.reading_files import open_reading
from signing.keys import VerifierKey

ROWS_MAX: Final = 200
"""Rows of the list that are looked at; the whole list is the file beside it."""


@dataclass(frozen=True, slots=True)
class ImpactView:
    """What was signed, and the first rows of the list whose causes may all still be shown."""

    impact: Impact
    rows: tuple[Row, ...]
    whole: bool


class Impacts:
    """Reads what ``registry rules impact`` wrote into the node's folder."""

    def __init__(self, db: Database, folder: Path, mirror: VerifierKey) -> None:
        """Take an open database, the folder, and the node's key that signs."""
        self._db = db
        self._folder = folder
        self._mirror = mirror

    async def latest(self, viewer: Viewer, today: date) -> ImpactView | None:
        """Return the impact made last, None where none was made; raises MalformedRefusal."""
        found = await asyncio.to_thread(self._read)
        if found is None:
            return None
        impact, rows = found
        kept = await self._still_shown(rows, Sight(viewer, today, today))
        return ImpactView(impact, kept, whole=len(rows) == impact.list_lines)

    def _read(self) -> tuple[Impact, list[Row]] | None:
        signed, listed = self._folder / "impact.json", self._folder / "impact.jsonl"
        if not (signed.is_file() and listed.is_file()):
            return None
        impact = open_impact(signed.read_bytes(), self._mirror)
        with listed.open("rb") as lines:
            rows = [msgspec.json.decode(line, type=Row) for line in islice(lines, ROWS_MAX)]
        return impact, rows

    async def _still_shown(self, rows: Sequence[Row], sight: Sight) -> tuple[Row, ...]:
        """Return the rows of which nothing has ended since: the rest is as if it never was."""
        ids = {bytes.fromhex(row.subject) for row in rows}
        async with open_reading(self._db) as reading:
            known = await reading.logs.known()
            files = await reading.files.load(ids, known)
        shown = {
            one.hex(): {seen.entry.hex() for seen in sight.seen(loaded.records)}
            for one, loaded in files.items()
        }
        return tuple(
            row
            for row in rows
            if all(shown.get(row.subject, set()).issuperset(one.causes) for one in row.changes)
        )
