"""Vouchers: sealed, opened, every way to be wrong, kept apart from checkpoints, offline."""

import base64
import json
from hashlib import sha256

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given as given_
from hypothesis import strategies as st

from signing.__main__ import main
from signing.checkpoint import parse_checkpoint
from signing.cosign import cosign
from signing.errors import MalformedCheckpointError, SigningError, VoucherError
from signing.kinds import kind_of
from signing.note import open_note
from signing.verify import verify_files
from signing.voucher import open_voucher, parse_voucher, seal_voucher, voucher_in, voucher_text
from tests.signing import given

CHARTER = given.charter()
GOOD = seal_voucher(given.voucher(), given.MIRROR)
PDF_HEAD = b"%PDF-1.7\n1 0 obj <<>> stream\n"


def altered(**changes) -> bytes:
    """The good file with members of the voucher changed after it was signed."""
    file = json.loads(GOOD)
    file["voucher"] = given.voucher_fields(**changes)
    return given.json_line(file).encode()


def reshaped(**members) -> bytes:
    return given.json_line({**json.loads(GOOD), **members}).encode()


CHECKPOINT = "registry.example/wuhu\n3\n" + "A" * 43 + "=\n"
BAD = {
    "changed-after-signing": (altered(asked_by="别的单位"), "bad-signature"),
    "a-record-left-out": (altered(records=[]), "bad-signature"),
    "by-a-witness": (given.voucher_file(given.WITNESS), "unknown-key"),
    "by-another-node": (given.voucher_file(given.MIRROR_B), "unknown-key"),
    "node-not-in-the-charter": (given.voucher_file(node="node-c.example"), "unknown-key"),
    "by-a-stranger-under-the-name": (
        given.voucher_file(given.key(f"{given.NODE}/mirror", 98, 4)),
        "unknown-key",
    ),
    "signature-of-a-checkpoint": (given.voucher_file(text=CHECKPOINT), "bad-signature"),
    "signed-at-another-moment": (given.voucher_file(time=given.TIME + 1), "voucher-time"),
    "no-such-day": (given.voucher_file(issued="2026-02-30T00:00:00Z"), "voucher-malformed"),
    "unknown-member": (given.voucher_file(more=1), "voucher-malformed"),
    "version-2": (given.voucher_file(v=2), "voucher-malformed"),
    "code-in-small-letters": (given.voucher_file(code="0123456789abcdef"), "voucher-malformed"),
    "nobody-asks": (given.voucher_file(asked_by=" "), "voucher-malformed"),
    "root-too-short": (given.voucher_file(known__0__root="00"), "voucher-malformed"),
    "spaces": (json.dumps(json.loads(GOOD)).encode(), "voucher-malformed"),
    "a-fraction": (given.voucher_file(records_total=1.5), "voucher-malformed"),
    "another-format": (reshaped(format="registry-voucher@v2"), "voucher-malformed"),
    "no-signature": (reshaped(signatures=[]), "voucher-malformed"),
    "not-a-signature-line": (reshaped(signatures=["by me"]), "malformed-note"),
    "cut-off": (GOOD[:-1], "voucher-malformed"),
    "pdf-without-data": (PDF_HEAD + b"\nendstream", "voucher-missing"),
    "pdf-cut-off": (PDF_HEAD + GOOD, "voucher-missing"),
    "too-long": (GOOD + b" " * 1024 * 1024, "voucher-malformed"),
}


def test_what_is_sealed_opens_again_under_the_charter():
    opened = open_voucher(GOOD, given.charter())
    assert opened.voucher == given.voucher()
    assert (opened.time, opened.key) == (given.TIME, f"{given.NODE}/mirror")
    assert opened.digest == sha256(voucher_text(given.voucher()).encode()).digest()
    assert open_voucher(GOOD + b"\n", given.charter()) == opened
    assert seal_voucher(given.voucher(), given.MIRROR) == GOOD


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_refused_with_its_code(name):
    data, code = BAD[name]
    with pytest.raises(SigningError) as refused:
        open_voucher(voucher_in(data), given.charter())
    assert refused.value.code == code
    assert refused.value.zh


def test_only_the_mirror_of_its_node_seals_and_only_what_can_be_read_back():
    for wrong in (given.MIRROR_B, given.WITNESS, given.LOG):
        with pytest.raises(VoucherError, match="is not the mirror key"):
            seal_voucher(given.voucher(), wrong)
    for changes in ({"purpose": "a\0b"}, {"code": "0"}, {"issued": "2026-02-30T00:00:00Z"}):
        with pytest.raises(VoucherError, match="malformed"):
            seal_voucher(msgspec.structs.replace(given.voucher(), **changes), given.MIRROR)


