"""A key in a process apart: the client, the service, and what each does with the other's faults."""

import socket
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from registry.exchange import signer_service, socket_signer
from registry.exchange.errors import PublishError
from registry.exchange.signer_service import serve
from registry.exchange.socket_signer import SignerError, SocketSigner, read_exactly
from registry.exchange.workdir import Workdir, folder_name
from signing.algorithms import COSIGNATURE_ED25519, ML_DSA_44
from signing.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from signing.cosign import cosign, verify_cosignature
from signing.errors import MalformedKeyError, SignatureError
from signing.keys import Signer, SigningKey
from signing.signable import MAX_MESSAGE

ORIGIN = "registry.example/wuhu"
KEY = SigningKey.from_seed(ORIGIN, bytes(range(32)))
CHECKPOINT = Checkpoint(ORIGIN, 7, bytes(32))


@contextmanager
def serving(key: Signer, path: Path) -> Iterator[Path]:
    """Run a service in a thread for the length of the block."""
    ready, stop = threading.Event(), threading.Event()
    thread = threading.Thread(target=serve, args=(key, path, stop.is_set, ready.set))
    thread.start()
    try:
        assert ready.wait(10)
        yield path
    finally:
        stop.set()
        thread.join(10)
    assert not path.exists()


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    with serving(KEY, tmp_path / "s") as path:
        yield path


@contextmanager
def answering(path: Path, *answers: bytes) -> Iterator[None]:
    """A service that answers whatever is asked with these bytes, one connection each."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(path))
        listener.listen()

        def run() -> None:
            for answer in answers:
                channel, _ = listener.accept()
                with channel:
                    read_exactly(channel, int.from_bytes(read_exactly(channel, 4)))
                    channel.sendall(answer)

        thread = threading.Thread(target=run)
        thread.start()
        yield
        thread.join(10)


def framed(status: int, body: bytes) -> bytes:
    return bytes([status]) + len(body).to_bytes(4) + body


def test_a_checkpoint_is_signed_as_if_the_key_were_here(path):
    signer = SocketSigner(path)
    assert (signer.name, signer.vkey) == (ORIGIN, KEY.vkey)
    note = sign_checkpoint(CHECKPOINT, signer)
    assert note == sign_checkpoint(CHECKPOINT, KEY)
    assert open_checkpoint(note, [KEY.vkey]).checkpoint == CHECKPOINT


@pytest.mark.parametrize("number", [COSIGNATURE_ED25519, ML_DSA_44])
def test_a_checkpoint_is_cosigned(tmp_path, number):
    witness = SigningKey.from_seed("node-a.example/witness", bytes(32), number)
    with serving(witness, tmp_path / "s") as path:
        line = cosign(SocketSigner(path), CHECKPOINT.text(), 1_780_000_000)
    assert verify_cosignature(witness.vkey, line, CHECKPOINT.text()).time == 1_780_000_000


def test_only_this_user_may_open_it(path):
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "message", [b"registry", Checkpoint("b.example/log", 1, bytes(32)).text().encode()]
)
def test_anything_but_a_checkpoint_of_the_log_is_refused(path, message):
    signer = SocketSigner(path)
    with pytest.raises(SignerError, match="signs checkpoints here") as caught:
        signer.sign(message)
    assert caught.value.code == "malformed"
    assert caught.value.zh.startswith("未签名：")
    signer.sign(CHECKPOINT.text().encode())  # and goes on


@pytest.mark.parametrize("message", [b"", b"x" * (MAX_MESSAGE + 1)])
def test_messages_out_of_bounds_are_not_sent(path, message):
    with pytest.raises(SignerError, match="65,536"):
        SocketSigner(path).sign(message)


def test_a_client_that_sends_nonsense_or_leaves_does_not_stop_the_service(path, monkeypatch):
    monkeypatch.setattr(signer_service, "_PATIENCE", 0.1)
    for sent in (b"", b"\0\0", (MAX_MESSAGE + 1).to_bytes(4), b"\0\0\0\x09abc"):
        with socket_signer.connect(path) as channel:
            channel.sendall(sent)
            assert channel.recv(1) == b""
    assert SocketSigner(path).vkey == KEY.vkey


def test_nobody_there(tmp_path):
    with pytest.raises(SignerError, match="does not answer") as caught:
        SocketSigner(tmp_path / "none")
    assert caught.value.code == "signer-unavailable"
    assert "没有应答" in caught.value.zh


def test_the_service_is_gone_when_it_is_needed(tmp_path):
    with serving(KEY, tmp_path / "s") as path:
        signer = SocketSigner(path)
    with pytest.raises(SignerError, match="does not answer"):
        sign_checkpoint(CHECKPOINT, signer)


def test_a_system_without_such_sockets(tmp_path, monkeypatch):
    monkeypatch.delattr(socket, "AF_UNIX")
    with pytest.raises(SignerError, match="AF_UNIX"):
        SocketSigner(tmp_path / "s")


VKEY = framed(0, str(KEY.vkey).encode())


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\0\0",
        b"\0\0\0\x00\x40short",
        framed(2, b"x"),
        b"\0" + (8193).to_bytes(4) + bytes(8193),
        framed(1, b"{"),
        framed(1, b'{"code":"a"}'),
        framed(0, b"\xff"),
    ],
)
def test_a_service_that_talks_another_language(tmp_path, answer):
    with (
        answering(tmp_path / "s", answer),
        pytest.raises(SignerError, match="does not answer"),
    ):
        SocketSigner(tmp_path / "s")


def test_a_service_whose_key_is_none_or_changes(tmp_path):
    with answering(tmp_path / "a", framed(0, b"vkey")), pytest.raises(MalformedKeyError):
        SocketSigner(tmp_path / "a")
    other = SigningKey.from_seed(ORIGIN, bytes(32)).sign(CHECKPOINT.text().encode())
    with answering(tmp_path / "b", VKEY, framed(0, other)):
        signer = SocketSigner(tmp_path / "b")
        with pytest.raises(SignatureError):
            signer.sign(CHECKPOINT.text().encode())


def test_a_slow_service(tmp_path, monkeypatch):
    monkeypatch.setattr(socket_signer, "TIMEOUT", 0.1)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(tmp_path / "s"))
        listener.listen()
        with pytest.raises(SignerError, match="timed out"):
            SocketSigner(tmp_path / "s")


def test_a_socket_is_taken_over_from_the_dead_alone(tmp_path):
    with serving(KEY, tmp_path / "s") as path:
        with pytest.raises(PublishError) as caught:
            serve(KEY, path, lambda: True, list)
        assert caught.value.detail_code == "socket-taken"
        assert SocketSigner(path).vkey == KEY.vkey
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as killed:
        killed.bind(str(path))
    with serving(KEY, path):
        assert SocketSigner(path).vkey == KEY.vkey


def test_another_file_at_the_place_of_the_socket_is_left_alone(tmp_path):
    path = tmp_path / "s"
    path.write_bytes(b"precious")
    with pytest.raises(PublishError) as caught:
        serve(KEY, path, lambda: True, list)
    assert caught.value.detail_code == "socket-failed"
    assert path.read_bytes() == b"precious"


UNNAMED = SimpleNamespace(origin=ORIGIN, party=SimpleNamespace(keys=()))
"""A charter's word on the log that names no key kept here: its first key is taken."""


