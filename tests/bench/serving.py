"""``python -m tests.bench.serving FOLDER SERVER [URL KEY]``: a node, with the baseline mounted.

URL and KEY are those of a Meilisearch. The baseline is what nobody could undercut and still answer
from the database: one indexed query for the records of the subject, whose stored bytes are returned
as they are, over a pool of the driver as it comes, of the same size.
"""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import uvicorn
from granian.constants import Interfaces
from granian.server.embed import Server
from litestar import Litestar, Response, get
from litestar.enums import MediaType
from litestar.params import FromPath, FromQuery

from registry.app import create_app_with
from registry.cli.node import collect_rarely
from registry.resources import Resources, open_resources, open_store_url
from registry.settings import Settings
from tests.bench.loaded import settings_of

STORED = "/bench/stored"
_QUERY = """
SELECT e.main FROM records r JOIN entries e ON e.log_id = r.log_id AND e.idx = r.idx
WHERE r.subject_id = $1
"""
STORED_STANDARD = "/bench/standard"
STORED_STANDARD_QUERY = """
SELECT e.main FROM standard_index s JOIN entries e ON e.log_id = s.log_id AND e.idx = s.idx
WHERE s.identity = $1
"""
SERVERS: dict[str, Callable[[Litestar, Settings], Awaitable[None]]] = {}


def app_with_baseline(resources: Resources, pool: asyncpg.Pool) -> Litestar:
    """Return the node's app, with the baseline as one more handler of it."""

    @get(STORED + "/{subject_id:str}", include_in_schema=False)
    async def stored(subject_id: FromPath[str]) -> Response[bytes]:
        rows = await pool.fetch(_QUERY, bytes.fromhex(subject_id))
        body = b"[" + b",".join([row[0] for row in rows]) + b"]"
        return Response(body, media_type=MediaType.JSON)

    @get(STORED_STANDARD, include_in_schema=False)
    async def stored_standard(identity: FromQuery[str]) -> Response[bytes]:
        rows = await pool.fetch(STORED_STANDARD_QUERY, identity)
        body = b"[" + b",".join([row[0] for row in rows]) + b"]"
        return Response(body, media_type=MediaType.JSON)

    app = create_app_with(resources)
    app.register(stored)
    app.register(stored_standard)
    return app


async def _granian(app: Litestar, settings: Settings) -> None:
    server = Server(
        app, address=settings.host, port=settings.port, interface=Interfaces.ASGI,
        websockets=False, log_enabled=False,
    )  # fmt: skip
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, server.stop)
    await server.serve()


async def _uvicorn(app: Litestar, settings: Settings) -> None:
    config = uvicorn.Config(app, settings.host, settings.port, log_level="error", lifespan="on")
    await uvicorn.Server(config).serve()


SERVERS |= {"granian": _granian, "uvicorn": _uvicorn}


async def _serve(folder: Path, server: str, *search: str) -> None:
    settings = settings_of(folder, *search)
    async with (
        open_resources(settings) as resources,
        open_store_url(settings) as url,
        asyncpg.create_pool(url, min_size=2, max_size=settings.pool_size) as pool,
    ):
        app = app_with_baseline(resources, pool)
        collect_rarely()
        await SERVERS[server](app, settings)


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), *sys.argv[2:]))
