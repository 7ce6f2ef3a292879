"""A log changes its key: the charter says when, an empty batch puts the new key's name to it.

Whatever step a run is stopped at, the log has the old signature or both, and the next run ends it.
"""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from registry.clock import FixedClock
from registry.exchange import flow
from registry.exchange.errors import NodeRefusedError, PublishError
from registry.exchange.flow import Work
from registry.exchange.home import Admission, Trust
from registry.exchange.publisher import Publisher
from registry.exchange.workdir import Workdir
from signing.algorithms import ML_DSA_44
from signing.batch import parse_batch
from signing.charter import encode_charter, fields_of, open_charter, sign_charter
from signing.checkpoint import open_checkpoint
from signing.errors import ExpiredKeyError, MalformedKeyError, RevokedKeyError
from signing.keys import SigningKey
from signing.note import parse_note
from signing.verify import verify_files
from tests.registry.cli.conftest import PASSWORD
from tests.registry.exchange.fake_node import (
    NOW,
    ORIGIN,
    ROOT_KEY,
    FakeNode,
    charter_note,
    log_key,
)
from tests.registry.exchange.test_publisher import rows

OLD, NEW = log_key(), log_key(label="2")
SECRET = PASSWORD.encode()


def utc(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def window(key, start, until=None, revoked=None):
    said = {"vkey": str(key.vkey), "from": utc(start)}
    said |= {} if until is None else {"until": utc(until)}
    return said | ({} if revoked is None else {"revoked": utc(revoked)})


BOTH = [window(OLD, 0, NOW + 100), window(NEW, NOW)]


class Desk:
    """A member's folder with both keys, and a node under the second version of the charter."""

    def __init__(self, folder: Path, keys=BOTH, now=NOW) -> None:
        self.node = FakeNode(folder / "node", charter_bytes=charter_note(2, keys=keys), time=now)
        self.workdir = Workdir(folder / "work")
        self.now = now
        self.steps: list[str] = []
        self.stop = 0
        files = self.workdir.path / "keys"
        if not files.exists():
            files.mkdir(parents=True)
            for name, key in (("", OLD), (".2", NEW)):
                file = files / f"xinyong.wuhu.example_credit{name}.key"
                file.write_bytes(key.to_pem(SECRET))
                file.with_suffix(".vkey").write_text(f"{key.vkey}\n")

    def under(self, keys, version=2) -> None:
        self.node.charter_bytes = charter_note(version, keys=keys)

    def at(self, now: int) -> None:
        self.now = self.node.time = now

    def observe(self, step: str) -> None:
        self.steps.append(step)
        if len(self.steps) == self.stop:
            raise StoppedError(step)

    @property
    def trust(self) -> Trust:
        return Trust(open_charter(self.node.charter_bytes), ORIGIN)

    @property
    def log(self):
        return Workdir(self.workdir.path, self.observe).log(ORIGIN)

    def work(self) -> Work:
        clock = FixedClock(datetime.fromtimestamp(self.now, UTC))
        publisher = Publisher(self.log, self.trust, clock, self.node, self.observe)
        return Work(
            publisher,
            lambda: self.workdir.signer_for(self.trust, self.now, lambda: SECRET),
            ORIGIN,
            self.node,
            new_log=True,
        )

    def publish(self, count: int = 2) -> None:
        work = self.work()
        flow.resume(work)
        work.publisher.seal(rows(count), work.key())
        list(work.publisher.deliver())

    def signed_by(self) -> set[bytes]:
        note = self.node.checkpoint(ORIGIN)
        self.trust.open(note)  # whatever else: the newest checkpoint is good
        return {line.key_id for line in parse_note(note).signatures if line.name == ORIGIN}


class StoppedError(Exception):
    """The process ends here."""


@pytest.fixture
def desk(tmp_path) -> Desk:
    made = Desk(tmp_path)
    made.at(NOW - 1)
    made.publish()
    made.at(NOW)
    made.steps.clear()
    return made


def test_the_charter_says_which_key_signs(desk):
    trust = desk.trust
    at = {NOW - 1: OLD, NOW: NEW, NOW + 99: NEW, NOW + 100: NEW}  # both overlap: the later begun
    for second, key in at.items():
        assert desk.workdir.signer_for(trust, second, lambda: SECRET).vkey == key.vkey
    only_old = Trust(open_charter(charter_note(keys=[window(OLD, 0)])), ORIGIN)
    assert desk.workdir.signer_for(only_old, NOW, lambda: SECRET).vkey == OLD.vkey
    revoked = [window(OLD, 0), window(NEW, NOW, revoked=NOW + 5)]
    back = Trust(open_charter(charter_note(keys=revoked)), ORIGIN)
    assert desk.workdir.signer_for(back, NOW + 4, lambda: SECRET).vkey == NEW.vkey
    assert desk.workdir.signer_for(back, NOW + 5, lambda: SECRET).vkey == OLD.vkey
    none = Trust(open_charter(charter_note(keys=[window(NEW, NOW)])), ORIGIN)
    assert (
        desk.workdir.signer_for(none, NOW - 1, lambda: SECRET).vkey == OLD.vkey
    )  # and is refused by name
    with pytest.raises(PublishError, match="key-not-in-charter"):
        none.require_key(OLD.vkey, NOW - 1)


def test_an_empty_batch_signs_the_tree_once_more(desk):
    root, batches = desk.node.root(), [one.read() for one in desk.log.batches()]
    assert desk.signed_by() == {OLD.vkey.key_id}
    (delivered,) = flow.resign(desk.work())
    assert (delivered.start, delivered.end, delivered.receipt.root) == (2, 2, root)
    assert desk.signed_by() == {NEW.vkey.key_id}
    assert desk.node.root() == root
    assert [one.read() for one in desk.log.batches()] == batches
    desk.publish(3)  # the log goes on from there
    assert desk.node.size(ORIGIN) == 5
    assert not desk.node.forked
    files = {
        str(path): path.read_bytes()
        for folder in ("sealed/*.batch", "resigned/*.batch", "receipts/*.receipt")
        for path in desk.log.folder.glob(folder)
    }
    assert len(files) == 6
    found = verify_files(files, open_charter(desk.node.charter_bytes))
    assert [one.code for one in found] == ["ok"] * 6


def test_signed_again_and_again_it_stays_the_same(desk):
    flow.resign(desk.work())
    before = {path: path.read_bytes() for path in desk.log.folder.rglob("*") if path.is_file()}
    flow.resign(desk.work())
    after = {path: path.read_bytes() for path in desk.log.folder.rglob("*") if path.is_file()}
    assert before == after


def steps_of_a_run(tmp_path) -> list[str]:
    one = Desk(tmp_path)
    one.at(NOW - 1)
    one.publish()
    one.at(NOW)
    one.steps.clear()
    one.node.before = lambda _batch: one.observe("node: before storing")
    one.node.after = lambda _batch: one.observe("node: after storing")
    flow.resign(one.work())
    return one.steps


STEPS = [
    "opened",
    ".batch written",
    ".batch named",
    "resigned",
    "sending",
    "node: before storing",
    "node: after storing",
    "answered",
    ".receipt written",
    ".receipt named",
    "receipt stored",
]


def test_the_table_names_every_step(tmp_path):
    assert steps_of_a_run(tmp_path) == STEPS


@pytest.mark.parametrize("step", range(1, len(STEPS) + 1), ids=lambda n: f"{n:02}-{STEPS[n - 1]}")
def test_stopped_after_any_step_one_of_two_signatures_is_good(desk, step):
    desk.node.before = lambda _batch: desk.observe("node: before storing")
    desk.node.after = lambda _batch: desk.observe("node: after storing")
    desk.stop = step
    with pytest.raises(StoppedError, match=STEPS[step - 1]):
        flow.resign(desk.work())
    taken = step >= STEPS.index("node: after storing") + 1
    assert desk.signed_by() == {(NEW if taken else OLD).vkey.key_id}
    state = desk.log.state()
    assert state is not None
    assert (state.size, state.root) == (2, desk.node.root())
    desk.stop = 0
    flow.resign(desk.work())
    assert desk.signed_by() == {NEW.vkey.key_id}
    assert not list(desk.log.folder.rglob(".*.tmp"))
    (resigned,) = desk.log.folder.glob("resigned/*.batch")
    receipt = (desk.log.folder / "receipts" / f"{resigned.stem}.receipt").read_bytes()
    assert receipt == desk.node.checkpoint(ORIGIN)
    desk.publish(1)
    assert (desk.node.size(ORIGIN), desk.node.forked) == (3, False)


def test_there_is_nothing_to_sign_in_an_empty_log(tmp_path):
    with pytest.raises(PublishError, match="nothing-to-resign"):
        flow.resign(Desk(tmp_path).work())


def test_what_is_unsent_goes_first(desk):
    work = desk.work()
    flow.resume(work)
    work.publisher.seal(rows(1), work.key())
    with pytest.raises(PublishError, match="unsent-first"):
        work.publisher.resign(work.key())
    first, second = flow.resign(desk.work())
    assert ((first.start, first.end), (second.start, second.end)) == ((2, 3), (3, 3))


def test_a_receipt_without_the_new_signature_is_not_believed(desk):
    old = desk.node.checkpoint(ORIGIN)
    desk.node.admit = lambda _origin, _batch: Admission(old, repeated=True, quarantined=())
    with pytest.raises(PublishError, match="bad-receipt"):
        flow.resign(desk.work())
    assert not list(desk.log.folder.glob("receipts/*-*"))


@pytest.mark.parametrize("code", ["expired-key", "revoked-key"])
def test_what_was_sealed_with_a_key_that_may_not_sign_any_more_is_signed_with_the_next(desk, code):
    desk.at(NOW - 1)
    work = desk.work()
    flow.resume(work)
    work.publisher.seal(rows(1), work.key())
    (*_, unsent) = desk.log.batches()
    assert {line.key_id for line in parse_note(unsent.note).signatures} == {OLD.vkey.key_id}
    ended = (
        [window(OLD, 0, NOW), window(NEW, NOW)]
        if code == "expired-key"
        else [window(OLD, 0, revoked=NOW), window(NEW, NOW)]
    )
    desk.under(ended, 3)
    desk.at(NOW)
    admit = desk.node.admit

    def refusing(origin: str, batch: bytes) -> Admission:
        if OLD.vkey.key_id in {line.key_id for line in parse_note(_note_of(batch)).signatures}:
            raise NodeRefusedError(403, code, ("不可用", "not any more"))
        return admit(origin, batch)

    desk.node.admit = refusing
    flow.resume(desk.work())
    assert desk.signed_by() == {NEW.vkey.key_id}
    assert desk.node.size(ORIGIN) == 3


def _note_of(batch: bytes) -> bytes:
    return parse_batch([batch])[0].checkpoint or b""


def test_what_a_revoked_key_signed_before_stays_good_at_home(desk):
    desk.under([window(OLD, 0, revoked=NOW), window(NEW, NOW)], 3)
    assert desk.signed_by() == {OLD.vkey.key_id}
    desk.under([window(OLD, 0, revoked=NOW - 1), window(NEW, NOW)], 4)
    with pytest.raises(ExpiredKeyError):
        desk.signed_by()


def test_a_home_node_that_changed_its_key_is_believed_for_what_the_old_one_cosigned(desk):
    fields = fields_of(open_charter(desk.node.charter_bytes))
    (node,) = fields["nodes"]
    new = SigningKey.from_seed(f"{node['name']}/mirror", bytes(32), 4)
    for until, believed in ((NOW, True), (NOW - 1, False)):  # it cosigned at NOW - 1
        earlier = {"vkey": node["mirror"], "from": utc(0), "until": utc(until)}
        changed = node | {"mirror": str(new.vkey), "earlier": [earlier]}
        note = sign_charter(encode_charter(fields | {"nodes": [changed]}), [ROOT_KEY])
        trust = Trust(open_charter(note), ORIGIN)
        if believed:
            assert trust.open(desk.node.checkpoint(ORIGIN)).size == 2
            continue
        with pytest.raises(ExpiredKeyError):
            trust.open(desk.node.checkpoint(ORIGIN))


def test_a_revoked_key_is_refused_by_the_tool_with_its_moment(desk):
    desk.under([window(OLD, 0, revoked=NOW), window(NEW, NOW)], 3)
    desk.trust.require_key(OLD.vkey, NOW - 1)
    with pytest.raises(RevokedKeyError, match=utc(NOW)):
        desk.trust.require_key(OLD.vkey, NOW)


# --- a log that moves to another node ---


@pytest.mark.parametrize("code", ["hand-over-needed", "not-whole"])
def test_a_home_that_lacks_something_is_not_asked_again_and_again(desk, code):
    asked = []

    def refuse(_origin: str, batch: bytes) -> Admission:
        asked.append(batch)
        raise NodeRefusedError(409, code, ("不完整", "not whole"), 2)

    desk.node.admit = refuse
    with pytest.raises(NodeRefusedError, match=code):
        desk.publish(1)
    assert len(asked) == 1


def test_a_node_that_holds_the_log_without_a_receipt_says_what_to_do(desk):
    def refuse(_origin: str) -> bytes:
        raise NodeRefusedError(status, "not-found", ("没有", "none"))

    desk.node.checkpoint = refuse
    status = 404
    with pytest.raises(PublishError, match="no-receipt-there") as caught:
        flow.resume(desk.work())
    assert "--hand-over" in caught.value.right_en
    status = 503
    with pytest.raises(NodeRefusedError):
        flow.resume(desk.work())


def test_the_last_receipt_is_handed_over_as_an_empty_batch(desk):
    desk.publish(1)
    sent = []
    desk.node.before = sent.append
    done = desk.work().publisher.hand_over()
    assert (done.start, done.end) == (3, 3)
    header, lines = parse_batch(sent)
    assert (header.start, header.end, lines) == (3, 3, [])
    (*_, last) = desk.log.batches()
    assert header.checkpoint == desk.log.receipt(last)
    flow.resign(desk.work())  # there are two receipts of that size now, and either will do
    assert desk.work().publisher.hand_over().end == 3


def test_without_the_last_receipt_nothing_is_handed_over(desk, tmp_path):
    with pytest.raises(PublishError, match="no-receipt"):
        Desk(tmp_path / "new").work().publisher.hand_over()
    state = desk.log.state()
    desk.log.save_state(state.after(rows(1)))  # another installation has published since
    with pytest.raises(PublishError, match="no-receipt"):
        desk.work().publisher.hand_over()
    desk.log.save_state(state)
    for receipt in desk.log.folder.glob("receipts/*"):
        receipt.unlink()
    with pytest.raises(PublishError, match="no-receipt"):
        desk.work().publisher.hand_over()


# --- keys in the folder ---


def test_one_more_key_is_made_beside_the_first(tmp_path):
    workdir = Workdir(tmp_path)
    with pytest.raises(PublishError, match="file-missing"):
        workdir.new_key(ORIGIN, SECRET, further=True)
    first = workdir.new_key(ORIGIN, SECRET)
    (workdir.log(ORIGIN).folder / "new-log").unlink()
    second = workdir.new_key(ORIGIN, SECRET, further=True)
    third = workdir.new_key(ORIGIN, SECRET, further=True)
    assert not workdir.log(ORIGIN).begins_here  # a further key does not make the log a new one
    assert set(workdir.vkeys()) == {first, second, third}
    names = [workdir.path_of(key).name for key in (first, second, third)]
    base = "xinyong.wuhu.example_credit"
    assert names == [f"{base}.key", f"{base}.2.key", f"{base}.3.key"]
    trust = Trust(open_charter(charter_note(keys=[{"vkey": str(third), "from": utc(0)}])), ORIGIN)
    assert workdir.signer_for(trust, NOW, lambda: SECRET).vkey == third
    workdir.path_of(third).unlink()
    with pytest.raises(PublishError, match="file-missing"):
        workdir.signer_for(trust, NOW, lambda: SECRET)
    with pytest.raises(PublishError, match="file-missing"):
        workdir.path_of(OLD.vkey)


def test_a_key_of_another_algorithm_signs_beside_the_first(tmp_path):
    desk = Desk(tmp_path)
    workdir = desk.workdir
    with pytest.raises(MalformedKeyError, match="first key is Ed25519"):
        Workdir(tmp_path / "empty").new_key(ORIGIN, SECRET, ML_DSA_44)
    beside = workdir.new_key(ORIGIN, SECRET, ML_DSA_44, further=True)
    desk.at(NOW + 1)
    later = {"vkey": str(beside), "from": utc(NOW + 2)}
    desk.under([window(OLD, 0), later])
    desk.publish()
    assert desk.signed_by() == {OLD.vkey.key_id}
    desk.at(NOW + 2)
    asked = []
    signer = workdir.signer_for(desk.trust, desk.now, lambda: asked.append(1) or SECRET)
    assert (signer.vkey, [one.vkey for one in signer.beside]) == (OLD.vkey, [beside])
    assert len(asked) == 1
    desk.publish()
    assert desk.signed_by() == {OLD.vkey.key_id, beside.key_id}
    note = desk.node.checkpoint(ORIGIN)
    both = open_checkpoint(note, [OLD.vkey, beside], demanded=[ML_DSA_44])
    assert both.own == (OLD.vkey, beside)
    desk.under([{**later, "revoked": utc(NOW + 3)}, window(OLD, 0)], version=3)
    desk.at(NOW + 3)
    desk.publish()
    assert desk.signed_by() == {OLD.vkey.key_id}
    desk.under([window(OLD, 0, NOW + 4), later], version=4)
    desk.at(NOW + 4)  # none of Ed25519 is left: the other one alone signs nothing
    with pytest.raises(PublishError, match="key-not-in-charter"):
        desk.publish()
