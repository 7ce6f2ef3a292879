"""Standards over the interface: the question, in bulk in three formats, page, matrix, changes."""

import csv
import io
from urllib.parse import quote

import msgspec
import pytest
from python_calamine import CalamineWorkbook
from xlsxwriter import Workbook

from registry.query.standards_file import StandardFile, replayed
from signing.record import encode_record
from tests.registry.api.conftest import BATCH, Served
from tests.registry.query import standards_scene as made
from tests.registry.world import NANJING, Publisher

NUMBER = "DB34/T 5037-2016"
V1 = "/api/v1/standards"
ASKED = f"number={quote(NUMBER)}&territory=320100&use=tender"


@pytest.fixture
async def filled(served: Served) -> Served:
    mains = [
        made.standard(
            ics=["91.010.30"], replaced_by=[{"number": "GB/T 9-2026", "extent": "whole"}]
        ),
        made.recognition(degree="conditional", conditions=["=须附检测报告"]),
    ]
    body = Publisher(NANJING).seal([encode_record(main) for main in mains])
    answer = await served.http.post(f"/log/{NANJING}/batch", content=body, headers=BATCH)
    assert answer.json()["quarantined"] == []
    return served


async def got(served: Served, address: str, status: int = 200):
    answer = await served.http.get(f"{V1}{address}")
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_the_question_is_answered_with_what_it_spans_and_replays_offline(filled):
    said = await got(filled, f"/usable?{ASKED}&on=2026-11-01&bundle=true")
    assert (said["answer"]["verdict"], said["answer"]["edition"]) == ("conditionally", NUMBER)
    assert said["answer"]["first_zh"].startswith("符合强制性标准的产品可以在全国销售")
    assert said["whole"] is True
    assert {city["code"] for city in said["coverage"]["cities"]} == {"320100", "340200", "341100"}
    assert said["logs"] == {f"log:{NANJING}": said["logs"][f"log:{NANJING}"]}
    file = msgspec.convert(said["bundle"], StandardFile)
    assert replayed(file).verdict == "conditionally"
    assert all(one.proof.startswith("c2sp.org/tlog-proof@v1") for one in file.records)
    earlier = await got(filled, f"/usable?{ASKED}&known_on=2026-11-01")
    assert (earlier["answer"]["verdict"], earlier["bundle"]) == ("no_document", None)


async def test_the_page_of_a_standard_and_its_matrix(filled):
    for number in ("DB34/T 5037", "DB34T5037-2016", quote("DB34/T 5037", safe="")):
        page = await got(filled, f"/{number}")
        assert page["identity"] == "DB34/T 5037"
        assert [one["number"] for one in page["editions"]] == [NUMBER]
        assert {one["role"] for one in page["lines"]} == {"replaced_by", "recognises"}
    cells = (await got(filled, f"/matrix?number={quote(NUMBER)}"))["cells"]
    assert len(cells) == 15
    verdicts = {(one["territory"][:2], one["verdict"], one["by_law"]) for one in cells}
    assert verdicts == {
        *(("32", "conditionally", False), ("32", "no_document", False), ("34", "yes", True)),
    }


async def test_standards_are_found_and_what_came_is_told(filled):
    found = await got(filled, "?q=" + quote("施工质量") + "&ics=91&kind=province")
    assert (found["total"], found["whole"]) == (1, True)
    assert found["facets"]["ics"] == {"91.010.30": 1}
    assert (await got(filled, "?territory=320000"))["editions"] == []
    told = await got(filled, f"/changes?number={quote(NUMBER)}")
    assert [one["role"] for one in told["changes"]] == ["is", "recognises"]
    assert (await got(filled, f"/changes?number={quote(NUMBER)}&after={told['cursor']}"))[
        "changes"
    ] == []


