"""Keys and tokens that are good, and everything that is not: refused, told, and written down."""

import asyncio
import json
from base64 import urlsafe_b64encode
from datetime import timedelta
from hashlib import sha256

import httpx
import pytest
from joserfc import jws, jwt
from joserfc.jwk import OctKey, RSAKey

from registry.access import tokens
from registry.access.issuer import LEEWAY, LIFETIME_MAX, REFRESH, TOKEN_MAX
from registry.access.keys import DAYS_MAX, OVERLAP_MAX, NewKey
from registry.clock import unix
from registry.domain.disclosure import Role
from registry.domain.grants import Grant
from registry.errors import NodeError
from tests.fakes.issuer import AUDIENCE, CLIENT, FakeIssuer, new_key
from tests.pages.conftest import HTML
from tests.registry.access.conftest import GRANTS, MEMBERS, ONE, PURPOSE, Desk, oidc
from tests.registry.api.test_uploads import problem
from tests.registry.query.scene import uscc

FILE = f"/api/v1/subjects/{ONE}"
PLACE = {"territory": "320100"}


@pytest.fixture
def changed(request, issuer: FakeIssuer) -> dict[str, object]:
    return oidc(issuer, **getattr(request, "param", {}))


async def good(desk: Desk, text: str) -> dict[str, object]:
    """Read with a credential that is good; return the row of the log."""
    answer = await desk.get(FILE, text)
    assert answer.status_code == 200, answer.text
    return (await desk.log())[-1]


# Keys


async def test_of_a_key_only_the_digest_is_kept(desk: Desk):
    text = desk.texts[Role.AUDITOR]
    row = await desk.scene.node.db.pool.fetchrow(
        "SELECT * FROM access_keys WHERE key_id = $1", text.split("_")[1]
    )
    secret = text.split("_", 2)[2]
    assert len(secret) == 43
    assert row["secret_digest"] == sha256(secret.encode()).digest()
    assert secret not in str(dict(row))
    assert (row["expires_at"] - row["issued_at"]).days == 365


async def test_keys_that_nobody_issued_are_refused_alike(desk: Desk):
    text = desk.texts[Role.AUDITOR]
    other = "A" if text[-1] != "A" else "B"
    answers = []
    for wrong in (
        text[:-1] + other,
        f"rk_{'0' * 12}_{text[16:]}",
        text[:-1],
        text + "x",
        "rk_",
        "rk_" + "x" * 9000,
    ):
        await desk.refused(FILE, wrong, 401, "unknown-credential")
        answers.append((await desk.get(FILE, wrong)).content)
    assert len(set(answers)) == 1
    assert {row["who"] for row in await desk.log()} == {""}


async def test_a_key_ends_with_its_time(desk: Desk):
    desk.clock.go(days=365, seconds=-1)
    assert (await good(desk, desk.texts[Role.AUDITOR]))["role"] == "auditor"
    desk.clock.go(seconds=1)
    await desk.refused(FILE, desk.texts[Role.AUDITOR], 401, "key-expired")
    assert (await desk.log())[-1]["who"].startswith("key:")


async def test_a_revoked_key_is_good_for_nothing_at_once(desk: Desk):
    text = desk.texts[Role.REGULATOR]
    await desk.keys.revoke(text.split("_")[1], "系统下线")
    await desk.refused(FILE, text, 401, "key-ended")
    with pytest.raises(NodeError, match="is good"):
        await desk.keys.revoke(text.split("_")[1], "again")


async def test_a_rotation_lets_both_be_good_for_the_overlap_and_keeps_the_limits(desk: Desk):
    old = desk.texts[Role.REGULATOR]
    new = await desk.keys.rotate(old.split("_")[1], timedelta(days=7), 30, MEMBERS)
    assert new.key.grant == GRANTS[Role.REGULATOR]
    assert new.key.replaces == old.split("_")[1]
    rows = [await good(desk, text) for text in (old, new.text)]
    assert {(row["role"], row["member"]) for row in rows} == {("regulator", "320100")}
    desk.clock.go(days=7)
    await desk.refused(FILE, old, 401, "key-ended")
    await good(desk, new.text)
    desk.clock.go(days=23)
    await desk.refused(FILE, new.text, 401, "key-expired")


