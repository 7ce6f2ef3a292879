"""Records found by their words, over both engines, against the engine asked alone.

The workload is pinned: 100,000 records of one city (penalties, permits, list entries), their words
put together from invented sentences, of 40,000 subjects, and questions as people ask: a phrase out
of a decision, two words, a word that a tenth of all records say, the same narrowed down, and a
phrase of no record. All the work of the node is measured: the engine, the current state of up to
200 hits for exact counts, what may be shown of them, and the words around.

The closed loop is a ratio: the engine given the very same requests, without anything behind it.
"""

import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from pathlib import Path

from registry.errors import UnavailableRefusal
from registry.fulltext.find import LOOKED, TextFinder
from registry.fulltext.views import TextAsk
from registry.projections.follow import Follower
from registry.projections.texts import meilisearch_text_follower, text_follower
from registry.store import embedded
from registry.store.migrate import migrate
from search.meilisearch_layout import Fields
from search.texts.engine import TextEngine
from search.texts.meilisearch import MeilisearchTexts
from search.texts.postgres import PostgresTexts
from signing.record import encode_record
from tests.bench.admission import Row
from tests.bench.baselines import subject
from tests.meilisearch import KEY, MeilisearchServer
from tests.registry.query.scene import PUBLIC, WUHU, listing, penalty, permit
from tests.registry.world import Node, Publisher, open_node

RECORDS = 100_000
SUBJECTS = 40_000
BATCH = 25_000
SEED = 20261126
RATE, AT_RATE = 20.0, 20.0
"""Requests a second of the open loop, and for how many seconds."""
CLOSED, CLIENTS, ROUNDS = 300, 4, 3
_WHO = ("当事人", "该单位", "该企业", "涉案公司", "经营者")
_DID = (
    "未取得食品经营许可从事餐饮服务", "销售超过保质期的预包装食品", "未按规定公示年度报告",
    "生产不符合国家标准的电线电缆", "发布虚假广告", "使用未经检定的计量器具",
    "未建立进货查验记录制度", "未按规定支付农民工工资", "超出核准范围经营", "篡改检验检测原始记录",
    "安装不合格电梯部件", "无证生产饮用水", "哄抬口罩价格", "侵犯注册商标专用权",
)  # fmt: skip
_WHERE = ("在其经营场所", "在本市某农贸市场", "在网络平台店铺", "在施工现场", "在厂区仓库")
_MORE = (
    "经责令改正，逾期未改正", "案发后主动消除危害后果", "货值金额较小", "有检验报告为证",
    "当事人对事实无异议", "违法所得已退还消费者", "涉案物品已依法封存", "现场拍照取证", "情节较轻",
)  # fmt: skip


def _sentence(chance: random.Random) -> str:
    number = chance.randrange(10_000)
    said = f"{chance.choice(_WHO)}{chance.choice(_WHERE)}{chance.choice(_DID)}，共{number}件，"
    return said + "，".join(chance.sample(_MORE, 3)) + "。"


def records() -> Iterator[dict[str, object]]:
    """Yield the pinned records; deterministic."""
    chance = random.Random(SEED)
    first = date(2024, 1, 1)
    for number in range(RECORDS):
        about = subject(chance.randrange(SUBJECTS))
        day = first + timedelta(chance.randrange(1_000))
        common = {"subject": about, "decided_on": day.isoformat(), "id": f"t{number}"}
        facts = "".join(_sentence(chance) for _ in range(chance.randrange(1, 4)))
        if number % 10 < 7:
            yield penalty(**common, facts=facts, violation_type=chance.choice(_DID))
        elif number % 10 < 9:
            yield permit(**common, content=f"{chance.choice(_DID)[-6:]}，{facts[:60]}")
        else:
            yield listing(**common, reason=facts)


def questions() -> list[TextAsk]:
    """Return what is asked, in turn; deterministic."""
    chance = random.Random(SEED + 1)
    asked = []
    for _ in range(60):
        sentence, did = _sentence(chance), chance.choice(_DID)
        begins = chance.randrange(8)
        asked += [
            TextAsk(f"“{sentence[begins : begins + 16]}”"),
            TextAsk(f"{did[-4:]} {chance.choice(_MORE)[:6]}", order="newest"),
            TextAsk(did),
            TextAsk(did[-2:], types=("penalty",), date_from=date(2025, 1, 1), order="oldest"),
            TextAsk(f"{did[::-1]}无此语句"),
        ]
    return asked


async def _admitted(node: Node) -> None:
    publisher, lines = Publisher(WUHU), []
    for number, main in enumerate(records(), 1):
        lines.append(encode_record({**main, "salt": f"{number:032x}"}, None))
        if len(lines) == BATCH:
            await node.admit(publisher.seal(lines), WUHU)
            lines = []
    await node.db.pool.execute("ANALYZE")