@pytest.mark.parametrize(
    ("address", "status", "code"),
    [
        ("/usable?number=x&territory=320100&use=tender", 400, None),
        (f"/usable?{ASKED.replace('320100', '1')}", 400, "unknown-territory"),
        (f"/usable?{ASKED.replace('tender', 'fun')}", 400, "unknown-use"),
        (f"/usable?{ASKED}&on=yesterday", 400, "invalid-parameter"),
        ("/GB/T 7777", 404, "unknown-standard"),
        ("?q=", 400, "nothing-asked"),
        ("?q=a&ics=%25", 400, "invalid-parameter"),
        ("/changes", 400, "invalid-parameter"),
    ],
)
async def test_what_cannot_be_answered_is_a_problem_with_a_code(served, address, status, code):
    said = await got(served, address, status)
    assert said["detail"]
    assert said["detail_en"]
    assert code in {None, said["code"]}


async def test_rows_are_answered_as_json_lines(filled):
    rows = [{"number": "db34t 5037-2016"}, {"number": "GB/T 1", "use": "sale"}, {"number": "？"}]
    body = b"\n".join(msgspec.json.encode(row) for row in rows) + b"\n\n"
    answer = await filled.http.post(f"{V1}/usable?territory=320100", content=body)
    assert answer.headers["content-type"].startswith("application/jsonl")
    lines = [msgspec.json.decode(line) for line in answer.content.splitlines()]
    assert [line["row"] for line in lines] == [1, 2, 3]
    assert lines[0]["verdict"] == "conditionally"
    assert (lines[0]["in_force"], lines[0]["replaced_by"]) == (True, ["GB/T 9-2026"])
    assert lines[1]["verdict"] == "no_recognition_needed"
    assert set(lines[2]) == {"row", "number", "error"}


async def test_a_csv_and_a_workbook_come_back_as_what_is_asked_for(filled):
    text = f"统计表,,\n序号,标准编号,用途\n1,{NUMBER},招标投标\n,,\n2,不是编号,\n"
    answer = await filled.http.post(
        f"{V1}/usable?territory=320100&answer=csv", content=text.encode("gb18030")
    )
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0][1] == "标准编号"
    assert rows[1][:7] == [
        "3",
        NUMBER,
        "320100",
        "招标投标",
        "符合条件时可以",
        "conditionally",
        NUMBER,
    ]
    assert "'=须附检测报告" in rows[1]  # no formula for a spreadsheet
    assert rows[2][0] == "5"
    assert "（" in rows[2][-2]
    out = io.BytesIO()
    book = Workbook(out)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["number", "territory"])
    sheet.write_row(1, 0, [NUMBER, 320100])
    book.close()
    answer = await filled.http.post(f"{V1}/usable?answer=xlsx", content=out.getvalue())
    assert answer.headers["content-type"].endswith("spreadsheetml.sheet")
    told = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0)
    assert told.to_python()[1][5] == "conditionally"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "empty-file"),
        (b"a,b\n1,2\n", 400, "no-number-column"),
        (b'{"number": 5}\n', 400, "bad-line"),
        (b"{" + b"[" * 5000, 400, "bad-line"),
        (b"%PDF-1.4", 400, "not-a-spreadsheet"),
        (b'{"number":"GB/T 1"}\n' * 10_001, 413, "too-many-rows"),
        (b"x" * (4 * 1024 * 1024 + 1), 413, "too-large"),
    ],
)
async def test_files_that_cannot_be_asked_are_refused_by_name(served, body, status, code):
    answer = await served.http.post(f"{V1}/usable?territory=320100", content=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_every_operation_is_described(served):
    paths = (await served.http.get("/openapi.json")).json()["paths"]
    described = {path: set(there) for path, there in paths.items() if path.startswith(V1)}
    assert described[f"{V1}/usable"] == {"get", "post"}
    assert len(described) == 5
    body = paths[f"{V1}/usable"]["post"]["requestBody"]["content"]
    assert set(body) >= {"application/jsonl", "text/csv"}
