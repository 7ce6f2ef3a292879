"""The commands of a city's tool, run as a clerk runs them."""

import csv
import io
import json
from collections import Counter
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import click
import pytest

from registry.cli import main as cli_main
from registry.cli import options
from registry.cli import status as status_module
from registry.cli.main import COMMANDS, cli, run
from registry.clock import SHANGHAI, FixedClock
from registry.exchange.client import Followed
from registry.exchange.errors import NodeRefusedError
from registry.exchange.home import Remark
from registry.exchange.workdir import Workdir
from registry.ingest.reasons import finding
from signing.algorithms import ML_DSA_44
from signing.charter import open_charter
from signing.keys import SigningKey, parse_vkey
from tests.faults.test_publisher import penalty
from tests.registry.cli.conftest import PASSWORD, City
from tests.registry.exchange.fake_node import (
    ORIGIN,
    OTHER,
    FakeNode,
    LostError,
    charter_note,
    log_key,
    seed,
)

BAD = {**penalty(9), "decided_on": "2026-02-30"}


def jsonl(path: Path, *mains: object) -> Path:
    text = "\n".join(json.dumps(main, ensure_ascii=False) for main in mains)
    path.write_text(text + "\n", "utf-8")
    return path


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return jsonl(tmp_path / "good.jsonl", penalty(1), penalty(2))


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    return jsonl(tmp_path / "mixed.jsonl", penalty(3), BAD, penalty(4))


# --- help and failures ---


def test_help_needs_no_command_and_tells_what_the_commands_tell(city):
    assert city.run("--help") == 0
    context = click.Context(cli, info_name="registry")
    for name, lazy in COMMANDS.items():
        assert name in city.said
        command = cli.get_command(context, name)
        assert command is not None
        first = (command.help or "").partition("\n\n")[0]
        assert lazy.help == first
        assert any("\u4e00" <= char <= "\u9fff" for char in first)
        assert any(char.isascii() and char.isalpha() for char in first)


def commands(group: click.Command, context: click.Context, path: tuple[str, ...] = ()):
    if isinstance(group, click.Group):
        for name in group.list_commands(context):
            found = group.get_command(context, name)
            assert found is not None
            yield from commands(found, context, (*path, name))
    else:
        yield path, group


ALL = list(commands(cli, click.Context(cli)))


@pytest.mark.parametrize(
    ("path", "command"), ALL, ids=lambda x: " ".join(x) if isinstance(x, tuple) else ""
)
def test_every_command_has_help_in_both_languages_and_json(city, path, command):
    assert city.run(*path, "--help") == 0
    assert "--json" in city.said
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.name != "help":
            text = parameter.help or ""
            assert any("\u4e00" <= char <= "\u9fff" for char in text), parameter.name
            assert any(char.isascii() and char.isalpha() for char in text), parameter.name


@pytest.mark.parametrize(
    "arguments",
    [
        ["nothing"],
        ["keys"],
        ["publish", "--no-such"],
        ["seal", "--workdir", "x"],
        ["check", "no.csv"],
    ],
)
def test_wrong_usage_ends_with_two(city, arguments):
    assert city.run(*arguments) == 2


def test_the_version(city):
    assert city.run("--version") == 0


def test_a_defect_of_the_program_shows_no_traceback(city, good, monkeypatch):
    def burst(*_arguments: object) -> None:
        raise ZeroDivisionError("boom")

    monkeypatch.setattr(FakeNode, "size", burst)
    assert city.work("publish", good) == 1
    assert "internal-error" in city.errors
    assert "Traceback" not in city.errors
    assert city.work("publish", good, "--json") == 1
    assert city.document["error"]["code"] == "internal-error"


def test_ctrl_c_is_no_error(city, monkeypatch):
    def abort(*_arguments: object, **_options: object) -> None:
        raise click.Abort

    monkeypatch.setattr(cli_main.cli, "main", abort)
    assert city.run("status") == 1
    assert "aborted" in city.errors


def test_main_ends_the_process_with_the_code(monkeypatch):
    monkeypatch.setattr("sys.argv", ["registry", "--help"])
    with pytest.raises(SystemExit) as caught:
        cli_main.main()
    assert caught.value.code == 0


# --- keys ---


