"""Records that end here what has ended on the national side, ready for the desk or the tool.

A draft is a record without id and salt, as JSON Lines; it is checked, reviewed and sealed like any
other. It says that it was relayed, by whom, and when that was looked at.
"""

from collections.abc import Iterable
from datetime import date
from typing import Final

import msgspec
from msgspec import UNSET

from registry.domain.records import AnyRecord, ListEntry
from registry.store.reading_files import Stated

SOURCE: Final = "信用中国"
Draft = dict[str, object]
_TEXTS: Final = {
    "repair": "信用修复，终止公示",
    "withdrawal": "决定已撤销，撤回公示",
    "list_exit": "列入期限届满",
}


def draft(one: Stated, act: str, since: date, today: date, no: str = "", text: str = "") -> Draft:
    """Return the record of an act upon one of ours.

    Args:
        one: the record that has ended.
        act: the type of the act.
        since: the day of the national side's decision, from which on it counts.
        today: when it was looked at.
        no: the number of the decision, where there is one.
        text: how the source words what came of it.
    """
    record = one.record
    made: Draft = {
        "v": 1,
        "type": act,
        "subject": _subject(record),
        "authority": msgspec.to_builtins(record.authority),
        "source_unit": msgspec.to_builtins(record.source_unit),
        "decided_on": since.isoformat(),
        "publication": record.publication,
        "severity": {"class": "unclassified"},
        "provenance": {"kind": "relayed", "source": SOURCE, "checked_on": today.isoformat()},
        "target": {"origin": one.origin, "id": record.id, "entry": one.entry.hex()},
        "effective_on": since.isoformat(),
        "text": text or _TEXTS[act],
    }
    if act == "withdrawal":
        made["reason"] = "revoked"
    if act == "list_exit" and isinstance(record, ListEntry):
        made |= {"list": record.list, "reason": "term_ended"}
    if no:
        made["decision_no"] = no
    return made


def _subject(record: AnyRecord) -> object:
    """Return whom it is about, without the person that an act need not name."""
    subject = msgspec.structs.replace(record.subject, legal_representative=UNSET)
    return msgspec.to_builtins(subject)


def lines_of(drafts: Iterable[Draft]) -> bytes:
    """Return drafts as JSON Lines."""
    return b"".join(msgspec.json.encode(one) + b"\n" for one in drafts)
