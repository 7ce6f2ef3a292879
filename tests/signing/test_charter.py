"""The charter: its rules, its signatures, and what it answers."""

import json
from datetime import date

import pytest

from signing.charter import (
    check_origin,
    encode_charter,
    open_charter,
    open_log_checkpoint,
    sign_charter,
)
from signing.encoding import MAX_INT63
from signing.errors import (
    CHARTER_TEXTS,
    CharterError,
    ExpiredKeyError,
    MalformedNoteError,
    SignatureError,
    UnknownKeyError,
)
from signing.note import Signature, append_signatures, parse_note, sign_note
from tests.signing.given import (
    CHARTER_FIELDS,
    LOG,
    MIRROR,
    MIRROR_B,
    NEXT_ROOT,
    NODE,
    OLD_LOG,
    ORIGIN,
    OTHER_LOG,
    OTHER_ORIGIN,
    ROOTS,
    STRANGER,
    TIME,
    WITNESS,
    WITNESS_B,
    charter,
    charter_fields,
    checkpoint_note,
    key,
    record_line,
)

TEXT = encode_charter(CHARTER_FIELDS)
NOTE = sign_charter(TEXT, ROOTS)
LINES = [record_line(1)]
START_OF_2026 = 1_767_225_600


def test_a_charter_survives():
    opened = open_charter(NOTE)
    assert (opened.text, opened.note) == (TEXT, NOTE)
    assert (opened.version, opened.region_code, opened.region_name) == (
        1,
        "nanjing-area",
        "示范都市圈",
    )
    assert (opened.expires_on, opened.grace_days) == (date(2027, 6, 30), 30)
    assert opened.root_keys == tuple(root.vkey for root in ROOTS)
    assert (opened.threshold, opened.quorum) == (2, 1)
    assert opened.mirror_keys == (MIRROR.vkey, MIRROR_B.vkey)
    assert opened.witness_keys == (WITNESS.vkey, WITNESS_B.vkey)
    wuhu = opened.party(ORIGIN)
    assert wuhu is opened.party_by_code("340200")
    assert (wuhu.name, wuhu.rank, wuhu.home) == ("芜湖市", "city", NODE)
    assert (wuhu.territory, wuhu.competences) == (("340200",), ("penalty", "repair"))
    assert [(window.start, window.until) for window in wuhu.keys] == [
        (1_577_836_800, START_OF_2026),
        (START_OF_2026, None),
    ]
    assert opened.node(NODE).url == "https://node-a.example"


def test_the_text_is_a_header_and_one_canonical_line():
    header, line, end = TEXT.split("\n")
    assert (header, end) == ("registry-charter@v1", "")
    assert json.loads(line) == CHARTER_FIELDS
    assert line == json.dumps(
        CHARTER_FIELDS, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )


def test_unknown_names():
    opened = open_charter(NOTE)
    for ask, name in (
        (opened.party, "registry.example/nowhere"),
        (opened.party_by_code, "110000"),
        (opened.node, "node-z.example"),
    ):
        with pytest.raises(UnknownKeyError):
            ask(name)


def test_competence():
    opened = open_charter(NOTE)
    opened.competent("340200", "repair")
    with pytest.raises(CharterError) as raised:
        opened.competent("340200", "rulebook")
    assert raised.value.code == "not-competent"
    with pytest.raises(UnknownKeyError):
        opened.competent("110000", "repair")


def test_expiry_with_days_of_grace():
    opened = open_charter(NOTE)
    opened.check_current(date(2027, 7, 30))
    with pytest.raises(CharterError) as raised:
        opened.check_current(date(2027, 7, 31))
    assert raised.value.code == "charter-expired"


