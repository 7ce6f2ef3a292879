"""Random books of rules, each from a number.

They are of the types of the language and pass the gate but for what a book may come to after it
was adopted, or what the gate asks of words: instruments that end unwatched, lists, favours.
"""

from datetime import date, timedelta
from functools import cache
from random import Random
from typing import get_args

from msgspec import UNSET
from msgspec.structs import replace

from registry.rules import language as words
from registry.rules import terms
from registry.rules.check import check_book
from registry.rules.compile import compile_book
from registry.rules.compiled import CompiledBook
from registry.rules.language import Book, Rule
from registry.rules.lawful import Catalogue, ListedItem
from tests.registry.rules import books

MEMBERS = ("320100", "321100", "340200")
ORGANS = ("甲机关", "乙机关", "丙机关")
MATTERS = ("tender", "service")
FIELDS = ("tax", "fire")
ROLES = ("法定代表人", "主要负责人")
KINDS = ("罚款", "吊销许可证件")
SCHEMES = ("办法甲", "办法乙")
GRADES = ("A", "D")
LISTINGS = {"list_entry": "serious", "honour": "honour", "anomaly_listing": "anomaly"}
LISTS = {name: (f"{name}-one", f"{name}-two") for name in LISTINGS}
ITEMS = ("甲项", "乙项")
MONTH = 30
FIRST = date(2025, 1, 1)
DAYS = tuple(FIRST + timedelta(days=MONTH * n + off) for n in range(36) for off in (-1, 0, 1))
BOOKS = 200
_RELAXED = frozenset(
    {
        *("basis-not-in-force", "missing-second-basis", "unread-basis", "missing-repair"),
        *(
            "counts-repaired",
            "missing-term",
            "unreachable",
            "outside-list",
            "not-in-catalogue",
            "list-family",
            "list-effect",
        ),
        *("list-targets-wider", "supplement-without-regulation", "bid-points", "overlap-reward"),
    }
)


# --- books


def instruments(rng: Random) -> dict[str, words.Instrument]:
    levels = {"law": "law", "rule": "ministry_rule", "policy": "party_state_policy"}
    made = {}
    for key, level in levels.items():
        until = rng.choice(DAYS[60:]) if rng.random() < 0.3 else UNSET
        start = rng.choice(DAYS[30:40]) if rng.random() < 0.2 else date(2020, 1, 1)
        second = "full_text" if rng.random() < 0.7 else "unconfirmed"
        articles = {
            "1": words.Article(
                read="unconfirmed" if rng.random() < 0.2 else "secondary", gist="示例"
            ),
            "2": words.Article(read=second, text="示例条文"),
        }
        force = terms.InForce(start=start, until=until)
        made[key] = words.Instrument("示例法", "示例号", level, "CN", force, articles)
    return made


def measures(rng: Random) -> dict[str, words.Measure]:
    made = {}
    for n in range(6):
        reward = n >= 4
        effect = "favour" if reward else rng.choice(("bar", "restrict", "consider", "manage"))
        made[f"m-{n}"] = words.Measure(
            name=f"措施{n}",
            family="incentive" if reward else rng.choice(("A", "B")),
            effect=effect,
            matter=rng.choice(MATTERS),
            organ=rng.choice((*ORGANS, "甲机关、乙机关")),
            subjects=tuple(kind for kind in get_args(terms.SubjectKind) if rng.random() < 0.92)
            or ("organisation",),
            conflict="best_once"
            if reward and rng.random() < 0.5
            else rng.choice(get_args(terms.Policy)),
            ends_on_repair=rng.random() < 0.7,
            national_item=None if reward or rng.random() < 0.2 else rng.choice(ITEMS),
        )
    return made


def catalogues(rng: Random) -> tuple[Catalogue, ...]:
    """Return lists of lawful measures in consecutive editions, or none at all."""
    if rng.random() < 0.6:
        return ()
    seam = rng.choice(DAYS[60:])
    made = []
    for scope, start, until in (("CN", FIRST, seam), ("CN", seam, UNSET), ("320000", FIRST, UNSET)):
        rows = tuple(
            ListedItem(item, "A", "示例", "示例", "示例", "示例")
            for item in ITEMS
            if rng.random() < (0.3 if scope == "320000" else 0.85)
        )
        span = terms.InForce(start, until)
        if rows:
            made.append(Catalogue(scope, f"{start:%Y}", "示例清单", "law", span, "secondary", rows))
    return tuple(made)


