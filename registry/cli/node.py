"""``registry serve``, ``audit``, ``refill`` and ``db``: what the operator of a node runs."""

import asyncio
import contextlib
import gc
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Final, Protocol, TypeVar

import click
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server
from pydantic import ValidationError

from registry.app import create_app_with
from registry.cli.options import json_option
from registry.cli.output import Output
from registry.cli.progress import working
from registry.clock import SystemClock
from registry.errors import NodeError
from registry.exchange.charter_files import read_notes
from registry.exchange.staging import forget
from registry.ingest.recheck import audit_records
from registry.ingest.rederive import rederive as derive_again
from registry.ledger.audit import audit_logs
from registry.ledger.audit_report import AuditReport
from registry.projections.recheck import audit_index, audit_texts
from registry.projections.search import begin_anew
from registry.projections.served import MEILISEARCH, served_of
from registry.projections.texts import MEILISEARCH as TEXTS_MEILISEARCH
from registry.projections.texts import begin_texts_anew
from registry.quality.audit import audit_quality
from registry.resources import meilisearch_texts_of, open_resources, open_store
from registry.settings import Settings
from registry.store import embedded
from registry.store.migrate import migrate as run_migrations
from registry.store.migrate import pending
from registry.store.reading_follow import FollowReading
from registry.store.scrub import Scrubbed
from registry.store.scrub import scrub as scrub_files
from registry.telemetry import SERVER_LOGGING, configure_logging
from search.postgres import PostgresEngine
from search.texts.postgres import PostgresTexts
from signing.batch import parse_header
from signing.charter import Charter
from signing.charters import open_chain
from signing.errors import SigningError

_CHUNK: Final = 1024 * 1024
T = TypeVar("T")


class _Server(Protocol):
    async def serve(self) -> None: ...

    def stop(self) -> None: ...


def settings_option(function: Callable[..., None]) -> Callable[..., None]:
    """Add ``--settings``."""
    return click.option(
        "--settings",
        "settings_file",
        metavar="FILE",
        type=click.Path(dir_okay=False, path_type=Path),
        help="设置文件，缺省 registry.toml；环境变量 REGISTRY_* 优先。Settings of the node.",
    )(function)


@click.command()
@json_option
@settings_option
@click.option(
    "--verbose",
    is_flag=True,
    help="日志写到信息级，含每次访问。Log at level INFO, every request included.",
)
@click.pass_obj
def serve(out: Output, settings_file: Path | None, *, verbose: bool) -> None:
    """运行节点，Ctrl-C 结束。Run a node until Ctrl-C."""
    settings = load_settings(settings_file)
    if verbose:
        configure_logging(logging.INFO)
    asyncio.run(_serve(out, settings, verbose=verbose))


@click.command()
@json_option
@settings_option
@click.pass_context
def audit(ctx: click.Context, settings_file: Path | None) -> None:
    """重新计算全部摘要、根、回执、派生数据并核对。Recompute digests, roots, receipts, rows, index.

    Exit code 1 on any difference; each is named with its place.
    """
    out = ctx.ensure_object(Output)
    settings = load_settings(settings_file)
    with working(out, "核对 auditing"):
        report = asyncio.run(_audit(settings))
    for problem in report.problems:
        out.say(f"不一致 {problem.place}：{problem.what}", "differs")
    for kind, number in report.counts.items():
        out.say(f"{number:>12}  {kind}")
    if not report.problems:
        out.say("核对完毕，全部一致。", "Everything agrees.")
    problems = [asdict(problem) for problem in report.problems]
    out.result({"ok": not problems, "counts": report.counts, "problems": problems})
    ctx.exit(1 if problems else 0)


@click.command()
@json_option
@settings_option
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE...",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.pass_obj
def refill(out: Output, files: tuple[Path, ...], settings_file: Path | None) -> None:
    """用封存的批次补齐由旧备份恢复的节点。Refill a node from sealed batches.

    Only for a node restored from an old backup; batches below what it last cosigned are taken back
    without cosigning them anew.
    """
    settings = load_settings(settings_file)
    with working(out, "补齐 refilling"):
        taken = asyncio.run(_refill(settings, sorted(files)))
    for origin, size in taken:
        out.say(f"{origin}：{size} 条", "entries now")
    out.result({"ok": True, "batches": [{"origin": o, "size": size} for o, size in taken]})


