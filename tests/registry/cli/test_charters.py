"""How a charter comes about by commands: drafted, signed apart, combined, compared, adopted."""

import json
import unicodedata
from copy import deepcopy
from datetime import date
from pathlib import Path

import pytest

from registry.cli.charter_words import WIDTH, changes, tables
from registry.cli.main import run
from signing.charter import encode_charter, fields_of, open_charter, read_charter
from signing.keys import SigningKey
from signing.note import append_signatures, parse_note
from tests.registry.world import NODE, NOON, WUHU, charter, log_key, node_key, seed

PASSWORD = "correct horse"
ROOTS = [SigningKey.from_seed(f"root{i}.example", seed(f"root {i}")) for i in range(3)]


@pytest.fixture
def desk(tmp_path, monkeypatch) -> Path:
    """A folder with the charter in force, and its root keys."""
    monkeypatch.setenv("REGISTRY_KEY_PASSWORD", PASSWORD)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "v1").write_bytes(charter().note)
    for number, key in enumerate(ROOTS):
        (tmp_path / f"root{number}").write_bytes(key.to_pem(PASSWORD.encode()))
    return tmp_path


@pytest.fixture
def cli(capsys):
    def call(*arguments: object, code: int = 0) -> str:
        given = ["charter", *map(str, arguments)]
        assert run(given) == code, capsys.readouterr()
        done = capsys.readouterr()
        return done.out if code == 0 else done.out + done.err

    return call


def columns(text: str) -> int:
    return max(
        sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)
        for line in text.splitlines()
    )


def draft(desk, cli, version=2, **changes) -> Path:
    """The text of a later version with other fields."""
    fields = fields_of(charter()) | {"version": version} | changes
    (desk / "form.yaml").write_text(json.dumps(fields), encoding="utf-8")
    text = desk / f"text{version}"
    cli("draft", "form.yaml", "--after", "v1", "--out", text)
    return text


# --- the whole way ---


def test_from_nothing_to_a_second_version_that_is_verified(desk, cli):
    vkeys = []
    for number in (1, 2, 3):
        said = json.loads(
            cli("root-key", f"region.example/root-{number}", "--out", f"key{number}", "--json")
        )
        vkeys.append(said["vkey"])
    keys = "\n".join(f'"{vkey}",' for vkey in vkeys)
    (desk / "form.toml").write_text(
        f"""
        expires_on = 2027-06-30
        grace_days = 30
        quorum = 1
        parties = []
        region = {{code = "try", name = "试验区域"}}
        roots = {{threshold = 2, keys = [{keys}]}}
        [[nodes]]
        name = "{NODE}"
        url = "https://{NODE}"
        mirror = "{node_key("mirror").vkey}"
        witness = "{node_key("witness").vkey}"
        [[nodes.earlier]]
        vkey = "{SigningKey.generate(f"{NODE}/mirror", 4).vkey}"
        from = 2026-01-01T08:00:00+08:00
        until = "2026-06-01T00:00:00Z"
        """,
        encoding="utf-8",
    )
    cli("draft", "form.toml", "--out", "first.txt")
    for number in (1, 3):
        cli("sign", "first.txt", "--key", f"key{number}", "--out", f"first.{number}")
    cli("combine", "first.1", "first.3", "--out", "first")
    first = open_charter((desk / "first").read_bytes())
    assert (first.version, first.expires_on) == (1, date(2027, 6, 30))
    (earlier,) = first.node(NODE).earlier
    assert earlier.start == 1_767_225_600  # midnight in UTC
    # the second is written from the first, signed one after another in one file
    cli("draft", "--after", "first", "--out", "second.yaml")
    form = (desk / "second.yaml").read_text("utf-8")
    assert "version: 2" in form
    (desk / "second.yaml").write_text(form.replace("2027-06-30", "2028-06-30"), encoding="utf-8")
    cli("draft", "second.yaml", "--after", "first", "--out", "second.txt")
    cli("sign", "second.txt", "--key", "key1", "--after", "first", "--out", "once")
    cli("sign", "once", "--key", "key2", "--out", "twice")
    cli("sign", "twice", "--key", "key2", "--out", "again")  # twice by the same counts once
    assert len(parse_note((desk / "again").read_bytes()).signatures) == 2
    cli("combine", "again", "--after", "first", "--out", "second")
    said = cli("verify", "second", "first", "--pin", f"sha256:{first.digest.hex()}")
    assert "第 1 至 2 版依次相承，共 2 版。" in said
    said = cli("diff", "first", "second")
    assert "· 有效期至：2027-06-30 → 2028-06-30" in said
    assert "expires on: 2027-06-30 to 2028-06-30" in said
    assert "！" not in said


