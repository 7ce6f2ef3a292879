"""Exports over a real node: who may, what goes out, what does not, what comes back, what ended."""

import asyncio
import re
from hashlib import sha256

import pytest
from defusedxml import ElementTree

from registry.exports.desk import WAITING_MAX
from registry.forms.files import open_file
from registry.forms.rows import FormDefaults
from registry.store.exports import ExportStore
from registry.store.logs import log_id_of
from signing.record import encode_record, entry_of, split_line
from tests.registry.query.scene import Placed, act, permit, uscc
from tests.registry.workbench.conftest import LABOUR, MARKET, Office, plain, rows_of, sheet, works
from tests.registry.world import NANJING, WUHU, Publisher, record, salt

pytestmark = works
ORGAN = {"name": "南京市市场监督管理局", "uscc": "11320100MA2320178R", "division": "320100",
         "kind": "市场监督管理部门"}  # fmt: skip
UNIT = str(ORGAN["name"])
"""What is exported here is this organ's alone: the log is shared with the other tests."""
SOURCE = {"name": UNIT, "uscc": ORGAN["uscc"]}
OTHER_SOURCE = {"name": "南京市示例监察支队", "uscc": ORGAN["uscc"]}
NUMBER = "11010519491231002X"
PUBLISHER = Publisher(NANJING)


def firm(number: int) -> dict[str, object]:
    name = f"南京示例{number}公司"
    code = uscc(number, "320100")
    return {"kind": "organisation", "name": name, "uscc": code, "legal_representative": "示例甲"}


def penalty(number: int, **changes: object) -> dict[str, object]:
    own = {"subject": firm(number), "authority": ORGAN, "source_unit": SOURCE,
           "decision_no": f"宁市监罚〔2026〕{number}号", "content": "=1+1"}  # fmt: skip
    return record(number, **{**own, **changes})


PERSON = {"kind": "natural_person", "name": "示例乙"}
DOCUMENTS = {
    "salt": salt(5000),
    "subject_document": {"name": "示例乙", "type": "身份证", "number": NUMBER},
}


async def state(office: Office, *mains: dict[str, object], documents: object = None):
    """Have Nanjing state records; the last may have documents. Return where each stands."""
    start = PUBLISHER.tree.size
    lines = [encode_record(main) for main in mains]
    if documents is not None:
        lines[-1] = encode_record(mains[-1], documents)
    headers = {"Content-Type": "application/vnd.registry.batch"}
    body = PUBLISHER.seal(lines)
    answer = await office.http.post(f"/log/{NANJING}/batch", content=body, headers=headers)
    assert answer.status_code == 200, answer.text
    for idx, codes in await office.node.db.pool.fetch("SELECT idx, codes FROM quarantine"):
        assert codes in (["sealed-by-law"], ["missing-field"]), idx
    return [
        Placed(NANJING, start + number, str(main["id"]), entry_of(*split_line(line)))
        for number, (main, line) in enumerate(zip(mains, lines, strict=True))
    ]


async def make(office: Office, who: str = "nanjing", status: int = 303, **asked: str):
    wish = {"door": "province", "kind": "penalty", "department": "1234", "unit": UNIT, **asked}
    answer = await office.ask(who, "POST", "/exports", data=wish)
    assert answer.status_code == status, plain(answer.text)[:900]
    return answer


async def made(office: Office, who: str = "nanjing", **asked: str) -> str:
    """Make an export; return its address."""
    return (await make(office, who, **asked)).headers["location"].partition("?")[0]


async def file_of(office: Office, place: str, who: str = "nanjing", status: int = 200):
    answer = await office.ask(who, "GET", f"{place}/file")
    assert answer.status_code == status, plain(answer.text)[:900]
    return answer


async def sheet_of(office: Office, place: str, who: str = "nanjing") -> list[dict[str, object]]:
    """Return the rows of an export's workbook as our own importer reads them."""
    data = (await file_of(office, place, who)).content
    return [dict(row.main or {}) for row in open_file(data, FormDefaults("320100")).rows]


def numbers(rows: list[dict[str, object]]) -> list[str]:
    return [str(row["decision_no"])[10:-1] for row in rows]


async def shown(office: Office, place: str, who: str = "nanjing", **params: str) -> str:
    return await office.text(who, place, **params)


@pytest.fixture(scope="module")
def stated() -> dict[str, Placed]:
    return {}


@pytest.fixture(scope="module")
def first() -> list[str]:
    """The address of the first export."""
    return []


