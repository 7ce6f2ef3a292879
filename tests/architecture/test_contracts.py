"""Where things are, who may import whom, and that the tools stay as strict as they are."""

import re
import tomllib
from pathlib import Path

from importlinter import api as importlinter

from tests.architecture.source import ROOT, project_files, sources

TOP_LEVEL = {
    *(".ci", ".editorconfig", ".gitignore", ".gitattributes"),
    *("LICENSE", "Makefile", "README.md", "pyproject.toml", "requirements.lock"),
    *("migrations", "registry", "search", "signing", "tests"),
}
# In pieces, so that this file does not itself contain what it looks for.
INDEX_HOSTS = re.compile(
    "|".join(("py" + r"pi\.org", "python" + r"hosted", "npm" + r"js\.", "deb" + r"\.debian"))
)
MACHINE_PATHS = re.compile(r"(^|[^A-Za-z0-9_.])/(" + "wo" + "rk|ho" + "me|ro" + "ot)/")
BINARY = {".png", ".ico", ".woff2", ".gz", ".zst"}


def settings() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def text_files() -> list[tuple[Path, str]]:
    return [
        (path, path.read_text(encoding="utf-8"))
        for path in project_files()
        if path.suffix not in BINARY
    ]


def test_import_contracts_are_kept_by_a_command_of_their_own():
    """Not run in a test's process, where the tool's threads have once stood still for good."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    lint = re.search(r"^lint:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)[1]
    assert "$(BIN)/lint-imports --no-logo\n" in lint


def test_import_contracts_are_all_there():
    contracts = settings()["tool"]["importlinter"]["contracts"]
    assert len(contracts) >= 10
    layers = next(c for c in contracts if c["name"] == "layers of registry")
    assert layers["exhaustive"] is True
    assert not any("ignore_imports" in contract for contract in contracts)
    assert importlinter.read_configuration()["session_options"]["root_packages"] == [
        "registry",
        "search",
        "signing",
    ]


def test_top_level_holds_what_the_layout_names():
    found = {path.relative_to(ROOT).parts[0] for path in project_files()}
    assert found <= TOP_LEVEL
    assert {"README.md", "LICENSE", "Makefile", ".ci", "requirements.lock"} <= found


def test_tests_mirror_the_code():
    for package in ("signing", "search"):
        assert (ROOT / "tests" / package).is_dir()
    rooms = {p.name for p in (ROOT / "registry").iterdir() if (p / "__init__.py").is_file()}
    tests = ROOT / "tests"
    tested = {p.name for folder in (tests, tests / "registry") for p in folder.iterdir()}
    assert rooms - tested - {"decisions"} == set()


def test_every_tests_folder_is_a_package():
    missing = {
        Path(source.path).parent.as_posix()
        for source in sources("tests")
        if not (ROOT / source.path).with_name("__init__.py").exists()
    }
    assert missing == set()


def test_no_index_host_and_no_path_of_a_machine():
    bad = [
        f"{path.relative_to(ROOT)}: {pattern.search(text)}"
        for path, text in text_files()
        for pattern in (INDEX_HOSTS, MACHINE_PATHS)
        if pattern.search(text)
    ]
    assert bad == []


def test_the_lock_pins_every_package_by_hash():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    packages = re.findall(r"^([a-z0-9._-]+(?:\[[a-z,]+\])?)==", lock, re.MULTILINE)
    assert len(packages) > 50
    blocks = re.split(r"^(?=[a-z0-9])", lock, flags=re.MULTILINE)
    assert [b.split()[0] for b in blocks if b.strip() and "--hash=sha256:" not in b] == []
    named = {
        re.split(r"[<>=\[ ]", d)[0].replace(".", "-") for d in settings()["project"]["dependencies"]
    }
    assert named - {re.sub(r"\[.*", "", p) for p in packages} == set()


def test_the_tools_stay_strict():
    tools = settings()["tool"]
    lint = tools["ruff"]["lint"]
    assert lint["select"] == ["ALL"]
    assert lint["mccabe"]["max-complexity"] == 10
    assert (lint["pylint"]["max-args"], lint["pylint"]["max-statements"]) == (6, 40)
    assert len(lint["ignore"]) <= 10
    assert tools["mypy"]["strict"] is True
    assert tools["mypy"]["files"] == ["signing", "search", "registry"]
    pytest_options = tools["pytest"]["ini_options"]
    assert pytest_options["filterwarnings"] == ["error"]
    assert pytest_options["xfail_strict"] is True
    assert tools["coverage"]["run"]["branch"] is True


def test_only_the_settings_read_the_environment():
    readers = [
        source.path
        for package in ("signing", "search", "registry")
        for source in sources(package)
        if re.search(r"os\.environ|os\.getenv|from os import .*environ", source.text)
    ]
    assert set(readers) <= {"registry/settings.py"}


def test_pages_and_interface_read_about_subjects_only_as_whoever_asks():
    """Through ``Reads``: no handler picks the eyes it reads with. A voucher is of the public."""
    free = {"registry/pages/voucher_pages.py"}
    named = re.compile(
        r"\bViewer\b|\bRole\.PUBLIC\b|\.viewer\b|reader\.(?:find|subject_file|decide)|texts\.find\("
    )
    found = [
        source.path
        for room in (
            "registry/api",
            "registry/pages",
            "registry/standard_pages",
            "registry/quality_pages",
            "registry/text_pages",
        )
        for source in sources(room)
        if source.path not in free and named.search(source.text)
    ]
    assert found == []
