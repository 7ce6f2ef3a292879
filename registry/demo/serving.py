"""Runs the node over real HTTP in this process, for as long as the block lasts."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

import httpx
from granian.constants import Interfaces
from granian.server.embed import Server

from registry.app import create_app_with
from registry.errors import NodeError
from registry.resources import Resources

_PATIENCE = 60.0
_PAUSE = 0.1


class _Serving(Protocol):
    async def serve(self) -> None: ...

    def stop(self) -> None: ...


@asynccontextmanager
async def serving(resources: Resources, examples: Sequence[str] = ()) -> AsyncIterator[None]:
    """Serve the app over open resources until the block ends; ``examples`` are searches it offers.

    Raises:
        NodeError: the node did not come up; its own words are in the log.
    """
    settings = resources.settings
    server: _Serving = Server(
        create_app_with(resources, examples),
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        websockets=False,
        log_enabled=False,
    )
    running = asyncio.create_task(server.serve())
    try:
        await until_ready(settings.public_url, running.done)
        yield
    finally:
        server.stop()
        await running


async def until_ready(url: str, ended: Callable[[], bool]) -> None:
    """Wait until a server answers ``/health``; ``ended`` tells that it never will.

    Raises:
        NodeError: it did not come up.
    """
    async with httpx.AsyncClient(base_url=url) as http:
        for _ in range(int(_PATIENCE / _PAUSE)):
            if ended():
                break
            try:
                if (await http.get("/health")).is_success:
                    return
            except httpx.TransportError:
                pass  # not listening yet
            await asyncio.sleep(_PAUSE)
    message = f"服务未能在 {url} 启动 / no server came up at {url}"
    raise NodeError(message)
