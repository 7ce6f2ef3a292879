"""The access log over HTTP: for the auditor alone, page by page, enough to follow the chain."""

from datetime import datetime
from hashlib import sha256

import pytest
from openapi_spec_validator import validate

from registry.domain.disclosure import Role
from registry.store.access import (
    NO_ROW,
    AccessLine,
    AccessStore,
    content_digest,
    row_digest,
)
from tests.registry.access import conftest as access
from tests.registry.access.conftest import GRANTS, ONE, Desk, begun, changed, clock, desk
from tests.registry.api.test_uploads import problem

__all__ = ["begun", "changed", "clock", "desk"]
LOG = "/api/v1/access"
SAID = ("who", "role", "member", "purpose", "kind", "subject", "place", "outcome", "authorisation")


async def test_the_public_is_told_to_show_a_credential(desk: Desk):
    answer = await desk.get(LOG)
    problem(answer, 401, "no-credential")
    assert answer.headers["www-authenticate"] == 'Bearer realm="registry"'


@pytest.mark.parametrize("who", [role for role in GRANTS if role is not Role.AUDITOR])
async def test_nobody_but_the_auditor_reads_it_and_the_attempt_is_written_down(desk: Desk, who):
    problem(await desk.get(LOG, who), 403, "not-auditor")
    assert [(role, kind, outcome) for role, kind, _, outcome in await desk.said()] == [
        (who.value, "access-log", "not-auditor")
    ]


async def test_the_auditor_reads_page_by_page_and_follows_the_chain_offline(desk: Desk):
    for _ in range(5):
        await desk.get(f"/api/v1/subjects/{ONE}", Role.REGULATOR)
    first = (await desk.get(LOG, Role.AUDITOR, "", limit="4")).json()
    assert [row["seq"] for row in first["rows"]] == [1, 2, 3, 4]
    assert first["next"] == 4
    rest = (await desk.get(LOG, Role.AUDITOR, "", after="4")).json()
    rows = first["rows"] + rest["rows"]
    assert [row["kind"] for row in rows] == ["file"] * 5 + ["access-log"] * 2
    digest = NO_ROW
    for row in rows:
        line = AccessLine(*(row[name] for name in SAID))
        content = content_digest(bytes.fromhex(row["salt"]), line)
        moments = [datetime.fromisoformat(row[name]) for name in ("at", "kept_until")]
        digest = row_digest(digest, row["seq"], *moments, content)
        assert (row["content"], row["digest"]) == (content.hex(), digest.hex())
        assert not row["erased"]
    end = (await desk.get(LOG, Role.AUDITOR, "", after="1000")).json()
    assert end == {"rows": [], "next": 1000}


async def test_an_erased_row_shows_its_digests_and_nothing_else(desk: Desk):
    store = AccessStore(desk.scene.node.db)
    line = AccessLine("key:1", "regulator", "320100", "示例", "file", ONE, "", "answered")
    await store.append([(desk.clock.now(), datetime.fromisoformat("2020-01-01T00:00Z"), line)])
    await store.erase_old()
    (row, _) = (await desk.get(LOG, Role.AUDITOR, "")).json()["rows"]
    assert row["erased"] is True
    assert {row[name] for name in (*SAID, "salt")} == {""}
    assert len(row["digest"]) == len(sha256().hexdigest())


@pytest.mark.parametrize(
    "params", [{"after": "-1"}, {"after": "x"}, {"limit": "0"}, {"limit": "1001"}]
)
async def test_it_is_bounded(desk: Desk, params):
    problem(await desk.get(LOG, Role.AUDITOR, "", **params), 400, "invalid-parameter")


async def test_the_interface_says_how_a_credential_is_shown(desk: Desk):
    document = (await desk.get("/openapi.json")).json()
    validate(document)
    schemes = document["components"]["securitySchemes"]
    assert schemes["key"]["scheme"] == "bearer"
    assert "token" not in schemes, "this node names no issuer"
    assert document["security"] == [{}, {"key": []}]
    for path, item in document["paths"].items():
        if path.startswith("/api/v1/subjects") or path == "/api/v1/search":
            names = {one["name"]: one for one in item["get"]["parameters"]}
            assert names["Registry-Purpose"]["in"] == "header", path
            assert not names["Registry-Purpose"].get("required"), path
            assert {"401", "403", "429"} <= set(item["get"]["responses"]), path


async def test_with_an_issuer_the_interface_names_it(database, tmp_path, clock):
    async with access.issuing(access.FakeIssuer(clock)) as issuer:
        chosen = access.settings_for(tmp_path, **access.oidc(issuer))
        async with (
            access.open_scene(database.service_url, tmp_path) as scene,
            access.serve(scene.node, chosen, clock) as served,
        ):
            document = (await served.http.get("/openapi.json")).json()
            validate(document)
            token = document["components"]["securitySchemes"]["token"]
            found = f"{issuer.url}/.well-known/openid-configuration"
            assert (token["type"], token["openIdConnectUrl"]) == ("openIdConnect", found)
            assert document["security"] == [{}, {"key": []}, {"token": []}]
