"""What a rule page says besides the measures: counts, terms, places, formulas, revisions."""

from types import SimpleNamespace
from typing import cast

import pytest

from registry.pages.frame import Frame
from registry.pages.rule_limits import limits_of
from registry.pages.words import TEXTS
from registry.rules.compile import compile_book
from tests.registry.rules.books import whole
from tests.registry.rules.test_fields import TWICE


def frame(lang: str) -> Frame:
    def t(key: str, **values: object) -> str:
        both = TEXTS[key]
        return (both.zh if lang == "zh" else both.en).format(**values)

    site = SimpleNamespace(name_of=lambda code: {"320800": "淮安市"}.get(code, code))
    return cast("Frame", SimpleNamespace(lang=lang, t=t, site=site))


@pytest.mark.parametrize(
    ("lang", "expected"),
    [
        ("zh", "须有至少2条符合条件的信息，均在2年以内，来自至少2个成员地区"),
        ("en", "At least 2 such records within 2 years, from at least 2 members"),
    ],
)
def test_a_rule_that_counts_says_how(lang, expected):
    rule = next(rule for rule in TWICE.rules if rule.count is not None)
    assert limits_of(frame(lang), rule, ())[0].startswith(expected)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/rule/R08", "决定载明的期限超过2年的，只按2年提示"),
        ("/rule/R08", "只在决定载明的地域适用；决定未载明地域的，只在作出决定的地区适用。"),
        ("/rule/R08?lang=en", "never more than 2 years"),
        ("/rule/R16", "评价办法：淮安市工业企业资源集约利用综合评价办法。"),
        ("/rule/R16", "其他城市的等级不可比"),
        ("/rule/R16", "指标：亩均税收 45%、亩均销售 35%"),
        ("/rule/R17", "指标：亩均税收、亩均营业收入"),
        ("/rule/R06", "正在修订：2025年10月公布修订征求意见稿"),
        ("/rules", "适用于全部规则"),
        ("/rules", "R13 信用修复，各地同步解除"),
        ("/rules", "三个工作日是撤回公开信息的期限，不是继续适用措施的宽限期"),
    ],
)
def test_the_pages_say_what_bounds_a_rule_and_what_holds_for_all(page, path, expected):
    assert expected in page(path)


def test_rules_without_bounds_say_nothing_more():
    rules = {rule.key: rule for rule in compile_book(whole()).rules}
    assert limits_of(frame("zh"), rules["R12"], ()) == ()
    (term,) = limits_of(frame("en"), rules["R02"], ())
    assert term.startswith("Where the decision names no last day, 3 years from the day of listing")


def test_a_bar_of_law_is_said_to_hold_without_adoption_too():
    rules = {rule.key: rule for rule in compile_book(whole()).rules}
    said = limits_of(frame("zh"), rules["R18"], ())
    assert any("不因当地未采纳本规则而失效" in one for one in said)
