"""The one question over what cities state: gathered, hidden, taken back, as known then; in bulk."""

from datetime import date

import pytest
from msgspec.structs import replace

from registry.clock import FixedClock
from registry.errors import (
    MalformedRefusal,
    NotFoundRefusal,
    TooLargeRefusal,
    UnavailableRefusal,
)
from registry.query import standards as module
from registry.query import standards_file
from registry.query.standards import Standards
from registry.query.standards_file import encoded, opened, replayed
from registry.query.standards_views import USES
from registry.store import reading_standards
from registry.store.reading_files import open_reading
from signing.proof import parse_proof
from tests.registry.ledger.test_audit import as_owner
from tests.registry.query import standards_scene as made
from tests.registry.query.scene import NANJING, TODAY, WUHU, Scene, act
from tests.registry.world import NOON

NUMBER = "DB34/T 5037-2016"
ON = date(2026, 11, 1)


def standards(scene: Scene) -> Standards:
    return scene.reader.standards


async def asked(scene: Scene, number: str = NUMBER, territory: str = "320100", **more):
    return await standards(scene).usable(number, territory, more.pop("use", "tender"), ON, **more)


async def recognised(scene: Scene):
    await scene.one(NANJING, made.standard())
    return await scene.one(NANJING, made.recognition())


async def test_a_recognition_answers_with_its_record_and_coverage(scene):
    placed = await recognised(scene)
    view = await asked(scene, "db34t5037—2016")
    answer = view.answer
    assert (answer.verdict, answer.edition) == ("yes", NUMBER)
    assert answer.instrument == "宁市监标〔2026〕1号"
    assert (NANJING, placed.idx) in {(step.ref.origin, step.ref.idx) for step in answer.chain}
    sizes = {city.code: city.size for city in view.coverage.cities}
    assert sizes == {"320100": 2, "341100": 0, "340200": 0}
    at_home = await asked(scene, territory="340200")
    assert (at_home.answer.verdict, at_home.answer.instrument) == ("yes", "")
    other = await asked(scene, use="certification")
    assert other.answer.verdict == "no_document"
    sale = await asked(scene, use="sale")
    assert sale.answer.verdict == "no_recognition_needed"


@pytest.mark.parametrize("kind", ["withdrawal", "recognition_change"])
async def test_what_was_taken_back_or_ended_counts_no_longer_and_never_for_others(scene, kind):
    placed = await recognised(scene)
    if kind == "withdrawal":
        back = act(kind, placed, "2026-09-01", authority=made.NANJING_OFFICE,
                   subject=made.OFFICE_SUBJECT)  # fmt: skip
    else:
        back = made.change(placed, NUMBER, "ended", "2026-09-01")
    await scene.one(NANJING, back)
    assert (await asked(scene)).answer.verdict == "no_document"
    stranger = made.change(placed, NUMBER, "ended", "2026-09-01")
    await scene.one(NANJING, made.recognition())
    await scene.one(WUHU, stranger)
    assert (await asked(scene)).answer.verdict == "yes"


async def test_an_amendment_puts_another_in_its_place(scene):
    placed = await recognised(scene)
    other = await scene.one(NANJING, made.recognition(degree="refused", reasons="示例"))
    change = act("amendment", placed, "2026-09-01", changed="认可程度",
                 replacement={"id": other.id, "entry": other.entry.hex()},
                 authority=made.NANJING_OFFICE, subject=made.OFFICE_SUBJECT)  # fmt: skip
    await scene.one(NANJING, change)
    view = await asked(scene)
    assert [one.ref.idx for one in view.gathered.records.recognitions] == [other.idx]


@pytest.mark.parametrize("idx", [0, 2])
async def test_what_is_not_as_it_was_logged_answers_nothing(scene, database, idx):
    placed = await recognised(scene)
    await scene.one(NANJING, made.change(placed, NUMBER, "suspended", "2026-09-01",
                                         review_by="2027-06-01"))  # fmt: skip
    changed = "replace(convert_from(main, 'UTF8'), '示例', '范例')"
    sql = f"UPDATE entries SET main = convert_to({changed}, 'UTF8') WHERE idx = {idx}"
    await as_owner(database, sql)
    with pytest.raises(UnavailableRefusal, match=f"{NANJING}/{idx}"):
        await asked(scene)


async def test_what_is_not_public_is_not_known(scene):
    await scene.one(NANJING, made.standard())
    await scene.one(NANJING, made.recognition(publication="government"))
    assert (await asked(scene)).answer.verdict == "no_document"


