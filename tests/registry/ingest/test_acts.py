"""Acts take effect only from the same log and authority, or by a competence of the charter."""

from collections.abc import AsyncIterator

import pytest

from registry.ingest.acts import competence_on
from signing.record import encode_record, entry_of, split_line
from tests.registry.ingest.samples import main as sample
from tests.registry.world import NANJING, WUHU, Node, Publisher, charter, line, open_node, record
from tests.registry.world import salt as salt_of

PENALTY = ("decision_no", "violation_type", "facts", "basis", "kinds", "content", "procedure",
           "fine_wan_yuan", "effective_until")  # fmt: skip
NAMELESS = {"kind": "organisation", "name": "无代码示例合作社"}


def act(number: int, target: bytes, target_id: str, origin: str = WUHU, **changes: object) -> bytes:
    main = record(
        number,
        **dict.fromkeys(PENALTY),
        type="repair",
        decided_on="2026-09-01",
        effective_on="2026-09-02",
        severity={"class": "unclassified"},
        target={"origin": origin, "id": target_id, "entry": entry_of(*split_line(target)).hex()},
    )
    main.update(changes)
    return encode_record(main)


@pytest.fixture
async def node(database, tmp_path) -> AsyncIterator[Node]:
    async with open_node(database.service_url, tmp_path / "cosigned") as opened:
        yield opened


async def row(node: Node, number: int) -> tuple[object, ...]:
    found = await node.db.pool.fetchrow(
        "SELECT target_id, competent, flags FROM records WHERE record_id = $1", f"p{number}"
    )
    flags = [flag for flag in found["flags"] if flag != "subject-without-code"]
    return found["target_id"], found["competent"], flags


async def test_a_repair_by_the_same_authority_in_the_same_log_takes_effect(node):
    publisher = Publisher(WUHU)
    await node.admit(publisher.seal([line(1)]))
    await node.admit(publisher.seal([act(2, line(1), "p1")]))
    assert await row(node, 2) == ("p1", True, [])


async def test_target_and_act_may_come_in_one_batch(node):
    await node.admit(Publisher(WUHU).seal([line(1), act(2, line(1), "p1")]))
    assert await row(node, 2) == ("p1", True, [])


async def test_an_act_before_its_target_has_no_effect_however_they_are_batched(node):
    await node.admit(Publisher(WUHU).seal([act(2, line(1), "p1"), line(1)]))
    assert await row(node, 2) == ("p1", False, ["unknown-target"])


OTHER = {"name": "芜湖市生态环境局", "uscc": "12340200MA23402750"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"authority": OTHER}, ("p1", False, ["not-competent"])),
        ({"authority": {"name": "芜湖市生态环境局"}}, ("p1", False, ["not-competent"])),
        ({"authority": {"name": "芜湖市市场监督管理局"}}, ("p1", True, [])),
        ({"subject": {"kind": "organisation", "name": "另一家"}}, ("p1", False, ["not-competent"])),
    ],
    ids=["other code", "other name", "same name without a code", "other subject"],
)
async def test_who_may_act(node, changes, expected):
    publisher = Publisher(WUHU)
    await node.admit(publisher.seal([line(1)]))
    await node.admit(publisher.seal([act(2, line(1), "p1", **changes)]))
    assert await row(node, 2) == expected


async def test_a_foreign_log_has_no_effect_without_a_competence(node):
    await node.admit(Publisher(WUHU).seal([line(1)]))
    nanjing = Publisher(NANJING)
    await node.admit(nanjing.seal([act(2, line(1), "p1")]), NANJING)
    assert await row(node, 2) == ("p1", False, ["not-competent"])
    node.charter = charter(2, competences={NANJING: [competence_on(WUHU)]})
    await node.admit(nanjing.seal([act(3, line(1), "p1", salt=salt_of(33))]), NANJING)
    assert await row(node, 3) == ("p1", True, [])


async def test_unknown_and_different_targets_are_flagged(node):
    publisher = Publisher(WUHU)
    await node.admit(publisher.seal([line(1)]))
    await node.admit(publisher.seal([act(2, line(7), "p7"), act(3, line(7), "p1")]))
    assert await row(node, 2) == ("p7", False, ["unknown-target"])
    assert await row(node, 3) == ("p1", False, ["target-differs"])


