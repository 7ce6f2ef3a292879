"""Charters as files: one, or a folder with all versions; nothing about them is verified here."""

from pathlib import Path
from typing import Final

from registry.errors import NodeError
from signing.charter import HEADER
from signing.note import MAX_NOTE

FILES_MAX: Final = 1000
"""Versions in a folder: one a month lasts eighty years."""


def read_notes(path: Path) -> list[bytes]:
    """Return the charter in a file, or all in a folder; other files there are let be.

    Raises:
        NodeError: there is none, or more than is believable.
        OSError: it cannot be read.
    """
    if not path.is_dir():
        return [_read(path)]
    notes = []
    for file in sorted(path.iterdir()):
        if file.is_file() and (note := _read(file)).startswith(HEADER.encode()):
            notes.append(note)
        if len(notes) > FILES_MAX:
            message = (
                f"目录 {path} 中的章程超过 {FILES_MAX} 份 / "
                f"the folder {path} holds more than {FILES_MAX} charters"
            )
            raise NodeError(message)
    if not notes:
        message = f"目录 {path} 中没有章程 / there is no charter in the folder {path}"
        raise NodeError(message)
    return notes


def _read(path: Path) -> bytes:
    """Read no more of a file than a note can have, and one byte, by which it is refused."""
    with path.open("rb") as file:
        return file.read(MAX_NOTE + 1)
