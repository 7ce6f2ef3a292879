"""``registry replay``: a saved decision made again, from its file alone or from a node's store."""

import asyncio
from pathlib import Path
from typing import Final

import click

from registry.cli.node import load_settings, settings_option
from registry.cli.options import charter_option, json_option
from registry.cli.output import Output
from registry.cli.stored import charter_in_force
from registry.query.again import Again
from registry.query.decision_file import DecisionFile, opened
from registry.query.replay import NotReproducibleRefusal, Replayed
from registry.query.replay import replay as replay_file
from registry.resources import open_store
from registry.settings import Settings
from signing.charter import open_charter

NOT_REPRODUCIBLE: Final = 3
"""Exit code where a record that the decision rests on was erased by law."""


@click.command()
@json_option
@settings_option
@charter_option
@click.option(
    "--store",
    "from_store",
    is_flag=True,
    help="以本节点所存、截至当时已知的信息重演。Decide again from this node's store, as of then.",
)
@click.argument(
    "file", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.pass_context
def replay(
    ctx: click.Context,
    settings_file: Path | None,
    charter_file: Path | None,
    file: Path,
    *,
    from_store: bool,
) -> None:
    """重演已保存的决定，逐字节一致方为通过。Make a saved decision again, byte for byte.

    Exit code 1: something does not match, and what; 3: a record was erased by law, and where.
    """
    out = ctx.ensure_object(Output)
    saved = opened(file.read_bytes())
    try:
        if from_store:
            done = asyncio.run(_from_store(load_settings(settings_file), saved))
        else:
            charter = None if charter_file is None else open_charter(charter_file.read_bytes())
            done = replay_file(saved, charter)
    except NotReproducibleRefusal as gone:
        out.say(gone.zh, gone.en)
        out.result({"ok": False, "not_reproducible": gone.place})
        ctx.exit(NOT_REPRODUCIBLE)
    _tell(out, done)


def _tell(out: Output, done: Replayed) -> None:
    """Say in one line what was reproduced; nothing of what was decided, or about whom."""
    out.say(
        f"已重演，逐字节一致：决定 {done.digest}，规则汇编 {done.edition or '无'}，"
        f"依据信息 {done.records} 条，其中已核验证明 {done.proven} 条",
        "reproduced, byte for byte",
    )
    out.result(
        {
            "ok": True,
            "decision": done.digest,
            "rulebook": done.edition,
            "records": done.records,
            "proven": done.proven,
        }
    )


async def _from_store(settings: Settings, saved: DecisionFile) -> Replayed:
    async with open_store(settings) as db:
        return await Again(db, await charter_in_force(db)).of(saved)
