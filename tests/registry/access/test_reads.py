"""What each role reads over a whole node: what it sees, for what, in which scope, written down."""

import asyncio
from itertools import pairwise

import pytest

from registry.domain.disclosure import Role
from registry.domain.grants import OF_PLACE, WITHOUT_PURPOSE
from tests.pages.conftest import HTML
from tests.registry.access.conftest import GRANTS, NOBODY, ONE, PURPOSE, TWO, Desk, reads
from tests.registry.api.test_uploads import problem
from tests.registry.query.scene import FIRM, NANJING, WUHU

FILE = f"/api/v1/subjects/{ONE}"
OTHER = f"/api/v1/subjects/{TWO}"
EVERY = [None, *GRANTS]
# What each role sees of firm 1; the rest answers like what never was.
SEEN = {
    None: {"registration", "penalty"},
    Role.OPERATOR: {"registration", "penalty"},
    Role.REGULATOR: {"registration", "penalty", "minor", "government"},
    Role.PROCURER: {"registration", "penalty", "minor", "government"},
    Role.REGION: {"registration", "penalty", "minor", "government"},
    Role.CLERK: {"registration", "penalty", "repaired", "repair", "authorisation"},
    Role.REVIEWER: {"registration", "penalty", "repaired", "repair", "authorisation"},
    Role.PUBLISHER: {"registration", "penalty", "repaired", "repair", "authorisation"},
    Role.THIRD_PARTY: {"registration", "penalty", "authorised"},
    Role.CONSUMER: {"registration", "penalty"},
}
WHOLE = {
    "registration",
    "penalty",
    "minor",
    "government",
    "authorised",
    "repaired",
    "repair",
    "authorisation",
}


def seen_by(who: Role | None) -> set[str]:
    return SEEN.get(who, WHOLE)


@reads
@pytest.mark.parametrize("who", EVERY)
async def test_file_and_records_show_what_the_role_may_see_and_nothing_else(reading: Desk, who):
    answer = await reading.get(FILE, who)
    assert answer.status_code == 200, answer.text
    names = {placed.id: name for name, placed in reading.placed.items()}
    shown = {names[one["record"]["id"]] for one in answer.json()["records"]}
    assert shown == seen_by(who)
    statuses = {}
    for name, placed in reading.placed.items():
        record = await reading.get(f"/api/v1/records/{placed.origin}/{placed.idx}", who)
        statuses[name] = record.status_code
    assert {name for name, status in statuses.items() if status == 200} - {"hidden"} == shown
    assert set(statuses.values()) <= {200, 410}


@reads
@pytest.mark.parametrize("who", EVERY)
@pytest.mark.parametrize("html", [False, True])
async def test_what_may_not_be_seen_answers_like_what_never_existed(reading: Desk, who, html):
    """Status, body and headers, for every role, on the interface and on pages."""
    base = "" if html else "/api/v1"
    hidden = [p for name, p in reading.placed.items() if name not in {*seen_by(who), "hidden"}]
    pairs = [
        (f"{base}/record{'' if html else 's'}/{one.origin}/{one.idx}",
         f"{base}/record{'' if html else 's'}/{one.origin}/7777")
        for one in hidden
    ]  # fmt: skip
    text = reading.texts.get(who, "")
    headers = {"Authorization": f"Bearer {text}"} if text else {}
    headers |= {"Registry-Purpose": "x"} | (HTML if html else {})
    if who in {None, Role.OPERATOR, Role.BUSINESS, Role.THIRD_PARTY, Role.AUDITOR}:
        known = who is Role.AUDITOR
        name = "subject" if html else "subjects"
        pairs += [] if known else [(f"{base}/{name}/{TWO}", f"{base}/{name}/{NOBODY}")]
    for there, never in pairs:
        answers = [await reading.served.http.get(path, headers=headers) for path in (there, never)]
        assert {one.status_code for one in answers} <= {404, 410}
        texts = [
            one.text.replace(there, "X").replace(never, "X").replace(TWO, "S").replace(NOBODY, "S")
            for one in answers
        ]
        assert texts[0] == texts[1]
        shown = [{k: v for k, v in one.headers.items() if k != "content-length"} for one in answers]
        assert shown[0] == shown[1]


