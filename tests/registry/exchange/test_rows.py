"""Rows on their way into a batch: checked, filled, never sealed twice."""

import itertools
import json
from pathlib import Path

import pytest

from registry.exchange import flow
from registry.exchange.home import Remark
from registry.exchange.rows import Known, Row, RowChecker, batches_of, check_at_node
from registry.exchange.sealed import LogSigner, SealedLog
from registry.forms.files import FormRow, read_jsonl
from registry.ingest.reasons import finding
from signing.batch import MAX_UNPACKED
from signing.record import parse_record_line
from tests.faults.test_publisher import penalty
from tests.registry.exchange.fake_node import ORIGIN, FakeNode, log_key
from tests.registry.exchange.test_publisher import publisher, run


@pytest.fixture
def log(tmp_path: Path) -> SealedLog:
    return SealedLog(tmp_path / "log", ORIGIN)


def salts(start: int = 1):
    return map("{:032x}".format, itertools.count(start)).__next__


def forms(*mains: object) -> list[FormRow]:
    data = "\n".join(json.dumps(main, ensure_ascii=False) for main in mains)
    return list(read_jsonl(data.encode()))


def checked(*mains: object, log: SealedLog | None = None, start: int = 1) -> list[Row]:
    checker = RowChecker(salts(start), Known(log))
    return [checker.check(form) for form in forms(*mains)]


def codes(row: Row) -> list[str]:
    return [found.code for found in row.findings if found.level == "error"]


def test_a_good_row_becomes_a_record_line_with_its_own_salts():
    document = {"name": "张某", "type": "身份证", "number": "110101199003070134"}
    one, two = checked(
        penalty(1),
        {"main": penalty(2), "restricted": {"legal_representative_document": document}},
    )
    assert parse_record_line(one.line).salts == (f"{1:032x}",)
    assert parse_record_line(two.line).salts == (f"{2:032x}", f"{3:032x}")


def test_bad_rows_say_why_and_do_not_stop_the_good_ones():
    rows = checked(
        penalty(1) | {"decided_on": "2026-02-30"}, "text", penalty(2) | {"v": 1.5}, penalty(3)
    )
    assert [row.line is None for row in rows] == [True, True, True, False]
    assert codes(rows[1]) == ["not-a-record"]
    assert codes(rows[2]) == ["float-not-allowed"]
    assert all(found.expected_zh for row in rows[:3] for found in row.findings)


def test_the_same_row_again_is_not_sealed_again_and_another_one_is_named():
    other = penalty(1) | {"content": "罚款人民币3万元"}
    one, two, three = checked(penalty(1), penalty(1), other)
    assert two.repeats == parse_record_line(one.line).value["id"]
    assert codes(three) == ["duplicate-id"]


def test_rows_sealed_or_staged_by_earlier_runs_are_known(log, tmp_path):
    node = FakeNode(tmp_path / "node")
    first = [row.line for row in checked(penalty(1), penalty(2))]
    run(log, node, first)
    run(log, node, [row.line for row in checked(penalty(3), start=9)])
    log.stage([row.line for row in checked(penalty(4), start=19)])
    changed = penalty(2) | {"content": "罚款人民币3万元"}
    rows = checked(*[penalty(n) for n in (1, 2, 3, 4, 5)], changed, log=log, start=99)
    assert [bool(row.repeats) for row in rows] == [True, True, True, True, False, False]
    assert codes(rows[5]) == ["duplicate-id"]
    assert Known(log).line("unheard of") is None


