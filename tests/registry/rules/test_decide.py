"""What applies, and what stops it: the rules R02, R06 and R10 in every state of their causes."""

from datetime import date

import pytest

from registry.rules.decide import decide, decision_bytes, explain_zh
from registry.rules.model import AdoptionIndex, Decision
from tests.registry.rules.books import (
    ADOPTED,
    FIRM,
    MEMBERS,
    PERSON,
    act,
    adoption,
    answer,
    ask,
    compiled,
    grade_a,
    person,
    quality,
    real,
    ref,
    text,
    wages,
)

D = date


def measures(decision: Decision) -> list[tuple[str, str, str]]:
    return [(one.measure, one.effect, one.state) for one in decision.measures]


def codes(decision: Decision) -> list[tuple[str, str, str]]:
    return [(one.rule, one.measure, one.code) for one in decision.not_applied]


def shown(decision: Decision) -> str:
    return decision_bytes(decision).decode()


# --- what a measure says


def test_the_sentence_of_a_measure_is_that_of_the_pages():
    (one,) = answer([wages()], ask()).measures
    assert explain_zh(one) == (
        "限制申请财政性资金项目——管理措施。承办机关：资金主管部门。"
        "依据：保障农民工工资支付条例（国务院令第724号）第48条第1款，2020年5月1日起施行。"
        "期限：2026年3月10日至2029年3月10日（含）。"
        "原因：芜湖市人力资源和社会保障局于2026年3月10日列入拖欠农民工工资失信联合惩戒对象名单。"
        "解除条件：期限届满；移出名单；信用修复；决定被撤回；异议成立。"
    )
    assert (one.start, one.last_day, one.until) == (D(2026, 3, 10), D(2029, 3, 10), D(2029, 3, 11))
    assert one.causes == (ref(1),)
    assert one.adoption == ADOPTED[0]
    assert one.not_from_this_rule[0] == "交通出行：无本领域法律依据，不适用"
    assert one.reads.startswith("用人单位被有管辖权的")


def test_a_restriction_whose_second_basis_nobody_read_is_a_notice():
    (one,) = answer([wages()], ask("tender")).measures
    assert (one.effect, one.why) == ("notice", ("第二依据待核实",))
    assert one.second_basis is not None
    assert (one.second_basis.text, one.second_basis.read) == (
        "本地区招标投标监管依据",
        "unconfirmed",
    )
    assert "——仅提示。" in explain_zh(one)


def test_or_is_hidden_where_the_rule_says_so():
    decision = answer([wages()], ask("tax_preference"))
    assert (decision.measures, decision.not_applied, decision.says) == ((), (), ())


def test_a_confirmed_second_basis_lets_the_restriction_stand():
    book = compiled(
        rules=(
            (
                "{cite: unconfirmed, gist: 本地区招标投标监管依据, until_confirmed: notice}",
                "{cite: fair-competition#9}",
            ),
        )
    )
    (one,) = answer([wages()], ask("tender"), book).measures
    assert (one.effect, one.why) == ("restrict", ())
    assert one.second_basis is not None
    assert one.second_basis.number == "国务院令第783号"


def test_a_restriction_without_second_basis_is_a_notice():
    second = (
        "\n      second_basis: {cite: unconfirmed, gist: 本地区招标投标监管依据, "
        "until_confirmed: notice}"
    )
    (one,) = answer([wages()], ask("tender"), compiled(rules=((second, ""),))).measures
    assert (one.effect, one.why) == ("notice", ("无第二依据",))


def test_a_basis_nobody_confirmed_burdens_nobody():
    read = ("{gist: 五项管理措施，由市场监督管理部门实施, read: secondary}",)
    book = compiled(instruments=((read[0], read[0].replace("secondary", "unconfirmed")),))
    (one,) = answer([quality()], ask("inspection"), book).measures
    assert (one.effect, one.why) == ("notice", ("依据待核实",))


def test_but_leaves_an_incentive_with_the_mark():
    (one, _) = answer([grade_a()], ask("service", territory="320100")).measures
    assert (one.effect, one.why) == ("favour", ("依据待核实",))
    assert "（条号待核实），2016年5月30日起施行" in explain_zh(one)


def test_the_period_of_an_open_end_is_said_so():
    (one, _) = answer([grade_a()], ask("service", territory="320100")).measures
    assert (one.last_day, one.until) == (None, None)
    assert "期限：2026年4月28日起，至解除条件成就时止。" in explain_zh(one)


def test_a_relayed_record_names_its_source_and_day():
    relayed = wages(provenance="relayed", source="信用中国", checked_on=D(2026, 5, 30))
    (one,) = answer([relayed], ask()).measures
    assert one.cause_text.endswith("名单（转载自信用中国，2026年5月30日核对）")
    (one,) = answer([wages(provenance="relayed", source="信用中国")], ask()).measures
    assert one.cause_text.endswith("名单（转载自信用中国）")


