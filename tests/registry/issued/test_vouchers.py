"""Vouchers over a real node: what they hold, what may be shown of them later, what is refused."""

import json
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from hashlib import sha256

import msgspec
import pytest

from registry.domain.records import decode_main
from registry.errors import GoneRefusal, MalformedRefusal, NotFoundRefusal, UnavailableRefusal
from registry.issued import voucher as forms
from registry.issued.vouchers import (
    FILES,
    KEPT,
    Issuer,
    Vouchers,
    Wish,
    grouped,
    matters_of,
    plain_code,
)
from registry.rules.model import BasisView
from registry.store.vouchers import VoucherStore
from signing.errors import SignatureError, UnknownKeyError
from signing.record import encode_record
from signing.voucher import open_voucher, seal_voucher
from tests.registry.query.scene import (
    NANJING,
    PUBLIC,
    TODAY,
    WUHU,
    act,
    firm,
    listing,
    penalty,
    permit,
    registration,
    sid,
    uscc,
)
from tests.registry.world import NODE, NOON, node_key

FIRM = sid(uscc(1))
URL = "https://node.example"


@dataclass
class Hands:
    """A clock whose hands the test moves."""

    moment: datetime = NOON

    def now(self) -> datetime:
        return self.moment


def wish(**changes: object) -> Wish:
    given = {
        "subject_id": FIRM,
        "territory": "340200",
        "matter": "",
        "on": TODAY,
        "asked_by": "镇江市示例招标代理有限公司",
        "purpose": "示例项目二标段投标人资格审查",
        "consent": True,
    }
    return Wish(**{**given, **changes})


def vouchers(scene, clock=None, **limits: int) -> Vouchers:
    clock = clock or Hands()
    scene.node.clock = clock
    issuer = Issuer(NODE, URL, node_key("mirror"), **{"per_minute": 30, "per_day": 500, **limits})
    return Vouchers(scene.reader, VoucherStore(scene.node.db), scene.node.charter, clock, issuer)


async def test_a_voucher_goes_with_the_body_of_a_record_it_tells_of(scene):
    await scene.one(WUHU, registration())
    pen = await scene.one(WUHU, penalty())
    store = VoucherStore(scene.node.db)
    issued = await vouchers(scene).issue(wish(territory="340200"))
    kept = await store.find(issued.code, NOON)
    assert kept is not None
    assert kept.file == issued.file
    order = {"part": "main", "basis": "个人信息保护法第四十七条", "publication": "authorised"}
    await scene.one(WUHU, act("erasure_order", pen, "2026-09-01", **order))
    kept = await store.find(issued.code, NOON)
    assert kept is not None
    assert kept.file is None


async def furnish(scene):
    """A firm with a registration, a penalty of 芜湖 and a listing; rules adopted in 芜湖 only."""
    await scene.rules((WUHU, "R02", "340200"))
    await scene.one(WUHU, registration())
    fined = await scene.one(WUHU, penalty())
    listed = await scene.one(WUHU, listing())
    return fined, listed


async def test_a_voucher_goes_with_what_its_measures_rest_on_though_it_lists_it_not(
    scene, monkeypatch
):
    _, listed = await furnish(scene)
    monkeypatch.setattr(forms, "RECORDS_MAX", 1)
    issued = await vouchers(scene).issue(wish(matter="public_funds"))
    said = open_voucher(issued.file, scene.node.charter).voucher
    assert [one.type for one in said.records] == ["penalty"]
    assert (WUHU, listed.idx) in {cause for one in said.measures for cause in one.causes}
    order = {"part": "main", "basis": "个人信息保护法第四十七条", "publication": "authorised"}
    organ = listing()["authority"]
    await scene.one(WUHU, act("erasure_order", listed, "2026-09-01", authority=organ, **order))
    kept = await VoucherStore(scene.node.db).find(issued.code, NOON)
    assert kept is not None
    assert kept.file is None


