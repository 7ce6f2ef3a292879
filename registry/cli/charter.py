"""``registry charter``: read, compare and verify charters; write, sign and adopt new ones."""

import importlib
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Final

import click

from registry.cli.charter_making import combine, draft, root_key, sign, tell_changes
from registry.cli.charter_words import changes, short, tables
from registry.cli.options import connect, json_option, node_option
from registry.cli.output import Output
from registry.clock import SystemClock, today, unix
from registry.exchange.charter_files import read_notes
from registry.exchange.errors import PublishError
from signing.charter import Charter, open_charter
from signing.charters import open_chain
from signing.encoding import utc_text
from signing.parties import KeyWindow, Node, Party

_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_OF_A_NODE: Final[Mapping[str, str]] = {
    "adopt": "采用新的一版：核验、保存，运行中的节点随即生效。Put a later version in force.",
    "node-keys": "节点的存证、见证公钥；--next 再生成一组。The keys of a node, for the charter.",
}


class _Group(click.Group):
    """A group whose commands of a node are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*super().list_commands(ctx), *_OF_A_NODE]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _OF_A_NODE:
            return super().get_command(ctx, cmd_name)
        module = importlib.import_module("registry.cli.charter_node")
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return command


@click.group(cls=_Group)
def charter() -> None:
    """章程：起草、签署、合并、比较、采用。The charter: draft, sign, combine, compare, adopt."""


for _command in (draft, root_key, sign, combine):
    charter.add_command(_command)


@charter.command()
@json_option
@node_option
@click.argument("file", required=False, metavar="[FILE]", type=_FILE)
@click.pass_obj
def show(out: Output, file: Path | None, node_url: str) -> None:
    """核验并显示章程（文件或节点）。Verify and show a charter, of a file or a node."""
    if file is not None:
        note = file.read_bytes()
    elif (asked := connect(node_url)) is not None:
        note = asked.charter()
    else:
        raise PublishError("no-charter")
    opened = open_charter(note)
    now = today(SystemClock())
    out.result({"ok": True, **document(opened), "standing": asdict(opened.standing(now))})
    out.say(tables(opened, now))
    out.say("章程只能证明自身：请与公布的摘要核对。", "Compare the digest with the published one.")


@charter.command()
@json_option
@click.argument("old", metavar="OLD", type=_FILE)
@click.argument("new", metavar="NEW", type=_FILE)
@click.pass_obj
def diff(out: Output, old: Path, new: Path) -> None:
    """两版章程的差别，用文字说明。What changes between two versions, in words.

    NEW must follow OLD: signed by the threshold of its roots, too.
    """
    before = open_charter(old.read_bytes())
    found = changes(before, open_charter(new.read_bytes(), before), unix(SystemClock()))
    tell_changes(out, found)
    out.result({"ok": True, "changes": [asdict(one) for one in found]})


@charter.command()
@json_option
@click.option(
    "--pin",
    default="",
    metavar="SHA256",
    help="章程链起点的公布摘要。Published digest of the version with which the chain begins.",
)
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE...",
    type=click.Path(exists=True, path_type=Path),
)
@click.pass_obj
def verify(out: Output, files: tuple[Path, ...], pin: str) -> None:
    """核验各版是否依次相承（文件或目录）。Verify that versions follow each other, none missing.

    Each must be signed by the threshold of its own roots and of those before it. FILES in any
    order; of a folder all charters.
    """
    chain = open_chain([note for file in files for note in read_notes(file)], _pinned(pin))
    for one in chain:
        out.say(f"第 {one.version} 版  {one.region_name}", f"有效至 until {one.expires_on}")
        out.say(f"    sha256:{one.digest.hex()}")
    first, last = chain[0], chain[-1]
    out.say(
        f"第 {first.version} 至 {last.version} 版依次相承，共 {len(chain)} 版。",
        f"versions {first.version} to {last.version} follow each other: {len(chain)} in all",
    )
    if not pin:
        out.say(f"起点第 {first.version} 版只能证明自身：请与公布的摘要核对，或加 --pin。")
        out.say("The first vouches for itself only: compare its digest, or give it with --pin.")
    out.result({"ok": True, "chain": [_link(one) for one in chain]})


def document(opened: Charter) -> dict[str, object]:
    """Return the charter as the JSON document of commands."""
    return {
        "version": opened.version,
        "region": {"code": opened.region_code, "name": opened.region_name},
        "digest": opened.digest.hex(),
        "expires_on": opened.expires_on.isoformat(),
        "grace_days": opened.grace_days,
        "roots": [str(key) for key in opened.root_keys],
        "threshold": opened.threshold,
        "quorum": opened.quorum,
        "nodes": [_node(node) for node in opened.nodes],
        "parties": [_party(party) for party in opened.parties],
    }


def _node(node: Node) -> dict[str, object]:
    return {
        "name": node.name,
        "url": node.url,
        "mirror": str(node.mirror),
        "witness": str(node.witness),
        "earlier": [_window(window) for window in node.earlier],
    }


def _party(party: Party) -> dict[str, object]:
    return {
        "code": party.code,
        "name": party.name,
        "origin": party.origin,
        "home": party.home,
        "vkeys": [str(window.key) for window in party.keys],
        "keys": [{"id": short(window.key), **_window(window)} for window in party.keys],
    }


def _window(window: KeyWindow) -> dict[str, object]:
    moments = {"from": window.start, "until": window.until, "revoked": window.revoked}
    told = {name: None if at is None else utc_text(at) for name, at in moments.items()}
    return {"vkey": str(window.key), **told}


def _link(one: Charter) -> dict[str, object]:
    return {"version": one.version, "digest": one.digest.hex(), "expires_on": str(one.expires_on)}


def _pinned(pin: str) -> bytes:
    try:
        pinned = bytes.fromhex(pin.removeprefix("sha256:"))
    except ValueError:
        pinned = b"?"
    if len(pinned) not in (0, 32):
        raise click.UsageError("--pin 为 64 位十六进制摘要。--pin takes 64 hexadecimal digits.")
    return pinned
