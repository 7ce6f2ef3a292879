"""Checkpoints, cosignatures and receipts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signing.checkpoint import (
    Checkpoint,
    open_checkpoint,
    parse_checkpoint,
    peek_checkpoint,
    sign_checkpoint,
)
from signing.cosign import cosign, cosignatures_of, verify_cosignature
from signing.encoding import MAX_INT63
from signing.errors import (
    MalformedCheckpointError,
    MalformedError,
    MalformedKeyError,
    MalformedNoteError,
    SignatureError,
    UnknownKeyError,
)
from signing.merkle import EMPTY_ROOT
from signing.messages import cosigned_message
from signing.note import Note, Signature, append_signatures, open_note, parse_note, sign_note
from signing.receipt import make_receipt, open_receipt
from tests.signing.given import (
    LOG,
    MIRROR,
    MIRROR_B,
    ORIGIN,
    OTHER_LOG,
    STRANGER,
    TIME,
    WITNESS,
    code_of,
)

ROOT = bytes(range(32))
CHECKPOINT = Checkpoint(ORIGIN, 7, ROOT)
NOTE = sign_checkpoint(CHECKPOINT, LOG)


@given(st.integers(0, MAX_INT63), st.binary(min_size=32, max_size=32))
def test_checkpoints_survive(size, root):
    checkpoint = Checkpoint(ORIGIN, size, root)
    assert parse_checkpoint(checkpoint.text()) == checkpoint
    note = sign_checkpoint(checkpoint, LOG)
    signed = open_checkpoint(note, [STRANGER.vkey, LOG.vkey])
    assert (signed.checkpoint, signed.note, signed.verified) == (checkpoint, note, (LOG.vkey,))
    assert peek_checkpoint(note) == checkpoint


def test_the_text_is_three_lines():
    assert Checkpoint(ORIGIN, 0, EMPTY_ROOT).text() == (
        f"{ORIGIN}\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
    )


GOOD = CHECKPOINT.text()
BAD_TEXTS = {
    "empty": "",
    "two-lines": f"{ORIGIN}\n7\n",
    "last-lf-missing": GOOD[:-1],
    "extension-line": f"{GOOD}extension\n",
    "origin-empty": GOOD.replace(ORIGIN, ""),
    "origin-with-space": GOOD.replace("/", " "),
    "origin-with-plus": GOOD.replace("/", "+"),
    "size-with-leading-zero": GOOD.replace("\n7\n", "\n07\n"),
    "size-negative": GOOD.replace("\n7\n", "\n-7\n"),
    "size-hexadecimal": GOOD.replace("\n7\n", "\n0x7\n"),
    "size-in-full-width-digits": GOOD.replace("\n7\n", "\n７\n"),
    "size-of-64-bits": GOOD.replace("\n7\n", f"\n{2**63}\n"),
    "root-of-31-bytes": f"{ORIGIN}\n7\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==\n",
    "root-with-trailing-bits": GOOD.replace("Hh8=", "Hh9="),
    "root-not-padded": GOOD.replace("=", ""),
    "root-empty": f"{ORIGIN}\n7\n\n",
    "root-of-33-bytes": f"{ORIGIN}\n7\n{'A' * 44}\n",
    "root-followed-by-a-space": GOOD.replace("=\n", "= \n"),
    "root-of-urls": GOOD.replace("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", f"{'_' * 43}="),
    "size-empty": GOOD.replace("\n7\n", "\n\n"),
    "size-with-plus": GOOD.replace("\n7\n", "\n+7\n"),
    "size-of-two-zeros": GOOD.replace("\n7\n", "\n00\n"),
    "size-followed-by-a-space": GOOD.replace("\n7\n", "\n7 \n"),
    "size-of-100-digits": GOOD.replace("\n7\n", f"\n{'9' * 100}\n"),
    "empty-line-at-the-end": f"{GOOD}\n",
    "empty-line-at-the-beginning": f"\n{GOOD}",
}


@pytest.mark.parametrize("defect", BAD_TEXTS)
def test_bad_checkpoint_texts(defect):
    with pytest.raises(MalformedError) as raised:
        parse_checkpoint(BAD_TEXTS[defect])
    assert raised.value.code == code_of(defect, "malformed-checkpoint")


def test_a_log_signs_for_itself_only():
    with pytest.raises(UnknownKeyError):
        sign_checkpoint(CHECKPOINT, STRANGER)
    by_stranger = sign_note(CHECKPOINT.text(), [STRANGER])
    with pytest.raises(UnknownKeyError):
        open_checkpoint(by_stranger, [STRANGER.vkey, LOG.vkey])


def test_a_cosigners_key_named_like_the_log_does_not_count():
    cosigner = type(LOG).from_seed(ORIGIN, bytes(32), 4)
    note = Note(CHECKPOINT.text(), (cosign(cosigner, CHECKPOINT.text(), TIME),)).encode()
    assert open_note(note, [cosigner.vkey]).keys == (cosigner.vkey,)
    with pytest.raises(UnknownKeyError):
        open_checkpoint(note, [cosigner.vkey])


@given(st.integers(1, MAX_INT63))
def test_cosignatures_verify_with_their_time(time):
    line = cosign(MIRROR, GOOD, time)
    assert line.payload[:8] == time.to_bytes(8)
    cosignature = verify_cosignature(MIRROR.vkey, line, GOOD)
    assert (cosignature.key, cosignature.time, cosignature.signature) == (MIRROR.vkey, time, line)


def test_the_cosigned_bytes_are_those_of_the_specification():
    assert cosigned_message("", b"text\n", 7) == b"cosignature/v1\ntime 7\ntext\n"


@pytest.mark.parametrize("time", [0, -1, 2**63])
def test_times_out_of_range(time):
    with pytest.raises(SignatureError):
        cosign(MIRROR, GOOD, time)


def test_bad_cosignatures():
    line = cosign(MIRROR, GOOD, TIME)
    later = Signature(line.name, line.key_id, (TIME + 1).to_bytes(8) + line.payload[8:])
    zero = Signature(line.name, line.key_id, bytes(8) + line.payload[8:])
    short = Signature(line.name, line.key_id, line.payload[:20])
    tiny = Signature(line.name, line.key_id, b"\x01")
    for bad in (later, zero, short, tiny):
        with pytest.raises(SignatureError):
            verify_cosignature(MIRROR.vkey, bad, GOOD)
    with pytest.raises(SignatureError):
        verify_cosignature(MIRROR.vkey, line, GOOD.replace("7", "8", 1))
    with pytest.raises(UnknownKeyError):
        verify_cosignature(WITNESS.vkey, line, GOOD)
    log_line = parse_note(NOTE).signatures[0]
    with pytest.raises(SignatureError):
        verify_cosignature(LOG.vkey, log_line, GOOD)
    with pytest.raises(MalformedKeyError):
        cosign(LOG, GOOD, TIME)


def test_receipts_survive_and_the_earliest_mirror_counts():
    receipt = make_receipt(NOTE, MIRROR, TIME)
    assert receipt.note.startswith(NOTE)
    assert (receipt.origin, receipt.size, receipt.root) == (ORIGIN, 7, ROOT)
    assert receipt.time == TIME
    assert open_receipt(receipt.note, [LOG.vkey], [MIRROR.vkey]) == receipt
    both = make_receipt(receipt.note, MIRROR_B, TIME - 5)
    opened = open_receipt(both.note, [LOG.vkey], [MIRROR.vkey, MIRROR_B.vkey])
    assert (opened.time, opened.cosignature.key) == (TIME - 5, MIRROR_B.vkey)
    found = cosignatures_of(open_note(both.note, [LOG.vkey, MIRROR.vkey, MIRROR_B.vkey]))
    assert [item.time for item in found] == [TIME - 5, TIME]


def test_equal_input_gives_the_same_receipt():
    assert make_receipt(NOTE, MIRROR, TIME).note == make_receipt(NOTE, MIRROR, TIME).note


def test_a_forged_line_of_the_mirror_does_not_spoil_the_receipt():
    forged = append_signatures(NOTE, [Signature(MIRROR.name, MIRROR.vkey.key_id, bytes(72))])
    with pytest.raises(SignatureError):
        open_receipt(forged, [LOG.vkey], [MIRROR.vkey])
    receipt = make_receipt(forged, MIRROR, TIME)
    assert receipt.note == make_receipt(NOTE, MIRROR, TIME).note


def test_bad_receipts():
    receipt = make_receipt(NOTE, MIRROR, TIME).note
    with pytest.raises(UnknownKeyError):
        open_receipt(NOTE, [LOG.vkey], [MIRROR.vkey])
    with pytest.raises(UnknownKeyError):
        open_receipt(receipt, [LOG.vkey], [WITNESS.vkey])
    with pytest.raises(UnknownKeyError):
        open_receipt(receipt, [OTHER_LOG.vkey], [MIRROR.vkey])
    with pytest.raises(SignatureError):
        open_receipt(receipt.replace(b"\n7\n", b"\n8\n"), [LOG.vkey], [MIRROR.vkey])
    with pytest.raises(MalformedCheckpointError):
        make_receipt(sign_note("text\n", [LOG]), MIRROR, TIME)
    with pytest.raises(MalformedKeyError):
        make_receipt(NOTE, LOG, TIME)
    with pytest.raises(MalformedNoteError):
        make_receipt(append_signatures(NOTE, [parse_note(NOTE).signatures[0]] * 63), MIRROR, TIME)
