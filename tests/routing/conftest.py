"""What the tests of routing share: a database of each kind with all tables, and the lines in a real Valkey."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from config.database import Database
from routing.lines import Lines
from tests.resources import DATABASES, migrated_url


@pytest.fixture
def redis(valkey_url: str) -> Iterator[Redis]:
    with Redis.from_url(valkey_url) as client:
        yield client


@pytest.fixture
def lines(redis: Redis) -> Lines:
    return Lines(redis)


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A new database as the migrations leave it, once on SQLite and once on PostgreSQL."""
    return migrated_url(request, tmp_path)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = Database(database_url)
    yield made
    made.close()
