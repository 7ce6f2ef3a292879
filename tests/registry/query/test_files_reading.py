"""Which subjects are one, what a record's acts make of it, where a subject is at home."""

from datetime import date
from itertools import count, pairwise

from hypothesis import given
from hypothesis import strategies as st
from msgspec import convert

from registry.domain.records import AnyRecord
from registry.query.facts import facts_of, home_of
from registry.store import reading_files
from registry.store.reading import Known
from registry.store.reading_files import FileReading, Stated, _components
from registry.store.reading_records import RecordRow, SubjectRow
from registry.store.reading_terms import names_of
from tests.registry.query.scene import (
    AUDITOR,
    NANJING,
    TODAY,
    WUHU,
    firm,
    listing,
    penalty,
    permit,
    registration,
    sid,
    uscc,
)
from tests.registry.world import charter

IDS = [bytes([n]) * 16 for n in range(1, 8)]
_places = count()


def rows(*kinds: tuple[str, str]) -> dict[bytes, SubjectRow]:
    return {
        one: SubjectRow(one, scheme, one.hex(), "organisation", orgcode)
        for one, (scheme, orgcode) in zip(IDS, kinds, strict=False)
    }


def groups(found: dict[bytes, tuple[SubjectRow, ...]]) -> set[frozenset[int]]:
    return {frozenset(IDS.index(row.subject_id) for row in group) for group in found.values()}


def link(one: int, other: int, judgement: str = "same") -> dict[tuple[bytes, bytes], str]:
    return {(IDS[min(one, other)], IDS[max(one, other)]): judgement}


def test_a_placeholder_code_shared_by_many_joins_nobody(monkeypatch):
    monkeypatch.setattr(reading_files, "_SHARED_MAX", 2)
    three = rows(("uscc", "000000000"), ("uscc", "000000000"), ("uscc", "000000000"))
    assert groups(_components(three, {})) == {frozenset({0}), frozenset({1}), frozenset({2})}
    assert groups(_components(rows(*[("uscc", "000000000")] * 2), {})) == {frozenset({0, 1})}


def test_weak_codes_follow_one_file_and_join_among_themselves():
    found = rows(("uscc", "A"), ("regno", ""), ("regno", ""), ("uscc", "B"))
    one = link(0, 1) | link(1, 2)
    assert groups(_components(found, one)) == {frozenset({0, 1, 2}), frozenset({3})}
    both = one | link(2, 3)
    parted = groups(_components(found, both))
    assert not any({0, 3} <= group for group in parted)
    judged = both | link(0, 3)
    assert groups(_components(found, judged)) == {frozenset({0, 1, 2, 3})}


SCHEMES = st.sampled_from(["uscc", "regno", "orgcode", "record"])
SUBJECTS = st.lists(st.tuples(SCHEMES, st.sampled_from(["", "A", "B"])), min_size=1, max_size=7)
LINKS = st.dictionaries(
    st.tuples(st.integers(0, 6), st.integers(0, 6)).filter(lambda pair: pair[0] < pair[1]),
    st.sampled_from(["same", "different", "undone"]),
)


@given(SUBJECTS, LINKS)
def test_files_are_a_partition_that_does_not_depend_on_who_is_asked(kinds, judged):
    found = rows(*kinds)
    links = {(IDS[one], IDS[other]): judgement for (one, other), judgement in judged.items()}
    parts = _components(found, links)
    assert parts.keys() == found.keys()
    for asked, group in parts.items():
        assert asked in {row.subject_id for row in group}
        for row in group:
            assert set(parts[row.subject_id]) == set(group)
    # Without any judgement and shared code everybody is alone.
    alone = {one: SubjectRow(one, "uscc", "", "organisation", "") for one in found}
    assert all(len(group) == 1 for group in _components(alone, {}).values())


def stated(main: dict[str, object], origin: str = WUHU) -> Stated:
    record: AnyRecord = convert(main, AnyRecord)
    row = RecordRow(
        subject_id=b"s" * 16,
        log_id=1,
        idx=next(_places),
        type=str(main["type"]),
        record_id=record.id,
        decided_on=record.decided_on,
        list_code="",
        target_log=None,
        target_id=None,
        competent=True,
        flags=(),
    )
    return Stated(row, origin, "340200", record, b"", b"e" * 64, has_restricted=False)


