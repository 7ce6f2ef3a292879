"""Every one-line defect of the list is noticed by the tests it names.

Each runs in a copy of the tree, in a process of its own. Only a failed test counts: a defect that
keeps the module from being imported proves nothing about the tests.
"""

import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.mutants.mutants import MUTANTS, Mutant

COPIED = ("signing", "search", "registry", "migrations", "tests", "pyproject.toml")
ROOMS = {"signing", "registry/ingest", "registry/ledger", "registry/rules", "registry/query"}
TESTS_FAILED = 1  # pytest's exit code; 2 and up are errors of another kind


@pytest.fixture(scope="session")
def tree(tmp_path_factory) -> Path:
    """Copy what the tests need, compiled so that no file can hide a change.

    Compiled files are found valid by the digest of their source, never by its time: a defect and
    its repair may come within one second.
    """
    copy = tmp_path_factory.mktemp("tree")
    for name in COPIED:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "node_modules")
            shutil.copytree(ROOT / name, copy / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, copy / name)
    by_digest = ["--invalidation-mode", "checked-hash", *COPIED[:-2]]
    subprocess.run([sys.executable, "-m", "compileall", "-q", *by_digest], cwd=copy, check=True)
    return copy


def run(tree: Path, killers: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    """Run the named tests in the copy; only the plugins they need are loaded."""
    dropped = ("COV", "PYTEST_", "PYTHONDONTWRITEBYTECODE")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(dropped)}
    command = [sys.executable, "-m", "pytest", "-q", "-x", "--no-header", "--tb=line"]
    command += ["-p", "no:cacheprovider", "-p", "pytest_asyncio.plugin", *killers]
    return subprocess.run(
        command,
        cwd=tree,
        env={**kept, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_there_are_enough_and_in_every_room():
    rooms = Counter(
        mutant.file.split("/", 1)[0]
        if mutant.file.startswith("signing/")
        else "/".join(mutant.file.split("/")[:2])
        for mutant in MUTANTS
    )
    assert len(MUTANTS) >= 60
    assert set(rooms) >= ROOMS
    assert len({(m.file, m.before, m.after) for m in MUTANTS}) == len(MUTANTS)


def test_each_original_stands_exactly_once():
    wrong = {
        mutant.name: count
        for mutant in MUTANTS
        if (count := (ROOT / mutant.file).read_text(encoding="utf-8").count(mutant.before)) != 1
    }
    assert wrong == {}
    assert [m.name for m in MUTANTS if "\n" in m.before.strip("\n") or m.before == m.after] == []


def test_the_named_tests_pass_without_a_defect(tree):
    killers = tuple(sorted({killer for mutant in MUTANTS for killer in mutant.killers}))
    done = run(tree, killers)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_defect_is_noticed(tree, mutant: Mutant):
    path = tree / mutant.file
    original = path.read_text(encoding="utf-8")
    path.write_text(original.replace(mutant.before, mutant.after), encoding="utf-8")
    try:
        for killer in mutant.killers:
            done = run(tree, (killer,))
            assert done.returncode == TESTS_FAILED, f"{killer} lives: {done.stdout[-2000:]}"
    finally:
        path.write_text(original, encoding="utf-8")
