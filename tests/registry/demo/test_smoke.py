"""The demonstration end to end: the main job over HTTP, then what a newcomer clicks."""

import asyncio
import re
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace

from registry.clock import FixedClock
from registry.demo import job, region, situations
from registry.demo.facts import FACTS
from registry.demo.report import Report
from registry.demo.run import Running, links, serve, smoke
from tests.meilisearch import binary
from tests.registry.demo.situations import look

pytestmark = pytest.mark.slow
STEPS = [
    *("prepared", "checked", "sealed", "admitted", "judged", "found", "hidden", "decided"),
    *("usable", "seen", "pushed", "verified", "audited"),
]


@pytest.fixture
def addresses(database) -> tuple[str, str]:
    return database.service_url, database.owner_url


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def small(monkeypatch) -> None:
    """Let the region have a tenth of its chance records; what is told of it stays whole."""
    for name in ("PERMITS", "PENALTIES", "LISTED"):
        monkeypatch.setattr(region, name, getattr(region, name) // 10)


def numbers(words: str) -> list[int]:
    return [int(n) for n in re.findall(r"\b\d+\b", words)]


async def test_the_main_job_says_what_it_did_with_counts(addresses, said):
    """The clock stands at a later day: what is shown must not depend on when it is run."""
    clock = FixedClock(datetime(2027, 3, 1, 2, 0, tzinfo=UTC))

    async def looks(running: Running) -> None:
        await three_clicks(running)
        await look(running, addresses, clock)

    report = await smoke(Report(said.append), clock, addresses, looks)
    assert [name for name, _ in report.steps] == STEPS
    words = dict(report.steps)
    records = numbers(words["prepared"])[-1]
    assert 2_950 <= records <= 3_050
    assert numbers(words["checked"]) == [records - 3, 3]
    assert numbers(words["admitted"])[0] == records
    assert numbers(words["admitted"])[-1] == 3
    assert numbers(words["judged"]) == [2]
    assert numbers(words["seen"]) == [len(FACTS.situations)]
    assert numbers(words["sealed"])[0] == numbers(words["admitted"])[1] >= 20
    assert numbers(words["found"]) == [4]
    assert numbers(words["hidden"])[0] > 400
    assert numbers(words["verified"])[0] >= 8
    assert "2027-03-01" in words["decided"]
    text = "\n".join(said)
    for expected in ("无需南京市认可。以下只回答：招标投标中", "示例宁市监标〔2026〕3号；条件："):
        assert expected in text
    for expected in ("限制申请财政性资金项目", "尚未采纳规则R02", "暂停", "已核验", "第48"):
        assert expected in text


@pytest.mark.meilisearch
@pytest.mark.usefixtures("small")
async def test_a_meilisearch_that_is_found_answers(addresses, said):
    async def asked(running: Running) -> None:
        async with httpx.AsyncClient(base_url=running.place.url) as http:
            for _ in range(100):
                found = await http.get("/api/v1/search", params={"q": "示例建设"})
                if not found.json()["degraded"]:
                    break
                await asyncio.sleep(0.1)  # the index was filled only a moment ago
            assert found.json()["total"] >= 1
            assert not found.json()["degraded"]

    report = await smoke(Report(said.append), None, addresses, asked, Path(binary()))
    assert [name for name, _ in report.steps] == STEPS
    assert numbers(dict(report.steps)["found"]) == [4]
    counts = re.findall(r"documents(?: search-meilisearch)? (\d+)", "\n".join(said))
    assert len(counts) == 2
    assert counts[0] == counts[1]


async def three_clicks(running: Running) -> None:
    """From a name to a measure that comes from another city, to its law, to its proof."""
    begin = [link.strip() for link in links(running) if link.strip().startswith("http")]
    assert len(begin) == 3
    told = [link for link in links(running) if " / " in link and "/subject/" in link]
    assert len(told) == len(FACTS.situations) == len({s.key for s in FACTS.situations})
    async with httpx.AsyncClient(base_url=running.place.url, follow_redirects=True) as http:

        async def page(path: str) -> str:
            answer = await http.get(path, headers={"Accept": "text/html"})
            assert answer.status_code == 200, (path, answer.text[:300])
            return answer.text

        found = await page(begin[0])
        assert href(found, rf"/subject/{running.subject_id}[^\"]*")
        subject = await page(begin[1])
        rule = await page(href(subject, r"/rule/R02[^\"]*"))
        record = await page(href(subject, r"/record/[^\"]+"))
        await page(begin[2])
    assert "限制申请财政性资金项目" in subject
    assert "芜湖市人力资源和社会保障局" in subject
    assert "本提示由系统依规则生成，不是行政决定" in subject
    assert "保障农民工工资支付条例" in rule
    assert "芜湖示例建设有限公司" in record


def href(page: str, pattern: str) -> str:
    """Return the first link of a page whose address has the form."""
    found = re.search(rf'href="({pattern})"', page)
    assert found, f"no link {pattern}"
    return unescape(found.group(1))


@pytest.mark.usefixtures("small")
async def test_a_step_that_comes_out_wrong_ends_the_demonstration(addresses, said, monkeypatch):
    monkeypatch.setattr(job, "NOT_ADOPTED", job.HERE)
    with pytest.raises(job.DemoError, match="has adopted nothing"):
        await smoke(Report(said.append), database=addresses)


@pytest.mark.usefixtures("small")
async def test_a_situation_that_is_not_as_it_must_be_ends_the_demonstration(addresses, monkeypatch):
    """Each kind of expectation that fails is named, and none hides another."""
    broken = [
        replace(told, shows=("从未有过的文字",), measures=("R99/m-x/bar/active",))
        if told.key == "nationwide-ban"
        else replace(told, hides=(told.shows[0],), find=("示例无此名称有限公司",))
        if told.key == "branch"
        else told
        for told in FACTS.situations
    ]
    monkeypatch.setattr(situations, "FACTS", replace(FACTS, situations=tuple(broken)))
    with pytest.raises(job.DemoError) as failed:
        await smoke(Report(lambda _: None), database=addresses)
    said = str(failed.value)
    for expected in (
        "not shown: 从未有过的文字",
        "applies: ('R15/",
        "not found by 示例无此名称有限公司",
        "shown: 分支机构与总公司",
    ):
        assert expected in said
    assert set(re.findall(r"'([a-z-]+)': \[", said)) == {"nationwide-ban", "branch"}


@pytest.mark.usefixtures("small")
async def test_pages_stay_up_until_it_is_ended(addresses, said, unused_tcp_port, tmp_path):
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "left").write_text("of an earlier run")
    wanted = (unused_tcp_port, Report(said.append), tmp_path / "demo", addresses)
    task = asyncio.create_task(serve(*wanted))
    while not any("Ctrl-C" in line for line in said):
        await asyncio.sleep(0.05)
        assert not task.done(), task.exception()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{unused_tcp_port}") as http:
        assert (await http.get("/health")).status_code == 200
    assert not (tmp_path / "demo" / "left").exists()
    with pytest.raises(job.DemoError, match="in use"):
        await serve(*wanted)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
