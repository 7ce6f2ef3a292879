"""What the PostgreSQL engine asks of a pool; asyncpg's fulfils it, but comes without types."""

from collections.abc import Awaitable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol


class Row(Protocol):
    """A row, by column name."""

    def __getitem__(self, column: str, /) -> object:
        """Give the value of a column."""
        ...


class Connection(Protocol):
    """A connection lent by a pool."""

    async def execute(self, query: str, *arguments: object) -> str:
        """Run a statement, or several without arguments."""
        ...

    def fetch(
        self, query: str, *arguments: object, timeout: float | None = None
    ) -> Awaitable[Sequence[Row]]:
        """Run a statement and give all its rows; cancelled after ``timeout`` seconds."""
        ...

    async def fetchval(self, query: str, *arguments: object) -> object:
        """Run a statement and give the first value of its first row."""
        ...

    async def copy_records_to_table(
        self, table_name: str, *, records: Sequence[tuple[object, ...]], columns: Sequence[str]
    ) -> str:
        """Stream rows into a table by binary COPY."""
        ...

    def transaction(self) -> AbstractAsyncContextManager[object]:
        """Open a transaction for the length of a block."""
        ...


class Pool(Protocol):
    """Lends connections."""

    def acquire(self, *, timeout: float | None = None) -> AbstractAsyncContextManager[Connection]:
        """Lend a connection for the length of a block; waits at most ``timeout`` seconds."""
        ...
