"""What stands on desks before the demonstration begins: keys, charter, settings of the nodes.

Everything is made afresh in the given folder, as ten members, an office and a node would each make
their own: the members' keys in their working folders, the node's keys in its data folder.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path

from pydantic import SecretStr

from registry.clock import SHANGHAI
from registry.demo.charter import DemoNode, make_charter, new_roots
from registry.demo.facts import PARTIES, Member
from registry.demo.organs import offices_file
from registry.demo.region import DemoRegion
from registry.demo.sheet import penalties_sheet
from registry.exchange.workdir import Workdir
from registry.resources import MIRROR, WITNESS, node_key
from registry.settings import Settings
from signing.charter import Charter, open_charter

HOST = "127.0.0.1"
NODE_NAME = "node.localhost"
OFFICES = "offices.toml"
_MORNING = time(9)
_A_MONTH = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Where:
    """Where a demonstration runs: folder, port, and (service, owner) addresses of a database.

    Empty addresses start the embedded PostgreSQL in the folder; ``meilisearch`` is the program of
    one to search by.
    """

    folder: Path
    port: int
    database: tuple[str, str] = ("", "")
    meilisearch: Path | None = None


@dataclass(frozen=True, slots=True)
class Workplace:
    """A prepared folder: settings of the node, the charter, and one working folder per party."""

    folder: Path
    settings: Settings
    charter: Charter
    charter_file: Path
    password: bytes

    @property
    def url(self) -> str:
        """Where the node answers."""
        return self.settings.public_url

    def workdir(self, party: Member) -> Workdir:
        """Return the working folder of one party."""
        return _workdir(self.folder, party)

    def workdir_of(self, segment: str) -> Path:
        """Return the path of a party's working folder."""
        return self.folder / "members" / segment


def prepare(where: Where, region: DemoRegion, now: datetime) -> Workplace:
    """Make keys, charter, settings and a clerk's sheet in an empty folder.

    Raises:
        PublishError: the folder has been used before.
    """
    folder, password = where.folder, secrets.token_hex(16)
    charter_file = folder / "charter"
    service, owner = where.database
    settings = Settings(
        node_name=NODE_NAME,
        data_dir=folder / "node",
        database_url=service,
        owner_url=owner,
        host=HOST,
        port=where.port,
        public_url=f"http://{HOST}:{where.port}",
        charter=charter_file,
        offices=folder / OFFICES,
        key_password=SecretStr(password),
    )
    return furnish(folder, (settings,), password, region, now)[0]


def furnish(
    folder: Path, nodes: Sequence[Settings], password: str, region: DemoRegion, now: datetime
) -> tuple[Workplace, ...]:
    """Make all keys, the charter of these nodes and a clerk's sheet; return a workplace for each.

    ``password`` is the members'; each node has its own in its settings.

    Raises:
        PublishError: the folder has been used before.
    """
    charter_file, secret = folder / "charter", password.encode()
    logs = {
        party.origin: _workdir(folder, party).new_key(party.origin, secret) for party in PARTIES
    }
    named = [
        DemoNode(
            settings.node_name,
            settings.public_url,
            node_key(settings, MIRROR).vkey,
            node_key(settings, WITNESS).vkey,
        )
        for settings in nodes
    ]
    note = make_charter(new_roots(), logs, named, now, earliest(now))
    charter_file.write_bytes(note)
    (folder / OFFICES).write_bytes(offices_file())
    (folder / "password").touch(mode=0o600)
    (folder / "password").write_text(f"{password}\n", encoding="utf-8")
    (folder / "penalties.csv").write_bytes(penalties_sheet(region.enterprises[:3]))
    charter = open_charter(note)
    return tuple(Workplace(folder, settings, charter, charter_file, secret) for settings in nodes)


def silent_since(party: Member, now: datetime) -> datetime | None:
    """Return when a member was heard of last, None for one that publishes today.

    Never less than a month ago, whatever the day on which the demonstration is run.
    """
    if party.silent_since is None:
        return None
    return min(datetime.combine(party.silent_since, _MORNING, SHANGHAI), now - _A_MONTH)


def earliest(now: datetime) -> datetime:
    """Return the first moment at which a member publishes."""
    return min(silent_since(party, now) or now for party in PARTIES)


def _workdir(folder: Path, party: Member) -> Workdir:
    return Workdir(folder / "members" / party.segment)
