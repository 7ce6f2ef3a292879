"""The catalogue: complete, worded, and sourced."""

import re
import string

import pytest

from registry.domain.records import TYPES, Restricted
from registry.ingest.checks import check_line
from registry.ingest.checks_shape import _PATTERNS, _info
from registry.ingest.reasons import REASONS, Finding, errors_first, explain, finding, refused
from registry.pages.texts import TEXTS
from signing.errors import RECORD_TEXTS, RecordError
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


@pytest.mark.parametrize(
    ("line", "zh", "en"),
    [
        (b'{"a":1,"a":2}', "：'a'", ": 'a'"),
        (b'{"b":1', "：内容不完整", "truncated"),
        (b'{"a": 1}', "第 6 字节处为 ' 1}'，应为 '1}'", "byte 6: found ' 1}'"),
        (b"x", "第 0 字节处有误", "(byte 0)"),
        (b'{"a":1.5}', "数字 1.5。", "exponent: 1.5."),
    ],
)
def test_what_the_strict_parser_adds_is_said_in_both_languages(line, zh, en):
    (found,) = check_line(line, set()).findings
    assert zh in found.zh
    assert en in found.en


def test_a_code_without_words_of_its_own_is_told_in_those_of_the_parser():
    error = RecordError(code="null-character")
    error.code = "no-such-code"
    found = refused(error)
    assert found.code == "malformed-record"
    assert "U+0000" in found.zh


FORMAT = {"JSON", "NaN", "Infinity", "KiB", "UTF", "CR", "LF", "CN", "GB", "T", "U", "SHA"}
UNITS = {"mg", "kg", "kN"}


@pytest.mark.parametrize("code", sorted(REASONS))
def test_chinese_texts_hold_no_code_words(code):
    """What a clerk reads names things in Chinese; the words of the format itself are few."""
    reason = explain(code)
    for text in (reason.zh, reason.expected_zh):
        plain = re.sub(r"\{[a-z_]+\}|“[^”]*”", "", text)
        found = set(re.findall(r"[A-Za-z_][A-Za-z_]+", plain))
        assert found <= FORMAT | UNITS, found


def test_nothing_calls_a_code_verified():
    """Check digits that are right say that a code is well-formed; nobody knows whose it is."""
    said = "".join(f"{r.zh}{r.expected_zh}{r.en}{r.expected_en}" for r in REASONS.values())
    said += "".join(
        f"{both.zh}{both.en}" for key, both in TEXTS.items() if key.startswith(("code.", "flag."))
    )
    assert not re.search("验证|核验|核实|[Vv]erif", said.replace("未核实", ""))
