"""Records of a member, what the national side says of them, and differences planted among them."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field

from registry.reconciling.desk import Reconciling, Shown
from signing.record import encode_record, entry_of
from tests.registry.query.scene import listing, uscc
from tests.registry.world import NANJING, WUHU, Node, Publisher, record

MEMBER = "340200"
ORGAN = "芜湖市市场监督管理局"
HEADERS = (
    "统一社会信用代码",
    "决定文号",
    "认定单位",
    "状态",
    "状态日期",
    "类别",
    "决定日期",
    "公示截止日期",
)
NOTICE_HEADERS = (
    *("行政相对人名称", "统一社会信用代码", "行政处罚决定书文号", "信用修复决定书文号"),
    *("修复决定单位", "修复决定日期", "处理结果"),
)
BATCH = 20_000
Row = dict[str, str]
Main = dict[str, object]


def number(serial: int) -> str:
    return f"芜市监罚〔2026〕{serial}号"


def penalty(serial: int, **changes: object) -> Main:
    whom = {"kind": "organisation", "name": f"芜湖示例{serial}有限公司", "uscc": uscc(serial)}
    return record(serial, **{"subject": whom, "decision_no": number(serial), **changes})


def row(serial: int, state: str = "公示中", **changes: str) -> Row:
    """What the national side says of a penalty: all as we have it."""
    said = (uscc(serial), number(serial), ORGAN, state, "", "一般", "2026-05-10", "2027-05-10")
    return dict(zip(HEADERS, said, strict=True)) | changes


def act(kind: str, target: Main, serial: int, on: str = "2026-11-02", **more: object) -> Main:
    """An act of the same authority on a record of the same log."""
    entry = entry_of(encode_record(target), None).hex()
    common = {name: target[name] for name in ("subject", "authority", "source_unit", "publication")}
    return {
        "v": 1,
        "type": kind,
        "id": f"a{serial}",
        "salt": f"{serial:032x}",
        **common,
        "severity": {"class": "unclassified"},
        "provenance": {"kind": "original"},
        "decided_on": on,
        "effective_on": on,
        "target": {"origin": WUHU, "id": target["id"], "entry": entry},
        **more,
    }


@dataclass
class World:
    """Both sides, and what must be found: (kind, number of the decision)."""

    ours: list[Main] = field(default_factory=list)
    others: list[Main] = field(default_factory=list)
    theirs: list[Row] = field(default_factory=list)
    wanted: list[tuple[str, str]] = field(default_factory=list)
    _serial: int = 0

    def next(self) -> int:
        self._serial += 1
        return self._serial

    def alike(self, count: int) -> None:
        """Records on which both sides agree."""
        for _ in range(count):
            serial = self.next()
            self.ours.append(penalty(serial))
            self.theirs.append(row(serial))

    def both(self, kind: str, said: Row | None = None, **changes: object) -> Main:
        """A record of ours with what is said of it: what differs is of this kind ('' = nothing)."""
        serial = self.next()
        made = penalty(serial, **changes)
        self.ours.append(made)
        self.theirs.append(row(serial) | (said or {}))
        if kind:
            self.wanted.append((kind, number(serial)))
        return made

    def acted(self, made: Main, kind: str, **more: object) -> None:
        self.ours.append(act(kind, made, self.next(), **more))

    def planted(self) -> None:
        """One of each difference, and of each thing that is none."""
        done = {"状态": "已修复（终止公示）", "状态日期": "2026-11-20"}
        gone = {"状态": "已撤销", "状态日期": "2026/11/19"}
        self.both("ended-there", done)
        self.both("ended-there", gone)
        self.both("ended-there", {"状态": "到期"})
        unclassed = {"class": "unclassified"}
        self.both("ended-there", done, severity=unclassed)
        self._lists()
        self.acted(self.both("ended-here"), "repair")
        self.acted(self.both("ended-here", {"状态": "异议"}), "withdrawal", reason="revoked")
        self.both("ended-here", publicity_until="2026-11-01")
        self.both("held-here", severity=unclassed)
        self._differing(done)
        self._missing()
        self._twice()
        self._none(done, gone)
        self._unreadable()

    def _lists(self) -> None:
        serial = self.next()
        whom = {"kind": "organisation", "name": "芜湖示例劳务有限公司", "uscc": uscc(serial)}
        made = listing(subject=whom, decision_no=number(serial), id=f"l{serial}")
        made["salt"] = f"{serial:032x}"
        self.ours.append(made)
        organ = "芜湖市人力资源和社会保障局"
        said = row(serial, "到期", 认定单位=organ, 类别="", 决定日期="", 公示截止日期="")
        self.theirs.append(said)
        self.wanted.append(("ended-there", number(serial)))

    def _differing(self, done: Row) -> None:
        for said in (
            *({"类别": "严重"}, {"决定日期": "2026-05-11"}, {"公示截止日期": "2027-05-09"}),
            *({"认定单位": "芜湖市生态环境局"}, {"状态": "异议处理中"}),
        ):
            self.both("differs", said)
        self.acted(self.both("differs", done), "repair")  # on another day
        self.acted(self.both("differs", done), "withdrawal", reason="void")  # in another way

    def _missing(self) -> None:
        serial = self.next()
        self.theirs.append(row(serial))
        self.wanted.append(("missing-here", number(serial)))
        serial = self.next()
        self.theirs.append(row(serial))
        self.others.append(penalty(serial))
        self.wanted.append(("missing-here", number(serial)))
        self.theirs.append(row(self.next(), "已修复"))  # never here, and gone there
        serial = self.next()
        self.ours.append(penalty(serial))
        self.wanted.append(("missing-there", number(serial)))
        self.ours.append(penalty(self.next(), severity={"class": "unclassified"}))

    def _twice(self) -> None:
        made = self.both("twice-there")
        self.theirs.append(dict(self.theirs[-1]))
        made = self.both("twice-here")
        self.ours.append({**made, "id": "again", "salt": f"{self.next():032x}"})
        self.both("twice-there")  # and by the other row it has ended
        self.theirs.append({**self.theirs[-1], "状态": "已撤销"})
        self.wanted.append(("ended-there", self.wanted[-1][1]))

    def _none(self, done: Row, gone: Row) -> None:
        """What both sides say alike, however it is spelled."""
        for spelled in (
            "芜市监罚[2026]第{}号",
            "芜市监罚（２０２６）{}号",
            "芜 市监罚﹝2026﹞ {} 号",
        ):
            serial = self.next()
            self.ours.append(penalty(serial))
            self.theirs.append(row(serial, 决定文号=spelled.format(serial)))
        self.acted(self.both("", {**done, "状态日期": "2026-11-02"}), "repair")
        self.acted(self.both("", {**gone, "状态日期": ""}), "withdrawal", reason="revoked")
        self.acted(self.both(""), "repair", on="2026-12-01")  # not in effect yet
        made = self.both("")  # withdrawn, and stated once more: the one that stands counts
        self.acted(made, "withdrawal", reason="void")
        self.ours.append({**made, "id": "anew", "salt": f"{self.next():032x}"})

    def _unreadable(self) -> None:
        for wrong in (
            *({HEADERS[0]: "340202199001010011"}, {HEADERS[3]: "公布"}, {HEADERS[4]: "去年"}),
            *({HEADERS[1]: ""}, {HEADERS[2]: ""}, {HEADERS[5]: "特重"}, {HEADERS[2]: "局" * 600}),
            *({HEADERS[0]: ""}, {HEADERS[3]: ""}),
        ):
            self.theirs.append(row(self.next()) | wrong)
            self.wanted.append(("unreadable", ""))

    def file(self) -> bytes:
        return sheet(self.theirs)

    async def state(self, node: Node) -> None:
        """Publish all records through the door."""
        for origin, mains in ((WUHU, self.ours), (NANJING, self.others)):
            publisher = Publisher(origin)
            for lines in _parts([encode_record(main) for main in mains]):
                admitted = await node.admit(publisher.seal(lines), origin)
                assert not admitted.quarantined, admitted.quarantined[:3]


def sheet(rows: list[Row]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def _parts(lines: list[bytes]) -> Iterator[list[bytes]]:
    for start in range(0, len(lines), BATCH):
        yield lines[start : start + BATCH]


async def found(desk: Reconciling, run: str) -> list[Shown]:
    """Return all differences of a run, page by page."""
    one = await desk.view(MEMBER, run)
    assert one.state == "done", (one.wrong_zh, one.failures)
    shown: list[Shown] = []
    while page := await desk.differences(one, "", shown[-1].one.number if shown else 0, 40):
        shown += page
    return shown


def told(shown: list[Shown]) -> list[tuple[str, str]]:
    """Return the kind and number of each, as `World.wanted` has them."""
    return sorted((each.one.kind, each.named[1]) for each in shown)
