"""Since when a record of ours has ended, as it is compared with what the national side says."""

from types import SimpleNamespace
from typing import Any

import pytest

from registry.reconciling.ours import _since
from tests.registry.query.scene import TODAY, listing
from tests.registry.reconciling.scene import act
from tests.registry.reconciling.test_keys import cases, record_of, why

LISTED = listing(decision_no="1号", id="l1")
MORE = {
    "repair": {},
    "withdrawal": {"reason": "revoked"},
    "list_exit": {"list": LISTED["list"], "reason": "performed"},
}


def acted(kind: str, decided: object, effective: object, *, counts: bool) -> Any:
    more = {**MORE[kind], "effective_on": str(effective)}
    record = record_of(act(kind, LISTED, 7, str(decided), **more))
    return SimpleNamespace(record=record, counts_on=lambda _day: counts)


@pytest.mark.parametrize("case", cases("since.yaml"), ids=why)
def test_the_day_is_that_of_the_act_by_which_it_has_ended(case):
    acts = [acted(*said, counts=counts) for *said, counts in case["acts"]]
    one: Any = SimpleNamespace(record=record_of(LISTED), acts=acts)
    assert _since(one, case["state"], TODAY) == case["since"]
