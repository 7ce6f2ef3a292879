"""Editions: what several sources say of one, states day by day, and replacements that must end."""

import itertools
from datetime import date

import pytest

from registry.standards.cases import known_of, records_of
from registry.standards.editions import CHAIN_MAX, Link, Shelf, ranked, same_edition


def shelf(*given: dict) -> Shelf:
    return Shelf.of(known_of(records_of(list(given))))


def standard(number: str, **members: object) -> dict:
    return {"standard": {"number": number, **members}}


def notice(number: str, event: str, **members: object) -> dict:
    return {"standard_notice": {"number": number, "event": event, **members}}


def replaces(number: str, extent: str = "whole", **members: object) -> list[dict]:
    return [{"number": number, "extent": extent, **members}]


def states(found: Shelf, number: str, *days: str) -> list[str]:
    return [found.state_on(found.editions[number], date.fromisoformat(day)) for day in days]


def test_the_four_states_on_their_days():
    found = shelf(standard("GB/T 1-2009", effective_on="2010-01-01", void_on="2020-01-01"))
    days = ("2009-12-31", "2010-01-01", "2019-12-31", "2020-01-01")
    assert states(found, "GB/T 1-2009", *days) == ["upcoming", "in_force", "in_force", "void"]


def test_each_member_is_taken_from_the_first_source_that_states_it():
    relayed = {"kind": "relayed", "source": "某目录"}
    found = shelf(
        standard(
            "GB/T 1-2009",
            id="relayed",
            log="340500",
            provenance=relayed,
            effective_on="2010-03-01",
            void_on="2020-01-01",
            obligation="mandatory",
            title="旧名称",
            replaced_by=replaces("GB/T 2-2019"),
            adopts=[{"number": "ISO 1:2008", "degree": "IDT"}],
        ),
        standard("GB/T 1-2009", id="own", effective_on="2010-01-01"),
    )
    edition = found.editions["GB/T 1-2009"]
    assert [one.ref.id for one in edition.sources] == ["own", "relayed"]
    assert (edition.effective_on, edition.void_on) == (date(2010, 1, 1), date(2020, 1, 1))
    assert edition.first.obligation == "voluntary"
    assert [one.number for one in edition.replaced_by] == ["GB/T 2-2019"]
    assert [one.number for one in edition.adopts] == ["ISO 1:2008"]
    assert [(one.field, one.told, one.other) for one in edition.differences] == [
        ("effective_on", "2010-01-01", "2010-03-01"),
        ("obligation", "voluntary", "mandatory"),
        ("title", "某产品通用要求", "旧名称"),
    ]
    assert {one.ref.origin for one in edition.differences} == {"logs.example/340500"}


def test_of_two_relayed_sources_the_one_checked_later_counts():
    def relayed(day: str, effective: str) -> dict:
        told = {"kind": "relayed", "source": "某目录", "checked_on": day}
        return standard(
            "GB/T 1-2009", id=day, provenance=told, effective_on=effective, decided_on="2010-01-01"
        )

    found = shelf(relayed("2015-01-01", "2010-01-01"), relayed("2020-01-01", "2010-02-01"))
    assert found.editions["GB/T 1-2009"].effective_on == date(2010, 2, 1)


def test_of_two_sources_of_one_weight_the_place_decides():
    stated = records_of([standard("GB/T 1-2009", id="a"), standard("GB/T 1-2009", id="b")])
    assert [one.ref.id for one in ranked(reversed(stated))] == ["a", "b"]
    assert [one.ref.id for one in ranked([*stated, *stated])] == ["a", "b"]


def test_void_by_what_is_stated_comes_before_void_by_what_follows():
    found = shelf(
        standard("GB/T 1-2009", effective_on="2010-01-01", void_on="2021-07-01"),
        standard("GB/T 1-2020", effective_on="2021-01-01", replaces=replaces("GB/T 1-2009")),
    )
    assert found.void_day(found.editions["GB/T 1-2009"]) == date(2021, 7, 1)
    assert found.void_day(found.editions["GB/T 1-2020"]) is None


def test_the_first_of_several_that_replace_it_ends_it():
    found = shelf(
        standard("GB/T 1-2009", effective_on="2010-01-01"),
        standard("GB/T 2-2015", effective_on="2016-01-01", replaces=replaces("GB/T 1-2009")),
        standard("GB/T 3-2014", effective_on="2015-01-01", replaces=replaces("GB/T 1-2009")),
        standard(
            "GB/T 4-2013", effective_on="2014-01-01", replaces=replaces("GB/T 1-2009", "part")
        ),
    )
    assert found.void_day(found.editions["GB/T 1-2009"]) == date(2015, 1, 1)
    assert states(found, "GB/T 1-2009", "2013-12-31", "2014-01-01") == [
        "in_force",
        "partly_replaced",
    ]
    assert found.successors("GB/T 1-2009") == (("GB/T 2-2015", "GB/T 3-2014"), ())
    assert found.predecessors("GB/T 4-2013") == ("GB/T 1-2009",)


