"""What the interface says about itself: OpenAPI, problems, health, headers."""

import json

import pytest
from litestar.exceptions import HTTPException, ValidationException
from openapi_spec_validator import validate

from registry.api.problems import catalogue, problem_of, problem_response
from registry.api.render import rulebook_out
from registry.api.schemas import ProblemOut
from registry.errors import GoneRefusal, NodeError, Refusal, TooLargeRefusal
from search.errors import SearchError, SearchUnavailableError
from signing.errors import (
    BatchError,
    CharterError,
    ExpiredKeyError,
    MalformedNoteError,
    ProofError,
    RecordError,
    SignatureError,
    SigningError,
)
from tests.fakes.reader import rulebook
from tests.registry.api.test_uploads import problem


def tree(root: type) -> set[type]:
    return {root}.union(*(tree(child) for child in root.__subclasses__()))


async def test_the_interface_describes_itself_in_openapi_3_1(served):
    answer = await served.http.get("/openapi.json")
    document = answer.json()
    assert document["openapi"].startswith("3.1")
    validate(document)
    paths = document["paths"]
    for path in (
        "/api/v1/search",
        "/api/v1/subjects/{subject_id}",
        "/api/v1/subjects/{subject_id}/decision",
        "/api/v1/records/{host}/{segment}/{idx}",
        "/api/v1/records/{host}/{segment}/{idx}/bundle",
        "/api/v1/logs",
        "/api/v1/rulebook",
        "/api/v1/tables",
        "/api/v1/tables/{name}",
        "/log/{host}/{segment}/batch",
        "/log/{host}/{segment}/check",
        "/log/{host}/{segment}/checkpoint",
        "/log/{host}/{segment}/tile/{rest}",
        "/log/{host}/{segment}/size",
        "/log/{host}/{segment}/status/{block}",
        "/log/{host}/{segment}/attachment/{sha256}",
        "/witness/add-checkpoint",
        "/witness/{origin_sha256}/checkpoint",
        "/charter",
        "/health",
    ):
        assert path in paths, path
    assert "/" not in paths
    batch = paths["/log/{host}/{segment}/batch"]["post"]
    assert {"200", "403", "409", "413", "421", "422"} <= set(batch["responses"])
    assert "application/vnd.registry.batch" in batch["requestBody"]["content"]
    schemas = document["components"]["schemas"]
    assert set(schemas["ProblemOut"]["required"]) >= {"type", "title", "status", "code"}
    assert all("$ref" not in json.dumps(p) or "responses" in p for p in paths["/health"].values())


async def test_every_problem_type_is_documented_where_its_address_says(served):
    for kind in catalogue():
        answer = await served.http.get(f"/problems/{kind}")
        assert answer.status_code == 200, kind
        told = answer.json()
        assert told["type"] == f"/problems/{kind}"
        assert told["title"]
        assert told["meaning"]
    truncated = (await served.http.get("/problems/batch-error")).json()["codes"]["truncated"]
    assert len(truncated) == 2
    problem(await served.http.get("/problems/no-such"), 404, "not-found")


@pytest.mark.parametrize("family", [Refusal, SigningError, SearchError])
def test_every_class_of_error_is_in_the_catalogue(family):
    documented = catalogue()
    assert {cls.code for cls in tree(family)} <= set(documented)


