"""One emulator process for all scenarios of a test process; a center of its own for each scenario and database."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

import app
from tests.browsers import opened, started_browser
from tests.resources import DATABASES, migrated_url
from tests.scenarios.world import EmulatorProcess, World


@pytest.fixture(scope="session")
def emulator_process() -> Iterator[EmulatorProcess]:
    process = EmulatorProcess()
    yield process
    process.stop()


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A new database as the migrations leave it, once on SQLite and once on PostgreSQL."""
    return migrated_url(request, tmp_path)


@pytest.fixture
def world(emulator_process: EmulatorProcess, database_url: str, valkey_url: str, tmp_path: Path) -> Iterator[World]:
    center = World(emulator_process, database_url=database_url, redis_url=valkey_url, folder=tmp_path)
    yield center
    center.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started_browser() as started:
        yield started


@pytest.fixture
def page(browser: Browser, world: World) -> Iterator[Page]:
    """A page of the center's own desk."""
    with opened(browser, app.create_desk(world.tools)) as page:
        yield page
