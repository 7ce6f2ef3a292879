"""A third party reads beyond the public only what the subject's own authorisation opens, now."""

from dataclasses import replace
from typing import Any

import pytest

from registry.access.roles import grant_of
from registry.domain.disclosure import Role
from registry.settings import OidcRole
from tests.registry.access.conftest import (
    GRANTS,
    MEMBERS,
    NOBODY,
    ONE,
    PARTY,
    PURPOSE,
    TWO,
    Desk,
    authorisation,
    second,
)
from tests.registry.access.test_reads import FILE, OTHER
from tests.registry.ledger.test_audit import as_owner
from tests.registry.query.scene import FIRM, NANJING, WUHU, act, penalty, permit, sid, uscc

STRANGER = uscc(78, "320100")
SHARED = {"publication": "authorised", "subject": second()}
OF_TWO = {"subject": second()}


async def key(desk: Desk, **limits: Any) -> str:
    grant = replace(GRANTS[Role.THIRD_PARTY], **limits)
    return (await desk.keys.issue(grant, "示例系统", 30, MEMBERS)).text


async def seen(desk: Desk, path: str, who: str) -> Any:
    """Return the ids of the records that a file shows, or the status where there is none."""
    answer = await desk.get(path, who)
    if answer.status_code != 200:
        return answer.status_code
    return {one["record"]["id"] for one in answer.json()["records"]}


@pytest.mark.parametrize(
    ("members", "opens"),
    [
        (None, False),
        (OF_TWO, True),
        (OF_TWO | {"valid_until": "2026-11-22"}, False),
        (OF_TWO | {"valid_until": "2026-11-23"}, True),
        (OF_TWO | {"valid_from": "2026-11-24"}, False),
        (OF_TWO | {"valid_from": "2026-11-23"}, True),
        (OF_TWO | {"sections": ["permit"]}, False),
        (OF_TWO | {"third_party": {"name": "另一家", "uscc": STRANGER}}, False),
        (OF_TWO | {"third_party": {"name": "小写", "uscc": PARTY.lower()}}, True),
        (OF_TWO | {"purpose": "示例项目 投标人资格审查。"}, True),
        (OF_TWO | {"purpose": "授信审批"}, False),
        ({}, False),  # of firm 1
    ],
)
async def test_what_opens_a_record_given_on_authorisation(desk: Desk, members, opens):
    """No authorisation, one that is over, not begun, of other sections, party, subject; and one."""
    given = await desk.scene.one(NANJING, penalty(**SHARED))
    used = None if members is None else await desk.scene.one(WUHU, authorisation(**members))
    text = await key(desk, subject=TWO)
    record = f"/api/v1/records/{NANJING}/{given.idx}"
    assert await seen(desk, OTHER, text) == ({given.id} if opens else 404)
    assert (await desk.get(record, text)).status_code == (200 if opens else 410)
    rows = [row for row in await desk.log() if row["kind"] != "authorisation"]
    place = f"{WUHU}/{used.idx}" if used and opens else ""
    assert [row["authorisation"] for row in rows] == [place, place]
    if opens:
        return
    for there, never in ((OTHER, f"/api/v1/subjects/{NOBODY}"), (record, f"{record}7777")):
        answers = [await desk.get(path, text) for path in (there, never)]
        texts = [one.text.replace(there, "X").replace(never, "X") for one in answers]
        texts = [text.replace(TWO, "S").replace(NOBODY, "S") for text in texts]
        assert texts[0] == texts[1]
        assert answers[0].headers.keys() == answers[1].headers.keys()


async def test_a_read_for_another_purpose_is_refused_like_absent_and_written_down(desk: Desk):
    text, given = desk.texts[Role.THIRD_PARTY], desk.placed["authorised"]
    public = {desk.placed[name].id for name in ("registration", "penalty")}
    record = f"/api/v1/records/{given.origin}/{given.idx}"
    told = await desk.get(FILE, text, "示例项目投标人资格复审")
    assert {one["record"]["id"] for one in told.json()["records"]} == public
    refused = [await desk.get(path, text, "授信审批") for path in (record, f"{record}7777")]
    assert [one.status_code for one in refused] == [410, 410]
    assert len({one.text.replace(f"{record}7777", record) for one in refused}) == 1
    place = "{0.origin}/{0.idx}".format(desk.placed["authorisation"])
    rows = [(row["kind"], row["outcome"], row["purpose"], row["place"]) for row in await desk.log()]
    assert rows[:4] == [
        ("authorisation", "other-purpose", "示例项目投标人资格复审", place),
        ("file", "answered", "示例项目投标人资格复审", ""),
        ("authorisation", "other-purpose", "授信审批", place),
        ("record", "not-public", "授信审批", f"{given.origin}/{given.idx}"),
    ]
    assert (await desk.get(record, text, PURPOSE)).status_code == 200
    assert (await desk.log())[-1]["authorisation"] == place


