"""Files that survive, names that only one writer wins, and a lock that is never stale."""

import errno
import os
import stat
from pathlib import Path

import pytest

from registry.exchange import durable
from registry.exchange.errors import PublishError


def test_a_new_file_is_complete_private_and_never_replaced(tmp_path):
    path = tmp_path / "x.batch"
    seen: list[str] = []
    durable.write_new(path, b"one", seen.append)
    with pytest.raises(PublishError) as caught:
        durable.write_new(path, b"two")
    assert caught.value.detail_code == "file-exists"
    assert path.read_bytes() == b"one"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["x.batch"]
    assert seen == [".batch written", ".batch named"]


def test_an_old_file_is_replaced_in_one_step(tmp_path):
    path = tmp_path / "state.json"
    seen: list[tuple[str, bytes]] = []
    durable.write_over(path, b"one")
    durable.write_over(path, b"two", lambda step: seen.append((step, path.read_bytes())))
    assert seen == [(".json written", b"one"), (".json named", b"two")]


def test_a_file_system_without_hard_links_is_refused(tmp_path, monkeypatch):
    def fail(_self: Path, _target: Path) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", fail)
    with pytest.raises(PublishError) as caught:
        durable.write_new(tmp_path / "x.batch", b"")
    assert caught.value.detail_code == "no-hard-links"
    assert list(tmp_path.iterdir()) == []


def test_everything_is_flushed_before_it_has_its_name(tmp_path, monkeypatch):
    path = tmp_path / "x.batch"
    order: list[str] = []
    fsync = os.fsync

    def noted(descriptor: int) -> None:
        folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        order.append(f"flush {'folder' if folder else 'file'}, named: {path.exists()}")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    durable.write_new(path, b"one")
    assert order == ["flush file, named: False", "flush folder, named: True"]
    order.clear()
    durable.remove(path)
    durable.remove(path)
    assert order == ["flush folder, named: False"] * 2


def test_what_a_killed_run_left_is_swept(tmp_path):
    (tmp_path / ".000000000000.batch.77.tmp").write_bytes(b"half")
    (tmp_path / "000000000000.batch").write_bytes(b"whole")
    durable.sweep(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["000000000000.batch"]


def test_the_lock_keeps_a_second_holder_out_and_names_the_first(tmp_path):
    path = tmp_path / "work" / "lock"
    with durable.locked(path):
        with pytest.raises(PublishError) as caught, durable.locked(path):
            pass
        assert caught.value.detail_code == "workdir-busy"
        assert str(os.getpid()) in caught.value.en
    with durable.locked(path):
        pass
