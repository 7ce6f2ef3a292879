"""``registry status`` and ``registry set-aside``: where the logs of a working folder stand."""

from collections.abc import Iterator
from dataclasses import asdict
from http.client import NOT_FOUND

import click

from registry.cli.options import Session, session_options
from registry.clock import SystemClock, today
from registry.exchange.errors import NodeRefusedError
from registry.exchange.home import Node
from registry.exchange.lies import ALARMS
from registry.exchange.publisher import Publisher
from registry.ledger.quorum import seen_by


@click.command()
@session_options
def status(session: Session) -> None:
    """各日志：已确认、待发送、待修正。What is confirmed, unsent and to fix.

    With a node: also what it cannot follow of other nodes' logs, and its alarms.
    """
    charter = _charter(session)
    logs = [_status(session, origin) for origin in _origins(session)]
    for log in logs:
        session.out.say(
            f"{log['origin']}：已确认 {log['confirmed']} 条，已封存至 {log['sealed']} 条，"
            f"待发送 {log['unsent']} 批，待修正文件 {log['to_fix']} 个",
            "confirmed, sealed, unsent batches, files to fix",
        )
        if log["staged"]:
            session.out.say(
                f"  有 {log['staged']} 行尚未封存完毕；执行 registry publish 续作",
                "rows being sealed: run registry publish",
            )
        if "node" in log:
            session.out.say(f"  节点现有 {log['node']} 条", "entries at the node")
        if log.get("awaiting"):
            session.out.say(f"  等待见证：{log['awaiting']}", "awaiting witnesses of these nodes")
    followed = () if session.node is None else session.node.following()
    for one in followed:
        if one.failure:
            session.out.say(
                f"节点未能同步 {one.origin}：{one.failure}", "the node cannot follow it"
            )
        for kind, count in one.alarms.items():
            zh, en = ALARMS.get(kind, (kind, kind))
            session.out.say(f"警报 {one.origin} {kind} {count} 次：{zh}", f"ALARM: {en}")
    told = [{"origin": o.origin, "failure": o.failure, "alarms": o.alarms} for o in followed]
    session.out.result({"ok": True, "logs": logs, "charter": charter, "following": told})


@click.command(name="set-aside")
@session_options
def set_aside(session: Session) -> None:
    """移开与节点冲突、不得发送的批次。Move away sealed batches that must not be sent.

    Only batches whose position the node has proven to hold another installation's records. Their
    records are written beside them, to be published again.
    """
    session.require_node()
    with session.workdir.locked():
        origin = session.origin
        log = session.workdir.log(origin)
        moved = Publisher(log, session.trust(origin), SystemClock(), session.node).set_aside()
    for batch in moved:
        session.out.say(f"{batch.start}–{batch.end} -> {batch.path}", "set aside")
        session.out.say(f"重新报送：registry publish {batch.rows}", "publish these records again")
    document = [
        {"from": batch.start, "to": batch.end, "path": str(batch.path), "rows": str(batch.rows)}
        for batch in moved
    ]
    session.out.result({"ok": True, "set_aside": document})


def _charter(session: Session) -> dict[str, object] | None:
    """Return how the charter stands, as far as one is known; near its end the session says so."""
    if not session.workdir.has_charter and session.node is None and session.charter_file is None:
        return None
    return asdict(session.charter.standing(today(SystemClock())))


def _origins(session: Session) -> Iterator[str]:
    if session.given_origin:
        yield session.given_origin
    else:
        yield from sorted({key.name for key in session.workdir.vkeys()})


def _status(session: Session, origin: str) -> dict[str, object]:
    log = session.workdir.log(origin)
    state, batches = log.state(), log.batches()
    confirmed = state.size if state else 0
    described: dict[str, object] = {
        "origin": origin,
        "confirmed": confirmed,
        "sealed": max([confirmed, *(batch.end for batch in batches)]),
        "unsent": sum(1 for batch in batches if log.receipt(batch) is None),
        "batches": [
            {
                "from": batch.start,
                "to": batch.end,
                "path": str(batch.path),
                "receipt": log.receipt(batch) is not None,
            }
            for batch in batches
        ],
        "staged": len(log.staged()),
        "to_fix": len(list((log.folder / "tofix").glob("*"))),
    }
    if session.node is not None:
        described["node"] = session.node.size(origin)
        described["awaiting"] = "、".join(_awaiting(session, session.node, origin))
    return described


def _awaiting(session: Session, node: Node, origin: str) -> tuple[str, ...]:
    """Return whose witnesses are awaited; of a log whose receipt is not there (yet), nobody's."""
    if session.charter.quorum <= 1:
        return ()
    try:
        note = node.checkpoint(origin)
    except NodeRefusedError as refused:
        if refused.status != NOT_FOUND:
            raise
        return ()
    return seen_by(session.charter, note).awaiting
