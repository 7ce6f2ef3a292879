"""The main job, from a clerk's check to anybody's verification, against a node over HTTP.

Each function is one step; it returns what came of it, or raises :class:`DemoError` when what came
is not what must come. A demonstration that shrugs off a wrong answer would demonstrate nothing.
"""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

import httpx

from registry.clock import Clock
from registry.demo.asking import Decided, Measure, Node, Usable
from registry.demo.facts import BY_CODE, PARTIES, Member
from registry.demo.region import DemoRegion
from registry.demo.standards import ASKED
from registry.demo.statements import Statement
from registry.demo.workplace import Workplace, silent_since
from registry.errors import RegistryError
from registry.exchange.client import HttpNode
from registry.exchange.home import Delivered, Trust
from registry.exchange.publisher import Publisher
from registry.exchange.sealed import LogSigner
from registry.ingest.checks import check_line
from registry.ingest.recheck import audit_records
from registry.ledger.audit import audit_logs
from registry.ledger.audit_report import AuditReport
from registry.projections.recheck import audit_index, audit_texts
from registry.projections.texts import MEILISEARCH as TEXTS_MEILISEARCH
from registry.quality.audit import audit_quality
from registry.resources import Resources
from registry.store.engine import Database
from search.engine import Engine
from search.texts.postgres import PostgresTexts
from signing.batch import BatchHeader, encode_batch
from signing.charter import Charter
from signing.record import encode_record

ACTS: Final = frozenset({"repair", "withdrawal", "list_exit"})
HERE: Final = "321100"
"""镇江: where the tour asks what applies to an enterprise of another city."""
NOT_ADOPTED: Final = "341100"
"""滁州: has adopted nothing."""
MATTER: Final = "public_funds"
TIMEOUT: Final = 60.0
_GONE: Final = 410
_AT_ONCE: Final = 8
_INDEXED_WITHIN: Final = 30.0


class DemoError(RegistryError):
    """A step of the demonstration did not come out as it must."""

    code = "demo-failed"


@dataclass(frozen=True, slots=True)
class Desk:
    """A workplace with an open connection to its node."""

    place: Workplace
    http: httpx.Client

    @property
    def public(self) -> Node:
        """The node as the public asks it."""
        return Node(self.place.url, self.http)

    @property
    def home(self) -> HttpNode:
        """The node as publishers send to it."""
        return HttpNode(self.place.url, self.http)


@dataclass(frozen=True, slots=True)
class Checked:
    """The dry runs: rows that passed, and the damaged rows with what the node said of each."""

    rows: int
    damaged: tuple[tuple[int, str, str], ...]


@dataclass(frozen=True, slots=True)
class Published:
    """The sealed batches and verified receipts of all members."""

    sealed: tuple[Path, ...]
    delivered: tuple[tuple[str, Delivered], ...]
    attachments: int
    quarantined: int

    @property
    def records(self) -> int:
        """The number of records that have a receipt."""
        return sum(batch.end - batch.start for _, batch in self.delivered)


def batches(statements: Sequence[Statement]) -> list[list[bytes]]:
    """Split a log as its member would report it: records first, acts on them some time later."""
    early = [s.line for s in statements if s.type not in ACTS]
    late = [s.line for s in statements if s.type in ACTS]
    return [lines for lines in (early, late) if lines]


def check(desk: Desk, region: DemoRegion) -> Checked:
    """Check every row here and at the node, then a copy with three damaged rows at the node."""
    node = desk.home
    rows = 0
    for origin, statements in region.logs.items():
        lines = [line for b in batches([s for s in statements if not s.flawed]) for line in b]
        bad = [finding for line in lines for finding in check_line(line, set()).findings]
        remarks = node.check(origin, _unsigned(origin, lines))
        if bad or remarks:
            raise DemoError(f"{origin}: {bad or remarks}")
        rows += len(lines)
    origin = BY_CODE["340200"].origin
    damaged = _damaged(region.logs[origin])
    remarks = node.check(origin, _unsigned(origin, damaged))
    said = tuple(
        (remark.row, finding.code, f"{finding.zh}应为：{finding.expected_zh}")
        for remark in remarks
        for finding in remark.findings
        if finding.level == "error"
    )
    if len({row for row, _, _ in said}) != _DAMAGED_ROWS:
        raise DemoError(f"damaged rows were not all named: {said}")
    return Checked(rows, said)


_DAMAGED_ROWS: Final = 3


def _damaged(statements: Sequence[Statement]) -> list[bytes]:
    """Return the penalties of a log, three of them with a slip that clerks make."""
    rows = [dict(s.main) for s in statements if s.type == "penalty" and s.restricted is None]
    rows[1]["decided_on"] = "2026-02-30"
    rows[4]["subject"] = {"kind": "organisation", "name": "芜湖示例****公司"}
    del rows[7]["basis"]
    return [encode_record(row, None) for row in rows]


