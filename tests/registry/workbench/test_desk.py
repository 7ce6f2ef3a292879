"""The way of a file: uploaded, checked, fixed, reviewed, sealed, admitted; each by whom it is."""

from datetime import timedelta

import msgspec
import pytest

from registry.access.keys import Keys
from registry.pages.texts import TEXTS
from registry.store.access_keys import KeyStore
from registry.store.workbench import SUBMISSIONS_MAX
from registry.workbench import desk as desk_module
from registry.workbench import rows as rows_module
from registry.workbench import submissions as submissions_module
from registry.workbench.job import Checker
from signing.receipt import open_receipt
from tests.registry.access.conftest import MEMBERS
from tests.registry.workbench.conftest import (
    CITY,
    GRANTS,
    LABOUR,
    MARKET,
    WUHU,
    Office,
    fields,
    plain,
    rows_of,
    sheet,
    works,
)
from tests.registry.workbench.test_rows import workbook
from tests.registry.world import log_key, node_key, record

pytestmark = works
FINE = "罚款金额(万元)"
NUMBER = "行政处罚决定书文号"
NOTHING = f"/workbench/{'0' * 32}"


async def test_the_way_of_a_file_to_its_receipt(office: Office):
    good, bad = rows_of(1, {}, {FINE: "两千元"})
    before = await office.size()
    place = await office.upload(sheet([good, bad]))
    first = await office.text("clerk", place)
    assert "可报送 1 行、待修正 1 行" in first
    assert f"第3行“{FINE}”：" in first
    assert "应为：" in first
    assert "依据：" in first
    assert "其余1行可先行报送。" in first
    assert await office.do("clerk", place, "send") == place
    row = await office.ask("clerk", "GET", f"{place}/row/2")
    assert 'aria-invalid="true"' in row.text
    form = await office.form("clerk", place, 2)
    (cell,) = [name for name, text in form.items() if text == "两千元"]
    assert await office.do("clerk", f"{place}/row/2", "save", **form | {cell: "0.2"}) == place
    assert "可报送 1 行、办理中 1 行" in await office.text("clerk", place)
    await office.do("reviewer", f"{place}/parcel/1", "approve")
    await office.do("publisher", f"{place}/parcel/1", "seal")
    await office.settle("desk_parcels", "sealing")
    shown = await office.text("publisher", place)
    assert "已签章并接收" in shown
    assert await office.size() == before + 1
    note = await office.ask("publisher", "GET", f"{place}/parcel/1/receipt/{before}")
    receipt = open_receipt(note.content, (log_key(WUHU).vkey,), (node_key("mirror").vkey,))
    assert receipt.size == before + 1
    assert (await office.ask("clerk", "GET", f"{place}/parcel/1/receipt/99")).status_code == 404
    assert (await office.ask("clerk", "GET", f"{place}/parcel/2/receipt/0")).status_code == 404
    kept = await office.node.db.pool.fetchrow(
        "SELECT state, cells, record, about, idx FROM desk_rows WHERE row = 1 AND submission = $1",
        place[-32:],
    )
    assert tuple(kept) == ("admitted", "[]", b"", "", before)
    assert MARKET in shown
    for said in ("上传", f"修改、第 2 条、{FINE}", "送复核", "复核通过", "签章", "接收"):
        assert said in shown, said
    record = await office.text("", f"/record/{WUHU}/{before}")
    assert good[NUMBER] in record
    # What went on goes on without what came later, which follows in a parcel of its own.
    assert await office.do("clerk", place, "send") == place
    await office.do("reviewer", f"{place}/parcel/2", "approve")
    await office.do("publisher", f"{place}/parcel/2", "seal")
    await office.settle("desk_parcels", "sealing")
    assert await office.states(place) == ["admitted", "admitted"]
    assert await office.size() == before + 2


