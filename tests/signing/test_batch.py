"""Batches: any chunking gives the same lines; every limit holds while streaming."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signing.batch import (
    MAX_HEADER,
    MAX_RECORDS,
    MAX_UNPACKED,
    BatchHeader,
    BatchReader,
    encode_batch,
    encode_header,
    parse_batch,
    parse_header,
)
from signing.encoding import MAX_INT63
from signing.errors import BATCH_TEXTS, BatchError
from signing.record import MAX_LINE
from tests.signing.given import ORIGIN, batch_of, record_line

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
lines = st.lists(st.binary(min_size=1).filter(lambda b: not {10, 13} & set(b)), max_size=6)


@st.composite
def headers(draw):
    start = draw(st.integers(0, MAX_INT63 - MAX_RECORDS))
    end = start + draw(st.integers(0, MAX_RECORDS))
    checkpoint = draw(st.none() | texts.map(str.encode))
    return BatchHeader(draw(texts), start, end, checkpoint)


@given(headers())
def test_headers_survive(header):
    assert parse_header(encode_header(header)) == header


@given(st.data(), texts, lines, st.integers(0, 9))
def test_batches_survive_in_chunks_of_any_size(data, origin, records, start):
    header = BatchHeader(origin, start, start + len(records))
    text = encode_batch(header, records)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    reader, taken = BatchReader(), []
    for low, high in zip([0, *cuts], [*cuts, len(text)], strict=True):
        reader.feed(text[low:high])
        if data.draw(st.booleans()):
            taken += reader.take()
            assert reader.lines == []
    assert reader.finish() == reader.header == header
    assert taken + reader.lines == records
    assert reader.count == header.count
    assert parse_batch([text]) == (header, records)


def test_a_header_may_be_spaced_and_ordered_freely():
    line = b' { "to":3, "from" : 1,\t"format":"registry-batch@v1" ,"origin":"a/b" } '
    assert parse_header(line) == BatchHeader("a/b", 1, 3)


def test_the_header_is_there_as_soon_as_its_lf_is():
    text = batch_of([record_line(1)])
    reader = BatchReader()
    reader.feed(text[: text.index(b"\n")])
    assert reader.header is None
    reader.feed(b"\n")
    assert reader.header is not None
    assert (reader.header.origin, reader.header.count) == (ORIGIN, 1)
    assert reader.header.checkpoint is not None


FIELDS = {"format": "registry-batch@v1", "from": 0, "origin": "a/b", "to": 2}


def header_with(**changes):
    fields = {**FIELDS, **changes}
    return json.dumps({k: v for k, v in fields.items() if v is not ...}).encode()


HEAD = header_with() + b"\n"
# name of the defect -> (text, code, line)
BAD = {
    "header-not-json": (b"registry-batch\n", "header-malformed", 1),
    "header-not-utf8": (b"\xff\n", "header-malformed", 1),
    "header-an-array": (b"[]\n", "header-malformed", 1),
    "header-deeply-nested": (b"[" * 60_000 + b"\n", "header-malformed", 1),
    "header-integer-of-5000-digits": (
        b'{"from":%s}\n' % (b"1" * 5000),
        "header-malformed",
        1,
    ),
    "key-missing": (header_with(origin=...) + b"\n", "header-malformed", 1),
    "key-unknown": (header_with(comment="x") + b"\n", "header-malformed", 1),
    "key-twice": (HEAD.replace(b"{", b'{"to":2,'), "header-malformed", 1),
    "other-format": (header_with(format="registry-batch@v2") + b"\n", "header-malformed", 1),
    "format-a-number": (header_with(format=1) + b"\n", "header-malformed", 1),
    "origin-empty": (header_with(origin="") + b"\n", "header-malformed", 1),
    "origin-a-number": (header_with(origin=1) + b"\n", "header-malformed", 1),
    "origin-a-lone-surrogate": (header_with(origin="\ud800") + b"\n", "header-malformed", 1),
    "checkpoint-null": (header_with(checkpoint=None) + b"\n", "header-malformed", 1),
    "from-a-text": (header_with(**{"from": "0"}) + b"\n", "wrong-range", 1),
    "from-a-boolean": (header_with(**{"from": False}) + b"\n", "wrong-range", 1),
    "to-a-fraction": (header_with(to=2.0) + b"\n", "wrong-range", 1),
    "from-negative": (header_with(**{"from": -1}) + b"\n", "wrong-range", 1),
    "to-below-from": (header_with(**{"from": 3}) + b"\n", "wrong-range", 1),
    "to-above-63-bits": (header_with(to=MAX_INT63 + 1) + b"\n", "wrong-range", 1),
    "announces-too-many": (header_with(to=MAX_RECORDS + 1) + b"\n", "too-many-records", 1),
    "header-too-long": (HEAD.rjust(MAX_HEADER + 2), "header-too-long", 1),
    "header-without-end": (b" " * (MAX_HEADER + 1), "header-too-long", 1),
    "more-than-64-mib": (b" " * (MAX_UNPACKED + 1), "batch-too-large", None),
    "line-too-long": (HEAD + b"a\n" + b"x" * (MAX_LINE + 1) + b"\n", "line-too-long", 3),
    "line-without-end": (HEAD + b"x" * (MAX_LINE + 1), "line-too-long", 2),
    "windows-line-ends": (HEAD + b"a\r\nb\r\n", "carriage-return", 2),
    "empty-line": (HEAD + b"a\n\n", "empty-line", 3),
    "empty-last-line": (HEAD + b"a\nb\n\n", "empty-line", 4),
    "last-lf-missing": (HEAD + b"a\nb", "missing-last-newline", 3),
    "header-lf-missing": (HEAD[:-1], "missing-last-newline", 1),
    "nothing-at-all": (b"", "truncated", 1),
    "one-line-less": (HEAD + b"a\n", "truncated", 2),
    "one-line-more": (HEAD + b"a\nb\nc\n", "truncated", 4),
}


def read_all(text, step):
    reader = BatchReader()
    for at in range(0, len(text), step):
        reader.feed(text[at : at + step])
    reader.finish()


@pytest.mark.parametrize("step", [100_000, 100_000_000])
@pytest.mark.parametrize("defect", BAD)
def test_bad_batches(defect, step):
    text, code, line = BAD[defect]
    if defect == "more-than-64-mib" and step < len(text):
        code, line = "header-too-long", 1  # seen earlier when it comes in pieces
    with pytest.raises(BatchError) as raised:
        read_all(text, step)
    assert (raised.value.code, raised.value.line) == (code, line)
    assert raised.value.zh


def test_not_strict_lines_are_content():
    reader = BatchReader(strict=False)
    reader.feed(HEAD + b"a\r\n\n")
    reader.finish()
    assert reader.take() == [b"a\r", b""]


def test_every_code_is_provoked():
    assert {code for _, code, _ in BAD.values()} == set(BATCH_TEXTS)


def test_a_batch_that_would_be_refused_is_not_written():
    with pytest.raises(BatchError) as raised:
        encode_batch(BatchHeader("a/b", 0, 2), [b"one"])
    assert raised.value.code == "truncated"
    with pytest.raises(BatchError):
        encode_batch(BatchHeader("a/b", 0, 2), [b"one\ntwo", b"three"])


def test_an_empty_batch_signs_the_same_tree_again():
    text = batch_of([record_line(1)], start=1)
    header, records = parse_batch([text])
    assert (header.start, header.end, records) == (1, 1, [])
