"""Keys of the demonstration region, made at start, and its charter (three of five roots)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from registry.demo.facts import HOST, PARTIES, REGION, Member
from signing.charter import encode_charter, sign_charter
from signing.keys import SigningKey, VerifierKey

ROOTS: Final = 5
THRESHOLD: Final = 3
_VALID_DAYS: Final = 400


@dataclass(frozen=True, slots=True)
class DemoNode:
    """A node of the demonstration: its name, address and public cosigner keys."""

    name: str
    url: str
    mirror: VerifierKey
    witness: VerifierKey


def new_roots() -> tuple[SigningKey, ...]:
    """Make root keys afresh: a demonstration's keys must never be anybody's real keys."""
    return tuple(SigningKey.generate(f"{HOST}/root-{n}") for n in range(1, ROOTS + 1))


def make_charter(
    roots: Sequence[SigningKey],
    logs: Mapping[str, VerifierKey],
    nodes: Sequence[DemoNode],
    now: datetime,
    since: datetime | None = None,
) -> bytes:
    """Return the charter note, version 1; the parties' homes are the nodes in turn.

    ``logs`` are the public keys of the logs by origin; they count from ``since`` on, else from now.
    """
    start = ((since or now) - timedelta(minutes=5)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    text = encode_charter(
        {
            "version": 1,
            "region": {"code": "njmetro-demo", "name": "南京都市圈（演示）"},
            "expires_on": (now + timedelta(days=_VALID_DAYS)).date().isoformat(),
            "grace_days": 30,
            "roots": {"keys": [str(key.vkey) for key in roots], "threshold": THRESHOLD},
            "parties": [
                _party(party, logs[party.origin], nodes[number % len(nodes)], start)
                for number, party in enumerate(PARTIES)
            ],
            "nodes": [
                {
                    "name": node.name,
                    "url": node.url,
                    "mirror": str(node.mirror),
                    "witness": str(node.witness),
                }
                for node in nodes
            ],
            "quorum": 1,
        }
    )
    return sign_charter(text, roots[:THRESHOLD])


def _party(party: Member, key: VerifierKey, node: DemoNode, start: str) -> dict[str, object]:
    region = party is REGION
    return {
        "code": party.code,
        "name": party.name,
        "rank": party.rank,
        "origin": party.origin,
        "keys": [{"vkey": str(key), "from": start}],
        "territory": [] if region else [party.code],
        "competences": ["rulebook"] if region else ["records", "adoption"],
        "home": node.name,
    }