def _unsigned(origin: str, lines: Sequence[bytes]) -> bytes:
    return encode_batch(BatchHeader(origin, 0, len(lines), None), lines)


@dataclass(slots=True)
class DeskClock:
    """The clock of the desks and the door; set back while a member speaks that is silent now."""

    clock: Clock
    at: datetime | None = None

    def now(self) -> datetime:
        """Return the moment it is set to, else the present one."""
        return self.at or self.clock.now()


def publish(desk: Desk, region: DemoRegion, clock: DeskClock) -> Published:
    """Seal and deliver every log from its member's own working folder; bring the attachments.

    A member that has long been silent comes first, as it did.
    """
    sealed: list[Path] = []
    delivered: list[tuple[str, Delivered]] = []
    for party in sorted(PARTIES, key=lambda party: party.silent_since is None):
        clock.at = silent_since(party, clock.clock.now())
        paths, receipts = publish_log(desk, party, batches(region.logs[party.origin]), clock)
        sealed += paths
        delivered += [(party.origin, receipt) for receipt in receipts]
    odd = [(origin, row) for origin, batch in delivered for row in batch.quarantined]
    if len(odd) != region.flawed:
        raise DemoError(f"quarantined: {odd}")
    node = desk.public
    for digest, body in region.attachments.items():
        node.put_attachment(PARTIES[0].origin, digest, body)
    return Published(tuple(sealed), tuple(delivered), len(region.attachments), len(odd))


def publish_log(
    desk: Desk, party: Member, sets: Sequence[Sequence[bytes]], clock: Clock
) -> tuple[list[Path], list[Delivered]]:
    """Seal and deliver sets of lines, a batch for each, from a member's own working folder."""
    workdir = desk.place.workdir(party)
    node = desk.home
    with workdir.locked():
        charter = workdir.charter(node, desk.place.charter_file)
        trust = Trust(charter, party.origin)
        publisher = Publisher(workdir.log(party.origin), trust, clock, node)
        publisher.open()
        key = LogSigner(workdir.key(party.origin, desk.place.password))
        paths = [publisher.seal(lines, key).path for lines in sets]
        return paths, list(publisher.deliver())


def find(desk: Desk, region: DemoRegion) -> tuple[str, tuple[str, ...]]:
    """Find the enterprise of the tour in four ways; return its subject id and how it was found."""
    node = desk.public
    firm = region.wage_arrears
    _until_indexed(node)
    ways = (
        ("name", firm.name),
        ("code", firm.uscc),
        ("former name", firm.former[0][0]),
        ("part of the name", "示例建设"),
    )
    said, ids = [], set()
    for way, text in ways:
        found = node.find(text)
        hit = next((hit for hit in found.hits if hit.name == firm.name), None)
        if hit is None:
            raise DemoError(f"not found by {way}: {text}")
        ids.add(hit.subject_id)
        said.append(f"by {way:<17} {text}  ({found.total} found)")
    if len(ids) != 1:
        raise DemoError(f"one enterprise, several subjects: {ids}")
    return ids.pop(), tuple(said)


def _until_indexed(node: Node) -> None:
    """Wait for the search followers, which work behind admission."""
    until = time.monotonic() + _INDEXED_WITHIN
    while time.monotonic() < until:
        if node.index_lag() == 0:
            return
        time.sleep(0.1)
    raise DemoError(f"the search index did not follow within {_INDEXED_WITHIN:.0f} s")


def hidden(desk: Desk, region: DemoRegion) -> dict[str, int]:
    """Ask for records that the public must not see; all must answer like what never existed."""
    node = desk.public
    asked = _not_for_the_public(region)
    paths = [f"/api/v1/records/{origin}/{idx}" for _, origin, idx in asked]
    # Each answer takes the time that every such answer takes, so several are asked for at once.
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        shown = [
            path
            for path, code in zip(paths, pool.map(node.status, paths), strict=True)
            if code != _GONE
        ]
    if shown:
        raise DemoError(f"records that must be hidden are shown: {shown}")
    if node.status(f"/api/v1/records/{PARTIES[1].origin}/999999") != _GONE:
        raise DemoError("a record that never existed answers in another way")
    return dict(Counter(kind for kind, _, _ in asked))


def _not_for_the_public(region: DemoRegion) -> list[tuple[str, str, int]]:
    found = []
    for origin, statements in region.logs.items():
        ordered = [line for batch in batches(statements) for line in batch]
        place = {line: idx for idx, line in enumerate(ordered)}
        by_id = {str(s.main["id"]): s for s in statements}
        for statement in statements:
            kind = why_hidden(statement)
            if kind in {"repaired", "withdrawn"}:
                target = statement.main["target"]
                aimed = by_id[str(target["id"])] if isinstance(target, dict) else statement
                found.append((kind, origin, place[aimed.line]))
            elif kind:
                found.append((kind, origin, place[statement.line]))
    return found


