"""SQLite's log and lock: the log comes home beside the commits, and a writer waits for another process no longer."""

import shutil
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import database as module
from config.database import Database, Unreachable


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{tmp_path}/center.db")
    with opened.transaction() as tx:
        tx.exec_driver_sql("CREATE TABLE told (word TEXT)")
    yield opened
    opened.close()


def write(database: Database, word: str) -> None:
    with database.transaction() as tx:
        tx.exec_driver_sql("INSERT INTO told VALUES (?)", (word,))


def test_the_log_comes_home_to_the_file_beside_the_commits(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHECKPOINT_EVERY", 4)  # the table, and three words
    for word in ("one", "two", "three"):
        write(database, word)
    for thread in threading.enumerate():
        if thread.name == "checkpoint":
            thread.join(10)
    shutil.copy(tmp_path / "center.db", tmp_path / "file-alone.db")
    with sqlite3.connect(tmp_path / "file-alone.db") as alone:
        assert alone.execute("SELECT word FROM told").fetchall() == [("one",), ("two",), ("three",)]


def test_a_connection_that_brought_the_log_home_begins_no_transaction_of_its_own(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHECKPOINT_EVERY", 1)
    for word in ("one", "two", "three"):
        write(database, word)
    connection = database.engine.raw_connection()
    driver = connection.dbapi_connection
    assert isinstance(driver, sqlite3.Connection)
    assert driver.isolation_level is None and not driver.in_transaction
    connection.close()


def test_a_writer_begins_when_another_process_is_done(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = sqlite3.connect(tmp_path / "center.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    other.execute("INSERT INTO told VALUES ('first')")
    looks: list[float] = []

    def while_the_writer_sleeps(seconds: float) -> None:
        """It looks by itself, and soon: SQLite's own patience, which sleeps ever longer, would never come here."""
        looks.append(seconds)
        if len(looks) == 3:
            other.execute("COMMIT")

    monkeypatch.setattr(module, "sleep", while_the_writer_sleeps)
    write(database, "waited")
    assert looks == [module.BUSY_LOOK] * 3
    assert other.execute("SELECT word FROM told").fetchall() == [("first",), ("waited",)]
    other.close()


def test_a_writer_gives_up_in_time_and_its_connection_is_as_patient_as_before(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = sqlite3.connect(tmp_path / "center.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with monkeypatch.context() as patch, pytest.raises(Unreachable):
        patch.setattr(module, "BUSY_SECONDS", 0.05)
        write(database, "too late")
    other.execute("COMMIT")
    other.close()
    write(database, "in time")
    with database.reading() as tx:
        assert tx.exec_driver_sql("SELECT word FROM told").scalars().all() == ["in time"]
        assert tx.exec_driver_sql("PRAGMA busy_timeout").scalar() == 1000 * module.BUSY_SECONDS