def test_groups_are_bounded_in_records_and_bytes():
    form = forms(penalty(1))[0]
    small, bad = Row(form, b"x", ()), Row(form, None, ())
    large = Row(form, bytes(MAX_UNPACKED // 2), ())
    assert [len(g) for g in batches_of([small] * 5 + [bad] * 9, 2)] == [2, 2, 10]
    assert [len(g) for g in batches_of([large] * 3)] == [1, 1, 1]
    assert list(batches_of([])) == []


class Picky(FakeNode):
    """Lists only the first bad row of each check, as a node lists only the first thousand."""

    def check(self, origin: str, batch: bytes):
        super().check(origin, batch)
        lines = batch.splitlines()[1:]
        bad = (number for number, line in enumerate(lines) if "示例2".encode() in line)
        warning = finding("repeated-row", "", value=1)
        found = finding("duplicate-id", "/id", value="x")
        return (Remark(0, (warning,)), *(Remark(number, (found,)) for number in [*bad][:1]))


def test_what_the_node_objects_to_is_taken_out_until_nothing_is_left_to_object_to(tmp_path):
    mains = [penalty(n) for n in (1, 2, 20, 3, 21)]
    rows = check_at_node(Picky(tmp_path), ORIGIN, 0, checked("no", *mains))
    assert [row.line is None for row in rows] == [True, False, True, True, False, True]
    assert codes(rows[2]) == ["duplicate-id"]
    assert check_at_node(Picky(tmp_path), ORIGIN, 0, []) == []


def test_a_run_counts_every_row_once(log, tmp_path):
    node = Picky(tmp_path)
    work = flow.Work(
        publisher(log, node), lambda: LogSigner(log_key()), ORIGIN, node, most=2, new_log=True
    )
    done: list[int] = []
    work.progress = done.append
    assert flow.resume(work) == []
    mains = [penalty(1), "no", penalty(2), penalty(3), penalty(3), penalty(4), {}]
    outcome = flow.publish(work, forms(*mains), RowChecker(salts(), Known(log)))
    assert (outcome.rows, outcome.passed, outcome.repeated, len(outcome.to_fix)) == (7, 3, 1, 3)
    assert outcome.sealed == [(0, 1), (1, 3)]
    assert [(d.start, d.end) for d in outcome.delivered] == outcome.sealed
    assert done[-1] == 7


def test_a_check_keeps_nothing_and_asks_the_node_if_there_is_one(tmp_path):
    mains = [penalty(1), penalty(2), penalty(3) | {"subject": {"kind": "organisation"}}]
    outcome = flow.check(forms(*mains), RowChecker(salts(), Known(None)))
    assert (outcome.passed, len(outcome.to_fix)) == (2, 1)
    node = Picky(tmp_path / "node")
    outcome = flow.check(forms(*mains), RowChecker(salts(), Known(None)), node, ORIGIN)
    assert (outcome.passed, len(outcome.to_fix)) == (1, 2)
    assert not (tmp_path / "node").exists()


def test_warnings_are_counted_and_do_not_keep_a_row_back():
    late = penalty(1) | {
        "subject": {
            "kind": "organisation",
            "name": "芜湖示例有限公司",
            "uscc": "91340200149380152M",
        }
    }
    outcome = flow.check(forms(late), RowChecker(salts(), Known(None)))
    assert outcome.passed == 1
    assert outcome.warned_at.keys() == outcome.warnings.keys()
    assert sum(outcome.warnings.values()) >= 1


def test_to_fix_files_are_numbered_and_never_replaced(log):
    first = log.write_to_fix("to-fix.csv", b"one")
    second = log.write_to_fix("to-fix.csv", b"two")
    assert [path.name for path in (first, second)] == ["to-fix-001.csv", "to-fix-002.csv"]
    first.unlink()
    third = log.write_to_fix("to-fix.csv", b"three")
    assert third.name == "to-fix-003.csv"
    assert second.read_bytes() == b"two"


def person(number: str, **changes: object) -> dict[str, object]:
    """A penalty of one natural person; namesakes differ by the document alone."""
    subject = {"kind": "natural_person", "name": "张某"}
    main = penalty(1) | {"subject": subject, "publication": "government", **changes}
    document = {"name": "张某", "type": "护照", "number": number}
    return {"main": main, "restricted": {"subject_document": document}}


def ids(rows: list[Row]) -> list[str]:
    return [str(parse_record_line(row.line).value["id"]) if row.line else "" for row in rows]


def test_namesakes_in_one_decision_are_told_apart_whatever_order_they_come_in(log, tmp_path):
    one, two = person("E1"), person("E2")
    first = checked(one, two, one, log=log)
    made, numbered, again = ids(first)
    assert (numbered, again) == (f"{made}-2", "")
    assert first[2].repeats == made
    run(log, FakeNode(tmp_path / "node"), [row.line for row in first[:2]])
    swapped = checked(two, one, log=log, start=50)
    assert [row.repeats for row in swapped] == [numbered, made]


def test_a_namesake_corrected_later_is_not_taken_for_the_first(log, tmp_path):
    good, bad = person("E1"), person("E2", decided_on="2026-02-30")
    rows = checked(good, bad, log=log)
    assert [bool(row.line) for row in rows] == [True, False]
    run(log, FakeNode(tmp_path / "node"), [rows[0].line])
    (corrected,) = checked(person("E2"), log=log, start=50)
    assert codes(corrected) == []
    assert ids([corrected]) == [f"{ids(rows)[0]}-2"]


def test_an_organ_of_another_territory_is_told_of_its_row():
    organ = {"name": "芜湖市市场监督管理局", "division": "340200"}
    (form,) = forms(penalty(1) | {"authority": organ})
    for territory, codes in (((), []), (("340200",), []), (("320100",), ["organ-elsewhere"])):
        row = RowChecker(salts(), Known(None), territory).check(form)
        assert row.line is not None
        assert [one.code for one in row.findings if "organ" in one.code] == codes
