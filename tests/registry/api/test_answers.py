"""Search, subjects, decisions, records for programs, over a real node."""

import asyncio

import pytest

from registry.domain.calendar import CHINA
from signing.bundle import open_bundle
from signing.record import encode_record
from tests.registry.api.conftest import WUHU
from tests.registry.api.test_uploads import problem
from tests.registry.query.scene import relation
from tests.registry.world import line, record

FIRM = "芜湖示例建设有限公司"


async def found(served, **params: object) -> dict:
    """Search until the follower has caught up."""
    for _ in range(100):
        answer = await served.http.get("/api/v1/search", params=params)
        assert answer.status_code == 200, answer.text
        if answer.json()["hits"]:
            break
        await asyncio.sleep(0.1)
    return answer.json()


async def test_from_a_name_to_the_subject_its_records_and_the_decision(filled):
    told = await found(filled, q=FIRM, city="340200", type="penalty", date_from="2026-01-01")
    hit = told["hits"][0]
    assert (hit["name"], hit["cities"], hit["types"]) == (FIRM, {"340200": 3}, {"penalty": 3})
    assert (told["read_as"], told["sure"]) == ("name", True)
    assert hit["certainty"] > 0.9
    assert told["coverage"]["kinds_missing"]
    subject = await filled.http.get(f"/api/v1/subjects/{hit['subject_id']}")
    file = subject.json()
    assert file["codes"][0] == {"scheme": "uscc", "code": "91340200MA00000231"}
    assert len(file["records"]) == 3
    assert file["records"][0]["record"]["type"] == "penalty"
    assert file["on"] == "2026-11-23"
    earlier = await filled.http.get(
        f"/api/v1/subjects/{hit['subject_id']}", params={"on": "2026-05-09"}
    )
    assert earlier.json()["records"] == []
    answer = await filled.http.get(
        f"/api/v1/subjects/{hit['subject_id']}/decision",
        params={"territory": "320100", "matter": "tender", "on": "2026-11-01"},
    )
    decision = answer.json()
    assert decision["decision"]["measures"] == []
    assert decision["disclaimer_zh"].startswith("本提示由系统依规则生成，不是行政决定")
    assert decision["territory_name"] == "南京市"
    today = await filled.http.get(
        f"/api/v1/subjects/{hit['subject_id']}/decision", params={"territory": "320100"}
    )
    assert today.json()["decision"]["ask"]["on"] == "2026-11-23"


async def test_who_else_a_subject_has_to_do_with(filled):
    parent = {"kind": "organisation", "name": "示例总公司", "uscc": "91320100MA0000015Q"}
    branch = {**record(5)["subject"], "legal_representative": "示例甲"}
    main = relation("parent_branch", parent, subject=branch)
    assert (await filled.publish([encode_record(main)])).status_code == 200
    subject = (await found(filled, q=FIRM))["hits"][0]["subject_id"]
    told = (await filled.http.get(f"/api/v1/subjects/{subject}/relations")).json()
    assert (told["subject_id"], told["on"], told["identities"]) == (subject, "2026-11-23", [])
    (one,) = told["relations"]
    assert one | {"member_name": ""} == {
        "kind": "parent_branch", "role": "分支机构", "matter": "", "since": "2024-01-01",
        "until": None, "current": True, "authority": "芜湖市市场监督管理局", "member_name": "",
        "source": "", "origin": WUHU, "idx": 3,
        "ends": [{"subject_id": "", "name": "示例总公司", "code": "91320100MA0000015Q",
                  "role": "总公司"}],
    }  # fmt: skip
    page = await filled.http.get(f"/record/{WUHU}/3", headers={"Accept": "text/html"})
    for words in (
        "分支机构与总公司（分支机构）",
        "示例总公司（总公司）",
        "本主体身份",
    ):
        assert words in page.text
    nobody = await filled.http.get(f"/api/v1/subjects/{'0' * 32}/relations")
    problem(nobody, 404, "not-found")


async def test_a_file_with_what_applies_is_the_file_and_the_decision(filled):
    told = await found(filled, q=FIRM)
    path = f"/api/v1/subjects/{told['hits'][0]['subject_id']}"
    asked = {"territory": "320100", "matter": "tender"}
    file = (await filled.http.get(path)).json()
    decision = (await filled.http.get(f"{path}/decision", params=asked)).json()
    both = (await filled.http.get(path, params=asked)).json()
    assert file.pop("decided") is None
    assert both.pop("decided") == {k: v for k, v in decision.items() if k != "coverage"}
    assert both == file
    assert (await filled.http.get(path, params={"territory": "999999"})).status_code == 400


async def test_a_record_comes_with_its_proof(filled):
    detail = (await filled.http.get(f"/api/v1/records/{WUHU}/0")).json()
    assert detail["line"].startswith('{"authority"')
    assert detail["proof"].startswith("c2sp.org/tlog-proof@v1")
    assert detail["signed_by"] == "芜湖市"
    assert detail["view"]["record"]["decision_no"] == "芜市监罚〔2026〕0号"


