"""The life of a book: adopted, suspended by a member at once, superseded, repealed; and before."""

from datetime import date

import pytest

from registry.query.decision_file import opened
from registry.query.lives import standings
from registry.query.replay import replay
from registry.rules.decide import decision_bytes
from tests.registry.query.scene import (
    NANJING,
    OFFICE,
    REGION,
    REGULATOR,
    TODAY,
    WUHU,
    Placed,
    Scene,
    act,
    adoption,
    book_files,
    listing,
    rulebook,
    sid,
    uscc,
)

ONE = sid(uscc(1))
BUREAU = {"kind": "organisation", "name": "示例市信用办", "uscc": uscc(902)}
STAY = {"ground": "authority", "subject": BUREAU}


def newer(edition: str = "2026-2") -> dict[str, bytes]:
    """A book that has rule R02 in a newer edition beside the one it replaces."""
    files = book_files()
    text = files["rules.yaml"].decode()
    rule = text[text.index("- key: R02") : text.index("- key: R06")]
    again = rule.replace('edition: "2026-1"', f'edition: "{edition}"', 1)
    return {**files, "rules.yaml": text.replace(rule, rule + again, 1).encode()}


async def told(scene: Scene, on: date = TODAY) -> list[tuple[str, str]]:
    answer = await scene.reader.decide(ONE, "320100", "public_funds", "", on, REGULATOR)
    return [(one.edition, one.state) for one in answer.decision.measures]


async def begun(scene: Scene, **adopted: object) -> Placed:
    await scene.rules()
    await scene.one(WUHU, listing())
    return await scene.one(NANJING, adoption("R02", "320100", **adopted))


async def test_a_member_suspends_at_once_for_its_own_territory_and_ends_it(scene):
    placed = await begun(scene)
    before = opened(
        await scene.reader.decision_file(
            await scene.reader.decide(ONE, "320100", "public_funds", "", TODAY, REGULATOR)
        )
    )
    stayed = await scene.one(NANJING, act("stay", placed, "2026-11-20", **STAY))
    assert await told(scene) == [("2026-1", "suspended")]
    assert await told(scene, date(2026, 11, 19)) == [("2026-1", "active")]
    answer = await scene.reader.decide(ONE, "320100", "public_funds", "", TODAY, REGULATOR)
    (by,) = answer.decision.measures[0].suspended_by
    assert (by.by, by.why, by.until) == ("adoption", "本地已暂停适用本规则", None)
    assert (by.ref.origin, by.ref.idx) == (NANJING, stayed.idx)
    replay(opened(await scene.reader.decision_file(answer)), scene.node.charter)
    await scene.one(NANJING, act("withdrawal", stayed, "2026-11-23", subject=BUREAU))
    assert await told(scene) == [("2026-1", "active")]
    assert await told(scene, date(2026, 11, 22)) == [("2026-1", "suspended")]
    assert decision_bytes(before.decision)
    assert (await scene.reader.replay(before)).edition == "2026-1"


async def test_a_suspension_has_a_last_day_and_is_the_member_s_own(scene):
    placed = await begun(scene)
    await scene.one(WUHU, act("stay", placed, "2026-11-01", **STAY))
    assert await told(scene) == [("2026-1", "active")]
    await scene.one(NANJING, act("stay", placed, "2026-11-01", until="2026-11-10", **STAY))
    days = [(9, "active"), (1, "suspended"), (10, "suspended"), (11, "active")]
    assert [await told(scene, date(2026, 10 if day == 9 else 11, day)) for day, _ in days] == [
        [("2026-1", state)] for _, state in days
    ]


async def test_a_later_edition_s_adoption_replaces_the_former_for_good(scene):
    await begun(scene)
    files = newer()
    await scene.attach(files)
    await scene.one(REGION, rulebook(files, edition="2026-2", effective_from="2026-10-01"))
    assert await told(scene) == [("2026-1", "active")]
    later = await scene.one(
        NANJING,
        adoption("R02", "320100", edition="2026-2", in_force_from="2026-11-01"),
    )
    assert await told(scene) == [("2026-2", "active")]
    assert await told(scene, date(2026, 10, 31)) == [("2026-1", "active")]
    book = await scene.reader.rulebook()
    assert [(one.edition, one.until) for one in book.adoptions] == [
        ("2026-1", date(2026, 11, 1)),
        ("2026-2", None),
    ]
    await scene.one(NANJING, act("withdrawal", later, "2026-11-20", subject=BUREAU))
    assert await told(scene, date(2026, 11, 19)) == [("2026-2", "active")]
    assert await told(scene) == []  # the former edition does not come back


@pytest.mark.parametrize("reason", ["void", "unlawful"])
async def test_what_was_void_never_was_and_the_former_stands(scene, reason):
    await begun(scene, in_force_until="2026-12-31")
    files = newer()
    await scene.attach(files)
    book = await scene.one(REGION, rulebook(files, edition="2026-2", effective_from="2026-10-01"))
    later = await scene.one(
        NANJING, adoption("R02", "320100", edition="2026-2", in_force_from="2026-11-01")
    )
    void = {"reason": reason}
    await scene.one(NANJING, act("withdrawal", later, "2026-11-20", subject=BUREAU, **void))
    assert await told(scene, date(2026, 11, 2)) == [("2026-1", "active")]
    assert (await scene.reader.rulebook(date(2026, 10, 2))).edition == "2026-2"
    await scene.one(REGION, act("withdrawal", book, "2026-11-20", subject=OFFICE, **void))
    assert (await scene.reader.rulebook(date(2026, 10, 2))).edition == "2026-1"


async def test_the_region_repeals_an_edition_from_a_day_on(scene):
    await begun(scene)
    files = newer()
    await scene.attach(files)
    book = await scene.one(REGION, rulebook(files, edition="2026-2", effective_from="2026-10-01"))
    await scene.one(
        REGION, act("withdrawal", book, "2026-12-01", decided_on="2026-11-20", subject=OFFICE)
    )
    assert (await scene.reader.rulebook(date(2026, 11, 30))).edition == "2026-2"
    assert await scene.reader.rulebook(date(2026, 12, 1)) is None
    assert (await scene.reader.rulebook(date(2026, 9, 30))).edition == "2026-1"
    assert await told(scene, date(2026, 12, 1)) == []


async def test_a_book_whose_objection_was_upheld_is_not_used(scene):
    placed = await scene.rules()
    raised = await scene.one(
        REGION,
        act("objection", placed, "2026-10-01", subject=OFFICE, about="record",
            received_on="2026-10-01", grounds="示例", effective_on=None),
    )  # fmt: skip
    await scene.one(
        REGION,
        act("objection_outcome", raised, "2026-10-10", subject=OFFICE, outcome="upheld",
            consequence="removed", reasons="示例"),
    )  # fmt: skip
    assert await scene.reader.rulebook() is None


async def test_the_table_of_lives_says_which_edition_stands_and_what_has_ended(scene):
    placed = await begun(scene)
    files = newer()
    await scene.attach(files)
    await scene.one(REGION, rulebook(files, edition="2026-2", effective_from="2026-10-01"))

    async def stages(on: date = TODAY) -> list[tuple[str, str]]:
        book = await scene.reader.rulebook(on)
        found = standings(book, ("320100", "340200"), on)
        return [(one.stage, one.adopted) for one in found if one.rule == "R02"]

    assert await stages() == [("other-edition", "2026-1"), ("not-adopted", "")]
    await scene.one(NANJING, act("withdrawal", placed, "2026-11-20", subject=BUREAU))
    assert await stages() == [("ended", "2026-1"), ("not-adopted", "")]
