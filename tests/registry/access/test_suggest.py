"""Suggestions while somebody types: what may not be seen is not suggested, by nothing."""

from typing import Any

import pytest
import pytest_asyncio

from registry.domain.disclosure import Role
from registry.query.reader import Reader
from registry.query.views import Viewer
from search.errors import SearchUnavailableError
from tests.registry.access.conftest import ONE, TWO, Desk, reads, second
from tests.registry.query.scene import FIRM, NANJING, WUHU, penalty, registration, sid, uscc
from tests.registry.query.standards_scene import standard

SUGGEST = "/api/v1/suggest"
FORMER = "芜湖旧名建设有限公司"


async def suggested(desk: Desk, q: str, who: Role | None = None) -> list[dict[str, Any]]:
    answer = await desk.get(SUGGEST, who, q=q)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["suggestions"]
    return found


async def ids(desk: Desk, q: str, who: Role | None = None) -> list[str]:
    return [one["id"] or one["text"] for one in await suggested(desk, q, who)]


@pytest_asyncio.fixture(loop_scope="module")
async def filled(reading: Desk) -> Desk:
    """State, once, a former name that only members share, many firms, and standards."""
    if not await ids(reading, "南京丰收"):
        await fill(reading)
    return reading


async def fill(desk: Desk) -> None:
    hidden = penalty(
        subject={**registration()["subject"], "name": FORMER}, publication="government"
    )
    many = [
        registration(
            subject={"kind": "organisation", "name": f"南京丰收第{at}商行", "uscc": uscc(3 + at)}
        )
        for at in range(10)
    ]
    await desk.scene.state(WUHU, hidden, *many)
    numbers = ("GB/T 22600-2008", "GB/T 2260-2007", "GB/T 2260-2002", "DB34/T 5037-2016")
    await desk.scene.state(NANJING, *map(standard, numbers),
                           standard("GB/T 22601-2009", publication="government"))  # fmt: skip


@reads
async def test_what_begins_with_the_text_is_suggested_as_far_as_it_may_be_seen(filled: Desk):
    (one,) = await suggested(filled, "芜湖示例")
    assert one == {
        "kind": "subject",
        "text": FIRM,
        "on": FIRM,
        "id": ONE,
        "code": uscc(1),
        "title": "",
    }
    for typed in ("wuhu shili", "whsl", "示例建", uscc(1)[:17], uscc(1)[8:16].lower()):
        assert await ids(filled, typed) == [ONE], typed
    # Of firm 2, and of a name that only members share, the public learns nothing.
    assert (await ids(filled, "示例第二"), await ids(filled, uscc(2))) == ([], [])
    assert await ids(filled, "芜湖旧名") == []
    many = await suggested(filled, "njfs")
    assert [one["text"] for one in many] == [f"南京丰收第{at}商行" for at in range(8)]


@reads
async def test_numbers_of_standards_begin_too(filled: Desk):
    found = await suggested(filled, "gbt 2260")
    assert [(one["kind"], one["text"]) for one in found] == [
        ("standard", "GB/T 2260"), ("standard", "GB/T 22600")
    ]  # fmt: skip
    assert found[0]["title"] == "建筑工程施工质量评价标准"
    assert await ids(filled, "DB34T50") == ["DB34/T 5037"]
    assert await ids(filled, "GB/T 9") == []


@reads
async def test_a_role_sees_its_own_and_is_written_down_and_only_the_public_may_be_kept(
    reading: Desk,
):
    answer = await reading.get(SUGGEST, q="芜湖示例")
    assert answer.headers["cache-control"] == "public, max-age=5"
    assert answer.headers["vary"] == "Authorization"
    assert await reading.log() == []
    answer = await reading.get(SUGGEST, Role.REGULATOR, q="芜湖示例")
    assert answer.headers["cache-control"] == "no-store"
    ((role, kind, place, outcome),) = await reading.said()
    assert (role, kind, outcome, "芜湖" in place) == ("regulator", "suggest", "answered", False)
    refused = await reading.get(SUGGEST, Role.REGULATOR, purpose="", q="芜湖示例")
    assert (refused.status_code, refused.json()["code"]) == (400, "purpose-required")


@reads
@pytest.mark.parametrize("q", ["", " ", "长" * 201])
async def test_no_text_and_a_text_too_long_are_refused_by_name(reading: Desk, q: str):
    answer = await reading.get(SUGGEST, q=q)
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("application/problem+json")


class Recalling:
    """An engine that recalls whatever there is, or nothing at all any more."""

    def __init__(self, *found: str) -> None:
        self.found = found

    async def suggest(self, text: str) -> tuple[str, ...]:
        if not self.found:
            raise SearchUnavailableError(zh="无", en=f"down at {text}")
        return self.found


@reads
async def test_an_engine_decides_nothing_and_may_be_away(filled: Desk):
    node = filled.scene.node
    public = Viewer(Role.PUBLIC)
    everything = Recalling(ONE, TWO, sid("不存在"))
    reader = Reader(node.db, node.charter, everything, node.clock)
    assert [one.id for one in await reader.suggest("芜湖示例", public)] == [ONE]
    assert await reader.suggest(str(second()["name"])[:5], public) == ()
    away = Reader(node.db, node.charter, Recalling(), node.clock)
    assert await away.suggest("芜湖示例", public) == ()
    assert [one.text for one in await away.suggest("GB/T 2260", public)][:1] == ["GB/T 2260"]
