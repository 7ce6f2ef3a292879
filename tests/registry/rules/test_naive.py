"""The engine and the naive evaluator agree on 100,000 random worlds, and all of it is reached.

Agreement means: the same measures with their force, state, days, causes, suspensions and marks, and
the same refusals, in whatever order records and adoptions come. Where they differ, the smallest
world that still does is printed.
"""

import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import msgspec
import pytest
from msgspec.structs import replace

from registry.rules.compile import compile_book
from registry.rules.compiled import CompiledBook
from registry.rules.decide import decide
from registry.rules.language import Book, Rule, given
from registry.rules.model import AppliedMeasure, Decision
from registry.rules.until import decide_until
from tests.registry.rules import naive
from tests.registry.rules.books import ADOPTED, MEMBERS, ask, quality, wages
from tests.registry.rules.books import book as real_book
from tests.registry.rules.naive import Answer, Line, Refused
from tests.registry.rules.naive_records import Held, World, triggers, type_of
from tests.registry.rules.random_books import BOOKS, book
from tests.registry.rules.worlds import ACTS, numbered

WORLDS, CHUNKS = 100_000, 10
CHUNK = WORLDS // CHUNKS
DAY = timedelta(days=1)


class Rules(msgspec.Struct):
    """The rules of a book that was written as JSON."""

    rules: tuple[Rule, ...]


# --- the engine's answer in the words of the naive one


def line(one: AppliedMeasure) -> Line:
    """Return what must agree of a measure of the engine."""
    held = {Held(s.by, s.ref.id if s.ref else "", s.until) for s in one.suspended_by}
    return Line(
        one.rule,
        one.edition,
        one.measure,
        one.effect,
        one.state,
        one.start,
        one.until,
        tuple(cause.id for cause in one.causes),
        frozenset(held),
        frozenset(one.why) - {s.why for s in one.suspended_by},
        one.adoption.start,
    )


def told(decision: Decision) -> Answer:
    """Return a decision in the words of the naive evaluator."""
    lines = sorted((line(one) for one in decision.measures), key=lambda one: one[:3])
    refused = {Refused(o.rule, o.edition, o.measure, o.code) for o in decision.not_applied}
    return Answer(tuple(lines), frozenset(refused))


def engine(world: World, use: CompiledBook, *, turned: bool = False) -> Decision:
    """Ask the engine, perhaps with all that is given in the other order."""
    turn = -1 if turned else 1
    return decide(use, world.adoptions[::turn], world.facts[::turn], world.ask, MEMBERS)


# --- the smallest world that still differs


def smaller(world: World) -> Iterator[World]:
    """Yield the world without one record, adoption or rule."""
    for name in ("facts", "adoptions"):
        for at in range(len(getattr(world, name))):
            several = getattr(world, name)
            yield world._replace(**{name: several[:at] + several[at + 1 :]})
    rules = world.book.rules
    for at in range(len(rules) if len(rules) > 1 else 0):
        yield world._replace(book=replace(world.book, rules=rules[:at] + rules[at + 1 :]))


def smallest(world: World, differs: Callable[[World], bool]) -> World:
    """Return a world from which nothing can be left out without the difference going too."""
    for less in smaller(world):
        if differs(less):
            return smallest(less, differs)
    return world


def shown(world: World, use: CompiledBook) -> str:
    """Return a world and both answers, for a person to read."""
    rules = [json.loads(msgspec.json.encode(rule)) for rule in world.book.rules]
    parts = {
        "ask": [world.ask],
        "records": sorted(world.facts, key=lambda fact: fact.ref.idx),
        "adoptions": list(world.adoptions),
        "rules": [json.dumps(rule, ensure_ascii=False) for rule in rules],
        "the engine": [told(engine(world, use))],
        "the naive one": [naive.decide(world)],
    }
    return "\n".join(f"{name}:\n  " + "\n  ".join(map(str, all_)) for name, all_ in parts.items())


def disagree(world: World, make: Callable[[Book], CompiledBook] = compile_book) -> str:
    """Return the smallest disagreement that a world leads to, empty for none."""

    def differs(one: World) -> bool:
        return told(engine(one, make(one.book))) != naive.decide(one)

    if not differs(world):
        return ""
    found = smallest(world, differs)
    return shown(found, make(found.book))


# --- what the worlds reach


def reached(world: World, answer: Answer) -> Iterator[str]:
    """Yield what a world shows of the language, by names that ``MUST`` lists."""
    rules = {(rule.key, rule.edition): rule for rule in world.book.rules}
    real_one = "R15" in {rule.key for rule in world.book.rules}
    causes = {fact.ref.id: fact for fact in world.facts}
    for refused in answer.refused:
        yield refused.code
    for one in answer.lines:
        rule = rules[one.rule, one.edition]
        yield f"real {one.rule}" if real_one else f"generated {rule.kind}"
        yield from (f"effect {one.effect}", f"state {one.state}", f"of {rule.trigger.record}")
        yield from (f"held by {held.by}" for held in one.held)
        yield from (f"mark {mark}" for mark in one.marks)
        yield f"subject {world.ask.subject_kind}"
        yield f"notice {not one.measure}"
        if one.measure and len(one.causes) > 1:
            same = rule.conflict.same_measure_from_other_rules
            measure = world.book.measures[one.measure]
            yield f"several {measure.conflict if same == 'by_measure' else same}"
        if given(rule.trigger.at_least):
            yield f"counted in {min(2, len({causes[cause].member for cause in one.causes}))}"
        for cause in one.causes:
            fact = causes[cause]
            yield f"provenance {fact.provenance}"
            if fact.named_persons:
                yield "named person"
        yield "open end" if one.until is None else "end"


