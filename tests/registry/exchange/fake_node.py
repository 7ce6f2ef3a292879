"""An in-process twin of a node for the publisher: it verifies like one and detects forks.

Its logs live in a folder, so that a process killed in the middle and its successor meet the same
node. Answers can be lost after the work is done, requests before it; that is what networks do.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from registry.exchange.client import Followed
from registry.exchange.errors import NodeRefusedError, PublishError
from registry.exchange.home import Admission, Remark
from signing.batch import parse_batch
from signing.charter import Charter, encode_charter, open_charter, sign_charter
from signing.checkpoint import open_checkpoint
from signing.keys import SigningKey
from signing.merkle import EMPTY_ROOT, CompactRange, leaf_hash, subtree_root
from signing.note import parse_note
from signing.receipt import make_receipt
from signing.record import entry_of, split_line
from signing.tiles import TILE_WIDTH

NOW = 1_790_000_000
NODE = "node.example"
ORIGIN = "xinyong.wuhu.example/credit"
OTHER = "xinyong.chuzhou.example/credit"


def seed(label: str) -> bytes:
    return leaf_hash(label.encode())


def log_key(origin: str = ORIGIN, label: str = "1") -> SigningKey:
    return SigningKey.from_seed(origin, seed(origin + label))


MIRROR = SigningKey.from_seed(f"{NODE}/mirror", seed("mirror"), 4)
WITNESS = SigningKey.from_seed(f"{NODE}/witness", seed("witness"), 4)
ROOT_KEY = SigningKey.from_seed("region.example/root", seed("root"))


def charter_note(
    version: int = 1,
    url: str = "http://127.0.0.1:1",
    since: str = "2020-01-01T00:00:00Z",
    keys: list[dict[str, str]] | None = None,
    more_nodes: Sequence[dict[str, str]] = (),
    quorum: int = 1,
) -> bytes:
    """Two cities with one key each, valid since a moment; ``keys`` are the first one's."""
    parties = [
        ("340200", "芜湖市", ORIGIN, "1"),
        ("341100", "滁州市", OTHER, "1"),
    ]
    fields = {
        "version": version,
        "region": {"code": "njq", "name": "南京都市圈"},
        "expires_on": "2099-12-31",
        "grace_days": 30,
        "roots": {"keys": [str(ROOT_KEY.vkey)], "threshold": 1},
        "parties": [
            {
                "code": code,
                "name": name,
                "rank": "city",
                "origin": origin,
                "keys": (keys if origin == ORIGIN else None)
                or [{"vkey": str(log_key(origin, label).vkey), "from": since}],
                "territory": [code],
                "competences": [],
                "home": NODE,
            }
            for code, name, origin, label in parties
        ],
        "nodes": [
            {"name": NODE, "url": url, "mirror": str(MIRROR.vkey), "witness": str(WITNESS.vkey)},
            *more_nodes,
        ],
        "quorum": quorum,
    }
    return sign_charter(encode_charter(fields), [ROOT_KEY])


def a_charter() -> Charter:
    return open_charter(charter_note())


class LostError(PublishError):
    """The network ate it."""

    def __init__(self) -> None:
        super().__init__("node-unreachable", url="fake", reason="lost")


