"""What is found by words, for whom, in which order, and that pages neither repeat nor drop any."""

from dataclasses import replace
from datetime import date

import pytest

from registry.domain.disclosure import Role
from registry.errors import MalformedRefusal, UnavailableRefusal
from registry.fulltext import find, snippets
from registry.fulltext.cursor import Cursor
from registry.fulltext.views import TextAsk
from registry.query.views import Viewer
from search.query import Query
from tests.registry.fulltext.conftest import Words
from tests.registry.query import standards_scene as made
from tests.registry.query.scene import (
    AUDITOR,
    NANJING,
    PUBLIC,
    REGULATOR,
    WUHU,
    act,
    firm,
    listing,
    other,
    penalty,
    permit,
)
from tests.registry.query.test_relations import judge

FACTS = "经查，当事人未取得食品经营许可，从事餐饮服务，违法所得三千元。"
PHRASE = "未取得食品经营许可从事餐饮服务"
CLERK = Viewer(Role.CLERK, "340200")


async def filled(words: Words) -> None:
    """Five records of Wuhu, and one of Nanjing, that speak of food."""
    await words.state(
        WUHU,
        penalty(facts=FACTS, decided_on="2026-05-10"),
        penalty(
            facts="在營業場所銷售超過保質期的食品。",
            violation_type="食品安全",
            decided_on="2026-05-11",
        ),
        listing(reason="食品安全违法，情节严重。"),
        permit(content="热食类食品制售", decided_on="2026-01-05"),
        penalty(facts=FACTS, publication="government"),
    )  # fmt: skip
    await words.state(NANJING, penalty(facts="超过保质期的食品。", decided_on="2026-05-12"))


async def test_a_phrase_is_met_as_it_reads_and_shown_with_the_words_around_it(words: Words):
    await filled(words)
    answer = await words.find(f"“{PHRASE}”")
    (hit,) = answer.hits
    assert (hit.origin, hit.idx, hit.type, hit.severity) == (WUHU, 0, "penalty", "general")
    assert (answer.total, answer.exact, answer.following) == (1, True, "")
    (said,) = hit.passages
    assert said.member == "facts"
    assert [said.text[a:b] for a, b in said.spans] == ["未取得食品经营许可，从事餐饮服务"]
    assert await words.found("从事餐饮服务 未取得食品") == [0]
    assert await words.found("餐饮服务未取得") == []
    assert await words.found("超过保质期") == [0, 1]  # in whichever script, newest first
    assert await words.found("超過 食品安全") == [1]
    (hit,) = (await words.find("超過 食品安全")).hits
    assert [one.member for one in hit.passages] == ["violation_type", "facts"]


async def test_a_long_passage_is_cut_around_what_was_met(words: Words, monkeypatch):
    monkeypatch.setattr(snippets, "SHOWN", 40)
    facts = "一" * 60 + "食品" + "二" * 60 + "食品"
    await words.state(WUHU, penalty(facts=facts))
    (hit,) = (await words.find("食品")).hits
    (said,) = hit.passages
    assert said.text == "…" + "一" * 24 + "食品" + "二" * 14 + "…"
    assert said.spans == ((25, 27),)


async def test_it_is_narrowed_down_and_every_count_is_what_narrowing_gives(words: Words):
    await filled(words)
    answer = await words.find("食品")
    assert [one.type for one in answer.hits[:3]] == ["penalty", "list_entry", "permit"]
    assert (answer.total, answer.exact) == (5, True)
    assert answer.facets == {
        "cities": {"340200": 4, "320100": 1},
        "types": {"penalty": 3, "list_entry": 1, "permit": 1},
        "severities": {"general": 3, "serious": 1},
        "states": {"standing": 5},
        "organs": {"芜湖市市场监督管理局": 4, "芜湖市人力资源和社会保障局": 1},
    }
    for facet, counts in answer.facets.items():
        for value, count in counts.items():
            narrowed = await words.find("食品", **{facet: (value,)})
            assert (narrowed.total, len(narrowed.hits)) == (count, count), (facet, value)
    in_may = {"date_from": date(2026, 5, 10), "date_to": date(2026, 5, 11)}
    assert await words.found("食品", **in_may) == [1, 0]
    assert await words.found("食品", order="newest") == [0, 1, 0, 2, 3]
    assert await words.found("食品", order="oldest", cities=("340200",)) == [3, 2, 0, 1]


async def test_what_the_public_may_not_read_is_found_by_nobody(words: Words):
    await filled(words)
    for viewer in (PUBLIC, REGULATOR, AUDITOR, CLERK):
        assert await words.found(PHRASE, viewer) == [0]
    assert await words.engine.count() == 5


