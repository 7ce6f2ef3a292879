"""Record by record (``shared.toml``): which doors it goes to, and what they are told afterwards."""

import asyncio
import tomllib
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pytest
import pytest_asyncio
from defusedxml import ElementTree
from msgspec.structs import replace

from registry.cli.main import run
from registry.errors import UnavailableRefusal
from registry.exports.model import Wish
from registry.exports.selection import Selection, Under
from registry.exports.templates import DOORS
from registry.store.exports import ExportStore, Named
from registry.store.logs import log_id_of
from registry.store.reading import LogReading
from tests.registry.export_pages import test_exports
from tests.registry.export_pages.test_exports import NUMBER, file_of, firm, state
from tests.registry.query.scene import Placed, act, other, permit, uscc
from tests.registry.workbench.conftest import Office, works
from tests.registry.world import NANJING, salt

pytestmark = works
CASES: list[dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("shared.toml").read_text(encoding="utf-8")
)["case"]
ORGAN = {**test_exports.ORGAN, "name": "南京市示例监督管理局"}
OWN = {"name": ORGAN["name"], "uscc": ORGAN["uscc"]}
UNIT = "示例双公示局"
TWENTY = {"name": "示例二十局", "uscc": ORGAN["uscc"]}
SOURCE = {"name": UNIT, "uscc": ORGAN["uscc"]}
FIRST = 100
"""Numbers of these records; those of others are below."""
ASKED = [
    (door, kind, form)
    for door in DOORS
    for kind in ("penalty", "permit")
    for form in ("entity", "person")
    if form == "entity" or DOORS[door].documents
]


def penalty(number: int, **changes: object) -> dict[str, object]:
    """A penalty of an organ that the other tests, which share the log, do not ask for."""
    own = {"authority": ORGAN, "source_unit": OWN}
    return test_exports.penalty(number, **{**own, **changes})


async def make(office: Office, status: int = 303, **asked: str):
    wish = {"unit": str(ORGAN["name"]), "department": "0002", **asked}
    return await test_exports.make(office, status=status, **wish)


async def made(office: Office, **asked: str) -> str:
    return (await make(office, **asked)).headers["location"].partition("?")[0]


def subject_of(about: str, number: int) -> dict[str, object]:
    if about == "organisation":
        return firm(number)
    name = f"示例{about}{number}"
    code = {"uscc": uscc(number, "320100")} if about == "sole_trader" else {}
    return {"kind": about, "name": name, **code}


def main_of(number: int, case: dict[str, Any]) -> dict[str, object]:
    """Return the record of a case; its document number says which it is."""
    changes: dict[str, object] = {
        "subject": subject_of(case.get("about", "organisation"), number),
        "authority": ORGAN, "source_unit": SOURCE, "decision_no": f"例〔2026〕{number}号",
        "id": f"c{number}", "salt": salt(number), "content": "示例",
    }  # fmt: skip
    if case.get("about") == "natural_person":
        changes["publication"] = "government"
    if "long" in case:
        member, length = case["long"]
        changes[member] = "违" * length
    changes |= {name: value or None for name, value in case.get("change", {}).items()}
    return permit(**changes) if case.get("kind") == "permit" else penalty(number, **changes)


def acts_of(number: int, case: dict[str, Any], placed: Placed) -> list[dict[str, object]]:
    main = main_of(number, case)
    made_of = []
    for at, one in enumerate(case.get("then", ())):
        common = {"subject": main["subject"], "authority": one.get("authority", main["authority"])}
        common |= {"id": f"a{number}-{at}", "salt": salt(10_000 + 10 * number + at)}
        if one["type"] in {"withdrawal", "repair", "stay", "reorganisation_shield"}:
            decided = "2026-11-20" if one["on"] > "2026-11-23" else one["on"]
            own = {**one.get("more", {}), **common}
            made_of.append(act(one["type"], placed, one["on"], **own) | {"decided_on": decided})
        else:
            own = {"target": placed.target, "decided_on": one["on"], **one["more"], **common}
            made_of.append(other(one["type"], severity={"class": "unclassified"}, **own))
    return made_of