async def test_a_record_without_a_code_can_be_repaired(node):
    publisher = Publisher(WUHU)
    nameless = line(1, subject=NAMELESS)
    await node.admit(publisher.seal([nameless]))
    await node.admit(publisher.seal([act(2, nameless, "p1", subject=NAMELESS)]))
    assert await row(node, 2) == ("p1", True, [])


async def test_another_name_without_a_code_is_another_subject(node):
    publisher = Publisher(WUHU)
    nameless = line(1, subject=NAMELESS)
    await node.admit(publisher.seal([nameless]))
    other = {"kind": "organisation", "name": "另一家合作社"}
    await node.admit(publisher.seal([act(2, nameless, "p1", subject=other)]))
    assert await row(node, 2) == ("p1", False, ["not-competent"])


def amendment(number: int, target: bytes, target_id: str, new: bytes, new_id: str) -> bytes:
    replacement = {"id": new_id, "entry": entry_of(*split_line(new)).hex()}
    changed = {"replacement": replacement, "changed": "罚款金额更正"}
    return act(number, target, target_id, type="amendment", **changed)


async def test_an_amendment_needs_what_is_to_stand_in_the_place(node):
    await node.admit(
        Publisher(WUHU).seal([line(1), line(2), amendment(3, line(1), "p1", line(2), "p2")])
    )
    assert await row(node, 3) == ("p1", True, [])


@pytest.mark.parametrize(
    "lines",
    [
        [line(1), amendment(3, line(1), "p1", line(2), "p2")],
        [line(1), amendment(3, line(1), "p1", line(2), "p2"), line(2)],
        [line(1), line(2), amendment(3, line(1), "p1", line(4), "p2")],
        [
            line(1),
            line(2, subject=NAMELESS),
            amendment(3, line(1), "p1", line(2, subject=NAMELESS), "p2"),
        ],
    ],
    ids=["not there", "only later", "another entry", "another subject"],
)
async def test_an_amendment_makes_no_record_vanish(node, lines):
    await node.admit(Publisher(WUHU).seal(lines))
    assert await row(node, 3) == ("p1", False, ["replacement-missing"])


async def test_an_act_of_one_kind_is_upon_records_of_one_kind(node):
    listed = {"type": "list_exit", "list": "wage-arrears", "reason": "performed"}
    kept = {"type": "performance", "result": "broken", "facts": "示例"}
    lines = [line(1), act(2, line(1), "p1", **listed), act(3, line(1), "p1", **kept)]
    await node.admit(Publisher(WUHU).seal(lines))
    for number in (2, 3):
        assert await row(node, number) == ("p1", False, ["target-differs"])


async def test_subjects_without_a_code_can_be_amended_too(node):
    old, new = line(1, subject=NAMELESS), line(2, subject=NAMELESS)
    replacement = {"id": "p2", "entry": entry_of(*split_line(new)).hex()}
    changed = {"replacement": replacement, "changed": "更正", "subject": NAMELESS}
    amending = act(3, old, "p1", type="amendment", **changed)
    await node.admit(Publisher(WUHU).seal([old, new, amending]))
    assert await row(node, 3) == ("p1", True, [])


async def test_a_change_is_upon_a_recognition_or_an_acceptance_of_the_same_organ(node):
    """Other records do not change so, and no other organ suspends what one has recognised."""

    def stated(number: int, kind: str, **changes: object) -> bytes:
        own = {"id": f"p{number}", "salt": salt_of(number), "subject": record(1)["subject"]}
        return encode_record({**sample(kind, **changes), **own})

    def change(number: int, upon: int, body: bytes, **changes: object) -> bytes:
        entry = entry_of(*split_line(body)).hex()
        target = {"origin": WUHU, "id": f"p{upon}", "entry": entry}
        return stated(number, "recognition_change", target=target, **changes)

    bodies = [stated(1, "standard_recognition"), stated(2, "result_acceptance"), line(3)]
    changes = [change(10 + number, number, body) for number, body in enumerate(bodies, 1)]
    other = change(14, 1, bodies[0], authority=OTHER)
    admitted = await node.admit(Publisher(WUHU).seal([*bodies, *changes, other]))
    assert admitted.quarantined == ()
    assert await row(node, 11) == ("p1", True, [])
    assert await row(node, 12) == ("p2", True, [])
    assert await row(node, 13) == ("p3", False, ["target-differs"])
    assert await row(node, 14) == ("p1", False, ["not-competent"])
