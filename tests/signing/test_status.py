"""Status lists: bits where the specification puts them, every way to be wrong, the window."""

import base64
import gzip
import zlib

import msgspec
import pytest
from hypothesis import given as given_
from hypothesis import strategies as st

from signing.checkpoint import parse_checkpoint
from signing.errors import BundleError, MalformedCheckpointError, SigningError
from signing.note import parse_note
from signing.status import BLOCK, MAX_WINDOW, open_status, pack_bits, seal_status, set_bits
from signing.verify import verify_files
from tests.signing import given

CHARTER = given.charter()
GOOD = seal_status(given.status(), given.MIRROR)


def packed(data: bytes) -> str:
    return base64.b64encode(data).decode()


ZEROS = bytes(BLOCK // 8)
WHOLE = gzip.compress(ZEROS, mtime=0)
BAD = {
    "by-a-witness": (given.status_file(given.WITNESS), "unknown-key"),
    "by-another-node": (given.status_file(given.MIRROR_B), "unknown-key"),
    "node-not-in-the-charter": (given.status_file(node="node-c.example"), "unknown-key"),
    "changed-after-signing": (GOOD.replace(b'"size":5', b'"size":6'), "bad-signature"),
    "signed-at-another-moment": (given.status_file(time=given.TIME + 1), "status-time"),
    "signed-twice": (given.signed_again(GOOD, given.MIRROR_B), "status-malformed"),
    "no-such-day": (given.status_file(until="2026-02-30T00:00:00Z"), "status-malformed"),
    "unknown-member": (given.status_file(more=1), "status-malformed"),
    "version-2": (given.status_file(v=2), "status-malformed"),
    "ends-before-it-begins": (given.status_file(until="2026-05-28T20:26:40Z"), "status-malformed"),
    "speaks-for-too-long": (given.status_file(until="2026-05-29T20:26:41Z"), "status-malformed"),
    "not-base64": (given.status_file(bits="!"), "status-malformed"),
    "not-gzip": (given.status_file(bits=packed(zlib.compress(ZEROS))), "status-malformed"),
    "cut-off": (given.status_file(bits=packed(WHOLE[:-1])), "status-malformed"),
    "goes-on": (given.status_file(bits=packed(WHOLE + b"x")), "status-malformed"),
    "too-few-bits": (
        given.status_file(bits=packed(gzip.compress(ZEROS[1:], mtime=0))),
        "status-malformed",
    ),
    "too-many-bits": (
        given.status_file(bits=packed(gzip.compress(ZEROS + b"\0", mtime=0))),
        "status-malformed",
    ),
    "too-large": (given.status_file(bits="A" * 65_540), "status-malformed"),
    "a-bit-beyond-the-size": (
        given.status_file(bits=pack_bits(set_bits({5}))),
        "status-malformed",
    ),
    "a-block-beyond-the-size": (given.status_file(block=1), "status-malformed"),
    "spaces": (given.status_file(text='registry-status@v1\n{"v": 1}\n'), "status-malformed"),
    "three-lines": (given.status_file(text="registry-status@v1\n{}\n\n"), "status-malformed"),
    "another-format": (given.status_file(text="registry-status@v2\n{}\n"), "status-malformed"),
    "no-note": (b"registry-status@v1\n", "malformed-note"),
}


def test_what_is_sealed_opens_again_under_the_charter():
    opened = open_status(GOOD, CHARTER)
    assert opened.list == given.status()
    assert (opened.time, opened.until, opened.standing) == (given.TIME, given.TIME + 900, 2)
    assert opened.key == f"{given.NODE}/mirror"
    assert seal_status(given.status(), given.MIRROR) == GOOD


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_refused_with_its_code(name):
    data, code = BAD[name]
    with pytest.raises(SigningError) as refused:
        open_status(data, CHARTER)
    assert refused.value.code == code
    assert refused.value.zh


def test_not_one_byte_may_change():
    for at in range(len(GOOD)):
        with pytest.raises(SigningError):
            open_status(GOOD[:at] + bytes([GOOD[at] ^ 1]) + GOOD[at + 1 :], CHARTER)


def test_entry_0_is_the_leftmost_bit_of_the_first_byte():
    """Bitstring Status List 1.0, section 3.2: the first index, 0, is at the left-most bit."""
    assert set_bits({0, 7, 8})[:2] == b"\x81\x80"
    assert set_bits({BLOCK - 1})[-1] == 1
    assert len(set_bits(set())) * 8 == BLOCK == 131_072


@given_(st.sets(st.integers(0, BLOCK - 1), max_size=20), st.integers(0, BLOCK - 1))
def test_a_bit_confirms_its_entry_and_no_other(standing, asked):
    bits = pack_bits(set_bits(standing))
    data = given.status_file(bits=bits, block=3, size=4 * BLOCK)
    opened = open_status(data, CHARTER)
    assert opened.standing == len(standing)
    for offset in {asked, *standing}:
        index = 3 * BLOCK + offset
        assert opened.speaks_of(given.ORIGIN, index)
        if offset in standing:
            opened.confirm(index, "")
        else:
            with pytest.raises(BundleError) as told:
                opened.confirm(index, "https://node.example")
            assert (told.value.code, told.value.detail) == ("ask-again", "https://node.example")


@given_(st.binary(max_size=300))
def test_bits_of_any_bytes_are_refused_with_a_code(data):
    with pytest.raises(SigningError) as refused:
        open_status(given.status_file(bits=packed(data)), CHARTER)
    assert refused.value.code == "status-malformed"


def test_a_list_speaks_of_its_log_and_block_alone():
    opened = open_status(GOOD, CHARTER)
    assert opened.speaks_of(given.ORIGIN, BLOCK - 1)
    assert not opened.speaks_of(given.ORIGIN, BLOCK)
    assert not opened.speaks_of(given.OTHER_ORIGIN, 0)


def test_only_the_mirror_of_its_node_seals_and_only_what_can_be_read_back():
    for wrong in (given.MIRROR_B, given.WITNESS, given.LOG):
        with pytest.raises(BundleError, match="is not the mirror key"):
            seal_status(given.status(), wrong)
    for changes in ({"origin": "a\0b"}, {"bits": ""}, {"until": "2026-02-30T00:00:00Z"}):
        with pytest.raises(BundleError, match="malformed"):
            seal_status(msgspec.structs.replace(given.status(), **changes), given.MIRROR)


def test_the_longest_window_is_a_day():
    assert MAX_WINDOW == 86_400
    data = given.status_file(until="2026-05-29T20:26:40Z")
    assert open_status(data, CHARTER).until - given.TIME == MAX_WINDOW


def test_no_list_is_a_checkpoint():
    with pytest.raises(MalformedCheckpointError):
        parse_checkpoint(parse_note(GOOD).text)


def test_offline_it_says_what_it_speaks_of_and_for_how_long():
    (found,) = verify_files({"z": GOOD}, CHARTER)
    assert (found.kind, found.by, found.at) == ("status", given.NODE, "2026-05-28T20:26:40Z")
    line = found.line()
    assert f"of entries 0..131072 of {given.ORIGIN}, 2 could be shown to all" in line
    assert "anything after 2026-05-28T20:41:40Z" in line
    assert "why any other does not, or that it ever existed" in line