def why_hidden(statement: Statement) -> str:
    """Return why the public must not see what a statement states or acts on; empty if it may."""
    main = statement.main
    if statement.flawed:
        return "quarantined"
    if statement.type in _ENDED:
        return _ENDED[statement.type]
    subject, level = main["subject"], main["severity"]
    if isinstance(subject, dict) and subject["kind"] == "natural_person":
        return "natural person"
    if statement.type == "penalty" and isinstance(level, dict):
        return str(level["class"]) if level["class"] in {"unclassified", "minor"} else ""
    return ""


_ENDED: Final = {"repair": "repaired", "withdrawal": "withdrawn"}


def decide(desk: Desk, subject_id: str, on: date) -> tuple[Measure, str]:
    """Ask in 镇江 and in 滁州; return the measure of the one and the words of the other."""
    node = desk.public
    here = node.decide(subject_id, HERE, MATTER, on)
    if [m.measure for m in here.decision.measures] != ["m-funds"]:
        raise DemoError(f"{here.territory_name}: {here.decision}")
    there: Decided = node.decide(subject_id, NOT_ADOPTED, MATTER, on)
    if there.decision.measures or not there.decision.says:
        raise DemoError(f"{there.territory_name} has adopted nothing: {there.decision}")
    return here.decision.measures[0], there.decision.says[0]


def suspended(desk: Desk, region: DemoRegion, on: date) -> tuple[Measure, ...]:
    """Ask in 南京 what the enterprise with grade A and a later listing enjoys: all suspended."""
    node = desk.public
    subject_id = node.find(region.grade_a.uscc).hits[0].subject_id
    measures = node.decide(subject_id, "320100", "service", on).decision.measures
    if not measures or {m.state for m in measures} != {"suspended"}:
        raise DemoError(f"not suspended: {measures}")
    return measures


def usable(desk: Desk, on: date) -> Usable:
    """Ask whether a standard of one province may serve in a tender of the other."""
    answer = desk.public.usable(*ASKED, on)
    if (answer.verdict, answer.mutual) != ("conditionally", True):
        raise DemoError(f"{ASKED}: {answer}")
    return answer


def verify(desk: Desk, published: Published, subject_id: str) -> list[str]:
    """Take proofs, a receipt and batches away and verify them offline; return what was said."""
    folder = desk.place.folder / "taken-away"
    folder.mkdir()
    files = [path for path in published.sealed if path.parent.parent.name.endswith("_wuhu")]
    receipt = folder / "wuhu.receipt"
    wuhu = BY_CODE["340200"].origin
    last = [batch for origin, batch in published.delivered if origin == wuhu][-1]
    receipt.write_bytes(last.receipt.note)
    return verified(desk, [receipt, *_proofs(desk, folder, subject_id), *files])


def _proofs(desk: Desk, folder: Path, subject_id: str) -> list[Path]:
    node = desk.public
    paths = []
    for number, placed in enumerate(node.file(subject_id).records):
        detail = node.record(placed.origin, placed.idx)
        proof = folder / f"{number}.tlog-proof"
        proof.write_text(detail.proof, encoding="utf-8")
        if detail.line:
            proof.with_suffix(".record").write_text(detail.line, encoding="utf-8")
            paths.append(proof)
    return paths


def verified(desk: Desk, files: Sequence[Path]) -> list[str]:
    """Verify files offline by the charter alone; return what was said; raises DemoError."""
    done = subprocess.run(  # noqa: S603 - our own program on our own files
        [sys.executable, "-m", "signing", "verify", *files, "--charter", desk.place.charter_file],
        capture_output=True,
        text=True,
        check=False,
    )
    lines = done.stdout.replace(f"{desk.place.folder}/", "").splitlines()
    if done.returncode or len(lines) < len(files):
        raise DemoError(f"python -m signing verify: {done.stdout}{done.stderr}")
    return lines


async def audit(resources: Resources) -> AuditReport:
    """Recompute everything the node states, from signed bytes up; raises DemoError."""
    clock = resources.clock
    report = await audit_store(resources.db, resources.charter, resources.search, clock)
    for one in resources.served:
        await audit_index(resources.db, one.engine, clock, report, one)
    if (texts := resources.meilisearch_texts) is not None:
        await audit_texts(resources.db, texts, clock, report, TEXTS_MEILISEARCH)
    return _sound(report)


async def audit_store(db: Database, charter: Charter, search: Engine, clock: Clock) -> AuditReport:
    """Recompute what a database holds, and the indexes in it; raises DemoError."""
    report = await audit_logs(db, charter)
    await audit_records(db, report)
    await audit_index(db, search, clock, report)
    await audit_texts(db, PostgresTexts(db.pool), clock, report)
    await audit_quality(db, report)
    return _sound(report)


def _sound(report: AuditReport) -> AuditReport:
    if report.problems:
        raise DemoError(f"the audit found differences: {report.problems}")
    return report
