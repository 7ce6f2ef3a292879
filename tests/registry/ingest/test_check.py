"""The dry run: others get their turn, bad rows come first, slow senders are sent away."""

import asyncio
import gzip
from collections.abc import AsyncIterator

import pytest

from registry.errors import TooSlowRefusal
from registry.ingest import check
from registry.ingest.check import LISTED, CheckReport, Terms, check_upload
from registry.ingest.checks import Checked, check_lines
from registry.ingest.prepare import FINDINGS
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

    def noting(lines: list[bytes], salts: set[str]) -> list[Checked]:
        portions.append(sum(map(len, lines)))
        return check_lines(lines, salts)

    monkeypatch.setattr(check, "check_lines", noting)
    await check_upload(chunks(batch([b"x" * 100_000] * 9)), "identity")
    assert max(portions) <= 256 * 1024 + 100_000
    assert sum(portions) == 900_000


def test_bad_rows_take_the_place_of_flagged_ones_and_stay_in_order():
    report = CheckReport()
    flagged = [
        line(id=f"f{i}", subject__uscc="91340200MA00000232", salt=f"{i:032x}") for i in range(1_200)
    ]
    report.add(check_lines([b"[]", *flagged, *[b"{}"] * 900], set()))
    report.add(check_lines([b"{}"] * 200, set()))
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
        await check_upload(dripping(parts, 0.06), "identity", Terms(patience))
    assert (refused.value.status, refused.value.detail_code) == (408, "too-slow")


async def test_only_waiting_counts_against_the_sender():
    body = batch([line()])
    upload = Upload(chunks(body, 200), "identity", Patience(0.5, 0.5, 0.5))
    await upload.header()
    async for _ in upload.pieces():
        await asyncio.sleep(0.2)
    assert len(upload.take()) == 1


def test_ids_are_compared_within_the_batch_and_with_the_log():
    report = CheckReport()
    lines = [line(), line(), b"{}", line(id="b"), line(id="c", v=2), line(id="d", v=2)]
    report.add(check_lines(lines, set()), {"b"})
    assert [(row.line, row.findings[0].code) for row in report.rows] == [
        (3, "duplicate-id"), (4, "missing-salt"), (5, "duplicate-id"), (6, "bad-version"),
        (7, "bad-version"),
    ]  # fmt: skip
    assert (report.total, report.good) == (6, 1)
    again = report.rows[0].findings[0]
    assert "本批或本日志" in again.zh
    assert "in this batch or in the log" in again.en


def test_of_one_row_a_few_findings_are_kept():
    """A hostile upload of some kilobytes must not become an answer of many megabytes."""
    spoilt = line(**{f"x{i}": 1 for i in range(150)})
    report = CheckReport()
    report.add(check_lines([spoilt], set()))
    assert len(report.rows[0].findings) == FINDINGS
    assert report.codes["unknown-field"] == 150


async def test_silent_senders_keep_nobody_waiting():
    turn, never = asyncio.Semaphore(1), [HEADER[:9]] * 2
    silent = [
        asyncio.create_task(check_upload(dripping(never, 60), "identity", Terms(turn=turn)))
        for _ in range(5)
    ]
    await asyncio.sleep(0.05)
    async with asyncio.timeout(5):
        report = await check_upload(chunks(batch([line()])), "identity", Terms(turn=turn))
    assert (report.total, report.good) == (1, 1)
    for task in silent:
        task.cancel()
    await asyncio.gather(*silent, return_exceptions=True)


async def test_an_organ_of_another_territory_is_told_before_signing():
    for territory, codes in (((), {}), (("340200",), {}), (("320100",), {"organ-elsewhere": 1})):
        terms = Terms(territory=territory)
        report = await check_upload(chunks(batch([line()])), "identity", terms)
        assert (report.good, dict(report.codes)) == (1, codes)
