"""The client: the same bytes at every attempt, bounded patience, bounded answers."""

import json
from collections.abc import Callable, Iterator

import httpx
import pytest
import zstandard

from registry.exchange.client import MAX_ANSWER, Followed, HttpNode, Patience
from registry.exchange.errors import NodeRefusedError, PublishError
from registry.exchange.home import Remark
from registry.ingest.reasons import finding

ORIGIN = "xinyong.wuhu.example/credit"
FOUND = finding("duplicate-id", "/id", value="x")
FINDING = {
    name: getattr(FOUND, name)
    for name in ("code", "level", "pointer", "zh", "en", "expected_zh", "expected_en")
}
Answer = httpx.Response | Exception


class Script:
    """Answers requests from a list and keeps them."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = iter(answers)
        self.requests: list[httpx.Request] = []
        self.slept: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = next(self.answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def node(self, attempts: int = 3) -> HttpNode:
        http = httpx.Client(transport=httpx.MockTransport(self))
        patience = Patience(attempts, 0.5, 4.0, self.slept.append, lambda: 1.0)
        return HttpNode("http://node.example/", http, patience)


def test_what_it_asks_for_and_understands():
    note = "note — x\n"
    script = Script(
        httpx.Response(200, content=b"charter"),
        httpx.Response(200, content=b"charter 3"),
        httpx.Response(200, json={"origin": ORIGIN, "size": 7, "root": "", "receipt": ""}),
        httpx.Response(200, content=b"checkpoint"),
        httpx.Response(200, content=bytes(32)),
        httpx.Response(
            200,
            json={"total": 2, "good": 1, "bad": [{"line": 3, "findings": [FINDING]}], "warned": []},
        ),
        httpx.Response(
            200,
            json={
                "receipt": note,
                "repeated": True,
                "quarantined": [{"idx": 4, "findings": [FINDING]}],
            },
        ),
    )
    node = script.node()
    assert node.charter() == b"charter"
    assert node.charter(3) == b"charter 3"
    assert node.size(ORIGIN) == 7
    assert node.checkpoint(ORIGIN) == b"checkpoint"
    assert node.tile(ORIGIN, 0, 1234, 17) == bytes(32)
    assert node.check(ORIGIN, b"batch") == (Remark(1, (FOUND,)),)
    answer = node.admit(ORIGIN, b"batch")
    assert (answer.receipt, answer.repeated) == (note.encode(), True)
    assert answer.quarantined == (Remark(4, (FOUND,)),)
    assert [(request.method, request.url.path) for request in script.requests] == [
        ("GET", "/charter"),
        ("GET", "/charter/3"),
        ("GET", f"/log/{ORIGIN}/size"),
        ("GET", f"/log/{ORIGIN}/checkpoint"),
        ("GET", f"/log/{ORIGIN}/tile/0/x001/234.p/17"),
        ("POST", f"/log/{ORIGIN}/check"),
        ("POST", f"/log/{ORIGIN}/batch"),
    ]
    sent = script.requests[-1]
    assert sent.headers["content-type"] == "application/vnd.registry.batch"
    assert sent.headers["content-encoding"] == "zstd"
    assert zstandard.ZstdDecompressor().decompress(sent.content) == b"batch"


def test_how_a_node_follows_is_read():
    log = {"origin": ORIGIN, "failure": "fork", "alarms": {"fork": 2}, "held": 3, "more": None}
    script = Script(httpx.Response(200, json={"logs": [log]}))
    assert script.node().following() == (Followed(ORIGIN, "fork", {"fork": 2}),)
    assert script.requests[0].url.path == "/following"
    assert Script(httpx.Response(404)).node().following() == ()
    with pytest.raises(NodeRefusedError):
        Script(httpx.Response(403)).node().following()


@pytest.mark.parametrize(
    "lost",
    [
        httpx.ReadTimeout("no answer"),
        httpx.ConnectError("refused"),
        httpx.RemoteProtocolError("cut off"),
        httpx.Response(502),
        httpx.Response(429, headers={"Retry-After": "3"}),
        httpx.Response(503, headers={"Retry-After": "Mon, 23 Nov 2026 00:00:00 GMT"}),
    ],
)
def test_what_may_have_been_lost_is_sent_again_with_the_same_bytes(lost):
    good = httpx.Response(200, json={"receipt": "r", "repeated": False, "quarantined": []})
    script = Script(lost, good)
    assert script.node().admit(ORIGIN, b"batch").receipt == b"r"
    assert script.requests[0].content == script.requests[1].content
    asked = isinstance(lost, httpx.Response) and lost.headers.get("Retry-After") == "3"
    assert script.slept == [3.0 if asked else 0.5]


def test_patience_ends_with_backoff_up_to_a_bound():
    script = Script(*[httpx.ConnectError("refused")] * 6)
    with pytest.raises(PublishError) as caught:
        script.node(attempts=6).size(ORIGIN)
    assert caught.value.detail_code == "node-unreachable"
    assert script.slept == [0.5, 1.0, 2.0, 4.0, 4.0]


def test_a_node_that_stays_busy_is_quoted():
    problem = {"code": "receipt-pending", "detail": "稍后", "detail_en": "later", "size": 5}
    script = Script(*[httpx.Response(503, json=problem)] * 2)
    with pytest.raises(NodeRefusedError) as caught:
        script.node(attempts=2).size(ORIGIN)
    error = caught.value
    assert (error.status, error.detail_code, error.zh, error.en, error.size) == (
        503,
        "receipt-pending",
        "稍后",
        "later",
        5,
    )


@pytest.mark.parametrize(
    ("body", "code", "zh"),
    [
        (b'{"code":"wrong-position","title":"x","size":9}', "wrong-position", "x"),
        (b"<html>", "http-409", "HTTP 409"),
    ],
)
def test_a_refusal_is_final(body, code, zh):
    script = Script(httpx.Response(409, content=body))
    with pytest.raises(NodeRefusedError) as caught:
        script.node().admit(ORIGIN, b"batch")
    assert (caught.value.detail_code, caught.value.zh) == (code, zh)
    assert script.slept == []


def test_redirects_are_not_followed():
    script = Script(httpx.Response(302, headers={"Location": "http://elsewhere.example/"}))
    with pytest.raises(NodeRefusedError):
        script.node().charter()


def _flood() -> Iterator[bytes]:
    while True:
        yield bytes(MAX_ANSWER // 8)


@pytest.mark.parametrize(
    "answer",
    [
        lambda: httpx.Response(200, content=b"not json"),
        lambda: httpx.Response(200, content=json.dumps({"size": "7"})),
        lambda: httpx.Response(200, content=_flood()),
    ],
)
def test_an_answer_that_is_none_is_refused(answer: Callable[[], httpx.Response]):
    with pytest.raises(PublishError) as caught:
        Script(answer()).node().size(ORIGIN)
    assert caught.value.detail_code == "node-answer"


@pytest.mark.parametrize("line", [0, 1, 4])
def test_remarks_about_lines_that_were_not_sent_are_refused(line):
    answer = {"total": 2, "bad": [{"line": line, "findings": [FINDING]}]}
    with pytest.raises(PublishError) as caught:
        Script(httpx.Response(200, json=answer)).node().check(ORIGIN, b"batch")
    assert caught.value.detail_code == "node-answer"


def test_it_has_sane_defaults():
    node = HttpNode("http://127.0.0.1:1", patience=Patience(1))
    with pytest.raises(PublishError) as caught:
        node.charter()
    node.close()
    assert caught.value.detail_code == "node-unreachable"
