"""A small world for tests: a charter with three parties, a publisher that seals, a node's door."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from registry.clock import Clock, FixedClock
from registry.ingest.admission import Admitted, Means
from registry.ingest.admit import Door
from registry.ingest.slots import Slots
from registry.ledger.cosigned import CosignedFiles
from registry.store.engine import Database, open_database
from signing.batch import BatchHeader, encode_header
from signing.charter import Charter, encode_charter, open_charter, sign_charter
from signing.checkpoint import Checkpoint, sign_checkpoint
from signing.keys import SigningKey
from signing.merkle import CompactRange, leaf_hash
from signing.record import encode_record, entry_of, split_line

NODE = "node.example"
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
WUHU = "xinyong.wuhu.example/credit"
NANJING = "xinyong.nanjing.example/credit"
REGION = "xinyong.njmetro.example/region"
ELSEWHERE = "xinyong.chuzhou.example/credit"
PARTIES = {
    WUHU: ("340200", "芜湖市", "city", NODE),
    NANJING: ("320100", "南京市", "city", NODE),
    REGION: ("000001", "南京都市圈信用合作办公室", "region", NODE),
    ELSEWHERE: ("341100", "滁州市", "city", "node2.example"),
}


def seed(name: str) -> bytes:
    return sha256(name.encode()).digest()


def log_key(origin: str, generation: int = 0) -> SigningKey:
    return SigningKey.from_seed(origin, seed(f"log {origin} {generation}"))


def node_key(use: str, node: str = NODE) -> SigningKey:
    return SigningKey.from_seed(f"{node}/{use}", seed(f"{node} {use}"), 4)


def charter(
    version: int = 1,
    keys: dict[str, list[dict[str, str]]] | None = None,
    competences: dict[str, list[str]] | None = None,
    nodes: dict[str, dict[str, object]] | None = None,
    urls: dict[str, str] | None = None,
    **changes: object,
) -> Charter:
    """Three parties and two nodes; ``nodes`` changes fields of one, ``changes`` others.

    With ``urls`` the nodes are those named there, at these addresses.
    """
    urls = urls or {node: f"https://{node}" for node in (NODE, "node2.example")}
    roots = [SigningKey.from_seed(f"root{i}.example", seed(f"root {i}")) for i in range(3)]
    fields = {
        "version": version,
        "region": {"code": "njmetro", "name": "南京都市圈"},
        "expires_on": "2030-12-31",
        "grace_days": 30,
        "roots": {"keys": [str(key.vkey) for key in roots], "threshold": 2},
        "parties": [
            {
                "code": code,
                "name": name,
                "rank": rank,
                "origin": origin,
                "keys": (keys or {}).get(
                    origin, [{"vkey": str(log_key(origin).vkey), "from": "2026-01-01T00:00:00Z"}]
                ),
                "territory": [code] if rank != "region" else ["320100", "340200", "341100"],
                "competences": (competences or {}).get(origin, []),
                "home": home,
            }
            for origin, (code, name, rank, home) in PARTIES.items()
        ],
        "nodes": [
            {
                "name": node,
                "url": url,
                "mirror": str(node_key("mirror", node).vkey),
                "witness": str(node_key("witness", node).vkey),
                **(nodes or {}).get(node, {}),
            }
            for node, url in urls.items()
        ],
        "quorum": 1,
    }
    return open_charter(sign_charter(encode_charter(fields | changes), roots[:2]))


def salt(number: int) -> str:
    return f"{number:032x}"


def record(number: int, /, **changes: object) -> dict[str, object]:
    """A penalty; ``changes`` replace members, a value of None takes one away."""
    main: dict[str, object] = {
        "v": 1,
        "type": "penalty",
        "id": f"p{number}",
        "salt": salt(number),
        "subject": {
            "kind": "organisation",
            "name": "芜湖示例建设有限公司",
            "uscc": "91340200MA00000231",
            "legal_representative": "示例甲",
        },
        "authority": {
            "name": "芜湖市市场监督管理局",
            "uscc": "11320100MA2320178R",
            "kind": "市场监督管理部门",
            "division": "340200",
        },
        "source_unit": {"name": "芜湖市市场监督管理局"},
        "decided_on": "2026-05-10",
        "publication": "public",
        "severity": {"class": "general", "organ": "芜湖市市场监督管理局", "rule": "示例分类标准"},
        "procedure": "ordinary",
        "provenance": {"kind": "original"},
        "decision_no": f"芜市监罚〔2026〕{number}号",
        "violation_type": "产品质量违法行为",
        "facts": "经查，当事人生产的产品经检验不符合标准要求。",
        "basis": "《中华人民共和国产品质量法》第四十九条",
        "kinds": ["罚款"],
        "content": "罚款两千元。",
        "fine_wan_yuan": "0.2",
        "effective_until": "2027-05-10",
    }
    main.update(changes)
    return {key: value for key, value in main.items() if value is not None}


def line(number: int, **changes: object) -> bytes:
    return encode_record(record(number, **changes))


@dataclass
class Publisher:
    """A member that keeps its own tree, as the publisher's tool does."""

    origin: str
    generation: int = 0
    tree: CompactRange = field(default_factory=CompactRange)

    def seal(self, lines: list[bytes], **header: object) -> bytes:
        """Append the lines to the member's tree, sign, and return the sealed batch."""
        start = self.tree.size
        self.tree.extend(leaf_hash(entry_of(*split_line(line))) for line in lines)
        note = sign_checkpoint(
            Checkpoint(self.origin, self.tree.size, self.tree.root()),
            log_key(self.origin, self.generation),
        )
        header = encode_header(BatchHeader(self.origin, start, self.tree.size, note))
        return b"\n".join((header, *lines, b""))  # not encode_batch: it would refuse bad lines


def on_disk(folder: Path, mark: str) -> list[str]:
    """Return the files under a folder that hold a text; one that goes while it is read does not."""
    needle, found = mark.encode(), []
    for path in sorted(folder.rglob("*")):
        try:
            if path.is_file() and needle in path.read_bytes():
                found.append(path.relative_to(folder).as_posix())
        except FileNotFoundError:
            continue
    return found


async def chunks(data: bytes, size: int = 65536) -> AsyncIterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]


@dataclass
class Node:
    """A node's door over a real database."""

    db: Database
    charter: Charter
    folder: Path
    clock: Clock
    step: Callable[[int], None] = lambda _step: None

    @property
    def door(self) -> Door:
        return Door(
            Means(
                db=self.db,
                charter=self.charter,
                node_name=NODE,
                mirror=node_key("mirror"),
                cosigned=CosignedFiles(self.folder, f"{NODE}/mirror"),
                clock=self.clock,
                slots=Slots(2),
                step=self.step,
            )
        )

    async def admit(
        self, batch: bytes, origin: str = WUHU, encoding: str = "identity", **how: bool
    ) -> Admitted:
        return await self.door.admit(origin, chunks(batch), encoding, **how)


@asynccontextmanager
async def open_node(
    service_url: str, folder: Path, clock: Clock | None = None, pool_size: int = 6
) -> AsyncIterator[Node]:
    async with open_database(service_url, pool_size) as db:
        yield Node(db, charter(), folder, clock or FixedClock(NOON))