async def test_a_key_has_one_that_follows_it_and_no_more(desk: Desk):
    old, week = desk.texts[Role.REGULATOR].split("_")[1], timedelta(days=7)
    outcomes = await asyncio.gather(
        *(desk.keys.rotate(old, week, 30, MEMBERS) for _ in range(3)), return_exceptions=True
    )
    (new,) = (one for one in outcomes if isinstance(one, NewKey))
    refused = [str(one) for one in outcomes if isinstance(one, NodeError)]
    assert len(refused) == 2
    assert all(f"rotated already, to {new.key.key_id}" in one for one in refused)
    assert len(await desk.keys.all()) == len(GRANTS) + 1
    newer = await desk.keys.rotate(new.key.key_id, timedelta(0), 30, MEMBERS)
    with pytest.raises(NodeError, match=f"to {newer.key.key_id}: "):  # the other has ended
        await desk.keys.rotate(old, week, 30, MEMBERS)
    desk.clock.go(hours=1)
    assert await desk.keys.revoke(newer.key.key_id, "泄露") == ()
    again = await desk.keys.rotate(old, week, 30, MEMBERS)
    desk.clock.go(hours=1)
    assert [key.key_id for key in await desk.keys.revoke(old, "泄露")] == [again.key.key_id]
    await good(desk, again.text)


@pytest.mark.parametrize(
    ("grant", "said"),
    [
        (Grant(Role.PUBLIC), "no credential"),
        (Grant(Role.CLERK), "needs a member"),
        (Grant(Role.CLERK, "999999"), "no member 999999"),
        (Grant(Role.BUSINESS), "needs the id"),
        (Grant(Role.BUSINESS, subject="x"), "32 hex digits"),
        (Grant(Role.AUDITOR, "340200"), "takes no a member code"),
        (Grant(Role.REGULATOR, "340200"), "needs territories"),
        (Grant(Role.REGION, territories=("340200",)), "takes no territories"),
        (Grant(Role.REGION, matters=("tender",)), "takes no matters"),
        (Grant(Role.PROCURER, "340200", territories=("1",)), "no member 1"),
        (Grant(Role.PROCURER, "340200", territories=("340200",), matters=("A b",)), "of a matter"),
        (Grant(Role.PROCURER, "340200", territories=("340200",) * 51), "At most 50"),
    ],
)
async def test_a_key_without_the_limits_of_its_role_is_not_issued(desk: Desk, grant, said):
    with pytest.raises(NodeError, match=said):
        await desk.keys.issue(grant, "示例系统", 365, MEMBERS)


async def test_bounds_of_label_days_overlap_and_reason(desk: Desk):
    grant, key_id = GRANTS[Role.AUDITOR], desk.texts[Role.AUDITOR].split("_")[1]
    for label, days in (("", 365), ("x" * 81, 365), ("x", 0), ("x", DAYS_MAX + 1)):
        with pytest.raises(NodeError, match="a label has"):
            await desk.keys.issue(grant, label, days, MEMBERS)
    for overlap in (timedelta(seconds=-1), OVERLAP_MAX + timedelta(seconds=1)):
        with pytest.raises(NodeError, match="the overlap is"):
            await desk.keys.rotate(key_id, overlap, 365, MEMBERS)
    with pytest.raises(NodeError, match="say why"):
        await desk.keys.revoke(key_id, "  ")
    with pytest.raises(NodeError, match="no key"):
        await desk.keys.rotate("0" * 12, timedelta(0), 365, MEMBERS)


@pytest.mark.parametrize("header", ["Basic eDp5", "rk_1", "Bearer", "", "Bearer\trk_1"])
async def test_anything_but_one_bearer_is_refused(desk: Desk, header):
    answer = await desk.served.http.get(FILE, headers={"Authorization": header})
    problem(answer, 401, "bad-scheme")
    twice = [("Authorization", f"Bearer {desk.texts[Role.AUDITOR]}")] * 2
    problem(await desk.served.http.get(FILE, headers=twice), 401, "bad-scheme")


async def test_a_bad_credential_is_never_the_public(desk: Desk):
    """Not even where nobody needs one, and as a page where a browser asks."""
    for path in ("/api/v1/logs", "/health", "/charter", "/rules", "/"):
        answer = await desk.get(path, "rk_no")
        assert answer.status_code == 401, path
    headers = {**HTML, "Authorization": "Bearer rk_no"}
    page = await desk.served.http.get(f"/subject/{ONE}", headers=headers)
    assert page.status_code == 401
    assert "密钥无效" in page.text
    assert page.headers["www-authenticate"].startswith("Bearer")