def test_a_rule_may_refuse_relayed_records():
    book = compiled(rules=(("origin: [original, relayed] ", "origin: [original] "),))
    assert answer([wages(provenance="relayed")], ask(), book).measures == ()
    assert answer([wages()], ask(), book).measures


def test_without_a_name_of_the_list_the_title_of_the_rule_stands():
    (one,) = answer([wages(list_name="")], ask()).measures
    assert one.cause_text.endswith("列入拖欠农民工工资失信联合惩戒对象")


@pytest.mark.parametrize(
    ("record", "done"),
    [("penalty", "作出行政处罚"), ("permit", "准予行政许可"), ("registration", "准予登记")],
)
def test_a_cause_that_is_no_listing_says_what_was_done(record, done):
    book = compiled(
        rules=(
            ("record: list_entry\n    list: wage-arrears\n", f"record: {record}\n"),
            ("excludes: [anomaly_directory, 仅受行政处罚而未列入名单]", "excludes: []"),
            ("from: record.listed_on", "from: record.decided_on"),
        )
    )
    (one,) = answer([wages(type=record, list="", list_family="")], ask(), book).measures
    assert one.cause_text == f"芜湖市人力资源和社会保障局于2026年3月10日{done}"
    assert one.last_day == D(2029, 3, 10)


def test_a_rule_without_own_end_still_says_that_its_term_lifts_it():
    book = compiled(rules=(("until_first_of: [record.listed_until, ", "until_first_of: ["),))
    (one,) = answer([wages(listed_until=D(2026, 4, 1))], ask(), book).measures
    assert one.lift_conditions[0] == "期限届满"
    assert one.last_day == D(2029, 3, 10)


# --- which records, which subjects


@pytest.mark.parametrize(
    "changes",
    [
        {"organ_kind": "公安机关"},
        {"list": "other-list"},
        {"list_family": "anomaly"},
        {"list_family": "honour"},
        {"type": "penalty"},
        {"subject_id": "s-other"},
        {"listed_on": D(2026, 6, 2)},
        {"listed_on": None},
    ],
)
def test_other_records_trigger_nothing(changes):
    decision = answer([wages(**changes)], ask())
    assert (decision.measures, decision.not_applied) == ((), ())


def test_the_field_of_the_listing_is_that_of_the_decision():
    assert answer([quality()], ask("inspection")).measures
    assert answer([quality(field="food")], ask("inspection")).measures == ()
    assert answer([quality(field="")], ask("inspection")).measures == ()


def test_a_rule_for_any_field_joins_those_for_one():
    book = compiled(rules=(("    listed_for: {field: product_quality}", "    #"),))
    assert answer([quality(field="food")], ask("inspection"), book).measures
    both = compiled(
        rules=(
            ("list: wage-arrears\n", "list: samr-serious\n"),
            ("organ_kind: 人力资源社会保障行政部门", "organ_kind: 市场监督管理部门"),
        )
    )
    decision = answer([quality()], ask(""), both)
    assert {one.rule for one in decision.measures} == {"R02", "R06"}
    decision = answer([quality(field="food")], ask(""), both)
    assert {one.rule for one in decision.measures} == {"R02"}


def test_persons_only_as_the_decision_names_them():
    asked = ask("honours", subject_id=PERSON, subject_kind="natural_person")
    named = wages(named_persons=(person("主要负责人"), person("法定代表人")))
    (one,) = answer([named], asked).measures
    assert (one.measure, one.disclosure) == ("m-honours-any", "authorised_only")
    assert answer([wages()], asked).measures == ()
    assert answer([wages(named_persons=(person("股东"),))], asked).measures == ()
    # A measure for organisations only does not reach the person named.
    funds = ask("public_funds", subject_id=PERSON, subject_kind="natural_person")
    assert answer([named], funds).measures == ()


def test_a_person_listed_as_party_is_reached_where_the_rule_says_so():
    asked = ask("market_licence", subject_kind="natural_person")
    (one,) = answer([quality(subject_kind="natural_person")], asked).measures
    assert one.measure == "m-consider-market"
    wage = wages(subject_kind="natural_person")
    assert answer([wage], ask("honours", subject_kind="natural_person")).measures == ()


def test_a_trigger_may_want_a_severity():
    book = compiled(
        rules=(("    list: wage-arrears\n", "    list: wage-arrears\n    severity: [serious]\n"),)
    )
    assert answer([wages()], ask(), book).measures
    assert answer([wages(severity="general", list_family="debtor")], ask(), book).measures == ()
    # An entry into a list of serious dishonesty is serious by that list.
    assert answer([wages(severity="unclassified")], ask(), book).measures


# --- where and for whom it matters


def test_where_not_adopted_it_must_not_be_relied_on():
    decision = answer([wages()], ask(territory="341100"))
    assert decision.measures == ()
    assert decision.says == ("滁州市尚未采纳规则R02（2026-1），不得据此适用；名单信息仍可查询",)
    assert codes(decision) == [("R02", "", "not-adopted")]
    assert answer([wages()], ask(territory="999900")).says[0].startswith("999900尚未采纳")


