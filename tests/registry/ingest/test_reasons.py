"""The catalogue: complete, worded, and sourced."""

import string

import pytest

from registry.domain.records import TYPES, Restricted
from registry.ingest.checks_shape import _PATTERNS, _info
from registry.ingest.reasons import REASONS, Finding, errors_first, explain, finding
from signing.errors import RECORD_TEXTS
from tests.registry.ingest.test_checks import CASES

OF_FORMS = {
    "unknown-column",
    "extra-cells",
    "placeholder-left-out",
    "repeated-row",
    "not-a-record",
    "not-standing",
    "unclosed-quote",
    "formula",
    "merged-cells",
    "digits-lost",
    "turned-into-date",
    "number-as-code",
    "repeated-column",
}
ELSEWHERE = {"duplicate-id", "malformed-record", "organ-elsewhere"} | OF_FORMS


def test_every_reason_has_a_case():
    assert {case[0] for case in CASES} | ELSEWHERE == set(REASONS)


def test_the_strict_format_is_worded_whole():
    assert set(RECORD_TEXTS) <= set(REASONS)


@pytest.mark.parametrize("code", sorted(REASONS))
def test_wording(code):
    reason = explain(code)
    assert reason.code == code
    assert reason.level in {"error", "warning"}
    assert reason.source
    zh, en = (_places(text) for text in (reason.zh, reason.en))
    assert {place.removesuffix("_zh") for place in zh} == en
    for text in (reason.zh, reason.expected_zh, reason.en, reason.expected_en):
        assert text.strip() == text != ""
        assert "格式错误" not in text
    assert any("\u4e00" <= char <= "\u9fff" for char in reason.zh)
    assert not any("\u4e00" <= char <= "\u9fff" for char in reason.en.replace("警告", ""))


def _places(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_unknown_codes():
    with pytest.raises(KeyError):
        explain("no-such-reason")


def test_braces_in_values_are_values():
    found = finding("placeholder-value", "/x", value="{value}{0}")
    assert "{value}{0}" in found.zh


def test_errors_first_keeps_order_and_drops_repetition():
    warning, error = finding("phone-number", "/a", value="1"), finding("missing-field", "/b")
    assert errors_first([warning, error, warning]) == (error, warning)
    assert isinstance(error, Finding)


def test_every_pattern_of_the_format_has_a_reason():
    patterns = set()
    todo = [_info(kind) for kind in (*TYPES.values(), Restricted)]
    while todo:
        kind = todo.pop()
        patterns.add(getattr(kind, "pattern", None))
        todo += [field.type for field in getattr(kind, "fields", ())]
        if hasattr(kind, "item_type"):
            todo.append(kind.item_type)
    assert patterns - {None} == set(_PATTERNS)
    assert set(_PATTERNS.values()) <= set(REASONS)
