"""``registry doctor``: has a node all it needs, and does it reach the others? One line a check."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from registry.cli.node import load_settings, settings_option
from registry.cli.options import json_option
from registry.cli.output import Output
from registry.clock import SystemClock, today
from registry.errors import NodeError
from registry.exchange.charter_files import read_notes
from registry.exchange.selftest import Checked, CheckError, check_nodes, checked
from registry.pages.fonts import find_fonts, no_font
from registry.projections.served import served_of
from registry.resources import MIRROR, WITNESS, check_keys, own_key
from registry.settings import Settings
from registry.store import embedded
from registry.store.charters import CharterStore
from registry.store.engine import Database, open_database
from registry.store.rights import migrated, too_many_rights
from search.errors import SearchError
from signing.charters import open_chain

if TYPE_CHECKING:
    from signing.charter import Charter


@click.command()
@json_option
@settings_option
@click.pass_context
def doctor(ctx: click.Context, settings_file: Path | None) -> None:
    """自检：数据库、密钥、章程、字体、检索、其他节点。Check a node and its connections.

    Best run beside the running node. Nothing is changed. Exit code 1 when something is wrong.
    """
    out, settings = ctx.ensure_object(Output), load_settings(settings_file)
    found = asyncio.run(_examine(out, settings))
    wrong = [one.name for one in found if not one.ok]
    if not wrong:
        out.say("一切正常。", "All is well.")
    out.result({"ok": not wrong, "checks": [asdict(one) for one in found]})
    ctx.exit(1 if wrong else 0)


async def _examine(out: Output, settings: Settings) -> list[Checked]:
    found = []
    async for one in _checks(settings):
        out.say(f"{'通过' if one.ok else '异常'}  {one.name:<24}  {one.zh}")
        if not one.ok:
            out.say(f"{'':<32}{one.en}")
        found.append(one)
    return found


async def _checks(settings: Settings) -> AsyncIterator[Checked]:
    examined = _Examined(settings)
    for name, check in (
        ("database", examined.database),
        ("rights", examined.rights),
        ("charter", examined.in_force),
        ("keys", examined.keys),
        ("font", examined.font),
        ("search", examined.search),
    ):
        yield await checked(name, check)
    if (charter := examined.charter) is not None:
        name, url = settings.node_name, settings.public_url
        async for one in check_nodes(charter, name, url, SystemClock()):
            yield one


class _Examined:
    """One node's own parts; what an earlier check has found serves the later ones."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.charter: Charter | None = None

    async def database(self) -> tuple[str, str]:
        async with _database(self._settings) as db:
            if not await migrated(db):
                raise CheckError(
                    "有迁移未执行；请运行 registry db migrate", "run registry db migrate"
                )
            notes = list(await CharterStore(db).all())
        self._find_charter(notes)
        return "可以连接，迁移均已执行", "it answers and is migrated"

    async def rights(self) -> tuple[str, str]:
        async with _database(self._settings) as db:
            extra = await too_many_rights(db)
        if extra:
            raise CheckError(
                f"服务角色权限过大：{'、'.join(extra)}；database_url 请用 registry_service 角色",
                f"the service's role may do too much ({', '.join(extra)}): let database_url name "
                "the role registry_service",
            )
        return "服务角色只能追加", "the service's role can only append"

    async def in_force(self) -> tuple[str, str]:
        if self.charter is None:
            self._find_charter([])
        if self.charter is None:
            raise CheckError(
                "没有章程；请在设置中给出 charter", "no charter: name it in the settings"
            )
        told = self.charter.standing(today(SystemClock()))
        if told.state != "in-force":
            raise CheckError(told.zh, told.en)
        text = f"version {told.version}, {told.expires_on}"
        return f"第 {told.version} 版，有效期至 {told.expires_on}", text

    async def keys(self) -> tuple[str, str]:
        settings = self._settings
        missing = [u for u in (MIRROR, WITNESS) if not (settings.keys_dir / f"{u}.key").is_file()]
        if missing or self.charter is None:
            raise CheckError(
                f"{settings.keys_dir} 中没有密钥，或没有章程；首次启动节点会生成密钥",
                f"no keys in {settings.keys_dir}, or no charter: the node makes keys as it starts",
            )
        mirror, witness = (own_key(settings, use, self.charter) for use in (MIRROR, WITNESS))
        check_keys(self.charter, settings, mirror.vkey, witness.vkey)
        return "与章程一致", "they are those of the charter"

    async def font(self) -> tuple[str, str]:
        fonts = await asyncio.to_thread(find_fonts, self._settings.font)
        if not fonts:
            refusal = no_font()
            raise CheckError(refusal.zh, refusal.en)
        return str(fonts[0].path), str(fonts[0].path)

    async def search(self) -> tuple[str, str]:
        served = served_of(self._settings)
        if not served:
            return "由 PostgreSQL 检索", "PostgreSQL finds"
        self._known(code for one in served for code in one.members)
        counts = []
        for one in served:
            whose = "、".join(sorted(one.members))
            try:
                counts.append(f"{whose} {await one.engine.count()}".lstrip())
            except SearchError as error:
                name = "search_engines" if whose else "search_url, search_key"
                raise CheckError(
                    f"Meilisearch {whose} 不可用（{error.zh}）；请核对 {name}",
                    f"Meilisearch {whose} cannot be used ({error.en}): check {name}",
                ) from error
        told = "; ".join(counts)
        return f"Meilisearch，主体数：{told}", f"Meilisearch, subjects: {told}"

    def _known(self, codes: Iterable[str]) -> None:
        """Refuse search engines of members that the charter does not name: a typing slip."""
        if self.charter is None:
            return
        unknown = sorted(set(codes) - {party.code for party in self.charter.parties})
        if unknown:
            told = ", ".join(unknown)
            raise CheckError(
                f"search_engines 中的地区 {told} 不在章程中",
                f"search_engines name {told}, which the charter does not",
            )

    def _find_charter(self, notes: list[bytes]) -> None:
        settings = self._settings
        if not notes and settings.charter is not None:
            notes = list(read_notes(settings.charter))
        if notes:
            self.charter = open_chain(notes, settings.charter_pin)[-1]


@asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[Database]:
    """Open the database as the service does, and run no migration."""
    if settings.database_url:
        async with open_database(settings.database_url, 2) as db:
            yield db
        return
    if not settings.data_dir.is_dir():
        message = (
            f"没有数据目录 {settings.data_dir}；请先启动节点 / "
            f"no data folder {settings.data_dir}: start the node first"
        )
        raise NodeError(message)
    server = await asyncio.to_thread(embedded.start, settings.data_dir)
    try:
        async with open_database(server.service_url, 2) as db:
            yield db
    finally:
        server.stop()