async def test_a_voucher_holds_question_coverage_result_and_what_they_rest_on(scene):
    fined, listed = await furnish(scene)
    issued = await vouchers(scene).issue(wish(matter="public_funds"))
    opened = open_voucher(issued.file, scene.node.charter)
    said = opened.voucher
    assert (opened.digest.hex(), said.code) == (issued.digest, issued.code)
    assert (said.node, said.issued, said.role) == (NODE, "2026-11-23T04:00:00Z", "public")
    assert (said.asked_by, said.purpose) == (wish().asked_by, wish().purpose)
    asked = said.question
    assert (asked.subject, asked.name, asked.codes) == (FIRM, firm()["name"], (("uscc", uscc(1)),))
    assert (asked.territory.name, asked.matter, asked.on) == ("芜湖市", "public_funds", TODAY)
    assert [(one.type, one.idx) for one in said.records] == [
        ("penalty", fined.idx),
        ("list_entry", listed.idx),
        ("registration", 1),
    ]
    assert said.records[0].headline.endswith("号 罚款")
    assert (said.records[1].headline, said.records_total) == (
        "拖欠农民工工资失信联合惩戒对象名单",
        3,
    )
    (measure,) = [one for one in said.measures if one.rule == "R02"]
    assert measure.causes == ((WUHU, listed.idx),)
    assert measure.law.startswith("保障农民工工资支付条例（国务院令第724号）第48条")
    assert "原因：芜湖市人力资源和社会保障局于2026年3月10日列入" in measure.sentence
    sizes = {log.origin: (log.size, log.root) for log in said.known}
    head = {log.origin: (log.size, log.root) for log in await scene.reader.logs() if log.size}
    assert sizes == head
    silent = {city.name for city in said.coverage.cities if city.as_of is None}
    assert silent == {"南京市", "滁州市"}
    assert {city.name for city in said.coverage.cities if city.stale} == silent
    assert "裁判文书" in {kind.zh for kind in said.coverage.kinds_missing}
    assert said.book.edition == "2026-1"


async def test_the_decision_digest_is_that_of_the_interface(scene):
    await furnish(scene)
    said = open_voucher((await vouchers(scene).issue(wish())).file, scene.node.charter).voucher
    _, (answer,) = await scene.reader.decided_file(FIRM, ("340200",), "", "", TODAY, PUBLIC)
    plain = json.dumps(
        msgspec.to_builtins(answer.decision), ensure_ascii=False, sort_keys=True,
        separators=(",", ":"),
    )  # fmt: skip
    assert said.decision == sha256(plain.encode()).hexdigest()
    assert [m.reasons for m in said.measures] == [
        sha256(msgspec.json.encode(m, order="sorted")).hexdigest() for m in answer.decision.measures
    ]


async def test_it_says_in_both_languages_that_it_does_not_speak_of_any_later_moment(scene):
    await furnish(scene)
    issued = await vouchers(scene).issue(wish())
    said = open_voucher(issued.file, scene.node.charter).voucher
    url = f"{URL}/voucher/check?code={issued.code}"
    assert said.check_url == url
    assert said.statement.zh == (
        "本凭证仅说明截至2026-11-23 12:00:00（北京时间），"
        "在所列数据覆盖范围内按公开范围查询所得的结果，"
        f"不说明此后任何时刻的情况。请于使用前核验最新状态：{url}。信用修复后，任何单位不得继续使用。"
    )
    assert "does not speak of any later moment" in said.statement.en
    assert said.disclaimer.zh.startswith("本提示由系统依规则生成，不是行政决定")


async def test_where_nothing_applies_and_no_rulebook_is_it_says_so(scene):
    await scene.one(WUHU, registration())
    await scene.one(WUHU, permit())
    issued = await vouchers(scene).issue(wish(territory="320100"))
    said = open_voucher(issued.file, scene.node.charter).voucher
    assert (said.measures, said.book) == ((), None)
    assert said.says == ("本区域在该日期没有可用的规则汇编，无法给出措施适用提示。",)
    assert said.records[0].headline == "食品经营许可（普通）"
    assert said.records[1].headline == ""


async def test_on_the_page_a_repaired_record_is_as_if_it_had_never_been_there(scene):
    await scene.rules((WUHU, "R02", "340200"))
    await scene.one(WUHU, registration())
    await scene.one(WUHU, listing(subject=firm(2, "芜湖另一家有限公司")))
    desk = vouchers(scene)
    never = await desk.issue(wish())
    listed = await scene.one(WUHU, listing())
    found = await desk.issue(wish())
    before = await desk.view(found.code)
    assert [one.type for one in before.shown.records] == ["list_entry", "registration"]
    assert before.shown.measures
    assert before.files
    assert (await desk.file(found.code))[0] == found.file
    organ = listing()["authority"]
    await scene.one(WUHU, act("repair", listed, TODAY.isoformat(), authority=organ))
    after, twin = await desk.view(found.code), await desk.view(never.code)
    ignored = {"code": "", "check_url": "", "statement": twin.shown.statement, "known": ()}
    shown = [
        msgspec.structs.asdict(msgspec.structs.replace(view.shown, **ignored))
        for view in (after, twin)
    ]
    assert [name for name in shown[0] if shown[0][name] != shown[1][name]] == []
    assert (after.shown.salt, after.shown.decision) == ("", "")
    with pytest.raises(GoneRefusal) as gone:
        await desk.file(found.code)
    assert "修复" not in str(gone.value)
    assert (await desk.check(found.file)).kept


