"""Signing in on the pages against a real issuer: code, PKCE, session, purpose, forms, log-out."""

import asyncio
import re
import subprocess
import sys
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest
from litestar.handlers import HTTPRouteHandler

from registry.access import sessions, sign_in
from registry.access.asker import cookie, cookie_name
from registry.access.issuer import REFRESH
from registry.access.sign_in import page_of
from registry.clock import SystemClock
from registry.demo.run import free_port
from registry.domain.disclosure import Role
from tests.fakes.issuer import CLIENT, FakeIssuer
from tests.pages.conftest import HTML
from tests.registry.access.conftest import GRANTS, ONE, PURPOSE, Desk, oidc, settings_for
from tests.registry.api.conftest import serve
from tests.registry.api.test_uploads import problem
from tests.registry.query.scene import open_scene, registration

SUBJECT = f"/subject/{ONE}"
SESSION = "__Host-registry-session"
PENDING = "__Host-registry-sign-in"


@pytest.fixture
def changed(request, issuer: FakeIssuer) -> dict[str, object]:
    issuer.account["groups"] = ["regulators"]
    return oidc(issuer, **getattr(request, "param", {}))


@dataclass
class Browser:
    """Keeps cookies as a browser does, and follows redirects by hand."""

    http: httpx.AsyncClient
    cookies: dict[str, str] = field(default_factory=dict)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return self.keep(await self.http.get(path, headers=self.headers(headers)))

    async def post(self, path: str, form: dict[str, str], **headers: str) -> httpx.Response:
        shown = self.headers(headers)
        return self.keep(await self.http.post(path, data=form, headers=shown))

    def headers(self, more: dict[str, str]) -> dict[str, str]:
        pairs = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {**HTML, **({"Cookie": pairs} if pairs else {}), **more}

    def keep(self, answer: httpx.Response) -> httpx.Response:
        self.http.cookies.clear()  # only this browser's own count
        for line in answer.headers.get_list("set-cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            assert {"Path=/", "HttpOnly", "SameSite=Lax", "Secure"} <= set(line.split("; "))
            assert name.startswith("__Host-")
            assert "Domain" not in line
            if "Max-Age=0" in line:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return answer

    async def leave(self, to: str = SUBJECT) -> str:
        """Go to the issuer; return where it sends the browser back to."""
        answer = await self.get(f"/sign-in?to={quote(to)}")
        assert answer.status_code == 303, answer.text
        async with httpx.AsyncClient() as abroad:
            back = (await abroad.get(answer.headers["location"])).headers["location"]
        assert back.startswith("https://node.example/sign-in/done?")
        return back.removeprefix("https://node.example")

    async def sign_in(self, to: str = SUBJECT) -> httpx.Response:
        return await self.get(await self.leave(to))

    async def state_purpose(self, text: str = PURPOSE) -> httpx.Response:
        form = {"csrf": self.csrf(await self.get("/purpose")), "purpose": text, "to": SUBJECT}
        return await self.post("/purpose", form)

    @staticmethod
    def csrf(page: httpx.Response) -> str:
        return re.search(r'name="csrf" value="([^"]+)"', page.text)[1]


@pytest.fixture
def browser_of(desk: Desk) -> Browser:
    return Browser(desk.served.http)


async def test_from_sign_in_over_the_purpose_to_what_the_role_sees_and_out(desk, browser_of):
    here = browser_of
    home = await here.get("/search?q=a")
    link = unescape(re.search(r'href="(/sign-in\?[^"]+)"', home.text)[1])
    assert parse_qs(urlsplit(link).query)["to"] == ["/search?q=a"]
    came = await here.sign_in(f"{SUBJECT}?territory=320100")
    assert (came.status_code, came.headers["location"]) == (303, f"{SUBJECT}?territory=320100")
    asked = await here.get(came.headers["location"])
    assert asked.status_code == 303
    form = await here.get(asked.headers["location"])
    assert "本次查询的用途" in form.text
    assert form.headers["cache-control"] == "no-store"
    to = unescape(re.search(r'name="to" value="([^"]+)"', form.text)[1])
    stated = {"csrf": here.csrf(form), "purpose": f" {PURPOSE}  ", "to": to}
    answer = await here.post("/purpose", stated)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{SUBJECT}?territory=320100")
    page = await here.get(answer.headers["location"])
    assert page.status_code == 200
    assert "已登录：示例张三、监管人员、南京市" in page.text
    assert f"查询用途：{PURPOSE}" in page.text
    assert page.headers["cache-control"] == "no-store"
    government = desk.placed["government"]
    assert f"/record/{government.origin}/{government.idx}" in page.text
    rows = await desk.log()
    assert [(row["kind"], row["outcome"], row["purpose"]) for row in rows] == [
        ("file", "purpose-required", ""),
        ("file", "answered", PURPOSE),
    ]
    assert {row["member"] for row in rows} == {"320100"}
    assert "示例张三" not in str(rows)
    out = await here.post("/sign-out", {"csrf": here.csrf(page)})
    assert (out.status_code, out.headers["location"]) == (303, "/")
    assert SESSION not in here.cookies
    again = await here.get(f"/record/{government.origin}/{government.idx}")
    assert again.status_code == 410


async def test_the_cookie_of_a_session_that_has_ended_is_refused_once_and_taken_away(
    desk, browser_of
):
    await browser_of.sign_in()
    text = browser_of.cookies[SESSION]
    assert text not in str(desk.served.app.state["gate"].sessions._held)
    desk.clock.go(minutes=29)
    assert (await browser_of.get("/logs")).status_code == 200  # it is not idle
    desk.clock.go(minutes=29)
    assert (await browser_of.get("/logs")).status_code == 200
    desk.clock.go(minutes=30)
    answer = await browser_of.get("/logs")
    assert answer.status_code == 401
    assert "登录已结束" in answer.text
    assert "/sign-in?to=" in answer.text
    assert SESSION not in browser_of.cookies
    assert "session-ended" not in {row["outcome"] for row in await desk.log()}
    assert (await browser_of.get("/logs")).status_code == 200
    browser_of.cookies[SESSION] = text
    assert (await browser_of.get("/logs")).status_code == 401


async def test_a_session_ends_after_its_whole_time_however_busy(desk, browser_of):
    await browser_of.sign_in()
    for _ in range(23):
        desk.clock.go(minutes=20)
        assert (await browser_of.get("/logs")).status_code == 200
    desk.clock.go(minutes=20)
    assert (await browser_of.get("/logs")).status_code == 401


async def test_signing_in_again_is_another_session(browser_of):
    await browser_of.sign_in()
    first = browser_of.cookies[SESSION]
    await browser_of.sign_in()
    assert browser_of.cookies[SESSION] != first


async def test_what_is_static_or_for_programs_does_not_look_at_the_cookie(browser_of):
    browser_of.cookies[SESSION] = "x"
    for path in ("/static/site.css", "/openapi.json", "/api/v1/logs"):
        assert (await browser_of.get(path)).status_code == 200


async def failed(desk: Desk, answer: httpx.Response, code: str, status: int = 401) -> None:
    assert answer.status_code == status, answer.text
    assert code in answer.text
    assert SESSION not in str(answer.headers.get_list("set-cookie"))
    assert [row["outcome"] for row in await desk.log()] == [code]


async def not_begun(desk: Desk, answer: httpx.Response) -> None:
    """Refused, and neither counted nor written down."""
    assert answer.status_code == 401, answer.text
    assert "sign-in-failed" in answer.text
    assert SESSION not in str(answer.headers.get_list("set-cookie"))
    assert await desk.log() == []
    assert desk.served.app.state["gate"]._limits._refused._held == {}


async def test_nobody_is_signed_in_by_what_another_browser_began(desk, browser_of):
    back = await browser_of.leave()
    stranger = Browser(desk.served.http)
    await not_begun(desk, await stranger.get(back))
    await not_begun(desk, await browser_of.get(back))  # used up by the attempt


async def test_a_way_back_counts_once_and_not_for_long(desk, browser_of):
    back = await browser_of.leave()
    assert (await browser_of.get(back)).status_code == 303
    browser_of.cookies.pop(SESSION)
    await not_begun(desk, await browser_of.get(back))
    other = Browser(desk.served.http)
    back = await other.leave()
    desk.clock.go(minutes=10)
    await not_begun(desk, await other.get(back))
    other = Browser(desk.served.http)
    back = re.sub(r"state=[^&]+", "state=x", await other.leave())
    await not_begun(desk, await other.get(back))


@pytest.mark.parametrize("changed", [{"refused_per_minute": 2}], indirect=True)
async def test_no_page_elsewhere_and_no_restart_locks_an_office_out(desk, browser_of):
    await browser_of.sign_in()
    stranger = Browser(desk.served.http)
    for _ in range(5):
        await not_begun(desk, await stranger.get("/sign-in/done?state=x&code=y"))
    stranger.cookies[SESSION] = "x"
    for _ in range(5):
        assert (
            await desk.served.http.get("/logs", headers=stranger.headers({}))
        ).status_code == 401
    assert (await desk.get(SUBJECT, Role.AUDITOR)).status_code == 200
    for _ in range(3):
        await desk.get(SUBJECT, "rk_no")
    assert (await desk.get(SUBJECT, Role.AUDITOR)).status_code == 429
    assert (await browser_of.get("/logs")).status_code == 200, "a session is not tried out"


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (r"code=[^&]+", "code=x"),
        (r"code=[^&]+", "code="),
        (r"code=[^&]+", "error=access_denied"),
        (r"code=[^&]+", "code=" + "x" * 5000),
        (r"iss=[^&]+", "iss=https%3A%2F%2Fevil.example"),
    ],
)
async def test_a_way_back_that_was_changed_is_refused(desk, browser_of, was, becomes):
    back = re.sub(was, becomes, await browser_of.leave())
    await failed(desk, await browser_of.get(back), "sign-in-failed")


