"""What a signing service lets each kind of key sign: checkpoints, and nothing beside them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signing.algorithms import COSIGNATURE_ED25519, ED25519, ML_DSA_44, SM2
from signing.checkpoint import Checkpoint
from signing.encoding import MAX_INT63
from signing.errors import MalformedError
from signing.messages import cosigned_message, subtree_message
from signing.signable import MAX_MESSAGE, check_signable
from signing.voucher import voucher_text
from tests.signing.given import LOG, MIRROR, ML_LOG, ML_WITNESS, ORIGIN, TIME, key, voucher

CHECKPOINT = Checkpoint(ORIGIN, 7, bytes(range(32)))
TEXT = CHECKPOINT.text().encode()
COSIGNED = cosigned_message("", TEXT, TIME)
SUBTREE = subtree_message(ML_WITNESS.name, TEXT, TIME)
KEYS = {ED25519: LOG, COSIGNATURE_ED25519: MIRROR, ML_DSA_44: ML_WITNESS}
GOOD = {ED25519: TEXT, COSIGNATURE_ED25519: COSIGNED, ML_DSA_44: SUBTREE}


@given(st.integers(0, MAX_INT63), st.binary(min_size=32, max_size=32), st.integers(1, MAX_INT63))
def test_every_checkpoint_is_signed(size, root, time):
    checkpoint = Checkpoint(ORIGIN, size, root)
    text = checkpoint.text().encode()
    assert check_signable(LOG.vkey, text) == checkpoint
    assert check_signable(MIRROR.vkey, cosigned_message("", text, time)) == checkpoint
    for signer, at in ((ML_WITNESS, time), (ML_LOG, 0)):
        assert check_signable(signer.vkey, subtree_message(signer.name, text, at)) == checkpoint


def test_a_key_of_sm2_is_asked_the_same():
    signer = key(ORIGIN, 41, SM2)
    assert check_signable(signer.vkey, TEXT) == CHECKPOINT
    with pytest.raises(MalformedError):
        check_signable(signer.vkey, COSIGNED)


@pytest.mark.parametrize("number", KEYS)
@given(st.data())
def test_a_message_changed_anywhere_is_another_checkpoint_or_none(number, data):
    """Whatever is let pass is exactly what would have been made for the checkpoint it states."""
    changed = bytearray(GOOD[number])
    at = data.draw(st.integers(0, len(changed) - 1))
    changed[at] = data.draw(st.integers(0, 255))
    message = bytes(changed)
    try:
        text = check_signable(KEYS[number].vkey, message).text().encode()
    except MalformedError:
        return
    if number == COSIGNATURE_ED25519:
        header, time, _ = message.split(b"\n", 2)
        assert (header, message) == (b"cosignature/v1", header + b"\n" + time + b"\n" + text)
        assert 0 < int(time.removeprefix(b"time ")) <= MAX_INT63
    elif number == ML_DSA_44:
        after_name = 12 + 1 + len(ML_WITNESS.name)
        time = int.from_bytes(message[after_name : after_name + 8])
        assert message == subtree_message(ML_WITNESS.name, text, time)
    else:
        assert message == text
        assert text.startswith(f"{ORIGIN}\n".encode())


OTHER = Checkpoint("registry.example/hefei", 7, bytes(32)).text().encode()
BAD = {
    "log-nothing": (LOG, b""),
    "log-arbitrary": (LOG, b"registry"),
    "log-another-log": (LOG, OTHER),
    "log-extension-line": (LOG, TEXT + b"extension\n"),
    "log-a-charter": (LOG, b"registry-charter@v1\n{}\n"),
    "log-a-cosignature": (LOG, COSIGNED),
    "log-not-utf8": (LOG, b"\xff" + TEXT),
    "log-leading-zero": (LOG, TEXT.replace(b"\n7\n", b"\n07\n")),
    "log-too-long": (LOG, b"n" * MAX_MESSAGE + TEXT),
    "cosigner-a-text": (MIRROR, TEXT),
    "cosigner-time-zero": (MIRROR, COSIGNED.replace(b"%d" % TIME, b"0")),
    "cosigner-time-with-leading-zero": (MIRROR, COSIGNED.replace(b"time ", b"time 0")),
    "cosigner-time-of-64-bits": (MIRROR, COSIGNED.replace(b"%d" % TIME, b"%d" % 2**63)),
    "cosigner-header-of-another-version": (MIRROR, COSIGNED.replace(b"/v1", b"/v2")),
    "cosigner-trailing-bytes": (MIRROR, COSIGNED + b"x"),
    "cosigner-not-utf8": (MIRROR, COSIGNED.replace(b"wuhu", b"wu\xff")),
    "cosigner-a-voucher": (MIRROR, cosigned_message("", voucher_text(voucher()).encode(), TIME)),
    "subtree-of-another-name": (ML_WITNESS, subtree_message("a", TEXT, TIME)),
    "subtree-with-a-start": (ML_WITNESS, SUBTREE[:-48] + (1).to_bytes(8) + SUBTREE[-40:]),
    "subtree-trailing-bytes": (ML_WITNESS, SUBTREE + b"x"),
    "subtree-cut-off": (ML_WITNESS, SUBTREE[:-1]),
    "subtree-label": (ML_WITNESS, b"X" + SUBTREE[1:]),
    "subtree-size-of-64-bits": (ML_WITNESS, SUBTREE[:-40] + b"\xff" * 8 + SUBTREE[-32:]),
    "subtree-origin-not-utf8": (ML_WITNESS, SUBTREE.replace(b"wuhu", b"wu\xff\xff")),
    "subtree-label-alone": (ML_WITNESS, SUBTREE[:12]),
    "subtree-nothing": (ML_WITNESS, b""),
}


@pytest.mark.parametrize("defect", BAD)
def test_nothing_else_is_signed(defect):
    signer, message = BAD[defect]
    with pytest.raises(MalformedError, match="signs checkpoints here, not this message"):
        check_signable(signer.vkey, message)