def test_a_form_written_from_a_charter_makes_the_same_charter(desk, cli):
    cli("draft", "--after", "v1", "--out", "form.yaml")
    cli("draft", "form.yaml", "--after", "v1", "--out", "by-form.txt")
    cli("draft", "--after", "v1", "--out", "at-once.txt")
    assert (desk / "by-form.txt").read_bytes() == (desk / "at-once.txt").read_bytes()
    assert (desk / "at-once.txt").read_text("utf-8") == charter(2).text


def test_what_a_form_leaves_out_is_taken_from_the_version_before(desk, cli):
    (desk / "form.toml").write_text('expires_on = "2031-12-31"\n')
    said = cli("draft", "form.toml", "--after", "v1", "--out", "text", "--json")
    assert json.loads(said)["version"] == 2
    assert charter(2, expires_on="2031-12-31").text == (desk / "text").read_text("utf-8")


# --- drafts that are none ---


@pytest.mark.parametrize(
    ("name", "form", "told"),
    [
        ("f.yaml", "parties:\n  - code: '340200'\n    rank: City\n", "f.yaml:3"),
        ("f.yaml", "quorum: 1\nquorum: 1\n", "f.yaml:2 /quorum"),
        ("f.yaml", "a: &x [1]\nb: *x\n", "f.yaml:2 /b"),
        ("f.yaml", "quorum: 9\n", "threshold or quorum"),
        ("f.yaml", "- 1\n", "not a table"),
        ("f.yaml", "quorum: [\n", "not YAML"),
        ("f.toml", "quorum = ", "not TOML"),
        ("f.toml", "quorum = 1.5", "/quorum"),
        ("f.toml", "expires_on = 2027-01-01T00:00:00", "expires_on: a moment needs a zone"),
        ("f.toml", "[[parties]]\ncode = 2027-01-01T00:00:00", "parties[0].code: a moment"),
        ("f.toml", "colour = 'red'", "colour"),
        ("f.toml", f"a = '{'x' * 1024 * 1024}'", "larger than"),
    ],
)
def test_errors_of_a_form_name_the_field(desk, cli, name, form, told):
    (desk / name).write_text(form)
    said = cli("draft", name, "--after", "v1", "--out", "text", code=1)
    assert "charter-form" in said
    assert told in said
    assert "应当：" in said
    assert not (desk / "text").exists()


def test_a_draft_is_of_the_next_version_and_overwrites_nothing(desk, cli):
    (desk / "form.toml").write_text("version = 3\n")
    assert "charter-skipped" in cli("draft", "form.toml", "--after", "v1", "--out", "text", code=1)
    cli("draft", "--after", "v1", "--out", "text")
    assert "file-exists" in cli("draft", "--after", "v1", "--out", "text", code=1)
    assert "--after" in cli("draft", "--out", "other", code=2)


def test_without_a_version_before_the_form_has_to_be_whole(desk, cli):
    (desk / "form.toml").write_text("quorum = 1\n")
    assert "region" in cli("draft", "form.toml", "--out", "text", code=1)


def test_after_the_last_number_there_can_be_no_version(desk, cli):
    (desk / "last").write_bytes(charter(2**31 - 1).note)
    assert "charter-malformed" in cli("draft", "--after", "last", "--out", "text", code=1)


# --- signing and combining ---


def test_only_a_root_key_signs(desk, cli):
    text = draft(desk, cli)
    (desk / "log").write_bytes(log_key(WUHU).to_pem(PASSWORD.encode()))
    said = cli("sign", text, "--key", "log", "--out", "signed", code=1)
    assert "not-a-root" in said
    assert WUHU in said
    said = cli("sign", text, "--key", "root0", "--password", "wrong", "--out", "signed", code=1)
    assert "malformed-key" in said
    assert not (desk / "signed").exists()


