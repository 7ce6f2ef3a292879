"""A decision to take away, as each asker may see it, through the interface and the page."""

from registry.domain.disclosure import Role
from registry.query.decision_file import opened
from registry.query.replay import replay
from tests.registry.access.conftest import NOBODY, ONE, Desk
from tests.registry.world import charter

ADDRESS = f"/api/v1/subjects/{ONE}/decision/file"
HERE = {"territory": "320100", "matter": "", "on": "2026-11-01"}


async def test_the_file_of_each_asker_holds_what_he_sees_and_comes_out_again(desk: Desk):
    for who in (None, Role.REGULATOR, Role.AUDITOR, Role.BUSINESS):
        answer = await desk.get(ADDRESS, who, **HERE)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-disposition"].endswith('decision-320100.json"')
        file = opened(answer.content)
        assert file.asker.role == (who.value if who else "public")
        assert file.asker.subject == (ONE if who is Role.BUSINESS else "")
        assert replay(file, charter()).edition == ""
        assert desk.placed["repaired"].entry.hex() not in answer.text
    told = await desk.get(ADDRESS.removesuffix("/file"), known_on="2026-11-02", **HERE)
    assert told.json()["decision"]["inputs"]["role"] == "public"
    assert told.json()["used"] == []
    page = await desk.get(f"/subject/{ONE}/decision.json", **HERE)
    assert (
        opened(page.content).decision == opened((await desk.get(ADDRESS, **HERE)).content).decision
    )
    link = f"/subject/{ONE}/decision.json?territory=320100"
    assert link in (await desk.get(f"/subject/{ONE}", **HERE)).text
    assert link not in (await desk.get(f"/subject/{ONE}")).text


async def test_it_is_refused_as_the_answer_is(desk: Desk):
    path = ADDRESS.replace(ONE, NOBODY)
    assert (await desk.get(path, **HERE)).status_code == 404
    assert (await desk.get(path.removesuffix("/file"), **HERE)).status_code == 404
    elsewhere = await desk.get(ADDRESS, Role.REGULATOR, **{**HERE, "territory": "340200"})
    assert elsewhere.status_code == 403
    assert (await desk.get(ADDRESS, Role.REGULATOR, "", **HERE)).status_code == 400
    known = [row for row in await desk.said() if row[1] == "decision"]
    assert [row[3] for row in known] == ["other-territory", "purpose-required"]