def test_no_voucher_is_a_checkpoint_and_no_checkpoint_a_voucher():
    text = voucher_text(given.voucher())
    with pytest.raises(MalformedCheckpointError):
        parse_checkpoint(text)
    assert text.split("\n")[0] not in {party.origin for party in given.charter().parties}
    with pytest.raises(SigningError):
        given.charter(parties__0__origin="registry-voucher@v1")
    for name in ("by-a-witness", "signature-of-a-checkpoint"):
        _, note = parse_voucher(BAD[name][0])
        with pytest.raises(SigningError):
            open_note(note.encode(), [given.MIRROR.vkey])


def test_lines_of_others_neither_help_nor_harm():
    other = cosign(given.MIRROR_B, voucher_text(given.voucher()), given.TIME + 5).line().rstrip()
    file = reshaped(signatures=[other, *json.loads(GOOD)["signatures"]])
    assert open_voucher(file, given.charter()).time == given.TIME


def test_offline_it_says_what_was_proven_by_whom_when_and_what_was_not(tmp_path, capsys):
    (tmp_path / "charter").write_bytes(given.charter().note)
    (tmp_path / "v.json").write_bytes(GOOD)
    assert main(["verify", str(tmp_path / "v.json"), "--charter", str(tmp_path / "charter")]) == 0
    line = capsys.readouterr().out
    assert line.count("\n") == 1
    digest = open_voucher(GOOD, given.charter()).digest.hex()
    for expected in (
        "查询凭证签名核验通过：node-a.example于2026-05-29 04:26:40（北京时间）",
        "就芜湖市示范船舶有限公司出具，内容未被改动；不说明此后任何时刻的情况",
        f"about 芜湖市示范船舶有限公司 in 镇江市 on 2026-05-29, SHA-256 {digest}",
        "from 3 records of 1 logs, by node-a.example, at 2026-05-28T20:26:40Z",
        "not proven: anything about any later moment; that the answer was right",
    ):
        assert expected in line
    assert "printed" not in line
    assert "charter version" not in line


def test_a_pdf_is_verified_by_the_data_in_it_and_says_that_the_print_is_not():
    trusted = given.charter(version=2)
    files = {"v.pdf": PDF_HEAD + GOOD + b"\nendstream endobj", "x.pdf": PDF_HEAD, "v.json": GOOD}
    good, bad, plain = verify_files(files, trusted)
    assert (good.kind, good.code, plain.kind) == ("voucher", "ok", "voucher")
    assert "that the printed pages say what the data in the PDF say" in good.not_proven
    assert "that charter version 1 held the same" in good.not_proven
    assert (bad.kind, bad.code) == ("unknown", "voucher-missing")
    assert set(good.not_proven) > set(plain.not_proven)


def test_it_can_be_verified_from_the_description_alone():
    """With a JSON library, SHA-256 and Ed25519: nothing of ours but the charter's mirror key."""
    file = json.loads(GOOD)
    text = f"registry-voucher@v1\n{given.json_line(file['voucher'])}\n".encode()
    name, _, payload = file["signatures"][0].removeprefix("— ").partition(" ")
    blob = base64.b64decode(payload)
    public = given.MIRROR.vkey.public
    key_id = sha256(name.encode() + b"\n\x04" + public).digest()[:4]
    time = int.from_bytes(blob[4:12])
    assert (name, blob[:4], time) == (f"{file['voucher']['node']}/mirror", key_id, given.TIME)
    message = b"cosignature/v1\ntime %d\n" % time + text
    Ed25519PublicKey.from_public_bytes(public).verify(blob[12:], message)


def test_a_bad_voucher_is_told_as_such():
    (found,) = verify_files({"v.json": BAD["changed-after-signing"][0]}, given.charter())
    assert (found.kind, found.code) == ("voucher", "bad-signature")
    assert kind_of(b'{"format":"registry-voucher@v2"') == "record"


@given_(st.data())
def test_no_change_of_the_file_is_taken_for_genuine_and_none_breaks_the_verifier(data):
    at = data.draw(st.integers(0, len(GOOD) - 1))
    length = data.draw(st.integers(0, 3))
    put = data.draw(st.binary(max_size=4))
    changed = GOOD[:at] + put + GOOD[at + length :]
    if changed.removesuffix(b"\n") == GOOD:
        return
    with pytest.raises(SigningError) as refused:
        open_voucher(changed, CHARTER)
    assert refused.value.zh


@given_(st.binary(max_size=300))
def test_bytes_of_any_kind_are_refused_with_a_code(data):
    for prefix in (b"", GOOD[:40], b'{"format":"registry-voucher@v1","signatures":["'):
        with pytest.raises(SigningError):
            open_voucher(voucher_in(prefix + data), CHARTER)
