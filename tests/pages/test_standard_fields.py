"""Records about standards as rows of a page: every limit, item and replacement in words."""

from dataclasses import replace

import pytest

from registry.domain.records import KINDS
from registry.pages.fields import headline, rows
from registry.pages.frame import Frame, Site
from tests.fakes.reader import NOON
from tests.registry.ingest.samples import decoded

SITE = Site("区域", "node", "https://example.test", (), {"340200": "本市"}, {})
ZH = Frame(SITE, "zh", "/", (), NOON)
EN = replace(ZH, lang="en")
TYPES = [name for name, kind in KINDS.items() if kind.record.__module__.endswith(".standards")]


def shown(kind, frame=ZH, **changes):
    return dict(rows(frame, decoded(kind, **changes)))


@pytest.mark.parametrize("kind", [*TYPES, "negative_list_item"])
def test_each_type_is_shown_whole_and_without_codes(kind):
    record = decoded(kind)
    told = shown(kind)
    assert headline(ZH, record)
    assert not [value for value in told.values() if "(" in value and "=" in value]  # a repr
    hidden = {"evidence", "target", "case", "comparison", "result"}
    for name in record.__struct_fields__:
        value = getattr(record, name)
        if isinstance(value, str) and value.isascii() and value.islower() and name not in hidden:
            assert value not in told.values(), name  # a code of ours, not a word
    assert len(told) == len(shown(kind, EN))


def test_a_comparison_has_a_row_for_each_indicator():
    words = {"direction": "words", "text": "应标明"}
    both = {"direction": "within", "value": "1", "upto": "2.5", "unit": "mm", "clause": "5.2"}
    some = [
        {"indicator": "偏差", "relation": "stricter_b", "a": both, "b": {**both, "upto": "2"}},
        {"indicator": "标识", "relation": "only_b", "b": words, "note": "见图1"},
    ]
    told = shown("standard_comparison", rows=some)
    assert told["比对指标 1"] == "偏差；甲 介于 1–2.5 mm 5.2；乙 介于 1–2 mm 5.2；乙严于甲"
    assert told["比对指标 2"] == "标识；乙 应标明；仅乙有要求；见图1"
    assert shown("standard_comparison", EN)["Indicator 1"] == (
        "28天抗压强度; A at least 32 MPa GB/T 50081; B at least 30000 kPa; A is stricter"
    )


def test_editions_items_and_territories_are_in_words():
    part = [{"number": "GB/T 7-1999", "extent": "part", "clauses": "第3章"}]
    told = shown("standard", replaces=part)
    assert told["代替的标准"] == "GB/T 7-1999；部分；第3章"
    assert told["采用的标准"] == "ISO 3166-2:1998；修改采用"
    assert (told["标准性质"], told["来源所载状态"]) == ("推荐性", "现行")
    assert "代替的标准" not in shown("standard", replaces=[])
    assert shown("laboratory_scope")["能力项目 1"] == "混凝土；抗压强度；GB/T 50081-2019"
    recognition = shown("standard_recognition")
    assert (recognition["适用地区"], recognition["对方地区"]) == ("本市", "南京市")
    assert shown("negative_list_item", list="area_industry")["清单名称"] == "区域产业负面清单"
