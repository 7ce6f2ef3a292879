"""Chinese sentences of an answer, word for word as the pages must carry them."""

from collections.abc import Collection, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path

import msgspec
from msgspec import Struct

from registry.domain.records.reference import WORDS
from registry.domain.tables import KEPT
from registry.rules.instruments import article_zh
from registry.rules.language import OpenTest, Rule, given
from registry.rules.model import AppliedMeasure, Ask, BasisView, Fact

DOUBTFUL_BASIS = "依据待核实"
DOUBTFUL_SECOND = "第二依据待核实"
NO_SECOND = "无第二依据"
NOT_RETROACTIVE = "条件不成就期间暂停享受；条件恢复之日起恢复，不追溯"
RULE_PAUSED = "依据已变更，规则待复核"
RULE_STAYED = "本地已暂停适用本规则"
YIELDS = "同一事项存在失信惩戒措施"


class _Words(Struct, frozen=True, forbid_unknown_fields=True):
    """``wording.toml``: code -> words, by what the code says."""

    effects: dict[str, str]
    stopped: dict[str, str]
    records: dict[str, str]
    done: dict[str, str]
    elsewhere: dict[str, str]
    lifts: dict[str, str]
    matters: dict[str, str]


_WORDS = msgspec.toml.decode(Path(__file__).with_suffix(".toml").read_bytes(), type=_Words)
EFFECT_ZH = _WORDS.effects
SEVERITY_ZH = {row.code: row.zh for row in KEPT["severity"].rows}
STOPPED_ZH = _WORDS.stopped


@lru_cache(maxsize=65_536)
def day_zh(day: date) -> str:
    """Return 2026年3月10日."""
    return f"{day.year}年{day.month}月{day.day}日"


def not_adopted_zh(place: str, rule: str, edition: str) -> str:
    """Say that a rule must not be relied on where it was not adopted (domain ruling 3)."""
    return f"{place}尚未采纳规则{rule}（{edition}），不得据此适用；名单信息仍可查询"


def not_covered_zh(rule: str, edition: str) -> str:
    """Say that a rule was written for organisations, and leaves sole traders to the organ."""
    return f"规则{rule}（{edition}）未涵盖个体工商户，本库不作提示；是否适用由承办机关依法判断"


def not_allowed_zh(place: str, name: str, *, incentive: bool) -> str:
    """Say that the member's own act does not name a measure."""
    act = "激励清单" if incentive else "采纳的措施范围"
    return f"{name}不在{place}{act}内，不适用"


def not_in_force_zh(name: str, basis: BasisView) -> str:
    """Say that a basis is not in force on the day asked about."""
    return f"{name}：{basis.title}当日未施行或已失效，不适用"


def too_few_zh(rule: str, number: int, cities: int, found: int) -> str:
    """Say that a rule takes more open records than there are."""
    where = f"、来自至少{cities}个城市的" if cities > 1 else ""
    return f"规则{rule}须有至少{number}条{where}符合条件的信息，现有{found}条，不适用"


def not_here_zh(place: str, rule: str, code: str) -> str:
    """Say why a record does not matter here, by the code of the refusal."""
    return f"规则{rule}：{_WORDS.elsewhere[code]}".replace("{place}", place)


def no_matter_zh(matter: str) -> str:
    """Say that no rule is about a matter, so that nothing follows from an empty answer."""
    name = _WORDS.matters.get(matter, matter)
    return f"规则汇编没有关于“{name}”事项的规则，无法给出该事项的措施适用提示"


def no_member_zh(territory: str) -> str:
    """Say that a territory is no member's, so that no rule can have been adopted there."""
    return f"“{territory}”不是成员地区，没有规则可以在该地适用"


def no_rule_zh(matters: Collection[str], ask: Ask, members: Mapping[str, str]) -> tuple[str, ...]:
    """Say where no rule could answer at all: an empty answer there would read as "nothing"."""
    unknown: list[str] = []
    if members and ask.territory not in members:
        unknown.append(no_member_zh(ask.territory))
    if ask.matter and ask.matter not in matters:
        unknown.append(no_matter_zh(ask.matter))
    return tuple(unknown)


def not_listed_zh(place: str, name: str) -> str:
    """Say that no list of lawful measures in force here on the day has a measure."""
    return f"{name}不在{place}当日有效的失信惩戒措施清单内，不适用"


def other_organ_zh(name: str, organ: str) -> str:
    """Say which organ a measure belongs to when another one asks."""
    return f"{name}由{organ}办理"


def cause_zh(fact: Fact, rule: Rule, start: date) -> str:
    """Say who listed (or decided) when; a relayed record names its source and when it was read."""
    if fact.type == "list_entry":
        done = f"列入{fact.list_name or rule.title}"
    else:
        done = _WORDS.done[fact.type]
    text = f"{fact.authority}于{day_zh(start)}{done}"
    if fact.provenance != "relayed":
        return text
    checked = f"，{day_zh(fact.checked_on)}核对" if fact.checked_on else ""
    return f"{text}（转载自{fact.source}{checked}）"


def field_zh(code: str) -> str:
    """Return the name of a field of supervision; one without a name is told as it stands."""
    return WORDS["field"].get(code, (code, code))[0]


def tested_zh(test: OpenTest) -> str:
    """Say which open record makes a condition fail."""
    severities = (test.severity,) if isinstance(test.severity, str) else test.severity
    what = _WORDS.records[test.record]
    if severities:
        what = "、".join(SEVERITY_ZH[one] for one in severities) + "失信信息"
        what = f"未修复的{what}"
    where = f"（领域：{field_zh(test.field)}）" if test.field else ""
    return f"存在{what}{where}"


def lifts_zh(rule: Rule) -> tuple[str, ...]:
    """Return what ends the measure, in the rule's order and without saying anything twice."""
    named = [*rule.period.until_first_of]
    stops = [stop.by for stop in rule.defeated_by if stop.effect in _ENDING]
    words = [_WORDS.lifts[name] for name in (*named, *stops) if name in _WORDS.lifts]
    if given(rule.period.if_no_listed_until) and "期限届满" not in words:
        words.insert(0, "期限届满")
    return tuple(dict.fromkeys(words))


_ENDING = frozenset({"end", "as_if_never_from_that_day"})


def _basis_zh(basis: BasisView) -> str:
    """Return title (number) article, in force since."""
    article = article_zh(basis.article) or "（条号待核实）"
    since = f"，{day_zh(basis.in_force_from)}起施行" if basis.in_force_from else ""
    return f"{basis.title}（{basis.number}）{article}{since}"


def explain_zh(applied: AppliedMeasure) -> str:
    """Return the sentence that stands for a measure on every page.

    {措施名称}——{效力}。承办机关：{机关}。依据：…。期限：{日}至{日}（含）。原因：…。解除条件：…。
    """
    if applied.last_day is None:
        term = f"{day_zh(applied.start)}起，至解除条件成就时止"
    else:
        term = f"{day_zh(applied.start)}至{day_zh(applied.last_day)}（含）"
    return (
        f"{applied.name}——{EFFECT_ZH[applied.effect]}。承办机关：{applied.organ}。"
        f"依据：{_basis_zh(applied.basis)}。期限：{term}。原因：{applied.cause_text}。"
        f"解除条件：{'；'.join(applied.lift_conditions)}。"
    )
