"""One bad book per defect, named by the defect: a patch of the real book and what is said."""

import random
import re
from dataclasses import dataclass

import pytest

from registry.rules.check import check_successor
from registry.rules.compile import compile_book
from registry.rules.defects import Defect, RuleBookError
from registry.rules.load import load_book
from tests.registry.rules.books import book, files, text


@dataclass(frozen=True)
class Bad:
    """A patch (file, old, new), the code, the text on the line named, and what would be right."""

    file: str
    old: str
    new: str
    code: str
    at: str
    expected: str


BAD = {
    "dangling_measure": Bad(
        "rules", "use: m-funds", "use: m-found", "dangling", "use: m-found", "m-funds"
    ),
    "dangling_instrument": Bad(
        "rules",
        "    - use: m-funds\n      basis: wage-regulation#48.1",
        "    - use: m-funds\n      basis: wage-rule#48.1",
        "dangling",
        "basis: wage-rule#48.1",
        "wage-regulation",
    ),
    "dangling_article": Bad(
        "rules",
        "basis: mohrss-45#term",
        "basis: mohrss-45#terms",
        "dangling",
        "basis: mohrss-45#terms",
        "mohrss-45#term",
    ),
    "basis_without_article": Bad(
        "rules",
        "{use: m-consider-market, basis: samr-44#measures}",
        "{use: m-consider-market, basis: samr-44}",
        "dangling",
        "basis: samr-44}",
        "samr-44#measures",
    ),
    "dangling_counting": Bad(
        "rules", "counting: cn-default", "counting: cn", "dangling", "counting: cn,", "cn-default"
    ),
    "dangling_watch": Bad(
        "rules", "instrument: samr-44", "instrument: samr-43", "dangling", "samr-43", "samr-44"
    ),
    "dangling_second_basis": Bad(
        "rules",
        "{cite: unconfirmed, gist: 政府采购法第二十二条信誉条件, until_confirmed: notice}",
        "{cite: bidding-law#22}",
        "dangling",
        "bidding-law#22",
        "wage-regulation",
    ),
    "adoption_of_no_rule": Bad(
        "rules",
        "rules:\n",
        "adoptions: [{rule: R99, edition: '2026-1', member: '321100', instrument: 示例, "
        "organ_code: 示例, from: 2026-05-01}]\nrules:\n",
        "dangling",
        "R99",
        "rule key",
    ),
    "adoption_allows_no_measure": Bad(
        "rules",
        "rules:\n",
        "adoptions: [{rule: R02, edition: '2026-1', member: '321100', instrument: 示例, "
        "organ_code: 示例, from: 2026-05-01, allows: [m-fund]}]\nrules:\n",
        "dangling",
        "allows: [m-fund]",
        "m-funds",
    ),
    "missing_fair_competition_review": Bad(
        "rules",
        "fair_competition: 示例-审查结论文号, ",
        "",
        "missing-fair-competition-review",
        "{legality: 示例-合法性审核意见",
        "document number",
    ),
    "empty_legality_review": Bad(
        "rules",
        "legality: 示例-合法性审核意见",
        "legality: ' '",
        "missing-legality-review",
        "legality: ' '",
        "document number",
    ),
    "no_reviews": Bad(
        "rules",
        "  review: {fair_competition: 示例-审查结论文号, legality: 示例-合法性审核意见, "
        "public_comment_days: 30}\n",
        "",
        "missing-legality-review",
        "- key: R02",
        "document number",
    ),
    "short_public_comment": Bad(
        "rules",
        "public_comment_days: 30",
        "public_comment_days: 29",
        "short-public-comment",
        "public_comment_days: 29",
        ">= 30",
    ),
    "ministry_rule_carries_a_restriction": Bad(
        "rules",
        "    - use: m-tender\n      basis: wage-regulation#48.1",
        "    - use: m-tender\n      basis: mohrss-45#term",
        "weak-basis",
        "    - use: m-tender\n      basis: mohrss-45#term|1",
        "administrative_regulation",
    ),
    "restrict_of_family_b_on_a_ministry_rule": Bad(
        "rules",
        "    - use: m-tax-preference\n      basis: wage-regulation#48.1",
        "    - use: m-tax-preference\n      basis: mohrss-45#term",
        "weak-basis",
        "    - use: m-tax-preference\n      basis: mohrss-45#term|1",
        "party_state_policy",
    ),
    "bar_on_an_article_not_read": Bad(
        "measures",
        "    effect: manage\n    matter: inspection",
        "    effect: bar\n    matter: inspection",
        "unread-basis",
        "",
        "full_text",
    ),
    "memorandum_as_basis": Bad(
        "instruments",
        "number: 国家市场监督管理总局令第44号\n    level: ministry_rule",
        "number: 国家市场监督管理总局令第44号\n    level: memorandum",
        "memorandum-basis",
        "{use: m-consider-market",
        "law",
    ),
    "basis_not_yet_in_force": Bad(
        "instruments",
        "in_force: {from: 2020-05-01}",
        "in_force: {from: 2027-05-01}",
        "basis-not-in-force",
        "use: m-procurement\n      basis|1",
        "in force that year",
    ),
    "basis_repealed": Bad(
        "instruments",
        "in_force: {from: 2020-05-01}",
        "in_force: {from: 2020-05-01, until: 2026-02-01}",
        "basis-not-in-force",
        "use: m-procurement\n      basis|1",
        "successor",
    ),
    "basis_reaches_less_far": Bad(
        "instruments",
        "territory: CN",
        'territory: "320000"',
        "basis-reach",
        "use: m-procurement\n      basis|1",
        "320000",
    ),
    "doubtful_second_basis_without_consequence": Bad(
        "rules",
        "gist: 政府采购法第二十二条信誉条件, until_confirmed: notice",
        "gist: 政府采购法第二十二条信誉条件",
        "missing-field",
        "政府采购法第二十二条",
        "notice | hidden",
    ),
    "incentive_in_a_punishment": Bad(
        "rules",
        "{use: m-consider-market, ",
        "{use: i-green-channel, ",
        "kind-mismatch",
        "{use: i-green-channel, basis: samr-44",
        "A | B | C",
    ),
    "punishment_in_a_reward": Bad(
        "rules",
        "{use: i-green-channel, ",
        "{use: m-key-supervision, ",
        "kind-mismatch",
        "{use: m-key-supervision, basis: guofa",
        "incentive",
    ),
    "reward_without_equal_treatment": Bad(
        "rules",
        "    equal_treatment: {home: any_member, test: 外地企业与本地企业条件、程序、优惠一致}\n",
        "",
        "missing-equal-treatment",
        "    applies_in: members_whose|-2",
        "any_member",
    ),
    "best_once_in_a_punishment": Bad(
        "rules",
        "same_measure_from_other_rules: by_measure  ",
        "same_measure_from_other_rules: best_once  ",
        "conflict-policy",
        "same_measure_from_other_rules: best_once  ",
        "by_measure",
    ),
    "longest_in_a_reward": Bad(
        "rules",
        "same_measure_from_other_rules: best_once",
        "same_measure_from_other_rules: longest",
        "conflict-policy",
        "same_measure_from_other_rules: longest",
        "by_measure",
    ),
    "repair_does_not_stop": Bad(
        "rules",
        "list_exit.effective_on, repair.effective_on, withdrawal.decided_on]",
        "list_exit.effective_on, withdrawal.decided_on]",
        "missing-repair",
        "until_first_of: [record.listed_until, list_exit.effective_on, withdrawal",
        "repair",
    ),
    "punishment_for_ever": Bad(
        "rules",
        "    if_no_listed_until: {length: P3Y, counting: cn-default, basis: mohrss-45#term}\n",
        "",
        "missing-term",
        "  period:\n    from: record.listed_on\n    until_first_of: [record.listed_until, "
        "list_exit.effective_on, repair.effective_on, withdrawal.decided_on]\n  measures:",
        "length",
    ),
    "anchor_twice": Bad(
        "rules",
        "until_first_of: [record.listed_until, ",
        "until_first_of: [record.listed_until, record.listed_until, ",
        "unreachable",
        "until_first_of: [record.listed_until, record",
        "one of each",
    ),
    "measure_twice": Bad(
        "rules",
        "{use: m-no-market-honours, basis: samr-44#measures}",
        "{use: m-no-market-honours, basis: samr-44#measures}\n"
        "    - {use: m-no-commitment, basis: samr-44#measures}",
        "unreachable",
        "    - {use: m-consider-market|-1",
        "one of each",
    ),
    "unused_measure": Bad(
        "rules",
        "    - {use: m-no-market-honours, basis: samr-44#measures}\n",
        "",
        "unreachable",
        "",
        "use or remove",
    ),
    "unused_counting": Bad(
        "measures",
        "counting:                               # 一处规定，期间按此计算；其他规则只引用\n",
        "counting:\n  spare: {start_day_counts: true, last_day: corresponding_day_or_month_end, "
        "last_day_on_holiday: as_is}\n",
        "unreachable",
        "  spare:",
        "use or remove",
    ),
    "subject_no_measure_is_for": Bad(
        "rules",
        "  subjects:\n    - {kind: organisation}\n  territory:",
        "  subjects:\n    - {kind: organisation}\n    - {kind: sole_trader}\n  territory:",
        "unreachable",
        "{kind: sole_trader}",
        "organisation",
    ),
    "trigger_excludes_itself": Bad(
        "rules",
        "    record: honour\n",
        "    record: anomaly_listing\n    excludes: [anomaly_directory]\n",
        "unreachable",
        "    excludes: [anomaly_directory]\n",
        "another",
    ),
    "listing_without_list": Bad(
        "rules",
        "    list: tax-grade-a\n",
        "",
        "trigger-list",
        "  trigger:\n    record: honour",
        "list",
    ),
    "persons_without_limit": Bad(
        "rules",
        "{kind: natural_person, only_if: is_the_listed_party, disclosure: authorised_only}",
        "{kind: natural_person, only_if: is_the_listed_party}",
        "person-unbounded",
        "{kind: natural_person, only_if: is_the_listed_party}",
        "disclosure",
    ),
    "roles_without_decision": Bad(
        "rules",
        "      only_if: named_in_the_listing_decision\n",
        "      only_if: is_the_listed_party\n",
        "person-unnamed",
        "    - kind: natural_person",
        "named_in_the",
    ),
    "suspended_while_without_conditions": Bad(
        "rules",
        "  not_from_this_rule:\n    - 市（县）",
        "  suspended_while: [condition_fails]\n  not_from_this_rule:\n    - 市（县）",
        "unreachable",
        "  suspended_while: [condition_fails]\n  not_from",
        "conditions",
    ),
    "condition_of_two_kinds": Bad(
        "rules",
        "      - not: {record: anomaly_listing, open: true}",
        "      - {not: {record: anomaly_listing}, none_open: {record: penalty}}",
        "condition-form",
        "- {not:",
        "none_open | not",
    ),
    "condition_on_ended_records": Bad(
        "rules",
        "{record: anomaly_listing, open: true}",
        "{record: anomaly_listing, open: false}",
        "ended-records",
        "open: false",
        "open: true",
    ),
    "condition_without_list": Bad(
        "rules",
        "{record: list_entry, severity: serious, any_list: true}",
        "{record: list_entry, severity: serious}",
        "condition-list",
        "severity: serious}",
        "any_list",
    ),
    "rule_twice": Bad(
        "rules",
        "- key: R06\n",
        "- key: R02\n",
        "duplicate-rule",
        '- key: R02\n  edition: "2026-1"\n  kind: punishment\n  title: 市场监管',
        "one",
    ),
    "yaml_key_twice": Bad(
        "rules",
        "  title: A级纳税人守信激励\n",
        "  title: A级纳税人守信激励\n  title: 另一个\n",
        "duplicate-key",
        "  title: 另一个",
        "第",
    ),
    "not_yaml": Bad("rules", "rules:\n", "rules: [\n", "yaml", "", "YAML"),
    "alias": Bad(
        "rules",
        "roles: [法定代表人",
        "roles: &r [*r, 法定代表人",
        "alias",
        "roles: &r",
        "写出",
    ),
    "tag": Bad(
        "rules",
        "title: A级纳税人守信激励",
        "title: !!python/name:os.system A级",
        "tag",
        "!!python",
        "普通值",
    ),
    "tagged_mapping": Bad("rules", "stated_by: {", "stated_by: !x {", "tag", "!x {", "普通值"),
    "own_tag": Bad("rules", "title: A级纳税人守信激励", "title: !x A", "tag", "!x", "普通值"),
    "unknown_field": Bad(
        "rules", "  defeated_by:\n", "  defeatedby:\n", "unknown-field", "defeatedby", "defeated_by"
    ),
    "missing_field": Bad(
        "rules", "  title: A级纳税人守信激励\n", "", "missing-field", "- key: R10", "title"
    ),
    "unknown_value": Bad(
        "rules",
        "by: objection_upheld",
        "by: objection_won",
        "unknown-value",
        "objection_won",
        "stay",
    ),
    "unknown_nexus": Bad(
        "rules",
        "nexus: [registered_here, ",
        "nexus: [registered_there, ",
        "unknown-value",
        "registered_there",
        "registered_here",
    ),
    "unquoted_edition": Bad(
        "rules", 'edition: "2026-1"', "edition: 2026.1", "wrong-type", "edition: 2026.1", "引号"
    ),
    "unquoted_territory": Bad(
        "rules", "basis_reaches: CN", "basis_reaches: 320000", "wrong-type", "320000", "引号"
    ),
    "huge_number": Bad(
        "rules",
        "public_comment_days: 30",
        "public_comment_days: 3000000000000000000000",
        "wrong-type",
        "3000000000000000000000",
        "integer",
    ),
    "boolean_for_text": Bad(
        "rules", "title: A级纳税人守信激励", "title: true", "wrong-type", "title: true", "string"
    ),
    "date_that_is_none": Bad(
        "instruments",
        "{from: 2020-05-01}",
        "{from: 2020-05-32}",
        "bad-date",
        "2020-05-32",
        "YYYY-MM-DD",
    ),
    "date_in_short_form": Bad(
        "instruments",
        "{from: 2020-05-01}",
        "{from: '20200501'}",
        "bad-date",
        "20200501",
        "YYYY-MM-DD",
    ),
    "date_that_is_a_number": Bad(
        "instruments",
        "{from: 2020-05-01}",
        "{from: 20200501}",
        "wrong-type",
        "20200501",
        "引号",
    ),
    "length_without_unit": Bad(
        "rules", "length: P3Y", "length: P3", "bad-form", "length: P3,", "pattern"
    ),
    "list_for_text": Bad(
        "rules", "use: m-funds", "use: [m-funds]", "wrong-type", "[m-funds]", "string"
    ),
    "empty_title": Bad(
        "rules", "title: A级纳税人守信激励", "title: ''", "out-of-range", "title: ''", "minLength"
    ),
}


