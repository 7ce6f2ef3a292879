"""A decision made again: at once, in another order, on another node, offline, as of then."""

from dataclasses import replace
from datetime import date, timedelta

import msgspec
import pytest

from registry.clock import FixedClock
from registry.domain.disclosure import Role
from registry.errors import MalformedRefusal
from registry.ingest.rederive import rederive
from registry.projections.search import begin_anew
from registry.query import decision_file, replay
from registry.query.decision_file import DecisionFile, opened, saved
from registry.query.reader import Reader
from registry.query.replay import DiffersRefusal, NotReproducibleRefusal
from registry.query.views import Viewer
from registry.rules.decide import decision_bytes
from registry.store.charters import CharterStore
from tests.registry.query.scene import (
    AUDITOR,
    NANJING,
    PUBLIC,
    REGION,
    REGULATOR,
    TODAY,
    WUHU,
    Placed,
    Scene,
    act,
    adoption,
    book_files,
    firm,
    listing,
    open_scene,
    other,
    penalty,
    registration,
    rulebook,
    sid,
    uscc,
)
from tests.registry.world import NOON, charter

ONE = sid(uscc(1))
LABOUR = {"name": "芜湖市人力资源和社会保障局", "kind": "人力资源社会保障行政部门"}


async def decided(scene: Scene, viewer=REGULATOR, on=TODAY, matter="public_funds", known_on=None):
    return await scene.reader.decide(ONE, "320100", matter, "", on, viewer, known_on=known_on)


async def taken(scene: Scene, viewer=REGULATOR, **asked) -> bytes:
    return await scene.reader.decision_file(await decided(scene, viewer, **asked))


async def stated(scene: Scene) -> Placed:
    """A region with a book, an adoption, and an enterprise with a listing and other records."""
    await scene.rules((NANJING, "R02", "320100"))
    await scene.one(WUHU, registration())
    placed = await scene.one(WUHU, listing(named_persons=[{"name": "李某", "role": "主要负责人"}]))
    await scene.one(NANJING, penalty())
    return placed


async def test_offline_the_same_bytes_and_every_record_is_proven(scene):
    await stated(scene)
    data = await taken(scene)
    file = opened(data + b"\n")
    done = replay.replay(file, charter())
    assert (done.edition, done.records, done.proven) == ("2026-1", 3, 3)
    assert done.digest == decision_file.digest_of_decision(file.decision)
    assert len(file.decision.measures) == 1
    assert decision_bytes(file.decision) == decision_bytes((await decided(scene)).decision)
    assert (await scene.reader.replay(file)).digest == done.digest
    assert await taken(scene) == data


async def test_the_answer_names_every_record_and_table_it_rests_on(scene):
    placed = await stated(scene)
    answer = await decided(scene)
    assert (WUHU, placed.idx, placed.entry.hex()) in {
        (ref.origin, ref.idx, ref.entry) for ref in answer.used
    }
    named = answer.decision.inputs
    for name in ("tables", "clocks", "calendar", "lists", "language", "records", "territories"):
        assert len(named[name]) >= 64, name
    assert named["rulebook-record"] == f"{REGION}/0"
    assert (named["role"], named["member"]) == ("regulator", "320100")
    assert "own" not in named


async def test_another_node_that_heard_in_another_order_answers_with_the_same_bytes(
    scene, postgres_server, migrated_template, tmp_path
):
    await stated(scene)
    batches = dict(scene.publishers)
    data = await taken(scene)
    name = postgres_server.create(migrated_template)
    url = postgres_server.url(name).replace("://postgres:", "://registry_service:", 1)
    async with open_scene(url, tmp_path / "other") as second:
        await second.attach(book_files())
        rows = await scene.node.db.pool.fetch(
            "SELECT l.origin, e.main, e.restricted FROM entries e JOIN logs l USING (log_id) "
            "ORDER BY l.origin DESC, e.idx"
        )
        lines: dict[str, list[bytes]] = {}
        for row in rows:
            lines.setdefault(row[0], []).append(row[1])
        assert list(lines) != list(batches)
        for origin, given in lines.items():
            from_start = type(batches[origin])(origin)
            await second.node.admit(from_start.seal(given), origin)
        there = await second.reader.decide(ONE, "320100", "public_funds", "", TODAY, REGULATOR)
        assert decision_bytes(there.decision) == decision_bytes(opened(data).decision)
        assert (await second.reader.replay(opened(data))).records == 3
    postgres_server.drop(name)


