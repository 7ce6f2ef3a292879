"""Each member's catalogue by date, the yearly list from CSV, and what a new one takes away."""

from datetime import date

import pytest

from registry.rules.catalogue import lawful, listings
from registry.rules.catalogue_csv import ROWS_MAX, catalogue_yaml, read_list
from registry.rules.catalogue_diff import compare, lost_basis
from registry.rules.compile import book_digest, compile_book
from registry.rules.defects import RuleBookError
from registry.rules.language import Book
from registry.rules.lawful import ListedItem
from registry.rules.load import load_book
from tests.registry.rules.books import (
    adoption,
    answer,
    ask,
    book,
    compiled,
    files,
    quality,
    text,
    wages,
)
from tests.registry.rules.drafts import ITEMS, OPEN, edition

HEADER = "措施,类别,内容,对象,依据,实施机关,主体类型\n"
ROW = "限制参加评先评优,B,限制参加评先评优,严重失信主体,示例依据,评选机关,组织、自然人\n"
FUNDS_ITEM = ITEMS[
    ITEMS.index("  - item: 限制申请财政性资金项目") : ITEMS.index("  - item: 限制参加评先评优")
]
REGULATION = (
    "  samr-107:\n",
    (
        "  anhui-credit:\n    title: 示例省社会信用条例\n    number: 示例\n"
        '    level: local_regulation\n    territory: "340000"\n    in_force: {from: 2022-01-01}\n'
        "    articles: {}\n  samr-107:\n"
    ),
)
ANHUI = (
    "catalogues:\n",
    (
        "catalogues:\n- scope: '340000'\n  edition: '2026'\n  title: 示例省补充清单\n"
        "  instrument: anhui-credit\n  effective: {from: 2026-05-10}\n  read: unconfirmed\n"
        f"  items:\n{FUNDS_ITEM}"
    ),
)


def with_supplement() -> dict[str, tuple[tuple[str, str], ...]]:
    """Return a book in which only one province may still limit public funds."""
    return {"catalogues": ((FUNDS_ITEM, ""), ANHUI), "instruments": (REGULATION,)}


def items_of(found: Book) -> tuple[ListedItem, ...]:
    return found.catalogues[0].items


# --- the catalogue of a member and a day


def test_the_shipped_list_says_how_well_it_was_read():
    (national,) = book().catalogues
    assert (national.scope, national.read) == ("CN", "unconfirmed")
    assert len(national.items) == 14
    assert book().instruments[national.instrument].articles["items"].read == "unconfirmed"


def test_a_member_has_the_national_list_and_the_supplements_of_where_it_lies():
    loaded = book(**with_supplement())
    there = lawful(loaded.catalogues, "340200", date(2026, 6, 1))
    assert [(one.scope, row.item) for one, row in there][-1] == ("340000", "限制申请财政性资金项目")
    assert there[0][0].scope == "CN"
    for member, day in (("321100", date(2026, 6, 1)), ("340200", date(2026, 5, 9))):
        scopes = {one.scope for one, _ in lawful(loaded.catalogues, member, day)}
        assert scopes == {"CN"}
    assert lawful(loaded.catalogues, "340200", date(2024, 2, 17)) == ()


def test_editions_that_follow_each_other_are_one_listing():
    ended = (OPEN, "effective: {from: 2024-02-18, until: 2026-03-01}")
    further = ("catalogues:\n", edition("CN", "2026-03-01"))
    (one,) = listings(book(catalogues=(ended, further)).catalogues, "限制任职")
    assert (one.start, one.until) == (date(2024, 2, 18), None)
    gone = (further[0], further[1].replace(FUNDS_ITEM, ""))
    (two,) = listings(book(catalogues=(ended, gone)).catalogues, "限制申请财政性资金项目")
    assert two.until == date(2026, 3, 1)
    apart = listings(book(**with_supplement()).catalogues, "限制任职")
    assert [one.scope for one in apart] == ["CN"]


# --- the engine asks the catalogue of where and when


WUHU = {"territory": "340200"}
ADOPTED = (adoption("R02"), adoption("R02", "340200"))


def test_a_measure_of_a_supplement_applies_only_where_it_is_listed():
    found = compiled(**with_supplement())
    (one,) = answer([wages()], ask(**WUHU), found, ADOPTED).measures
    assert one.measure == "m-funds"
    decision = answer([wages()], ask(), found, ADOPTED)
    assert decision.measures == ()
    said = "限制申请财政性资金项目不在镇江市当日有效的失信惩戒措施清单内，不适用"
    assert decision.says == (said,)
    assert [(no.measure, no.code) for no in decision.not_applied] == [
        ("m-funds", "not-in-catalogue")
    ]


