"""Several engines as one: the same answers as from one index, and who did not answer is named."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from search.cities import Cities, Holder
from search.errors import LATE, IndexLayoutError, InvalidQueryError, SearchUnavailableError
from search.flow import Recall
from search.query import Answer, Part, Query
from search.watch import AGAIN, Holding, Watched
from tests.search.contract.test_engine import CORPUS, NANJING, UNIFIED, WUHU, YANGZHOU
from tests.search.memory import MemoryEngine

AT = datetime(2026, 11, 23, tzinfo=UTC)
DOWN = SearchUnavailableError(zh="不", en="no")
SLOW = SearchUnavailableError(zh="不", en="no", code=LATE)
NAMELESS = IndexLayoutError(zh="不", en="no")
TEXTS = (
    *("南京朝阳劳动服务有限公司", "长江", "长江造船", "劳动服务", UNIFIED, "135170699"),
    *("91320104135170698F", "宁市监罚〔2024〕12号", "nanjing changjiang zaochuan"),
    *("360", "苏州山水", "朝杨劳动服务", "！", "南京向阳劳务有限公司"),
)  # fmt: skip


class Troubled(MemoryEngine):
    """An engine that fails, or takes its time, when told to; ``fine`` times it still works."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.error: Exception | None = None
        self.delay = 0.0
        self.fine = 0
        self.asked = 0
        self.looks = 0
        self.looking: Exception | float | bool = True

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[Callable[[Query], Recall]]:
        async with super().opened() as made:
            yield lambda query: self._recall(made, query)

    def _recall(self, made: Callable[[Query], Recall], query: Query) -> Recall:
        self.asked += 1
        if self.asked > self.fine:
            if self.error is not None:
                raise self.error
            if self.delay:
                return Slow(self.delay)
        return made(query)

    async def look(self) -> Holding:
        self.looks += 1
        if isinstance(self.looking, Exception):
            raise self.looking
        if not isinstance(self.looking, bool):
            await asyncio.sleep(self.looking)
        return Holding(whole=self.looking is not False, commit=7, as_of=AT)


class Slow(Recall):
    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    async def by_codes(self, *_asked):
        await asyncio.sleep(self.seconds)
        return []

    by_number = by_keys = by_whole = by_pairs = by_codes


class Scene:
    """Nanjing and Wuhu with an engine each, all else in PostgreSQL's place, which holds all."""

    def __init__(self, *, alone: bool = False) -> None:
        self.one, self.two = Troubled("one"), Troubled("two")
        self.all = Troubled("all")
        self.now = 0.0
        self.held = {NANJING, WUHU, YANGZHOU}
        holders = [
            Holder(frozenset(cities), self.watched(engine))
            for cities, engine in (({NANJING}, self.one), ({WUHU}, self.two))
        ]
        standing_by = self.watched(self.all)
        self.cities = Cities(
            standing_by, standing_by, self.holds, [] if alone else holders, seconds=0.15
        )

    def watched(self, engine: Troubled) -> Watched:
        return Watched(engine, engine.look, lambda: self.now)

    async def holds(self) -> set[str]:
        return self.held

    async def fill(self) -> "Scene":
        for engine, city in ((self.one, NANJING), (self.two, WUHU), (self.all, "")):
            await engine.upsert([one for one in CORPUS if not city or city in one.cities])
        return self

    async def ask(self, text: str = "长江造船", **fields: object) -> Answer:
        self.now += AGAIN
        return await self.cities.search(Query(text=text, **fields))


def bare(answer: Answer) -> Answer:
    return replace(answer, engine="", parts=())


def by(answer: Answer) -> dict[tuple[str, ...], tuple[str, str]]:
    return {part.cities: (part.state, part.by) for part in answer.parts}


async def test_several_answer_what_one_index_answers():
    scene = await Scene().fill()
    for text in TEXTS:
        for cities in ((), (NANJING,), (WUHU, YANGZHOU), (YANGZHOU,)):
            asked = Query(text=text, cities=cities, limit=100)
            assert bare(await scene.cities.search(asked)) == bare(await scene.all.search(asked))


