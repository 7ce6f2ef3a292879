"""Registrations of a CSV file, to be found and to be missed."""

import csv
import hashlib
import random
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from search.documents import Document
from search.engine import Engine
from search.questions import Named

AWAY = 0.1
"""Share of the names that is not stored: names as real as any, that are not there."""
RENAMED = 8
"""One in so many bore the name of one that is away, as far as the index knows."""


def registered(file: Path, chance: random.Random, count: int = 0) -> tuple[list[Named], list[str]]:
    """Read who is stored, ``count`` or all, and names that are not; columns name and code."""
    with file.open(encoding="utf-8-sig") as lines:
        rows = {row["name"]: row["code"] for row in csv.DictReader(lines)}
    names = sorted(rows)
    chance.shuffle(names)
    borne, names = names[: len(names) // 20], names[len(names) // 20 :]
    cut = int(len(names) * AWAY)
    away, kept = names[:cut], names[cut:][: count or None]
    there = [Named(hashlib.sha256(n.encode()).hexdigest()[:32], n, rows[n]) for n in kept]
    for place, former in zip(range(0, len(there), RENAMED), borne, strict=False):
        there[place] = replace(there[place], former=(former,))
    return there, away


def documents(named: Iterable[Named]) -> list[Document]:
    """Make the documents of enterprises, as an index holds them."""
    return [
        Document(
            id=one.id, kind="enterprise", name=one.name, version=1, former_names=one.former,
            codes=(one.code,) if one.code else (),
        )
        for one in named
    ]  # fmt: skip


async def fill(engine: Engine, named: Iterable[Named]) -> None:
    """Store enterprises in an engine that holds nothing yet."""
    await engine.prepare()
    await engine.upsert(documents(named))