async def test_what_may_be_shared_goes_out_and_all_else_is_named(office: Office, stated, first):
    placed = await state(
        office,
        penalty(1),
        penalty(2, subject={"kind": "sole_trader", "name": "示例小吃店", "uscc": uscc(2)}),
        penalty(3, severity={"class": "unclassified"}),
        penalty(4, publication="authorised"),
        penalty(5, facts="违" * 2001),
        penalty(6, provenance={"kind": "relayed", "source": "别处", "checked_on": "2026-11-01"}),
        penalty(7, authority={"name": "南京市市场监督管理局", "division": "320100"}),
        penalty(8, source_unit=OTHER_SOURCE, publication="government", fine_wan_yuan=None),
        penalty(9, decided_on="2026-06-10"),
        permit(
            subject=firm(1), authority=ORGAN, source_unit=SOURCE, decision_no="宁许1", id="m1",
            salt=salt(4000),
        ),
        penalty(10, subject=PERSON, publication="government"),
        documents=DOCUMENTS,
    )  # fmt: skip
    stated.update({one.id: one for one in placed})
    place = await made(office, decided_to="2026-06-09")
    first.append(place)
    rows = await sheet_of(office, place)
    assert numbers(rows) == ["1", "2", "8"]
    assert {row["content"] for row in rows} == {"=1+1"}
    page = await shown(office, place)
    assert "未导出 4 条" in page
    for said in (
        "待分类（认定单位尚未确定类别），不对外共享。",
        "依公示范围、类别或期限，不向该平台共享。",
        "“违法事实 CF_SY”有 2001 个字符，上限 2000。",
        "“处罚机关统一社会信用代码 CF_CFJGDM”为空。",
        f"提示 日志第 {stated['p8'].idx} 条 “罚款金额(万元) CF_NR_FK”为空。",
    ):
        assert said in page, (said, page)
    # The same again is nothing; other days, other departments, other types are asked for alone.
    nothing = await make(office, status=200, decided_to="2026-06-09")
    assert "没有可以导出的信息" in nothing.text
    assert "“违法事实 CF_SY”有 2001 个字符" in plain(nothing.text)
    assert numbers(await sheet_of(office, await made(office, format="codes"))) == ["9"]
    again = await made(office, what="all", unit=str(OTHER_SOURCE["name"]))
    assert numbers(await sheet_of(office, again)) == ["8"]
    (row,) = await sheet_of(office, await made(office, kind="permit"))
    assert (row["type"], row["decision_no"]) == ("permit", "宁许1")
    # The public's eyes: no minor, no government range; on days when nothing was admitted, nothing.
    public = await made(office, door="credit-china")
    assert numbers(await sheet_of(office, public)) == ["1", "2", "9"]
    none = await make(office, status=200, what="all", admitted_to="2026-11-22")
    assert "没有可以导出的信息" in none.text
    since = await made(
        office, what="all", door="discipline", admitted_from="2026-11-23", admitted_to="2026-11-23"
    )
    assert numbers(await sheet_of(office, since)) == ["1", "2", "8", "9"]


async def test_documents_are_for_those_who_read_them_and_written_down(office: Office):
    wish = {"form": "person", "format": "xml"}
    refused = await make(office, "nanjing-publisher", 403, **wish)
    assert "由经办或复核人员导出" in refused.text
    public = await make(office, status=400, door="credit-china", form="person")
    assert "自然人的信息不向“信用中国”导出" in public.text
    place = await made(office, **wish)
    tree = ElementTree.fromstring((await file_of(office, place, "nanjing-reviewer")).content)
    assert tree.findtext("Header/Template") == "person"
    assert tree.findtext(".//CF_XDR_ZJHM") == NUMBER
    assert tree.find(".//CF_XDR_SHXYM") is None
    await file_of(office, place, "nanjing-publisher", 403)
    logged = await office.node.db.pool.fetch(
        "SELECT who, place, outcome FROM access_log WHERE kind = 'export-documents' ORDER BY seq"
    )
    assert [row["place"] for row in logged][-2:] == [f"{NANJING}{place[8:]}"] * 2
    assert "含证件号码" in await shown(office, place, "nanjing-publisher")


async def test_who_may_export_what(office: Office):
    for who, status in (("", 401), ("regulator", 403)):
        await make(office, who, status)
        assert (await office.ask(who, "GET", "/exports")).status_code == status
    # Another member has a ledger of its own; before it has stated anything there is nothing.
    empty = await office.ask("clerk", "GET", "/exports/1")
    assert (empty.status_code, "没有可导出的内容" in empty.text) == (404, True)
    for wrong in ({"door": "x"}, {"kind": "repair"}, {"department": "12"}, {"decided_from": "x"}):
        await make(office, status=400, **wrong)
    assert (await office.ask("nanjing", "GET", "/exports/99999")).status_code == 404
    schema = await office.ask("", "GET", "/exports/schema")
    assert ElementTree.fromstring(schema.content).tag.endswith("schema")


