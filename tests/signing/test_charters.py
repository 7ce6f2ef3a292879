"""Versions of the charter as a chain: what follows what, and each way in which it must not."""

from datetime import UTC, datetime
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signing.charter import encode_charter, fields_of, open_charter, read_charter, sign_charter
from signing.charters import follow, open_chain
from signing.errors import CharterError
from signing.note import sign_note
from signing.verify import verify_files
from tests.signing.given import (
    LOG,
    MIRROR,
    NEXT_ROOT,
    NODE,
    ORIGIN,
    ROOTS,
    charter,
    charter_fields,
    key,
)

FIRST, SECOND, THIRD = (charter(version=version) for version in (1, 2, 3))
OTHER_SECOND = charter(version=2, quorum=2)
NOTES = [one.note for one in (FIRST, SECOND, THIRD)]


def code_of(*notes, pinned=b"", known=()):
    with pytest.raises(CharterError) as raised:
        open_chain(notes, pinned, known)
    return raised.value.code, raised.value.detail


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_versions_are_a_chain_in_any_order_and_twice(order):
    chain = open_chain([NOTES[at] for at in order] + NOTES)
    assert chain == (FIRST, SECOND, THIRD)


def test_of_nothing_comes_nothing():
    assert open_chain([]) == ()
    assert open_chain([], known=(FIRST,)) == (FIRST,)


def test_a_chain_that_is_known_goes_on():
    assert open_chain([THIRD.note], known=(FIRST, SECOND)) == (FIRST, SECOND, THIRD)
    assert follow((FIRST, SECOND), FIRST) == (FIRST, SECOND)


def test_other_signatures_on_the_same_text_are_no_other_charter():
    fields = charter_fields()
    fields["roots"]["threshold"] = 1
    text = encode_charter(fields)
    by_both, by_one = sign_note(text, ROOTS), sign_note(text, ROOTS[:1])
    assert by_both != by_one
    assert open_chain([by_one], known=open_chain([by_both]))[0].note == by_both


def test_a_skipped_version_is_named():
    assert code_of(FIRST.note, THIRD.note) == ("charter-skipped", "3 after 1")
    assert code_of(THIRD.note, known=(FIRST,)) == ("charter-skipped", "3 after 1")


def test_two_charters_of_one_version_are_named_by_their_digests():
    digests = {SECOND.digest.hex(), OTHER_SECOND.digest.hex()}
    for notes, known in (
        ([FIRST.note, SECOND.note, OTHER_SECOND.note], ()),
        ([OTHER_SECOND.note], (FIRST, SECOND)),
        ([OTHER_SECOND.note], (FIRST, SECOND, THIRD)),  # also when one is long gone
        ([charter(quorum=2).note], (FIRST, SECOND, THIRD)),
    ):
        code, detail = code_of(*notes, known=known)
        assert code == "charter-forked"
        if known != (FIRST, SECOND, THIRD):
            assert all(digest in detail for digest in digests)


def test_nothing_goes_back_before_the_first():
    assert code_of(FIRST.note, known=(SECOND, THIRD)) == (
        "charter-version", "nanjing-area 1 after 2")  # fmt: skip
    elsewhere = charter(version=2, region__code="elsewhere").note
    assert code_of(elsewhere, known=(FIRST,))[0] == "charter-version"
    assert code_of(elsewhere, known=(FIRST, SECOND))[0] == "charter-version"


def test_a_chain_begins_with_the_version_that_is_pinned():
    assert open_chain(NOTES, pinned=FIRST.digest) == (FIRST, SECOND, THIRD)
    # what was before it proves nothing: any stranger may have made it, and have the next one signed
    assert open_chain(NOTES, pinned=SECOND.digest) == (SECOND, THIRD)
    assert open_chain([], pinned=FIRST.digest, known=(FIRST, SECOND)) == (FIRST, SECOND)
    assert open_chain([], pinned=FIRST.digest) == ()
    for notes, known in ((NOTES, ()), ([], (FIRST, SECOND))):
        code, detail = code_of(*notes, pinned=OTHER_SECOND.digest, known=known)
        assert code == "charter-pinned"
        assert OTHER_SECOND.digest.hex() in detail
    # a version that was pinned later does not make what was taken before any better
    assert code_of(*NOTES, pinned=SECOND.digest, known=(FIRST,))[0] == "charter-pinned"
    assert code_of(OTHER_SECOND.note, SECOND.note, pinned=SECOND.digest)[0] == "charter-forked"