# Tokens of the issuer


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "Ed25519"])
async def test_a_token_is_good_with_each_algorithm(desk: Desk, issuer, algorithm):
    issuer.keys = [new_key(algorithm, f"k-{algorithm}")]
    row = await good(desk, issuer.token(alg=algorithm))
    assert (row["role"], row["member"], row["purpose"]) == ("regulator", "320100", PURPOSE)
    assert row["who"].startswith("oidc:")
    assert "u1" not in row["who"]
    assert issuer.asked == ["discovery", "jwks"]


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
async def test_eddsa_goes_by_its_older_name_too(desk: Desk, issuer):
    issuer.keys = [new_key("Ed25519", "ed")]
    assert (await good(desk, issuer.token(alg="EdDSA")))["role"] == "regulator"


async def test_who_is_the_same_account_each_time_and_another_for_others(desk: Desk, issuer):
    rows = [await good(desk, issuer.token(sub=sub)) for sub in ("u1", "u1", "u2")]
    assert rows[0]["who"] == rows[1]["who"] != rows[2]["who"]


async def test_claims_become_role_member_and_subject_by_the_table(desk: Desk, issuer):
    clerk = await good(desk, issuer.token(groups=["x", "clerks"], city="340200"))
    assert (clerk["role"], clerk["member"]) == ("clerk", "340200")
    own = issuer.token(groups=None, kind="enterprise", uscc=uscc(1))
    answer = await desk.get(FILE, own, "")
    assert answer.status_code == 200, "a business reads its own file without a purpose"
    assert len(answer.json()["records"]) == 8
    by_id = issuer.token(groups=[], kind="enterprise", uscc=ONE)
    assert (await good(desk, by_id))["role"] == "business"
    problem(await desk.get(FILE, issuer.token(), territory="340200"), 403, "other-territory")


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"groups": ["others"]}, "no-role"),
        ({"groups": None}, "no-role"),
        ({"groups": {"regulators": 1}}, "no-role"),
        ({"groups": "clerks"}, "role-limits"),
        ({"groups": ["clerks"], "city": "999999"}, "role-limits"),
        ({"groups": ["clerks"], "city": ["340200"]}, "role-limits"),
        ({"groups": None, "kind": "enterprise", "uscc": "x"}, "role-limits"),
    ],
)
async def test_a_good_token_without_a_role_is_forbidden(desk: Desk, issuer, claims, code):
    await desk.refused(FILE, issuer.token(**claims), 403, code)
    assert (await desk.log())[-1]["who"].startswith("oidc:")


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"aud": "https://other.example"}, "token-claims"),
        ({"aud": CLIENT}, "token-claims"),
        ({"aud": ["a", "b"]}, "token-claims"),
        ({"aud": None}, "token-claims"),
        ({"iss": "https://evil.example"}, "token-claims"),
        ({"iss": None}, "token-claims"),
        ({"sub": None}, "token-claims"),
        ({"sub": "x" * 256}, "token-claims"),
        ({"sub": 7}, "token-claims"),
        ({"exp": None}, "token-claims"),
        ({"iat": None}, "token-claims"),
        ({"exp": "soon"}, "token-claims"),
    ],
)
async def test_claims_that_do_not_fit_are_refused(desk: Desk, issuer, claims, code):
    await desk.refused(FILE, issuer.token(**claims), 401, code)
    assert (await desk.log())[-1]["who"] == "", "nothing of it is believed"


async def test_a_token_is_good_from_its_beginning_to_its_end(desk: Desk, issuer, clock):
    now = unix(clock)
    await good(desk, issuer.token(exp=now - LEEWAY + 1, iat=now - 600))
    await desk.refused(FILE, issuer.token(exp=now - LEEWAY, iat=now - 600), 401, "token-expired")
    await good(desk, issuer.token(nbf=now + LEEWAY))
    await desk.refused(FILE, issuer.token(nbf=now + LEEWAY + 1), 401, "token-claims")
    await desk.refused(FILE, issuer.token(iat=now + LEEWAY + 1), 401, "token-claims")
    await good(desk, issuer.token(exp=now + LIFETIME_MAX))
    await desk.refused(FILE, issuer.token(exp=now + LIFETIME_MAX + 1), 401, "token-claims")


