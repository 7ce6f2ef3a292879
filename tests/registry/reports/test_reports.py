"""Reports over HTTP: whose they are, what is in them, what becomes of them, and every refusal."""

import asyncio
import json
from typing import get_args

import asyncpg
import pytest

from registry.api.reports import Section
from registry.domain.disclosure import Role
from registry.reports import desk as desk_module
from registry.reports.sections import SECTIONS, UNTRUSTWORTHY, kinds_of
from signing.__main__ import main as verify
from tests.registry.access.conftest import ONE, authorisation
from tests.registry.ingest.samples import main as sample
from tests.registry.query.scene import (
    NANJING,
    TODAY,
    WUHU,
    act,
    listing,
    other,
    penalty,
    permit,
    registration,
    relation,
    sid,
    uscc,
)
from tests.registry.reports.conftest import API, PARTY, PURPOSE, Stand, of, together

CLASS = {"organ": "芜湖市市场监督管理局", "rule": "示例分类标准"}
LABOUR = {"authority": listing()["authority"]}
STRANGER = uscc(89, "320100")


@together
async def test_ones_own_report_holds_what_stands_in_the_order_of_credit_china(stand: Stand):
    scene, ours = stand.desk.scene, {"subject": of(11)}
    await scene.state(
        WUHU,
        registration(**ours),
        penalty(decided_on="2026-05-10", **ours),
        penalty(severity={**CLASS, "class": "minor"}, decided_on="2026-11-02", **ours),
        penalty(severity={"class": "unclassified"}, decided_on="2026-04-10", **ours),
        penalty(publicity_until="2026-11-22", **ours),
        listing(**ours),
        listing("anomaly-directory", severity={"class": "unclassified"}, **ours),
        listing("court-debtors", provenance={"kind": "relayed", "source": "示例法院",
                "checked_on": "2026-11-01"}, **ours),
        listing("contract-honouring", severity={"class": "unclassified"}, **ours),
    )  # fmt: skip
    assert not scene.quarantined, scene.quarantined
    await scene.one(WUHU, relation("consortium", of(12), **ours))
    government = penalty(publication="government", **ours)
    repaired, _ = await scene.state(NANJING, penalty(**ours), government)
    organ = {"authority": penalty()["authority"]}
    await scene.one(NANJING, act("repair", repaired, "2026-09-01", **ours, **organ))
    key = await stand.key(11)
    opened = await stand.take(key)
    said = opened.report
    assert (said.title.zh, said.role, said.purpose) == (
        "都市圈信用信息查询报告",
        "business",
        PURPOSE,
    )
    assert (said.taken_by.code, said.taken_by.name) == (uscc(11), "示例第11号企业有限公司")
    assert [(one.section, one.type, one.severity) for one in said.records] == [
        ("administrative", "penalty", "minor"),
        ("administrative", "penalty", "general"),
        ("administrative", "penalty", "general"),
        ("administrative", "penalty", "unclassified"),
        ("administrative", "registration", ""),
        ("honest", "list_entry", ""),
        ("serious", "list_entry", "serious"),
        ("anomaly", "list_entry", "unclassified"),
        ("judicial", "list_entry", "serious"),
        ("other", "relation", ""),
    ]
    assert [one.record.value["id"] for one in opened.records if one.restricted] == []
    shown = said.records[1]
    assert (shown.classed_by, shown.member, shown.publication) in {
        ("芜湖市市场监督管理局", "芜湖市", "public"),
        ("芜湖市市场监督管理局", "南京市", "government"),
    }
    assert shown.decision_no in shown.headline
    public = next(one for one in said.records if one.severity == "minor")
    assert public.published_from.isoformat() == "2026-11-02"
    assert public.published_until > TODAY
    assert {city.name for city in said.coverage.cities} == {"芜湖市", "南京市", "滁州市"}
    assert any("裁判文书" in kind.zh for kind in said.coverage.kinds_missing)
    assert [log.origin for log in said.known] == [NANJING, WUHU]
    assert (
        said.known[1].root
        == (
            await scene.node.db.pool.fetchval(
                "SELECT root FROM log_heads JOIN logs USING (log_id) WHERE origin = $1", WUHU
            )
        ).hex()
    )
    assert (said.measures, said.book, said.asked.sections) == ((), None, SECTIONS)
    assert said.statement.zh.startswith(
        "本证明仅表明该信息于2026-11-23 12:00:00（北京时间）由南京都市圈成员地区报送且未被改动，"
        f"不代表其当前状态。请于使用前核验最新状态：{said.check_url}。信用修复后，任何单位不得继续使用。"
    )