async def test_of_a_subject_that_is_gone_only_the_issue_is_told(scene):
    fined = await scene.one(WUHU, penalty())
    desk = vouchers(scene)
    issued = await desk.issue(wish())
    await scene.one(WUHU, act("withdrawal", fined, TODAY.isoformat()))
    view = await desk.view(issued.code)
    assert (view.shown, view.files, view.digest) == (None, False, issued.digest)


async def test_a_later_record_takes_nothing_away(scene):
    await furnish(scene)
    desk = vouchers(scene)
    issued = await desk.issue(wish())
    await scene.one(NANJING, penalty(id="later", decided_on="2026-11-20"))
    view = await desk.view(issued.code)
    assert view.files
    assert view.shown.records_total == 3


async def test_files_are_handed_out_for_a_time_and_the_rest_is_kept_for_a_time(scene):
    await furnish(scene)
    clock = Hands()
    desk = vouchers(scene, clock)
    issued = await desk.issue(wish())
    clock.moment = NOON + FILES - timedelta(seconds=1)
    data, said, digest = await desk.file(issued.code)
    assert (data, said.code, digest) == (issued.file, issued.code, issued.digest)
    clock.moment = NOON + FILES
    assert not (view := await desk.view(issued.code)).files
    assert view.shown.asked_by == wish().asked_by
    with pytest.raises(GoneRefusal):
        await desk.file(issued.code)
    clock.moment = NOON + KEPT
    assert (await desk.view(issued.code)).shown is None
    assert (await desk.check(issued.file)).digest == issued.digest
    with pytest.raises(GoneRefusal):
        await desk.file(issued.code)
    assert await desk.erase_old() == 0


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"consent": False}, "consent-missing"),
        ({"on": TODAY + timedelta(days=1)}, "future-date"),
        ({"asked_by": " \t\n"}, "asker-missing"),
        ({"asked_by": "甲" * 81}, "asker-too-long"),
        ({"asked_by": "甲\x00乙"}, "asker-not-text"),
        ({"asked_by": "甲\u202e乙"}, "asker-not-text"),
        ({"asked_by": "甲\udc80"}, "asker-not-text"),
        ({"purpose": ""}, "purpose-missing"),
        ({"purpose": "用途" * 101}, "purpose-too-long"),
        ({"territory": "110000"}, "unknown-territory"),
        ({"territory": ""}, "unknown-territory"),
        ({"matter": "no-such"}, "unknown-matter"),
    ],
)
async def test_what_is_missing_or_out_of_bounds_is_named_and_nothing_is_kept(scene, changes, code):
    await scene.one(WUHU, registration())
    desk = vouchers(scene)
    with pytest.raises(MalformedRefusal) as refused:
        await desk.issue(wish(**changes))
    assert refused.value.detail_code == code
    assert refused.value.zh != refused.value.en
    assert await scene.node.db.pool.fetchval("SELECT count(*) FROM vouchers") == 0


async def test_spaces_and_combining_marks_are_put_in_order(scene):
    await scene.one(WUHU, registration())
    issued = await vouchers(scene).issue(wish(asked_by=" 甲  乙\n公司 ", purpose="e\u0301" * 200))
    said = open_voucher(issued.file, scene.node.charter).voucher
    assert (said.asked_by, said.purpose) == ("甲 乙 公司", "é" * 200)


async def test_nobody_gets_a_voucher_about_whom_nothing_may_be_shown(scene):
    await scene.one(WUHU, penalty(severity={"class": "unclassified"}))
    for subject in (FIRM, sid(uscc(99)), "x" * 32, ""):
        with pytest.raises(NotFoundRefusal):
            await vouchers(scene).issue(wish(subject_id=subject))


async def test_strangers_cannot_make_the_node_keep_without_bound(scene):
    await scene.one(WUHU, registration())
    clock = Hands()
    desk = vouchers(scene, clock, per_minute=2, per_day=3)
    for minutes, allowed in ((0, True), (0, True), (0, False), (1, True), (2, False), (1441, True)):
        clock.moment = NOON + timedelta(minutes=minutes)
        if allowed:
            await desk.issue(wish())
            continue
        with pytest.raises(UnavailableRefusal) as refused:
            await desk.issue(wish())
        assert refused.value.detail_code == "busy"
    assert await scene.node.db.pool.fetchval("SELECT count(*) FROM vouchers") == 4