async def test_who_may_do_what(office: Office):
    place = await office.upload(sheet(rows_of(50, {}, {FINE: "x"})))
    await office.do("clerk", place, "send")
    parcel = f"{place}/parcel/1"
    form = await office.form("clerk", place, 2)
    for who, path, act, status, said in (
        ("publisher", place, "send", 403, "此操作由经办、复核人员办理"),
        ("publisher", place, "discard", 403, "此操作由经办、复核人员办理"),
        ("publisher", f"{place}/row/2", "save", 403, "此操作由经办、复核人员办理"),
        ("publisher", f"{place}/row/2", "delete", 403, "此操作由经办、复核人员办理"),
        ("publisher", parcel, "approve", 403, "此操作由复核人员办理"),
        ("clerk", parcel, "approve", 403, "此操作由复核人员办理"),
        ("clerk", parcel, "reject", 403, "此操作由复核人员办理"),
        ("clerk", parcel, "seal", 403, "此操作由签章人员办理"),
        ("reviewer", parcel, "seal", 403, "此操作由签章人员办理"),
        ("publisher", parcel, "seal", 400, "状态已变化"),
        ("reviewer", f"{place}/parcel/7", "approve", 400, "状态已变化"),
        ("clerk", place, "send", 400, "没有可报送的行"),
        ("clerk", place, "nothing", 400, "没有这个操作"),
        ("reviewer", parcel, "nothing", 400, "没有这个操作"),
        ("clerk", place, "discard", 400, "须先办结"),
        ("clerk", NOTHING, "send", 404, "没有这项报送内容"),
        ("clerk", f"{place}/row/9", "save", 404, "没有这项报送内容"),
        ("regulator", place, "send", 403, "仅供成员地区的经办、复核和签章人员"),
    ):
        data = form if "/row/" in path else {}
        await office.refused(who, path, act, status, said, **data)
    denied = await office.ask("publisher", "POST", "/workbench", files={"file": ("a.csv", b"x")})
    assert denied.status_code == 403
    assert (await office.ask("clerk", "GET", f"{parcel}/file")).status_code == 403
    assert (await office.ask("publisher", "GET", f"{parcel}/file")).status_code == 400
    assert (await office.ask("regulator", "GET", "/workbench")).status_code == 403
    assert (await office.ask("", "GET", "/workbench")).status_code == 401


async def test_departments_and_members_see_their_own(office: Office):
    place = await office.upload(sheet(rows_of(60, {})))
    name = "处罚.csv"
    for who in ("clerk", "clerk2", "reviewer", "all", "publisher"):
        assert (await office.ask(who, "GET", place)).status_code == 200, who
    assert name in await office.text("publisher", "/workbench")
    for who in ("labour", "nanjing", "nanjing-reviewer", "nanjing-publisher"):
        for path in (place, f"{place}/row/1", f"{place}/to-fix", f"{place}/parcel/1/receipt/0"):
            assert (await office.ask(who, "GET", path)).status_code == 404, (who, path)
    for who in ("labour", "nanjing", "nanjing-reviewer"):
        await office.refused(who, place, "send", 404, "")
    assert name not in await office.text("nanjing", "/workbench")
    assert LABOUR in await office.text("labour", "/workbench")


async def test_nobody_reviews_what_he_prepared(office: Office):
    place = await office.upload(sheet(rows_of(70, {}, {FINE: "x"})), who="reviewer")
    await office.do("reviewer", place, "send")
    parcel = f"{place}/parcel/1"
    await office.refused("reviewer", parcel, "approve", 403, "复核人不得复核自己经办的内容")
    await office.refused("reviewer", parcel, "reject", 403, "own-work", reason="不妥")
    keys = Keys(KeyStore(office.node.db), office.clock)
    old = office.keys["reviewer"]
    new = await keys.rotate(old.split("_")[1], timedelta(days=1), 365, MEMBERS)
    office.keys["rotated"] = new.text
    await office.refused("rotated", parcel, "approve", 403, "own-work")
    await office.do("all", parcel, "approve")
    # Whoever only mends a row has had a hand in it, too.
    other = await office.upload(sheet(rows_of(75, {}, {FINE: "x"})))
    form = await office.form("all", other, 2)
    await office.do("all", f"{other}/row/2", "delete", **form)
    await office.do("clerk", other, "send")
    await office.refused("all", f"{other}/parcel/1", "approve", 403, "own-work")


