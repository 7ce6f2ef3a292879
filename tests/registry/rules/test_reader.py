"""Texts are read as they are written: a line break inside a Chinese sentence is no blank."""

import re
from pathlib import Path

import pytest

from registry.rules.reader import Plain, read

BOOKS = Path(__file__).parents[3] / "registry" / "rules" / "books"


def value(text: str) -> Plain:
    source, defects = read("x.yaml", text)
    assert source is not None
    assert defects == []
    assert isinstance(source.data, dict)
    return source.data["a"]


@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        ("a: >-\n  列入决定书载明的\n  责任人员\n", "列入决定书载明的责任人员"),
        ("a: >\n  第一段的\n  内容。\n\n  第二段\n", "第一段的内容。\n第二段\n"),
        ("a: 不加引号的\n  折行\n", "不加引号的折行"),
        ('a: "引号内，\n  折行、\n  再折"\n', "引号内，折行、再折"),
        ("a: '他说“可以”\n  《办法》'\n", "他说“可以”《办法》"),
        ("a: >-\n  依据 R02\n  规则\n", "依据 R02 规则"),
        ("a: >-\n  in plain\n  English\n", "in plain English"),
        ("a: >-\n  写明的 空格\n  保留 在此\n", "写明的 空格保留 在此"),
        ("a: |\n  逐行\n  保留\n", "逐行\n保留\n"),
        ("\ufeffa: >-  # 说明\n  甲\r\n  乙\n", "甲乙"),
        ("a: 一行 之内\n", "一行 之内"),
    ],
)
def test_a_fold_between_two_chinese_characters_leaves_no_blank(text, read_as):
    assert value(text) == read_as


def test_no_text_of_a_book_has_a_blank_inside_a_chinese_sentence():
    for path in BOOKS.glob("*/*.yaml"):
        source, _ = read(path.name, path.read_bytes())
        assert source is not None
        assert not re.search("[\u4e00-\u9fff，。、；] [\u4e00-\u9fff]", repr(source.data)), path
