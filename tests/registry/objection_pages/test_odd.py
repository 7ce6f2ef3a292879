"""Requests that no form sends: absurd numbers and places are answered like what never existed."""

from tests.registry.objection_pages.conftest import WISH, Counter
from tests.registry.workbench.conftest import WUHU, plain, works

pytestmark = works
HUGE = "9" * 5_000


async def test_absurd_numbers_are_refused_like_others(counter: Counter):
    case = await counter.filed()
    for version in (HUGE, "-1", "٣", ""):
        data = {"act": "approve", "version": version}
        answer = await counter.office.ask("reviewer", "POST", case, data=data)
        assert answer.status_code in {403, 409}, (version, plain(answer.text)[:300])
        data = {"act": "give-up", "version": version}
        answer = await counter.office.ask("firm", "POST", case, data=data)
        assert answer.status_code == 400, (version, plain(answer.text)[:300])
    assert await counter.version(case) == 1, "nothing of it did anything"
    for number in ("99999999999999999999", "0"):
        for what in ("letter", "file"):
            answer = await counter.office.ask("firm", "GET", f"{case}/{what}/{number}")
            assert answer.status_code == 404, (what, number, plain(answer.text)[:300])
    for name in ("%00", "x" * 5_000):
        answer = await counter.office.ask("firm", "GET", f"/objections/{name}")
        assert answer.status_code in {400, 404}, (name[:20], plain(answer.text)[:300])


async def test_absurd_places_are_as_if_there_were_no_such_record(counter: Counter):
    for place in (
        f"{WUHU}/{HUGE}", f"{WUHU}/9999999999999999", f"{WUHU}/０", f"{WUHU}/1.0", f"{WUHU}\0/1",
        "nowhere.example/x/1",
    ):  # fmt: skip
        for who in ("firm", "front"):
            headers = {"Accept": "text/html", "Registry-Purpose": "x"}
            headers["Authorization"] = f"Bearer {counter.office.keys[who]}"
            answer = await counter.office.http.post(
                "/objections/new", data={**WISH, "record": place}, headers=headers
            )
            assert answer.status_code == 410, (who, place[:40], plain(answer.text)[:300])
            assert "该信息不存在或已不再公示。" in plain(answer.text)


async def test_reasons_in_paragraphs_go_through_to_letter_and_log(counter: Counter):
    case = await counter.filed()
    grounds = "信用主体对罚款数额\r\n和送达日期有异议。"
    await counter.approved(case, "accept", text=grounds)
    await counter.sealed(case, "mark_idx")
    reasons = "一、事实清楚。\r\n\r\n二、程序合法。"
    await counter.approved(case, "decide", text=reasons, outcome="rejected", consequence="none")
    letter = await counter.letter("firm", case, "异议处理答复书")
    assert "一、事实清楚。" in letter
    assert "二、程序合法。" in letter
    await counter.sealed(case, "closed_on")
    assert await counter.column(case, "outcome") == "rejected"
    said = await counter.pool.fetchval(
        "SELECT convert_from(main, 'UTF8')::json ->> 'reasons' FROM entries WHERE idx = $1"
        " AND main IS NOT NULL AND convert_from(main, 'UTF8') LIKE '%objection_outcome%'",
        await counter.column(case, "outcome_idx"),
    )
    assert said == "一、事实清楚。 二、程序合法。"
