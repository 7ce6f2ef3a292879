"""The durable memory of what was cosigned."""

import pytest

from registry.errors import NodeError
from registry.ledger.cosigned import CosignedFiles, LastCosigned

LAST = LastCosigned("a.example/log", 12, bytes(range(32)), 1_795_406_400)


def test_what_was_written_is_read(tmp_path):
    files = CosignedFiles(tmp_path / "new", "node/mirror")
    assert files.read(LAST.origin) is None
    files.write(LAST)
    assert files.read(LAST.origin) == LAST
    assert CosignedFiles(tmp_path / "new", "node/witness").read(LAST.origin) is None


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"origin":"a","size":1,"root":"zz","time":1}'])
def test_a_damaged_file_stops_cosigning(tmp_path, text):
    files = CosignedFiles(tmp_path, "node/mirror")
    files.write(LAST)
    (path,) = tmp_path.glob("*.json")
    path.write_text(text)
    with pytest.raises(NodeError, match="已损坏"):
        files.read(LAST.origin)


def test_a_folder_that_cannot_be_flushed_does_not_stop_the_node(tmp_path, monkeypatch):
    def refuse(*_args: object) -> int:
        raise OSError

    monkeypatch.setattr("registry.ledger.cosigned.os.open", refuse)
    files = CosignedFiles(tmp_path, "node/mirror")
    files.write(LAST)
    assert files.read(LAST.origin) == LAST
