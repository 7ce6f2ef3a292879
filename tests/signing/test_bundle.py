"""Record bundles: sealed, opened, every way to be wrong, and not one byte that may change."""

import json

import msgspec
import pytest
from hypothesis import given as given_
from hypothesis import strategies as st

from signing.__main__ import main
from signing.bundle import Bundle, open_bundle, parse_bundle, seal_bundle
from signing.checkpoint import parse_checkpoint
from signing.cosign import cosign
from signing.errors import BundleError, MalformedCheckpointError, SigningError
from signing.kinds import kind_of
from signing.note import Note, append_signatures, parse_note
from signing.proof import TlogProof, encode_proof, parse_proof
from signing.receipt import make_receipt
from signing.record import entry_of, split_line
from signing.status import seal_status, set_bits
from signing.verify import verify_files
from tests.signing import given

CHARTER = given.charter()
GOOD = seal_bundle(given.bundle(), given.MIRROR)
PROOF = given.bundle().proof
LINES = [given.record_line(number, restricted=number == 2) for number in range(5)]
OLD = make_receipt(given.checkpoint_note(LINES, given.OLD_LOG), given.MIRROR, given.TIME).note
UNSEEN = given.checkpoint_note(LINES)


def of_proof(**changes):
    """A bundle whose proof was changed before it was signed."""
    proof = parse_proof(PROOF)
    fields = {name: getattr(proof, name) for name in TlogProof.__slots__} | changes
    return given.bundle_file(parts={"proof": encode_proof(TlogProof(**fields))})


def of_parts(**parts):
    return given.bundle_file(parts=parts)


BAD = {
    "by-a-witness": (given.bundle_file(given.WITNESS), "unknown-key"),
    "by-another-node": (given.bundle_file(given.MIRROR_B), "unknown-key"),
    "node-not-in-the-charter": (given.bundle_file(node="node-c.example"), "unknown-key"),
    "changed-after-signing": (GOOD.replace(b'"public"', b'"author"', 1), "bad-signature"),
    "record-changed-after-signing": (GOOD.replace(b"12000", b"12001"), "bad-signature"),
    "signed-at-another-moment": (given.bundle_file(time=given.TIME + 1), "bundle-time"),
    "signed-twice": (given.signed_again(GOOD, given.MIRROR_B), "bundle-malformed"),
    "no-such-day": (given.bundle_file(issued="2026-02-30T00:00:00Z"), "bundle-malformed"),
    "unknown-member": (given.bundle_file(more=1), "bundle-malformed"),
    "version-2": (given.bundle_file(v=2), "bundle-malformed"),
    "no-address": (given.bundle_file(url=" "), "bundle-malformed"),
    "cover-not-canonical": (of_parts(cover=b'{"v": 1}'), "bundle-malformed"),
    "another-format": (of_parts(header=b"registry-bundle@v2"), "bundle-malformed"),
    "no-record": (
        Note("registry-bundle@v1\n", (cosign(given.MIRROR, "registry-bundle@v1\n", 1),)).encode(),
        "bundle-malformed",
    ),
    "no-note": (b"registry-bundle@v1\n", "malformed-note"),
    "too-long": (GOOD + b"x" * 1024 * 1024, "malformed-note"),
    "no-proof": (of_parts(proof=b"\n"), "malformed-proof"),
    "proof-without-the-other-digest": (of_proof(extra=None), "bundle-malformed"),
    "proof-with-a-short-digest": (of_proof(extra=bytes(31)), "bundle-malformed"),
    "with-another-digest": (of_proof(extra=bytes(32)), "proof-mismatch"),
    "at-another-index": (of_proof(index=3), "proof-mismatch"),
    "another-record": (of_parts(main=split_line(LINES[1])[0]), "proof-mismatch"),
    "record-not-canonical": (of_parts(main=b'{"salt": 1}'), "not-canonical"),
    "record-with-its-restricted-part": (of_parts(main=LINES[2]), "malformed-note"),
    "log-not-in-the-charter": (
        of_proof(checkpoint_note=given.checkpoint_note(LINES, given.STRANGER, given.STRANGER.name)),
        "unknown-key",
    ),
    "no-mirror-stored-it": (of_proof(checkpoint_note=UNSEEN), "unknown-key"),
    "key-of-the-log-had-expired": (of_proof(checkpoint_note=OLD), "expired-key"),
}