async def test_what_stands_beside_a_record_is_counted_and_narrows_down(words: Words):
    await filled(words)
    (placed,) = await words.state(WUHU, penalty(facts=FACTS))
    objection = other(
        "objection", target=placed.target, about="record", received_on="2026-06-01",
        decided_on="2026-06-01", grounds="事实不符", severity={"class": "unclassified"},
    )  # fmt: skip
    await words.state(WUHU, objection)
    answer = await words.find(PHRASE)
    assert answer.facets["states"] == {"standing": 2, "objected": 1}
    assert await words.found(PHRASE, states=("objected",)) == [5]


async def test_what_was_repaired_is_in_no_answer_before_and_after_the_index_knows(words: Words):
    await filled(words)
    (pen,) = await words.state(WUHU, penalty(facts=FACTS))
    assert await words.found(PHRASE) == [5, 0]
    await words.scene.one(WUHU, act("repair", pen, "2026-09-01"))
    before = await words.find(PHRASE)
    assert await words.engine.count() == 6
    await words.follower.catch_up()
    assert await words.engine.count() == 5
    after = await words.find(PHRASE)
    assert [one.idx for one in after.hits] == [one.idx for one in before.hits] == [0]
    assert (before.total, before.facets) == (after.total, after.facets)


async def test_persons_are_not_found_by_what_is_said_of_them(words: Words):
    person = {"kind": "natural_person", "name": "示例张三"}
    document = {"name": "示例张三", "type": "居民身份证", "number": "11010519491231002X"}
    restricted = {"salt": "f" * 32, "subject_document": document}
    await words.scene.state(WUHU, penalty(facts=FACTS, subject=person), restricted=restricted)
    await words.state(WUHU, penalty(facts=FACTS, subject=firm(2)))
    assert await words.engine.count() == 1
    assert await words.found(PHRASE) == [1]
    subjects = await words.scene.node.db.pool.fetch("SELECT subject_id, scheme FROM subjects")
    ids = {row["scheme"]: row["subject_id"].hex() for row in subjects}
    await judge(words.scene, ids["person"], ids["uscc"], "same")
    by_name = await words.scene.reader.find(Query(text="芜湖示例建设"), PUBLIC)
    assert [hit.subject_id for hit in by_name.hits] == [ids["uscc"]]
    assert await words.found(PHRASE) == [1]  # the firm is found as before, the person never


async def test_what_was_erased_by_order_is_in_no_index(words: Words):
    placed = await words.state(WUHU, *(penalty(facts=FACTS) for _ in range(2)))
    order = act("erasure_order", placed[0], "2026-11-20", part="main", basis="《示例法》第一条")
    await words.scene.one(WUHU, {key: said for key, said in order.items() if key != "reason"})
    assert await words.found(PHRASE) == [1]
    await words.follower.catch_up()
    held = await words.scene.node.db.pool.fetch("SELECT idx FROM texts_v1.texts")
    assert [row["idx"] for row in held] == [1]


async def test_standards_are_found_by_title_and_scope_and_products(words: Words):
    edition = made.standard(title="建筑外墙外保温技术标准")
    taken = made.recognition(products=["外墙保温板"])
    await words.state(NANJING, edition, taken)
    assert await words.found("外墙 保温") == [1, 0]
    assert await words.found("外墙外保温", types=("standard",)) == [0]
    (hit,) = (await words.find("外墙外保温")).hits
    assert [one.member for one in hit.passages] == ["title"]


async def test_no_page_repeats_or_drops_a_record_whatever_is_published_meanwhile(words: Words):
    mains = [penalty(facts=FACTS, decided_on=f"2026-05-{10 + at:02}") for at in range(9)]
    placed = await words.state(WUHU, *mains)
    asked = {"order": "newest", "limit": 2}
    first = await words.find(PHRASE, **asked)
    assert [one.idx for one in first.hits] == [8, 7]
    await words.state(WUHU, *(penalty(facts=FACTS, decided_on=f"2026-05-{d}") for d in (12, 20)))
    second = await words.find(PHRASE, **asked, cursor=first.following)
    assert [one.idx for one in second.hits] == [6, 5]
    assert second.total == 9  # as of the commit of the first page
    await words.state(WUHU, act("repair", placed[4], "2026-09-01"))
    rest = await words.found(PHRASE, **asked, cursor=second.following)
    assert rest == [3, 2, 1, 0]
    assert (await words.find(PHRASE, **asked)).total == 10


async def test_beyond_what_is_looked_at_counts_are_bounds_and_pages_go_on(
    words: Words, monkeypatch
):
    monkeypatch.setattr(find, "LOOKED", 5)
    mains = [penalty(facts=FACTS, decided_on=f"2026-05-{10 + at:02}") for at in range(12)]
    mains[3]["violation_type"] = PHRASE
    placed = await words.state(WUHU, *mains)
    await words.scene.state(WUHU, *(act("repair", one, "2026-09-01") for one in placed[4:10]))
    wanted = {"oldest": [0, 1, 2, 3, 10, 11], "newest": [11, 10, 3, 2, 1, 0]}
    wanted["relevance"] = [3, 11, 10, 2, 1, 0]
    for order, positions in wanted.items():
        first = await words.find(PHRASE, order=order, limit=2)
        assert not first.exact
        assert 2 <= first.total <= 5
        assert await words.found(PHRASE, order=order, limit=2) == positions
    await words.follower.catch_up()
    for order, positions in wanted.items():
        assert await words.found(PHRASE, order=order, limit=2) == positions


