"""Erasure by order: the body is nowhere any more, and every proof and audit stays whole."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import sha256

import pytest

from registry.errors import NotFoundRefusal
from registry.ingest.attachments import AttachmentDoor
from registry.ingest.recheck import audit_records
from registry.ingest.rederive import rederive
from registry.ledger.audit import audit_logs
from registry.ledger.audit_report import AuditReport
from registry.ledger.read import LogReader
from registry.store.charters import CharterStore
from registry.store.logs import log_id_of
from registry.store.vouchers import KeptVoucher, VoucherStore
from signing.proof import parse_proof
from signing.record import encode_record, entry_of, split_line
from tests.registry.ingest.samples import main as sample
from tests.registry.world import (
    NANJING,
    NOON,
    WUHU,
    Node,
    Publisher,
    chunks,
    line,
    open_node,
    record,
)
from tests.registry.world import salt as salt_of

KEPT = timedelta(days=365)
MARK = "只在此处的字样"
PERSON = {"kind": "natural_person", "name": f"李{MARK}"}
DOCUMENT = {"name": f"李{MARK}", "type": "身份证", "number": "11010519491231002X"}


@pytest.fixture
async def node(database, tmp_path) -> AsyncIterator[Node]:
    async with open_node(database.service_url, tmp_path / "cosigned") as opened:
        charter = opened.charter
        await CharterStore(opened.db).add(1, charter.note, charter.digest, NOON)
        yield opened


def stated(number: int, evidence: bytes = b"", **changes: object) -> bytes:
    restricted: dict[str, object] = {"salt": salt_of(5000 + number), "subject_document": DOCUMENT}
    if evidence:
        restricted["evidence"] = [
            {"name": "证据", "sha256": sha256(evidence).hexdigest(), "size": len(evidence),
             "media_type": "text/plain"}
        ]  # fmt: skip
    main = {"subject": PERSON, "publication": "government", "facts": f"事实{MARK}", **changes}
    return encode_record(record(number, **main), restricted)


def order(number: int, about: bytes, about_id: str, part: str = "both", **changes: object) -> bytes:
    """Return an order about a person, who is named in it no longer."""
    authority = record(1)["authority"]
    base = sample("erasure_order", part=part, decided_on="2026-09-01")
    base |= {"id": f"p{number}", "salt": salt_of(number), "authority": authority}
    base |= {"source_unit": authority, "subject": {"kind": "natural_person", "name": "李某"}}
    base["target"] = {"origin": WUHU, "id": about_id, "entry": entry_of(*split_line(about)).hex()}
    document = {**DOCUMENT, "name": "李某"}
    restricted = {"salt": salt_of(6000 + number), "subject_document": document}
    return encode_record({**base, **changes}, restricted)


async def holds(node: Node, text: str) -> set[str]:
    """Return the tables in which a text is found, in whatever column."""
    pool = node.db.pool
    tables = await pool.fetch(
        "SELECT table_schema || '.' || table_name FROM information_schema.tables "
        "WHERE table_schema NOT IN ('pg_catalog', 'information_schema')"
    )
    needle = text.encode().hex()
    found = set()
    for (name,) in tables:
        rows = await pool.fetchval(
            f"SELECT count(*) FROM {name} t WHERE t::text LIKE $1 OR t::text LIKE $2",
            f"%{text}%", f"%{needle}%",
        )  # fmt: skip
        if rows:
            found.add(name)
    return found


async def audit(node: Node) -> AuditReport:
    report = await audit_logs(node.db)
    await audit_records(node.db, report)
    return report


async def competent(node: Node, number: int) -> tuple[bool, list[str]]:
    row = await node.db.pool.fetchrow(
        "SELECT competent, flags FROM records WHERE record_id = $1", f"p{number}"
    )
    return row["competent"], list(row["flags"])


async def test_of_an_erased_body_nothing_is_left(node):
    evidence = MARK.encode()
    await node.db.pool.execute(
        "INSERT INTO attachments VALUES ($1, $2, $3)",
        sha256(evidence).digest(),
        len(evidence),
        evidence,
    )
    body = stated(1, evidence)
    publisher = Publisher(WUHU)
    await node.admit(publisher.seal([body]))
    everywhere = {"public.entries", "public.subject_names", "public.attachments"}
    assert await holds(node, MARK) == everywhere
    await node.admit(publisher.seal([order(2, body, "p1")]))
    assert await competent(node, 2) == (True, [])
    assert await holds(node, MARK) == set()
    report = await audit(node)
    assert (report.problems, report.counts["erasures"]) == ([], 1)
    proof = await LogReader(node.db).proof(WUHU, 0)
    assert parse_proof(proof).index == 0
    size = await node.db.pool.fetchval("SELECT size FROM log_heads")
    assert size == 2


async def test_all_can_be_derived_again_afterwards(node, database):
    body = stated(1)
    await node.admit(Publisher(WUHU).seal([body, order(2, body, "p1")]))
    await rederive(database.owner_url)
    assert await holds(node, MARK) == set()
    assert await competent(node, 2) == (True, [])
    assert (await audit(node)).problems == []


async def test_only_the_part_that_is_ordered_goes_and_the_other_may_follow(node):
    body = stated(1)
    publisher = Publisher(WUHU)
    await node.admit(publisher.seal([body, order(2, body, "p1", part="restricted")]))
    assert await holds(node, "11010519491231002X") == {"public.entries"}  # in the order's own part
    row = await node.db.pool.fetchrow("SELECT main, restricted FROM entries WHERE idx = 0")
    assert row["main"] is not None
    assert row["restricted"] is None
    await node.admit(publisher.seal([order(3, body, "p1", part="main")]))
    assert await competent(node, 3) == (True, [])
    assert await holds(node, MARK) == set()
    assert (await audit(node)).problems == []


async def test_a_name_that_others_state_too_stays(node):
    name = {
        "subject": {"kind": "organisation", "name": "芜湖留名公司", "uscc": "91340200MA00000231"}
    }
    first, second = line(1, **name), line(2, decided_on="2026-08-01", **name)
    erasing = order(3, first, "p1", part="main", **name)
    await node.admit(Publisher(WUHU).seal([first, second, erasing]))
    rows = await node.db.pool.fetch("SELECT name, idx FROM subject_names ORDER BY idx")
    assert [tuple(row) for row in rows] == [("芜湖留名公司", 1)]
    assert (await audit(node)).problems == []


async def test_two_orders_at_once_that_state_the_same_names_anew_both_take_effect(node):
    """Each takes its own record's names away and states the other's: in opposite orders."""
    names = ["芜湖留名公司", "芜湖曾用公司", "芜湖旧名公司", "芜湖老名公司"]
    code = "91340200MA00000231"

    def named(number: int, name: str, day: int) -> bytes:
        subject = {"kind": "organisation", "name": name, "uscc": code}
        return line(number, decided_on=f"2026-08-{day:02}", subject=subject)

    def ordered(number: int, body: bytes, origin: str, name: str) -> bytes:
        subject = {"kind": "organisation", "name": name, "uscc": code}
        about = f"p{number % 100}"
        target = {"origin": origin, "id": about, "entry": entry_of(*split_line(body)).hex()}
        return order(number, body, about, part="main", subject=subject, target=target)

    first = [named(n, name, 1 + n % 2) for n, name in enumerate(names)]
    second = [named(n, name, 2 - n % 2) for n, name in enumerate(reversed(names))]
    batches = []
    for origin, bodies, said in ((WUHU, first, names), (NANJING, second, names[::-1])):
        publisher = Publisher(origin)
        kept = [named(50 + n, name, 20) for n, name in enumerate(said)]
        await node.admit(publisher.seal([*bodies, *kept]), origin)
        orders = [ordered(100 + n, body, origin, said[n]) for n, body in enumerate(bodies)]
        batches.append((publisher.seal(orders), origin))
    async with asyncio.timeout(30):
        answers = await asyncio.gather(*(node.admit(*batch) for batch in batches))
    assert [answer.quarantined_count for answer in answers] == [0, 0]
    assert await node.db.pool.fetchval("SELECT count(*) FROM erasures") == len(names) * 2
    left = await node.db.pool.fetch("SELECT name, stated_on, idx FROM subject_names")
    assert {row[0] for row in left} == set(names)
    assert {row[2] for row in left} <= set(range(4, 8))
    assert (await audit(node)).problems == []


async def test_what_another_record_names_too_stays_attached(node):
    evidence = b"shared"
    digest = sha256(evidence).digest()
    await node.db.pool.execute("INSERT INTO attachments VALUES ($1, 6, $2)", digest, evidence)
    one, other = stated(1, evidence), stated(2, evidence)
    publisher = Publisher(WUHU)
    await node.admit(publisher.seal([one, other, order(3, one, "p1")]))
    body = "SELECT body FROM attachments"
    assert await node.db.pool.fetchval(body) == evidence
    await node.admit(publisher.seal([order(4, other, "p2")]))
    assert await node.db.pool.fetchval(body) is None
    assert (await audit(node)).problems == []


async def test_a_record_in_quarantine_can_be_erased(node):
    bad = stated(1, decided_on="2026-05-10", published_on="2026-05-09")
    publisher = Publisher(WUHU)
    admitted = await node.admit(publisher.seal([bad]))
    assert admitted.quarantined_count == 1
    await node.admit(publisher.seal([order(2, bad, "p1")]))
    assert await competent(node, 2) == (True, [])
    assert await holds(node, MARK) == set()
    assert (await audit(node)).problems == []


@pytest.mark.parametrize(
    ("changes", "flags"),
    [
        ({"authority": {"name": "芜湖市生态环境局"}}, ["not-competent"]),
        ({"target": {"origin": NANJING, "id": "p1", "entry": "ab" * 64}}, ["not-competent"]),
        ({"target": {"origin": WUHU, "id": "p1", "entry": "ab" * 64}}, ["target-differs"]),
        ({"target": {"origin": WUHU, "id": "p9", "entry": "ab" * 64}}, ["unknown-target"]),
    ],
    ids=["other organ", "other log", "other entry", "unknown"],
)
async def test_who_may_not_order_it(node, changes, flags):
    body = stated(1)
    await node.admit(Publisher(WUHU).seal([body, order(2, body, "p1", **changes)]))
    assert await competent(node, 2) == (False, flags)
    assert await node.db.pool.fetchval("SELECT main FROM entries WHERE idx = 0") is not None
    assert await node.db.pool.fetchval("SELECT count(*) FROM erasures") == 0


async def test_an_order_before_its_record_erases_nothing(node):
    body = stated(1)
    await node.admit(Publisher(WUHU).seal([order(2, body, "p1"), body]))
    assert await competent(node, 2) == (False, ["unknown-target"])
    assert await node.db.pool.fetchval("SELECT main FROM entries WHERE idx = 1") is not None


def repaired(number: int, about: bytes) -> bytes:
    """Return a repair of record p1 by its authority."""
    return encode_record(
        {**sample("repair"), "id": f"p{number}", "salt": salt_of(number), "subject": PERSON}
        | {"authority": record(1)["authority"], "publication": "government"}
        | {"target": {"origin": WUHU, "id": "p1", "entry": entry_of(*split_line(about)).hex()}},
        {"salt": salt_of(5000 + number), "subject_document": DOCUMENT},
    )


async def test_the_main_part_of_an_act_stays_for_it_says_what_became_of_a_record(node):
    body = stated(1)
    repair = repaired(2, body)
    publisher = Publisher(WUHU)
    await node.admit(publisher.seal([body, repair]))
    assert await competent(node, 2) == (True, [])
    for number, part in enumerate(("main", "both"), start=3):
        await node.admit(publisher.seal([order(number, repair, "p2", part=part)]))
        assert await competent(node, number) == (False, ["not-erasable"])
    await node.admit(publisher.seal([order(5, repair, "p2", part="restricted")]))
    assert await competent(node, 5) == (True, [])
    row = await node.db.pool.fetchrow("SELECT main, restricted FROM entries WHERE idx = 1")
    assert row["main"] is not None
    assert row["restricted"] is None
    assert (await audit(node)).problems == []


@pytest.mark.parametrize("part", ["main", "restricted", "both"])
async def test_an_order_stays_whole_for_it_alone_says_why_a_body_is_gone(node, part):
    body = stated(1)
    first = order(2, body, "p1")
    publisher = Publisher(WUHU)
    await node.admit(publisher.seal([body, first]))
    await node.admit(publisher.seal([order(3, first, "p2", part=part)]))
    assert await competent(node, 3) == (False, ["not-erasable"])
    assert await node.db.pool.fetchval("SELECT main FROM entries WHERE idx = 1") is not None
    assert (await audit(node)).problems == []


async def test_every_copy_before_the_order_goes(node, database):
    body = stated(1)
    publisher = Publisher(WUHU)
    await node.admit(publisher.seal([body]))
    for _ in range(2):
        assert (await node.admit(publisher.seal([body]))).quarantined_count == 1
    await node.admit(publisher.seal([order(2, body, "p1")]))
    assert await competent(node, 2) == (True, [])
    assert await holds(node, MARK) == set()
    report = await audit(node)
    assert (report.problems, report.counts["erasures"]) == ([], 3)
    await rederive(database.owner_url)
    assert (await audit(node)).problems == []
    await node.admit(publisher.seal([body]))  # and what comes after it, by an order of its own
    await node.admit(publisher.seal([order(3, body, "p1")]))
    assert await holds(node, MARK) == set()
    assert (await audit(node)).problems == []


async def test_a_copy_in_quarantine_gives_nobody_power_over_the_record(node):
    body = stated(1)
    publisher = Publisher(WUHU)
    await node.admit(publisher.seal([body]))
    await node.admit(publisher.seal([body]))
    other = {"authority": {"name": "芜湖市生态环境局"}}
    await node.admit(publisher.seal([order(2, body, "p1", **other)]))
    assert await competent(node, 2) == (False, ["not-competent"])
    assert await node.db.pool.fetchval("SELECT count(*) FROM erasures") == 0


async def test_the_rest_goes_by_the_authority_that_ordered_the_first_part_only(node):
    body = stated(1)
    publisher = Publisher(WUHU)
    await node.admit(publisher.seal([body, order(2, body, "p1", part="main")]))
    other = {"authority": {"name": "芜湖市生态环境局"}}
    await node.admit(publisher.seal([order(3, body, "p1", part="restricted", **other)]))
    assert await competent(node, 3) == (False, ["not-competent"])
    assert await node.db.pool.fetchval("SELECT restricted FROM entries WHERE idx = 0") is not None
    await node.admit(publisher.seal([order(4, body, "p1", part="restricted")]))
    assert await competent(node, 4) == (True, [])
    assert await node.db.pool.fetchval("SELECT restricted FROM entries WHERE idx = 0") is None
    assert (await audit(node)).problems == []


def clue(number: int, evidence: bytes) -> bytes:
    """Return a transfer of a clue, which names its evidence in *main*."""
    attached = {"name": "照片", "sha256": sha256(evidence).hexdigest(), "size": len(evidence)}
    main = {**sample("clue_transfer"), "id": f"p{number}", "salt": salt_of(number)}
    main |= {"authority": record(1)["authority"], "subject": PERSON}
    main["evidence"] = [{**attached, "media_type": "text/plain"}]
    return encode_record(main, {"salt": salt_of(5000 + number), "subject_document": DOCUMENT})


@pytest.mark.parametrize(
    ("make", "ordered", "left"),
    [
        (clue, "main", False),
        (clue, "restricted", True),
        (stated, "main", True),
        (stated, "restricted", False),
    ],
)
async def test_evidence_goes_with_the_part_that_names_it(node, make, ordered, left):
    evidence = MARK.encode()
    digest = sha256(evidence).hexdigest()
    body = make(1, evidence)
    publisher = Publisher(WUHU)
    assert (await node.admit(publisher.seal([body]))).quarantined_count == 0
    await AttachmentDoor(node.db).put(WUHU, digest, chunks(evidence))
    await node.admit(publisher.seal([order(2, body, "p1", part=ordered)]))
    assert await competent(node, 2) == (True, [])
    found = await node.db.pool.fetchval("SELECT body FROM attachments")
    assert found == (evidence if left else None)
    report = await audit(node)
    assert (report.problems, report.counts.get("attachments missing")) == ([], None)


async def test_what_had_not_come_before_the_order_is_let_in_no_longer(node):
    evidence = MARK.encode()
    digest = sha256(evidence).hexdigest()
    body = stated(1, evidence)
    publisher = Publisher(WUHU)
    await node.admit(publisher.seal([body]))

    async def sent() -> AsyncIterator[bytes]:
        yield evidence[:1]
        await node.admit(publisher.seal([order(2, body, "p1")]))  # while it is on its way
        yield evidence[1:]

    door = AttachmentDoor(node.db)
    for stream in (sent(), chunks(evidence)):
        with pytest.raises(NotFoundRefusal):
            await door.put(WUHU, digest, stream)
    assert await holds(node, MARK) == set()


async def test_what_was_erased_may_come_again_for_a_later_record(node, database):
    evidence = b"shared"
    digest = sha256(evidence).hexdigest()
    body = stated(1, evidence)
    door = AttachmentDoor(node.db)
    publisher = Publisher(WUHU)
    await node.admit(publisher.seal([body]))
    await door.put(WUHU, digest, chunks(evidence))
    await node.admit(publisher.seal([order(2, body, "p1", part="restricted")]))
    assert await node.db.pool.fetchval("SELECT body FROM attachments") is None
    await node.admit(publisher.seal([stated(3, evidence)]))
    assert await door.put(WUHU, digest, chunks(evidence)) == len(evidence)
    before = await node.db.pool.fetch("SELECT * FROM erasures")
    await rederive(database.owner_url)  # which does not carry the order out again
    assert await node.db.pool.fetchval("SELECT body FROM attachments") == evidence
    assert await node.db.pool.fetch("SELECT * FROM erasures") == before
    assert (await audit(node)).problems == []


async def test_two_orders_at_once_leave_nothing_that_only_they_named(node):
    """Each log's transaction must see what the other erased, though neither is committed."""
    evidence = b"shared"
    one, other = stated(1, evidence), stated(2, evidence)
    idle = {"authority": {"name": "芜湖市生态环境局"}}  # carried out below, not at admission
    lines = [one, other, order(3, one, "p1", **idle), order(4, other, "p2", **idle)]
    await node.admit(Publisher(WUHU).seal(lines))
    await AttachmentDoor(node.db).put(WUHU, sha256(evidence).hexdigest(), chunks(evidence))
    erase = "SELECT erase_body($1, $2, 'both', $3, now())"
    log = log_id_of(WUHU)
    async with node.db.transaction() as first:
        await first.execute(erase, log, 0, 2)
        second = asyncio.create_task(node.db.pool.execute(erase, log, 1, 3))
        await asyncio.sleep(0.2)
        assert not second.done()
    await second
    assert await node.db.pool.fetchval("SELECT body FROM attachments") is None


