"""What applies: from what the viewer may see, under the rulebook and adoptions in the logs."""

from contextlib import AbstractAsyncContextManager
from datetime import date
from hashlib import sha256

import pytest
from msgspec.structs import replace

from registry.domain.disclosure import Role
from registry.errors import MalformedRefusal, NotFoundRefusal
from registry.query import file
from registry.query.inputs import TABLES, digest_of, records_digest
from registry.query.reader import Reader
from registry.query.views import DecisionAnswer, Viewer
from registry.rules.decide import decision_bytes
from registry.rules.model import Decision
from registry.store.engine import Database
from registry.store.reading_files import Reading
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
    adoption,
    firm,
    listing,
    penalty,
    permit,
    registration,
    sid,
    uscc,
)

ONE = sid(uscc(1))
IN_NANJING = (NANJING, "R02", "320100")
EXIT = {
    "list": "wage-arrears",
    "reason": "early_removal",
    "authority": {"name": "芜湖市人力资源和社会保障局", "kind": "人力资源社会保障行政部门"},
}


async def asked(
    scene: Scene, matter="public_funds", on=TODAY, viewer=PUBLIC, territory="320100"
) -> DecisionAnswer:
    return await scene.reader.decide(ONE, territory, matter, "", on, viewer)


def measures(answer: DecisionAnswer) -> list[str]:
    return [measure.measure for measure in answer.decision.measures]


async def test_a_listing_in_one_city_leads_to_a_measure_in_another(scene):
    await scene.rules(IN_NANJING)
    await scene.one(WUHU, registration())
    placed = await scene.one(WUHU, listing())
    answer = await asked(scene)
    (measure,) = answer.decision.measures
    assert (measure.rule, measure.measure, measure.effect) == ("R02", "m-funds", "manage")
    assert measure.basis.key == "wage-regulation#48.1"
    assert [(ref.origin, ref.idx, ref.entry) for ref in measure.causes] == [
        (WUHU, placed.idx, placed.entry.hex())
    ]
    assert measure.last_day == date(2029, 3, 10)
    assert measure.adoption.ref.origin == NANJING
    assert (answer.territory_name, answer.rulebook) == ("南京市", "2026-1")
    assert answer.coverage.cities[0].size == 2


async def test_where_it_is_not_adopted_nothing_applies_and_the_answer_says_so(scene):
    await scene.rules(IN_NANJING)
    await scene.one(WUHU, listing())
    answer = await asked(scene, territory="341100")
    assert measures(answer) == []
    assert [refused.code for refused in answer.decision.not_applied] == ["not-adopted"]
    assert "滁州市" in answer.decision.not_applied[0].zh


async def test_a_member_adopts_for_its_own_territory_only(scene):
    await scene.rules()
    await scene.one(WUHU, listing())
    await scene.one(WUHU, adoption("R02", "320100"))
    await scene.one(REGION, adoption("R02", "320100"))
    assert measures(await asked(scene)) == []
    await scene.one(NANJING, adoption("R02", "320100", in_force_until="2026-11-23"))
    assert measures(await asked(scene)) == ["m-funds"]
    assert measures(await asked(scene, on=date(2026, 11, 24))) == []


async def test_a_member_can_stop_a_rule_at_once(scene):
    await scene.rules()
    await scene.one(WUHU, listing())
    adopted = await scene.one(NANJING, adoption("R02", "320100"))
    assert measures(await asked(scene)) == ["m-funds"]
    office = {"kind": "organisation", "name": "示例市信用办", "uscc": uscc(902)}
    await scene.one(NANJING, act("withdrawal", adopted, "2026-11-23", subject=office))
    assert measures(await asked(scene)) == []
    assert measures(await asked(scene, on=date(2026, 11, 22))) == ["m-funds"]


async def test_after_exit_or_repair_nothing_applies_on_any_date_and_nothing_is_told(scene):
    await scene.rules(IN_NANJING)
    await scene.one(WUHU, registration())
    clean = (await asked(scene)).decision
    for end, more in (("list_exit", EXIT), ("repair", {"authority": EXIT["authority"]})):
        placed = await scene.one(WUHU, listing())
        assert measures(await asked(scene)) == ["m-funds"]
        await scene.one(WUHU, act(end, placed, "2026-10-01", **more))
        for on in (TODAY, date(2026, 6, 1)):
            for viewer in (PUBLIC, REGULATOR):
                decision = (await asked(scene, on=on, viewer=viewer)).decision
                assert decision.measures == clean.measures == ()
                assert decision.says == clean.says
                assert decision.not_applied == clean.not_applied