class _Recording(MeilisearchTexts):
    """Keeps the requests of its searches, to be asked again without anything of ours."""

    requests: Sequence[Sequence[Mapping[str, object]]] = ()

    async def asked(self, asks: Sequence[Mapping[str, object]]) -> list[list[Fields]]:
        self.requests = [*self.requests, asks]
        return await super().asked(asks)

    async def again(self, asks: Sequence[Mapping[str, object]]) -> None:
        await super().asked(asks)


async def _closed(steps: Sequence[Callable[[], Awaitable[object]]]) -> float:
    gate = asyncio.Semaphore(CLIENTS)

    async def one(step: Callable[[], Awaitable[object]]) -> None:
        async with gate:
            await step()

    begin = time.perf_counter()
    await asyncio.gather(*map(one, steps))
    return time.perf_counter() - begin


async def _open(finder: TextFinder, asked: Sequence[TextAsk]) -> tuple[list[float], int]:
    """Return the milliseconds from when each was due, and how many were told "not now"."""
    begin, refused = time.perf_counter(), 0

    async def one(place: int) -> float:
        due = begin + place / RATE
        await asyncio.sleep(due - time.perf_counter())
        nonlocal refused
        try:
            await finder.find(asked[place % len(asked)], PUBLIC)
        except UnavailableRefusal:
            refused += 1
        return (time.perf_counter() - due) * 1000

    return await asyncio.gather(*map(one, range(int(RATE * AT_RATE)))), refused


async def _measured(name: str, node: Node, engine: TextEngine, follower: Follower) -> list[Row]:
    await engine.prepare()
    begin = time.perf_counter()
    await follower.catch_up()
    rate = RECORDS / (time.perf_counter() - begin)
    rows = [_row(f"{name}: following {RECORDS:,}", rate, "records/s")]
    await node.db.pool.execute("ANALYZE")
    finder, asked = TextFinder(node.db, node.charter, engine, node.clock), questions()
    found = [await finder.find(ask, PUBLIC) for ask in asked]
    exact = sum(one.exact for one in found)
    late, refused = await _open(finder, asked)
    p99 = statistics.quantiles(late, n=100)[98]
    told = f"p50 {statistics.median(late):.1f} ms; {exact} of {len(found)} counted exactly"
    told += f"; {refused} refused" if refused else ""
    rows.append(_row(f"{name}: p99 at {RATE:.0f}/s, open loop", p99, "ms", told))
    return [*rows, await _ratio(name, engine, finder, (asked * 2)[:CLOSED])]


async def _ratio(
    name: str, engine: TextEngine, finder: TextFinder, asked: Sequence[TextAsk]
) -> Row:
    runs = []
    for _ in range(ROUNDS):
        if isinstance(engine, _Recording):
            engine.requests = ()
        ours = await _closed([partial(finder.find, ask, PUBLIC) for ask in asked])
        if isinstance(engine, _Recording):
            again = tuple(engine.requests)
            theirs = await _closed([partial(engine.again, one) for one in again])
        else:
            alone = [ask.question(LOOKED) for ask in asked]
            theirs = await _closed([partial(engine.search, one) for one in alone])
        runs.append((ours, theirs))
    ours, theirs = sorted(runs, key=lambda run: run[1] / run[0])[len(runs) // 2]
    told = f"{len(asked) / theirs:,.0f}/s, the same requests to the engine alone"
    rate = len(asked) / ours
    return _row(f"{name}: closed loop, {CLIENTS} at once", rate, "questions/s", told, theirs / ours)


async def _both(folder: Path) -> list[Row]:
    server, beside = embedded.start(folder), MeilisearchServer()
    beside.start()
    try:
        await migrate(server.owner_url)
        async with open_node(server.service_url, folder / "cosigned") as node:
            await _admitted(node)
            at_hand, service = PostgresTexts(node.db.pool), _Recording(beside.url, KEY)
            follower = text_follower(node.db, at_hand, node.clock)
            rows = await _measured("postgresql", node, at_hand, follower)
            other = meilisearch_text_follower(node.db, service, at_hand, node.clock)
            return [*rows, *await _measured("meilisearch", node, service, other)]
    finally:
        beside.close()
        server.stop()


def measure() -> list[Row]:
    """Admit, follow and ask; absolute figures are readings of this run."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_both(Path(folder)))


def _row(name: str, value: float, unit: str, baseline: str = "", ratio: float | None = None) -> Row:
    return {"name": name, "value": value, "unit": unit, "baseline": baseline, "ratio": ratio}