@together
async def test_it_is_written_down_and_verified_offline_by_the_signing_package_alone(
    stand: Stand, tmp_path, capsys
):
    await stand.desk.scene.state(WUHU, penalty(subject=of(10)), permit(subject=of(10)))
    before, key = len(await stand.desk.log()), await stand.key(10)
    answer, said = await stand.ask(key), (await stand.take(key)).report
    rows = (await stand.desk.log())[before:]
    mine = [(row["kind"], row["subject"], row["purpose"], row["outcome"]) for row in rows]
    assert mine == [("report", sid(uscc(10)), PURPOSE, "answered")] * 2
    assert rows[1]["place"] == said.code
    (tmp_path / "charter").write_bytes(stand.desk.scene.node.charter.note)
    (tmp_path / "good.json").write_bytes(answer.content)
    changed = answer.content.replace("罚款两千元".encode(), "罚款一千元".encode(), 1)
    (tmp_path / "bad.json").write_bytes(changed)
    assert changed != answer.content
    charter = ["--charter", str(tmp_path / "charter")]
    assert verify(["verify", str(tmp_path / "good.json"), *charter]) == 0
    assert "2 records, each stated by the member of its log" in capsys.readouterr().out
    assert verify(["verify", str(tmp_path / "bad.json"), *charter]) == 1


@together
async def test_period_and_sections_narrow_it_down(stand: Stand):
    scene, ours = stand.desk.scene, {"subject": of(12)}
    await scene.state(
        WUHU,
        *(penalty(decided_on=day, **ours) for day in ("2026-03-01", "2026-04-01", "2026-05-01")),
        listing(**ours),
    )
    key = await stand.key(12)
    days = {"since": "2026-03-01", "until": "2026-04-01"}
    said = (await stand.take(key, **days)).report
    assert [one.decided_on.isoformat() for one in said.records] == [
        *("2026-04-01", "2026-03-01", "2026-03-10")
    ]
    said = (await stand.take(key, sections=["serious", "honest"], **days)).report
    assert [one.section for one in said.records] == ["serious"]
    assert said.asked.sections == ("honest", "serious")
    assert (said.asked.since.isoformat(), said.asked.until.isoformat()) == tuple(days.values())


@together
async def test_measures_are_told_where_they_are_asked_for_as_to_the_public(stand: Stand):
    scene, ours = stand.desk.scene, {"subject": of(13)}
    listed = await scene.one(WUHU, listing(**ours))
    await scene.one(WUHU, registration(**ours))
    key = await stand.key(13)
    said = (await stand.take(key, territory="340200", matter="public_funds")).report
    assert [one.rule for one in said.measures] == ["R02"]
    assert said.asked.territory.name == "芜湖市"
    assert said.book.edition == "2026-1"
    assert "不是行政决定，不产生法律效力" in said.disclaimer.zh
    assert "不得据此适用" in "".join((await stand.take(key, territory="320100")).report.not_applied)
    assert (await stand.told(said.code))["state"] == "same"
    await scene.one(WUHU, act("repair", listed, "2026-11-23", **ours, **LABOUR))
    after = (await stand.take(key, territory="340200", sections=["administrative"])).report
    assert after.measures == ()
    assert (await stand.told(said.code))["state"] == "changed"
    hidden = await scene.one(WUHU, penalty(subject=of(14), publication="government"))
    alone = (await stand.take(await stand.key(14), territory="340200")).report
    assert [one.idx for one in alone.records] == [hidden.idx]
    assert (alone.measures, alone.book) == ((), None)


@together
async def test_whom_the_subject_has_authorised_gets_what_was_opened_and_no_more(stand: Stand):
    scene, ours = stand.desk.scene, {"subject": of(15)}
    await scene.state(
        WUHU, penalty(publication="authorised", **ours), permit(**ours), listing(**ours),
        penalty(severity={**CLASS, "class": "minor"}, **ours),
    )  # fmt: skip
    given = await scene.one(
        WUHU,
        authorisation(
            third_party={"name": "南京示例银行", "uscc": PARTY}, purpose=PURPOSE,
            sections=["penalty", "registration"], **ours,
        ),
    )  # fmt: skip
    key, place = await stand.key(15, PARTY), f"{WUHU}/{given.idx}"
    before = len(await stand.desk.log())
    said = (await stand.take(key)).report
    assert [(one.type, one.publication) for one in said.records] == [("penalty", "authorised")]
    assert (said.taken_by.code, said.taken_by.name, said.role) == (
        PARTY,
        "南京示例银行",
        "third_party",
    )
    assert (said.asked.types, said.authorisations) == (("penalty", "registration"), (place,))
    (row,) = (await stand.desk.log())[before:]
    assert (row["purpose"], row["place"], row["authorisation"]) == (PURPOSE, said.code, place)
    owner = await stand.key(15)
    own = (await stand.desk.get("/api/v1/own", owner, purpose="")).json()["reports"]
    assert [
        (one["taken_by"], one["taken_by_code"], one["role"], one["purpose"]) for one in own
    ] == [("南京示例银行", PARTY, "third_party", PURPOSE)]
    assert own[0]["digest"] == (await stand.told(said.code))["digest"]
    for who, status in ((key, 200), (owner, 200), (await stand.key(15, STRANGER), 404)):
        assert (await stand.file(who, said.code)).status_code == status
    await scene.one(WUHU, act("withdrawal", given, "2026-11-23", **ours))
    assert (await stand.file(key, said.code)).status_code == 410
    assert (await stand.told(said.code))["state"] == "changed"
    await stand.refused(key, 404, "not-found")


