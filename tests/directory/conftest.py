"""The demo world in an empty database, with a clock that stands still."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection

from config.database import Database
from config.vault import Vault
from directory import store
from directory.demo import DemoWorld, load_demo
from tests.resources import DATABASES, migrated_url

DEMO = Path(__file__).parents[2] / "config" / "demo"
NOW = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)  # a Monday, 10:00 in Chicago
PASSWORD_HASH = store.hash_password("exercise-day-9")  # once: argon2 is slow on purpose


@pytest.fixture(scope="session")
def world() -> DemoWorld:
    return load_demo(DEMO)


@pytest.fixture
def vault() -> Vault:
    return Vault(["MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="])


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A new database as the migrations leave it, once on SQLite and once on PostgreSQL."""
    return migrated_url(request, tmp_path)


@pytest.fixture
def tx(database_url: str) -> Iterator[Connection]:
    """A transaction on empty tables."""
    database = Database(database_url)
    with database.transaction() as connection:
        yield connection
    database.close()


@pytest.fixture
def demo(tx: Connection, vault: Vault, world: DemoWorld, monkeypatch: pytest.MonkeyPatch) -> Connection:
    """The transaction after the demo world was loaded."""
    monkeypatch.setattr(store, "hash_password", lambda _password: PASSWORD_HASH)
    store.seed(tx, vault, world, NOW)
    return tx