async def test_a_check_knows_its_own_by_digest_and_those_of_others_by_signature(scene):
    await scene.one(WUHU, registration())
    desk = vouchers(scene)
    issued = await desk.issue(wish())
    own = await desk.check(issued.file)
    assert (own.kept, own.digest, own.voucher.asked_by) == (True, issued.digest, wish().asked_by)
    pdf = b"%PDF-1.7\nstream\n" + issued.file + b"\nendstream"
    assert await desk.check(pdf) == own
    other = msgspec.structs.replace(own.voucher, node="node2.example")
    theirs = await desk.check(seal_voucher(other, node_key("mirror", "node2.example")))
    assert (theirs.kept, theirs.voucher.node) == (False, "node2.example")
    forged = issued.file.replace("资格审查".encode(), "资格免审".encode())
    with pytest.raises(SignatureError):
        await desk.check(forged)
    stranger = msgspec.structs.replace(own.voucher, node="node3.example")
    with pytest.raises(UnknownKeyError):
        await desk.check(seal_voucher(stranger, node_key("mirror", "node3.example")))


async def test_a_stored_voucher_that_was_tampered_with_is_not_shown(scene):
    await scene.one(WUHU, registration())
    desk = vouchers(scene)
    issued = await desk.issue(wish())
    other = seal_voucher(
        msgspec.structs.replace(
            open_voucher(issued.file, scene.node.charter).voucher, purpose="别的用途"
        ),
        node_key("mirror"),
    )
    store = VoucherStore(scene.node.db)
    kept = await store.find(issued.code, NOON)
    code = "Z" * 16
    await store.add(replace(kept, code=code, file=other))
    with pytest.raises(UnavailableRefusal) as refused:
        await desk.view(code)
    assert refused.value.detail_code == "body-differs"


async def test_a_question_that_has_no_answer_any_more_is_shown_by_its_issue_alone(
    scene, monkeypatch
):
    await furnish(scene)
    desk = vouchers(scene)
    issued = await desk.issue(wish(matter="public_funds"))

    async def none(_on: date) -> None:
        return None

    monkeypatch.setattr(desk._reader, "rulebook", none)
    assert (await desk.view(issued.code)).shown is None


async def test_codes_are_read_however_they_are_typed(scene):
    await scene.one(WUHU, registration())
    desk = vouchers(scene)
    issued = await desk.issue(wish())
    for typed in (issued.code.lower(), grouped(issued.code), f" {grouped(issued.code).lower()} "):
        assert (await desk.view(typed)).code == issued.code
    for typed in ("", "U" * 16, "0" * 16, "0" * 17, "甲" * 16, "A" * 100_000):
        with pytest.raises(NotFoundRefusal) as refused:
            await desk.view(typed)
        assert refused.value.detail_code == "unknown-voucher"
    assert plain_code("OIl0-aaaa-bbbb-cccc") == "0110AAAABBBBCCCC"


async def test_only_so_many_records_are_listed_and_the_rest_counted(scene, monkeypatch):
    await furnish(scene)
    monkeypatch.setattr(forms, "RECORDS_MAX", 2)
    issued = await vouchers(scene).issue(wish())
    said = open_voucher(issued.file, scene.node.charter).voucher
    assert (len(said.records), said.records_total) == (2, 3)


async def test_the_matters_are_those_of_the_rulebook(scene):
    assert matters_of(None) == ()
    await scene.rules()
    matters = matters_of(await scene.reader.rulebook(TODAY))
    assert "public_funds" in matters
    assert "" not in matters


def test_a_basis_without_a_title_stands_by_its_gist_and_long_headlines_are_cut():
    basis = BasisView("x", "", "", "", None, "依据待核实的要点", "unconfirmed")
    assert forms._law(basis) == "依据待核实的要点"
    named = BasisView("x", "示例条例", "", "3", None, "", "full_text")
    assert forms._law(named) == "示例条例第3条"
    fined = decode_main(encode_record(penalty(kinds=["罚款" * 100] * 20)))
    cut = forms.headline_of(fined)
    assert (len(cut), cut[-1]) == (forms.HEADLINE_MAX, "…")
    assert forms.headline_of(decode_main(encode_record(listing("no-such-list")))) == "no-such-list"