def unsigned(claims: dict[str, object], **header: object) -> str:
    parts = [json.dumps(part).encode() for part in ({"typ": "JWT", **header}, claims)]
    return ".".join(urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."


async def test_forged_tokens_are_refused(desk: Desk, issuer):
    claims = issuer.usual(AUDIENCE) | {"groups": ["auditors"]}
    stranger = new_key.__wrapped__("RS256", "one")  # the id of a known key, but not the key
    await desk.refused(FILE, issuer.token(stranger), 401, "token-forged")
    head, body, signature = issuer.token().split(".")
    other = unsigned(claims, alg="RS256", kid="one").split(".")[1]
    await desk.refused(FILE, f"{head}.{other}.{signature}", 401, "token-forged")
    for alg in ("none", "None", "HS256", "PS256", ""):
        await desk.refused(FILE, unsigned(claims, alg=alg, kid="one"), 401, "token-algorithm")
    public = json.dumps(issuer.keys[0].as_dict(private=False))
    shared = OctKey.import_key(public, {"kid": "one"})
    signed = jwt.encode({"alg": "HS256", "kid": "one"}, claims, shared)
    await desk.refused(FILE, signed, 401, "token-algorithm")
    assert body


@pytest.mark.parametrize(
    "text", ["x", "a.b.c", "..", "é.é.é", "x" * (TOKEN_MAX + 1), "e30.e30.e30"]
)
async def test_what_is_no_token_at_all_is_refused(desk: Desk, issuer, text):
    answer = await desk.served.http.get(FILE, headers={"Authorization": f"Bearer {text}".encode()})
    assert answer.status_code == 401
    assert answer.json()["code"] in {"token-malformed", "token-algorithm"}
    assert issuer.asked == [], "nothing is fetched for it"


async def test_deep_and_odd_payloads_are_refused(desk: Desk, issuer):
    key = issuer.keys[0]
    for payload in ("[" * 5000, '"x"', "[]", "nul", '{"aud":NaN}'):
        text = jws.serialize_compact({"alg": "RS256", "kid": "one"}, payload.encode(), key)
        answer = await desk.get(FILE, text)
        assert answer.status_code == 401, payload


async def test_a_new_key_is_fetched_and_an_old_one_no_longer_counts(desk: Desk, issuer, clock):
    old, new = issuer.keys[0], new_key("RS256", "two")
    await good(desk, issuer.token())
    issuer.keys.append(new)
    await desk.refused(FILE, issuer.token(new), 401, "token-forged")  # asked a moment ago
    clock.go(seconds=REFRESH.total_seconds())
    await good(desk, issuer.token(new))
    assert issuer.asked == ["discovery", "jwks"] * 2
    issuer.keys.remove(old)
    await good(desk, issuer.token(old))  # until the keys are asked for again
    clock.go(hours=1)
    await desk.refused(FILE, issuer.token(old), 401, "token-forged")
    await good(desk, issuer.token(new))


async def test_the_address_of_the_keys_may_move(desk: Desk, issuer, clock):
    await good(desk, issuer.token())
    issuer.keys = [new_key("RS256", "two")]
    issuer.discovery = {"jwks_uri": f"{issuer.url}/moved"}
    clock.go(seconds=REFRESH.total_seconds())
    await good(desk, issuer.token())
    issuer.discovery = {"jwks_uri": "http://127.0.0.1:9/jwks"}
    clock.go(minutes=59)
    await good(desk, issuer.token())
    clock.go(minutes=1)
    problem(await desk.get(FILE, issuer.token()), 503, "issuer-unreachable")


async def test_forged_ids_of_keys_do_not_make_the_node_ask_the_issuer_each_time(desk: Desk, issuer):
    await good(desk, issuer.token())
    for number in range(10):
        answer = await desk.get(FILE, issuer.token(new_key("ES256", f"x{number}"), "ES256"))
        problem(answer, 401, "token-forged")
    assert issuer.asked == ["discovery", "jwks"]


async def test_keys_that_cannot_sign_are_left_out(desk: Desk, issuer, clock):
    with pytest.warns(UserWarning, match="2048"):
        short = RSAKey.generate_key(1024, {"kid": "short"})
    published = short.as_dict(private=False)
    good_key = issuer.keys[0]
    secret = OctKey.generate_key(256, {"kid": "secret"}).as_dict(private=True)
    issuer.published = [
        secret,
        published,
        {"kty": "RSA", "kid": "broken", "n": "x"},
        {"kty": "ML-DSA", "kid": "new"},
        {**new_key("ES256", "sealing").as_dict(private=False), "use": "enc"},
        "x",
        good_key.as_dict(private=False),
    ]
    await good(desk, issuer.token())
    await desk.refused(FILE, issuer.token(short), 401, "token-forged")
    issuer.published = {"no": "list"}
    clock.go(hours=1)
    await desk.refused(FILE, issuer.token(), 401, "token-forged")


@pytest.mark.parametrize(
    "said",
    [
        {"issuer": "https://evil.example"},
        {"jwks_uri": None},
        {"token_endpoint": 7},
        {"jwks_uri": "http://127.0.0.1:9/jwks"},
        {"jwks_uri": "no address"},
        {"pad": "x" * 300_000},
    ],
)
async def test_an_issuer_that_does_not_answer_as_it_should(desk: Desk, issuer, said):
    issuer.discovery = said
    problem(await desk.get(FILE, issuer.token()), 503, "issuer-unreachable")
    assert await desk.log() == [], "the credential was not refused"
    issuer.discovery = {}


async def test_an_issuer_that_answers_with_something_else(desk: Desk, issuer, clock, monkeypatch):
    gate = desk.served.app.state["gate"]
    reached = gate._by.tokens._issuer
    for body, status in ((b"[]", 200), (b"<html>", 200), (b"[" * 99_999, 200), (b"{}", 500)):
        answer = httpx.MockTransport(lambda _, b=body, s=status: httpx.Response(s, content=b))
        monkeypatch.setattr(reached, "_http", httpx.AsyncClient(transport=answer))
        clock.go(seconds=REFRESH.total_seconds())
        problem(await desk.get(FILE, issuer.token()), 503, "issuer-unreachable")


async def test_keys_are_believed_for_an_hour_while_the_issuer_is_down_and_no_longer(
    desk: Desk, issuer, clock, monkeypatch
):
    await good(desk, issuer.token())
    reached = desk.served.app.state["gate"]._by.tokens._issuer
    asked = []

    def down(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        raise httpx.ConnectError("down")

    was = reached._http
    transport = httpx.MockTransport(down)
    monkeypatch.setattr(reached, "_http", httpx.AsyncClient(transport=transport))
    clock.go(minutes=59)
    await good(desk, issuer.token())
    assert asked == []
    clock.go(minutes=1)
    for _ in range(3):
        problem(await desk.get(FILE, issuer.token()), 503, "issuer-unreachable")
    assert len(asked) == 1, "it is not asked at once again"
    monkeypatch.setattr(reached, "_http", was)
    problem(await desk.get(FILE, issuer.token()), 503, "issuer-unreachable")
    clock.go(seconds=REFRESH.total_seconds())
    await good(desk, issuer.token())


@pytest.mark.parametrize("changed", [{"oidc_one_time": True}], indirect=True)
async def test_a_one_time_token_counts_once_and_none_from_before_the_start(
    desk: Desk, issuer, clock, monkeypatch
):
    await desk.refused(FILE, issuer.token(jti="a"), 401, "token-before-start")
    clock.go(seconds=1)
    token = issuer.token(jti="a")
    await good(desk, token)
    await desk.refused(FILE, token, 401, "token-replayed")
    await desk.refused(FILE, issuer.token(jti="a"), 401, "token-replayed")
    await desk.refused(FILE, issuer.token(), 401, "token-claims")
    await desk.refused(FILE, issuer.token(jti="x" * 256), 401, "token-claims")
    spent = desk.served.app.state["gate"]._by.tokens._spent
    monkeypatch.setattr(spent, "_most", 2)
    await good(desk, issuer.token(jti="b"))
    problem(await desk.get(FILE, issuer.token(jti="c")), 503, "busy")
    clock.go(seconds=600 + LEEWAY)
    await good(desk, issuer.token(jti="c"))
    assert len(spent._held) == 1
    assert tokens.SPENT_MAX > 1_000


async def test_the_interface_takes_no_cookie(desk: Desk):
    answer = await desk.served.http.get(FILE, headers={"Cookie": "__Host-registry-session=x"})
    assert answer.status_code == 200
    assert len(answer.json()["records"]) == 2
