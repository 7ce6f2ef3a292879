"""Members that report over half a year, on a node whose clock goes with them."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from pathlib import Path

from pydantic import SecretStr

from registry.access.keys import Keys
from registry.clock import SHANGHAI
from registry.demo import region as region_of
from registry.demo.facts import PARTIES as MEMBERS
from registry.demo.facts import REGION
from registry.demo.region import DemoRegion, RulebookFiles, build
from registry.domain.disclosure import Role
from registry.domain.grants import Grant
from registry.settings import Settings
from registry.store.access_keys import KeyStore
from registry.store.engine import open_database
from signing.httpsig import Request, sign_request
from signing.record import encode_record, entry_of
from tests.registry.api.conftest import Served, serve
from tests.registry.query.scene import Placed
from tests.registry.world import NODE, Node, Publisher, charter, log_key, node_key

PEER = "node2.example"
HOST = "node.example"
RULES = RulebookFiles("示例规则汇编", "ab" * 32, {"rules.yaml": b"rules: []\n"})
FIRST = date(2026, 6, 10)
LAST = date(2026, 11, 23)


@dataclass
class Going:
    """A clock that is set, and never back."""

    at: datetime = datetime(2026, 6, 1, 2, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def set(self, day: date, hour: int = 9) -> None:
        self.at = max(self.at, datetime.combine(day, time(hour), SHANGHAI))


@dataclass
class Region:
    """A served node, and who publishes to it."""

    served: Served
    clock: Going
    publishers: dict[str, Publisher] = field(default_factory=dict)
    numbers: count = field(default_factory=lambda: count(1))

    async def publish(self, origin: str, lines: Sequence[bytes], on: date, hour: int = 9) -> None:
        self.clock.set(on, hour)
        publisher = self.publishers.setdefault(origin, Publisher(origin))
        await self.served.node.admit(publisher.seal(list(lines)), origin)

    async def state(self, origin: str, on: date, *mains: dict[str, object]) -> list[Placed]:
        """State records on a day; return where they stand."""
        start = self.publishers[origin].tree.size if origin in self.publishers else 0
        lines = [encode_record(main) for main in mains]
        await self.publish(origin, lines, on)
        return [
            Placed(origin, start + number, str(main["id"]), entry_of(line, None))
            for number, (main, line) in enumerate(zip(mains, lines, strict=True))
        ]

    async def key(self, role: Role, member: str = "") -> dict[str, str]:
        places = (member,) if role is Role.REGULATOR else ()
        codes = [party.code for party in self.served.node.charter.parties]
        keys = Keys(KeyStore(self.served.node.db), self.clock)
        issued = await keys.issue(Grant(role, member, territories=places), "示例", 30, codes)
        return {"Authorization": f"Bearer {issued.text}"}

    async def as_peer(self, path: str) -> bytes:
        """What a node of the charter gets."""
        nonce = f"nonce{next(self.numbers):016d}"
        asked = Request("GET", HOST, path)
        fields = sign_request(
            asked, node_key("mirror", PEER), nonce, int(self.clock.at.timestamp())
        )
        answer = await self.served.http.get(path, headers=fields)
        assert answer.status_code == 200, (path, answer.text)
        return answer.content


@asynccontextmanager
async def open_region(
    service_url: str, folder: Path, parties: object = None
) -> AsyncIterator[Region]:
    clock = Going()
    changed = {} if parties is None else {"parties": parties}
    async with open_database(service_url, 6) as db:
        node = Node(db, charter(**changed), folder, clock)
        settings = Settings(node_name=NODE, data_dir=folder, key_password=SecretStr("x"))
        async with serve(node, settings, clock) as served:
            yield Region(served, clock)


def demo_parties() -> list[dict[str, object]]:
    return [
        {
            "code": party.code,
            "name": party.name,
            "rank": party.rank,
            "origin": party.origin,
            "keys": [{"vkey": str(log_key(party.origin).vkey), "from": "2026-01-01T00:00:00Z"}],
            "territory": [] if party is REGION else [party.code],
            "competences": ["rulebook"] if party is REGION else ["records", "adoption"],
            "home": NODE,
        }
        for party in MEMBERS
    ]


def small_region(monkeypatch) -> DemoRegion:
    """The demonstration region: what is told of it, and a twentieth of its chance records."""
    for name in ("PERMITS", "PENALTIES", "LISTED"):
        monkeypatch.setattr(region_of, name, getattr(region_of, name) // 20)
    return build(RULES)


async def report(region: Region, told: Mapping[str, Sequence]) -> None:
    """Let every member report: what is old at once, the rest every three weeks, each on its day."""
    waiting = {
        origin: sorted(log, key=lambda one: str(one.main["decided_on"]))
        for origin, log in told.items()
    }
    day = FIRST
    while any(waiting.values()):
        for number, (origin, log) in enumerate(waiting.items()):
            on = day + timedelta(days=number)
            upto = on.isoformat() if day < LAST else "9999"
            now = [one for one in log if str(one.main["decided_on"]) < upto]
            if now:
                await region.publish(origin, [one.line for one in now], on)
                waiting[origin] = log[len(now) :]
        day += timedelta(days=21)
