"""A measurement: counts by kind, within its time, kept and read back without any name."""

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from search.errors import SearchUnavailableError
from search.quality import (
    FILE,
    REPORT_MAX,
    Figures,
    Measured,
    Report,
    as_markdown,
    keep,
    kept,
    measure,
)
from search.query import Answer, Query
from search.questions import Named, Question
from tests.search.memory import MemoryEngine
from tests.search.real import fill

ONE = Named("1" * 32, "南京示例朝阳劳动服务有限公司", "")
TWO = Named("2" * 32, "南京鑫源商贸有限公司", "")
THREE = Named("3" * 32, "扬州鑫源商贸有限公司", "")
ASKED = [
    Question("exact", ONE.name, ONE),
    Question("short", "鑫源商贸", TWO),
    Question("short", "鑫源商贸", THREE),
    Question("dropped", "完全不同的名称", ONE),
    Question("absent", "滁州行远物流有限公司", None),
    Question("absent", "南京示例朝阳劳动服务有限公", None),
]


class Tired(MemoryEngine):
    """Answers every other time."""

    asked = 0

    async def search(self, query: Query) -> Answer:
        self.asked += 1
        if self.asked % 2:
            raise SearchUnavailableError(zh="不", en="no")
        return await super().search(query)


async def measured(**more: float) -> dict[str, Figures]:
    engine = MemoryEngine()
    await fill(engine, [ONE, TWO, THREE])
    return await measure(engine, ASKED, **more)


async def test_what_was_meant_is_counted_by_kind_of_question():
    found = await measured()
    assert list(found) == ["exact", "short", "dropped", "absent"]
    assert found["exact"] == Figures(asked=1, first=1, first_of_form=1, ten=1, sure_and_right=1)
    # Two names give one text: one of them is first, each as good as the other, and none is sure.
    assert found["short"] == Figures(asked=2, first=1, first_of_form=2, ten=2, sure_and_right=0)
    assert found["dropped"] == Figures(asked=1)
    assert found["absent"] == Figures(asked=2, sure_and_right=1)
    assert found["absent"].share(1) == 0.5
    assert Figures().share(0) == 0


async def test_when_time_is_up_nothing_more_is_asked():
    found = await measured(until=time.monotonic())
    assert sum(one.asked for one in found.values()) == 0
    assert list(found) == ["exact", "short", "dropped", "absent"]


async def test_an_engine_that_is_busy_is_asked_once_more():
    engine = Tired()
    await fill(engine, [ONE])
    assert (await measure(engine, ASKED[:1]))["exact"].first == 1
    assert engine.asked == 2


async def report(*, whole: bool = True) -> Report:
    at = datetime(2026, 11, 23, 4, tzinfo=UTC)
    engines = (Measured("memory", 3, await measured()),)
    return Report(at, "虚构企业名称", "fictional names", 3, whole, engines)


async def test_a_report_is_kept_and_read_back_and_names_nobody(tmp_path: Path):
    folder = tmp_path / "new"
    assert kept(folder) is None
    made = await report()
    assert keep(made, folder) == folder / FILE
    assert kept(folder) == made
    assert sorted(path.name for path in folder.iterdir()) == [FILE, "search-quality.md"]
    for path in folder.iterdir():
        text = path.read_text("utf-8")
        assert not any(one.name[2:6] in text for one in (ONE, TWO, THREE))
    for damaged in (b"", b"{}", b"[1]", b"\xff", b" " * (REPORT_MAX + 1)):
        (folder / FILE).write_bytes(damaged)
        assert kept(folder) is None


@pytest.mark.parametrize("whole", [True, False])
async def test_as_a_document_it_has_a_table_for_each_engine(whole):
    text = as_markdown(await report(whole=whole))
    assert text.startswith(
        "# 检索质量 Quality of search\n\n虚构企业名称。\n\nfictional names: 3 names,"
    )
    assert "## memory, layout 3" in text
    assert "| short | 2 | 1.000 | 0.500 | 0.000 |" in text
    assert "| absent | 2 |  |  | 0.500 |" in text  # of those nothing can be found
    assert ("Time was up" in text) is not whole
