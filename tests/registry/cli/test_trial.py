"""``registry import enterprises FILE`` alone: a trial region on the spot, safe to run again."""

import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import httpx
import pytest

from tests.registry.cli.test_commands import CHUZHOU_FIRM, HEADER, WUHU_FIRM
from tests.registry.cli.test_node import until_ready

ROOT = Path(__file__).resolve().parents[3]


def registry(*arguments: str) -> list[str]:
    """The command line in a process of its own, as a person runs it."""
    return [sys.executable, "-m", "registry", *arguments]


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        registry(*arguments),
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.slow
def test_a_trial_region_is_filled_once_served_and_audited(tmp_path):
    (tmp_path / "firms.csv").write_text(HEADER + WUHU_FIRM + CHUZHOU_FIRM, "utf-8")
    first = run(tmp_path, "import", "enterprises", "firms.csv")
    assert first.returncode == 0, first.stdout + first.stderr
    assert first.stderr.strip() == ""
    assert first.stdout.count("通过 1，待修正 0，已报送过 0") == 2
    again = run(tmp_path, "import", "enterprises", "firms.csv")
    assert again.returncode == 0, again.stdout + again.stderr
    assert again.stdout.count("通过 0，待修正 0，已报送过 1") == 2
    audit = run(tmp_path, "audit", "--settings", ".cache/trial/registry.toml")
    assert audit.returncode == 0, audit.stdout
    assert re.search(r"\b2  records", audit.stdout), audit.stdout
    search = re.search(r"http\S+/search\?q=\S+", again.stdout)
    assert search
    assert unquote(search[0]).endswith("芜湖市汽车运输总公司")
    look = re.search(r"registry (serve --settings \S+)", again.stdout)
    assert look
    node = subprocess.Popen(
        registry(*look[1].split()),
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        until_ready(search[0].partition("/search")[0])
        assert "/subject/" in httpx.get(search[0]).text
    finally:
        node.terminate()
        said, _ = node.communicate(timeout=60)
    assert len(said.splitlines()) == 1, said
