"""A node, its records, keys, and a screening worked off by the node's own worker."""

import asyncio
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from registry.domain.disclosure import Role
from registry.screening.job import Worker
from tests.registry.access.conftest import PURPOSE, Desk, begun, changed, clock, desk

__all__ = ["begun", "changed", "clock", "desk"]
LISTS = "/api/v1/screenings"


async def send(
    desk: Desk, method: str, path: str, who: Role | str | None = Role.REGULATOR, **more: Any
) -> httpx.Response:
    text = desk.texts[who] if isinstance(who, Role) else who
    headers = {"Authorization": f"Bearer {text}"} if text else {}
    headers["Registry-Purpose"] = quote(PURPOSE)
    return await desk.served.http.request(method, path, headers=headers, **more)


async def made(
    desk: Desk, body: str | bytes, who: Role | str = Role.REGULATOR, **params: str
) -> dict[str, Any]:
    """Have a list screened, and wait until the node has worked it off."""
    asked = {"territory": "320100", **params}
    answer = await send(
        desk,
        "POST",
        LISTS,
        who,
        params=asked,
        content=body if isinstance(body, bytes) else body.encode(),
    )
    assert answer.status_code == 202, answer.text
    return await done(desk, answer.json()["id"], who)


async def done(desk: Desk, screening: str, who: Role | str = Role.REGULATOR) -> dict[str, Any]:
    for _ in range(400):
        found = (await send(desk, "GET", f"{LISTS}/{screening}", who)).json()
        if found["state"] in {"done", "failed"}:
            return found
        await asyncio.sleep(0.02)
    raise AssertionError(found)


async def rows(
    desk: Desk, screening: str, who: Role | str = Role.REGULATOR, **params: Any
) -> list[dict[str, Any]]:
    answer = await send(desk, "GET", f"{LISTS}/{screening}/rows", who, params=params)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["rows"]
    return found


@pytest.fixture
def idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker does anything from now on."""

    async def nothing(_worker: Worker) -> int:
        return 0

    monkeypatch.setattr(Worker, "step", nothing)
