"""Promises that only a mutant showed to be untested; each test below kills one of the list."""

from datetime import timedelta

import pytest

from registry.clock import FixedClock
from registry.errors import NotFoundRefusal
from registry.ingest.check import CheckReport
from registry.ingest.checks import check_lines
from registry.ingest.prepare import Preparer
from registry.ledger.append import root_at
from registry.ledger.cosigned import CosignedFiles, LastCosigned
from registry.ledger.read import LogReader
from signing.batch import MAX_UNPACKED, parse_batch
from signing.errors import BatchError
from signing.merkle import CompactRange, leaf_hash
from signing.receipt import open_receipt
from signing.record import encode_record
from tests.registry.world import (
    NOON,
    WUHU,
    Publisher,
    line,
    log_key,
    node_key,
    open_node,
    record,
    salt,
)

DOCUMENT = "340202190001010024"


def person_line() -> bytes:
    main = record(1, subject={"kind": "natural_person", "name": "示例甲"})
    document = {"name": "示例甲", "type": "身份证", "number": DOCUMENT}
    return encode_record(main, {"salt": salt(99), "subject_document": document})


def test_a_persons_document_number_is_in_no_row_that_can_be_searched():
    preparer = Preparer(WUHU, 7, 0)
    prepared = preparer.rows(preparer.check([person_line()]), set())
    assert prepared.quarantined == []
    ((subject_id, scheme, identifier, kind, orgcode),) = preparer.subjects.values()
    assert (scheme, identifier, kind, orgcode) == ("person", "", "natural_person", "")
    assert len(subject_id) == 16
    assert DOCUMENT not in repr((preparer.names, preparer.links, prepared.records))


def test_a_dry_run_counts_only_good_rows_as_good():
    report = CheckReport()
    report.add(check_lines([line(1), line(2, decided_on="2026-02-30"), line(3)], set()))
    assert (report.total, report.good) == (3, 2)
    assert [(row.line, row.good) for row in report.rows] == [(3, False)]


def test_the_bound_on_a_batch_is_on_all_of_it():
    header = b'{"format":"registry-batch@v1","from":0,"origin":"a.example/log","to":50000}\n'
    chunk = (b"x" * 65535 + b"\n") * 8
    chunks = [header, *[chunk] * (MAX_UNPACKED // len(chunk) + 1)]
    with pytest.raises(BatchError) as refused:
        parse_batch(chunks)
    assert refused.value.code == "batch-too-large"


def test_the_root_at_an_earlier_size_starts_from_the_stored_edge():
    leaves = [leaf_hash(bytes([n]) * 64) for n in range(9)]
    stored, whole = CompactRange(), CompactRange()
    stored.extend(leaves[:4])
    whole.extend(leaves[:6])
    assert root_at(4, stored.to_bytes(), leaves[4:], 6) == whole.root()


def test_each_cosigner_remembers_for_itself(tmp_path):
    mirror, witness = (CosignedFiles(tmp_path, f"node.example/{use}") for use in ("mirror", "w"))
    mirror.write(LastCosigned(WUHU, 5, b"\1" * 32, 1))
    assert witness.read(WUHU) is None
    assert mirror.read(WUHU) == LastCosigned(WUHU, 5, b"\1" * 32, 1)


async def test_the_time_of_a_cosignature_never_goes_back(database, tmp_path):
    publisher = Publisher(WUHU)
    times = []
    for number, clock in enumerate((NOON, NOON - timedelta(days=3))):
        folder = tmp_path / "cosigned"
        async with open_node(database.service_url, folder, FixedClock(clock)) as node:
            admitted = await node.admit(publisher.seal([line(number)]))
        keys = [log_key(WUHU).vkey], [node_key("mirror").vkey]
        times.append(open_receipt(admitted.receipt, *keys).time)
    assert times[0] == times[1] == int(NOON.timestamp())


async def test_nothing_is_proven_of_a_size_the_log_does_not_have(database, tmp_path):
    publisher = Publisher(WUHU)
    async with open_node(database.service_url, tmp_path / "cosigned") as node:
        await node.admit(publisher.seal([line(1), line(2), line(3)]))
        reader = LogReader(node.db)
        assert len(await reader.inclusion(WUHU, 0, 3)) == 2
        for idx, size in ((0, 4), (3, 4), (3, 3), (-1, 3), (0, 0), (0, 300)):
            with pytest.raises(NotFoundRefusal):
                await reader.inclusion(WUHU, idx, size)
