"""Finding: an engine recalls, the current state decides; nothing hidden shows through a hit."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from registry.clock import FixedClock
from registry.errors import MalformedRefusal, UnavailableRefusal
from registry.query.reader import Reader
from search.documents import Document
from search.errors import InvalidQueryError, SearchUnavailableError
from search.query import Answer, Query
from tests.registry.query.scene import (
    AUDITOR,
    FIRM,
    NANJING,
    PUBLIC,
    REGION,
    REGULATOR,
    TODAY,
    WUHU,
    Scene,
    act,
    firm,
    penalty,
    permit,
    registration,
    rulebook,
    sid,
    uscc,
)

FORMER = "芜湖旧名建设有限公司"
REGNO = "320100000012346"
NANJING_CODE, WUHU_CODE = "320100", "340200"
SERIOUS = {"class": "serious", "organ": "芜湖市市场监督管理局", "rule": "示例"}


async def find(scene: Scene, text: str, viewer=PUBLIC, **filters: object):
    return await scene.reader.find(Query(text=text, **filters), viewer)


async def found(scene: Scene, text: str, viewer=PUBLIC, **filters: object) -> list[str]:
    return [hit.subject_id for hit in (await find(scene, text, viewer, **filters)).hits]


async def test_names_former_names_codes_and_numbers_find(scene):
    await scene.one(WUHU, registration(former_names=[{"name": FORMER}]))
    await scene.one(WUHU, penalty(decision_no="芜市监罚〔2026〕77号"))
    await scene.one(NANJING, permit())
    expected = {
        FIRM: ("name", FIRM),
        FORMER: ("former_name", FORMER),
        uscc(1): ("code", uscc(1)),
        uscc(1)[8:17]: ("code", uscc(1)[8:17]),
        "芜市监罚〔2026〕77号": ("number", "芜市监罚〔2026〕77号"),
    }
    for text, (matched, on) in expected.items():
        answer = await find(scene, text)
        (hit,) = answer.hits
        assert (hit.subject_id, hit.matched, hit.matched_on) == (sid(uscc(1)), matched, on)
        assert (hit.name, hit.code, hit.former_names) == (FIRM, uscc(1), (FORMER,))
        assert hit.cities == (("340200", 2), ("320100", 1))
        assert hit.types == (("penalty", 1), ("permit", 1), ("registration", 1))
        assert (answer.total, answer.exact, answer.engine) == (1, True, "postgresql")
        assert not answer.degraded
        assert answer.coverage.cities[0].size == 2


async def test_nothing_found_still_says_what_was_covered(scene):
    answer = await find(scene, "没有这样的公司")
    assert (answer.hits, answer.total, answer.exact) == ((), 0, True)
    assert [city.as_of for city in answer.coverage.cities] == [None, None, None]
    assert "行政处罚信息" in answer.coverage.kinds_missing


async def test_a_repaired_record_is_neither_found_nor_counted(scene):
    pen = await scene.one(WUHU, penalty(decision_no="芜市监罚〔2026〕88号"))
    assert await found(scene, FIRM)
    await scene.one(WUHU, act("repair", pen, "2026-09-01"))
    for text in (FIRM, uscc(1), "芜市监罚〔2026〕88号"):
        for viewer in (PUBLIC, REGULATOR):
            assert await found(scene, text, viewer) == []
    await scene.one(NANJING, permit())
    (hit,) = (await find(scene, FIRM)).hits
    assert hit.cities == (("320100", 1),)
    assert hit.types == (("permit", 1),)


async def test_a_late_document_brings_nothing_back(scene):
    pen = await scene.one(WUHU, penalty())
    await scene.one(WUHU, act("repair", pen, "2026-09-01"))
    await scene.engine.upsert(
        [
            Document(
                id=sid(uscc(1)),
                kind="organisation",
                name=FIRM,
                version=10**6,
                types=("penalty",),
                cities=("340200",),
            )
        ]
    )
    assert (await scene.engine.search(Query(text=FIRM))).total == 1
    answer = await find(scene, FIRM)
    assert (answer.hits, answer.total) == ((), 0)
    # A document of a subject that was never here at all is nothing either.
    await scene.engine.upsert(
        [Document(id="ab" * 16, kind="organisation", name="从未存在有限公司", version=1)]
    )
    assert await found(scene, "从未存在有限公司") == []


async def test_how_certain_a_hit_is_tells_nothing_of_what_is_not_shown(scene):
    await scene.one(WUHU, penalty())
    before = await find(scene, FIRM)
    assert (before.sure, before.hits[0].reasons) == (True, ("exact-name",))
    assert before.hits[0].certainty > 0.99
    await scene.engine.upsert(
        [Document(id="ab" * 16, kind="organisation", name=FIRM, version=1, codes=(uscc(7),))]
    )
    assert not (await scene.engine.search(Query(text=FIRM))).sure
    after = await find(scene, FIRM)
    assert (after.sure, after.hits) == (before.sure, before.hits)
    near = await find(scene, FIRM.replace(FIRM[2:4], "没有"))
    assert not near.sure


async def test_a_code_with_a_slip_is_found_unless_it_may_not_be_shown(scene):
    await scene.one(WUHU, penalty())
    slip = uscc(1)[:-1] + ("0" if uscc(1)[-1] != "0" else "1")
    (hit,) = (await find(scene, slip)).hits
    assert (hit.matched, hit.reasons) == ("code", ("code-differs-by-one-slip",))
    ghost = Document(
        id="ab" * 16, kind="organisation", name="从未存在有限公司", version=1, codes=(uscc(7),)
    )
    await scene.engine.upsert([ghost])
    unseen = await find(scene, uscc(7)[:-1] + ("0" if uscc(7)[-1] != "0" else "1"))
    assert (unseen.hits, unseen.read_as, unseen.sure) == ((), "code", False)


async def test_nobody_finds_by_what_the_public_may_not_see(scene):
    hidden = penalty(
        subject=firm(name="内部名称有限公司", registration_no=REGNO),
        publication="government",
        decision_no="芜密罚〔2026〕9号",
    )
    await scene.one(WUHU, hidden)
    await scene.one(NANJING, permit())
    for text in ("内部名称有限公司", "芜密罚〔2026〕9号", REGNO):
        assert await found(scene, text) == await found(scene, text, REGULATOR) == []
    (hit,) = (await find(scene, FIRM, REGULATOR)).hits
    assert hit.types == (("penalty", 1), ("permit", 1))


async def test_a_hidden_name_or_number_changes_no_answer(scene):
    """How a question was read, and what else is found, is as if what is hidden never was."""
    await scene.one(NANJING, registration(subject=firm(2, "南京阿尔法2025科技有限公司")))
    texts = ("苏密罚2024-12", "阿尔法2025", "南京阿尔法2026科技", uscc(3), uscc(1))

    async def answers() -> list[tuple[object, ...]]:
        told = [await find(scene, text) for text in texts]
        return [(one.hits, one.total, one.exact, one.read_as) for one in told]

    before = await answers()
    for number, text in (("苏密罚2024-12", "甲"), ("阿尔法2025", "南京阿尔法2026科技有限公司")):
        subject = firm(3, text)
        hidden = penalty(subject=subject, decision_no=number, publication="government")
        await scene.one(WUHU, hidden)
    assert not scene.quarantined
    assert await answers() == before


async def test_what_was_found_by_a_number_yesterday_is_read_as_a_name_today(scene):
    """Publicity can end without any record that says so: the index then knows too much."""
    number = "芜罚2025-7"
    await scene.one(WUHU, registration(subject=firm(name="芜罚2025-7号有限公司")))
    subject = firm(2, "甲方有限公司")
    await scene.one(
        WUHU, penalty(subject=subject, decision_no=number, publicity_until="2026-11-30")
    )
    assert await found(scene, number) == [sid(uscc(2))]
    scene.node.clock = FixedClock(datetime(2026, 12, 1, 4, tzinfo=UTC))
    answer = await find(scene, number)
    assert answer.read_as != "number"
    assert [hit.subject_id for hit in answer.hits] == [sid(uscc(1))]


async def test_filters_hold_for_one_record_that_may_be_shown(scene):
    await scene.one(WUHU, penalty(publication="government"))
    await scene.one(NANJING, permit())
    assert await found(scene, FIRM, types=("penalty",)) == []
    assert await found(scene, FIRM, cities=("340200",)) == []
    assert await found(scene, FIRM, date_from=date(2026, 1, 1), date_to=date(2026, 1, 31))
    assert await found(scene, FIRM, date_from=date(2026, 5, 1)) == []
    await scene.one(WUHU, penalty())
    assert await found(scene, FIRM, types=("penalty",), cities=("340200",))
    # A permit of Nanjing and a penalty of Wuhu are not a penalty of Nanjing.
    assert await found(scene, FIRM, types=("penalty",), cities=("320100",)) == []
    assert await found(scene, FIRM, date_from=date(2026, 5, 1))
    assert await found(scene, FIRM, date_to=date(2025, 12, 31)) == []


async def test_codes_of_one_subject_are_one_hit(scene):
    await scene.one(WUHU, registration(subject=firm(registration_no=REGNO)))
    subject = {"kind": "organisation", "name": FIRM, "registration_no": REGNO}
    await scene.one(NANJING, penalty(subject=subject))
    answer = await find(scene, FIRM)
    assert [hit.subject_id for hit in answer.hits] == [sid(uscc(1))]
    assert answer.hits[0].cities == (("340200", 1), ("320100", 1))
    assert answer.total == 1
    assert await found(scene, REGNO) == [sid(uscc(1))]


async def test_the_region_and_persons_are_not_found(scene):
    await scene.one(REGION, rulebook())
    assert await found(scene, "南京都市圈信用合作办公室", REGULATOR) == []
    restricted = {
        "salt": "f" * 32,
        "subject_document": {
            "name": "示例甲",
            "type": "居民身份证",
            "number": "11010519491231002X",
        },
    }
    person = {"kind": "natural_person", "name": "示例自然人"}
    await scene.state(WUHU, penalty(subject=person), restricted=restricted)
    assert await found(scene, "示例自然人", REGULATOR) == []
    assert await scene.engine.count() == 0


async def test_pages_count_only_what_may_be_shown(scene):
    shown = [registration(subject=firm(n, f"同名示例{n:03d}有限公司")) for n in range(1, 131)]
    hidden = [
        penalty(subject=firm(n, f"同名示例{n:03d}有限公司"), publication="government")
        for n in range(200, 260)
    ]
    await scene.state(WUHU, *shown, *hidden)
    assert not scene.quarantined
    first = await find(scene, "同名示例", limit=20)
    assert (len(first.hits), first.exact) == (20, False)
    assert 20 <= first.total <= 100
    assert first.facets["types"] == (("registration", first.total),)
    last = await find(scene, "同名示例", limit=100, offset=100)
    assert (len(last.hits), last.total, last.exact) == (30, 130, True)
    assert last.facets == {
        "cities": ((WUHU_CODE, 130),), "types": (("registration", 130),), "severities": (),
        "states": (("standing", 130),),
    }  # fmt: skip
    assert len({hit.subject_id for hit in first.hits}) == 20


async def test_facets_count_subjects_within_what_may_be_shown(scene):
    one, two = (firm(n, f"同名示例{n:03d}有限公司") for n in (1, 2))
    gone = await scene.one(WUHU, penalty(subject=two, severity=SERIOUS))
    await scene.state(
        WUHU, registration(subject=one), registration(subject=two), penalty(subject=one),
        penalty(subject=one, decided_on="2026-02-02"),
        penalty(subject=two, publication="government"),
    )  # fmt: skip
    await scene.one(NANJING, permit(subject=two))
    before = await find(scene, "同名示例")
    assert dict(before.facets["severities"]) == {"general": 1, "serious": 1}
    assert [dict(hit.severities) for hit in before.hits] == [{"general": 2}, {"serious": 1}]
    await scene.one(WUHU, act("repair", gone, "2026-09-01", subject=two))
    after = await find(scene, "同名示例")
    assert after.facets == {
        "cities": ((WUHU_CODE, 2), (NANJING_CODE, 1)),
        "types": (("registration", 2), ("penalty", 1), ("permit", 1)),
        "severities": (("general", 1),),
        "states": (("standing", 2),),
    }  # fmt: skip
    assert [hit.name for hit in (await find(scene, "同名示例", severities=("general",))).hits] == [
        one["name"]
    ]
    assert (await find(scene, "同名示例", severities=("serious",))).total == 0


async def test_states_filter_by_what_has_become_of_records_today(scene):
    await scene.one(WUHU, registration())
    placed = await scene.one(WUHU, penalty())
    await scene.one(WUHU, act("repair", placed, "2026-09-01"))
    for viewer, standing, repaired in ((AUDITOR, 1, 1), (PUBLIC, 1, 0)):
        for state, count in (("standing", standing), ("repaired", repaired)):
            found = await scene.reader.find(Query(text=FIRM), viewer, (state,))
            assert found.total == count, (viewer, state)


async def test_a_hit_says_which_characters_answer(scene):
    await scene.one(WUHU, registration())
    (hit,) = (await find(scene, "示例建設")).hits
    assert [hit.matched_on[begins:ends] for begins, ends in hit.spans] == ["示例建设"]
    (hit,) = (await find(scene, uscc(1).lower())).hits
    assert hit.spans == ((0, 18),)


async def test_many_questions_at_once_do_not_wait_for_each_other_for_ever(scene):
    """The pool has six connections; each question needs more than one in turn."""
    await scene.rules((NANJING, "R02", "320100"))
    placed = await scene.one(WUHU, registration())
    reader = scene.reader
    subject = sid(uscc(1))
    async with asyncio.timeout(60):
        await asyncio.gather(
            *(reader.find(Query(text=FIRM), PUBLIC) for _ in range(15)),
            *(reader.record(WUHU, placed.idx, PUBLIC, TODAY) for _ in range(15)),
            *(reader.decide(subject, "320100", "", "", TODAY, PUBLIC) for _ in range(15)),
            *(reader.subject_file(subject, PUBLIC, TODAY) for _ in range(15)),
        )


class Broken:
    """An engine that fails in one way."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def search(self, _query: Query) -> Answer:
        raise self.error


@pytest.mark.parametrize(
    ("error", "refusal", "code"),
    [
        (InvalidQueryError(zh="错", en="wrong", code="query-page"), MalformedRefusal, "query-page"),
        (SearchUnavailableError(zh="无", en="down"), UnavailableRefusal, "search-unavailable"),
    ],
)
async def test_errors_of_the_engine_are_refusals(scene, error, refusal, code):
    reader = Reader(scene.node.db, scene.node.charter, Broken(error), scene.node.clock)
    with pytest.raises(refusal) as caught:
        await reader.find(Query(text="示例"), PUBLIC)
    assert caught.value.detail_code == code


class StandIn:
    """An engine that answers in another's place."""

    def __init__(self, engine) -> None:
        self.engine = engine

    async def search(self, query: Query) -> Answer:
        return replace(await self.engine.search(query), degraded=True)


async def test_a_degraded_answer_says_so(scene):
    await scene.one(WUHU, registration())
    reader = Reader(scene.node.db, scene.node.charter, StandIn(scene.engine), scene.node.clock)
    answer = await reader.find(Query(text=FIRM), PUBLIC)
    assert answer.degraded
    assert len(answer.hits) == 1
