"""The code tables for programs: whole, dated, bounded, and not sent again when nothing changed."""

import pytest

from registry.api.tables import ROWS_MAX
from registry.domain.catalogue import tables
from tests.registry.api.test_uploads import problem

DIVISIONS = "/api/v1/tables/divisions"


async def test_every_table_is_named_with_its_digest(served):
    told = (await served.http.get("/api/v1/tables")).json()["tables"]
    assert [one["name"] for one in told] == list(tables())
    for one in told:
        table = tables()[one["name"]]
        assert (one["digest"], one["rows"]) == (table.digest, len(table.rows))
        assert one["source"]
        assert one["read"] in {"full_text", "secondary", "unconfirmed"}


async def test_the_rows_of_a_table(served):
    answer = await served.http.get("/api/v1/tables/penalty-kinds")
    told = answer.json()
    assert told["table"]["zh"] == "行政处罚种类"
    assert (told["total"], told["offset"], told["on"], told["under"]) == (14, 0, None, "")
    assert told["rows"][1] == {
        "code": "通报批评",
        "zh": "通报批评",
        "en": "Circulated criticism",
        "since": "2021-07-15",
        "until": None,
        "group": "warning",
        "also": [],
        "to": [],
        "organ": "",
        "months": 0,
        "note": "",
        "read": "full_text",
        "source": "行政处罚法（2021年修订）第九条",
    }
    before = await served.http.get("/api/v1/tables/penalty-kinds", params={"on": "2021-07-14"})
    assert "通报批评" not in {row["code"] for row in before.json()["rows"]}


async def test_a_retired_code_keeps_its_name_by_date(served):
    for on, name in (("2010-06-01", "弋江区"), ("1990-06-01", "马塘区")):
        told = await served.http.get(DIVISIONS, params={"under": "340203", "on": on})
        assert [row["zh"] for row in told.json()["rows"]] == [name]
    told = await served.http.get(DIVISIONS, params={"under": "340203", "on": "2024-01-01"})
    assert told.json()["rows"] == []


async def test_a_large_table_comes_in_pieces(served):
    whole = len(tables()["divisions"].rows)
    seen: list[str] = []
    for offset in range(0, whole, ROWS_MAX):
        told = (await served.http.get(DIVISIONS, params={"offset": offset})).json()
        assert told["total"] == whole
        assert len(told["rows"]) <= ROWS_MAX
        seen += [row["code"] for row in told["rows"]]
    assert seen == [row.code for row in tables()["divisions"].rows]
    assert (await served.http.get(DIVISIONS, params={"offset": 99_999})).json()["rows"] == []


async def test_what_has_not_changed_is_not_sent_again(served):
    first = await served.http.get(DIVISIONS, params={"under": "3201"})
    assert first.headers["etag"] == f'"{tables()["divisions"].digest}"'
    assert first.headers["cache-control"] == "public, max-age=300"
    again = await served.http.get(
        DIVISIONS, params={"under": "3201"}, headers={"If-None-Match": first.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    other = await served.http.get(DIVISIONS, headers={"If-None-Match": '"other"'})
    assert other.status_code == 200


@pytest.mark.parametrize(
    "params",
    [
        {"limit": ROWS_MAX + 1},
        {"limit": 0},
        {"offset": -1},
        {"offset": 100_001},
        {"under": "3" * 33},
        {"on": "yesterday"},
    ],
)
async def test_what_is_out_of_bounds_is_refused(served, params):
    problem(await served.http.get(DIVISIONS, params=params), 400, "invalid-parameter")


async def test_a_table_that_is_not_there(served):
    told = problem(await served.http.get("/api/v1/tables/no-such"), 404, "no-such-table")
    assert "penalty-kinds" in told["detail"]