@click.group()
def db() -> None:
    """数据库：迁移、检查。The node's database."""


@db.command()
@json_option
@settings_option
@click.pass_obj
def migrate(out: Output, settings_file: Path | None) -> None:
    """执行未执行的迁移。Run the migrations that have not run."""
    ran = asyncio.run(_with_owner(load_settings(settings_file), run_migrations))
    for name in ran:
        out.say(name)
    out.say(f"执行了 {len(ran)} 项迁移", "migrations ran")
    out.result({"ok": True, "ran": ran})


@db.command()
@json_option
@settings_option
@click.pass_obj
def rederive(out: Output, settings_file: Path | None) -> None:
    """按现行校验规则重新校验全部信息。Check all records again and derive what follows from them.

    A node does so by itself when it starts with other checks than before; nothing can be admitted
    meanwhile.
    """
    settings = load_settings(settings_file)
    with working(out, "重新校验 checking again"):
        count = asyncio.run(_with_owner(settings, derive_again))
    out.say(f"重新校验了 {count} 条信息", "records checked again")
    out.result({"ok": True, "records": count})


@db.command()
@json_option
@settings_option
@click.pass_obj
def reindex(out: Output, settings_file: Path | None) -> None:
    """重建检索索引。Have the search indexes built from nothing, by the node that runs or starts.

    For an index that an audit found to differ. Answers say meanwhile that they may be incomplete.
    """
    asyncio.run(_reindex(load_settings(settings_file)))
    out.say("检索索引将由节点重建", "the node builds its search indexes anew")
    out.result({"ok": True})


@db.command()
@json_option
@settings_option
@click.pass_obj
def scrub(out: Output, settings_file: Path | None) -> None:
    """清除已删除内容在磁盘上的残留。Rewrite what still holds erased bytes on disk.

    After erasures by order. Every table is rewritten, and a Meilisearch index built beside and
    swapped in; a node may run meanwhile and waits for each table. Backups are yours to renew.
    """
    settings = load_settings(settings_file)
    with working(out, "清除残留 scrubbing"):
        done = asyncio.run(_scrub(settings))
    out.say(f"重写了 {done.tables} 张表", "tables rewritten")
    if not done.server:
        out.say(
            "所有者不是超级用户：统计信息与预写日志未清除，请由数据库管理员执行 "
            "VACUUM FULL pg_statistic，并在 wal_recycle = off 时反复执行 "
            "SELECT pg_switch_wal() 与 CHECKPOINT，直至 pg_wal 中的旧文件全部消失",
            "the owner is no superuser: statistics and journal were left; have the database's "
            "administrator run VACUUM FULL pg_statistic, and with wal_recycle off "
            "SELECT pg_switch_wal() and CHECKPOINT until every file now in pg_wal is gone",
        )
    out.result({"ok": True, **asdict(done)})


@db.command()
@json_option
@settings_option
@click.pass_context
def check(ctx: click.Context, settings_file: Path | None) -> None:
    """有未执行的迁移则退出码为 1。Exit code 1 if a migration has not run."""
    out = ctx.ensure_object(Output)
    waiting = asyncio.run(_with_owner(load_settings(settings_file), pending))
    for name in waiting:
        out.say(f"未执行 {name}", "has not run")
    out.say(f"{len(waiting)} 项未执行", "pending")
    out.result({"ok": not waiting, "pending": waiting})
    ctx.exit(1 if waiting else 0)


def load_settings(file: Path | None) -> Settings:
    """Begin as every command here does: logs to the terminal, settings from the file."""
    configure_logging()
    try:
        return Settings.load(file)
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()
        )
        message = f"设置有误：{wrong} / the settings are wrong: {wrong}"
        raise NodeError(message) from error
    except ValueError as error:
        message = f"设置文件无法读取：{error} / the settings file cannot be read: {error}"
        raise NodeError(message) from error


