"""Sealing at the desk: whatever stops it, nothing is sealed twice and nothing is lost."""

import asyncio
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from registry.errors import UnavailableRefusal
from registry.exchange.client import HttpNode
from registry.exchange.errors import NodeRefusedError
from registry.exchange.home import Node, Remark, Trust
from registry.exchange.rows import Known, RowChecker
from registry.exchange.sealed import SealedLog
from registry.forms.files import read_jsonl
from registry.ingest.reasons import finding
from registry.store.workbench import WorkbenchStore
from registry.workbench.node import LocalNode
from registry.workbench.rows import new_salt
from signing.batch import BatchHeader, encode_batch
from signing.receipt import open_receipt
from tests.registry.workbench.conftest import CITY, WUHU, Office, rows_of, sheet, works
from tests.registry.world import NANJING, Publisher, line, log_key, node_key

pytestmark = works
FINE = "罚款金额(万元)"


async def seal(office: Office, parcel: str) -> str:
    """Have a parcel sealed; return what the page says afterwards."""
    await office.do("publisher", parcel, "seal")
    await office.settle("desk_parcels", "sealing")
    return await office.text("publisher", parcel.rpartition("/parcel/")[0])


def failing(times: int, error: Exception, then: Callable[..., Any]) -> Callable[..., Any]:
    """Return what fails so many times before it does what it should."""
    left = [error] * times

    def act(*arguments: Any, **more: Any) -> Any:
        if left:
            raise left.pop()
        return then(*arguments, **more)

    return act


async def test_a_signing_service_that_is_away_is_told_and_tried_again(office: Office, tmp_path):
    parcel = await office.reviewed(sheet(rows_of(200, {}, {})))
    sockets, before = office.bench._sealing._sockets, await office.size()
    here = sockets[CITY]
    sockets[CITY] = tmp_path / "nobody"
    try:
        shown = await seal(office, parcel)
    finally:
        sockets[CITY] = here
    assert "已复核，待签章" in shown
    assert f"签名服务 {tmp_path / 'nobody'} 没有应答" in shown
    assert "签章未完成" in shown
    assert "does not answer" in await office.text("publisher", parcel[:-9], lang="en")
    assert await office.size() == before
    shown = await seal(office, parcel)
    assert "已签章并接收" in shown
    assert "没有应答" not in shown.split("办理记录")[0]
    assert await office.size() == before + 2


async def test_a_service_that_is_no_longer_set_up_stops_it(office: Office):
    parcel = await office.reviewed(sheet(rows_of(205, {})))
    sockets = office.bench._sealing._sockets
    here = sockets[CITY]
    await office.do("publisher", parcel, "seal")
    sockets.pop(CITY)
    await office.settle("desk_parcels", "sealing")
    sockets[CITY] = here
    shown = await office.text("publisher", parcel[:-9])
    assert "签名服务未配置" in shown or "已签章并接收" in shown, "the loop may have been first"
    if "已签章并接收" not in shown:
        await seal(office, parcel)
    assert await office.states(parcel[:-9]) == ["admitted"]


async def test_what_was_sealed_and_not_delivered_goes_with_the_next_try(
    office: Office, monkeypatch
):
    parcel = await office.reviewed(sheet(rows_of(210, {}, {}, {})))
    before = await office.size()
    busy = NodeRefusedError(503, "busy", ("节点正忙", "busy"))
    monkeypatch.setattr(LocalNode, "admit", failing(1, busy, LocalNode.admit))
    assert "节点正忙" in await seal(office, parcel)
    assert await office.size() == before
    monkeypatch.undo()
    assert "已签章并接收" in await seal(office, parcel)
    assert await office.size() == before + 3
    place = parcel[:-9]
    assert await office.states(place) == ["admitted"] * 3
    rows = await office.node.db.pool.fetch(
        "SELECT idx FROM desk_rows WHERE submission = $1 ORDER BY row", place[-32:]
    )
    assert [row[0] for row in rows] == [before, before + 1, before + 2]
    note = await office.ask("clerk", "GET", f"{parcel}/receipt/{before}")
    assert open_receipt(note.content, (log_key(WUHU).vkey,), (node_key("mirror").vkey,)).size


async def test_a_node_killed_before_it_noted_the_receipt_finds_it_again(
    office: Office, monkeypatch
):
    parcel = await office.reviewed(sheet(rows_of(220, {}, {})))
    before = await office.size()
    error = UnavailableRefusal("库暂时不可用", "away")
    noted = WorkbenchStore.admitted
    monkeypatch.setattr(WorkbenchStore, "admitted", failing(1, error, noted))
    shown = await seal(office, parcel)
    assert "已签章并接收" in shown
    assert await office.size() == before + 2, "nothing was sealed twice"
    assert (await office.ask("clerk", "GET", f"{parcel}/receipt/{before}")).status_code == 200


async def test_of_two_records_by_one_number_the_second_comes_back(office: Office):
    (one,) = rows_of(230, {})
    first = await office.reviewed(sheet([one]))
    other = {**one, FINE: "0.5", "处罚内容": "罚款五千元。"}
    more = rows_of(231, {})
    second = await office.reviewed(sheet([other, *more]))
    same = await office.reviewed(sheet([one]), who="clerk2")
    await seal(office, first)
    shown = await seal(office, second)
    assert "待修正 1 行、已接收 1 行" in shown
    assert await office.states(second[:-9]) == ["to-fix", "admitted"]
    assert await office.do("clerk", f"{second[:-9]}/row/1", "delete", version="2")
    # The very same once more is no second record: it stands where the first one does.
    before = await office.size()
    await seal(office, same)
    assert (await office.size(), await office.states(same[:-9])) == (before, ["admitted"])