async def test_a_voucher_written_before_the_order_is_stored_without_its_file(node):
    body = stated(1)
    entry = entry_of(*split_line(body))
    store = VoucherStore(node.db)
    publisher = Publisher(WUHU)
    await node.admit(publisher.seal([body, order(2, body, "p1", part="restricted")]))
    await store.add(KeptVoucher("A" * 16, bytes(32), NOON, NOON + KEPT, b"told", (entry,)))
    await node.admit(publisher.seal([order(3, body, "p1", part="main")]))
    await store.add(KeptVoucher("B" * 16, bytes(32), NOON, NOON + KEPT, b"told", (entry,)))
    await store.add(KeptVoucher("C" * 16, bytes(32), NOON, NOON + KEPT, b"told", (bytes(64),)))
    rows = await node.db.pool.fetch("SELECT code, file IS NULL FROM vouchers ORDER BY code")
    assert [(row[0][0], row[1]) for row in rows] == [("A", True), ("B", True), ("C", False)]


@pytest.mark.parametrize("part", ["main", "restricted", "both"])
async def test_what_had_the_salt_of_an_erased_record_stays_in_quarantine(node, database, part):
    one = stated(1)
    main = record(2, subject=PERSON, publication="government")
    again = {"salt": salt_of(5002), "subject_document": DOCUMENT}
    taken = encode_record(main | {"salt": salt_of(1)}, again)
    same = encode_record(main | {"id": "p3"}, again | {"salt": salt_of(5001)})
    publisher = Publisher(WUHU)
    await node.admit(publisher.seal([one, taken, same, stated(4)]))
    held = "SELECT idx, codes FROM quarantine ORDER BY idx"
    before = await node.db.pool.fetch(held)
    assert [(row[0], row[1]) for row in before] == [(1, ["salt-reused"]), (2, ["salt-reused"])]
    await node.admit(publisher.seal([order(5, one, "p1", part=part)]))
    assert (await audit(node)).problems == []
    await rederive(database.owner_url)
    assert await node.db.pool.fetch(held) == before
    assert (await audit(node)).problems == []


