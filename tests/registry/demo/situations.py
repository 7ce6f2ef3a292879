"""What must and must not be seen of each situation, on a running demonstration."""

import json
import re
from datetime import timedelta

import httpx
import msgspec

from registry.clock import Clock, today
from registry.demo.facts import BY_SEGMENT, FACTS
from registry.demo.run import Running
from registry.domain.disclosure import Role
from registry.domain.subjects import subject_id
from registry.query.reader import Reader
from registry.query.views import Viewer
from registry.store.engine import open_database
from search.postgres import PostgresEngine
from signing.charter import open_charter

REGULATOR = Viewer(Role.REGULATOR, "320100")
PUBLIC = Viewer(Role.PUBLIC)


def by_key(running: Running) -> dict[str, str]:
    return {one.told.key: one.subject_id for one in running.seen}


async def look(running: Running, addresses: tuple[str, str], clock: Clock) -> None:
    """Everything that the demonstration's own look at the public pages does not tell."""
    async with (
        open_database(addresses[0], 2) as db,
        httpx.AsyncClient(base_url=running.place.url) as http,
    ):
        charter = open_charter(running.place.charter_file.read_bytes())
        reader = Reader(db, charter, PostgresEngine(db.pool), clock)
        await for_government_only(running, reader, clock)
        await both_ways(running, http)
        await in_each_language(running, http)
        await named_nowhere(running, http)
        await what_each_record_says(running, http)
        await stale(running, http, clock)
        await consortium_pages(running, http)


async def for_government_only(running: Running, reader: Reader, clock: Clock) -> None:
    """Those who read for an organ see it; the public gets what it would get without it."""
    checked = 0
    for one in running.seen:
        public = await everything(reader, one.subject_id, PUBLIC, clock)
        organs = await everything(reader, one.subject_id, REGULATOR, clock)
        for text in one.told.government:
            assert text in organs, (one.told.key, text)
            assert text not in public, (one.told.key, text)
            checked += 1
    assert checked >= 4


async def everything(reader: Reader, subject: str, viewer: Viewer, clock: Clock) -> str:
    on = today(clock)
    file = await reader.subject_file(subject, viewer, on)
    ties = await reader.relations(subject, viewer, on)
    records = [msgspec.to_builtins(view.record) for view in file.records]
    shown = [records, msgspec.to_builtins(ties.relations), msgspec.to_builtins(ties.identities)]
    return json.dumps(shown, ensure_ascii=False, default=str)


async def relations(http: httpx.AsyncClient, subject: str) -> dict:
    answer = await http.get(f"/api/v1/subjects/{subject}/relations")
    assert answer.status_code == 200
    return answer.json()


async def both_ways(running: Running, http: httpx.AsyncClient) -> None:
    """Branch and parent lead to each other by way of the same record."""
    at = by_key(running)
    (up,) = (await relations(http, at["branch"]))["relations"]
    (down,) = (await relations(http, at["parent"]))["relations"]
    assert up["ends"][0]["subject_id"] == at["parent"]
    assert down["ends"][0]["subject_id"] == at["branch"]
    assert (up["origin"], up["idx"]) == (down["origin"], down["idx"])
    judged = (await relations(http, at["judged-different"]))["identities"]
    assert [one["judgement"] for one in judged] == ["different"]
    back = (await relations(http, judged[0]["subject_id"]))["identities"]
    assert [one["subject_id"] for one in back] == [at["judged-different"]]
    (same,) = (await relations(http, at["judged-same"]))["identities"]
    assert (same["judgement"], same["scheme"]) == ("same", "regno")
    by_number = subject_id("regno", same["code"]).hex()
    assert (await relations(http, by_number))["subject_id"] == at["judged-same"]


async def consortium_pages(running: Running, http: httpx.AsyncClient) -> None:
    """From each of the three to the two others."""
    tie = next(tie for tie in FACTS.ties if tie.kind == "consortium")
    for name in tie.ends:
        code = running.region.named(name).uscc
        found = await relations(http, subject_id("uscc", code).hex())
        (one,) = (r for r in found["relations"] if r["matter"] == tie.matter)
        assert {end["name"] for end in one["ends"]} == set(tie.ends) - {name}
        assert {end["role"] for end in one["ends"]} <= set(tie.ends.values())
        assert all(end["subject_id"] for end in one["ends"])
        assert (one["since"], one["until"]) == (tie.since.isoformat(), tie.until.isoformat())


