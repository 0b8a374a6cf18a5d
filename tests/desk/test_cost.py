"""What the pages ask for costs what is open, or in the time asked for, not what has ever been: by the plans."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, insert

from calls.stays import STAYS_READ
from calls.tables import JournalEntry
from config.database import Database
from desk import history_store, store
from tests.desk.world import World, table
from tests.resources import DATABASES, migrated_url

NOON = datetime(2031, 3, 3, 18, tzinfo=UTC)
GROWS = ("waits", "callback_requests", "offers", "calls", "journal", "work_items", "voicemails", "callback_attempts")
Asking = Callable[[Connection], object]


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    opened = Database(migrated_url(request, tmp_path))
    yield opened
    opened.close()


def asked_of(source: Engine | Connection, ask: Callable[[], object]) -> list[tuple[str, Any]]:
    """The statements that go to the database while something is asked."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_more: Any) -> None:
        asked.append((statement, values))

    event.listen(source, "before_cursor_execute", note)
    ask()
    event.remove(source, "before_cursor_execute", note)
    return asked


def plans(tx: Connection, ask: Asking) -> str:
    """How the database would find what is asked for; PostgreSQL is kept from reading a table for being small."""
    postgres = tx.dialect.name == "postgresql"
    found = asked_of(tx, lambda: ask(tx))
    if postgres:
        tx.exec_driver_sql("SET enable_seqscan = off")
    explain = "EXPLAIN" if postgres else "EXPLAIN QUERY PLAN"
    return "\n".join(str(row[-1]) for sql, values in found for row in tx.exec_driver_sql(f"{explain} {sql}", values))


@pytest.mark.parametrize(
    ("ask", "index"),
    [
        (store.open_waits, "uq_waits_open_call"),
        (store.open_callbacks, "uq_callback_requests_open_number"),
        (lambda tx: store.open_callbacks(tx, own_id="ana"), "uq_callback_requests_open_number"),
        (lambda tx: store.callbacks_of_all(tx, "ana", ["therapist"]), "uq_callback_requests_open_number"),
        (lambda tx: store.counted_entries(tx, NOON), "ix_journal_at"),
        (lambda tx: list(history_store.entries_touching(tx, NOON, NOON + timedelta(days=7))), "ix_journal_at"),
        (lambda tx: history_store.presence_changes(tx, NOON, NOON + timedelta(days=7)), "ix_presence_changes_at"),
    ],
    ids=["waits", "promises", "a clinician's promises", "his and his team's", "today", "a report", "presences"],
)
def test_what_is_asked_for_is_found_by_the_index_that_holds_no_more(
    database: Database, ask: Asking, index: str
) -> None:
    with database.reading() as tx:
        assert index in plans(tx, ask)


def test_what_is_new_in_the_journal_is_found_behind_an_id(database: Database) -> None:
    with database.reading() as tx:
        asked = plans(tx, lambda tx: store.counted_entries(tx, NOON, after=7))
    assert "ix_journal" not in asked and ("pk_journal" in asked or "INTEGER PRIMARY KEY (rowid>?)" in asked)


def test_the_board_reads_no_table_that_grows_from_end_to_end(world: World) -> None:
    browser = world.browser("sam")
    asked = asked_of(world.database.engine, lambda: browser.get("/board"))
    with world.database.reading() as tx:
        told = [row[-1] for sql, values in asked if sql.lstrip().startswith("SELECT")
                for row in tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)]  # fmt: skip
    assert told and [step for step in told for name in GROWS if step == f"SCAN {name}"] == []


def test_a_report_reads_its_calls_some_at_a_time(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_store, "AT_ONCE", 2)
    journal = table(JournalEntry)
    rows = [
        {
            "key": f"{call}:{fact}",
            "call_id": f"call-{call}",
            "fact": fact,
            "at": NOON + timedelta(days=days, minutes=at),
        }
        for call, days in enumerate((0, 1, 2, 3, 6, -9, 7))  # of the last two nothing is in the week
        for at, fact in enumerate(("call_arrived", "joined_line", "heard_a_tone"))
    ]
    with database.transaction() as tx:
        tx.execute(insert(journal), [{**row, "details": {}} for row in rows])
    with database.reading() as tx:
        found: list[Any] = []
        asked = asked_of(tx, lambda: found.extend(history_store.entries_touching(tx, NOON, NOON + timedelta(days=7))))
    assert [(entry.call_id, entry.fact) for entry in sorted(found, key=lambda entry: entry.at)] == [
        (f"call-{call}", fact) for call in range(5) for fact in ("call_arrived", "joined_line")
    ]
    reads = [sql for sql, _ in asked if sql.startswith("SELECT")]
    assert len(reads) == 1 + 3, "the calls, and then two of them at a time"
    assert {entry.fact for entry in found} <= set(STAYS_READ)