def test_home_is_where_the_latest_registration_says_else_where_the_code_was_given():
    region = charter()
    old = stated(registration(decided_on="2021-01-01", division="320105"))
    new = stated(registration(decided_on="2025-01-01", division="340202"))
    assert home_of([old, new], region) == home_of([new, old], region) == "340200"
    assert home_of([old], region) == "320100"
    assert home_of([stated(penalty(subject=firm(uscc=uscc(1, "341100"))))], region) == "341100"
    silent = stated(registration(division=None, subject=firm(uscc=uscc(1, "320000"))))
    assert home_of([silent], region) == ""
    assert (
        home_of([stated(penalty(subject={"kind": "organisation", "name": "示例"}))], region) == ""
    )


def test_facts_say_what_the_records_say():
    region = charter()
    subject = sid(uscc(1))
    entry = listing("not-in-the-catalogue", listed_until="2027-01-01", field="construction",
                    named_persons=[{"name": "示例乙", "role": "负责人"}])  # fmt: skip
    entry_fact, penalty_fact, permit_fact = facts_of(
        [
            stated(entry),
            stated(penalty(publicity_until="2026-12-31", field="tax")),
            stated(permit(valid_until="2026-12-31")),
        ],
        subject,
        region,
    )
    assert {fact.subject_id for fact in (entry_fact, penalty_fact, permit_fact)} == {subject}
    assert (entry_fact.list_name, entry_fact.list_family) == ("not-in-the-catalogue", "")
    assert (entry_fact.listed_until, entry_fact.field) == (date(2027, 1, 1), "construction")
    assert [(p.name, p.role, p.subject_id) for p in entry_fact.named_persons] == [
        ("示例乙", "负责人", "")
    ]
    assert (penalty_fact.until, penalty_fact.field) == (date(2027, 1, 1), "tax")
    assert (permit_fact.until, permit_fact.home) == (date(2027, 1, 1), "340200")
    assert facts_of([stated(penalty())], subject, region)[0].until is None


def test_no_records_have_no_names():
    assert names_of(()) == ()


async def test_records_beyond_the_known_set_are_not_read(scene):
    first = await scene.one(WUHU, registration())
    known = await reading_files.LogReading(scene.node.db.pool).known()
    await scene.one(WUHU, penalty())
    await scene.one(NANJING, permit())
    asked = bytes.fromhex(sid(uscc(1)))
    files = FileReading(scene.node.db.pool)
    assert [one.record.id for one in (await files.load((asked,), known))[asked].records] == [
        first.id
    ]
    nothing = await files.load((asked,), Known.of(()))
    assert nothing[asked].records == ()


async def test_a_long_chain_of_links_is_followed_a_bounded_way(scene):
    numbers = [f"32010000000{n:04d}" for n in range(1, 9)]
    for number in numbers:
        subject = {"kind": "organisation", "name": "示例", "registration_no": number}
        await scene.state(WUHU, penalty(subject=subject))
    ids = [sid(number, "regno") for number in numbers]
    for one, other in pairwise(ids):
        await scene.node.db.pool.execute(
            "INSERT INTO subject_links VALUES ($1, $2, 'same', 'by-hand', NULL, NULL, now())",
            bytes.fromhex(one),
            bytes.fromhex(other),
        )
    file = await scene.reader.subject_file(ids[0], AUDITOR, TODAY)
    assert len(file.identifiers) == 4


async def test_a_body_this_version_cannot_read_is_left_out(scene, postgres_server):
    await scene.one(WUHU, registration())
    placed = await scene.one(WUHU, permit())
    name = await scene.node.db.pool.fetchval("SELECT current_database()")
    postgres_server.psql(
        "BEGIN; SET LOCAL registry.erasing = 'on'; UPDATE entries SET main = "
        f"convert_to('{{\"type\":\"later\"}}', 'UTF8') WHERE idx = {placed.idx}; COMMIT",
        name,
    )
    file = await scene.reader.subject_file(sid(uscc(1)), AUDITOR, TODAY)
    assert [view.record.id for view in file.records] != []
    assert placed.id not in [view.record.id for view in file.records]


async def test_a_record_quarantined_later_is_left_out(scene):
    kept = await scene.one(WUHU, registration())
    placed = await scene.one(WUHU, penalty())
    await scene.node.db.pool.execute(
        "INSERT INTO quarantine SELECT log_id, idx, '{found-later}', '[]' FROM entries "
        "WHERE idx = $1",
        placed.idx,
    )
    file = await scene.reader.subject_file(sid(uscc(1)), AUDITOR, TODAY)
    assert [view.record.id for view in file.records] == [kept.id]