def test_a_key_is_made_and_shown(city, tmp_path):
    folder = tmp_path / "new"
    assert city.run("keys", "new", "--origin", ORIGIN, "--out", folder, "--json") == 0
    vkey = parse_vkey(str(city.document["vkey"]))
    assert vkey.name == ORIGIN
    assert Workdir(folder).key(ORIGIN, PASSWORD.encode()).vkey == vkey
    assert city.run("keys", "show", "--workdir", folder) == 0
    assert city.said.strip() == str(vkey)
    assert city.run("keys", "new", "--origin", ORIGIN, "--out", folder) == 1
    assert city.errors.startswith("错误 file-exists")
    assert "应当" in city.errors
    assert city.run("keys", "new", "--origin", "nonsense", "--out", folder, "--json") == 1
    assert city.document["error"]["code"] == "charter-malformed"


def test_the_password_can_come_from_a_file_or_the_terminal(city, tmp_path, monkeypatch):
    monkeypatch.delenv("REGISTRY_KEY_PASSWORD")
    secret = tmp_path / "secret"
    secret.write_bytes(b"from a file\r\nignored\n")
    new = ("keys", "new", "--origin", ORIGIN)
    assert city.run(*new, "--out", tmp_path / "a", "--password-file", secret) == 0
    assert Workdir(tmp_path / "a").key(ORIGIN, b"from a file")
    asked: list[bool] = []

    def prompt(_text: str, *, confirmation_prompt: bool, **_options: object) -> str:
        asked.append(confirmation_prompt)
        return "typed"

    monkeypatch.setattr(click, "prompt", prompt)
    assert city.run(*new, "--out", tmp_path / "b") == 0
    assert Workdir(tmp_path / "b").key(ORIGIN, b"typed")
    assert asked == [True]


# --- check ---


def test_check_names_the_row_the_cell_and_what_is_right(city, mixed, good):
    assert city.run("check", mixed, "--offline") == 1
    assert "第2行" in city.said
    assert "/decided_on" in city.said
    assert "应为" in city.said
    assert "依据" in city.said
    assert "其余2行可先行报送" in city.said
    assert city.run("check", good, "--json") == 0
    document = city.document
    assert (document["ok"], document["rows"], document["passed"]) == (True, 2, 2)


def test_check_speaks_of_the_other_rows_only_where_there_are_some(city, tmp_path):
    bad = jsonl(tmp_path / "bad.jsonl", {**penalty(1), "decided_on": "2026-02-30"})
    assert city.run("check", bad, "--offline") == 1
    assert "待修正 1" in city.said
    assert "可先行报送" not in city.said


def test_check_shows_the_first_rows_and_counts_the_rest(city, tmp_path):
    many = [{**penalty(n), "decided_on": "2026-02-30"} for n in range(30)]
    assert city.run("check", jsonl(tmp_path / "many.jsonl", *many)) == 1
    assert "第20行" in city.said
    assert "第21行" not in city.said
    assert "另有 10 行" in city.said
    assert city.run("check", tmp_path / "many.jsonl", "--json") == 1
    assert len(city.document["to_fix"]) == 30


def test_what_is_flagged_is_counted_in_words_without_holes(city, tmp_path):
    """The texts of reasons have places for values: of many rows there is no one value."""
    subject = {**penalty(1)["subject"], "uscc": "91340200MA00000232"}
    file = jsonl(tmp_path / "flagged.jsonl", *({**penalty(n), "subject": subject} for n in (1, 2)))
    assert city.run("check", file) == 0
    assert "提示 uscc-check：2 行" in city.said
    assert "{" not in city.said


def test_check_at_the_node_needs_the_name_of_the_log(city, good):
    assert city.run("check", good, "--node", "http://node.example") == 2
    assert city.run("check", good, "--node", "http://node.example", "--origin", ORIGIN) == 0


@pytest.mark.parametrize("content", [b"\xff\xfe\x00\x81", b"a,b\n1,2\n"])
def test_a_file_that_is_none_is_refused(city, tmp_path, content):
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    assert city.run("check", path, "--json", "--division", "340200") == 1
    assert city.document["ok"] is False


# --- seal, publish, status ---


