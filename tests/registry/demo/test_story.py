"""What the region tells as data: every situation of the law's corrections has its enterprise."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from registry.clock import SHANGHAI
from registry.demo.enterprises import CAST
from registry.demo.facts import BY_SEGMENT, FACTS, MEMBERS, PARTIES
from registry.demo.region import LAST_DAY, DemoRegion, RulebookFiles, build
from registry.demo.statements import Statement
from registry.demo.workplace import earliest, silent_since
from registry.domain.identifiers import regno_problems
from registry.domain.records import Relation, decode_main
from registry.domain.subjects import stated_codes
from signing.record import split_line

FILES = RulebookFiles("示例规则汇编", "ab" * 32, {"rules.yaml": b"rules: []\n"})
NAMES = [one.name for one in FACTS.cast]
ASKED_FOR = {
    *("not-adopted", "nationwide-ban", "notice-only", "cross-province", "reported-twice"),
    *("several-cities", "expired", "withdrawn", "repaired", "honour-beside-listing"),
    *("stale-city", "branch", "parent", "consortium", "renamed", "quarantined", "minor"),
}
APART = {"registration", "relation", "rulebook", "adoption", "self_declaration"}
"""What a page shows beside the records that its situation is told with."""


@pytest.fixture(scope="module")
def region() -> DemoRegion:
    return build(FILES)


def every(region: DemoRegion) -> list[tuple[str, Statement]]:
    return [(origin, one) for origin, log in region.logs.items() for one in log]


def test_each_situation_is_told_once_in_both_languages_with_something_to_see():
    keys = [told.key for told in FACTS.situations]
    assert len(keys) == len(set(keys))
    assert set(keys) >= ASKED_FOR
    for told in FACTS.situations:
        assert all((told.zh, told.en, told.see_zh, told.see_en)), told.key
        assert told.firm in NAMES, told.key
        assert told.shows or told.hides, told.key
        assert not set(told.shows) & set(told.hides), told.key
        assert set(told.government) <= set(told.hides), told.key
        assert told.ask is not None or not told.measures, told.key


def test_what_must_not_be_seen_is_there_to_be_seen(region):
    """A text that nobody ever wrote would be hidden by nothing."""
    written = "".join(one.line.decode() for _, one in every(region))
    for told in FACTS.situations:
        for text in told.hides:
            if "〔" in text or text in {tie.person for tie in FACTS.ties}:
                assert text in written, (told.key, text)


def test_nothing_is_on_the_page_of_the_cast_by_chance(region):
    told = Counter({one.name: len(one.records) for one in FACTS.cast})
    ended = Counter(one.name for one in FACTS.cast for r in one.records if r.end)
    stated: Counter[str] = Counter()
    for _, one in every(region):
        main = one.main
        if main["type"] not in APART:
            stated[str(main["subject"]["name"])] += 1
    answered = Counter(one.firm for one in FACTS.answers)
    amended = Counter(one.name for one in FACTS.cast for r in one.records if r.right_no)
    olds = Counter(r.old for one in FACTS.cast for r in one.records if r.old)
    for one in FACTS.cast:
        own_old = sum(olds[r.old] for r in one.records if r.old)
        assert stated[one.name] == (
            told[one.name] + ended[one.name] + amended[one.name] + answered[one.name] - own_old
        ), one.name
    assert CAST == len(FACTS.cast) == len(set(NAMES))


def test_the_cast_is_registered_where_it_is_told_and_bore_the_names_it_is_told(region):
    for told, firm in zip(FACTS.cast, region.enterprises, strict=False):
        assert (firm.name, firm.home, firm.kind) == (
            told.name, BY_SEGMENT[told.at], "organisation",
        )  # fmt: skip
        assert dict(firm.former) == told.former
        assert all(firm.registered_on < until for _, until in firm.former)
        assert region.named(told.name) is firm
        assert regno_problems(firm.registration_no) == ()


@pytest.mark.parametrize("told", [r for one in FACTS.cast for r in one.records if r.no])
def test_each_record_with_a_number_stands_in_the_log_it_is_told_for(region, told):
    log = region.logs[BY_SEGMENT[told.place].origin]
    found = [one for one in log if one.main.get("decision_no") == told.no]
    (one,) = found
    assert one.main["decided_on"] == told.on.isoformat()
    assert one.flawed is told.flaw
    if told.of:
        assert one.main["provenance"]["kind"] == "relayed"
        assert one.main["authority"]["division"] == BY_SEGMENT[told.of].code
    if told.old:
        assert stated_codes(decode_main(split_line(one.line)[0]).subject)[0][0] == "regno"
    ends = [s.main for s in log if s.main.get("target", {}).get("id") == one.main["id"]]
    dated = "received_on" if told.end == "objection" else "effective_on"
    assert [(end["type"], end[dated]) for end in ends] == (
        [(told.end, told.end_on.isoformat())] if told.end else []
    )


def test_relations_are_as_told_and_persons_stand_at_the_end_they_are_about(region):
    ties = [
        decode_main(split_line(one.line)[0]) for _, one in every(region) if one.type == "relation"
    ]
    assert all(isinstance(tie, Relation) for tie in ties)
    kinds = Counter(tie.relation for tie in ties)
    assert kinds["parent_branch"] == 1
    assert kinds["consortium"] > 20
    assert kinds["person_enterprise"] > 20
    for told in FACTS.ties:
        (tie,) = (tie for tie in ties if tie.decision_no == told.no)
        named = {tie.subject.name: tie.role}
        named |= {end.subject.name: end.role for end in tie.others}
        assert named == told.ends
        assert (tie.valid_from, tie.relation) == (told.since, told.kind)
    for tie in ties:
        person = tie.subject.kind == "natural_person"
        assert person is (tie.relation == "person_enterprise")
        assert all(end.subject.kind != "natural_person" for end in tie.others)


def test_a_silent_member_has_decided_and_published_nothing_since(region):
    silent = [member for member in MEMBERS if member.silent_since]
    assert [member.segment for member in silent] == ["huaian"]
    for one in region.logs[silent[0].origin]:
        if one.type == "adoption":
            continue
        days = [one.main[key] for key in ("decided_on", "published_on") if key in one.main]
        assert max(days) <= silent[0].silent_since.isoformat(), one.main
    assert len(region.logs[silent[0].origin]) > 150


def test_when_a_silent_member_was_heard_of_last():
    silent = BY_SEGMENT["huaian"]
    morning = datetime.combine(silent.silent_since, datetime.min.time(), SHANGHAI)
    late = datetime(2027, 3, 1, 2, 0, tzinfo=UTC)
    assert silent_since(silent, late) == morning + timedelta(hours=9)
    assert earliest(late) == morning + timedelta(hours=9)
    early = datetime(2026, 9, 20, 2, 0, tzinfo=UTC)  # a machine whose calendar is behind
    assert silent_since(silent, early) == early - timedelta(days=31)
    others = [party for party in PARTIES if party is not silent]
    assert {silent_since(party, late) for party in others} == {None}


def test_what_is_told_holds_on_the_day_of_the_tour_and_for_long_after():
    """The demonstration is run on any later day: bans last, and what is over stays over."""
    for one in FACTS.cast:
        for told in one.records:
            assert told.on <= LAST_DAY
            assert told.end_on is None or told.on < told.end_on <= LAST_DAY
            if told.list == "procurement-serious":
                assert told.until > date(2027, 12, 31)
            elif told.until:
                assert told.until < LAST_DAY
            assert told.public_until is None or told.public_until < LAST_DAY


def test_judgements_are_on_names_that_somebody_goes_by():
    olds = {r.old for one in FACTS.cast for r in one.records if r.old}
    for judged in FACTS.judgements:
        assert {judged.one, judged.other} <= {*NAMES, *olds}
        assert judged.by
        assert judged.reason
    assert {judged.judgement for judged in FACTS.judgements} == {"same", "different"}
