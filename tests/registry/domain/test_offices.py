"""Whose office an organ of another city is here: by name, kind and matter; and files amiss."""

from datetime import date

import pytest

from registry.domain.offices import FILE_MAX, Offices, OfficesError, kind_of, read_offices

MEMBERS = {"341100", "320100"}
ON, LATER = date(2026, 11, 23), date(2027, 2, 1)


def row(**members: object) -> str:
    usual = {"member": '"341100"', "name": '"滁州市市场监督管理局"', "since": "2026-05-01"}
    usual |= {"source": '"示例文号"', "kinds": '["market-regulation"]'}
    lines = (f"{name} = {value}" for name, value in {**usual, **members}.items())
    return "\n".join(["[[offices]]", *lines, ""])


def read(*rows: str) -> Offices:
    return read_offices("\n".join(rows).encode(), MEMBERS)


ALL = read(
    row(phone='"0550-1"', matters='["licence"]', until="2027-01-01"),
    row(since="2027-01-01", name='"滁州市市场监管委员会"', department='"滁州市监"'),
    row(name='"滁州市财政局"', kinds='["finance"]', matters='["public_funds"]'),
    row(name='"滁州市信用办"', kinds="[]"),
)


@pytest.mark.parametrize(
    ("name", "kind", "on", "found"),
    [
        ("滁州市市场监督管理局", "", ON, "滁州市市场监督管理局"),
        ("滁州市工商行政管理局", "", ON, "滁州市市场监督管理局"),
        ("某局", "市场监督管理部门", ON, "滁州市市场监督管理局"),
        ("某局", "market-regulation", ON, "滁州市市场监督管理局"),
        ("滁州市市场监督管理局", "", LATER, "滁州市市场监管委员会"),
        ("滁州市监", "", LATER, "滁州市市场监管委员会"),
        ("滁州市信用办", "", ON, "滁州市信用办"),
        ("滁州市食品药品监督管理局", "", ON, ""),
        ("滁州市气象局", "", ON, ""),
        ("", "", ON, ""),
    ],
)
def test_an_organ_is_the_office_of_its_name_else_of_its_kind(name, kind, on, found):
    office = ALL.for_organ("341100", name, kind, on)
    assert (office.name if office else "") == found
    assert ALL.for_organ("320100", name, kind, on) is None


def test_a_matter_is_handled_by_whose_row_says_so():
    assert ALL.for_matter("341100", "public_funds", ON).name == "滁州市财政局"
    assert ALL.for_matter("341100", "licence", ON).phone == "0550-1"
    assert ALL.for_matter("341100", "licence", LATER) is None
    assert ALL.for_matter("320100", "public_funds", ON) is None
    assert [one.account for one in ALL.offices[:2]] == ["滁州市市场监督管理局", "滁州市监"]


def test_the_longest_word_says_of_which_kind_an_organ_is():
    assert kind_of("", "滁州市食品药品监督管理局") == "drug-regulation"
    assert kind_of("税务机关", "国家税务总局滁州市税务局") == "tax"
    assert kind_of("", "") == ""


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([row(member='"330100"')], "no member 330100"),
        ([row(kinds='["police"]')], "no kind of organ police"),
        ([row(), row(name='"另一局"')], "two offices for market-regulation"),
        ([row(kinds="[]", matters='["x"]'), row(kinds="[]", matters='["x"]')], "two offices for x"),
        ([row(telephone='"1"')], "not such a file"),
        ([row(since='"yesterday"')], "not such a file"),
        (["[[offices]"], "not such a file"),
    ],
)
def test_a_file_that_is_amiss_says_what(rows, said):
    with pytest.raises(OfficesError, match=said):
        read(*rows)


def test_one_office_may_follow_another_and_a_file_has_its_bound():
    assert len(read(row(until="2026-06-01"), row(since="2026-06-01")).offices) == 2
    with pytest.raises(OfficesError, match="bytes"):
        read_offices(b"#" * (FILE_MAX + 1), MEMBERS)
