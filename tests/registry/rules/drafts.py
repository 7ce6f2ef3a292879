"""Unlawful drafts: each is the lawful book with one change, refused for one reason.

``change``: file -> (old, new), the first occurrence each; ``at``: the text that stands on the line
named, in ``file``. Read it as a list of what the gate does not let pass.
"""

from dataclasses import dataclass, field

from tests.registry.rules.books import text


@dataclass(frozen=True)
class Draft:
    """The change, the code, and where."""

    code: str
    change: dict[str, tuple[tuple[str, str], ...]]
    file: str
    at: str
    rule: str = field(default="R02")


def rules(code: str, at: str, *changes: tuple[str, str], rule: str = "R02") -> Draft:
    return Draft(code, {"rules": changes}, "rules", at, rule)


def measures(code: str, at: str, old: str, new: str, rule: str = "R10") -> Draft:
    """Return a change of a measure that is refused where the measure stands."""
    return Draft(code, {"measures": ((old, new),)}, "measures", at, rule)


def measure_used(code: str, at: str, old: str, new: str, rule: str = "R02") -> Draft:
    """Return a change of a measure that is refused where a rule uses it."""
    return Draft(code, {"measures": ((old, new),)}, "rules", at, rule)


def law(code: str, at: str, old: str, new: str, rule: str = "R02") -> Draft:
    """Return a change of an instrument that is refused where a rule relies on it."""
    return Draft(code, {"instruments": ((old, new),)}, "rules", at, rule)


CONSIDER = "    - {use: m-consider-market, basis: samr-44#measures}\n"
FUNDS = "    - use: m-funds\n"
TENDER = "    - use: m-tender\n      basis: wage-regulation#48.1"
TAX = "    - use: m-tax-preference\n      basis: wage-regulation#48.1"
PERSON = "    - {kind: natural_person, only_if: is_the_listed_party, disclosure: authorised_only}"
SECOND = (
    "\n      second_basis: {cite: unconfirmed, gist: 本地区招标投标监管依据, "
    "until_confirmed: notice}"
)
EQUAL = "    equal_treatment: {home: any_member, test: 外地企业与本地企业条件、程序、优惠一致}\n"
GREEN = "    name: 绿色通道、优先办理\n"
GREEN_MATTER = (
    "    matter: service\n    organ: 政务服务部门\n    subjects: [organisation]\n"
    "    conflict: best_once\n  i-fewer"
)
REWARD = text("rules").split("\n- key: R10")[1].split("\n- key: R15")[0]
OTHER_REWARD = "\n- key: R11" + REWARD.replace("list: tax-grade-a", "list: aeo-senior")
ANY_SERIOUS = "      - none_open: {record: list_entry, severity: serious, any_list: true}\n"
NO_AEO = "      - none_open: {record: honour, list: aeo-senior}\n"
NO_GRADE_A = "      - none_open: {record: honour, list: tax-grade-a}\n"
WAGES = text("rules").split("\n- key: R06")[0].split("rules:\n")[1]
ITEMS = "  items:\n" + text("catalogues").split("  items:\n")[1]
OPEN = "effective: {from: 2024-02-18}"


def edition(scope: str, start: str, instrument: str = "national-list-2024") -> str:
    """Return a further edition of a list, with the items of the first."""
    return (
        f"catalogues:\n- scope: {scope!r}\n  edition: '2026'\n  title: 示例清单\n"
        f"  instrument: {instrument}\n  effective: {{from: {start}}}\n  read: unconfirmed\n{ITEMS}"
    )


def lists(code: str, at: str, *changes: tuple[str, str], rule: str = "") -> Draft:
    return Draft(code, {"catalogues": changes}, "catalogues", at, rule)


NEW_ORDER = (
    "  samr-107:\n",
    (
        "  samr-44-new:\n    title: 示例办法\n    number: 示例\n    level: ministry_rule\n"
        "    territory: CN\n    in_force: {from: 2026-11-01}\n    replaces: samr-44\n"
        "    articles: {}\n  samr-107:\n"
    ),
)
OLD_ORDER = "in_force: {from: 2021-09-01}"