async def test_what_is_rejected_comes_back_with_the_reason(office: Office):
    place = await office.upload(sheet(rows_of(80, {}, {})))
    await office.do("clerk", place, "send")
    parcel = f"{place}/parcel/1"
    await office.refused("reviewer", parcel, "reject", 400, "退回须写明理由", reason=" ")
    await office.refused("reviewer", parcel, "reject", 400, "退回须写明理由", reason="理" * 501)
    await office.do("reviewer", parcel, "reject", reason="罚款金额与决定书不符")
    shown = await office.text("clerk", place)
    for said in ("已退回", "退回理由：罚款金额与决定书不符", "可报送 2 行"):
        assert said in shown, said
    await office.refused("reviewer", parcel, "approve", 400, "状态已变化")
    form = await office.form("clerk", place, 1)
    (cell,) = [name for name, text in form.items() if text == "0.2"]
    await office.do("clerk", f"{place}/row/1", "save", **form | {cell: "0.3"})
    await office.do("clerk", place, "send")
    await office.do("reviewer", f"{place}/parcel/2", "approve")
    assert "已复核，待签章" in await office.text("publisher", place)


async def test_two_people_at_one_row_lose_nothing(office: Office):
    place = await office.upload(sheet(rows_of(90, {FINE: "x"})))
    mine, theirs = await office.form("clerk", place, 1), await office.form("clerk2", place, 1)
    (cell,) = [name for name, text in mine.items() if text == "x"]
    await office.do("clerk2", f"{place}/row/1", "save", **theirs | {cell: "0.4"})
    answer = await office.ask(
        "clerk", "POST", f"{place}/row/1", data={"act": "save", **mine, cell: "0.2"}
    )
    assert answer.status_code == 409
    shown = plain(answer.text)
    assert "该行已被他人修改" in shown
    assert "他人已改为： 0.4" in shown
    again = fields(answer.text)
    assert (again["version"], again[cell]) == ("2", "0.2")
    await office.do("clerk", f"{place}/row/1", "save", **again)
    assert (await office.form("clerk2", place, 1))[cell] == "0.2"
    # Neither a stale deletion nor a change of what has gone on does anything.
    await office.refused("clerk2", f"{place}/row/1", "delete", 409, "已被他人修改", version="1")
    await office.do("clerk", place, "send")
    held = await office.form("clerk", place, 1)
    await office.refused("clerk", f"{place}/row/1", "save", 409, "已送复核", **held)
    await office.refused("clerk", f"{place}/row/1", "delete", 409, "已送复核", version="3")
    assert "readonly" in (await office.ask("clerk", "GET", f"{place}/row/1")).text


async def test_a_change_has_the_cells_of_its_row(office: Office, monkeypatch):
    place = await office.upload(sheet(rows_of(100, {FINE: "x"}, {})))
    form = await office.form("clerk", place, 1)
    short = {name: text for name, text in form.items() if name != "c3"}
    await office.refused("clerk", f"{place}/row/1", "save", 400, "表单不完整", **short)
    assert "x" in plain((await office.ask("clerk", "POST", f"{place}/row/1", data=short)).text)
    empty = {name: "" if name[0] == "c" else text for name, text in form.items()}
    await office.refused("clerk", f"{place}/row/1", "save", 400, "不是一条信用信息", **empty)
    monkeypatch.setattr(desk_module, "CELLS_MAX", 100)
    await office.refused("clerk", f"{place}/row/1", "save", 400, "内容过长", **form)
    monkeypatch.undo()
    wrong = await office.do("clerk", f"{place}/row/1", "save", **form)
    assert wrong == f"{place}/row/1", "not right yet: the row is shown again"
    for version in ("", "x", "9" * 12):
        await office.refused(
            "clerk", f"{place}/row/1", "save", 409, "", **form | {"version": version}
        )
    assert await office.states(place) == ["to-fix", "good"]


