"""What can be asked of an export (``wishes.toml``), and how it is kept and named."""

import tomllib
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest

from registry.errors import MalformedRefusal
from registry.exports.cells import Problem
from registry.exports.model import LEFT_MAX, Wish, asked_of, left_of, name_of, wish_of
from registry.exports.selection import Chosen
from registry.store.exports import KeptExport

CASES = tomllib.loads(Path(__file__).with_name("wishes.toml").read_text(encoding="utf-8"))["case"]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_what_can_be_asked(case):
    if case["right"]:
        wish = wish_of(case["said"])
        stated = {name: text for name, text in case["said"].items() if text}
        assert {name: str(getattr(wish, name)) for name in stated} == stated
    else:
        with pytest.raises(MalformedRefusal) as refused:
            wish_of(case["said"])
        assert refused.value.detail_code == "bad-wish"
        assert len(refused.value.en) < 600


def kept(wish: Wish, **changes: object) -> KeptExport:
    one = KeptExport(
        number=3,
        at=datetime(2026, 11, 23, tzinfo=UTC),
        who="key:0",
        role="clerk",
        unit="",
        door=wish.door,
        kind=wish.kind,
        form=wish.form,
        format=wish.format,
        act="report",
        documents=False,
        department="0042",
        day=date(2026, 11, 23),
        sequence=7,
        sha256=bytes(32),
        size=0,
        records=1,
        asked=msgspec.json.encode(wish).decode(),
        left_out="[]",
        left_count=0,
    )
    return one._replace(**changes)


def test_what_was_asked_is_kept_whole():
    wish = Wish("province", "permit", "person", "codes", decided_from=date(2026, 1, 1), after=9)
    assert asked_of(kept(wish)) == wish
    assert name_of(kept(wish)) == "004202_20261123_00007.xlsx"
    assert name_of(kept(wish, format="xml", kind="penalty")) == "004201_20261123_00007.xml"


def test_what_is_left_out_is_listed_up_to_a_bound_and_counted_beyond():
    found = Chosen()
    stops, remark = Problem("too-long", "CF_SY", 3000, 2000), Problem("missing", stops=False)
    for idx in range(LEFT_MAX + 5):
        found.leave(idx, stops)
    found.leave(1, remark)
    assert (found.left_count, len(found.left)) == (LEFT_MAX + 5, LEFT_MAX)
    few = Chosen()
    few.leave(1, remark)
    few.leave(2, stops, remark)
    assert (few.left_count, [one.idx for one in few.left]) == (1, [1, 2, 2])
    text = msgspec.json.encode(few.left).decode()
    assert left_of(kept(Wish("province", "penalty"), left_out=text)) == tuple(few.left)
