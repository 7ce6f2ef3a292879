"""The reconcile as a member's staff and the node's operator have to do with it."""

import re
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import msgspec
from msgspec import Struct

from registry.clock import Clock, today
from registry.errors import MalformedRefusal, NotFoundRefusal, TooLargeRefusal
from registry.reconciling.drafts import draft, lines_of
from registry.reconciling.files import BYTES_MAX
from registry.reconciling.model import REPORTED, Said
from registry.reconciling.notices import Imported, Matching
from registry.reconciling.ours import compared
from registry.reconciling.runs import Runner, Under
from registry.reconciling.shown import Shown, report_csv, shown
from registry.store.engine import Database
from registry.store.reading import Head, Known, LogReading
from registry.store.reading_files import FileReading, Stated
from registry.store.reading_records import RecordReading
from registry.store.reconciling import Deed, KeptRun, ReconcileStore
from signing.charter import Charter
from signing.errors import UnknownKeyError

__all__ = ["Deed", "KeptRun", "Shown"]
OPERATOR: Final = "operator"
"""Who ran it, where it was run at the node by its timetable."""
NOTE_MAX: Final = 500
FILE_NAME_MAX: Final = 100
DRAFTS_MAX: Final = 5_000
"""Records prepared, or differences reported, at once."""
_RUN: Final = re.compile("[0-9a-f]{32}")