async def test_rows_and_submissions_are_thrown_away(office: Office):
    place = await office.upload(sheet(rows_of(110, {}, {FINE: "x"}, {})))
    await office.do("clerk", f"{place}/row/2", "delete", version="1")
    assert await office.states(place) == ["good", "deleted", "good"]
    assert "已删除 1" in await office.text("clerk", place)
    assert (await office.ask("clerk", "GET", f"{place}/row/2")).status_code == 200
    await office.refused("clerk", f"{place}/row/2", "delete", 409, "", version="2")
    assert await office.do("clerk", place, "discard") == "/workbench"
    assert (await office.ask("clerk", "GET", place)).status_code == 404
    left = await office.node.db.pool.fetch(
        "SELECT cells, record, about FROM desk_rows WHERE submission = $1", place[-32:]
    )
    assert {tuple(row) for row in left} == {("[]", b"", "")}
    await office.refused("clerk", place, "discard", 404, "没有这项报送内容")


async def test_the_same_again_is_told_and_another_by_its_number_is_named(office: Office):
    one, two = rows_of(120, {}, {})
    other = {**one, "处罚内容": "罚款三千元。", FINE: "0.3"}
    place = await office.upload(sheet([one, one, other, two]))
    assert await office.states(place) == ["good", "repeated", "to-fix", "good"]
    assert "此前已报送 1 行" in await office.text("clerk", place)
    # Mended to say what another row says, it is that row once more.
    form = await office.form("clerk", place, 3)
    cells = {text: name for name, text in form.items()}
    same = form | {cells["罚款三千元。"]: one["处罚内容"], cells["0.3"]: one[FINE]}
    await office.do("clerk", f"{place}/row/3", "save", **same)
    assert await office.states(place) == ["good", "repeated", "repeated", "good"]
    form = await office.form("clerk", place, 4)
    cells = {text: name for name, text in form.items()}
    taken = form | {cells[two[NUMBER]]: one[NUMBER]}
    for column in ("行政相对人名称", "行政相对人代码_1(统一社会信用代码)", "法定代表人"):
        taken[cells[two[column]]] = one[column]
    await office.do("clerk", f"{place}/row/4", "save", **taken)
    states = await office.states(place)
    assert states[3] in {"to-fix", "repeated"}
    await office.sealed(sheet([two]), by="all")
    again = await office.upload(sheet([two, {**two, FINE: "0.5", "处罚内容": "罚款五千元。"}]))
    assert await office.states(again) == ["repeated", "to-fix"]
    form = await office.form("clerk", again, 2)
    assert "duplicate" not in str(form)
    assert "其余0行可先行报送" in await office.text("clerk", again)


async def test_another_citys_records_are_refused_row_by_row(office: Office):
    own, foreign, relayed = rows_of(140, {}, {"处罚机关": "南京市市场监督管理局"}, {})
    place = await office.upload(sheet([own, foreign, relayed]))
    assert await office.states(place) == ["good", "to-fix", "good"]
    shown = await office.text("clerk", place)
    assert "第3行“处罚机关”：" in shown
    assert "南京市市场监督管理局的行政区划 320100 不在本成员地区之内" in shown
    assert "只报送本地区机关作出的决定" in shown
    assert "其余2行可先行报送。" in shown


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"a,b\n1,2\n", "x.csv", "没有模板的表头"),
        (b"PK\x03\x04 cut off", "x.xlsx", "文件无法读取"),
        ("名称".encode("utf-16") + b"\xd8", "x.csv", "文件无法读取"),
    ],
)
async def test_a_file_that_cannot_be_read_says_why(office: Office, content, name, said):
    place = await office.upload(content, name)
    shown = await office.text("clerk", place)
    assert said in shown
    assert "请改正后重新上传" in shown
    assert "cannot be read" in await office.text("clerk", place, lang="en")
    await office.refused("clerk", place, "send", 400, "请等待校验完成")
    await office.do("clerk", place, "discard")


