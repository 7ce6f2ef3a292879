"""Charters are read from a file or a folder, bounded, and whatever else lies there is let be."""

import pytest

from registry.errors import NodeError
from registry.exchange import charter_files as module
from registry.exchange.charter_files import read_notes
from signing.note import MAX_NOTE
from tests.registry.world import charter

FIRST, SECOND = charter(1), charter(2)


def test_a_file_or_all_charters_of_a_folder_are_read(tmp_path):
    (tmp_path / "b").write_bytes(SECOND.note)
    assert read_notes(tmp_path / "b") == [SECOND.note]
    (tmp_path / "a.charter").write_bytes(FIRST.note)
    (tmp_path / "README").write_text("not a charter")
    (tmp_path / "older").mkdir()
    assert read_notes(tmp_path) == [FIRST.note, SECOND.note]
    with pytest.raises(OSError, match="nowhere"):
        read_notes(tmp_path / "nowhere")


def test_a_folder_without_charters_or_with_too_many_is_refused(tmp_path, monkeypatch):
    with pytest.raises(NodeError, match="no charter in the folder"):
        read_notes(tmp_path)
    monkeypatch.setattr(module, "FILES_MAX", 2)
    for number in range(3):
        (tmp_path / str(number)).write_bytes(FIRST.note)
    with pytest.raises(NodeError, match="more than 2"):
        read_notes(tmp_path)


def test_of_a_huge_file_no_more_is_read_than_a_note_has(tmp_path):
    (tmp_path / "huge").write_bytes(FIRST.note + bytes(2 * MAX_NOTE))
    (note,) = read_notes(tmp_path / "huge")
    assert len(note) == MAX_NOTE + 1
