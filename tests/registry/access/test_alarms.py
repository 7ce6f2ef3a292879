"""Alarms on page, interface and health: that there is one is for all, what shows it for few."""

import pytest

from registry.domain.disclosure import Role
from registry.store.alarms import AlarmStore
from registry.store.following import Alarm, FollowStore
from registry.store.logs import log_id_of
from tests.registry.world import ELSEWHERE, NOON, WUHU


@pytest.mark.parametrize("role", [None, *Role])
async def test_who_sees_what_of_an_alarm(desk, role):
    db = desk.scene.node.db
    follows, store = FollowStore(db), AlarmStore(db)
    for origin, kind in ((ELSEWHERE, "fork"), (WUHU, "rollback"), ("gone.example/x", "fork")):
        row = (log_id_of(origin), kind, "node2.example", "at 3", b"the signed note", NOON)
        await follows.alarm(Alarm(*row))
    (rollback,) = await store.all(log_id_of(WUHU))
    await store.note(rollback, "核对后确认为备份恢复", "operator", NOON)
    whole = role in {Role.AUDITOR, Role.REGION, Role.OPERATOR}
    asker = None if role in {None, Role.PUBLIC} else role
    found = (await desk.get("/api/v1/alarms", asker)).json()
    assert (found["open"], len(found["alarms"])) == (2, 3)
    shown = {(one["origin"], one["kind"]): one for one in found["alarms"]}
    fork = shown[ELSEWHERE, "fork"]
    assert (fork["home"], fork["noted_at"]) == ("node2.example", None)
    assert (fork["evidence"] == "the signed note", fork["detail"] == "at 3") == (whole, whole)
    noted = shown[WUHU, "rollback"]
    assert noted["noted_at"] is not None
    assert (noted["reason"] != "", noted["noted_by"] == "operator") == (whole, whole)
    assert (str(log_id_of("gone.example/x")), "fork") in shown
    page = (await desk.get("/alarms", asker)).text
    assert "该日志签署了两个互相矛盾的检查点" in page
    assert ("the signed note" in page, "备份恢复" in page) == (whole, whole)
    if role is not None:
        return
    for query, number in (
        ({"origin": ELSEWHERE}, 1),
        ({"kind": "fork"}, 2),
        ({"unnoted": "true"}, 2),
        ({"kind": "backdated"}, 0),
    ):
        told = (await desk.get("/api/v1/alarms", **query)).json()
        assert len(told["alarms"]) == number, query
        assert (await desk.get("/alarms", lang="en", **query)).text.count(
            'th scope="row"'
        ) == number
    assert (await desk.get("/health")).json()["alarms"] == 2
