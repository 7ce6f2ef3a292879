"""What records say in words: nothing that a person is named by, and nothing that is no text."""

import json
import tomllib
from pathlib import Path

import pytest

from registry.domain.records import KINDS, TYPES, read_main
from registry.domain.records.passages import PASSAGES, passages_of
from registry.domain.records.reference import members_of
from tests.registry.ingest.samples import SAMPLES

SAID = tomllib.loads(Path(__file__).with_name("passages.toml").read_text("utf-8"))
OF_PERSONS = ("legal_representative", "named_persons", "subject", "salt", "reviewer")


@pytest.mark.parametrize("kind", PASSAGES)
def test_a_record_says_these_words_and_no_others(kind):
    record = read_main(json.loads(json.dumps(SAMPLES[kind])))
    found = passages_of(record)
    for part, leads in (("lead", True), ("rest", False)):
        told = [[one.member, one.text] for one in found if one.leads is leads]
        assert told == SAID[kind][part], part


def said_by(kind: str, **more: object) -> list[str]:
    record = read_main({**json.loads(json.dumps(SAMPLES[kind])), **more})
    return [one.text for one in passages_of(record)]


def test_what_is_optional_is_said_where_it_is_there():
    scope = {"business_scope": "食品销售；餐饮服务", "address": "示例路1号", "remark": "迁入"}
    assert said_by("registration", **scope) == [*scope.values()]
    more = {"scope": {"territory": ["340200"], "text": "仅限芜湖市"}, "certificate_name": "许可证"}
    said = said_by("permit", **more)
    assert said == ["准予行政许可决定书", "普通", "食品生产许可", "许可证", "仅限芜湖市"]


def test_every_type_that_the_public_may_read_has_its_words_and_no_act_has():
    open_ones = {
        name for name, kind in KINDS.items() if kind.audience == "open" and kind.family != "act"
    }
    assert PASSAGES.keys() == open_ones - {"rulebook", "adoption"}
    assert SAID.keys() == PASSAGES.keys()
    assert said_by("repair") == []


@pytest.mark.parametrize("kind", PASSAGES)
def test_every_path_is_a_member_with_a_label_and_names_no_person(kind):
    named = PASSAGES[kind]
    labels = {row.name for row in members_of(kind)}
    for path in (*named.lead, *named.rest):
        first = path.partition(".")[0]
        assert first in labels, path
        assert first in TYPES[kind].__struct_fields__
        assert first not in OF_PERSONS