WINDOWED = {"vkey": str(LOG.vkey), "from": "2026-01-01T00:00:00Z"}
EARLIER = {
    "vkey": str(key(f"{NODE}/mirror", 25, 4).vkey),
    "from": "2026-01-01T00:00:00Z",
    "until": "2026-03-01T00:00:00Z",
}
# name of the defect -> (changes, code)
BAD_FIELDS = {
    "version-zero": ({"version": 0}, "charter-malformed"),
    "version-beyond-31-bits": ({"version": 2**31}, "charter-malformed"),
    "version-a-text": ({"version": "1"}, "charter-malformed"),
    "version-a-fraction": ({"version": 1.5}, "charter-malformed"),
    "region-name-blank": ({"region__name": " "}, "charter-malformed"),
    "expiry-not-a-date": ({"expires_on": "2027-02-30"}, "charter-malformed"),
    "expiry-with-a-time": ({"expires_on": "2027-06-30T00:00:00Z"}, "charter-malformed"),
    "grace-negative": ({"grace_days": -1}, "charter-malformed"),
    "grace-above-ten-years": ({"grace_days": 3651}, "charter-malformed"),
    "threshold-zero": ({"roots__threshold": 0}, "charter-malformed"),
    "threshold-above-the-keys": ({"roots__threshold": 3}, "charter-malformed"),
    "quorum-zero": ({"quorum": 0}, "charter-malformed"),
    "quorum-above-the-nodes": ({"quorum": 3}, "charter-malformed"),
    "unknown-field": ({"comment": "x"}, "charter-malformed"),
    "unknown-party-field": ({"parties__0__comment": "x"}, "charter-malformed"),
    "root-not-a-vkey": ({"roots__keys__0": "x"}, "charter-malformed"),
    "root-a-cosigner": ({"roots__keys__0": str(MIRROR.vkey)}, "charter-malformed"),
    "city-code-too-short": ({"parties__0__code": "3402"}, "charter-malformed"),
    "rank-unknown": ({"parties__0__rank": "province"}, "charter-malformed"),
    "origin-without-segment": ({"parties__0__origin": "registry.example"}, "charter-malformed"),
    "territory-not-a-code": ({"parties__0__territory": ["芜湖"]}, "charter-malformed"),
    "territory-with-newline": ({"parties__0__territory": ["340200\n"]}, "charter-malformed"),
    "no-log-keys": ({"parties__0__keys": []}, "charter-malformed"),
    "key-of-another-log": (
        {"parties__0__keys": [{**WINDOWED, "vkey": str(STRANGER.vkey)}]},
        "charter-malformed",
    ),
    "window-ends-before-it-starts": (
        {"parties__0__keys": [{**WINDOWED, "until": "2026-01-01T00:00:00Z"}]},
        "charter-malformed",
    ),
    "window-in-local-time": (
        {"parties__0__keys": [{**WINDOWED, "from": "2026-01-01T00:00:00+08:00"}]},
        "charter-malformed",
    ),
    "window-in-month-13": (
        {"parties__0__keys": [{**WINDOWED, "from": "2026-13-01T00:00:00Z"}]},
        "charter-malformed",
    ),
    "window-revoked-in-no-month": (
        {"parties__0__keys": [{**WINDOWED, "revoked": "2026-13-01T00:00:00Z"}]},
        "charter-malformed",
    ),
    "expiry-beyond-the-calendar": ({"expires_on": "9901-01-01"}, "charter-malformed"),
    "earlier-key-of-another-node": (
        {"nodes__0__earlier": [{**EARLIER, "vkey": str(MIRROR_B.vkey)}]},
        "charter-malformed",
    ),
    "earlier-key-without-end": (
        {"nodes__0__earlier": [{k: v for k, v in EARLIER.items() if k != "until"}]},
        "charter-malformed",
    ),
    "earlier-key-ends-before-it-starts": (
        {"nodes__0__earlier": [{**EARLIER, "until": "2025-01-01T00:00:00Z"}]},
        "charter-malformed",
    ),
    "earlier-key-signs-without-time": (
        {"nodes__0__earlier": [{**EARLIER, "vkey": str(key(f"{NODE}/mirror", 30).vkey)}]},
        "charter-malformed",
    ),
    "earlier-key-is-the-one-of-today": (
        {"nodes__0__earlier": [{**EARLIER, "vkey": str(MIRROR.vkey)}]},
        "charter-duplicate",
    ),
    "home-unknown": ({"parties__0__home": "node-z.example"}, "charter-malformed"),
    "mirror-and-witness-swapped": (
        {"nodes__0__mirror": str(WITNESS.vkey), "nodes__0__witness": str(MIRROR.vkey)},
        "charter-malformed",
    ),
    "mirror-signs-without-time": (
        {"nodes__0__mirror": str(key(f"{NODE}/mirror", 30).vkey)},
        "charter-malformed",
    ),
    "code-twice": ({"parties__1__code": "340200"}, "charter-duplicate"),
    "origin-twice": (
        {
            "parties__1__origin": ORIGIN,
            "parties__1__keys": [{**WINDOWED, "vkey": str(key(ORIGIN, 31).vkey)}],
        },
        "charter-duplicate",
    ),
    "node-twice": (
        {
            "nodes__1": {
                "name": NODE,
                "url": "https://b",
                "mirror": str(key(f"{NODE}/mirror", 32, 4).vkey),
                "witness": str(key(f"{NODE}/witness", 33, 4).vkey),
            },
            "parties__1__home": NODE,
        },
        "charter-duplicate",
    ),
    "mirror-and-witness-share-a-key": (
        {"nodes__0__witness": str(key(f"{NODE}/witness", 21, 4).vkey)},
        "charter-duplicate",
    ),
    "log-key-is-a-root-key": (
        {"parties__0__keys": [{**WINDOWED, "vkey": str(key(ORIGIN, 11).vkey)}]},
        "charter-duplicate",
    ),
    "same-root-twice-by-another-name": (
        {"roots__keys__1": str(key("registry.example/root-9", 11).vkey)},
        "charter-duplicate",
    ),
}


