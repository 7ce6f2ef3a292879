"""Record lines: what is canonical, what is refused and where, and what is hashed."""

import json
from hashlib import sha256

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from signing.errors import RECORD_TEXTS, RecordError
from signing.record import (
    MAX_DEPTH,
    MAX_INTEGER,
    MAX_LINE,
    encode_canonical,
    encode_record,
    entry_of,
    entry_with_digest,
    parse_record_line,
    split_line,
)

SALT = "0123456789abcdef" * 2
SALT_2 = "fedcba9876543210" * 2
MAIN = b'{"id":"a","salt":"%s"}' % SALT.encode()
RESTRICTED = b'{"document":"b","salt":"%s"}' % SALT_2.encode()


def main_with(member):
    """A canonical main part with one more member, which sorts before ``salt``."""
    return b'{%s,"salt":"%s"}' % (member, SALT.encode())


def jcs(value):
    """RFC 8785 written down independently, for values without floats."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return "{" + ",".join(f"{jcs(key)}:{jcs(value[key])}" for key in keys) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(jcs, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
keys = st.text(
    st.characters(max_codepoint=0xFFFF, exclude_characters="\0", exclude_categories=["Cs"]),
    max_size=6,
)
scalars = st.none() | st.booleans() | texts | st.integers(-MAX_INTEGER, MAX_INTEGER)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)
objects = st.dictionaries(keys.filter(lambda key: key != "salt"), values, max_size=6)


@given(objects, st.none() | objects)
@example({"a": ":1234567890123456", "b": "\U0001f600", "c": "\\u0000", "": "\x7f\u2028"}, None)
@example({"a": [[[]]] * 40, "﷿": MAX_INTEGER, "~/": -MAX_INTEGER}, {})
def test_encoding_and_parsing_are_inverse_and_rfc_8785(main, restricted):
    main = {**main, "salt": SALT}
    restricted = None if restricted is None else {**restricted, "salt": SALT_2}
    line = encode_record(main, restricted)
    record = parse_record_line(line)
    assert record.value == main
    assert record.restricted_value == restricted
    assert record.main.decode() == jcs(main)
    assert record.salts == ((SALT,) if restricted is None else (SALT, SALT_2))
    assert split_line(line) == (record.main, record.restricted)
    assert record.entry == entry_of(record.main, record.restricted)


def test_every_character_is_written_as_rfc_8785_does():
    for start in range(1, 0x110000, 4096):
        span = range(start, min(start + 4096, 0x110000))
        text = "".join(chr(c) for c in span if not 0xD800 <= c < 0xE000)
        assert encode_canonical({"a": text}).decode() == jcs({"a": text})


def test_the_entry_is_two_digests():
    line = MAIN + b"\t" + RESTRICTED
    main, restricted = sha256(MAIN).digest(), sha256(RESTRICTED).digest()
    assert parse_record_line(line).entry == main + restricted
    assert parse_record_line(MAIN).entry == main + bytes(32) == entry_of(MAIN, None)
    assert entry_with_digest(MAIN, restricted) == main + restricted


def deep(levels):
    """An object of so many levels in all."""
    return b'{"a":' + b"[" * (levels - 1) + b"]" * (levels - 1) + b',"salt":"%s"}' % SALT.encode()


LONG = b'{"a":"%s","salt":"%s"}'
MANY = b"".join(b'"k%03d":1,' % i for i in range(257))
# name of the defect -> (line, code, pointer)
BAD = {
    "one-byte-too-long": (LONG % (b"x" * (MAX_LINE - 49), SALT.encode()), "line-too-long", ""),
    "ends-with-cr": (MAIN + b"\r", "carriage-return", ""),
    "cr-between-members": (MAIN.replace(b",", b",\r"), "carriage-return", ""),
    "invalid-byte-in-value": (main_with(b'"a":"\xff"'), "invalid-utf8", ""),
    "invalid-byte-in-key": (main_with(b'"\xff":1'), "invalid-utf8", ""),
    "overlong-utf8": (main_with(b'"a":"\xc0\x80"'), "invalid-utf8", ""),
    "utf8-of-a-surrogate": (main_with(b'"a":"\xed\xa0\x80"'), "invalid-utf8", ""),
    "invalid-utf8-in-restricted": (
        MAIN + b"\t" + RESTRICTED.replace(b"b", b"\xff"),
        "invalid-utf8",
        "/restricted",
    ),
    "space-after-colon": (MAIN.replace(b":", b": ", 1), "not-canonical", ""),
    "space-at-the-end": (MAIN + b" ", "not-canonical", ""),
    "keys-out-of-order": (b'{"salt":"%s","id":"a"}' % SALT.encode(), "not-canonical", ""),
    "257-members": (MAIN.replace(b"{", b"{" + MANY, 1), "too-many-members", ""),
    "257-members-in-a-list": (main_with(b'"a":[{' + MANY[:-1] + b"}]"), "too-many-members", "/a/0"),
    "duplicate-key": (main_with(b'"a":1,"a":1'), "duplicate-key", ""),
    "duplicate-key-out-of-order": (main_with(b'"b":1,"a":2,"b":1'), "duplicate-key", ""),
    "duplicate-key-escaped": (main_with(b'"a":1,"\\u0061":1'), "duplicate-key", ""),
    "duplicate-key-in-restricted": (
        MAIN + b"\t" + RESTRICTED.replace(b"{", b'{"x":{"b":1,"b":2},', 1),
        "duplicate-key",
        "/restricted",
    ),
    "escaped-solidus": (main_with(b'"a":"\\/"'), "not-canonical", ""),
    "escaped-chinese": (main_with(b'"a":"\\u829c"'), "not-canonical", ""),
    "uppercase-escape": (main_with(b'"a":"\\u001F"'), "not-canonical", ""),
    "negative-zero": (main_with(b'"a":-0'), "not-canonical", ""),
    "key-beyond-the-bmp": (main_with('"\U0001f600":1'.encode()), "not-canonical", ""),
    "key-in-the-last-plane": (main_with('"\U0010fffd":1'.encode()), "not-canonical", ""),
    "key-beyond-the-bmp-inside": (
        main_with('"a":[{"\U00020000":1}]'.encode()),
        "not-canonical",
        "/a/0",
    ),
    "restricted-not-canonical": (MAIN + b"\t " + RESTRICTED, "not-canonical", "/restricted"),
    "cut-off": (MAIN[:-1], "malformed-json", ""),
    "empty": (b"", "malformed-json", ""),
    "two-objects": (MAIN + MAIN, "malformed-json", ""),
    "byte-order-mark": (b"\xef\xbb\xbf" + MAIN, "malformed-json", ""),
    "not-a-number": (main_with(b'"a":NaN'), "number-not-finite", ""),
    "infinity": (main_with(b'"a":Infinity'), "number-not-finite", ""),
    "escaped-surrogate-alone": (main_with(b'"a":"\\ud800"'), "malformed-json", ""),
    "empty-restricted": (MAIN + b"\t", "malformed-json", "/restricted"),
    "third-part": (MAIN + b"\t" + RESTRICTED + b"\t{}", "malformed-json", "/restricted"),
    "fraction": (main_with(b'"a":{"b":[0,1.5]}'), "float-not-allowed", "/a/b/1"),
    "exponent": (main_with(b'"a~/b":1e2'), "float-not-allowed", "/a~0~1b"),
    "fraction-in-restricted": (
        MAIN + b"\t" + RESTRICTED.replace(b'"b"', b"0.5"),
        "float-not-allowed",
        "/restricted/document",
    ),
    "fraction-then-cut-off": (b'{"a":1.5', "float-not-allowed", ""),
    "long-integer-then-fraction": (
        main_with(b'"a":9007199254740992,"b":1.5'),
        "float-not-allowed",
        "",
    ),
    "integer-2-to-53": (main_with(b'"a":9007199254740992'), "integer-too-large", "/a"),
    "negative-integer-2-to-53": (
        main_with(b'"a":[-9007199254740992]'),
        "integer-too-large",
        "/a/0",
    ),
    "integer-of-24-digits": (main_with(b'"a":%s' % (b"7" * 24)), "integer-too-large", "/a"),
    "integer-of-5000-digits": (main_with(b'"a":%s' % (b"7" * 5000)), "integer-too-large", ""),
    "escaped-nul": (main_with(b'"a":["\\u0000"]'), "null-character", "/a/0"),
    "escaped-nul-in-key": (main_with(b'"\\u0000":1'), "null-character", ""),
    "raw-nul": (main_with(b'"a":"\0"'), "null-character", ""),
    "one-level-too-deep": (deep(MAX_DEPTH + 1), "nesting-too-deep", "/a" + "/0" * (MAX_DEPTH - 1)),
    "a-thousand-levels": (deep(2000), "nesting-too-deep", ""),
    "a-hundred-thousand-brackets": (b"[" * 100_000, "nesting-too-deep", ""),
    "an-array": (b"[]", "not-an-object", ""),
    "a-text": (b'"a"', "not-an-object", ""),
    "restricted-null": (MAIN + b"\tnull", "not-an-object", "/restricted"),
    "no-salt": (b'{"id":"a"}', "missing-salt", ""),
    "null-salt": (b'{"salt":null}', "missing-salt", ""),
    "no-salt-in-restricted": (MAIN + b"\t{}", "missing-salt", "/restricted"),
    "numeric-salt": (b'{"salt":1}', "bad-salt", "/salt"),
    "uppercase-salt": (MAIN.replace(SALT.encode(), SALT.upper().encode()), "bad-salt", "/salt"),
    "salt-of-31-digits": (MAIN.replace(SALT.encode(), SALT[:-1].encode()), "bad-salt", "/salt"),
    "salt-with-newline": (MAIN.replace(SALT.encode(), SALT.encode() + b"\\n"), "bad-salt", "/salt"),
    "same-salt-twice": (MAIN + b"\t" + MAIN, "salt-reused", "/restricted/salt"),
}


@pytest.mark.parametrize("defect", BAD)
def test_bad_lines(defect):
    line, code, pointer = BAD[defect]
    with pytest.raises(RecordError) as raised:
        parse_record_line(line)
    assert (raised.value.code, raised.value.pointer) == (code, pointer)
    assert raised.value.zh


def test_every_code_is_provoked():
    assert {code for _, code, _ in BAD.values()} == set(RECORD_TEXTS)


def test_what_is_just_allowed():
    parse_record_line(LONG % (b"x" * (MAX_LINE - 50), SALT.encode()))
    parse_record_line(deep(MAX_DEPTH))
    parse_record_line(main_with(b'"a":[9007199254740991,-9007199254740991]'))
    parse_record_line(main_with('"a":"\U0001f600","b":":1234567890123456789"'.encode()))
    parse_record_line(main_with(b'"a":"\\\\u0000"'))


def test_the_difference_from_the_canonical_form_is_shown():
    with pytest.raises(RecordError) as raised:
        parse_record_line(MAIN.replace(b":", b": ", 1))
    assert """byte 7: found ' "a","salt":""" in raised.value.detail
    assert """expected '"a","salt":""" in raised.value.detail
    with pytest.raises(RecordError, match=r"byte 53: found ' ', expected ''"):
        parse_record_line(MAIN + b" ")