def test_publish_sends_what_passed_and_writes_the_rest_to_a_file(city, good, mixed):
    assert city.work("publish", good) == 0
    assert "已送达 0–2" in city.said
    assert city.work("publish", mixed) == 1
    assert "已送达 2–4" in city.said
    (fix,) = city.workdir.log(ORIGIN).folder.glob("tofix/*.jsonl")
    assert str(fix) in city.said
    (line,) = fix.read_text("utf-8").splitlines()
    assert json.loads(line)["_problems"][0]["pointer"] == "/decided_on"
    # corrected, the file goes through, and what was published is not published again
    jsonl(fix, {**BAD, "decided_on": "2026-02-20"}, penalty(3))
    assert city.work("publish", fix, "--json") == 0
    assert (city.document["passed"], city.document["repeated"]) == (1, 1)
    assert city.document["delivered"][0]["to"] == 5
    assert city.node.size(ORIGIN) == 5


def test_publishing_the_same_file_again_changes_nothing(city, good):
    assert city.work("publish", good) == 0
    assert city.work("publish", good, "--json") == 0
    assert (city.document["repeated"], city.document["sealed"]) == (2, [])
    assert city.node.size(ORIGIN) == 2


def test_a_spreadsheet_comes_back_with_the_reasons_beside_its_rows(city, tmp_path):
    path = tmp_path / "template.csv"
    assert city.run("template", "penalty", path) == 0
    assert city.run("check", path) == 2
    at_node = ("--node", "http://node.example", "--origin", ORIGIN)
    assert city.run("check", path, *at_node) == 0
    assert city.run("template", "penalty", path, "--json") == 1
    header = next(csv.reader(io.StringIO(path.read_text("utf-8-sig"))))
    cells = {"行政相对人名称": "芜湖示例有限公司", "行政相对人类别": "法人及非法人组织"}
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.writer(file).writerow([cells.get(name, "") for name in header])
    assert city.work("publish", path, "--authority", "芜湖市市场监督管理局") == 1
    (fix,) = city.workdir.log(ORIGIN).folder.glob("tofix/*.csv")
    rows = list(csv.DictReader(io.StringIO(fix.read_text("utf-8-sig"))))
    assert rows[0]["行政相对人名称"] == "芜湖示例有限公司"
    assert any("问题" in name for name in rows[0])
    assert city.node.size(ORIGIN) == 0


def test_sealed_offline_and_sent_later(city, good, mixed, tmp_path):
    charter = tmp_path / "charter.note"
    charter.write_bytes(charter_note())
    assert city.work("seal", good, "--charter", charter, node=False) == 1
    assert "no-state" in city.errors
    assert city.work("seal", good) == 0
    assert "已封存 0–2" in city.said
    assert city.work("seal", mixed, node=False) == 1
    assert city.node.size(ORIGIN) == 0
    assert city.work("status", "--json") == 0
    (log,) = city.document["logs"]
    assert (log["confirmed"], log["sealed"], log["unsent"], log["node"]) == (0, 4, 2, 0)
    assert city.work("publish", "--json") == 0
    assert [one["to"] for one in city.document["resumed"]] == [2, 4]
    assert city.work("status") == 0
    assert "已确认 4 条" in city.said
    assert "节点现有 4 条" in city.said


def test_what_the_node_cannot_follow_and_its_alarms_are_shown(city, good):
    assert city.work("seal", good) == 0
    city.node.followed = (Followed("a.example/log", "fork", {"fork": 2, "later-kind": 1}),)
    assert city.work("status") == 0
    assert "警报 a.example/log fork 2 次：该日志签署了两个互相矛盾的检查点" in city.said
    assert "later-kind 1 次" in city.said
    assert "未能同步 a.example/log：fork" in city.said
    assert city.work("status", "--json") == 0
    (log,) = city.document["following"]
    assert log["alarms"] == {"fork": 2, "later-kind": 1}
    city.node.followed = (Followed("a.example/log", "", {}),)
    assert city.work("status") == 0
    assert "a.example/log" not in city.said


def test_whose_witnesses_are_awaited_is_told_and_shown(city, good, monkeypatch):
    far = {
        "name": "far.example",
        "url": "http://127.0.0.1:2",
        "mirror": str(SigningKey.from_seed("far.example/mirror", seed("far"), 4).vkey),
        "witness": str(SigningKey.from_seed("far.example/witness", seed("away"), 4).vkey),
    }
    city.node.charter_bytes = charter_note(more_nodes=[far], quorum=2)
    assert city.work("status") == 0  # a log without a checkpoint awaits nobody
    assert "等待见证" not in city.said
    assert city.work("publish", good) == 0
    assert "  等待见证：far.example" in city.said
    assert city.work("status") == 0
    assert "  等待见证：far.example" in city.said
    assert city.work("status", "--json") == 0
    assert city.document["logs"][0]["awaiting"] == "far.example"

    def away(_origin: str) -> bytes:
        raise NodeRefusedError(503, "unavailable", ("暂不可用", "not available"))

    monkeypatch.setattr(city.node, "checkpoint", away)
    assert city.work("status") == 1
    assert "暂不可用" in city.errors


