"""``registry entry``: may an activity be entered, by the negative lists that a node holds."""

import asyncio
from datetime import datetime
from pathlib import Path

import click

from registry.cli.node import load_settings, settings_option
from registry.cli.options import json_option
from registry.cli.output import Output
from registry.cli.stored import charter_in_force
from registry.clock import SystemClock, today
from registry.domain.disclosure import Role
from registry.query.entry import Entries, EntryAnswer
from registry.query.views import Viewer
from registry.resources import open_store
from registry.settings import Settings
from registry.standards.access import told
from registry.standards.access_model import EntryAsk, Match

_HOW = {"exact": "", "broader": "（范围更宽）", "narrower": "（仅一部分）"}


@click.command()
@json_option
@settings_option
@click.argument("activity", metavar="ACTIVITY")
@click.option("--territory", required=True, help="办理地区代码。Division code, as 320100.")
@click.option("--on", type=click.DateTime(("%Y-%m-%d",)), help="日期，缺省为今日。Date; today.")
@click.option("--permit", default="", help="被要求取得的许可。A permit that is demanded.")
@click.pass_obj
def entry(
    out: Output,
    *,
    settings_file: Path | None,
    activity: str,
    territory: str,
    on: datetime | None,
    permit: str,
) -> None:
    """市场准入：某行业是否在负面清单上。Is an activity on a negative list.

    ACTIVITY is a class of GB/T 4754: a section letter, or two to four digits.
    """
    day = on.date() if on else today(SystemClock())
    ask = EntryAsk(activity, territory, day, permit)
    answer = asyncio.run(_answer(load_settings(settings_file), ask))
    found = answer.entry
    out.say(found.zh)
    out.say(found.en)
    for match in found.items:
        out.say(f"  {_line(match)}")
    if found.demand is not None:
        out.say(found.demand.zh)
        out.say(found.demand.en)
    for match in found.removed:
        out.say(f"  已移出 removed：{_line(match)}")
    for zh, en in told(found.notes):
        out.say(zh, en)
    for rule in found.general:
        out.say(f"- {rule.zh}（{rule.basis}）")
    out.result(_document(answer))


def _line(match: Match) -> str:
    item = match.item
    named = f"{item.item_no} {item.item}（{item.edition}，{item.organ}）{_HOW[match.how]}"
    places = " ".join(f"{ref.origin}/{ref.idx}" for ref in match.refs)
    return f"{named} {places}"


def _document(answer: EntryAnswer) -> dict[str, object]:
    found = answer.entry
    return {
        "ok": True,
        "verdict": found.verdict,
        "zh": found.zh,
        "en": found.en,
        "items": [_item(match) for match in found.items],
        "removed": [_item(match) for match in found.removed],
        "demand": None if found.demand is None else found.demand.listed,
        "whole": answer.whole,
    }


def _item(match: Match) -> dict[str, object]:
    return {
        "list": match.list,
        "edition": match.item.edition,
        "item_no": match.item.item_no,
        "category": match.item.category,
        "how": match.how,
        "by": match.by,
        "places": [f"{ref.origin}/{ref.idx}" for ref in match.refs],
    }


async def _answer(settings: Settings, ask: EntryAsk) -> EntryAnswer:
    async with open_store(settings) as db:
        entries = Entries(db, await charter_in_force(db), SystemClock())
        return await entries.of(ask, Viewer(Role.PUBLIC))
