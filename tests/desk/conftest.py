"""What the tests of the pages share: the small clinic, a client for each who may look at it, and one real browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browsers import opened, started_browser
from tests.desk.world import World, clinic


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started_browser() as started:
        yield started


@pytest.fixture
def page(browser: Browser, world: World) -> Iterator[Page]:
    with opened(browser, world.app) as page:
        yield page


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = clinic(tmp_path)
    yield made
    made.database.close()
