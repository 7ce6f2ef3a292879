"""An in-memory twin of the read side: fixed views over real rules and a really signed log."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cache

from registry.clock import FixedClock
from registry.demo.rulebook import rulebook_files
from registry.domain.clocks import windows
from registry.domain.records import decode_main
from registry.domain.records.base import Subject
from registry.domain.subjects import identity
from registry.errors import GoneRefusal, NotFoundRefusal
from registry.query.coverage import ELSEWHERE
from registry.query.suggest import Suggestion
from registry.query.views import (
    CaseView,
    CheckpointView,
    CityCoverage,
    CitySearched,
    Coverage,
    DecisionAnswer,
    FindAnswer,
    FoundSubject,
    LogView,
    NameView,
    RecordDetail,
    RecordView,
    Relations,
    RulebookView,
    SubjectFile,
    Viewer,
)
from registry.rules.cases import run_cases
from registry.rules.compile import compile_book
from registry.rules.decide import decide, decision_bytes
from registry.rules.load import load_book
from registry.rules.model import Adoption, AdoptionIndex, Ask, Fact, FactRef
from search.query import Query
from signing.checkpoint import Checkpoint, sign_checkpoint
from signing.merkle import CompactRange, inclusion_proof, leaf_hash, node_hash
from signing.proof import TlogProof, encode_proof
from signing.receipt import make_receipt
from signing.record import encode_record, entry_of
from tests.registry.world import NANJING, PARTIES, WUHU, log_key, node_key, record

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
CLOCK = FixedClock(NOON)
FIRM = "芜湖示例建设有限公司"
USCC = "91340200MA00000231"
SUBJECT = identity(
    Subject(kind="organisation", name=FIRM, uscc=USCC), WUHU, "p0", None
).subject_id.hex()
MEMBERS = {code: name for code, name, rank, _ in PARTIES.values() if rank != "region"}

_FIRM = {"kind": "organisation", "name": FIRM, "uscc": USCC, "legal_representative": "示例甲"}
_PLAIN = {
    "procedure": None,
    "severity": {"class": "unclassified"},
    **dict.fromkeys(
        ("violation_type", "facts", "kinds", "content", "fine_wan_yuan", "effective_until")
    ),
}
_LIST = {**_PLAIN, "type": "list_entry", "decision_no": None}
MAINS: list[dict[str, object]] = [
    record(0, published_on="2026-05-12", publicity_until="2027-05-12", remark="<b>附注</b> & 说明"),
    record(1, **_LIST, list="wage-arrears", listed_on="2026-03-10", reason="拖欠工资", basis="条例")
    | {"severity": {"class": "serious", "organ": "芜湖市人力资源和社会保障局", "rule": "第48条"}},
    record(
        2, **_LIST, list="anomaly-directory", listed_on="2026-02-01", reason="失联", basis="办法"
    ),
    record(3, **_LIST, list="tax-grade-a", listed_on="2026-04-28", reason="评价", basis="公告"),
    record(4, **_LIST, list="court-debtors", listed_on="2026-01-05", reason="未履行", basis="规定")
    | {
        "provenance": {
            "kind": "relayed",
            "source": "中国执行信息公开网",
            "checked_on": "2026-11-01",
        },
        "published_on": "2026-01-06",
    },
    record(
        5,
        **_PLAIN | {"content": "从事示例活动"},
        type="permit",
        decision_name="行政许可决定书",
        category="普通",
        valid_from="2026-01-01",
        valid_until="2029-01-01",
        state="valid",
        basis=None,
        scope={"territory": ["CN"]},
    ),
    record(
        6,
        **_PLAIN | {"content": "从事示例活动"},
        type="permit",
        decision_name="行政许可决定书",
        category="特许",
        valid_from="2026-01-01",
        valid_until="2029-01-01",
        state="valid",
        basis=None,
        scope={"territory": ["340200", "320100"]},
    ),
    record(
        7,
        **_PLAIN,
        type="registration",
        decision_no=None,
        basis=None,
        registered_on="2010-10-22",
        status="active",
        capital={"text": "壹仟万元", "wan_yuan": "1000"},
        former_names=[{"name": "芜湖示例建设厂"}],
    ),
    record(
        8,
        **_PLAIN,
        type="permit",
        decision_name="行政许可决定书",
        category="普通",
        valid_from="2026-01-01",
        valid_until="2029-01-01",
        state="valid",
        basis=None,
        scope={"text": "以决定书为准"},
    )
    | {"content": "从事示例活动"},
    record(9, **_LIST, list="honour-of-elsewhere", listed_on="2026-04-28", reason="评", basis="文")
    | {"provenance": {"kind": "relayed"}},
]
WITHHELD = 1


class Log:
    """A signed log of the fixture records, with proofs."""

    def __init__(self, origin: str = WUHU) -> None:
        self.lines = [
            encode_record({key: value for key, value in main.items() if value is not None})
            for main in MAINS
        ]
        self.entries = [entry_of(line, None) for line in self.lines]
        leaves = [leaf_hash(entry) for entry in self.entries]
        tree = CompactRange()
        tree.extend(leaves)
        self.leaves = leaves
        note = sign_checkpoint(Checkpoint(origin, tree.size, tree.root()), log_key(origin))
        self.root = tree.root()
        self.note = make_receipt(note, node_key("mirror"), int(NOON.timestamp())).note

    def node(self, level: int, index: int) -> bytes:
        if level == 0:
            return self.leaves[index]
        return node_hash(self.node(level - 1, 2 * index), self.node(level - 1, 2 * index + 1))

    def proof(self, idx: int) -> bytes:
        path = inclusion_proof(idx, len(self.leaves), self.node)
        return encode_proof(TlogProof(idx, tuple(path), self.note, bytes(32)))


LOG = Log()


def coverage() -> Coverage:
    return Coverage(
        at=NOON,
        cities=(
            CityCoverage(
                "340200", "芜湖市", WUHU, 10, NOON, frozenset({"penalty", "wage-arrears"})
            ),
            CityCoverage("320100", "南京市", NANJING, 3, datetime(2026, 11, 1, tzinfo=UTC)),
            CityCoverage("341100", "滁州市", "xinyong.chuzhou.example/credit", 0, None),
        ),
        kinds=("登记注册基本信息", "行政处罚信息"),
        kinds_missing=("裁判文书", "欠税公告"),
        elsewhere=ELSEWHERE,
        kinds_en=("basic registrations", "administrative penalties"),
        kinds_missing_en=("court judgments",),
    )


def view(idx: int) -> RecordView:
    flags = ("late",) + (("persons-withheld",) if idx == WITHHELD else ())
    main = decode_main(LOG.lines[idx])
    line = b"" if idx == WITHHELD else LOG.lines[idx].partition(b"\t")[0]
    return RecordView(WUHU, idx, "340200", "芜湖市", main, LOG.entries[idx].hex(), flags, line)


@cache
def rulebook() -> RulebookView:
    files = rulebook_files()
    loaded = load_book(files.files)
    book = compile_book(loaded)
    cases = tuple(
        CaseView(one.name, one.facts, one.place, one.decision, one.rules)
        for one in run_cases(loaded, files.files["cases.yaml"])
    )
    adoptions = AdoptionIndex(
        [
            Adoption(
                "R02", "2026-1", "320100", "南京市信用办", "示例宁信〔2026〕1号", date(2026, 5, 1)
            ),
            Adoption(
                "R02",
                "2026-1",
                "340200",
                "芜湖市信用办",
                "示例芜信〔2026〕2号",
                date(2026, 6, 1),
                None,
                ("m-funds",),
            ),
            Adoption(
                "R10",
                "2026-1",
                "320100",
                "南京市政府办",
                "示例宁政办〔2026〕4号",
                date(2026, 5, 1),
                None,
                ("i-green-channel",),
            ),
        ]
    )
    return RulebookView(
        "2026-1", files.title, files.digest, date(2026, 5, 1), WUHU, 0, book, adoptions, cases
    )


def facts() -> list[Fact]:
    shared = {"subject_id": SUBJECT, "subject_kind": "organisation", "subject_name": FIRM}
    return [
        Fact(
            ref=FactRef(WUHU, 1, "p1", LOG.entries[1].hex()),
            type="list_entry",
            decided_on=date(2026, 3, 10),
            listed_on=date(2026, 3, 10),
            list="wage-arrears",
            list_name="拖欠农民工工资失信联合惩戒对象名单",
            list_family="serious",
            severity="serious",
            authority="芜湖市人力资源和社会保障局",
            organ_kind="人力资源社会保障行政部门",
            member="340200",
            **shared,
        ),
        Fact(
            ref=FactRef(WUHU, 3, "p3", LOG.entries[3].hex()),
            type="list_entry",
            decided_on=date(2026, 4, 28),
            published_on=date(2026, 4, 28),
            list="tax-grade-a",
            list_name="纳税缴费信用A级纳税人",
            list_family="honour",
            authority="芜湖市税务局",
            organ_kind="税务机关",
            member="340200",
            **shared,
        ),
    ]


class NoLists:
    """A node that holds no negative list."""

    async def permit(self, view: RecordView, viewer: Viewer) -> None:
        assert view.record.subject
        assert viewer


@dataclass
class FakeReader:
    """Answers from the fixture; fields are changed by tests that need another world."""

    entries: NoLists = field(default_factory=NoLists)
    book: RulebookView | None = field(default_factory=rulebook)
    known: list[Fact] = field(default_factory=facts)
    asked: list[Query] = field(default_factory=list)
    found: int = 1
    total: int = 1
    exact: bool = True
    degraded: bool = False
    searched: tuple[CitySearched, ...] = ()
    behind: bool = False
    former_until: date | None = date(2014, 12, 31)
    states: tuple[str, ...] = ()
    read_as: str = "name"
    matched: str = "name"
    sure: bool = True
    certainty: float = 0.98
    reasons: tuple[str, ...] = ("legal-form-missing",)
    kind: str = "organisation"
    identifiers: tuple[tuple[str, str], ...] = (("uscc", USCC), ("record", "x"))
    records: tuple[int, ...] = tuple(range(len(MAINS)))
    ties: Relations = field(
        default_factory=lambda: Relations(SUBJECT, NOON.date(), (), (), more=False)
    )

    async def eyes(self, viewer: Viewer) -> Viewer:
        return viewer

    async def find(self, query: Query, viewer: Viewer, states: Collection[str] = ()) -> FindAnswer:
        assert viewer.role == "public"
        self.asked.append(query)
        self.states = tuple(states)
        hit = FoundSubject(
            SUBJECT,
            FIRM,
            USCC,
            self.matched,
            "芜湖示例建设厂",
            ("芜湖示例建设厂",),
            (("340200", 4),),
            (("penalty", 1), ("list_entry", 3)),
            (("serious", 2),),
            (("standing", 4),),
            ((2, 4),),
            0.95,
            self.reasons,
            self.certainty,
        )
        return FindAnswer(
            (hit, replace(hit, code="", former_names=()))[: self.found],
            self.total,
            self.exact,
            {
                "cities": (("340200", self.found),),
                "types": (("list_entry", self.found), ("penalty", 1)),
                "severities": (("serious", 1),),
                "states": (("standing", 1),),
            },
            self.read_as,
            self.sure,
            "postgres",
            self.degraded,
            self.behind,
            coverage(),
            self.searched,
        )

    async def suggest(self, text: str, viewer: Viewer) -> tuple[Suggestion, ...]:
        assert viewer.role == "public"
        number = Suggestion("standard", "GB/T 2260", "GB/T 2260", title="行政区划代码")
        subject = Suggestion("subject", FIRM, text, SUBJECT, "91340200MA00000231")
        return (subject, number) if text.startswith("芜湖") else ()

    def today(self) -> date:
        return NOON.date()

    async def subject_file(self, subject_id: str, viewer: Viewer, on: date) -> SubjectFile:
        assert viewer.role == "public"
        if subject_id != SUBJECT:
            raise NotFoundRefusal("未找到该主体。", "There is no such subject.")
        names = (
            NameView(FIRM, date(2015, 1, 1), former=False),
            NameView("芜湖示例建设厂", date(2010, 1, 1), former=True, until=self.former_until),
        )
        views = tuple(view(idx) for idx in self.records)
        return SubjectFile(SUBJECT, FIRM, names, self.kind, self.identifiers, views, coverage(), on)

    async def relations(self, subject_id: str, viewer: Viewer, on: date) -> Relations:
        assert viewer.role == "public"
        assert subject_id == SUBJECT
        return replace(self.ties, on=on)

    async def decide(
        self,
        subject_id: str,
        territory: str,
        matter: str,
        organ_kind: str,
        on: date,
        viewer: Viewer,
        *,
        known_on: date | None = None,
    ) -> DecisionAnswer:
        assert (viewer.role, known_on) == ("public", None)
        book = self.book or rulebook()
        ask = Ask(subject_id, "organisation", territory, matter, on, organ_kind)
        decision = decide(book.book, book.adoptions, self.known, ask, MEMBERS)
        edition = self.book.edition if self.book else ""
        return DecisionAnswer(decision, MEMBERS[territory], edition, coverage())

    async def decision_file(self, answer: DecisionAnswer) -> bytes:
        return decision_bytes(answer.decision)

    async def decide_many(
        self,
        subject_id: str,
        territories: Sequence[str],
        matter: str,
        organ_kind: str,
        on: date,
        viewer: Viewer,
    ) -> tuple[DecisionAnswer, ...]:
        found = [
            await self.decide(subject_id, code, matter, organ_kind, on, viewer)
            for code in territories
        ]
        return tuple(found)

    async def decided_file(
        self,
        subject_id: str,
        territories: Sequence[str],
        matter: str,
        organ_kind: str,
        on: date,
        viewer: Viewer,
    ) -> tuple[SubjectFile, tuple[DecisionAnswer, ...]]:
        file = await self.subject_file(subject_id, viewer, on)
        asked = (subject_id, territories, matter, organ_kind, on, viewer)
        return file, await self.decide_many(*asked)

    async def record(self, origin: str, idx: int, viewer: Viewer, on: date) -> RecordDetail:
        assert (viewer.role, on.year) == ("public", 2026)
        if origin != WUHU or idx >= len(MAINS):
            raise GoneRefusal(GoneRefusal.title_zh, GoneRefusal.title_en)
        line = b"" if idx == WITHHELD else LOG.lines[idx]
        opened = windows(view(idx).record, on)
        return RecordDetail(
            view(idx), LOG.proof(idx), line, LOG.note, "芜湖市", NOON, opened, public=True
        )

    async def logs(self) -> tuple[LogView, ...]:
        checkpoint = LOG.note.decode()
        return (
            LogView(WUHU, "340200", "芜湖市", 10, LOG.root.hex(), checkpoint, NOON, 1),
            LogView(NANJING, "320100", "南京市", 3, LOG.root.hex(), checkpoint, NOON, 0),
            LogView("xinyong.chuzhou.example/credit", "341100", "滁州市", 0, "", "", None, 0),
            LogView("xinyong.njmetro.example/region", "000001", "合作办公室", 0, "", "", None, 0),
        )

    async def checkpoints(self, origin: str) -> tuple[CheckpointView, ...]:
        return (CheckpointView(10, LOG.root.hex(), NOON),) if origin == WUHU else ()

    async def coverage(self) -> Coverage:
        return coverage()

    async def rulebook(self, on: date | None = None) -> RulebookView | None:
        assert on is None or isinstance(on, date)
        return self.book
