"""Everybody at once: the same measures as one by one; and what a draft would change, signed."""

import json
from collections import Counter
from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.errors import MalformedRefusal, NotFoundRefusal
from registry.query import population
from registry.query.impact import Gathered, Row, differences, open_impact, rows_of, seal_impact
from registry.query.population import Count, Line, Part, Weigher, parts
from registry.query.survey import VIEWER, Asked, compared, survey_of
from registry.rules.compile import compile_book
from registry.rules.load import load_book
from registry.rules.touching import causes_of, changed_keys
from registry.store import reading_population
from registry.store.reading_population import count_subjects, reading_alone, subjects_with
from tests.registry.query.scene import (
    NANJING,
    TODAY,
    WUHU,
    Scene,
    act,
    adoption,
    book_files,
    firm,
    listing,
    penalty,
    permit,
    registration,
)
from tests.registry.world import charter, node_key

ALL = Asked((), "", TODAY, TODAY)
LABOUR = {"name": "芜湖市人力资源和社会保障局", "kind": "人力资源社会保障行政部门"}
TAX = {"name": "国家税务总局芜湖市税务局", "kind": "税务机关"}
MARKET = {"name": "芜湖市市场监督管理局", "kind": "市场监督管理部门"}
PLAIN = {"severity": {"class": "unclassified"}}


def honour(number: int, year: int = 2026) -> dict[str, object]:
    on = f"{year}-04-28"
    days = {"published_on": on, "listed_on": on, "decided_on": on}
    return listing("tax-grade-a", subject=firm(number), authority=TAX, **days, **PLAIN)


async def stated(scene: Scene) -> None:
    """Enterprises of every kind: listed, honoured, repaired, under two codes, with nothing."""
    await scene.rules((NANJING, "R02", "320100"), (NANJING, "R06", "320100"))
    allows = ["i-gap-acceptance", "i-green-channel"]
    await scene.one(NANJING, adoption("R10", "320100", allows=allows))
    await scene.state(
        WUHU,
        *(registration(subject=firm(number)) for number in range(1, 12)),
        listing(subject=firm(1)),
        listing("samr-serious", field="product_quality", subject=firm(2), authority=MARKET),
        honour(3),
        honour(4),
        listing("samr-serious", field="product_quality", subject=firm(4), authority=MARKET),
        listing(subject=firm(5)),
        listing(subject=firm(6), publication="government"),
        listing(subject=firm(7), publication="authorised"),
        honour(8, 2025),
        penalty(subject=firm(9)),
        permit(subject=firm(9)),
    )
    assert not scene.quarantined, scene.quarantined
    placed = await scene.one(WUHU, listing(subject=firm(10)))
    await scene.one(WUHU, act("repair", placed, "2026-10-01", subject=firm(10), authority=LABOUR))
    regno = "320100000012346"
    await scene.one(NANJING, registration(subject=firm(11, registration_no=regno)))
    under = {"kind": "organisation", "name": "某公司", "registration_no": regno}
    await scene.one(WUHU, listing(subject=under))
    await scene.one(WUHU, listing(subject=firm(11)))


def as_it_is(part: Part) -> Part:
    return part


async def counted(url: str, workers: int = 1) -> tuple[Count, list[Line]]:
    survey, _ = await survey_of(url, charter(), ALL)
    count, lines = Count(), []
    async for part in parts(survey, workers, as_it_is):
        count.add(Count.of(part))
        lines += part.lines
    return count, lines


async def one_by_one(scene: Scene) -> set[tuple[str, ...]]:
    """Ask about each subject by itself, in every territory."""
    found = set()
    places = [p.territory[0] for p in scene.node.charter.parties if p.rank != "region"]
    for row in await scene.node.db.pool.fetch("SELECT subject_id FROM subjects"):
        for place in places:
            asked = (row[0].hex(), place, "", "", TODAY, VIEWER)
            try:
                decision = (await scene.reader.decide(*asked)).decision
            except NotFoundRefusal:
                continue
            found |= {
                (decision.ask.subject_id, place, m.rule, m.measure, m.effect, m.state, m.last_day)
                for m in decision.measures
            }
    return found


