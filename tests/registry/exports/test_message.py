"""The XML message: what its schema says, and what our own templates say, are the same."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from xml.etree.ElementTree import Element

import pytest
from defusedxml import ElementTree

from registry.exports.message import ENDED_COLUMNS, SCHEMA, Header, file_name, message
from registry.exports.templates import KINDS, TEMPLATES
from tests.registry.exports.test_read_back import AWKWARD, ORGANISATION, PERSON, made

XS = "{http://www.w3.org/2001/XMLSchema}"
ROOT = ElementTree.parse(SCHEMA).getroot()
DAY = date(2026, 11, 23)


class Rule:
    """What the schema says of an element of text: whether it must be there, and what it may say."""

    def __init__(self, element: Element) -> None:
        self.name = element.get("name", "")
        self.needed = element.get("minOccurs") != "0"
        named = [one for one in ROOT if one.get("name") == element.get("type")]
        facets = element.find(f".//{XS}restriction")
        if facets is None and named:
            facets = named[0].find(f"{XS}restriction")
        self.type = element.get("type") or ("" if facets is None else facets.get("base"))
        found = [] if facets is None else list(facets)
        self.facets = [(one.tag.removeprefix(XS), one.get("value", "")) for one in found]

    def allows(self, text: str) -> bool:
        limits = dict(self.facets)
        choices = [value for name, value in self.facets if name == "enumeration"]
        if self.type == "xs:date":
            return date.fromisoformat(text).isoformat() == text
        if self.type == "Amount":
            number = Decimal(text)
            return number >= 0 and -number.as_tuple().exponent <= int(limits["fractionDigits"])
        if self.type in {"xs:integer", "xs:positiveInteger"}:
            least = int(limits.get("minInclusive", 1))
            return least <= int(text) <= int(limits.get("maxInclusive", 10**9))
        return len(text) <= int(limits.get("maxLength", 10**9)) and (not choices or text in choices)


def rules(kind: str, name: str) -> list[Rule]:
    group = next(one for one in ROOT if one.tag == XS + kind and one.get("name") == name)
    return [Rule(one) for one in group.find(f"{XS}sequence").findall(f"{XS}element")]


def conforms(element: Element, expected: list[Rule], skipped: frozenset[str] = frozenset()) -> None:
    """Walk an element beside a sequence of the schema."""
    children = iter(element)
    child = next(children, None)
    for rule in expected:
        if child is not None and child.tag == rule.name:
            assert rule.allows(child.text or ""), (rule.name, child.text)
            child = next(children, None)
        else:
            assert not rule.needed or rule.name in skipped, rule.name
    assert child is None, child


def header(kind: str, form: str, act: str, count: int) -> Header:
    return Header("340200", "1234", kind, form, act, DAY, 7, count)


def read(said: Header, rows: list[tuple[str, ...]]) -> Element:
    data = b"".join(message(said, rows))
    assert b"<!" not in data.replace(b"<!--", b"")
    return ElementTree.fromstring(data)


@pytest.mark.parametrize("kind", KINDS)
def test_the_schema_has_the_columns_of_the_template(kind):
    found = rules("group", kind.capitalize())
    places = TEMPLATES[kind].columns
    assert [rule.name for rule in found] == [place.code for place in places]
    assert [rule.needed for rule in found] == [place.required for place in places]
    for rule, place in zip(found, places, strict=True):
        assert dict(rule.facets).get("maxLength", str(place.limit)) == str(place.limit), place.code


@pytest.mark.parametrize("subject", [ORGANISATION, PERSON], ids=["entity", "person"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_message_conforms_and_says_what_the_record_says(kind, subject):
    form, row, _, _ = made(kind, subject, "message")
    tree = read(header(kind, form, "report", 2), [row.cells] * 2)
    assert (tree.tag, tree.attrib) == ("ExchangeMessage", {"version": "1"})
    conforms(tree[0], rules("complexType", "Header"))
    assert [(one.tag, one.get("row")) for one in tree[1]] == [("Record", "1"), ("Record", "2")]
    for one in tree[1]:
        conforms(one, rules("group", kind.capitalize()))
    texts = {one.tag: one.text for one in tree[1][0]}
    places = TEMPLATES[kind].of(form)
    said = {place.code: cell for place, cell in zip(places, row.cells, strict=True) if cell}
    assert texts == said
    assert AWKWARD in texts.values()
    assert texts["CF_JDRQ" if kind == "penalty" else "XK_YXQZI"].count("-") == 2


def ended_rows() -> Iterator[tuple[str, ...]]:
    yield ("123401_20261101_00001.xml", "3", "1号", "甲公司", "91340200MA00000231", "局",
           "11320100MA2320178R", "2026-05-10", "撤销", "2026-11-20")  # fmt: skip
    yield ("123401_20261101_00001.xml", "4", "", "", "", "", "", "", "删除", "2026-11-23")


def test_a_list_of_what_has_ended_conforms():
    tree = read(header("penalty", "entity", "ended", 2), list(ended_rows()))
    assert {one.tag for one in tree[1]} == {"Ended"}
    for one in tree[1]:
        conforms(one, rules("complexType", "Ended"))
    assert [rule.name for rule in rules("complexType", "Ended")] == list(ENDED_COLUMNS)
    assert tree[1][1].findtext("LX") == "删除"


def test_the_name_of_a_file_follows_the_rule():
    assert file_name("0012", "penalty", DAY, 1, "xml") == "001201_20261123_00001.xml"
    assert file_name("9999", "permit", DAY, 99_999, "xlsx") == "999902_20261123_99999.xlsx"
