"""Keys, vkeys, key files and signed notes."""

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from signing.algorithms import COSIGNATURE_ED25519, ED25519, algorithm
from signing.encoding import (
    MAX_INT63,
    beijing_text,
    decode_base64,
    decode_decimal,
    encode_base64,
    utc_text,
)
from signing.errors import (
    AmbiguousKeyError,
    MalformedError,
    MalformedKeyError,
    MalformedNoteError,
    SignatureError,
    UnknownKeyError,
)
from signing.keys import SigningKey, VerifierKey, parse_vkey
from signing.note import (
    MAX_NOTE,
    Note,
    Signature,
    append_signatures,
    open_note,
    parse_note,
    sign_note,
)
from tests.signing.given import LOG, MIRROR, OTHER_LOG, STRANGER, TIME, code_of, key

names = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Z"], exclude_characters="+"), min_size=1
).filter(lambda name: not any(c.isspace() for c in name))
note_texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.just("\n")).map(
    lambda text: text + "\n"
)
signatures = st.builds(
    Signature, names, st.binary(min_size=4, max_size=4), st.binary(min_size=1, max_size=80)
)
seeds = st.binary(min_size=32, max_size=32)
types = st.sampled_from([ED25519, COSIGNATURE_ED25519])


@given(st.binary(max_size=100))
def test_base64_survives(data):
    assert decode_base64(encode_base64(data)) == data


@pytest.mark.parametrize(
    "text", ["QQ", "QR==", "QUI", "Q Q=", "QQ==\n", "-_==", "QQ===", "中=", "="]
)
def test_base64_that_is_not_canonical(text):
    with pytest.raises(MalformedError):
        decode_base64(text)


@given(st.integers(0, MAX_INT63))
def test_decimals_survive(number):
    assert decode_decimal(str(number)) == number


@pytest.mark.parametrize(
    "text", ["", "00", "01", "-1", "+1", " 1", "1\n", "１", "1_0", str(2**63), "9" * 5000]
)
def test_decimals_that_are_not_canonical(text):
    with pytest.raises(MalformedError):
        decode_decimal(text)


def test_moments_as_people_read_them():
    assert utc_text(TIME) == "2026-05-28T20:26:40Z"
    assert beijing_text(TIME) == "2026-05-29 04:26:40（北京时间）"
    assert utc_text(MAX_INT63) == beijing_text(MAX_INT63) == f"POSIX {MAX_INT63}"
    assert utc_text(-1) == "POSIX -1"


@given(names, seeds, types)
def test_vkeys_survive(name, seed, type_byte):
    signer = SigningKey.from_seed(name, seed, type_byte)
    assert parse_vkey(str(signer.vkey)) == signer.vkey
    assert (signer.name, signer.type_byte) == (name, type_byte)


VKEY = str(LOG.vkey)
NAME, KEY_ID, KEY = VKEY.split("+", 2)
BAD_VKEYS = {
    "empty": "",
    "no-key": f"{NAME}+{KEY_ID}",
    "empty-key": f"{NAME}+{KEY_ID}+",
    "uppercase-key-id": f"{NAME}+{KEY_ID.upper()}+{KEY}",
    "key-id-of-another-key": f"{NAME}+{OTHER_LOG.vkey.key_id.hex()}+{KEY}",
    "key-id-of-another-name": f"{NAME}x+{KEY_ID}+{KEY}",
    "name-empty": f"+{KEY_ID}+{KEY}",
    "name-with-space": f"a b+{KEY_ID}+{KEY}",
    "name-with-ideographic-space": f"a\u3000b+{KEY_ID}+{KEY}",
    "base64-not-canonical": f"{VKEY}=",
    "key-too-short": f"{NAME}+{KEY_ID}+{encode_base64(bytes([1]) + bytes(31))}",
    "unknown-algorithm": f"{NAME}+{KEY_ID}+{encode_base64(bytes([6]) + bytes(32))}",
    "newline-at-the-end": f"{VKEY}\n",
    "space-at-the-end": f"{VKEY} ",
    "key-id-of-nine-digits": f"{NAME}+{KEY_ID}0+{KEY}",
    "key-too-long": f"{NAME}+{KEY_ID}+{encode_base64(bytes([1]) + bytes(33))}",
    "ml-dsa-key-too-short": f"{NAME}+{KEY_ID}+{encode_base64(bytes([6]) + bytes(1311))}",
    "ml-dsa-key-too-long": f"{NAME}+{KEY_ID}+{encode_base64(bytes([6]) + bytes(1313))}",
    "own-algorithm-without-identifier": f"{NAME}+{KEY_ID}+{'/' * 88}",
}


