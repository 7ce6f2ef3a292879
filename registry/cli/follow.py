"""``registry follow``: how the logs of other nodes are followed here; and once, by hand."""

import asyncio
from dataclasses import asdict
from pathlib import Path

import click

from registry.cli.node import load_settings, settings_option
from registry.cli.options import json_option
from registry.cli.output import Output
from registry.cli.progress import working
from registry.errors import NodeError
from registry.exchange.following import open_following, pull_means
from registry.exchange.lies import ALARMS
from registry.parts import witness_of
from registry.resources import open_resources, open_store
from registry.settings import Settings
from registry.store.charters import CharterStore
from registry.store.following import FollowState, FollowStore
from registry.store.logs import log_id_of
from signing.charter import open_charter


@click.command()
@json_option
@settings_option
@click.option(
    "--once",
    is_flag=True,
    help="立即同步一次；须先停止节点。Follow once, now; the node must not run.",
)
@click.pass_context
def follow(ctx: click.Context, settings_file: Path | None, *, once: bool) -> None:
    """其他节点的日志：同步情况与警报。How the logs of other nodes are followed, and alarms.

    Exit code 1 while a log cannot be followed.
    """
    out, settings = ctx.ensure_object(Output), load_settings(settings_file)
    if once:
        with working(out, "同步 following"):
            states = asyncio.run(_once(settings))
    else:
        states = asyncio.run(_states(settings))
    for state in states:
        _say(out, state)
    failing = [state.origin for state in states if state.failure]
    out.result({"ok": not failing, "logs": [asdict(state) for state in states]})
    ctx.exit(1 if failing else 0)


def _say(out: Output, state: FollowState) -> None:
    out.say(f"{state.origin}：已存 {state.held} 条，主节点 {state.seen} 条", "held, at the home")
    if state.failure:
        out.say(f"  自 {state.failing_since} 起无法同步：{state.failure}", "fails since then")
    for kind, count in state.alarms:
        zh, en = ALARMS[kind]
        out.say(f"  警报 {kind} {count} 次：{zh}", f"ALARM: {en}")


async def _once(settings: Settings) -> tuple[FollowState, ...]:
    async with open_resources(settings) as resources:
        witness = witness_of(resources).add_checkpoint
        means = pull_means(resources.db, resources.door, witness, resources.clock)
        charter, mirror = resources.charter, resources.mirror
        async with open_following(settings, charter, mirror, means) as following:
            await following.once()
            return await following.states()


async def _states(settings: Settings) -> tuple[FollowState, ...]:
    """Read how it goes, beside a node that runs."""
    async with open_store(settings) as store:
        notes = await CharterStore(store).all()
        if not notes:
            message = "没有章程：请先启动节点 / no charter yet: start the node first"
            raise NodeError(message)
        parties = open_charter(notes[-1]).parties
        logs = [(log_id_of(p.origin), p.origin) for p in parties if p.home != settings.node_name]
        return await FollowStore(store).states(sorted(logs, key=lambda log: log[1]))