def nested(levels):
    value = []
    for _ in range(levels):
        value = [value]
    return value


# what Python can hold and a record cannot -> (value of the member "a", code, pointer)
BAD_VALUES = {
    "float": (1.0, "float-not-allowed", "/a"),
    "nan": (float("nan"), "float-not-allowed", "/a"),
    "infinity-in-a-tuple": (("x", float("inf")), "float-not-allowed", "/a/1"),
    "integer": (MAX_INTEGER + 1, "integer-too-large", "/a"),
    "bytes": (b"x", "malformed-json", "/a"),
    "key-that-is-a-number": ({1: 2}, "malformed-json", "/a"),
    "nul": ("\0", "null-character", "/a"),
    "surrogate": ("\ud800", "invalid-utf8", "/a"),
    "surrogate-in-key": ({"\ud800": 1}, "invalid-utf8", "/a"),
    "key-beyond-the-bmp": ({"\U0001f600": 1}, "not-canonical", "/a"),
    "deep": (nested(5000), "nesting-too-deep", "/a" + "/0" * (MAX_DEPTH - 1)),
    "long": ("x" * MAX_LINE, "line-too-long", ""),
}


@pytest.mark.parametrize("defect", BAD_VALUES)
def test_values_that_cannot_be_encoded(defect):
    value, code, pointer = BAD_VALUES[defect]
    with pytest.raises(RecordError) as raised:
        encode_record({"a": value, "salt": SALT})
    assert (raised.value.code, raised.value.pointer) == (code, pointer)


def test_encoding_refuses_what_parsing_refuses():
    with pytest.raises(RecordError) as raised:
        encode_record({"salt": SALT}, {"a": 1})
    assert (raised.value.code, raised.value.pointer) == ("missing-salt", "/restricted")
    with pytest.raises(RecordError) as raised:
        encode_record({"salt": SALT}, {"a": 0.5})
    assert raised.value.pointer == "/restricted/a"


def test_tuples_are_arrays():
    assert parse_record_line(encode_record({"a": (1, "b"), "salt": SALT})).value["a"] == [1, "b"]


@given(st.binary(max_size=60) | texts.map(str.encode))
def test_any_bytes_are_a_record_or_a_record_error(line):
    try:
        record = parse_record_line(line)
    except RecordError as error:
        assert error.code in RECORD_TEXTS  # noqa: PT017 - both outcomes are right
    else:
        assert record.salts
