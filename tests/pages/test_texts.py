"""The texts themselves: complete, both languages, nothing left over, no word that is ruled out."""

import re
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest
from msgspec import inspect

from registry.domain.disclosure import State
from registry.domain.life import Mark
from registry.domain.records import TYPES
from registry.domain.records.base import Publication, SubjectKind
from registry.domain.records.reference import LABELS, WORDS
from registry.ingest.acts import (
    NOT_COMPETENT,
    NOT_ERASABLE,
    REPLACEMENT_MISSING,
    TARGET_DIFFERS,
    UNKNOWN_TARGET,
)
from registry.ingest.reasons import REASONS
from registry.pages import words
from registry.pages.texts import TEXTS, text
from registry.query.repeats import REPORTED_TWICE
from registry.query.show import TERM_UNCONFIRMED

PAGES = Path(words.__file__).parent
KEY = re.compile(r"^([a-z][^\s:]*):$", re.MULTILINE)
SOURCES = "".join(
    path.read_text(encoding="utf-8")
    for path in [
        *PAGES.glob("*.py"),
        *(PAGES.parent / "standard_pages").glob("*.py"),
        *(PAGES.parent / "quality_pages").glob("*.py"),
        *(PAGES.parent / "reconcile_pages").glob("*.py"),
        *(PAGES.parent / "export_pages").glob("*.py"),
        *(PAGES.parent / "workbench_pages").glob("*.py"),
        *(PAGES.parent / "objection_pages").glob("*.py"),
        *(PAGES.parent / "office_pages").glob("*.py"),
        *(PAGES.parent / "text_pages").glob("*.py"),
        *(PAGES.parent / "report_pages").glob("*.py"),
        *(PAGES / "templates").glob("*.html"),
    ]
)
FREE = {"field"}
"""Members whose codes are the organ's own: those that are known have words."""
COMMON = {"v", "publication", "severity", "provenance", "subject", "scope"}
"""Members that pages show by themselves, not as a row of label and value."""


def members(kind):
    for field in inspect.type_info(TYPES[kind]).fields:
        types = field.type.types if isinstance(field.type, inspect.UnionType) else (field.type,)
        yield field.name, types


CODED = {
    f"{name}.{value}"
    for kind in TYPES
    for name, types in members(kind)
    for one in types
    if isinstance(one, inspect.LiteralType) and name not in COMMON
    for value in one.values
}
"""The codes that members of records may hold, grades A to D apart."""
BUILT = (
    *("quality.error", "quality.warning"),
    *("effect.", "picture.", "matrix.", "group.", "home.step", "results.read-", "results.by-"),
    *("facet.", "voucher.column-", "read.", "nexus.", "types.audience-", "types.family-", "role."),
    *(
        "type.",
        "scheme.",
        "severity.",
        "procedure.",
        "matter.",
        "flag.",
        "identity.",
        "texts.order-",
        "report.column-",
        "report.section-",
        "report.state-",
        "saved.kind-",
        "saved.alert-",
        "screening.kind-",
        "screening.reason-",
        "screening.note-",
        "screening.judge-",
        "screening.state-",
        "objections.stage-",
        "objections.outcome-",
        "objections.step-",
        "objections.act-",
        "objections.log-",
        "objections.count-",
        "reconcile.state-",
        "reconcile.kind-",
        "reconcile.what-",
        "reconcile.there-",
        "reconcile.column-",
        "reconcile.done-",
        *("exports.form-", "exports.format-", "exports.what-", "exports.problem-"),
        *("exports.rows-", "exports.unmatched-"),
        "workbench.state-",
        "workbench.rows-",
        "workbench.parcel-",
        "workbench.log-",
        "workbench.count-",
        "workbench.due-",
        "mark.",
        "window.",
        "anchor.",
        "length.",
        "read.",
        "life.",
        "standards.facet-",
        "standards.kind-",
        "why.",
        "results.near-",
        "searched.",
        "search-quality.kind-",
        "happened.",
        "link.",
    ),
)
"""Families of keys that pages put together from a code."""


OF_FORMS = {"unknown-column", "placeholder-left-out", "repeated-row", "number-as-code"}
"""Warnings about a sheet's rows and columns; no record carries them."""


def names(pattern: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(pattern) if name}