async def test_files_are_bounded(office: Office, monkeypatch):
    async def refused(content: bytes, status: int, said: str) -> None:
        sent = await office.ask("clerk", "POST", "/workbench", files={"file": ("a.csv", content)})
        assert (sent.status_code, said in sent.text) == (status, True), plain(sent.text)[:600]

    await refused(b" \n", 400, "文件是空的")
    monkeypatch.setattr(desk_module, "UPLOAD_MAX", 1024 * 1024)
    await refused(bytes(1024 * 1024 + 1), 413, "文件最大 1 MiB")
    monkeypatch.undo()
    monkeypatch.setattr(rows_module, "ROWS_MAX", 2)
    place = await office.upload(sheet(rows_of(160, {}, {}, {})))
    assert "一个文件最多 2 行" in await office.text("clerk", place)
    monkeypatch.undo()

    async def nothing(_checker: Checker) -> int:
        return 0

    monkeypatch.setattr(Checker, "step", nothing)
    for _ in range(10):
        sent = await office.ask("clerk", "POST", "/workbench", files={"file": ("w.csv", b"x")})
        assert sent.status_code == 303
    waiting = str(sent.headers["location"])
    await refused(b"x", 413, "等待校验的文件过多")
    page = await office.ask("clerk", "GET", waiting)
    assert "正在校验：已完成 0 行" in plain(page.text)
    for mark in ("<progress", "data-again", '<noscript><meta http-equiv="refresh"'):
        assert mark in page.text, mark
    assert "Being checked: 0 of about 0 rows" in await office.text("clerk", waiting, lang="en")
    await office.refused("clerk", waiting, "send", 400, "请等待校验完成")
    monkeypatch.undo()
    await office.settle("desk_submissions", "checking")


async def test_submissions_are_listed_page_by_page(office: Office):
    assert (
        await office.node.db.pool.fetchval(
            "SELECT count(*) FROM desk_submissions WHERE member = $1 AND state <> 'discarded'", CITY
        )
        >= SUBMISSIONS_MAX
    )
    page = await office.ask("clerk", "GET", "/workbench")
    assert page.text.count('<section class="card"') == SUBMISSIONS_MAX
    assert f"behind={SUBMISSIONS_MAX}" in page.text
    behind = await office.ask("clerk", "GET", "/workbench", params={"behind": SUBMISSIONS_MAX})
    assert behind.text.count('<section class="card"') > 0
    assert GRANTS["clerk"].department in plain(behind.text)
    assert TEXTS["workbench.title"].zh in plain(behind.text)
    assert submissions_module.no_such().status == 404


async def test_records_of_a_program_are_mended_and_go_on(office: Office):
    good = {name: value for name, value in record(170).items() if name not in {"salt", "id"}}
    bad = {**good, "decision_no": "芜市监罚〔2026〕171号", "fine_wan_yuan": "x"}
    lines = b"\n".join(msgspec.json.encode(one) for one in (good, bad))
    place = await office.upload(lines, "记录.jsonl")
    assert await office.states(place) == ["good", "to-fix"]
    file = await office.ask("clerk", "GET", f"{place}/to-fix")
    assert file.headers["content-disposition"].endswith('"to-fix.jsonl"')
    assert "_problems" in file.text
    form = await office.form("clerk", place, 2)
    assert set(form) >= {"c0", "version"}
    mended = form | {"c0": form["c0"].replace('"x"', '"0.2"')}
    await office.do("clerk", f"{place}/row/2", "save", **mended)
    assert await office.states(place) == ["good", "good"]
    assert "修改、第 2 条、JSON" in await office.text("clerk", place)


async def test_rows_to_fix_come_back_in_the_kind_of_file_they_came_in(office: Office):
    rows = rows_of(180, {FINE: "x"}, {})
    for content, name, kind in (
        (sheet(rows), "a.csv", "to-fix.csv"),
        (workbook(("处罚", rows)), "a.xlsx", "to-fix.xlsx"),
    ):
        place = await office.upload(content, name)
        file = await office.ask("clerk", "GET", f"{place}/to-fix")
        assert file.headers["content-disposition"] == f'attachment; filename="{kind}"'
        again = await office.upload(file.content, name)
        assert await office.states(again) == ["to-fix"], "the notes beside it are left out"
