"""What a browser sees of a page: its weight, its errors, whom it asks, and what axe-core finds."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, Page, Request, Response, async_playwright

from tests.conftest import ROOT, absent

AXE = ROOT / ".cache" / "axe" / "axe.min.js"
GRAVE = {"serious", "critical"}
HTML_MAX = 60 * 1024
PAGE_MAX = 100 * 1024
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 375, "height": 740}


def axe_source() -> str:
    """Return the checker's source, which ``make axe`` fetches."""
    if not AXE.is_file():
        absent("no axe-core here (make axe fetches it for tests)")
    return AXE.read_text(encoding="utf-8")


@dataclass
class Seen:
    """One tab, and what it has met since it was opened."""

    page: Page
    base: str
    asked: list[Request] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    answers: list[Response] = field(default_factory=list)
    checked: bool = False

    async def open(self, path: str) -> Response:
        """Go to a page: what was met before is forgotten.

        A page left while it loads has answers on their way, whose bodies nobody keeps.
        """
        await self.page.wait_for_load_state()
        for met in (self.asked, self.errors, self.answers):
            met.clear()
        answer = await self.page.goto(self.base + path)
        assert answer is not None
        return answer

    def elsewhere(self) -> list[str]:
        """Return the addresses asked for on other hosts."""
        urls = [request.url for request in self.asked]
        return [url for url in urls if not url.startswith(self.base)]

    async def weight(self) -> tuple[int, int]:
        """Return the bytes of the HTML and of everything the page loaded, not compressed."""
        sizes = [len(await answer.body()) for answer in self.answers]
        return sizes[0], sum(sizes)

    async def sideways(self) -> int:
        """Return by how many pixels the page is wider than the window."""
        return await self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )

    async def grave(self, source: str) -> list[str]:
        """Return the serious and critical findings of axe-core, each with the places it names."""
        if not self.checked:  # the next pages of this tab begin with it
            self.checked = True
            await self.page.add_init_script(source)
            await self.page.evaluate(source)
        found: dict[str, Any] = await self.page.evaluate(
            "axe.run(document, {resultTypes: ['violations']})"
        )
        assert found["passes"], "the checker looked at nothing"
        return [
            f"{one['id']}: {one['help']}: {[node['html'][:120] for node in one['nodes']][:3]}"
            for one in found["violations"]
            if one["impact"] in GRAVE
        ]


@asynccontextmanager
async def driven(address: str) -> AsyncIterator[Browser]:
    """Drive the Chromium at an address."""
    async with async_playwright() as playwright:
        opened = await playwright.chromium.connect(address)
        yield opened
        await opened.close()


@asynccontextmanager
async def tab(browser: Browser, base: str, **how: object) -> AsyncIterator[Seen]:
    """Open a tab that keeps account; ``how`` goes to the browser (viewport, colour scheme)."""
    context = await browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai", **how)
    page = await context.new_page()
    seen = Seen(page, base)

    # Not the lists' own methods: the client looks for attributes that builtins do not have.
    def asked(request: Request) -> None:
        seen.asked.append(request)

    def answered(answer: Response) -> None:
        if answer.request in seen.asked:
            seen.answers.append(answer)

    page.on("request", asked)
    page.on("response", answered)
    page.on("console", lambda message: seen.errors.append(message.text))
    page.on("pageerror", lambda error: seen.errors.append(str(error)))
    try:
        yield seen
    finally:
        await context.close()
