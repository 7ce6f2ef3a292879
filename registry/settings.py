"""Settings of a node: a TOML file, overridden by ``REGISTRY_*`` variables of the environment.

This is the only place that reads the environment. Every limit that an outsider can reach is here.
"""

import tomllib
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict

DEFAULT_FILE = Path("registry.toml")
TOKEN_MIN: Final = 16
SEARCHED_MAX: Final = 64
"""Members that have a search engine of their own: a question about all the others names them."""


class OidcRole(BaseModel):
    """What a claim of a token makes of whoever shows it; the first that fits counts.

    It fits where ``claim`` is, or as a list contains, ``value``. ``member``, ``subject``
    and ``party`` are said here or in the claims named ``*_claim``; a subject by its 32 hex digits
    or unified code, the party that a subject has authorised by its unified code; a department by
    its name.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    claim: str = Field(min_length=1, max_length=200)
    value: str = Field(min_length=1, max_length=200)
    role: Literal[
        "business", "clerk", "reviewer", "publisher", "regulator", "procurer", "third_party",
        "region", "auditor", "operator", "consumer"
    ]  # fmt: skip
    member: str = ""
    member_claim: str = ""
    subject: str = ""
    subject_claim: str = ""
    party: str = ""
    party_claim: str = ""
    department: str = ""
    department_claim: str = ""
    territories: tuple[str, ...] = ()
    matters: tuple[str, ...] = ()


class DeskSigner(BaseModel):
    """Where the signing service of a member listens, whose log the web desk may have sealed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    member: str = Field(min_length=1, max_length=20)
    socket: Path