async def test_an_announced_exit_is_the_known_end(scene):
    await scene.rules(IN_NANJING)
    placed = await scene.one(WUHU, listing())
    await scene.one(WUHU, act("list_exit", placed, "2027-01-10", decided_on="2026-11-20", **EXIT))
    (measure,) = (await asked(scene)).decision.measures
    assert (measure.until, measure.last_day) == (date(2027, 1, 10), date(2027, 1, 9))


async def test_what_the_public_may_not_see_decides_nothing_for_it(scene):
    await scene.rules(IN_NANJING)
    await scene.one(WUHU, registration())
    await scene.one(WUHU, listing(publication="government"))
    assert measures(await asked(scene)) == []
    assert measures(await asked(scene, viewer=REGULATOR)) == ["m-funds"]


async def test_a_relayed_listing_keeps_source_and_time_checked(scene):
    await scene.rules(IN_NANJING)
    relayed = {"kind": "relayed", "source": "信用中国", "checked_on": "2026-11-01"}
    await scene.one(WUHU, listing(provenance=relayed))
    (measure,) = (await asked(scene)).decision.measures
    assert "信用中国" in measure.cause_text
    assert "2026" in measure.cause_text


async def test_records_under_another_code_count_for_the_subject(scene):
    regno = "320100000012346"
    await scene.rules(IN_NANJING)
    await scene.one(NANJING, registration(subject=firm(registration_no=regno)))
    subject = {"kind": "organisation", "name": FIRM, "registration_no": regno}
    await scene.one(WUHU, listing(subject=subject))
    assert measures(await asked(scene)) == ["m-funds"]


async def test_inputs_name_everything_and_equal_inputs_give_equal_bytes(scene):
    book = await scene.rules(IN_NANJING)
    await scene.one(WUHU, listing())
    decision = (await asked(scene)).decision
    publisher = scene.publishers[WUHU]
    view = await scene.reader.rulebook()
    members = [party for party in scene.node.charter.parties if party.rank != "region"]
    places = {code: party.name for party in members for code in party.territory}
    assert decision.inputs == {
        "charter": scene.node.charter.digest.hex(),
        **TABLES,
        "checks": "0" * 16,
        "subjects": sha256(f'["{ONE}"]'.encode()).hexdigest(),
        "records": records_digest((await asked(scene)).used),
        "territories": digest_of(places),
        "rulebook-record": f"{REGION}/{book.idx}",
        "role": "public",
        "known_on": "2026-11-23",
        "adoptions": view.adoptions.digest,
        "rulebook": view.digest,
        **{
            f"log:{origin}": f"{p.tree.size}:{p.tree.root().hex()}"
            for origin, p in scene.publishers.items()
        },
    }
    assert len(decision.inputs["lists"]) == 64
    assert publisher.tree.size == 1
    assert (view.origin, view.idx, view.edition) == (REGION, book.idx, "2026-1")
    assert decision_bytes(decision) == decision_bytes((await asked(scene)).decision)


async def test_without_a_rulebook_the_answer_says_so(scene):
    await scene.one(WUHU, listing())
    answer = await asked(scene)
    assert isinstance(answer.decision, Decision)
    assert (answer.decision.measures, answer.rulebook) == ((), "")
    assert "没有可用的规则汇编" in answer.decision.says[0]
    assert "rulebook" not in answer.decision.inputs


async def test_a_matter_no_rule_is_about_is_answered_in_words(scene):
    await scene.rules()
    await scene.one(WUHU, listing())
    answer = await asked(scene, matter="fishing")
    assert answer.decision.measures == ()
    assert "没有关于“fishing”事项的规则" in answer.decision.says[0]


