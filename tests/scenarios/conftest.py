"""One emulator process for all scenarios of a test process; a center of its own for each scenario and database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.world import EmulatorProcess, World


@pytest.fixture(scope="session")
def emulator_process() -> Iterator[EmulatorProcess]:
    process = EmulatorProcess()
    yield process
    process.stop()


@pytest.fixture
def world(emulator_process: EmulatorProcess, database_url: str, valkey_url: str, tmp_path: Path) -> Iterator[World]:
    center = World(emulator_process, database_url=database_url, redis_url=valkey_url, folder=tmp_path)
    yield center
    center.stop()