def test_it_is_said_once_however_many_records_there_are():
    assert len(answer([wages(1), wages(2)], ask(territory="341100")).says) == 1


def test_nothing_is_said_of_rules_that_would_yield_nothing():
    (said,) = answer([wages()], ask("licence", territory="341100")).says
    assert "“行政许可”" in said
    assert "R02" not in said
    exited = [wages(), act("list_exit", 9, ref(1), effective_on=D(2026, 5, 1))]
    assert answer(exited, ask(territory="341100")).says == ()


@pytest.mark.parametrize(
    ("start", "until", "applies"),
    [
        (D(2026, 6, 1), None, True),
        (D(2026, 6, 2), None, False),
        (D(2026, 5, 1), D(2026, 6, 2), True),
        (D(2026, 5, 1), D(2026, 6, 1), False),
    ],
)
def test_an_adoption_binds_from_its_day_until_it_ends(start, until, applies):
    adopted = (adoption("R02", start=start, until=until),)
    assert bool(answer([wages()], ask(), adopted=adopted).measures) is applies


def two_editions() -> tuple[tuple[str, str], ...]:
    """Return a patch that puts a second edition of R02 with a term of two years into the book."""
    first = text("rules").split("\n- key: R06")[0].split("rules:\n")[1]
    second = first.replace('"2026-1"', '"2026-10"', 1).replace("P3Y", "P2Y")
    return (("rules:\n", f"rules:\n{second}\n"),)


def test_a_member_applies_the_edition_it_adopted_last():
    book = compiled(rules=two_editions())
    first = adoption("R02")
    second = adoption("R02", edition="2026-10", start=D(2026, 6, 1))
    (one,) = answer([wages()], ask(), book, (first,)).measures
    assert (one.edition, one.last_day) == ("2026-1", D(2029, 3, 10))
    (one,) = answer([wages()], ask(), book, (first, second)).measures
    assert (one.edition, one.last_day) == ("2026-10", D(2028, 3, 10))
    (one,) = answer([wages()], ask(on=D(2026, 5, 31)), book, (second, first)).measures
    assert one.edition == "2026-1"
    # Not adopted: the newest edition is named, once.
    decision = answer([wages()], ask(), book, ())
    assert decision.says == ("镇江市尚未采纳规则R02（2026-10），不得据此适用；名单信息仍可查询",)


def test_a_member_may_allow_some_measures_only():
    adopted = (adoption("R02", allows=("m-honours-any",)),)
    decision = answer([wages()], ask("honours"), adopted=adopted)
    assert measures(decision) == [("m-honours-any", "manage", "active")]
    assert "限制申请财政性资金项目不在镇江市采纳的措施范围内，不适用" in decision.says
    assert ("R02", "m-funds", "not-in-local-list") in codes(decision)


def test_incentives_need_the_members_own_list():
    adopted = (adoption("R10", "320100"),)
    decision = answer([grade_a()], ask("service", territory="320100"), adopted=adopted)
    assert decision.measures == ()
    assert "容缺受理不在南京市激励清单内，不适用" in decision.says


@pytest.mark.parametrize(
    ("nexus", "applies"),
    [((), True), (("registered_here",), True), (("the_matter_is_handled_here",), False)],
)
def test_it_is_pushed_only_where_a_nexus_is(nexus, applies):
    assert bool(answer([quality()], ask("inspection", nexus=nexus)).measures) is applies


def test_a_rule_for_those_registered_or_licensed_here():
    nexus = "nexus: [registered_here, licensed_here, application_here, inspection_plan_here]"
    for named, yes, no in (
        ("registered_here", quality(home="321181"), quality(home="340200")),
        ("licensed_here", quality(), quality(home="321100")),
    ):
        book = compiled(rules=((nexus, f"nexus: {named}"),))
        permit = [
            act("permit", 8, None, member="321100", until=until) for until in (None, D(2026, 6, 2))
        ]
        late = act("permit", 8, None, member="321100", until=D(2026, 6, 1))
        for one in permit:
            assert answer([yes, one], ask("inspection"), book).measures
        assert answer([no, late], ask("inspection"), book).measures == ()


def test_a_rule_may_want_the_record_of_the_place_itself():
    book = compiled(rules=(("where: anywhere_in_CN", "where: here"),))
    assert answer([wages(member="321100")], ask(), book).measures
    assert answer([wages()], ask(), book).measures == ()


def test_a_basis_reaches_as_far_as_it_reaches():
    book = compiled(rules=(("basis_reaches: CN", 'basis_reaches: "320000"'),))
    assert answer([wages()], ask(), book).measures
    anhui = (adoption("R02", "341100"),)
    assert answer([wages()], ask(territory="341100"), book, anhui).measures == ()
    city = compiled(rules=(("basis_reaches: CN", 'basis_reaches: "321100"'),))
    assert answer([wages()], ask(), city).measures
    county = compiled(rules=(("basis_reaches: CN", 'basis_reaches: "321181"'),))
    assert answer([wages()], ask(), county).measures == ()


