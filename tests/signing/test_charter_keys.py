"""Which algorithms a charter's keys may have, and hybrid checkpoints by the charter."""

import pytest

from signing.__main__ import main
from signing.algorithms import COSIGNATURE_SM2, ML_DSA_44, SM2
from signing.charter import encode_charter, open_log_checkpoint
from signing.checkpoint import Checkpoint, sign_checkpoint
from signing.cosign import cosign
from signing.errors import CharterError, ExpiredKeyError, MalformedCheckpointError, SignatureError
from signing.note import append_signatures
from signing.verify import verify_files
from signing.voucher import open_voucher, seal_voucher
from tests.signing.given import (
    LOG,
    MIRROR,
    ML_LOG,
    NODE,
    OLD_LOG,
    ORIGIN,
    TIME,
    charter,
    charter_fields,
    key,
    voucher,
)

CHECKPOINT = Checkpoint(ORIGIN, 0, bytes.fromhex("e3b0c442") + bytes(28))
SM2_MIRROR = key(f"{NODE}/mirror", 42, COSIGNATURE_SM2)
ML_WITNESS = key(f"{NODE}/witness", 43, ML_DSA_44)
ROOT_ML = key("registry.example/root-1", 44, ML_DSA_44)
WINDOW = {"from": "2026-01-01T00:00:00Z"}
HYBRID_KEYS = [
    {"vkey": str(OLD_LOG.vkey), "from": "2020-01-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"},
    {"vkey": str(LOG.vkey), **WINDOW},
    {"vkey": str(ML_LOG.vkey), **WINDOW},
    {"vkey": str(key(ORIGIN, 41, SM2).vkey), **WINDOW},
]
HYBRID = charter(parties__0__keys=HYBRID_KEYS, nodes__0__witness=str(ML_WITNESS.vkey))


@pytest.mark.parametrize(
    "changes",
    [
        {"roots__keys__0": str(ROOT_ML.vkey)},
        {"nodes__0__mirror": str(key(f"{NODE}/mirror", 45, ML_DSA_44).vkey)},
        {"nodes__0__mirror": str(key(f"{NODE}/mirror", 45, SM2).vkey)},
        {"nodes__0__witness": str(key(f"{NODE}/witness", 45).vkey)},
        {"parties__0__keys": [{"vkey": str(key(ORIGIN, 45, COSIGNATURE_SM2).vkey), **WINDOW}]},
    ],
)
def test_keys_whose_algorithm_does_not_suit_their_use(changes):
    with pytest.raises(CharterError, match="the algorithm must be") as raised:
        encode_charter(charter_fields(**changes))
    assert raised.value.code == "charter-malformed"


def test_a_log_has_keys_of_several_algorithms():
    assert HYBRID.log_keys(ORIGIN, TIME)[:2] == (LOG.vkey, ML_LOG.vkey)
    note = sign_checkpoint(CHECKPOINT, LOG, ML_LOG)
    assert open_log_checkpoint(HYBRID, note, TIME).own == (LOG.vkey, ML_LOG.vkey)
    other = cosign(ML_LOG, Checkpoint("a", 1, bytes(32)).text(), TIME)
    damaged = append_signatures(sign_checkpoint(CHECKPOINT, LOG), [other])
    with pytest.raises(SignatureError):
        open_log_checkpoint(HYBRID, damaged, TIME)


def test_the_window_of_the_second_algorithm_does_not_lengthen_that_of_the_first():
    note = sign_checkpoint(CHECKPOINT, OLD_LOG, ML_LOG)
    with pytest.raises(ExpiredKeyError):
        open_log_checkpoint(HYBRID, note, TIME)


def test_the_verifier_counts_a_witness_of_another_algorithm():
    note = sign_checkpoint(CHECKPOINT, LOG, ML_LOG)
    seen = append_signatures(note, [cosign(ML_WITNESS, CHECKPOINT.text(), TIME)])
    finding = verify_files({"file": seen}, HYBRID)[0]
    assert (finding.kind, finding.code, finding.at) == ("checkpoint", "ok", "2026-05-28T20:26:40Z")
    alone = verify_files({"file": note}, HYBRID)[0]
    assert alone.at == ""


def test_the_verifier_may_demand_the_second_algorithm(tmp_path, capsys):
    plain, both = sign_checkpoint(CHECKPOINT, LOG), sign_checkpoint(CHECKPOINT, LOG, ML_LOG)
    findings = verify_files({"plain": plain, "both": both}, HYBRID, [ML_DSA_44])
    assert [finding.code for finding in findings] == ["unknown-key", "ok"]
    for name, data in (("plain", plain), ("both", both), ("charter", HYBRID.note)):
        (tmp_path / name).write_bytes(data)
    known = ["--charter", str(tmp_path / "charter"), "--demand", "ml-dsa-44"]
    assert main(["verify", str(tmp_path / "both"), *known]) == 0
    assert main(["verify", str(tmp_path / "plain"), *known]) == 1
    assert "ML-DSA-44" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["verify", "x", *known[:-1], "ed25519-cosignature"])


def test_a_mirror_of_sm2_signs_vouchers_and_one_of_ml_dsa_cannot():
    trusted = charter(nodes__0__mirror=str(SM2_MIRROR.vkey))
    sealed = seal_voucher(voucher(charter=trusted.digest.hex()), SM2_MIRROR)
    assert open_voucher(sealed, trusted).key == MIRROR.name
    with pytest.raises(SignatureError, match="checkpoints alone"):
        seal_voucher(voucher(), key(f"{NODE}/mirror", 45, ML_DSA_44))


@pytest.mark.parametrize(("size", "root"), [(-1, bytes(32)), (2**63, bytes(32)), (1, bytes(31))])
def test_checkpoints_that_could_not_be_written_down(size, root):
    with pytest.raises(MalformedCheckpointError):
        Checkpoint(ORIGIN, size, root)
