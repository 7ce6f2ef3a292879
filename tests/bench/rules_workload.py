"""Decisions beside zen-engine: one pinned workload, the same matches, alternating runs.

1,000 rules in the language of the books (250 lists, four rules each), 200 subjects with three
records each, so at least four candidate rules a record; a quarter of the records has ended by an
exit or a repair, some are too old for the rule's own term. The same rules are a zen decision
table (hit policy collect) over the same columns. zen gets what is best for it: the decision is
compiled once, contexts are encoded beforehand, dates are integers, the columns that tell rules
apart stand first, and the faster of its two ways (one call a record, one call a subject) counts.
"""

import json
import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import zen

from registry.rules.compile import CompiledBook, compile_book
from registry.rules.decide import decide
from registry.rules.load import load_book
from registry.rules.model import Adoption, AdoptionIndex, Ask, Decision, Fact, FactRef

RULES, LISTS, MEASURES, SUBJECTS, SEED = 1000, 250, 97, 200, 20260501
MEMBERS = tuple(f"32{city:02d}00" for city in range(1, 11))
PASSES = 30  # ours is so much shorter that it needs as many to fill a window of like length
ON = date(2026, 6, 1)
NEVER = 99991231
SEVERITIES = ("general", "serious")


@dataclass(frozen=True)
class Workload:
    """The pinned workload: the compiled book, the questions, and the same for zen."""

    book: CompiledBook
    adoptions: AdoptionIndex
    subjects: tuple[tuple[Ask, tuple[Fact, ...]], ...]
    one_by_one: zen.ZenDecision
    contexts: tuple[tuple[bytes, ...], ...]
    looped: zen.ZenDecision
    loop_contexts: tuple[bytes, ...]


def _severities(rule: int) -> tuple[str, ...]:
    return SEVERITIES if rule % 4 else SEVERITIES[1:]


def _years(rule: int) -> int:
    return 1 if rule % 5 == 0 else 3


def _adopters(rule: int) -> tuple[str, ...]:
    return tuple(member for place, member in enumerate(MEMBERS) if (rule + place) % 10 < 7)


def _rule(index: int) -> dict[str, object]:
    return {
        "key": f"S{index}",
        "edition": "2026-1",
        "kind": "punishment",
        "title": f"示例名单{index % LISTS}",
        "reads": f"被列入示例名单{index % LISTS}的，列入期间依规管理。",
        "trigger": {
            "record": "list_entry",
            "list": f"list-{index % LISTS}",
            "stated_by": {"organ_kind": f"示例部门{index % LISTS % 20}", "where": "anywhere_in_CN"},
            "origin": ["original", "relayed"],
            "severity": list(_severities(index)),
        },
        "subjects": [{"kind": "organisation"}],
        "territory": {
            "basis_reaches": "CN",
            "applies_in": "members_that_adopted",
            "nexus": "the_matter_is_handled_here",
        },
        "period": {
            "from": "record.listed_on",
            "until_first_of": [
                "list_exit.effective_on",
                "repair.effective_on",
                "withdrawal.decided_on",
            ],
            "if_no_listed_until": {
                "length": f"P{_years(index)}Y",
                "counting": "cn-default",
                "basis": "law#1",
            },
        },
        "measures": [{"use": f"m-{index % MEASURES}", "basis": "law#1"}],
        "not_from_this_rule": ["示例"],
        "defeated_by": [{"by": "stay", "effect": "suspend"}],
        "conflict": {"same_measure_from_other_rules": "by_measure"},
        "notify_subject": {"letter": "示例", "tells": ["示例"]},
        "review": {"fair_competition": "示例", "legality": "示例", "public_comment_days": 30},
    }


def _measure(index: int) -> dict[str, object]:
    return {
        "name": f"示例措施{index}",
        "national_item": "纳入重点监管范围",
        "family": "B",
        "effect": "manage",
        "matter": f"matter-{index % 7}",
        "organ": f"示例机关{index % 9}",
        "subjects": ["organisation"],
        "ends_on_repair": True,
        "conflict": "longest" if index % 2 else "once",
    }