def test_a_working_folder_signs_by_the_service_it_is_attached_to(tmp_path, path):
    folder = Workdir(tmp_path / "work")
    assert folder.attach(path) == KEY.vkey
    assert folder.vkeys() == (KEY.vkey,)
    signer = folder.signer_for(UNNAMED, 0, pytest.fail)
    assert signer.note(CHECKPOINT) == sign_checkpoint(CHECKPOINT, KEY)
    with pytest.raises(PublishError) as caught:
        folder.attach(path)
    assert caught.value.detail_code == "file-exists"


def test_a_working_folder_whose_service_is_gone_or_of_another_log(tmp_path):
    folder = Workdir(tmp_path / "work")
    with serving(KEY, tmp_path / "s") as path:
        folder.attach(path)
    with pytest.raises(PublishError, match="没有应答") as caught:
        folder.signer_for(UNNAMED, 0, pytest.fail)
    assert caught.value.detail_code == "key-file"
    other = SigningKey.from_seed("registry.example/hefei", bytes(32))
    with serving(other, path), pytest.raises(PublishError, match="hefei"):
        folder.signer_for(UNNAMED, 0, pytest.fail)


def test_a_working_folder_with_a_key_file_asks_for_the_password(tmp_path):
    folder = Workdir(tmp_path)
    vkey = folder.new_key(ORIGIN, b"secret")
    asked: list[bool] = []
    signer = folder.signer_for(UNNAMED, 0, lambda: asked.append(True) or b"secret")
    assert (signer.vkey, asked) == (vkey, [True])
    (tmp_path / "keys" / f"{folder_name(ORIGIN)}.key").unlink()
    with pytest.raises(PublishError) as caught:
        folder.signer_for(UNNAMED, 0, lambda: b"secret")
    assert caught.value.detail_code == "file-missing"


def test_a_cosigners_key_is_no_key_of_a_log(tmp_path):
    witness = SigningKey.from_seed(ORIGIN, bytes(32), COSIGNATURE_ED25519)
    with (
        serving(witness, tmp_path / "s") as path,
        pytest.raises(MalformedKeyError, match="Ed25519"),
    ):
        Workdir(tmp_path / "work").attach(path)