@pytest.mark.parametrize("defect", BAD_VKEYS)
def test_bad_vkeys(defect):
    with pytest.raises(MalformedKeyError) as raised:
        parse_vkey(BAD_VKEYS[defect])
    assert raised.value.code == "malformed-key"


def test_generated_keys_differ_and_hide_their_secret():
    one, two = SigningKey.generate("a"), SigningKey.generate("a")
    assert one.vkey != two.vkey
    assert repr(one) == f"SigningKey({one.vkey})"
    assert not hasattr(one, "__dict__")


@pytest.mark.parametrize("type_byte", [ED25519, COSIGNATURE_ED25519])
def test_key_files_survive(type_byte):
    signer = SigningKey.generate("registry.example/芜湖", type_byte)
    pem = signer.to_pem(b"correct horse")
    assert pem.startswith(f"# registry-key@v1 registry.example/芜湖 {type_byte:02x}\n".encode())
    assert b"ENCRYPTED PRIVATE KEY" in pem
    again = SigningKey.from_pem(pem, b"correct horse")
    assert again.vkey == signer.vkey
    assert again.sign(b"x") == signer.sign(b"x")


def test_bad_key_files():
    pem = LOG.to_pem(b"secret")
    ed448 = Ed448PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )
    header = pem[: pem.index(b"\n") + 1]
    plain = header + (b"-----BEGIN PRIVATE KEY-----\n" + b"-----END PRIVATE KEY-----\n")
    cases = {
        "wrong-password": (pem, b"other"),
        "no-password": (pem, b""),
        "no-header": (pem[len(header) :], b"secret"),
        "header-of-another-version": (pem.replace(b"@v1", b"@v2"), b"secret"),
        "name-not-utf8": (pem.replace(b" registry.example/wuhu", b" \xff"), b"secret"),
        "unknown-type-byte": (header.replace(b" 01", b" 06") + pem[len(header) :], b"secret"),
        "cut-off": (pem[:-40], b"secret"),
        "another-algorithm": (header + ed448, b"secret"),
        "empty-pem": (plain, b"secret"),
    }
    for data, password in cases.values():
        with pytest.raises(MalformedKeyError):
            SigningKey.from_pem(data, password)
    with pytest.raises(MalformedKeyError):
        LOG.to_pem(b"")


def test_a_seed_has_32_bytes():
    with pytest.raises(MalformedKeyError):
        SigningKey.from_seed("a", bytes(31))
    with pytest.raises(MalformedKeyError):
        algorithm(0x02)


def test_raw_signatures():
    LOG.vkey.verify(b"message", LOG.sign(b"message"))
    for key_, message in ((LOG.vkey, b"massage"), (STRANGER.vkey, b"message")):
        with pytest.raises(SignatureError, match=key_.name):
            key_.verify(message, LOG.sign(b"message"))
    with pytest.raises(SignatureError):
        VerifierKey("a", ED25519, b"\x02" + bytes(31)).verify(b"", bytes(64))


@given(note_texts, st.lists(signatures, min_size=1, max_size=64))
def test_notes_survive(text, lines):
    note = Note(text, tuple(lines))
    assert parse_note(note.encode()) == note
    assert parse_note(note.encode()).encode() == note.encode()


@given(note_texts)
def test_signed_notes_open(text):
    data = sign_note(text, [LOG, OTHER_LOG])
    opened = open_note(data, [OTHER_LOG.vkey])
    assert (opened.text, opened.keys) == (text, (OTHER_LOG.vkey,))
    assert [line.name for line in opened.unverified] == [LOG.name]