async def test_after_all_was_derived_again_the_same_bytes(scene, database):
    """Rows, indexes and caches are made anew from the signed records; no answer may notice."""
    held = scene.node.charter
    await CharterStore(scene.node.db).add(1, held.note, held.digest, NOON)
    await stated(scene)
    await rederive(database.owner_url)  # which a node does at its first start
    data = await taken(scene)
    public = await taken(scene, PUBLIC)
    rows = "SELECT md5(string_agg(r::text, '' ORDER BY log_id, idx)) FROM records r"
    before = await scene.node.db.pool.fetchval(rows)
    assert await rederive(database.owner_url) == 5
    await begin_anew(scene.node.db, scene.engine)
    assert await scene.node.db.pool.fetchval(rows) == before
    fresh = Reader(scene.node.db, scene.node.charter, scene.engine, scene.node.clock)
    answer = await fresh.decide(ONE, "320100", "public_funds", "", TODAY, REGULATOR)
    assert await fresh.decision_file(answer) == data
    assert await taken(scene, PUBLIC) == public
    assert len(answer.decision.measures) == 1


async def test_what_was_known_then_is_decided_again_after_more_was_stated(scene):
    await stated(scene)
    file = opened(await taken(scene))
    assert file.decision.measures
    await scene.one(WUHU, listing("samr-serious", field="product_quality"))
    await scene.one(NANJING, adoption("R06", "320100"))
    assert (await scene.reader.replay(file)).records == 3
    assert opened(await taken(scene)).decision.inputs != file.decision.inputs


async def test_a_repair_changes_today_but_not_what_was_answered_and_replay_tells_nothing(scene):
    placed = await stated(scene)
    file = opened(await taken(scene))
    await scene.one(WUHU, act("repair", placed, "2026-11-20", authority=LABOUR))
    assert (await decided(scene)).decision.measures == ()
    done = await scene.reader.replay(file)
    assert done.digest == decision_file.digest_of_decision(file.decision)
    assert "m-funds" not in repr(done)


async def test_an_erased_record_is_not_reproducible_and_only_its_place_is_told(scene):
    placed = await stated(scene)
    file = opened(await taken(scene))
    auditors = opened(await taken(scene, AUDITOR))
    order = {"part": "both", "basis": "个人信息保护法第四十七条", "authority": LABOUR}
    await scene.one(WUHU, act("erasure_order", placed, "2026-11-23", **order))
    for one in (file, auditors):
        with pytest.raises(NotReproducibleRefusal) as gone:
            await scene.reader.replay(one)
        assert gone.value.place == f"{WUHU}/{placed.idx}"
    replay.replay(file)  # whoever holds the file still holds the record
    after = opened(await taken(scene, AUDITOR))
    assert after.erased == (f"{WUHU}/{placed.idx}",)
    with pytest.raises(NotReproducibleRefusal, match="not-reproducible: "):
        replay.replay(after)
    with pytest.raises(NotReproducibleRefusal):
        await scene.reader.replay(after)
    assert opened(await taken(scene)).erased == ()


async def test_what_was_known_on_a_day_of_what_may_still_be_shown(scene):
    await scene.rules((NANJING, "R02", "320100"))
    placed = await scene.one(WUHU, listing())
    scene.node.clock = FixedClock(NOON + timedelta(days=2))
    second = await scene.one(WUHU, listing(listed_on="2026-11-24", decided_on="2026-11-24"))
    on = date(2026, 11, 25)
    causes = [len((await decided(scene, on=on, known_on=k)).decision.measures[0].causes)
              for k in (None, TODAY, on)]  # fmt: skip
    assert causes == [2, 1, 2]
    file = opened(await taken(scene, on=on, known_on=TODAY))
    assert file.decision.inputs[f"log:{WUHU}"].startswith("1:")
    assert file.decision.inputs[f"shown:{WUHU}"].startswith("2:")
    replay.replay(file, charter())
    assert (await scene.reader.replay(file)).records == 1
    await scene.one(WUHU, act("repair", placed, "2026-11-25", authority=LABOUR))
    hidden = await decided(scene, on=on, known_on=TODAY)
    assert (hidden.decision.measures, hidden.used) == ((), ())
    replay.replay(opened(await scene.reader.decision_file(hidden)), charter())
    assert (
        await scene.reader.replay(opened(await taken(scene, on=on, known_on=TODAY)))
    ).records == 0
    auditors = await decided(scene, AUDITOR, on=on, known_on=TODAY)
    assert len(auditors.decision.measures[0].causes) == 1
    assert (await scene.reader.replay(file)).records == 1
    assert second.idx == 1