def test_a_root_that_leaves_signs_with_the_version_before(desk, cli):
    roots = {"keys": [str(ROOTS[1].vkey)], "threshold": 1}
    text = draft(desk, cli, roots=roots)
    assert "not-a-root" in cli("sign", text, "--key", "root0", "--out", "by0", code=1)
    said = cli("sign", text, "--key", "root0", "--after", "v1", "--out", "by0")
    assert "根密钥退出：root0.example" in said  # who signs reads what it changes
    cli("sign", text, "--key", "root1", "--out", "by1")
    assert "Without --after" in cli("combine", "by1", "--out", "half")
    said = cli("combine", "by1", "--after", "v1", "--out", "whole", code=1)
    assert "上一版根密钥：已有 1 个签名，需要 2 个" in said
    assert "not signed by：root0.example, root2.example" in said
    assert not (desk / "whole").exists()
    cli("combine", "by1", "by0", "--after", "v1", "--out", "whole")
    assert open_charter((desk / "whole").read_bytes(), charter()).version == 2


def test_what_is_missing_is_in_the_document_too(desk, cli):
    text = draft(desk, cli)
    cli("sign", text, "--key", "root1", "--out", "by1")
    said = json.loads(cli("combine", "by1", text, "--after", "v1", "--out", "x", "--json", code=1))
    assert (said["ok"], said["path"], said["signed_by"]) == (False, None, ["root1.example"])
    assert said["missing"] == ["root0.example", "root2.example"]


def test_signatures_of_two_texts_are_not_combined(desk, cli):
    one, other = draft(desk, cli), desk / "other"
    cli("draft", "--after", "v1", "--out", other)
    other.write_text(charter(2, grace_days=31).text, encoding="utf-8")
    for number, text in enumerate((one, other)):
        cli("sign", text, "--key", f"root{number}", "--out", f"by{number}")
    said = cli("combine", "by0", "by1", "--out", "whole", code=1)
    assert "not-one-text" in said
    assert all(x.digest.hex() in said for x in (charter(2), charter(2, grace_days=31)))


def test_lines_of_strangers_are_left_out_and_forged_ones_refused(desk, cli):
    text = draft(desk, cli)
    for number in (0, 1):
        cli("sign", text, "--key", f"root{number}", "--out", f"by{number}")
    stranger = SigningKey.from_seed("stranger.example", seed("stranger"))
    line = parse_note((desk / "by1").read_bytes()).signatures[0]
    plain = text.read_text("utf-8")
    strange = type(line)(stranger.name, stranger.vkey.key_id, stranger.sign(plain.encode()))
    (desk / "by1").write_bytes(append_signatures((desk / "by1").read_bytes(), [strange]))
    cli("combine", "by0", "by1", "--out", "whole")
    assert len(parse_note((desk / "whole").read_bytes()).signatures) == 2
    forged = type(line)(ROOTS[1].name, ROOTS[1].vkey.key_id, bytes(64))
    (desk / "by1").write_bytes(append_signatures((desk / "by0").read_bytes(), [forged]))
    said = cli("combine", "by0", "by1", "--out", "other", code=1)
    assert "charter-file" in said
    assert "by1" in said
    assert "root1.example" in said


@pytest.mark.parametrize("data", [b"\xff", b"junk", b"a\n\nb", b"registry-charter@v1\n{}\n"])
def test_what_is_no_charter_is_not_signed(desk, cli, data):
    (desk / "text").write_bytes(data)
    said = cli("sign", "text", "--key", "root0", "--out", "x", code=1)
    assert "charter-file" in said
    assert "text" in said


# --- reading ---


def test_a_chain_with_a_gap_a_fork_or_another_beginning_is_named(desk, cli):
    for version in (2, 3):
        (desk / f"v{version}").write_bytes(charter(version).note)
    (desk / "fork").write_bytes(charter(2, grace_days=3).note)
    assert "charter-skipped" in cli("verify", "v1", "v3", code=1)
    assert "charter-forked" in cli("verify", "v1", "v2", "fork", code=1)
    assert "charter-pinned" in cli("verify", "v1", "--pin", "ab" * 32, code=1)
    assert "--pin" in cli("verify", "v1", "--pin", "ab", code=2)
    assert "--pin" in cli("verify", "v1", "--pin", "xy" * 32, code=2)
    (desk / "all").mkdir()
    for name in ("v1", "v2", "v3"):
        (desk / "all" / name).write_bytes((desk / name).read_bytes())
    said = json.loads(cli("verify", "all", "--json"))
    assert [one["version"] for one in said["chain"]] == [1, 2, 3]
    assert "charter-skipped" in cli("diff", "v1", "v3", code=1)


