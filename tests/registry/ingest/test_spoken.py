"""The index of what records say about standards: derived, compared, and gone with the body."""

from collections.abc import AsyncIterator

import msgspec
import pytest

from registry.domain.records import decode_main
from registry.ingest.recheck import audit_records
from registry.ingest.rederive import rederive
from registry.ledger.audit_report import AuditReport
from registry.standards.spoken import words_of
from registry.standards.stated import read_number
from registry.store.charters import CharterStore
from signing.record import encode_record, entry_of, split_line
from tests.registry.ingest.samples import main as sample
from tests.registry.ledger.test_audit import as_owner
from tests.registry.query import standards_scene as made
from tests.registry.query.scene import Placed
from tests.registry.world import NANJING, NOON, Node, Publisher, open_node, record

EDITION = made.standard(
    "DB32/T 310012-2026",
    title_en="Assessment of construction",
    replaces=[{"number": "DB32/T 310012-2020", "extent": "whole"}],
    replaced_by=[{"number": "GB/T 9-2026", "extent": "part", "clauses": "4"}],
    references=["GB/T 8"],
    adopts=[{"number": "ISO 9001:2015", "degree": "IDT"}],
    ics=["91.010.30"],
    ccs=["P00"],
)
EXPECTED = {
    ("DB32/T 310012", "is", 2026, "DB3x/T 310012", "320000"),
    ("DB32/T 310012", "replaces", 2020, "DB3x/T 310012", "320000"),
    ("GB/T 9", "replaced_by", 2026, "", ""),
    ("GB/T 8", "references", 0, "", ""),
    ("ISO 9001", "adopts", 2015, "", ""),
}


@pytest.fixture
async def node(database, tmp_path) -> AsyncIterator[Node]:
    async with open_node(database.service_url, tmp_path / "cosigned") as opened:
        charter = opened.charter
        await CharterStore(opened.db).add(1, charter.note, charter.digest, NOON)
        yield opened


async def stated(node: Node, *mains: dict[str, object]) -> Publisher:
    publisher = Publisher(NANJING)
    admitted = await node.admit(publisher.seal([encode_record(one) for one in mains]), NANJING)
    assert admitted.quarantined == ()
    return publisher


async def spoken(node: Node) -> set[tuple[object, ...]]:
    columns = "identity, role, year, grp, territory"
    rows = await node.db.pool.fetch(f"SELECT {columns} FROM standard_index")
    return {tuple(row) for row in rows}


async def audited(node: Node) -> AuditReport:
    report = AuditReport()
    report.charters[1] = node.charter
    await audit_records(node.db, report)
    return report


async def test_an_edition_is_found_from_every_number_that_can_be_read(node):
    await stated(node, EDITION)
    assert await spoken(node) == EXPECTED
    words = await node.db.pool.fetchval("SELECT words FROM standard_words")
    assert words.startswith(" db32/t 310012-2026 db32t3100122026 建筑工程")
    assert all(
        f" {one} " in words
        for one in ("ics:91.010.30", "ccs:p00", "kind:regional", "of:320000", "construction")
    )
    report = await audited(node)
    assert (report.problems, report.counts["places that speak of standards"]) == ([], 5)


ALL = [
    (made.notice("GB/T 1-2009", "amended", by="GB/T 1.1-2020"), {"notice"}),
    (made.notice("GB/T 1-2009", "replaced", by="GB/T 1.1-2020"), {"notice", "replaced_by"}),
    (made.recognition(stands_for="DB3201/T 5-2020", counterpart="GB/T 1-2020",
                      counterpart_territory="340200"), {"recognises", "stands_for", "counterpart"}),
    (made.acceptance("GB/T 1-2020"), {"accepts"}),
    (made.comparison("GB/T 1-2020", "GB/T 2-2020"), {"compares"}),
    (made.laboratory("GB/T 1-2020"), {"method"}),
    (made.result("GB/T 1-2020", methods=["GB/T 2-2020"]), {"result", "method"}),
    (made.group_use("T/CAS 290-2017", "GB/T 3-2020"), {"takes_in"}),
    (made.declaration("GB/T 1-2020"), {"declares"}),
    (made.case("GB/T 1-2020"), {"case"}),
]  # fmt: skip


