"""The search follower: documents from the current state, rebuilt from nothing to the same."""

from datetime import date

from registry.domain.subjects import subject_id
from registry.projections import indexing
from registry.projections.search import Indexer, document_of
from registry.store import reading_records
from registry.store.reading import LogReading
from registry.store.reading_files import FileReading
from search.documents import Document
from search.query import Query
from tests.registry.query.scene import (
    FIRM,
    NANJING,
    REGION,
    TODAY,
    WUHU,
    Scene,
    act,
    adoption,
    firm,
    penalty,
    permit,
    registration,
    sid,
    uscc,
)

ONE = sid(uscc(1))


async def document(scene: Scene, subject: str = ONE) -> Document | None:
    """Return what would be sent for a subject now."""
    asked = bytes.fromhex(subject)
    known = await LogReading(scene.node.db.pool).known()
    files = await FileReading(scene.node.db.pool).load_alone((asked,), known)
    return document_of(files[asked], TODAY, 7)


async def index(scene: Scene) -> list[tuple[object, ...]]:
    rows = await scene.node.db.pool.fetch(
        "SELECT id, kind, name, former_names, codes, numbers, cities, types, first_on, last_on "
        "FROM search_v4.documents ORDER BY id"
    )
    return [tuple(row) for row in rows]


async def test_a_document_says_what_may_be_found(scene):
    await scene.one(
        WUHU,
        registration(
            subject=firm(registration_no="320100000012346"), former_names=[{"name": "旧名有限公司"}]
        ),
    )
    await scene.one(NANJING, permit(decision_no="宁许1号", permit_no="JY1"))
    await scene.one(NANJING, penalty(decision_no="宁罚2号"))
    hidden = firm(name="内部名称有限公司")
    await scene.one(WUHU, penalty(subject=hidden, decision_no="3", publication="government"))
    assert await document(scene) == Document(
        id=ONE,
        kind="organisation",
        name=FIRM,
        version=7,
        former_names=("旧名有限公司",),
        codes=(uscc(1), "320100000012346", uscc(1)[8:17]),
        numbers=("宁罚2号", "宁许1号", "JY1"),
        cities=("320100", "340200"),
        types=("penalty", "permit", "registration"),
        severities=("general",),
        dates=(date(2020, 3, 1), date(2026, 5, 10)),
    )


async def test_ended_and_unclassified_records_are_not_in_a_document(scene):
    await scene.one(WUHU, registration())
    pen = await scene.one(WUHU, penalty(decision_no="芜罚3号"))
    await scene.one(WUHU, penalty(decision_no="芜罚4号", severity={"class": "unclassified"}))
    assert (await document(scene)).numbers == ("芜罚3号",)
    await scene.one(WUHU, act("repair", pen, "2026-09-01"))
    assert (await document(scene)).types == ("registration",)
    assert [row[7] for row in await index(scene)] == [["registration"]]


async def test_a_subject_of_which_nothing_is_left_leaves_the_index(scene):
    pen = await scene.one(WUHU, penalty())
    assert await scene.engine.count() == 1
    await scene.one(WUHU, act("withdrawal", pen, "2026-09-01"))
    assert await scene.engine.count() == 0


async def test_a_rebuild_from_nothing_gives_the_same_index(scene, monkeypatch):
    monkeypatch.setattr(indexing, "ENTRIES", 2)
    monkeypatch.setattr(indexing, "SUBJECTS", 3)
    await scene.state(WUHU, *(registration(subject=firm(n, f"示例{n}有限公司")) for n in range(9)))
    pens = await scene.state(NANJING, *(penalty(subject=firm(n)) for n in range(4)))
    await scene.one(NANJING, act("repair", pens[0], "2026-09-01", subject=firm(0)))
    await scene.one(REGION, adoption("R02", "320100"))
    before = await index(scene)
    assert len(before) == 9
    await scene.engine.clear()
    await scene.follower.reset()
    assert await scene.follower.catch_up() == 4
    assert await index(scene) == before
    await scene.follower.reset()  # and over a full index, too
    await scene.follower.catch_up()
    assert await index(scene) == before


async def built_for(scene: Scene, monkeypatch) -> list[int]:
    """Follow from nothing over all commits; return for how many subjects documents were built."""
    asked: list[int] = []
    load = FileReading.load_alone

    async def counting(self, subjects, known):
        subjects = tuple(subjects)
        asked.append(len(subjects))
        return await load(self, subjects, known)

    with monkeypatch.context() as patch:
        patch.setattr(FileReading, "load_alone", counting)
        await scene.follower.reset()
        await scene.follower.catch_up()
    return asked


async def test_far_behind_each_subject_is_built_once_and_memory_is_bounded(scene, monkeypatch):
    for number in range(6):
        await scene.state(WUHU, penalty(decision_no=f"芜罚{number}号"), penalty(subject=firm(2)))
    before = await index(scene)
    assert await built_for(scene, monkeypatch) == [2]
    monkeypatch.setattr(indexing, "DISTINCT", 1)
    monkeypatch.setattr(reading_records, "RANGE_BYTES", 0)  # each record is read by itself
    assert await built_for(scene, monkeypatch) == [2] * 6
    assert await index(scene) == before


async def test_an_act_under_another_subject_reaches_its_target(scene):
    subject = {"kind": "organisation", "name": "无代码示例合作社"}
    pen = await scene.one(WUHU, penalty(subject=subject))
    await scene.state(WUHU, act("repair", pen, "2026-09-01", subject=subject))
    reading = Indexer(scene.node.db, scene.engine, scene.node.clock)._follow
    head = (await LogReading(scene.node.db.pool).known()).by_origin[WUHU]
    touched = await reading.subjects_between(head.log_id, 1, 2)
    assert subject_id("record", f"{WUHU}/{pen.id}") in touched


async def test_quarantined_records_touch_nobody(scene):
    await scene.state(WUHU, penalty(fine_wan_yuan="x"))
    assert len(scene.quarantined) == 1
    assert await index(scene) == []


async def test_the_index_is_found_by_what_was_sent(scene):
    await scene.one(WUHU, registration())
    answer = await scene.engine.search(Query(text=FIRM))
    assert [hit.id for hit in answer.hits] == [ONE]
