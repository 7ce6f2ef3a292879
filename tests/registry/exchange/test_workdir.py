"""The working folder: keys that are never overwritten, and a charter that only moves forward."""

import stat

import pytest

from registry.exchange.errors import STOPS, NodeRefusedError, PublishError
from registry.exchange.home import Trust
from registry.exchange.workdir import Workdir, folder_name
from signing.charter import open_charter
from signing.errors import CharterError, MalformedKeyError, SigningError
from tests.registry.exchange.fake_node import ORIGIN, FakeNode, charter_note, log_key

PASSWORD = b"correct horse"


def test_a_key_is_made_encrypted_and_read_again(tmp_path):
    workdir = Workdir(tmp_path / "work")
    vkey = workdir.new_key(ORIGIN, PASSWORD)
    assert workdir.key(ORIGIN, PASSWORD).vkey == vkey
    assert workdir.vkeys() == (vkey,)
    path = tmp_path / "work" / "keys" / "xinyong.wuhu.example_credit.key"
    assert b"ENCRYPTED" in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(PublishError) as caught:
        workdir.new_key(ORIGIN, PASSWORD)
    assert caught.value.detail_code == "file-exists"
    with pytest.raises(PublishError) as caught:
        workdir.key(ORIGIN, b"wrong")
    assert caught.value.detail_code == "key-file"


def test_keys_that_are_missing_misplaced_or_damaged(tmp_path):
    workdir = Workdir(tmp_path)
    with pytest.raises(PublishError) as caught:
        workdir.key(ORIGIN, PASSWORD)
    assert caught.value.detail_code == "file-missing"
    workdir.new_key("other.example/credit", PASSWORD)
    keys = tmp_path / "keys"
    (keys / "other.example_credit.key").rename(keys / f"{folder_name(ORIGIN)}.key")
    with pytest.raises(PublishError) as caught:
        workdir.key(ORIGIN, PASSWORD)
    assert caught.value.detail_code == "key-file"
    (keys / "bad.vkey").write_bytes(b"nonsense")
    with pytest.raises(PublishError) as caught:
        workdir.vkeys()
    assert caught.value.detail_code == "damaged"


@pytest.mark.parametrize(("origin", "password"), [("no-segment", PASSWORD), (ORIGIN, b"")])
def test_no_key_for_what_is_no_origin_or_without_a_password(tmp_path, origin, password):
    with pytest.raises(SigningError):
        Workdir(tmp_path).new_key(origin, password)
    assert not (tmp_path / "keys").exists()


def test_names_of_folders_are_fit_for_every_system():
    assert folder_name("127.0.0.1:8000/credit") == "127.0.0.1~8000_credit"


def test_the_charter_is_kept_and_only_replaced_by_a_later_one(tmp_path):
    workdir = Workdir(tmp_path / "work")
    node = FakeNode(tmp_path / "node")
    with pytest.raises(PublishError) as caught:
        workdir.charter()
    assert caught.value.detail_code == "no-charter"
    assert workdir.charter(node).version == 1
    node.charter_bytes = charter_note(2)
    assert workdir.charter(node).version == 2
    node.charter_bytes = charter_note(3)
    assert workdir.charter(node).version == 3
    node.charter_bytes = charter_note(2)
    assert workdir.charter(node).version == 3
    assert workdir.charter().digest == open_charter(charter_note(3)).digest
    node.charter_bytes = charter_note(3, url="http://elsewhere.example")
    with pytest.raises(CharterError):
        workdir.charter(node)


def test_versions_between_are_asked_of_the_node_one_by_one(tmp_path):
    workdir = Workdir(tmp_path / "work")
    node = FakeNode(tmp_path / "node")
    assert workdir.charter(node).version == 1
    node.charter_bytes = charter_note(4)
    node.charters = {2: charter_note(2), 3: charter_note(2)}  # which is not the third
    with pytest.raises(CharterError) as refused:
        workdir.charter(node)
    assert refused.value.code == "charter-version"
    assert workdir.charter().version == 2  # what did follow is kept
    del node.charters[3]
    with pytest.raises(NodeRefusedError):
        workdir.charter(node)
    node.charters[3] = charter_note(3)
    assert workdir.charter(node).version == 4
    file = tmp_path / "six.note"
    file.write_bytes(charter_note(6))
    with pytest.raises(CharterError) as refused:
        workdir.charter(file=file)
    assert (refused.value.code, refused.value.detail) == ("charter-skipped", "6 after 4")
    assert workdir.charter().version == 4


def test_a_charter_from_a_file(tmp_path):
    workdir = Workdir(tmp_path / "work")
    file = tmp_path / "charter.note"
    with pytest.raises(PublishError) as caught:
        workdir.charter(file=file)
    assert caught.value.detail_code == "file-missing"
    file.write_bytes(charter_note(2))
    assert workdir.charter(file=file).version == 2


def test_trust_in_a_log_that_the_charter_does_not_name():
    charter = open_charter(charter_note())
    with pytest.raises(PublishError) as caught:
        Trust(charter, "nobody.example/credit")
    assert caught.value.detail_code == "charter-unknown"
    with pytest.raises(PublishError):
        Trust(charter, ORIGIN).require_key(log_key().vkey, 0)


def test_every_stop_has_four_texts_and_its_places_can_be_filled():
    for code, stop in STOPS.items():
        assert code == code.lower()
        assert all((stop.zh, stop.en, stop.right_zh, stop.right_en))


def test_an_error_says_code_both_texts_and_what_is_right():
    error = PublishError("no-state", origin=ORIGIN)
    assert str(error) == f"no-state: {error.zh} / {error.en}"
    assert "--node" in error.right_zh
    assert MalformedKeyError(en="x", zh="y").zh == "y"
