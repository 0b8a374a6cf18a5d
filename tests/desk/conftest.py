"""What the tests of the pages share: the small clinic, and a browser's client for each who may look at it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desk.world import World, clinic


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = clinic(tmp_path)
    yield made
    made.database.close()
