"""What of a file stands in a report, in which section and order; what is kept of who took it."""

from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

from registry.domain.disclosure import ENDED, Role
from registry.domain.lists import LISTS
from registry.domain.records import KINDS
from registry.issued.voucher import HEADLINE_MAX
from registry.query.views import Authorised, Coverage, RecordView, SubjectFile, Viewer
from registry.reports import content, written
from registry.reports.content import NO_PROOF, Content, bare, with_proof
from registry.reports.model import Taken, Wish
from registry.reports.sections import SECTIONS, UNTRUSTWORTHY, section_of
from registry.store.reports import KeptReport
from signing.report import Listed
from tests.registry.ingest.samples import ABSENT, SAMPLES, decoded
from tests.signing import given as signed

TODAY = date(2026, 11, 23)
ORIGIN = "xinyong.wuhu.example/credit"
USCC = "91340200MA00000231"
PARTY = "91320100MA00000888"
OWN = Viewer(Role.BUSINESS, subject="1" * 32)


def table(name: str) -> list[dict[str, Any]]:
    read = Path(__file__).with_name(f"{name}.yaml").read_bytes()
    return msgspec.yaml.decode(read, type=list[dict[str, Any]])


def view(kind: str = "penalty", idx: int = 3, seen: dict[str, Any] | None = None, **members: Any):
    told = {name: tuple(value) for name, value in (seen or {}).items()}
    plain = msgspec.to_builtins({name: one for name, one in members.items() if one is not ABSENT})
    absent = {name: one for name, one in members.items() if one is ABSENT}
    record = decoded(kind, **plain, **absent)
    return RecordView(
        ORIGIN, idx, "340200", "芜湖市", record, f"{idx:0128x}", told.get("flags", ()),
        marks=told.get("marks", ()),
    )  # fmt: skip


def file(*views: RecordView, on: date = TODAY) -> SubjectFile:
    at = datetime(2026, 11, 23, tzinfo=UTC)
    cover = Coverage(at, (), (), (), ())
    codes = (("uscc", USCC), ("regno", "340200000000012"))
    return SubjectFile(
        "1" * 32, "芜湖示例建设有限公司", (), "organisation", codes, views, cover, on
    )


def third(*types: str) -> Viewer:
    given = Authorised(f"{ORIGIN}/9", frozenset(types), "示例用途", "南京示例银行")
    return Viewer(
        Role.THIRD_PARTY, subject="1" * 32, party=PARTY, authorisations=(given,) if types else ()
    )


def listed(of: SubjectFile, viewer: Viewer = OWN, /, **asked: Any) -> list[Listed]:
    wish = Wish("示例用途", **{name: _asked(value) for name, value in asked.items()})
    found = content._listed(of, viewer, wish)
    return sorted((one for _, one in found), key=content._order)