def test_a_lost_answer_is_told_and_resumed(city, good):
    def lose(_batch: bytes) -> None:
        city.node.after = lambda _batch: None
        raise LostError

    city.node.after = lose
    assert city.work("publish", good) == 1
    assert "node-unreachable" in city.errors
    assert city.work("publish") == 0
    assert "已送达 0–2" in city.said


def test_staged_rows_are_shown_and_need_the_key_to_go_on(city, good):
    assert city.work("publish", good) == 0
    log = city.workdir.log(ORIGIN)
    log.stage([b'{"id":"x","salt":"' + b"0" * 32 + b'"}'])
    assert city.work("status", "--origin", ORIGIN, node=False) == 0
    assert "1 行尚未封存" in city.said
    assert city.work("publish") == 0
    assert city.node.size(ORIGIN) == 3


def test_publishing_without_a_node_or_in_use_is_refused(city, good):
    assert city.work("publish", good, node=False) == 1
    assert "no-node" in city.errors
    with city.workdir.locked():
        assert city.work("publish", good) == 1
    assert "workdir-busy" in city.errors


def test_a_refusal_of_the_node_is_quoted(city, good):
    def refuse(_batch: bytes) -> None:
        raise NodeRefusedError(403, "expired-key", ("密钥已过期", "the key has expired"))

    city.node.before = refuse
    assert city.work("publish", good) == 1
    assert "节点拒绝：密钥已过期" in city.errors


def test_quarantined_rows_are_told(city, good, monkeypatch):
    admit = FakeNode.admit
    remark = Remark(1, (finding("duplicate-id", "/id", value="x"),))
    monkeypatch.setattr(
        FakeNode, "admit", lambda *given: replace(admit(*given), quarantined=(remark,))
    )
    assert city.work("publish", good) == 0
    assert "隔离" in city.said
    assert "duplicate-id" in city.said


def test_which_log_is_meant(two_cities: City, good):
    city = two_cities
    assert city.work("publish", good) == 2
    assert city.work("publish", good, "--origin", OTHER) == 0
    assert (city.node.size(OTHER), city.node.size(ORIGIN)) == (2, 0)
    assert city.work("status", node=False) == 0
    assert OTHER in city.said
    assert ORIGIN in city.said


def test_a_batch_that_lost_its_position_is_set_aside_and_published_again(
    city, good, mixed, tmp_path
):
    assert city.work("publish", good) == 0
    assert city.work("seal", mixed, node=False) == 1
    elsewhere = City(tmp_path / "elsewhere", city.node, city.read)
    elsewhere.put_key(ORIGIN)
    assert elsewhere.work("publish", jsonl(tmp_path / "more.jsonl", penalty(7))) == 0
    assert city.work("publish") == 1
    assert "sealed-conflict" in city.errors
    assert city.work("set-aside", node=False) == 1
    assert city.work("set-aside", "--json") == 0
    (moved,) = city.document["set_aside"]
    assert (moved["from"], moved["to"]) == (2, 4)
    assert city.work("publish", moved["rows"]) == 0
    assert "已送达 3–5" in city.said
    assert not city.node.forked
    assert city.work("set-aside") == 1
    assert "nothing-to-set-aside" in city.errors


def test_set_aside_tells_where_the_rows_are(city, good, tmp_path):
    assert city.work("seal", good) == 0
    elsewhere = City(tmp_path / "elsewhere", city.node, city.read)
    elsewhere.put_key(ORIGIN)
    assert elsewhere.work("publish", jsonl(tmp_path / "more.jsonl", penalty(7))) == 0
    assert city.work("set-aside") == 0
    assert "registry publish" in city.said
    # the same position can be lost twice
    assert city.work("seal", good, node=False) == 0


