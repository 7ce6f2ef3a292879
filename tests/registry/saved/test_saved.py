"""Saved searches: what is new is told once and never lost, what was repaired is told nowhere."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from registry.domain.disclosure import Role
from registry.query.views import FindAnswer
from registry.saved.looking import look as look_at
from registry.saved.model import Saved, State
from registry.store.owners import Owners
from registry.store.saved import KEPT_MAX, KeptSearch, SavedStore
from search.query import Query
from tests.registry.access.conftest import GRANTS, MEMBERS, TWO, Desk, reads
from tests.registry.query.scene import (
    NANJING,
    PUBLIC,
    WUHU,
    Placed,
    act,
    listing,
    penalty,
    registration,
    sid,
    uscc,
)
from tests.registry.query.standards_scene import notice, standard
from tests.registry.query.test_pushes import ADOPTED
from tests.registry.screening.conftest import send

SEARCHES = "/api/v1/searches"


def firm(number: int, name: str = "") -> dict[str, object]:
    name = name or f"芜湖第{number}号观察对象有限公司"
    return {"kind": "organisation", "name": name, "uscc": uscc(number)}


def repaired(target: Placed, subject: dict[str, object]) -> dict[str, object]:
    return act("repair", target, "2026-09-01", subject=subject)


async def saved(desk: Desk, who: Role | str = Role.REGULATOR, **asked: Any) -> dict[str, Any]:
    answer = await send(desk, "POST", SEARCHES, who, json=asked)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    assert (found["new"], found["alerts"], found["problem"]) == (0, [], "")
    return found


async def look(desk: Desk, one: dict[str, Any], who: Role | str = Role.REGULATOR) -> dict[str, Any]:
    answer = await send(desk, "GET", f"{SEARCHES}/{one['id']}", who)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def kinds(desk: Desk, one: dict[str, Any]) -> list[str]:
    """Look, and return what is told; the list tells as many."""
    listed = (await send(desk, "GET", SEARCHES)).json()["searches"]
    told = [alert["kind"] for alert in (await look(desk, one))["alerts"]]
    assert [each["new"] for each in listed if each["id"] == one["id"]] == [len(told)]
    return told


async def mark(desk: Desk, one: dict[str, Any], number: int) -> Any:
    return await send(desk, "POST", f"{SEARCHES}/{one['id']}/seen", json={"look": number})


async def watched(desk: Desk, number: int, **asked: Any) -> tuple[dict[str, Any], list[Placed]]:
    """Watch an enterprise with a registration and a penalty."""
    stated = await desk.scene.state(
        WUHU, registration(subject=firm(number)), penalty(subject=firm(number))
    )
    one = await saved(desk, kind="subject", subject=sid(uscc(number)), **asked)
    return one, stated


@reads
async def test_a_new_record_is_told_until_it_is_seen(reading: Desk):
    one, _ = await watched(reading, 20)
    assert one["title"] == firm(20)["name"]
    assert (await saved(reading, kind="subject", subject=sid(uscc(20))))["id"] == one["id"]
    new = await reading.scene.one(NANJING, penalty(subject=firm(20)))
    found = await look(reading, one)
    assert (found["new"], found["look"], found["whole"]) == (1, 1, True)
    (alert,) = found["alerts"]
    assert (alert["kind"], alert["type"], alert["member"]) == ("record", "penalty", "320100")
    assert (alert["origin"], alert["idx"]) == (NANJING, new.idx)
    # What comes between a look and its mark stays new; an older look marks nothing any more.
    await reading.scene.one(WUHU, penalty(subject=firm(20)))
    assert (await mark(reading, one, 1)).status_code == 204
    assert await kinds(reading, one) == ["record"]
    assert (await mark(reading, one, 1)).json()["code"] == "looked-again"
    assert (await mark(reading, one, 2)).status_code == 204
    assert await kinds(reading, one) == []


@reads
async def test_what_was_repaired_before_it_was_seen_was_never_there(reading: Desk):
    one, stated = await watched(reading, 21)
    new = await reading.scene.one(NANJING, penalty(subject=firm(21)))
    await reading.scene.one(NANJING, repaired(new, firm(21)))
    assert await kinds(reading, one) == []
    await reading.scene.one(WUHU, repaired(stated[1], firm(21)))
    found = await look(reading, one)
    assert found["alerts"] == [
        {"kind": "changed", "name": firm(21)["name"], "subject": sid(uscc(21))}
    ]
    assert (await mark(reading, one, found["look"])).status_code == 204
    assert await kinds(reading, one) == []


@reads
async def test_who_may_not_be_shown_any_more_is_told_of_no_more(reading: Desk):
    only = await reading.scene.one(WUHU, penalty(subject=firm(22)))
    one = await saved(reading, kind="subject", subject=sid(uscc(22)))
    await reading.scene.one(WUHU, repaired(only, firm(22)))
    answer = await send(reading, "GET", f"{SEARCHES}/{one['id']}")
    assert (answer.status_code, firm(22)["name"] in answer.text) == (404, False)
    listed = (await send(reading, "GET", SEARCHES)).json()["searches"]
    (told,) = [each for each in listed if each["id"] == one["id"]]
    assert (told["new"], told["title"], told["problem"]) == (None, "", "not-found")


@reads
async def test_measures_that_apply_are_watched_in_a_territory(reading: Desk):
    await reading.scene.rules(ADOPTED)
    one, _ = await watched(reading, 23, territory="320100")
    assert await kinds(reading, one) == []
    await reading.scene.one(WUHU, listing(subject=firm(23)))
    assert sorted(await kinds(reading, one)) == ["applies", "record"]
    refused = await send(reading, "POST", SEARCHES, json={
        "kind": "subject", "subject": sid(uscc(23)), "territory": "340200"})  # fmt: skip
    assert (refused.status_code, refused.json()["code"]) == (403, "other-territory")


@reads
async def test_a_search_tells_of_new_hits_and_their_new_records(reading: Desk):
    names = [f"南京云杉第{at}物流有限公司" for at in range(3)]
    one = await saved(reading, kind="search", text="南京云杉", types=["penalty"])
    only = await reading.scene.one(WUHU, penalty(subject=firm(30, names[0])))
    await reading.scene.one(WUHU, registration(subject=firm(31, names[1])))  # no penalty
    found = await look(reading, one)
    assert [(a["kind"], a["name"], a["code"]) for a in found["alerts"]] == [
        ("hit", names[0], uscc(30))
    ]
    assert (await mark(reading, one, found["look"])).status_code == 204
    await reading.scene.one(NANJING, penalty(subject=firm(30, names[0])))
    found = await look(reading, one)
    assert [(a["kind"], a["subject"]) for a in found["alerts"]] == [("records", sid(uscc(30)))]
    assert (await mark(reading, one, found["look"])).status_code == 204
    await reading.scene.one(NANJING, penalty(subject=firm(32, names[2])))
    assert await kinds(reading, one) == ["hit"]
    await reading.scene.one(WUHU, repaired(only, firm(30, names[0])))
    assert await kinds(reading, one) == ["hit"]  # firm 30 still has the other one


@reads
async def test_a_hit_that_is_gone_is_a_change_and_no_more(reading: Desk):
    gone = firm(33, "滁州银杏纺织有限公司")
    only = await reading.scene.one(WUHU, penalty(subject=gone))
    one = await saved(reading, kind="search", text="滁州银杏纺织")
    await reading.scene.one(WUHU, repaired(only, gone))
    assert (await look(reading, one))["alerts"] == [{"kind": "changed"}]


@reads
async def test_a_standard_tells_what_happened_to_it(reading: Desk):
    number = "GB/T 18801-2015"
    await reading.scene.one(NANJING, standard(number))
    one = await saved(reading, kind="standard", text="GBT18801")
    assert one["title"] == "GB/T 18801"
    await reading.scene.one(NANJING, notice(number))
    found = await look(reading, one)
    assert {alert["type"] for alert in found["alerts"]} >= {"notice_void"}
    assert {alert["name"] for alert in found["alerts"]} == {"GB/T 18801"}
    assert (await mark(reading, one, found["look"])).status_code == 204
    assert await kinds(reading, one) == []


@reads
async def test_each_is_its_owners_alone_and_of_the_keys_that_follow(reading: Desk):
    first = await reading.keys.issue(GRANTS[Role.AUDITOR], "示例系统", 365, MEMBERS)
    one = await saved(reading, first.text, kind="subject", subject=TWO)
    for who, status in ((Role.REGULATOR, 404), (Role.BUSINESS, 404), (None, 401)):
        for method, path in (("GET", ""), ("POST", "/seen"), ("DELETE", "")):
            body = {"json": {"look": 1}} if path else {}
            answer = await send(reading, method, f"{SEARCHES}/{one['id']}{path}", who, **body)
            assert answer.status_code == status, (who, method)
    assert (await send(reading, "GET", SEARCHES, None)).status_code == 401
    hidden = {"kind": "subject", "subject": TWO}
    assert (await send(reading, "POST", SEARCHES, Role.CONSUMER, json=hidden)).status_code == 404
    second = await reading.keys.rotate(first.text.split("_")[1], timedelta(days=1), 365, MEMBERS)
    assert (await look(reading, one, second.text))["look"] == 1
    gone = await send(reading, "DELETE", f"{SEARCHES}/{one['id']}", second.text)
    assert gone.status_code == 204
    assert (await send(reading, "GET", SEARCHES, second.text)).json() == {
        "searches": [], "total": 0
    }  # fmt: skip
    kept = await reading.scene.node.db.pool.fetchval(
        "SELECT count(*) FROM saved_searches WHERE id = $1", one["id"]
    )
    assert kept == 0


@reads
async def test_every_look_is_written_down(reading: Desk):
    await reading.scene.one(WUHU, registration(subject=firm(40)))
    before = len(await reading.said())
    who = (await reading.keys.issue(GRANTS[Role.REGULATOR], "示例系统", 365, MEMBERS)).text
    one = await saved(reading, who, kind="subject", subject=sid(uscc(40)))
    found = await look(reading, one, who)
    await send(reading, "GET", SEARCHES, who)
    path = f"{SEARCHES}/{one['id']}"
    assert (
        await send(reading, "POST", f"{path}/seen", who, json={"look": found["look"]})
    ).is_success
    assert (await send(reading, "DELETE", path, who)).is_success
    rows = [row[1:] for row in (await reading.said())[before:]]
    read = ("file", sid(uscc(40)), "answered")
    assert rows == [
        read, ("saved", one["id"], "saved"), read, ("saved", one["id"], "answered"),
        read, ("saved", "", "answered"),
        ("saved", one["id"], "seen"), ("saved", one["id"], "removed"),
    ]  # fmt: skip
    refused = await reading.get(SEARCHES, who, purpose="")
    assert refused.json() == {"searches": [], "total": 0}  # nothing is asked about anybody


@reads
@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"kind": "search"}, "no-such-question"),
        ({"kind": "search", "text": " "}, "no-such-question"),
        ({"kind": "search", "text": "a", "subject": TWO}, "no-such-question"),
        ({"kind": "search", "text": "a", "date_from": "2026-02-01", "date_to": "2026-01-01"},
         "query-dates"),
        ({"kind": "subject"}, "no-such-question"),
        ({"kind": "subject", "subject": TWO, "text": "a"}, "no-such-question"),
        ({"kind": "subject", "subject": TWO, "matter": "tender"}, "no-such-question"),
        ({"kind": "standard", "text": "x"}, "number-malformed"),
        ({"kind": "standard", "text": "GB/T 1", "territory": "320100"}, "no-such-question"),
        ({"kind": "search", "text": "a", "name": "x\x07"}, "bad-name"),
        ({"kind": "search", "text": "a" * 201}, ""),
        ({"kind": "other", "text": "a"}, ""),
    ],
)  # fmt: skip
async def test_what_is_no_question_is_refused_by_name(
    reading: Desk, asked: dict[str, str], code: str
):
    answer = await send(reading, "POST", SEARCHES, json=asked)
    assert answer.status_code == 400
    assert code in {"", answer.json()["code"]}


@reads
async def test_there_are_so_many_and_one_that_nobody_looks_at_is_removed(reading: Desk):
    db, now = reading.scene.node.db, reading.clock.now()
    store, until = SavedStore(db), now + timedelta(days=1)
    who = (await reading.keys.issue(GRANTS[Role.REGULATOR], "示例系统", 365, MEMBERS)).text
    owner = await Owners(db).of(f"key:{who.split('_')[1]}")
    state = msgspec.json.encode(State(now, {})).decode()

    def kept(at: int, until: datetime) -> KeptSearch:
        asked = msgspec.json.encode(Saved("search", f"没有这样的名称{at}")).decode()
        return KeptSearch(f"{at:032x}", owner, asked, now, until, 0, state, state)

    for at in range(KEPT_MAX):
        assert await store.add(kept(at, until))
    asked = {"kind": "search", "text": "没有这样的名称"}
    answer = await send(reading, "POST", SEARCHES, who, json=asked)
    assert (answer.status_code, answer.json()["code"]) == (413, "too-many-searches")
    assert (await saved(reading, who, kind="search", text="没有这样的名称7"))["id"] == f"{7:032x}"
    page = (await send(reading, "GET", f"{SEARCHES}?page=4", who)).json()
    assert (len(page["searches"]), page["total"]) == (20, KEPT_MAX)
    # Those on the page that was looked at are kept for another year, the others are over tomorrow.
    reading.clock.go(days=2)
    left = await store.of_owner(owner, reading.clock.now())
    assert {one.id for one in left} == {one["id"] for one in page["searches"]}
    await saved(reading, who, **asked)
    await db.pool.execute("UPDATE saved_searches SET kept_until = 'epoch' WHERE owner = $1", owner)
    await store.erase_old()  # the node's own daily turn may have come first
    assert (
        await db.pool.fetchval("SELECT count(*) FROM saved_searches WHERE owner = $1", owner) == 0
    )
    reading.clock.go(days=-2)


class Behind:
    """Answers a search from an index that does not hold everything yet."""

    def __init__(self, answer: FindAnswer) -> None:
        self.answer = answer

    async def find(self, _query: Query, _states: tuple[str, ...]) -> FindAnswer:
        return self.answer


@reads
async def test_an_index_that_is_behind_makes_nothing_seem_new_later(reading: Desk):
    found = await reading.scene.reader.find(Query(text="芜湖示例建设"), PUBLIC)
    asked, at = Saved("search", "芜湖示例建设"), reading.clock.now()
    whole, _ = await look_at(Behind(found), asked, None, at)
    empty = replace(found, hits=(), total=0, behind=True)
    seen, told = await look_at(Behind(empty), asked, whole, at)
    assert (told.alerts, seen.ids) == ((), whole.ids)
    assert (await look_at(Behind(found), asked, seen, at))[1].alerts == ()
    many = replace(found, hits=found.hits[:1] * 3, exact=False)
    _, told = await look_at(Behind(many), asked, State(at, {}, ids=("f" * 32,)), at)
    assert ([one.kind for one in told.alerts], told.whole) == (["hit"] * 3, False)
