"""Two engines as one: who answers, and whether it is said that the other one should have."""

import pytest

from search.errors import IndexLayoutError, InvalidQueryError, SearchUnavailableError
from search.query import Answer, Query
from search.standby import Standby
from search.watch import AGAIN, Holding, Watched

QUERY = Query(text="示例")


class Scripted:
    """An engine that answers, or raises what it is told to; counts how often it is asked."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.asked = 0
        self.error: Exception | None = None

    async def search(self, query: Query) -> Answer:
        assert query is QUERY
        self.asked += 1
        if self.error is not None:
            raise self.error
        return Answer(hits=(), total=0, total_is_exact=True, read_as="name", engine=self.name)


class Scene:
    def __init__(self) -> None:
        self.first, self.second = Scripted("first"), Scripted("second")
        self.now = 0.0
        self.fit: bool | Exception = True
        self.looks = 0
        self.second_fit: bool | Exception = True
        self.engine = Standby(
            [Watched(self.first, self.look, self.clock), self.watched(self.second)]
        )

    def clock(self) -> float:
        return self.now

    def watched(self, engine: Scripted) -> Watched[Scripted]:
        return Watched(engine, self.look_at_second, self.clock)

    async def look(self) -> Holding:
        self.looks += 1
        return Holding(whole=told(self.fit))

    async def look_at_second(self) -> Holding:
        return Holding(whole=told(self.second_fit))

    async def ask(self) -> tuple[str, bool]:
        answer = await self.engine.search(QUERY)
        assert answer.behind is (answer.engine == "second" and self.second_fit is not True)
        return answer.engine, answer.degraded


def told(fit: bool | Exception) -> bool:  # noqa: FBT001 - what a script holds
    if isinstance(fit, Exception):
        raise fit
    return fit


async def test_the_first_answers_while_it_is_fit():
    scene = Scene()
    assert await scene.ask() == ("first", False)
    assert await scene.ask() == ("first", False)
    assert scene.looks == 1  # it is not looked at for every question
    scene.now += AGAIN
    assert await scene.ask() == ("first", False)
    assert scene.looks == 2


@pytest.mark.parametrize("fit", [False, SearchUnavailableError(zh="不", en="no")])
async def test_one_that_is_not_fit_is_not_asked(fit):
    scene = Scene()
    scene.fit = fit
    assert await scene.ask() == ("second", True)
    assert await scene.ask() == ("second", True)
    assert (scene.first.asked, scene.looks) == (0, 1)
    scene.fit = True
    scene.now += AGAIN
    assert await scene.ask() == ("first", False)


@pytest.mark.parametrize("kind", [SearchUnavailableError, IndexLayoutError])
async def test_one_that_fails_is_left_alone_for_a_while(kind):
    scene = Scene()
    scene.first.error = kind(zh="不", en="no")
    assert await scene.ask() == ("second", True)
    assert await scene.ask() == ("second", True)
    assert scene.first.asked == 1
    scene.first.error = None
    scene.now += AGAIN
    assert await scene.ask() == ("first", False)


async def test_what_is_wrong_with_the_question_is_nobodys_failure():
    scene = Scene()
    scene.first.error = InvalidQueryError(zh="不", en="no")
    with pytest.raises(InvalidQueryError):
        await scene.ask()
    assert scene.second.asked == 0


@pytest.mark.parametrize("fit", [False, SearchUnavailableError(zh="不", en="no")])
async def test_the_last_one_answers_even_behind_and_says_so(fit):
    scene = Scene()
    scene.fit, scene.second_fit = False, fit
    assert await scene.ask() == ("second", True)
    scene.second_fit = True
    assert (await scene.engine.search(QUERY)).behind  # not looked at again so soon
    scene.now += AGAIN
    assert await scene.ask() == ("second", True)


async def test_an_engine_alone_is_never_a_stand_in():
    scene = Scene()
    alone = Standby([scene.watched(scene.second)])
    assert await alone.search(QUERY) == await scene.second.search(QUERY)
    scene.second_fit = False
    scene.now += AGAIN
    behind = await alone.search(QUERY)
    assert (behind.degraded, behind.behind) == (False, True)


async def test_when_neither_answers_it_is_said():
    scene = Scene()
    scene.fit = False
    scene.second.error = SearchUnavailableError(zh="不", en="no")
    with pytest.raises(SearchUnavailableError):
        await scene.ask()
