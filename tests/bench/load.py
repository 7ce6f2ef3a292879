"""Requests from a separate process: as many as a server takes, or so many a second (open loop).

A client of its own, since a general one would cost more than what it measures: GET over kept
connections, answers with a stated length. Whatever is not answered with 200 is an error here, but
for the open loop's 503: that a question took too long is part of what is measured.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import cycle
from multiprocessing import get_context
from typing import Self

CLIENTS = 16
"""Connections of the closed loop; a node has half as many to its database."""
PATIENCE = 30.0
"""Seconds for one answer; what takes longer ends the measurement."""
WAITING_MAX = 256
"""Requests of the open loop that may be under way; more means the rate is not reached."""


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer of the open loop: seconds from when it was due, and the bytes of its body.

    Not ``ok``: it was 503.
    """

    first_byte: float
    whole: float
    size: int
    ok: bool


class _Connection(asyncio.Protocol):
    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[tuple[float, int, bytes]] | None = None
        self._received = bytearray()
        self._first = 0.0
        self.open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.open = True

    def connection_lost(self, exc: Exception | None) -> None:
        self.open = False  # a server ends what has been idle for some seconds
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionError("the server hung up"))

    def data_received(self, data: bytes) -> None:
        if not self._received:
            self._first = time.perf_counter()
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end:
            return
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        if len(body) < length or self._answer is None:
            return
        status = bytes(head.split(b" ", 2)[1])
        if status in {b"200", b"503"}:
            self._answer.set_result((self._first, length, status))
        else:
            self._answer.set_exception(RuntimeError(bytes(self._received[:2000]).decode()))
        self._received.clear()

    async def get(self, path: str) -> tuple[float, int, bool]:
        """Return when the first byte came, how long the body is, and whether it was 200."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n\r\n"
        self._transport.write(request.encode())
        first, size, status = await asyncio.wait_for(self._answer, PATIENCE)
        return first, size, status == b"200"

    def close(self) -> None:
        assert self._transport is not None
        self._transport.close()


async def _connect(port: int) -> _Connection:
    _, made = await asyncio.get_running_loop().create_connection(_Connection, "127.0.0.1", port)
    return made


async def _most(port: int, paths: Sequence[str], seconds: float) -> float:
    """Return answers a second while every connection asks again as soon as it is answered."""
    connections = [await _connect(port) for _ in range(CLIENTS)]
    asked = cycle(paths)
    until = time.perf_counter() + seconds
    answered = 0

    async def keep_asking(connection: _Connection) -> None:
        nonlocal answered
        while time.perf_counter() < until:
            path = next(asked)
            _, _, ok = await connection.get(path)
            if not ok:
                raise RuntimeError(f"503 for {path}")
            answered += 1

    began = time.perf_counter()
    await asyncio.gather(*(keep_asking(one) for one in connections))
    taken = time.perf_counter() - began
    for one in connections:
        one.close()
    return answered / taken


async def _at_rate(
    port: int, paths: Sequence[str], rate: float, seconds: float
) -> tuple[Answered, ...]:
    """Return all answers to requests that are sent when they are due, whatever became of others."""
    idle = [await _connect(port) for _ in range(CLIENTS)]
    answers: list[Answered] = []
    places = asyncio.Semaphore(WAITING_MAX)

    async def ask(path: str, due: float) -> None:
        async with places:
            while idle and not idle[-1].open:
                idle.pop()
            connection = idle.pop() if idle else await _connect(port)
            first, size, ok = await connection.get(path)
            answers.append(Answered(first - due, time.perf_counter() - due, size, ok))
            idle.append(connection)

    begin = time.perf_counter() + 0.1
    async with asyncio.TaskGroup() as tasks:
        for number, path in zip(range(int(rate * seconds)), cycle(paths), strict=False):
            due = begin + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            tasks.create_task(ask(path, due))
    for one in idle:
        one.close()
    return tuple(answers)


def _run(work: Callable[..., Awaitable[object]], *given: object) -> object:
    async def whole() -> object:
        return await work(*given)

    return asyncio.run(whole())


class Load:
    """The process that asks; one server at a time."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._process = ProcessPoolExecutor(1, get_context("spawn"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.shutdown()

    def most(self, paths: Sequence[str], seconds: float) -> float:
        """Return the answers a second that the server gives at most."""
        rate = self._process.submit(_run, _most, self._port, paths, seconds).result()
        assert isinstance(rate, float)
        return rate

    def at_rate(self, paths: Sequence[str], rate: float, seconds: float) -> tuple[Answered, ...]:
        """Return the answers at a rate a second."""
        answers = self._process.submit(_run, _at_rate, self._port, paths, rate, seconds).result()
        assert isinstance(answers, tuple)
        return answers