@reads
@pytest.mark.parametrize("who", [role for role in GRANTS if role not in WITHOUT_PURPOSE])
async def test_a_purpose_is_asked_for_and_what_is_read_is_written_down(reading: Desk, who):
    record = f"/api/v1/records/{WUHU}/{reading.placed['penalty'].idx}"
    asked = {
        OTHER: {},
        f"{OTHER}/relations": {},
        f"{OTHER}/decision": {"territory": "320100", "matter": "tender"},
        "/api/v1/search": {"q": FIRM},
        record: {},
    }
    own = who is Role.BUSINESS
    for path, params in asked.items():
        answer = await reading.get(path, who, "", **params)
        if own and path == record:
            assert answer.status_code == 200
        else:
            assert problem(answer, 400, "purpose-required")["detail_en"].endswith("signing in.")
    free = await reading.get(FILE, who, "")
    assert free.status_code == (200 if own else 400)
    rows = await reading.log()
    assert [row["outcome"] for row in rows].count("purpose-required") == (4 if own else 6)
    assert {row["purpose"] for row in rows} == {""}


@reads
@pytest.mark.parametrize("who", EVERY)
async def test_each_read_is_a_row_with_who_role_member_purpose_what_and_outcome(reading: Desk, who):
    place = reading.placed["penalty"]
    await reading.get(FILE, who)
    await reading.get(f"/api/v1/records/{place.origin}/{place.idx}", who)
    await reading.get(f"/api/v1/records/{place.origin}/7777", who)
    await reading.get("/api/v1/search", who, q=FIRM)
    await reading.get("/api/v1/search", who, q=f" {FIRM} ")
    await reading.get(f"/api/v1/subjects/{NOBODY}", who)
    for public in ("/api/v1/logs", "/api/v1/rulebook", f"/log/{WUHU}/checkpoint", "/health"):
        assert (await reading.get(public, who)).status_code == 200
    rows = await reading.log()
    if who is None:
        assert rows == []
        return
    key_id = reading.texts[who].split("_")[1]
    grant = GRANTS[who]
    assert {(r["who"], r["role"], r["member"], r["purpose"]) for r in rows} == {
        (f"key:{key_id}", who.value, grant.member, PURPOSE)
    }
    search = rows[3]["place"]
    assert len(search) == 32
    assert FIRM not in str(rows)
    assert [(r["kind"], r["subject"], r["place"], r["outcome"]) for r in rows] == [
        ("file", ONE, "", "answered"),
        ("record", ONE, f"{place.origin}/{place.idx}", "answered"),
        ("record", "", f"{place.origin}/7777", "not-public"),
        ("search", "", search, "answered"),
        ("search", "", search, "answered"),
        ("file", NOBODY, "", "not-found"),
    ]


@reads
@pytest.mark.parametrize("who", sorted(OF_PLACE))
async def test_territory_and_matter_outside_of_the_scope_are_refused(reading: Desk, who):
    inside = {"territory": "320100", "matter": "tender"}
    for path in (FILE, f"{FILE}/decision"):
        assert (await reading.get(path, who, **inside)).status_code == 200
        answer = await reading.get(path, who, territory="341100", matter="tender")
        problem(answer, 403, "other-territory")
        assert "insufficient_scope" in answer.headers["www-authenticate"]
        whole = await reading.get(path, who, territory="320100")
        if GRANTS[who].matters:
            assert "tender" in problem(whole, 403, "other-matter")["detail"]
            problem(
                await reading.get(path, who, territory="320100", matter="funds"),
                403,
                "other-matter",
            )
        else:
            assert whole.status_code == 200
    outcomes = {row["outcome"] for row in await reading.log()}
    assert {"answered", "other-territory"} <= outcomes


async def test_a_page_in_scope_shows_only_the_territories_and_matters_of_the_scope(desk: Desk):
    await desk.scene.rules((NANJING, "R02", "320100"), (WUHU, "R02", "340200"))
    headers = {**HTML, "Registry-Purpose": "x"}
    pages = {}
    for who in (None, Role.REGULATOR, Role.PROCURER):
        shown = {"Authorization": f"Bearer {desk.texts[who]}"} if who else {}
        answer = await desk.served.http.get(f"/subject/{ONE}", headers=headers | shown)
        assert answer.status_code == 200, answer.text[:2000]
        assert answer.headers["cache-control"] == "no-store"
        pages[who] = answer.text
    assert '<option value="341100"' in pages[None]
    assert '<option value="341100"' not in pages[Role.REGULATOR]
    assert '<option value="340200"' not in pages[Role.REGULATOR]
    assert '<option value="340200" selected' in pages[Role.PROCURER]  # the first of the region
    assert "在芜湖市的措施适用提示" in pages[Role.PROCURER]
    assert "在各成员地区的措施适用提示" in pages[None]
    assert '<option value="public_funds"' in pages[Role.REGULATOR]
    assert '<option value="public_funds"' not in pages[Role.PROCURER]
    assert "监管人员、南京市" in pages[Role.REGULATOR]
    assert "已登录" not in pages[None]
    kinds = [(row["role"], row["kind"]) for row in await desk.log()]
    assert kinds == [("regulator", "file"), ("procurer", "file")], "one row for a page"


