"""``registry link``: judgements that two subjects are the same or not, each with who and why."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

from registry.cli.node import load_settings, settings_option
from registry.cli.options import json_option
from registry.cli.output import Output
from registry.clock import SystemClock
from registry.resources import open_store
from registry.settings import Settings
from registry.store.links import Judged, Judgement, Links
from registry.store.reading_records import SubjectRow

_SAID = {"same": "同一主体", "different": "不同主体", "undone": "撤销判断"}
_ENGLISH = {"same": "the same", "different": "different", "undone": "undone"}


@dataclass(frozen=True, slots=True)
class _Ground:
    """Who judges, and why."""

    by: str
    reason: str


@click.group()
def link() -> None:
    """两个主体是否同一：判断、撤销、列出。Judge two subjects the same or different.

    ONE and OTHER are codes, or the 32 digits in the address of a subject's page. No record is
    changed; whoever may see both subjects reads who judged and why.
    """


def _judging(judgement: Judgement, help_text: str) -> Callable[..., None]:
    """Make the command of one judgement."""

    @click.command(judgement if judgement != "undone" else "undo", help=help_text)
    @json_option
    @settings_option
    @click.argument("one", metavar="ONE")
    @click.argument("other", metavar="OTHER")
    @click.option(
        "--by", required=True, help="由哪个单位判断。The organ that judges, not a person."
    )
    @click.option("--reason", required=True, help="理由，可公开。Why; it may be shown.")
    @click.pass_obj
    def command(
        out: Output,
        settings_file: Path | None,
        one: str,
        other: str,
        by: str,
        reason: str,
    ) -> None:
        ground = _Ground(by, reason)
        settings = load_settings(settings_file)
        pair = asyncio.run(_judge(settings, (one, other), judgement, ground))
        said = f"{_name(pair[0])} {_name(pair[1])}：{_SAID[judgement]}"
        out.say(said, _ENGLISH[judgement])
        ids = [row.subject_id.hex() for row in pair]
        out.result({"ok": True, "judgement": judgement, "subjects": ids})

    link.add_command(command)
    return command


same = _judging("same", "判断为同一主体。Judge two subjects the same.")
different = _judging("different", "判断为不同主体。Judge two subjects different.")
undo = _judging("undone", "撤销最近的人工判断。Undo the latest judgement by hand on the two.")


@link.command("list")
@json_option
@settings_option
@click.argument("subject", required=False, default="", metavar="[SUBJECT]")
@click.pass_obj
def listed(out: Output, settings_file: Path | None, subject: str) -> None:
    """列出人工判断，最近的在前。List judgements by hand, the latest first."""
    rows = asyncio.run(_history(load_settings(settings_file), subject))
    for row in rows:
        on = row.judged_at.date()
        said = f"{on}  {row.one.hex()} {row.other.hex()}  {_SAID[row.judgement]}"
        out.say(f"{said}  {row.judged_by}：{row.reason}")
    out.say(f"{len(rows)} 项判断", "judgements")
    out.result({"ok": True, "judgements": [_row(row) for row in rows]})


def _row(row: Judged) -> dict[str, str]:
    return {
        "one": row.one.hex(),
        "other": row.other.hex(),
        "judgement": row.judgement,
        "by": row.judged_by,
        "reason": row.reason,
        "at": row.judged_at.isoformat(),
    }


def _name(row: SubjectRow) -> str:
    return row.identifier or row.subject_id.hex()


async def _judge(
    settings: Settings, named: tuple[str, str], judgement: Judgement, ground: _Ground
) -> tuple[SubjectRow, SubjectRow]:
    async with open_store(settings) as db:
        links = Links(db)
        one, other = await links.subject(named[0]), await links.subject(named[1])
        pair = (one.subject_id, other.subject_id)
        await links.judge(pair, judgement, ground.by, ground.reason, SystemClock().now())
        return one, other


async def _history(settings: Settings, subject: str) -> tuple[Judged, ...]:
    async with open_store(settings) as db:
        links = Links(db)
        ids = [(await links.subject(subject)).subject_id] if subject else []
        return await links.history(ids)