def test_a_wrong_password_and_a_foreign_key(city, good):
    assert city.work("publish", good, "--password", "wrong") == 1
    assert "key-file" in city.errors
    city.put_key(ORIGIN, label="2")
    assert city.work("publish", good) == 1
    assert "key-not-in-charter" in city.errors
    assert city.node.size(ORIGIN) == 0


# --- the charter's end, and the change of a key ---


@pytest.mark.parametrize(
    ("month", "day", "told"),
    [(10, 31, ""), (11, 1, "（含当日，还有 60 天）"), (12, 31, "（含当日，还有 0 天）")],
)
def test_status_says_from_sixty_days_before_that_the_charter_ends(
    city, monkeypatch, month, day, told
):
    late = datetime(2099, month, day, 23, 59, 59, tzinfo=SHANGHAI)
    for module in (options, status_module):
        monkeypatch.setattr(module, "SystemClock", lambda: FixedClock(late))
    assert city.run("status", "--workdir", city.folder) == 0  # no charter is known yet
    assert "有效至" not in city.said
    assert city.work("status") == 0
    assert ("注意：章程第 1 版有效至 2099-12-31" in city.said) == bool(told)
    assert told in city.said
    assert ("days left" in city.said) == bool(told)
    assert city.work("status", "--json") == 0
    assert city.document["charter"]["state"] == ("ends-soon" if told else "in-force")


def test_a_key_of_another_algorithm_is_made_beside_the_first(city):
    asked = ("keys", "new", "--origin", ORIGIN, "--algorithm", "ml-dsa-44", "--json")
    assert city.run(*asked, "--workdir", city.folder / "empty") == 1
    assert "日志的首要密钥须为 Ed25519" in city.said
    assert city.run(*asked, "--workdir", city.folder, "--next") == 0
    assert parse_vkey(city.document["vkey"]).type_byte == ML_DSA_44


def test_a_key_is_changed_without_a_new_record(city, good):
    assert city.work("publish", good) == 0
    asked = ("keys", "new", "--origin", ORIGIN, "--workdir", city.folder)
    assert city.run(*asked) == 1
    assert "file-exists" in city.errors
    assert city.run(*asked, "--next", "--json") == 0
    vkey = city.document["vkey"]
    assert city.document["key"].endswith(".2.key")
    assert city.run("keys", "show", "--workdir", city.folder) == 0
    assert len(city.said.split()) == 2
    assert city.work("publish", "--resign") == 0  # nothing new counts yet: the old one once more
    keys = [
        {"vkey": str(log_key(ORIGIN).vkey), "from": "2020-01-01T00:00:00Z"},
        {"vkey": vkey, "from": "2021-01-01T00:00:00Z"},
    ]
    city.node.charter_bytes = charter_note(2, keys=keys)
    assert city.work("publish", good, "--resign") == 2
    assert "--resign" in city.errors
    assert city.work("publish", "--resign", "--json") == 0
    assert (city.document["vkey"], city.document["size"]) == (vkey, 2)
    assert vkey.split("+")[1] in str(list(city.workdir.log(ORIGIN).folder.glob("resigned/*")))
    assert city.work("publish", "--resign") == 0
    assert "重签" in city.said
    assert city.node.size(ORIGIN) == 2
    assert not city.node.forked


def test_the_last_receipt_goes_to_a_new_home(city, good):
    assert city.work("publish", "--hand-over") == 1
    assert "no-receipt" in city.errors
    assert city.work("publish", good) == 0
    assert city.work("publish", good, "--hand-over") == 2
    assert city.work("publish", "--hand-over") == 0
    assert "2 条已由新主节点接管" in city.said
    assert city.work("publish", "--hand-over", "--json") == 0
    assert city.document["size"] == 2


# --- import, charter, verify ---

HEADER = (
    "name,code,code_kind,check_ok,registered_on,entity_type_raw,capital_raw,"
    "province,city,admin_code\n"
)
WUHU_FIRM = (
    "芜湖市汽车运输总公司,91340200149380152L,uscc,1,1979-10-13,,219.7000(万元),安徽,芜湖,340200\n"
)
CHUZHOU_FIRM = (
    "滁州市第一农业生产资料公司,91341100MA2N6MUW74,uscc,1,1979-04-28,,98.75(万元),"
    "安徽,滁州,341100\n"
)
OTHER_FIRM = "南京朝劳劳动服务有限公司,91320104135170699F,uscc,1,1979-02-04,,,江苏,南京,320104\n"