def defects_of(contents: dict[str, str | bytes]) -> tuple[Defect, ...]:
    with pytest.raises(RuleBookError) as caught:
        load_book(contents)
    assert str(caught.value).count("\n") == len(caught.value.defects) - 1
    return caught.value.defects


@pytest.mark.parametrize("name", BAD)
def test_a_defect_names_file_line_and_what_would_be_right(name):
    bad = BAD[name]
    contents = files(**{bad.file: ((bad.old, bad.new),)})
    found = [defect for defect in defects_of(contents) if defect.code == bad.code]
    assert found, name
    assert any(bad.expected in defect.expected for defect in found)
    assert all(defect.zh and defect.en for defect in found)
    if bad.at:
        marker, _, offset = bad.at.partition("|")
        content = next(c for c in contents.values() if marker in c)
        starts = [at.start() for at in re.finditer(re.escape(marker), content)]
        lines = {content[:at].count("\n") + 1 + int(offset or 0) for at in starts}
        assert lines & {defect.line for defect in found}, found


def test_every_defect_is_told_at_once():
    contents = files(
        rules=(
            ("use: m-procurement\n", "use: m-procured\n"),
            ("legality: 示例-合法性审核意见, ", ""),
        ),
        instruments=(("in_force: {from: 2022-01-01}", "in_force: {from: 2028-01-01}"),),
    )
    codes = {defect.code for defect in defects_of(contents)}
    assert codes >= {"dangling", "missing-legality-review", "basis-not-in-force", "unreachable"}


