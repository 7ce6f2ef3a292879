"""Reports: sealed, opened, every way to be wrong, offline; not one byte of them can be changed."""

import json
from hashlib import sha256

import msgspec
import pytest
from hypothesis import given as given_
from hypothesis import strategies as st

from signing.__main__ import main
from signing.checkpoint import parse_checkpoint
from signing.errors import MalformedCheckpointError, SigningError, VoucherError
from signing.kinds import kind_of
from signing.receipt import make_receipt
from signing.record import split_line
from signing.report import (
    MAX_REPORT,
    Proven,
    ProvenRecord,
    open_report,
    parse_report,
    seal_report,
)
from signing.verify import verify_files
from signing.voucher import open_voucher, voucher_in
from tests.signing import given

CHARTER = given.charter()
PROVEN = given.proven(1, 2)
GOOD = seal_report(given.report(), PROVEN, given.MIRROR)
PDF_HEAD = b"%PDF-1.7\n1 0 obj <<>> stream\n"
CHECKPOINT = "registry.example/wuhu\n3\n" + "A" * 43 + "=\n"


def reshaped(**members) -> bytes:
    return given.json_line({**json.loads(GOOD), **members}).encode()


def altered(**changes) -> bytes:
    """The good file with members of the report changed after it was signed."""
    return reshaped(report=given.report_fields(**changes))


def held(one: Proven, **changes: str) -> list[Proven]:
    return [one, msgspec.structs.replace(PROVEN[1], **changes)]


def otherwise(**changes) -> bytes:
    """A file whose text was signed as it is, but lists the second record otherwise."""
    return given.report_file(**{f"records__1__{name}": value for name, value in changes.items()})


ANOTHER = given.proven(3)[0]
BAD = {
    "changed-after-signing": (altered(purpose="别的用途"), "bad-signature"),
    "by-a-witness": (given.report_file(given.WITNESS), "unknown-key"),
    "by-another-node": (given.report_file(given.MIRROR_B), "unknown-key"),
    "signature-of-a-checkpoint": (given.report_file(text=CHECKPOINT), "bad-signature"),
    "signed-at-another-moment": (given.report_file(time=given.TIME + 1), "report-time"),
    "no-such-day": (given.report_file(issued="2026-02-30T00:00:00Z"), "report-malformed"),
    "unknown-member": (given.report_file(more=1), "report-malformed"),
    "code-in-small-letters": (given.report_file(code="0123456789abcdef"), "report-malformed"),
    "a-record-left-out": (given.report_file(held=PROVEN[:1]), "report-malformed"),
    "records-exchanged": (given.report_file(held=PROVEN[::-1]), "report-record"),
    "another-record": (given.report_file(held=[PROVEN[0], ANOTHER]), "report-record"),
    "main-part-changed": (
        given.report_file(held=held(PROVEN[0], main=PROVEN[1].main.replace("12000", "12"))),
        "proof-mismatch",
    ),
    "proof-changed": (
        given.report_file(held=held(PROVEN[0], proof=PROVEN[1].proof + "\n")),
        "report-record",
    ),
    "another-log": (otherwise(origin=given.OTHER_ORIGIN), "report-record"),
    "another-place": (otherwise(idx=3), "report-record"),
    "another-entry": (otherwise(entry="0" * 128), "report-record"),
    "another-type": (otherwise(type="permit"), "report-record"),
    "another-day": (otherwise(decided_on="2026-05-13"), "report-record"),
    "spaces": (json.dumps(json.loads(GOOD)).encode(), "report-malformed"),
    "a-fraction": (given.report_file(charter_version=1.5), "report-malformed"),
    "two-signatures": (
        reshaped(signatures=json.loads(GOOD)["signatures"] * 2),
        "report-malformed",
    ),
    "not-a-signature-line": (reshaped(signatures=["by me"]), "malformed-note"),
    "cut-off": (GOOD[:-1], "report-malformed"),
    "too-long": (GOOD + b" " * MAX_REPORT, "report-malformed"),
    "text-too-long": (given.report_file(says=["长" * 350_000]), "report-malformed"),
}


def test_what_is_sealed_opens_again_under_the_charter():
    opened = open_report(GOOD, CHARTER)
    assert opened.report == given.report()
    assert (opened.time, opened.key) == (given.TIME, f"{given.NODE}/mirror")
    assert [(one.record.entry.hex(), one.restricted) for one in opened.records] == [
        (listed.entry, restricted)
        for listed, restricted in zip(opened.report.records, (False, True), strict=True)
    ]
    assert isinstance(opened.records[0], ProvenRecord)
    text = f"registry-report@v1\n{given.json_line(given.report_fields())}\n"
    assert opened.digest == sha256(text.encode()).digest()
    assert open_report(GOOD + b"\n", CHARTER) == opened


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_refused_with_its_code(name):
    data, code = BAD[name]
    with pytest.raises(SigningError) as refused:
        open_report(data, CHARTER)
    assert refused.value.code == code
    assert refused.value.zh


