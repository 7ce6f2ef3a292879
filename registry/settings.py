"""Settings of a node: a TOML file, overridden by ``REGISTRY_*`` variables of the environment.

This is the only place that reads the environment. Every limit that an outsider can reach is here.
"""

import tomllib
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict

DEFAULT_FILE = Path("registry.toml")


class Settings(BaseSettings):
    """What an operator can set; unknown names in the file are refused: a typing slip is seen.

    ``database_url`` empty starts the embedded PostgreSQL in ``data_dir``. With an own server,
    ``owner_url`` is the role that migrates and ``database_url`` the service's role
    (``registry_service``), which has neither UPDATE nor DELETE on what is append-only.
    ``search_url`` is the address of a Meilisearch; without it PostgreSQL finds alone.
    ``font`` is the Chinese font of PDF files; without it the system's own are looked for.
    """

    model_config = SettingsConfigDict(env_prefix="REGISTRY_", extra="forbid", frozen=True)

    node_name: str = "node.localhost"
    data_dir: Path = Path(".cache/node")
    database_url: str = ""
    owner_url: str = ""
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    public_url: str = "http://127.0.0.1:8000"
    charter: Path | None = None
    key_password: SecretStr = SecretStr("")

    font: Path | None = None

    search_url: str = ""
    search_key: SecretStr = SecretStr("")

    pool_size: int = Field(default=8, ge=2, le=200)
    max_upload_bytes: int = Field(default=64 * 1024 * 1024, ge=1024)
    max_admissions: int = Field(default=2, ge=1, le=64)
    max_checks: int = Field(default=2, ge=1, le=64)
    max_vouchers: int = Field(default=30, ge=0, le=10_000)
    max_vouchers_daily: int = Field(default=5_000, ge=0, le=1_000_000)

    @classmethod
    def load(cls, file: Path | None = None) -> Self:
        """Read ``file`` (default ``registry.toml`` if it is there); the environment wins over it.

        Raises:
            pydantic.ValidationError: a name is unknown or a value out of bounds.
            tomllib.TOMLDecodeError: the file is not TOML.
            FileNotFoundError: a file was named and is not there.
        """
        if file is None and not DEFAULT_FILE.is_file():
            return cls()
        stated = tomllib.loads((file or DEFAULT_FILE).read_text(encoding="utf-8"))
        # Arguments win over the environment, so what the environment states is laid over the file.
        return cls.model_validate({**stated, **EnvSettingsSource(cls)()})

    @property
    def keys_dir(self) -> Path:
        """Where the node keeps its mirror and witness keys."""
        return self.data_dir / "keys"

    @property
    def cosigned_dir(self) -> Path:
        """Where the node keeps what it last cosigned, apart from the database."""
        return self.data_dir / "last-cosigned"
