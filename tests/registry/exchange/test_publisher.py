"""The publisher against a node that loses answers, moves on, falls back and forks."""

import itertools
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

import pytest

from registry.clock import FixedClock
from registry.exchange import flow, sealed
from registry.exchange.errors import NodeRefusedError, PublishError
from registry.exchange.home import Delivered, Node, Trust
from registry.exchange.publisher import Publisher
from registry.exchange.sealed import LogSigner, SealedLog
from signing.batch import parse_header
from signing.charter import open_charter
from signing.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from signing.errors import CharterError, ExpiredKeyError, UnknownKeyError
from signing.keys import SigningKey
from signing.merkle import leaf_hash
from signing.receipt import make_receipt
from signing.record import encode_record
from tests.registry.exchange.fake_node import (
    MIRROR,
    NOW,
    ORIGIN,
    FakeNode,
    LostError,
    a_charter,
    charter_note,
    log_key,
)

_COUNT = itertools.count(1)
CLOCK = FixedClock(datetime.fromtimestamp(NOW, UTC))


def rows(count: int) -> list[bytes]:
    return [
        encode_record({"salt": f"{next(_COUNT):032x}", "id": f"r{next(_COUNT)}"})
        for _ in range(count)
    ]


@pytest.fixture
def node(tmp_path: Path) -> FakeNode:
    return FakeNode(tmp_path / "node")


@pytest.fixture
def log(tmp_path: Path) -> SealedLog:
    return SealedLog(tmp_path / "logs" / "wuhu", ORIGIN)


def publisher(log: SealedLog, node: Node | None) -> Publisher:
    return Publisher(log, Trust(a_charter(), ORIGIN), CLOCK, node)


def run(log: SealedLog, node: Node, lines: list[bytes] | None = None) -> list[Delivered]:
    """One whole run: open, finish what an earlier one began, seal, deliver."""
    one = publisher(log, node)
    one.open(new_log=True)
    one.finish_sealing(LogSigner(log_key()))
    if lines:
        one.seal(lines, LogSigner(log_key()))
    return list(one.deliver())


def code_of(caught: pytest.ExceptionInfo[PublishError]) -> str:
    return caught.value.detail_code


def test_a_first_batch_and_a_second(log, node):
    first, second = rows(300), rows(20)
    (one,) = run(log, node, first)
    (two,) = run(log, node, second)
    assert (one.start, one.end, two.start, two.end) == (0, 300, 300, 320)
    assert node.lines() == first + second
    state = log.state()
    assert state is not None
    assert (state.size, state.root) == (320, node.root())
    assert [log.receipt(batch) for batch in log.batches()] == [one.receipt.note, two.receipt.note]


def test_a_lost_answer_is_asked_for_again_with_the_same_bytes(log, node):
    sent: list[bytes] = []

    def lose(batch: bytes) -> None:
        sent.append(batch)
        if len(sent) == 1:
            raise LostError

    node.after = lose
    with pytest.raises(PublishError, match="node-unreachable"):
        run(log, node, rows(3))
    (delivered,) = run(log, node)
    assert sent[0] == sent[1]
    assert delivered.receipt.size == 3
    assert node.size(ORIGIN) == 3


def test_sealing_without_a_node_and_sending_later(log, node):
    run(log, node, rows(2))
    alone = publisher(log, None)
    assert alone.open().size == 2
    alone.seal(rows(3), LogSigner(log_key()))
    alone.seal(rows(4), LogSigner(log_key()))
    assert [(d.start, d.end) for d in run(log, node)] == [(2, 5), (5, 9)]


def test_without_a_node_nothing_can_be_known_or_sent(log):
    with pytest.raises(PublishError) as caught:
        publisher(log, None).open()
    assert code_of(caught) == "no-state"
    with pytest.raises(PublishError) as caught:
        next(publisher(log, None).deliver())
    assert code_of(caught) == "no-node"


def test_a_new_installation_takes_its_state_from_the_node(log, node, tmp_path):
    run(log, node, rows(700))
    second = SealedLog(tmp_path / "second", ORIGIN)
    (delivered,) = run(second, node, rows(1))
    assert (delivered.start, delivered.end) == (700, 701)
    assert second.state().root == node.root()
    # and the first goes on from there
    assert run(log, node, rows(2))[0].start == 701
    assert not node.forked


