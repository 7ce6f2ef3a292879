"""Every one-line defect of the list is noticed by the tests it names.

Each runs in a copy of the tree, in a process of its own. Only a failed test counts: a defect that
keeps the module from being imported proves nothing about the tests.

A defect inside functions is put into them as they are, all else imported before: no more than a
fork and the test. One that nobody notices so, or that is outside of functions, is tried once more
from its file, with whatever rests on it imported anew.
"""

import contextlib
import json
import multiprocessing
import re
import runpy
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import forkserver
from pathlib import Path

import pytest

from tests.conftest import GIVEN_SERVER, ROOT, Server
from tests.mutants.mutants import MUTANTS, Mutant
from tests.mutants.swap import in_functions

COPIED = ("signing", "search", "registry", "migrations", "tests", "pyproject.toml")
ROOMS = {"signing", "registry/ingest", "registry/ledger", "registry/rules", "registry/query"}
RAN = 100  # a process that ends otherwise than by pytest ends with less
PASSED, TESTS_FAILED = RAN, RAN + 1  # with pytest's exit code; 2 and up are errors of another kind


# What the tests import, and they themselves, once: a process of its own for each defect then begins
# with it. Of the copy all modules; a defect from its file is tried in a process that forgets them.
WARM, FROZEN = "everything_of_the_copy", "out_of_every_search_for_garbage"
PRELOADED = [
    WARM,
    *("pytest", "hypothesis", "cryptography.x509", "msgspec", "httpx"),
    *("litestar", "litestar.testing", "pydantic_settings", "piccolo.table", "asyncpg", "jinja2"),
    *("jsonschema", "ruamel.yaml", "zstandard", "click", "rich.progress", "prometheus_client"),
    *("meilisearch", "fpdf", "segno", "xlsxwriter", "python_calamine", "joserfc.jwt", "opencc"),
    *("piccolo.apps.migrations.commands.forwards", "rapidfuzz.fuzz", "chinese_calendar", "stdnum"),
    *("pypinyin", "yaml", "uvicorn", "granian.server.embed"),
    FROZEN,
]
# Nothing of the tree that runs this test may be found by the tests in the copy.
RUN = """
import os, sys
import pytest
import pytest_asyncio.plugin
for name in [name for name in os.environ if name.startswith(("COV", "PYTEST_"))]:
    del os.environ[name]
os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
os.environ["PYTEST_DEBUG_TEMPROOT"] = temporary
os.environ[given_server] = given
os.chdir(tree)
sys.path[:] = [tree, *(path for path in sys.path if path not in ("", root, tree))]
if forgotten:
    forgotten = [*forgotten, *(name for name in sys.modules if name.partition(".")[0] == "tests")]
for name in forgotten:
    if sys.modules.pop(name, None) is not None:
        package, _, module = name.rpartition(".")
        vars(sys.modules.get(package, sys)).pop(module, None)
if patched:
    from tests.mutants.swap import swap
    swap(*patched)
for number in (1, 2):
    os.dup2(os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
options = ["-q", "-x", "--no-header", "--tb=line", "-p", "no:cacheprovider"]
code = pytest.main([*options, *killers], plugins=[pytest_asyncio.plugin])
sys.stdout.flush()
os._exit(ran + code)
"""


@dataclass(frozen=True, slots=True)
class Done:
    """How a run of tests ended, and what it printed."""

    code: int | None
    said: str


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
    (copy / "run.py").write_text(RUN, encoding="utf-8")
    (copy / f"{FROZEN}.py").write_text("import gc\ngc.freeze()\ngc.disable()\n", encoding="utf-8")
    (copy / f"{WARM}.py").write_text(
        "".join(
            f"import {name}\n" for name in sorted({*MODULES, *KILLERS}) if "__main__" not in name
        ),
        encoding="utf-8",
    )
    # A pytest closes its temporary folder to all but its user: with the one of the tests around it,
    # a PostgreSQL there, which runs as another user, could be neither used nor stopped any more.
    (copy / "temporary").mkdir()
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    with contextlib.chdir(copy):  # where the server looks first for what it imports
        forkserver.ensure_running()
    return copy


@pytest.fixture(scope="session")
def given(postgres_server: Server, migrated_template: str) -> str:
    """Say which PostgreSQL they work in: starting and migrating one takes longer than most tests.

    The template is made by the migrations as they are, so a defect of theirs would not be noticed.
    """
    server = {"programs": postgres_server.programs, "address": postgres_server.address}
    return json.dumps({"server": server, "template": migrated_template})


def modules(*rooms: str) -> dict[str, Path]:
    """Return the modules of these rooms by their names."""
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for room in rooms
        for path in (ROOT / room).rglob("*.py")
    }