async def test_all_at_once_is_each_by_itself(scene, database, monkeypatch):
    await stated(scene)
    monkeypatch.setattr(reading_population, "TOGETHER", 3)
    count, lines = await counted(database.service_url)
    said = [
        (one.subject_id, one.territory, one.rule, one.measure, one.effect, one.state, one.last_day)
        for one in lines
    ]
    assert len(said) == len(set(said))
    assert set(said) == await one_by_one(scene)
    assert len({one.subject_id for one in lines}) == count.with_measure == 7
    assert sum(count.measures.values()) == len(lines)
    assert {"R02", "R06", "R10"} == {one.rule for one in lines}
    assert {"suspended", "active"} == {one.state for one in lines}
    assert count.records > count.subjects > count.with_measure
    assert await count_subjects(database.service_url) >= 11
    more, others = await counted(database.service_url, 2)
    assert (more, others) == (count, lines)


async def test_in_this_process_a_part_is_what_it_is_in_another(scene, database):
    await stated(scene)
    survey, book = await survey_of(database.service_url, charter(), ALL)
    assert book.edition == "2026-1"
    _, lines = await counted(database.service_url)
    mine: list[Line] = []
    async with reading_alone(database.service_url) as reading:
        weigher = Weigher(survey)
        async for ids in subjects_with(database.service_url, survey.causes):
            mine += (await weigher.part(ids, reading)).lines
    assert mine == lines
    monkey: list[population._Worker] = population._WORKERS
    assert monkey == []


async def test_where_nothing_is_adopted_nobody_is_looked_at(scene, database):
    await scene.rules()
    await scene.one(WUHU, listing())
    count, _ = await counted(database.service_url)
    assert count == Count()
    for asked, code in (
        (Asked(("999999",), "", TODAY, TODAY), "unknown-territory"),
        (Asked((), "", date(2020, 1, 1), TODAY), "no-rulebook"),
    ):
        with pytest.raises(MalformedRefusal) as refused:
            await survey_of(database.service_url, charter(), asked)
        assert refused.value.detail_code == code


def draft(*changes: tuple[str, str]) -> dict[str, bytes]:
    files = book_files()
    text = files["rules.yaml"].decode()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return {**files, "rules.yaml": text.encode()}


SHORTER = ("if_no_listed_until: {length: P3Y", "if_no_listed_until: {length: P1Y")


async def gathered(url: str, files: dict[str, bytes], asked: Asked = ALL):
    both = await compared(url, charter(), asked, files)
    gathering, rows = Gathered(), []
    async for one in parts(both.survey, 1, differences):
        gathering.add(one)
        rows += [msgspec.json.decode(line, type=Row) for line in one.data.splitlines()]
    return both, gathering, rows


async def test_the_same_book_changes_nothing_for_anybody(scene, database):
    await stated(scene)
    both, gathering, rows = await gathered(database.service_url, book_files())
    assert (both.changed, both.assumed, rows, gathering.looked_at) == ((), (), [], 0)


async def test_who_gains_and_loses_what_where_is_told_and_signed(scene, database):
    await stated(scene)
    files = draft(SHORTER)
    both, gathering, rows = await gathered(database.service_url, files)
    assert both.changed == ("R02",)
    assert set(both.survey.causes) == {("list_entry", "wage-arrears")}
    changes = [change for row in rows for change in row.changes]
    assert {change.way for change in changes} == {"changed"}
    assert {change.before[2][:4] for change in changes} == {"2029"}
    assert {change.after[2][:4] for change in changes} == {"2027"}
    assert {row.territory for row in rows} == {"320100"}
    later, _, gone = await gathered(
        database.service_url, files, Asked((), "", date(2028, 1, 1), TODAY)
    )
    assert {change.way for row in gone for change in row.changes} == {"lost"}
    assert later.survey.today == TODAY
    key, now = node_key("mirror"), 1795000000
    made = gathering.impact(both, key.name.removesuffix("/mirror"), now)
    assert made.subjects == len({row.subject for row in rows}) == 4
    assert sum(total.subjects for total in made.totals) == len(changes)
    data = seal_impact(made, key, now)
    assert open_impact(data + b"\n", key.vkey) == made
    for odd in (
        data.replace(b'"looked_at":', b'"looked_at":1'),
        data.replace(b"registry-impact@v1", b"registry-impact@v2"),
        seal_impact(made, key, now + 1),
        seal_impact(made, node_key("witness"), now),
        b"",
    ):
        with pytest.raises(MalformedRefusal, match="not a valid file"):
            open_impact(odd, key.vkey)
    assert json.loads(data)["impact"]["list_lines"] == len(rows)