DRAFTS = {
    # --- the basis
    "a measure without a basis": rules(
        "no-basis", FUNDS, (FUNDS + "      basis: wage-regulation#48.1\n", FUNDS), rule=""
    ),
    "an article without words": law(
        "empty-article",
        "{use: m-consider-market",
        "{gist: 五项管理措施，由市场监督管理部门实施, read: secondary}",
        "{read: secondary}",
        "R06",
    ),
    "a basis that is not in force yet": law(
        "basis-not-in-force",
        "      basis: wage-regulation#48.1",
        "in_force: {from: 2020-05-01}",
        "in_force: {from: 2027-05-01}",
    ),
    "a basis that was repealed": law(
        "basis-not-in-force",
        "      basis: wage-regulation#48.1",
        "in_force: {from: 2020-05-01}",
        "in_force: {from: 2020-05-01, until: 2026-02-01}",
    ),
    "a tender ban on a ministry rule": rules(
        "weak-basis",
        "      basis: mohrss-45#5",
        (TENDER, TENDER.replace("wage-regulation#48.1", "mohrss-45#5")),
    ),
    "a tax restriction on a normative document": rules(
        "weak-basis",
        "      basis: sta-2025-12#grade-a",
        (TAX, TAX.replace("wage-regulation#48.1", "sta-2025-12#grade-a")),
    ),
    "a memorandum as basis": law(
        "memorandum-basis",
        "{use: m-consider-market",
        "number: 国家市场监督管理总局令第44号\n    level: ministry_rule",
        "number: 国家市场监督管理总局令第44号\n    level: memorandum",
        "R06",
    ),
    "a memorandum as second basis": law(
        "memorandum-basis",
        "second_basis: {cite: caiku-2015-150#nationwide",
        "number: 财库〔2015〕150号\n    level: normative_document",
        "number: 财库〔2015〕150号\n    level: memorandum",
        "R15",
    ),
    "a statutory bar nobody has read": law(
        "unread-basis",
        "      basis: procurement-law#77",
        "在一至三年内禁止参加政府采购活动, read: full_text",
        "在一至三年内禁止参加政府采购活动, read: secondary",
        "R15",
    ),
    "a restriction without the organ's own basis": rules(
        "missing-second-basis", "    - use: m-tender", (SECOND, "")
    ),
    "persons the article does not name": rules(
        "targets-wider", "    - use: m-honours-any|1", ("roles: [", "roles: [实际控制人, ")
    ),
    "kinds of subject the article does not name": Draft(
        "targets-wider",
        {"instruments": (("targets: {subjects: [organisation, ", "targets: {subjects: ["),)},
        "rules",
        "    - use: m-funds|1",
    ),
    "a provincial regulation for the whole country": law(
        "basis-reach", "      basis: wage-regulation#48.1", "territory: CN", 'territory: "320000"'
    ),
    "adoption outside the reach of the basis": rules(
        "adoption-reach",
        'member: "340200"',
        ("basis_reaches: CN ", 'basis_reaches: "320000" '),
        (
            "rules:\n",
            (
                "adoptions:\n- {rule: R02, edition: '2026-1', member: \"340200\", "
                "instrument: 示例, "
                "organ_code: 示例, from: 2026-05-01}\nrules:\n"
            ),
        ),
    ),
    # --- the reviews
    "no fair-competition review": rules(
        "missing-fair-competition-review",
        "  review: {legality",
        ("fair_competition: 示例-审查结论文号, ", ""),
    ),
    "no legality review": rules(
        "missing-legality-review",
        "legality: ' '",
        ("legality: 示例-合法性审核意见", "legality: ' '"),
    ),
    "too little public comment": rules(
        "short-public-comment",
        "public_comment_days: 29",
        ("public_comment_days: 30", "public_comment_days: 29"),
    ),
    # --- equal treatment and favours
    "a reward that promises nothing to others": rules(
        "missing-equal-treatment",
        "  territory:\n    basis_reaches: CN\n    applies_in: members_whose",
        (EQUAL, ""),
        rule="R10",
    ),
    "a reward for firms registered here": rules(
        "unequal-by-home",
        "nexus: registered_here",
        ("nexus: application_here", "nexus: registered_here"),
        rule="R10",
    ),
    "a reward for firms registered or licensed here": rules(
        "unequal-by-home",
        "nexus: [registered_here, licensed_here]",
        ("nexus: application_here", "nexus: [registered_here, licensed_here]"),
        rule="R10",
    ),
    "bid points": measures(
        "bid-points", "    gives: bid_points", GREEN, GREEN + "    gives: bid_points\n"
    ),
    "bid points under another name": measures(
        "bid-points", "    name: 投标信用激励", GREEN, "    name: 投标信用激励（评审分值上浮）\n"
    ),
    "a favour in tenders": measures(
        "bid-points",
        "    matter: tender\n    organ: 政务",
        GREEN_MATTER,
        GREEN_MATTER.replace("service", "tender"),
    ),
    "a lower guarantee": measures(
        "lower-guarantee", "    gives: guarantee", GREEN, GREEN + "    gives: guarantee\n"
    ),
    "a lower guarantee under another name": measures(
        "lower-guarantee", "    short: 免收履约担保", GREEN, GREEN + "    short: 免收履约担保\n"
    ),
    "a subsidy": measures(
        "fiscal-favour", "    gives: fiscal", GREEN, GREEN + "    gives: fiscal\n"
    ),
    "a subsidy under another name": measures(
        "fiscal-favour", "    name: 信用企业奖补", GREEN, "    name: 信用企业奖补\n"
    ),
    "a tax favour": measures(
        "fiscal-favour",
        "    matter: tax_preference\n    organ: 政务",
        GREEN_MATTER,
        GREEN_MATTER.replace("service", "tax_preference"),
    ),
    # --- the lists of lawful measures
    "a measure that is no item of the list": measure_used(
        "outside-list", FUNDS, "national_item: 限制申请财政性资金项目", "national_item: null"
    ),
    "an item the list of the year does not have": measure_used(
        "not-in-catalogue",
        FUNDS,
        "national_item: 限制申请财政性资金项目",
        "national_item: 限制乘坐飞机",
    ),
    "a measure of another family than its item": measure_used(
        "list-family",
        FUNDS,
        "national_item: 限制申请财政性资金项目\n    family: B",
        "national_item: 限制申请财政性资金项目\n    family: A",
    ),
    "a bar called management": measure_used(
        "list-effect",
        FUNDS,
        "effect: manage\n    matter: public_funds",
        "effect: bar\n    matter: public_funds",
    ),
    "more subjects than the list names": Draft(
        "list-targets-wider",
        {
            "catalogues": (
                ("    organ: 评选机关\n", "    organ: 评选机关\n    subjects: [organisation]\n"),
            )
        },
        "rules",
        "    - use: m-honours-any",
    ),
    "a local supplement on a ministry rule": lists(
        "supplement-without-regulation",
        "  instrument: samr-44",
        ("catalogues:\n", edition("340000", "2024-02-18", "samr-44")),
    ),
    "a national list on a provincial document": Draft(
        "basis-reach",
        {
            "instruments": (
                (
                    "number: 未见原文\n    level: normative_document\n    territory: CN",
                    'number: 未见原文\n    level: normative_document\n    territory: "320000"',
                ),
            )
        },
        "catalogues",
        "  instrument: national-list-2024",
        "",
    ),
    "a list in force before its instrument": lists(
        "basis-not-in-force",
        "  instrument: national-list-2024",
        (OPEN, "effective: {from: 2024-01-01}"),
    ),
    "an item twice in one list": lists(
        "duplicate-item",
        "  - item: 限制任职\n    family: A\n    content: 限制高消费",
        ("- item: 限制消费", "- item: 限制任职"),
    ),
    "days no edition of the list covers": lists(
        "catalogue-gap",
        "  effective: {from: 2026-03-01}",
        (OPEN, "effective: {from: 2024-02-18, until: 2026-02-01}"),
        ("catalogues:\n", edition("CN", "2026-03-01")),
    ),
    "two editions of the list at once": lists(
        "catalogue-overlap",
        "  effective: {from: 2026-03-01}",
        ("catalogues:\n", edition("CN", "2026-03-01")),
    ),
    "days neither a regulation nor its successor covers": Draft(
        "instrument-gap",
        {
            "instruments": (
                (OLD_ORDER, "in_force: {from: 2021-09-01, until: 2026-10-01}"),
                NEW_ORDER,
            )
        },
        "instruments",
        "    replaces: samr-44",
        "",
    ),
    "a regulation beside its successor": Draft(
        "instrument-overlap",
        {"instruments": (NEW_ORDER,)},
        "instruments",
        "    replaces: samr-44",
        "",
    ),
    # --- persons, classes, ends
    "persons the decision does not name": rules(
        "person-unnamed",
        "{kind: natural_person, disclosure: authorised_only}",
        (PERSON, PERSON.replace("only_if: is_the_listed_party, ", "")),
        rule="R06",
    ),
    "roles without the decision": rules(
        "person-unnamed",
        "    - kind: natural_person",
        ("only_if: named_in_the_listing_decision", "only_if: is_the_listed_party"),
    ),
    "named persons without their roles": rules(
        "person-roles",
        "    - kind: natural_person",
        ("      roles: [法定代表人, 主要负责人, 直接负责的主管人员, 其他直接责任人员]\n", ""),
        rule="",
    ),
    "a list on an instrument that is not there": lists(
        "dangling",
        "  instrument: national-list-2025",
        ("instrument: national-list-2024", "instrument: national-list-2025"),
    ),
    "an instrument that replaces nothing there is": Draft(
        "dangling",
        {"instruments": ((OLD_ORDER, OLD_ORDER + "\n    replaces: samr-43"),)},
        "instruments",
        "    replaces: samr-43",
        "",
    ),
    "persons shown to anybody": rules(
        "person-unbounded",
        "{kind: natural_person, only_if: is_the_listed_party}",
        (PERSON, PERSON.replace(", disclosure: authorised_only", "")),
        rule="R06",
    ),
    "a class set by the platform": rules(
        "inferred-class",
        "    classed_by: platform",
        ("    list: wage-arrears\n", "    list: wage-arrears\n    classed_by: platform\n"),
    ),
    "a field inferred by the platform": rules(
        "inferred-class",
        "    listed_for: {field: product_quality, taken_from: platform}",
        ("{field: product_quality}", "{field: product_quality, taken_from: platform}"),
        rule="R06",
    ),
    "a punishment for what no organ classed": rules(
        "inferred-class",
        "    severity: [unclassified]",
        ("    list: wage-arrears\n", "    list: wage-arrears\n    severity: [unclassified]\n"),
    ),
    "a punishment for ever": rules(
        "missing-term",
        "  period:\n    from: record.listed_on",
        (
            "    if_no_listed_until: {length: P3Y, counting: cn-default, basis: mohrss-45#term}\n",
            "",
        ),
    ),
    "a reward for ever": rules(
        "missing-term",
        "    until_first_of: [withdrawal.decided_on]",
        (
            "[next_years_list.published_on, grade_change.effective_on, withdrawal.decided_on]",
            "[withdrawal.decided_on]",
        ),
        rule="R10",
    ),
    "a punishment that repair does not end": rules(
        "missing-repair",
        "    until_first_of: [record.listed_until, list_exit.effective_on, withdrawal.decided_on]",
        ("list_exit.effective_on, repair.effective_on, ", "list_exit.effective_on, "),
    ),
    "a reward that withdrawal does not end": rules(
        "missing-withdrawal",
        "    until_first_of: [next_years_list.published_on, grade_change.effective_on]",
        ("grade_change.effective_on, withdrawal.decided_on]", "grade_change.effective_on]"),
        rule="R10",
    ),
    "a condition on ended records": rules(
        "ended-records",
        "open: false",
        ("{record: anomaly_listing, open: true}", "{record: anomaly_listing, open: false}"),
        rule="R10",
    ),
    # --- where rules meet
    "two policies for one measure": rules(
        "overlap-policy",
        "    same_measure_from_other_rules: longest",
        (
            CONSIDER,
            CONSIDER + "    - {use: m-honours-any, basis: wage-regulation#48.1}\n",
        ),
        (
            "same_measure_from_other_rules: by_measure\n",
            "same_measure_from_other_rules: longest\n",
        ),
        rule="R06",
    ),
    "a reward and a punishment of which neither yields": rules(
        "overlap-reward",
        "    with_punishment: none",
        ("with_punishment: yield_in_same_matter", "with_punishment: none"),
        ("with_incentives: suspend_incentive_in_same_matter", "with_incentives: none"),
        ("with_incentives: suspend_incentive_in_same_matter", "with_incentives: none"),
        rule="R10",
    ),
    "a rule another one already says": rules(
        "unreachable",
        "- key: R03|7",
        ("\n- key: R06\n", "\n" + WAGES.replace("key: R02", "key: R03", 1) + "\n- key: R06\n"),
        rule="R03",
    ),
    "a reward that its own cause prevents": rules(
        "unreachable",
        "      - none_open: {record: honour, list: tax-grade-a}",
        (ANY_SERIOUS, NO_GRADE_A),
        rule="",
    ),
    "a measure none of the rule's subjects may meet": measure_used(
        "unreachable",
        "    - {use: i-green-channel",
        GREEN_MATTER,
        GREEN_MATTER.replace("[organisation]", "[natural_person]"),
        "",
    ),
    "an end that its records cannot have": rules(
        "unreachable",
        "    until_first_of: [record.listed_until, withdrawal.decided_on, list_exit.effective_on]",
        ("    record: list_entry\n    list: procurement-serious\n", "    record: penalty\n"),
        rule="",
    ),
    "two rewards that wait for each other": rules(
        "suspension-cycle",
        "  conditions:\n    all:\n      - none_open: {record: honour, list: aeo-senior}",
        (ANY_SERIOUS, NO_AEO),
        ("\n- key: R15", OTHER_REWARD.replace(ANY_SERIOUS, NO_GRADE_A) + "\n- key: R15"),
        rule="R11",
    ),
}
