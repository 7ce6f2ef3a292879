"""What becomes of a record by the acts on it, in every order and on every day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import permutations

import pytest

from registry.domain.life import counts_on, marks_on, outcomes_of, state_on
from registry.domain.records import AnyRecord
from tests.registry.ingest.samples import ABSENT, decoded

BEFORE, ON, LATER = date(2026, 8, 31), date(2026, 9, 1), date(2027, 1, 1)


@dataclass(frozen=True)
class One:
    record: AnyRecord
    acts: Sequence["One"] = ()
    competent: bool = True


def act(kind: str, *acts: One, competent: bool = True, **members: object) -> One:
    members = {"effective_on": "2026-09-01", "decided_on": "2026-09-01", **members}
    return One(decoded(kind, **members), acts, competent)


def objection(*acts: One, **members: object) -> One:
    about = {"about": "record", "measure": ABSENT, "territory": ABSENT}
    return One(decoded("objection", received_on="2026-09-01", **{**about, **members}), acts)


def outcome(consequence: str, on: str = "2026-10-01") -> One:
    result = "rejected" if consequence == "none" else "upheld"
    return act("objection_outcome", outcome=result, consequence=consequence, effective_on=on)


REPAIR, WITHDRAWAL = act("repair"), act("withdrawal")
AMENDMENT, EXIT = act("amendment"), act("list_exit")
SHIELD = act("reorganisation_shield", until="2026-12-31")


@pytest.mark.parametrize(
    ("acts", "state"),
    [
        ((), "standing"),
        ((REPAIR,), "repaired"),
        ((WITHDRAWAL,), "withdrawn"),
        ((AMENDMENT,), "amended"),
        ((SHIELD,), "shielded"),
        ((REPAIR, WITHDRAWAL), "withdrawn"),
        ((AMENDMENT, REPAIR), "repaired"),
        ((SHIELD, AMENDMENT), "amended"),
        ((SHIELD, AMENDMENT, REPAIR, WITHDRAWAL), "withdrawn"),
        ((act("repair", WITHDRAWAL),), "standing"),
        ((act("repair", act("withdrawal", WITHDRAWAL)),), "repaired"),
        ((act("repair", competent=False),), "standing"),
        ((act("reorganisation_shield", mode="statement"),), "standing"),
        ((act("stay"),), "standing"),
        ((objection(),), "standing"),
        ((objection(outcome("removed", "2026-09-01")),), "withdrawn"),
        ((objection(outcome("corrected", "2026-09-01")),), "standing"),
    ],
)
def test_what_becomes_of_a_penalty(acts, state):
    for order in permutations(acts):
        one = One(decoded("penalty"), order)
        assert state_on(one, ON) == state
        assert state_on(one, BEFORE) == "standing"


def test_a_list_entry_ends_by_exit_or_by_its_own_day():
    entry = decoded("list_entry", listed_until="2026-08-31")
    assert state_on(One(entry), BEFORE) == "standing"
    assert state_on(One(entry), ON) == "expired"
    assert state_on(One(entry, (EXIT,)), ON) == "exited"
    assert state_on(One(entry, (EXIT, REPAIR)), ON) == "repaired"
    assert state_on(One(decoded("list_entry", listed_until=ABSENT)), LATER) == "standing"


def test_an_act_that_is_not_competent_is_known_as_such():
    assert state_on(act("repair", competent=False), ON) == "not-competent-act"
    assert not counts_on(One(decoded("penalty")), ON)


def test_a_shield_and_a_stay_last_until_their_day():
    shielded = One(decoded("penalty"), (SHIELD,))
    assert state_on(shielded, date(2026, 12, 31)) == "shielded"
    assert state_on(shielded, LATER) == "standing"
    stayed = One(decoded("penalty"), (act("stay", until="2026-12-31"),))
    assert [marks_on(stayed, day) for day in (BEFORE, ON, LATER)] == [(), ("stayed",), ()]
    for_good = One(decoded("penalty"), (act("stay", until=ABSENT),))
    assert marks_on(for_good, LATER) == ("stayed",)


def test_a_withdrawal_counts_from_its_decision_on():
    early = act("withdrawal", decided_on="2026-08-31", effective_on="2026-10-01")
    assert state_on(One(decoded("penalty"), (early,)), BEFORE) == "withdrawn"


def test_a_record_is_marked_while_it_is_disputed():
    disputed = One(decoded("penalty"), (objection(outcome("none")),))
    assert [marks_on(disputed, day) for day in (BEFORE, ON, LATER)] == [(), ("objected",), ()]
    assert outcomes_of(disputed.acts[0], ON) == ()
    assert [one.consequence for one in outcomes_of(disputed.acts[0], LATER)] == ["none"]
    withdrawn = One(decoded("penalty"), (objection(act("withdrawal")),))
    assert marks_on(withdrawn, ON) == ()


def test_an_objection_to_a_measure_never_removes_the_record():
    measure = objection(
        outcome("removed"), about="measure", measure="tender-ban", territory="320100"
    )
    one = One(decoded("penalty"), (measure,))
    assert state_on(one, LATER) == "standing"
    assert marks_on(one, ON) == ("objected",)


def test_marks_of_commitments_and_reorganisation_stand_once_each():
    performance = act("performance", result="broken")
    statement = act("reorganisation_shield", mode="statement", until=ABSENT)
    one = One(decoded("commitment"), (performance, performance, statement))
    assert marks_on(one, ON) == ("broken", "reorganisation")


def test_a_withdrawal_of_a_repair_shows_no_sooner_than_it_says():
    back = act("withdrawal", decided_on="2026-09-02", effective_on="2026-10-01")
    one = One(decoded("penalty"), (act("repair", back),))
    assert state_on(one, date(2026, 9, 30)) == "repaired"
    assert state_on(one, date(2026, 10, 1)) == "standing"


def test_an_act_that_was_amended_counts_no_more():
    one = One(decoded("penalty"), (act("stay", act("amendment"), until=ABSENT),))
    assert marks_on(one, ON) == ()
