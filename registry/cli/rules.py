"""``registry rules``: what applies to everybody, and what a draft would change."""

import asyncio
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Final, TypeVar

import click
import msgspec

from registry.cli.node import load_settings, settings_option
from registry.cli.options import json_option
from registry.cli.output import Output
from registry.cli.progress import working
from registry.cli.stored import charter_in_force
from registry.clock import SystemClock, today, unix
from registry.query.impact import Gathered, Impact, differences, seal_impact
from registry.query.lives import Standing, standings
from registry.query.population import Count, Part, parts
from registry.query.survey import Asked, compared, survey_of
from registry.resources import MIRROR, node_key, open_store_url
from registry.rules.load import BESIDE, FILES, OPTIONAL
from registry.settings import Settings
from registry.store.engine import open_database

Function = TypeVar("Function", bound=Callable[..., object])
FILE_MAX: Final = 4 * 1024 * 1024
"""Bytes of one file of a draft."""


@click.group()
def rules() -> None:
    """规则汇编：校验、清单、对全体的适用、草案的影响。Rulebooks: gate, lists, population."""


def _asking(function: Function) -> Function:
    """Add where, what and when is asked."""
    for option in (
        click.option(
            "--workers",
            type=click.IntRange(1, 64),
            help="进程数，缺省为核数。Processes; all cores.",
        ),
        click.option(
            "--on", type=click.DateTime(("%Y-%m-%d",)), help="日期，缺省为今日。Date; today."
        ),
        click.option("--matter", default="", help="办理事项，缺省为全部。Matter; none is all."),
        click.option(
            "--territory", multiple=True, help="办理地区，可多次，缺省为全部。Territory; all."
        ),
    ):
        function = option(function)
    return function


@rules.command()
@json_option
@settings_option
@_asking
@click.option(
    "--lines",
    type=click.Path(dir_okay=False, path_type=Path),
    help="逐条写出（JSON Lines）。Write every measure to this file.",
)
@click.pass_obj
def population(  # noqa: PLR0913 - one parameter for each option
    out: Output,
    *,
    settings_file: Path | None,
    territory: tuple[str, ...],
    matter: str,
    on: date | None,
    workers: int | None,
    lines: Path | None,
) -> None:
    """统计全体主体适用的措施。Count which measures apply to whom, by territory and rule."""
    settings = load_settings(settings_file)
    asked = _asked(territory, matter, on)
    with working(out, "统计 counting"):
        count = asyncio.run(_population(settings, asked, workers or 0, lines))
    for (place, rule, edition, measure, effect, state), number in sorted(count.measures.items()):
        out.say(f"{number:>12}  {place}  {rule}（{edition}）{measure or '-'}  {effect}  {state}")
    out.say(
        f"有相关信息的主体 {count.subjects} 个，其中适用措施的 {count.with_measure} 个，"
        f"所读信息 {count.records} 条",
        "subjects with a cause, of these with a measure, records read",
    )
    names = ("territory", "rule", "edition", "measure", "effect", "state")
    out.result(
        {
            "ok": True,
            "subjects": count.subjects,
            "with_measure": count.with_measure,
            "records": count.records,
            "measures": [
                dict(zip(names, key, strict=True)) | {"subjects": number}
                for key, number in sorted(count.measures.items())
            ],
        }
    )


@rules.command()
@json_option
@settings_option
@_asking
@click.option(
    "--out",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="写入的文件夹，缺省为节点数据目录。Folder for the files; by default the node's.",
)
@click.argument(
    "draft",
    metavar="DRAFT_DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
)
@click.pass_obj
def impact(  # noqa: PLR0913 - one parameter for each option
    out: Output,
    *,
    settings_file: Path | None,
    draft: Path,
    territory: tuple[str, ...],
    matter: str,
    on: date | None,
    workers: int | None,
    folder: Path | None,
) -> None:
    """比较草案与现行规则汇编：谁在何地增减何种措施。Who gains and loses what under a draft.

    Writes the signed impact.json and the list impact.jsonl. Whoever adopted a rule is taken to
    adopt its new edition, and a new rule to be adopted everywhere: the file names what is assumed.
    """
    settings = load_settings(settings_file)
    asked = _asked(territory, matter, on)
    target = folder or settings.data_dir / "impact"
    with working(out, "比较 comparing"):
        made = asyncio.run(_impact(settings, asked, workers or 0, _draft(draft), target))
    for one in made.totals:
        out.say(f"{one.subjects:>12}  {one.territory}  {_SAID[one.way]}  {one.rule} {one.measure}")
    out.say(
        f"有变动的规则：{'、'.join(made.changed) or '无'}；涉及主体 {made.subjects} 个，"
        f"已签名：{target / 'impact.json'}",
        "rules that differ; subjects concerned; signed",
    )
    out.result({"ok": True, **msgspec.to_builtins(made)})


