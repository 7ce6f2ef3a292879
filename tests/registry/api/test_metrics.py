"""What the node measures of itself, and who may read it."""

from datetime import timedelta
from ipaddress import ip_network

import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr, ValidationError

from registry.api.measures import CODES_MAX, OTHER, Measures
from registry.exchange.gathering import Failing
from registry.settings import Settings
from registry.store.following import Alarm, FollowStore, Seen
from registry.store.logs import log_id_of
from tests.registry.api.conftest import serve
from tests.registry.api.test_uploads import problem
from tests.registry.world import ELSEWHERE, NODE, NOON, WUHU, line, open_node

TOKEN = "a token for tests alone"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
async def watched(database, tmp_path):
    settings = Settings(
        node_name=NODE,
        data_dir=tmp_path,
        key_password=SecretStr("x"),
        metrics_token=SecretStr(TOKEN),
    )
    async with open_node(database.service_url, tmp_path) as node, serve(node, settings) as whole:
        yield whole


def values(text: str) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_what_a_node_measures(watched):
    assert (await watched.publish([line(1), line(2)])).status_code == 200
    assert (await watched.http.get(f"/record/{WUHU}/77")).status_code == 410
    assert (await watched.http.get("/log/no.example/x/size")).status_code == 404
    follows, log_id = FollowStore(watched.node.db), log_id_of(ELSEWHERE)
    await follows.see(log_id, Seen(9, bytes(32), b"", 0, NOON - timedelta(seconds=60)))
    await follows.went(log_id, "bodies-withheld", NOON - timedelta(seconds=30), bytes(32))
    await follows.alarm(Alarm(log_id, "fork", "node2.example", "at 3", b"note", NOON))
    gathering = watched.app.state["gathering"]
    gathering._failing["node2.example", WUHU] = "refuses"
    assert gathering.failing == (Failing("node2.example", WUHU, "refuses"),)
    answer = await watched.http.get("/metrics", headers=BEARER)
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    text = answer.text
    for family in text_string_to_metric_families(text):
        assert family.documentation, family.name
    got = values(text)
    assert got["registry_log_entries", WUHU] == 2
    assert got["registry_log_behind_entries", ELSEWHERE] == 9
    assert got["registry_log_seen_age_seconds", ELSEWHERE] == 60
    assert got["registry_log_failing_seconds", ELSEWHERE] == 30
    assert got["registry_log_quorum_met", WUHU] == 1
    assert got["registry_log_quorum_met", ELSEWHERE] == 0
    assert got["registry_alarms_open", "fork", ELSEWHERE] == 1
    assert got["registry_witness_failing", "node2.example"] == 1
    assert got["registry_admissions_total", WUHU] == 1
    assert got["registry_refusals_total", "unknown-log"] == 1
    assert got["registry_charter_version",] == 1
    assert ("registry_index_behind_commits",) in got
    assert got["process_resident_memory_bytes",] > 2**20
    routes = {key[2] for key in got if key[0] == "registry_http_request_duration_seconds_count"}
    assert "/log/{host}/{segment}/batch" in routes
    assert not any(WUHU in route for route in routes)
    gathering._failing.clear()
    again = values((await watched.http.get("/metrics", headers=BEARER)).text)
    assert not any(key[0] == "registry_witness_failing" for key in again)


async def test_who_may_not_read_them_finds_nothing_there(watched, served):
    for headers in ({}, {"Authorization": "Bearer rk_no"}, {"Authorization": f"Basic {TOKEN}"}):
        problem(await watched.http.get("/metrics", headers=headers), 404, "not-found")
    # By default there is no token, and an empty one is none.
    for headers in ({}, {"Authorization": "Bearer "}, BEARER):
        problem(await served.http.get("/metrics", headers=headers), 404, "not-found")


def test_networks_may_read_them_and_labels_are_bounded():
    measures = Measures(Settings(metrics_networks=(ip_network("10.0.0.0/8"),)))
    assert measures.may_read("10.1.2.3", "")
    assert not measures.may_read("192.0.2.1", "")
    assert not measures.may_read("", "Bearer ")
    for number in range(CODES_MAX + 20):
        measures.refused(f"code-{number}")
    counted = {
        k[1]: v for k, v in values(measures.text().decode()).items() if "refusals_total" in k[0]
    }
    assert len(counted) == CODES_MAX + 1
    assert counted[OTHER] == 20
    with pytest.raises(ValidationError, match="metrics_token"):
        Settings(metrics_token=SecretStr("short"))
