"""SM2 with SM3: published vectors, a second implementation, limits, life without the library."""

import json
import secrets
import subprocess
import sys

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from hypothesis import given, settings
from hypothesis import strategies as st

from signing.algorithms import COSIGNATURE_SM2, SM2, algorithm
from signing.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from signing.cosign import cosign, verify_cosignature
from signing.errors import MalformedKeyError, SignatureError, UnknownKeyError
from signing.keys import SigningKey, VerifierKey, parse_vkey
from signing.note import open_note, sign_note
from signing.receipt import make_receipt, open_receipt
from signing.schemes import SECRET_SIZE
from signing.sm2 import SM2 as SCHEME
from tests.signing import sm2_reference as reference
from tests.signing.given import LOG, ORIGIN, TIME, key

SM2_LOG = key(ORIGIN, 41, SM2)
SM2_MIRROR = key("node-a.example/mirror", 42, COSIGNATURE_SM2)
CHECKPOINT = Checkpoint(ORIGIN, 7, bytes(range(32)))


@pytest.fixture
def vectors(shared_data):
    return json.loads((shared_data / "vectors/gm_sm2_sm3/vectors.json").read_text())


def test_sm3_of_the_standard(vectors):
    for case in vectors["sm3"]:
        assert reference.sm3(bytes.fromhex(case["message_hex"])).hex() == case["digest_hex"]


def test_signatures_of_the_standard(vectors):
    """Both implementations, except where another user ID is asked for: ours is fixed."""
    cases = vectors["sm2_sign"]
    assert len(cases) == 3
    for case in cases:
        public, message = bytes.fromhex(case["public_key_hex"]), case["message"].encode()
        r, s = int(case["r_hex"], 16), int(case["s_hex"], 16)
        digest = reference.digest(public, message, case["id"].encode())
        assert reference.verifies(public, digest, r, s) is case["valid"], case["source"]
        if case["id"].encode() != reference.DEFAULT_ID:
            continue
        if case["valid"]:
            assert digest.hex() == case["e_hex"]
            SCHEME.verify(public, message, r.to_bytes(32) + s.to_bytes(32))
            assert SCHEME.public_of(bytes.fromhex(case["private_key_hex"])) == public
        else:
            with pytest.raises(SignatureError):
                SCHEME.verify(public, message, r.to_bytes(32) + s.to_bytes(32))


def test_signatures_over_a_digest_by_openssl(vectors):
    cases = vectors["sm2_verify_openssl"]["vectors"]
    assert len(cases) == 3
    for case in cases:
        r, s = decode_dss_signature(bytes.fromhex(case["signature_der_hex"]))
        public, digest = bytes.fromhex(case["public_key_hex"]), bytes.fromhex(case["e_hex"])
        assert reference.verifies(public, digest, r, s) is case["verifies_with_e_mod_n"]
        assert not reference.verifies(public, digest, r, s + 1)


@settings(max_examples=25)
@given(st.binary(max_size=300), st.binary(min_size=32, max_size=32))
def test_the_second_implementation_agrees_on_the_default_user_id(message, seed):
    secret = (1 + int.from_bytes(seed) % (reference.N - 2)).to_bytes(32)
    public, raw = SCHEME.public_of(secret), SCHEME.sign(secret, message)
    r, s = int.from_bytes(raw[:32]), int.from_bytes(raw[32:])
    assert reference.verifies(public, reference.digest(public, message), r, s)
    assert not reference.verifies(public, reference.digest(public, message, b"another"), r, s)


@pytest.mark.parametrize("scalar", [0, reference.N - 1, reference.N, 2**256 - 1])
def test_secrets_out_of_range(scalar):
    with pytest.raises(MalformedKeyError, match=r"1\.\.n-2"):
        SigningKey.from_seed("a", scalar.to_bytes(SECRET_SIZE), SM2)


@pytest.mark.parametrize("scalar", [1, 2, reference.N - 2])
def test_secrets_at_the_bounds(scalar):
    signer = SigningKey.from_seed("a", scalar.to_bytes(SECRET_SIZE), SM2)
    signer.vkey.verify(b"message", signer.sign(b"message"))


def test_new_secrets_are_drawn_from_all_that_there_are(monkeypatch):
    bounds = []
    monkeypatch.setattr(secrets, "randbelow", lambda bound: bounds.append(bound) or 0)
    assert SCHEME.new_secret() == (1).to_bytes(32)
    assert bounds == [reference.N - 2]


POINT = SM2_LOG.vkey.public
BAD_POINTS = {
    "infinity-padded": bytes(65),
    "compressed-mark": b"\x02" + POINT[1:],
    "hybrid-mark": bytes([6 + POINT[-1] % 2]) + POINT[1:],
    "off-the-curve": POINT[:-1] + bytes([POINT[-1] ^ 1]),
    "zero": b"\x04" + bytes(64),
    "x-not-reduced": b"\x04" + reference.P.to_bytes(32) + POINT[33:],
    "all-ones": b"\x04" + b"\xff" * 64,
}


