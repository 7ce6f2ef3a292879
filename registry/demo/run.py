"""Runs the demonstration: the main job once (``smoke``), or the job and then pages to look at."""

import asyncio
import contextlib
import secrets
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Final
from urllib.parse import quote

import httpx
from pydantic import SecretStr

from registry.clock import Clock, SystemClock, today
from registry.demo import at_work, job, meilisearch
from registry.demo.facts import BY_CODE, FACTS
from registry.demo.region import TOUR_DAY, DemoRegion, build
from registry.demo.report import Report
from registry.demo.rulebook import rulebook_files
from registry.demo.serving import serving
from registry.demo.situations import Seen, judge, look_at_all
from registry.demo.standards import ASKED
from registry.demo.workplace import HOST, Where, Workplace, prepare
from registry.resources import Resources, open_resources
from registry.rules.instruments import article_zh
from registry.settings import Settings

FOLDER: Final = Path(".cache/demo")
_SHOWN: Final = 2
_EXAMPLES: Final = 6
_PORTS: Final = range(20_000, 32_000)


@dataclass(frozen=True, slots=True)
class Running:
    """A demonstration after the main job: the node still answers."""

    place: Workplace
    region: DemoRegion
    subject_id: str
    seen: tuple[Seen, ...]
    keys: Mapping[str, str] = field(default_factory=dict)
    """Of people, good for a day (`registry.demo.at_work.keys_of`)."""


@asynccontextmanager
async def demonstration(
    where: Where, report: Report, clock: Clock | None = None
) -> AsyncIterator[Running]:
    """Prepare a region in an empty folder, serve its node, do the main job, keep serving.

    Raises:
        DemoError: a step did not come out as it must.
        NodeError: the node did not start.
    """
    clock = clock or SystemClock()
    region = build(rulebook_files())
    place = await asyncio.to_thread(prepare, where, region, clock.now())
    counts = region.counts()
    report.step(
        "prepared",
        f"{len(place.charter.parties)} parties, charter by {place.charter.threshold} of "
        f"{len(place.charter.root_keys)} root keys, {len(region.enterprises)} fictional "
        f"enterprises, {counts.total()} records",
        ", ".join(f"{kind} {number}" for kind, number in sorted(counts.items())),
        f"search by {where.meilisearch or 'PostgreSQL, as no Meilisearch is found here'}",
    )
    examples = [*dict.fromkeys(situation.firm for situation in FACTS.situations)][:_EXAMPLES]
    desk_clock = job.DeskClock(clock)
    async with (
        _searched(place.settings, where) as settings,
        open_resources(settings, clock) as resources,
        serving(replace(resources, door=resources.door.at(desk_clock)), examples),
    ):
        with httpx.Client(timeout=job.TIMEOUT) as http:
            desk = job.Desk(place, http)
            published = await _publish(desk, region, report, desk_clock)
            judged = await judge(resources, region)
            report.step("judged", f"{judged} times who is who, by an organ and with its reason")
            subject_id, seen = await _look(desk, region, report, clock)
            keys = await _at_work(desk, region, report, resources)
            lines = await asyncio.to_thread(job.verify, desk, published, subject_id)
        how = "by python -m signing verify"
        report.step("verified", f"{len(lines)} files offline, {how}", *lines[:_SHOWN])
        audited = await job.audit(resources)
        report.step(
            "audited",
            "no difference in what the node stores",
            ", ".join(f"{kind} {number}" for kind, number in audited.counts.items()),
        )
        yield Running(place, region, subject_id, seen, keys)


@asynccontextmanager
async def _searched(settings: Settings, where: Where) -> AsyncIterator[Settings]:
    """Add the address of a Meilisearch that runs as long as the block, if there is a program."""
    if where.meilisearch is None:
        yield settings
        return
    folder, address = where.folder / "meilisearch", f"{HOST}:{free_port()}"
    async with meilisearch.running(where.meilisearch, folder, address) as server:
        found = {"search_url": server.url, "search_key": SecretStr(server.key)}
        yield settings.model_copy(update=found)


async def _publish(
    desk: job.Desk, region: DemoRegion, report: Report, clock: job.DeskClock
) -> job.Published:
    checked = await asyncio.to_thread(job.check, desk, region)
    report.step(
        "checked",
        f"{checked.rows} rows good, here and at the node; "
        f"{len(checked.damaged)} defects named in a damaged copy",
        *(f"row {row}: {code}  {words}" for row, code, words in checked.damaged),
    )
    published = await asyncio.to_thread(job.publish, desk, region, clock)
    logs = {origin for origin, _ in published.delivered}
    report.step("sealed", f"{len(published.sealed)} batches of {len(logs)} logs, signed, on disk")
    report.step(
        "admitted",
        f"{published.records} records, {len(published.delivered)} receipts verified, "
        f"{published.attachments} attachments, {published.quarantined} rows in quarantine",
    )
    return published


async def _look(
    desk: job.Desk, region: DemoRegion, report: Report, clock: Clock
) -> tuple[str, tuple[Seen, ...]]:
    subject_id, ways = await asyncio.to_thread(job.find, desk, region)
    hidden = await asyncio.to_thread(job.hidden, desk, region)
    report.step("found", f"{region.wage_arrears.name} in {len(ways)} ways", *ways)
    report.step(
        "hidden",
        f"{sum(hidden.values())} records that the public must not see answer like none",
        ", ".join(f"{kind} {number}" for kind, number in sorted(hidden.items())),
    )
    await _decide(desk, region, subject_id, report, clock)
    on = max(today(clock), TOUR_DAY)
    seen = await asyncio.to_thread(look_at_all, desk.public, region, on)
    names = "、".join(one.told.zh for one in seen)
    report.step("seen", f"{len(seen)} situations, each as it must be", names)
    return subject_id, seen