def test_an_organ_sees_what_is_its_own():
    decision = answer([wages()], ask("", organ_kind="采购人"))
    assert measures(decision) == [("m-procurement", "notice", "active")]
    assert ("R02", "m-funds", "other-organ") in codes(decision)
    assert decision.says == ()
    other = next(one for one in decision.not_applied if one.measure == "m-funds")
    assert other.zh == "限制申请财政性资金项目由资金主管部门办理"


def test_an_organ_without_any_measure_gets_the_notice():
    (one,) = answer([quality()], ask("licence", organ_kind="生态环境部门")).measures
    assert (one.rule, one.measure, one.effect) == ("R06", "", "notice")
    assert one.notice.startswith("该主体被列入市场监管严重违法失信名单。仅供参考")
    assert (one.organ, one.matter, one.family) == ("生态环境部门", "licence", "")
    assert explain_zh(one).startswith("市场监管严重违法失信名单（质量安全领域）——仅提示。")
    competent = ask("licence", organ_kind="市场监督管理部门")
    assert answer([quality()], competent).measures == ()
    repaired = [quality(), act("repair", 9, ref(2), effective_on=D(2026, 5, 25))]
    assert answer(repaired, ask("licence", organ_kind="生态环境部门")).measures == ()


def test_a_notice_of_a_rule_not_adopted_is_none():
    asked = ask("licence", organ_kind="生态环境部门", territory="341100")
    decision = answer([quality()], asked)
    assert decision.measures == ()
    assert decision.says == ("滁州市尚未采纳规则R06（2026-1），不得据此适用；名单信息仍可查询",)


# --- ways to stop


@pytest.mark.parametrize(
    ("kind", "changes", "ends"),
    [
        ("list_exit", {"effective_on": D(2026, 5, 15)}, D(2026, 5, 15)),
        ("list_exit", {"decided_on": D(2026, 5, 15)}, D(2026, 5, 15)),
        ("repair", {"effective_on": D(2026, 5, 15)}, D(2026, 5, 15)),
        ("withdrawal", {"decided_on": D(2026, 5, 15)}, D(2026, 5, 15)),
        # The rule counts from the decision to withdraw, whatever day the record adds.
        (
            "withdrawal",
            {"decided_on": D(2026, 5, 15), "effective_on": D(2026, 5, 20)},
            D(2026, 5, 15),
        ),
        ("objection_upheld", {"effective_on": D(2026, 5, 15)}, D(2026, 5, 15)),
    ],
)
def test_an_ended_cause_leaves_no_trace(kind, changes, ends):
    facts = [wages(), act(kind, 9, ref(1), **changes)]
    (one,) = answer(facts, ask(on=D(2026, 5, 14))).measures
    assert (one.state, one.until) == ("active", ends)
    after = answer(facts, ask(on=ends))
    never = answer([], ask(on=ends))
    assert decision_bytes(after) == decision_bytes(never)
    assert "wage" not in shown(after)


def test_the_term_of_the_record_or_of_the_rule_ends_it():
    assert answer([wages()], ask(on=D(2029, 3, 10))).measures
    assert answer([wages()], ask(on=D(2029, 3, 11))).measures == ()
    stated = wages(listed_until=D(2026, 6, 1))
    (one,) = answer([stated], ask()).measures
    assert one.last_day == D(2026, 6, 1)
    assert answer([stated], ask(on=D(2026, 6, 2))).measures == ()
    (one,) = answer([wages(listed_until=date.max)], ask()).measures
    assert one.last_day is None
    # The end of its publicity ends it too: nobody may use the record any more.
    assert answer([wages(until=D(2026, 6, 1))], ask()).measures == ()
    assert answer([wages(until=D(2026, 6, 2))], ask()).measures


@pytest.mark.parametrize(
    ("kind", "why"), [("stay", "停止执行"), ("reorganisation_shield", "重整期间临时屏蔽")]
)
def test_a_stay_or_shield_suspends_for_its_time(kind, why):
    facts = [wages(), act(kind, 9, ref(1), start=D(2026, 7, 1), until=D(2026, 9, 1))]
    for day, state in (
        (D(2026, 6, 30), "active"),
        (D(2026, 7, 1), "suspended"),
        (D(2026, 8, 31), "suspended"),
        (D(2026, 9, 1), "active"),
    ):
        (one,) = answer(facts, ask(on=day)).measures
        assert one.state == state
        assert (why in one.why) is (state == "suspended")
        assert one.last_day == D(2029, 3, 10)
    (one,) = answer(facts, ask(on=D(2026, 7, 1))).measures
    (by,) = one.suspended_by
    assert (by.by, by.why, by.ref, by.until) == (kind, why, ref(9), D(2026, 9, 1))


