"""What this node last cosigned, in durable files apart from the database.

A database restored from an old backup has forgotten receipts that are out in the world. One file
for each cosigner and log remembers the largest tree cosigned; below it, or beside it, nothing is
cosigned. The file is written before the transaction commits: if the node dies between the two,
the same bytes sent again meet the same size and root and go through.
"""

import contextlib
import json
import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from registry.errors import NodeError


@dataclass(frozen=True, slots=True)
class LastCosigned:
    """The largest tree cosigned for a log; ``time`` in POSIX seconds.

    ``note`` is the checkpoint with the cosignature, where the cosigner gives it out again.
    """

    origin: str
    size: int
    root: bytes
    time: int
    note: str = ""


class CosignedFiles:
    """The files of one cosigner (mirror or witness), one for each log."""

    def __init__(self, folder: Path, cosigner: str) -> None:
        """Keep files in ``folder`` under names that depend on cosigner and origin."""
        self._folder = folder
        self._cosigner = cosigner

    def read(self, origin: str) -> LastCosigned | None:
        """Return what was last cosigned for ``origin``, or None.

        Raises:
            NodeError: the file is there but cannot be understood; nothing may be cosigned then.
        """
        path = self._path(origin)
        try:
            value = json.loads(path.read_text(encoding="utf-8"))
            last = LastCosigned(
                value["origin"],
                value["size"],
                bytes.fromhex(value["root"]),
                value["time"],
                value.get("note", ""),
            )
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as error:
            message = (
                f"文件 {path} 已损坏，本节点不得签署；请从备份恢复该文件 / "
                f"the file {path} is damaged and nothing may be cosigned; restore it: {error}"
            )
            raise NodeError(message) from error
        return last

    def write(self, last: LastCosigned) -> None:
        """Store durably (write aside, flush to disk, rename) before returning."""
        value = {
            "cosigner": self._cosigner,
            "note": last.note,
            "origin": last.origin,
            "root": last.root.hex(),
            "size": last.size,
            "time": last.time,
        }
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._path(last.origin)
        aside = path.with_suffix(".new")
        with aside.open("w", encoding="utf-8") as file:
            file.write(json.dumps(value, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
        # A folder cannot be opened for flushing everywhere; the rename itself is atomic there too.
        with contextlib.suppress(OSError):
            folder = os.open(self._folder, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def _path(self, origin: str) -> Path:
        name = sha256(f"{self._cosigner}\n{origin}".encode()).hexdigest()[:32]
        return self._folder / f"{name}.json"
