"""Every address of the OpenAPI document, asked by every role with odd values: never a 500, never
what is hidden, never a difference between what is hidden and what never was.
"""

import random
import re
from urllib.parse import quote

import pytest

from registry.domain.disclosure import Role
from tests.registry.access.conftest import GRANTS, NOBODY, ONE, PURPOSE, TWO, Desk, second
from tests.registry.query.scene import NANJING, WUHU, act, listing, penalty
from tests.registry.query.test_pushes import use

SECRET = "只有报送单位知道的字样"
ODD = (
    "", " ", "0", "-1", "9" * 40, "null", "%00", "\x00", "..", "../../etc/passwd", "*", "' OR 1=1",
    "\u202e", "示例" * 300, "2026-02-30", "2026-11-01", "320100", "340200", "penalty", "tender",
    ONE, TWO, NOBODY, "a" * 5000, "[]", "{}", "true",
)  # fmt: skip
SOUND = {
    "q": ("芜湖示例建设有限公司", "91340200MA00000231"), "subject_id": (ONE, TWO, NOBODY),
    "host": (WUHU.partition("/")[0], "x.example"), "segment": (WUHU.partition("/")[2], "credit"),
    "idx": ("0", "1", "7", "7777"), "territory": ("320100", "340200"), "matter": ("tender", ""),
    "name": ("penalty", "divisions", "nothing"),
    "organ_kind": ("财政部门", ""), "on": ("2026-11-01",), "kind": ("not-found",),
}  # fmt: skip
ROUNDS = 6
OFFICE = {"authority": {"name": "南京市人力资源和社会保障局", "kind": "人力资源社会保障行政部门"}}


def asked(chance: random.Random, path: str, operation: dict) -> str:
    """Return an address of an operation, with values that are sound or odd."""
    parameters = operation.get("parameters", ())

    def value(name: str) -> str:
        known = SOUND.get(name, ())
        return chance.choice(known) if known and chance.random() < 0.6 else chance.choice(ODD)

    filled = re.sub(r"\{(\w+)\}", lambda found: quote(value(found[1])[:400], safe="") or "x", path)
    chosen = [one["name"] for one in parameters if one["in"] == "query" and chance.random() < 0.7]
    query = "&".join(f"{name}={quote(value(name), safe='')}" for name in chosen)
    return f"{filled}?{query}" if query else filled


async def at_work(desk: Desk) -> None:
    """Let Wuhu have applied a measure whose cause has ended, and owe answers on firm 1."""
    scene = desk.scene
    await scene.rules((WUHU, "R02", "340200"))
    ended = await scene.one(NANJING, listing(subject=second(), reason=SECRET, **OFFICE))
    applied = {"subject": second(), "territory": "340200"}
    await scene.one(WUHU, use(ended, **applied))
    await scene.one(NANJING, act("repair", ended, "2026-11-01", subject=second(), **OFFICE))
    await scene.one(WUHU, listing())


@pytest.mark.parametrize("who", [None, *GRANTS])
async def test_no_address_fails_or_tells_what_is_hidden(desk: Desk, who: Role | None):
    hidden = {"subject": {"kind": "natural_person", "name": SECRET}, "publication": "authorised"}
    document = {"name": SECRET, "type": "护照", "number": "E88888888"}
    restricted = {"salt": "ab" * 16, "subject_document": document}
    (placed,) = await desk.scene.state(
        NANJING, penalty(facts=SECRET, **hidden), restricted=restricted
    )
    assert not desk.scene.quarantined
    await at_work(desk)
    openapi = (await desk.served.http.get("/openapi.json")).json()
    chance = random.Random(f"{who}")
    reads = [(path, one["get"]) for path, one in openapi["paths"].items() if "get" in one]
    assert len(reads) > 25
    assert {"/api/v1/desk", "/api/v1/board", "/api/v1/joint-cases"} <= {path for path, _ in reads}
    for path, operation in reads:
        for _ in range(ROUNDS):
            address = asked(chance, path, operation)
            answer = await desk.get(address, who)
            assert answer.status_code < 500, (address, answer.text[:500])
            if who is not Role.AUDITOR:
                assert SECRET not in answer.text, address
            assert "E88888888" not in answer.text, address
    assert placed.idx >= 0


@pytest.mark.parametrize("who", [None, *GRANTS])
async def test_a_person_cannot_be_tried_out_by_the_public(desk: Desk, who: Role | None):
    """The id of a person is a digest of a number: for the public it is as if it never were."""
    person = {"subject": {"kind": "natural_person", "name": "李某"}}
    document = {"name": "李某", "type": "身份证", "number": "11010519491231002X"}
    restricted = {"salt": "cd" * 16, "subject_document": document}
    await desk.scene.state(NANJING, penalty(**person), restricted=restricted)
    pool = desk.scene.node.db.pool
    subject = await pool.fetchval("SELECT subject_id FROM subjects WHERE scheme = 'person'")
    answer = await desk.get(f"/api/v1/subjects/{subject.hex()}", who, PURPOSE)
    absent = await desk.get(f"/api/v1/subjects/{NOBODY}", who, PURPOSE)
    if who in {None, Role.OPERATOR}:
        assert (answer.status_code, answer.content.replace(subject.hex().encode(), b"")) == (
            absent.status_code,
            absent.content.replace(NOBODY.encode(), b""),
        )
    assert answer.status_code in {200, 404}
    assert "11010519491231002X" not in answer.text
