"""The audit of kept vouchers and reports finds every kind of difference and names the code."""

import zlib
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from registry.ledger.audit import audit_logs
from registry.store.charters import CharterStore
from registry.store.reports import KeptReport, ReportStore
from registry.store.vouchers import KeptVoucher, VoucherStore
from signing.report import open_report, seal_report
from signing.voucher import open_voucher, seal_voucher
from tests.registry.ledger.test_audit import as_owner
from tests.registry.ledger.test_audit import said as differences
from tests.registry.world import NODE, NOON, charter, node_key, open_node
from tests.signing import given

CHARTER = charter()
CODE = "0123456789ABCDEF"


def sealed(**changes: object) -> bytes:
    own = {"node": NODE, "charter": CHARTER.digest.hex(), "charter_version": CHARTER.version}
    voucher = msgspec.structs.replace(given.voucher(), **own)
    return seal_voucher(msgspec.structs.replace(voucher, **changes), node_key("mirror"))


def kept(file: bytes | None, /, **changes: object) -> KeptVoucher:
    digest = open_voucher(file, CHARTER).digest if file else b"\1" * 32
    until = datetime.now(UTC) + timedelta(days=1)
    row = KeptVoucher(CODE, digest, NOON, until, file)
    values = {name: getattr(row, name) for name in KeptVoucher.__slots__}
    return KeptVoucher(**{**values, **changes})


@pytest.fixture
async def node(database, tmp_path):
    async with open_node(database.service_url, tmp_path / "cosigned") as opened:
        await CharterStore(opened.db).add(1, CHARTER.note, CHARTER.digest, NOON)
        yield opened


async def test_sound_vouchers_are_counted_and_erased_ones_are_not(node):
    store = VoucherStore(node.db)
    await store.add(kept(sealed()))
    await store.add(kept(sealed(code="Z" * 16), code="Z" * 16))
    await store.add(kept(None, code="Y" * 16))
    report = await audit_logs(node.db, CHARTER)
    assert differences(report) == []
    assert report.counts["vouchers"] == 2


FILE = sealed()
DIFFERENCES = {
    "another digest": (kept(FILE, digest=b"\2" * 32), "digest or code"),
    "another code": (kept(FILE, code="X" * 16), "digest or code"),
    "a charter that is not here": (kept(sealed(charter_version=7)), "charter 7 is not here"),
    "another charter of that version": (
        kept(sealed(charter="ab" * 32)),
        "charter 1 is not here",
    ),
    "changed after signing": (
        kept(None, file=FILE.replace("资格审查".encode(), "资格免审".encode())),
        "the file: node.example/mirror: the signature does not verify",
    ),
    "no voucher at all": (kept(None, file=b"{}"), "the file: the voucher is malformed"),
}


@pytest.mark.parametrize("name", DIFFERENCES)
async def test_each_difference_is_named_with_its_code(node, name):
    row, what = DIFFERENCES[name]
    await VoucherStore(node.db).add(row)
    ((place, told),) = differences(await audit_logs(node.db, CHARTER))
    assert place == f"voucher {row.code}"
    assert told.startswith(what)


async def test_reports_are_looked_at_in_the_same_way(node):
    own = {"node": NODE, "charter": CHARTER.digest.hex(), "charter_version": CHARTER.version}
    said = msgspec.structs.replace(given.report(), records=(), **own)
    file = seal_report(said, (), node_key("mirror"))
    digest, until = open_report(file, CHARTER).digest, datetime.now(UTC) + timedelta(days=1)
    told = (NOON, until, "ab" * 16, "key:0123456789ab", "{}")
    await ReportStore(node.db).add(KeptReport(CODE, digest, *told, file))
    wrong = file.replace("资格审查".encode(), "资格免审".encode())
    await ReportStore(node.db).add(KeptReport("Z" * 16, digest, *told, wrong))
    report = await audit_logs(node.db, CHARTER)
    ((place, what),) = differences(report)
    assert (place, report.counts["reports"]) == (f"report {'Z' * 16}", 2)
    assert what.startswith("the file: node.example/mirror: the signature does not verify")


@pytest.mark.parametrize(
    "stored", [b"not deflated", zlib.compress(b" " * (8 * 1024 * 1024)), zlib.compress(FILE)[:-20]]
)
async def test_bytes_that_cannot_be_unpacked_are_named_too(node, database, stored):
    await VoucherStore(node.db).add(kept(FILE))
    await as_owner(database, "UPDATE vouchers SET file = $1", stored)
    ((place, told),) = differences(await audit_logs(node.db, CHARTER))
    assert place == f"voucher {CODE}"
    assert told.startswith("the file: ")