async def test_each_type_is_found_by_what_it_says(node):
    publisher = Publisher(NANJING)
    lines = [encode_record(main) for main, _ in ALL]
    admitted = await node.admit(publisher.seal(lines), NANJING)
    assert admitted.quarantined == ()
    rows = await node.db.pool.fetch("SELECT idx, role, identity, territory FROM standard_index")
    for idx, (_, roles) in enumerate(ALL):
        assert {row[1] for row in rows if row[0] == idx} == roles, idx
    assert ("counterpart", "GB/T 1", "340200") in {tuple(row)[1:] for row in rows}


async def test_penalties_and_what_is_in_quarantine_have_no_rows(node):
    publisher = Publisher(NANJING)
    twice = made.standard("GB/T 7-2020", id=EDITION["id"])
    lines = [encode_record(one) for one in (record(10**6), EDITION, twice)]
    admitted = await node.admit(publisher.seal(lines), NANJING)
    assert admitted.quarantined_count == 1
    assert await node.db.pool.fetchval("SELECT count(*) FROM standard_index WHERE idx <> 1") == 0


async def test_all_comes_out_again_and_differences_are_named(node, database):
    await stated(node, EDITION)
    words = await node.db.pool.fetch("SELECT * FROM standard_words")
    await as_owner(database, "UPDATE standard_index SET year = 1 WHERE role = 'is'")
    await as_owner(database, "DELETE FROM standard_words")
    told = [one.what for one in (await audited(node)).problems]
    assert len(told) == 3, told
    assert "its body does not speak of DB32/T 310012 so" in told
    await rederive(database.owner_url)
    assert await spoken(node) == EXPECTED
    assert await node.db.pool.fetch("SELECT * FROM standard_words") == words
    assert (await audited(node)).problems == []


async def test_rows_go_with_an_erased_body(node, database):
    publisher = await stated(node, EDITION, made.standard("GB/T 7-2020"))
    entry = entry_of(*split_line(encode_record(EDITION)))
    target = Placed(NANJING, 0, str(EDITION["id"]), entry)
    order = sample("erasure_order", part="both", decided_on="2026-09-01")
    order |= {"target": target.target, "subject": EDITION["subject"]}
    order |= {"authority": EDITION["authority"], "source_unit": EDITION["authority"]}
    admitted = await node.admit(publisher.seal([encode_record(order)]), NANJING)
    assert admitted.quarantined == ()
    assert {row[0] for row in await spoken(node)} == {"GB/T 7"}
    assert await node.db.pool.fetchval("SELECT count(*) FROM standard_words") == 1
    assert (await audited(node)).problems == []
    await rederive(database.owner_url)
    assert {row[0] for row in await spoken(node)} == {"GB/T 7"}


def test_numbers_are_read_once_and_what_is_none_has_no_row():
    found = read_number("GB／T 2260—2007")
    assert (found.identity, found.group, found.year) == ("GB/T 2260", "GB/T 2260", 2007)
    assert (found.territory, found.normal, found.kind) == ("", "GB/T 2260-2007", "national")
    assert read_number("内部方法") is None


def test_a_title_stated_twice_is_searched_by_once_and_its_blanks_are_single():
    number = read_number("GB/T 8-2026")
    twice = decode_main(
        encode_record(made.standard("GB/T 8-2026", title="A\u3000B  c", title_en="D"))
    )
    said = words_of(msgspec.structs.replace(twice, title_en=twice.title), number)
    assert said.startswith(" gb/t 8-2026 gbt82026 a b c kind:national ")
    assert " a b c d kind:" in words_of(twice, number)
