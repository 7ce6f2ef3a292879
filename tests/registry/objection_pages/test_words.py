"""Objections in words: how far, what next, by whom, until when; and what the region is told."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from registry.access.asker import Asker
from registry.domain.disclosure import Role
from registry.domain.grants import Grant
from registry.objection_pages.case import _did, _letter
from registry.objection_pages.common import (
    TO_SUBJECT,
    Looking,
    about_of,
    next_of,
    stage_of,
)
from registry.objection_pages.filing import FIELDS, FORM_MAX
from registry.objection_pages.listing import _late, _line
from registry.objections.desk import Around
from registry.objections.letters import FORMS, write
from registry.objections.model import (
    ABOUTS,
    GROUNDS_MAX,
    LINE_MAX,
    Wish,
    standing,
)
from registry.pages.frame import Frame, Site
from registry.pages.texts import TEXTS
from registry.store.objections import Contents, Done, KeptLetter
from registry.workbench.model import Staff
from tests.registry.objections.samples import NEW, like

NAMES = {"340200": "芜湖市", "320100": "南京市"}
SITE = Site("示例", "node.example", "http://node.example", tuple(NAMES.items()), NAMES, {})
AT = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
ZH, EN = (Frame(SITE, cast("Any", lang), "/objections", (), AT) for lang in ("zh", "en"))
CASES: list[dict[str, Any]] = msgspec.yaml.decode(
    Path(__file__).with_name("words.yaml").read_bytes(), type=list[dict[str, Any]]
)


def day(value: object) -> date:
    return date.fromisoformat(str(value))


def without_rule(said: str) -> str:
    """Return what is next without the rule of its term, which every such sentence ends with."""
    what, named, rule = said.partition("期限依据：")
    assert bool(named) is bool(said)
    assert rule.endswith("依据待核实。") is bool(said), "no term of an objection was read in a law"
    return what


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
def test_how_far_it_is_and_what_is_next(case):
    one = like(**case.get("given", {}))
    stand = standing(one, day(case.get("day", "2026-11-24")))
    assert stage_of(ZH, one) == case["stage"]
    assert without_rule(next_of(ZH, one, stand)) == case["next"]
    english = next_of(EN, one, stand)
    assert bool(english) is bool(case["next"])
    assert "{" not in english + stage_of(EN, one)
    assert english.startswith("Overdue") is stand.late
    for word in ("黑名单", "判定", "消除记录"):
        assert word not in case["stage"] + case["next"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
def test_a_line_is_urgent_as_its_days_say_and_plain_to_the_subject(case):
    one = like(**case.get("given", {}))
    stand = standing(one, day(case.get("day", "2026-11-24")))
    line = _line(ZH, one, stand)
    wanted = (
        "" if stand.due is None else "overdue" if stand.late else "soon" if stand.left <= 2 else ""
    )
    assert line["urgency"] == wanted
    assert without_rule(line["next"]) == case["next"]
    plain = _line(ZH, one, stand, plain=True)
    assert (plain["next"], plain["urgency"]) == ("", ""), "how the organ works is its own affair"
    assert (plain["number"], plain["stage"]) == (line["number"], line["stage"])
    assert bool(line["decide_by"]) is (one.stage != "closed")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
def test_the_region_is_told_whose_duty_is_late_and_nobody_s_name(case):
    one = like(**case.get("given", {}))
    stand = standing(one, day(case.get("day", "2026-11-24")))
    for frame in (ZH, EN):
        told = _late(frame, one, stand)
        assert told["member"] == "芜湖市"
        assert told["number"] == one.number
        assert int(told["days"]) == abs(stand.left)
        said = "".join(told.values())
        for name in (one.name, one.organ, one.headline, one.subject, one.filed_by):
            assert name not in said


@pytest.mark.parametrize("about", ABOUTS)
def test_what_is_disputed_is_named_a_measure_with_its_place(about):
    one = like(about=about, measure="限制投标", territory="320100")
    zh, en = about_of(ZH, one), about_of(EN, one)
    assert zh.startswith(FORMS.about[about][0])
    assert en.startswith(FORMS.about[about][1])
    assert ("限制投标（南京市）" in zh) is (about == "measure")
    assert ("限制投标 (南京市)" in en) is (about == "measure")
    left = about_of(ZH, like(about="measure", measure="限制投标", territory="340100"))
    assert "（340100）" in left, "a place that has left the region stands for itself"


def test_what_was_erased_by_order_has_no_headline():
    line = _line(ZH, like(headline=""), standing(NEW, day("2026-11-24")))
    assert line["record"] == ZH.t("objections.erased")


@pytest.mark.parametrize("kind", sorted(FORMS.letter))
def test_a_letter_is_listed_with_its_number_until_it_is_erased(kind):
    one = like(forwarded="某局", reply_by="2026-12-01")
    kept = write(kind, one, ("芜湖市", ""), (AT, AT.date()))._replace(number=2)
    line = _letter(ZH, one.id, kept)
    assert line["title"] == FORMS.letter[kind].title[0]
    assert line["number"].startswith(f"异{FORMS.letter[kind].mark}〔2026〕")
    assert line["link"] == f"/objections/{one.id}/letter/2"
    assert line["pdf"] == f"{line['link']}/pdf"
    assert line["at"] == "2026年11月24日 09:30"
    assert _letter(EN, one.id, kept)["title"] == FORMS.letter[kind].title[1]
    gone = _letter(ZH, one.id, KeptLetter(2, kind, AT, ""))
    assert (gone["number"], gone["link"], gone["pdf"]) == ("", "", "")
    assert (kind in TO_SUBJECT) is (kind != "forwarded"), "what goes to organs is theirs"


@pytest.mark.parametrize(
    ("done", "told"),
    [
        (Done(AT, "key:a", "clerk", "drafted-accept"), ["key:a", "经办"]),
        (Done(AT, "key:a", "reviewer", "sent-back-decide", "理由不足"), ["复核", "理由不足"]),
        (Done(AT, "", "", "marked", "7"), ["7"]),
        (Done(AT, "key:f", "business", "given-up"), ["key:f"]),
        (Done(AT, "key:a", "clerk", "replied", "某局"), ["某局"]),
    ],
)
def test_the_log_says_when_who_and_what(done, told):
    said = _did(ZH, done)
    assert said.startswith("2026年11月24日 09:30 ")
    for words in told:
        assert words in said
    assert _did(EN, done) != said


def test_all_that_is_logged_has_its_words():
    acts = ("accept", "decline", "extend", "decide")
    logged = {f"{how}-{act}" for how in ("drafted", "approved", "sent-back") for act in acts}
    logged |= {"filed", "given-up", "file-added", "forwarded", "replied", "correcting"}
    logged |= {"marked", "unmarked", "corrected"}
    for what in logged:
        both = TEXTS[f"objections.log-{what}"]
        assert both.zh
        assert both.en
        assert both.zh != both.en


def staff(department: str | None) -> Staff:
    return Staff(Asker(Grant(Role.CLERK, "340200")), "key:a", "340200", department)


@pytest.mark.parametrize(
    ("looker", "handles"),
    [(None, False), (staff(None), True), (staff(NEW.department), True), (staff("某局"), False)],
)
def test_who_looks_handles_it_or_not(looker, handles):
    around = Around(
        like(forwarded="某局"), standing(NEW, day("2026-11-24")), Contents("", "", ""),
        (), (), (), None,
    )  # fmt: skip
    assert Looking(around, looker).handles is handles


def test_the_form_takes_the_longest_objection_as_a_browser_sends_it():
    assert Wish.__slots__ == FIELDS
    sent = 9 * (GROUNDS_MAX + 3 * LINE_MAX)  # three bytes a character, three signs a byte
    assert sent < FORM_MAX


def test_the_same_days_are_told_all_year():
    for month in range(1, 13):
        on = date(2026, month, 15)
        one = like(accept_by=on, received_on=on - timedelta(days=5))
        said = next_of(ZH, one, standing(one, on))
        assert f"2026年{month}月15日前，余0个工作日" in said