async def test_the_same_page_without_credentials_is_what_it_always_was(desk: Desk):
    """No cookie, no header beside those of before, nothing of the sign-in."""
    answer = await desk.served.http.get(f"/subject/{ONE}", headers=HTML)
    assert "set-cookie" not in answer.headers
    for word in ("csrf", "登录", "/sign-out", 'class="who"'):
        assert word not in answer.text


async def test_many_reads_at_once_make_one_chain_without_a_gap(desk: Desk):
    answers = await asyncio.gather(*(desk.get(FILE, Role.AUDITOR) for _ in range(40)))
    assert {answer.status_code for answer in answers} == {200}
    rows = await desk.log()
    assert [row["seq"] for row in rows] == list(range(1, 41))
    assert all(one["digest"] != two["digest"] for one, two in pairwise(rows))


async def test_an_answer_that_cannot_be_written_down_does_not_leave(desk: Desk, monkeypatch):
    async def broken(*_: object) -> None:
        raise OSError

    log = desk.served.app.state["access_log"]
    monkeypatch.setattr(log._store, "append", broken)
    answer = await desk.get(FILE, Role.AUDITOR)
    problem(answer, 500, "internal-error")
    assert FIRM not in answer.text
    assert log._waiting == []
    assert (await desk.get(FILE)).status_code == 200, "the public is not concerned"


async def test_the_purpose_travels_percent_encoded_and_is_bounded(desk: Desk):
    key = {"Authorization": f"Bearer {desk.texts[Role.REGULATOR]}"}
    for header, code in (
        ("%E7%A4", "purpose-malformed"),
        ("%00", "purpose-malformed"),
        ("x" * 201, "purpose-malformed"),
        ("%61" * 801, "purpose-malformed"),
        ("%20%20", "purpose-required"),
    ):
        answer = await desk.served.http.get(FILE, headers={**key, "Registry-Purpose": header})
        problem(answer, 400, code)
    longest = {**key, "Registry-Purpose": "%F0%9F%8F%99" * 200}
    assert (await desk.served.http.get(FILE, headers=longest)).status_code == 200
    assert (await desk.log())[-1]["purpose"] == "🏙" * 200


async def test_odd_addresses_reach_the_log_as_nothing(desk: Desk):
    for path in ("/record/a%00b/c/1", "/record/" + "x" * 300 + "/c/1", "/subject/a%00b"):
        answer = await desk.get(path, Role.AUDITOR)
        assert answer.status_code in {404, 410}, answer.text
    assert {(row["place"], row["subject"]) for row in await desk.log()} == {("", "")}


async def test_who_has_looked_is_counted_for_the_subject_without_names(desk: Desk):
    for who in (Role.REGULATOR, Role.REGULATOR, Role.AUDITOR):
        await desk.get(FILE, who)
    place = desk.placed["penalty"]
    await desk.get(f"/api/v1/records/{place.origin}/{place.idx}", Role.REGULATOR)
    await desk.get(FILE, Role.REGULATOR, "")
    await desk.get(OTHER, Role.REGULATOR)
    desk.clock.go(days=30)
    await desk.get(FILE, Role.REGULATOR, "另一用途")
    looks = await desk.served.app.state["access_log"].of_subject([ONE])
    assert [(x.role, x.member, x.purpose, x.month, x.count) for x in looks] == [
        ("regulator", "320100", "另一用途", "2026-12", 1),
        ("auditor", "", PURPOSE, "2026-11", 1),
        ("regulator", "320100", PURPOSE, "2026-11", 3),
    ]
    assert await desk.served.app.state["access_log"].of_subject([""]) == ()
