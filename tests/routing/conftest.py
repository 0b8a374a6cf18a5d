"""What the tests of routing share: a database of each kind with routing's tables, and the lines in a real Valkey."""

from collections.abc import Iterator

import pytest
from redis import Redis

from config.columns import metadata
from config.database import Database
from routing.lines import Lines
from routing.rows import CHANGES, OFFERS, PRESENCES, PROTECTIONS, WAITS


@pytest.fixture
def redis(valkey_url: str) -> Iterator[Redis]:
    with Redis.from_url(valkey_url) as client:
        yield client


@pytest.fixture
def lines(redis: Redis) -> Lines:
    return Lines(redis)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = Database(database_url)
    metadata.create_all(made.engine, tables=[WAITS, PRESENCES, CHANGES, PROTECTIONS, OFFERS])
    yield made
    made.close()