async def test_as_known_then(scene):
    await recognised(scene)
    day = TODAY.replace(day=TODAY.day + 2)
    scene.node.clock = FixedClock(NOON.replace(day=day.day))
    assert (await asked(scene, known_on=TODAY)).answer.verdict == "yes"
    before = await asked(scene, known_on=TODAY.replace(day=TODAY.day - 1))
    assert (before.answer.verdict, dict(before.gathered.known.named)) == ("no_document", {})
    assert (await asked(scene, known_on=day)).answer.verdict == "yes"


async def test_the_issues_of_a_regional_standard_are_known_together(scene):
    await scene.one(NANJING, made.standard("DB32/T 310012-2026"))
    await scene.one(WUHU, made.standard("DB34/T 310012-2026", authority={"name": "示例局"}))
    view = await asked(scene, "DB34/T 310012-2026")
    assert {one.record.number for one in view.gathered.records.editions} == {
        "DB32/T 310012-2026", "DB34/T 310012-2026",
    }  # fmt: skip
    page = await standards(scene).view("DB32/T 310012", ON)
    assert (page.group, page.territory) == ("DB3x/T 310012", "320000")
    assert [one.number for one in page.editions] == ["DB34/T 310012-2026", "DB32/T 310012-2026"]


async def test_equivalents_are_looked_for_where_records_lead(scene):
    await scene.one(NANJING, made.standard())
    await scene.one(NANJING, made.comparison(NUMBER, "DB34/T 5000-2020"))
    await scene.one(NANJING, made.recognition("DB34/T 5000-2020"))
    view = await asked(scene)
    assert [one.record.number for one in view.gathered.records.recognitions] == ["DB34/T 5000-2020"]
    assert [one.number for one in view.answer.nearest] == ["DB34/T 5000-2020"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"number": "标准"}, ""),
        ({"territory": "110000"}, "unknown-territory"),
        ({"use": "fun"}, "unknown-use"),
        ({"product": "水" * 201}, "product-too-long"),
    ],
)
async def test_what_cannot_be_asked_is_refused_by_name(scene, changes, code):
    given = {"number": NUMBER, "territory": "320100", "use": "tender", "product": "", **changes}
    with pytest.raises(MalformedRefusal) as refused:
        await standards(scene).usable(
            given["number"], given["territory"], given["use"], ON, given["product"]
        )
    assert refused.value.zh
    assert refused.value.en
    assert code in {"", refused.value.detail_code}


async def test_many_are_answered_in_order_each_for_itself(scene, monkeypatch):
    monkeypatch.setattr(module, "TOGETHER", 2)
    monkeypatch.setattr(module, "MANY", 4)
    await recognised(scene)
    rows = [
        (2, NUMBER, "320100", "tender", ""),
        (3, "没有", "320100", "tender", ""),
        (4, "GB/T 1-2009", "320100", "tender", ""),
        (5, NUMBER, "999999", "tender", ""),
    ]
    views = [view async for view in standards(scene).many(rows, ON)]
    assert [view.row for view in views] == [2, 3, 4, 5]
    verdicts = [None if view.answer is None else view.answer.verdict for view in views]
    assert verdicts == ["yes", None, "no_document", None]
    assert views[3].wrong is not None
    assert views[3].wrong[0] == "unknown-territory"
    with pytest.raises(TooLargeRefusal, match="4"):
        standards(scene).many([*rows, rows[0]], ON)
    held = standards(scene)
    under_way = [held.many(rows, ON) for _ in range(module.AT_ONCE)]
    for one in under_way:
        assert (await anext(one)).row == 2
    with pytest.raises(UnavailableRefusal, match="稍后"):
        held.many(rows, ON)
    for one in under_way:
        await one.aclose()
    assert [view.row async for view in held.many(rows[:1], ON)] == [2]


