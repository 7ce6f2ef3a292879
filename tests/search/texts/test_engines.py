"""What every engine for texts must do; a plain reading of all texts says what is right."""

import uuid
from collections.abc import Iterable
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING

import asyncpg
import pytest

from search.errors import IndexLayoutError, SearchUnavailableError
from search.texts.engine import TextEngine
from search.texts.letters import joined, letters
from search.texts.meilisearch import MeilisearchTexts
from search.texts.postgres import PostgresTexts
from search.texts.question import Key, Question, TextHit
from search.texts.text import LEADING, Text
from tests.meilisearch import KEY

if TYPE_CHECKING:
    from tests.meilisearch import MeilisearchServer

PARTS = (
    "未取得食品经营许可，从事餐饮服务", "食品经营许可", "未按规定公示", "销售超过保质期的食品",
    "拖欠农民工工资", "经责令改正，逾期未改正", "《食品安全法》第一百二十四条", "GB/T 2260-2007",
    "餐饮服务", "food safety", "ABAB", "ＡＢＡ", "BABA", "從事餐飲服務",
)  # fmt: skip
CITIES, TYPES, CLASSES, ORGANS = (
    ("320100", "340200"),
    ("penalty", "permit"),
    ("general", ""),
    ("甲", "乙"),
)
FIRST = date(2024, 1, 1)
LOGS = (2**62 + 5, 7, 2**33)


def about(number: int) -> str:
    return f"{number * 0x1357_9BDF:032x}"[::-1]


def made(seed: int = 3, count: int = 120) -> list[Text]:
    chance = Random(seed)
    return [
        Text(
            place=(chance.choice(LOGS), number), about=about(chance.randrange(1, 30)),
            day=FIRST + timedelta(chance.randrange(12)), city=chance.choice(CITIES),
            type=chance.choice(TYPES), severity=chance.choice(CLASSES), organ=chance.choice(ORGANS),
            lead=joined(chance.sample(PARTS, 1)), rest=joined(chance.sample(PARTS, 3)),
        )
        for number in range(count)
    ]  # fmt: skip


CORPUS = made()


def read(question: Question, texts: Iterable[Text]) -> list[TextHit]:
    """Answer a question by reading everything."""

    def fits(one: Text) -> bool:
        return (
            all(word in one.lead or word in one.rest for word in question.words)
            and (not question.cities or one.city in question.cities)
            and (not question.types or one.type in question.types)
            and (not question.severities or one.severity in question.severities)
            and (not question.organs or one.organ in question.organs)
            and (question.date_from is None or one.day >= question.date_from)
            and (question.date_to is None or one.day <= question.date_to)
        )

    def key(one: Text) -> Key:
        leads = set(question.recalls(LEADING)) <= set(one.recalled_by())
        return int(question.order == "relevance" and not leads), one.day, one.place

    hits = [TextHit(key=key(one), about=one.about) for one in texts if fits(one)]
    hits.sort(key=lambda hit: hit.key[1:], reverse=question.order != "oldest")
    return sorted(hits, key=lambda hit: hit.key[0])


@pytest.fixture(scope="session")
def kept() -> str:
    return f"t{uuid.uuid4().hex[:12]}"


@pytest.fixture
async def on_postgres(pool: asyncpg.Pool, schema: str) -> TextEngine:
    engine = PostgresTexts(pool, schema)
    await engine.prepare()
    await engine.add(CORPUS)
    return engine


@pytest.fixture
async def on_meilisearch(meilisearch_server: "MeilisearchServer", kept: str) -> MeilisearchTexts:
    engine = MeilisearchTexts(meilisearch_server.url, KEY, kept)
    try:  # making an index takes Meilisearch a second
        held = await engine.count()
    except IndexLayoutError:
        await engine.prepare()
        held = 0
    if held != len(CORPUS):
        await engine.add(CORPUS)
    return engine


@pytest.fixture(
    params=[
        pytest.param("on_postgres", marks=pytest.mark.postgres),
        pytest.param("on_meilisearch", marks=pytest.mark.meilisearch),
    ]
)
def engine(request: pytest.FixtureRequest) -> TextEngine:
    """Give an engine that holds the corpus, and nothing else."""
    found: TextEngine = request.getfixturevalue(request.param)
    return found