class _Named(Struct):
    id: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How a member stands with its reconcile: ``fresh`` is that one was made today."""

    newest: KeptRun | None
    fresh: bool
    waiting: bool


class Reconciling:
    """Runs, differences, drafts and notices of the members whose logs this node holds."""

    def __init__(self, db: Database, charter: Charter, clock: Clock) -> None:
        """Take the open database, the charter in force, and the time."""
        self.store = ReconcileStore(db)
        self._pool = db.pool
        self._under = Under(charter)
        self._clock = clock

    def under(self, charter: Charter) -> None:
        """Work under another charter from now on."""
        self._under.charter = charter

    def runner(self) -> Runner:
        """Return what makes the runs that wait."""
        return Runner(self.store, self._under, self._clock)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Make the runs that wait while the block runs."""
        async with self.runner().following():
            yield

    # --- runs ---

    async def add(self, member: str, file: str, content: bytes, who: str) -> str:
        """Take a status file to be compared; return its run.

        The same file on the same day against the same log is the run that was made already.

        Raises:
            NotFoundRefusal: there is no such member.
            MalformedRefusal: the file is empty (``no-rows``).
            TooLargeRefusal: ``too-large``, or too many files wait (``too-many-files``).
        """
        self._party(member)
        if not content.strip():
            raise MalformedRefusal("文件是空的。", "The file is empty.", code="no-rows")
        if len(content) > BYTES_MAX:
            most = BYTES_MAX // 2**20
            raise TooLargeRefusal(f"文件最大 {most} MiB。", f"A file has at most {most} MiB.")
        digest = sha256(content).digest()
        head = (await self._within(member))[1]
        size = 0 if head is None else head.size
        if same := await self.store.same(member, digest, today(self._clock), size):
            return same
        made = KeptRun(
            id=secrets.token_hex(16),
            member=member,
            file=file.replace("\0", "")[-FILE_NAME_MAX:],
            digest=digest,
            made_at=self._clock.now(),
            made_by=who,
        )
        if run := await self.store.add(made, content):
            return run
        raise TooLargeRefusal(
            "等待对账的文件过多，请稍后再上传。",
            "Too many files wait to be compared: upload this one a little later.",
            code="too-many-files",
        )

    async def compared(self, member: str, content: bytes) -> bool:
        """Tell whether a file was compared before, on whatever day."""
        return bool(await self.store.same(member, sha256(content).digest(), None, 0))

    async def standing(self, member: str) -> Standing:
        """Return how a member stands: whether it has been reconciled today."""
        runs = await self.store.of_member(member)
        newest = next((run for run in runs if run.state == "done"), None)
        fresh = newest is not None and newest.day == today(self._clock)
        return Standing(newest, fresh, any(run.state == "waiting" for run in runs))

    async def newest(self) -> dict[str, KeptRun]:
        """Return the newest run of each member that has one, for the region office."""
        return {run.member: run for run in await self.store.newest()}

    async def view(self, member: str, run: str) -> KeptRun:
        """Return a run of a member; raises NotFoundRefusal, also for one of others."""
        found = await self.store.find(run) if _RUN.fullmatch(run) else None
        if found is None or found.member != member:
            raise NotFoundRefusal("没有这次对账。", "There is no such run.", code="no-run")
        return found

    async def differences(
        self, one: KeptRun, kind: str, after: int, limit: int
    ) -> tuple[Shown, ...]:
        """Return differences of a kind ('' = all) behind one, with the records they are about."""
        found = await self.store.differences(one.id, kind, after, limit)
        _, head = await self._within(one.member)
        places = (
            [] if head is None else [(head.log_id, d.idx) for d, _ in found if d.idx is not None]
        )
        bodies = await RecordReading(self._pool).bodies(places) if places else {}
        records = {at[1]: body for at, body in bodies.items()}
        return tuple(
            shown(d, done, None if d.idx is None else records.get(d.idx)) for d, done in found
        )

    # --- what is done ---

    async def drafts(self, one: KeptRun) -> tuple[bytes, list[int]]:
        """Return, as JSON Lines, the records that end here what has ended there, and for which.

        Those that something was done about are left out, and those that have ended meanwhile.
        """
        ended = await self.store.open(one.id, ["ended-there"])
        wanted = {d.idx: d for d in ended if d.act and d.idx is not None}
        on = today(self._clock)
        made, numbers = [], []
        for record in await self._stated(one.member, list(wanted)[:DRAFTS_MAX]):
            found = wanted[record.row.idx]
            if record.state_on(on) in {"repaired", "withdrawn", "exited", "amended"}:
                continue
            said = msgspec.json.decode(found.theirs, type=Said)
            made.append(draft(record, found.act, said.since or one.day or on, on))
            numbers.append(found.number)
        return lines_of(made), numbers

    async def did(
        self, one: KeptRun, numbers: Sequence[int], who: tuple[str, str], what: str, said: str
    ) -> None:
        """Write down what somebody (name, role) did about differences."""
        await self.store.do(one.id, numbers, Deed(self._clock.now(), *who, what, said))

    async def note(self, one: KeptRun, number: int, who: tuple[str, str], said: str) -> None:
        """Keep a note about a difference.

        Raises:
            NotFoundRefusal: there is no such difference.
            MalformedRefusal: it says nothing, or too much (``note-missing``).
        """
        known = 0 < number < 2**31
        if not known or await self.store.difference(one.id, number) is None:
            raise NotFoundRefusal("没有这项差异。", "There is no such difference.", code="no-run")
        if not 0 < len(said.strip()) <= NOTE_MAX:
            raise MalformedRefusal(
                f"请写明办理情况，不超过 {NOTE_MAX} 个字。",
                f"Say what was done, in at most {NOTE_MAX} characters.",
                code="note-missing",
            )
        await self.did(one, [number], who, "noted", said.strip().replace("\0", ""))

    async def report(self, one: KeptRun) -> tuple[bytes, list[int]]:
        """Return what the national side is to be told of as CSV, and which differences that is."""
        found: list[Shown] = []
        for kind in sorted(REPORTED):
            after = 0
            while some := await self.differences(one, kind, after, DRAFTS_MAX):
                found += await self._still(one, some) if kind == "missing-there" else some
                after = some[-1].one.number
        return report_csv(found), [one.one.number for one in found]

    async def _still(self, one: KeptRun, some: Sequence[Shown]) -> list[Shown]:
        """Return those whose records everybody is shown still: nobody is asked to add others."""
        on = today(self._clock)
        places = [each.one.idx for each in some if each.one.idx is not None]
        _, stands = compared(await self._stated(one.member, places), on)
        shared = {ours.idx for ours in stands if ours.state == "shown"}
        return [each for each in some if each.one.idx in shared]

    # --- notices ---

    async def notices(self, member: str, content: bytes) -> Imported:
        """Match repair notices with a member's records; raises Refusal as `Matching.read`."""
        known, head = await self._within(member)
        if head is None:
            raise MalformedRefusal(
                "本成员地区还没有报送过信用信息。",
                "This member has stated nothing yet.",
                code="no-log",
            )
        names = {party.code: party.name for party in self._under.charter.parties}
        async with self._pool.acquire() as connection:
            matching = Matching(connection, (known, head), today(self._clock))
            return await matching.read(content, names)

    async def _within(self, member: str) -> tuple[Known, Head | None]:
        known = await LogReading(self._pool).known()
        return known, known.by_origin.get(self._party(member))

    def _party(self, member: str) -> str:
        """Return a member's log; raises NotFoundRefusal for none."""
        try:
            return self._under.charter.party_by_code(member).origin
        except UnknownKeyError as error:
            raise NotFoundRefusal(
                "章程中没有这个成员地区。", "There is no such member.", code="no-member"
            ) from error

    async def _stated(self, member: str, places: Sequence[int]) -> list[Stated]:
        """Return records of a member by their places, with what acts on them, in order."""
        known, head = await self._within(member)
        if head is None or not places:
            return []
        async with self._pool.acquire() as connection:
            reading = RecordReading(connection)
            bodies = await reading.bodies([(head.log_id, idx) for idx in places])
            named = [
                (at[0], msgspec.json.decode(body.main, type=_Named).id)
                for at, body in bodies.items()
                if body.main is not None
            ]
            rows = await reading.by_ids(named)
            stated = await FileReading(connection).stated(rows, known)
        wanted = {(head.log_id, idx) for idx in places}
        return [stated[at] for at in sorted(stated.keys() & wanted)]