async def test_a_page_shows_editions_and_relations_both_ways(scene):
    await scene.one(NANJING, made.standard(references=["GB/T 1-2009"], adopts=[
        {"number": "ISO 9001:2015", "degree": "IDT"}]))  # fmt: skip
    newer = made.standard("DB34/T 5037-2026", effective_on="2026-12-01", replaces=[
        {"number": NUMBER, "extent": "whole"}])  # fmt: skip
    await scene.one(NANJING, newer)
    await scene.one(NANJING, made.notice(NUMBER, "replaced", by="DB34/T 5037-2026"))
    await scene.one(NANJING, made.recognition())
    await scene.one(NANJING, made.acceptance(NUMBER))
    await scene.one(NANJING, made.comparison("DB34/T 5000-2020", NUMBER))
    await scene.one(NANJING, made.group_use("T/CAS 290-2017", NUMBER))
    page = await standards(scene).view("DB34/T 5037", ON)
    assert [(one.number, one.state) for one in page.editions] == [
        ("DB34/T 5037-2026", "upcoming"), (NUMBER, "void"),
    ]  # fmt: skip
    assert {(one.role, one.number) for one in page.lines} == {
        ("references", "GB/T 1-2009"), ("adopts", "ISO 9001:2015"), ("replaces", NUMBER),
        ("notice_replaced", "DB34/T 5037-2026"), ("recognises", NUMBER), ("accepts", NUMBER),
        ("compares", "DB34/T 5000-2020"), ("takes_in", "T/CAS 290-2017"),
        ("replaced_by", "DB34/T 5037-2026"),
    }  # fmt: skip
    assert {one.of for one in page.lines if one.role == "replaced_by"} == {NUMBER}
    assert page.meant == NUMBER
    assert [(one.kind, one.state) for one in page.courses] == [
        ("edition", "published"), ("edition", "replaced"), ("acceptance", "in_force"),
        ("recognition", "in_force"),
    ]  # fmt: skip
    others = [("GB/T 1", "referenced_by"), ("ISO 9001", "adopted_by"), ("T/CAS 290", "taken_into")]
    for number, role in others:
        lines = (await standards(scene).view(number, ON)).lines
        assert {(one.role, one.number) for one in lines} == {(role, NUMBER)}
    with pytest.raises(NotFoundRefusal, match="未收录"):
        await standards(scene).view("GB/T 99999", ON)


NEWER = "DB34/T 6000-2020"
BEGUN = made.standard(NEWER, issued_on="2020-01-01", effective_on="2020-06-01")
"""Another standard, in force; what it replaces is void from its first day."""


@pytest.mark.parametrize(
    ("members", "others", "state", "void_on"),
    [
        ({"replaced_by": [{"number": NEWER, "extent": "whole"}]}, [BEGUN], "void", "2020-06-01"),
        ({"replaced_by": [{"number": NEWER, "extent": "whole"}]}, [], "in_force", None),
        ({"replaced_by": [{"number": NEWER, "extent": "part", "clauses": "4"}]}, [BEGUN],
         "partly_replaced", None),
        ({}, [{**BEGUN, "replaces": [{"number": NUMBER, "extent": "whole"}]}], "void",
         "2020-06-01"),
        ({}, [made.standard("DB34/T 5037-2025", issued_on="2025-01-01",
                            effective_on="2025-06-01")], "void", "2025-06-01"),
        ({}, [made.notice(NUMBER, effective_on="2026-11-01")], "void", "2026-11-01"),
        ({}, [made.notice(NUMBER, effective_on="2026-11-02")], "in_force", "2026-11-02"),
    ],
    ids=["known", "unknown", "in-part", "from-the-newer", "same-number", "today", "soon"],
)  # fmt: skip
async def test_page_search_and_answer_agree_on_the_state(scene, members, others, state, void_on):
    """Also where only the day on which another standard begins tells when this one ended."""
    await scene.state(NANJING, made.standard(**members), *others)
    assert not scene.quarantined
    view = await standards(scene).view(NUMBER, ON)
    found = await standards(scene).search(NUMBER, (), ON, 10)
    (page,) = (one for one in view.editions if one.number == NUMBER)
    assert found.editions == (page,)
    assert dict(found.facets["state"]) == {state: 1}
    assert (await asked(scene)).answer.edition_state == page.state == state
    assert page.void_on == (void_on and date.fromisoformat(void_on))


async def test_what_ended_an_edition_and_was_taken_back_ends_it_no_longer(scene):
    await scene.one(NANJING, made.standard())
    over = await scene.one(NANJING, made.notice(NUMBER))
    (found,) = (await standards(scene).search(NUMBER, (), ON, 10)).editions
    assert found.state == "void"
    await scene.one(NANJING, act("withdrawal", over, "2026-09-01", subject=made.PUBLISHER))
    (found,) = (await standards(scene).search(NUMBER, (), ON, 10)).editions
    assert (found.state, found.void_on) == ("in_force", None)


async def test_more_than_is_read_is_said(scene, monkeypatch):
    monkeypatch.setattr(reading_standards, "EACH", 1)
    await recognised(scene)
    async with open_reading(scene.node.db) as reading:
        found = await reading.standards.of(["DB34/T 5037", "GB/T 9"], each=1)
    assert [len(found[one]) for one in ("DB34/T 5037", "GB/T 9")] == [1, 0]