def test_tiles_that_do_not_lead_to_the_signed_root_are_refused(log, node, tmp_path):
    run(log, node, rows(5))

    class Liar(FakeNode):
        def tile(self, origin: str, level: int, n: int, width: int) -> bytes:
            return bytes(32) + super().tile(origin, level, n, width)[32:]

    with pytest.raises(PublishError) as caught:
        run(SealedLog(tmp_path / "second", ORIGIN), Liar(node.folder), rows(1))
    assert code_of(caught) == "bad-state"


def test_a_checkpoint_by_somebody_else_is_refused(log, node, tmp_path):
    run(log, node, rows(5))

    class Liar(FakeNode):
        def checkpoint(self, origin: str) -> bytes:
            return super().checkpoint(origin).replace(b"\n5\n", b"\n6\n")

    with pytest.raises(PublishError) as caught:
        run(SealedLog(tmp_path / "second", ORIGIN), Liar(node.folder), rows(1))
    assert code_of(caught) == "bad-state"


def test_the_first_of_two_installations_wins_and_the_other_sends_nothing(log, node, tmp_path):
    run(log, node, rows(4))
    offline = publisher(log, None)
    offline.open()
    lost = rows(3)
    offline.seal(lost, LogSigner(log_key()))
    second = SealedLog(tmp_path / "second", ORIGIN)
    run(second, node, rows(3))
    with pytest.raises(PublishError) as caught:
        run(log, node)
    assert code_of(caught) == "sealed-conflict"
    assert not node.forked
    assert log.state().size == 4
    # what was lost is moved away, and its records are published at a new position
    (moved,) = publisher(log, node).set_aside()
    assert (moved.start, moved.end) == (4, 7)
    assert moved.rows.read_bytes().splitlines() == lost
    assert moved.path.exists()
    (delivered,) = run(log, node, lost)
    assert (delivered.start, delivered.end) == (7, 10)
    assert not node.forked


def test_nothing_is_set_aside_without_a_proven_conflict(log, node):
    run(log, node, rows(4))
    with pytest.raises(PublishError) as caught:
        publisher(log, node).set_aside()
    assert code_of(caught) == "nothing-to-set-aside"
    node.forget(ORIGIN, 0)
    with pytest.raises(PublishError) as caught:
        publisher(log, node).set_aside()
    assert code_of(caught) == "node-behind"


def test_another_history_of_the_same_log_stops_everything(log, node, tmp_path):
    run(log, node, rows(4))
    run(log, node, rows(4))
    for size in (3, 4, 8, 11):
        other = FakeNode(tmp_path / f"other{size}")
        run(SealedLog(tmp_path / f"folder{size}", ORIGIN), other, rows(size))
        with pytest.raises(PublishError) as caught:
            run(log, other, rows(1))
        assert code_of(caught) == ("node-behind" if size == 3 else "different-root")
        with pytest.raises(PublishError):
            publisher(log, other).set_aside()
        assert not other.forked


def test_a_node_on_an_old_backup_is_refilled_from_the_sealed_batches(log, node):
    for _ in range(3):
        run(log, node, rows(4))
    kept = node.lines()
    node.forget(ORIGIN, 4)
    node.time += 1000
    assert [(d.start, d.end) for d in run(log, node)] == [(4, 8), (8, 12)]
    assert node.lines() == kept
    assert (log.state().size, log.state().root) == (12, node.root())


def test_a_node_behind_what_we_can_refill_gets_nothing(log, node, tmp_path):
    run(log, node, rows(4))
    second = SealedLog(tmp_path / "second", ORIGIN)
    run(second, node, rows(4))
    for size in (0, 2):
        node.forget(ORIGIN, size)
        with pytest.raises(PublishError) as caught:
            run(second, node, rows(1))
        assert code_of(caught) == "node-behind"
    assert len(second.batches()) == 1


def test_a_lost_state_is_found_again_from_node_and_sealed_batches(log, node):
    run(log, node, rows(4))
    offline = publisher(log, None)
    offline.open()
    offline.seal(rows(2), LogSigner(log_key()))
    (log.folder / "state.json").unlink()
    (delivered,) = run(log, node)
    assert (delivered.start, delivered.end) == (4, 6)


def test_a_lost_receipt_is_fetched_by_sending_the_same_bytes(log, node):
    run(log, node, rows(4))
    run(log, node, rows(4))
    first = log.folder / "receipts" / "000000000000.receipt"
    kept = first.read_bytes()
    first.unlink()
    (delivered,) = run(log, node)
    assert (delivered.start, first.read_bytes()) == (0, kept)