async def test_bytes_that_came_back_without_a_naming_are_found(node):
    evidence = MARK.encode()
    body = stated(1, evidence)
    await node.admit(Publisher(WUHU).seal([body, order(2, body, "p1")]))
    await node.db.pool.execute(
        "INSERT INTO attachments VALUES (sha256($1), $2, $1)", evidence, len(evidence)
    )
    place = f"attachment {sha256(evidence).hexdigest()}"
    (problem,) = (await audit(node)).problems
    assert place in str(problem)
    assert "no admitted record names it" in str(problem)


async def test_of_what_is_erased_nothing_but_the_rest_can_be_ordered(node):
    body = stated(1)
    publisher = Publisher(WUHU)
    await node.admit(publisher.seal([body, order(2, body, "p1", part="main")]))
    await node.admit(publisher.seal([repaired(3, body)]))
    assert await competent(node, 3) == (False, ["not-competent"])
    assert (await audit(node)).problems == []


async def test_evidence_named_in_both_parts_goes_with_the_second(node):
    evidence = MARK.encode()
    digest = sha256(evidence).hexdigest()
    main, _ = split_line(clue(1, evidence))
    named = [{"name": "照片", "sha256": digest, "size": len(evidence), "media_type": "text/plain"}]
    restricted = {"salt": salt_of(5001), "subject_document": DOCUMENT, "evidence": named}
    body = encode_record(json.loads(main), restricted)
    publisher = Publisher(WUHU)
    assert (await node.admit(publisher.seal([body]))).quarantined_count == 0
    await AttachmentDoor(node.db).put(WUHU, digest, chunks(evidence))
    for number, part, left in ((2, "main", evidence), (3, "restricted", None)):
        await node.admit(publisher.seal([order(number, body, "p1", part=part)]))
        assert await node.db.pool.fetchval("SELECT body FROM attachments") == left
    assert (await audit(node)).problems == []
