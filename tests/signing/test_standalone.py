"""The verifier in one file: alone in its process, it says the same as the library, of good and bad.

What it reads was made by the library, and by hand; what it must refuse are the same bad files.
"""

import ast
import base64 as b64
import hashlib
import json
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from signing import standalone
from signing.bundle import seal_bundle
from signing.note import Note, Signature, parse_note, sign_note
from signing.standalone import (
    Charter,
    Refused,
    main,
    read_bundle,
    read_json,
    read_note,
    read_status,
)
from signing.status import seal_status, set_bits
from tests.signing import given, test_bundle, test_charter, test_status

FILE = Path(standalone.__file__)
NOTE = given.charter().note
CHARTER = Charter(NOTE)
BUNDLE = seal_bundle(given.bundle(), given.MIRROR)
LIST = seal_status(given.status(), given.MIRROR)
NOW = given.TIME + 60
VECTORS = Path(__file__).parent / "vectors"


def files(folder: Path, **named: bytes) -> list[str]:
    paths = []
    for name, data in ({"charter": NOTE} | named).items():
        (folder / name).write_bytes(data)
        paths.append(str(folder / name))
    return paths


def test_it_is_one_short_file_that_needs_only_cryptography():
    text = FILE.read_text(encoding="utf-8")
    assert text.count("\n") <= 300
    imported = set()
    for part in ast.walk(ast.parse(text)):
        if isinstance(part, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in part.names}
        elif isinstance(part, ast.ImportFrom):
            imported.add(str(part.module).partition(".")[0])
    assert imported - sys.stdlib_module_names == {"cryptography"}


SHOWN = "shown and unchanged at 2026-05-28T20:26:40Z 仅表明该时刻"
ALONE = """
import runpy, sys
class Only:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top in sys.stdlib_module_names or top in ("cryptography", "_cffi_backend"):
            return None
        raise ImportError(f"{name} is out of reach")
sys.meta_path.insert(0, Only())
_, verifier, now, *files = sys.argv
sys.exit(runpy.run_path(verifier)["main"](files, int(now)))
"""


def test_it_verifies_alone_in_its_process(tmp_path):
    """Isolated (-I), from another folder, this package and all other libraries out of reach."""

    def run(*paths: str) -> tuple[int, list[str], str]:
        command = [sys.executable, "-I", "-c", ALONE, "verify.py", str(NOW), *paths]
        ran = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
        return ran.returncode, ran.stdout.decode().splitlines(), ran.stderr.decode()

    (tmp_path / "verify.py").write_bytes(FILE.read_bytes())
    changed = BUNDLE.replace(b"12000", b"12001")
    charter, good, bad, stands, falls = files(
        tmp_path, good=BUNDLE, bad=changed, stands=LIST, falls=status(0)
    )
    code, lines, errors = run(charter, good, stands)
    assert (code, errors) == (0, "")
    assert lines == [
        f"charter 章程: SHA-256 {given.charter().digest.hex()}",
        f"{stands}: status list 状态清单, 2026-05-28T20:26:40Z",
        f"{good}: 芜湖市, entry 2 of registry.example/wuhu, stored at POSIX {given.TIME}; {SHOWN}",
    ]
    code, lines, errors = run(charter, good, falls)
    assert (code, errors) == (1, "")
    assert "FAILED 未通过: ask again 请重新查询" in lines[-1]
    assert run(charter, good, bad)[0] == 1
    assert run()[0] == 2