@together
async def test_nobody_else_gets_one_and_learns_nothing(stand: Stand):
    for_nobody = await stand.key(4040)
    never = (await stand.refused(for_nobody, 404, "not-found")).text
    unnamed = await stand.key(1, STRANGER)
    other_purpose = await stand.key(1, uscc(77, "320100"))
    roles = (Role.REGULATOR, Role.PROCURER, Role.AUDITOR, Role.REGION, Role.CLERK, Role.OPERATOR)
    before = len(await stand.desk.log())
    for key in (unnamed, other_purpose, *(stand.desk.texts[role] for role in roles)):
        assert (await stand.refused(key, 404, "not-found")).text == never
    rows = (await stand.desk.log())[before:]
    reports = [(row["kind"], row["outcome"]) for row in rows if row["kind"] == "report"]
    assert reports == [("report", "not-found")] * (2 + len(roles))
    await stand.refused("", 401, "no-credential")


@together
async def test_after_a_repair_it_is_not_given_out_and_its_page_does_not_say_why(stand: Stand):
    scene, ours = stand.desk.scene, {"subject": of(16)}
    one, _ = await scene.state(WUHU, penalty(**ours), permit(**ours))
    key = await stand.key(16)
    code = (await stand.take(key)).report.code
    told = await stand.told(f"{code[:8]}-{code[8:].lower()}")
    assert (told["state"], told["asked"]["name"]) == ("same", "示例第16号企业有限公司")
    assert told["words_zh"].endswith("信用修复后，任何单位不得继续使用。")
    assert (await stand.file(key, code)).status_code == 200
    await scene.one(WUHU, permit(**ours))
    told = await stand.told(code)
    assert (told["state"], told["asked"]) == ("changed", None)
    assert (await stand.file(key, code)).status_code == 200
    await scene.one(WUHU, act("repair", one, "2026-11-23", **ours))
    again = await stand.told(code)
    assert {**again, "at": ""} == {**told, "at": ""}
    gone = await stand.file(key, code)
    assert (gone.status_code, gone.json()["detail"]) == (410, "该信息不存在或已不再公示。")


@together
async def test_a_code_of_nobody_and_of_others_answer_alike(stand: Stand):
    await stand.desk.scene.one(WUHU, permit(subject=of(17)))
    key = await stand.key(17)
    code = (await stand.take(key)).report.code
    wrong = ("0" * 16, "x", "é" * 40, f"{code}0")
    answers = [await stand.desk.get(f"{API}/{one}", purpose="") for one in wrong]
    texts = {
        json.dumps({k: v for k, v in one.json().items() if k != "instance"}) for one in answers
    }
    assert len(texts) == 1
    assert [one.status_code for one in answers] == [404] * 4
    stranger = await stand.key(16)
    for who, name in ((stranger, code), (None, code), (key, "0" * 16), (stranger, "0" * 16)):
        answer = await stand.file(who, name)
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown-report")


@together
@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"purpose": " "}, "purpose-missing"),
        ({"purpose": "长" * 201}, "purpose-too-long"),
        ({"purpose": "a\u200b"}, "purpose-not-text"),
        ({"sections": []}, "bad-sections"),
        ({"sections": ["penalty"]}, "invalid-parameter"),
        ({"since": "2026-02-01", "until": "2026-01-31"}, "bad-period"),
        ({"since": "yesterday"}, "invalid-parameter"),
        ({"territory": "110000"}, "unknown-territory"),
        ({"matter": "tender"}, "unknown-territory"),
        ({"territory": "340200", "matter": "nothing"}, "unknown-matter"),
        ({"subject": ONE}, "invalid-parameter"),
    ],
)
async def test_what_is_wrong_with_a_wish_is_named(stand: Stand, wish, code):
    await stand.refused(stand.desk.texts[Role.BUSINESS], 400, code, **wish)