def test_replacement_stated_by_the_older_edition_counts_from_the_newer_one():
    found = shelf(
        standard("GB/T 1-2009", effective_on="2010-01-01", replaced_by=replaces("GB/T 9-2015")),
        standard("GB/T 9-2015", effective_on="2016-01-01"),
    )
    assert found.void_day(found.editions["GB/T 1-2009"]) == date(2016, 1, 1)
    assert found.links["GB/T 1-2009"] == (
        Link("GB/T 9-2015", whole=True, since=date(2016, 1, 1), clauses=""),
    )


def test_replacement_by_what_nobody_knows_has_no_day():
    found = shelf(
        standard("GB/T 1-2009", effective_on="2010-01-01", replaced_by=replaces("GB/T 9-2015"))
    )
    assert found.void_day(found.editions["GB/T 1-2009"]) is None
    assert found.successors("GB/T 1-2009")[0] == ("GB/T 9-2015",)
    part = shelf(
        standard(
            "GB/T 1-2009", effective_on="2010-01-01", replaced_by=replaces("GB/T 9-2015", "part")
        )
    )
    assert states(part, "GB/T 1-2009", "2030-01-01") == ["in_force"]


def test_a_relayed_notice_does_not_win_over_the_publisher():
    told = {"kind": "relayed", "source": "某目录"}
    found = shelf(
        standard("GB/T 1-2009", effective_on="2010-01-01"),
        notice("GB/T 1-2009", "void", effective_on="2020-01-01"),
        notice(
            "GB/T 1-2009",
            "void",
            effective_on="2019-01-01",
            decided_on="2021-01-01",
            provenance=told,
        ),
    )
    assert found.void_day(found.editions["GB/T 1-2009"]) == date(2020, 1, 1)


def test_a_notice_about_an_edition_that_is_not_on_record_still_links():
    found = shelf(notice("GB/T 1-2009", "replaced", by="GB/T 9-2015", effective_on="2016-01-01"))
    assert found.editions == {}
    assert found.successors("GB/T 1-2009")[0] == ("GB/T 9-2015",)
    assert found.meant("GB/T 1-2009", date(2020, 1, 1)) is None
    nameless = shelf(notice("GB/T 1-2009", "replaced", effective_on="2016-01-01"))
    assert nameless.successors("GB/T 1-2009") == ((), ())


@pytest.mark.parametrize(
    ("day", "meant"),
    [
        ("2005-01-01", "GB/T 1-2009"),
        ("2010-01-01", "GB/T 1-2009"),
        ("2020-12-31", "GB/T 1-2009"),
        ("2021-01-01", "GB/T 1-2020"),
        ("2024-01-01", "GB/T 1-2020"),
    ],
)
def test_an_undated_number_means_the_newest_in_force(day, meant):
    found = shelf(
        standard("GB/T 1-2020", effective_on="2021-01-01", void_on="2023-01-01"),
        standard("GB/T 1-2009", effective_on="2010-01-01"),
        standard("GB/T 11-2022", effective_on="2022-01-01"),
    )
    edition = found.meant("GB/T 1", date.fromisoformat(day))
    assert edition is not None
    assert edition.number == meant
    assert found.meant("GB/T 7", date(2020, 1, 1)) is None


def test_parts_replaced_by_one_edition_stand_in_the_order_of_their_days():
    found = shelf(
        standard("GB/T 1-2009", effective_on="2010-01-01"),
        notice(
            "GB/T 1-2009",
            "replaced_in_part",
            by="GB/T 9-2015",
            effective_on="2017-01-01",
            clauses="第1章",
        ),
        notice(
            "GB/T 1-2009",
            "replaced_in_part",
            by="GB/T 9-2015",
            effective_on="2016-01-01",
            clauses="第2章",
        ),
        notice("GB/T 1-2009", "replaced", by="GB/T 99-2018", effective_on="2019-01-01"),
    )
    links = found.links["GB/T 1-2009"]
    assert [(link.by, link.clauses) for link in links] == [
        ("GB/T 99-2018", ""),
        ("GB/T 9-2015", "第2章"),
        ("GB/T 9-2015", "第1章"),
    ]


def test_a_long_chain_is_followed_to_a_bound():
    numbers = [f"GB/T {place}-2000" for place in range(1, CHAIN_MAX + 20)]
    given = [standard(numbers[0])]
    given += [standard(new, replaces=replaces(old)) for old, new in itertools.pairwise(numbers)]
    chain, cycle = shelf(*given).successors(numbers[0])
    assert chain == tuple(numbers[1:CHAIN_MAX])
    assert cycle == ()


