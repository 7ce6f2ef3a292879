"""The demonstration region on several nodes: each is home of some logs and follows all others.

What is seen is what the region is for: a record stated in one node is, with its proof, in every
other; the same question has the same answer everywhere, byte for byte; a node that is away delays
nobody, is named as behind, and catches up.
"""

import asyncio
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

import httpx
from msgspec import Raw, Struct, json

from registry.clock import Clock, SystemClock
from registry.demo import job
from registry.demo.facts import FACTS, PARTIES, Member
from registry.demo.job import DemoError, Desk
from registry.demo.nodes import NodeProcess, write_settings
from registry.demo.region import TOUR_DAY, DemoRegion, build, new_salt
from registry.demo.report import Report
from registry.demo.rulebook import rulebook_files
from registry.demo.run import FOLDER, free_port, require_free
from registry.demo.together_words import links
from registry.demo.workplace import Workplace, furnish
from registry.ledger.audit_report import AuditReport
from registry.resources import open_store
from search.postgres import PostgresEngine
from signing.record import encode_record

SEEN_WITHIN: Final = 5.0
"""Seconds in which a record is to be seen, with its proof, in every other node."""
_PATIENCE: Final = 120.0
_PAUSE: Final = 0.05
_WHILE_AWAY: Final = 3
"""Records that are published while a node is away."""


class Log(Struct):
    """A log as a node holds it."""

    origin: str
    size: int
    root: str


class Logs(Struct):
    """All logs of a node."""

    logs: tuple[Log, ...]


class Answered(Struct):
    """A decision and the records it rests on, as the bytes that came."""

    decision: Raw
    used: Raw


class City(Struct):
    """How fresh a city is in an answer."""

    origin: str
    size: int
    as_of: str | None
    behind_since: str | None


class Cover(Struct):
    """The coverage of an answer."""

    cities: tuple[City, ...]


class Covered(Struct):
    """An answer, as far as its coverage."""

    coverage: Cover


@dataclass(frozen=True, slots=True)
class Together:
    """Nodes that run, what their region states, and one connection to all."""

    region: DemoRegion
    nodes: tuple[NodeProcess, ...]
    desks: tuple[Desk, ...]
    clock: Clock

    def home(self, party: Member) -> int:
        """Return the number of the node that is the home of a party's log."""
        charter = self.desks[0].place.charter
        home = charter.party(party.origin).home
        return [desk.place.settings.node_name for desk in self.desks].index(home)

    def of(self, number: int) -> list[Member]:
        """Return the parties whose home a node is."""
        return [party for party in PARTIES if self.home(party) == number]

    def get(self, number: int, path: str, **params: str) -> bytes:
        """Ask a node as anybody may."""
        desk = self.desks[number]
        answer = desk.http.get(desk.place.url + path, params=params)
        answer.raise_for_status()
        return answer.content


@contextmanager
def running(
    folder: Path, ports: Sequence[int], report: Report, clock: Clock | None = None
) -> Iterator[Together]:
    """Prepare a region in an empty folder and run a node at each port, until the block ends.

    Raises:
        NodeError: a node did not start.
    """
    clock = clock or SystemClock()
    region = build(rulebook_files())
    files = [folder / f"node-{number}" / "registry.toml" for number in range(1, len(ports) + 1)]
    places = _furnished(folder, files, ports, region, clock)
    report.step(
        "prepared",
        f"{len(PARTIES)} parties at {len(places)} nodes, charter by "
        f"{places[0].charter.threshold} of {len(places[0].charter.root_keys)} root keys, "
        f"{region.counts().total()} records",
    )
    with ExitStack() as stack:
        http = stack.enter_context(httpx.Client(timeout=job.TIMEOUT, trust_env=False))
        nodes = [
            stack.enter_context(NodeProcess(file, place.url))
            for file, place in zip(files, places, strict=True)
        ]
        for node in nodes:
            node.ready()
        desks = tuple(Desk(place, http) for place in places)
        together = Together(region, tuple(nodes), desks, clock)
        report.step(
            "started",
            f"{len(nodes)} nodes, each with a database, mirror key and witness key of its own",
            *(
                f"{node.url}  home of {'、'.join(party.name for party in together.of(number))}"
                for number, node in enumerate(nodes)
            ),
        )
        yield together


def _furnished(
    folder: Path, files: Sequence[Path], ports: Sequence[int], region: DemoRegion, clock: Clock
) -> tuple[Workplace, ...]:
    settings = []
    for number, (file, port) in enumerate(zip(files, ports, strict=True), start=1):
        file.parent.mkdir(parents=True)
        name = f"node-{number}.localhost"
        settings.append(write_settings(file, name, folder / "charter", port))
    return furnish(folder, settings, new_salt(), region, clock.now())