@pytest.mark.parametrize("defect", BAD_POINTS)
def test_public_keys_that_are_no_points(defect):
    with pytest.raises(MalformedKeyError, match="curve"):
        VerifierKey("a", SM2, BAD_POINTS[defect])


def test_a_coordinate_of_p_or_more_is_a_second_spelling():
    x = next(x for x in range(1, 99) if reference.root_of(x) is not None)
    point = b"\x04" + x.to_bytes(32) + reference.root_of(x).to_bytes(32)
    assert VerifierKey("a", SM2, point).public == point
    with pytest.raises(MalformedKeyError):
        VerifierKey("a", SM2, b"\x04" + (x + reference.P).to_bytes(32) + point[33:])


@pytest.mark.parametrize("size", [0, 33, 64, 66])
def test_public_keys_of_the_wrong_length(size):
    with pytest.raises(MalformedKeyError, match="length"):
        VerifierKey("a", SM2, (POINT + b"\0")[:size])


@pytest.mark.parametrize(
    ("r", "s"),
    [(0, 1), (1, 0), (0, 0), (reference.N, 1), (1, reference.N), (2**256 - 1, 2**256 - 1)],
)
def test_numbers_of_a_signature_out_of_range(r, s):
    with pytest.raises(SignatureError):
        SM2_LOG.vkey.verify(b"message", r.to_bytes(32) + s.to_bytes(32))


def test_the_other_s_is_no_second_signature():
    raw = SM2_LOG.sign(b"message")
    r, s = int.from_bytes(raw[:32]), int.from_bytes(raw[32:])
    for other in (reference.N - s, s + reference.N):
        if other < 2**256:
            with pytest.raises(SignatureError):
                SM2_LOG.vkey.verify(b"message", r.to_bytes(32) + other.to_bytes(32))


def test_notes_hybrid_checkpoints_and_receipts():
    text = "城市\n"
    opened = open_note(sign_note(text, [LOG, SM2_LOG]), [SM2_LOG.vkey])
    assert (opened.text, opened.keys) == (text, (SM2_LOG.vkey,))
    note = sign_checkpoint(CHECKPOINT, LOG, SM2_LOG)
    keys = [LOG.vkey, SM2_LOG.vkey]
    assert open_checkpoint(note, keys, [SM2]).own == tuple(keys)
    with pytest.raises(UnknownKeyError, match="SM2"):
        open_checkpoint(sign_checkpoint(CHECKPOINT, LOG), keys, [SM2])
    receipt = make_receipt(note, SM2_MIRROR, TIME)
    assert open_receipt(receipt.note, keys, [SM2_MIRROR.vkey]).time == TIME


def test_a_note_signature_is_no_cosignature_and_the_reverse():
    text = CHECKPOINT.text()
    line = cosign(SM2_MIRROR, text, TIME)
    assert verify_cosignature(SM2_MIRROR.vkey, line, text).time == TIME
    as_log = VerifierKey(SM2_MIRROR.name, SM2, SM2_MIRROR.vkey.public)
    assert as_log.key_id != SM2_MIRROR.vkey.key_id
    with pytest.raises(SignatureError):
        as_log.verify_note(text.encode(), line.payload[8:])
    for body in ("text\n", f"{text}extension\n"):
        verify_cosignature(SM2_MIRROR.vkey, cosign(SM2_MIRROR, body, TIME), body)


def test_the_identifier_stands_in_the_vkey_and_in_the_key_id():
    names = {SM2: "note", COSIGNATURE_SM2: "cosignature"}
    for number, use in names.items():
        identifier = algorithm(number).identifier
        assert identifier == b"\xffcredit-registry/sm2-sm3-%s@v1" % use.encode()
        known = VerifierKey("a", number, POINT)
        assert known.key_id == reference.sha256(b"a\n" + identifier + POINT)[:4]
        assert parse_vkey(str(known)) == known


WITHOUT = """
import sys
sys.modules["tongsuopy"] = None
from signing.errors import MissingExtraError
from signing.keys import SigningKey, parse_vkey
known = parse_vkey({vkey!r})
assert str(known) == {vkey!r}
for use in (
    lambda: known.verify(b"message", bytes(64)),
    lambda: SigningKey.generate("a", 0xFF01),
    lambda: SigningKey.from_pem({pem!r}, b"secret"),
):
    try:
        use()
    except MissingExtraError as error:
        print(error.code, error, error.zh)
"""


def test_without_the_library_keys_are_read_and_nothing_is_let_pass():
    program = WITHOUT.format(vkey=str(SM2_LOG.vkey), pem=SM2_LOG.to_pem(b"secret"))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    lines = done.stdout.decode().splitlines()
    assert len(lines) == 3
    for line in lines:
        assert line.startswith("missing-extra ")
        assert line.count("credit-registry[gm]") == 2