async def test_files_are_made_one_after_the_other_and_so_many_wait(office: Office, first):
    exports = office.app.state["exports"]
    async with exports._turn:
        asked = [
            asyncio.create_task(office.ask("nanjing", "GET", f"{first[0]}/file"))
            for _ in range(WAITING_MAX + 1)
        ]
        (first,), _ = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        assert (first.result().status_code, "正在生成" in first.result().text) == (429, True)
    answers = await asyncio.gather(*asked)
    assert sorted(one.status_code for one in answers) == [200] * WAITING_MAX + [429]
    assert len({one.content for one in answers if one.status_code == 200}) == 1


async def hand_in(office: Office, place: str, text: str, status: int = 303) -> str:
    files = {"file": ("回执.csv", text.encode())}
    answer = await office.ask("nanjing", "POST", f"{place}/return", files=files)
    assert answer.status_code == status, plain(answer.text)[:900]
    return answer.text


async def test_what_came_back_stands_beside_each_row(office: Office, stated, first):
    (place,) = first
    head = "文号,代码,校验结果,失败原因\n"
    await hand_in(office, place, head + "别的号,,成功,\n", 400)
    await hand_in(office, place, "a,b\n1,2\n", 400)
    rows = [
        f"宁市监罚〔2026〕1号,{uscc(1, '320100')},成功,",
        f"宁市监罚〔2026〕2号,,失败,证件号 {NUMBER} 不符",
        "宁市监罚〔2026〕77号,,成功,",
    ]
    await hand_in(office, place, head + "\n".join(rows))
    page = await shown(office, place)
    for said in ("被退回 1", "已接收 1", "未回执 1", "不在该文件中", "2 行对上，1 行对不上"):
        assert said in page, (said, page)
    rejected = (await office.ask("nanjing", "GET", place, params={"state": "rejected"})).text
    assert "证件号 110*************2X 不符" in rejected
    assert NUMBER not in rejected
    assert f'href="/record/{NANJING}/{stated["p2"].idx}"' in rejected
    assert f'href="/record/{NANJING}/{stated["p1"].idx}"' not in rejected
    assert "平台已接收 1 条，退回 1 条，未回执 1 条" in await shown(office, "/exports")
    # Where there was more than one file holds, the next one is a button, with the same wish.
    further = (await office.ask("nanjing", "GET", place, params={"more": "12"})).text
    assert '<input type="hidden" name="after" value="12">' in further
    assert '<input type="hidden" name="decided_to" value="2026-06-09">' in further
    assert "生成下一个文件" not in await shown(office, place, more="x")
    english = await shown(office, place, lang="en")
    for said in (
        "has 2001 characters, at most 2000",
        "sent back 1",
        "4 left out",
        "was not in the",
    ):
        assert said in english, (said, english)


async def test_what_has_ended_is_told_and_never_sent_again(office: Office, stated, first):
    await state(
        office,
        act("withdrawal", stated["p1"], "2026-11-20", subject=firm(1), authority=ORGAN),
        act("repair", stated["p2"], "2026-11-21", authority=ORGAN,
            subject={"kind": "sole_trader", "name": "示例小吃店", "uscc": uscc(2)}),
        act("repair", stated["p9"], "2026-11-22", subject=firm(9), authority=ORGAN),
    )  # fmt: skip
    gone = await file_of(office, first[0], status=409)
    assert "第 1、2 行（共 2 行）" in gone.text
    # The door sent the second back, so that it holds no more of it than of the fourth.
    place = await made(office, what="ended", format="xml")
    tree = ElementTree.fromstring((await file_of(office, place)).content)
    ended = [{one.tag: one.text for one in each} for each in tree.iter("Ended")]
    assert [(one["WSH"], one["LX"], one["RQ"], one["ROW"]) for one in ended] == [
        ("宁市监罚〔2026〕1号", "撤销", "2026-11-20", "1"),
        ("宁市监罚〔2026〕9号", "信用修复", "2026-11-22", "1"),
    ]
    assert ended[0]["FILE"] == "123401_20261123_00001.xlsx"
    assert tree.findtext("Header/Act") == "ended"
    assert tree.findtext("Header/Count") == "2"
    assert "撤销，2026年11月20日起" in await shown(office, place)
    await make(office, status=200, what="ended")
    await make(office, status=200, what="new")
    # A line that the door did not take is told once more.
    await hand_in(office, place, "行号,结果,原因\n1,失败,查无此信息\n2,成功,\n")
    once_more = await made(office, what="ended", format="xml")
    tree = ElementTree.fromstring((await file_of(office, once_more)).content)
    assert [one.findtext("WSH") for one in tree[1]] == ["宁市监罚〔2026〕1号"]
    # Another door has its own list; what is all gone makes a workbook of it.
    other = await made(office, door="credit-china", what="ended")
    data = (await file_of(office, other)).content
    assert data.startswith(b"PK")