BAD = {
    '"""“”「': "query-no-words",
    "%%__\\\\%": "query-no-words",
    "": "query-empty",
    " \t\n": "query-empty",
    "，。！？…《》": "query-no-words",
    "\x00\x07\u202e": "query-no-words",
    "食": "query-too-short",
    "a b c 1": "query-too-short",
    "食品" * 101: "query-too-long",
    "词汇 " * 10_000: "query-too-long",
    "".join(f"{a}{b} " for a in "甲乙丙丁" for b in "子丑寅卯"): "query-too-many-words",
}


async def test_what_cannot_be_looked_for_is_refused_by_name(words: Words):
    for text, code in BAD.items():
        with pytest.raises(MalformedRefusal) as refused:
            await words.find(text)
        assert refused.value.detail_code == code
        assert refused.value.zh
        assert refused.value.en


ODD = (
    "' OR 1=1 --", "%' ; DROP TABLE texts; --", ".*(食|品)+[a-z]{1,9999}$", "食品 AND NOT 品",
    "\ud800\udfff食品 甲", "食品\x00\x1b", "مرحبا 食品 привет", "e\u0301tude ﬁn ㎡①",
    "keys = 1 OR id EXISTS",
    "𠮷野家", "食品" * 100, "*" * 198 + "品食",
)  # fmt: skip


async def test_whatever_is_typed_is_only_looked_for(words: Words):
    await words.state(WUHU, penalty(facts=f"{FACTS}𠮷野家 ' OR 1=1 -- 'étude"))
    for order in ("relevance", "oldest"):
        met = {text for text in ODD if await words.found(text, order=order)}
        assert met == {"' OR 1=1 --", "𠮷野家", "食品\x00\x1b"}
    assert await words.engine.count() == 1


async def test_filters_and_pages_are_bounded(words: Words):
    many = tuple(map(str, range(65)))
    for more, code in (
        ({"cities": many}, "query-filter"),
        ({"states": many}, "query-filter"),
        ({"organs": ("",)}, "query-filter"),
        ({"types": ("x" * 65,)}, "query-filter"),
        ({"date_from": date(2026, 5, 2), "date_to": date(2026, 5, 1)}, "query-dates"),
        ({"limit": 0}, "query-page"),
        ({"limit": 101}, "query-page"),
    ):
        with pytest.raises(MalformedRefusal) as refused:
            await words.find("食品", **more)
        assert refused.value.detail_code == code, more


async def test_a_cursor_of_another_question_or_one_tampered_with_is_refused(words: Words):
    await words.state(WUHU, *(penalty(facts=FACTS) for _ in range(4)))
    ask = {"limit": 2, "order": "newest"}
    good = (await words.find(PHRASE, **ask)).following
    assert len(await words.found(PHRASE, **ask, cursor=good)) == 2
    swapped = "B" if good[3] != "B" else "C"
    bad = [
        good[:3] + swapped + good[4:],
        good[:-4],
        good + "AAAA",
        "食品",
        "A" * 48,
        "=",
        "A" * 9999,
    ]
    asked = TextAsk(PHRASE, order="newest")
    key = (0, date(2026, 5, 10), (2**63 - 1, 3))
    bad += [Cursor(1, (5, *key[1:])).written(asked), Cursor(2**63, key).written(asked)]
    for cursor in bad:
        with pytest.raises(MalformedRefusal) as refused:
            await words.find(PHRASE, **ask, cursor=cursor)
        assert refused.value.detail_code == "bad-cursor", cursor
    for other_ask in ({"order": "oldest"}, {"cities": ("340200",)}):
        with pytest.raises(MalformedRefusal, match="翻页标记"):
            await words.find(PHRASE, **{**ask, **other_ask}, cursor=good)
    far = Cursor(2**62, key).written(replace(asked, limit=2))  # made up, and of no harm
    assert await words.found(PHRASE, **ask, cursor=far) == [3, 2, 1, 0]


async def test_without_an_index_it_says_that_it_cannot_be_asked_now(words: Words):
    await words.scene.node.db.pool.execute("DROP SCHEMA texts_v1 CASCADE")
    with pytest.raises(UnavailableRefusal) as refused:
        await words.find("食品")
    assert refused.value.detail_code == "search-index-layout"


async def test_an_index_that_is_behind_says_so(words: Words):
    await filled(words)
    assert not (await words.find("食品")).behind
    await words.scene.node.db.pool.execute("UPDATE cursors SET seq = 999 WHERE name = 'texts-1'")
    answer = await words.find("食品")
    assert (answer.behind, answer.engine, len(answer.hits)) == (True, "postgresql", 5)
