"""Status lists over HTTP, and beside a record that was taken away: denied within two seconds."""

import time

from signing import standalone
from signing.record import encode_record, entry_of, split_line
from signing.status import open_status
from signing.verify import verify_files
from tests.registry.api.conftest import WUHU, Served
from tests.registry.api.test_uploads import problem
from tests.registry.world import NOON, line
from tests.registry.world import record as penalty

LIST = f"/log/{WUHU}/status/0"
NOW = int(NOON.timestamp())


def repair(number: int) -> bytes:
    same = ("v", "salt", "subject", "authority", "source_unit", "publication", "provenance")
    of = penalty(number)
    return encode_record(
        {key: of[key] for key in same}
        | {
            "type": "repair",
            "id": f"r{number}",
            "salt": f"{900 + number:032x}",
            "decided_on": "2026-11-20",
            "effective_on": "2026-11-20",
            "severity": {"class": "unclassified"},
            "target": {
                "origin": WUHU,
                "id": f"p{number}",
                "entry": entry_of(*split_line(line(number))).hex(),
            },
        }
    )


async def test_it_is_kept_for_two_seconds_and_asked_for_by_its_tag(filled: Served):
    answer = await filled.http.get(LIST)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=2"
    opened = open_status(answer.content, filled.node.charter)
    assert (opened.list.size, opened.standing) == (3, 3)
    tag = {"If-None-Match": answer.headers["etag"]}
    same = await filled.http.get(LIST, headers=tag)
    assert (same.status_code, same.content) == (304, b"")
    assert same.headers["etag"] == answer.headers["etag"]
    assert (await filled.publish([line(3)])).status_code == 200
    assert (await filled.http.get(LIST, headers=tag)).status_code == 200


async def test_a_list_that_is_none_and_a_log_that_is_none_are_not_found(filled: Served):
    problem(await filled.http.get(f"/log/{WUHU}/status/1"), 404, "not-found")
    problem(await filled.http.get("/log/no.example/log/status/0"), 404, "unknown-log")
    for odd in ("00", "+0", "-1", "0/", "%D9%A3", "1_0", str(2**64), ""):
        answer = await filled.http.get(f"/log/{WUHU}/status/{odd}")
        assert answer.status_code in {400, 404}, odd


async def test_what_was_taken_away_is_denied_within_two_seconds_of_the_repair(filled, tmp_path):
    bundle = (await filled.http.get(f"/api/v1/records/{WUHU}/1/bundle")).content
    before = (await filled.http.get(LIST)).content
    assert (await filled.publish([repair(1)])).status_code == 200
    began = time.monotonic()
    after = (await filled.http.get(LIST)).content
    assert time.monotonic() - began < 2
    charter = filled.node.charter
    for seen, codes in ((before, ["ok", "ok"]), (after, ["ask-again", "ok"])):
        files = {"a.bundle": bundle, "b.status": seen}
        assert [found.code for found in verify_files(files, charter)] == codes
        paths = []
        for name, data in ({"charter": charter.note} | files).items():
            (tmp_path / name).write_bytes(data)
            paths.append(str(tmp_path / name))
        assert standalone.main(paths, NOW) == (codes[0] != "ok")
    assert (await filled.http.get(f"/api/v1/records/{WUHU}/1/bundle")).status_code == 410
