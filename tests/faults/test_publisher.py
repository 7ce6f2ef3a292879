"""Kill -9 at every step of the publisher's tool: no fork, nothing lost, nothing doubled.

Rows of the table are the steps of one run that seals two batches, as ``observe`` names them; each
is killed there, run again, and compared with what must be true after any crash.
"""

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from registry.exchange.workdir import Workdir
from tests.faults.publisher_run import publish
from tests.registry.exchange.fake_node import NOW, ORIGIN, FakeNode, charter_note, log_key

ROOT = Path(__file__).resolve().parents[2]
RUN = [sys.executable, "-m", "tests.faults.publisher_run"]

START = ["locked", ".json written", ".json named", "opened"]
ONE_BATCH = [
    ".lines written",
    ".lines named",
    "staged",
    ".batch written",
    ".batch named",
    "staged removed",
    "sealed",
    "sending",
    "node: before storing",
    "node: after storing",
    "answered",
    ".receipt written",
    ".receipt named",
    "receipt stored",
    ".json written",
    ".json named",
    "advanced",
]
STEPS = START + ONE_BATCH + ONE_BATCH


def penalty(number: int) -> dict[str, object]:
    organ = {"name": "芜湖市市场监督管理局", "uscc": "11340200MB1234567X"}
    return {
        "v": 1,
        "type": "penalty",
        "subject": {"kind": "organisation", "name": f"芜湖示例{number}有限公司"},
        "authority": organ,
        "source_unit": organ,
        "decided_on": "2026-03-02",
        "publication": "public",
        "severity": {"class": "general", "organ": "芜湖市市场监督管理局"},
        "provenance": {"kind": "original"},
        "procedure": "ordinary",
        "decision_no": f"芜市监处罚〔2026〕{number}号",
        "violation_type": "违反产品质量管理规定",
        "facts": "销售不合格产品",
        "basis": "《中华人民共和国产品质量法》第四十九条",
        "kinds": ["罚款"],
        "content": "罚款人民币2万元",
        "fine_wan_yuan": "2",
        "effective_until": "2027-03-02",
    }


def new_folder(path: Path, rows: int = 3) -> Path:
    path.mkdir(parents=True)
    lines = [json.dumps(penalty(number), ensure_ascii=False) for number in range(1, rows + 1)]
    (path / "rows.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    return path


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every sealed batch and receipt by name."""
    log = Workdir(folder / "work").log(ORIGIN).folder
    return {
        f"{path.parent.name}/{path.name}": path.read_bytes()
        for path in (*log.glob("sealed/*.batch"), *log.glob("receipts/*.receipt"))
    }


def ids(lines: list[bytes]) -> Counter[str]:
    return Counter(json.loads(line.partition(b"\t")[0])["decision_no"] for line in lines)


def check_after_recovery(folder: Path, rows: int = 3) -> None:
    """What must hold after a run that was not killed, whatever happened before it."""
    node = FakeNode(folder / "node")
    log = Workdir(folder / "work").log(ORIGIN)
    assert not node.forked
    assert ids(node.lines()) == Counter(f"芜市监处罚〔2026〕{n}号" for n in range(1, rows + 1))
    batches = log.batches()
    assert [line for batch in batches for line in batch.lines()] == node.lines()
    state = log.state()
    assert state is not None
    assert (state.size, state.root) == (rows, node.root())
    for batch in batches:
        assert log.receipt(batch) == node._receipts(ORIGIN)[str(batch.end)].encode()
    assert log.staged() == []
    assert not list(log.folder.rglob(".*.tmp"))
    signed = {line.split()[1]: set() for line in (folder / "signed").read_bytes().splitlines()}
    for line in (folder / "signed").read_bytes().splitlines():
        signed[line.split()[1]].add(line)
    assert all(len(texts) == 1 for texts in signed.values()), "one size was signed with two roots"


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the table once: one folder for each step, killed after it."""
    base = tmp_path_factory.mktemp("killed")
    arguments = []
    for step in range(1, len(STEPS) + 1):
        arguments += [str(new_folder(base / str(step))), str(step)]
    done = subprocess.run(
        [*RUN, *arguments], cwd=ROOT, capture_output=True, text=True, check=True, timeout=240
    )
    assert done.stdout.split() == [str(-signal.SIGKILL)] * len(STEPS)
    return base


def test_the_table_names_every_step_of_a_run(tmp_path):
    seen: list[str] = []
    publish(new_folder(tmp_path / "one"), seen.append)
    assert seen == STEPS
    check_after_recovery(tmp_path / "one")


@pytest.mark.parametrize("step", range(1, len(STEPS) + 1), ids=lambda n: f"{n:02}-{STEPS[n - 1]}")
def test_killed_after(killed, step):
    folder = killed / str(step)
    before = snapshot(folder)
    publish(folder, lambda _step: None)
    after = snapshot(folder)
    assert before.items() <= after.items(), "what was sealed or received has changed"
    check_after_recovery(folder)
    resumed, outcome = publish(folder, lambda _step: None)
    assert (resumed, outcome.delivered, outcome.passed, outcome.repeated) == ([], [], 0, 3)
    assert snapshot(folder) == after


def test_killed_again_and_again_it_still_arrives(tmp_path):
    """Every run is killed a few steps in; each finishes something, and the end is the same."""
    folder = new_folder(tmp_path / "again")
    for step in (6, 7, 7, 9, 5, 9, 12, 8, 9):
        subprocess.run([*RUN, str(folder), str(step)], cwd=ROOT, check=False, timeout=60)
    publish(folder, lambda _step: None)
    check_after_recovery(folder)


def test_a_second_run_is_turned_away_while_the_first_works(tmp_path):
    folder = new_folder(tmp_path / "two")
    workdir = Workdir(folder / "work")
    with workdir.locked():
        second = subprocess.run(
            [*RUN, str(folder), "0"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert second.returncode == 1
    assert "workdir-busy" in second.stderr
    publish(folder, lambda _step: None)
    check_after_recovery(folder)


def test_many_runs_at_once_publish_once(tmp_path):
    folder = new_folder(tmp_path / "many", rows=9)
    runs = [
        subprocess.Popen([*RUN, str(folder), "0"], cwd=ROOT, stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    for run in runs:
        _, errors = run.communicate(timeout=120)
        assert run.returncode == 0 or "workdir-busy" in errors
    publish(folder, lambda _step: None)
    check_after_recovery(folder, rows=9)


def test_the_lock_dies_with_its_process(tmp_path):
    folder = new_folder(tmp_path / "dead")
    subprocess.run([*RUN, str(folder), "8"], cwd=ROOT, check=False, timeout=60)
    assert (folder / "work" / "lock").read_text().startswith("pid ")
    began = time.monotonic()
    publish(folder, lambda _step: None)
    assert time.monotonic() - began < 10
    check_after_recovery(folder)


def test_the_fixtures_hold_together():
    assert str(log_key().vkey).encode() in charter_note()
    assert NOW > 0
