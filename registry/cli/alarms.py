"""``registry alarms``: what contradicted what is signed; show its evidence, take note of one."""

import asyncio
import getpass
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Final, TypeVar

import click

from registry.cli.node import load_settings, settings_option
from registry.cli.options import json_option
from registry.cli.output import Output
from registry.clock import SystemClock
from registry.errors import NodeError
from registry.exchange.fork import parse_fork, proves_fork
from registry.exchange.lies import ALARMS
from registry.resources import open_store
from registry.settings import Settings
from registry.store.alarms import ID_MIN, AlarmRow, AlarmStore
from registry.store.charters import CharterStore
from registry.store.engine import Database
from signing.charter import Charter, open_charter

REASON_MAX: Final = 1_000
T = TypeVar("T")


@click.group()
def alarms() -> None:
    """警报：列出、查看证据、确认。Alarms: list them, show evidence, take note."""


@alarms.command(name="list")
@json_option
@settings_option
@click.option("--open", "open_only", is_flag=True, help="只列未确认的。Only those still open.")
@click.pass_context
def listed(ctx: click.Context, settings_file: Path | None, *, open_only: bool) -> None:
    """列出警报，新的在前。List alarms, the latest first; exit code 1 while one is open."""
    out, settings = ctx.ensure_object(Output), load_settings(settings_file)
    rows = asyncio.run(_with(settings, lambda db: AlarmStore(db).all(open_only=open_only)))
    for row in rows:
        zh, en = ALARMS.get(row.kind, (row.kind, row.kind))
        state = "未确认 open" if row.noted_at is None else f"已确认 noted：{row.reason}"
        out.say(f"{row.id[:12]} {row.at:%Y-%m-%d %H:%M} {row.node} {row.kind} {state}：{zh}", en)
    if not rows:
        out.say("没有警报", "no alarms")
    waiting = sum(row.noted_at is None for row in rows)
    documents = [asdict(row) | {"evidence": _text(row), "at": str(row.at)} for row in rows]
    out.result({"ok": not waiting, "open": waiting, "alarms": documents})
    ctx.exit(1 if waiting else 0)


@alarms.command()
@json_option
@settings_option
@click.argument("alarm_id", metavar="ID")
@click.pass_context
def show(ctx: click.Context, alarm_id: str, settings_file: Path | None) -> None:
    """显示证据；分叉证据当场核验。Show the evidence; that of a fork is verified here and now."""
    out, settings = ctx.ensure_object(Output), load_settings(settings_file)

    async def find(db: Database) -> tuple[AlarmRow, Charter]:
        return await _named(db, alarm_id), open_charter((await CharterStore(db).all())[-1])

    row, charter = asyncio.run(_with(settings, find))
    fork = parse_fork(row.evidence)
    holds = None if fork is None else proves_fork(charter, fork)
    out.say(f"{row.kind} {row.node}：{row.detail}", ALARMS.get(row.kind, ("", row.kind))[1])
    out.say(_text(row))
    if holds is not None:
        zh, en = ("证据成立", "the evidence holds") if holds else ("证据不成立", "it does not hold")
        out.say(f"{zh}：两个检查点均由该日志签署且互相矛盾" if holds else zh, en)
    out.result({"ok": True, "kind": row.kind, "evidence": _text(row), "holds": holds})


@alarms.command()
@json_option
@settings_option
@click.option("--reason", required=True, help="查明的情况与处理。What was found and done.")
@click.argument("alarm_id", metavar="ID")
@click.pass_obj
def ack(out: Output, alarm_id: str, reason: str, settings_file: Path | None) -> None:
    """确认一条警报并写明理由；不可撤回。Take note of an alarm; it stays, and so does the reason."""
    reason = reason.strip()
    if not 0 < len(reason) <= REASON_MAX:
        raise click.UsageError(f"理由应为 1 至 {REASON_MAX} 字。The reason: 1 to {REASON_MAX}.")

    async def note(db: Database) -> AlarmRow:
        row = await _named(db, alarm_id)
        if not await AlarmStore(db).note(row, reason, getpass.getuser(), SystemClock().now()):
            message = f"警报 {row.id[:12]} 已确认过 / somebody has taken note of it before"
            raise NodeError(message)
        return row

    row = asyncio.run(_with(load_settings(settings_file), note))
    out.say(f"已确认 {row.id[:12]} {row.kind}", "noted")
    out.result({"ok": True, "id": row.id})


async def _with(settings: Settings, act: Callable[[Database], Awaitable[T]]) -> T:
    async with open_store(settings) as db:
        return await act(db)


async def _named(db: Database, alarm_id: str) -> AlarmRow:
    """Return the one alarm whose id begins so; raise NodeError."""
    found = await AlarmStore(db).named(alarm_id.lower()) if len(alarm_id) >= ID_MIN else ()
    if len(found) != 1:
        message = (
            f"没有唯一的警报 {alarm_id}；请给出 registry alarms list 所列编号，至少 {ID_MIN} 位 / "
            f"no one alarm {alarm_id}: name it as 'registry alarms list' does, {ID_MIN} digits"
        )
        raise NodeError(message)
    return found[0]


def _text(row: AlarmRow) -> str:
    return row.evidence.decode(errors="replace")
