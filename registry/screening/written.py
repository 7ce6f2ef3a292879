"""Results to take away: as CSV or as a workbook, every cell a text that no program calculates."""

import asyncio
import io
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import date
from typing import Final, Literal

from xlsxwriter import Workbook

from registry.access.reads import Reads
from registry.clock import SHANGHAI
from registry.forms.standards_sheet import csv_of
from registry.issued.voucher import DISCLAIMER_ZH
from registry.query.views import Coverage
from registry.rules.instruments import article_zh
from registry.rules.model import AppliedMeasure
from registry.screening.desk import Screenings
from registry.screening.model import Match, RowView, ScreeningView

Format = Literal["csv", "xlsx"]
TYPES: Final = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
COLUMNS: Final = (
    *("行", "名称", "代码", "结果", "结果代码", "理由", "把握", "查得主体", "主体代码", "曾用名"),
    *("措施适用提示", "效力代码", "候选主体", "人工判断", "说明"),
)
KINDS: Final = {
    "found": "已查得",
    "uncertain": "待人工确认",
    "not_found": "未查询到",
    "bad": "无法查询",
}
REASONS: Final = {
    "": "",
    "exact-code": "代码一致",
    "code-and-name": "代码和名称一致",
    "code-not-name": "代码一致，名称不一致",
    "name-not-code": "名称一致，代码不一致",
    "exact-name": "名称一致",
    "former-name": "与曾用名一致",
    "several": "有多个主体符合",
    "resembles": "名称相近",
    "judged-same": "人工判断为同一主体",
    "judged-different": "人工判断均非同一主体",
    "empty-row": "空行",
    "too-long": "内容过长，只保留前 200 字",
    "code-malformed": "不是统一社会信用代码、注册号或组织机构代码",
    "body-differs": "本节点所存信息与日志不符，暂不提供",
}
NOTES: Final = {
    "": "",
    "control-characters": "已去除控制字符",
    "code-check": "代码校验位不符，请核对",
    "code-malformed": "所填代码不是有效格式，仅按名称查询",
}
EFFECTS: Final = {
    "bar": "法定限制",
    "restrict": "依法依规限制",
    "consider": "重要考量因素",
    "notice": "仅提示",
    "manage": "管理措施",
    "autonomous": "由市场主体自主决定",
    "favour": "守信激励措施",
}
JUDGED: Final = {"same": "同一主体", "different": "非同一主体", "unsure": "无法判断"}
NOT_FOUND: Final = "在覆盖范围内未查询到；不表示该主体不存在，也不表示没有失信信息"


def measure_text(measure: AppliedMeasure) -> str:
    """Return a measure in one line: name, effect, organ, law, term."""
    basis = measure.basis
    number = f"（{basis.number}）" if basis.number else ""
    law = f"{basis.title}{number}{article_zh(basis.article)}" if basis.title else basis.text
    until = _day(measure.last_day) if measure.last_day else "长期"
    state = "，已中止" if measure.state == "suspended" else ""
    return (
        f"{measure.name}——{EFFECTS[measure.effect]}{state}；承办机关：{measure.organ}；"
        f"依据：{law}；期限：{_day(measure.start)}至{until}"
    )


def _day(on: date) -> str:
    return on.isoformat()


def cells_of(view: RowView) -> list[str]:
    """Return a row for a table, in the order of `COLUMNS`."""
    asked, outcome = view.asked, view.outcome
    found = outcome.matches[0] if outcome.kind == "found" else None
    measures = outcome.decision.measures if outcome.decision else ()
    doubtful = () if found else outcome.matches
    said = (one for one in (*outcome.matches, *outcome.apart) if one.judged)
    return [
        *(str(asked.line), asked.name, asked.code, KINDS[outcome.kind], outcome.kind),
        REASONS[outcome.reason],
        f"{outcome.matches[0].certainty:.2f}" if outcome.matches else "",
        *((found.name, found.code, "、".join(found.former_names)) if found else ("", "", "")),
        "；".join(map(measure_text, measures)),
        outcome.effect,
        "、".join(map(_candidate, doubtful)),
        "；".join(map(_judged, said)),
        _note(view),
    ]


def _candidate(match: Match) -> str:
    return f"{match.name}（{match.code or '无代码'}，{match.certainty:.2f}）"


def _judged(match: Match) -> str:
    one = match.judged
    if one is None:
        return ""
    on = one.judged_at.astimezone(SHANGHAI).date()
    return f"{match.name}：{JUDGED[one.judgement]}（{one.judged_by}，{_day(on)}）"


def _note(view: RowView) -> str:
    parts = [NOTES[view.asked.note]]
    if view.asked.same_as:
        parts.append(f"与第 {view.asked.same_as} 条相同")
    if view.outcome.kind == "not_found":
        parts.append(NOT_FOUND)
    return "；".join(filter(None, parts))


async def file_of(
    reads: Reads, screenings: Screenings, screening: str, kind: Format
) -> tuple[AsyncIterator[bytes], dict[str, str]]:
    """Return a screening's results as a file, and its headers; raises as `Screenings.page`."""
    view = await screenings.view(reads, screening)
    said = about(view, await reads.coverage())
    pieces = written(await screenings.everything(reads, screening), kind, said)
    name = f'attachment; filename="screening-{screening[:8]}.{kind}"'
    return pieces, {"Content-Disposition": name}


async def written(
    rows: AsyncIterator[RowView], kind: Format, about: Sequence[tuple[str, str]]
) -> AsyncIterator[bytes]:
    """Give the file piece by piece; ``about`` is its second sheet, which a CSV has no place for."""
    if kind == "csv":
        yield csv_of([COLUMNS]).encode("utf-8-sig")
        async for row in rows:
            yield csv_of([cells_of(row)]).encode()
        return
    cells = [COLUMNS, *[cells_of(row) async for row in rows]]
    yield await asyncio.to_thread(_workbook, cells, about)


def _workbook(rows: Iterable[Sequence[str]], about: Iterable[Sequence[str]]) -> bytes:
    out = io.BytesIO()
    with Workbook(out, {"constant_memory": True}) as book:
        _sheet(book, "筛查结果", rows)
        _sheet(book, "说明", about)
    return out.getvalue()


def _sheet(book: Workbook, title: str, rows: Iterable[Sequence[str]]) -> None:
    sheet = book.add_worksheet(title)
    sheet.freeze_panes(1, 2)
    sheet.set_column(0, len(COLUMNS) - 1, 18, book.add_format({"num_format": 49}))
    for number, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            sheet.write_string(number, column, cell)


def about(view: ScreeningView, coverage: Coverage) -> list[tuple[str, str]]:
    """Return what must be said beside the results: the question, what was covered, what was not."""
    asked = view.question
    cities = (
        (
            f"{city.name}数据截至",
            city.as_of.astimezone(SHANGHAI).isoformat() if city.as_of else "无",
        )
        for city in coverage.cities
    )
    known = ((f"所依据日志 {o}", f"{n} {root}") for o, (n, root) in sorted(asked.known.items()))
    return [
        ("项目", "内容"),
        ("筛查编号", view.id),
        ("名单", asked.file),
        ("办理地区", asked.territory),
        ("事项", asked.matter or "全部"),
        ("日期", _day(asked.on)),
        ("用途", asked.asking.purpose),
        *cities,
        ("含", "、".join(coverage.kinds)),
        ("不含", "、".join(coverage.kinds_missing)),
        ("未查询到", NOT_FOUND),
        ("措施适用提示", DISCLAIMER_ZH),
        *known,
    ]
