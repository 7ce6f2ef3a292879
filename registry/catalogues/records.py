"""From the fields of a catalogue's row to the main part of a record, as JSON Lines take it.

A catalogue is relayed, not stated by the publisher itself: source and day are in each record. Its
id is made of its content: the same row gives the same id on every run, another content another.
"""

import hashlib
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Final

import msgspec
from msgspec import Struct

from registry.catalogues.cells import Fields, read
from registry.standards.numbers_foreign import body_of
from registry.standards.numbers_prefixes import Kind

_ID_DIGITS: Final = 20
_PUBLISHERS: Final[Mapping[str, str]] = {
    "international": "国际标准组织（{prefix}）",
    "foreign": "国外标准组织（{prefix}）",
    "group": "社会团体（{prefix}）",
    "enterprise": "企业（{prefix}）",
}
_NOT_STATED: Final = "标准发布机关（来源未载明）"


class Source(Struct, frozen=True):
    """Where a catalogue is from, and the day on which it was checked."""

    name: str
    checked_on: date


def record_of(fields: Fields, source: Source) -> Fields:
    """Return the main part of a record, without salt.

    Where the row states no day of issue, the document's day is that of the check, and the remark
    says so.
    """
    publisher = _publisher(str(fields["number"]), fields.get("owner"))
    checked_on = source.checked_on.isoformat()
    remarks = [str(fields["remark"])] if "remark" in fields else []
    if "issued_on" not in fields:
        remarks.append("来源未载明发布日期；决定日期为目录核对日期。")
    main: Fields = {
        "v": 1,
        "type": "standard",
        "subject": {"kind": "organisation", "name": publisher},
        "authority": {"name": publisher},
        "source_unit": {"name": source.name},
        "decided_on": fields.get("issued_on", checked_on),
        "publication": "public",
        "severity": {"class": "unclassified"},
        "provenance": {"kind": "relayed", "source": source.name, "checked_on": checked_on},
        **{name: value for name, value in fields.items() if name != "remark"},
    }
    if remarks:
        main["remark"] = "".join(remarks)
    digest = hashlib.sha256(msgspec.json.encode(main, order="deterministic")).hexdigest()
    return {**main, "id": f"standard-{digest[:_ID_DIGITS]}"}


def _publisher(number: str, owner: object) -> str:
    said = read(number)
    return _of_body(said.kind, said.parsed.prefix) or (str(owner) if owner else _NOT_STATED)


@lru_cache(maxsize=1024)
def _of_body(kind: Kind, prefix: str) -> str:
    named = _PUBLISHERS.get(kind)
    return "" if named is None else named.format(prefix=body_of(prefix))