async def test_it_ends_with_its_withdrawal(desk: Desk):
    text = desk.texts[Role.THIRD_PARTY]
    known = {desk.placed[name].id for name in ("registration", "penalty", "authorised")}
    assert await seen(desk, FILE, text) == known
    await desk.scene.one(WUHU, act("withdrawal", desk.placed["authorisation"], "2026-11-23"))
    assert await seen(desk, FILE, text) == known - {desk.placed["authorised"].id}
    assert [row["authorisation"] != "" for row in await desk.log()] == [True, False]


async def test_each_section_is_opened_by_itself_and_the_row_names_what_opened_it(desk: Desk):
    licence = await desk.scene.one(NANJING, permit(publication="authorised"))
    fine = desk.placed["authorised"]
    permits = await desk.scene.one(
        WUHU, authorisation(sections=["permit"], third_party={"name": "另一家", "uscc": STRANGER})
    )
    text = await key(desk, party=STRANGER)
    shown = await seen(desk, FILE, text)
    assert licence.id in shown
    assert fine.id not in shown
    paths = [f"/api/v1/records/{NANJING}/{one.idx}" for one in (licence, fine)]
    assert [(await desk.get(path, text)).status_code for path in paths] == [200, 410]
    public = desk.placed["penalty"]
    await desk.get(f"/api/v1/records/{public.origin}/{public.idx}", text)
    await desk.get("/api/v1/search", text, q=FIRM)
    await desk.get("/api/v1/search", text, q=FIRM, city="341100")
    await desk.get(OTHER, text)
    used = f"{WUHU}/{permits.idx}"
    rows = [(row["kind"], row["authorisation"]) for row in await desk.log()]
    assert rows == [
        ("file", used), ("record", used), ("record", ""), ("record", ""), ("search", used),
        ("search", ""), ("file", ""),
    ]  # fmt: skip


async def test_a_key_from_before_that_names_no_party_opens_nothing(desk: Desk):
    text = await key(desk)
    pool = desk.scene.node.db.pool
    await pool.execute(
        "INSERT INTO access_keys SELECT 'abcdefabcdef', secret_digest, role, member, subject, "
        "territories, matters, label, issued_at, expires_at, replaces FROM access_keys "
        "WHERE key_id = $1",
        text.split("_")[1],
    )
    old = text.replace(text.split("_")[1], "abcdefabcdef")
    assert await seen(desk, FILE, old) == {
        desk.placed[name].id for name in ("registration", "penalty")
    }
    assert (await desk.log())[-1]["authorisation"] == ""


async def test_one_that_is_not_what_was_logged_opens_nothing(desk: Desk):
    place = desk.placed["authorisation"]
    await as_owner(
        desk,
        "UPDATE entries SET main = convert_to(replace(convert_from(main, 'UTF8'), "
        "'2027-03-09', '2029-03-09'), 'UTF8') WHERE entry = $1",
        place.entry,
    )
    answer = await desk.get(FILE, Role.THIRD_PARTY)
    assert answer.status_code == 503
    assert answer.json()["code"] == "body-differs"


def test_a_token_names_the_party_by_its_code_in_any_form():
    line = {"claim": "kind", "value": "bank", "role": "third_party"}
    table = [OidcRole(**line, subject_claim="of", party_claim="own")]
    claims = {"kind": "bank", "of": uscc(1), "own": PARTY.lower()}
    grant = grant_of(claims, table, MEMBERS, "oidc:1")
    assert (grant.subject, grant.party) == (ONE, PARTY)
    assert sid(uscc(1)) == ONE