RICH = charter(
    keys={
        WUHU: [
            {"vkey": str(log_key(WUHU).vkey), "from": "2026-01-01T00:00:00Z",
             "until": "2027-01-01T00:00:00Z", "revoked": "2026-12-01T00:00:00Z"},
            {"vkey": str(log_key(WUHU, 1).vkey), "from": "2026-12-01T00:00:00Z"},
        ]
    },
    nodes={
        NODE: {
            "earlier": [
                {"vkey": str(SigningKey.from_seed(f"{NODE}/{use}", bytes(31) + use.encode()[:1], 4)
                             .vkey), "from": "2026-01-01T00:00:00Z",
                 "until": "2026-02-01T00:00:00Z"}
                for use in ("mirror", "witness")
            ]
        }
    },
)  # fmt: skip


@pytest.mark.parametrize(
    ("today", "standing"),
    [
        (date(2026, 1, 1), "有效 in force，还有 1825 天"),
        (date(2030, 12, 31), "即将到期 ends soon，还有 0 天"),
        (date(2031, 1, 1), "宽限期 in its days of grace，还有 29 天"),
        (date(2031, 2, 1), "已失效 ended，已过 2 天"),
    ],
)
def test_the_table_fits_and_tells_all(today, standing):
    shown = tables(RICH, today)
    assert columns(shown) <= WIDTH
    assert standing in shown
    for told in (
        RICH.digest.hex(), "340200", "芜湖市", WUHU, f"@ {NODE}", "区域办公室",
        "自 from 2026-01-01T00:00:00Z", "至 until 2027-01-01T00:00:00Z",
        "撤销 revoked 2026-12-01T00:00:00Z", "曾用至 earlier, until 2026-02-01T00:00:00Z",
        "root2.example", "至少 2 个签署", "联署法定数 1/2",
        *(one.key.key_id.hex() for one in RICH.party(WUHU).keys),
        *(one.key.key_id.hex() for one in RICH.node(NODE).earlier),
    ):  # fmt: skip
        assert told in shown, told


def test_what_loses_validity_is_counted_at_the_end(desk, cli):
    (desk / "v2").write_bytes(charter(2, keys={WUHU: [KEY_1]}).note)
    said = cli("diff", "v1", "v2")
    assert "！芜湖市（340200）密钥" in said
    assert "其中 1 项（标“！”）使已有的签名、联署或日志失效" in said
    assert "1 of these take validity" in said
    assert columns(said) <= WIDTH
    found = json.loads(cli("diff", "v1", "v2", "--json"))["changes"]
    assert [one["loses"] for one in found] == [False, True, False]


def test_show_as_a_document(desk, cli):
    (desk / "rich").write_bytes(RICH.note)
    said = json.loads(cli("show", "rich", "--json"))
    key = said["parties"][0]["keys"][0]
    assert (key["from"], key["until"], key["revoked"]) == (
        "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", "2026-12-01T00:00:00Z")  # fmt: skip
    assert said["standing"]["state"] in {"in-force", "ends-soon", "grace", "ended"}
    assert [one["until"] for one in said["nodes"][0]["earlier"]] == ["2026-02-01T00:00:00Z"] * 2


OTHER_MIRROR = SigningKey.from_seed(f"{NODE}/mirror", bytes(32), 4)
LATER = int(NOON.replace(year=2028).timestamp())
KEY_1 = {"vkey": str(log_key(WUHU, 1).vkey), "from": "2027-01-01T00:00:00Z"}
KEY_0 = {"vkey": str(log_key(WUHU).vkey), "from": "2026-01-01T00:00:00Z"}
LAID_DOWN = {
    "vkey": str(node_key("mirror").vkey),
    "from": "2026-01-01T00:00:00Z",
    "until": "2027-01-01T00:00:00Z",
}


def party_of(fields, code):
    return next(one for one in fields["parties"] if one["code"] == code)


def _nothing(fields): ...


def _leaves(fields):
    fields["parties"] = [one for one in fields["parties"] if one["code"] != "340200"]


def _joins(fields):
    new = deepcopy(party_of(fields, "340200"))
    origin = "xinyong.zhenjiang.example/credit"
    new |= {"code": "321100", "name": "镇江市", "origin": origin}
    new["keys"] = [{"vkey": str(log_key(origin).vkey), "from": "2027-01-01T00:00:00Z"}]
    fields["parties"].append(new)


def setting(code, **values):
    return lambda fields: party_of(fields, code).update(values)


def noding(at, **values):
    return lambda fields: fields["nodes"][at].update(values)


def _new_root(fields):
    fields["roots"]["keys"][0] = str(SigningKey.from_seed("root9.example", seed("9")).vkey)