@pytest.mark.parametrize("defect", BAD_FIELDS)
def test_bad_fields(defect):
    changes, code = BAD_FIELDS[defect]
    with pytest.raises(CharterError) as raised:
        encode_charter(charter_fields(**changes))
    assert raised.value.code == code
    assert raised.value.zh


BAD_TEXTS = {
    "other-header": TEXT.replace("@v1", "@v2"),
    "no-json": "registry-charter@v1\n",
    "json-not-canonical": TEXT.replace(":", ": ", 1),
    "json-an-array": "registry-charter@v1\n[]\n",
    "two-lines": TEXT + "{}\n",
}


@pytest.mark.parametrize("defect", BAD_TEXTS)
def test_bad_texts(defect):
    with pytest.raises(CharterError) as raised:
        open_charter(sign_note(BAD_TEXTS[defect], ROOTS))
    assert raised.value.code == "charter-malformed"


@pytest.mark.parametrize(
    ("origin", "good"),
    [
        ("registry.example/wuhu", True),
        ("localhost:8080/wuhu-2", True),
        ("a/b", True),
        ("registry.example/tile", False),
        ("registry.example/checkpoint", False),
        ("registry.example/Wuhu", False),
        ("registry.example/wu/hu", False),
        ("registry.example/", False),
        ("/wuhu", False),
        ("registry.example/wu+hu", False),
        ("https://registry.example/wuhu", False),
        ("-a/b", False),
        ("registry.example/wuhu\n", False),
    ],
)
def test_origins(origin, good):
    if good:
        assert check_origin(origin) == origin
    else:
        with pytest.raises(CharterError):
            check_origin(origin)


def refused(note, previous=None):
    with pytest.raises(CharterError) as raised:
        open_charter(note, previous)
    return raised.value.code


def test_the_threshold_of_its_own_roots():
    assert refused(sign_note(TEXT, ROOTS[:1])) == "charter-threshold"
    assert refused(sign_note(TEXT, [STRANGER])) == "charter-threshold"
    with pytest.raises(CharterError):
        sign_charter(TEXT, [ROOTS[0], STRANGER])


def test_one_root_signing_twice_counts_once():
    single = sign_note(TEXT, ROOTS[:1])
    line = Signature(ROOTS[0].name, ROOTS[0].vkey.key_id, ROOTS[0].sign(TEXT.encode()))
    assert refused(append_signatures(single, [line])) == "charter-threshold"


