"""What is handed in as it is typed: in normal form, sound as a record, or refused."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

from registry.access.asker import PUBLIC, Asker
from registry.counter.desk import ABOUT, Asked, Counter, _checked, _main, _own
from registry.domain.disclosure import Role
from registry.domain.grants import Grant
from registry.domain.records import decode_main
from registry.domain.records.base import Organ
from registry.domain.records.standards import StandardCase
from registry.errors import MalformedRefusal, NotGrantedRefusal, UnauthorisedRefusal
from registry.ingest.checks import check_line
from registry.query.views import Coverage, SubjectFile
from registry.store.case_requests import CaseRequest
from signing.record import encode_record

GOOD = Asked(
    about="recognition",
    number="DB34/T 1-2021",
    territory="320100",
    receiver=Organ("南京市市场监督管理局", division="320100"),
    use="certification",
    product="建筑用砂",
    reasons="持有检测报告",
)
CASES: list[dict[str, Any]] = msgspec.yaml.decode(
    Path(__file__).with_name("asked.yaml").read_bytes(), type=list[dict[str, Any]]
)
ON = date(2026, 11, 27)
USCC = "91340200MA00000231"
FILE = SubjectFile(
    subject_id="1" * 32,
    name="芜湖示例建设有限公司",
    names=(),
    kind="organisation",
    identifiers=(("uscc", USCC),),
    records=(),
    coverage=Coverage(datetime(2026, 11, 27, tzinfo=UTC), (), (), (), ()),
    on=ON,
)


def typed(case: dict[str, Any]) -> Asked:
    nul = {name: text.replace("0", "\0") for name, text in case.get("nul", {}).items()}
    long = {name: text * times for name, (text, times) in case.get("long", {}).items()}
    return msgspec.structs.replace(GOOD, **case.get("given", {}), **nul, **long)


def errors(main: dict[str, object]) -> list[str]:
    line = encode_record({**main, "id": "a" * 32, "salt": "b" * 32}, None)
    return [one.code for one in check_line(line, set()).findings if one.level == "error"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
def test_what_is_handed_in_is_sound_as_a_record_or_refused(case):
    if "refused" in case:
        with pytest.raises(MalformedRefusal) as refused:
            _checked(typed(case))
        assert refused.value.detail_code == case["refused"]
        assert refused.value.zh != refused.value.en
        return
    made = _checked(typed(case))
    for name in ("number", "product", "reasons"):
        if name in case:
            assert getattr(made, name) == case[name]
    assert _checked(made) == made, "what is in normal form stays so"
    main = _main(FILE, made, ON)
    assert errors(main) == []
    record = decode_main(encode_record({**main, "id": "a" * 32, "salt": "b" * 32}, None))
    assert isinstance(record, StandardCase)
    assert (record.number, record.use, record.about) == (made.number, made.use, made.about)
    assert (record.asked_on, record.decided_on, record.publication) == (ON, ON, "government")


@pytest.mark.parametrize(
    ("identifiers", "kind", "codes"),
    [
        ((("uscc", USCC),), "organisation", {"uscc": USCC}),
        ((("regno", "340200000000012"),), "organisation", {"registration_no": "340200000000012"}),
        ((("orgcode", "123456788"), ("uscc", USCC)), "organisation",
         {"organisation_code": "123456788", "uscc": USCC}),
        ((("taxno", "34020012345678X"), ("uscc", USCC)), "sole_trader", {"uscc": USCC}),
        ((), "organisation", {}),
    ],
)  # fmt: skip
def test_the_subject_is_named_by_the_codes_that_a_record_knows(identifiers, kind, codes):
    file = replace(FILE, identifiers=identifiers, kind=kind)
    subject = cast("dict[str, str]", _main(file, GOOD, ON)["subject"])
    assert subject == {"kind": kind, "name": FILE.name, **codes}


def test_whom_it_is_for_is_named_whole_and_states_it():
    main = _main(FILE, GOOD, ON)
    organ = {"name": "南京市市场监督管理局", "division": "320100"}
    assert (main["authority"], main["source_unit"], main["receiver"]) == (organ, organ, organ)
    assert "id" not in main
    assert "salt" not in main, "it gets both when the member signs it"
    assert main["severity"] == {"class": "unclassified"}


@pytest.mark.parametrize("role", [one for one in Role if one not in {Role.PUBLIC, Role.BUSINESS}])
def test_only_an_enterprise_asks_and_for_itself_alone(role):
    asker = Asker(Grant(role, subject="1" * 32), "key:x")
    with pytest.raises(NotGrantedRefusal) as refused:
        _own(cast("Any", SimpleNamespace(asker=asker)))
    assert refused.value.detail_code == "not-a-subject"


def test_a_stranger_signs_in_first():
    with pytest.raises(UnauthorisedRefusal):
        _own(cast("Any", SimpleNamespace(asker=PUBLIC)))
    asker = Asker(Grant(Role.BUSINESS, subject="2" * 32), "key:x")
    assert _own(cast("Any", SimpleNamespace(asker=asker))) == "2" * 32


def counter(at: str) -> Counter:
    clock = SimpleNamespace(now=lambda: datetime.fromisoformat(at))
    return Counter(cast("Any", SimpleNamespace(pool=None)), cast("Any", clock))


def request(about: str = "recognition") -> CaseRequest:
    asked = msgspec.structs.replace(GOOD, about=about)
    said = msgspec.json.encode(_main(FILE, asked, ON), order="sorted").decode()
    at = datetime(2026, 11, 27, 2, tzinfo=UTC)
    return CaseRequest("c" * 32, "1" * 32, "320100", at, at, said)


@pytest.mark.parametrize("about", ABOUT)
@pytest.mark.parametrize(
    ("now", "overdue"),
    [
        ("2026-11-27T10:00:00+08:00", []),
        ("2026-12-05T00:00:00+08:00", []),
        ("2027-02-19T15:59:59+00:00", []),
        ("2027-02-19T16:00:00+00:00", ["decide"]),
    ],
)
def test_who_must_act_by_when_counts_from_the_day_it_was_handed_in(about, now, overdue):
    found = counter(now)._request(request(about), frozenset())
    late = [due.term.code for due in found.standing.overdue]
    assert late == overdue, "silence costs no day, and the day ends at midnight in Shanghai"
    last = {due.term.code: due.last for due in found.standing.dues}
    assert last in ({"receive": date(2026, 12, 4)}, {"decide": date(2027, 2, 19)}), (
        "five working days, then sixty from the day it came"
    )
    assert {due.term.who for due in found.standing.dues} == {"organ"}
    assert (found.case.id, found.logged) == ("c" * 32, False)
    assert counter(now)._request(request(about), frozenset({"c" * 32})).logged


def test_its_digest_is_over_what_was_kept_and_nothing_else():
    one, other = request(), request("acceptance")
    first = counter("2026-11-27T10:00:00+08:00")._request(one, frozenset())
    later = counter("2026-12-27T10:00:00+08:00")._request(one, frozenset())
    assert first.digest == later.digest
    second = counter("2026-11-27T10:00:00+08:00")._request(other, frozenset())
    assert second.digest != first.digest
    assert len(first.digest) == 64