def test_many_that_replace_one_are_bounded_too():
    given = [
        standard(f"GB/T {place}-2000", replaces=replaces("GB/T 1-1990"))
        for place in range(100, 100 + CHAIN_MAX + 20)
    ]
    assert len(shelf(*given).successors("GB/T 1-1990")[0]) == CHAIN_MAX - 1


def test_two_ways_to_one_edition_are_no_cycle():
    found = shelf(
        standard("GB/T 2-2001", replaces=replaces("GB/T 1-2000")),
        standard("GB/T 3-2001", replaces=replaces("GB/T 1-2000")),
        standard(
            "GB/T 4-2002",
            replaces=[*replaces("GB/T 2-2001"), *replaces("GB/T 3-2001")],
        ),
    )
    assert found.successors("GB/T 1-2000") == (("GB/T 2-2001", "GB/T 3-2001", "GB/T 4-2002"), ())


def test_a_cycle_further_on_is_named_from_where_it_closes():
    found = shelf(
        standard("GB/T 2-2001", replaces=[*replaces("GB/T 1-2000"), *replaces("GB/T 4-2003")]),
        standard("GB/T 3-2002", replaces=replaces("GB/T 2-2001")),
        standard("GB/T 4-2003", replaces=replaces("GB/T 3-2002")),
    )
    chain, cycle = found.successors("GB/T 1-2000")
    assert chain == ("GB/T 2-2001", "GB/T 3-2002", "GB/T 4-2003")
    assert cycle == ("GB/T 2-2001", "GB/T 3-2002", "GB/T 4-2003", "GB/T 2-2001")


def test_of_two_cycles_the_first_that_closes_is_named():
    found = shelf(
        standard("GB/T 1-2000", replaces=[*replaces("GB/T 2-2001"), *replaces("GB/T 3-2001")]),
        standard("GB/T 2-2001", replaces=replaces("GB/T 1-2000")),
        standard("GB/T 3-2001", replaces=replaces("GB/T 1-2000")),
    )
    chain, cycle = found.successors("GB/T 1-2000")
    assert chain == ("GB/T 2-2001", "GB/T 3-2001")
    assert cycle == ("GB/T 1-2000", "GB/T 2-2001", "GB/T 1-2000")


def test_replacements_in_part_make_no_chain():
    found = shelf(
        standard("GB/T 2-2001", replaces=replaces("GB/T 1-2000", "part", clauses="第3章"))
    )
    assert found.successors("GB/T 1-2000") == ((), ())
    assert found.links["GB/T 1-2000"] == (
        Link("GB/T 2-2001", whole=False, since=None, clauses="第3章"),
    )


def test_who_adopts_a_number_and_how():
    found = shelf(
        standard("GB/T 1-2009", adopts=[{"number": "ISO 1:2008", "degree": "IDT"}]),
        standard("GB/T 2-2009", adopts=[{"number": "ISO 1", "degree": "MOD"}]),
        standard("GB/T 3-2009", adopts=[{"number": "ISO 1:2015", "degree": "NEQ"}]),
    )
    assert found.adopting("ISO 1:2008") == (("GB/T 1-2009", "IDT"), ("GB/T 2-2009", "MOD"))
    assert found.adopting("ISO 1:2015") == (("GB/T 2-2009", "MOD"), ("GB/T 3-2009", "NEQ"))


def test_a_reference_without_a_year_means_any_edition():
    assert same_edition("GB/T 1-2009", "GB/T 1-2009")
    assert same_edition("GB/T 1", "GB/T 1-2009")
    assert same_edition("GB/T 1", "GB/T 1")
    assert not same_edition("GB/T 1-2008", "GB/T 1-2009")
    assert not same_edition("GB/T 1-2009", "GB/T 1")
    assert not same_edition("GB/T 11", "GB/T 1-2009")


def test_amendments_in_order_of_their_days():
    found = shelf(
        standard("GB/T 1-2009", effective_on="2010-01-01"),
        notice("GB/T 1-2009", "amended", by="第2号", effective_on="2014-01-01"),
        notice("GB/T 1-2009", "amended", by="第1号", effective_on="2012-01-01"),
        notice("GB/T 1-2009", "reviewed_valid", effective_on="2013-01-01"),
    )
    edition = found.editions["GB/T 1-2009"]

    def told(day: date) -> list[object]:
        return [one.record.by for one in found.amendments(edition, day)]

    assert told(date(2011, 12, 31)) == []
    assert told(date(2012, 1, 1)) == ["第1号"]
    assert told(date(2014, 1, 1)) == ["第1号", "第2号"]
