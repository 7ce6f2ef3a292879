"""Recall on labelled questions: the fictional region on every engine, real names where they are."""

import random
from pathlib import Path

import pytest

from registry.demo.enterprises import enterprises
from search.engine import Engine
from search.quality import Figures, measure
from search.questions import Named, Question, questions
from tests.search.real import fill, registered

SEED = 20260401
EACH = 25
"""Questions of each kind."""
FLOORS = {
    "exact": 1.0, "no suffix": 1.0, "short": 1.0, "spaced": 1.0, "traditional": 1.0, "pinyin": 1.0,
    "former": 1.0, "initials": 0.97, "homophone": 0.97, "dropped": 0.97, "swapped": 0.97,
    "wrong": 0.97, "slip in pinyin": 0.97, "code digit": 0.97, "other form": 0.97,
    "more words": 0.9,
}  # fmt: skip
"""Share found among the first ten; the fictional names resemble each other more than real ones."""
REAL_STORED = 3_000
ASIDE = frozenset(
    {*("other form", "more words", "slip in pinyin"), *("absent", "absent, put together")}
)
"""Not among those of which an answer should be sure."""


def overall(found: dict[str, Figures], figure: str) -> float:
    shares = [one.share(getattr(one, figure)) for kind, one in found.items() if kind not in ASIDE]
    return sum(shares) / len(shares)


def unsure(found: dict[str, Figures]) -> float:
    shares = [one.share(one.sure_and_right) for kind, one in found.items() if kind not in FLOORS]
    return sum(shares) / len(shares)


def missed(found: dict[str, Figures]) -> dict[str, float]:
    return {
        kind: found[kind].share(found[kind].ten)
        for kind, floor in FLOORS.items()
        if kind in found and found[kind].share(found[kind].ten) < floor
    }


def fictional() -> tuple[list[Named], list[Question]]:
    named = [
        Named(f"{number:032x}", one.name, one.uscc, tuple(name for name, _ in one.former))
        for number, one in enumerate(enterprises(random.Random(SEED)))
    ]
    chance = random.Random(SEED)
    chance.shuffle(named)
    there, away = named[:430], [one.name for one in named[430:]]
    return there, list(questions(there, away, EACH, chance))


SERVED = pytest.mark.parametrize(
    "engine",
    [
        pytest.param("postgres", marks=pytest.mark.postgres),
        pytest.param("meilisearch", marks=pytest.mark.meilisearch),
    ],
    indirect=True,
)


@SERVED
async def test_the_fictional_region_is_found_in_every_way(engine: Engine) -> None:
    there, asked = fictional()
    await fill(engine, there)
    found = await measure(engine, asked)
    assert found.keys() >= FLOORS.keys()
    assert missed(found) == {}
    assert overall(found, "first") >= 0.93, found
    assert overall(found, "sure_and_right") >= 0.9, found
    assert unsure(found) >= 0.9, found


@pytest.mark.shared_data
@SERVED
async def test_real_names_are_found_in_every_way(engine: Engine, shared_data: Path) -> None:
    chance = random.Random(7)
    there, away = registered(shared_data / "uscc" / "enterprises.csv", chance, REAL_STORED)
    await fill(engine, there)
    found = await measure(engine, list(questions(there, away, EACH, chance)))
    assert missed(found) == {}
    assert overall(found, "first") >= 0.95, found
    assert overall(found, "sure_and_right") >= 0.92, found
    assert unsure(found) >= 0.95, found