def test_enterprises_go_to_the_log_of_their_city(two_cities: City, tmp_path):
    city = two_cities
    path = tmp_path / "enterprises.csv"
    path.write_text(HEADER + WUHU_FIRM + CHUZHOU_FIRM, "utf-8")
    assert (
        city.run(
            "import", "enterprises", path, "--workdir", city.folder, "--node", "http://node.example"
        )
        == 0
    )
    assert (city.node.size(ORIGIN), city.node.size(OTHER)) == (1, 1)
    path.write_text(
        HEADER + WUHU_FIRM + OTHER_FIRM + WUHU_FIRM.replace("91340200149380152L", "*"), "utf-8"
    )
    assert (
        city.run(
            "import", "enterprises", path, "--workdir", city.folder, "--node", "http://node.example"
        )
        == 1
    )
    assert "没有对应的日志" in city.said
    assert "待修正" in city.said
    assert (
        city.run(
            "import",
            "enterprises",
            path,
            "--workdir",
            city.folder,
            "--node",
            "http://node.example",
            "--json",
        )
        == 1
    )
    document = city.document
    assert document["without_log"] == {"南京": 1}
    assert document["logs"][ORIGIN]["repeated"] == 1


def test_a_charter_is_shown_from_file_or_node(city, tmp_path):
    path = tmp_path / "charter.note"
    path.write_bytes(charter_note())
    assert city.run("charter", "show", path) == 0
    assert "芜湖市" in city.said
    assert city.run("charter", "show", "--node", "http://node.example", "--json") == 0
    assert [party["origin"] for party in city.document["parties"]] == [ORIGIN, OTHER]
    assert city.run("charter", "show") == 1
    assert "no-charter" in city.errors
    path.write_bytes(charter_note()[:-9] + b"AAAAAAA=\n")
    assert city.run("charter", "show", path) == 1


def test_what_is_kept_verifies_offline(city, good, tmp_path):
    assert city.work("publish", good) == 0
    path = tmp_path / "charter.note"
    path.write_bytes(charter_note())
    files = sorted(city.workdir.log(ORIGIN).folder.glob("*/0*"))
    assert [file.suffix for file in files] == [".receipt", ".batch"]
    assert city.run("verify", *files, "--charter", path) == 0
    assert city.said.count("已核验 OK") == 2
    assert city.run("verify", *files, "--charter", path, "--json") == 0
    files[1].write_bytes(files[1].read_bytes().replace("示例1".encode(), "示例8".encode()))
    assert city.run("verify", files[1], "--charter", path) == 1
    assert "FAILED" in city.said


def test_files_that_cannot_be_read_are_named(city, tmp_path):
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a folder should be")
    assert run(["keys", "new", "--origin", ORIGIN, "--out", str(blocked / "x")]) == 1
    assert "file-error" in city.read()[1]
    assert log_key(ORIGIN).name == ORIGIN


def test_a_key_from_elsewhere_does_not_begin_a_log_by_mistake(city, good):
    (city.workdir.log(ORIGIN).folder / "new-log").unlink()
    assert city.work("publish", good) == 1
    assert "unknown-history" in city.errors
    assert "--new-log" in city.errors
    assert city.work("publish", good, "--new-log") == 0
    assert city.node.size(ORIGIN) == 2


def test_the_first_charter_is_shown_by_its_digest_once(city, good):
    digest = open_charter(charter_note()).digest.hex()
    assert city.work("publish", good) == 0
    assert digest in city.said
    assert city.work("publish", good) == 0
    assert digest not in city.said


def test_real_registrations_are_imported_once(two_cities: City, shared_data):
    city = two_cities
    path = shared_data / "uscc" / "enterprises.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        cities = Counter(row["city"] for row in csv.DictReader(file))
    ours = {ORIGIN: cities.pop("芜湖"), OTHER: cities.pop("滁州")}
    for times in (1, 2):
        arguments = ("--workdir", city.folder, "--node", "http://node.example", "--json")
        assert city.run("import", "enterprises", path, *arguments) == 1
        assert city.document["without_log"] == dict(cities)
        for origin, count in ours.items():
            log = city.document["logs"][origin]
            assert (log["rows"], log["to_fix"]) == (count, [])
            assert log["passed" if times == 1 else "repeated"] == count
            assert city.node.size(origin) == count