@pytest.mark.parametrize(
    ("error", "status", "kind", "code"),
    [
        (TooLargeRefusal("大", "large", code="x"), 413, "too-large", "x"),
        (SignatureError(en="a", zh="甲"), 403, "bad-signature", "bad-signature"),
        (ExpiredKeyError(en="a", zh="甲"), 403, "expired-key", "expired-key"),
        (CharterError(code="not-competent"), 403, "charter-error", "not-competent"),
        (ProofError(en="a", zh="甲"), 422, "proof-mismatch", "proof-mismatch"),
        (MalformedNoteError(en="a", zh="甲"), 400, "malformed-note", "malformed-note"),
        (BatchError(code="truncated", line=7), 400, "batch-error", "truncated"),
        (BatchError(code="empty-line"), 400, "batch-error", "empty-line"),
        (BatchError(code="too-many-records"), 413, "batch-error", "too-many-records"),
        (RecordError(code="bad-salt", pointer="/salt"), 400, "record-error", "bad-salt"),
        (
            SearchUnavailableError(zh="无", en="none"),
            503,
            "search-unavailable",
            "search-unavailable",
        ),
        (HTTPException(status_code=405), 405, "method-not-allowed", "method-not-allowed"),
        (HTTPException(status_code=418), 418, "invalid-parameter", "invalid-parameter"),
        (HTTPException(status_code=502), 502, "internal-error", "internal-error"),
        (ValidationException("no list"), 400, "invalid-parameter", "invalid-parameter"),
        (NodeError("inside"), 500, "internal-error", "internal-error"),
        (RuntimeError("inside"), 500, "internal-error", "internal-error"),
    ],
)
def test_every_family_of_errors_becomes_a_problem(error, status, kind, code):
    told = problem_of(error, "/here")
    answer = problem_response(told)
    members = told.members()
    assert answer.status_code == status
    assert (members["type"], members["code"]) == (f"/problems/{kind}", code or kind)
    assert members["instance"] == "/here"
    assert "inside" not in str(members)
    assert set(ProblemOut.__struct_fields__) - {"errors"} <= set(members)


def test_a_place_in_the_upload_travels_with_the_problem():
    assert problem_of(BatchError(code="truncated", line=7)).members()["line"] == 7
    assert problem_of(RecordError(code="bad-salt", pointer="/a")).members()["pointer"] == "/a"


def test_extra_members_never_replace_the_standard_ones():
    error = Refusal("甲", "a", extra={"status": 1, "type": "x", "size": 3})
    members = problem_of(error).members()
    assert (members["status"], members["type"], members["size"]) == (400, "/problems/refused", 3)


def test_gone_has_no_instance():
    told = problem_of(GoneRefusal("无", "none"), "/record/a/b/1").members()
    assert "instance" not in told


async def test_health_needs_the_database(served, monkeypatch):
    assert (await served.http.get("/health")).json()["status"] == "ok"

    async def down() -> None:
        raise OSError

    monkeypatch.setattr(served.app.state["reader"], "logs", down)
    problem(await served.http.get("/health"), 503, "database")


async def test_everything_carries_the_headers_that_keep_it_safe(served):
    for path in ("/health", "/nowhere", "/charter", "/api/v1/logs"):
        headers = (await served.http.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert headers["cache-control"]
    assert (await served.http.get("/api/v1/logs")).headers["cache-control"] == "no-store"


async def test_what_is_not_an_upload_is_kept_small(served):
    answer = await served.http.post("/nowhere", content=b"x" * 100)
    problem(answer, 404, "not-found")
    problem(await served.http.post("/health"), 405, "method-not-allowed")


async def test_a_browser_gets_a_page_and_a_program_a_problem(served):
    page = await served.http.get("/nowhere", headers={"Accept": "text/html"})
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    api = await served.http.get("/api/v1/nowhere", headers={"Accept": "text/html"})
    problem(api, 404, "not-found")


async def test_a_rulebook_is_told_with_rules_and_adoptions():
    """Over the in-memory read side: a published rulebook needs four files in a real node."""
    told = rulebook_out(rulebook())
    assert {rule.key for rule in told.rules} >= {"R02", "R06", "R10"}
    funds = [m for rule in told.rules for m in rule.measures if m.key == "m-funds"]
    assert funds[0].basis == "wage-regulation#48.1"
    assert told.adoptions[0].instrument.startswith("示例")
    assert {one.allows for one in told.adoptions} >= {None, ("m-funds",)}