def test_the_interface_names_the_sections_that_there_are():
    assert get_args(Section) == SECTIONS
    assert set(SECTIONS) >= UNTRUSTWORTHY
    assert all(kinds_of(name) for name in SECTIONS if name != "evaluation")


@together
async def test_what_one_asker_can_have_made_is_bounded(stand: Stand, monkeypatch):
    scene, ours = stand.desk.scene, {"subject": of(18)}
    (first,) = await scene.state(WUHU, permit(**ours))
    key = await stand.key(18)
    for _ in range(5):
        await stand.take(key)
    answer = await stand.refused(key, 429, "too-many-reports")
    assert answer.headers["retry-after"] == "86400"
    await scene.state(WUHU, *(permit(subject=of(19)) for _ in range(3)))
    other_key = await stand.key(19)
    monkeypatch.setattr(desk_module, "RECORDS_MAX", 2)
    await stand.refused(other_key, 413, "report-too-large")
    monkeypatch.setattr(desk_module, "RECORDS_MAX", 3)
    monkeypatch.setattr(desk_module, "BYTES_MAX", 3_000)
    await stand.refused(other_key, 413, "report-too-large")
    monkeypatch.setattr(desk_module, "BYTES_MAX", 30_000)
    monkeypatch.setattr(desk_module, "WAITING_MAX", 1)
    answers = await asyncio.gather(*(stand.ask(other_key) for _ in range(3)))
    assert sorted(one.status_code for one in answers) == [201, 503, 503]
    rows = await stand.desk.log()
    assert [row["outcome"] for row in rows if row["subject"] == sid(uscc(19))][:2] == [
        "report-too-large",
        "report-too-large",
    ]
    assert first.idx >= 0


@together
async def test_what_is_erased_by_order_goes_from_reports_too(stand: Stand):
    scene, ours = stand.desk.scene, {"subject": of(20)}
    one, kept = await scene.state(WUHU, penalty(**ours), permit(**ours))
    key = await stand.key(20)
    code = (await stand.take(key)).report.code
    spared = (await stand.take(key, sections=["honest"])).report.code
    order = other(
        "erasure_order", target=one.target, part="both", decided_on="2026-11-23", **ours,
        **{name: sample("erasure_order")[name] for name in ("basis", "decision_no")},
        effective_on="2026-11-23", severity={"class": "unclassified"}, publication="authorised",
    )  # fmt: skip
    await scene.one(WUHU, order)
    file = "SELECT file FROM reports WHERE code = $1"
    assert await scene.node.db.pool.fetchval(file, code) is None
    assert await scene.node.db.pool.fetchval(file, spared) is not None
    assert (await stand.told(code))["state"] == "past"
    assert (await stand.file(key, code)).status_code == 410
    told = (await stand.desk.get("/api/v1/own", key, purpose="")).json()["reports"]
    assert {one["code"] for one in told} == {code, spared}
    assert kept.idx > one.idx


@together
async def test_without_a_receipt_nothing_is_proven_and_none_is_made(stand: Stand):
    """So it is while a node is refilled after a restore."""
    await stand.desk.scene.one(NANJING, permit(subject=of(22)))
    key, pool = await stand.key(22), stand.desk.scene.node.db.pool
    await stand.take(key)
    owner = await asyncpg.connect(stand.owner_url)
    await owner.execute("SET session_replication_role = replica")
    await owner.execute(
        "UPDATE checkpoints SET receipt = NULL WHERE log_id = "
        "(SELECT log_id FROM logs WHERE origin = $1)",
        NANJING,
    )
    await owner.close()
    await stand.refused(key, 503, "no-receipt")
    assert (
        await pool.fetchval(
            "SELECT count(*) FROM reports WHERE subject_id = $1", bytes.fromhex(sid(uscc(22)))
        )
        == 1
    )


@together
async def test_its_time_runs_out(stand: Stand):
    """The last of these tests: the clock goes on for all of them."""
    await stand.desk.scene.state(WUHU, permit(subject=of(21)), listing(subject=of(21)))
    key = await stand.key(21)
    said = (await stand.take(key, territory="340200")).report
    assert {one.rule for one in said.measures} == {"R02"}
    stand.desk.clock.go(days=29)
    assert (await stand.file(key, said.code)).status_code == 200
    stand.desk.clock.go(days=1)
    later = await stand.key(21)
    assert (await stand.file(later, said.code)).status_code == 410
    assert (await stand.told(said.code))["state"] == "same"
    stand.desk.clock.go(days=335)
    told = await stand.told(said.code)
    assert (told["state"], told["asked"]) == ("past", None)
    latest = await stand.key(21)
    assert (await stand.file(latest, said.code)).status_code == 404
    own = (await stand.desk.get("/api/v1/own", latest, purpose="")).json()
    assert own["reports"] == []
