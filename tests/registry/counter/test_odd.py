"""Requests in paragraphs and by absurd names: one line, and like what never existed."""

import json
import secrets

from registry.domain.disclosure import Role
from registry.ingest.checks import check_line
from signing.record import encode_record
from tests.registry.access.conftest import Desk, reads
from tests.registry.api.test_uploads import problem
from tests.registry.counter.test_handed_in import page, send


@reads
async def test_reasons_in_paragraphs_can_be_signed_by_the_member(standing: Desk):
    reasons = "一、持有检测报告。\r\n\r\n二、拟申请认证。\t附件另送。"
    answer = await send(
        standing, reasons=reasons, product="建筑用砂\n（中砂）", number="gb/t 14684"
    )
    assert answer.status_code == 303, answer.text[:800]
    again = await send(
        standing, reasons=reasons.replace("\r\n", "\n"), product="建筑用砂 （中砂）",
        number="《GB／T 14684》",
    )  # fmt: skip
    path = answer.headers["location"]
    assert again.headers["location"] == path, "the same in another spelling is the same"
    assert "一、持有检测报告。 二、拟申请认证。" in await page(standing, path, Role.BUSINESS)
    main = json.loads((await standing.get(f"{path}/file", Role.REGULATOR)).content)
    assert (main["product"], main["number"]) == ("建筑用砂 （中砂）", "GB/T 14684")
    signed = encode_record(main | {"salt": secrets.token_hex(16)}, None)
    assert check_line(signed, set()).findings == ()


@reads
async def test_absurd_names_of_requests_are_like_what_never_was(standing: Desk):
    for name in ("%00", "0" * 31, "0" * 5_000, "%E5%BC%82", "%27"):
        path = f"/standard-cases/request/{name}"
        for who in (Role.BUSINESS, Role.REGULATOR):
            answer = await standing.get(path, who)
            assert answer.status_code == 404, (name[:9], answer.text[:300])
    problem(
        await standing.get("/standard-cases/request/%00/file", Role.REGULATOR), 404, "no-request"
    )
