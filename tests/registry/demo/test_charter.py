"""The charter of the demonstration: three of five roots, one log key each, one node."""

from datetime import UTC, datetime, timedelta

import pytest

from registry.demo.charter import THRESHOLD, DemoNode, make_charter, new_roots
from registry.demo.facts import BY_CODE, PARTIES, REGION
from signing.algorithms import COSIGNATURE_ED25519
from signing.charter import open_charter, sign_charter
from signing.errors import CharterError, ExpiredKeyError
from signing.keys import SigningKey

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
NODE = DemoNode(
    "node.localhost",
    "http://127.0.0.1:8000",
    SigningKey.generate("node.localhost/mirror", COSIGNATURE_ED25519).vkey,
    SigningKey.generate("node.localhost/witness", COSIGNATURE_ED25519).vkey,
)


LOGS = {party.origin: SigningKey.generate(party.origin).vkey for party in PARTIES}


@pytest.fixture(scope="module")
def roots() -> tuple[SigningKey, ...]:
    return new_roots()


def test_homes_are_the_nodes_in_turn():
    name = "node-2.localhost"
    keys = [
        SigningKey.generate(f"{name}/{use}", COSIGNATURE_ED25519) for use in ("mirror", "witness")
    ]
    nodes = (NODE, DemoNode(name, "http://127.0.0.1:8001", *(key.vkey for key in keys)))
    charter = open_charter(make_charter(new_roots(), LOGS, nodes, NOW))
    homes = [party.home for party in charter.parties]
    assert homes[:3] == [NODE.name, "node-2.localhost", NODE.name]
    assert {node.name for node in charter.nodes} == set(homes)


def test_it_opens_by_its_own_roots(roots):
    charter = open_charter(make_charter(roots, LOGS, (NODE,), NOW))
    assert (charter.version, charter.threshold, len(charter.root_keys)) == (1, 3, 5)
    assert {party.origin for party in charter.parties} == {party.origin for party in PARTIES}
    assert charter.node("node.localhost").mirror == NODE.mirror
    assert charter.quorum == 1
    charter.check_current(NOW.date() + timedelta(days=365))


def test_two_roots_are_not_enough(roots):
    text = open_charter(make_charter(roots, LOGS, (NODE,), NOW)).text
    with pytest.raises(CharterError, match="2 of 3"):
        sign_charter(text, roots[: THRESHOLD - 1])
    assert open_charter(sign_charter(text, roots[2:])).text == text


def test_each_log_has_the_key_that_signs_it_from_now_on(roots):
    charter = open_charter(make_charter(roots, LOGS, (NODE,), NOW))
    at = int(NOW.timestamp())
    for party in PARTIES:
        assert charter.log_keys(party.origin, at) == (LOGS[party.origin],)
    with pytest.raises(ExpiredKeyError):
        charter.log_keys(PARTIES[1].origin, at - 3600)


def test_only_the_office_writes_rulebooks_and_only_members_have_territory(roots):
    charter = open_charter(make_charter(roots, LOGS, (NODE,), NOW))
    office = charter.party(REGION.origin)
    assert (office.rank, office.territory, office.competences) == ("region", (), ("rulebook",))
    assert charter.party_by_code("321100").territory == ("321100",)
    with pytest.raises(CharterError, match="competent"):
        charter.competent("321100", "rulebook")
    assert charter.party_by_code("320413").rank == BY_CODE["320413"].rank == "county"


def test_keys_are_new_each_time(roots):
    assert {k.vkey for k in roots}.isdisjoint({k.vkey for k in new_roots()})
