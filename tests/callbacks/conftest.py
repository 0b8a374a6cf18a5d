"""What the tests of callbacks share: a database of each kind with all tables, and a desk to act from."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from config.database import Database
from tests.callbacks.desk import Desk
from tests.resources import DATABASES, migrated_url


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A new database as the migrations leave it, once on SQLite and once on PostgreSQL."""
    return migrated_url(request, tmp_path)


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    database = Database(database_url)
    yield Desk(database)
    database.close()
