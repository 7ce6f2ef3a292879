"""Numbers of standards asked about row by row: JSON Lines, CSV or a workbook in, the same out.

A table needs one column, the number; territory, use and product may have columns of their own, and
what a row leaves empty is what was asked for all of them.
"""

import csv
import io
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, Literal, NamedTuple

import msgspec
from xlsxwriter import Workbook

from registry.errors import MalformedRefusal
from registry.forms.jsonl import decode_text, is_json
from registry.forms.sheets import kind_of, read_sheets, walk
from registry.forms.sheets_cells import plain_text
from registry.forms.table import HEADER_ROWS
from registry.query.standards import MANY, Row
from registry.query.standards_views import RowView

Format = Literal["jsonl", "csv", "xlsx"]
BODY_MAX: Final = 4 * 1024 * 1024
"""Bytes of what is sent: ten thousand rows are some hundred kilobytes."""
_BOM: Final = "\ufeff"
_NAMES: Final = ("number", "territory", "use", "product")
_HEADERS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("标准编号", "标准号", "编号", "标准", "number", "standard"), "number"),
    **dict.fromkeys(("地区", "区划代码", "地区代码", "territory"), "territory"),
    **dict.fromkeys(("用途", "use"), "use"),
    **dict.fromkeys(("产品", "产品名称", "product"), "product"),
}
_USES: Final = {
    "招标投标": "tender",
    "资质申请": "qualification",
    "认证": "certification",
    "资金项目": "funds",
    "监管抽查": "supervision",
    "销售": "sale",
}
_VERDICTS: Final = {
    "yes": "可以作为依据",
    "partly": "部分可以",
    "conditionally": "符合条件时可以",
    "no": "不能作为依据",
    "no_document": "未查询到认可文件（不表示不得销售或使用）",
    "no_recognition_needed": "销售无需认可",
}
_STATES: Final = {
    "upcoming": "即将实施",
    "in_force": "现行",
    "partly_replaced": "部分被代替",
    "void": "废止",
    "unknown": "未收录",
}
COLUMNS: Final = (
    *("行", "标准编号", "地区", "用途", "结论", "结论代码", "所指版本", "版本状态", "被代替为"),
    *("文件", "机关", "条件", "相近标准", "问题", "建议"),
)


class Asked(NamedTuple):
    """What is asked for all rows, where they do not say otherwise."""

    territory: str
    use: str
    product: str = ""


def asked_rows(data: bytes, asked: Asked) -> list[Row]:
    """Read the rows of a file, one more than may be asked at most; empty ones are left out.

    Raises:
        MalformedRefusal: it is no such file, or no column has the numbers (``no-number-column``).
    """
    found = _json_rows(data) if is_json(data) else _table_rows(data)
    rows = []
    for row, values in islice(found, MANY + 1):
        use = values.get("use") or asked.use
        rows.append(
            (
                *(row, values.get("number", ""), values.get("territory") or asked.territory),
                *(_USES.get(use, use), values.get("product") or asked.product),
            )
        )
    return rows


def _json_rows(data: bytes) -> Iterator[tuple[int, Mapping[str, str]]]:
    for at, line in enumerate(decode_text(data).splitlines(), start=1):
        if not line.strip():
            continue
        try:
            yield at, msgspec.json.decode(line, type=dict[str, str])
        except (msgspec.MsgspecError, RecursionError) as error:
            raise MalformedRefusal(
                f'第{at}行不是 JSON 对象，应如 {{"number": "GB/T 2260-2007"}}。',
                f'Line {at} is no JSON object of texts, as {{"number": "GB/T 2260-2007"}}.',
                code="bad-line",
            ) from error


def _table_rows(data: bytes) -> Iterator[tuple[int, Mapping[str, str]]]:
    for rows in _tables(data):
        head = list(islice(rows, HEADER_ROWS))
        for at, (_, cells) in enumerate(head):
            names = [_HEADERS.get(cell.strip().lower(), "") for cell in cells]
            if "number" in names:
                for row, values in (*head[at + 1 :], *islice(rows, MANY + 1)):
                    given = {
                        name: value.strip()
                        for name, value in zip(names, values, strict=False)
                        if name
                    }
                    if any(given.values()):
                        yield row, given
                return
    raise MalformedRefusal(
        f"前{HEADER_ROWS}行中没有“标准编号”列。另可有“地区”“用途”“产品”列。",
        f"There is no column 标准编号 (or number) in the first {HEADER_ROWS} rows; there may "
        "also be 地区 (territory), 用途 (use), 产品 (product).",
        code="no-number-column",
    )


