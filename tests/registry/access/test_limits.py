"""Bounds: buckets by themselves, whose address counts, and what a node answers beyond them."""

from ipaddress import ip_network

import pytest

from registry.access.limits import Buckets, Limits, address_of, refused_buckets
from registry.domain.disclosure import Role
from registry.errors import TooManyRefusal
from tests.pages.conftest import HTML
from tests.registry.access.conftest import ONE, Desk
from tests.registry.api.test_uploads import problem

FILE = f"/api/v1/subjects/{ONE}"


class Seconds:
    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


def test_a_bucket_holds_so_many_at_once_and_fills_at_its_rate(seconds):
    bucket = Buckets(2.0, 3, seconds)
    assert [bucket.take("a") for _ in range(4)] == [0, 0, 0, 1]
    assert bucket.take("b") == 0
    seconds.at += 0.5
    assert [bucket.take("a") for _ in range(2)] == [0, 1]
    seconds.at += 1000
    assert [bucket.take("a") for _ in range(4)] == [0, 0, 0, 1]


def test_it_says_for_how_long_nothing_is_left(seconds):
    bucket = refused_buckets(2, seconds)
    assert [bucket.take("a") for _ in range(3)] == [0, 0, 30]
    assert (bucket.seconds_left("a"), bucket.seconds_left("b")) == (30, 0)
    seconds.at += 29.5
    assert bucket.seconds_left("a") == 1
    seconds.at += 0.5
    assert bucket.seconds_left("a") == 0


def test_a_rate_of_nothing_is_no_bound(seconds):
    bucket = Buckets(0, 1, seconds)
    assert [bucket.take("a") for _ in range(5)] == [0] * 5
    assert bucket._held == {}


def test_there_are_so_many_buckets_and_the_longest_unused_goes(seconds):
    bucket = Buckets(1.0, 1, seconds, most=2)
    for name in ("a", "b", "a", "c"):
        bucket.take(name)
    assert list(bucket._held) == ["b", "c"]  # the refused second "a" did not renew it
    assert bucket.take("b") == 1
    assert bucket.take("a") == 0


TRUSTED = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "counts"),
    [
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.1", "198.51.100.7", "192.0.2.1"),  # anybody can write the header
        ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "203.0.113.9, 10.2.2.2", "203.0.113.9"),
        ("10.0.0.1", "10.3.3.3, 10.2.2.2", "10.3.3.3"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "x, unknown", ""),
        ("10.0.0.1", "," * 500, ""),
        ("fd00::1", "2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "", "192.0.2.1"),
        ("", "198.51.100.7", ""),
    ],
)
def test_whose_address_counts(peer, forwarded, counts):
    assert address_of(peer, forwarded, TRUSTED) == counts


def test_every_bound_has_its_code_and_its_seconds(seconds):
    limits = Limits(Buckets(1, 1, seconds), Buckets(1, 1, seconds), refused_buckets(1, seconds))
    limits.may_try("a")
    limits.refused("a")
    limits.request("a")
    limits.credential("k")
    for bound, name, code, wait in (
        (limits.request, "a", "address-busy", "1"),
        (limits.credential, "k", "credential-busy", "1"),
        (limits.may_try, "a", "too-many-refused", "60"),
    ):
        with pytest.raises(TooManyRefusal) as refused:
            bound(name)
        assert refused.value.detail_code == code
        assert refused.value.headers == {"Retry-After": wait}


async def busy(desk: Desk, text: str | None, code: str, **headers: str) -> None:
    shown = {"Authorization": f"Bearer {text}"} if text else {}
    answer = await desk.served.http.get(FILE, headers=shown | headers)
    problem(answer, 429, code)
    assert int(answer.headers["retry-after"]) >= 1


@pytest.fixture
def changed(request) -> dict[str, object]:
    return getattr(request, "param", {})


@pytest.mark.parametrize(
    "changed",
    [{"requests_per_second": 1, "requests_at_once": 3, "trusted_proxies": ["127.0.0.0/8"]}],
    indirect=True,
)
async def test_an_address_is_bounded_whatever_it_asks_for(desk: Desk):
    answers = [await desk.get(path) for path in (FILE, "/api/v1/logs", "/static/site.css")]
    assert {answer.status_code for answer in answers} == {200}
    await busy(desk, None, "address-busy")
    await busy(desk, desk.texts[Role.AUDITOR], "address-busy")
    assert await desk.log() == []
    other = {"X-Forwarded-For": "198.51.100.7"}
    assert (await desk.served.http.get(FILE, headers=other)).status_code == 200


@pytest.mark.parametrize(
    "changed",
    [{"requests_per_second": 1, "requests_at_once": 3, "trusted_proxies": ["127.0.0.0/8"]}],
    indirect=True,
)
async def test_an_address_is_bounded_in_what_there_is_not_too(desk: Desk):
    http = desk.served.http
    asked = ("GET", "/nowhere"), ("POST", "/api/v1/logs"), ("GET", "/log//x"), ("GET", "/nowhere")
    answers = [await http.request(method, path) for method, path in asked]
    assert [answer.status_code for answer in answers] == [404, 405, 404, 429]
    problem(answers[-1], 429, "address-busy")
    page = await http.get("/nowhere", headers=HTML)
    assert page.status_code == 429
    assert int(page.headers["retry-after"]) >= 1
    await busy(desk, None, "address-busy")
    other = {"X-Forwarded-For": "198.51.100.7"}
    for _ in range(3):  # each counts once: a refusal after the gate is not counted again
        answer = await http.get("/api/v1/subjects/x", headers=other)
        assert answer.status_code in {400, 404}
    assert (await http.get(FILE, headers=other)).status_code == 429


@pytest.mark.parametrize(
    "changed", [{"key_requests_per_second": 1, "key_requests_at_once": 2}], indirect=True
)
async def test_a_credential_is_bounded_and_the_public_is_not(desk: Desk):
    for _ in range(2):
        assert (await desk.get(FILE, Role.AUDITOR)).status_code == 200
    await busy(desk, desk.texts[Role.AUDITOR], "credential-busy")
    assert (await desk.get(FILE, Role.REGULATOR)).status_code == 200
    assert (await desk.get(FILE)).status_code == 200


@pytest.mark.parametrize("changed", [{"refused_per_minute": 2}], indirect=True)
async def test_whoever_tries_out_credentials_is_no_longer_heard(desk: Desk):
    for _ in range(2):
        problem(await desk.get(FILE, "rk_no"), 401, "unknown-credential")
    await busy(desk, "rk_no", "too-many-refused")
    await busy(desk, desk.texts[Role.AUDITOR], "too-many-refused")
    assert (await desk.get(FILE)).status_code == 200
    assert len(await desk.log()) == 2, "the log cannot be filled from outside"