async def test_before_there_was_anything_known_there_was_no_book(scene):
    await stated(scene)
    answer = await decided(scene, known_on=date(2026, 11, 1))
    assert (answer.rulebook, answer.used) == ("", ())
    assert "没有可用的规则汇编" in answer.decision.says[0]
    file = opened(await scene.reader.decision_file(answer))
    assert replay.replay(file, charter()).edition == ""
    assert (await scene.reader.replay(file)).records == 0
    odd = msgspec.structs.replace(file, adoptions=((await scene.reader.rulebook()).adoptions[0],))
    with pytest.raises(DiffersRefusal, match="rulebook"):
        replay.replay(odd)


async def test_the_public_s_file_names_no_person_and_no_act_that_it_need_not_know(scene):
    placed = await stated(scene)
    open_one = await scene.one(
        WUHU,
        other(
            "objection",
            target=placed.target,
            about="record",
            received_on="2026-11-01",
            decided_on="2026-11-01",
            grounds="异议理由只有机关知道",
            authority=LABOUR,
            severity={"class": "unclassified"},
        ),
    )
    stays = [
        await scene.one(
            WUHU,
            act("stay", placed, "2026-09-01", until=f"2026-09-{day}", ground="reconsideration",
                authority=LABOUR),
        )
        for day in (10, 11, 12)
    ]  # fmt: skip
    data = await taken(scene, PUBLIC)
    file = opened(data)
    assert "李某" not in data.decode()
    assert "异议理由" not in data.decode()
    used = {(fact.ref.origin, fact.ref.idx) for fact in file.facts}
    assert (WUHU, open_one.idx) in used  # 异议处理中 stands beside the measure
    assert "异议处理中" in file.decision.measures[0].why
    unseen = [one for one in stays if (WUHU, one.idx) in used]
    assert unseen == [] or all(
        record.main for record in file.records if record.idx in {one.idx for one in unseen}
    )
    mains = {record.idx: record.main for record in file.records if record.origin == WUHU}
    assert mains[placed.idx] == mains[open_one.idx] == ""
    assert replay.replay(file, charter()).proven == len(file.records)
    assert (await scene.reader.replay(file)).records == len(file.records)
    organs = await taken(scene, Viewer(Role.REGULATOR, "340200"))
    assert "李某" in organs.decode()
    replay.replay(opened(organs), charter())


async def test_records_under_another_code_are_named_and_read_again_as_one(scene):
    regno = "320100000012346"
    await scene.rules((NANJING, "R02", "320100"))
    await scene.one(NANJING, registration(subject=firm(registration_no=regno)))
    named = {"kind": "organisation", "name": "芜湖示例建设有限公司", "registration_no": regno}
    await scene.one(WUHU, listing(subject=named))
    file = opened(await taken(scene))
    assert len(file.subjects) == 2
    replay.replay(file, charter())
    assert (await scene.reader.replay(file)).records == 2
    for ids in ((*file.subjects, "ab" * 16), (*file.subjects, "x")):
        with pytest.raises(DiffersRefusal, match="subjects"):
            await scene.reader.replay(msgspec.structs.replace(file, subjects=ids))


def changed(file: DecisionFile, **members: object) -> DecisionFile:
    return msgspec.structs.replace(file, **members)


def with_inputs(file: DecisionFile, **named: str) -> DecisionFile:
    inputs = {**file.decision.inputs, **named}
    return changed(file, decision=msgspec.structs.replace(file.decision, inputs=inputs))