async def _at_work(
    desk: job.Desk, region: DemoRegion, report: Report, resources: Resources
) -> dict[str, str]:
    """Look at the desks of measures; return the keys that show them."""
    keys = await at_work.keys_of(resources, resources.clock, region)
    seen = await asyncio.to_thread(at_work.look, desk, region, keys)
    counts = seen.counts
    report.step(
        "pushed",
        f"{counts['waiting'] + counts['overdue'] + counts['answered']} measures to where there is "
        f"a nexus: {counts['answered']} answered, {counts['overdue']} overdue; "
        f"{counts['lifting']} to lift; {seen.joint} joint cases",
        *seen.lines,
    )
    return keys


async def _decide(
    desk: job.Desk, region: DemoRegion, subject_id: str, report: Report, clock: Clock
) -> None:
    on = max(today(clock), TOUR_DAY)
    measure, not_adopted = await asyncio.to_thread(job.decide, desk, subject_id, on)
    suspended = await asyncio.to_thread(job.suspended, desk, region, on)
    basis = f"{measure.basis.title}（{measure.basis.number}）{article_zh(measure.basis.article)}"
    report.step(
        "decided",
        f"3 questions for {on}: 1 measure applies, 1 rule is not adopted, "
        f"{len(suspended)} incentives are suspended",
        f"{BY_CODE[job.HERE].name}：{measure.name}（{measure.effect}），依据{basis}，"
        f"至{measure.last_day}；原因：{measure.cause_text}",
        f"{BY_CODE[job.NOT_ADOPTED].name}：{not_adopted}",
        f"{BY_CODE['320100'].name}：{'、'.join(m.name for m in suspended)}：暂停",
    )
    await _standard(desk, report, on)


async def _standard(desk: job.Desk, report: Report, on: date) -> None:
    answer = await asyncio.to_thread(job.usable, desk, on)
    number, territory, _ = ASKED
    report.step(
        "usable",
        f"{number} in a tender of {BY_CODE[territory].name}: on conditions, mutual",
        answer.first_zh,
        f"{answer.organ}，{answer.instrument}；条件：{'；'.join(answer.conditions)}",
    )


async def smoke(
    report: Report | None = None,
    clock: Clock | None = None,
    database: tuple[str, str] = ("", ""),
    after: Callable[[Running], Awaitable[None]] | None = None,
    engine: Path | None = None,
) -> Report:
    """Do the main job once in a folder that is removed; raises DemoError when a step fails.

    ``engine`` is the program of a Meilisearch to search by, without one it is PostgreSQL; ``after``
    is given the running demonstration before it ends.
    """
    report = report or Report()
    with tempfile.TemporaryDirectory(prefix="registry-demo-") as name:
        where = Where(Path(name), free_port(), database, engine)
        async with demonstration(where, report, clock) as running:
            if after is not None:
                await after(running)
    return report


async def serve(
    port: int,
    report: Report | None = None,
    folder: Path | None = None,
    database: tuple[str, str] = ("", ""),
    engine: Path | None = None,
) -> None:
    """Do the main job in a new folder, then serve its pages until cancelled (Ctrl-C).

    The folder is ``.cache/demo/<port>`` if none is named; what an earlier run left is removed.

    Raises:
        DemoError: another program listens on the port, or a step failed.
    """
    report = report or Report()
    require_free(port)
    where = Where(folder or FOLDER / str(port), port, database, engine)
    if where.folder.exists():
        shutil.rmtree(where.folder)  # whoever made it no longer has the port
    where.folder.mkdir(parents=True)
    async with demonstration(where, report) as running:
        for line in links(running):
            report.say(line)
        await asyncio.Event().wait()


def links(running: Running) -> list[str]:
    """Return three places to begin, from a name to a measure, its law and its proof."""
    url, region = running.place.url, running.region
    name = quote(region.wage_arrears.name)
    on = TOUR_DAY.isoformat()
    wuhu = BY_CODE["340200"].origin
    return [
        "",
        "三处可以开始 / three places to begin:",
        f"  {url}/search?q={name}",
        f"  {url}/subject/{running.subject_id}?territory={job.HERE}&matter={job.MATTER}&on={on}",
        f"  {url}/log/{wuhu}",
        "",
        "各种情形 / situations:",
        *(f"  {one.told.zh} / {one.told.en}: {url}{one.path}" for one in running.seen),
        "",
        f"芜湖市的工作目录 / the working folder of one member: {running.place.workdir_of('wuhu')}",
        "镇江市的措施工作台（凭据一日有效） / the desk of measures of one member, for a day:",
        f"  curl -H 'Authorization: Bearer {running.keys['zhenjiang']}' {url}/api/v1/desk",
        "区域办公室的一页（凭据一日有效） / the region office's page, for a day:",
        f"  curl -H 'Authorization: Bearer {running.keys['region']}' {url}/region",
        "Ctrl-C 结束 / ends it",
    ]


def free_port() -> int:
    """Return a port that nobody listens on at this moment.

    It is below those that systems give to outgoing connections: none can take it meanwhile.
    """
    while True:
        port = _PORTS.start + secrets.randbelow(len(_PORTS))
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind((HOST, port))
            return port


def require_free(port: int) -> None:
    """Refuse a port that another program listens on; raises DemoError."""
    with socket.socket() as probe:
        if probe.connect_ex((HOST, port)) == 0:
            message = (
                f"端口 {port} 已被占用，请另选 / port {port} is in use, choose another: --port"
            )
            raise job.DemoError(message)
