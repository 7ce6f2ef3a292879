"""The offline verifier: each kind of file, each refusal, and the words of its lines."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from signing.__main__ import main
from signing.batch import MAX_UNPACKED, BatchHeader, encode_batch
from signing.cosign import cosign
from signing.encoding import MAX_INT63
from signing.errors import RECORD_TEXTS, VerifyError
from signing.kinds import kind_of
from signing.merkle import inclusion_proof, leaf_hash
from signing.note import append_signatures, parse_note
from signing.proof import TlogProof, encode_proof
from signing.receipt import make_receipt
from signing.record import entry_of, parse_record_line, split_line
from signing.verify import verify_files
from tests.signing.given import (
    MIRROR,
    OLD_LOG,
    ORIGIN,
    STRANGER,
    TIME,
    WITNESS,
    WITNESS_B,
    NaiveTree,
    batch_of,
    charter,
    checkpoint_note,
    record_line,
)

LINES = [record_line(number, restricted=number == 2) for number in range(5)]
LEAVES = [leaf_hash(entry_of(*split_line(line))) for line in LINES]
CHARTER = charter()
QUORUM_2 = charter(quorum=2)
CHECKPOINT = checkpoint_note(LINES)
RECEIPT = make_receipt(CHECKPOINT, MIRROR, TIME).note
FIRST, SECOND = batch_of(LINES[:3]), batch_of(LINES, 3)
WHEN = "2026-05-28T20:26:40Z"


def proof_of(index, extra=None, note=RECEIPT):
    hashes = tuple(inclusion_proof(index, 5, NaiveTree(LEAVES).node))
    return encode_proof(TlogProof(index, hashes, note, extra))


def findings(trusted=CHARTER, **files):
    """Verify files named by keyword (``__`` stands for the dot)."""
    named = {name.replace("__", "."): data for name, data in files.items()}
    return verify_files(named, trusted)


def codes(**files):
    return [finding.code for finding in findings(**files)]


def cosigned(*lines):
    text = parse_note(CHECKPOINT).text
    return append_signatures(CHECKPOINT, [cosign(signer, text, time) for signer, time in lines])


def test_a_batch_from_the_start():
    (found,) = findings(a__batch=FIRST)
    assert (found.ok, found.kind, found.at) == (True, "batch", "")
    line = found.line()
    assert line.startswith("已核验 OK a.batch: 签名核验通过：芜湖市报送，内容未被改动；")
    assert "不代表该信息当前仍有效" in line
    assert f"records 0..3 of {ORIGIN} are complete and unaltered, by 芜湖市 ({ORIGIN})" in line
    assert "not proven: that the information is still in force; when it was signed" in line


def test_batches_continue_each_other_in_any_order_of_names():
    assert codes(b=SECOND, a=FIRST) == ["ok", "ok"]
    assert codes(b=SECOND) == ["earlier-batches-needed"]
    assert codes(a=FIRST, again=batch_of(LINES[:3], 3)) == ["ok", "ok"]


def test_a_batch_with_a_changed_record():
    assert codes(a=FIRST.replace(b"12000", b"12001", 1)) == ["root-mismatch"]


def test_unsigned_and_broken_batches():
    assert codes(a=encode_batch(BatchHeader(ORIGIN, 0, 1), LINES[:1])) == ["unsigned-batch"]
    assert codes(a=FIRST[:-9]) == ["missing-last-newline"]
    assert codes(a=b'{"format":"registry-batch@v1"}\n') == ["header-malformed"]
    assert codes(a=batch_of(LINES[:1], signer=STRANGER)) == ["unknown-key"]


def test_gzip_is_unpacked_and_zstd_is_not():
    packed = gzip.compress(FIRST)
    assert codes(a=packed) == ["ok"]
    assert codes(a=packed[:-9]) == ["malformed"]
    assert codes(a=packed + b"x") == ["malformed"]
    assert codes(a=b"\x1f\x8b\x00\x00") == ["malformed"]
    assert codes(a=b"\x28\xb5\x2f\xfd....") == ["compressed"]
    assert codes(a=gzip.compress(bytes(MAX_UNPACKED + 1), 1)) == ["batch-too-large"]


def test_a_receipt_with_a_quorum_of_one_proves_storage_only():
    (found,) = findings(r=RECEIPT)
    assert (found.ok, found.kind, found.at) == (True, "receipt", WHEN)
    line = found.line()
    assert "芜湖市于2026-05-29 04:26:40（北京时间）报送，内容未被改动" in line
    assert f"{ORIGIN} has 5 entries, all stored by node-a.example/mirror" in line
    assert f", at {WHEN}; " in line
    assert "a quorum of one proves storage, not the absence of a split view" in line


def test_a_quorum_of_two_nodes():
    seen = cosigned((MIRROR, TIME), (WITNESS, TIME + 1), (WITNESS_B, TIME + 7))
    (found,) = findings(QUORUM_2, r=seen)
    assert found.at == "2026-05-28T20:26:47Z"
    assert "seen by 2 nodes (quorum 2)" in found.proven
    assert not any("split view" in limit for limit in found.not_proven)
    one_node = cosigned((MIRROR, TIME), (WITNESS, TIME + 1))
    (found,) = findings(QUORUM_2, r=one_node)
    assert found.at == WHEN
    assert "that a quorum has seen it (1 of 2 nodes)" in found.not_proven


def test_a_witnessed_checkpoint_is_no_receipt():
    (found,) = findings(c=cosigned((WITNESS, TIME)))
    assert (found.kind, found.ok) == ("checkpoint", True)
    assert "stored" not in found.proven
    (found,) = findings(c=CHECKPOINT)
    assert "that any node has stored or seen it" in found.not_proven


def test_keys_and_times():
    old = checkpoint_note(LINES, OLD_LOG)
    assert codes(c=old) == ["ok"]
    assert codes(c=make_receipt(old, MIRROR, TIME).note) == ["expired-key"]
    assert codes(c=checkpoint_note(LINES, STRANGER, STRANGER.name)) == ["unknown-key"]
    assert codes(c=CHECKPOINT.replace(b"\n5\n", b"\n6\n")) == ["bad-signature"]
    (found,) = findings(c=cosigned((MIRROR, MAX_INT63)))
    assert found.at == f"POSIX {MAX_INT63}"


def test_two_roots_for_one_size_are_a_fork():
    other = checkpoint_note([*LINES[:4], record_line(9)])
    assert codes(a=CHECKPOINT, b=other) == ["ok", "fork"]
    assert codes(a=CHECKPOINT, b=RECEIPT) == ["ok", "ok"]


def test_a_proof_with_its_record():
    files = {"x__tlog-proof": proof_of(1), "x__record": LINES[1] + b"\n"}
    proof, record = findings(**files)
    assert (proof.ok, proof.kind, proof.at) == (True, "proof", WHEN)
    assert f"x.record is entry 1 of {ORIGIN}, unaltered" in proof.proven
    assert (record.ok, record.kind, record.by) == (True, "record", "its proof")
    assert "at" not in record.line().partition("by its proof")[2].partition(";")[0]


def test_a_record_under_another_name_is_found():
    assert codes(p=proof_of(1), a=LINES[0], b=LINES[1]) == ["ok", "proof-missing", "ok"]
    assert codes(p=proof_of(1), c=CHECKPOINT, b=LINES[1]) == ["ok", "ok", "ok"]


def test_a_proof_without_or_with_another_record():
    assert codes(p=proof_of(1)) == ["record-missing"]
    assert codes(p=proof_of(1), c=CHECKPOINT) == ["record-missing", "ok"]
    assert codes(p=proof_of(1), a=LINES[0]) == ["proof-mismatch", "proof-missing"]
    assert codes(x__proof=proof_of(1), x__record=LINES[0], y=LINES[1])[0] == "proof-mismatch"
    assert codes(p=proof_of(1), a=LINES[1] + b" ") == ["not-canonical", "not-canonical"]
    assert codes(p=proof_of(1)[:40]) == ["malformed-proof"]


def test_a_withheld_restricted_part():
    record = parse_record_line(LINES[2])
    main, digest = record.main, record.entry[32:]
    assert codes(p=proof_of(2), a=LINES[2]) == ["ok", "ok"]
    assert codes(p=proof_of(2), a=main) == ["proof-mismatch", "proof-missing"]
    proof, _ = findings(p=proof_of(2, digest), a=main)
    assert proof.ok
    assert "the restricted part, of which only the digest is given" in proof.not_proven
    assert codes(p=proof_of(2, bytes(32)), a=main)[0] == "proof-mismatch"
    assert codes(p=proof_of(1, b"a note to the reader"), a=LINES[1])[0] == "ok"


def test_charters():
    (found,) = findings(c=CHARTER.note)
    assert (found.ok, found.kind) == (True, "charter")
    assert CHARTER.digest.hex() in found.line()
    assert "that these root keys are the region's: compare the digest" in found.not_proven
    second = charter(version=2)
    (found,) = findings(c=second.note)
    assert "succeeding version 1" in found.proven
    assert not any("compare" in limit for limit in found.not_proven)
    assert [found.code for found in findings(second, c=CHARTER.note)] == ["charter-version"]


def test_unknown_content():
    assert codes(a=b"", b=b"\xff\xfe", c=b"hello\n") == ["unknown-format"] * 3
    assert kind_of(b"{") == "record"
    (found,) = findings(a=b"")
    assert found.line().startswith("FAILED a: unknown-format ")
    assert found.zh in found.line()


def test_the_texts_of_the_verifier_are_all_used():
    used = {
        *codes(a=CHECKPOINT, b=checkpoint_note([*LINES[:4], record_line(9)])),
        *codes(a=b"", b=SECOND, c=LINES[0], d=proof_of(1, note=CHECKPOINT)),
        *codes(a=FIRST.replace(b"12000", b"12001", 1), b=b"\x28\xb5\x2f\xfd", p=proof_of(1)),
        *codes(a=encode_batch(BatchHeader(ORIGIN, 0, 1), LINES[:1])),
    }
    assert set(VerifyError.texts) <= used | set(RECORD_TEXTS)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "charter").write_bytes(CHARTER.note)
    (tmp_path / "one.batch").write_bytes(FIRST)
    (tmp_path / "x.tlog-proof").write_bytes(proof_of(1))
    (tmp_path / "x.record").write_bytes(LINES[1] + b"\n")
    return tmp_path


def run(folder, *arguments):
    return main(["verify", *(str(folder / a) if a[0] != "-" else a for a in arguments)])


def test_the_command_reads_the_record_beside_the_proof(folder, capsys):
    charter_option = ["--charter", str(folder / "charter")]
    assert (
        main(["verify", str(folder / "one.batch"), str(folder / "x.tlog-proof"), *charter_option])
        == 0
    )
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert all(line.startswith("已核验 OK ") for line in lines)
    (folder / "x.record").unlink()
    assert run(folder, "x.tlog-proof", "--charter", "charter") == 1
    assert "record-missing" in capsys.readouterr().out


def test_the_command_in_json(folder, capsys):
    (folder / "bad").write_bytes(b"?")
    assert run(folder, "one.batch", "bad", "--json", "--charter", "charter") == 1
    good, bad = map(json.loads, capsys.readouterr().out.splitlines())
    assert (good["code"], good["kind"]) == ("ok", "batch")
    assert bad["code"] == "unknown-format"


def test_the_command_with_a_bad_charter(folder, capsys):
    assert run(folder, "one.batch", "--charter", "one.batch") == 1
    assert capsys.readouterr().out.startswith(f"FAILED {folder / 'one.batch'}: ")
    assert run(folder, "one.batch", "--json", "--charter", "one.batch") == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["kind"], told["file"]) == ("charter", str(folder / "one.batch"))
    assert told["code"] != "ok"


def test_the_command_used_wrongly(folder, capsys):
    assert run(folder, "nowhere", "--charter", "charter") == 2
    assert "nowhere" in capsys.readouterr().err
    with pytest.raises(SystemExit) as stopped:
        main(["verify", "x"])
    assert stopped.value.code == 2
    assert "--charter" in capsys.readouterr().err


def test_the_module_runs(folder):
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-m", "signing", "verify", "one.batch", "--charter", "charter"]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "已核验 OK one.batch" in done.stdout.decode()