ASKED = (
    {"text": "未取得食品经营许可从事餐饮服务"},
    {"text": "食品 餐饮", "order": "newest"},
    {"text": "食品 餐饮", "cities": ("340200",), "types": ("penalty",), "order": "oldest"},
    {"text": "「從事餐飲服務」 food"},
    {"text": "ABABA"},
    {"text": "食品", "severities": ("general",), "organs": ("甲",)},
    {"text": "gb/t2260—2007", "date_from": FIRST, "date_to": FIRST + timedelta(5)},
    {"text": "服务从事"},
    {"text": "食品 未 第"},
)


@pytest.mark.parametrize("limit", [1000, 3])
async def test_it_finds_what_reading_everything_finds_page_by_page(engine, limit):
    for asked in ASKED:
        wanted = read(Question(**asked), CORPUS)
        found, after = [], None
        while True:
            page = await engine.search(Question(**asked, limit=limit, after=after))
            found += page.hits
            assert len(page.hits) <= limit
            if page.last is None:
                break
            after = page.last
        assert found == wanted, asked
    assert not read(Question(text="服务从事"), CORPUS)


async def test_a_page_repeats_and_drops_nothing_while_texts_come_and_go(engine):
    asked = {"text": "食品", "order": "newest", "limit": 4}
    wanted = read(Question(**asked), CORPUS)
    first = await engine.search(Question(**asked))
    last = wanted[3].key[1]
    newer = Text(place=(7, 10**6), about="f" * 32, day=FIRST + timedelta(99), lead=letters("食品"))
    gone = wanted[5]
    await engine.add([newer, *CORPUS[:3]])
    await engine.remove([gone.place, (7, 10**9)])
    assert await engine.places([newer.about, gone.about]) == {
        newer.place, *(one.place for one in CORPUS if one.about == gone.about)
    } - {gone.place}  # fmt: skip
    assert (await engine.search(Question(**asked))).hits[0].place == newer.place
    second = await engine.search(Question(**asked, after=first.last))
    assert list(second.hits) == [one for one in wanted[4:] if one != gone][:4]
    assert second.hits[0].key[1] <= last
    assert await engine.count() == len(CORPUS)
    await engine.remove([newer.place])
    await engine.add([one for one in CORPUS if one.place == gone.place])
    assert (await engine.search(Question(**asked))).hits == first.hits


async def test_texts_are_read_back_as_they_are_whole_subjects_at_a_time(engine):
    found: list[Text] = []
    after = ""
    while some := await engine.texts(after, 7):
        assert not {one.about for one in some} & {one.about for one in found}
        found += some
        after = some[-1].about
    assert found == sorted(CORPUS, key=lambda one: (one.about, one.place))
    assert await engine.count() == len(CORPUS)


async def test_cleared_it_holds_nothing(engine):
    await engine.clear()
    assert (await engine.search(Question(text="食品"))).hits == ()
    assert await engine.texts("", 5) == []
    await engine.add(CORPUS)
    assert await engine.count() == len(CORPUS)


@pytest.mark.meilisearch
async def test_an_engine_is_asked_a_bounded_number_of_times(on_meilisearch, monkeypatch):
    monkeypatch.setattr("search.texts.meilisearch.AHEAD", 0)
    monkeypatch.setattr("search.texts.meilisearch.ROUNDS", 1)
    asked = {"text": "ABABABA", "order": "newest", "limit": 5}
    page = await on_meilisearch.search(Question(**asked))
    assert page.hits == ()
    assert page.last is not None  # some have all of its pairs: it goes on from there
    assert not read(Question(**asked), CORPUS)


@pytest.mark.meilisearch
async def test_much_about_some_is_asked_for_part_by_part(on_meilisearch, monkeypatch):
    monkeypatch.setattr("search.texts.meilisearch.SHARD_MAX", 20)
    there = await on_meilisearch.places(sorted({one.about for one in CORPUS}))
    assert there == {one.place for one in CORPUS}


@pytest.mark.postgres
async def test_what_is_not_prepared_is_named(pool: asyncpg.Pool, schema: str):
    engine = PostgresTexts(pool, schema)
    with pytest.raises(IndexLayoutError):
        await engine.search(Question(text="食品"))
    with pytest.raises(ValueError, match="not a plain schema name"):
        PostgresTexts(pool, "Texts")


async def test_what_does_not_answer_is_named():
    with pytest.raises(SearchUnavailableError):
        await MeilisearchTexts("http://127.0.0.1:9").search(Question(text="食品"))
