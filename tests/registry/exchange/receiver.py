"""A receiver of webhooks over real HTTP, that can be told to misbehave."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

OK = b"HTTP/1.1 204 No Content\r\n\r\n"


@dataclass
class Came:
    """A request as it came."""

    target: str
    fields: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """Answers every request with the next of ``answers`` (the last for ever)."""

    port: int = 0
    answers: list[bytes] = field(default_factory=lambda: [OK])
    silent: float = 0.0
    came: list[Came] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?x=1"

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            line, *rest = head.strip().split("\r\n")
            fields = {name.lower(): value for name, value in (one.split(": ", 1) for one in rest)}
            body = await reader.readexactly(int(fields["content-length"]))
            self.came.append(Came(line.split(" ")[1], fields, body))
            await asyncio.sleep(self.silent)
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            writer.write(answer)
            await writer.drain()
        writer.close()


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    server = await asyncio.start_server(receiver.take, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    async with server:
        yield receiver
