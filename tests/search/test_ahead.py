"""What is made in advance comes in order, errors where they belong; nothing is left running."""

import threading
from contextlib import aclosing

import pytest

from search.ahead import ahead


async def test_everything_comes_in_order_and_one_is_made_in_advance() -> None:
    made: list[int] = []

    def double(number: int) -> int:
        made.append(number)
        return number * 2

    assert [one async for one in ahead(double, range(5))] == [0, 2, 4, 6, 8]
    assert made == [0, 1, 2, 3, 4]
    assert [one async for one in ahead(double, [])] == []


async def test_an_error_comes_after_what_was_made_before() -> None:
    def fails_at_two(number: int) -> int:
        if number == 2:
            raise ValueError("two")
        return number

    made = ahead(fails_at_two, range(5))
    assert [await anext(made), await anext(made)] == [0, 1]
    with pytest.raises(ValueError, match="two"):
        await anext(made)


async def test_who_leaves_early_leaves_nothing_behind() -> None:
    done = threading.Event()

    def make(number: int) -> int:
        done.set()
        return number

    async with aclosing(ahead(make, range(100))) as made:
        async for one in made:
            assert one == 0
            break
    assert done.is_set()
