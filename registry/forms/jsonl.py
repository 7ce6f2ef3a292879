"""JSON Lines: records that a program wrote, one a line, and what comes back of them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from registry.errors import MalformedRefusal
from registry.forms.cells import FormRow
from registry.forms.rows import Part, natural_id
from registry.ingest.reasons import errors_first, finding, refused
from signing.errors import RecordError
from signing.record import read_plainly

_PROBLEMS: Final = "_problems"
_BOM: Final = b"\xef\xbb\xbf"
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")


def decode_text(data: bytes) -> str:
    """Return the text of a file in UTF-8 or UTF-16 (by its mark) or GB18030.

    Raises:
        MalformedRefusal: it is none of them.
    """
    encodings = ("utf-16",) if data.startswith(_UTF16) else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise MalformedRefusal(
        "文件既不是 UTF-8、UTF-16 也不是 GB18030 编码的文本；请另存为 XLSX 或 CSV UTF-8",
        "the file is text in neither UTF-8, UTF-16 nor GB18030; save it as XLSX or CSV UTF-8",
        code="unreadable-text",
    )


def is_json(data: bytes) -> bool:
    """Say whether a file looks like JSON Lines rather than a spreadsheet."""
    return data.removeprefix(_BOM).lstrip()[:1] == b"{"


def read_jsonl(data: bytes) -> Iterator[FormRow]:
    """Read JSON Lines: each a main part, or ``{"main": …, "restricted": …}``; salts may be absent.

    Members named ``_problems`` (our own notes of an earlier run) are left out. Rows are numbered
    by line from 1. Numbers stay exact: what a record may not hold is named by the checks.
    """
    # Not splitlines: texts may hold U+2028 and the like, which JSON does not escape.
    for number, line in enumerate(decode_text(data).split("\n"), start=1):
        if record := line.strip():
            yield _json_row(number, record)


def _json_row(number: int, text: str) -> FormRow:
    values = {"json": text}
    try:
        whole = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        return _not_a_record(number, values, str(error), "不是完整的 JSON")
    try:
        read_plainly(text.encode())
    except RecordError as error:
        return FormRow(number, values, None, None, (refused(error),))
    if not isinstance(whole, dict):
        return _not_a_record(number, values, type(whole).__name__, "不是 JSON 对象")
    whole.pop(_PROBLEMS, None)
    main = whole.get("main", whole)
    restricted = whole.get("restricted") if "main" in whole else None
    spare = set(whole) - {"main", "restricted"} if "main" in whole else set()
    if not isinstance(main, dict) or not isinstance(restricted, dict | None) or spare:
        odd = ", ".join(sorted(spare)) or "main, restricted"
        return _not_a_record(number, values, odd, f"不应有的部分：{odd}")
    if not main.get("id"):
        main = {**main, "id": natural_id(main)}
    return FormRow(number, {}, main, restricted, ())


def _not_a_record(number: int, values: Mapping[str, str], en: str, zh: str) -> FormRow:
    found = finding("not-a-record", "", detail=en, detail_zh=zh)
    return FormRow(number, values, None, None, (found,))


def to_fix_jsonl(rows: Iterable[FormRow]) -> bytes:
    """Return JSON Lines with a member ``_problems`` each; a line that is no JSON stays as it is."""
    lines = []
    for row in rows:
        notes = [
            {
                "pointer": item.pointer,
                "code": item.code,
                "zh": item.zh,
                "expected": item.expected_zh,
            }
            for item in errors_first(row.findings)
        ]
        if row.main is None:
            lines.append(row.values["json"].encode())
            continue
        whole: Part = {"main": row.main, _PROBLEMS: notes}
        if row.restricted is not None:
            whole["restricted"] = row.restricted
        lines.append(msgspec.json.encode(whole))
    return b"".join(line + b"\n" for line in lines)
