"""What a node makes of its settings before it answers anybody; and the log when it waits."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from registry.access import log as access_log
from registry.access.log import AccessLog
from registry.access.opening import SECRET, open_access
from registry.clock import FixedClock
from registry.domain.disclosure import Role
from registry.domain.grants import OF_MEMBER, OF_PLACE, OF_SUBJECT, WITHOUT_PURPOSE, Grant
from registry.errors import NodeError
from registry.settings import OidcRole
from registry.store.access import AccessLine, AccessStore
from signing.charter import fields_of
from tests.registry.access.conftest import GRANTS, MEMBERS, MovingClock, settings_for
from tests.registry.world import NOON, charter, open_node

CLOCK = FixedClock(NOON)
LINE = AccessLine("key:1", "auditor", "", "", "file", "", "", "answered")


@pytest.fixture
async def node(database, tmp_path):
    async with open_node(database.service_url, tmp_path / "cosigned") as opened:
        yield opened


async def test_the_secret_is_made_once_and_kept_for_the_node_alone(node, tmp_path):
    settings, path = settings_for(tmp_path), tmp_path / "keys" / SECRET
    async with open_access(settings, node.db, charter(), CLOCK) as first:
        assert first.log.keyed("a", "b") != first.log.keyed("ab")
        assert len(first.log.keyed("a")) == 32
    assert path.stat().st_mode & 0o777 == 0o600
    async with open_access(settings, node.db, charter(), CLOCK) as again:
        assert again.log.keyed("a") == first.log.keyed("a")
    path.write_bytes(b"short")
    with pytest.raises(NodeError, match="is damaged"):
        async with open_access(settings, node.db, charter(), CLOCK):
            pytest.fail("it opened")


ROLE = {"claim": "groups", "value": "x"}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({"role": "clerk"}, "item 2: The role clerk needs a member code"),
        ({"role": "clerk", "member": "999999"}, "no member 999999"),
        ({"role": "auditor", "member": "340200"}, "takes no a member code"),
        ({"role": "business"}, "needs the id of a subject"),
        ({"role": "regulator", "member_claim": "city"}, "needs territories"),
        ({"role": "third_party", "subject_claim": "uscc"}, "needs the party"),
        (
            {"role": "third_party", "subject_claim": "uscc", "party": "91340200"},
            "by its unified code of 18 characters",
        ),
        ({"role": "auditor", "party": "91340200MA00000231"}, "takes no the party"),
        ({"role": "publisher", "member": "340200", "department": "局"}, "takes no department"),
        ({"role": "clerk", "member": "340200", "department": "局" * 81}, "at most 80 characters"),
    ],
)
async def test_a_line_of_the_table_that_can_never_be_granted_keeps_the_node_from_starting(
    node, tmp_path, line, said
):
    good = [ROLE | {"role": "clerk", "member_claim": "city"}]
    table = [*good, ROLE | line]
    with pytest.raises(NodeError, match=said):
        async with open_access(settings_for(tmp_path, oidc_roles=table), node.db, charter(), CLOCK):
            pytest.fail("it opened")
    fine = [
        *good,
        ROLE | {"role": "business", "subject_claim": "uscc"},
        ROLE | {"role": "third_party", "subject_claim": "uscc", "party_claim": "own"},
    ]
    async with open_access(settings_for(tmp_path, oidc_roles=fine), node.db, charter(), CLOCK):
        pass


def test_the_roles_of_the_settings_are_those_of_disclosure():
    named = OidcRole.model_fields["role"].annotation.__args__
    assert set(named) == {role.value for role in Role} - {"public"}
    assert set(GRANTS) | {Role.PUBLIC} == set(Role)


def test_every_role_but_four_states_a_purpose_and_a_business_not_for_its_own_file():
    needing = {role for role in Role if Grant(role).needs_purpose("x")}
    assert needing == set(Role) - {Role.PUBLIC, Role.OPERATOR, Role.AUDITOR, Role.CONSUMER}
    assert needing == set(Role) - WITHOUT_PURPOSE
    assert not GRANTS[Role.BUSINESS].needs_purpose(GRANTS[Role.BUSINESS].subject)
    assert GRANTS[Role.BUSINESS].needs_purpose()
    assert OF_PLACE < OF_MEMBER
    assert not OF_MEMBER & OF_SUBJECT
    assert len(MEMBERS) == 4


class Slow(AccessStore):
    """Takes rows when it is told to; fails if it is told to."""

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.go = asyncio.Event()
        self.failing = 0

    async def append(self, lines) -> None:
        assert lines, "asked to write nothing"
        await self.go.wait()
        if self.failing:
            self.failing -= 1
            raise OSError
        self.batches.append(len(lines))


@pytest.fixture
def slow() -> Slow:
    return Slow()


@pytest.fixture
def log(slow: Slow) -> AccessLog:
    return AccessLog(slow, CLOCK, b"x" * 32, 1096)


async def test_those_who_wait_are_written_together_and_return_when_it_is_done(log, slow):
    tasks = [asyncio.create_task(log.write(LINE)) for _ in range(2_500)]
    await asyncio.sleep(0.01)
    assert not any(task.done() for task in tasks)
    slow.go.set()
    await asyncio.gather(*tasks)
    assert slow.batches == [1, 1_000, 1_000, 499]  # the first had nobody to wait for
    assert log._waiting == []


async def test_a_failure_is_of_one_and_the_others_lose_nothing(log, slow):
    slow.failing = 1
    tasks = [asyncio.create_task(log.write(LINE)) for _ in range(5)]
    await asyncio.sleep(0.01)
    slow.go.set()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [OSError] + [type(None)] * 4
    assert slow.batches == [4]
    assert log._waiting == []


async def test_who_goes_away_while_waiting_leaves_the_others_rows_alone(log, slow):
    tasks = [asyncio.create_task(log.write(LINE)) for _ in range(5)]
    await asyncio.sleep(0.01)
    tasks[0].cancel()  # the one that writes
    tasks[3].cancel()
    await asyncio.sleep(0.01)
    slow.go.set()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [isinstance(o, asyncio.CancelledError) for o in outcomes] == [
        True, False, False, True, False,
    ]  # fmt: skip
    assert slow.batches == [3]


async def test_who_goes_away_while_others_are_written_takes_no_row_with_him(log, slow):
    tasks = [asyncio.create_task(log.write(LINE)) for _ in range(5)]
    await asyncio.sleep(0.01)
    tasks[0].cancel()  # so that the second writes for the four that are left
    await asyncio.sleep(0.01)
    tasks[2].cancel()
    tasks.append(asyncio.create_task(log.write(LINE)))  # after what is being written
    await asyncio.sleep(0.01)
    slow.go.set()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    gone = [isinstance(outcome, asyncio.CancelledError) for outcome in outcomes]
    assert gone == [True, False, True, False, False, False]
    assert outcomes[-1] is None
    assert slow.batches == [4, 1]


class Failing(AccessStore):
    """Notes when it is told to erase; then fails, hangs or does it, as ``then`` says."""

    def __init__(self, db, clock: MovingClock) -> None:
        super().__init__(db)
        self.clock = clock
        self.asked: list[datetime] = []
        self.then: list[str] = []

    async def erase_old(self) -> int:
        self.asked.append(self.clock.now())
        match self.then.pop(0) if self.then else "":
            case "fail":
                raise OSError("the disk is full")
            case "hang":
                await asyncio.Event().wait()
        return await super().erase_old()


async def until(met) -> None:
    for _ in range(1_000):
        if await met():
            return
        await asyncio.sleep(0.01)
    pytest.fail("it never came")


async def test_what_is_over_is_erased_once_a_day_and_tried_again(node, clock, monkeypatch, caplog):
    monkeypatch.setattr(access_log, "LOOK", 0.01)
    store = Failing(node.db, clock)
    store.then = ["fail", "fail"]

    async def asked(times: int) -> bool:
        return len(store.asked) >= times

    log = AccessLog(store, clock, b"x" * 32, 184)
    async with log.erasing():
        await until(lambda: asked(3))
        await log.write(LINE)
        await asyncio.sleep(0.1)
        assert store.asked == [NOON] * 3, "it succeeded at last, and this day is done"
        clock.moment = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)  # midnight in Shanghai
        await until(lambda: asked(4))
        await asyncio.sleep(0.1)
        assert store.asked == [NOON] * 3 + [clock.moment]
    assert caplog.text.count("not erased yet: the disk is full") == 2
    clock.go(days=1)
    await asyncio.sleep(0.1)
    assert len(store.asked) == 4, "it ends with the node"
    (row, *_) = await log.rows(0, 5_000)
    assert (row.kept_until - row.at).days == 184


async def test_no_row_waits_for_an_erasure(node, clock):
    store = Failing(node.db, clock)
    store.then = ["hang"]
    log = AccessLog(store, clock, b"x" * 32, 184)
    async with asyncio.timeout(10), log.erasing():
        await log.write(LINE)
        await asyncio.sleep(0)
        assert store.asked == [NOON]
        assert len(await log.rows(0, 5)) == 1


async def test_a_node_that_opens_erases_what_is_over(node, tmp_path):
    store, past = AccessStore(node.db), datetime.now(UTC) - timedelta(days=1)
    await store.append([(NOON, past, LINE), (NOON, past + timedelta(days=9), LINE)])

    async def erased() -> bool:
        return [row.line for row in await store.after(0, 5)] == [None, LINE]

    async with open_access(settings_for(tmp_path), node.db, charter(), CLOCK):
        await until(erased)


async def test_a_later_charter_says_who_may_be_granted_something(node, tmp_path):
    first = charter()
    parties = [one for one in fields_of(first)["parties"] if one["code"] != "341100"]
    async with open_access(settings_for(tmp_path), node.db, first, CLOCK) as opened:
        held = opened.members
        assert "341100" in held
        opened.under(charter(2, parties=parties))
        assert opened.members is held  # the very set by which grants are judged
        assert "341100" not in held
        opened.under(first)
        assert "341100" in held