async def messages(office: Office, what: str) -> dict[str, dict[str, Element]]:
    """Return by door and document number what XML exports of these cases say."""
    found: dict[str, dict[str, Element]] = {door: {} for door in DOORS}
    for door, kind, form in ASKED:
        wish = {"door": door, "kind": kind, "form": form, "format": "xml", "unit": UNIT}
        answer = await office.ask(
            "nanjing", "POST", "/exports", data={**wish, "department": "0001", "what": what}
        )
        if answer.status_code == 303:
            place = answer.headers["location"].partition("?")[0]
            tree = ElementTree.fromstring((await file_of(office, place)).content)
            for one in tree[1]:
                names = ("CF_WSH", "XK_WSH", "WSH")
                number = next(text for name in names if (text := one.findtext(name)))
                found[door][number] = one
    return found


class Told:
    """What went out before the acts, what the lists say after them, and what still goes out."""

    before: dict[str, dict[str, Element]]
    ended: dict[str, dict[str, Element]]
    after: dict[str, dict[str, Element]]
    left: dict[int, str]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def told(office: Office) -> Told:
    """Everything once: state, export, act, export what has ended, export what is left."""
    mains = [main_of(number, case) for number, case in enumerate(CASES, start=FIRST)]
    people = [main["subject"]["kind"] == "natural_person" for main in mains]
    plain = [main for main, person in zip(mains, people, strict=True) if not person]
    placed = {one.id: one for one in await state(office, *plain)}
    for main, person in zip(mains, people, strict=True):
        if person:
            name = main["subject"]["name"]
            document = {"name": name, "type": "护照", "number": f"E{main['id']}"}
            parts = {"salt": salt(20_000 + int(main["id"][1:])), "subject_document": document}
            placed |= {one.id: one for one in await state(office, main, documents=parts)}
    answers = Told()
    answers.before = await messages(office, "all")
    headers = {"Authorization": f"Bearer {office.keys['nanjing']}"}
    answers.left = {}
    for kind in ("penalty", "permit"):
        for form in ("entity", "person"):
            wish = {"door": "province", "kind": kind, "form": form, "what": "all", "unit": UNIT}
            wish["department"] = "0001"
            out = (await office.http.post("/api/v1/exports", json=wish, headers=headers)).json()
            answers.left |= {one["idx"]: one["code"] for one in out["left"] if one["stops"]}
    answers.left = {
        int(one.id[1:]): answers.left[one.idx] for one in placed.values() if one.idx in answers.left
    }
    acts = [
        made_of
        for number, case in enumerate(CASES, start=FIRST)
        for made_of in acts_of(number, case, placed[f"c{number}"])
    ]
    await state(office, *acts)
    answers.ended = await messages(office, "ended")
    answers.after = await messages(office, "all")
    return answers


@pytest.mark.parametrize(
    ("number", "case"), list(enumerate(CASES, start=FIRST)), ids=[case["name"] for case in CASES]
)
async def test_where_a_record_goes_and_what_is_told_of_it(told: Told, number, case):
    name = f"例〔2026〕{number}号"
    assert [door for door in DOORS if name in told.before[door]] == case["to"]
    assert told.left.get(number, "") == case.get("why", "")
    ended = {
        door: f"{one.findtext('LX')} {one.findtext('RQ')}"
        for door in DOORS
        if (one := told.ended[door].get(name)) is not None
    }
    assert ended == (dict.fromkeys(case["to"], case["ended"]) if "ended" in case else {})
    still = [] if "ended" in case else case["to"]
    assert [door for door in DOORS if name in told.after[door]] == still


async def test_each_list_tells_the_file_and_row_it_was_in(told: Told):
    for door in DOORS:
        for number, one in told.ended[door].items():
            report = "02" if CASES[int(number[7:-1]) - FIRST].get("kind") == "permit" else "01"
            assert one.findtext("FILE").startswith(f"0001{report}_20261123_")
            assert int(one.findtext("ROW")) > 0
            assert NUMBER not in ElementTree.tostring(one, encoding="unicode")