def _another_log(fields):
    origin = "xinyong.wuhu.example/second"
    keys = [{"vkey": str(log_key(origin).vkey), "from": "2027-01-01T00:00:00Z"}]
    party_of(fields, "340200").update(origin=origin, keys=keys)


def _node_leaves(fields):
    party_of(fields, "341100")["home"] = NODE
    fields["nodes"].pop()


def _node_joins(fields):
    fields["nodes"].append(
        {"name": "node3.example", "url": "https://node3.example",
         "mirror": str(node_key("mirror", "node3.example").vkey),
         "witness": str(node_key("witness", "node3.example").vkey)})  # fmt: skip


# what is done -> what is said in Chinese, in English, and whether something loses validity by it
DIFFERENCES = {
    "nothing": (_nothing, "第 1 版 → 第 2 版", "version 1 to 2", False),
    "leaves": (_leaves, "芜湖市（340200）退出", "340200 leaves", True),
    "joins": (_joins, "镇江市（321100）加入", "321100 joins", False),
    "its key": (_joins, "镇江市（321100）新增密钥", "321100: new key", False),
    "new key": (setting("340200", keys=[KEY_0, KEY_1]), "新增密钥", "new key", False),
    "key left out": (setting("340200", keys=[KEY_1]), "被删除", "is left out", True),
    "key ends": (
        setting("340200", keys=[KEY_0 | {"until": "2027-02-01T00:00:00Z"}]),
        "2027-02-01T00:00:00Z)", "window [2026-01-01T00:00:00Z, …)", True),
    "key begins earlier": (
        setting("340200", keys=[KEY_0 | {"from": "2025-01-01T00:00:00Z"}]),
        "[2025-01-01T00:00:00Z", "window", False),
    "revoked": (
        setting("340200", keys=[KEY_0 | {"revoked": "2026-12-01T00:00:00Z"}]),
        "自 2026-12-01T00:00:00Z 起撤销", "revoked as of 2026-12-01T00:00:00Z", True),
    "renamed": (setting("340200", name="芜湖"), "名称：芜湖市 → 芜湖", "name: 芜湖市", False),
    "rank": (setting("340200", rank="county"), "级别：city → county", "rank", False),
    "territory": (setting("340200", territory=[]), "适用地区：340200 → -", "territory", False),
    "competence": (
        setting("340200", competences=["acts-on:x"]), "权限：- → acts-on:x", "competences", False),
    "home": (
        setting("340200", home="node2.example"),
        "主节点迁移：node.example → node2.example", "home moves from node.example", False),
    "another log": (_another_log, "日志更换", "its log changes", True),
    "root": (_new_root, "根密钥退出：root0.example", "root key leaves: root0.example", False),
    "root joins": (_new_root, "根密钥加入：root9.example", "root key joins: root9.example", False),
    "threshold": (lambda f: f["roots"].update(threshold=3), "最少数量：2 → 3", "must sign", False),
    "quorum": (lambda f: f.update(quorum=2), "法定数量：1 → 2", "quorum of nodes: 1 to 2", False),
    "grace": (lambda f: f.update(grace_days=60), "宽限天数：30 → 60", "days of grace", False),
    "region": (lambda f: f["region"].update(name="新名"), "区域名称", "name of the region", False),
    "node leaves": (_node_leaves, "节点 node2.example 退出", "node node2.example leaves", True),
    "node joins": (_node_joins, "节点 node3.example 加入", "node node3.example joins", False),
    "address": (noding(0, url="https://n"), "https://node.example → https://n", "address", False),
    "mirror key": (
        noding(0, mirror=str(OTHER_MIRROR.vkey)), "未列为曾用密钥", "counts no more", True),
    "mirror key laid down": (
        noding(0, mirror=str(OTHER_MIRROR.vkey), earlier=[LAID_DOWN]),
        "在 2027-01-01T00:00:00Z 前的联署仍有效", "still counts", False),
}  # fmt: skip


@pytest.mark.parametrize("name", DIFFERENCES)
def test_every_difference_is_said_in_both_languages(name):
    change, zh, en, loses = DIFFERENCES[name]
    fields = fields_of(charter())
    fields["version"] = 2
    change(fields)
    found = changes(charter(), read_charter(encode_charter(fields)), LATER)
    fitting = [one for one in found if zh in one.zh and en in one.en]
    assert fitting, found
    assert any(one.loses for one in found) == loses
    if name == "nothing":
        assert len(found) == 1


