"""A clerk's day, with whoever reviews and signs: one desk, one tab, on a screen and on a phone."""

from pathlib import Path

from tests.pages import day_of_clerk
from tests.pages.chromium import driven, tab
from tests.pages.days import OFFICE
from tests.registry.objection_pages.conftest import Counter
from tests.registry.workbench.conftest import works

pytestmark = works


async def test_the_day_of_a_clerk(counter: Counter, chromium_address: str, tmp_path: Path):
    async with (
        driven(chromium_address) as browser,
        tab(browser, counter.office.url, viewport=OFFICE) as seen,
    ):
        await day_of_clerk.walk(seen, counter, tmp_path)