async def _serve(out: Output, settings: Settings, *, verbose: bool) -> None:
    async with open_resources(settings) as resources:
        app = create_app_with(resources)
        server: _Server = Server(
            app,
            address=settings.host,
            port=settings.port,
            interface=Interfaces.ASGI,
            websockets=False,
            log_level=LogLevels.info if verbose else LogLevels.error,
            log_dictconfig=dict(SERVER_LOGGING),
            log_access=verbose,
        )
        stopping = asyncio.Event()

        def stop() -> None:
            stopping.set()
            if (feeds := app.state.get("feeds")) is not None:
                feeds.close()  # the server waits for answers that are under way: streams never end
            server.stop()

        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C interrupts the loop
                loop.add_signal_handler(number, stop)
        out.say(f"节点 {settings.node_name}：{settings.public_url}", "Ctrl-C 结束 / ends it")
        out.result({"ok": True, "node": settings.node_name, "url": settings.public_url})
        collect_rarely()
        await server.serve()
        if not stopping.is_set():
            message = "服务进程意外结束，请查看日志 / the server ended unexpectedly: see its log"
            raise NodeError(message)


def collect_rarely() -> None:
    """Spare the garbage collector what was loaded so far, which lives as long as the node.

    And let it look rarely at what an admission makes, which is soon gone without its help. In small
    steps at the young: one of 100,000 objects held every answer for 0.1 s.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 500, 50)


async def _audit(settings: Settings) -> AuditReport:
    """Run every part of the audit; a node that could not start can still be audited."""
    charter = await asyncio.to_thread(_given_charter, settings)
    async with open_store(settings) as store:
        report = await audit_logs(store, charter, settings.charter_pin)
        await audit_records(store, report)
        clock = SystemClock()
        await audit_index(store, PostgresEngine(store.pool), clock, report)
        await audit_texts(store, PostgresTexts(store.pool), clock, report)
        for one in served_of(settings):
            await audit_index(store, one.engine, clock, report, one)
        if settings.search_url:
            texts = meilisearch_texts_of(settings)
            await audit_texts(store, texts, clock, report, TEXTS_MEILISEARCH)
        await audit_quality(store, report)
        return report


async def _scrub(settings: Settings) -> Scrubbed:
    done = await _with_owner(
        settings, lambda owner_url: scrub_files(owner_url, SystemClock().now())
    )
    forget(settings.following_dir)
    if served_of(settings):
        async with open_store(settings) as store:
            await FollowReading(store.pool).reset_all(MEILISEARCH)
            await FollowReading(store.pool).reset(TEXTS_MEILISEARCH)
    return done


async def _reindex(settings: Settings) -> None:
    async with open_store(settings) as store:
        engine = PostgresEngine(store.pool)
        await engine.prepare()
        await begin_anew(store, engine)
        texts = PostgresTexts(store.pool)
        await texts.prepare()
        await begin_texts_anew(store, texts)


def _given_charter(settings: Settings) -> Charter | None:
    if settings.charter is None:
        return None
    try:
        return open_chain(read_notes(settings.charter), settings.charter_pin)[-1]
    except SigningError as error:
        message = f"章程文件不可用：{error.zh} / the charter file cannot be used: {error}"
        raise NodeError(message) from error


async def _refill(settings: Settings, files: list[Path]) -> list[tuple[str, int]]:
    taken = []
    async with open_resources(settings) as resources:
        for file in files:
            data = await asyncio.to_thread(file.read_bytes)
            origin = parse_header(data.partition(b"\n")[0]).origin
            chunks = _chunks(data)
            admitted = await resources.door.admit(origin, chunks, "identity", refill=True)
            taken.append((origin, admitted.size))
    return taken


async def _chunks(data: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(data), _CHUNK):
        yield data[start : start + _CHUNK]


async def _with_owner(settings: Settings, act: Callable[[str], Awaitable[T]]) -> T:
    """Do something as the role that owns the tables."""
    if settings.owner_url:
        return await act(settings.owner_url)
    if settings.database_url:
        message = "请设置 owner_url：迁移需要所有者角色 / set owner_url: migrations need the owner"
        raise NodeError(message)
    server = await asyncio.to_thread(embedded.start, settings.data_dir)
    try:
        return await act(server.owner_url)
    finally:
        server.stop()