@pytest.mark.parametrize(
    ("before", "after", "loses"),
    [
        ({}, {"until": "2026-11-23T04:00:00Z"}, False),  # ends now
        ({}, {"until": "2026-11-23T03:59:59Z"}, True),
        ({"until": "2026-11-01T00:00:00Z"}, {"until": "2026-12-01T00:00:00Z"}, False),
        ({"until": "2026-11-01T00:00:00Z"}, {"until": "2026-10-31T23:59:59Z"}, True),
        ({}, {"from": "2026-01-01T00:00:01Z"}, True),
        ({"from": "2027-01-01T00:00:00Z"}, {"from": "2027-02-01T00:00:00Z"}, False),
    ],
)
def test_only_what_lies_behind_loses_validity_by_a_window(before, after, loses):
    old = charter(keys={WUHU: [KEY_0 | before]})
    (_, found) = changes(old, charter(2, keys={WUHU: [KEY_0 | after]}), int(NOON.timestamp()))
    assert found.loses == loses


def test_what_is_taken_back_is_said_too():
    revoked = charter(keys={WUHU: [KEY_0 | {"revoked": "2026-12-01T00:00:00Z"}]})
    found = changes(revoked, charter(2), LATER)
    assert ["no more revoked" in one.en for one in found] == [False, True]
    before = charter(nodes={NODE: {"mirror": str(OTHER_MIRROR.vkey), "earlier": [LAID_DOWN]}})
    after = charter(2, nodes={NODE: {"mirror": str(OTHER_MIRROR.vkey)}})
    (_, lost) = changes(before, after, LATER)
    assert (lost.loses, "曾用密钥" in lost.zh) == (True, True)


# --- a node adopts ---


def test_a_node_adopts_what_follows(desk, cli, database, monkeypatch):
    monkeypatch.setenv("REGISTRY_DATABASE_URL", database.service_url)
    monkeypatch.setenv("REGISTRY_DATA_DIR", str(desk / "node"))
    (desk / "v2").write_bytes(charter(2, grace_days=60).note)
    (desk / "v3").write_bytes(charter(3).note)
    (desk / "fork").write_bytes(charter(2).note)
    assert "章程第 1 版已采用" in cli("adopt", "v1")
    assert "charter-skipped" in cli("adopt", "v3", code=1)
    said = cli("adopt", "v3", "v2")
    assert "宽限天数：30 → 60" in said
    assert "宽限天数：60 → 30" in said
    assert "章程第 3 版已采用" in said
    assert "已在用，没有变化" in cli("adopt", "v1")
    assert "charter-forked" in cli("adopt", "fork", code=1)
    said = json.loads(cli("adopt", "v3", "--json"))
    assert (said["version"], said["adopted"], said["digest"]) == (3, [], charter(3).digest.hex())


def test_a_node_shows_its_keys_and_makes_the_next(desk, cli, monkeypatch):
    monkeypatch.setenv("REGISTRY_DATA_DIR", str(desk / "node"))
    monkeypatch.setenv("REGISTRY_NODE_NAME", NODE)
    monkeypatch.setenv("REGISTRY_KEY_PASSWORD", "")
    assert "key_password" in cli("node-keys", code=1)
    monkeypatch.setenv("REGISTRY_KEY_PASSWORD", PASSWORD)
    first = json.loads(cli("node-keys", "--json"))
    assert first["mirror"].startswith(f"{NODE}/mirror+")
    assert first["witness"] in cli("node-keys")
    following = json.loads(cli("node-keys", "--next", "--json"))
    assert len({*first.values(), *following.values()}) == 2 + 4
    (desk / "form.toml").write_text(
        f'[[nodes]]\nname = "{NODE}"\nurl = "https://n"\n'
        + "".join(f'{use} = "{following[use]}"\n' for use in ("mirror", "witness"))
        + "".join(
            f'[[nodes.earlier]]\nvkey = "{first[use]}"\nfrom = 2026-01-01T00:00:00Z\n'
            "until = 2027-01-01T00:00:00Z\n"
            for use in ("mirror", "witness")
        )
    )
    said = cli("draft", "form.toml", "--after", "v1", "--out", "text", code=1)
    assert "node2.example" in said  # which was a party's home, and is left out of the form


def test_adopt_is_in_the_help_and_other_names_are_not(cli):
    said = cli("--help")
    assert "adopt" in said
    assert "diff" in said
    cli("nonsense", code=2)