async def test_a_corrected_record_is_another_and_an_erased_one_is_named_by_its_row(office: Office):
    first, doomed = await state(office, penalty(40), penalty(41))
    place = await made(office, department="0040")
    back = {"file": ("back.csv", "行号,结果,原因\n2,成功,\n1,成功,\n".encode())}
    await office.ask("nanjing", "POST", f"{place}/return", files=back)
    (second,) = await state(office, penalty(40, id="p40-2", salt=salt(4040), content="更正后"))
    amended = act(
        "amendment", first, "2026-11-21", subject=firm(40), authority=ORGAN, id="am40",
        salt=salt(4041), changed="处罚内容更正",
        replacement={"id": second.id, "entry": second.entry.hex()},
    )  # fmt: skip
    order = act(
        "erasure_order", doomed, "2026-11-22", subject=firm(41), authority=ORGAN, id="er41",
        salt=salt(4042), part="main", basis="《中华人民共和国个人信息保护法》第四十七条",
    )  # fmt: skip
    await state(office, amended, order)
    new = ElementTree.fromstring((await file_of(office, await made(office, format="xml"))).content)
    assert [one.findtext("CF_NR") for one in new.iter("Record")] == ["更正后"]
    lost = await made(office, what="ended", format="xml")
    tree = ElementTree.fromstring((await file_of(office, lost)).content)
    told = [(one.findtext("LX"), one.findtext("WSH"), one.findtext("ROW")) for one in tree[1]]
    assert told == [("更正", "宁市监罚〔2026〕40号", "1"), ("删除", None, "2")]
    page = await office.text("nanjing", lost)
    assert "已接收" in await office.text("nanjing", place, state="accepted")
    assert "已依法删除" in page
    gone = await file_of(office, place, status=409)
    assert "第 1、2 行（共 2 行）" in gone.text


async def ran(*words: str) -> int:
    """Run a command beside the node that it asks, in a thread of its own."""
    with ThreadPoolExecutor(1) as pool:
        return await asyncio.get_running_loop().run_in_executor(pool, run, ["export", *words])


async def test_the_command_exports_takes_again_and_hands_in(office: Office, tmp_path: Path, capsys):
    await state(office, penalty(60), penalty(61), penalty(62, severity={"class": "unclassified"}))
    key, back = tmp_path / "key", tmp_path / "back.csv"
    key.write_text(office.keys["nanjing"])
    wish = (
        "--door",
        "province",
        "--kind",
        "penalty",
        "--format",
        "xml",
        "--department",
        "0060",
        "--unit",
        str(ORGAN["name"]),
    )
    days = ("--decided-from", "2026-05-10", "--decided-to", "2026-05-10")
    out = ("--out", str(tmp_path))
    asked = ("--node", office.url, "--key-file", str(key))
    assert await ran("make", *asked, *wish, *days, *out) == 0
    file = tmp_path / "006001_20261123_00001.xml"
    tree = ElementTree.parse(file).getroot()
    assert tree.findtext("Header/Department") == "0060"
    assert len(tree[1]) == int(tree.findtext("Header/Count"))
    told = capsys.readouterr().out
    assert f"{file.name}：{len(tree[1])} 条" in told
    assert "未导出：日志第" in told
    headers = {"Authorization": f"Bearer {office.keys['nanjing']}"}
    listed = (await office.http.get("/api/v1/exports", headers=headers)).json()["exports"]
    number, body = str(listed[0]["number"]), file.read_bytes()
    file.unlink()
    assert await ran("file", *asked, number, *out) == 0
    assert file.read_bytes() == body
    back.write_text("行号,结果\n1,成功\n99,失败\n", encoding="utf-8")
    assert await ran("return", *asked, number, str(back)) == 0
    assert "对不上：第3行" in capsys.readouterr().out
    assert await ran("make", *asked, *wish, *days, *out) == 0
    assert "没有可以导出的信息" in capsys.readouterr().out
    assert await ran("file", *asked, "9999", *out) == 1
    assert "no-export" in capsys.readouterr().err
    assert await ran("file", "--node", "http://127.0.0.1:9", "--key-file", str(key), "1", *out) == 1
    await make(office, status=200, department="0060")


