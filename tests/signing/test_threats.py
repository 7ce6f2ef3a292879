"""What is said about threats rests on tests that are there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

import signing

ROOT = Path(signing.__file__).parents[1]
TEXT = (ROOT / "signing" / "THREATS.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
SECTIONS = re.split(r"^## ", TEXT, flags=re.MULTILINE)[1:]


@cache
def names_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in tree.body if isinstance(node, functions))


@pytest.mark.parametrize(("path", "name"), sorted(set(NAMED.findall(TEXT))))
def test_every_test_that_is_named_is_there(path, name):
    assert name in names_in(path)


def rows(section: str) -> list[list[str]]:
    table = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table[2:]]


def test_every_row_names_a_test_or_says_that_nothing_is_detected():
    for section in SECTIONS[:-1]:
        found = rows(section)
        assert len(found) >= 3, section
        for row in found:
            can, shown = row[:2]
            assert can, section
            assert shown, can
            undetected = re.search(
                r"\*\*(not detected|not prevented|out of scope)\*\*", shown, re.IGNORECASE
            )
            assert undetected or NAMED.search(row[2]), can
            assert set(row[2].replace("`", "").split(", ")) <= {
                "", *(f"{path}::{name}" for path, name in NAMED.findall(row[2]))
            }, can  # fmt: skip


def test_everybody_is_there_and_what_is_out_of_scope_is_named():
    heads = [section.splitlines()[0] for section in SECTIONS]
    assert heads == [
        "A clerk, with his member's tool and key",
        "A thief of a member's key",
        "The operator of a node",
        "The home node of a log",
        "A witness",
        "A quorum, and the roots",
        "The network",
        "A reader",
        "A subject",
        "A consumer of a feed",
        "Out of scope",
    ]
    assert "A quorum that acts together" in SECTIONS[-1]
    assert "A quorum of one is one node" in TEXT
