"""``registry feeds``: approve consumers, see how they stand, suspend, replay dead letters."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, TypeVar

import click
import msgspec

from registry.access.keys import DAYS, Keys
from registry.cli.node import load_settings, settings_option
from registry.cli.options import json_option
from registry.cli.output import Output
from registry.cli.stored import charter_in_force
from registry.clock import SHANGHAI, SystemClock, today
from registry.domain.disclosure import Role
from registry.domain.feeds import DAYS_MAX, RANGES, ActKind, Consumer, Terms, terms_problem
from registry.domain.grants import Grant
from registry.domain.subjects import usable_uscc
from registry.errors import NodeError
from registry.resources import open_store
from registry.settings import Settings
from registry.store.access_keys import KeyStore
from registry.store.engine import Database
from registry.store.feed_sweeps import Dead, HookStore
from registry.store.feeds import Act, Counts, FeedStore, Stop
from signing.charter import Charter

T = TypeVar("T")
LABEL: Final = "数据推送 feed"


@dataclass(frozen=True, slots=True)
class _Stands:
    """A consumer with its figures, and how it stands today."""

    consumer: Consumer
    standing: str
    counts: Counts
    dead: int


@click.group()
def feeds() -> None:
    """数据推送：批准、列出、暂停、未确认的停止通知、死信。Feeds of approved consumers."""


_consumer = click.argument("consumer", metavar="CODE")
_by = click.option("--by", required=True, help="由谁决定（岗位或单位）。Who decides: an office.")
_reason = click.option("--reason", required=True, help="理由或文号。Why, or the document number.")


@feeds.command()
@json_option
@settings_option
@_consumer
@_by
@_reason
@click.option("--name", required=True, help="单位名称。Name of the organisation.")
@click.option("--purpose", required=True, help="使用目的。What it is used for.")
@click.option("--onward", required=True, help="再使用条件。What may be passed on, and to whom.")
@click.option("--contact", required=True, help="联系方式（岗位）。Contact: an office.")
@click.option(
    "--until",
    required=True,
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="有效期至（含）。Last day.",
)
@click.option("--city", multiple=True, help="成员代码，可多次，缺省为全部。City; none is all.")
@click.option("--type", "kind", multiple=True, help="信息种类，可多次，缺省为全部。Record type.")
@click.option(
    "--range",
    "ranges",
    multiple=True,
    type=click.Choice(RANGES),
    help="公开范围，缺省 public。Publication range.",
)
@click.option(
    "--days",
    type=click.IntRange(1, DAYS_MAX),
    default=2,
    show_default=True,
    help="确认停止通知的工作日数。Working days to confirm a stop.",
)
@click.option("--address", default="", help="推送地址（https）。Where webhooks go.")
@click.pass_obj
def approve(out: Output, /, settings_file: Path | None, **said: object) -> None:
    """批准一个数据使用单位，首次批准时签发密钥。Approve a consumer; its key is shown once."""
    by, reason = str(said.pop("by")), str(said.pop("reason"))
    code = usable_uscc(str(given := said.pop("consumer"))) or str(given)
    terms = _terms(said)

    async def act(db: Database, charter: Charter) -> tuple[int, str]:
        clock, store = SystemClock(), FeedStore(db)
        members = {party.code for party in charter.parties}
        wrong = terms_problem(code, terms, members, today(clock))
        if wrong is not None:
            raise NodeError(" / ".join(wrong))
        known = await store.consumer(code)
        text = ""
        if known is None:
            grant = Grant(Role.CONSUMER, party=code)
            text = (await Keys(KeyStore(db), clock).issue(grant, LABEL, DAYS, members)).text
        number = await store.act(code, "approved", _said(by), _said(reason), clock.now(), terms)
        return number, text

    number, text = asyncio.run(_with_charter(load_settings(settings_file), act))
    out.say(f"{code} {terms.name} 已获批准，至 {terms.valid_until}", f"approved, act {number}")
    if text:
        out.say("密钥只显示这一次：", "The key, shown this once:")
        out.say(text)
    out.result({"ok": True, "consumer": code, "act": number, "secret": text})


@feeds.command("list")
@json_option
@settings_option
@click.pass_context
def listed(ctx: click.Context, settings_file: Path | None) -> None:
    """列出全部使用单位。List all consumers.

    Exit code 1 while a consumer is cut off or has dead letters.
    """
    out = ctx.ensure_object(Output)

    async def act(db: Database) -> tuple[_Stands, ...]:
        return tuple([await _stands(db, one) for one in await FeedStore(db).consumers()])

    rows = asyncio.run(_with_store(load_settings(settings_file), act))
    for row in rows:
        _say(out, row)
    out.say(f"{len(rows)} 个使用单位", "consumers")
    troubled = [one.consumer.code for one in rows if one.standing == "cut-off" or one.dead]
    out.result({"ok": not troubled, "consumers": [_row(row) for row in rows]})
    ctx.exit(1 if troubled else 0)


@feeds.command()
@json_option
@settings_option
@_consumer
@click.pass_obj
def show(out: Output, settings_file: Path | None, consumer: str) -> None:
    """一个使用单位：条件、经过、未确认的停止通知。One consumer: terms, acts, unconfirmed stops."""

    async def act(db: Database) -> tuple[_Stands, tuple[Act, ...], tuple[Stop, ...]]:
        store = FeedStore(db)
        known = await _known(store, consumer)
        return (
            await _stands(db, known),
            await store.acts(known.code),
            await store.unconfirmed(known.code),
        )

    row, acts, stops = asyncio.run(_with_store(load_settings(settings_file), act))
    terms = row.consumer.terms
    _say(out, row)
    out.say(f"  用途：{terms.purpose}", "purpose")
    out.say(f"  再使用：{terms.onward}", "onward")
    out.say(f"  联系：{terms.contact}", "contact")
    scope = " ".join((*(terms.cities or ("全部 all",)), *(terms.types or ("全部 all",))))
    out.say(f"  范围：{scope} {' '.join(terms.ranges)}", "scope")
    for one in acts:
        out.say(f"  {_at(one.at)}  {one.kind}  {one.by}  {one.reason}")
    for stop in stops:
        out.say(f"  停止 {stop.number}：{stop.origin}/{stop.idx}，{stop.due} 前确认", "unconfirmed")
    out.result({"ok": True, **_row(row), "acts": list(map(asdict, acts)),
                "unconfirmed_stops": list(map(asdict, stops))})  # fmt: skip


def _acting(name: ActKind, doc: str) -> click.Command:
    """Make the command that states an act about a consumer."""

    @feeds.command({"suspended": "suspend", "resumed": "resume", "ended": "end"}[name], help=doc)
    @json_option
    @settings_option
    @_consumer
    @_by
    @_reason
    @click.pass_obj
    def command(
        out: Output, *, settings_file: Path | None, consumer: str, by: str, reason: str
    ) -> None:
        async def act(db: Database) -> int:
            store = FeedStore(db)
            known = await _known(store, consumer)
            if known.state not in _BEFORE[name]:
                message = (
                    f"{known.code} 目前为 {known.state}，不能改为 {name} / "
                    f"{known.code} is {known.state} and cannot become {name}"
                )
                raise NodeError(message)
            return await store.act(known.code, name, _said(by), _said(reason), SystemClock().now())

        number = asyncio.run(_with_store(load_settings(settings_file), act))
        out.say(f"{consumer} {_WORDS[name]}", f"{name}, act {number}")
        out.result({"ok": True, "consumer": consumer, "act": number, "state": name})

    return command


_BEFORE: Final[dict[ActKind, frozenset[str]]] = {
    "suspended": frozenset({"approved", "resumed"}),
    "resumed": frozenset({"suspended"}),
    "ended": frozenset({"approved", "suspended", "resumed"}),
}
_WORDS: Final[dict[ActKind, str]] = {"suspended": "已暂停", "resumed": "已恢复", "ended": "已终止"}
suspend = _acting("suspended", "暂停推送；停止通知照常产生。Suspend a feed; stops go on.")
resume = _acting("resumed", "恢复推送。Resume a suspended feed.")
end = _acting("ended", "终止批准。End an approval.")


@feeds.command()
@json_option
@settings_option
@click.argument("consumer", metavar="[CODE]", default="")
@click.pass_obj
def dead(out: Output, settings_file: Path | None, consumer: str) -> None:
    """死信：多次未能送达的批次。Dead letters: batches that a webhook did not take."""

    async def act(db: Database) -> tuple[Dead, ...]:
        return await HookStore(db).dead(consumer)

    rows = asyncio.run(_with_store(load_settings(settings_file), act))
    for row in rows:
        span = f"{row.start} → {row.until}"
        out.say(f"{row.consumer}  {row.number}  {_at(row.at)}  {span}  {row.failure}  {row.state}")
    out.say(f"{len(rows)} 封死信", "dead letters")
    out.result({"ok": True, "dead": list(map(asdict, rows))})


@feeds.command()
@json_option
@settings_option
@_consumer
@click.argument("number", type=click.IntRange(min=1), required=False)
@click.pass_obj
def replay(out: Output, settings_file: Path | None, consumer: str, number: int | None) -> None:
    """重新推送死信，内容按当前状态重新生成。Send dead letters again, made anew as of now."""

    async def act(db: Database) -> list[int]:
        store = HookStore(db)
        waiting = [one.number for one in await store.dead(consumer, ("dead",))]
        chosen = waiting if number is None else [one for one in waiting if one == number]
        if not chosen:
            message = (
                f"{consumer} 没有这样的死信 / {consumer} has no such dead letter: "
                "see registry feeds dead"
            )
            raise NodeError(message)
        return [one for one in chosen if await store.mark(consumer, one, "again")]

    again = asyncio.run(_with_store(load_settings(settings_file), act))
    out.say(f"{len(again)} 封死信将由节点重新推送", "to be sent again by the node")
    out.result({"ok": True, "consumer": consumer, "again": again})


def _terms(said: dict[str, object]) -> Terms:
    """Return what the options say; times and limits are looked at by the domain."""
    until = said.pop("until")
    plain = {
        "valid_until": until.date() if isinstance(until, datetime) else None,
        "cities": said.pop("city"),
        "types": said.pop("kind"),
        "ranges": said.pop("ranges") or ("public",),
    }
    return msgspec.convert({**said, **plain}, Terms, strict=False)


def _said(text: str) -> str:
    """Return a stated office or reason; raises NodeError for none."""
    if not text.strip():
        message = "须写明决定者和理由 / say who decides, and why"
        raise NodeError(message)
    return text.strip()


async def _known(store: FeedStore, code: str) -> Consumer:
    consumer = await store.consumer(usable_uscc(code) or code)
    if consumer is None:
        message = (
            f"没有使用单位 {code}；用 registry feeds list 查看 / "
            f"there is no consumer {code}: see registry feeds list"
        )
        raise NodeError(message)
    return consumer


async def _stands(db: Database, consumer: Consumer) -> _Stands:
    day = today(SystemClock())
    counts = await FeedStore(db).counts(consumer.code, day)
    standing: str = consumer.standing(day)
    late = standing == "good" and counts.late
    dead_letters = await HookStore(db).count_dead(consumer.code)
    return _Stands(consumer, "cut-off" if late else standing, counts, dead_letters)


def _say(out: Output, row: _Stands) -> None:
    terms, counts = row.consumer.terms, row.counts
    figures = (
        f"持有 {counts.held}，未确认 {counts.unconfirmed}，逾期 {counts.late}，死信 {row.dead}"
    )
    out.say(f"{row.consumer.code}  {row.standing}  至 {terms.valid_until}  {terms.name}  {figures}")


def _row(row: _Stands) -> dict[str, object]:
    terms = msgspec.to_builtins(row.consumer.terms)
    counts = asdict(row.counts)
    return {
        "consumer": row.consumer.code,
        "standing": row.standing,
        "terms": terms,
        **counts,
        "dead": row.dead,
    }


def _at(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


async def _with_store(settings: Settings, act: Callable[[Database], Awaitable[T]]) -> T:
    async with open_store(settings) as db:
        return await act(db)


async def _with_charter(settings: Settings, act: Callable[[Database, Charter], Awaitable[T]]) -> T:
    async with open_store(settings) as db:
        return await act(db, await charter_in_force(db))
