"""Everything a node has open, opened once, for the app, the command line and tests alike."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from registry.clock import Clock, SystemClock
from registry.errors import NodeError
from registry.exchange.charter_files import read_notes
from registry.exchange.durable import locked
from registry.exchange.errors import PublishError
from registry.ingest.admission import Means
from registry.ingest.admit import Door
from registry.ingest.rederive import fingerprint, rederive
from registry.ingest.slots import Slots
from registry.ledger.charters import Charters
from registry.ledger.cosigned import CosignedFiles
from registry.ledger.takeovers import takeovers
from registry.projections.served import Served, served_of
from registry.settings import Settings
from registry.store import embedded
from registry.store.engine import Database, open_database
from registry.store.migrate import migrate
from registry.store.reading_follow import FollowReading
from registry.store.rederive import CHECKED_WITH
from search.postgres import PostgresEngine
from search.texts.engine import TextEngine
from search.texts.meilisearch import MeilisearchTexts
from search.texts.postgres import PostgresTexts
from signing.algorithms import COSIGNATURE_ED25519
from signing.charter import Charter
from signing.charters import Chain
from signing.errors import SigningError
from signing.keys import SigningKey, VerifierKey

_log = logging.getLogger(__name__)
MIRROR = "mirror"
WITNESS = "witness"


@dataclass(frozen=True, slots=True)
class Resources:
    """What is open; unpacked only in the composition roots, never passed further down whole."""

    settings: Settings
    clock: Clock
    db: Database
    charter: Charter
    search: PostgresEngine
    texts: TextEngine
    mirror: SigningKey
    witness: SigningKey
    door: Door
    slots: Slots
    served: tuple[Served, ...] = ()
    meilisearch_texts: MeilisearchTexts | None = None


@asynccontextmanager
async def open_resources(
    settings: Settings, clock: Clock | None = None
) -> AsyncIterator[Resources]:
    """Start or reach the database, migrate it, load keys and charter, prepare the search engine.

    Raises:
        NodeError: something is missing or does not fit; the text says what to do.
    """
    clock = clock or SystemClock()
    if settings.max_admissions >= settings.pool_size:
        message = (
            "max_admissions 须小于 pool_size：每次接收占用一个连接 / "
            "max_admissions must be below pool_size: each admission holds a connection"
        )
        raise NodeError(message)
    async with AsyncExitStack() as stack:
        stack.enter_context(_alone(settings))
        db, owner_url = await stack.enter_async_context(_open_store(settings))
        await _check_again(db, owner_url)
        chain = await adopt(db, settings, clock, settings.charter)
        charter = chain[-1]
        mirror, witness = (own_key(settings, use, charter) for use in (MIRROR, WITNESS))
        check_keys(charter, settings, mirror.vkey, witness.vkey)
        engine = PostgresEngine(db.pool)
        await engine.prepare()
        texts = PostgresTexts(db.pool)
        await texts.prepare()
        served = served_of(settings)
        slots = Slots(settings.max_admissions)
        door = Door(
            Means(
                db=db,
                charter=charter,
                node_name=settings.node_name,
                mirror=mirror,
                cosigned=CosignedFiles(settings.cosigned_dir, mirror.name),
                clock=clock,
                slots=slots,
                takeovers=takeovers(chain, settings.node_name),
            )
        )
        yield Resources(
            *(settings, clock, db, charter, engine, texts, mirror, witness, door, slots, served),
            meilisearch_texts=meilisearch_texts_of(settings) if settings.search_url else None,
        )


def meilisearch_texts_of(settings: Settings) -> MeilisearchTexts:
    """Return the Meilisearch of texts that the settings name; reached only when it is used."""
    return MeilisearchTexts(settings.search_url, settings.search_key.get_secret_value())


@asynccontextmanager
async def open_store(settings: Settings) -> AsyncIterator[Database]:
    """Open the database alone, migrated: what audits and maintenance need."""
    async with _open_store(settings) as (db, _):
        yield db


@asynccontextmanager
async def open_store_url(settings: Settings) -> AsyncIterator[str]:
    """Give the address of the database, started and migrated: for those who read on their own."""
    async with AsyncExitStack() as stack:
        yield (await _served(settings, stack))[0]


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Keep the keys and what was last cosigned to one process: two could cosign two branches.

    Raises:
        NodeError: another process serves, or refills, from this data folder.
    """
    try:
        with locked(settings.data_dir / "node.lock"):
            yield
    except PublishError as error:
        if error.detail_code != "workdir-busy":
            raise
        message = (
            f"另一个进程正在使用数据目录 {settings.data_dir}；同一节点只能运行一个进程 / "
            f"another process uses the data folder {settings.data_dir}: a node is one process"
        )
        raise NodeError(message) from error