def test_it_runs_as_a_program(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", [str(FILE), *files(tmp_path, a=BUNDLE)])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(FILE), run_name="__main__")
    assert ended.value.code == 0
    assert "仅表明该时刻" in capsys.readouterr().out


def test_what_the_library_seals_it_reads_alike():
    index, seen, cover, stored = read_bundle(BUNDLE, CHARTER)
    assert (index, seen.origin, seen.size, stored) == (2, given.ORIGIN, 5, given.TIME)
    assert cover == given.cover_fields()
    said, bits = read_status(LIST, CHARTER)
    assert (said, bits) == (given.status_fields(), set_bits({0, 2}))
    assert CHARTER.digest == given.charter().digest.hex()


NOT_ASKED = {"no-address", "a-bit-beyond-the-size", "a-block-beyond-the-size"}
"""What verifying a record does not need is the library's to check."""


@pytest.mark.parametrize("name", sorted(test_bundle.BAD.keys() - NOT_ASKED))
def test_what_the_library_refuses_of_bundles_it_refuses(name, tmp_path):
    with pytest.raises(Refused):
        read_bundle(test_bundle.BAD[name][0], CHARTER)
    assert main(files(tmp_path, a=test_bundle.BAD[name][0]), NOW) == 1


@pytest.mark.parametrize("name", sorted(test_status.BAD.keys() - NOT_ASKED))
def test_what_the_library_refuses_of_lists_it_refuses(name):
    with pytest.raises(Refused):
        read_status(test_status.BAD[name][0], CHARTER)


@pytest.mark.parametrize("name", ["bundles", "statuses"])
def test_it_reads_the_golden_vectors(name):
    vectors = json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))
    charter, data = Charter(vectors["charter"].encode()), vectors["file"].encode()
    if name == "bundles":
        assert read_bundle(data, charter)[0] == vectors["index"]
    else:
        assert read_status(data, charter)[1] == set_bits(set(vectors["standing"]))


@pytest.mark.parametrize("mask", [0x01, 0x80])
def test_not_one_byte_may_change(mask):
    for data, read in ((BUNDLE, read_bundle), (LIST, read_status)):
        for at in range(len(data)):
            with pytest.raises(Refused):
                read(data[:at] + bytes([data[at] ^ mask]) + data[at + 1 :], CHARTER)


def status(*standing, **changes):
    bits = given.pack_bits(set_bits(set(standing)))
    return seal_status(given.status(bits=bits, **changes), given.MIRROR)


@pytest.mark.parametrize(
    ("lists", "now", "said"),
    [
        ([status(0, 2)], NOW, "shown and unchanged at 2026-05-28T20:26:40Z"),
        ([status(0)], NOW, f"ask again 请重新查询: https://{given.NODE}/record/{given.ORIGIN}/2"),
        ([status(2), status(0, **{"from": "2026-05-28T20:30:00Z"})], NOW, "ask again"),
        (
            [status(0), status(2, **{"from": "2026-05-28T20:30:00Z"})],
            NOW,
            "at 2026-05-28T20:30:00Z",
        ),
        ([status(2)], given.TIME + 900, "the list spoke until 2026-05-28T20:41:40Z"),
        ([status(2, **{"from": "2026-05-28T20:26:39Z"})], NOW, "older than the bundle"),
        ([status(block=1)], NOW, "shown and unchanged at 2026-05-28T20:26:40Z"),
    ],
)
def test_the_newest_list_of_the_block_decides(lists, now, said, tmp_path, capsys):
    named = {f"z{at}": data for at, data in enumerate(lists)}
    code = main(files(tmp_path, a=BUNDLE, **named), now)
    (line,) = [one for one in capsys.readouterr().out.splitlines() if "/a: " in one]
    assert said in line
    assert code == ("FAILED" in line)


def test_without_a_charter_nothing_is_said(tmp_path, capsys):
    for arguments in ([], [str(tmp_path / "none")], files(tmp_path, charter=BUNDLE)):
        assert main(arguments, NOW) == 2
        assert "python standalone.py CHARTER FILE..." in capsys.readouterr().err
    assert main(files(tmp_path, z=LIST), NOW) == 0
    assert "status list 状态清单, 2026-05-28T20:26:40Z" in capsys.readouterr().out


def of_fields(signers=given.ROOTS, **changes):
    line = given.json_line(given.charter_fields(**changes))
    return sign_note(f"registry-charter@v1\n{line}\n", signers)


@pytest.mark.parametrize(
    "note",
    [
        of_fields(given.ROOTS[:1]),
        of_fields(roots__threshold=0),
        of_fields(roots__keys=[str(given.ROOTS[0].vkey)] * 2),
        of_fields(roots__keys=[str(given.MIRROR.vkey), str(given.ROOTS[0].vkey)]),
        of_fields(roots__keys="none"),
        of_fields(nodes=1),
        sign_note("registry-charter@v2\n{}\n", given.ROOTS),
        sign_note("registry-charter@v1\n{}\n", given.ROOTS),
        NOTE.replace(b'"quorum":1', b'"quorum":0'),
        b"",
    ],
)
def test_a_charter_that_its_roots_did_not_sign_is_none(note):
    with pytest.raises(Refused):
        Charter(note)