MODULES = modules("signing", "search", "registry")
KILLERS = {
    killer.partition("::")[0].removesuffix(".py").replace("/", ".")
    for mutant in MUTANTS
    for killer in mutant.killers
}
"""The modules of the tests."""
PARTS = 4
"""In so many runs all killers are tried without a defect: other tests need their turn as well."""


def module_of(file: str) -> str:
    """Return the name of the module in a file."""
    return next(name for name, path in MODULES.items() if path == ROOT / file)


FROM = re.compile(r"^\s*from ([\w.]+) import (\([^)]*\)|.*)", re.MULTILINE)
PLAIN = (re.compile(r"^\s*import ([\w.]+)", re.MULTILINE), re.compile(r"[\"']([\w.]+)[\"']"))


def named_in(path: Path) -> Iterator[str]:
    """Yield every name in a module that may be that of another: imported, or in a string."""
    text = path.read_text(encoding="utf-8")
    for package, names in FROM.findall(text):
        yield package
        yield from (f"{package}.{name}" for name in re.findall(r"\w+", names))
    for plain in PLAIN:
        yield from plain.findall(text)


@pytest.fixture(scope="session")
def resting_on() -> Callable[[str], list[str]]:
    """Say which modules import the one of a file, however far away, and itself."""
    direct: dict[str, set[str]] = {}
    for name, path in MODULES.items():
        for other in set(named_in(path)) & MODULES.keys():
            direct.setdefault(other, set()).add(name)

    def found(file: str) -> list[str]:
        one = module_of(file)
        reached, waiting = {one}, [one]
        while waiting:
            new = direct.get(waiting.pop(), set()) - reached
            reached |= new
            waiting += new
        return sorted(reached)

    return found


def run(
    tree: Path,
    given: str,
    killers: tuple[str, ...],
    forgotten: Sequence[str] = (),
    patched: tuple[str, str] | None = None,
) -> Done:
    """Run the named tests in the copy; only the plugins they need are loaded.

    ``forgotten`` are modules to import anew, ``patched`` one with the source its functions get.
    """
    context = multiprocessing.get_context("forkserver")
    said = tree / "said"
    names = {
        "tree": str(tree),
        "temporary": str(tree / "temporary"),
        "root": str(ROOT),
        "said": str(said),
        "killers": killers,
        "forgotten": forgotten,
        "patched": patched,
        "given_server": GIVEN_SERVER,
        "given": given,
        "ran": RAN,
    }
    process = context.Process(
        target=runpy.run_path, args=(str(tree / "run.py"),), kwargs={"init_globals": names}
    )
    process.start()
    process.join(120)
    process.kill()
    process.join()
    return Done(process.exitcode, said.read_text(encoding="utf-8"))


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


@pytest.mark.parametrize(
    ("before", "after", "inside"),
    [
        ("def f():\n    return 1\n", "def f():\n    return 2\n", True),
        ("class A:\n    def f(self): pass\n", "class A:\n    def f(self): return 1\n", True),
        ("class A:\n    b = 1\n", "class A:\n    b = 2\n", False),
        ("A = 1\n", "A = True\n", False),
        ("A = B\n", "A = C\n", False),
        ("def f(): pass\n", "def f(:\n", False),
        ("def f(): pass\n", "def g(): pass\n", False),
    ],
)
def test_what_is_inside_functions(before, after, inside):
    assert in_functions(before, after) is inside


@pytest.mark.parametrize("part", range(PARTS))
def test_without_a_defect_the_tests_pass_in_the_copy(tree, given, part: int):
    """It alone must make the difference."""
    killers = sorted({killer for mutant in MUTANTS for killer in mutant.killers})
    each = -(-len(killers) // PARTS)  # neighbours: each module of tests is collected once
    done = run(tree, given, tuple(killers[part * each :][:each]))
    assert done.code == PASSED, done.said[-3000:]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_defect_is_noticed(tree, given, resting_on, mutant: Mutant):
    original = (ROOT / mutant.file).read_text(encoding="utf-8")
    source = original.replace(mutant.before, mutant.after)
    for killer in mutant.killers:
        if in_functions(original, source):
            done = run(tree, given, (killer,), patched=(module_of(mutant.file), source))
            if done.code == TESTS_FAILED:
                continue
        without = run(tree, given, (killer,), resting_on(mutant.file))
        assert without.code == PASSED, f"without the defect: {without.said[-2000:]}"
        (tree / mutant.file).write_text(source, encoding="utf-8")
        try:
            done = run(tree, given, (killer,), resting_on(mutant.file))
        finally:
            (tree / mutant.file).write_text(original, encoding="utf-8")
        assert done.code == TESTS_FAILED, f"{killer} lives: {done.said[-2000:]}"
