"""Real registrations of enterprises, as published in a CSV of names, codes and capital.

The data names no registrar and no status, holds old registration numbers and dirty capital
strings, and a few codes twice. Everything real becomes a record: what is not stated is said to be
not stated, and what looks wrong is flagged by the checks.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from registry.errors import MalformedRefusal
from registry.forms.files import FormRow, decode_text, natural_id
from registry.forms.rows import Part, read_amount
from registry.ingest.reasons import finding

SOURCE: Final = "企业登记公开数据"
REGISTRAR: Final = "登记机关（未载明）"
REMARK: Final = "来源数据未载明登记机关与登记状态；登记状态按存续记载，以登记机关为准。"
AS_OF: Final = "2019-04-30"
"""The last day the data covers: nothing later was checked."""

_COLUMNS: Final = {
    "name": "/subject/name",
    "code": "/subject",
    "registered_on": "/registered_on",
    "entity_type_raw": "/entity_type",
    "capital_raw": "/capital",
    "city": "",
    "admin_code": "/division",
}
_CAPITAL: Final = re.compile(
    r"([0-9][0-9,]*(?:\.[0-9]{1,6})?)\(?(?:万元人民币|万人民币元|万人民币|万元)\)?"
)
"""An amount in yuan; a bare 万 names no currency and is not read."""


def read_enterprises(data: bytes) -> Iterator[tuple[str, FormRow]]:
    """Yield (city, row) for each registration.

    Raises:
        MalformedRefusal: not text, or a column is missing.
    """
    reader = csv.DictReader(io.StringIO(decode_text(data), newline=""))
    if missing := _COLUMNS.keys() - set(reader.fieldnames or ()):
        names = ", ".join(sorted(missing))
        raise MalformedRefusal(
            f"缺少列：{names}", f"columns are missing: {names}", code="unknown-template"
        )
    columns = {pointer: header for header, pointer in _COLUMNS.items() if pointer}
    seen: Counter[str] = Counter()
    first: dict[str, int] = {}
    for number, values in enumerate(reader, start=2):
        main = registration(values)
        record_id = natural_id(main)
        seen[record_id] += 1
        again = seen[record_id] > 1
        repeats = (finding("repeated-row", "/subject", value=first[record_id]),) if again else ()
        first.setdefault(record_id, number)
        main["id"] = f"{record_id}-{seen[record_id]}" if again else record_id
        row = FormRow(number, values, main, None, repeats, columns)
        yield values["city"], row


def registration(values: Mapping[str, str]) -> Part:
    """Return the main part of a registration, without id and salt, from one row."""
    code = values["code"].strip()
    member = "registration_no" if code.isdigit() and len(code) in {13, 15} else "uscc"
    main: Part = {
        "v": 1,
        "type": "registration",
        "subject": {"kind": subject_kind(values), "name": values["name"].strip(), member: code},
        "authority": {"name": REGISTRAR, "division": values["admin_code"]},
        "source_unit": {"name": SOURCE},
        "decided_on": values["registered_on"],
        "registered_on": values["registered_on"],
        "publication": "public",
        "severity": {"class": "unclassified"},
        "provenance": {"kind": "relayed", "source": SOURCE, "checked_on": AS_OF},
        "status": "unknown",
        "division": values["admin_code"],
        "remark": REMARK,
    }
    if entity_type := values["entity_type_raw"].strip():
        main["entity_type"] = entity_type
    if (capital := values["capital_raw"].strip()) not in {"", "-"}:
        main["capital"] = read_capital(capital)
    return main


def subject_kind(values: Mapping[str, str]) -> str:
    """Return sole trader where the code (kind 92) or the entity type says so."""
    sole = values["code"].startswith("92") or "个体" in values["entity_type_raw"]
    return "sole_trader" if sole else "organisation"


def read_capital(text: str) -> Part:
    """Return capital as typed, with the amount in 10,000 yuan where it can be read."""
    match = _CAPITAL.fullmatch(text)
    return {"text": text, "wan_yuan": read_amount(match[1])} if match else {"text": text}
