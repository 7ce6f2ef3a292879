"""The look at the desks fails when a push, an answer, a delay or a lift is not as it is told."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from msgspec import json

from registry.demo import at_work
from registry.demo.at_work import LATE, LIFTED, look
from registry.demo.job import DemoError
from registry.demo.region import EDITION, RulebookFiles, build
from signing.record import entry_of

RULES = RulebookFiles("示例", "00" * 32, {"rules.yaml": b"rules: []\n"})
KEYS = {name: f"rk_{name}" for name in ("zhenjiang", "nanjing", "yangzhou", "wuhu", "region")}
COUNTS = {"open": 4, "overdue": 1, "answered": 1, "to_lift": 1, "lift_overdue": 0}


@pytest.fixture(scope="module")
def region():
    return build(RULES)


def shown(subject: str, measure: str, state: str) -> dict[str, str]:
    return {"state": state, "subject": subject, "measure": measure, "name": f"措施{measure}"}


def desks() -> dict[tuple[str, str], Any]:
    """What a node answers, by whose key and the end of the address."""
    late = [shown(LATE, "m-funds", "overdue"), shown(LATE, "m-honours-any", "answered")]
    lift = [shown(LIFTED, "m-funds", "to-lift")]
    way = [{"member": "321000", "lifts": [{"state": "lifted", "name": "x"}]}]
    return {
        ("zhenjiang", "desk"): {"pushes": [*late, shown("另一家", "m-funds", "open")], "lifts": []},
        ("nanjing", "desk"): {"pushes": [], "lifts": lift},
        ("yangzhou", "desk"): {"pushes": [], "lifts": []},
        ("wuhu", "propagation"): {"members": [*way, {"member": "320100", "lifts": []}]},
        ("region", "board"): {"members": [{"member": "321100", **COUNTS}]},
        ("region", "joint-cases"): {"cases": [{"applied": 2, "joint": 2}]},
    }


def asked(answers: dict[tuple[str, str], Any], region: Any) -> at_work.AtWork:
    def answer(request: httpx.Request) -> httpx.Response:
        who = request.headers["authorization"].removeprefix("Bearer rk_")
        found = answers.get((who, request.url.path.rpartition("/")[2]))
        return (
            httpx.Response(404)
            if found is None
            else httpx.Response(200, content=json.encode(found))
        )

    with httpx.Client(transport=httpx.MockTransport(answer)) as http:
        desk: Any = SimpleNamespace(http=http, place=SimpleNamespace(url="http://node.example"))
        return look(desk, region, KEYS)


def test_what_is_as_told_is_counted_and_named(region):
    seen = asked(desks(), region)
    assert dict(seen.counts) == {"waiting": 4, "overdue": 1, "answered": 1, "lifting": 1}
    assert seen.joint == 2
    assert [LATE in seen.lines[0], LIFTED in seen.lines[1]] == [True, True]


@pytest.mark.parametrize(
    ("place", "wrong"),
    [
        (("zhenjiang", "desk"), {"pushes": [shown(LATE, "m-funds", "open")], "lifts": []}),
        (("zhenjiang", "desk"), {"pushes": [], "lifts": []}),
        (("nanjing", "desk"), {"pushes": [], "lifts": []}),
        (("yangzhou", "desk"), {"pushes": [], "lifts": [shown(LIFTED, "m-funds", "to-lift")]}),
        (("wuhu", "propagation"), {"members": []}),
        (
            ("wuhu", "propagation"),
            {"members": [{"member": "321000", "lifts": [{"state": "to-lift", "name": "x"}]}]},
        ),
    ],
)
def test_what_is_not_as_told_ends_the_demonstration(region, place, wrong):
    with pytest.raises(DemoError, match="desks"):
        asked({**desks(), place: wrong}, region)


def test_a_node_that_does_not_answer_ends_it_too(region):
    answers = desks()
    del answers["region", "board"]
    with pytest.raises(httpx.HTTPStatusError):
        asked(answers, region)


def test_a_listing_that_is_not_there_is_missed(region):
    logs = dict.fromkeys(region.logs, ())
    with pytest.raises(DemoError, match="not listed"):
        asked(desks(), replace(region, logs=logs))


def test_answers_rest_on_listings_and_lifts_on_the_own_use(region):
    by_entry = {}
    for origin, statements in region.logs.items():
        for one in statements:
            main, _, restricted = one.line.partition(b"\t")
            by_entry[entry_of(main, restricted or None).hex()] = (origin, one)
    answers = [
        (origin, one)
        for origin, statements in region.logs.items()
        for one in statements
        if one.type in {"measure_use", "measure_reply"}
    ]
    assert len(answers) == 5
    for origin, one in answers:
        assert one.main["edition"] == EDITION
        named = one.main["causes"][0] if one.type == "measure_use" else one.main["about"]
        where, target = by_entry[named["entry"]]
        assert target.main["subject"]["uscc"] == one.main["subject"]["uscc"]
        lifted = one.main["result"] == "lifted"
        assert target.type == ("measure_use" if lifted else "list_entry")
        assert (where == origin) is lifted
