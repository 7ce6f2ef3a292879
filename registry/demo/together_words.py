"""What can be tried in a region of several nodes, said where it runs."""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from registry.demo.facts import PARTIES
from registry.demo.nodes import NodeProcess


def links(nodes: Sequence[NodeProcess], folder: Path, name: str) -> list[str]:
    """Return the addresses and three things to try: publish and see, stop one, start it again."""
    first, last = nodes[0], nodes[-1]
    second = PARTIES[1 % len(nodes)] if len(nodes) > 1 else PARTIES[0]
    desk = folder / "members" / second.segment
    home = nodes[1 % len(nodes)]
    return [
        "",
        "各节点 / the nodes:",
        *(f"  {node.url}/search?q={quote(name)}   PID {node.pid}" for node in nodes),
        "",
        f"一处发布，处处可见 / publish in one ({home.url}), see it in the others:",
        f"  export REGISTRY_WORKDIR={desk} REGISTRY_NODE={home.url}",
        f"  .venv/bin/registry publish {folder}/penalties.csv --password-file {folder}/password",
        *(f"  {node.url}/log/{second.origin}" for node in nodes),
        "",
        "停一个，继续发布，再启动，自行补齐 / stop one, publish on, start it: it catches up:",
        f"  kill {last.pid}",
        f"  {first.url}/   (各成员数据更新情况 / how fresh each city is)",
        f"  .venv/bin/registry {' '.join(last.command[2:])}",
        "",
        "Ctrl-C 结束全部 / ends all",
    ]
