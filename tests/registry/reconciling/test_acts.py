"""Which record ends here what has ended there, within what time, and what it says."""

import json
from datetime import date
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from registry.domain.records import TYPE_OF, ListExit, Repair, Withdrawal, decode_main
from registry.reconciling.drafts import SOURCE, draft, lines_of
from registry.reconciling.files import COLUMNS
from registry.reconciling.model import ACTS, KINDS, REPORTED, Said, act_for, limit_of, placed
from registry.reconciling.reasons import REASONS
from signing.record import encode_record, entry_of, split_line
from tests.registry.query.scene import listing
from tests.registry.reconciling.scene import penalty
from tests.registry.reconciling.test_keys import cases
from tests.registry.world import WUHU, salt

SINCE, TODAY = date(2026, 11, 20), date(2026, 11, 23)


def test_every_way_to_end_there_but_by_itself_has_an_act():
    assert set(ACTS.values()) == {act_for("penalty", state) for state in ACTS}
    assert set(KINDS) > REPORTED


@pytest.mark.parametrize("case", cases("limits.yaml"), ids=lambda c: f"{c['act']} {c['why']}")
def test_within_what_time_it_has_to_follow(case):
    window = limit_of(case["act"], case["since"])
    found = (None, None) if window is None else (window.last, window.rule)
    assert found == (case["until"], case["rule"])


def of(main: dict[str, object]) -> Any:
    """A record of ours as far as a draft looks at it."""
    line = encode_record(main)
    parts = split_line(line)
    return SimpleNamespace(record=decode_main(parts[0]), origin=WUHU, entry=entry_of(*parts))


def signed(made: dict[str, object]) -> Any:
    """What the desk makes of a draft: a record with id and salt, strictly read."""
    return decode_main(split_line(encode_record({**made, "id": "d1", "salt": salt(1)}))[0])


@pytest.mark.parametrize(
    ("act", "main", "kind"),
    [
        ("repair", penalty(1), Repair),
        ("withdrawal", penalty(1), Withdrawal),
        ("list_exit", listing(decision_no="1号"), ListExit),
        ("repair", listing(decision_no="1号"), Repair),
    ],
)
def test_a_draft_is_a_record_in_all_but_id_and_salt(act, main, kind):
    one = of(main)
    made = signed(draft(one, act, SINCE, TODAY))
    assert isinstance(made, kind)
    assert TYPE_OF[type(made)] == act
    assert made.target.origin == WUHU
    assert (made.target.id, made.target.entry) == (main["id"], one.entry.hex())
    assert (made.decided_on, made.effective_on) == (SINCE, SINCE)
    assert (made.authority, made.source_unit) == (one.record.authority, one.record.source_unit)
    assert made.publication == one.record.publication
    assert made.severity.level == "unclassified", "an act has no class of its own"
    assert (made.provenance.kind, made.provenance.source) == ("relayed", SOURCE)
    assert made.provenance.checked_on == TODAY


def test_a_draft_names_no_person_that_it_need_not():
    whom = {
        "kind": "organisation", "name": "芜湖示例建设有限公司", "uscc": "91340200MA00000231",
        "legal_representative": "示例甲", "registration_no": "340200000000012",
    }  # fmt: skip
    made = draft(of(penalty(1, subject=whom)), "repair", SINCE, TODAY)
    assert made["subject"] == {key: whom[key] for key in whom if key != "legal_representative"}
    assert "示例甲" not in lines_of([made]).decode()


def test_the_repair_s_own_number_and_words_are_kept():
    made = draft(of(penalty(1)), "repair", SINCE, TODAY, "信修〔2026〕7号", "准予修复")
    assert (made["decision_no"], made["text"]) == ("信修〔2026〕7号", "准予修复")
    said = signed(made)
    assert (said.decision_no, said.text) == ("信修〔2026〕7号", "准予修复")
    plain = draft(of(penalty(1)), "repair", SINCE, TODAY)
    assert "decision_no" not in plain
    assert plain["text"] == "信用修复，终止公示"


@pytest.mark.parametrize(
    ("act", "more"),
    [
        ("repair", {}),
        ("withdrawal", {"reason": "revoked", "text": "决定已撤销，撤回公示"}),
        ("list_exit", {"reason": "term_ended", "list": "wage-arrears", "text": "列入期限届满"}),
    ],
)
def test_each_act_says_why(act, more):
    made = draft(of(listing(decision_no="1号")), act, SINCE, TODAY)
    assert {key: made[key] for key in more} == more
    assert ("reason" in made, "list" in made) == ("reason" in more, "list" in more)


def test_a_record_for_authorised_eyes_is_not_told_of_to_all_by_its_repair():
    made = draft(of(penalty(1, publication="authorised")), "repair", SINCE, TODAY)
    assert made["publication"] == "authorised"


def test_drafts_are_written_a_line_each():
    one, two = (draft(of(penalty(n)), "repair", SINCE, TODAY) for n in (1, 2))
    lines = lines_of([one, two]).decode()
    assert [json.loads(line) for line in lines.splitlines()] == [one, two]
    assert lines.endswith("\n")
    assert lines_of([]) == b""


def test_of_a_row_that_has_a_record_only_what_it_says_is_kept():
    said = Said("repaired", SINCE, "general", None, None, "91340200MA00000231", "1号", "局", "一")
    kept = placed(said, organ=False)
    assert (kept.code, kept.number, kept.organ) == ("", "", "")
    assert (kept.state, kept.since, kept.severity, kept.sheet) == (
        *("repaired", SINCE, "general", "一"),
    )
    assert placed(said, organ=True).organ == "局"
    assert msgspec.json.decode(msgspec.json.encode(kept), type=Said) == kept


def test_every_reason_is_said_in_both_languages_and_cites_a_rule():
    for code, texts in REASONS.items():
        said = msgspec.to_builtins(texts)
        assert all(said.values()), code
        places = {name: text.count("{") for name, text in said.items()}
        assert places["zh"] == places["en"], code
        assert places["right_zh"] == places["right_en"], code
    assert not any(word in text for texts in REASONS.values()
                   for text in (texts.zh, texts.right_zh)
                   for word in ("黑名单", "洗白", "污点", "消除", "删除"))  # fmt: skip
    assert set(COLUMNS.needed["notice"]) == set(COLUMNS.notice) - {"name", "result"}
