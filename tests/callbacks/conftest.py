"""What the tests of callbacks share: a database of each kind with the tables of promises, and a desk to act from."""

from collections.abc import Iterator

import pytest

from callbacks.rows_store import ATTEMPTS, REQUESTS
from calls.store import CALLS, JOURNAL, LEGS
from config.columns import metadata
from config.database import Database
from routing.rows import OFFERS
from tests.callbacks.desk import Desk


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    database = Database(database_url)
    metadata.create_all(database.engine, tables=[REQUESTS, ATTEMPTS, CALLS, LEGS, JOURNAL, OFFERS])
    yield Desk(database)
    database.close()
