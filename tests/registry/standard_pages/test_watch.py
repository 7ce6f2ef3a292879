"""A list of standards that is watched: how they stand, what happened, as a page and as a feed."""

from datetime import UTC, datetime

import pytest
from defusedxml import ElementTree

from registry.query.standards import LISTED
from registry.standard_pages.atom import Entry, Feed, answered
from tests.registry.access.conftest import Desk
from tests.registry.query import standards_scene as made
from tests.registry.query.scene import NANJING, act

NUMBER = f"{made.ANHUI}-2016"
NEWER = f"{made.ANHUI}-2026"
ATOM = {"a": "http://www.w3.org/2005/Atom"}


async def feed(desk: Desk, status: int = 200, *, lang: str = "zh", **headers: str):
    params = {"number": "DB34/T 5037", "lang": lang}
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = await desk.served.http.get("/watch.atom", params=params, headers=names)
    assert answer.status_code == status, answer.text
    return answer


def entries(text: str) -> list[tuple[str, str, str]]:
    found = ElementTree.fromstring(text).findall("a:entry", ATOM)
    return [
        (
            one.find("a:category", ATOM).attrib["term"],
            one.findtext("a:id", "", ATOM),
            one.findtext("a:title", "", ATOM),
        )
        for one in found
    ]


async def test_a_list_tells_of_editions_and_of_what_becomes_of_recognitions(desk: Desk):
    scene, clock = desk.scene, desk.clock
    await scene.one(NANJING, made.standard())
    paper = await scene.one(NANJING, made.recognition())
    refused = {"degree": "refused", "reasons": "示例", "products": ["桥梁"]}
    await scene.one(NANJING, made.recognition(**refused))
    first = await feed(desk)
    assert first.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert first.headers["cache-control"] == "no-cache"
    before = entries(first.text)
    assert [kind for kind, _, _ in before] == ["refused", "recognised", "new_edition", "in_force"]
    host, _, log = NANJING.partition("/")
    named = f"tag:{host},2026:{log}/{paper.idx}/DB34/T%205037"
    assert before[1][1:] == (named, "DB34/T 5037：授予认可")
    assert "recognition granted" in (await feed(desk, lang="en")).text
    tag, since = first.headers["etag"], first.headers["last-modified"]
    for headers in ({"If_None_Match": f'"x", W/{tag}'}, {"If_Modified_Since": since}):
        assert (await feed(desk, 304, **headers)).text == ""

    newer = made.standard(NEWER, issued_on="2026-11-01", effective_on="2026-12-10",
                          replaces=[{"number": NUMBER, "extent": "whole"}])  # fmt: skip
    await scene.one(NANJING, newer)
    await scene.one(NANJING, made.change(paper, NUMBER, "suspended", "2026-11-20",
                                         review_by="2027-05-01"))  # fmt: skip
    later = await feed(desk, If_None_Match=tag, If_Modified_Since=since)
    kinds = [kind for kind, _, _ in entries(later.text)]
    assert kinds[:2] == ["suspended", "new_edition"]
    assert set(entries(first.text)) <= set(entries(later.text))
    page = (await desk.get("/watch", number="DB34/T 5037")).text
    for said in ("认可暂停", "新版待实施：DB34/T 5037-2026", 'type="application/atom+xml"'):
        assert said in page, said

    # A day comes without any record: the edition is in force, what is no longer on time is told.
    await scene.one(NANJING, made.change(paper, NUMBER, "resumed", "2026-11-22"))
    clock.go(days=20)
    kinds = [kind for kind, _, _ in entries((await feed(desk)).text)]
    assert kinds.count("to_review") == 1
    assert {"replaced", "in_force", "resumed"} <= set(kinds)

    # What was taken back is told of without what it said.
    back = act("withdrawal", paper, "2026-11-23", authority=made.NANJING_OFFICE,
               subject=made.OFFICE_SUBJECT)  # fmt: skip
    await scene.one(NANJING, back)
    found = entries((await feed(desk)).text)
    assert sum(kind == "ask_again" for kind, _, _ in found) >= 1
    assert not [one for one in found if f"/{paper.idx}/" in one[1] and one[0] != "ask_again"]
    told = (await desk.get("/api/v1/standards/changes", number="DB34/T 5037")).json()["changes"]
    assert {one["event"] for one in told} >= {"new_edition", "refused", "ask_again"}


async def test_what_is_no_number_is_told_and_lists_are_bounded(desk: Desk):
    page = (await desk.get("/watch", numbers="GB/T 1\n不是编号；GB/T 2、GB/T 1-2009")).text
    assert page.count('<li class="card">') == 2
    assert "不是编号" in page
    assert "未收录有关 GB/T 1 的公开信息" in page
    assert 'rel="alternate"' not in (await desk.get("/watch")).text
    many = "\n".join(f"GB/T {at}" for at in range(1, LISTED + 2))
    long = "\n".join(f"ISO/IEC TS 20000-{at}" for at in range(100, 100 + LISTED))
    for text in (many, long):
        answer = await desk.served.http.get("/watch", params={"numbers": text})
        assert answer.status_code == 400
        assert "关注清单最多" in answer.text
    for query in ({}, {"number": "不是编号"}):
        assert (await desk.served.http.get("/watch.atom", params=query)).status_code == 400


AT = datetime(2026, 11, 23, 4, 0, 0, 500, tzinfo=UTC)


def one_feed(*entries: Entry) -> Feed:
    return Feed(
        "标题", "https://n.example/watch.atom", "https://n.example/watch", "n.example", entries
    )


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({}, 200),
        ({"if-none-match": "*"}, 304),
        ({"if-none-match": '"other"', "if-modified-since": "Mon, 23 Nov 2026 04:00:00 GMT"}, 200),
        ({"if-modified-since": "Mon, 23 Nov 2026 04:00:00 GMT"}, 304),
        ({"if-modified-since": "Mon, 23 Nov 2026 04:00:00 -0000"}, 304),
        ({"if-modified-since": "Mon, 23 Nov 2026 03:59:59 GMT"}, 200),
        ({"if-modified-since": "yesterday"}, 200),
    ],
)
def test_a_feed_is_sent_again_only_where_it_has_changed(asked, status):
    entry = Entry(
        "", "log.example/x/1/GB 1", AT, "甲\x0b", "<乙>", "new_edition", "https://n.example/"
    )
    answer = answered(one_feed(entry), asked)
    assert answer.status_code == status
    assert answer.headers["Last-Modified"] == "Mon, 23 Nov 2026 04:00:00 GMT"
    if status == 200:
        read = ElementTree.fromstring(answer.content).find("a:entry", ATOM)
        assert [read.findtext(f"a:{name}", "", ATOM) for name in ("title", "summary")] == [
            "甲",
            "<乙>",
        ]


def test_an_empty_feed_is_a_feed():
    answer = answered(one_feed(), {"if-modified-since": "Mon, 23 Nov 2026 04:00:00 GMT"})
    assert answer.status_code == 200
    assert "Last-Modified" not in answer.headers
    updated = ElementTree.fromstring(answer.content).findtext("a:updated", "", ATOM)
    assert updated == "1970-01-01T00:00:00+00:00"