def test_a_stay_without_dates_counts_from_its_decision():
    facts = [wages(), act("stay", 9, ref(1), decided_on=D(2026, 6, 1))]
    assert answer(facts, ask(on=D(2026, 5, 31))).measures[0].state == "active"
    assert answer(facts, ask(on=D(2028, 6, 1))).measures[0].state == "suspended"


def test_an_open_objection_is_a_mark_and_stops_nothing():
    facts = [wages(), act("objection", 9, ref(1), start=D(2026, 5, 1), until=D(2026, 6, 2))]
    (one,) = answer(facts, ask()).measures
    assert (one.state, one.why) == ("active", ("异议处理中",))
    (one,) = answer(facts, ask(on=D(2026, 6, 2))).measures
    assert one.why == ()
    (one,) = answer([quality(), act("objection", 9, ref(2))], ask("inspection")).measures
    assert one.why == ()  # R06 does not name it


def test_hidden_shows_nothing_for_its_time_and_returns():
    book = compiled(
        rules=(("reorganisation_shield, effect: suspend", "reorganisation_shield, effect: hidden"),)
    )
    shield = act("reorganisation_shield", 9, ref(1), start=D(2026, 7, 1), until=D(2026, 9, 1))
    hidden = ask(on=D(2026, 7, 1))
    assert decision_bytes(answer([wages(), shield], hidden, book)) == decision_bytes(
        answer([], hidden, book)
    )
    (one,) = answer([wages(), shield], ask(on=D(2026, 9, 1)), book).measures
    assert one.state == "active"
    (one,) = answer([wages(), shield], ask(on=D(2026, 6, 30)), book).measures
    assert one.last_day == D(2029, 3, 10)


def test_a_stay_may_end_where_a_rule_says_so():
    book = compiled(rules=(("{by: stay, effect: suspend", "{by: stay, effect: end"),))
    stay = act("stay", 9, ref(1), start=D(2026, 7, 1), until=D(2026, 9, 1))
    assert answer([wages(), stay], ask(on=D(2026, 10, 1)), book).measures == ()


def test_a_measure_with_its_own_term_survives_repair_but_not_withdrawal():
    book = compiled(
        measures=(
            (
                "ends_on_repair: true\n    conflict: once\n  m-honours-any",
                "ends_on_repair: false\n    conflict: once\n  m-honours-any",
            ),
        )
    )
    for kind, stays in (
        ("repair", True),
        ("list_exit", True),
        ("withdrawal", False),
        ("objection_upheld", False),
    ):
        facts = [wages(), act(kind, 9, ref(1), decided_on=D(2026, 5, 15))]
        assert bool(answer(facts, ask(), book).measures) is stays, kind
        assert answer(facts, ask("honours"), book).measures == ()
    repaired = [wages(), act("repair", 9, ref(1), effective_on=D(2026, 5, 15))]
    assert answer(repaired, ask(), book).measures[0].last_day == D(2029, 3, 10)
    assert [one.measure for one in answer(repaired, ask(""), book).measures] == ["m-funds"]


def test_a_withdrawn_act_acts_no_more():
    repair = act("repair", 8, ref(1), effective_on=D(2026, 5, 15))
    undone = act("withdrawal", 9, ref(8), decided_on=D(2026, 5, 20))
    facts = [wages(), repair, undone]
    assert answer(facts, ask(on=D(2026, 5, 19))).measures == ()
    (one,) = answer(facts, ask(on=D(2026, 5, 20))).measures
    assert one.last_day == D(2029, 3, 10)


def test_acts_without_target_or_on_other_records_do_nothing():
    stray = act("repair", 8, None, effective_on=D(2026, 5, 15))
    other = act("repair", 9, ref(7), effective_on=D(2026, 5, 15))
    assert answer([wages(), stray, other], ask()).measures


def test_an_act_need_not_know_the_index_of_its_target():
    named = ref(1)
    unplaced = type(named)(named.origin, -1, named.id, named.entry)
    assert answer([wages(), act("repair", 9, unplaced)], ask()).measures == ()


# --- rewards


NANJING = {"territory": "320100"}


@pytest.mark.parametrize(
    ("fact", "by"),
    [
        (wages(9), "list_entry"),
        (wages(9, list_family="debtor"), "list_entry"),
        (act("penalty", 9, None, severity="general", field="tax"), "penalty"),
        (
            wages(9, list="anomaly", list_family="anomaly", severity="unclassified"),
            "anomaly_listing",
        ),
    ],
)
def test_an_open_record_suspends_an_incentive(fact, by):
    decision = answer([grade_a(), fact], ask("service", **NANJING))
    assert {one.state for one in decision.measures} == {"suspended"}
    assert {s.by for one in decision.measures for s in one.suspended_by} == {by}