async def test_the_matrix_has_every_member_and_use(scene):
    await recognised(scene)
    matrix = await standards(scene).matrix("DB34/T 5037", ON)
    assert len(matrix.cells) == 3 * 5
    yes = [cell for cell in matrix.cells if cell.verdict == "yes"]
    by_paper = [one for one in yes if not one.by_law]
    assert [(one.territory_name, one.use, one.edition) for one in by_paper] == [
        ("南京市", "tender", NUMBER)
    ]
    by_law = {(one.territory, one.use) for one in yes if one.by_law}  # its own province needs none
    assert by_law == {(code, use) for code in ("340200", "341100") for use in USES}
    assert {cell.verdict for cell in matrix.cells} == {"yes", "no_document"}


async def test_editions_are_found_by_number_words_and_class(scene):
    await scene.one(NANJING, made.standard(ics=["91.010.30"], ccs=["P00"]))
    await scene.one(NANJING, made.standard("DB32/T 1072-2018", title="排放限值_示例"))
    hidden = made.standard("GB/T 1-2009", publication="government")
    await scene.one(NANJING, hidden)

    async def found(text: str, *filters: str) -> list[str]:
        view = await standards(scene).search(text, filters, ON, 10)
        assert view.total == len(view.editions)
        return [one.number for one in view.editions]

    assert await found("DB34T5037") == [NUMBER]
    assert await found("施工 质量") == [NUMBER]
    assert await found("值_示") == ["DB32/T 1072-2018"]
    assert await found("%") == []
    assert await found("", "ics:91.010") == [NUMBER]
    assert await found("", "of:320000") == ["DB32/T 1072-2018"]
    assert await found("GB/T 1-2009") == []
    both = await standards(scene).search("示例", (), ON, 1)
    assert dict(both.facets["kind"]) == {"province": 1}
    for text in ("", "字" * 121, "a b c d e f g h i"):
        with pytest.raises(MalformedRefusal, match="编号"):
            await standards(scene).search(text, (), ON, 10)


async def test_changes_since_a_commit_come_in_whole_commits(scene, monkeypatch):
    start = (await standards(scene).changes(["DB34/T 5037"], 0)).cursor
    placed = await recognised(scene)
    await scene.one(NANJING, made.standard("GB/T 1-2009"))
    one = await standards(scene).changes(["DB34T 5037-2016"], start)
    assert [(c.role, c.type, c.identity) for c in one.changes] == [
        ("is", "standard", "DB34/T 5037"), ("recognises", "standard_recognition", "DB34/T 5037"),
    ]  # fmt: skip
    assert (await standards(scene).changes(["DB34/T 5037"], one.cursor)).changes == ()
    monkeypatch.setattr(module, "CHANGES", 1)
    first = await standards(scene).changes(["DB34/T 5037"], start)
    assert (len(first.changes), first.more) == (1, True)
    rest = await standards(scene).changes(["DB34/T 5037"], first.cursor)
    assert [c.role for c in (*first.changes, *rest.changes)] == ["is", "recognises"]
    back = act("withdrawal", placed, "2026-09-01", authority=made.NANJING_OFFICE,
               subject=made.OFFICE_SUBJECT)  # fmt: skip
    await scene.one(NANJING, back)
    told = await standards(scene).changes(["DB34/T 5037"], one.cursor)
    assert [(c.role, c.origin, c.summary) for c in told.changes] == [("ask_again", "", "")]
    for numbers in ([], ["GB/T 1"] * 1001):
        with pytest.raises(MalformedRefusal, match="1000"):
            await standards(scene).changes(numbers, 0)


async def test_an_answer_is_taken_away_with_all_it_was_made_from(scene):
    placed = await recognised(scene)
    await scene.one(NANJING, made.change(placed, NUMBER, "suspended", "2027-01-01",
                                         review_by="2027-06-01"))  # fmt: skip
    view = await asked(scene)
    data = encoded(await standards(scene).file(view))
    file = opened(data)
    assert replayed(file) == view.answer
    assert [(one.origin, one.idx) for one in file.records] == [(NANJING, n) for n in range(3)]
    for one in file.records:
        note = parse_proof(one.proof.encode())
        assert note.index == one.idx
    first = file.records[0]
    altered = replace(first, main=first.main.replace("施工", "示例"))
    for records, code in (((altered,), "body-differs"), ((), "answer-differs")):
        with pytest.raises(MalformedRefusal) as refused:
            replayed(replace(file, records=records))
        assert refused.value.detail_code == code
    for bad in (b"{}", b"x" * (standards_file.FILE_MAX + 1)):
        with pytest.raises(MalformedRefusal, match="重演"):
            opened(bad)


async def test_a_file_is_bounded(scene, monkeypatch):
    monkeypatch.setattr(standards_file, "RECORDS_MAX", 1)
    await recognised(scene)
    with pytest.raises(TooLargeRefusal, match="年份"):
        await standards(scene).file(await asked(scene))