async def test_a_new_edition_is_taken_to_be_adopted_by_those_who_have_the_old(scene, database):
    await stated(scene)
    text = book_files()["rules.yaml"].decode()
    rule = text[text.index("- key: R02") : text.index("- key: R06")]
    newer = rule.replace('edition: "2026-1"', 'edition: "2026-2"', 1)
    files = draft((rule, newer))
    both, _, rows = await gathered(database.service_url, files)
    assert [(one.rule, one.edition, one.member) for one in both.assumed] == [
        ("R02", "2026-2", "320100")
    ]
    assert rows == []  # the same measures, until the same days
    begin, end = rule.index("  measures:\n"), rule.index("  not_from_this_rule:")
    another = "  measures:\n    - {use: m-no-market-honours, basis: samr-44#measures}\n"
    other = rule.replace("key: R02", "key: R99", 1).replace(rule[begin:end], another)
    extra = draft((rule, rule + other))
    more, _, found = await gathered(
        database.service_url, extra, Asked(("340200",), "", TODAY, TODAY)
    )
    assert [(one.rule, one.member) for one in more.assumed] == [("R99", "340200")]
    assert {change.way for row in found for change in row.changes} == {"gained"}
    assert {row.territory for row in found} == {"340200"}
    without = draft((rule, rule.replace("key: R02", "key: R98", 1)))
    less, _, lost = await gathered(database.service_url, without)
    assert less.changed == ("R02", "R98")
    assert {change.way for row in lost for change in row.changes} == {"lost", "gained"}


def test_what_triggers_rules_and_what_makes_them_differ():
    book = compile_book(load_book(book_files()))
    assert causes_of(book) >= {("list_entry", "wage-arrears"), ("list_entry", "tax-grade-a")}
    assert causes_of(book, ()) == frozenset()
    assert changed_keys(book, compile_book(load_book(book_files()))) == frozenset()
    shorter = compile_book(load_book(draft(SHORTER)))
    assert changed_keys(book, shorter) == {"R02"} == changed_keys(shorter, book)
    measures = {**book_files()}
    measures["measures.yaml"] = measures["measures.yaml"].replace(
        "限制申请财政性资金项目".encode(), "限制申请资金项目".encode(), 1
    )
    assert "R02" in changed_keys(book, compile_book(load_book(measures)))


_LINES = st.lists(
    st.builds(
        Line,
        book=st.integers(0, 1),
        subject_id=st.sampled_from(["a", "b"]),
        name=st.just("x"),
        territory=st.sampled_from(["1", "2"]),
        kind=st.just("punishment"),
        rule=st.sampled_from(["R1", "R2"]),
        edition=st.just("e"),
        measure=st.sampled_from(["m", "n"]),
        effect=st.sampled_from(["bar", "notice"]),
        state=st.just("active"),
        last_day=st.sampled_from([None, TODAY, TODAY + timedelta(days=1)]),
        causes=st.just(("e",)),
    ),
    max_size=12,
    unique_by=lambda line: (line.book, line.subject_id, line.territory, line.rule, line.measure),
)


@given(_LINES)
def test_a_difference_is_what_one_book_says_and_the_other_does_not(lines):
    lines = sorted(lines, key=lambda line: (line.subject_id, line.territory, line.book))
    said: Counter[str] = Counter()
    for row in rows_of(lines):
        said.update(change.way for change in row.changes)
    sides = [
        {
            (one.subject_id, one.territory, one.rule, one.measure): (one.effect, one.last_day)
            for one in lines
            if one.book == book
        }
        for book in (0, 1)
    ]
    was, will = sides
    assert said["lost"] == len(was.keys() - will.keys())
    assert said["gained"] == len(will.keys() - was.keys())
    assert said["changed"] == sum(was[key] != will[key] for key in was.keys() & will.keys())
    gathering = Gathered()
    one = differences(Part(2, 5, lines))
    gathering.add(one)
    assert gathering.lines == one.data.count(b"\n")
    assert sum(gathering.totals.values()) == sum(said.values())