def test_what_is_sealed_opens_again_under_the_charter():
    opened = open_bundle(GOOD, CHARTER)
    assert opened.cover == given.bundle().cover
    assert (opened.time, opened.key) == (given.TIME, f"{given.NODE}/mirror")
    assert (opened.index, opened.receipt.size, opened.restricted) == (2, 5, True)
    assert opened.record.main == split_line(LINES[2])[0]
    assert opened.record.entry == entry_of(*split_line(LINES[2]))
    assert not open_bundle(seal_bundle(given.bundle(1), given.MIRROR), CHARTER).restricted
    assert seal_bundle(given.bundle(), given.MIRROR) == GOOD


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_refused_with_its_code(name):
    data, code = BAD[name]
    with pytest.raises(SigningError) as refused:
        open_bundle(data, CHARTER)
    assert refused.value.code == code
    assert refused.value.zh


@pytest.mark.parametrize("mask", [0x01, 0x20, 0x80])
def test_not_one_byte_may_change(mask):
    for at in range(len(GOOD)):
        changed = GOOD[:at] + bytes([GOOD[at] ^ mask]) + GOOD[at + 1 :]
        with pytest.raises(SigningError):
            open_bundle(changed, CHARTER)
        (found,) = verify_files({"a.bundle": changed}, CHARTER)
        assert not found.ok, at


def test_nor_may_any_be_taken_away_or_added():
    for at in range(len(GOOD)):
        for changed in (GOOD[:at] + GOOD[at + 1 :], GOOD[:at] + b"\n" + GOOD[at:], GOOD[:at]):
            if changed != GOOD:
                with pytest.raises(SigningError):
                    open_bundle(changed, CHARTER)
    with pytest.raises(SigningError):
        open_bundle(GOOD + b"\n", CHARTER)


def test_a_line_with_a_restricted_part_is_no_bundle():
    good = given.bundle()
    with pytest.raises(SigningError, match="control character"):
        seal_bundle(Bundle(good.cover, LINES[2], good.proof), given.MIRROR)


def test_only_the_mirror_of_its_node_seals_and_only_what_can_be_read_back():
    good = given.bundle()
    for wrong in (given.MIRROR_B, given.WITNESS, given.LOG):
        with pytest.raises(BundleError, match="is not the mirror key"):
            seal_bundle(good, wrong)
    for changes in ({"role": "a\0b"}, {"url": ""}, {"issued": "2026-02-30T00:00:00Z"}):
        cover = msgspec.structs.replace(good.cover, **changes)
        with pytest.raises(BundleError, match="malformed"):
            seal_bundle(Bundle(cover, good.main, good.proof), given.MIRROR)
    with pytest.raises(SigningError, match="not valid JSON"):
        seal_bundle(Bundle(good.cover, b"\xff", good.proof), given.MIRROR)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=5,
)


@given_(st.sampled_from(sorted(given.cover_fields())), JSON)
def test_a_cover_that_holds_anything_opens_or_is_refused_with_a_code(member, value):
    """Signed, so that it is read: a node's own key is no reason to trust its bytes."""
    file = given.bundle_file(**{member: value})
    (found,) = verify_files({"a": file}, CHARTER)
    if found.ok:
        cover = msgspec.json.encode(open_bundle(file, CHARTER).cover)
        assert json.loads(cover) == given.cover_fields(**{member: value})
    else:
        assert found.code in {"bundle-malformed", "bundle-time", "malformed-note", "unknown-key"}