@dataclass
class FakeNode:
    """Keeps logs in ``folder``; ``before`` and ``after`` are called around each admission."""

    folder: Path
    before: Callable[[bytes], None] = lambda _batch: None
    after: Callable[[bytes], None] = lambda _batch: None
    charter_bytes: bytes = field(default_factory=charter_note)
    charters: dict[int, bytes] = field(default_factory=dict)
    remarks: tuple[Remark, ...] = ()
    forks: list[bytes] = field(default_factory=list)
    followed: tuple[Followed, ...] = ()
    time: int = NOW

    def close(self) -> None:
        pass

    def charter(self, version: int = 0) -> bytes:
        if not version:
            return self.charter_bytes
        if version not in self.charters:
            raise NodeRefusedError(404, "not-found", ("没有这一版", "no such version"))
        return self.charters[version]

    def size(self, origin: str) -> int:
        return len(self.lines(origin))

    def following(self) -> tuple[Followed, ...]:
        return self.followed

    def checkpoint(self, origin: str) -> bytes:
        receipt = self._receipts(origin).get(str(self.size(origin)))
        if receipt is None:
            raise NodeRefusedError(404, "not-found", ("没有检查点", "no checkpoint"))
        return receipt.encode()

    def tile(self, origin: str, level: int, n: int, width: int) -> bytes:
        leaves = [leaf_hash(entry_of(*split_line(line))) for line in self.lines(origin)]
        span = TILE_WIDTH**level
        first = n * TILE_WIDTH
        return b"".join(
            subtree_root(leaves[i * span : (i + 1) * span]) for i in range(first, first + width)
        )

    def check(self, origin: str, batch: bytes) -> tuple[Remark, ...]:
        header, _ = parse_batch([batch])
        assert header.origin == origin
        assert header.checkpoint is None
        return self.remarks

    def admit(self, origin: str, batch: bytes) -> Admission:
        self.before(batch)
        answer = self._admit(origin, batch)
        self.after(batch)
        return answer

    def _admit(self, origin: str, batch: bytes) -> Admission:
        header, lines = parse_batch([batch])
        charter = open_charter(self.charter_bytes)
        note = header.checkpoint or b""
        signed = open_checkpoint(note, charter.log_keys(origin, self.time)).checkpoint
        assert (signed.origin, signed.size) == (origin, header.end)
        stored = self.lines(origin)
        if signed.size <= len(stored):
            if self._root(stored[: signed.size]) != signed.root:
                self._fork(note, len(stored))
            receipts = self._receipts(origin)
            if signed.size == len(stored) and self._anew(note, receipts[str(signed.size)]):
                receipt = make_receipt(note, MIRROR, self.time).note
                self._store(origin, stored, {**receipts, str(signed.size): receipt.decode()})
                return Admission(receipt, repeated=False, quarantined=())
            covering = min(size for size in map(int, receipts) if size >= signed.size)
            return Admission(receipts[str(covering)].encode(), repeated=True, quarantined=())
        if header.start != len(stored):
            raise NodeRefusedError(409, "wrong-position", ("位置", "position"), len(stored))
        if self._root([*stored, *lines]) != signed.root:
            self._fork(note, len(stored))
        receipt = make_receipt(note, MIRROR, self.time).note
        self._store(
            origin,
            [*stored, *lines],
            {**self._receipts(origin), str(signed.size): receipt.decode()},
        )
        return Admission(receipt, repeated=False, quarantined=())

    @staticmethod
    def _anew(note: bytes, receipt: str) -> bool:
        """Whether a key has signed that has not signed what is stored."""
        known = {line.key_id for line in parse_note(receipt.encode()).signatures}
        return any(line.key_id not in known for line in parse_note(note).signatures)

    def _fork(self, note: bytes, size: int) -> None:
        self.forks.append(note)
        (self.folder / "forks").write_bytes(note)
        raise NodeRefusedError(
            422, "root-mismatch", ("根哈希不一致", "the root does not follow"), size
        )

    @property
    def forked(self) -> bool:
        return (self.folder / "forks").exists()

    def lines(self, origin: str = ORIGIN) -> list[bytes]:
        return [line.encode() for line in self._load(origin)["lines"]]

    def root(self, origin: str = ORIGIN) -> bytes:
        return self._root(self.lines(origin))

    def forget(self, origin: str, size: int) -> None:
        """Run on an old backup: keep only the first ``size`` entries."""
        receipts = {k: v for k, v in self._receipts(origin).items() if int(k) <= size}
        self._store(origin, self.lines(origin)[:size], receipts)

    def _root(self, lines: list[bytes]) -> bytes:
        if not lines:
            return EMPTY_ROOT
        edge = CompactRange()
        edge.extend(leaf_hash(entry_of(*split_line(line))) for line in lines)
        return edge.root()

    def _path(self, origin: str) -> Path:
        return self.folder / f"{origin.replace('/', '_')}.json"

    def _receipts(self, origin: str) -> dict[str, str]:
        receipts: dict[str, str] = self._load(origin)["receipts"]
        return receipts

    def _load(self, origin: str):
        path = self._path(origin)
        if not path.exists():
            return {"lines": [], "receipts": {}}
        return json.loads(path.read_text("utf-8"))

    def _store(self, origin: str, lines: list[bytes], receipts: dict[str, str]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"lines": [line.decode() for line in lines], "receipts": receipts})
        temporary = self._path(origin).with_suffix(".new")
        temporary.write_text(text, "utf-8")
        temporary.replace(self._path(origin))