def _tables(data: bytes) -> Iterator[Iterator[tuple[int, list[str]]]]:
    kind = kind_of(data)
    if kind == "text":
        text = decode_text(data).removeprefix(_BOM)
        delimiter = "\t" if "\t" in text.partition("\n")[0] else ","
        yield enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), start=1)
        return
    for table in read_sheets(data, walk(data, kind), []):
        yield ((number, [plain_text(cell) for cell in cells]) for number, cells in table.rows)


def line_of(view: RowView) -> dict[str, object]:
    """Return an answered row for programs."""
    line: dict[str, object] = {"row": view.row, "number": view.asked}
    if view.wrong is not None:
        code, zh, en = view.wrong
        line["error"] = {"code": code, "zh": zh, "en": en, "suggestions": view.suggestions}
        return line
    given = view.answer
    if given is not None:
        line |= {
            "territory": given.ask.territory,
            "use": given.ask.use,
            "verdict": given.verdict,
            "edition": given.edition,
            "edition_state": given.edition_state,
            "in_force": given.edition_state in {"in_force", "partly_replaced"},
            "replaced_by": given.replaced_by,
            "instrument": given.instrument,
            "organ": given.organ,
            "conditions": given.conditions,
            "exclusions": given.exclusions,
            "until": given.until,
            "nearest": [{"number": one.number, "verdict": one.verdict} for one in given.nearest],
            "records": [f"{step.ref.origin}/{step.ref.idx}" for step in given.chain],
        }
    return line


def cells_of(view: RowView) -> list[str]:
    """Return an answered row for a table, in the order of `COLUMNS`."""
    if view.answer is None:
        code, zh, _ = view.wrong or ("", "", "")
        blank = [""] * (len(COLUMNS) - 4)
        return [str(view.row), view.asked, *blank, f"{zh}（{code}）", "、".join(view.suggestions)]
    given = view.answer
    near = "；".join(f"{one.number}（{_VERDICTS[one.verdict]}）" for one in given.nearest)
    return [
        *(str(view.row), view.asked, given.ask.territory, _use(given.ask.use)),
        *(_VERDICTS[given.verdict], given.verdict, given.edition, _STATES[given.edition_state]),
        *("、".join(given.replaced_by), given.instrument, given.organ),
        *("；".join(given.conditions), near, "", ""),
    ]


def _use(use: str) -> str:
    return next(zh for zh, code in _USES.items() if code == use)


async def written(views: AsyncIterator[RowView], kind: Format) -> AsyncIterator[bytes]:
    """Give an answered file piece by piece: rows as they are answered, a workbook at its end."""
    if kind == "xlsx":
        yield workbook([cells_of(view) async for view in views])
        return
    if kind == "csv":
        yield csv_of([COLUMNS]).encode("utf-8-sig")
    async for view in views:
        if kind == "csv":
            yield csv_of([cells_of(view)]).encode()
        else:
            yield msgspec.json.encode(line_of(view)) + b"\n"


def csv_of(rows: Iterable[Sequence[str]]) -> str:
    """Return rows as CSV; what a spreadsheet would take for a formula is marked as text."""
    out = io.StringIO()
    guarded = (
        [f"'{cell}" if cell[:1] in "=+-@\t\r" and cell else cell for cell in row] for row in rows
    )
    csv.writer(out).writerows(guarded)
    return out.getvalue()


def workbook(rows: Iterable[Sequence[str]]) -> bytes:
    """Return rows as a workbook, all of them text."""
    out = io.BytesIO()
    book = Workbook(out, {"constant_memory": True})
    sheet = book.add_worksheet("标准适用")
    sheet.freeze_panes(1, 2)
    sheet.set_column(0, len(COLUMNS) - 1, 18, book.add_format({"num_format": 49}))
    for number, cells in enumerate((COLUMNS, *rows)):
        for column, cell in enumerate(cells):
            sheet.write_string(number, column, cell)
    book.close()
    return out.getvalue()
