"""The closed list of algorithms; what each signs; ML-DSA-44 and hybrid checkpoints."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signing.algorithms import (
    BY_NAME,
    COSIGNATURE_ED25519,
    COSIGNATURE_SM2,
    COSIGNER_TYPES,
    ED25519,
    LOG_TYPES,
    ML_DSA_44,
    SM2,
    TEXT_COSIGNER_TYPES,
    algorithm,
    split_public,
)
from signing.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint, sign_checkpoint
from signing.cosign import cosign, cosignatures_of, verify_cosignature
from signing.encoding import MAX_INT63
from signing.errors import (
    MalformedCheckpointError,
    MalformedKeyError,
    SignatureError,
    UnknownKeyError,
)
from signing.keys import SigningKey, VerifierKey, parse_vkey
from signing.messages import cosigned_message, subtree_message, text_itself
from signing.note import Note, Signature, append_signatures, open_note, parse_note, sign_note
from signing.receipt import make_receipt, open_receipt
from tests.signing.given import (
    LOG,
    MIRROR,
    ML_LOG,
    ML_WITNESS,
    OLD_LOG,
    ORIGIN,
    STRANGER,
    TIME,
    WITNESS,
    key,
)

ALL = [ED25519, COSIGNATURE_ED25519, ML_DSA_44, SM2, COSIGNATURE_SM2]
ROOT = bytes(range(32))
CHECKPOINT = Checkpoint(ORIGIN, 7, ROOT)
TEXT = CHECKPOINT.text()
HYBRID = sign_checkpoint(CHECKPOINT, LOG, ML_LOG)


def test_the_list_is_closed():
    assert [algorithm(number).type_byte for number in ALL] == ALL
    assert frozenset({ED25519, ML_DSA_44, SM2}) == LOG_TYPES
    assert frozenset({COSIGNATURE_ED25519, ML_DSA_44, COSIGNATURE_SM2}) == COSIGNER_TYPES
    assert COSIGNER_TYPES - {ML_DSA_44} == TEXT_COSIGNER_TYPES
    for number in (0, 2, 3, 5, 0xFA, 0xFF, 0xFF02, -1):
        with pytest.raises(MalformedKeyError):
            algorithm(number)


def test_algorithms_have_names_for_commands():
    assert {
        "ed25519": ED25519,
        "ed25519-cosignature": COSIGNATURE_ED25519,
        "ml-dsa-44": ML_DSA_44,
        "sm2": SM2,
        "sm2-cosignature": COSIGNATURE_SM2,
    } == BY_NAME


def test_no_identifier_begins_another():
    identifiers = [algorithm(number).identifier for number in ALL]
    for one in identifiers:
        assert [other for other in identifiers if other.startswith(one)] == [one]
        assert split_public(one + b"key") == (algorithm(ALL[identifiers.index(one)]), b"key")
    for unknown in (b"", b"\xff", b"\xffcredit-registry/sm2", b"\x02" + bytes(32)):
        with pytest.raises(MalformedKeyError, match="unknown signature algorithm"):
            split_public(unknown)


@pytest.mark.parametrize("number", ALL)
def test_keys_of_every_algorithm_survive(number):
    signer = SigningKey.generate("registry.example/芜湖", number)
    assert signer.type_byte == signer.vkey.type_byte == number
    assert parse_vkey(str(signer.vkey)) == signer.vkey
    assert signer.vkey != SigningKey.generate("registry.example/芜湖", number).vkey
    pem = signer.to_pem(b"correct horse")
    assert pem.startswith(f"# registry-key@v1 registry.example/芜湖 {number:02x}\n".encode())
    assert b"ENCRYPTED PRIVATE KEY" in pem
    again = SigningKey.from_pem(pem, b"correct horse")
    assert again.vkey == signer.vkey
    signer.vkey.verify(b"message", again.sign(b"message"))
    for bad in (b"wrong", b""):
        with pytest.raises(MalformedKeyError):
            SigningKey.from_pem(pem, bad)
    with pytest.raises(MalformedKeyError):
        signer.to_pem(b"")


@pytest.mark.parametrize("number", [ED25519, ML_DSA_44, SM2])
@pytest.mark.parametrize("claimed", [ED25519, ML_DSA_44, SM2])
def test_a_key_file_of_another_scheme_than_its_header_says(number, claimed):
    pem = SigningKey.generate("a", number).to_pem(b"secret")
    head, _, rest = pem.partition(b"\n")
    changed = f"# registry-key@v1 a {claimed:02x}\n".encode() + rest
    if claimed == number:
        assert changed == head + b"\n" + rest
        return
    with pytest.raises(MalformedKeyError):
        SigningKey.from_pem(changed, b"secret")


@pytest.mark.parametrize("header", ["02", "ff", "ff02", "FF01", "0001", "1"])
def test_a_key_file_of_no_algorithm(header):
    rest = LOG.to_pem(b"secret").partition(b"\n")[2]
    with pytest.raises(MalformedKeyError):
        SigningKey.from_pem(f"# registry-key@v1 a {header}\n".encode() + rest, b"secret")


@pytest.mark.parametrize("number", ALL)
def test_signatures_of_every_algorithm_are_of_one_message_and_key(number):
    signer, other = key("a", 71, number), key("a", 72, number)
    signature = signer.sign(b"message")
    size = algorithm(number).scheme.signature_size
    assert len(signature) == size
    signer.vkey.verify(b"message", signature)
    with pytest.raises(SignatureError, match=r"^a: "):
        signer.vkey.verify(b"massage", signature)
    with pytest.raises(SignatureError):
        other.vkey.verify(b"message", signature)
    for at in (0, size // 2, size - 1):
        broken = bytearray(signature)
        broken[at] ^= 1
        with pytest.raises(SignatureError):
            signer.vkey.verify(b"message", bytes(broken))
    for empty in (bytes(size), b"\xff" * size):
        with pytest.raises(SignatureError):
            signer.vkey.verify(b"message", empty)


@pytest.mark.parametrize("number", sorted(COSIGNER_TYPES))
@pytest.mark.parametrize("size", [0, 1, 7, 8, -1, 9999])
def test_payloads_of_the_wrong_length(number, size):
    signer = key("node.example/witness", 73, number)
    line = cosign(signer, TEXT, TIME)
    payload = (line.payload + b"\0")[:size] if size > 0 else line.payload[:size]
    with pytest.raises(SignatureError, match="length"):
        signer.vkey.verify_note(TEXT.encode(), payload)


@pytest.mark.parametrize("number", sorted(COSIGNER_TYPES))
@pytest.mark.parametrize("time", [0, -1, 2**63, 2**64])
def test_nobody_cosigns_at_a_time_out_of_range(number, time):
    with pytest.raises(SignatureError):
        cosign(key("node.example/witness", 73, number), TEXT, time)


@pytest.mark.parametrize("number", sorted(TEXT_COSIGNER_TYPES))
def test_a_cosignature_well_made_for_the_time_zero_is_none(number):
    signer = key("node.example/witness", 73, number)
    raw = signer.sign(b"cosignature/v1\ntime 0\n" + TEXT.encode())
    with pytest.raises(SignatureError, match="without a time"):
        signer.vkey.verify_note(TEXT.encode(), bytes(8) + raw)


@pytest.mark.parametrize("number", sorted(COSIGNER_TYPES))
def test_a_time_above_the_bound_in_a_line(number):
    signer = key("node.example/witness", 73, number)
    line = cosign(signer, TEXT, MAX_INT63)
    assert signer.vkey.verify_note(TEXT.encode(), line.payload) == MAX_INT63
    with pytest.raises(SignatureError, match="out of range"):
        signer.vkey.verify_note(TEXT.encode(), (2**63).to_bytes(8) + line.payload[8:])
    with pytest.raises(SignatureError, match="out of range"):
        algorithm(number).payload(2**63, line.payload[8:])


@given(st.integers(0, MAX_INT63), st.binary(min_size=2420, max_size=2420))
def test_payloads_survive(time, raw):
    known = algorithm(ML_DSA_44)
    payload = known.payload(time, raw)
    assert known.time_of(payload) == time
    assert known.signed_part("a", TEXT.encode(), payload)[::2] == (time, raw)
    assert algorithm(ED25519).payload(0, raw) == raw


def test_what_is_signed_are_the_bytes_of_the_specifications():
    """tlog-cosignature, struct ``cosigned_message``, written out by hand."""
    assert text_itself("name", b"text\n", 0) == b"text\n"
    assert cosigned_message("name", b"text\n", 7) == b"cosignature/v1\ntime 7\ntext\n"
    assert subtree_message("example.com/芜湖", TEXT.encode(), 1679315147) == (
        b"\x73\x75\x62\x74\x72\x65\x65\x2f\x76\x31\x0a\x00"
        b"\x12example.com/\xe8\x8a\x9c\xe6\xb9\x96"
        b"\x00\x00\x00\x00\x64\x18\x50\xcb"
        b"\x15registry.example/wuhu"
        b"\x00\x00\x00\x00\x00\x00\x00\x00"
        b"\x00\x00\x00\x00\x00\x00\x00\x07" + ROOT
    )


@given(st.text(alphabet="abc/芜", min_size=1, max_size=100))
def test_names_in_the_signed_struct_are_1_to_255_bytes(name):
    text = Checkpoint(name, 0, ROOT).text().encode()
    fits = len(name.encode()) <= 255
    for make in (lambda: subtree_message(name, TEXT.encode(), 0), lambda: _origin(text)):
        if fits:
            assert bytes([len(name.encode())]) + name.encode() in make()
        else:
            with pytest.raises(SignatureError, match="255"):
                make()


def _origin(text):
    return subtree_message("a", text, 0)


def test_names_at_the_bound():
    subtree_message("n" * 255, TEXT.encode(), 0)
    for name, text in (
        ("n" * 256, TEXT),
        ("", TEXT),
        ("a", f"{'n' * 256}\n{TEXT.partition(chr(10))[2]}"),
    ):
        with pytest.raises(SignatureError, match="255"):
            subtree_message(name, text.encode(), 0)
    signer = key("n" * 256, 74, ML_DSA_44)
    with pytest.raises(SignatureError, match="255"):
        cosign(signer, TEXT, TIME)


@pytest.mark.parametrize("text", ["text\n", f"{TEXT}extension\n", TEXT[:-1], ""])
def test_ml_dsa_signs_checkpoints_without_extension_lines_alone(text):
    with pytest.raises(SignatureError, match="checkpoints alone"):
        cosign(ML_WITNESS, text, TIME)
    if text.endswith("\n"):
        with pytest.raises(SignatureError, match="checkpoints alone"):
            sign_note(text, [ML_LOG])


def test_a_line_of_a_known_ml_dsa_key_on_a_checkpoint_with_an_extension_spoils_it():
    line = cosign(ML_WITNESS, TEXT, TIME)
    extended = append_signatures(sign_note(f"{TEXT}extension\n", [LOG]), [line])
    assert open_note(extended, [LOG.vkey]).keys == (LOG.vkey,)
    with pytest.raises(SignatureError, match=r"node-c\.example/witness"):
        open_note(extended, [LOG.vkey, ML_WITNESS.vkey])
    with pytest.raises(MalformedCheckpointError):
        open_checkpoint(extended, [LOG.vkey])


def test_ml_dsa_cosignatures_name_their_cosigner():
    line = cosign(ML_WITNESS, TEXT, TIME)
    assert verify_cosignature(ML_WITNESS.vkey, line, TEXT).time == TIME
    renamed = VerifierKey("node-d.example/witness", ML_DSA_44, ML_WITNESS.vkey.public)
    moved = Signature(renamed.name, renamed.key_id, line.payload)
    with pytest.raises(SignatureError):
        verify_cosignature(renamed, moved, TEXT)
    for other in (TEXT.replace("wuhu", "hefei"), TEXT.replace("\n7\n", "\n8\n")):
        with pytest.raises(SignatureError):
            verify_cosignature(ML_WITNESS.vkey, line, other)
    later = Signature(line.name, line.key_id, (TIME + 1).to_bytes(8) + line.payload[8:])
    with pytest.raises(SignatureError):
        verify_cosignature(ML_WITNESS.vkey, later, TEXT)


def test_a_receipt_by_an_ml_dsa_mirror():
    mirror = key("node-c.example/mirror", 33, ML_DSA_44)
    receipt = make_receipt(HYBRID, mirror, TIME)
    assert receipt.note.startswith(HYBRID)
    opened = open_receipt(receipt.note, [LOG.vkey, ML_LOG.vkey], [mirror.vkey])
    assert (opened.time, opened.cosignature.key) == (TIME, mirror.vkey)


def test_a_log_signs_with_the_time_zero_and_is_no_cosigner_of_itself():
    signed = open_checkpoint(HYBRID, [LOG.vkey, ML_LOG.vkey])
    assert (signed.own, signed.basic) == ((LOG.vkey, ML_LOG.vkey), (LOG.vkey,))
    own = parse_note(HYBRID).signatures[1]
    assert own.payload[:8] == bytes(8)
    with pytest.raises(SignatureError, match="time"):
        verify_cosignature(ML_LOG.vkey, own, TEXT)
    timed = cosign(ML_LOG, TEXT, TIME - 9)
    note = append_signatures(sign_checkpoint(CHECKPOINT, LOG), [timed, cosign(MIRROR, TEXT, TIME)])
    opened = open_note(note, [LOG.vkey, ML_LOG.vkey, MIRROR.vkey])
    assert [one.key for one in cosignatures_of(opened)] == [MIRROR.vkey]
    untimed = sign_checkpoint(
        Checkpoint(ML_WITNESS.name, 7, ROOT), key(ML_WITNESS.name, 4), ML_WITNESS
    )
    assert cosignatures_of(open_note(untimed, [ML_WITNESS.vkey])) == ()


def test_hybrid_checkpoints_say_who_signed():
    assert [line.name for line in parse_note(HYBRID).signatures] == [ORIGIN, ORIGIN]
    assert open_checkpoint(HYBRID, [LOG.vkey]).verified == (LOG.vkey,)
    both = open_checkpoint(HYBRID, [LOG.vkey, ML_LOG.vkey], [ML_DSA_44, ED25519])
    assert both.verified == (LOG.vkey, ML_LOG.vkey)


def test_an_ed25519_signature_is_always_demanded():
    with pytest.raises(UnknownKeyError, match="Ed25519"):
        open_checkpoint(HYBRID, [ML_LOG.vkey])
    with pytest.raises(UnknownKeyError, match="Ed25519"):
        sign_checkpoint(CHECKPOINT, ML_LOG)
    with pytest.raises(UnknownKeyError, match=r"stranger\.example/log"):
        sign_checkpoint(CHECKPOINT, LOG, STRANGER)


def test_whoever_demands_both_is_not_content_with_one():
    plain = sign_checkpoint(CHECKPOINT, LOG)
    for note, keys in ((plain, [LOG.vkey, ML_LOG.vkey]), (HYBRID, [LOG.vkey, OLD_LOG.vkey])):
        assert open_checkpoint(note, keys).basic == (LOG.vkey,)
        with pytest.raises(UnknownKeyError, match="ML-DSA-44"):
            open_checkpoint(note, keys, [ML_DSA_44])
    elsewhere = append_signatures(plain, [cosign(ML_WITNESS, TEXT, TIME)])
    with pytest.raises(UnknownKeyError, match="ML-DSA-44"):
        open_checkpoint(elsewhere, [LOG.vkey, ML_WITNESS.vkey], [ML_DSA_44])


@pytest.mark.parametrize("broken", [0, 1])
def test_one_bad_signature_of_a_known_key_refuses_the_whole_note(broken):
    lines = list(parse_note(HYBRID).signatures)
    line = lines[broken]
    lines[broken] = Signature(
        line.name, line.key_id, line.payload[:-1] + bytes([line.payload[-1] ^ 1])
    )
    note = Note(TEXT, tuple(lines)).encode()
    keys = [LOG.vkey, ML_LOG.vkey]
    with pytest.raises(SignatureError):
        open_checkpoint(note, keys)
    if broken:
        assert open_checkpoint(note, keys[:1]).verified == (LOG.vkey,)


def test_a_cosigners_key_is_no_key_of_a_log_whatever_its_name():
    named_like_it = key(ORIGIN, 75, COSIGNATURE_ED25519)
    note = append_signatures(sign_checkpoint(CHECKPOINT, LOG), [cosign(named_like_it, TEXT, TIME)])
    signed = open_checkpoint(note, [LOG.vkey, named_like_it.vkey])
    assert (signed.own, len(signed.verified)) == ((LOG.vkey,), 2)
    with pytest.raises(MalformedKeyError):
        sign_checkpoint(CHECKPOINT, LOG, named_like_it)
    with pytest.raises(MalformedKeyError):
        cosign(LOG, TEXT, TIME)


def test_sixteen_post_quantum_signatures_fit_into_a_note():
    """signed-note: at least 16 signatures, "up to nearly 5kB in size"."""
    signers = [key(f"node-{n}.example/witness", 200 + n, ML_DSA_44) for n in range(16)]
    note = append_signatures(HYBRID, [cosign(one, TEXT, TIME) for one in signers])
    opened = open_note(note, [LOG.vkey, *(one.vkey for one in signers)])
    assert len(cosignatures_of(opened)) == 16


def test_the_witness_of_a_node_is_found_among_mixed_algorithms():
    note = append_signatures(
        HYBRID, [cosign(WITNESS, TEXT, TIME + 1), cosign(ML_WITNESS, TEXT, TIME)]
    )
    opened = open_note(note, [LOG.vkey, ML_LOG.vkey, WITNESS.vkey, ML_WITNESS.vkey])
    found = cosignatures_of(opened)
    assert [(one.key, one.time) for one in found] == [
        (ML_WITNESS.vkey, TIME),
        (WITNESS.vkey, TIME + 1),
    ]
    assert parse_checkpoint(opened.text) == CHECKPOINT