def test_a_batch_that_the_node_never_took_is_not_sent_below_its_size(log, node, tmp_path):
    """The state was lost, too: only the node's tree tells that our batch is not in it."""
    offline = publisher(log, node)
    offline.open(new_log=True)
    offline.seal(rows(2), LogSigner(log_key()))
    run(SealedLog(tmp_path / "second", ORIGIN), node, rows(5))
    (log.folder / "state.json").unlink()
    with pytest.raises(PublishError) as caught:
        run(log, node)
    assert code_of(caught) == "sealed-conflict"
    assert not node.forked
    assert len(publisher(log, node).set_aside()) == 1
    assert run(log, node) == []


def test_a_receipt_for_a_later_size_counts_if_the_tree_grew_from_ours(log, node):
    run(log, node, rows(4))
    run(log, node, rows(4))
    (log.folder / "receipts" / "000000000000.receipt").unlink()
    data = node._load(ORIGIN)
    del data["receipts"]["4"]
    node._store(ORIGIN, [line.encode() for line in data["lines"]], data["receipts"])
    (delivered,) = run(log, node)
    assert (delivered.end, delivered.receipt.size) == (4, 8)


@pytest.mark.parametrize("kind", ["earlier", "forged"])
def test_a_receipt_that_proves_nothing_is_not_kept(log, node, kind):
    run(log, node, rows(4))
    old = node.checkpoint(ORIGIN)

    class Liar(FakeNode):
        def admit(self, origin: str, batch: bytes):
            answer = super().admit(origin, batch)
            note = old if kind == "earlier" else answer.receipt.replace(b"\n6\n", b"\n7\n")
            return type(answer)(note, answer.repeated, ())

    with pytest.raises(PublishError) as caught:
        run(log, Liar(node.folder), rows(2))
    assert code_of(caught) == "bad-receipt"
    assert log.receipt(log.batches()[-1]) is None
    assert run(log, node)[0].end == 6


def test_a_key_that_the_charter_does_not_name_signs_nothing(log, node):
    one = publisher(log, node)
    one.open(new_log=True)
    with pytest.raises(PublishError) as caught:
        one.seal(rows(1), LogSigner(log_key(label="2")))
    assert code_of(caught) == "key-not-in-charter"
    assert log.batches() == []
    assert log.staged() == []


def test_a_moving_log_is_looked_at_anew_but_not_for_ever(log, node):
    run(log, node, rows(4))

    def busy(_batch: bytes) -> None:
        raise NodeRefusedError(409, "wrong-position", ("", ""), 4)

    node.before = busy
    with pytest.raises(PublishError) as caught:
        run(log, node, rows(1))
    assert code_of(caught) == "no-progress"
    node.before = lambda _batch: None
    assert run(log, node)[0].end == 5


def test_a_refusal_is_handed_on(log, node):
    def refuse(_batch: bytes) -> None:
        raise NodeRefusedError(403, "expired-key", ("密钥过期", "expired"))

    node.before = refuse
    with pytest.raises(NodeRefusedError, match="expired-key"):
        run(log, node, rows(1))


def test_staged_rows_are_sealed_by_the_next_run_unless_they_were(log, node):
    staged = rows(2)
    one = publisher(log, node)
    one.open(new_log=True)
    log.stage(staged)
    assert run(log, node)[0].end == 2
    log.stage(staged)  # killed after sealing, before the staged rows were removed
    assert run(log, node) == []
    assert node.lines() == staged
    assert log.staged() == []


def test_two_can_never_seal_at_one_position(log, node):
    """Even if the lock failed: the second writer loses before it signs, or before it stores."""
    one, two = publisher(log, node), publisher(log, node)
    one.open(new_log=True)
    two.open()
    one.seal(rows(1), LogSigner(log_key()))
    key = CountingKey(ORIGIN, log_key()._secret)
    with pytest.raises(PublishError) as caught:
        two.seal(rows(1), LogSigner(key))
    assert code_of(caught) == "position-taken"
    assert len(log.batches()) == 1
    assert CountingKey.signed == []


class CountingKey(SigningKey):
    __slots__ = ()
    signed: ClassVar[list[bytes]] = []

    def sign(self, message: bytes) -> bytes:
        self.signed.append(message)
        return super().sign(message)


def test_rows_being_sealed_are_never_replaced_by_others(log, node):
    run(log, node, rows(1))
    log.stage(rows(1))
    with pytest.raises(PublishError) as caught:
        log.stage(rows(1))
    assert code_of(caught) == "file-exists"


