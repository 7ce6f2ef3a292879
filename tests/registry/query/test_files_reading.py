"""Which subjects are one, what a record's acts make of it, where a subject is at home."""

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import count, pairwise

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.records import decode_main
from registry.query.facts import facts_of, home_of, places_of
from registry.store import joining, reading_files
from registry.store.joining import Joined, joined, standing
from registry.store.reading import Known, LogReading
from registry.store.reading_files import FileReading, Stated
from registry.store.reading_records import Link, RecordRow, SubjectRow
from registry.store.reading_terms import names_of
from tests.registry.query.scene import (
    AUDITOR,
    NANJING,
    TODAY,
    WUHU,
    act,
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


def groups(found: dict[bytes, Joined]) -> set[frozenset[int]]:
    return {frozenset(numbers(file)) for file in found.values()}


def numbers(file: Joined) -> list[int]:
    return [IDS.index(row.subject_id) for row in file.subjects]


Judgements = dict[tuple[bytes, bytes], Link]


def link(one: int, other: int, judgement: str = "same", at: int = 1) -> Judgements:
    """A judgement: by hand on day ``at`` of the year, or (0) one that a record states."""
    pair = IDS[min(one, other)], IDS[max(one, other)]
    place = (1, 1) if at == 0 else (None, None)
    moment = datetime(2026, 1, at or 1, tzinfo=UTC)
    return {pair: Link(*pair, judgement, "示例理由", "" if at == 0 else "示例局", moment, *place)}


def said(one: int, other: int) -> Judgements:
    return link(one, other, at=0)


def test_a_placeholder_code_shared_by_many_joins_nobody(monkeypatch):
    monkeypatch.setattr(joining, "SHARED_MAX", 2)
    three = rows(("uscc", "000000000"), ("uscc", "000000000"), ("uscc", "000000000"))
    assert groups(joined(three, {})) == {frozenset({0}), frozenset({1}), frozenset({2})}
    assert groups(joined(rows(*[("uscc", "000000000")] * 2), {})) == {frozenset({0, 1})}


def test_weak_codes_follow_one_file_and_join_among_themselves():
    found = rows(("uscc", "A"), ("regno", ""), ("regno", ""), ("uscc", "B"))
    one = said(0, 1) | said(1, 2)
    assert groups(joined(found, one)) == {frozenset({0, 1, 2}), frozenset({3})}
    both = one | said(2, 3)
    parted = groups(joined(found, both))
    assert not any({0, 3} <= group for group in parted)
    judged = both | link(0, 3)
    assert groups(joined(found, judged)) == {frozenset({0, 1, 2, 3})}


SCHEMES = st.sampled_from(["uscc", "regno", "orgcode", "record"])
SUBJECTS = st.lists(st.tuples(SCHEMES, st.sampled_from(["", "A", "B"])), min_size=1, max_size=7)
LINKS = st.dictionaries(
    st.tuples(st.integers(0, 6), st.integers(0, 6)).filter(lambda pair: pair[0] < pair[1]),
    st.tuples(st.sampled_from(["same", "different"]), st.integers(0, 4)),
)


@given(SUBJECTS, LINKS)
def test_files_are_a_partition_that_does_not_depend_on_who_is_asked(kinds, judged):
    found = rows(*kinds)
    links: Judgements = {}
    for (one, other), (judgement, at) in judged.items():
        links |= link(one, other, judgement, at)
    parts = joined(found, links)
    assert parts.keys() == found.keys()
    for asked, file in parts.items():
        members = {row.subject_id for row in file.subjects}
        assert asked in members
        assert all(parts[one] is file for one in members)
        for (one, other), judgement in links.items():
            assert judgement.judgement == "same" or not {one, other} <= members
    again = joined(dict(reversed(found.items())), dict(reversed(links.items())))
    assert {one: file.subjects for one, file in again.items()} == {
        one: file.subjects for one, file in parts.items()
    }
    # Without any judgement and shared code everybody is alone.
    alone = {one: SubjectRow(one, "uscc", "", "organisation", "") for one in found}
    assert all(len(file.subjects) == 1 for file in joined(alone, {}).values())


def test_different_outweighs_what_would_join_by_way_of_a_third_and_is_told():
    found = rows(("uscc", ""), ("uscc", ""), ("uscc", ""))
    chain = link(0, 1, at=1) | link(1, 2, at=2)
    assert groups(joined(found, chain)) == {frozenset({0, 1, 2})}
    judged = chain | link(0, 2, "different", 3)
    files = joined(found, judged)
    assert groups(files) == {frozenset({0, 1}), frozenset({2})}  # the earlier judgement holds
    (conflict,) = files[IDS[2]].conflicts
    assert (conflict.pair, conflict.same, conflict.different) == (
        (IDS[1], IDS[2]), judged[IDS[1], IDS[2]], judged[IDS[0], IDS[2]],
    )  # fmt: skip
    assert files[IDS[0]].conflicts == files[IDS[1]].conflicts == (conflict,)


def test_cycles_of_judgements_do_no_harm():
    found = rows(("uscc", ""), ("uscc", ""), ("uscc", ""), ("uscc", ""))
    ring = link(0, 1) | link(1, 2) | link(2, 3) | link(0, 3)
    (file,) = {id(file): file for file in joined(found, ring).values()}.values()
    assert (numbers(file), file.conflicts) == ([0, 1, 2, 3], ())
    assert len(file.links) == 4


def test_codes_that_are_equal_by_way_of_a_third_are_kept_apart_too():
    found = rows(("uscc", "A"), ("uscc", "A"), ("uscc", "A"))
    files = joined(found, link(0, 2, "different"))
    assert groups(files) == {frozenset({0, 1}), frozenset({2})}
    assert [c.same for c in files[IDS[0]].conflicts] == [None]
    assert joined(rows(*[("uscc", "A")] * 2), link(0, 1, "different"))[IDS[0]].conflicts == ()


def test_a_weak_code_follows_the_judgement_where_two_firms_claim_it():
    found = rows(("uscc", ""), ("regno", ""), ("uscc", ""))
    claimed = said(0, 1) | said(1, 2)
    assert groups(joined(found, claimed)) == {frozenset({0}), frozenset({1}), frozenset({2})}
    judged = claimed | link(1, 2)
    assert groups(joined(found, judged)) == {frozenset({0}), frozenset({1, 2})}
    apart = claimed | link(0, 1, "different")
    assert groups(joined(found, apart)) == {frozenset({0}), frozenset({1, 2})}


def test_what_counts_of_one_pair():
    (stated_one,) = said(0, 1).values()
    (by_hand,) = link(0, 1, "different").values()
    (undone,) = link(0, 1, "undone", 2).values()
    pair = IDS[0], IDS[1]
    assert standing([stated_one, by_hand]) == standing([by_hand, stated_one]) == {pair: by_hand}
    assert standing([stated_one, undone]) == {pair: stated_one}
    assert standing([undone]) == {}


def stated(main: dict[str, object], origin: str = WUHU) -> Stated:
    record = decode_main(msgspec.json.encode(main))
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
    region = places_of(charter())
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
    region = places_of(charter())
    subject = sid(uscc(1))
    entry = listing("not-in-the-catalogue", listed_until="2027-01-01", field="construction",
                    named_persons=[{"name": "示例乙", "role": "负责人"}])  # fmt: skip
    entry_fact, penalty_fact, permit_fact = facts_of(
        [
            stated(entry),
            stated(penalty(publicity_until="2026-12-31", field="tax", scope={"territory": ["CN"]})),
            stated(permit(valid_until="2026-12-31")),
        ],
        subject,
        region,
        date(2026, 6, 1),
    )
    assert {fact.subject_id for fact in (entry_fact, penalty_fact, permit_fact)} == {subject}
    assert (entry_fact.list_name, entry_fact.list_family) == ("not-in-the-catalogue", "")
    assert (entry_fact.listed_until, entry_fact.field) == (date(2027, 1, 1), "construction")
    assert [(p.name, p.role, p.subject_id) for p in entry_fact.named_persons] == [
        ("示例乙", "负责人", "")
    ]
    assert (penalty_fact.until, penalty_fact.field) == (date(2027, 1, 1), "tax")
    assert (penalty_fact.reach, entry_fact.reach) == (("CN",), ())
    assert penalty_fact.kinds
    assert penalty_fact.effective_until is not None
    assert (permit_fact.until, permit_fact.home) == (date(2027, 1, 1), "340200")


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


async def test_records_by_their_places_are_files_without_other_records(scene):
    first, second = await scene.state(WUHU, penalty(), penalty())
    (third,) = await scene.state(NANJING, penalty(subject=firm(2)))
    one, two = bytes.fromhex(sid(uscc(1))), bytes.fromhex(sid(uscc(2)))
    known = await LogReading(scene.node.db.pool).known()
    logs = {head.origin: head.log_id for head in known.heads}
    at = {placed.id: (logs[placed.origin], placed.idx) for placed in (first, second, third)}
    reading = FileReading(scene.node.db.pool)
    asked = [(one, at[second.id]), (two, at[third.id]), (two, at[first.id]), (one, (7, 7))]
    files = await reading.located(asked, known)
    assert files.keys() == {at[second.id], at[third.id]}  # whose subject it is must be right
    (record,) = files[at[second.id]].records
    assert (record.row.place, files[at[second.id]].root.subject_id) == (at[second.id], one)
    assert await reading.located([], known) == {}
    before = replace(known, by_id={})
    assert await reading.located(asked, before) == {}
    repaired = act("repair", second, "2026-09-01")
    await scene.one(WUHU, repaired)
    now = await LogReading(scene.node.db.pool).known()
    (record,) = (await reading.located(asked[:1], now))[at[second.id]].records
    assert record.state_on(TODAY) == "repaired"


async def test_each_place_is_of_the_commit_that_brought_it(scene):
    await scene.state(WUHU, penalty(), penalty())
    await scene.one(NANJING, penalty())
    await scene.one(WUHU, penalty())
    reading = LogReading(scene.node.db.pool)
    logs = {head.origin: head.log_id for head in (await reading.known()).heads}
    wuhu, nanjing = logs[WUHU], logs[NANJING]
    places = [(wuhu, 0), (wuhu, 1), (wuhu, 2), (nanjing, 0), (wuhu, 3), (7, 0)]
    assert await reading.commits_of(places) == {
        (wuhu, 0): 1, (wuhu, 1): 1, (wuhu, 2): 3, (nanjing, 0): 2,
    }  # fmt: skip
    assert await reading.commits_of([]) == {}