@pytest.mark.parametrize(
    ("claims", "code", "status"),
    [
        ({"nonce": "x"}, "sign-in-failed", 401),
        ({"nonce": None}, "sign-in-failed", 401),
        ({"azp": "another"}, "sign-in-failed", 401),
        ({"aud": [CLIENT, "another"]}, "sign-in-failed", 401),
        ({"aud": "another"}, "token-claims", 401),
        ({"iss": "https://evil.example"}, "token-claims", 401),
        ({"exp": 1}, "token-expired", 401),
        ({"groups": []}, "no-role", 403),
    ],
)
async def test_an_id_token_that_is_not_for_this_sign_in(
    desk, browser_of, issuer, claims, code, status
):
    issuer.id_claims = claims
    await failed(desk, await browser_of.sign_in(), code, status)


async def test_several_audiences_are_fine_where_this_node_is_named(browser_of, issuer):
    issuer.id_claims = {"aud": [CLIENT, "another"], "azp": CLIENT, "name": 7}
    assert (await browser_of.sign_in()).status_code == 303


async def test_no_id_token_is_no_sign_in(desk, browser_of, monkeypatch):
    async def nothing(*_: object) -> dict[str, object]:
        return {"access_token": "x"}

    back = await browser_of.leave()
    monkeypatch.setattr(desk.served.app.state["gate"]._by.sign_in._issuer, "exchange", nothing)
    await failed(desk, await browser_of.get(back), "sign-in-failed")


