"""The legality gate refuses each unlawful draft for its own reason, in its place, and no other."""

import re

import pytest

from registry.rules.check_fair import drawn, probes, worse
from registry.rules.compile import compile_book
from registry.rules.defects import RuleBookError
from registry.rules.findings import GATE
from registry.rules.load import load_book
from tests.registry.rules.books import book, files, whole
from tests.registry.rules.drafts import DRAFTS, GREEN, SECOND, TENDER, WAGES

SHAPES = {
    *("unreachable", "overlap-policy", "overlap-reward", "suspension-cycle", "duplicate-item"),
    *("person-roles", "dangling"),
}


def test_the_book_as_it_stands_is_lawful():
    assert len(book().rules) >= 4
    assert len(book().catalogues) >= 1


@pytest.mark.parametrize("name", DRAFTS)
def test_an_unlawful_draft_is_refused_for_its_own_reason(name):
    draft = DRAFTS[name]
    contents = files(**draft.change)
    with pytest.raises(RuleBookError) as caught:
        load_book(contents)
    found = caught.value.defects
    assert {defect.code for defect in found} == {draft.code}, found
    assert {defect.file for defect in found} == {f"{draft.file}.yaml"}
    marker, _, offset = draft.at.partition("|")
    content = contents[f"{draft.file}.yaml"]
    assert marker in content
    first = content.index(marker) + len(marker) - len(marker.lstrip())
    line = content[:first].count("\n") + 1 + int(offset or 0)
    named = [defect for defect in found if defect.line == line]
    assert named, (line, found)
    for defect in found:
        assert defect.expected
        assert re.search("[一-鿿]", defect.zh)
        assert re.search("[a-z]{3}", defect.en)
    assert all(draft.rule in defect.zh and draft.rule in defect.en for defect in named)
    if draft.code not in SHAPES:
        law = GATE.law[GATE.refused[draft.code].law]
        assert all(law.zh in defect.zh and law.en in defect.en for defect in named)


def test_there_is_a_draft_for_every_refusal_and_enough_of_them():
    refused = {draft.code for draft in DRAFTS.values()}
    assert len(DRAFTS) >= 30
    assert GATE.refused.keys() <= refused
    assert refused >= SHAPES


# --- favours that article 10 lets pass


APPROVED = "{gist: 守信激励：绿色通道、容缺受理、优先服务、降低检查频次, read: "


@pytest.mark.parametrize(
    ("level", "read", "lawful"),
    [
        ("law", "full_text", True),
        ("administrative_regulation", "full_text", True),
        ("party_state_policy", "full_text", True),
        ("party_state_policy", "secondary", False),
        ("ministry_rule", "full_text", False),
    ],
)
def test_a_fiscal_favour_needs_a_law_or_approval_that_somebody_read(level, read, lawful):
    title = (
        "title: 国务院关于建立完善守信联合激励和失信联合惩戒制度加快推进社会诚信建设的指导意见\n"
    )
    number = "    number: 国发〔2016〕33号\n    level: "
    contents = files(
        measures=((GREEN, GREEN + "    gives: fiscal\n"),),
        instruments=(
            (f"{title}{number}party_state_policy", f"{title}{number}{level}"),
            (f"{APPROVED}unconfirmed", f"{APPROVED}{read}"),
        ),
    )
    if lawful:
        assert load_book(contents)
        return
    with pytest.raises(RuleBookError) as caught:
        load_book(contents)
    assert {defect.code for defect in caught.value.defects} == {"fiscal-favour"}


def test_a_tender_favour_is_refused_whatever_carries_it():
    contents = files(
        measures=((GREEN, GREEN + "    gives: bid_points\n"),),
        rules=(
            (
                "{use: i-green-channel, basis: guofa-2016-33#incentives",
                "{use: i-green-channel, basis: wage-regulation#48.1",
            ),
        ),
    )
    with pytest.raises(RuleBookError) as caught:
        load_book(contents)
    assert {defect.code for defect in caught.value.defects} == {"bid-points"}


def test_what_leads_nowhere_is_named_by_what_was_written():
    contents = files(
        rules=(
            (
                "    - use: m-funds\n      basis: wage-regulation#48.1",
                "    - use: m-fund\n      basis: mohrss-4#term",
            ),
            ("basis: mohrss-45#term", "basis: samr-44#term"),
            (TENDER + SECOND, TENDER.replace("wage-regulation", "wage-rule")),
        ),
        instruments=(("in_force: {from: 2021-09-01}", "in_force: {from: 2027-09-01}"),),
    )
    with pytest.raises(RuleBookError) as caught:
        load_book(contents)
    codes = [defect.code for defect in caught.value.defects]
    assert codes.count("dangling") == 3
    lacking = next(d.zh for d in caught.value.defects if d.code == "missing-second-basis")
    assert "wage-rule#48.1只说明何以列入" in lacking
    assert "“period”" in next(d.zh for d in caught.value.defects if d.code == "basis-not-in-force")


# --- equal treatment is tried out


def test_the_probes_bring_every_rule_of_the_book_into_play():
    use = compile_book(whole())
    for rule in whole().rules:
        reach = rule.territory.basis_reaches
        place = "320100" if reach == "CN" else reach
        for ask, facts, adopted in probes(rule, place):
            if not ask.nexus:
                assert drawn(use, ask, facts, adopted, place), (rule.key, ask)


@pytest.mark.parametrize(
    ("kind", "local", "other", "expected"),
    [
        ("reward", {"a"}, {"a"}, False),
        ("reward", {"a"}, set(), True),
        ("reward", set(), {"a"}, True),
        ("punishment", {"a"}, {"a"}, False),
        ("punishment", {"a"}, set(), False),
        ("punishment", set(), {"a"}, True),
        ("punishment", {"a"}, {"a", "b"}, True),
    ],
)
def test_worse_is_what_burdens_more_or_favours_otherwise(kind, local, other, expected):
    assert worse(kind, frozenset(local), frozenset(other)) is expected


def test_a_provincial_rule_is_tried_in_its_province():
    changed = (("basis_reaches: CN                   #", 'basis_reaches: "340000" #'),)
    assert load_book(files(rules=changed))
    abroad = (("basis_reaches: CN                   #", 'basis_reaches: "440000" #'),)
    assert load_book(files(rules=abroad))


def test_two_rules_of_one_cause_may_draw_different_measures():
    begin, end = WAGES.index("  measures:\n"), WAGES.index("  not_from_this_rule:")
    another = "  measures:\n    - {use: m-no-market-honours, basis: samr-44#measures}\n"
    other = WAGES.replace("key: R02", "key: R98", 1).replace(WAGES[begin:end], another)
    assert book(rules=(("rules:\n", f"rules:\n{other}"),)).rules[0].key == "R98"