async def test_one_who_is_in_several_is_one_hit_and_each_city_is_accounted_for():
    scene = await Scene().fill()
    answer = await scene.ask()
    assert [int(hit.id, 16) for hit in answer.hits[:2]] == [3, 2]  # 3 is in both
    assert answer.parts[0] == Part(
        cities=(NANJING,), state="answered", by="one", commit=7, as_of=AT
    )
    assert by(answer) == {
        (NANJING,): ("answered", "one"), (WUHU,): ("answered", "two"), (): ("answered", "all"),
    }  # fmt: skip
    assert (answer.engine, answer.degraded, answer.behind) == ("one+two+all", False, False)
    narrowed = await scene.ask(cities=(WUHU,))
    assert by(narrowed) == {(WUHU,): ("answered", "two")}
    assert scene.one.asked == 2  # by keys and as a whole, for the first question alone


@pytest.mark.parametrize(
    ("trouble", "state"),
    [
        ({"error": DOWN}, "failed"),
        ({"error": SLOW}, "late"),
        ({"error": NAMELESS}, "failed"),
        ({"delay": 9.0}, "late"),
        ({"looking": DOWN}, "failed"),
        ({"looking": 9.0}, "late"),
        ({"looking": False}, "behind"),
        ({"error": DOWN, "fine": 1}, "failed"),
        ({"delay": 9.0, "fine": 1}, "late"),
    ],
)
async def test_for_one_that_does_not_answer_another_does(trouble, state):
    scene = await Scene().fill()
    whole = await scene.ask()
    scene.one.asked = 0
    for name, value in trouble.items():
        setattr(scene.one, name, value)
    answer = await scene.ask()
    assert bare(answer) == replace(bare(whole), degraded=True)
    assert by(answer) == by(whole) | {(NANJING,): (state, "all")}
    assert not answer.missing
    for cities in ((NANJING,), (NANJING, YANGZHOU)):
        narrowed = await scene.ask(cities=cities)
        expected = await scene.all.search(Query(text="长江造船", cities=cities))
        assert bare(narrowed) == replace(bare(expected), degraded=True)


async def test_a_city_of_which_nothing_is_here_is_named_as_missing():
    scene = await Scene().fill()
    scene.held.remove(WUHU)
    scene.two.error = DOWN
    answer = await scene.ask()
    assert by(answer)[(WUHU,)] == ("failed", "")
    assert answer.missing
    assert not answer.total_is_exact
    assert [int(hit.id, 16) for hit in answer.hits] == [3]
    alone = await scene.ask(cities=(NANJING, WUHU))
    assert [int(hit.id, 16) for hit in alone.hits] == [3]
    scene.two.looking = DOWN
    signs = await scene.ask("！")  # of which nothing is recalled
    assert by(signs)[(WUHU,)] == ("failed", "")
    scene.held.add(WUHU)
    assert by(await scene.ask("！"))[(WUHU,)] == ("failed", "all")


async def test_where_nobody_answers_for_a_part_the_others_do():
    scene = await Scene().fill()
    scene.all.error = DOWN
    answer = await scene.ask()
    assert by(answer)[()] == ("failed", "")
    assert answer.missing
    assert [int(hit.id, 16) for hit in answer.hits] == [3, 2]
    scene.one.error = DOWN
    answer = await scene.ask()
    assert by(answer)[(NANJING,)] == ("failed", "")
    assert [int(hit.id, 16) for hit in answer.hits] == [3, 2]
    scene.two.error = DOWN
    with pytest.raises(SearchUnavailableError):
        await scene.ask()
    scene.held.clear()
    with pytest.raises(SearchUnavailableError):
        await scene.ask(cities=(WUHU,))