@pytest.mark.parametrize("key", TEXTS)
def test_both_languages_take_the_same_values(key):
    both = TEXTS[key]
    assert both.zh
    assert both.en
    assert names(both.zh) == names(both.en)


def test_no_key_is_there_twice():
    """Where a key is repeated the last one would count, without a word."""
    source = (PAGES / "texts.yaml").read_text(encoding="utf-8")
    assert [one for one, times in Counter(KEY.findall(source)).items() if times > 1] == []
    assert len(KEY.findall(source)) == len(TEXTS)


def test_every_text_is_used_and_every_key_used_exists():
    unused = {key for key in TEXTS if f"'{key}'" not in SOURCES and f'"{key}"' not in SOURCES}
    assert {key for key in unused if not key.startswith(BUILT)} == set()
    used = set(re.findall(r"\bt\(\s*['\"]([a-z0-9_.-]+)['\"]\s*[,)]", SOURCES))
    assert used <= set(TEXTS)


def test_every_code_and_mark_has_its_word():
    grades = {f"grade.{grade}" for grade in "ABCD"}
    of_records = {f"{member}.{code}" for member, codes in WORDS.items() for code in codes}
    assert (CODED | {f"mark.{mark}" for mark in get_args(Mark)}) - grades <= set(TEXTS) | of_records
    assert of_records.isdisjoint(TEXTS)
    assert words.word("zh", "status", "active") == "存续"
    assert words.word("en", "status", "active") == "active"
    assert words.word("en", "status", "没有") == "没有"


def test_no_word_is_there_for_a_code_that_no_record_has():
    nested = {
        "publication": get_args(Publication),
        "kind": (*get_args(SubjectKind), "original", "relayed"),
        "degree": ("IDT", "MOD", "NEQ", "EQV"),
        "direction": ("least", "most", "within", "exactly", "words"),
        "relation": ("same", "stricter_a", "stricter_b", "incomparable", "only_a", "only_b"),
    }
    known = CODED | {f"{member}.{code}" for member, codes in nested.items() for code in codes}
    closed = {member: codes for member, codes in WORDS.items() if member not in FREE}
    assert {f"{member}.{code}" for member, codes in closed.items() for code in codes} <= known


@pytest.mark.parametrize("kind", TYPES)
def test_every_member_of_a_record_has_its_label(kind):
    shown = {name for name, _, _ in (*LABELS[kind], *LABELS["common"])}
    own = {"id", "salt", "published_on", "publicity_until", "named_persons", "evidence"}
    left_out = COMMON | own | {"attachments", "procedure", "decided_on"}
    left_out |= {"field"} if kind == "penalty" else set()  # a word of the rules, not of the form
    assert {name for name, _ in members(kind)} - left_out == shown - {"procedure", "decided_on"}


def test_words_that_are_ruled_out_are_nowhere():
    everything = "".join(both.zh for both in TEXTS.values()) + SOURCES
    for word in ("黑名单", "红名单", "污点", "不良记录", "洗白", "信用良好", "验证通过", "判定"):
        assert word not in everything


def test_what_is_flagged_is_said_in_words():
    warnings = {code for code, reason in REASONS.items() if reason.level == "warning"}
    acts = {NOT_COMPETENT, UNKNOWN_TARGET, TARGET_DIFFERS, REPLACEMENT_MISSING, NOT_ERASABLE}
    states = set(get_args(State)) - {"quarantined"}
    flagged = {key.removeprefix("flag.") for key in TEXTS if key.startswith("flag.")}
    assert flagged == (warnings - OF_FORMS) | acts | states | {REPORTED_TWICE, TERM_UNCONFIRMED}


def test_a_value_that_is_missing_is_a_defect():
    with pytest.raises(KeyError):
        text("zh", "nothing-found")
    with pytest.raises(KeyError):
        text("zh", "no.such.text")


def test_dates_and_moments_are_those_of_shanghai():
    late = datetime(2026, 3, 9, 16, 5, tzinfo=UTC)
    assert words.moment("zh", late) == "2026年3月10日 00:05"
    assert words.moment("en", late) == "2026-03-10 00:05"
    assert words.day("zh", date(2026, 3, 10)) == "2026年3月10日"


def test_a_code_without_a_name_stands_for_itself():
    assert words.word("zh", "matter", "new-matter") == "new-matter"
    assert words.list_name("zh", "new-list") == "new-list"
    assert words.list_name("en", "wage-arrears").startswith("Arrears")
