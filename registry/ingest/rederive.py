"""Derive again what follows from the records, when the software or its tables have changed.

A record in quarantine may be sound by today's checks, and what depends on it (an act, a later
record with the same id) with it. Mending row by row would leave each node with a history of its
own, so everything is derived anew from the first commit on: the result is that of a node which has
only just taken the logs over, and what an audit expects.
"""

from hashlib import sha256
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from typing import Final

import registry.domain
import registry.ingest
import registry.standards
import signing.record as record_format
from registry.errors import NodeError
from registry.ingest.derive import Derivation, Origin
from registry.ingest.recheck import line_of
from registry.store.admission import AdmissionWriter
from registry.store.audit import AuditStore, StoredBody, StoredCommit
from registry.store.rederive import kept, open_rederiving, save_checked_with
from signing.charter import Charter, Party, open_charter
from signing.errors import SigningError

_SOURCES: Final = ("*.py", "*.toml")
_TABLES: Final = ("python-stdnum", "chinesecalendar", "msgspec")
"""Packages that judge, or bring tables: divisions come with the first, days off with the second."""


def fingerprint() -> int:
    """Return 63 bits that change with the checks, the record types and their tables of words."""
    folders = (registry.ingest, registry.domain, registry.standards)
    files = [Path(record_format.__file__)]
    for folder in folders:
        root = Path(folder.__path__[0])
        files += sorted(file for kind in _SOURCES for file in root.rglob(kind))
    digest = sha256("".join(f"{name} {version(name)}\n" for name in _TABLES).encode())
    for file in files:
        digest.update(f"{file.name}\n".encode() + sha256(file.read_bytes()).digest())
    return int.from_bytes(digest.digest()[:8]) >> 1


async def rederive(owner_url: str) -> int:
    """Derive everything again, as one change or not at all; return how many records there are.

    Nothing can be admitted meanwhile, and followers start from the beginning afterwards.

    Raises:
        NodeError: a body is not what was logged, or a charter is not there (the audit says which).
    """
    count = 0
    async with open_rederiving(owner_url) as connection:
        store = AuditStore(connection)
        parties = _Parties(await _charters(store))
        origins = {log.log_id: log.origin for log in await store.logs()}
        for commit in await store.commits():
            writer = AdmissionWriter(connection, commit.log_id)
            name = origins[commit.log_id]
            origin = Origin(name, parties.find(name, commit), commit.committed_at)
            count += await _commit(store, writer, origin, commit)
        await save_checked_with(connection, fingerprint())
    return count


async def _commit(
    store: AuditStore, writer: AdmissionWriter, origin: Origin, commit: StoredCommit
) -> int:
    rows, count = Derivation(writer, origin, commit.start), 0
    left = await kept(store.connection, commit.log_id)
    await rows.open()
    async for bodies in store.bodies(commit.log_id, commit.start, commit.end):
        for silent, some in groupby(bodies, lambda body: body.idx in left):
            if silent:
                for _ in some:
                    rows.preparer.skip()
            else:
                lines = [_line(origin, body) for body in some]
                await rows.chunk(rows.preparer.check(lines))
                count += len(lines)
    await rows.finish()
    await writer.clear_stages()
    return count


def _line(origin: Origin, body: StoredBody) -> bytes:
    line = line_of(body)
    if line is None:
        message = (
            f"{origin.name}/{body.idx} 的内容与日志不符，请先运行 registry audit / "
            f"the body of {origin.name}/{body.idx} is not what was logged: run 'registry audit'"
        )
        raise NodeError(message)
    return line


class _Parties:
    """Who a log belonged to under the charter of each commit."""

    def __init__(self, charters: dict[int, Charter]) -> None:
        self._charters = charters

    def find(self, origin: str, commit: StoredCommit) -> Party:
        try:
            return self._charters[commit.charter_version].party(origin)
        except (KeyError, SigningError) as error:
            message = (
                f"缺少提交 {commit.seq} 所用的章程第 {commit.charter_version} 版 / "
                f"charter {commit.charter_version} of commit {commit.seq} is not here"
            )
            raise NodeError(message) from error


async def _charters(store: AuditStore) -> dict[int, Charter]:
    opened: dict[int, Charter] = {}
    charter: Charter | None = None
    try:
        for row in await store.charters():
            charter = open_charter(row.note, charter)
            opened[charter.version] = charter
    except SigningError as error:
        message = f"章程不可用：{error.zh} / the charter cannot be used: {error}"
        raise NodeError(message) from error
    return opened
