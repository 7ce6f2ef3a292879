"""In random worlds the answer is what a second, plain reckoning says, in any order, on any day."""

from collections import Counter
from datetime import timedelta
from typing import get_args

import msgspec
import pytest
from msgspec.structs import replace

from registry.standards.answer import answer, in_order
from registry.standards.bundle import encode_bundle, replay
from registry.standards.cases import known_of
from registry.standards.statutes import STATUTES
from registry.standards.weighing import Code, Scale
from tests.registry.standards.naive import Naive
from tests.registry.standards.worlds import DAYS, START, ask, shuffled, world

WORLDS = 300


def test_the_verdict_is_that_of_a_plain_reckoning():
    seen, met = set(), Counter()
    for seed in range(WORLDS):
        known, question = in_order(world(seed)), ask(seed)
        scale = Scale.of(known, STATUTES)
        for offset in range(0, DAYS, 5):
            asked = replace(question, on=START + timedelta(days=offset))
            plain, weighed = Naive(known, asked.on), scale.weigh(asked)
            assert weighed.verdict == plain.verdict(asked), (seed, asked)
            assert weighed.state == plain.state(plain.meant(asked.number)), (seed, asked)
            mutual = weighed.mutual is not None
            assert mutual == plain.mutual(asked), (seed, asked)
            seen.add((weighed.verdict, weighed.state))
            met.update(paper.code for paper in weighed.papers)
            met["mutual"] += mutual
    assert {verdict for verdict, _ in seen} == {
        "yes",
        "partly",
        "conditionally",
        "no",
        "no_document",
        "no_recognition_needed",
    }
    assert set(get_args(Code)) | {"mutual"} == set(met)
    assert min(met.values()) >= 5, met
    assert {state for _, state in seen} == {
        "upcoming",
        "in_force",
        "partly_replaced",
        "void",
        "unknown",
    }


@pytest.mark.parametrize("seed", range(0, WORLDS, 20))
def test_the_order_of_what_is_known_does_not_matter_and_it_replays(seed):
    known, question = world(seed), ask(seed)
    first = answer(question, known)
    second = answer(question, shuffled(known, seed))
    assert msgspec.json.encode(first) == msgspec.json.encode(second)
    assert replay(encode_bundle(question, known, first)) == first


@pytest.mark.parametrize("seed", range(5, WORLDS, 30))
def test_the_day_of_change_is_exact(seed):
    """Day by day: the same until then, and another answer on that day."""
    known = world(seed)
    question = replace(ask(seed), on=START)
    today = answer(question, known)
    day = START
    while day < START + timedelta(days=DAYS + 2) and day != today.changes_on:
        day += timedelta(days=1)
        there = answer(replace(question, on=day), known)
        same = replace(there, ask=question, changes_on=today.changes_on) == today
        assert same == (day != today.changes_on), day


def test_nothing_known_is_no_document():
    got = answer(ask(1), known_of([]))
    assert (got.verdict, got.chain, got.nearest) == ("no_document", (), ())