async def test_incentives_and_conditions_from_records_of_several_members(scene):
    await scene.rules()
    await scene.one(
        NANJING, adoption("R10", "320100", allows=["i-gap-acceptance", "i-green-channel"])
    )
    tax = {"name": "国家税务总局芜湖市税务局", "kind": "税务机关"}
    honour = listing(
        "tax-grade-a",
        authority=tax,
        published_on="2026-04-28",
        decided_on="2026-04-28",
        listed_on="2026-04-28",
        severity={"class": "unclassified"},
        basis="《纳税缴费信用管理办法》",
        reason="年度评价结果为A级",
    )
    await scene.one(WUHU, honour)
    await scene.one(NANJING, permit())
    before = (await asked(scene, matter="service")).decision
    assert {m.state for m in before.measures} == {"active"}
    await scene.one(NANJING, penalty(field="tax", authority=tax, publicity_until="2027-07-10"))
    after = (await asked(scene, matter="service")).decision
    assert {m.state for m in after.measures} == {"suspended"}
    # It states two months more than the law allows; the law's day is that of the change.
    assert after.changes_on == date(2027, 5, 11)


async def test_publicity_that_ends_by_law_is_a_day_on_which_the_answer_changes(scene):
    """For the public, who then no longer sees the entry; an organ sees it until its term ends."""
    await scene.rules(IN_NANJING)
    await scene.one(WUHU, listing(decided_on="2026-02-01", listed_until="2029-06-30"))
    public, organ = [(await asked(scene, viewer=viewer)).decision for viewer in (PUBLIC, REGULATOR)]
    assert public.changes_on == date(2029, 2, 2)
    assert organ.changes_on == date(2029, 7, 1)
    assert public.measures == organ.measures


async def test_an_act_without_competence_is_no_fact_even_for_the_auditor(scene):
    await scene.rules(IN_NANJING)
    placed = await scene.one(WUHU, listing())
    await scene.one(WUHU, act("repair", placed, "2026-10-01", authority={"name": "他人局"}))
    for viewer in (PUBLIC, AUDITOR):
        assert measures(await asked(scene, viewer=viewer)) == ["m-funds"]


async def test_a_withdrawn_repair_is_no_fact_either(scene):
    await scene.rules(IN_NANJING)
    await scene.one(WUHU, registration())
    placed = await scene.one(WUHU, listing())
    organ = {"authority": EXIT["authority"]}
    repair = await scene.one(WUHU, act("repair", placed, "2026-10-01", **organ))
    assert measures(await asked(scene)) == []
    await scene.one(WUHU, act("withdrawal", repair, "2026-11-01", **organ))
    for viewer in (PUBLIC, REGULATOR):
        assert measures(await asked(scene, viewer=viewer)) == ["m-funds"]


async def test_a_withdrawal_of_a_withdrawal_leaves_the_repair_standing(scene):
    await scene.rules(IN_NANJING)
    await scene.one(WUHU, registration())
    placed = await scene.one(WUHU, listing())
    organ = {"authority": EXIT["authority"]}
    repair = await scene.one(WUHU, act("repair", placed, "2026-10-01", **organ))
    first = await scene.one(WUHU, act("withdrawal", repair, "2026-11-01", **organ))
    assert measures(await asked(scene, viewer=AUDITOR)) == ["m-funds"]
    await scene.one(WUHU, act("withdrawal", first, "2026-11-02", **organ))
    for viewer in (PUBLIC, AUDITOR):
        assert measures(await asked(scene, viewer=viewer)) == []


async def test_a_withdrawn_record_is_neither_shown_nor_used_from_the_earlier_of_its_dates(scene):
    await scene.rules(IN_NANJING)
    await scene.one(WUHU, registration())
    placed = await scene.one(WUHU, listing())
    organ = {"authority": EXIT["authority"]}
    later = act("withdrawal", placed, "2026-12-20", decided_on="2026-11-20", **organ)
    await scene.one(WUHU, later)
    assert measures(await asked(scene)) == []
    file = await scene.reader.subject_file(sid(uscc(1)), PUBLIC, TODAY)
    assert [one.record.id for one in file.records if one.record.id == placed.id] == []


@pytest.mark.parametrize(
    "change",
    [{"valid_until": "9999-12-31"}, {"valid_until": "9999-12-31", "valid_from": "9999-12-31"}],
)
async def test_the_last_day_there_is_means_without_end(scene, change):
    await scene.rules()
    await scene.one(NANJING, adoption("R02", "320100", in_force_until="9999-12-31"))
    await scene.one(WUHU, listing(listed_until="9999-12-31"))
    await scene.one(WUHU, permit(**change))
    await scene.one(WUHU, penalty(effective_until="9999-12-31", publicity_until="9999-12-31"))
    (measure,) = (await asked(scene)).decision.measures
    assert (measure.measure, measure.last_day) == ("m-funds", None)
    assert (await scene.reader.rulebook()).adoptions[0].until == date.max