def _asked(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


@pytest.mark.parametrize("case", table("listed"), ids=lambda case: case["why"])
def test_what_a_report_lists_of_a_record(case):
    members = {**case.get("given", {}), **dict.fromkeys(case.get("absent", ()), ABSENT)}
    one = file(view(case["type"], 3, case.get("seen"), **members), on=case.get("day", TODAY))
    viewer = third(*case["party"]) if "party" in case else OWN
    found = listed(one, viewer, **case.get("asked", {}))
    if case["listed"] is None:
        assert found == []
        return
    (line,) = found
    told = {name: getattr(line, name) for name in case["listed"]}
    wanted = {name: _asked(value) for name, value in case["listed"].items()}
    assert told == wanted
    assert (line.origin, line.idx, line.proof) == (ORIGIN, 3, NO_PROOF)
    assert line.type == case["type"]
    assert line.section in SECTIONS
    assert len(line.headline) <= HEADLINE_MAX


def test_each_way_to_end_has_its_case():
    cases = [case for case in table("listed") if case["listed"] is None]
    ended = {flag for case in cases for flag in case.get("seen", {}).get("flags", ())}
    assert ended >= ENDED


@pytest.mark.parametrize("kind", sorted(SAMPLES))
def test_every_fact_has_a_section_and_nothing_else_has(kind):
    section = section_of(decoded(kind))
    assert bool(section) is (KINDS[kind].family == "fact")
    assert not section or section in SECTIONS


@pytest.mark.parametrize("code", sorted(LISTS))
def test_every_list_has_the_section_of_its_family(code):
    section = section_of(decoded("list_entry", list=code))
    family = LISTS[code].family
    wanted = {"serious": "serious", "anomaly": "anomaly", "honour": "honest", "debtor": "judicial"}
    assert section == wanted[family]
    assert (section in UNTRUSTWORTHY) is (family != "honour")


def test_records_stand_by_section_then_the_latest_decision_first():
    found = listed(
        file(
            view("honour", 1),
            view("penalty", 2, decided_on="2026-03-11"),
            view("penalty", 9, decided_on="2026-05-01", published_on="2026-05-02"),
            view("penalty", 4, decided_on="2026-03-11"),
            view("list_entry", 5),
            view("commitment", 6),
        )
    )
    assert [(one.section, one.idx) for one in found] == [
        *(("administrative", 9), ("administrative", 2), ("administrative", 4)),
        *(("honest", 1), ("serious", 5), ("commitment", 6)),
    ]
    assert list(SECTIONS[:4]) == ["administrative", "honest", "serious", "anomaly"]


def test_the_same_decision_stated_twice_is_listed_twice_by_its_places():
    twice = listed(file(view("penalty", 7), view("penalty", 2)))
    assert [one.idx for one in twice] == [2, 7], "nothing is merged away in a report"
    assert replace_idx(twice[0]) == replace_idx(twice[1])


def replace_idx(one: Listed) -> Listed:
    return msgspec.structs.replace(one, idx=0, entry="")


@pytest.mark.parametrize(
    ("number", "content_of", "shown"),
    [
        ("芜市监罚〔2026〕123号", ["罚款"], "芜市监罚〔2026〕123号 罚款"),
        ("芜市监罚(2026)123号", ["警告", "罚款"], "芜市监罚(2026)123号 警告、罚款"),
        ("芜市监罚字［2026］第0001-2号", ["罚款"], "芜市监罚字［2026］第0001-2号 罚款"),
    ],
)
def test_a_number_stands_as_its_organ_writes_it(number, content_of, shown):
    (one,) = listed(file(view("penalty", 3, decision_no=number, kinds=content_of)))
    assert (one.decision_no, one.headline) == (number, shown)


def test_a_proof_is_named_by_its_digest_and_compared_without_it():
    (one,) = listed(file(view()))
    proof = b"c2sp.org/tlog-proof@v1\n"
    made = with_proof(one, proof)
    assert made.proof == sha256(proof).hexdigest()
    assert bare(made) == one
    assert bare(with_proof(made, b"longer")) == one, "proofs grow with the log"


def test_a_later_reading_must_find_what_was_told_then():
    of = file(view(), view("permit", 4))
    both = tuple(
        (seen, one) for seen in of.records for one in listed(file(seen)) if seen.idx == one.idx
    )
    made = Content(of, both, None, frozenset())
    records, measures = made.tells()
    assert [cast("Listed", one).idx for one in records] == [3, 4]
    assert measures == ()
    less = replace(made, listed=both[:1])
    assert set(less.tells()[0]) < set(records)
    told = replace(made, told=cast("Any", SimpleNamespace(measures=("m",))))
    assert told.tells() == (records, ("m",))


# ------------------------------------------------------------------ who took it


def test_the_subject_is_named_by_its_first_code_and_whom_it_authorised_as_it_named_him():
    own = Content(file(), (), None, frozenset())
    assert written._taker(own, OWN) == signed_named(USCC, "芜湖示例建设有限公司")
    without = replace(own, file=replace(own.file, identifiers=()))
    assert written._taker(without, OWN).code == "1" * 32, "who has no code has his id"
    assert written._taker(own, third("penalty")) == signed_named(PARTY, "南京示例银行")


def signed_named(code: str, name: str) -> Any:
    return msgspec.convert({"code": code, "name": name}, type(signed.report().taken_by))


def sealer() -> Any:
    charter = signed.charter()
    return SimpleNamespace(
        charter=charter, node=signed.NODE, address=lambda path: f"https://node-a.example/{path}"
    )


@pytest.mark.parametrize(
    ("viewer", "types"),
    [(OWN, None), (third("permit", "penalty"), ("penalty", "permit"))],
    ids=["the-subject-all", "a-third-party-what-it-was-given"],
)
def test_what_was_asked_is_said_with_what_was_opened(viewer, types):
    made = Content(file(), (), None, frozenset())
    wish = Wish("x", TODAY, None, ("serious",), "340200", "tender")
    asked = written._asked_for(sealer(), made, viewer, wish)
    assert (asked.types, asked.sections, asked.matter) == (types, ("serious",), "tender")
    assert (asked.since, asked.until) == (TODAY, None)
    assert asked.territory is not None
    assert (asked.territory.code, asked.territory.name) == ("340200", "芜湖市")
    assert asked.codes[0] == ("uscc", USCC)
    plain = written._asked_for(sealer(), made, viewer, Wish("x"))
    assert (plain.territory, plain.since, plain.sections) == (None, None, SECTIONS)


def test_a_report_says_when_by_which_charter_and_how_to_ask_again():
    now = datetime(2026, 11, 22, 16, 0, 5, tzinfo=UTC)
    made = Content(file(), (), None, frozenset())
    one, other = (written.written(sealer(), made, OWN, Wish("示例用途"), now) for _ in range(2))
    assert one.issued == "2026-11-22T16:00:05Z"
    assert one.check_url == f"https://node-a.example/report/check?code={one.code}"
    assert one.check_url in one.statement.zh
    assert "2026-11-23 00:00:05（北京时间）" in one.statement.zh
    assert one.statement.zh.endswith("信用修复后，任何单位不得继续使用。")
    assert (one.records, one.known, one.measures, one.book) == ((), (), (), None)
    assert one.title.zh == "都市圈信用信息查询报告"
    assert "专项" not in one.title.zh
    assert one.code != other.code
    assert one.salt != other.salt, "the same of a moment cannot be guessed from its digest"
    assert one.charter == signed.charter().digest.hex()


def test_who_took_a_report_is_kept_and_forgotten_when_its_time_is_over():
    taken = written.taken_of(signed.report())
    assert (taken.role, taken.code, taken.purpose) == (
        "business", "91340200MA2TEST00X", "示范项目（二标段）投标人资格审查",
    )  # fmt: skip
    assert (taken.since, taken.until) == (None, date(2026, 5, 28))
    at = datetime(2026, 11, 23, tzinfo=UTC)
    text = msgspec.json.encode(taken).decode()
    kept = KeptReport("0" * 16, bytes(32), at, at, "1" * 32, "key:a", text, b"x")
    assert written.asked_by(kept) == taken
    assert isinstance(taken, Taken)
    assert written.asked_by(replace(kept, asked="")) is None


def test_what_is_not_handed_out_does_not_say_why():
    assert (written.gone().status, written.gone().zh) == (410, "该信息不存在或已不再公示。")
    assert (written.unknown().status, written.unknown().detail_code) == (404, "unknown-report")
    for word in ("修复", "撤回", "期满", "删除"):
        assert word not in written.gone().zh + written.unknown().zh
    large = written.too_large(300)
    assert (large.status, large.detail_code) == (413, "report-too-large")
    assert "300" in large.zh
    assert "300" in large.en
