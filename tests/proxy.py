"""A TCP proxy before a server, that delays answers or closes connections when told to."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Proxy:
    """Passes bytes on; ``delay`` seconds before each answer, or nothing while ``closed``."""

    def __init__(self, port: int) -> None:
        self._to = port
        self.port = 0
        self.delay = 0.0
        self.closed = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, asking: asyncio.StreamReader, answering: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError), contextlib.closing(answering):
            if self.closed:
                return
            there, to = await asyncio.open_connection("127.0.0.1", self._to)
            with contextlib.closing(to):
                await asyncio.gather(
                    self._pass(asking, to), self._pass(there, answering, back=True)
                )

    async def _pass(
        self, of: asyncio.StreamReader, to: asyncio.StreamWriter, *, back: bool = False
    ) -> None:
        while some := await of.read(65_536):
            if back and self.delay:
                await asyncio.sleep(self.delay)
            if self.closed:
                break
            to.write(some)
            await to.drain()
        to.close()


@asynccontextmanager
async def before(port: int) -> AsyncIterator[Proxy]:
    proxy = Proxy(port)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
