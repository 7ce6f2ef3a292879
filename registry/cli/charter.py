"""``registry charter show``: who signs, with which keys, at which node."""

from pathlib import Path

import click

from registry.cli.options import connect, json_option, node_option
from registry.cli.output import Output
from registry.exchange.errors import PublishError
from signing.charter import Charter, open_charter


@click.group()
def charter() -> None:
    """章程：成员、密钥、节点。The charter of the region."""


@charter.command()
@json_option
@node_option
@click.argument(
    "file",
    required=False,
    metavar="[FILE]",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
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
    out.result({"ok": True, **_document(opened)})
    out.say(f"{opened.region_name} 章程第 {opened.version} 版", f"charter version {opened.version}")
    out.say(f"摘要 digest sha256:{opened.digest.hex()}")
    out.say(f"有效至 {opened.expires_on}，宽限 {opened.grace_days} 天", "expiry and days of grace")
    out.say(f"由 {len(opened.root_keys)} 个根密钥中的至少 {opened.threshold} 个签署", "root keys")
    for node in opened.nodes:
        out.say(f"节点 {node.name}", node.url)
    for party in opened.parties:
        out.say(f"{party.code} {party.name}", f"{party.origin} @ {party.home}")
    out.say("章程只能证明自身：请与公布的摘要核对。", "Compare the digest with the published one.")


def _document(opened: Charter) -> dict[str, object]:
    return {
        "version": opened.version,
        "region": {"code": opened.region_code, "name": opened.region_name},
        "digest": opened.digest.hex(),
        "expires_on": opened.expires_on.isoformat(),
        "grace_days": opened.grace_days,
        "roots": [str(key) for key in opened.root_keys],
        "threshold": opened.threshold,
        "quorum": opened.quorum,
        "nodes": [{"name": node.name, "url": node.url} for node in opened.nodes],
        "parties": [
            {
                "code": party.code,
                "name": party.name,
                "origin": party.origin,
                "home": party.home,
                "vkeys": [str(window.key) for window in party.keys],
            }
            for party in opened.parties
        ],
    }