def test_a_receipt_counts_only_if_the_key_was_valid_when_it_was_given(log, node):
    (delivered,) = run(log, node, rows(1))
    note = delivered.receipt.note
    assert Trust(a_charter(), ORIGIN).open(note).time == NOW
    later = open_charter(charter_note(since="2099-01-01T00:00:00Z"))
    with pytest.raises(ExpiredKeyError):
        Trust(later, ORIGIN).open(note)


def test_the_second_writer_loses_even_where_it_could_not_see_the_first(log, node, monkeypatch):
    """The other process wins the name between our look and our write: nothing is replaced."""
    one, two = publisher(log, node), publisher(log, node)
    one.open(new_log=True)
    two.open()
    monkeypatch.setattr(type(log), "_taken", lambda _self, _path: False)
    sealed = one.seal(rows(1), LogSigner(log_key())).read()
    with pytest.raises(PublishError) as caught:
        two.seal(rows(1), LogSigner(log_key()))
    assert code_of(caught) == "position-taken"
    assert [batch.read() for batch in log.batches()] == [sealed]


def test_a_disk_that_fails_while_sealing_is_reported_as_it_is(log, node, monkeypatch):
    one = publisher(log, node)
    one.open(new_log=True)

    def fail(path: Path, *_given: object) -> None:
        raise PublishError("no-hard-links", path=path, reason="x")

    log.stage(rows(1))
    monkeypatch.setattr(sealed.durable, "write_new", fail)
    with pytest.raises(PublishError) as caught:
        one.finish_sealing(LogSigner(log_key()))
    assert code_of(caught) == "no-hard-links"
    monkeypatch.undo()
    assert run(log, node)[0].end == 1
    assert publisher(log, node).finish_sealing(LogSigner(log_key())) is None


def test_an_emptied_node_does_not_make_a_second_installation_begin_anew(log, node, tmp_path):
    run(log, node, rows(3))
    node.forget(ORIGIN, 0)
    second = SealedLog(tmp_path / "second", ORIGIN)
    with pytest.raises(PublishError) as caught:
        publisher(second, node).open()
    assert code_of(caught) == "unknown-history"
    assert second.state() is None
    # the first installation knows the log from its first entry on
    (log.folder / "state.json").unlink()
    assert publisher(log, node).open().size == 3
    assert run(log, node)[0].end == 3


def test_where_the_key_was_made_the_log_is_known_to_be_new(log, node):
    log.mark_new()
    assert publisher(log, node).open().size == 0
    (log.folder / "state.json").unlink()
    with pytest.raises(PublishError):
        publisher(log, node).open()


def test_an_expired_charter_signs_nothing(log, node):
    late = FixedClock(datetime(2100, 3, 1, tzinfo=UTC))
    one = Publisher(log, Trust(a_charter(), ORIGIN), late, node)
    one.open(new_log=True)
    with pytest.raises(CharterError, match="expired"):
        one.seal(rows(1), LogSigner(log_key()))


def test_what_was_built_on_a_lost_batch_is_lost_with_it(log, node, tmp_path):
    for _ in range(2):  # the same position can be lost twice
        alone = publisher(log, node)
        base = alone.open(new_log=True).size
        alone.seal(rows(2), LogSigner(log_key()))
        alone.seal(rows(2), LogSigner(log_key()))
        run(SealedLog(tmp_path / f"second{base}", ORIGIN), node, rows(1))
        moved = publisher(log, node).set_aside()
        assert [(one.start, one.end) for one in moved] == [(base, base + 2), (base + 2, base + 4)]
        node.forget(ORIGIN, base)
        log.save_state(alone.state)
    assert len(list(log.folder.glob("set-aside/*.batch"))) == 4
    assert not node.forked


def test_state_and_head_are_told(log, node):
    one = publisher(log, node)
    one.open(new_log=True)
    one.seal(rows(2), LogSigner(log_key()))
    assert (one.state.size, one.head.size) == (0, 2)


def test_damage_is_named(log, node):
    run(log, node, rows(2))
    one = publisher(log, None)
    one.open()
    one.seal(rows(2), LogSigner(log_key()))
    one.seal(rows(2), LogSigner(log_key()))
    second, third = (batch.path for batch in log.batches()[1:])
    good = second.read_bytes()
    second.write_bytes(good.replace(b'"id":"r', b'"id":"s', 1))
    assert _damage(log).startswith(str(second))
    second.write_bytes(good.replace(b'","format', b'x","format', 1))
    assert _damage(log).startswith(str(second))
    second.write_bytes(good[:-5])
    assert _damage(log).startswith(str(second))
    second.unlink()
    assert _damage(log).startswith(str(third))
    third.rename(second)
    assert _damage(log).startswith(str(second))
    second.write_bytes(b"{}\n")
    assert _damage(log).startswith(str(second))
    second.unlink()
    state = log.folder / "state.json"
    for text in ("{", '{"format":"x"}', state.read_text().replace("wuhu", "wuhx")):
        state.write_text(text)
        assert _damage(log).startswith(str(state))


