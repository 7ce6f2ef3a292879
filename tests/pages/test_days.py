"""The days of people as `days` tells them, in a real Chromium on one demonstration region.

All of them share one started region, which costs more than any of the walks: so they stand in one
file, and none of them changes what another one looks at.
"""

import importlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from PIL import Image

from registry.clock import FixedClock
from registry.demo.report import Report
from registry.demo.run import Running, demonstration, free_port
from registry.demo.workplace import Where
from tests.pages import day_of_business, day_of_procurer, day_of_region
from tests.pages.day_of_procurer import SCREENSHOTS, SHOTS
from tests.pages.days import step

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
CLOCK = FixedClock(datetime(2026, 11, 23, 4, 0, tzinfo=UTC))
PICTURE_MAX = 120 * 1024


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(postgres_server, migrated_template, tmp_path_factory) -> AsyncIterator[Running]:
    """Start the region once, with its main job done."""
    name = postgres_server.create(migrated_template)
    owner = postgres_server.url(name)
    service = owner.replace("://postgres:", "://registry_service:", 1)
    where = Where(tmp_path_factory.mktemp("region"), free_port(), (service, owner))
    async with demonstration(where, Report(lambda _: None), CLOCK) as started:
        yield started
    postgres_server.drop(name)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(chromium_address):
    """Open this process's Chromium in the loop of the region."""
    async with importlib.import_module("playwright.async_api").async_playwright() as playwright:
        opened = await playwright.chromium.connect(chromium_address)
        yield opened
        await opened.close()


async def test_the_day_of_a_procurer(browser, running, tmp_path):
    await day_of_procurer.walk(browser, running, tmp_path)
    await day_of_procurer.every_page_stays_small(browser, running)
    await day_of_procurer.pictures(browser, running)


async def test_the_day_of_a_business(browser, running):
    await day_of_business.walk(browser, running)


async def test_the_day_of_the_region_office(browser, running, tmp_path):
    await day_of_region.walk(browser, running, tmp_path, CLOCK)


async def test_a_failure_says_which_step_of_whose_day_it_was():
    with (
        pytest.raises(AssertionError) as failed,
        step("somebody", 3, "looks for what is not there"),
    ):
        raise AssertionError
    assert failed.value.__notes__ == ["the day of somebody, step 3: looks for what is not there"]


@pytest.mark.parametrize("name", SHOTS)
async def test_a_picture_for_the_readme_is_there_and_light(name):
    path = SCREENSHOTS / name
    assert 5_000 < path.stat().st_size < PICTURE_MAX
    with Image.open(path) as picture:
        assert picture.mode == "P"
        assert len(picture.getcolors()) > 8
