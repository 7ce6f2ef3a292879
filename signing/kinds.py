"""What a file claims to be, told by its content; and what lies in a compressed file or a PDF."""

import zlib
from typing import Final

from signing import batch, bundle, charter, proof, status, voucher
from signing.errors import BatchError, MalformedError, VerifyError

_GZIP: Final = b"\x1f\x8b"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_HEADERS: Final = {
    "proof": proof.HEADER,
    "charter": charter.HEADER,
    "bundle": bundle.HEADER,
    "status": status.HEADER,
}


def kind_of(data: bytes) -> str:
    """Tell by its first bytes what a file claims to be; ``unknown`` if nothing of ours."""
    first, _, _ = data[: batch.MAX_HEADER].partition(b"\n")
    for kind, header in _HEADERS.items():
        if data.startswith(header.encode() + b"\n"):
            return kind
    if first.startswith(b'{"format":"%s"' % voucher.FORMAT.encode()):
        return "voucher"
    if first.startswith(b'{"format":"%s"' % voucher.REPORT.encode()):
        return "report"
    if first.startswith(b"{"):
        return "batch" if batch.FORMAT.encode() in first else "record"
    return "checkpoint" if "\n\n— ".encode() in data else "unknown"


def unpack(data: bytes) -> bytes:
    """Return the content of a gzip file, the voucher or report in a PDF, or the data itself.

    zstd is refused with advice. Raises VerifyError `compressed`, VoucherError `voucher-missing`,
    BatchError `batch-too-large` or MalformedError.
    """
    if data.startswith(_ZSTD):
        raise VerifyError(code="compressed")
    if not data.startswith(_GZIP):
        return voucher.voucher_in(data)
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(data, batch.MAX_UNPACKED + 1)
    except zlib.error as error:
        raise MalformedError(en=f"not gzip: {error}", zh="gzip 数据无效") from None
    if len(plain) > batch.MAX_UNPACKED:
        raise BatchError(code="batch-too-large")
    if not unpacker.eof or unpacker.unused_data:
        raise MalformedError(
            en="gzip data is cut off or continued", zh="gzip 数据不完整或有多余内容"
        )
    return plain