def trigger(rng: Random, *, reward: bool) -> words.Trigger:
    record = rng.choice(
        (
            "list_entry",
            "list_entry",
            "penalty",
            "permit",
            "registration",
            "evaluation",
            "per_mu",
            "anomaly_listing",
            "penalty",
        )
    )
    record = rng.choice(("honour", "evaluation", "per_mu")) if reward else record
    here = record == "per_mu" or rng.random() < 0.1
    fields = rng.choice((*FIELDS, FIELDS))
    least = words.AtLeast(
        rng.choice((2, 2, 3)), rng.choice(("P3M", "P1Y", "P2Y")), "plain", rng.choice((1, 1, 2))
    )
    return words.Trigger(
        record=record,
        stated_by=words.StatedBy(rng.choice(ORGANS[:2]), "here" if here else "anywhere_in_CN"),
        origin=rng.choice((("original",), ("original", "relayed"), ("original", "relayed"))),
        list=rng.choice(LISTS[record]) if record in LISTINGS else "",
        listed_for=words.ListedFor(fields) if rng.random() < 0.2 else UNSET,
        severity=("serious",) if rng.random() < 0.2 else (),
        kinds=(KINDS[1],) if record == "penalty" and rng.random() < 0.4 else (),
        grades=("A",) if record in {"evaluation", "per_mu"} and rng.random() < 0.7 else (),
        at_least=least if rng.random() < 0.25 else UNSET,
    )


def subjects(rng: Random) -> tuple[words.RuleSubject, ...]:
    made = [words.RuleSubject("organisation")]
    if rng.random() < 0.5:
        named = words.RuleSubject(
            "natural_person", "named_in_the_listing_decision", ROLES[:1], "authorised_only"
        )
        listed = words.RuleSubject("natural_person", "is_the_listed_party", (), "authorised_only")
        made.append(rng.choice((named, listed)))
    if rng.random() < 0.4:
        made.append(words.RuleSubject("sole_trader"))
    return tuple(made)


def period(rng: Random, record: str, *, reward: bool) -> words.Period:
    anchors = [
        one
        for one in get_args(terms.EndAnchor)
        if rng.random() < 0.5 and (record == "penalty" or one != "record.effective_until")
    ]
    term = words.DefaultTerm(
        rng.choice(("P1Y", "P1Y6M", "P6M", "P45D")), rng.choice(("plain", "first")), "law#1"
    )
    starts = get_args(terms.StartAnchor)
    if record not in LISTINGS and rng.random() < 0.95:  # what is no listing has no day of it
        starts = tuple(one for one in starts if one != "record.listed_on")
    start = rng.choice(starts)
    imposed = "record.effective_until" in anchors
    return words.Period(
        start=start,
        until_first_of=tuple(anchors) or ("withdrawal.decided_on",),
        at_most=words.DefaultTerm("P9M", "plain", "law#1") if rng.random() < 0.3 else UNSET,
        if_no_listed_until=UNSET if (reward or imposed) and rng.random() < 0.5 else term,
    )


def stops(rng: Random) -> tuple[words.Stop, ...]:
    made = [words.Stop("withdrawal", "as_if_never_from_that_day")]
    effects = {
        "repair": ("end", "none", "none"),
        "list_exit": ("end",),
        "objection_upheld": ("end", "as_if_never_from_that_day"),
        "stay": ("suspend", "suspend", "suspend", "hidden", "end"),
        "reorganisation_shield": ("suspend", "hidden", "none"),
        "objection_open": ("none", "none", "suspend"),
    }
    for by, choices in effects.items():
        if rng.random() < 0.8:
            effect = rng.choice(choices)
            made.append(words.Stop(by, effect, mark=f"注：{by}" if effect == "none" else ""))
    return tuple(made)


def conditions(rng: Random) -> words.Conditions:
    tests = []
    for _ in range(rng.choice((1, 2))):
        record = rng.choice(("list_entry", "penalty", "anomaly_listing", "evaluation"))
        any_list = record == "list_entry" and rng.random() < 0.5
        one = words.OpenTest(
            record,
            rng.choice(((), "serious", ("general", "serious"))),
            rng.choice(("", "", *FIELDS)),
            "" if record != "list_entry" or any_list else rng.choice(LISTS["list_entry"]),
            any_list,
        )
        tests.append(
            words.Condition(none_open=one) if rng.random() < 0.6 else words.Condition(not_=one)
        )
    return words.Conditions(tuple(tests))


def evaluated(rng: Random) -> terms.Evaluated:
    grades = dict.fromkeys(GRADES, "示例")
    return terms.Evaluated(rng.choice(SCHEMES), "示例", (terms.Indicator("示例"),), grades, "law#1")


