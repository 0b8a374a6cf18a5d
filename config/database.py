"""The database: one engine, and transactions that mean the same on SQLite and PostgreSQL.

On SQLite every transaction begins with BEGIN IMMEDIATE, so that two processes never read the same old row and write
over one another; on PostgreSQL the stores lock the rows they decide on.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import Lock, Thread
from time import monotonic, sleep
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

Unreachable = OperationalError  # nobody answers at the URL, or not in time
LACKS_SCHEMA = ("no such table", "no such column")  # as SQLite tells it
LACKS_SCHEMA_STATES = ("42P01", "42703")  # as PostgreSQL does: undefined_table, undefined_column
BUSY_SECONDS = 3  # a webhook must answer well within the carrier's 7 s, if only by the rescue document
BUSY_LOOK = 0.001  # seconds until a writer looks again whether another process's transaction is over
CHECKPOINT_EVERY = 50  # transactions
CHECKPOINT_AT_LAST = 16_000  # pages of SQLite's log, 64 MB: then whoever commits must do it himself
POSTGRES_LIMITS = "-c statement_timeout=4000 -c lock_timeout=3000"
PREPARED_AT_MOST = 500  # statements that a connection remembers; the driver's own 100 are less than we have
OFF_HAND = f"{POSTGRES_LIMITS} -c synchronous_commit=off"
POOL: dict[str, Any] = {
    "pool_size": 10,
    "max_overflow": 10,
    "pool_timeout": BUSY_SECONDS,
    "pool_use_lifo": True,  # few connections do the work, and have read and prepared what it needs; others stand by
    "pool_reset_on_return": None,  # every block commits or rolls back; a second rollback would cost a round trip
    "hide_parameters": True,  # an error's text must not carry what was being written
}


log = structlog.get_logger("database")


class _InLine:
    """A lock that is waited for no longer than the database itself would be."""

    def __init__(self) -> None:
        self._lock = Lock()

    def __enter__(self) -> None:
        if not self._lock.acquire(timeout=BUSY_SECONDS):
            raise TimeoutError("the database is busy with another transaction of this process")

    def __exit__(self, *_error: object) -> None:
        self._lock.release()


class _Checkpoints:
    """Brings SQLite's log home to the file in a thread of its own, once in so many transactions.

    By itself SQLite does it inside a commit, and waits for the disk while others wait for the lock.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._running = Lock()
        self._written = 0

    def written(self) -> None:
        """One transaction more."""
        self._written += 1
        if self._written >= CHECKPOINT_EVERY and self._running.acquire(blocking=False):
            self._written = 0
            Thread(target=self._checkpoint, name="checkpoint", daemon=True).start()

    def _checkpoint(self) -> None:
        try:
            connection = self._engine.raw_connection()
            try:
                connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            finally:
                connection.close()
        except (sqlite3.Error, SQLAlchemyError) as error:
            log.info("checkpoint_put_off", error=type(error).__name__)  # the next one does it
        finally:
            self._running.release()


def lacks_schema(error: DBAPIError) -> bool:
    """Whether the database answers, but has not the tables of this version."""
    state = getattr(error.orig, "sqlstate", None)
    return state in LACKS_SCHEMA_STATES or str(error.orig).startswith(LACKS_SCHEMA)


class Database:
    """Transactions over one SQLAlchemy URL. The engine connects on first use, so a fork may share nothing."""

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        # Each statement for itself. A block that only reads must not end in ROLLBACK: the driver then forgets every
        # statement that it had prepared on the connection.
        self._statements = (
            self.engine if self.is_sqlite else _postgres_engine(url, OFF_HAND, isolation_level="AUTOCOMMIT")
        )
        # SQLite has one writer at a time. Threads that find it busy sleep and guess again; in line for a lock, they
        # go one after the other as soon as they can. Other processes still wait by SQLite's own rule.
        self._writing: AbstractContextManager[Any] = _InLine() if self.is_sqlite else nullcontext()
        self._checkpoints = _Checkpoints(self.engine) if self.is_sqlite else None

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction that commits at the end of the block, or rolls back if the block raises."""
        with self._writing, self.engine.begin() as connection:
            yield connection
        if self._checkpoints:
            self._checkpoints.written()

    @contextmanager
    def once(self) -> Iterator[Connection]:
        """A transaction of one statement that may be lost if the database's machine dies: what it notes is done again.

        PostgreSQL is spared BEGIN and COMMIT, two round trips of three, and the wait for its disk.
        """
        with self.transaction() if self.is_sqlite else self._statements.connect() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to read with; takes no write lock. SQLite shows one state of the data, PostgreSQL the latest."""
        with self._reading() as connection:
            yield connection

    def _reading(self) -> Connection:
        if self.is_sqlite:
            return self.engine.connect().execution_options(reads_only=True)
        return self._statements.connect()

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()
        self._statements.dispose()


def _engine(url: str) -> Engine:
    if url.startswith("sqlite"):
        return _sqlite_engine(url)
    return _postgres_engine(url, POSTGRES_LIMITS)


def _postgres_engine(url: str, options: str, **more: Any) -> Engine:
    connecting = {"connect_timeout": BUSY_SECONDS, "options": options}
    engine = create_engine(url, **POOL, **more, pool_recycle=1800, connect_args=connecting)

    @event.listens_for(engine, "connect")
    def remember(connection: Any, _record: Any) -> None:
        connection.prepared_max = PREPARED_AT_MOST

    return engine


def _sqlite_engine(url: str) -> Engine:
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS}, **POOL)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not begin transactions of its own
        cursor = connection.cursor()
        patience = f"busy_timeout={BUSY_SECONDS * 1000}"
        checkpoints = f"wal_autocheckpoint={CHECKPOINT_AT_LAST}"
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", patience, checkpoints):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get("reads_only", False):
            connection.exec_driver_sql("BEGIN")
        else:
            _begin_writing(connection)

    return engine


def _begin_writing(connection: Connection) -> None:
    """Begin as soon as no other process writes.

    SQLite's own patience sleeps longer each time, up to a tenth of a second, when a turn takes a few milliseconds.
    """
    driver = connection.connection.cursor()
    until = monotonic() + BUSY_SECONDS
    driver.execute("PRAGMA busy_timeout=0")
    try:
        while True:
            try:
                driver.execute("BEGIN IMMEDIATE")
                return
            except connection.dialect.loaded_dbapi.OperationalError as error:
                if "locked" not in str(error) or monotonic() > until:
                    raise DBAPIError.instance(None, None, error, connection.dialect.loaded_dbapi.Error) from error
            sleep(BUSY_LOOK)
    finally:
        driver.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
        driver.close()