@pytest.mark.parametrize(
    "facts",
    [
        [act("penalty", 9, None, severity="minor", field="tax")],
        [act("penalty", 9, None, severity="general", field="fire")],
        [wages(9, list_family="debtor", severity="general")],
        [wages(9, listed_on=D(2026, 6, 2))],
        [wages(9, listed_until=D(2026, 5, 31))],
        [wages(9, until=D(2026, 6, 1))],
        [wages(9, listed_on=D(2023, 5, 31))],  # the term the book knows for the list is over
        [wages(9), act("repair", 10, ref(9), effective_on=D(2026, 6, 1))],
        [wages(9), act("list_exit", 10, ref(9), effective_on=D(2026, 6, 1))],
        [wages(9), act("withdrawal", 10, ref(9), decided_on=D(2026, 6, 1))],
        [wages(9), act("objection_upheld", 10, ref(9), effective_on=D(2026, 6, 1))],
        [wages(9), act("stay", 10, ref(9), start=D(2026, 6, 1), until=D(2026, 6, 2))],
        [wages(9, subject_id="s-other")],
    ],
)
def test_what_is_not_open_suspends_nothing(facts):
    decision = answer([grade_a(), *facts], ask("service", **NANJING))
    assert [one.state for one in decision.measures] == ["active", "active"]


@pytest.mark.parametrize(
    "acts",
    [
        [act("objection", 10, ref(9))],
        [act("stay", 10, ref(9), start=D(2026, 5, 1), until=D(2026, 6, 1))],
        [act("repair", 10, ref(9), effective_on=D(2026, 6, 2))],
        [act("withdrawal", 10, ref(9), decided_on=D(2026, 6, 2), effective_on=D(2026, 5, 1))],
    ],
)
def test_what_is_open_still_suspends(acts):
    decision = answer([grade_a(), wages(9), *acts], ask("service", **NANJING))
    assert [one.state for one in decision.measures] == ["suspended", "suspended"]


def test_without_the_word_suspended_the_condition_excludes():
    book = compiled(rules=(("  suspended_while: [condition_fails]   ", "  #"),))
    decision = answer([grade_a(), wages(9)], ask("service", **NANJING), book)
    assert decision.measures == ()
    assert codes(decision) == [("R10", "", "condition-fails")]
    assert decision.not_applied[0].zh == "存在未修复的严重失信信息"


def test_a_condition_may_name_one_list():
    book = compiled(rules=(("severity: serious, any_list: true}", "list: samr-serious}"),))
    for fact, state in ((wages(9), "active"), (quality(9), "suspended")):
        decision = answer([grade_a(), fact], ask("service", **NANJING), book)
        assert {one.state for one in decision.measures} == {state}
    assert decision.measures[0].suspended_by[0].why == "存在未移出的名单信息"


def test_the_next_list_ends_the_last_one():
    (one, _) = answer([grade_a()], ask("service", D(2027, 5, 1), **NANJING)).measures
    assert one.until is None
    later = grade_a(4, published_on=D(2027, 4, 26))
    (one, _) = answer([grade_a(), later], ask("service", D(2027, 4, 25), **NANJING)).measures
    assert (one.causes, one.until) == ((ref(3),), D(2027, 4, 26))
    (one, _) = answer([grade_a(), later], ask("service", D(2027, 4, 26), **NANJING)).measures
    assert (one.causes, one.until) == ((ref(4),), None)
    # The same organ publishes the next list without the firm: its grade ends.
    elsewhere = grade_a(4, published_on=D(2027, 4, 26), subject_id="s-other")
    facts = [grade_a(), elsewhere]
    assert answer(facts, ask("service", D(2027, 4, 26), **NANJING)).measures == ()
    foreign = grade_a(4, published_on=D(2027, 4, 26), subject_id="s-other", authority="外省税务局")
    undated = grade_a(5, published_on=None)
    facts = [grade_a(), foreign, undated]
    assert answer(facts, ask("service", D(2027, 4, 26), **NANJING)).measures


def test_a_change_of_grade_ends_it():
    change = act("list_exit", 9, ref(3), effective_on=D(2026, 6, 1))
    assert answer([grade_a(), change], ask("service", **NANJING)).measures == ()
    (one, _) = answer([grade_a(), change], ask("service", D(2026, 5, 31), **NANJING)).measures
    assert one.last_day == D(2026, 5, 31)