@pytest.mark.parametrize(("day", "applies"), [(9, False), (10, True)])
def test_a_measure_applies_from_the_day_it_is_listed(day, applies):
    on = date(2026, 5, day)
    decision = answer([wages()], ask(on=on, **WUHU), compiled(**with_supplement()), ADOPTED)
    assert bool(decision.measures) is applies


@pytest.mark.parametrize(("day", "applies"), [(31, True), (1, False)])
def test_a_measure_the_new_list_dropped_ends_with_the_old_one(day, applies):
    ended = (OPEN, "effective: {from: 2024-02-18, until: 2026-06-01}")
    further = ("catalogues:\n", edition("CN", "2026-06-01").replace(FUNDS_ITEM, ""))
    on = date(2026, 5, 31) if day == 31 else date(2026, 6, 1)
    decision = answer([wages()], ask(on=on), compiled(catalogues=(ended, further)))
    assert bool(decision.measures) is applies
    others = answer([wages()], ask("honours", on=on), compiled(catalogues=(ended, further)))
    assert others.measures


def test_what_names_no_item_and_what_rewards_need_no_list():
    assert answer([quality()], ask("market_licence", date(2026, 6, 1))).measures
    uses = [
        use
        for rule in compile_book(book()).rules
        for group in rule.by_matter.values()
        for use in group
    ]
    assert {use.key for use in uses if use.listed is None} == {
        "m-consider-market",
        "i-gap-acceptance",
        "i-green-channel",
        "i-fewer-inspections",
    }


def test_a_book_without_lists_is_decided_without_them_and_is_another_book():
    contents = files()
    del contents["catalogues.yaml"]
    bare = load_book(contents)
    assert bare.catalogues == ()
    assert answer([wages()], ask(), compile_book(bare)).measures
    assert book_digest(bare) != book_digest(book())


def test_a_local_measure_rests_on_a_local_regulation():
    local = (
        "  anhui-credit:\n    title: 示例省社会信用条例\n    number: 示例\n"
        "    level: local_regulation\n    territory: CN\n    in_force: {from: 2022-01-01}\n"
        "    articles: {'1': {gist: 示例, read: full_text}}\n  samr-107:\n"
    )
    contents = files(
        instruments=(("  samr-107:\n", local),),
        measures=(("national_item: 限制申请财政性资金项目", "national_item: null"),),
        rules=(
            (
                "    - use: m-funds\n      basis: wage-regulation#48.1",
                "    - use: m-funds\n      basis: anhui-credit#1",
            ),
        ),
    )
    bare = {name: body for name, body in contents.items() if name != "catalogues.yaml"}
    assert load_book(bare)
    with pytest.raises(RuleBookError) as caught:
        load_book(contents)
    (defect,) = caught.value.defects
    assert defect.code == "outside-list"
    assert "限制申请财政性资金项目" in defect.expected


# --- the yearly list from CSV


def test_a_list_is_read_from_csv_and_back_from_yaml():
    items = read_list(
        "\ufeff"
        + HEADER
        + ROW.replace("自然人", "自然人、组织")
        + "\n"
        + ROW.replace("限制参加评先评优,B", "从严审慎授信,第三类"),
        "list.csv",
    )
    assert [(row.item, row.family, row.subjects) for row in items] == [
        ("限制参加评先评优", "B", ("organisation", "natural_person")),
        ("从严审慎授信", "C", ("organisation", "natural_person")),
    ]
    loaded = book()
    (national,) = loaded.catalogues
    again = load_book({**files(), "catalogues.yaml": catalogue_yaml(national)})
    assert again.catalogues == loaded.catalogues
    until = OPEN.replace("}", ", until: 2027-01-01}")
    (ending,) = book(catalogues=((OPEN, until),)).catalogues
    assert load_book({**files(), "catalogues.yaml": catalogue_yaml(ending)}).catalogues == (ending,)


@pytest.mark.parametrize(
    ("content", "line", "path", "code", "right"),
    [
        (HEADER + ROW.replace(",B,", ",D,"), 2, "/类别", "row-family", "第一类"),
        (HEADER + ROW.replace("示例依据", " "), 2, "/依据", "row-empty", "1–2000"),
        (HEADER + ROW.replace("评选机关", "机" * 201), 2, "/实施机关", "row-length", "<= 200"),
        (HEADER + ROW.replace("自然人", "法官"), 2, "/主体类型", "row-subjects", "个体工商户"),
        (HEADER + ROW + ROW, 3, "/措施", "duplicate-item", "one"),
        (HEADER + ROW.replace(",组织、自然人", ""), 2, "", "row-cells", "7"),
        (HEADER.replace("依据", "法律"), 1, "/法律", "unknown-column", "依据"),
        (HEADER.replace(",依据", ""), 1, "/依据", "missing-column", "依据"),
        (HEADER.replace("主体类型", "依据"), 1, "/依据", "unknown-column", "主体类型"),
        (HEADER + '"a' + ROW, 2, "", "not-csv", "RFC 4180"),
        (HEADER, 0, "", "empty", "1 – 1000"),
        ("", 1, "/措施", "missing-column", "类别"),
        ("x" * (4 * 1024 * 1024 + 1), 0, "", "too-large", "<="),
    ],
)
def test_what_is_wrong_with_a_list_is_told_by_line_and_column(content, line, path, code, right):
    with pytest.raises(RuleBookError) as caught:
        read_list(content, "list.csv")
    found = [defect for defect in caught.value.defects if defect.code == code]
    assert found
    assert (found[0].file, found[0].line, found[0].path) == ("list.csv", line, path)
    assert right in found[0].expected
    assert found[0].zh
    assert found[0].en