def stopping(world: World, answer: Answer) -> Iterator[str]:
    """Yield the stops of the one rule an act is about, where without the act the answer differs."""
    facts = {fact.ref.id: fact for fact in world.facts}
    for act in world.facts:
        upon = facts.get(act.target.id) if act.target else None
        if upon is None:
            continue
        rest = tuple(fact for fact in world.facts if fact is not act)
        if naive.decide(world._replace(facts=rest)) == answer:
            continue
        yield f"act {act.type} upon {'an act' if upon.type in ACTS else 'a record'}"
        about = [rule for rule in world.book.rules if triggers(rule, upon)]
        for stop in about[0].defeated_by if len(about) == 1 else ():
            if type_of(stop) == act.type:
                yield f"stop {stop.by} {stop.effect}"


STOPPING = {
    *(f"act {one} upon a record" for one in ACTS),
    "act withdrawal upon an act",
    *("stop withdrawal as_if_never_from_that_day", "stop repair end", "stop repair none"),
    *("stop list_exit end", "stop objection_upheld end", "stop stay suspend", "stop stay hidden"),
    *("stop objection_upheld as_if_never_from_that_day", "stop stay end"),
    *("stop reorganisation_shield suspend", "stop reorganisation_shield hidden"),
    *("stop reorganisation_shield none", "stop objection_open none", "stop objection_open suspend"),
}
MUST = STOPPING | {
    *("real R02", "real R06", "real R10", "real R15"),
    *("generated punishment", "generated reward"),
    *(f"effect {one}" for one in naive.EFFECTS if one != "autonomous"),
    *("state active", "state suspended", "end", "open end"),
    *("of list_entry", "of honour", "of anomaly_listing", "of penalty", "of permit"),
    *("of registration", "of evaluation", "of per_mu"),
    *("held by stay", "held by reorganisation_shield", "held by objection", "held by watch"),
    *("held by list_entry", "held by penalty", "held by anomaly_listing", "held by evaluation"),
    *(
        "held by measure",
        "held by adoption",
        "mark 依据待核实",
        "mark 第二依据待核实",
        "mark 无第二依据",
    ),
    *("subject organisation", "subject natural_person", "subject sole_trader", "named person"),
    *("notice True", "notice False", "provenance original", "provenance relayed"),
    *("several longest", "several once"),
    *("counted in 1", "counted in 2"),
    *("not-adopted", "kind-not-covered", "condition-fails", "too-few", "other-organ"),
    *("not-in-local-list", "not-in-catalogue", "basis-not-in-force"),
    *("no-nexus", "stated-elsewhere", "out-of-reach", "not-in-decision"),
    *("not-reached", "no-measure"),
}


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_the_engine_and_the_naive_evaluator_agree(chunk: int):
    applies, missing = 0, set(MUST)
    for number in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        world = numbered(number)
        use = book(number % BOOKS)[1]
        decision, answer = engine(world, use), naive.decide(world)
        if told(decision) != answer:
            pytest.fail(f"world {number}\n{disagree(world)}")
        assert engine(world, use, turned=True) == decision, f"world {number}: the order matters"
        applies += bool(answer.lines)
        if missing:
            missing.difference_update(reached(world, answer))
        if number % 2 and not missing.isdisjoint(STOPPING):
            missing.difference_update(stopping(world, answer))
    assert applies > CHUNK // 8
    assert missing == set()


@pytest.mark.parametrize("chunk", range(4))
def test_the_answer_holds_until_the_day_it_changes(chunk: int):
    """Asked on every day before, the naive evaluator says the same; on the day it does not."""
    told_on, changed = 0, 0
    for number in range(chunk, WORLDS, 997):  # over many books
        world = numbered(number)
        answer = naive.decide(world)
        if not answer.lines:
            continue
        use = book(number % BOOKS)[1]
        found = decide_until(use, world.adoptions, world.facts, world.ask, MEMBERS)
        end = found.changes_on or world.ask.on + 800 * DAY
        day = world.ask.on + DAY
        while day < end:
            then = world._replace(ask=replace(world.ask, on=day))
            assert naive.decide(then) == answer, f"world {number} changes on {day}, not on {end}"
            day += DAY
        then = world._replace(ask=replace(world.ask, on=end))
        told_on += found.changes_on is not None
        changed += found.changes_on is not None and naive.decide(then) != answer
    assert told_on > 5
    assert changed > 0.8 * told_on


def short(book: Book) -> CompiledBook:
    """Compile a book as a wrong engine would: terms of three years are taken for two."""
    text = msgspec.json.encode(Rules(book.rules)).replace(b'"length":"P3Y"', b'"length":"P2Y"')
    return compile_book(replace(book, rules=msgspec.json.decode(text, type=Rules).rules))


def test_a_wrong_engine_is_found_and_the_world_made_small():
    """A term that is a year too short is noticed, and shown with nothing else beside it."""
    world = World(real_book(), ADOPTED, (wages(1), quality(2)), ask(on=date(2026, 6, 1)))
    assert disagree(world) == ""
    found = disagree(world, short)
    assert found.count("Fact(") == 1
    assert found.count("\n  Adoption(") == 1
    assert '"key": "R02"' in found
    assert '"key": "R06"' not in found
    assert "datetime.date(2028, 3, 11)" in found
    assert "datetime.date(2029, 3, 11)" in found