async def test_a_row_that_the_node_refuses_after_all_says_why(office: Office, monkeypatch):
    parcel = await office.reviewed(sheet(rows_of(240, {}, {})))
    check = LocalNode.check
    asked: list[int] = []

    def strict(node: LocalNode, origin: str, batch: bytes) -> Any:
        asked.append(1)
        found = finding("bad-decimal", "/fine_wan_yuan", value="0.2")
        return (Remark(0, (found,)),) if len(asked) == 1 else check(node, origin, batch)

    monkeypatch.setattr(LocalNode, "check", strict)
    shown = await seal(office, parcel)
    assert "待修正 1 行、已接收 1 行" in shown
    assert f"第2行“{FINE}”：" in shown


async def test_without_a_service_the_tool_signs_and_the_receipt_is_found(office: Office):
    nanjing = [
        row | {"处罚机关": "南京市市场监督管理局", "类别认定单位": "南京市市场监督管理局"}
        for row in rows_of(250, {}, {})
    ]
    parcel = await office.reviewed(sheet(nanjing), "nanjing", "nanjing-reviewer")
    place = parcel[:-9]
    who = "nanjing-publisher"
    await office.refused(who, parcel, "seal", 400, "没有配置本成员地区的签名服务")
    assert "用 registry publish 签名报送" in await office.text(who, place)
    file = await office.ask(who, "GET", f"{parcel}/file")
    assert file.headers["content-disposition"].endswith('-1.jsonl"')
    checker = RowChecker(new_salt, Known(None), ("320100",))
    checked = [checker.check(row) for row in read_jsonl(file.content)]
    lines = [row.line for row in checked if row.line is not None]
    assert len(lines) == 2
    assert "下载待签名文件" in await office.text(who, place)
    publisher = Publisher(NANJING)
    headers = {"Content-Type": "application/vnd.registry.batch"}
    for batch in ([lines[0], line(9)], [lines[1]]):
        shown = await office.text(who, place)
        assert "已复核，待签章" in shown, "one of two is not all"
        answer = await office.http.post(
            f"/log/{NANJING}/batch", content=publisher.seal(batch), headers=headers
        )
        assert answer.status_code == 200, answer.text
    shown = await office.text(who, place)
    assert "已签章并接收" in shown
    assert await office.states(place) == ["admitted", "admitted"]
    note = await office.ask(who, "GET", f"{parcel}/receipt/0")
    assert (
        open_receipt(note.content, (log_key(NANJING).vkey,), (node_key("mirror").vkey,)).size == 3
    )


def refusal(ask: Callable[[], object]) -> tuple[int, str, int | None]:
    with pytest.raises(NodeRefusedError) as refused:
        ask()
    return refused.value.status, refused.value.detail_code, refused.value.size


async def test_the_node_answers_the_desk_as_it_answers_the_tool(office: Office):
    await office.sealed(sheet(rows_of(260, {})), by="all")
    loop = asyncio.get_running_loop()

    def ask() -> list[tuple[Any, Any]]:
        doors = office.bench._under.doors
        with closing(HttpNode(office.url)) as far:
            near = LocalNode(doors, loop)
            return [(one(near), one(far)) for one in questions()]

    for near, far in await asyncio.to_thread(ask):
        assert near == far


def questions() -> list[Callable[[Node], Any]]:
    batch = encode_batch(BatchHeader(WUHU, 0, 2), [line(1), line(1)])
    region = "xinyong.njmetro.example/region"
    return [
        lambda node: node.charter(),
        lambda node: node.charter(1),
        lambda node: node.size(WUHU),
        lambda node: node.size(region),
        lambda node: node.checkpoint(WUHU),
        lambda node: node.tile(WUHU, 0, 0, 1),
        lambda node: node.check(WUHU, batch),
        lambda node: refusal(lambda: node.charter(7)),
        lambda node: refusal(lambda: node.tile(WUHU, 5, 0, 1)),
        lambda node: refusal(lambda: node.admit(WUHU, b"{}\n")),
        lambda node: refusal(lambda: node.checkpoint(region)),
    ]


async def test_a_log_whose_home_is_elsewhere_is_sent_there(office: Office):
    doors, loop = office.bench._under.doors, asyncio.get_running_loop()
    sealing = office.bench._sealing
    with sealing._home(doors, Trust(doors.charter, WUHU), loop) as here:
        assert isinstance(here, LocalNode)
    elsewhere = Trust(doors.charter, "xinyong.chuzhou.example/credit")
    with sealing._home(doors, elsewhere, loop) as away:
        assert isinstance(away, HttpNode)
        assert away.url == "https://node2.example"


async def test_the_working_folder_is_one_as_the_tool_keeps_it(office: Office):
    folder = office.node.folder.parent / "desk" / CITY
    log = SealedLog(next((folder / "logs").iterdir()), WUHU)
    assert sum(batch.end - batch.start for batch in log.batches()) == await office.size()
    assert all(log.receipt(batch) for batch in log.batches())
    assert (folder / "keys").is_dir()
    assert not log.staged()
    (key,) = (folder / "keys").glob("*.key")
    assert key.read_bytes().startswith(b"socket:"), "no private key is near the node"