def test_every_row_that_is_wrong_is_told_and_none_is_taken():
    with pytest.raises(RuleBookError) as caught:
        read_list(
            HEADER + ROW.replace(",B,", ",D,") + ROW + ROW.replace("评选机关", ""), "list.csv"
        )
    assert [(d.line, d.code) for d in caught.value.defects] == [(2, "row-family"), (4, "row-empty")]


def test_a_list_has_so_many_rows_and_no_more():
    rows = [ROW.replace("限制参加评先评优,B", f"措施{n},B") for n in range(ROWS_MAX + 2)]
    assert len(read_list(HEADER + "".join(rows[:ROWS_MAX]), "list.csv")) == ROWS_MAX
    with pytest.raises(RuleBookError) as caught:
        read_list(HEADER + "".join(rows), "list.csv")
    assert [(d.line, d.code) for d in caught.value.defects] == [(ROWS_MAX + 2, "too-large")]


# --- two years


def csv_of(items: tuple[ListedItem, ...]) -> str:
    kinds = {"organisation": "组织", "natural_person": "自然人", "sole_trader": "个体工商户"}
    rows = [
        (
            *(
                getattr(row, name)
                for name in ("item", "family", "content", "targets", "basis", "organ")
            ),
            "、".join(kinds[kind] for kind in row.subjects),
        )
        for row in items
    ]
    return HEADER + "".join(",".join(f'"{cell}"' for cell in row) + "\n" for row in rows)


def test_the_same_list_changes_nothing():
    items = items_of(book())
    again = read_list(csv_of(items), "list.csv")
    assert again == items
    assert compare(items, again) == ()
    assert lost_basis(book(), again) == ()


def test_an_item_that_is_gone_takes_its_rules_with_it():
    items = items_of(book())
    without = tuple(row for row in items if row.item != "限制申请财政性资金项目")
    (change,) = compare(items, without)
    assert str(change) == "删除 / gone  限制申请财政性资金项目"
    (lost,) = lost_basis(book(), without)
    assert (lost.rule, lost.measure, lost.why) == ("R02", "m-funds", "item-gone")
    assert "规则R02（2026-1）“限制申请财政性资金项目”" in str(lost)
    assert "rule R02 2026-1, m-funds has lost its basis" in str(lost)
    assert lost.stays == ()
    (local,) = lost_basis(book(**with_supplement()), without)
    assert local.stays == ("340000",)
    assert "补充清单仍有：340000" in local.zh


def test_another_family_and_fewer_targets_lose_the_basis_too():
    changed = csv_of(items_of(book()))
    family = changed.replace('"限制参加评先评优","B"', '"限制参加评先评优","C"')
    found = lost_basis(book(), read_list(family, "list.csv"))
    assert {(one.rule, one.measure, one.why) for one in found} == {
        ("R02", "m-honours-any", "family-changed"),
        ("R06", "m-no-market-honours", "family-changed"),
    }
    narrow = changed.replace('"评选机关",""', '"评选机关","组织"')
    found = lost_basis(book(), read_list(narrow, "list.csv"))
    assert {one.why for one in found} == {"targets-narrower"}
    assert all("natural_person" in one.en for one in found)
    (change,) = compare(items_of(book()), read_list(narrow, "list.csv"))
    assert str(change) == "变更 / changed  限制参加评先评优（subjects： → organisation）"


def test_another_basis_of_an_item_is_told_and_loses_nothing():
    changed = csv_of(items_of(book())).replace("兵役法", "新兵役法")
    after = read_list(changed + '"示例措施","A","示例","示例","示例","示例",""\n', "list.csv")
    changes = compare(items_of(book()), after)
    assert [(one.kind, one.item) for one in changes] == [
        ("changed", "限制升学复学"),
        ("added", "示例措施"),
    ]
    assert changes[0].columns == (("basis", "兵役法", "新兵役法"),)
    assert lost_basis(book(), after) == ()


def test_the_text_of_the_shipped_list_is_that_of_the_file():
    assert all(row.item in text("catalogues") for row in items_of(book()))