def _book() -> CompiledBook:
    """Return the synthetic book, loaded and checked like any other (JSON is YAML)."""
    law = {
        "title": "示例条例",
        "number": "示例令第1号",
        "level": "administrative_regulation",
        "territory": "CN",
        "in_force": {"from": "2020-01-01"},
        "articles": {"1": {"gist": "示例", "read": "full_text"}},
    }
    counting = {
        "start_day_counts": False,
        "last_day": "corresponding_day_or_month_end",
        "last_day_on_holiday": "as_is",
    }
    measures = {f"m-{index}": _measure(index) for index in range(MEASURES)}
    documents = {
        "instruments.yaml": {"instruments": {"law": law}},
        "measures.yaml": {"measures": measures, "counting": {"cn-default": counting}},
        "rules.yaml": {"rules": [_rule(index) for index in range(RULES)]},
    }
    texts = {name: json.dumps(value, ensure_ascii=False) for name, value in documents.items()}
    return compile_book(load_book(texts))


def _ref(subject: int, index: int) -> FactRef:
    return FactRef("log.example/city", subject * 10 + index, f"{subject}-{index}", "0" * 128)


def _facts(subject: int, chance: random.Random) -> tuple[Fact, ...]:
    """Return three list entries of a subject, and the acts that ended some of them."""
    facts: list[Fact] = []
    for index in range(3):
        code = chance.randrange(LISTS)
        listed = ON - timedelta(days=chance.choice((90, 300, 500, 800, 1200)))
        ref = _ref(subject, index)
        who = {
            "subject_id": f"s{subject}",
            "subject_kind": "organisation",
            "subject_name": f"示例企业{subject}",
            "authority": f"示例部门{code % 20}",
            "organ_kind": f"示例部门{code % 20}",
            "member": MEMBERS[subject % 10],
        }
        facts.append(
            Fact(
                ref=ref,
                type="list_entry",
                decided_on=listed,
                listed_on=listed,
                severity=chance.choice(SEVERITIES),
                list=f"list-{code}",
                list_name=f"示例名单{code}",
                list_family="other",
                **who,
            )
        )
        if chance.random() < 0.25:
            ended = ON - timedelta(days=chance.randrange(1, 80))
            facts.append(
                Fact(
                    ref=_ref(subject, index + 5),
                    type=chance.choice(("list_exit", "repair")),
                    decided_on=ended,
                    effective_on=ended,
                    target=ref,
                    **who,
                )
            )
    return tuple(facts)