async def test_a_full_file_is_followed_by_the_next(office: Office):
    placed = await state(office, *(penalty(70 + n, source_unit=TWENTY) for n in range(5)))
    head = (await LogReading(office.node.db.pool).known()).by_origin[NANJING]
    selection = Selection(office.node.db, ExportStore(office.node.db), most=2)
    under = Under(head, str(TWENTY["name"]), documents=False, day=office.clock.now().date())
    wish, found, files = Wish("province", "penalty", what="all"), [], 0
    while True:
        chosen = await selection.chosen(wish, under)
        found += [row.idx for row in chosen.rows]
        files += 1
        assert len(chosen.rows) <= 2
        if not chosen.more:
            break
        wish = replace(wish, after=found[-1] + 1)
    assert (found, files) == ([one.idx for one in placed], 3)
    # So it is with a list of what has ended.
    await made(office, unit=str(TWENTY["name"]))
    repairs = [
        act("repair", one, "2026-11-20", subject=firm(70 + n), authority=ORGAN,
            id=f"rp{n}", salt=salt(7100 + n))
        for n, one in enumerate(placed)
    ]  # fmt: skip
    await state(office, *repairs)
    rows, more = await selection.over(Wish("province", "penalty", what="ended"), under)
    assert ([row.idx for row in rows], more) == ([one.idx for one in placed[:2]], True)
    rest = Wish("province", "penalty", what="ended", after=rows[-1].idx + 1)
    rows, more = await selection.over(rest, under)
    assert ([row.idx for row in rows], more) == ([one.idx for one in placed[2:4]], True)


async def test_what_would_be_said_twice_is_not_said(office: Office):
    store, log_id = ExportStore(office.node.db), log_id_of(NANJING)
    await state(office, penalty(80), penalty(81))
    place = await made(office, department="0080")
    number = int(place.rpartition("/")[2])
    one = await store.find(log_id, number)
    assert one is not None
    assert await store.add(log_id, one, [], seen=number - 1) is None
    await office.node.db.pool.execute(
        "INSERT INTO export_sequences VALUES ($1, '8888', '01', $2, 99999)", log_id, one.day
    )
    await state(office, penalty(82))
    full = await make(office, status=413, department="8888")
    assert "该部门当日的文件序号已用完" in full.text


async def test_a_file_that_does_not_come_out_the_same_is_not_given(office: Office):
    person = {"kind": "natural_person", "name": "示例丙"}
    document = {"name": "示例丙", "type": "护照", "number": "E90"}
    parts = {"salt": salt(9000), "subject_document": document}
    main = penalty(90, subject=person, publication="government", source_unit=TWENTY)
    (placed,) = await state(office, main, documents=parts)
    place = await made(office, form="person", unit=str(TWENTY["name"]))
    assert (await file_of(office, place)).content[:2] == b"PK"
    order = act(
        "erasure_order", placed, "2026-11-22", subject=person, authority=ORGAN, id="er90",
        salt=salt(9001), part="restricted", basis="《中华人民共和国个人信息保护法》第四十七条",
    )  # fmt: skip
    await state(office, order, documents={**parts, "salt": salt(9002)})
    other_bytes = await file_of(office, place, status=503)
    assert "重新生成的文件与导出时不同" in other_bytes.text
    english = await office.text("nanjing", place, lang="en")
    assert "The file is kept nowhere" in english
    assert "with numbers of documents" in english


async def test_what_is_read_must_be_what_was_logged_and_a_record(office: Office):
    (kept,) = await state(office, penalty(95, source_unit=TWENTY, publicity_until="2026-12-01"))
    await state(office, penalty(96, source_unit=TWENTY, decision_no=None))  # stays in quarantine
    exports = office.app.state["exports"]
    exports.under(office.node.charter)
    place = await made(office, door="credit-china", unit=str(TWENTY["name"]))
    head = (await LogReading(office.node.db.pool).known()).by_origin[NANJING]
    selection = Selection(office.node.db, ExportStore(office.node.db))
    later = Under(head, str(TWENTY["name"]), documents=True, day=date(2026, 12, 2))
    rows, more = await selection.over(Wish("credit-china", "penalty", what="ended"), later)
    told = [(row.idx, row.ended, row.ended_on) for row in rows]
    assert (told, more) == ([(kept.idx, "expired", date(2026, 12, 2))], False)
    assert rows[0].was_number == int(place.rpartition("/")[2])
    private = await office.node.db.pool.fetchrow(
        "SELECT idx, main FROM entries WHERE log_id = $1 AND restricted IS NOT NULL", head.log_id
    )
    with pytest.raises(UnavailableRefusal) as differs:
        await selection.parts(later, [Named(private["idx"], bytes(64), private["main"])])
    assert differs.value.detail_code == "body-differs"