@rules.command()
@json_option
@settings_option
@click.option("--territory", multiple=True, help="办理地区，可多次，缺省为全部。Territory; all.")
@click.option("--on", type=click.DateTime(("%Y-%m-%d",)), help="日期，缺省为今日。Date; today.")
@click.pass_obj
def life(
    out: Output, settings_file: Path | None, territory: tuple[str, ...], on: date | None
) -> None:
    """各规则在各成员地区的状态：采纳、暂停、被替代、终止。How each rule stands with each member."""
    edition, rows = asyncio.run(_life(load_settings(settings_file), _asked(territory, "", on)))
    for one in rows:
        until = f"，至 {one.until}" if one.until else ""
        watch = f"（依据修订中：{'、'.join(one.watched)}）" if one.watched else ""
        out.say(
            f"{one.territory}  {one.rule}（{one.edition}）  {_STAGES[one.stage]}"
            f"{f'（{one.adopted}）' if one.adopted else ''}{until}{watch}"
        )
    out.say(f"规则汇编 {edition}", "the rulebook in force")
    out.result({"ok": True, "rulebook": edition, "standings": [one._asdict() for one in rows]})


_STAGES: Final = {
    "not-adopted": "未采纳",
    "announced": "已公布采纳，尚未施行",
    "in-force": "施行中",
    "suspended": "本地已暂停",
    "ended": "已终止",
    "other-edition": "施行前一版本",
}
_SAID: Final = {"gained": "增加", "lost": "减少", "changed": "变化"}


def _asked(territory: tuple[str, ...], matter: str, on: date | None) -> Asked:
    day = today(SystemClock())
    return Asked(territory, matter, day if on is None else date(on.year, on.month, on.day), day)


def _draft(folder: Path) -> dict[str, bytes]:
    """Read the files of a book in a folder; others are let be."""
    found = {}
    for name in (*FILES, *OPTIONAL, BESIDE):
        path = folder / name
        if path.is_file():
            if path.stat().st_size > FILE_MAX:
                message = f"{name} 超过 {FILE_MAX} 字节。{name} is longer than {FILE_MAX} bytes."
                raise click.UsageError(message)
            found[name] = path.read_bytes()
    return found


async def _life(settings: Settings, asked: Asked) -> tuple[str, list[Standing]]:
    async with open_store_url(settings) as url:
        async with open_database(url, 2) as db:
            charter = await charter_in_force(db)
        survey, book = await survey_of(url, charter, asked)
    return book.edition, list(standings(book, survey.territories, asked.on))


def _counted(part: Part) -> tuple[Count, bytes]:
    return Count.of(part), b""


def _listed(part: Part) -> tuple[Count, bytes]:
    """Return the counts of a part, and its measures as JSON Lines."""
    lines = (msgspec.json.encode(line._asdict()) + b"\n" for line in part.lines)
    return Count.of(part), b"".join(lines)


async def _population(settings: Settings, asked: Asked, workers: int, lines: Path | None) -> Count:
    count = Count()
    async with open_store_url(settings) as url:
        async with open_database(url, 2) as db:
            charter = await charter_in_force(db)
        survey, _ = await survey_of(url, charter, asked)
        target = None if lines is None else lines.open("wb")
        try:
            async for one, data in parts(survey, workers, _listed if lines else _counted):
                count.add(one)
                if target is not None:
                    target.write(data)
        finally:
            if target is not None:
                target.close()
    return count


async def _impact(
    settings: Settings, asked: Asked, workers: int, draft: dict[str, bytes], folder: Path
) -> Impact:
    mirror = node_key(settings, MIRROR)
    gathered = Gathered()
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    async with open_store_url(settings) as url:
        async with open_database(url, 2) as db:
            charter = await charter_in_force(db)
        both = await compared(url, charter, asked, draft)
        with (folder / "impact.jsonl.new").open("wb") as target:
            async for one in parts(both.survey, workers, differences):
                gathered.add(one)
                target.write(one.data)
    now = unix(SystemClock())
    made = gathered.impact(both, settings.node_name, now)
    (folder / "impact.json.new").write_bytes(seal_impact(made, mirror, now))
    for name in ("impact.jsonl", "impact.json"):
        (folder / f"{name}.new").replace(folder / name)
    return made