CONDITIONS = """  conditions:
    all:
      - none_open: {record: list_entry, severity: serious, any_list: true}
      - none_open: {record: penalty, severity: [general, serious], field: tax}
      - not: {record: anomaly_listing, open: true}
"""
NO_CONDITIONS = ((CONDITIONS, ""), ("  suspended_while: [condition_fails]   ", "  #"))
BOTH = (
    adoption("R06", "320100"),
    adoption("R10", "320100", allows=("i-fewer-inspections", "i-green-channel")),
)
SUSPENDS = ("with_incentives: suspend_incentive_in_same_matter", "with_incentives: none")
YIELDS = ("with_punishment: yield_in_same_matter", "with_punishment: none")


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ((), "suspended"),
        ((YIELDS,), "suspended"),
        ((SUSPENDS, SUSPENDS), "suspended"),
        ((SUSPENDS, SUSPENDS, YIELDS), "active"),
    ],
)
def test_an_incentive_yields_to_a_burden_in_its_matter(changes, state):
    book = compiled(rules=(*NO_CONDITIONS, *changes))
    facts = [grade_a(), quality()]
    decision = answer(facts, ask("inspection", **NANJING), book, BOTH)
    supervision, fewer = decision.measures
    assert (supervision.measure, supervision.state) == ("m-key-supervision", "active")
    assert (fewer.measure, fewer.state) == ("i-fewer-inspections", state)
    assert fewer.limits
    if state == "suspended":
        (by,) = fewer.suspended_by
        assert (by.by, by.ref) == ("measure", ref(2))
        assert by.why == "同一事项存在失信惩戒措施：列为重点监管对象，提高检查频次"
    other = answer(facts, ask("service", **NANJING), book, BOTH)
    assert measures(other) == [("i-green-channel", "favour", "active")]


def test_a_suspended_burden_suspends_nothing():
    book = compiled(rules=NO_CONDITIONS)
    stay = act("stay", 9, ref(2), start=D(2026, 6, 1))
    decision = answer([grade_a(), quality(), stay], ask("inspection", **NANJING), book, BOTH)
    assert [one.state for one in decision.measures] == ["suspended", "active"]


def test_the_conflict_is_seen_whoever_asks():
    book = compiled(rules=NO_CONDITIONS)
    asked = ask("inspection", organ_kind="行政检查部门", **NANJING)
    decision = answer([grade_a(), quality()], asked, book, BOTH)
    assert ("i-fewer-inspections", "favour", "suspended") in measures(decision)


# --- several causes of one measure


def policy(name: str) -> tuple[tuple[str, str], ...]:
    return (("    conflict: once\n  m-honours-any", f"    conflict: {name}\n  m-honours-any"),)


TWO = (
    wages(1, severity="general", list_family="debtor", listed_on=D(2026, 3, 10)),
    wages(2, listed_on=D(2026, 2, 10), listed_until=D(2027, 1, 31)),
)


@pytest.mark.parametrize(
    ("name", "start", "last", "causes"),
    [
        # The longest-running leads; both are causes.
        ("longest", D(2026, 3, 10), D(2029, 3, 10), (ref(1), ref(2))),
        # One application, from the first to the last.
        ("once", D(2026, 2, 10), D(2029, 3, 10), (ref(2), ref(1))),
        # The gravest record leads alone.
        ("most_severe", D(2026, 2, 10), D(2027, 1, 31), (ref(2),)),
        ("best_once", D(2026, 3, 10), D(2029, 3, 10), (ref(1),)),
    ],
)
def test_several_causes_of_one_measure(name, start, last, causes):
    (one,) = answer(TWO, ask(), compiled(measures=policy(name))).measures
    assert (one.start, one.last_day, one.causes) == (start, last, causes)


def test_a_measure_is_lifted_only_when_its_last_cause_ends():
    exited = [*TWO, act("list_exit", 9, ref(1), effective_on=D(2026, 5, 1))]
    (one,) = answer(exited, ask()).measures
    assert (one.causes, one.last_day) == ((ref(2),), D(2027, 1, 31))
    assert "2026年3月10日" not in shown(answer(exited, ask()))
    both = [*exited, act("list_exit", 10, ref(2), effective_on=D(2026, 5, 1))]
    assert answer(both, ask()).measures == ()


def test_an_active_cause_leads_before_a_suspended_one():
    stayed = [*TWO, act("stay", 9, ref(2), start=D(2026, 5, 1))]
    (one,) = answer(stayed, ask()).measures
    assert (one.state, one.causes, one.suspended_by) == ("active", (ref(1),), ())
    all_stayed = [*stayed, act("stay", 10, ref(1), start=D(2026, 5, 1))]
    (one,) = answer(all_stayed, ask()).measures
    assert (one.state, len(one.suspended_by)) == ("suspended", 2)
    assert one.why == ("停止执行",)


def test_one_record_two_rules_is_one_cause():
    first = text("rules").split("\n- key: R06")[0].split("rules:\n")[1]
    book = compiled(rules=(("rules:\n", f"rules:\n{first.replace('key: R02', 'key: R91', 1)}\n"),))
    adopted = (adoption("R91"), adoption("R02"))
    (one,) = answer([wages()], ask(), book, adopted).measures
    assert (one.rule, one.causes) == ("R91", (ref(1),))
    assert one.cause_text.count("列入") == 1


# --- instruments over time


def test_a_watched_instrument_that_ends_suspends_the_rule():
    ended = ("in_force: {from: 2021-09-01}", "in_force: {from: 2021-09-01, until: 2026-11-01}")
    book = compiled(instruments=(ended,))
    (one,) = answer([quality()], ask("inspection", D(2026, 10, 31)), book).measures
    assert one.state == "active"
    (one,) = answer([quality()], ask("inspection", D(2026, 11, 1)), book).measures
    assert (one.state, one.why) == ("suspended", ("依据已变更，规则待复核",))
    assert one.suspended_by[0].by == "watch"