async def test_file_numbers_never_come_again(office: Office):
    store, day = ExportStore(office.node.db), office.clock.now().date()
    asked = (log_id_of(NANJING), "4321", "01", day)
    found = await asyncio.gather(*(store.sequence(*asked) for _ in range(30)))
    assert sorted(found) == list(range(1, 31))
    assert await store.sequence(log_id_of(NANJING), "4321", "02", day) == 1
    await state(office, penalty(20), penalty(21))
    wish = {"door": "discipline", "kind": "penalty", "format": "xml", "unit": UNIT}
    answers = await asyncio.gather(
        *(office.ask("nanjing", "POST", "/exports", data=wish) for _ in range(4))
    )
    assert sorted(one.status_code for one in answers) == [200, 200, 200, 303]


async def test_the_interface_does_the_same(office: Office):
    headers = {"Authorization": f"Bearer {office.keys['nanjing']}"}
    base = "/api/v1/exports"
    await state(office, penalty(30))
    wish = {"door": "province", "kind": "penalty", "department": "0007", "unit": UNIT}
    answer = await office.http.post(base, json=wish, headers=headers)
    assert answer.status_code == 201, answer.text
    out = answer.json()
    assert (out["records"], out["more"]) == (3, False)  # with the two of the discipline commission
    assert {one["code"] for one in out["left"]} >= {"too-long", "unclassified", "not-shared"}
    place = f"{base}/{out['number']}"
    one = (await office.http.get(place, headers=headers)).json()
    assert one["file"] == "000701_20261123_00001.xlsx"
    taken = await office.http.get(f"{place}/file", headers=headers)
    assert sha256(taken.content).hexdigest() == one["sha256"]
    assert len(taken.content) == one["size"]
    text = "行号,结果,原因\n1,成功,\n2,退回,字段为空\n9,成功,\n"
    back = await office.http.post(f"{place}/return", content=text.encode(), headers=headers)
    assert back.status_code == 200, back.text
    assert (back.json()["accepted"], back.json()["rejected"]) == (1, 1)
    assert back.json()["unmatched"][0]["why"] == "no-such-row"
    rows = await office.http.get(f"{place}/rows", headers=headers, params={"result": "rejected"})
    (row,) = rows.json()["rows"]
    assert (row["row"], row["result"], row["reason"]) == (2, "rejected", "字段为空")
    listed = (await office.http.get(base, headers=headers)).json()["exports"]
    assert listed[0]["number"] == out["number"]
    assert (listed[0]["accepted"], listed[0]["open"]) == (1, 1)
    older = await office.http.get(base, headers=headers, params={"before": out["number"]})
    assert older.json()["exports"][0]["number"] < out["number"]
    wrong = await office.http.post(base, json={**wish, "door": "x"}, headers=headers)
    assert (wrong.status_code, wrong.json()["code"]) == (400, "bad-wish")


async def test_a_parcel_of_the_desk_is_exported_alone(office: Office):
    rows = rows_of(700, {}, {})
    await office.sealed(sheet(rows_of(720, {})))
    place = await office.sealed(sheet(rows))
    page = (await office.ask("clerk", "GET", place)).text
    link = re.search(r'href="(/exports\?[^"]+)"', page)[1].replace("&amp;", "&")
    form = (await office.ask("clerk", "GET", link)).text
    hidden = dict(re.findall(r'type="hidden" name="(submission|parcel)" value="([^"]+)"', form))
    assert hidden == {"submission": place[-32:], "parcel": "1"}
    export = await made(office, "clerk", what="all", **hidden)
    found = await sheet_of(office, export, "clerk")
    assert [one["decision_no"] for one in found] == [one["行政处罚决定书文号"] for one in rows]
    shown_row = (await office.ask("clerk", "GET", export)).text
    assert f'href="/workbench/{place[-32:]}?state=admitted"' in shown_row
    assert f'href="/record/{WUHU}/' in shown_row
    # Another department neither exports it nor sees that it was.
    await make(office, "labour", 200, what="all", **hidden)
    assert (await office.ask("labour", "GET", export)).status_code == 404
    assert MARKET in await shown(office, "/exports", "all")
    assert LABOUR in await shown(office, "/exports", "labour")
