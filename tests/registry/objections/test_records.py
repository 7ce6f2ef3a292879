"""The records that an objection comes to: what they say, and that they would pass the checks."""

from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from registry.objections import records
from registry.objections.records import Stated
from registry.workbench.rows import Member, drafted_row
from signing.record import encode_record, entry_of
from tests.registry.objections.samples import like
from tests.registry.world import WUHU, charter, record

CASES: list[dict[str, Any]] = msgspec.yaml.decode(
    Path(__file__).with_name("records.yaml").read_bytes(), type=list[dict[str, Any]]
)
ON = date(2026, 11, 24)
SHARED = ("v", "subject", "authority", "source_unit", "publication", "severity")


def stated(number: int) -> Stated:
    """Return a penalty as it stands in the log."""
    line = encode_record(record(number))
    return Stated(WUHU, number, entry_of(line, None), line)


DISPUTED, RIGHT = stated(1), stated(2)


def made(case: dict[str, Any]) -> dict[str, object]:
    one = like(**case["given"])
    match case["make"]:
        case "mark":
            return records.mark(one, DISPUTED, records.said(one.about), "芜湖市", ON)
        case "outcome":
            came = ("partly_upheld", "corrected")
            return records.outcome(one, DISPUTED, came, "罚款金额有误。", ON)
        case "withdrawal":
            return records.withdrawal(one, DISPUTED, ON)
        case _:
            return records.amendment(one, DISPUTED, RIGHT, ON)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
def test_a_record_says_what_it_must_and_nothing_of_what_was_written(case):
    main = made(case)
    target = {"origin": WUHU, "id": "p1", "entry": DISPUTED.entry.hex()}
    shared = {name: record(1)[name] for name in SHARED}
    says = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in case["says"].items()
    }
    if "replacement" in says:
        says["replacement"] = {"id": "p2", "entry": RIGHT.entry.hex()}
    salt = main.pop("salt")
    assert main == {**shared, **says, "target": target}
    assert len(str(salt)) == 32
    here = charter()
    assert drafted_row({**main, "salt": salt}, Member(here, here.party(WUHU), "")).state == "good"


def test_the_record_that_is_right_is_the_disputed_one_under_another_id():
    one = like()
    main = records.replacement(one, DISPUTED)
    assert main["id"] == records.replacement_id(one)
    assert main["salt"] != DISPUTED.main["salt"]
    left_out = {"id", "salt"}
    assert {k: v for k, v in main.items() if k not in left_out} == {
        k: v for k, v in DISPUTED.main.items() if k not in left_out
    }


def test_no_two_records_of_an_objection_have_one_id():
    one = like()
    ids = [records.mark_id, records.outcome_id, records.correction_id, records.replacement_id]
    assert len({make(one) for make in ids}) == 4
    assert records.said("measure") == ""