def test_each_step_needs_the_roots_of_the_one_before():
    fields = charter_fields(version=2)
    fields["roots"] = {"keys": [str(NEXT_ROOT.vkey)], "threshold": 1}
    text = encode_charter(fields)
    handed_over = sign_charter(text, [*ROOTS, NEXT_ROOT])
    taken = sign_charter(text, [NEXT_ROOT])
    fields["version"] = 3
    third = sign_charter(encode_charter(fields), [NEXT_ROOT])
    assert len(open_chain([FIRST.note, handed_over, third])) == 3
    assert code_of(FIRST.note, taken, third) == ("charter-threshold", "0 of 2")
    assert code_of(FIRST.note, handed_over, charter(version=3).note)[0] == "charter-threshold"


def test_the_verifier_goes_along_the_chain_it_is_given():
    named = {"3": THIRD.note, "2": SECOND.note, "1": FIRST.note}
    found = verify_files(named, FIRST)
    assert [one.code for one in found] == ["ok"] * 3
    assert "succeeding version 2" in found[0].proven
    assert "succeeding version 1" in found[1].proven
    assert [one.code for one in verify_files({"3": THIRD.note}, FIRST)] == ["charter-skipped"]
    forked = {"2": SECOND.note, "b": OTHER_SECOND.note}
    assert sorted(one.code for one in verify_files(forked, FIRST)) == ["charter-forked", "ok"]
    junk = {"x": b"registry-charter@v1\n"}
    assert [one.code for one in verify_files(junk, FIRST)] == ["malformed-note"]


# --- what is written is what is read ---

NAMES = st.text("芜湖市a Z9·（）", min_size=1, max_size=8).filter(str.strip)
DAYS = st.dates().filter(lambda day: day.year <= 9900).map(lambda day: day.isoformat())
SECONDS = st.integers(0, 4_000_000_000)


def _utc(second):
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@st.composite
def windows(draw):
    start = draw(SECONDS)
    window = {"vkey": str(LOG.vkey), "from": _utc(start)}
    if draw(st.booleans()):
        window["until"] = _utc(start + draw(st.integers(1, 100_000_000)))
    if draw(st.booleans()):
        window["revoked"] = _utc(draw(SECONDS))
    return window


@st.composite
def forms(draw):
    fields = charter_fields(
        version=draw(st.integers(1, 2**31 - 1)),
        region__name=draw(NAMES),
        expires_on=draw(DAYS),
        grace_days=draw(st.integers(0, 3650)),
        quorum=draw(st.integers(1, 2)),
        parties__0__name=draw(NAMES),
        parties__0__keys=[draw(windows())],
        parties__0__territory=draw(st.lists(st.from_regex(r"\A[1-9][0-9]{5}\Z"), max_size=3)),
    )
    if draw(st.booleans()):
        start = draw(SECONDS)
        fields["nodes"][0]["earlier"] = [
            {
                "vkey": str(key(f"{NODE}/mirror", 77, 4).vkey),
                "from": _utc(start),
                "until": _utc(start + 1),
            }
        ]
    return fields


@given(forms())
def test_what_is_encoded_is_what_is_opened(fields):
    text = encode_charter(fields)
    opened = open_charter(sign_charter(text, ROOTS))
    assert fields_of(opened) == fields
    assert encode_charter(fields_of(opened)) == text == opened.text
    assert (opened.version, opened.quorum) == (fields["version"], fields["quorum"])
    (window,) = opened.party(ORIGIN).keys
    said = fields["parties"][0]["keys"][0]
    assert _utc(window.start) == said["from"]
    assert [None if at is None else _utc(at) for at in (window.until, window.revoked)] == [
        said.get("until"), said.get("revoked")]  # fmt: skip
    assert len(opened.node(NODE).mirrors) == 1 + len(fields["nodes"][0].get("earlier", []))
    assert opened.mirror_keys[0] == MIRROR.vkey
    unsigned = read_charter(text)
    assert (unsigned.digest, unsigned.note) == (opened.digest, b"")