async def test_the_rest_may_have_an_engine_of_its_own():
    scene = await Scene().fill()
    rest = Troubled("rest")
    await rest.upsert(CORPUS)
    scene.cities = Cities(
        scene.watched(rest), scene.cities.standing_by, scene.holds, scene.cities.holders
    )
    whole = await scene.ask()
    assert whole.engine == "one+two+rest"
    rest.error = scene.two.error = DOWN
    for cities in ((), (WUHU, YANGZHOU)):
        answer = await scene.ask(cities=cities)
        expected = await scene.all.search(Query(text="长江造船", cities=cities))
        assert bare(answer) == replace(bare(expected), degraded=True)
        assert by(answer)[()] == by(answer)[(WUHU,)] == ("failed", "all")


async def test_one_that_fails_is_left_alone_for_a_while_and_then_looked_at_again():
    scene = await Scene().fill()
    scene.one.error = DOWN
    await scene.ask()
    asked = scene.one.asked
    scene.one.error = None
    assert (await scene.cities.search(Query(text="长江造船"))).degraded
    assert scene.one.asked == asked
    assert not (await scene.ask()).degraded
    assert scene.one.looks == 2


async def test_the_last_one_answers_even_behind_and_says_so():
    scene = await Scene(alone=True).fill()
    fresh = await scene.ask()
    assert (fresh.engine, fresh.degraded, fresh.behind) == ("all", False, False)
    for looking in (False, DOWN):
        scene.all.looking = looking
        answer = await scene.ask()
        assert replace(answer, behind=False, parts=()) == replace(fresh, parts=())
        assert (answer.behind, by(answer)) == (True, {(): ("answered", "all")})


async def test_who_asks_while_an_engine_is_looked_at_waits_for_that_look():
    scene = await Scene().fill()
    scene.one.looking = 0.05
    scene.now += AGAIN
    answers = await asyncio.gather(*(scene.cities.search(Query(text="长江")) for _ in range(5)))
    assert [answer.degraded for answer in answers] == [False] * 5
    assert scene.one.looks == 1
    scene.one.looking = 0.3  # longer than anybody waits
    scene.now += AGAIN
    begun = asyncio.get_running_loop().time()
    answers = await asyncio.gather(*(scene.cities.search(Query(text="长江")) for _ in range(5)))
    assert {by(answer)[(NANJING,)] for answer in answers} == {("late", "all")}
    later = await scene.cities.search(Query(text="长江"))  # does not wait once more
    assert later.degraded
    assert asyncio.get_running_loop().time() - begun < 0.3
    await asyncio.sleep(0.2)
    assert not (await scene.cities.search(Query(text="长江"))).degraded  # that look has ended
    assert scene.one.looks == 2


async def test_what_is_wrong_with_the_question_or_the_program_is_nobodys_failure():
    scene = await Scene().fill()
    with pytest.raises(InvalidQueryError):
        await scene.ask(limit=0)
    scene.one.looking = RuntimeError("a slip of ours")
    with pytest.raises(RuntimeError, match="a slip of ours"):
        await scene.ask()


async def test_suggestions_come_from_the_one_that_holds_all_or_the_one_that_stands_by():
    scene = await Scene(alone=True).fill()
    rest = Troubled("rest")
    await rest.upsert(CORPUS)
    cities = Cities(scene.watched(rest), scene.watched(scene.all), scene.holds, seconds=0.1)
    wanted = await scene.all.suggest("长江")
    assert wanted
    assert await cities.suggest("长江") == await scene.cities.suggest("长江") == wanted
    assert rest.looks == 1

    async def slow(text: str) -> tuple[str, ...]:
        await asyncio.sleep(5)
        raise AssertionError(text)

    async def down(_text: str) -> tuple[str, ...]:
        raise DOWN

    for broken in (slow, down):
        rest.suggest = broken  # type: ignore[method-assign]
        scene.now += AGAIN
        assert await cities.suggest("长江") == wanted
    rest.looking = False
    scene.now += AGAIN
    assert await cities.suggest("长江") == wanted
