"""One record with its proof, or one answer for everything that may not be shown."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Final

from msgspec import ValidationError

from registry.clock import Clock, today
from registry.domain.clocks import windows
from registry.domain.disclosure import Role
from registry.domain.records import decode_main
from registry.errors import GoneRefusal, NotFoundRefusal, UnavailableRefusal
from registry.ledger.read import LogReader
from registry.query.show import PERSONS_WITHHELD, Sight, intact, member_name, targets_of
from registry.query.views import RecordDetail, Viewer
from registry.store.engine import Database
from registry.store.logs import log_id_of
from registry.store.reading_files import Reading, Stated, open_reading
from signing.charter import Charter
from signing.errors import SigningError
from signing.proof import parse_proof
from signing.receipt import open_receipt

_PUBLIC: Final = Viewer(Role.PUBLIC)
_STEPS: Final = 8
"""Acts on acts looked into: an objection, its outcome, what takes it back, and so on."""
GONE_ZH: Final = "该信息不存在或已不再公示。"
GONE_EN: Final = "This record does not exist or is no longer public."


class Records:
    """Answers about one place in one log."""

    def __init__(self, db: Database, charter: Charter, clock: Clock) -> None:
        """Take an open database, the charter and a clock."""
        self._db = db
        self._charter = charter
        self._clock = clock
        self._ledger = LogReader(db, charter)

    async def detail(self, origin: str, idx: int, viewer: Viewer, on: date) -> RecordDetail:
        """Return a record with its proof under a receipt.

        Raises:
            GoneRefusal: it may not be shown, or never existed: word for word the same.
            UnavailableRefusal: this node has no receipt for the log (a refill is going on), or what
                it stores is not what was logged.
        """
        async with open_reading(self._db) as reading:
            sight = Sight(viewer, on, today(self._clock))
            one = await shown_record(origin, idx, sight, reading)
            public = await _shown(one, Sight(_PUBLIC, on, today(self._clock)), reading)
        intact((one,))
        view = sight.view(one, self._charter)
        try:
            proof = await self._ledger.proof(origin, idx)
            checkpoint = parse_proof(proof).checkpoint_note
            keys = [window.key for window in self._charter.party(origin).keys]
            open_receipt(checkpoint, keys, self._charter.mirror_keys)
            stated_at = await self._ledger.stated_at(origin, idx)
        except (NotFoundRefusal, SigningError) as error:
            raise no_receipt() from error
        return RecordDetail(
            view=view,
            proof=proof,
            line=b"" if PERSONS_WITHHELD in view.flags else one.main,
            checkpoint=checkpoint,
            signed_by=member_name(self._charter, one.member),
            stated_at=datetime.fromtimestamp(stated_at, UTC),
            windows=windows(view.record, on),
            public=public,
        )


def no_receipt() -> UnavailableRefusal:
    """Return the refusal of a proof while there is no receipt: a refill is going on."""
    return UnavailableRefusal(
        "本节点暂无该日志的回执，无法出具证明；请稍后再试或联系运营者。",
        "This node has no receipt for the log now and cannot prove it; try again later.",
        code="no-receipt",
    )


async def shown_record(origin: str, idx: int, sight: Sight, reading: Reading) -> Stated:
    """Return the record at a place; raises GoneRefusal for all that may not be shown."""
    one = await _stated(origin, idx, reading)
    if one is None or not await _shown(one, sight, reading):
        raise GoneRefusal(GONE_ZH, GONE_EN)
    return one


async def _shown(one: Stated, sight: Sight, reading: Reading) -> bool:
    """Tell whether a record may be shown, and what it acts on or speaks of as well."""
    if not sight.sees(one):
        return False
    if sight.tells(one, ()):  # most ask for nothing around it
        return True
    around = await targets_around((one,), reading)
    shown = {other.entry.hex() for other in sight.seen(around)}
    return sight.tells(one, shown)


async def targets_around(ones: Iterable[Stated], reading: Reading) -> tuple[Stated, ...]:
    """Return the records that these act on or speak of, and those that these do, and so on."""
    known = await reading.logs.known()
    found: dict[bytes, Stated] = {}
    named = {target for one in ones for target in targets_of(one.record)}
    for _ in range(_STEPS):
        if not named:
            break
        rows = await reading.records.by_ids([(log_id_of(t.origin), t.id) for t in named])
        stated = (await reading.files.stated(rows, known)).values()
        fresh = [one for one in stated if one.entry not in found]
        found |= {one.entry: one for one in fresh}
        named = {target for one in fresh for target in targets_of(one.record)}
    return tuple(found.values())


async def _stated(origin: str, idx: int, reading: Reading) -> Stated | None:
    known = await reading.logs.known()
    head = known.by_origin.get(origin)
    if head is None or not known.holds(head.log_id, idx):
        return None
    place = (head.log_id, idx)
    body = (await reading.records.bodies((place,)))[place]
    if body.main is None or body.quarantined:
        return None
    try:
        record_id = decode_main(body.main).id
    except ValidationError:
        return None
    rows = await reading.records.by_ids(((head.log_id, record_id),))
    rows = tuple(row for row in rows if row.idx == idx)
    of_it = await reading.records.of_subjects({row.subject_id for row in rows})
    if any(row.type == "amendment" for row in of_it):
        rows += of_it  # what is upon a former version is upon this one
    stated = await reading.files.stated(rows, known)
    return stated.get(place)
