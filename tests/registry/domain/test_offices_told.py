"""Which kind an organ is by its name in real life; files of offices and their mistakes."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from registry.domain.offices import (
    NO_OFFICES,
    OFFICES_MAX,
    Office,
    Offices,
    OfficesError,
    kind_of,
    read_offices,
)

MEMBERS = {"341100", "320100"}
USUAL: dict[str, Any] = {
    "member": "341100", "name": "滁州市市场监督管理局", "since": date(2026, 5, 1),
    "source": "示例文号", "kinds": ["market-regulation"],
}  # fmt: skip


def table(name: str) -> list[dict[str, Any]]:
    read = Path(__file__).with_name(f"{name}.yaml").read_bytes()
    return msgspec.yaml.decode(read, type=list[dict[str, Any]])


def file(*rows: dict[str, Any]) -> bytes:
    whole = [{**USUAL, **row} for row in rows]
    for row in whole:
        row |= {name: "长" * 201 for name, value in row.items() if value == "LONG"}
    return "\n".join(
        "\n".join(("[[offices]]", *(f"{name} = {written(row[name])}" for name in row), ""))
        for row in whole
    ).encode()


def written(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False)


@pytest.mark.parametrize("case", table("organ_names"), ids=lambda case: f"{case['name']}")
def test_of_which_kind_an_organ_is(case):
    found = kind_of(case.get("said", ""), case["name"])
    assert found == case["kind"]
    if found:
        office = Office("341100", "示例办公室", date(2026, 5, 1), "示例文号", (found,))
        here = Offices((office,))
        asked = (case["name"], case.get("said", ""), date(2026, 11, 23))
        assert here.for_organ("341100", *asked) is office
        assert here.for_organ("320100", *asked) is None, "each member answers for itself"


@pytest.mark.parametrize("case", table("offices"), ids=lambda case: case["why"])
def test_a_file_is_taken_whole_or_refused_with_what_is_amiss(case):
    data = file(*case["rows"])
    if "said" not in case:
        assert len(read_offices(data, MEMBERS).offices) == len(case["rows"])
        return
    with pytest.raises(OfficesError, match=case["said"]) as refused:
        read_offices(data, MEMBERS)
    zh, _, en = str(refused.value).partition(" / ")
    assert zh
    assert en
    assert not zh.isascii()


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + file({}),
        file({}).decode().encode("gb18030"),
        file({}).decode().encode("utf-16"),
        b"offices = 1",
        b"[[office]]\n",
        b"\0",
        file({}).replace(b"2026-05-01", b"2026-02-29"),
        file({}).replace(b"2026-05-01", b"2026/05/01"),
        file({}).replace(b"2026-05-01", b"'2026-5-1'"),
        file({}) + file({}),
        file({}) + b'name = "x"\n',
    ],
    ids=[
        *("mark-of-byte-order", "gb18030", "utf-16", "a-number", "another-name", "nul"),
        *("no-leap-day", "slashes", "short-day", "fine-twice", "a-name-twice"),
    ],
)
def test_what_an_editor_made_of_a_file_is_refused_and_never_half_read(data):
    with pytest.raises(OfficesError):
        read_offices(data, MEMBERS)


def test_how_many_offices_there_may_be():
    few = file({"kinds": []}, {"kinds": [], "name": "滁州市信用办"})
    assert [one.name for one in read_offices(few, MEMBERS).offices] == [
        "滁州市市场监督管理局", "滁州市信用办",
    ]  # fmt: skip
    row = b'[[offices]]\nmember="341100"\nname="x"\nsource="x"\nsince=2026-01-01\n'
    with pytest.raises(OfficesError, match="not such a file"):
        read_offices(row * (OFFICES_MAX + 1), MEMBERS)
    assert NO_OFFICES.for_organ("341100", "滁州市市场监督管理局", "", date(2026, 1, 1)) is None


def office(**changes: Any) -> Office:
    return msgspec.convert({**USUAL, **changes}, Office)


@pytest.mark.parametrize(
    ("since", "until", "on", "stands"),
    [
        ("2026-05-01", None, "2026-04-30", False),
        ("2026-05-01", None, "2026-05-01", True),
        ("2026-05-01", "2027-01-01", "2026-12-31", True),
        ("2026-05-01", "2027-01-01", "2027-01-01", False),
        ("2024-02-29", "2024-03-01", "2024-02-29", True),
        ("2026-05-01", None, "9999-12-31", True),
    ],
)
def test_an_office_stands_from_its_day_until_before_its_last(since, until, on, stands):
    one = office(since=since, until=until)
    day = date.fromisoformat(on)
    assert one.stands(day) is stands
    found = Offices((one,)).for_organ("341100", one.name, "", day)
    assert (found is one) is stands


def test_by_its_name_before_its_kind_and_by_the_account_it_signs_in_as():
    by_kind = office(name="滁州市市监委")
    by_name = office(name="滁州市工商行政管理局", kinds=[], department="工商")
    here, on = Offices((by_kind, by_name)), date(2026, 11, 23)
    assert here.for_organ("341100", "滁州市工商行政管理局", "", on) is by_name
    assert here.for_organ("341100", "工商", "", on) is by_name
    assert here.for_organ("341100", "滁州市工商行政管理局琅琊分局", "", on) is by_kind
    assert here.for_organ("341100", "滁州市工商行政管理局", "税务机关", on) is by_name
    assert (by_kind.account, by_name.account) == ("滁州市市监委", "工商")
    assert here.for_matter("341100", "", on) is None
    assert here.for_organ("341100", "", "", on) is None


def test_who_meets_whom_is_the_same_from_both_sides():
    first = date(2026, 1, 1)
    spans = [(0, 10), (10, 20), (5, 15), (0, None), (20, None), (19, 20)]
    rows = [
        office(
            since=first + timedelta(days=start),
            until=None if end is None else first + timedelta(days=end),
        )
        for start, end in spans
    ]
    for one in rows:
        for other in rows:
            days = [first + timedelta(days=at) for at in range(40)]
            together = any(one.stands(day) and other.stands(day) for day in days)
            assert one.meets(other) is together