@given_(st.binary(max_size=300), st.sampled_from(["header", "cover", "main", "proof"]))
def test_parts_of_any_bytes_are_refused_with_a_code(data, part):
    text = data.decode(errors="replace").encode()
    with pytest.raises(SigningError) as refused:
        open_bundle(given.bundle_file(parts={part: text}), CHARTER)
    assert refused.value.zh


def test_no_bundle_is_a_checkpoint():
    _, note = parse_bundle(GOOD)
    with pytest.raises(MalformedCheckpointError):
        parse_checkpoint(note.text)
    with pytest.raises(SigningError):
        given.charter(parties__0__origin="registry-bundle@v1")


def line_of(**files):
    """The findings of files named by keyword, by name."""
    found = verify_files(files, CHARTER)
    return {one.file: one for one in found}


def test_offline_it_says_what_was_proven_by_whom_when_and_what_was_not(tmp_path, capsys):
    (tmp_path / "charter").write_bytes(CHARTER.note)
    (tmp_path / "r.bundle").write_bytes(GOOD)
    asked = ["verify", str(tmp_path / "r.bundle"), "--charter", str(tmp_path / "charter")]
    assert main(asked) == 0
    line = capsys.readouterr().out
    assert line.count("\n") == 1
    for part in (
        "芜湖市于2026-05-29 04:26:40（北京时间）报送，内容未被改动；不代表该信息当前仍有效",
        f"entry 2 of {given.ORIGIN} is in it unaltered",
        f"{given.NODE} could show it to public at 2026-05-28T20:26:40Z",
        f"by 芜湖市 ({given.ORIGIN}), at 2026-05-28T20:26:40Z",
        "not proven: the restricted part, of which only the digest is given",
        f"anything after 2026-05-28T20:26:40Z: ask https://{given.NODE}/record/{given.ORIGIN}/2",
        "that the information is still in force",
    ):
        assert part in line
    (tmp_path / "r.bundle").write_bytes(GOOD[:-3] + b"AA\n")
    assert main([*asked, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["kind"] == "bundle"


def test_what_stood_beside_it_and_another_charter_are_told():
    file = seal_bundle(given.bundle(1, marks=["objected", "stayed"]), given.MIRROR)
    (found,) = verify_files({"r": file}, given.charter(version=2))
    assert ", marked objected, stayed" in found.proven
    assert "that charter version 1 held the same" in found.not_proven
    assert not any("restricted" in limit for limit in found.not_proven)


def status(*standing, **changes):
    bits = given.pack_bits(set_bits(set(standing)))
    return seal_status(given.status(bits=bits, **changes), given.MIRROR)


LATER = {"from": "2026-05-28T20:30:00Z"}


def test_with_the_status_list_it_is_known_whether_it_still_stood():
    stands = line_of(a=GOOD, z=status(0, 2))["a"]
    assert "; it still stood as stated at 2026-05-28T20:26:40Z by the status list" in stands.proven
    assert any("anything after 2026-05-28T20:41:40Z" in limit for limit in stands.not_proven)
    falls = line_of(a=GOOD, z=status(0))
    assert (falls["a"].code, falls["z"].code) == ("ask-again", "ok")
    assert f"ask again before any use: https://{given.NODE}/record/" in falls["a"].line()
    assert "请重新查询" in falls["a"].line()


def test_the_newest_list_of_its_block_counts_and_none_from_before():
    assert line_of(a=GOOD, y=status(2), z=status(0, **LATER))["a"].code == "ask-again"
    assert line_of(a=GOOD, y=status(0), z=status(2, **LATER))["a"].ok
    before = {"from": "2026-05-28T20:26:39Z"}
    other = status(block=1)
    found = line_of(a=GOOD, x=status(0, **before), y=other)["a"]
    assert found.ok
    assert any(
        limit.startswith("anything after 2026-05-28T20:26:40Z") for limit in found.not_proven
    )


def test_it_is_told_by_its_first_line():
    assert kind_of(GOOD) == "bundle"
    assert kind_of(status()) == "status"
    twice = append_signatures(GOOD, parse_note(GOOD).signatures)
    assert line_of(a=twice)["a"].code == "bundle-malformed"
