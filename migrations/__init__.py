"""Brings a database to the present schema. Running it twice, or in two processes at once, is harmless.

All steps of one run are one transaction on both databases, behind a lock: on PostgreSQL an advisory lock, on SQLite
BEGIN IMMEDIATE. There is no alembic.ini: the URL is an argument, so that no secret stands in a file.

While nothing is released, a change of a `tables.py` is followed by `python -m migrations regenerate`, which writes
`versions/0001_initial.py` anew from the models. Once released, that file is never touched again: a change gets a
revision of its own, written by `python -m migrations revise "what it changes"`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, NullPool, create_engine, event, text

from migrations.models import metadata

HERE = Path(__file__).parent
SCHEMA_LOCK = 7_241_600_302  # names the schema among PostgreSQL's advisory locks
SQLITE_BUSY_SECONDS = 60  # another process may be migrating


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database at `url` (SQLAlchemy URL) to the newest schema, or to the one named."""
    with _changing(url) as connection:
        command.upgrade(config(connection), revision)


def downgrade(url: str, revision: str = "base") -> None:
    """Take the schema back to a revision; "base" removes every table and what is in it."""
    with _changing(url) as connection:
        command.downgrade(config(connection), revision)


def check(url: str) -> list[str]:
    """How the database differs from the tables that the code declares, in words; empty when it is the same.

    Predicates of partial indexes are not compared: no tool here sees them; `tests/test_migrations.py` reads them back.
    """
    with _looking(url) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "render_as_batch": True})
        return [_in_words(difference) for difference in compare_metadata(context, metadata)]


def current(url: str) -> str | None:
    """The revision the database is at; None before the first migration."""
    with _looking(url) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head() -> str | None:
    """The newest revision that the code knows."""
    return ScriptDirectory.from_config(config()).get_current_head()


def config(connection: Connection | None = None) -> Config:
    """Alembic's settings, made here instead of read from a file; `migrations/env.py` uses the connection."""
    made = Config()
    made.set_main_option("script_location", str(HERE).replace("%", "%%"))
    made.set_main_option("path_separator", "os")
    made.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    made.attributes["connection"] = connection
    return made


@contextmanager
def _changing(url: str) -> Iterator[Connection]:
    with _engine(url) as engine, engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": SCHEMA_LOCK})
        yield connection


@contextmanager
def _looking(url: str) -> Iterator[Connection]:
    with _engine(url) as engine, engine.connect() as connection:
        yield connection


@contextmanager
def _engine(url: str) -> Iterator[Engine]:
    arguments = {"timeout": SQLITE_BUSY_SECONDS} if url.startswith("sqlite") else {}
    engine = create_engine(url, poolclass=NullPool, connect_args=arguments)
    if engine.dialect.name == "sqlite":
        _begin_immediate(engine)
    try:
        yield engine
    finally:
        engine.dispose()


def _begin_immediate(engine: Engine) -> None:
    """DDL inside one transaction, and the write lock before the present revision is read.

    Foreign keys stay unenforced here, as SQLite starts: a changed table is copied and dropped, which would take the
    rows that refer to it along.
    """

    @event.listens_for(engine, "connect")
    def leave_transactions_to_us(connection: Any, _record: Any) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _in_words(difference: Any) -> str:
    if isinstance(difference, list):  # changes of one column come as a list
        return "; ".join(_in_words(one) for one in difference)
    return " ".join(str(part) for part in difference if part is not None)
