"""``registry reconcile``: the national status and repair notices, by hand or by timetable."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import click
import msgspec

from registry.cli.node import load_settings, settings_option
from registry.cli.options import json_option
from registry.cli.output import Output
from registry.cli.progress import working
from registry.cli.stored import charter_in_force
from registry.clock import SystemClock
from registry.errors import MalformedRefusal, Refusal, TooLargeRefusal
from registry.reconciling.desk import OPERATOR, KeptRun, Reconciling
from registry.reconciling.drafts import lines_of
from registry.reconciling.notices import Imported
from registry.reconciling.reasons import Reason
from registry.resources import open_store
from registry.settings import Settings

_ENDINGS: Final = frozenset({".csv", ".xlsx", ".xls", ".jsonl", ".txt"})
_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_TARGET: Final = click.Path(dir_okay=False, path_type=Path)
_member: Final = click.option(
    "--member", required=True, metavar="CODE", help="成员地区代码，如 340200。Code of the member."
)


@click.group()
def reconcile() -> None:
    """国家平台对账、信用修复通知。The national status, and repair notices.

    Run on the machine of the node. A timetable may call `run` with a folder: files that were
    compared before are left alone.
    """


@reconcile.command()
@json_option
@settings_option
@_member
@click.option("--drafts", type=_TARGET, help="以来源为准的修复、撤回写入（JSON Lines）。Drafts.")
@click.option("--report", type=_TARGET, help="需报国家平台的清单写入（CSV）。What to report.")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.pass_context
def run(
    ctx: click.Context, *, settings_file: Path | None, member: str, drafts: Path | None,
    report: Path | None, path: Path,
) -> None:  # fmt: skip
    """核对国家平台状态文件或文件夹中的新文件。Compare a status file, or what is new of a folder.

    Columns: 统一社会信用代码, 决定文号, 认定单位, 状态 (公示中, 异议, 已修复, 已撤销, 到期); also
    read: 状态日期, 类别, 决定日期, 公示截止日期. Exit code 1 where a file cannot be compared.
    """
    out = ctx.ensure_object(Output)
    with working(out, "对账 reconciling"):
        made = asyncio.run(_run(load_settings(settings_file), member, path, (drafts, report)))
    for one in made:
        _tell(out, one)
    if not made:
        out.say("没有新的文件", "no new file")
    good = all(one.state == "done" for one in made)
    out.result({"ok": good, "runs": [_document(one) for one in made]})
    ctx.exit(0 if good else 1)


@reconcile.command()
@json_option
@settings_option
@_member
@click.option("--out", "target", type=_TARGET, required=True, help="写入修复信息（JSON Lines）。")
@click.option("--problems", type=_TARGET, help="未能准备的行写入（CSV）。Rows told of.")
@click.argument("file", type=_FILE)
@click.pass_context
def notices(
    ctx: click.Context, *, settings_file: Path | None, member: str, target: Path,
    problems: Path | None, file: Path,
) -> None:  # fmt: skip
    """导入信用修复通知，准备修复信息供 registry publish。Make repairs of notices, to be published.

    Columns: 统一社会信用代码, 行政处罚决定书文号 or 列入决定文号, 信用修复决定书文号, 修复决定单位,
    修复决定日期, 处理结果. Exit code 1 where a row was left out.
    """
    out = ctx.ensure_object(Output)
    found = asyncio.run(_notices(load_settings(settings_file), member, file.read_bytes()))
    target.write_bytes(lines_of(found.drafts))
    if problems is not None:
        problems.write_bytes(_problems(found.reasons))
    for one in found.reasons:
        column = f"“{one.column}”" + (f"（{one.cell}）" if one.cell else "")
        note = "（提示）" if one.noted else ""
        out.say(f"第{one.line}行{column}：{note}{one.zh}。应为：{one.right_zh}", one.en)
    out.say(
        f"{found.rows} 条通知，{len(found.drafts)} 条修复信息已写入 {target}", "repairs written"
    )
    told = [msgspec.to_builtins(one) for one in found.reasons]
    good = all(one.noted for one in found.reasons)
    counts = {"rows": found.rows, "repairs": len(found.drafts)}
    out.result({"ok": good, **counts, "reasons": told})
    ctx.exit(0 if good else 1)


@reconcile.command()
@json_option
@settings_option
@click.pass_obj
def last(out: Output, settings_file: Path | None) -> None:
    """各成员地区最近一次对账。The newest run of each member."""
    runs = asyncio.run(_newest(load_settings(settings_file)))
    for one in runs:
        _tell(out, one)
    out.result({"ok": True, "runs": [_document(one) for one in runs]})


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Reconciling]:
    async with open_store(settings) as db:
        yield Reconciling(db, await charter_in_force(db), SystemClock())


async def _run(
    settings: Settings, member: str, source: Path, targets: tuple[Path | None, Path | None]
) -> list[KeptRun]:
    made: list[KeptRun] = []
    files, again = _files(source)
    drafts, report = targets
    async with _opened(settings) as desk:
        for path in files:
            content = path.read_bytes()
            if not again and await desk.compared(member, content):
                continue
            try:
                name = await desk.add(member, path.name, content, OPERATOR)
            except (MalformedRefusal, TooLargeRefusal) as wrong:
                if again:
                    raise
                made.append(_untaken(member, path.name, wrong))  # the others of a folder are
                continue
            await desk.runner().make(name)
            made.append(await desk.view(member, name))
        newest = next((one for one in reversed(made) if one.state == "done"), None)
        if newest and drafts is not None:
            drafts.write_bytes((await desk.drafts(newest))[0])
        if newest and report is not None:
            report.write_bytes((await desk.report(newest))[0])
    return made


def _untaken(member: str, file: str, wrong: Refusal) -> KeptRun:
    """Return what is told of a file that was not even taken."""
    now = SystemClock().now()
    run = KeptRun("", member, file, b"", now, OPERATOR, state="unreadable")
    return replace(run, wrong_zh=wrong.zh, wrong_en=wrong.en)


async def _notices(settings: Settings, member: str, content: bytes) -> Imported:
    async with _opened(settings) as desk:
        return await desk.notices(member, content)


async def _newest(settings: Settings) -> list[KeptRun]:
    async with _opened(settings) as desk:
        return list((await desk.newest()).values())


def _files(path: Path) -> tuple[list[Path], bool]:
    """Return a file, or those of a folder by name; and whether what was compared is so again."""
    if not path.is_dir():
        return [path], True
    return sorted(one for one in path.iterdir() if one.suffix.lower() in _ENDINGS), False


def _tell(out: Output, one: KeptRun) -> None:
    if one.state != "done":
        out.say(f"{one.file}：{one.wrong_zh}", one.wrong_en)
        return
    counted = "、".join(f"{kind} {n}" for kind, n in _counts(one).items()) or "没有差异 none"
    day = f"{one.member} {one.day} {one.file}"
    out.say(f"{day}：国家平台 {one.lines} 行，本地 {one.ours} 条；差异：{counted}", "compared")


def _counts(one: KeptRun) -> dict[str, int]:
    return msgspec.json.decode(one.counts, type=dict[str, int])


def _document(one: KeptRun) -> dict[str, object]:
    return {
        **{name: getattr(one, name) for name in ("id", "member", "file", "state", "day", "size")},
        **{name: getattr(one, name) for name in ("lines", "ours", "apart", "wrong_zh", "wrong_en")},
        "digest": one.digest.hex(),
        "root": one.root.hex() if one.root else "",
        "counts": _counts(one),
    }


def _problems(reasons: Iterable[Reason]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(("行", "列", "单元格", "问题", "应为", "依据"))
    for one in reasons:
        writer.writerow((one.line, one.column, one.cell, one.zh, one.right_zh, one.rule))
    return ("\ufeff" + out.getvalue()).encode()
