"""The audit derives every row again from the bodies, and names each that differs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256

import pytest

from registry.domain.subjects import subject_id
from registry.ingest.acts import competence_on
from registry.ingest.recheck import audit_records
from registry.ledger.audit import audit_logs
from registry.ledger.audit_report import AuditReport
from registry.store import audit as store_audit
from registry.store.charters import CharterStore
from registry.store.logs import log_id_of
from signing.record import encode_record, entry_of, split_line
from tests.registry.ledger.test_audit import as_owner, said
from tests.registry.query.scene import (
    Placed,
    act,
    listing,
    penalty,
    registration,
    relation,
    rulebook,
    uscc,
)
from tests.registry.world import (
    NANJING,
    NOON,
    REGION,
    WUHU,
    Node,
    Publisher,
    charter,
    open_node,
    record,
    salt,
)

LOG, NAN, REG = log_id_of(WUHU), log_id_of(NANJING), log_id_of(REGION)
ONE = subject_id("uscc", uscc(1))
REGNO = "320100000012346"
PERSON = {"kind": "natural_person", "name": "示例乙"}
DOCUMENT = {"name": "示例乙", "type": "身份证", "number": "320102199001011239"}
EVIDENCE = {"name": "a.pdf", "sha256": "ab" * 32, "size": 5, "media_type": "application/pdf"}


def placed(origin: str, idx: int, main: dict[str, object]) -> Placed:
    return Placed(origin, idx, str(main["id"]), entry_of(*split_line(encode_record(main))))


FIRM = {"kind": "organisation", "name": "芜湖示例建设有限公司", "uscc": uscc(1)}
MAINS = [
    registration(
        subject={**FIRM, "registration_no": REGNO},
        former_names=[{"name": "旧名有限公司", "until": "2019-01-01"}],
    ),
    penalty(subject=FIRM),
    listing(subject=FIRM),
    penalty(subject=PERSON),
]
ACTS = [
    act("repair", placed(WUHU, 1, MAINS[1]), "2026-09-01", subject=FIRM),
    act("repair", Placed(WUHU, 9, "nowhere", b"\1" * 64), "2026-09-01", subject=FIRM),
    act("repair", placed(WUHU, 1, MAINS[1]), "2026-09-01", subject=FIRM),
]
PART = {"salt": salt(77), "subject_document": DOCUMENT, "evidence": [EVIDENCE]}
FIRST = [
    *(encode_record(main) for main in MAINS[:3]),
    encode_record(MAINS[3], PART),
    *(encode_record(main) for main in ACTS[:2]),
]
SECOND = [
    encode_record(main)
    for main in (
        record(990, fine_wan_yuan="x"),
        record(991, id=MAINS[1]["id"], salt=salt(10**9)),
        record(992, salt=salt(10**9)),
        record(993, subject={**FIRM, "name": "芜湖另一名有限公司"}),
    )
]


@asynccontextmanager
async def some_batches(database, tmp_path) -> AsyncIterator[Node]:
    """Two batches of 芜湖 (0-5, 6-9), one of 南京, and the region's rulebook.

    6 is a record that fails, 7 has an id that 芜湖 has given before, 8 a salt of its own batch.
    """
    async with open_node(database.service_url, tmp_path / "cosigned") as opened:
        opened.charter = charter(competences={NANJING: [competence_on(WUHU)]})
        current = opened.charter
        await CharterStore(opened.db).add(1, current.note, current.digest, NOON)
        wuhu = Publisher(WUHU)
        await opened.admit(wuhu.seal(FIRST))
        await opened.admit(wuhu.seal(SECOND))
        await opened.admit(Publisher(NANJING).seal([encode_record(ACTS[2])]), NANJING)
        await opened.admit(Publisher(REGION).seal([encode_record(rulebook())]), REGION)
        yield opened


@pytest.fixture
async def node(database, tmp_path) -> AsyncIterator[Node]:
    async with some_batches(database, tmp_path) as opened:
        yield opened


async def audit(node: Node) -> AuditReport:
    report = await audit_logs(node.db, node.charter)
    await audit_records(node.db, report)
    return report


async def test_a_sound_node_has_no_problem_and_everything_was_counted(node):
    report = await audit(node)
    assert report.problems == []
    assert {kind: report.counts[kind] for kind in ("records", "links", "subjects")} == {
        "records": 12, "links": 1, "subjects": 3,
    }  # fmt: skip
    assert report.counts["names"] == await node.db.pool.fetchval(
        "SELECT count(*) FROM subject_names"
    )
    assert report.counts["attachments named"] == report.counts["attachments missing"] > 1
    held = await node.db.pool.fetch("SELECT idx FROM quarantine WHERE log_id = $1", LOG)
    assert sorted(row[0] for row in held) == [6, 7, 8]


async def test_chunks_make_no_difference(node, monkeypatch):
    monkeypatch.setattr(store_audit, "CHUNK", 1)
    assert (await audit(node)).problems == []


def changed(change: str, idx: int = 1) -> str:
    return f"UPDATE records SET {change} WHERE log_id = {LOG} AND idx = {idx}"


DIFFERENCES = {
    "no row": (f"DELETE FROM records WHERE idx = 1 AND log_id = {LOG}", f"{WUHU}/1", "its rows"),
    "subject": (changed("subject_id = decode(repeat('00', 16), 'hex')"), f"{WUHU}/1", "its rows"),
    "type": (changed("type = 'permit'"), f"{WUHU}/1", "permit"),
    "record id": (changed("record_id = 'x'"), f"{WUHU}/1", "its rows"),
    "date": (changed("decided_on = '1999-01-01'"), f"{WUHU}/1", "1999-01-01"),
    "list": (changed("list_code = 'x'", 2), f"{WUHU}/2", "its rows"),
    "target's log": (changed("target_log = 5", 4), f"{WUHU}/4", "its rows"),
    "target's id": (changed("target_id = 'x'", 4), f"{WUHU}/4", "its rows"),
    "a target from nowhere": (changed("target_id = 'x'"), f"{WUHU}/1", "its rows"),
    "competence taken": (changed("competent = false", 4), f"{WUHU}/4", "False"),
    "competence given": (changed("competent = true", 5), f"{WUHU}/5", "its rows"),
    "competence of a charter": (
        f"UPDATE records SET competent = false WHERE log_id = {NAN}", f"{NANJING}/0", "False"),
    "flags": (changed("flags = '{x}'"), f"{WUHU}/1", "('x',)"),
    "a second row": (
        ("INSERT INTO records SELECT decode(repeat('00', 16), 'hex'), log_id, idx, type, "
        f"record_id, decided_on FROM records WHERE log_id = {LOG} AND idx = 1"), f"{WUHU}/1", "; "),
    "a row beyond every commit": (
        (f"INSERT INTO records SELECT subject_id, log_id, 500, type, 'y', decided_on "
        f"FROM records WHERE log_id = {LOG} AND idx = 1"), f"{WUHU}/500", "no commit"),
    "a row of a quarantined record": (
        (f"INSERT INTO records SELECT subject_id, log_id, 6, type, 'y', decided_on "
        f"FROM records WHERE log_id = {LOG} AND idx = 1"), f"{WUHU}/6", "its rows"),
    "quarantine gone": (
        f"DELETE FROM quarantine WHERE idx = 6 AND log_id = {LOG}",
        f"{WUHU}/6", "quarantine says None"),
    "quarantine of a good record": (
        f"INSERT INTO quarantine VALUES ({LOG}, 1, '{{x}}', '[]')",
        f"{WUHU}/1", "quarantine says ['x']"),
    "quarantine for another reason": (
        "UPDATE quarantine SET codes = '{x}' WHERE idx = 7", f"{WUHU}/7", "duplicate-id"),
    "a subject gone": (
        ("DELETE FROM subjects WHERE identifier <> '' AND orgcode <> '' AND subject_id = "
        f"'\\x{ONE.hex()}'"), f"subject {ONE.hex()}", "missing"),
    "a subject's kind": (
        f"UPDATE subjects SET kind = 'x' WHERE subject_id = '\\x{ONE.hex()}'",
        f"subject {ONE.hex()}", "first record"),
    "a subject's code": (
        f"UPDATE subjects SET orgcode = 'x' WHERE subject_id = '\\x{ONE.hex()}'",
        f"subject {ONE.hex()}", "first record"),
    "a person's number": (
        "UPDATE subjects SET identifier = '320102199001011239' WHERE scheme = 'person'",
        f"subject {subject_id('person', 'resident:320102199001011239').hex()}", "first record"),
    "a subject of nobody": (
        "INSERT INTO subjects VALUES (decode(repeat('00', 16), 'hex'), 'uscc', 'x', 'x', '')",
        f"subject {'00' * 16}", "no record is about"),
    "a name gone": (
        "DELETE FROM subject_names WHERE name = '旧名有限公司'",
        f"{WUHU}/0", "旧名有限公司 is missing"),
    "a name that nobody states": (
        "UPDATE subject_names SET name = '假名' WHERE name = '旧名有限公司'",
        f"{WUHU}/0", "no record there states the name 假名"),
    "a name from a later day": (
        "UPDATE subject_names SET stated_on = '2026-11-01' WHERE former", f"{WUHU}/0", "missing"),
    "a name from an earlier day": (
        "UPDATE subject_names SET stated_on = '1999-11-01' WHERE former", f"{WUHU}/0", "no record"),
    "a former name": (
        "UPDATE subject_names SET former = false WHERE former", f"{WUHU}/0", "missing"),
    "a name at another place": (
        "UPDATE subject_names SET idx = 2 WHERE former", f"{WUHU}/2", "no record there"),
    "a name of no log": (
        "UPDATE subject_names SET log_id = 77 WHERE former", "log 77/0", "no record there"),
    "a link gone": ("DELETE FROM subject_links", f"{WUHU}/0", "link of two codes is missing"),
    "a link turned": (
        "UPDATE subject_links SET judgement = 'different'", f"subject {ONE.hex()}", "no record"),
    "a link of nobody": (
        (f"INSERT INTO subject_links VALUES ('\\x{ONE.hex()}', sha256('x'), 'same', "
        f"'stated-together', {LOG}, 1, now())"),
        f"subject {ONE.hex()}", sha256(b"x").hexdigest()),
    "a link of nowhere": (
        (f"INSERT INTO subject_links VALUES ('\\x{ONE.hex()}', sha256('x'), 'same', "
        "'stated-together', NULL, NULL, now())"),
        f"subject {ONE.hex()}", sha256(b"x").hexdigest()),
    "a naming gone": (
        f"DELETE FROM attachment_refs WHERE log_id = {LOG}", f"{WUHU}/3", "naming of an"),
    "a naming turned public": (
        f"UPDATE attachment_refs SET restricted = false WHERE log_id = {LOG}",
        f"{WUHU}/3", "no record there names attachment"),
    "a naming of nobody": (
        f"INSERT INTO attachment_refs VALUES ({LOG}, 1, sha256('x'), 1, 'a/b', false)",
        f"{WUHU}/1", "no record there names attachment"),
}  # fmt: skip


@pytest.mark.parametrize(("sql", "place", "what"), DIFFERENCES.values(), ids=DIFFERENCES)
async def test_each_difference_is_found_and_its_place_named(node, database, sql, place, what):
    await as_owner(database, sql)
    found = said(await audit(node))
    assert [one for one in found if one[0] == place and what in one[1]], found


async def test_judgements_by_hand_are_counted_and_stand_beside_the_stated_one(node, database):
    await as_owner(
        database,
        "INSERT INTO subject_links SELECT subject_id, other_id, 'different', 'by-hand', NULL, "
        "NULL, now(), '示例局' FROM subject_links",
    )
    report = await audit(node)
    assert report.problems == []
    assert (report.counts["links judged by hand"], report.counts["links"]) == (1, 1)


@pytest.fixture
async def related(node) -> Node:
    """芜湖 states besides that one enterprise is a branch of another, of which nothing else is."""
    publisher = Publisher(WUHU)
    publisher.seal([*FIRST, *SECOND])
    await node.admit(publisher.seal([encode_record(relation("parent_branch"))]))
    return node


async def test_an_end_of_a_relation_is_a_subject_of_its_own(related):
    report = await audit(related)
    assert report.problems == []
    assert (report.counts["ends of relations"], report.counts["subjects"]) == (1, 4)


@pytest.mark.parametrize(
    ("sql", "place", "what"),
    [
        ("DELETE FROM relations", f"{WUHU}/10", "an end of the relation is missing"),
        ("UPDATE relations SET about = subject_id", f"{WUHU}/10", "no relation there names"),
        ("UPDATE relations SET idx = 2", f"{WUHU}/2", "no relation there names"),
        ("UPDATE relations SET idx = 500", f"{WUHU}/500", "does not reach here"),
        ("UPDATE relations SET log_id = 77", "log 77", "relations"),
    ],
)
async def test_ends_of_relations_are_compared(related, database, sql, place, what):
    await as_owner(database, sql)
    found = said(await audit(related))
    assert [one for one in found if one[0].startswith(place) and what in one[1]], found


async def test_ends_of_a_relation_whose_body_is_gone_are_let_stand(related, database):
    await as_owner(database, f"{GONE}10")
    assert {place for place, _ in said(await audit(related))} == {f"{WUHU}/10"}


GONE = f"UPDATE entries SET main = NULL, restricted = NULL WHERE log_id = {LOG} AND idx = "


@pytest.mark.parametrize("idx", [0, 1, 2, 3, 4, 6, 9])
async def test_rows_of_a_body_that_is_gone_are_let_stand(node, database, idx):
    """Whatever only that body stated; its id is still taken, and acts on it are as they were."""
    await as_owner(database, f"{GONE}{idx}")
    report = await audit(node)
    assert {place for place, _ in said(report)} == {f"{WUHU}/{idx}"}
    assert {what for _, what in said(report)} <= {
        f"the {part} part is missing without an erasure" for part in ("main", "restricted")
    }
    assert report.counts["records without a body"] == 1


async def test_of_a_body_half_gone_nothing_is_derived(node, database):
    await as_owner(database, "UPDATE entries SET restricted = NULL WHERE idx = 3")
    assert said(await audit(node)) == [
        (f"{WUHU}/3", "the restricted part is missing without an erasure")
    ]


@pytest.mark.parametrize(
    "sql",
    [
        f"DELETE FROM records WHERE log_id = {LOG} AND idx = 2",
        f"INSERT INTO quarantine VALUES ({LOG}, 2, '{{x}}', '[]')",
    ],
)
async def test_a_body_that_is_gone_has_one_row_or_is_in_quarantine(node, database, sql):
    await as_owner(database, f"{GONE}2; {sql}")
    found = said(await audit(node))
    assert [what for _, what in found if what.startswith("neither one row")], found


async def test_a_damaged_body_is_named_once_and_nothing_crashes(node, database):
    await as_owner(database, f"UPDATE entries SET main = 'x' WHERE log_id = {LOG} AND idx = 1")
    assert said(await audit(node)) == [
        (f"{WUHU}/1", "the main part does not have the logged digest")
    ]


async def test_a_target_that_is_no_record_does_not_crash_the_audit(node, database):
    publisher = Publisher(WUHU)
    publisher.seal([*FIRST, *SECOND])
    late = act("repair", Placed(WUHU, 6, "nowhere", b"\1" * 64), "2026-09-01", subject=FIRM)
    await node.admit(publisher.seal([encode_record(late)]))
    row = "decode(repeat('00', 16), 'hex')"
    await as_owner(
        database,
        f"INSERT INTO records VALUES ({row}, {LOG}, 6, 'penalty', 'nowhere', '2026-01-01')",
    )
    assert {place for place, _ in said(await audit(node))} == {f"{WUHU}/6"}


async def test_after_a_gap_the_rest_is_still_compared(node, database):
    await as_owner(database, f"DELETE FROM entries WHERE log_id = {LOG} AND idx = 2")
    await as_owner(database, changed("type = 'permit'", 9))
    places = {place for place, what in said(await audit(node)) if "its rows say" in what}
    assert places == {f"{WUHU}/2", f"{WUHU}/9"}


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE commits SET charter_version = 9",
        (
            f"UPDATE commits SET charter_version = 9; UPDATE logs SET origin = 'x.example/x' "
            f"WHERE log_id = {LOG}"
        ),
    ],
)
async def test_without_a_charter_acts_are_not_judged(node, database, sql):
    await as_owner(database, sql)
    found = said(await audit(node))
    assert [place for place, what in found if "charter 9" in what]
    assert not [what for _, what in found if "repair" in what]


async def test_a_log_that_the_charter_does_not_know_is_judged_by_none(node, database):
    await as_owner(database, f"UPDATE logs SET origin = 'nobody.example/x' WHERE log_id = {NAN}")
    found = said(await audit(node))
    assert not [what for _, what in found if "repair" in what], found


async def test_an_act_sees_only_what_stood_there_when_it_came(node):
    """A target that came in a later batch leaves the act flagged as it was."""
    publisher = Publisher(NANJING)
    publisher.seal([encode_record(ACTS[2])])
    late = record(555, subject=FIRM)
    early = act("repair", placed(NANJING, 2, late), "2026-09-01", subject=FIRM)
    await node.admit(publisher.seal([encode_record(early)]), NANJING)
    await node.admit(publisher.seal([encode_record(late)]), NANJING)
    assert (await audit(node)).problems == []
    flags = await node.db.pool.fetchval(
        "SELECT flags FROM records WHERE log_id = $1 AND idx = 1", NAN
    )
    assert "unknown-target" in flags


async def test_of_one_subject_the_first_commit_counts_whatever_its_log(database, tmp_path):
    trader = {**FIRM, "kind": "sole_trader"}
    async with open_node(database.service_url, tmp_path / "cosigned") as node:
        for origin, subject in ((WUHU, trader), (NANJING, FIRM)):
            batch = Publisher(origin).seal([encode_record(record(1, subject=subject))])
            assert (await node.admit(batch, origin)).quarantined_count == 0
        assert await node.db.pool.fetchval("SELECT kind FROM subjects") == "sole_trader"
        assert (await audit(node)).problems == []


@pytest.mark.parametrize(
    ("sql", "what"),
    [
        ("DELETE FROM kinds WHERE list_code = 'wage-arrears'", "the kind list_entry wage-arrears is missing"),  # noqa: E501
        ("INSERT INTO kinds SELECT log_id, 'gossip', '' FROM logs WHERE log_id = $1", "the kind gossip is of no record"),  # noqa: E501
    ],
)  # fmt: skip
async def test_the_kinds_of_a_log_are_those_of_its_records(node, database, sql, what):
    await as_owner(database, sql, *([LOG] if "$1" in sql else []))
    assert said(await audit(node)) == [(WUHU, what)]