def use(rng: Random, key: str, measure: words.Measure) -> words.Use:
    strong = measure.family == "A" or measure.effect in {"bar", "restrict"}
    basis = rng.choice(
        ("law#1", "law#2", "policy#1") if strong else ("law#1", "rule#1", "policy#1")
    )
    second = rng.choice(
        (
            UNSET,
            words.SecondBasis("unconfirmed", "示例", rng.choice(("notice", "hidden"))),
            words.SecondBasis("law#2", "示例", rng.choice(("notice", "hidden", ""))),
            words.SecondBasis("policy#1", "示例"),
        )
    )
    local = "required" if measure.family == "incentive" and rng.random() < 0.5 else ""
    return words.Use(key, "law#2" if measure.effect == "bar" else basis, second, local)


def rule(rng: Random, key: str, edition: str, known: dict[str, words.Measure], policy: str) -> Rule:
    reward = rng.random() < 0.35
    mine = rng.sample(
        ("m-4", "m-5") if reward else ("m-0", "m-1", "m-2", "m-3"), rng.choice((1, 2))
    )
    nexus = rng.choice(
        (
            rng.choice(get_args(terms.Nexus)),
            "the_matter_is_handled_here",
            "application_here",
            tuple(rng.sample(get_args(terms.Nexus), 2)),
        )
    )
    watch = words.Watch(
        rng.choice(("law", "rule", "policy")), "示例", "suspend_rule_until_rechecked"
    )
    wanted = trigger(rng, reward=reward)
    return Rule(
        key=key,
        edition=edition,
        kind="reward" if reward else "punishment",
        title=f"规则{key}",
        reads="示例。",
        trigger=wanted,
        subjects=subjects(rng),
        territory=words.Territory(
            "CN" if rng.random() < 0.8 else rng.choice(("320000", "321100")),
            rng.choice(
                (
                    "members_that_adopted",
                    "members_that_adopted",
                    "members_whose_incentive_list_names_this_honour",
                )
            ),
            nexus,
            "as_it_states" if rng.random() < 0.15 else "wherever_adopted",
            words.EqualTreatment("any_member", "示例") if reward else UNSET,
        ),
        period=period(rng, wanted.record, reward=reward),
        measures=tuple(use(rng, one, known[one]) for one in mine),
        not_from_this_rule=("示例",),
        conflict=words.Conflict(
            "by_measure" if reward else policy,
            rng.choice(get_args(words.Conflict.__annotations__["with_incentives"])),
            rng.choice(get_args(words.Conflict.__annotations__["with_punishment"])),
        ),
        notify_subject=words.Notify("示例", ("示例",)),
        review=words.Review("示例", "示例", 30),
        evaluation=evaluated(rng) if wanted.record == "per_mu" else UNSET,
        conditions=conditions(rng) if rng.random() < (0.7 if reward else 0.1) else UNSET,
        suspended_while=(),
        for_other_organs=words.OtherOrgans("notice", "仅供参考。") if rng.random() < 0.4 else UNSET,
        defeated_by=stops(rng),
        watch=(watch,) if rng.random() < 0.4 else (),
    )


def generated(rng: Random) -> Book:
    """Return a random book of several rules, one perhaps in several editions."""
    counting = {
        "plain": words.Counting(
            start_day_counts=False,
            last_day="corresponding_day_or_month_end",
            last_day_on_holiday="as_is",
        ),
        "first": words.Counting(
            start_day_counts=True,
            last_day="corresponding_day_or_month_end",
            last_day_on_holiday="as_is",
        ),
    }
    book = Book(instruments(rng), measures(rng), counting, (), catalogues=catalogues(rng))
    policy = rng.choice(("by_measure", "by_measure", "longest", "once", "most_severe"))
    names = [
        ("R01", "2026-1"),
        ("R02", "2026-1"),
        ("R03", "2026-1"),
        ("R04", "2026-1"),
        ("R01", "2026-2"),
        ("R01", "2026-10"),
    ]
    for key, edition in names[: rng.choice((3, 4, 5, 6))]:
        for _ in range(200):
            one = rule(rng, key, edition, book.measures, policy)
            if one.conditions is not UNSET and rng.random() < 0.7:
                one = replace(one, suspended_while=("condition_fails",))
            grown = replace(book, rules=(*book.rules, one))
            if {defect.code for defect in check_book(grown)} <= _RELAXED:
                book = grown
                break
    return book


@cache
def book(number: int) -> tuple[Book, CompiledBook]:
    """Return a book by its number, and compiled: every fourth is real, by turns whole and small.

    In the small one incentives and burdens meet more often.
    """
    if number % 4:
        made = generated(Random(f"book {number}"))
    else:
        made = books.whole() if number % 8 else books.book()
    return made, compile_book(made)