async def test_what_was_altered_is_refused_by_name(scene):
    placed = await stated(scene)
    file = opened(await taken(scene))
    replace_in = msgspec.structs.replace
    at = next(i for i, r in enumerate(file.records) if (r.origin, r.idx) == (WUHU, placed.idx))

    def record(**members: object) -> DecisionFile:
        records = list(file.records)
        records[at] = replace_in(records[at], **members)
        return changed(file, records=tuple(records))

    def fact(**members: object) -> DecisionFile:
        facts = list(file.facts)
        facts[at] = replace_in(facts[at], **members)
        return changed(file, facts=tuple(facts))

    def book(**members: object) -> DecisionFile:
        return changed(file, book=replace_in(file.book, **members))

    decision, adoption_ = file.decision, file.adoptions[0]
    place = f"{WUHU}/{placed.idx}"
    rules = {k: v.replace("拖欠农民工工资失信联合惩戒对象\n", "某某\n", 1)
             for k, v in file.book.files.items()}  # fmt: skip
    altered = {
        place: [
            record(main=file.records[at].main.replace("2026-03-10", "2026-03-11", 1)),
            record(main="{}"),
            record(proof="c2sp.org"),
            record(proof=file.records[at - 1].proof),
            fact(listed_on=date(2026, 3, 9)),
            with_inputs(file, **{f"log:{WUHU}": "1:" + "ab" * 32}),
        ],
        f"log:{WUHU}": [
            with_inputs(file, **{f"log:{WUHU}": "2:" + "ab" * 32}),
            with_inputs(file, **{f"log:{WUHU}": "9:" + "ab" * 32}),
        ],
        "records": [
            changed(file, records=file.records[1:]),
            changed(file, facts=file.facts[1:]),
            with_inputs(file, records="ab" * 32),
        ],
        "rulebook": [
            book(files=rules),
            book(files={**rules, "rules.yaml": "rules: []"}),
            book(idx=7),
            changed(file, book=None),
        ],
        "adoptions": [changed(file, adoptions=(replace_in(adoption_, start=date(2020, 1, 1)),))],
        "asker": [changed(file, asker=replace_in(file.asker, member="340200"))],
        "subjects": [changed(file, subjects=("ab" * 16,))],
        "territories": [changed(file, places={**file.places, "320100": "某市"})],
        "charter": [with_inputs(file, charter="ab" * 32)],
        "decision": [changed(file, decision=replace_in(decision, measures=()))],
        "clocks": [with_inputs(fact(until=date(2026, 3, 9)), clocks="ab" * 32)],
        "calendar": [
            with_inputs(
                changed(file, decision=replace_in(decision, measures=())), calendar="ab" * 32
            )
        ],
    }
    for what, files in altered.items():
        for number, one in enumerate(files):
            with pytest.raises(DiffersRefusal) as refused:
                replay.replay(one, charter())
            assert refused.value.what == what, (what, number)
    assert replay.replay(with_inputs(file, calendar="ab" * 32)).proven == 0


async def test_a_node_names_what_it_holds_otherwise(scene):
    await stated(scene)
    file = opened(await taken(scene))
    decision = file.decision
    wrong = {
        f"log:{WUHU}": [
            with_inputs(file, **{f"log:{WUHU}": value})
            for value in ("9:" + "ab" * 32, "2:" + "ab" * 32, "2", "0:" + "ab" * 32)
        ],
        "log:x.example/y": [with_inputs(file, **{"log:x.example/y": "1:" + "ab" * 32})],
        "asker": [changed(file, asker=msgspec.structs.replace(file.asker, role="king"))],
        "known_on": [with_inputs(file, known_on="gestern")],
        "charter": [with_inputs(file, charter="ab" * 32)],
        "decision": [changed(file, decision=msgspec.structs.replace(decision, measures=()))],
    }
    for what, files in wrong.items():
        for one in files:
            with pytest.raises(DiffersRefusal) as refused:
                await scene.reader.replay(one)
            assert refused.value.what == what
    other_code = with_inputs(file, checks="ab" * 8, calendar="ab" * 32)
    assert (await scene.reader.replay(other_code)).records == 3


async def test_what_is_no_such_file_is_refused(scene, monkeypatch):
    await stated(scene)
    data = await taken(scene)
    for odd, code in (
        (b"{}", "not-a-decision-file"),
        (b"\xff", "not-a-decision-file"),
        (b"[" * 100_000, "not-a-decision-file"),
        (data.replace(b'"adoptions":', b'"adoptions": ', 1), "not-canonical"),
        (data.replace(b'{"adoptions"', b'{"a":1,"adoptions"', 1), "not-a-decision-file"),
    ):
        with pytest.raises(MalformedRefusal) as refused:
            opened(odd)
        assert refused.value.detail_code == code
    monkeypatch.setattr(decision_file, "FILE_MAX", 10)
    with pytest.raises(MalformedRefusal, match="longer than 10 bytes"):
        opened(data)


async def test_a_file_without_proofs_can_be_made_and_replayed(scene):
    await stated(scene)
    answer = await decided(scene)
    assert replay.replay(opened(saved(answer)), charter()).proven == 0
    with pytest.raises(ValueError, match="basis"):
        saved(replace(answer, basis=None))


async def test_a_later_edition_and_a_later_withdrawal_leave_old_decisions_as_they_were(scene):
    await stated(scene)
    file = opened(await taken(scene))
    files = book_files()
    files["rules.yaml"] = files["rules.yaml"].replace(
        "失信联合惩戒对象\n".encode(), "失信联合惩戒对象（修订）\n".encode(), 1
    )
    await scene.attach(files)
    await scene.one(REGION, rulebook(files, edition="2026-2"))
    assert (await decided(scene)).rulebook == "2026-2"
    assert (await scene.reader.replay(file)).edition == "2026-1"
