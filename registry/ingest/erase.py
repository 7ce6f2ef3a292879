"""Orders of erasure take effect with their admission: bodies go, entries and proofs stay.

What other records say as well must not go with a body: a name that was kept as first stated there
is stated anew by the first of the others.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime

import msgspec

from registry.domain.records import AnyRecord, ErasureOrder, decode_main
from registry.ingest.prepare import PendingAct, former_names
from registry.store.admission import AdmissionWriter, NameRow


async def erase_ordered(
    writer: AdmissionWriter, acts: Sequence[PendingAct], effective: Collection[int], at: datetime
) -> None:
    """Erase what the orders among these acts name, if they may take effect.

    ``effective`` are the positions of the acts that may. What is derived again was erased already.
    """
    gone: list[NameRow] = []
    for act in acts:
        order = act.record
        if not isinstance(order, ErasureOrder) or act.idx not in effective:
            continue
        target = order.target
        for idx in await writer.places_of(bytes.fromhex(target.entry), [target.id], act.idx):
            if not await writer.erased(idx, order.part):
                gone += await writer.erase(idx, order.part, act.idx, at)
    if gone:
        await writer.add_names(await _stated_elsewhere(writer, gone))


async def _stated_elsewhere(writer: AdmissionWriter, gone: Iterable[NameRow]) -> list[NameRow]:
    """Return for each name that went the row of the first other record that states it."""
    keys = {(row[0], row[1], row[3]) for row in gone}
    first: dict[tuple[bytes, str, bool], NameRow] = {}
    for subject, log_id, idx, main in await writer.bodies_about({key[0] for key in keys}):
        for name, on, former in _names(main):
            key = (subject, name, former)
            row = (subject, name, on, former, log_id, idx)
            if key in keys and (key not in first or _earlier(row, first[key])):
                first[key] = row
    return list(first.values())


def _earlier(row: NameRow, other: NameRow) -> bool:
    return (row[2], *row[4:]) < (other[2], *other[4:])


def _names(main: bytes) -> Iterable[tuple[str, date, bool]]:
    try:
        record: AnyRecord = decode_main(main)
    except msgspec.ValidationError:
        return ()
    own = (record.subject.name, record.decided_on, False)
    return (own, *((name, until, True) for name, until in former_names(record)))