def test_a_broken_signature_spoils_the_charter():
    forged = Signature(ROOTS[1].name, ROOTS[1].vkey.key_id, bytes(64))
    with pytest.raises(SignatureError):
        open_charter(append_signatures(sign_note(TEXT, ROOTS[:1]), [forged]))
    with pytest.raises(MalformedNoteError):
        open_charter(b"")


def test_succession_needs_the_old_roots_and_the_new():
    first = charter()
    fields = charter_fields(version=2)
    fields["roots"] = {"keys": [str(NEXT_ROOT.vkey), str(ROOTS[0].vkey)], "threshold": 2}
    text = encode_charter(fields)
    second = open_charter(sign_charter(text, [*ROOTS, NEXT_ROOT]), first)
    assert (second.version, second.threshold) == (2, 2)
    assert refused(sign_charter(text, [ROOTS[0], NEXT_ROOT]), first) == "charter-threshold"
    assert refused(sign_note(text, ROOTS), first) == "charter-threshold"
    replaced = charter_fields(version=2)
    replaced["roots"] = {"keys": [str(NEXT_ROOT.vkey)], "threshold": 1}
    coup = sign_charter(encode_charter(replaced), [NEXT_ROOT])
    assert refused(coup, first) == "charter-threshold"


def test_succession_goes_upwards_in_one_region():
    first = charter(version=5)
    for changes in ({"version": 5}, {"version": 4}, {"version": 6, "region__code": "elsewhere"}):
        assert refused(charter(**changes).note, first) == "charter-version"


def test_every_code_is_provoked():
    provoked = {code for _, code in BAD_FIELDS.values()}
    elsewhere = {"charter-threshold", "charter-version", "charter-expired", "not-competent"}
    elsewhere |= {"charter-forked", "charter-skipped", "charter-pinned"}  # see test_charters
    assert provoked | elsewhere == set(CHARTER_TEXTS)


def test_log_keys_by_time():
    opened = open_charter(NOTE)
    assert opened.log_keys(ORIGIN, START_OF_2026 - 1) == (OLD_LOG.vkey,)
    assert opened.log_keys(ORIGIN, START_OF_2026) == (LOG.vkey,)
    assert opened.log_keys(ORIGIN, MAX_INT63) == (LOG.vkey,)
    with pytest.raises(ExpiredKeyError) as raised:
        opened.log_keys(OTHER_ORIGIN, START_OF_2026 - 1)
    assert raised.value.code == "expired-key"
    with pytest.raises(UnknownKeyError):
        opened.log_keys("registry.example/nowhere", TIME)


def test_checkpoints_by_the_charter():
    opened = open_charter(NOTE)
    note = checkpoint_note(LINES)
    assert open_log_checkpoint(opened, note, TIME).verified == (LOG.vkey,)
    with pytest.raises(ExpiredKeyError):
        open_log_checkpoint(opened, note, START_OF_2026 - 1)
    old = checkpoint_note(LINES, OLD_LOG)
    assert open_log_checkpoint(opened, old, START_OF_2026 - 1).verified == (OLD_LOG.vkey,)
    with pytest.raises(ExpiredKeyError):
        open_log_checkpoint(opened, old, TIME)
    rotating = append_signatures(note, parse_note(old).signatures)
    assert open_log_checkpoint(opened, rotating, TIME).verified == (LOG.vkey, OLD_LOG.vkey)
    unlisted = key(ORIGIN, 40)
    with pytest.raises(UnknownKeyError):
        open_log_checkpoint(opened, checkpoint_note(LINES, unlisted), TIME)
    with pytest.raises(UnknownKeyError):
        open_log_checkpoint(opened, checkpoint_note(LINES, STRANGER, STRANGER.name), TIME)
    with pytest.raises(SignatureError):
        open_log_checkpoint(opened, note.replace(b"\n1\n", b"\n2\n"), TIME)
    other = open_log_checkpoint(opened, checkpoint_note(LINES, OTHER_LOG, OTHER_ORIGIN), TIME)
    assert other.checkpoint.origin == OTHER_ORIGIN
