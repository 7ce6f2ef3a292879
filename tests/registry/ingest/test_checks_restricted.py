"""No finding repeats what stands in a restricted part, not even where that is badly damaged."""

import json
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.domain.records import Restricted
from registry.domain.records.base import PersonDocument
from registry.ingest.checks import check_line
from registry.ingest.reasons import REASONS, finding, moved
from tests.registry.ingest.samples import line

RESIDENT = "110105194912310021"
SECRETS = st.text("0123456789Xx*＊\t\n\u200b/~龘靐", min_size=7, max_size=80).filter(
    lambda text: len(text.strip()) >= 7
)
FIELDS = (*msgspec.structs.fields(Restricted), *msgspec.structs.fields(PersonDocument))
NAMES = sorted({field.encode_name for field in FIELDS} - {"salt"})
VALUES = st.recursive(
    SECRETS | st.integers(10**8, 10**15) | st.booleans() | st.none() | st.floats(1e8, 1e9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*NAMES, "type", "number", "name"]) | SECRETS, inner)
    ),
    max_leaves=8,
)
DOCUMENTS = st.fixed_dictionaries(
    {"name": SECRETS, "type": st.sampled_from(["身份证", "护照"]) | SECRETS, "number": SECRETS}
)
PARTS = st.dictionaries(st.sampled_from(NAMES) | SECRETS, VALUES) | st.fixed_dictionaries(
    {},
    optional={
        "subject_document": DOCUMENTS,
        "named_person_documents": st.lists(DOCUMENTS, max_size=3),
        "named_persons": st.lists(st.fixed_dictionaries({"name": SECRETS, "role": SECRETS})),
        "remark": SECRETS,
    },
)


def secrets(value: object) -> Iterator[str]:
    """Every text and number in a value, unknown keys included."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key not in {*NAMES, "salt"}:
                yield key
            yield from secrets(item)
    elif isinstance(value, list):
        for item in value:
            yield from secrets(item)
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield str(value)


def lines(part: dict[str, object]) -> Iterator[bytes]:
    """A record with this restricted part: canonical, with spaces, and cut off."""
    whole = {"salt": f"{77:032x}", **part}
    compact = json.dumps(whole, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    for text in (compact, json.dumps(whole, ensure_ascii=False), compact[:-1]):
        yield line() + b"\t" + text.encode()


@given(PARTS)
@settings(max_examples=300, deadline=None)
def test_no_finding_repeats_a_restricted_value(part):
    told = [secret for secret in secrets(part) if secret not in {"身份证", "护照"}]
    for one in lines(part):
        for found in check_line(one, set()).findings:
            if found.pointer.startswith("/restricted"):
                said = (found.pointer, found.zh, found.en, found.expected_zh, found.expected_en)
                assert not [secret for secret in told for text in said if secret in text]


def document(name: str, kind: str, number: str) -> dict[str, object]:
    return {"subject_document": {"name": name, "type": kind, "number": number}}


@pytest.mark.parametrize(
    ("part", "code"),
    [
        (document("张*", "身份证", RESIDENT), "masked-value"),
        (document("张三", "护照", "不详"), "placeholder-value"),
        ({"subject_document": RESIDENT}, "wrong-type"),
        ({RESIDENT: "1"}, "unknown-field"),
        ({"x": int(RESIDENT[:15]) + 0.5}, "float-not-allowed"),
    ],
)
def test_the_place_is_named_and_the_value_is_not(part, code):
    found = next(
        found
        for one in lines(part)
        for found in check_line(one, set()).findings
        if found.code == code
    )
    assert found.pointer.startswith("/restricted/")
    assert RESIDENT[:15] not in repr(found)
    assert "张*" not in repr(found)
    if "{value}" in REASONS[code].zh + REASONS[code].expected_zh:
        assert "（受限内容，不显示）" in found.zh + found.expected_zh
        assert "(restricted, not shown)" in found.en + found.expected_en


def test_a_finding_moved_into_the_restricted_part_leaves_its_value_behind():
    named = finding("masked-value", "/name", value="张*")
    assert moved(named, "/subject/name").zh == named.zh
    assert "张" not in moved(named, "/restricted/named_persons/0/name").zh


def test_limits_and_choices_are_still_told():
    found = finding("too-long", "/restricted/remark", length=5000, limit=4000)
    assert "4000" in found.zh + found.expected_zh