def test_defects_come_in_the_order_of_the_files():
    contents = files(
        rules=(("by: stay", "by: stays"), ("key: R02", "key: 2"), ("title: A", "titel: A"))
    )
    found = defects_of(contents)
    assert [defect.line for defect in found] == sorted(defect.line for defect in found)


def test_files_missing_unknown_or_empty():
    contents = files()
    del contents["measures.yaml"]
    contents |= {"rule.yaml": "", "instruments.yaml": "# nothing\n"}
    found = {(defect.file, defect.code) for defect in defects_of(contents)}
    assert found == {
        ("measures.yaml", "missing-file"),
        ("rule.yaml", "unknown-file"),
        ("instruments.yaml", "empty"),
    }


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xff\xfe", "not-utf8"),
        ("a: '\ud800'", "not-utf8"),
        ("[" * 1000, "too-deep"),
        ("#" * (4 * 1024 * 1024 + 1), "too-large"),
        ("a: 1\n---\nb: 2\n", "yaml"),
        ("a: \x01\n", "yaml"),
        ("[]", "wrong-type"),
    ],
)
def test_what_is_no_rulebook_is_refused(content, code):
    found = defects_of({**files(), "rules.yaml": content})
    assert [defect.code for defect in found] == [code]


def test_a_book_may_lie_in_a_folder_with_its_cases_beside_it():
    contents: dict[str, str | bytes] = {
        f"books/nanjing/{name}": content.encode() for name, content in files().items()
    }
    assert load_book({**contents, "books/nanjing/cases.yaml": text("cases")}).rules == book().rules