def test_a_key_signs_only_in_its_window():
    late = of_fields(parties__0__keys__1__from="2026-05-28T20:26:41Z")
    early = of_fields(parties__0__keys__1__until="2026-05-28T20:26:40Z")
    kept = of_fields(parties__0__keys__1__until="2026-05-28T20:26:41Z")
    for note in (late, early, of_fields(parties__0__origin="registry.example/hefei")):
        with pytest.raises(Refused):
            read_bundle(BUNDLE, Charter(note))
    assert read_bundle(BUNDLE, Charter(kept))[0] == 2


@pytest.mark.parametrize(
    "line",
    [
        *('{"a":1.0}', '{"a":1e3}', '{"a":NaN}', '{"a": 1}', '{"b":1,"a":1}', '{"a":1,"a":1}'),
        *('{"a":9007199254740992}', '{"a":-9007199254740992}', '{"a":"\\u0041"}', "[1]", "{", ""),
        '{"a":' + "[" * 100_000 + "]" * 100_000 + "}",
        '{"a":' + "1" * 5000 + "}",
    ],
)
def test_json_that_has_another_spelling_is_refused(line):
    with pytest.raises(Refused):
        read_json(line)


def test_json_in_its_one_spelling_is_read():
    value = {"a": [1, -9007199254740991, True, None], "é": '\\ " \t \x7f 芜'}
    line = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert read_json(line) == value


SIGNED = given.checkpoint_note(test_bundle.LINES)


@pytest.mark.parametrize(
    "note",
    [
        b"x" * 1024 * 1025,
        b"\xff\n\n",
        b"a\tb\n\n",
        b"no signatures\n",
        b"text\n\n",
        b"text\n\nnot a signature\n",
        "text\n\n— name AAAA\n".encode(),
        SIGNED[:-1],
        SIGNED + SIGNED[SIGNED.index("— ".encode()) :] * 64,
    ],
)
def test_what_is_no_note_is_refused(note):
    with pytest.raises(Refused):
        read_note(note, standalone.VKey.parse(str(given.LOG.vkey)))


@pytest.mark.parametrize("vkey", ["", "a", "a+b", "a+530d903a+AA==", "a+00000000+AAAA", "a+b+!"])
def test_what_is_no_key_is_refused(vkey):
    with pytest.raises(Refused):
        standalone.VKey.parse(vkey)


def of_another_algorithm(name):
    data = b"\x06" + bytes(1312)
    key_id = hashlib.sha256(f"{name}\n".encode() + data).hexdigest()[:8]
    return f"{name}+{key_id}+{b64.b64encode(data).decode()}"


def test_keys_of_algorithms_that_it_does_not_know_count_for_nothing():
    assert standalone.VKey.parse(of_another_algorithm("a")).kind == 0
    roots = [str(root.vkey) for root in given.ROOTS]
    other = of_another_algorithm("registry.example/root-4")
    more = {"vkey": of_another_algorithm(given.ORIGIN), "from": "2026-01-01T00:00:00Z"}
    keys = [*given.CHARTER_FIELDS["parties"][0]["keys"], more]
    charter = Charter(of_fields(roots__keys=[*roots, other], parties__0__keys=keys))
    assert read_bundle(BUNDLE, charter)[0] == 2
    with pytest.raises(Refused):
        Charter(of_fields(roots__keys=[*roots, other], roots__threshold=3))
    lines = parse_note(BUNDLE)
    key = standalone.VKey.parse(other)
    claimed = Note(lines.text, (Signature(key.name, key.key_id, b"x" * 2428),)).encode()
    assert read_note(claimed, key)[1] == {}


def test_a_cosignature_without_a_time_is_none():
    key = standalone.VKey.parse(str(given.MIRROR.vkey))
    with pytest.raises(Refused, match="no time"):
        key.check(bytes(72), b"text")


def test_the_bad_charters_of_the_library_that_concern_keys_are_refused_here_too():
    refused = 0
    for changes, _ in test_charter.BAD_FIELDS.values():
        try:
            Charter(of_fields(**changes))
        except Refused:
            refused += 1
    assert refused >= 3
