"""Files that survive a crash, and the lock of a working folder.

The order is always the same: write a temporary file in the same folder, flush it to the disk, give
it its name in one step, flush the folder. So a name either does not exist or stands for complete
bytes. ``write_new`` never replaces: the name is a claim that only one writer can win, even if two
of them should believe that they hold the lock.
"""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from registry.exchange.errors import PublishError

if sys.platform == "win32":  # pragma: no cover - the other half of the portable lock
    import msvcrt
else:
    import fcntl

Observer = Callable[[str], None]
"""Is told the name of each step as it is done; if it never returns, the work stops there."""

_LOCK_BYTE: Final = (
    1 << 30
)  # far behind the text, so that Windows lets others read who holds the lock
_PRIVATE_FOLDER: Final = 0o700
_PRIVATE_FILE: Final = 0o600


def unobserved(_step: str) -> None:
    """Ignore the steps."""


def make_folder(path: Path) -> Path:
    """Create a folder (and those above it) that only its owner can read, and return it."""
    missing = [one for one in (path, *path.parents) if not one.exists()]
    path.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
    for one in missing:
        _flush_folder(one.parent)
    return path


def write_new(path: Path, data: bytes, observe: Observer = unobserved) -> None:
    """Write a file that must not exist yet.

    Raises:
        PublishError: ``file-exists``, or ``no-hard-links`` where the file system cannot promise it.
    """
    temporary = _write_temporary(path, data)
    observe(f"{path.suffix} written")
    try:
        _name_exclusively(temporary, path)
    except FileExistsError:
        raise PublishError("file-exists", path=path) from None
    except OSError as error:
        raise PublishError("no-hard-links", path=path, reason=error.strerror) from error
    finally:
        temporary.unlink(missing_ok=True)
    observe(f"{path.suffix} named")
    _flush_folder(path.parent)


def write_over(path: Path, data: bytes, observe: Observer = unobserved) -> None:
    """Write a file, replacing an older one in one step."""
    temporary = _write_temporary(path, data)
    observe(f"{path.suffix} written")
    temporary.replace(path)
    observe(f"{path.suffix} named")
    _flush_folder(path.parent)


def remove(path: Path) -> None:
    """Remove a file, durably; it may be gone already."""
    path.unlink(missing_ok=True)
    _flush_folder(path.parent)


def sweep(folder: Path) -> None:
    """Remove what a killed run left half-written; only under the lock."""
    for path in folder.glob(".*.tmp"):
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of a working folder for the length of the block.

    The operating system releases it when the process dies, however it dies: no lock is ever stale.

    Raises:
        PublishError: ``workdir-busy``, at once, when another process holds it.
    """
    make_folder(path.parent)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, _PRIVATE_FILE)
    try:
        try:
            _lock(descriptor)
        except OSError:
            holder = path.read_text(encoding="ascii", errors="replace").strip() or "?"
            raise PublishError("workdir-busy", holder=holder, path=path.parent) from None
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, f"pid {os.getpid()}\n".encode())
        yield
    finally:
        os.close(descriptor)


def _write_temporary(path: Path, data: bytes) -> Path:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    descriptor = os.open(
        temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), _PRIVATE_FILE
    )
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return temporary


if (
    sys.platform == "win32"
):  # pragma: no cover - Windows: renaming never replaces, folders need no flush

    def _name_exclusively(temporary: Path, path: Path) -> None:
        temporary.rename(path)

    def _flush_folder(folder: Path) -> None:
        del folder

    def _lock(descriptor: int) -> None:
        os.lseek(descriptor, _LOCK_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:

    def _name_exclusively(temporary: Path, path: Path) -> None:
        path.hardlink_to(temporary)

    def _flush_folder(folder: Path) -> None:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
