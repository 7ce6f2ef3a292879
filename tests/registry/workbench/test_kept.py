"""What was typed is not lost: sessions that end at the last click, uploads that are cut off."""

import asyncio
import re
from urllib.parse import urlsplit

import pytest

from registry.access.asker import cookie_name
from registry.access.sessions import SESSION_ENDED
from tests.registry.workbench.conftest import (
    GRANTS,
    Office,
    fields,
    plain,
    rows_of,
    sheet,
    works,
)

pytestmark = works
FINE = "罚款金额(万元)"


class Browser:
    """A browser that holds a session of the pages."""

    def __init__(self, office: Office, who: str) -> None:
        self.office, self.who = office, who
        self.sign_in()

    def sign_in(self) -> None:
        sessions = self.office.app.state["gate"].sessions
        said = sessions.begin(GRANTS[self.who], f"oidc:{self.who}", "示例甲")
        self.cookie = said.partition(";")[0]
        assert self.cookie.startswith(cookie_name("http://"))

    async def ask(self, method: str, path: str, **data: str):
        headers = {"Accept": "text/html", "Cookie": self.cookie}
        return await self.office.http.request(method, path, headers=headers, data=data or None)


def token(html: str) -> str:
    return re.search(r'name="csrf" value="([^"]+)"', html)[1]


async def test_a_session_that_ends_at_the_last_click_loses_nothing(office: Office):
    place = await office.upload(sheet(rows_of(300, {FINE: "x"})))
    browser = Browser(office, "clerk")
    page = await browser.ask("GET", f"{place}/row/1")
    form = fields(page.text) | {"act": "save", "csrf": token(page.text)}
    (cell,) = [name for name, text in form.items() if text == "x"]
    form[cell] = "0.25"
    office.clock.go(minutes=31)
    ended = await browser.ask("POST", f"{place}/row/1", **form)
    assert ended.status_code == 401
    shown = plain(ended.text)
    for said in ("登录已结束", "您填写的内容不会丢失", "0.25", SESSION_ENDED):
        assert said in shown, said
    assert 'name="csrf"' not in ended.text
    assert f'name="{cell}" value="0.25"' in ended.text
    assert await office.states(place) == ["to-fix"]
    # Signed in again in another window, he sends the old page once more: shown, not yet done.
    browser.sign_in()
    again = await browser.ask("POST", f"{place}/row/1", **form)
    assert again.status_code == 403
    assert "这份表单来自上一次登录" in plain(again.text)
    assert await office.states(place) == ["to-fix"]
    form["csrf"] = token(again.text)
    done = await browser.ask("POST", f"{place}/row/1", **form)
    assert done.status_code == 303
    assert await office.states(place) == ["good"]
    assert (await office.form("clerk", place, 1))[cell] == "0.25"


@pytest.mark.parametrize("path", ["", "/parcel/1"])
async def test_every_form_of_the_desk_is_given_back(office: Office, path: str):
    place = await office.upload(sheet(rows_of(310, {})))
    browser = Browser(office, "reviewer")
    office.clock.go(minutes=31)
    reason = "罚款金额与决定书不符"
    answer = await browser.ask("POST", f"{place}{path}", act="reject", reason=reason, lang="en")
    assert answer.status_code == 401
    assert reason in plain(answer.text)
    assert "what you typed is not lost" in plain(answer.text)
    assert 'name="act" value="reject"' in answer.text
    # Pages and files are no forms, and answer as everywhere.
    gone = await browser.ask("GET", place)
    assert gone.status_code == 401
    assert SESSION_ENDED in gone.text


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_what_another_sites_page_has_written_is_not_given_back(office: Office, site: str):
    place = await office.upload(sheet(rows_of(315, {})))
    for who in ("", "clerk"):
        headers = {"Accept": "text/html", "Sec-Fetch-Site": site}
        if who:
            headers["Authorization"] = f"Bearer {office.keys[who]}"
        sent = await office.http.post(place, headers=headers, data={"act": "send", "x": "请汇款"})
        assert (sent.status_code, "form-forged" in sent.text) == (403, True)
        assert "请汇款" not in sent.text
    assert await office.states(place) == ["good"]


async def test_nothing_is_taken_from_nobody(office: Office):
    place = await office.upload(sheet(rows_of(320, {FINE: "x"})))
    form = await office.form("clerk", place, 1)
    for path in (place, f"{place}/row/1", f"{place}/parcel/1"):
        answer = await office.ask("", "POST", path, data={"act": "send", **form})
        assert answer.status_code == 401, path
    wrong = {"Accept": "text/html", "Authorization": "Bearer rk_0"}
    answer = await office.http.post(f"{place}/row/1", headers=wrong, data=form)
    assert answer.status_code == 401
    assert "unknown-credential" in answer.text
    assert await office.states(place) == ["to-fix"]


async def cut_off(office: Office, body: bytes, length: int) -> bytes:
    """Send the beginning of an upload and hang up; return what was answered, if anything."""
    address = urlsplit(office.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    head = (
        f"POST /workbench HTTP/1.1\r\nHost: {address.netloc}\r\nAccept: text/html\r\n"
        f"Authorization: Bearer {office.keys['clerk']}\r\nContent-Length: {length}\r\n"
        "Content-Type: multipart/form-data; boundary=zz\r\n\r\n"
    )
    writer.write(head.encode() + body)
    await writer.drain()
    if len(body) < length:
        writer.write_eof()
    answer = await asyncio.wait_for(reader.read(400), 20)
    writer.close()
    return answer


async def test_an_upload_that_is_cut_off_leaves_nothing(office: Office):
    count = "SELECT count(*) FROM desk_submissions"
    before = await office.node.db.pool.fetchval(count)
    part = b'--zz\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    whole = part + sheet(rows_of(330, *({},) * 20)) + b"\r\n--zz--\r\n"
    await cut_off(office, whole[: len(whole) * 99 // 100], len(whole))
    # As long as it says, but not to its end: a proxy that made the best of it.
    short = whole[: len(whole) * 99 // 100]
    answer = await cut_off(office, short, len(short))
    assert b" 303 " not in answer.partition(b"\r\n")[0]
    assert await office.node.db.pool.fetchval(count) == before
    assert "上传中断的，什么也不会留下，请重新上传" in await office.text("clerk", "/workbench")
    assert b" 303 " in (await cut_off(office, whole, len(whole))).partition(b"\r\n")[0]
    assert await office.node.db.pool.fetchval(count) == before + 1
    await office.settle("desk_submissions", "checking")


async def test_what_is_looked_at_is_written_down(office: Office):
    place = await office.upload(sheet(rows_of(360, {}, {FINE: "x"})))
    seen = "SELECT count(*) FROM access_log WHERE kind = 'workbench' AND place = $1"
    for path in (place, f"{place}/row/1", f"{place}/to-fix"):
        before = await office.node.db.pool.fetchval(seen, place[-32:])
        assert (await office.ask("clerk", "GET", path)).status_code == 200
        assert await office.node.db.pool.fetchval(seen, place[-32:]) == before + 1, path
    log = await office.node.db.pool.fetch(
        "SELECT * FROM desk_log WHERE submission = $1", place[-32:]
    )
    assert "示例" not in str([dict(row) for row in log]), "never what a cell says"