async def test_a_record_is_taken_away_in_one_file_or_is_as_if_it_never_were(filled):
    answer = await filled.http.get(f"/api/v1/records/{WUHU}/1/bundle")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == 'attachment; filename="credit-1.bundle"'
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    opened = open_bundle(answer.content, filled.node.charter)
    assert (opened.index, opened.record.value["decision_no"]) == (1, "芜市监罚〔2026〕1号")
    assert (await filled.publish([line(3, publication="government")])).status_code == 200
    never, hidden = [
        await filled.http.get(f"/api/v1/records/{WUHU}/{idx}/bundle") for idx in (77, 3)
    ]
    assert never.status_code == 410
    assert (never.content, never.headers) == (hidden.content, hidden.headers)
    assert never.content == (await filled.http.get(f"/api/v1/records/{WUHU}/77")).content


async def test_a_record_comes_with_its_windows_and_why_one_is_not_confirmed(filled):
    detail = (await filled.http.get(f"/api/v1/records/{WUHU}/0")).json()
    by_law = {(one["number"], one["kind"]): one for one in detail["windows"]}
    repair = by_law["国家发展和改革委员会令第36号", "earliest_repair"]
    assert {key: value for key, value in repair.items() if key not in {"notes", "where_en"}} == {
        "kind": "earliest_repair",
        "first": "2026-08-11",
        "last": None,
        "confirmed": True,
        "title": "信用修复管理办法",
        "title_en": "Measures for credit repair",
        "number": "国家发展和改革委员会令第36号",
        "since": "2026-04-01",
        "article": "",
        "anchor": "document",
        "anchor_on": "2026-05-10",
        "length": "P3M",
        "counting": "cn-default",
        "read": "secondary",
        "where_zh": "“信用中国”网站",
        "calendar": "",
        "doubts": [],
        "warnings": [],
    }
    assert [note["code"] for note in repair["notes"]] == ["parallel"]
    other = by_law["国家市场监督管理总局令第107号", "earliest_repair"]
    assert (other["first"], other["confirmed"]) == (None, False)
    (doubt,) = other["doubts"]
    assert doubt["code"] == "no-publicity-date"
    assert "公示日期" in doubt["zh"]
    assert "publicity" in doubt["en"]
    reporting = by_law["国办发〔2015〕51号", "reporting"]
    assert (reporting["first"], reporting["last"]) == ("2026-05-11", "2026-05-19")
    assert reporting["calendar"] == CHINA.name


async def test_gone_and_never_there_are_the_same_bytes(filled):
    urls = (f"/api/v1/records/{WUHU}/77", "/api/v1/records/no.example/log/0")
    answers = [await filled.http.get(url) for url in urls]
    assert {answer.status_code for answer in answers} == {410}
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].json()["title"] == "该信息不存在或已不再公示。"


async def test_logs_and_rulebook(filled):
    logs = (await filled.http.get("/api/v1/logs")).json()["logs"]
    assert {log["origin"]: log["size"] for log in logs}[WUHU] == 3
    rulebook = (await filled.http.get("/api/v1/rulebook", params={"on": "2026-11-01"})).json()
    assert rulebook == {
        "edition": "",
        "title": "",
        "digest": "",
        "origin": "",
        "idx": 0,
        "rules": [],
        "adoptions": [],
    }


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("search", "q"),
        ("search?q=", "q"),
        ("search?q=" + "长" * 201, "q"),
        ("search?q=a&limit=0", "limit"),
        ("search?q=a&limit=101", "limit"),
        ("search?q=a&limit=x", "limit"),
        ("search?q=a&offset=-1", "offset"),
        ("search?q=a&type=repair", "type"),
        ("search?q=a&city=abc", "city"),
        ("search?q=a&date_from=2026-02-30", "date_from"),
        ("subjects/xyz", "subject_id"),
        ("subjects/00000000000000000000000000000000?territory=1", "territory"),
        ("subjects/00000000000000000000000000000000/decision?territory=1", "territory"),
        ("subjects/00000000000000000000000000000000/decision", "territory"),
        (
            "subjects/00000000000000000000000000000000/decision?territory=320100&matter=a%20b",
            "matter",
        ),
        (f"records/{WUHU}/-1", "idx"),
    ],
)
async def test_parameters_out_of_bounds_are_named(served, path, name):
    told = problem(await served.http.get(f"/api/v1/{path}"), 400, "invalid-parameter")
    assert any(name in f"{error['name']}{error['message']}" for error in told["errors"]), told


async def test_refusals_of_the_read_side_are_problems(served):
    nobody = "0" * 32
    problem(await served.http.get(f"/api/v1/subjects/{nobody}"), 404, "not-found")
    told = await served.http.get(f"/api/v1/subjects/{nobody}/decision?territory=999999")
    assert told.status_code in {400, 404}
    wrong = await served.http.get("/api/v1/search?q=a&date_from=2026-02-02&date_to=2026-02-01")
    problem(wrong, 400, "query-dates")
