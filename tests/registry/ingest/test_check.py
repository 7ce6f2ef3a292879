"""The dry run: others get their turn, bad rows come first, slow senders are sent away."""

import asyncio
import gzip
from collections.abc import AsyncIterator

import pytest

from registry.errors import TooSlowRefusal
from registry.ingest import check
from registry.ingest.check import LISTED, CheckReport, check_upload
from registry.ingest.upload import Patience, Upload
from signing.batch import BatchHeader, encode_batch
from tests.registry.ingest.samples import line
from tests.registry.world import WUHU, chunks

HEADER = encode_batch(BatchHeader(WUHU, 0, 0, None), [])


def batch(lines: list[bytes]) -> bytes:
    return encode_batch(BatchHeader(WUHU, 0, len(lines), None), lines)


async def dripping(parts: list[bytes], seconds: float) -> AsyncIterator[bytes]:
    for part in parts:
        yield part
        await asyncio.sleep(seconds)


async def test_one_small_packed_upload_does_not_stall_the_others():
    packed = gzip.compress(batch([b"{}"] * 50_000))
    assert len(packed) < 2_000
    turns = 0

    async def another() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(another())
    report = await check_upload(chunks(packed), "gzip")
    other.cancel()
    assert (report.total, report.good, len(report.rows)) == (50_000, 0, LISTED)
    assert turns >= 50_000 / 100


async def test_long_lines_are_checked_a_few_at_a_time(monkeypatch):
    portions: list[int] = []
    add = CheckReport.add

    def noting(self: CheckReport, lines: list[bytes]) -> None:
        portions.append(sum(map(len, lines)))
        add(self, lines)

    monkeypatch.setattr(check.CheckReport, "add", noting)
    await check_upload(chunks(batch([b"x" * 100_000] * 9)), "identity")
    assert max(portions) <= 256 * 1024 + 100_000
    assert sum(portions) == 900_000


def test_bad_rows_take_the_place_of_flagged_ones_and_stay_in_order():
    report = CheckReport()
    flagged = [line(subject__uscc="91340200MA00000232", salt=f"{i:032x}") for i in range(1_200)]
    report.add([b"[]", *flagged, *[b"{}"] * 900])
    report.add([b"{}"] * 200)
    shown = [row.line for row in report.rows]
    assert len(shown) == LISTED
    assert shown == sorted(shown)
    bad = [row for row in report.rows if not row.good]
    assert len(bad) == LISTED
    assert bad[-1].line == 2 + 1_200 + 999
    assert report.codes["missing-salt"] == 1_100


@pytest.mark.parametrize(
    ("parts", "patience"),
    [
        ([HEADER[:9]] * 3, Patience(header=0.05)),
        ([bytes([byte]) for byte in HEADER[:20]], Patience(header=0.1, chunk=0.08)),
        ([HEADER, b"x"], Patience(chunk=0.05)),
        ([HEADER, *[b"x"] * 30], Patience(chunk=0.2, total=0.2)),
    ],
    ids=["no header", "a dripping header", "a silent sender", "a dripping sender"],
)
async def test_whoever_sends_too_slowly_is_sent_away(parts, patience):
    with pytest.raises(TooSlowRefusal) as refused:
        await check_upload(dripping(parts, 0.06), "identity", patience)
    assert (refused.value.status, refused.value.detail_code) == (408, "too-slow")


async def test_only_waiting_counts_against_the_sender():
    body = batch([line()])
    upload = Upload(chunks(body, 200), "identity", Patience(0.5, 0.5, 0.5))
    await upload.header()
    async for _ in upload.pieces():
        await asyncio.sleep(0.2)
    assert len(upload.take()) == 1
