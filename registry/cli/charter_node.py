"""``registry charter adopt`` and ``node-keys``: what a node has to do with its charter."""

import asyncio
from dataclasses import asdict
from pathlib import Path

import click

from registry.cli.charter_making import tell_changes
from registry.cli.charter_words import changes
from registry.cli.node import load_settings, settings_option
from registry.cli.options import json_option
from registry.cli.output import Output
from registry.clock import SystemClock, unix
from registry.exchange.charter_files import read_notes
from registry.ledger.charters import Charters
from registry.resources import MIRROR, WITNESS, next_node_key, node_key, open_store
from registry.settings import Settings
from signing.charters import Chain


@click.command()
@json_option
@settings_option
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE...",
    type=click.Path(exists=True, path_type=Path),
)
@click.pass_obj
def adopt(out: Output, files: tuple[Path, ...], settings_file: Path | None) -> None:
    """采用新的一版：核验、保存，运行中的节点随即生效。Put a later version in force.

    It is verified against every version before it and stored; a running node takes it over within
    seconds, unless it has other keys than the new version names: then it has to be restarted.
    """
    settings = load_settings(settings_file)
    before, after = asyncio.run(_adopt(settings, files))
    new, now = after[len(before) :], unix(SystemClock())
    for older, newer in zip((*before[-1:], *new), new if before else new[1:], strict=False):
        tell_changes(out, changes(older, newer, now))
    last = after[-1]
    said = "已采用" if new else "已在用，没有变化"
    out.say(f"章程第 {last.version} 版{said}", f"sha256:{last.digest.hex()}")
    out.result(
        {
            "ok": True,
            "version": last.version,
            "digest": last.digest.hex(),
            "adopted": [one.version for one in new],
            "changes": [asdict(one) for one in (changes(before[-1], last, now) if before else ())],
        }
    )


@click.command(name="node-keys")
@json_option
@settings_option
@click.option(
    "--next",
    "further",
    is_flag=True,
    help="轮换：再生成一组，自章程载明起使用。One more of each, used once the charter names them.",
)
@click.pass_obj
def node_keys(out: Output, settings_file: Path | None, *, further: bool) -> None:
    """节点的存证、见证公钥；--next 再生成一组。The keys of a node, for the charter.

    Made where there are none yet. Keys that go stay in the charter under `earlier`; the node takes
    over the new ones at its first start under a version that names them.
    """
    settings = load_settings(settings_file)
    make = next_node_key if further else node_key
    made = {use: str(make(settings, use).vkey) for use in (MIRROR, WITNESS)}
    for use, vkey in made.items():
        out.say(f"{use}: {vkey}")
    out.result({"ok": True, "node": settings.node_name, **made})


async def _adopt(settings: Settings, files: tuple[Path, ...]) -> tuple[Chain, Chain]:
    notes = [note for file in files for note in await asyncio.to_thread(read_notes, file)]
    async with open_store(settings) as store:
        return await Charters(store, settings.charter_pin).adopt(notes, SystemClock().now())