def _damage(log: SealedLog) -> str:
    with pytest.raises(PublishError) as caught:
        publisher(log, None).open()
    assert code_of(caught) == "damaged"
    return str(caught.value.facts["path"])


def test_a_receipt_for_the_same_size_but_another_tree_is_not_kept(log, node):
    run(log, node, rows(4))
    other = Checkpoint(ORIGIN, 6, leaf_hash(b"another tree"))

    class Liar(FakeNode):
        def admit(self, origin: str, batch: bytes):
            answer = super().admit(origin, batch)
            note = make_receipt(sign_checkpoint(other, log_key()), MIRROR, NOW).note
            return type(answer)(note, answer.repeated, ())

    with pytest.raises(PublishError) as caught:
        run(log, Liar(node.folder), rows(2))
    assert code_of(caught) == "bad-receipt"
    assert log.receipt(log.batches()[-1]) is None
    assert log.state().size == 4


def test_a_batch_missing_in_the_middle_is_named(log, node):
    run(log, node, rows(2))
    one = publisher(log, None)
    one.open()
    missing = one.seal(rows(3), LogSigner(log_key()))
    one.seal(rows(1), LogSigner(log_key()))
    missing.path.unlink()
    with pytest.raises(PublishError) as caught:
        publisher(log, None).open()
    assert code_of(caught) == "damaged"
    assert caught.value.facts["reason"] == "the batch at 2 is missing"


def test_rows_staged_after_an_earlier_batch_are_sealed_by_the_next_run(log, node):
    """Killed between staging and sealing: that something was sealed before says nothing of them."""
    first, staged = rows(1), rows(2)
    run(log, node, first)
    log.stage(staged)
    (delivered,) = run(log, node)
    assert (delivered.start, delivered.end) == (1, 3)
    assert node.lines() == first + staged


def test_what_was_sealed_with_a_key_that_has_expired_is_signed_anew(log, node):
    """A batch that waited for the network beyond its key's end must not block the log for good."""
    soon = "2026-12-01T00:00:00Z"
    old, new = log_key(), log_key(label="2")
    keys = [
        {"vkey": str(old.vkey), "from": "2020-01-01T00:00:00Z", "until": soon},
        {"vkey": str(new.vkey), "from": soon},
    ]
    node.charter_bytes = charter_note(keys=keys)
    trust = Trust(open_charter(node.charter_bytes), ORIGIN)
    lines = rows(3)
    sealing = Publisher(log, trust, CLOCK)
    log.mark_new()
    log.save_state(sealed.START)
    sealing.open()
    first = sealing.seal(lines, LogSigner(old)).read()

    later = FixedClock(datetime(2026, 12, 2, tzinfo=UTC))
    node.time = int(later.now().timestamp())

    def refuse(batch: bytes) -> None:
        note = parse_header(batch.partition(b"\n")[0]).checkpoint
        try:
            open_checkpoint(note, [new.vkey])
        except UnknownKeyError as error:
            raise NodeRefusedError(403, "expired-key", ("密钥过期", "expired")) from error

    node.before = refuse
    asked = [old]  # a clerk whose folder still holds the old key alone is told so
    work = flow.Work(Publisher(log, trust, later, node), lambda: LogSigner(asked[-1]), ORIGIN, node)
    with pytest.raises(PublishError, match="key-not-in-charter"):
        flow.resume(work)
    asked.append(new)
    (delivered,) = flow.resume(work)
    assert (delivered.start, delivered.end, node.lines()) == (0, 3, lines)
    (batch,) = log.batches()
    assert batch.lines() == lines
    assert batch.read() != first
    assert batch.read().partition(b"\n")[2] == first.partition(b"\n")[2]


def test_nothing_is_signed_beside_what_another_installation_has_published_meanwhile(
    log, node, tmp_path
):
    """Rows can take long to check: the node is looked at again before anything is signed."""
    one = publisher(log, node)
    one.open(new_log=True)
    elsewhere = SealedLog(tmp_path / "elsewhere", ORIGIN)
    theirs, ours = rows(2), rows(3)
    run(elsewhere, node, theirs)
    one.seal(ours, LogSigner(log_key()))
    list(one.deliver())
    assert node.lines() == theirs + ours
    assert not node.forked