def _number(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day


def _table(*, loop: bool) -> zen.ZenDecision:
    """Return the same rules as a decision table, the telling columns first."""
    fields = ("list", "organ", "record", "severity", "territory", "ended_on", "listed_on")
    rows = [
        {
            "_id": f"r{index}",
            "list": f'"list-{index % LISTS}"',
            "organ": f'"示例部门{index % LISTS % 20}"',
            "record": '"list_entry"',
            "severity": ", ".join(f'"{one}"' for one in _severities(index)),
            "territory": ", ".join(f'"{one}"' for one in _adopters(index)),
            "ended_on": "> on",
            "listed_on": f">= on - {_years(index) * 10_000}",
            "rule": f'"S{index}"',
            "measure": f'"m-{index % MEASURES}"',
        }
        for index in range(RULES)
    ]
    content: dict[str, object] = {
        "hitPolicy": "collect",
        "inputs": [{"id": name, "name": name, "field": name} for name in fields],
        "outputs": [{"id": name, "name": name, "field": name} for name in ("rule", "measure")],
        "rules": rows,
    }
    if loop:
        content |= {"executionMode": "loop", "inputField": "facts", "outputPath": "found"}
    place = {"x": 0, "y": 0}
    nodes = [
        {"id": "in", "name": "in", "type": "inputNode", "position": place},
        {"id": "t", "name": "t", "type": "decisionTableNode", "position": place}
        | {"content": content},
        {"id": "out", "name": "out", "type": "outputNode", "position": place},
    ]
    edges = [
        {"id": "e1", "sourceId": "in", "targetId": "t", "type": "edge"},
        {"id": "e2", "sourceId": "t", "targetId": "out", "type": "edge"},
    ]
    return zen.ZenEngine().create_decision(json.dumps({"nodes": nodes, "edges": edges}))


def _contexts(ask: Ask, facts: tuple[Fact, ...]) -> list[dict[str, object]]:
    """Return one context for each record: its columns, and when it ended."""
    ends = {fact.target: fact.decided_on for fact in facts if fact.target}
    return [
        {
            "list": fact.list,
            "organ": fact.organ_kind,
            "record": fact.type,
            "severity": fact.severity,
            "territory": ask.territory,
            "on": _number(ask.on),
            "ended_on": _number(ends[fact.ref]) if fact.ref in ends else NEVER,
            "listed_on": _number(fact.decided_on),
        }
        for fact in facts
        if not fact.target
    ]


def build() -> Workload:
    """Return the pinned workload (equal for equal SEED)."""
    chance = random.Random(SEED)
    subjects = tuple(
        (
            Ask(f"s{subject}", "organisation", chance.choice(MEMBERS), "", ON),
            _facts(subject, chance),
        )
        for subject in range(SUBJECTS)
    )
    contexts = [_contexts(ask, facts) for ask, facts in subjects]
    adoptions = AdoptionIndex(
        Adoption(f"S{index}", "2026-1", member, "示例", "示例〔2026〕1号", date(2026, 5, 1))
        for index in range(RULES)
        for member in _adopters(index)
    )
    return Workload(
        book=_book(),
        adoptions=adoptions,
        subjects=subjects,
        one_by_one=_table(loop=False),
        contexts=tuple(tuple(json.dumps(one).encode() for one in three) for three in contexts),
        looped=_table(loop=True),
        loop_contexts=tuple(json.dumps({"facts": three}).encode() for three in contexts),
    )


Matches = dict[str, frozenset[int]]  # measure -> positions of the records that cause it


def ours(work: Workload) -> list[Decision]:
    """Return the decision with reasons for every subject."""
    book, adoptions = work.book, work.adoptions
    return [decide(book, adoptions, facts, ask, {}) for ask, facts in work.subjects]


def theirs_one_by_one(work: Workload) -> list[list[object]]:
    """Return zen's rows for every subject, one evaluation a record."""
    evaluate = work.one_by_one.evaluate
    return [[evaluate(one)["result"] for one in contexts] for contexts in work.contexts]


def theirs_looped(work: Workload) -> list[list[object]]:
    """Return zen's rows for every subject, one evaluation a subject (the table loops)."""
    evaluate = work.looped.evaluate
    return [evaluate(one)["result"]["found"] for one in work.loop_contexts]


def matches_of_ours(work: Workload, decisions: Sequence[Decision]) -> list[Matches]:
    """Return which records cause which measure for every subject."""
    result = []
    for (_, facts), decision in zip(work.subjects, decisions, strict=True):
        places = [fact.ref for fact in facts if not fact.target]
        result.append(
            {
                one.measure: frozenset(places.index(ref) for ref in one.causes)
                for one in decision.measures
            }
        )
    return result


def matches_of_theirs(rows: Sequence[Sequence[object]]) -> list[Matches]:
    """Return the same for zen's rows."""
    result = []
    for subject in rows:
        found: dict[str, set[int]] = {}
        for place, record in enumerate(subject):
            for row in record:
                found.setdefault(row["measure"], set()).add(place)
        result.append({measure: frozenset(places) for measure, places in found.items()})
    return result


def candidates(work: Workload) -> list[int]:
    """Return how many rules each record can trigger by the equality columns."""
    return [
        len(work.book.index[fact.type, fact.list, fact.organ_kind][""])
        for _, facts in work.subjects
        for fact in facts
        if not fact.target
    ]


def _timed(run: Callable[[Workload], object], work: Workload, passes: int) -> float:
    """Return the seconds a subject takes."""
    began = time.perf_counter()
    for _ in range(passes):
        run(work)
    return (time.perf_counter() - began) / len(work.subjects) / passes


def measure(rounds: int = 5) -> dict[str, object]:
    """Return name, value, unit, baseline and ratio: medians of alternating runs in this process.

    Raises ValueError when the two do not find the same: a race of unequal answers says nothing.
    """
    work = build()
    same = matches_of_ours(work, ours(work))
    for theirs in (theirs_one_by_one, theirs_looped):
        if matches_of_theirs(theirs(work)) != same:
            message = f"{theirs.__name__} finds other matches than we do"
            raise ValueError(message)
    times: dict[str, list[float]] = {"ours": [], "one": [], "loop": []}
    for _ in range(rounds):
        times["ours"].append(_timed(ours, work, PASSES))
        times["one"].append(_timed(theirs_one_by_one, work, 1))
        times["loop"].append(_timed(theirs_looped, work, 1))
    median = {name: statistics.median(taken) for name, taken in times.items()}
    baseline = min(median["one"], median["loop"])
    return {
        "name": "decision with reasons, 1,000 rules, 3 records",
        "value": round(median["ours"] * 1e6, 1),
        "unit": "us/decision",
        "baseline": round(baseline * 1e6, 1),
        "ratio": round(baseline / median["ours"], 1),
    }