@pytest.mark.parametrize("changed", [{}, {"oidc_client_secret": ""}], indirect=True)
async def test_the_node_shows_that_it_is_the_client_as_the_issuer_wants(browser_of, issuer):
    issuer.methods = ["client_secret_post", "none"]
    assert (await browser_of.sign_in()).status_code == 303


@pytest.mark.parametrize(
    ("to", "page"),
    [
        ("/subject/x?a=b", "/subject/x?a=b"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/a\\b", "/"),
        ("https://evil.example", "/"),
        ("", "/"),
        ("/a\r\nSet-Cookie: x", "/"),
        ("/" + "x" * 5000, "/"),
    ],
)
def test_one_is_led_back_to_a_page_of_this_site_only(to, page):
    assert page_of(to) == page


async def test_every_form_of_a_session_needs_its_token(desk, browser_of):
    """Whatever handler takes a form: found in the application, not in a list."""
    await browser_of.sign_in()
    await browser_of.state_purpose()
    posts = {
        path
        for route in desk.served.app.routes
        for handler in getattr(route, "route_handlers", ())
        if isinstance(handler, HTTPRouteHandler) and not handler.resolve_include_in_schema()
        for path in [route.path]
        if "POST" in handler.http_methods
    }
    uses = "/use/{subject_id:str}"
    named = {"/voucher", "/voucher/check", "/sign-out", "/purpose", "/desk", "/standard-cases"}
    one = "/screening/{screening:str}"
    lists = {"/screenings", f"{one}/judge", f"{one}/{{act:str}}"}
    draft = "/workbench/{submission:str}"
    drafts = {"/workbench", draft, f"{draft}/parcel/{{parcel:int}}", f"{draft}/row/{{row:int}}"}
    watched = "/saved/{search:str}/{act:str}"
    back = "/exports/{number:int}/return"
    disputed = "/objections/{objection:str}"
    disputes = {"/objections/new", disputed, f"{disputed}/file"}
    sheets = {"/exports", back, "/reconcile", "/reconcile/{run:str}", "/rules/list"}
    asks = {"/standard-cases/new", "/report", "/rule/{key:str}/act"}
    own = {"/saved", watched, *disputes, *sheets, *asks}
    assert posts == {*named, uses, *lists, *drafts, *own}
    filled = {uses: f"/use/{ONE}", f"{one}/{{act:str}}": f"{one}/remove"}
    filled[watched] = f"/saved/{'0' * 32}/seen"
    filled |= {path: re.sub(r"{[a-z]+:int}", "1", path) for path in (*drafts, back)}
    files = {"file": ("a.json", b"{}", "application/json")}
    sent = {"/voucher/check", "/screenings", "/workbench"}
    for path in sorted(posts):
        for csrf in ("", "x"):
            if path in {*sent, back, f"{disputed}/file", "/reconcile", "/rules/list"}:
                to, headers = filled.get(path, path), browser_of.headers({})
                answer = await desk.served.http.post(
                    to, data={"csrf": csrf}, files=files, headers=headers
                )
            else:
                answer = await browser_of.post(filled.get(path, path), {"csrf": csrf})
            assert answer.status_code == 403, path
            assert "form-forged" in answer.text
    assert (await browser_of.get("/logs")).status_code == 200, "still signed in"


async def test_the_forms_of_a_session_carry_their_token(browser_of):
    await browser_of.sign_in()
    await browser_of.state_purpose()
    asking = (f"/voucher/new?subject={ONE}", "/voucher/check", "/screenings")
    for path in (*asking, "/purpose", "/logs"):
        page = await browser_of.get(path)
        forms = re.findall(r'<form[^>]*method="post".*?</form>', page.text, re.DOTALL)
        assert forms, path
        assert all('name="csrf"' in form for form in forms), path
    form = {
        "csrf": browser_of.csrf(page),
        "subject": ONE,
        "territory": "340200",
        "asked_by": "示例单位",
        "purpose": PURPOSE,
        "consent": "yes",
    }
    issued = await browser_of.post("/voucher", form)
    assert issued.status_code == 303, issued.text[:1000]


@pytest.mark.parametrize("text", ["", "  ", "x" * 201, "a\x00b"])
async def test_a_purpose_that_is_none_is_said_above_the_form(browser_of, text):
    await browser_of.sign_in()
    answer = await browser_of.state_purpose(text)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    english = await browser_of.post(
        "/purpose", {"csrf": browser_of.csrf(answer), "purpose": text, "lang": "en"}
    )
    assert "What you read for" in english.text


async def test_there_are_so_many_sessions_and_beginnings_at_most(desk, monkeypatch):
    monkeypatch.setattr(sessions, "SESSIONS_MAX", 2)
    monkeypatch.setattr(sign_in, "WAITING_MAX", 2)
    held = desk.served.app.state["gate"].sessions
    for _ in range(3):
        held.begin(GRANTS[Role.AUDITOR], "oidc:x", "")
    assert len(held._held) == 2
    backs = [await Browser(desk.served.http).leave() for _ in range(3)]
    assert len(desk.served.app.state["gate"]._by.sign_in._begun) == 2
    assert backs


async def test_an_issuer_that_is_down_is_said_and_not_asked_at_once_again(
    browser_of, issuer, clock
):
    issuer.discovery = {"issuer": "https://another.example"}
    answers = await asyncio.gather(*(browser_of.http.get("/sign-in") for _ in range(5)))
    for answer in answers:
        problem(answer, 503, "issuer-unreachable")
    assert issuer.asked == ["discovery"], "a flood here is none there"
    issuer.discovery = {}
    problem(await browser_of.http.get("/sign-in"), 503, "issuer-unreachable")
    clock.go(seconds=REFRESH.total_seconds())
    for minutes in (59, 1):
        assert (await browser_of.get("/sign-in")).status_code == 303
        assert issuer.asked == ["discovery"] * 2
        clock.go(minutes=minutes)
    issuer.discovery = {"authorization_endpoint": f"{issuer.url}/moved"}
    assert f"{issuer.url}/moved?" in (await browser_of.get("/sign-in")).headers["location"]


def test_without_https_the_cookie_has_a_name_that_a_browser_takes():
    plain = cookie("http://127.0.0.1:8000", "x", 5)
    assert plain == "registry-session=x; Path=/; Max-Age=5; HttpOnly; SameSite=Lax"
    assert cookie_name("http://127.0.0.1", pending=True) == "registry-sign-in"


async def test_where_no_issuer_is_named_nobody_signs_in(database, tmp_path):
    async with (
        open_scene(database.service_url, tmp_path) as scene,
        serve(scene.node, settings_for(tmp_path)) as served,
    ):
        for path in ("/sign-in", "/sign-in/done?state=x"):
            assert (await served.http.get(path, headers=HTML)).status_code == 404
        bearer = {"Authorization": "Bearer a.b.c"}
        answer = await served.http.get("/api/v1/logs", headers=bearer)
        assert answer.json()["code"] == "unknown-credential"
        home = await served.http.get("/", headers=HTML)
        assert "/sign-in" not in home.text


@pytest.mark.slow
async def test_with_an_issuer_that_others_wrote(database, tmp_path):
    """oidc-provider-mock, as a process: its discovery, its codes, its signatures, its clock."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "oidc_provider_mock", "-p", str(port), "--require-nonce", "1"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = await asyncio.create_subprocess_exec(*command, **quiet)
    try:
        async with httpx.AsyncClient() as abroad:
            for _ in range(200):
                try:
                    if (await abroad.get(f"{url}/jwks")).is_success:
                        break
                except httpx.TransportError:
                    await asyncio.sleep(0.1)
            await abroad.put(f"{url}/users/zhang", json={"role": "auditor"})
            table = [{"claim": "role", "value": "auditor", "role": "auditor"}]
            chosen = {"oidc_issuer": url, "oidc_client_id": "node", "oidc_client_secret": "x"}
            settings = settings_for(tmp_path, **chosen, oidc_roles=table)
            async with (
                open_scene(database.service_url, tmp_path) as scene,
                serve(scene.node, settings, SystemClock()) as served,
            ):
                await scene.one("xinyong.wuhu.example/credit", registration())
                here = Browser(served.http)
                left = await here.get(f"/sign-in?to={SUBJECT}")
                consent = await abroad.post(left.headers["location"], data={"sub": "zhang"})
                back = consent.headers["location"].removeprefix("https://node.example")
                came = await here.get(back)
                assert (came.status_code, came.headers["location"]) == (303, SUBJECT), came.text
                page = await here.get(SUBJECT)
                assert page.status_code == 200
                assert "审计员" in page.text
                assert (await here.get(back)).status_code == 401
    finally:
        process.terminate()
        await asyncio.wait_for(process.wait(), 20)