class SearchEngine(BaseModel):
    """A Meilisearch that holds the subjects of some members, by their codes, and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(max_length=500, pattern=r"^https?://")
    key: SecretStr = Field(default=SecretStr(""), max_length=500)
    members: tuple[Annotated[str, Field(pattern=r"^[0-9]{6}$")], ...] = Field(
        min_length=1, max_length=SEARCHED_MAX
    )


class Settings(BaseSettings):
    """What an operator can set; unknown names in the file are refused: a typing slip is seen.

    ``database_url`` empty starts the embedded PostgreSQL in ``data_dir``. With an own server,
    ``owner_url`` is the role that migrates and ``database_url`` the service's role
    (``registry_service``), which has neither UPDATE nor DELETE on what is append-only.
    ``search_url`` is the address of a Meilisearch for everything; ``search_engines`` are others,
    each of some ``members``, which it alone is asked for; ``search_seconds`` is what a question
    waits for each of them before PostgreSQL stands in. Without any PostgreSQL finds alone.
    ``font`` is the Chinese font of PDF files; without it the system's own are looked for.
    ``offices`` is the file in which members say whose office answers for what
    (`registry.domain.offices`).
    ``charter`` is a file, or a folder with all versions; ``charter_digest`` the published SHA-256
    of the version with which the chain has to begin. Without it the first one given is trusted.

    ``follow_seconds``: how often the nodes of the charter that are homes of other logs are asked
    for what is new, 0 for never; where there are none nothing is asked.

    ``oidc_*``: tokens of that issuer are taken where ``oidc_audience`` is named, people sign in on
    the pages where ``oidc_client_id`` is; the two differ, or what is for one would do for the
    other. ``oidc_one_time``: a token counts once (its ``jti``), and none from before the start.
    ``requests_*`` bound an address, ``key_requests_*`` a credential, a second on the average and at
    once; 0 a second is no bound. ``refused_*`` bounds an address's bad credentials a minute.
    ``feed_networks`` are private networks that webhooks may go to all the same, and over plain
    http; ``feed_streams`` bounds the streams of all consumers together.
    ``metrics_token`` (Bearer, 16 characters or more) and ``metrics_networks`` (of addresses) say
    who may read /metrics; without either nobody may.
    ``trusted_proxies`` are the networks whose ``X-Forwarded-For`` is believed. ``access_days`` is
    how long the access log keeps who asked what: at least the six months that the Cybersecurity Law
    wants of logs, by default the three years of PIPL 56 (both from general knowledge, not checked).
    ``max_reports_daily``: reports that one asker may take in 24 hours.
    ``screening_days`` is how long a list that was screened is kept, with its results.
    ``desk_signers`` are the members whose signing service the web desk asks, each at its socket.
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
    charter_digest: str = Field(default="", pattern=r"^(?:(?:sha256:)?[0-9a-f]{64})?$")
    key_password: SecretStr = SecretStr("")

    font: Path | None = None
    offices: Path | None = None

    search_url: str = ""
    search_key: SecretStr = SecretStr("")
    search_engines: tuple[SearchEngine, ...] = Field(default=(), max_length=SEARCHED_MAX)
    search_seconds: float = Field(default=2.0, ge=0.1, le=30)

    pool_size: int = Field(default=8, ge=2, le=200)
    max_upload_bytes: int = Field(default=64 * 1024 * 1024, ge=1024)
    max_admissions: int = Field(default=2, ge=1, le=64)
    max_checks: int = Field(default=2, ge=1, le=64)
    max_vouchers: int = Field(default=30, ge=0, le=10_000)
    follow_seconds: float = Field(default=2.0, ge=0, le=86_400)
    max_vouchers_daily: int = Field(default=5_000, ge=0, le=1_000_000)
    max_reports_daily: int = Field(default=20, ge=0, le=1_000)

    oidc_issuer: str = Field(default="", max_length=500)
    oidc_audience: str = Field(default="", max_length=500)
    oidc_client_id: str = Field(default="", max_length=500)
    oidc_client_secret: SecretStr = SecretStr("")
    oidc_roles: tuple[OidcRole, ...] = Field(default=(), max_length=200)
    oidc_one_time: bool = False
    session_minutes: int = Field(default=480, ge=1, le=1_440)
    session_idle_minutes: int = Field(default=30, ge=1, le=1_440)

    requests_per_second: int = Field(default=200, ge=0, le=1_000_000)
    requests_at_once: int = Field(default=4_000, ge=1, le=1_000_000)
    key_requests_per_second: int = Field(default=50, ge=0, le=1_000_000)
    key_requests_at_once: int = Field(default=500, ge=1, le=1_000_000)
    refused_per_minute: int = Field(default=20, ge=1, le=10_000)
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = Field(default=(), max_length=100)
    feed_networks: tuple[IPv4Network | IPv6Network, ...] = Field(default=(), max_length=100)
    feed_streams: int = Field(default=50, ge=0, le=10_000)
    metrics_token: SecretStr = Field(default=SecretStr(""), max_length=500)
    metrics_networks: tuple[IPv4Network | IPv6Network, ...] = Field(default=(), max_length=100)
    access_days: int = Field(default=1_096, ge=184, le=36_500)
    screening_days: int = Field(default=30, ge=1, le=366)
    desk_signers: tuple[DeskSigner, ...] = Field(default=(), max_length=200)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        """Refuse an issuer that anybody on the way could play, and one audience for two uses."""
        if self.oidc_issuer and not _kept_private(self.oidc_issuer):
            raise ValueError("oidc_issuer 须为 https 地址 / oidc_issuer must be an https address")
        if 0 < len(self.metrics_token.get_secret_value()) < TOKEN_MIN:
            raise ValueError(
                f"metrics_token 至少 {TOKEN_MIN} 个字符 / "
                f"metrics_token needs {TOKEN_MIN} characters"
            )
        named = [code for one in self.search_engines for code in one.members]
        if len(named) > min(SEARCHED_MAX, len(set(named))):
            raise ValueError(
                f"search_engines 中每个地区只能出现一次，至多 {SEARCHED_MAX} 个 / "
                f"search_engines must name each member once, and {SEARCHED_MAX} at most"
            )
        if (self.oidc_audience or self.oidc_client_id) and not self.oidc_issuer:
            raise ValueError("请设置 oidc_issuer / oidc_issuer is missing")
        if self.oidc_audience and self.oidc_audience == self.oidc_client_id:
            raise ValueError(
                "oidc_audience 不得与 oidc_client_id 相同 / "
                "oidc_audience must not be oidc_client_id"
            )
        return self

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
    def charter_pin(self) -> bytes:
        """The 32 bytes of ``charter_digest``; none where it is not set."""
        return bytes.fromhex(self.charter_digest.removeprefix("sha256:"))

    @property
    def keys_dir(self) -> Path:
        """Where the node keeps its mirror and witness keys."""
        return self.data_dir / "keys"

    @property
    def desk_dir(self) -> Path:
        """Where what the web desk has sealed for each member is kept, as the tool keeps it."""
        return self.data_dir / "desk"

    @property
    def following_dir(self) -> Path:
        """Where the node keeps what it has fetched of followed logs and not yet admitted."""
        return self.data_dir / "following"

    @property
    def cosigned_dir(self) -> Path:
        """Where the node keeps what it last cosigned, apart from the database."""
        return self.data_dir / "last-cosigned"


def _kept_private(url: str) -> bool:
    """Tell whether what is sent to an address cannot be read or changed on the way."""
    local = ("http://127.0.0.1:", "http://localhost:", "http://[::1]:")
    return url.startswith(("https://", *local))