def grade(year: int, number: int, **members: object) -> dict[str, object]:
    tax = {"name": "国家税务总局芜湖市税务局", "kind": "税务机关"}
    return listing(
        "tax-grade-a", subject=firm(number, f"芜湖示例{number}号有限公司"), authority=tax,
        decided_on=f"{year}-04-28", listed_on=f"{year}-04-28", published_on=f"{year}-04-28",
        severity={"class": "unclassified"}, **members,
    )  # fmt: skip


async def test_an_honour_ends_when_the_same_organ_publishes_the_next_list(scene):
    await scene.rules()
    await scene.one(NANJING, adoption("R10", "320100", allows=["i-green-channel"]))
    await scene.one(WUHU, grade(2025, 1))
    asks = {"matter": "service"}
    assert measures(await asked(scene, **asks)) == ["i-green-channel"]
    same_year = grade(2025, 2)
    same_year["published_on"] = "2025-09-01"
    await scene.one(WUHU, same_year)  # who is added during the year ends nobody's place
    other = grade(2026, 3)
    other["authority"] = {"name": "国家税务总局合肥市税务局", "kind": "税务机关"}
    await scene.one(WUHU, other)
    assert measures(await asked(scene, **asks)) == ["i-green-channel"]
    await scene.one(WUHU, grade(2026, 4))
    assert measures(await asked(scene, **asks)) == []


async def test_refusals(scene):
    await scene.one(WUHU, registration())
    with pytest.raises(MalformedRefusal) as caught:
        await asked(scene, territory="110000")
    assert caught.value.detail_code == "unknown-territory"
    assert "320100, 340200, 341100" in caught.value.zh
    with pytest.raises(NotFoundRefusal):
        await scene.reader.decide("0" * 32, "320100", "", "", TODAY, PUBLIC)


async def test_a_body_taken_away_by_law_is_named_to_the_auditor(scene, postgres_server):
    await scene.one(WUHU, registration())
    placed = await scene.one(WUHU, listing())
    name = await scene.node.db.pool.fetchval("SELECT current_database()")
    postgres_server.psql(
        "BEGIN; SET LOCAL registry.erasing = 'on'; "
        f"UPDATE entries SET main = NULL WHERE idx = {placed.idx}; COMMIT",
        name,
    )
    says = (await asked(scene, viewer=AUDITOR)).decision.says
    assert says[-1] == f"not-reproducible: {WUHU}/{placed.idx}"
    for viewer in (PUBLIC, Viewer(Role.REGULATOR)):
        assert "not-reproducible" not in repr((await asked(scene, viewer=viewer)).decision)


async def test_all_territories_are_decided_from_one_reading(scene, monkeypatch):
    await scene.rules(IN_NANJING)
    await scene.one(WUHU, registration())
    await scene.one(WUHU, listing())
    places = ("341100", "320100", "340200")
    each = [await asked(scene, territory=place) for place in places]
    readings = 0
    opened = file.open_reading

    def counting(db: Database) -> AbstractAsyncContextManager[Reading]:
        nonlocal readings
        readings += 1
        return opened(db)

    monkeypatch.setattr(file, "open_reading", counting)
    question = (ONE, places, "public_funds", "", TODAY, PUBLIC)
    together = await Reader.decide_many(scene.reader, *question)
    assert readings == 1
    assert [a.territory_name for a in together] == [a.territory_name for a in each]
    assert [decision_bytes(a.decision) for a in together] == [
        decision_bytes(replace(a.decision, changes_on=None))
        for a in each  # one alone says until when
    ]
    assert [len(a.decision.measures) for a in together] == [0, 1, 0]
    assert await scene.reader.decide_many(ONE, (), "", "", TODAY, PUBLIC) == ()
    with pytest.raises(MalformedRefusal):
        await scene.reader.decide_many(ONE, ("320100", "110000"), "", "", TODAY, PUBLIC)