def test_only_the_mirror_of_its_node_seals_and_only_what_can_be_read_back():
    for wrong in (given.MIRROR_B, given.WITNESS, given.LOG):
        with pytest.raises(VoucherError, match="is not the mirror key"):
            seal_report(given.report(), PROVEN, wrong)
    changes: dict[str, object]
    for changes in ({"purpose": "a\0b"}, {"code": "0"}, {"issued": "2026-02-30T00:00:00Z"}):
        with pytest.raises(VoucherError, match="malformed"):
            seal_report(msgspec.structs.replace(given.report(), **changes), PROVEN, given.MIRROR)


def test_no_report_is_a_checkpoint_or_a_voucher_and_no_voucher_a_report():
    _, _, note = parse_report(GOOD)
    with pytest.raises(MalformedCheckpointError):
        parse_checkpoint(note.text)
    with pytest.raises(SigningError):
        open_voucher(GOOD, CHARTER)
    with pytest.raises(SigningError):
        open_report(given.voucher_file(), CHARTER)
    assert (kind_of(GOOD), kind_of(given.voucher_file())) == ("report", "voucher")


def test_offline_it_says_what_was_proven_by_whom_when_and_what_was_not(tmp_path, capsys):
    (tmp_path / "charter").write_bytes(CHARTER.note)
    (tmp_path / "r.json").write_bytes(GOOD)
    assert main(["verify", str(tmp_path / "r.json"), "--charter", str(tmp_path / "charter")]) == 0
    line = capsys.readouterr().out
    assert line.count("\n") == 1
    digest = open_report(GOOD, CHARTER).digest.hex()
    for expected in (
        "查询报告签名核验通过：node-a.example于2026-05-29 04:26:40（北京时间）",
        "就芜湖市示范船舶有限公司向芜湖市示范船舶有限公司出具",
        "所列 2 条信用信息均经成员地区签名报送，内容未被改动；不说明此后任何时刻的情况",
        f"(business) for 示范项目（二标段）投标人资格审查, SHA-256 {digest}",
        "of decisions from the first to 2026-05-28, sections administrative, serious",
        f"under a receipt: {given.ORIGIN}/1, {given.ORIGIN}/2, by node-a.example, at 2026-05-28T",
        "not proven: anything about any later moment; that any record is still in force",
        "that nothing else is recorded",
        "a quorum of one proves storage",
        "the restricted part, of which only the digest is given",
    ):
        assert expected in line, expected
    assert "printed" not in line
    assert "charter version" not in line


def test_of_none_of_its_records_and_under_another_charter_it_says_so():
    none = given.report_file(records=[], held=[], asked__since="2026-01-01")
    files = {"r.json": none, "p.pdf": PDF_HEAD + none + b"\nendstream endobj"}
    plain, printed = verify_files(files, given.charter(version=2))
    assert (plain.kind, plain.code) == ("report", "ok")
    assert "0 records" in plain.proven
    assert "under a receipt: none" in plain.proven
    assert "from 2026-01-01 to" in plain.proven
    assert "that charter version 1 held the same" in plain.not_proven
    assert not any("quorum" in limit for limit in plain.not_proven)
    assert set(printed.not_proven) - set(plain.not_proven) == {
        "that the printed pages say what the data in the PDF say"
    }


def test_who_has_seen_its_checkpoints_is_told():
    short, whole = given.charter(quorum=2), given.MIRROR_B
    (found,) = verify_files({"r.json": GOOD}, short)
    assert "that a quorum has seen it (1 of 2 nodes)" in found.not_proven
    note = make_receipt(
        given.checkpoint_note(given.reported_lines()), given.MIRROR, given.TIME
    ).note
    both = make_receipt(note, whole, given.TIME).note
    proven = given.proven(1, note=both)
    digest = sha256(proven[0].proof.encode()).hexdigest()
    fields = given.listed_fields(1) | {"proof": digest}
    (found,) = verify_files({"r.json": given.report_file(records=[fields], held=proven)}, short)
    assert found.ok
    assert not any("quorum" in limit for limit in found.not_proven)


def test_a_pdf_gives_back_the_report_it_carries():
    assert voucher_in(PDF_HEAD + GOOD + b"\nendstream endobj") == GOOD


def test_the_records_are_the_members_own_bytes():
    lines = [split_line(given.reported_lines()[index])[0].decode() for index in (1, 2)]
    assert [one.main for one in parse_report(GOOD)[1]] == lines


@given_(st.data())
def test_no_change_of_the_file_is_taken_for_genuine_and_none_breaks_the_verifier(data):
    at = data.draw(st.integers(0, len(GOOD) - 1))
    length = data.draw(st.integers(0, 3))
    put = data.draw(st.binary(max_size=4))
    changed = GOOD[:at] + put + GOOD[at + length :]
    if changed.removesuffix(b"\n") == GOOD:
        return
    with pytest.raises(SigningError) as refused:
        open_report(changed, CHARTER)
    assert refused.value.zh