def test_before_its_basis_is_in_force_a_measure_does_not_apply():
    later = ("in_force: {from: 2020-05-01}", "in_force: {from: 2026-06-02}")
    book = compiled(instruments=(later,))
    decision = answer([wages()], ask(), book)
    assert decision.measures == ()
    assert ("R02", "m-funds", "basis-not-in-force") in codes(decision)
    assert "当日未施行或已失效" in decision.not_applied[0].zh
    assert answer([wages()], ask(on=D(2026, 6, 2)), book).measures


# --- inputs and bytes


def test_the_decision_names_what_it_is_a_function_of():
    decision = decide(real(), ADOPTED, [wages()], ask(), MEMBERS, {"charter": "c" * 64})
    assert decision.inputs == {
        "rulebook": real().digest,
        "adoptions": AdoptionIndex(ADOPTED).digest,
        "charter": "c" * 64,
    }
    assert decision.ask.subject_id == FIRM


def test_the_digest_follows_the_words_not_the_layout():
    commented = compiled(rules=(("rules:\n", "# a comment\nrules:\n\n"),))
    assert commented.digest == real().digest
    for name, old, new in (
        ("rules", "限制同时解除", "限制随之解除"),
        ("measures", "organ: 资金主管部门", "organ: 财政部门"),
        ("instruments", "source: LRB", "source: NPC"),
        ("measures", "note: 末日", "note: 期间末日"),
    ):
        assert compiled(**{name: ((old, new),)}).digest != real().digest
    assert len(real().digest) == 64


def test_adoptions_are_a_sequence_in_fixed_order():
    index = AdoptionIndex(ADOPTED)
    again = AdoptionIndex(reversed(ADOPTED))
    assert list(index) == list(again) == [index[0], index[1], index[2]]
    assert (len(index), index[1:]) == (3, tuple(ADOPTED[1:]))
    assert index.digest == again.digest
    assert decision_bytes(decide(real(), index, [wages()], ask(), MEMBERS)) == decision_bytes(
        decide(real(), ADOPTED, [wages()], ask(), MEMBERS)
    )


def test_an_adopted_edition_that_the_book_no_longer_holds_is_as_if_not_adopted():
    """When the book moves on, members that adopted the old edition must not fall silent."""
    decision = answer([wages()], ask(), adopted=(adoption("R02", edition="2025-9"),))
    assert decision.measures == ()
    assert [one.code for one in decision.not_applied] == ["not-adopted"]
    assert decision.says == ("镇江市尚未采纳规则R02（2026-1），不得据此适用；名单信息仍可查询",)


def test_a_rule_for_organisations_says_that_it_leaves_sole_traders_out():
    decision = answer([wages(subject_kind="sole_trader")], ask(subject_kind="sole_trader"))
    assert decision.measures == ()
    assert [(one.code, one.rule) for one in decision.not_applied] == [("kind-not-covered", "R02")]
    assert decision.says == (
        "规则R02（2026-1）未涵盖个体工商户，本库不作提示；是否适用由承办机关依法判断",
    )
    twice = [wages(subject_kind="sole_trader"), wages(8, subject_kind="sole_trader")]
    assert answer(twice, ask(subject_kind="sole_trader")).says == decision.says
    # Of a cause that has ended nothing is said, nor in a matter that the rule does not speak of.
    ended = [*twice[:1], act("list_exit", 9, twice[0].ref, effective_on=D(2026, 5, 1))]
    assert answer(ended, ask(subject_kind="sole_trader")).says == ()
    assert answer(twice, ask("service", subject_kind="sole_trader")).says == ()
    # Where it is not adopted, that is what is said.
    here = ask(subject_kind="sole_trader", territory="341100")
    assert [one.code for one in answer(twice, here).not_applied] == ["not-adopted"]


# --- where no rule could answer


def test_a_matter_no_rule_is_about_is_said_and_never_silence():
    decision = answer([], ask("fishing"))
    assert decision.measures == ()
    assert decision.says == ("规则汇编没有关于“fishing”事项的规则，无法给出该事项的措施适用提示",)
    assert answer([], ask("tender")).says == ()
    assert answer([], ask("")).says == ()


def test_a_territory_that_is_no_members_is_said_and_never_silence():
    decision = answer([], ask("tender", territory="440300"))
    assert decision.says == ("“440300”不是成员地区，没有规则可以在该地适用",)
    assert answer([wages()], ask(territory="440300")).says == (
        "440300尚未采纳规则R02（2026-1），不得据此适用；名单信息仍可查询",
    )


def test_a_sole_trader_may_ask_about_a_reward_for_organisations():
    decision = answer([grade_a()], ask("service", subject_kind="sole_trader", **NANJING))
    assert decision.measures == ()
    assert [no.code for no in decision.not_applied] == ["kind-not-covered"]