def test_a_watched_instrument_may_end_without_a_defect():
    ended = "in_force: {from: 2021-09-01, until: 2026-11-01}"
    assert book(instruments=(("in_force: {from: 2021-09-01}", ended),))


def test_a_published_edition_never_changes():
    old = book()
    assert check_successor(old, old) == []
    changed = book(rules=(("移出名单的，限制同时解除", "移出名单的，限制于次日解除"),))
    found = check_successor(old, changed)
    assert [(defect.code, defect.path) for defect in found] == [("edition-changed", "/rules/0")]
    assert found[0].line == text("rules").split("- key: R02")[0].count("\n") + 1
    renewed = book(
        rules=(
            ('edition: "2026-1"', 'edition: "2026-2"'),
            ("移出名单的，限制同时解除", "移出名单的，限制于次日解除"),
        )
    )
    assert check_successor(old, renewed) == []


@pytest.mark.parametrize("seed", range(20))
def test_a_damaged_book_is_loaded_or_refused_never_anything_else(seed):
    chance = random.Random(seed)
    contents = files()
    name = chance.choice(sorted(contents))
    damaged = contents[name]
    for _ in range(3):
        place = chance.randrange(len(damaged))
        noise = chance.choice(
            ("{", "]", ": ", "- ", "null", "0.5", "'", "*a", "!x ", "\n", "~", "[]")
        )
        damaged = damaged[:place] + noise + damaged[place + chance.randrange(9) :]
    try:
        loaded = load_book({**contents, name: damaged})
    except RuleBookError as error:
        told = error.defects
    else:
        told = ()
        assert compile_book(loaded).digest
    assert all(defect.file == name or defect.code for defect in told)
