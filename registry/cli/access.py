"""``registry key`` and ``registry access``: who may ask, and who has asked."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, TypeVar

import click

from registry.access.keys import DAYS, DAYS_MAX, Keys, NewKey
from registry.access.log import ROWS_MAX, AccessRow
from registry.cli.node import load_settings, settings_option
from registry.cli.options import json_option
from registry.cli.output import Output
from registry.clock import SHANGHAI, SystemClock
from registry.domain.disclosure import Role
from registry.domain.grants import Grant
from registry.domain.subjects import usable_uscc
from registry.errors import NodeError
from registry.resources import open_store
from registry.settings import Settings
from registry.store.access import AccessStore
from registry.store.access_keys import KeptKey, KeyStore
from registry.store.charters import CharterStore
from registry.store.engine import Database
from signing.charter import open_charter

T = TypeVar("T")
ROLES: Final = tuple(role.value for role in Role if role is not Role.PUBLIC)
OVERLAP: Final = 7
"""Days for which both keys of a rotation are good."""


@click.group()
def key() -> None:
    """接口密钥：签发、列出、撤销、更换。Issue, list, revoke, rotate API keys."""


_days = click.option(
    "--days",
    type=click.IntRange(1, DAYS_MAX),
    default=DAYS,
    show_default=True,
    help="有效天数。Days for which it is good.",
)


@key.command()
@json_option
@settings_option
@_days
@click.option("--role", required=True, type=click.Choice(ROLES), help="角色。The role.")
@click.option("--label", required=True, help="使用该密钥的系统。Which system uses it; no person.")
@click.option("--member", default="", help="成员代码。Member code, for roles at a member.")
@click.option("--subject", default="", help="主体编号。Id of the subject, for its own file.")
@click.option("--party", default="", help="被授权单位代码。Unified code of the authorised party.")
@click.option("--department", default="", help="部门名称。Department of the member.")
@click.option("--territory", multiple=True, help="办理地区，可多次。Territory; may be repeated.")
@click.option("--matter", multiple=True, help="办理事项，缺省为全部。Matter; none is all.")
@click.pass_obj
def issue(  # noqa: PLR0913 - one parameter for each option
    out: Output,
    *,
    settings_file: Path | None,
    days: int,
    role: str,
    label: str,
    member: str,
    subject: str,
    party: str,
    department: str,
    territory: tuple[str, ...],
    matter: tuple[str, ...],
) -> None:
    """签发密钥，只显示一次。Issue a key; it is shown this once."""
    places = territory or ((member,) if role in {Role.REGULATOR, Role.PROCURER} else ())
    grant = Grant(
        Role(role), member, subject, places, matter, usable_uscc(party) or party, department
    )

    async def act(keys: Keys, members: frozenset[str]) -> NewKey:
        return await keys.issue(grant, label, days, members)

    _show_new(out, asyncio.run(_with_keys(load_settings(settings_file), act)))


@key.command("list")
@json_option
@settings_option
@click.pass_obj
def listed(out: Output, settings_file: Path | None) -> None:
    """列出全部密钥，最近的在前。List all keys, the latest first; never their secrets."""

    async def act(keys: Keys, _members: frozenset[str]) -> tuple[KeptKey, ...]:
        return await keys.all()

    rows = asyncio.run(_with_keys(load_settings(settings_file), act))
    now = SystemClock().now()
    for row in rows:
        good = "有效 good" if now < row.until else "失效 ended"
        limits = " ".join(filter(None, _limits(row.grant).values()))
        out.say(f"{row.key_id}  {good}  {_day(row.until)}  {row.grant.role} {limits}  {row.label}")
    out.say(f"{len(rows)} 个密钥", "keys")
    out.result({"ok": True, "keys": [_row(row) for row in rows]})


@key.command()
@json_option
@settings_option
@click.argument("key_id", metavar="KEY")
@click.option("--reason", required=True, help="撤销原因。Why.")
@click.pass_obj
def revoke(out: Output, settings_file: Path | None, key_id: str, reason: str) -> None:
    """立即撤销；更换后的密钥不受影响。End a key at once; one that replaced it stays good."""

    async def act(keys: Keys, _members: frozenset[str]) -> tuple[KeptKey, ...]:
        return await keys.revoke(key_id, reason)

    good = asyncio.run(_with_keys(load_settings(settings_file), act))
    out.say(f"{key_id} 已撤销", "revoked")
    for one in good:
        out.say(
            f"注意：更换后的密钥 {one.key_id} 仍有效，至 {_day(one.until)}",
            f"NOTE: {one.key_id}, which replaced it, stays good: revoke it too if it must not",
        )
    out.result({"ok": True, "key": key_id, "still_good": [one.key_id for one in good]})


@key.command()
@json_option
@settings_option
@_days
@click.argument("key_id", metavar="KEY")
@click.option(
    "--overlap",
    type=click.IntRange(0, 30),
    default=OVERLAP,
    show_default=True,
    help="新旧密钥同时有效的天数。Days for which both are good.",
)
@click.pass_obj
def rotate(out: Output, settings_file: Path | None, days: int, key_id: str, overlap: int) -> None:
    """签发同样权限的新密钥，旧密钥在重叠期后失效。Replace a key by one with the same limits."""

    async def act(keys: Keys, members: frozenset[str]) -> NewKey:
        return await keys.rotate(key_id, timedelta(days=overlap), days, members)

    _show_new(out, asyncio.run(_with_keys(load_settings(settings_file), act)))


@click.group("access")
def access() -> None:
    """访问日志：谁查询过什么。Who read what."""


@access.command()
@json_option
@settings_option
@click.option(
    "--after", type=click.IntRange(min=0), default=0, help="自此编号之后。After this row."
)
@click.option(
    "--limit",
    type=click.IntRange(1, ROWS_MAX),
    default=100,
    show_default=True,
    help="最多条数。Rows at most.",
)
@click.pass_obj
def show(out: Output, settings_file: Path | None, after: int, limit: int) -> None:
    """按序列出；链是否完整由 registry audit 核对。List rows; registry audit verifies the chain."""

    async def act(store: Database) -> tuple[AccessRow, ...]:
        return await AccessStore(store).after(after, limit)

    rows = asyncio.run(_with_store(load_settings(settings_file), act))
    for row in rows:
        out.say(f"{row.seq}  {row.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}  {_said(row)}")
    out.say(f"{len(rows)} 条", f"rows; digest {rows[-1].digest.hex()}" if rows else "rows")
    out.result({"ok": True, "rows": [_access(row) for row in rows]})


def _said(row: AccessRow) -> str:
    if row.line is None:
        return "已到期清除 erased: its time is over"
    line = row.line
    said = (line.who, line.role, line.member, line.kind, line.subject or line.place, line.outcome)
    return "  ".join((*filter(None, said), line.purpose, line.authorisation)).rstrip()


def _access(row: AccessRow) -> dict[str, object]:
    line = {} if row.line is None else asdict(row.line)
    return {"seq": row.seq, "at": row.at.isoformat(), **line, "digest": row.digest.hex()}


def _show_new(out: Output, new: NewKey) -> None:
    out.say(f"密钥 {new.key.key_id}，{_day(new.key.expires_at)} 前有效；只显示这一次：")
    out.say(f"The key, good until {_day(new.key.expires_at)}; it is shown this once:")
    out.say(new.text)
    out.result({"ok": True, "secret": new.text, **_row(new.key)})


def _row(row: KeptKey) -> dict[str, object]:
    return {
        "key": row.key_id,
        "label": row.label,
        "role": row.grant.role.value,
        **_limits(row.grant),
        "issued_at": row.issued_at.isoformat(),
        "until": row.until.isoformat(),
        "replaces": row.replaces,
    }


def _limits(grant: Grant) -> dict[str, str]:
    return {
        "member": grant.member,
        "subject": grant.subject,
        "territories": ",".join(grant.territories),
        "matters": ",".join(grant.matters),
        "party": grant.party,
        "department": grant.department,
    }


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


async def _with_keys(settings: Settings, act: Callable[[Keys, frozenset[str]], Awaitable[T]]) -> T:
    async def with_members(db: Database) -> T:
        notes = await CharterStore(db).all()
        if not notes:
            message = "库中还没有章程：请先启动一次节点 / no charter yet: start the node once"
            raise NodeError(message)
        members = frozenset(party.code for party in open_charter(notes[-1]).parties)
        return await act(Keys(KeyStore(db), SystemClock()), members)

    return await _with_store(settings, with_members)


async def _with_store(settings: Settings, act: Callable[[Database], Awaitable[T]]) -> T:
    async with open_store(settings) as db:
        return await act(db)
