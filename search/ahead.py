"""Making the next chunk while an engine stores the one before: both take about as long."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


async def ahead(make: Callable[[T], R], items: Iterable[T]) -> AsyncGenerator[R]:
    """Yield what a function makes of each item, in order; one is made in advance, in a thread."""
    making: asyncio.Task[R] | None = None
    try:
        for item in items:
            made, making = making, asyncio.create_task(asyncio.to_thread(make, item))
            if made is not None:
                yield await made
        if making is not None:
            yield await making
    finally:
        if making is not None:
            making.cancel()
            await asyncio.gather(making, return_exceptions=True)