# The steps --------------------------------------------------------------------------------------


def publish(together: Together, report: Report) -> None:
    """Let every member publish to its home, all homes at once, until all nodes hold the same."""
    region = together.region

    def at_home(number: int) -> int:
        desk, count = together.desks[number], 0
        for party in together.of(number):
            sets = job.batches(region.logs[party.origin])
            _, receipts = job.publish_log(desk, party, sets, together.clock)
            count += sum(one.end - one.start for one in receipts)
            if party is PARTIES[0]:
                for digest, body in region.attachments.items():
                    desk.public.put_attachment(party.origin, digest, body)
        return count

    numbers = range(len(together.nodes))
    with ThreadPoolExecutor(len(numbers)) as threads:
        counts = list(threads.map(at_home, numbers))
    report.step(
        "admitted",
        f"{sum(counts)} records, each log by its home, receipts verified",
        *(f"node {number + 1}: {count}" for number, count in enumerate(counts)),
    )
    took = until(lambda: held_alike(together, numbers), "all nodes hold the same logs")
    report.step("followed", f"all {len(numbers)} nodes hold equal roots {took:.1f} s later")


def held_alike(together: Together, numbers: Sequence[int]) -> bool:
    """Tell whether nodes hold the same trees of all logs, down to the root."""
    held = [json.decode(together.get(n, "/api/v1/logs"), type=Logs).logs for n in numbers]
    return all(one == held[0] for one in held)


def until(true: Callable[[], bool], what: str, within: float = _PATIENCE) -> float:
    """Wait until something is so; return after how many seconds; raise DemoError if it is not."""
    began = time.monotonic()
    while not true():
        if time.monotonic() - began > within:
            raise DemoError(f"not within {within:.0f} s: {what}")
        time.sleep(_PAUSE)
    return time.monotonic() - began


def decide(together: Together, report: Report) -> None:
    """Ask every node every question of the tour; the answers must be equal, byte for byte."""
    node, questions = together.desks[0].public, []
    until(lambda: node.index_lag() == 0, "the search index follows")
    for told in FACTS.situations:
        if told.ask is not None:
            firm = together.region.named(told.firm)
            hits = node.find(firm.uscc).hits
            questions.append((hits[0].subject_id, told.ask))
    digests = {}
    for subject_id, ask in questions:
        params = {"territory": ask.territory, "matter": ask.matter, "on": TOUR_DAY.isoformat()}
        if ask.organ_kind:
            params["organ_kind"] = ask.organ_kind
        path = f"/api/v1/subjects/{subject_id}/decision"
        answers = {_answer(together, n, path, params) for n in range(len(together.nodes))}
        if len(answers) != 1:
            raise DemoError(f"nodes answer differently: {path} {params}")
        digests[sha256(answers.pop()).hexdigest()] = ask
    report.step(
        "decided",
        f"{len(questions)} questions asked of {len(together.nodes)} nodes: "
        f"equal answers, byte for byte, {len(digests)} different ones",
    )


def _answer(together: Together, number: int, path: str, params: dict[str, str]) -> bytes:
    answered = json.decode(together.get(number, path, **params), type=Answered)
    return bytes(answered.decision) + b"\n" + bytes(answered.used)


def show(together: Together, report: Report) -> None:
    """Publish a record in each node in turn; measure until all others show it with its proof."""
    numbers, lines, slowest = range(len(together.nodes)), [], 0.0
    for number in numbers:
        party, line = _news(together, number)
        idx = _state(together, party, line)
        others = [n for n in numbers if n != number]
        began = time.monotonic()
        for other in others:
            _until_shown(together, other, party, idx)
        took = time.monotonic() - began
        slowest = max(slowest, took)
        lines.append(f"{party.name}: node {number + 1}, in the others after {took:.2f} s")
        for other in others:
            _verify(together, other, party, idx)
    if slowest > SEEN_WITHIN:
        raise DemoError(f"seen only after {slowest:.1f} s: {lines}")
    report.step("seen", f"at most {slowest:.2f} s to be seen with its proof, verified", *lines)


def _news(together: Together, number: int) -> tuple[Member, bytes]:
    """Return a member at home in a node, and a penalty that it has not stated yet."""
    party = together.of(number)[-1]
    told = next(
        one.main
        for one in together.region.logs[party.origin]
        if one.type == "penalty" and one.restricted is None and not job.why_hidden(one)
    )
    return party, encode_record({**told, "id": f"news-{new_salt()}", "salt": new_salt()}, None)