async def _check_again(db: Database, owner_url: str) -> None:
    """Derive everything again if other checks than these have passed what is stored.

    Raises:
        NodeError: that is due, but the owner of the tables is not in the settings.
    """
    reading, now = FollowReading(db.pool), fingerprint()
    stored = await reading.cursor(CHECKED_WITH)
    if stored == now:
        return
    if not await reading.last():
        await reading.move(CHECKED_WITH, stored, now)
    elif owner_url:
        _log.warning("the checks have changed: all records are checked again")
        _log.warning("%d records checked again", await rederive(owner_url))
    else:
        message = (
            "校验规则已更新，须重新校验全部信息：请在设置中给出 owner_url 后启动，"
            "或运行 registry db rederive / "
            "the checks have changed and all records must be checked again: start with owner_url "
            "in the settings, or run 'registry db rederive'"
        )
        raise NodeError(message)


@asynccontextmanager
async def _open_store(settings: Settings) -> AsyncIterator[tuple[Database, str]]:
    async with AsyncExitStack() as stack:
        service_url, owner_url = await _served(settings, stack)
        db = await stack.enter_async_context(open_database(service_url, settings.pool_size))
        yield db, owner_url


async def _served(settings: Settings, stack: AsyncExitStack) -> tuple[str, str]:
    """Start the database where it is embedded, migrate it, and return both its addresses."""
    owner_url, service_url = settings.owner_url, settings.database_url
    if not service_url:
        server = await asyncio.to_thread(embedded.start, settings.data_dir)
        stack.callback(server.stop)
        owner_url, service_url = server.owner_url, server.service_url
    if owner_url:
        await migrate(owner_url)
    return service_url, owner_url


def node_key(settings: Settings, use: str) -> SigningKey:
    """Load the node's first key for a use, or make it at the first start."""
    path = settings.keys_dir / f"{use}.key"
    if path.is_file():
        return _load_key(path, settings)
    password = settings.key_password.get_secret_value().encode()
    return _make_key(path, f"{settings.node_name}/{use}", password)


def next_node_key(settings: Settings, use: str) -> SigningKey:
    """Make one more key for a use; the node signs with it once the charter names it."""
    number = 2
    while (path := settings.keys_dir / f"{use}.{number}.key").exists():
        number += 1
    password = settings.key_password.get_secret_value().encode()
    return _make_key(path, f"{settings.node_name}/{use}", password)


def own_key(settings: Settings, use: str, charter: Charter) -> SigningKey:
    """Load the key for a use that the charter names, of those that are here; else the first."""
    first = node_key(settings, use)
    named = {key for node in charter.nodes for key in (node.mirror, node.witness)}
    for path in sorted(settings.keys_dir.glob(f"{use}.*.key")):
        if (key := _load_key(path, settings)).vkey in named:
            return key
    return first


def _load_key(path: Path, settings: Settings) -> SigningKey:
    password = settings.key_password.get_secret_value().encode()
    try:
        return SigningKey.from_pem(path.read_bytes(), password)
    except SigningError as error:
        message = f"密钥文件 {path} 无法读取：{error.zh} / cannot read the key {path}: {error}"
        raise NodeError(message) from error


def _make_key(path: Path, name: str, password: bytes) -> SigningKey:
    if not password:
        message = (
            f"没有密钥 {path}；首次启动请设置 key_password，用于加密保存新密钥 / "
            f"no key at {path}: set key_password at the first start, it encrypts the new key"
        )
        raise NodeError(message)
    key = SigningKey.generate(name, COSIGNATURE_ED25519)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    aside = path.with_suffix(".new")
    aside.unlink(missing_ok=True)
    aside.touch(mode=0o600)
    with aside.open("wb") as file:
        file.write(key.to_pem(password))
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)  # never half a key under its name
    return key


async def adopt(db: Database, settings: Settings, clock: Clock, source: Path | None) -> Chain:
    """Return the chain of charters, after storing what a file or folder has that goes on from it.

    Raises:
        NodeError: there is none, or one does not verify or does not follow; the text says which.
    """
    try:
        notes = [] if source is None else await asyncio.to_thread(read_notes, source)
        _, chain = await Charters(db, settings.charter_pin).adopt(notes, clock.now())
    except SigningError as error:
        message = f"章程不可用（{error.zh}） / the charter cannot be used: {error.code}: {error}"
        raise NodeError(message) from error
    except OSError as error:
        message = f"章程无法读取：{error} / the charter cannot be read: {error}"
        raise NodeError(message) from error
    if not chain:
        message = (
            "没有章程：请在设置中给出 charter 文件 / no charter: name its file in the settings"
        )
        raise NodeError(message)
    return chain


def check_keys(
    charter: Charter, settings: Settings, mirror: VerifierKey, witness: VerifierKey
) -> None:
    """Raise NodeError unless the charter names this node, with these keys of today."""
    try:
        node = charter.node(settings.node_name)
    except SigningError as error:
        message = (
            f"章程中没有名为 {settings.node_name} 的节点；请核对 node_name / "
            f"the charter has no node {settings.node_name!r}: check node_name"
        )
        raise NodeError(message) from error
    if node.mirror != mirror or node.witness != witness:
        message = (
            f"章程登记的本节点公钥与 {settings.keys_dir} 中的密钥不一致 / "
            f"the charter names other public keys than those in {settings.keys_dir}"
        )
        raise NodeError(message)
