"""Reading by numbers of standards: one statement for many, places in every role, and their plan."""

import pytest

from registry.standards.stated import read_number
from registry.store import reading_records, reading_standards
from registry.store.reading_standards import ASKED, StandardReading
from signing.record import encode_record
from tests.registry.query import standards_scene as made
from tests.registry.world import NANJING, Node, Publisher, open_node

NUMBER = "DB34/T 5037-2016"


@pytest.fixture
async def reading(database, tmp_path):
    async with open_node(database.service_url, tmp_path / "cosigned") as node:
        mains = [
            made.standard(references=["GB/T 1-2009"]),
            made.recognition(stands_for="DB32/T 5-2020"),
            made.standard("DB32/T 310012-2026"),
            made.standard("DB34/T 310012-2026"),
        ]
        publisher = Publisher(NANJING)
        await node.admit(publisher.seal([encode_record(one) for one in mains]), NANJING)
        yield Reads(node)


class Reads(StandardReading):
    """The reading, and how many statements it took."""

    def __init__(self, node: Node) -> None:
        super().__init__(self)
        self.pool = node.db.pool
        self.statements = 0

    async def fetch(self, *asked: object):
        self.statements += 1
        return await self.pool.fetch(*asked)


async def test_many_numbers_are_one_statement_each_with_its_records(reading):
    found = await reading.of(["DB34/T 5037", "DB32/T 5", "GB/T 1", "GB/T 2"])
    roles = {one: [spoken.role for spoken in some] for one, some in found.items()}
    assert roles == {
        "DB34/T 5037": ["is", "recognises"],
        "DB32/T 5": ["stands_for"],
        "GB/T 1": [],  # who refers to it is asked for apart
        "GB/T 2": [],
    }
    assert reading.statements == 1
    (edition, _) = found["DB34/T 5037"]
    assert (edition.year, edition.acted, edition.row.type) == (2016, False, "standard")
    assert edition.body.main is not None
    assert NUMBER.encode() in edition.body.main
    referring = await reading.of(["GB/T 1"], ("references",))
    assert [one.row.idx for one in referring["GB/T 1"]] == [0]


async def test_a_question_is_one_journey_with_the_commit_it_is_of(reading):
    newest, found = await reading.of_now(["DB34/T 5037", "GB/T 2"])
    assert reading.statements == 1
    assert newest == await reading.pool.fetchval("SELECT max(seq) FROM commits")
    assert found == await reading.of(["DB34/T 5037", "GB/T 2"])
    assert await reading.of_now([]) == (newest, {})


async def test_a_plan_is_made_once_and_kept(reading):
    """The server compares costs: a plan for the very values must not look cheaper than for any."""
    asked = (["DB34/T 5037"], list(ASKED), 10)
    kept = "SELECT generic_plans FROM pg_prepared_statements WHERE statement = $1"
    async with reading.pool.acquire() as connection:
        for sql, values in ((reading_standards._OF, asked), (reading_standards._OF_NOW, asked[:1])):
            for _ in range(7):
                await connection.fetch(sql, *values)
            assert await connection.fetchval(kept, sql) == 2


async def test_a_group_leads_to_all_its_issues_and_one_issue_only_to_itself(reading):
    group = read_number("DB32/T 310012-2026").group
    found = await reading.of([group, "DB34/T 310012"])
    assert sorted(one.row.idx for one in found[group]) == [2, 3]
    assert [one.row.idx for one in found["DB34/T 310012"]] == [3]


async def test_places_of_a_number_are_bounded(reading):
    found = await reading.of(["DB34/T 5037"], each=1)
    assert len(found["DB34/T 5037"]) == 1
    assert await reading.of([]) == {}


async def test_words_are_met_as_they_stand(reading):
    assert [one.row.idx for one in await reading.named(["5037"], 5)] == [0]
    assert [one.row.idx for one in await reading.named([" of:320000"], 5)] == [2]
    assert len(await reading.named(["施工"], 2)) == 2
    for odd in ("%", "_", "\\", "5_375"):
        assert await reading.named([odd], 5) == ()


async def test_the_question_is_answered_by_the_index(reading):
    """Also where the planner knows nothing of the tables, as on a node that has just begun."""
    pool = reading.pool
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL enable_seqscan = off")
        plan = await connection.fetch(
            "EXPLAIN " + reading_standards._OF, ["DB34/T 5037"], list(ASKED), 10
        )
    text = "\n".join(row[0] for row in plan)
    for index in ("standard_index_pkey", "standard_index_by_group", "records_pkey", "entries_pkey"):
        assert index in text, text


async def test_lists_looked_through_whole_are_read_by_their_index(reading):
    async with reading.pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL enable_seqscan = off")
        await connection.execute("SET LOCAL enable_bitmapscan = off")
        for kind in reading_records.HANDLED:
            plan = await connection.fetch("EXPLAIN " + reading_records._HANDLED[kind], 10)
            text = "\n".join(row[0] for row in plan)
            assert "records_of_handled" in text, text
            assert "Sort" not in text, text
