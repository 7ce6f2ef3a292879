"""The README keeps its word: every path is there, every command runs and ends as it says."""

import asyncio
import contextlib
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from registry.demo.report import Report
from registry.demo.run import free_port, serve
from tests.architecture.source import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PORT = "8000"


def commands() -> list[tuple[str, int]]:
    """Return the commands of the README in order, each with the exit code it announces."""
    blocks = re.findall(r"```console\n(.*?)```", README, re.DOTALL)
    found = []
    for line in "".join(blocks).splitlines():
        command, _, comment = line.removeprefix("$ ").partition("   #")
        announced = re.search(r"exit (\d)", comment)
        found.append((command.strip(), int(announced[1]) if announced else 0))
    return found


def recipe(target: str) -> str:
    """Return what make would run for a target."""
    match = re.search(rf"^{target}:.*\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)
    return match[1] if match else ""


def test_every_path_is_there():
    paths = re.findall(r"`([\w./-]+/[\w./-]*|[\w-]+\.(?:md|toml|py|lock))`", README)
    ours = [p for p in paths if p.split("/")[0] in {"signing", "search", "registry", "tests"}]
    assert len(ours) > 20
    assert [path for path in ours if not (ROOT / path).exists()] == []


def test_every_make_target_is_there_and_says_what_it_is_for():
    targets = set(re.findall(r"make ([a-z]+)", README)) - {"the"}
    assert {"demo", "test", "smoke", "check", "bench", "help"} <= targets
    for target in targets:
        assert re.search(rf"^{target}:.*## \w", MAKEFILE, re.MULTILINE), target


def test_the_two_commands_come_first():
    first = re.search(r"```console\n(.*?)```", README, re.DOTALL)
    assert [line.split("#")[0].strip() for line in first[1].splitlines()] == [
        "$ make demo",
        "$ make test",
    ]


def test_make_runs_what_is_tested_here():
    assert "$(BIN)/registry demo $(ARGS)" in recipe("demo")
    assert "$(BIN)/registry demo --once" in recipe("smoke")
    assert " lint types " in recipe("test").splitlines()[0]
    assert "coverage run -m pytest" in recipe("test")
    assert recipe("test").splitlines()[-1].startswith("\t$(BIN)/pytest ")
    assert (ROOT / ".ci" / "run").read_text().splitlines()[-1] == "exec make test"
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def argv(command: str, folder: Path, port: int) -> list[str]:
    """Return a command of the README as it is run here: our interpreter, port and files."""
    words = shlex.split(command.replace(f"127.0.0.1:{PORT}", f"127.0.0.1:{port}"))
    out: list[str] = []
    for word in words:
        globbed = (
            sorted(str(p.relative_to(folder)) for p in folder.glob(word)) if "*" in word else []
        )
        out += globbed or [word]
    programs = {
        ".venv/bin/registry": [sys.executable, "-c", REGISTRY],
        ".venv/bin/python": [sys.executable],
    }
    return [*programs[out[0]], *out[1:]]


REGISTRY = "import sys; from registry.cli.main import run; sys.exit(run())"


async def run(arguments: list[str], folder: Path, environment: dict[str, str]) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *arguments,
        cwd=folder,
        env={**os.environ, **environment, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode, output.decode()


@pytest.mark.slow
async def test_every_command_ends_as_it_says(tmp_path, database):
    port, said = free_port(), []
    folder = tmp_path / ".cache" / "demo" / PORT
    addresses = (database.service_url, database.owner_url)
    demo = asyncio.create_task(serve(port, Report(said.append), folder, addresses))
    while not any("Ctrl-C" in line for line in said):
        await asyncio.sleep(0.1)
        if demo.done():
            demo.result()
    environment: dict[str, str] = {}
    ran = []
    for command, announced in commands():
        if command.startswith("make "):
            continue  # see test_make_runs_what_is_tested_here
        if command.startswith("export "):
            name, _, value = command.removeprefix("export ").partition("=")
            environment[name] = value.replace(f":{PORT}", f":{port}")
            continue
        code, output = await run(argv(command, tmp_path, port), tmp_path, environment)
        assert code == announced, f"{command}\n{output}"
        ran.append(command)
    demo.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await demo
    assert len(ran) >= 7