def _state(together: Together, party: Member, line: bytes) -> int:
    """Publish one line at its home; return its index."""
    desk = together.desks[together.home(party)]
    _, receipts = job.publish_log(desk, party, [[line]], together.clock)
    return receipts[-1].start


def _until_shown(together: Together, number: int, party: Member, idx: int) -> None:
    """Wait until a node shows a record, which it does with its proof or not at all."""
    path, node = f"/api/v1/records/{party.origin}/{idx}", together.desks[number].public
    until(lambda: node.status(path) == httpx.codes.OK, f"node {number + 1} shows {path}")


def _verify(together: Together, number: int, party: Member, idx: int) -> None:
    """Take a record's bundle from a node that is not its home, and verify it offline."""
    desk = together.desks[number]
    bundle = desk.place.folder / f"{party.segment}-{idx}-from-{number + 1}.bundle"
    bundle.write_bytes(together.get(number, f"/api/v1/records/{party.origin}/{idx}/bundle"))
    job.verified(desk, [bundle])


def go_away(together: Together, report: Report) -> None:
    """Stop the last node, publish on; the others name its cities as behind; start it again."""
    *here, away = range(len(together.nodes))
    together.nodes[away].stop()
    party, _ = _news(together, here[0])
    places = [_state(together, party, _news(together, here[0])[1]) for _ in range(_WHILE_AWAY)]
    for other in here[1:]:
        _until_shown(together, other, party, places[-1])  # who is away delays no other
    took = until(lambda: all(_told(together, n, away) for n in here), "who is away is named")
    report.step(
        "away",
        f"node {away + 1} stopped, {_WHILE_AWAY} records stated on; its "
        f"{len(together.of(away))} logs are named as behind {took:.1f} s later, no other is",
    )
    together.nodes[away].start()
    together.nodes[away].ready()
    caught_up = until(lambda: held_alike(together, (*here, away)), "it catches up")
    named = until(lambda: all(_told(together, n, None) for n in here), "nobody is behind any more")
    report.step(
        "back",
        f"node {away + 1} started, caught up {caught_up:.1f} s after it answered; "
        f"named as behind no longer {named:.1f} s later",
    )


def _told(together: Together, number: int, away: int | None) -> bool:
    """Tell whether a node's answers and pages name those, and only those, that are away."""
    answer = json.decode(together.get(number, "/api/v1/search", q="示例"), type=Covered)
    origins = {p.origin for p in together.of(away)} if away is not None else set()
    behind = {city.origin for city in answer.coverage.cities if city.behind_since is not None}
    page = together.get(number, "/search", q="示例").decode()
    cities = origins & {city.origin for city in answer.coverage.cities}
    return behind == cities and bool(cities) == ("未能取得更新" in page)


def audit(together: Together, report: Report) -> None:
    """Recompute everything that each node states, from signed bytes up."""
    lines = []
    for number, desk in enumerate(together.desks):
        done = asyncio.run(_audited(desk, together.clock))
        lines.append(f"node {number + 1}: {done.counts.get('entries', 0)} entries")
    report.step("audited", f"no difference in what {len(lines)} nodes store", *lines)


async def _audited(desk: Desk, clock: Clock) -> AuditReport:
    async with open_store(desk.place.settings) as db:
        return await job.audit_store(db, desk.place.charter, PostgresEngine(db.pool), clock)


STEPS: Final = (publish, decide, show, go_away, audit)


def smoke(report: Report | None = None, nodes: int = 3, clock: Clock | None = None) -> Report:
    """Do all that once in a folder that is removed; raises DemoError when a step fails."""
    report = report or Report()
    with tempfile.TemporaryDirectory(prefix="registry-demo-") as name:
        ports = [free_port() for _ in range(nodes)]
        with running(Path(name), ports, report, clock) as together:
            for step in STEPS:
                step(together, report)
    return report


def serve(
    port: int, report: Report | None = None, nodes: int = 3, folder: Path | None = None
) -> None:
    """Run the region at ``port`` and those that follow, until Ctrl-C.

    Raises:
        DemoError: another program listens on a port, or a step failed.
    """
    report = report or Report()
    ports = range(port, port + nodes)
    for one in ports:
        require_free(one)
    folder = folder or FOLDER / f"{port}-{nodes}"
    if folder.exists():
        shutil.rmtree(folder)  # whoever made it no longer has the ports
    folder.mkdir(parents=True)
    with running(folder, ports, report) as together:
        publish(together, report)
        decide(together, report)
        for line in links(together.nodes, folder, together.region.wage_arrears.name):
            report.say(line)
        threading.Event().wait()
