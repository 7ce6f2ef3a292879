"""A day of somebody, step by step: a failure says which step of whose day it was.

Every page that a step shows is written down, and at the end looked at once more on a phone: nothing
goes sideways, its main thing is there, and it is open to everybody. So each day is walked once.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.pages.chromium import Seen, axe_source

OFFICE = {"width": 1366, "height": 768}
HAND = {"width": 390, "height": 844}


@contextmanager
def step(whose: str, number: int | str, what: str) -> Iterator[None]:
    """Name a step of a day: whatever fails inside says so."""
    try:
        yield
    except BaseException as error:
        error.add_note(f"the day of {whose}, step {number}: {what}")
        raise


@dataclass
class Day:
    """One person's day in one tab; ``shown``: of each page its main thing, and by whose key."""

    whose: str
    seen: Seen
    key: str = ""
    shown: dict[str, tuple[str, str]] = field(default_factory=dict)

    def step(self, number: int | str, what: str):
        """Name a step of this day."""
        return step(self.whose, number, what)

    async def signed_in(self, key: str) -> None:
        """Ask with a key from now on, and say what for; '' is the public."""
        self.key = key
        headers = {"Authorization": f"Bearer {key}", "Registry-Purpose": "demonstration"}
        await self.seen.page.set_extra_http_headers(headers if key else {})

    async def sees(self, path: str, *said: str, main: str = "h1") -> str:
        """Open a page that says all of this; return its words."""
        await self.seen.open(path)
        return await self.reads(*said, main=main)

    async def reads(self, *said: str, main: str = "h1") -> str:
        """Read the page one is on; ``main`` is the main thing on it, as a selector."""
        page = self.seen.page
        text = await page.inner_text("main")
        for words in said:
            assert words in text, f"{page.url} does not say {words}:\n{text[:3000]}"
        self.shown[page.url.removeprefix(self.seen.base)] = (main, self.key)
        return text

    async def on_a_phone(self) -> None:
        """Look at every page of the day once more, through a phone.

        One page asked differently is looked at again where its main thing is another.
        """
        source, page = axe_source(), self.seen.page
        await page.set_viewport_size(HAND)
        pages = {(path.partition("?")[0], shown[0]): path for path, shown in self.shown.items()}
        for path in pages.values():
            main, key = self.shown[path]
            with self.step("phone", path):
                await self.signed_in(key)
                await self.seen.open(path)
                assert await self.seen.sideways() == 0
                assert await page.locator(main).first.is_visible()
                assert await self.seen.grave(source) == []
                assert (self.seen.errors, self.seen.elsewhere()) == ([], [])
        await page.set_viewport_size(OFFICE)