async def in_each_language(running: Running, http: httpx.AsyncClient) -> None:
    for one in running.seen:
        page = await http.get(one.path + "&lang=en")
        assert page.status_code == 200, one.told.key
        assert one.told.firm in page.text


async def named_nowhere(running: Running, http: httpx.AsyncClient) -> None:
    """What must not be seen is not found by its number, nor in any answer of the interface."""
    for person in (tie.person for tie in FACTS.ties if tie.person):
        found = (await http.get("/api/v1/search", params={"q": person})).json()
        assert person not in json.dumps(found["hits"], ensure_ascii=False)
    for one in running.seen:
        answers = [
            (await http.get(f"/api/v1/subjects/{one.subject_id}{path}")).text
            for path in ("", "/relations", "/decision?territory=320100")
        ]
        for text in one.told.hides:
            assert not any(text in answer for answer in answers), (one.told.key, text)
            if "〔" in text:
                found = (await http.get("/api/v1/search", params={"q": text})).json()
                here = {hit["subject_id"] for hit in found["hits"] if hit["matched"] == "number"}
                assert one.subject_id not in here, (one.told.key, text)


async def what_each_record_says(running: Running, http: httpx.AsyncClient) -> None:
    """The same penalty stands in two logs: once as the organ states it, once relayed."""
    at = by_key(running)
    twice = (await http.get(f"/api/v1/subjects/{at['reported-twice']}")).json()["records"]
    penalties = [r for r in twice if r["record"]["type"] == "penalty"]
    assert len({r["record"]["decision_no"] for r in penalties}) == 1
    assert len({r["record"]["authority"]["name"] for r in penalties}) == 1
    assert {r["member"]: r["record"]["provenance"]["kind"] for r in penalties} == {
        "320100": "original",
        "341100": "relayed",
    }
    several = (await http.get(f"/api/v1/subjects/{at['several-cities']}")).json()["records"]
    assert {r["member"] for r in several} == {"321100", "340200", "341800", "321000"}
    across = (await http.get(f"/api/v1/subjects/{at['cross-province']}")).json()
    (penalty,) = (r for r in across["records"] if r["record"]["type"] == "penalty")
    code = across["codes"][0]["code"]
    assert (penalty["member"][:2], code[2:4]) == ("32", "34")
    renamed = (await http.get(f"/api/v1/subjects/{at['renamed']}")).json()["names"]
    assert [(name["former"], name["until"]) for name in renamed] == [
        (False, None),
        (True, "2021-03-31"),
        (True, "2012-10-31"),
    ]
    await every_member_takes_the_ban(running, http, at["nationwide-ban"])


async def every_member_takes_the_ban(running: Running, http: httpx.AsyncClient, firm: str) -> None:
    for code in (party.code for party in running.place.charter.parties if party.rank != "region"):
        asked = {"territory": code, "matter": "procurement", "on": "2026-11-23"}
        answer = await http.get(f"/api/v1/subjects/{firm}/decision", params=asked)
        (ban,) = answer.json()["decision"]["measures"]
        assert (ban["effect"], ban["last_day"]) == ("bar", "2028-04-01"), code
        assert ban["second_basis"]["number"] == "财库〔2015〕150号"


async def stale(running: Running, http: httpx.AsyncClient, clock: Clock) -> None:
    """One member was last heard of long ago; its records are there, and every answer says so."""
    logs = (await http.get("/api/v1/logs")).json()["logs"]
    told = {log["origin"]: log["updated_at"] for log in logs}
    silent = BY_SEGMENT["huaian"]
    old = told.pop(silent.origin)
    limit = (clock.now() - timedelta(days=30)).isoformat()
    assert old[:10] < limit[:10] < min(told.values())[:10]
    page = await http.get(f"/subject/{by_key(running)['across-cities']}")
    assert re.search(r"淮安市数据停留在\d{4}年", page.text)
    assert page.text.count("数据停留在") == 1