NOTE = sign_note("text\n", [LOG])
LINE = parse_note(NOTE).signatures[0].line()
BAD_NOTES = {
    "empty": b"",
    "no-signatures": b"text\n\n",
    "no-empty-line": b"text\n" + LINE.encode(),
    "last-lf-missing": NOTE[:-1],
    "carriage-return": NOTE.replace(b"text\n", b"text\r\n"),
    "tab": NOTE.replace(b"text", b"te\txt"),
    "not-utf8": NOTE.replace(b"text", b"\xff"),
    "hyphen-for-the-dash": NOTE.replace("—".encode(), b"-"),
    "no-base64": "text\n\n— name\n".encode(),
    "name-empty": f"text\n\n—  {encode_base64(bytes(68))}\n".encode(),
    "name-with-plus": f"text\n\n— a+b {encode_base64(bytes(68))}\n".encode(),
    "base64-not-canonical": NOTE[:-1] + b"=\n",
    "two-spaces": NOTE.replace(b"wuhu ", b"wuhu  "),
    "key-id-only": f"text\n\n— name {encode_base64(bytes(4))}\n".encode(),
    "65-signatures": b"text\n\n" + LINE.encode() * 65,
    "above-1-mib": b"x" * MAX_NOTE + NOTE,
    "name-above-1-mib": f"text\n\n— {'n' * MAX_NOTE} {encode_base64(bytes(68))}\n".encode(),
    "trailing-bytes": NOTE + b"x",
    "trailing-empty-line": NOTE + b"\n",
    "line-without-its-space": NOTE.replace("— ".encode(), "—".encode()),
    "space-before-the-dash": NOTE.replace("— ".encode(), " — ".encode()),
    "name-with-ideographic-space": NOTE.replace(b"wuhu ", "wu\u3000hu ".encode()),
    "base64-with-padding-bits": NOTE[:-3] + bytes([NOTE[-3] + 1]) + NOTE[-2:],
    "base64-without-padding": NOTE.replace(b"=\n", b"\n"),
    "base64-of-urls": f"text\n\n— name {'_' * 88}\n".encode(),
    "base64-missing": NOTE[: NOTE.rindex(b" ")] + b" \n",
    "space-at-the-end": NOTE[:-1] + b" \n",
}


@pytest.mark.parametrize("defect", BAD_NOTES)
def test_bad_notes(defect):
    with pytest.raises(MalformedError) as raised:
        open_note(BAD_NOTES[defect], [LOG.vkey])
    assert raised.value.code == code_of(defect, "malformed-note")


def test_64_signatures_are_allowed_and_repeated_ones_count_once():
    opened = open_note(b"text\n\n" + LINE.encode() * 64, [LOG.vkey])
    assert opened.keys == (LOG.vkey,)
    stranger = parse_note(sign_note("text\n", [STRANGER])).signatures[0].line().encode()
    opened = open_note(NOTE + stranger * 3, [LOG.vkey])
    assert [line.name for line in opened.unverified] == [STRANGER.name]


def test_a_known_key_that_fails_spoils_the_note():
    forged = Signature(OTHER_LOG.name, OTHER_LOG.vkey.key_id, bytes(64))
    note = append_signatures(NOTE, [forged])
    assert open_note(note, [LOG.vkey]).keys == (LOG.vkey,)
    with pytest.raises(SignatureError):
        open_note(note, [LOG.vkey, OTHER_LOG.vkey])


@pytest.mark.parametrize("payload", [bytes(63), bytes(65), b"x"])
def test_signatures_of_the_wrong_length(payload):
    note = Note("text\n", (Signature(LOG.name, LOG.vkey.key_id, payload),)).encode()
    with pytest.raises(SignatureError):
        open_note(note, [LOG.vkey])


def test_unknown_and_ambiguous_keys():
    with pytest.raises(UnknownKeyError) as raised:
        open_note(NOTE, [STRANGER.vkey])
    assert raised.value.code == "unknown-key"
    with pytest.raises(AmbiguousKeyError) as raised:
        open_note(NOTE, [LOG.vkey, STRANGER.vkey, LOG.vkey])
    assert raised.value.code == "ambiguous-key"
    assert open_note(NOTE, [LOG.vkey, STRANGER.vkey, STRANGER.vkey]).keys == (LOG.vkey,)


def test_the_same_key_under_another_name_is_another_key():
    renamed = key("registry.example/other", 1)
    assert renamed.vkey.public == LOG.vkey.public
    with pytest.raises(UnknownKeyError):
        open_note(NOTE, [renamed.vkey])


def test_what_cannot_be_signed():
    for text in ("text", "", "te\0xt\n", "\ud800\n"):
        with pytest.raises(MalformedNoteError):
            sign_note(text, [LOG])
    with pytest.raises(MalformedNoteError):
        sign_note("text\n", [])
    with pytest.raises(MalformedKeyError):
        sign_note("text\n", [MIRROR])


def test_appending_keeps_the_bytes_before():
    line = parse_note(sign_note("text\n", [OTHER_LOG])).signatures[0]
    longer = append_signatures(NOTE, [line])
    assert longer.startswith(NOTE)
    assert open_note(longer, [LOG.vkey, OTHER_LOG.vkey]).keys == (LOG.vkey, OTHER_LOG.vkey)
    with pytest.raises(MalformedNoteError):
        append_signatures(NOTE, [line] * 64)
    with pytest.raises(MalformedNoteError):
        append_signatures(b"text\n", [line])
