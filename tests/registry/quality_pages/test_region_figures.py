"""The figures of the region, counted once: whose a place is, what is late, what to decide."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

from registry.domain.offices import Offices, read_offices
from registry.ledger.quorum import Quorum
from registry.pages.frame import Frame, Site
from registry.pages.owners import Owners
from registry.quality.definitions import FIGURES
from registry.quality.figures import Value
from registry.quality.views import Line, MemberQuality
from registry.quality_pages.region import LEVELS, _charter, _figures
from registry.quality_pages.region_figures import Figures, Late, Whole, _Lists, adopted, member_of
from registry.quality_pages.region_words import (
    ITEMS_SHOWN,
    TRENDS,
    agenda_lines,
    alarm_lines,
    book_line,
    case_lines,
    member_lines,
    rules_of,
    stop_lines,
    to_decide,
    trend,
)
from registry.query.desk import Board, Standing
from registry.query.views import LogView
from registry.rules.model import Adoption, AdoptionIndex, FactRef, Stayed
from tests.signing import given

TREND = TRENDS[0]
NAMES = {"340200": "芜湖市", "320100": "南京市", "341100": "滁州市", "320481": "溧阳市"}
ORIGINS = {f"registry.example/{code}": code for code in NAMES}
SITE = Site("示例", "node.example", "http://node.example", tuple(NAMES.items()), NAMES, ORIGINS)
ON = date(2026, 11, 27)
REF = FactRef("registry.example/340200", 4, "a4", "ab" * 64)
CHARTER = given.charter()


def frame(lang: str = "zh", at: str = "2026-11-27T04:00:00+00:00") -> Frame:
    return Frame(SITE, cast("Any", lang), "/region", (), datetime.fromisoformat(at))


def table(name: str) -> list[dict[str, Any]]:
    read = Path(__file__).with_name(f"{name}.yaml").read_bytes()
    return msgspec.yaml.decode(read, type=list[dict[str, Any]])


def why(case: dict[str, Any]) -> str:
    return case["why"]


@pytest.mark.parametrize("case", table("places"), ids=why)
def test_a_place_is_its_own_member_s_else_its_city_s(case):
    assert member_of(case["place"], case["members"]) == case["member"]
    assert member_of(case["place"], case["members"][::-1]) == case["member"], "in any order"


# ------------------------------------------------------------------ a member


def quality(*months: int | None, member: str = "340200") -> MemberQuality:
    lines = tuple(
        Line(f"2026-{at:02}", few=False, values={TREND: Value(TREND, 0, 0, value)})
        for at, value in enumerate(months, 1)
    )
    total = Line("", few=False, values={})
    return MemberQuality(member, NAMES[member], True, total, lines, "", ())  # noqa: FBT003 - whole


@pytest.mark.parametrize("case", table("trends"), ids=why)
def test_the_last_two_months_stand_side_by_side(case):
    said = trend(frame(), quality(*case["months"]))
    name = FIGURES[TREND].zh
    assert said == (f"{name} {case['said']}" if case["said"] else "")
    english = trend(frame("en"), quality(*case["months"]))
    assert english.removeprefix(FIGURES[TREND].en) == said.removeprefix(name)


def test_a_month_of_few_records_has_no_figure_to_compare():
    few = Line("2026-03", few=True, values={})
    own = quality(900, 950)
    assert trend(frame(), replace(own, months=(*own.months, few))).endswith("90.0% → 95.0%")
    assert trend(frame(), replace(own, months=(few, few))) == ""


def figures(code: str = "340200", /, **changes: Any) -> Figures:
    log = LogView(f"registry.example/{code}", code, NAMES[code], 3, "", "", None, 0)
    usual: dict[str, Any] = {
        "log": log, "home": "node.example", "quorum": None, "adopted": 1,
        "quality": quality(member=code), "reviews": 0, "alarms": 0, "desk": None, "late": None,
    }  # fmt: skip
    return Figures(**{**usual, **changes})


def whole(*members: Figures, **changes: Any) -> Whole:
    usual: dict[str, Any] = {"book": None, "agenda": (), "looked_at": 0, "alarms": {}}
    return Whole(members, **{**usual, **changes})


def test_all_that_is_late_is_one_number_and_unknown_is_not_zero():
    assert Late(1, 2, 3, 4).all == 10
    assert whole().late is None
    assert whole(figures(), figures("320100")).late is None, "who may not see it is told nothing"
    some = whole(figures(late=Late(0, 0, 0, 0)), figures("320100"))
    assert some.late == 0, "a member whose desk is not known adds nothing"
    both = whole(figures(late=Late(1, 0, 2, 0)), figures("320100", late=Late(0, 1, 0, 1)))
    assert both.late == 5


OFFICES = read_offices(
    """
    [[offices]]
    member = "340200"
    name = "芜湖市发展和改革委员会"
    kinds = ["credit"]
    phone = "0553-1"
    since = 2026-01-01
    until = 2026-12-01
    source = "示例文号"
    [[offices]]
    member = "320100"
    name = "南京市市场监督管理局"
    kinds = ["market-regulation"]
    phone = "025-1"
    since = 2026-01-01
    source = "示例文号"
    """.encode(),
    set(NAMES),
)


def owners(on: date = ON, offices: Offices = OFFICES) -> Owners:
    return Owners(offices, on, {})


def test_each_member_has_its_log_office_and_how_many_have_seen_it():
    at = datetime(2026, 11, 26, 16, 30, tzinfo=UTC)
    here = figures(quorum=Quorum(2, ("node.example",), ("other.example",)))
    seen = replace(here, log=replace(here.log, updated_at=at))
    lines = member_lines(frame(), whole(seen, figures("320481", quality=None)), owners())
    first, second = lines
    assert (first["name"], first["office"], first["phone"]) == (
        "芜湖市", "芜湖市发展和改革委员会", "0553-1",
    )  # fmt: skip
    assert first["updated"] == "2026年11月27日 00:30", "as the clocks in Shanghai have it"
    assert "other.example" in str(first["awaiting"])
    assert first["link"] == "/quality/340200"
    assert (second["updated"], second["office"], second["link"], second["level"]) == (
        "尚无记录", "", "", "",
    )  # fmt: skip
    (later,) = member_lines(frame(), whole(here), owners(date(2026, 12, 1)))
    assert (later["office"], later["phone"]) == ("", ""), "its row has ended"
    (english,) = member_lines(frame("en"), whole(here), owners())
    assert english["log"] == "/log/registry.example/340200?lang=en"


def adoption(rule: str, start: str, **changes: Any) -> Adoption:
    return Adoption(rule, "2026-1", "340200", "示例办", "示例〔2026〕1号",
                    date.fromisoformat(start), **changes)  # fmt: skip


@pytest.mark.parametrize(
    ("adoptions", "count"),
    [
        ((), 0),
        ((adoption("R1", "2026-11-27"),), 1),
        ((adoption("R1", "2026-11-28"),), 0),
        ((adoption("R1", "2026-01-01", until=date(2026, 11, 27)),), 0),
        ((adoption("R1", "2026-01-01", until=date(2026, 11, 28)),), 1),
        ((adoption("R1", "2026-01-01"), adoption("R1", "2026-06-01")), 1),
        ((adoption("R1", "2026-01-01"), adoption("R2", "2026-06-01")), 2),
        ((adoption("R1", "2026-01-01", stays=(Stayed(ON, None, REF),)),), 1),
    ],
    ids=[
        *("none", "from-today", "from-tomorrow", "ended-today", "ends-tomorrow"),
        *("an-edition-after-another", "two-rules", "suspended-is-adopted-still"),
    ],
)
def test_rules_that_a_member_has_adopted_are_counted_once(adoptions, count):
    book = cast("Any", SimpleNamespace(adoptions=AdoptionIndex(adoptions)))
    assert adopted(book, "340200", ON) == count
    assert adopted(book, "320100", ON) == 0
    assert adopted(None, "340200", ON) == 0


# ------------------------------------------------------------------ what is late


def case(territory: str) -> Any:
    return SimpleNamespace(case=SimpleNamespace(territory=territory))


def test_what_is_late_belongs_to_one_member_and_no_other():
    desks = tuple(Standing(code, NAMES[code], 9, 2, 1, 3, 1) for code in ("340200", "320481"))
    board = Board(ON, (*desks, Standing("320400", "常州市", 0, 0, 0, 0, 0)), (), whole=True)
    messages = [("340200", None), ("340200", None), ("320481", None)]
    cases = [case("340202"), case("320481"), case("320412"), case("110000"), case("CN")]
    lists = _Lists(board, cast("Any", messages), cast("Any", cases))
    desk, late = lists.of("340200")
    assert desk == desks[0]
    assert late == Late(pushes=2, lifts=1, messages=2, cases=1)
    assert lists.of("320481")[1] == Late(2, 1, 1, 1)
    assert lists.of("320400")[1] == Late(0, 0, 0, 1), "what is its county's is not its own"
    assert lists.of("321100") == (None, Late(0, 0, 0, 0))


def test_cases_name_who_has_to_act_there():
    organ = SimpleNamespace(name="某局", kind="市场监督管理部门")
    due = SimpleNamespace(overdue=True, last=date(2026, 11, 20))
    later = SimpleNamespace(overdue=True, last=date(2026, 11, 24))
    ahead = SimpleNamespace(overdue=False, last=date(2026, 11, 1))

    def one(territory: str, *dues: Any) -> Any:
        told = SimpleNamespace(
            territory=territory, number="DB34/T 1-2021", about="recognition", receiver=organ,
            subject=SimpleNamespace(name="芜湖示例建设有限公司"),
        )  # fmt: skip
        return SimpleNamespace(case=told, standing=SimpleNamespace(dues=dues))

    many = whole(cases=tuple([one("320102", later, ahead, due)] * (ITEMS_SHOWN + 5)))
    lines = case_lines(frame(), many, owners())
    assert len(lines) == ITEMS_SHOWN
    first = lines[0]
    assert (first["member"], first["due"]) == ("南京市", "2026年11月20日"), "the first that is over"
    assert first["phone"] == "025-1"
    assert str(first["title"]).startswith("DB34/T 1-2021 ")
    (nobody,) = case_lines(frame("en"), whole(cases=(one("341100", ahead),)), owners())
    assert (nobody["due"], nobody["nobody"]) == ("", True)
    assert "decides who handles it" in str(nobody["owner"])


# ------------------------------------------------------------------ to decide


@pytest.mark.parametrize("case", table("decisions"), ids=why)
def test_what_the_region_has_to_decide_in_its_order(case):
    at = case.get("charter")
    now = frame(at=f"{at}T16:30:00+00:00" if at else "2026-11-27T04:00:00+00:00")
    codes = {name: code for code, name in NAMES.items()}
    members = [figures(codes[name], adopted=n) for name, n in case.get("adopted", {}).items()]
    late = case.get("late", ())
    members += [figures(late=Late(number, 0, 0, 0)) for number in late]
    alarms = {(f"registry.example/{at}", "fork"): n for at, n in enumerate(case.get("alarms", ()))}
    rules = SimpleNamespace(book=SimpleNamespace(rules=())) if case.get("book") else None
    all_of_it = whole(*members, agenda=(None,) * case.get("agenda", 0), alarms=alarms, book=rules)
    found = to_decide(now, all_of_it, CHARTER)
    assert [link for _, link in found] == [link for _, link in case["said"]]
    for (said, _), (wanted, _) in zip(found, case["said"], strict=True):
        assert said == wanted or (wanted == "章程" and wanted in said)
    english = to_decide(replace(now, lang="en"), all_of_it, CHARTER)
    assert all("lang=en" in link for _, link in english), "who reads English goes on so"


def test_the_charter_s_last_day_is_the_day_in_shanghai():
    before, after = frame(at="2027-06-30T15:59:00+00:00"), frame(at="2027-06-30T16:00:00+00:00")
    assert _charter(before, CHARTER)["warning"] != _charter(after, CHARTER)["warning"]
    assert _charter(after, CHARTER)["warning"] == CHARTER.standing(date(2027, 7, 1)).zh
    long_before = _charter(frame(), CHARTER)
    assert long_before["warning"] == ""
    assert "2027年6月30日" in str(long_before["charter"])


def test_alarms_lead_to_those_that_nobody_has_noted():
    alarms = {("registry.example/340200", "fork"): 2, ("registry.example/000000", "odd"): 1}
    lines = alarm_lines(frame(), whole(alarms=alarms))
    assert [(one["log"], one["count"]) for one in lines] == [
        ("registry.example/000000", "1项"), ("芜湖市", "2项"),
    ]  # fmt: skip
    assert lines[0]["title"] == "odd", "a kind that is not known is told as it is"
    assert lines[1]["title"] == "该日志签署了两个互相矛盾的检查点"
    assert "unnoted=true" in str(lines[1]["link"])
    many = {(f"registry.example/{at}", "fork"): 1 for at in range(ITEMS_SHOWN + 1)}
    assert len(alarm_lines(frame(), whole(alarms=many))) == ITEMS_SHOWN
    assert whole(alarms=many).open_alarms == ITEMS_SHOWN + 1, "the figure counts them all"


def test_recognitions_to_look_at_again_say_why():
    course = SimpleNamespace(
        number="DB34/T 1-2021", origin="registry.example/320100", idx=4, territory_name="南京市",
        instrument="示例〔2026〕1号", state="suspended",
    )  # fmt: skip
    (line,) = agenda_lines(frame(), whole(agenda=(course,)))
    assert (line["link"], line["place"]) == ("/record/registry.example/320100/4", "南京市")
    assert line["state"]
    assert len(agenda_lines(frame(), whole(agenda=(course,) * 99))) == ITEMS_SHOWN


def test_consumers_that_have_not_confirmed_stops_are_named():
    def state(standing: str, due: date | None) -> Any:
        counts = SimpleNamespace(unconfirmed=3, late=1, oldest_due=due)
        consumer = SimpleNamespace(terms=SimpleNamespace(name="示例银行"))
        return SimpleNamespace(consumer=consumer, standing=standing, counts=counts)

    lines = stop_lines(
        frame(), whole(feeds=(state("cut-off", date(2026, 11, 30)), state("standing", None)))
    )
    assert lines[0]["said"] == "3条，其中逾期1条；最早应于2026年11月30日（含）前确认"
    assert "已中断" in str(lines[0]["standing"])
    assert lines[1]["standing"] == ""
    assert "—" in str(lines[1]["said"])


def test_the_book_is_told_with_its_rules_or_that_there_is_none():
    rules = [SimpleNamespace(latest=latest) for latest in (True, False, True)]
    book = cast("Any", SimpleNamespace(edition="2026-1", book=SimpleNamespace(rules=rules)))
    assert book_line(frame(), None) == "尚无生效的规则汇编。"
    assert book_line(frame(), book) == "规则汇编2026-1：2条规则"
    assert book_line(frame("en"), book) == "Rulebook 2026-1: 2 rules"
    assert (rules_of(None), rules_of(book)) == (0, 2)


def test_what_stands_at_the_top_is_of_the_office_alone():
    desk = Standing("340200", "芜湖市", 9, 2, 1, 3, 1)
    seen = _figures(frame(), whole(figures(desk=desk, late=Late(2, 1, 0, 0))))
    assert seen["office"] is True
    for number in ("9", "2", "1"):
        assert number in str(seen["desks"])
    unseen = _figures(frame(), whole(figures()))
    assert (unseen["office"], unseen["desks"]) == (False, "")
    assert list(LEVELS) == ["decide", "coordinate", "carry-out"]
