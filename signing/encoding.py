"""Base64 and decimal numbers in their one canonical spelling; moments as people read them.

Two spellings of one value would mean two byte strings for one signed thing, so everything that is
not canonical is refused (RFC 4648 sections 3.5 and 4).
"""

import base64
import binascii
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Annotated, Final

from msgspec import Meta

from signing.errors import MalformedBase64Error, MalformedError

MAX_INT63: Final = 2**63 - 1
Hex32 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
"""The type of a field of JSON that holds 32 bytes."""
Moment = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z\Z")]
"""The type of a field of JSON that holds a moment: RFC 3339 in UTC, whole seconds."""

_BEIJING: Final = timezone(timedelta(hours=8))
_LAST_SECOND: Final = 253_402_214_400  # a day before the year 10000, in any time zone
_DECIMAL: Final = re.compile(r"0|[1-9][0-9]{0,18}")


def encode_base64(data: bytes) -> str:
    """Return standard padded base64 (RFC 4648 section 4)."""
    return base64.b64encode(data).decode("ascii")


def decode_base64(text: str) -> bytes:
    """Return the bytes of canonical standard base64; MalformedBase64Error for another spelling."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise MalformedBase64Error(
            en=f"not base64: {error}", zh="不是有效的 base64 文本"
        ) from error
    if encode_base64(data) != text:
        raise MalformedBase64Error(en="base64 is not canonical", zh="base64 不是规范形式")
    return data


def decode_decimal(text: str) -> int:
    """Return the value of an ASCII decimal in 0..2^63-1, no leading zeros; or MalformedError."""
    if _DECIMAL.fullmatch(text) is None or int(text) > MAX_INT63:
        raise MalformedError(
            en=f"not a canonical decimal: {text[:40]!r}", zh="不是规范的十进制整数"
        )
    return int(text)


def utc_text(time: int) -> str:
    """Return a POSIX second as RFC 3339 in UTC, or as a number beyond the years 1970 to 9999."""
    if not 0 <= time <= _LAST_SECOND:
        return f"POSIX {time}"
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def beijing_text(time: int) -> str:
    """Return a POSIX second as Chinese readers expect it, in Beijing time."""
    if not 0 <= time <= _LAST_SECOND:
        return f"POSIX {time}"
    return datetime.fromtimestamp(time, _BEIJING).strftime("%Y-%m-%d %H:%M:%S（北京时间）")
