"""Everything about who asks, opened from the settings of a node."""

import os
import secrets
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Final

import httpx

from registry.access.gate import Gate, Recognising
from registry.access.issuer import LEEWAY, Issuer
from registry.access.keys import Keys
from registry.access.limits import Buckets, Limits, refused_buckets
from registry.access.log import AccessLog
from registry.access.peers import Peers
from registry.access.roles import Accounts
from registry.access.sessions import Lifetime, Sessions
from registry.access.sign_in import Client, SignIn
from registry.access.tokens import Spent, Tokens
from registry.clock import Clock
from registry.errors import NodeError
from registry.settings import Settings
from registry.store.access import AccessStore
from registry.store.access_keys import KeyStore
from registry.store.engine import Database
from signing.charter import Charter

SECRET: Final = "access.secret"  # noqa: S105 - the name of a file
"""File beside the node's keys: what makes the digests of accounts and searches in the log."""
_BYTES: Final = 32
_CONNECTIONS: Final = httpx.Limits(max_connections=10)


@dataclass(frozen=True, slots=True)
class Access:
    """What the composition root binds."""

    gate: Gate
    log: AccessLog
    members: set[str]
    """Codes of the charter's parties, by which grants are judged."""
    peers: Peers

    def under(self, charter: Charter) -> None:
        """Judge by another charter's parties and nodes from now on; sessions and bounds go on."""
        self.peers.under(charter)
        codes = {party.code for party in charter.parties}
        self.members.intersection_update(codes)
        self.members.update(codes)


@asynccontextmanager
async def open_access(
    settings: Settings, db: Database, charter: Charter, clock: Clock
) -> AsyncIterator[Access]:
    """Open keys, issuer, sessions, bounds and log; the issuer is asked only when it is needed.

    Raises:
        NodeError: the table of roles, or the node's secret, cannot be used.
    """
    secret = _secret(settings.keys_dir / SECRET)
    log = AccessLog(AccessStore(db), clock, secret, settings.access_days)
    async with (
        httpx.AsyncClient(limits=_CONNECTIONS, trust_env=False, verify=_trusted()) as http,
        log.erasing(),
    ):
        members = {party.code for party in charter.parties}
        peers = Peers(charter, settings.node_name, clock)
        by = _recognising(settings, db, clock, _Means(log, http, members, peers))
        yield Access(Gate(_limits(settings), by, log), log, members, peers)


@cache
def _trusted() -> ssl.SSLContext:
    """Return the authorities whose word on an issuer's name counts; reading them takes a while."""
    return httpx.create_ssl_context(trust_env=False)


@dataclass(frozen=True, slots=True)
class _Means:
    log: AccessLog
    http: httpx.AsyncClient
    members: set[str]
    peers: Peers


def _recognising(settings: Settings, db: Database, clock: Clock, means: _Means) -> Recognising:
    minutes = (settings.session_minutes, settings.session_idle_minutes)
    lifetime = Lifetime(*(timedelta(minutes=one) for one in minutes))
    sessions = Sessions(lifetime, settings.public_url, clock)
    accounts = Accounts(settings.oidc_roles, means.members, means.log.keyed)
    issuer = Issuer(settings.oidc_issuer, means.http, clock)
    client = Client(
        settings.oidc_client_id,
        settings.oidc_client_secret.get_secret_value(),
        settings.public_url,
    )
    spent = Spent(clock, LEEWAY) if settings.oidc_one_time else None
    audience = settings.oidc_audience
    return Recognising(
        means.peers,
        Keys(KeyStore(db), clock),
        Tokens(issuer, audience, accounts, spent) if audience else None,
        sessions,
        SignIn(issuer, client, accounts, sessions, clock) if client.client_id else None,
    )


def _limits(settings: Settings) -> Limits:
    return Limits(
        Buckets(settings.requests_per_second, settings.requests_at_once),
        Buckets(settings.key_requests_per_second, settings.key_requests_at_once),
        refused_buckets(settings.refused_per_minute),
    )


def _secret(path: Path) -> bytes:
    """Return the node's secret, made at the first start; raises NodeError for a damaged one."""
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        aside = path.with_suffix(".new")
        aside.unlink(missing_ok=True)
        aside.touch(mode=0o600)
        with aside.open("wb") as file:
            file.write(secrets.token_bytes(_BYTES))
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    secret = path.read_bytes()
    if len(secret) != _BYTES:
        message = f"{path} 已损坏，请从备份恢复 / {path} is damaged: restore it from a backup"
        raise NodeError(message)
    return secret
