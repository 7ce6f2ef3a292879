"""Members that state records through the real door, and a reader and an index over them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

from registry.clock import FixedClock, today
from registry.domain.disclosure import Role
from registry.domain.identifiers import orgcode_check, uscc_check
from registry.domain.subjects import subject_id
from registry.errors import Refusal
from registry.projections.follow import Follower
from registry.projections.search import search_follower
from registry.query.reader import Reader
from registry.query.views import Viewer
from registry.rules.compile import compile_book
from registry.rules.load import load_book
from search.postgres import PostgresEngine
from signing.record import encode_record
from tests.registry.world import NANJING, NOON, REGION, WUHU, Node, Publisher, open_node, record

PUBLIC = Viewer(Role.PUBLIC)
REGULATOR = Viewer(Role.REGULATOR, "320100")
AUDITOR = Viewer(Role.AUDITOR)
TODAY = date(2026, 11, 23)
BOOK = Path(__file__).parents[3] / "registry" / "rules" / "books" / "nanjing"
FIRM = "芜湖示例建设有限公司"

Main = dict[str, object]
_numbers = count(1)


def uscc(number: int, division: str = "340200") -> str:
    body = f"MA{number:06d}"
    base = f"91{division}{body}{orgcode_check(body)}"
    return base + uscc_check(base)


def sid(code: str, scheme: str = "uscc") -> str:
    return subject_id(scheme, code).hex()


def firm(number: int = 1, name: str = FIRM, **more: object) -> dict[str, object]:
    return {"kind": "organisation", "name": name, "uscc": uscc(number), **more}


OFFICE = {"kind": "organisation", "name": "南京都市圈信用合作办公室", "uscc": uscc(901)}


@dataclass(frozen=True)
class Placed:
    """A record where it stands."""

    origin: str
    idx: int
    id: str
    entry: bytes

    @property
    def target(self) -> dict[str, object]:
        return {"origin": self.origin, "id": self.id, "entry": self.entry.hex()}


_PENALTY = (
    "decision_no", "violation_type", "facts", "basis", "kinds", "content", "fine_wan_yuan",
    "effective_until", "procedure",
)  # fmt: skip


def penalty(**changes: object) -> dict[str, object]:
    return record(next(_numbers), **{"subject": firm(), **changes})


def other(kind: str, /, **members: object) -> dict[str, object]:
    """A record of another type: the common members of a penalty, and these."""
    bare = dict.fromkeys(_PENALTY)
    number = next(_numbers)
    changes = {**bare, "type": kind, "id": f"{kind}-{number}", "subject": firm(), **members}
    return record(number, **changes)


def registration(**members: object) -> dict[str, object]:
    return other(
        "registration",
        **{
            "registered_on": "2020-03-01",
            "decided_on": "2020-03-01",
            "status": "active",
            "severity": {"class": "unclassified"},
            "division": "340200",
            **members,
        },
    )


def permit(**members: object) -> dict[str, object]:
    number = next(_numbers)
    return other(
        "permit",
        **{
            "decision_name": "食品经营许可",
            "decision_no": f"芜许〔2026〕{number}号",
            "category": "普通",
            "content": "食品销售",
            "valid_from": "2026-01-01",
            "valid_until": "2030-12-31",
            "state": "valid",
            "decided_on": "2026-01-01",
            "severity": {"class": "unclassified"},
            **members,
        },
    )


def listing(code: str = "wage-arrears", **members: object) -> dict[str, object]:
    return other(
        "list_entry",
        **{
            "list": code,
            "listed_on": "2026-03-10",
            "decided_on": "2026-03-10",
            "reason": "拖欠农民工工资，经责令改正逾期未改正。",
            "basis": "《保障农民工工资支付条例》第四十八条",
            "severity": {"class": "serious", "organ": "芜湖市人力资源和社会保障局", "rule": "示例"},
            "authority": {"name": "芜湖市人力资源和社会保障局", "kind": "人力资源社会保障行政部门"},
            **members,
        },
    )


def act(kind: str, target: Placed, on: str, **members: object) -> dict[str, object]:
    reason = {"withdrawal": {"reason": "revoked"}, "repair": {}}.get(kind, {})
    return other(
        kind,
        **{
            "target": target.target,
            "effective_on": on,
            "decided_on": on,
            "severity": {"class": "unclassified"},
            **reason,
            **members,
        },
    )


def relation(kind: str = "consortium", *ends: dict[str, object], **members: object) -> Main:
    """Firm 1 as branch of firm 2, or leading a consortium with ``ends``."""
    roles = {"consortium": ("牵头人", "联合体成员"), "parent_branch": ("分支机构", "总公司")}
    own, others = roles.get(kind, ("项目负责人", "任职单位"))
    return other(
        "relation",
        **{
            "relation": kind,
            "role": own,
            "others": [
                {"subject": end, "role": others} for end in ends or (firm(2, "芜湖示例总公司"),)
            ],
            "valid_from": "2024-01-01",
            "severity": {"class": "unclassified"},
            **members,
        },
    )


def book_files() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(BOOK.glob("*.yaml"))}


@cache
def digest_of_book(parts: frozenset[tuple[str, bytes]]) -> str:
    return compile_book(load_book(dict(parts))).digest


def rulebook(files: dict[str, bytes] | None = None, **members: object) -> dict[str, object]:
    files = files or book_files()
    return other(
        "rulebook",
        **{
            "subject": OFFICE,
            "edition": "2026-1",
            "title": "南京都市圈信用联合奖惩规则汇编",
            "book_digest": digest_of_book(frozenset(files.items())),
            "effective_from": "2026-05-01",
            "decided_on": "2026-04-20",
            "severity": {"class": "unclassified"},
            "attachments": [
                {
                    "name": name,
                    "sha256": sha256(body).hexdigest(),
                    "size": len(body),
                    "media_type": "application/yaml",
                }
                for name, body in files.items()
            ],
            **members,
        },
    )


def adoption(rule: str, territory: str, **members: object) -> dict[str, object]:
    return other(
        "adoption",
        **{
            "subject": {"kind": "organisation", "name": "示例市信用办", "uscc": uscc(902)},
            "rule": rule,
            "edition": "2026-1",
            "territory": territory,
            "instrument": "示例信用办〔2026〕1号",
            "in_force_from": "2026-05-01",
            "decided_on": "2026-04-25",
            "severity": {"class": "unclassified"},
            **members,
        },
    )


class AskingTwice(Reader):
    """Asks each question about a subject again: what is remembered must not change an answer.

    The first time everything is read step by step, the second time in one statement if that is
    all there is to it.
    """

    async def subject_file(self, subject_id, viewer, on):
        return await _alike(super().subject_file, subject_id, viewer, on)

    async def decide_many(self, *asked):
        return await _alike(super().decide_many, *asked)

    async def decided_file(self, *asked):
        return await _alike(super().decided_file, *asked)


async def _alike(ask: Callable[..., Awaitable[object]], *asked: object) -> Any:
    answers = [await _answer(ask, *asked) for _ in range(2)]
    assert repr(answers[0]) == repr(answers[1])
    if isinstance(answers[0], Refusal):
        raise answers[0]
    return answers[0]


async def _answer(ask: Callable[..., Awaitable[object]], *asked: object) -> object:
    try:
        return await ask(*asked)
    except Refusal as refusal:
        return refusal


@dataclass
class Scene:
    """A node, its members, and the read side over it."""

    node: Node
    engine: PostgresEngine
    publishers: dict[str, Publisher] = field(default_factory=dict)

    @property
    def reader(self) -> Reader:
        return AskingTwice(self.node.db, self.node.charter, self.engine, self.node.clock)

    @property
    def follower(self) -> Follower:
        return search_follower(self.node.db, self.engine, self.node.clock)

    @property
    def today(self) -> date:
        return today(self.node.clock)

    async def state(
        self, origin: str, *mains: dict[str, object], restricted: dict[str, object] | None = None
    ) -> list[Placed]:
        """Publish records in one batch and let the index follow."""
        publisher = self.publishers.setdefault(origin, Publisher(origin))
        start = publisher.tree.size
        lines = [encode_record(main, restricted) for main in mains]
        admitted = await self.node.admit(publisher.seal(lines), origin)
        self.quarantined = admitted.quarantined
        await self.follower.catch_up()
        rows = await self.node.db.pool.fetch(
            "SELECT entry FROM entries JOIN logs USING (log_id) "
            "WHERE origin = $1 AND idx >= $2 ORDER BY idx",
            origin,
            start,
        )
        return [
            Placed(origin, start + i, str(main["id"]), row[0])
            for i, (main, row) in enumerate(zip(mains, rows, strict=True))
        ]

    async def one(self, origin: str, main: dict[str, object]) -> Placed:
        """Publish one record that must pass the checks."""
        (placed,) = await self.state(origin, main)
        assert not self.quarantined, self.quarantined
        return placed

    async def attach(self, files: dict[str, bytes]) -> None:
        """Store attachments as the node does when it receives them."""
        await self.node.db.pool.executemany(
            "INSERT INTO attachments VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            [(sha256(body).digest(), len(body), body) for body in files.values()],
        )

    async def rules(self, *adopted: tuple[str, str, str]) -> Placed:
        """Publish the region's rulebook, and adoptions given as (origin, rule, territory)."""
        await self.attach(book_files())
        placed = await self.one(REGION, rulebook())
        for origin, rule, territory in adopted:
            await self.one(origin, adoption(rule, territory))
        return placed


@asynccontextmanager
async def open_scene(service_url: str, folder: Path) -> AsyncIterator[Scene]:
    async with open_node(service_url, folder, FixedClock(NOON)) as node:
        engine = PostgresEngine(node.db.pool)
        await engine.prepare()
        yield Scene(node, engine)


__all__ = ["NANJING", "REGION", "WUHU"]
