"""Statements of the hot path do what SQLAlchemy would have done, and fail as its statements fail."""

import importlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import JSON, Column, MetaData, String, Table, bindparam, insert, select, text, update
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.exc import DBAPIError, IntegrityError

from config.columns import UTCDateTime
from config.database import Database
from config.statements import Prepared, Statement, in_slots, is_any, together
from tests.resources import ROOT

DIALECTS = (SQLiteDialect_pysqlite(), PGDialect_psycopg())  # type: ignore[no-untyped-call]
STORES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for room in ("callbacks", "calls", "directory", "routing")
    for path in (ROOT / room).glob("*.py")
    if "config.statements" in path.read_text("utf-8")
)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
NOTES = Table(
    "notes",
    MetaData(),
    Column("key", String(20), primary_key=True),
    Column("at", UTCDateTime()),
    Column("said", JSON()),
)
ADD = Statement(insert(NOTES).values(key=bindparam("key"), at=bindparam("at"), said=bindparam("said")))
FIND = Statement(select(NOTES).where(NOTES.c.key == bindparam("wanted")))
LISTED = Statement(select(NOTES.c.key, NOTES.c.at).where(is_any(NOTES.c.key)))
FIRST_TWO = Statement(select(NOTES.c.key, NOTES.c.at).order_by(NOTES.c.key).limit(2))
MOVE = Statement(
    update(NOTES).where(NOTES.c.at < bindparam("now")).values(at=bindparam("now"))  # one name, twice in the statement
)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    NOTES.metadata.create_all(opened.engine)
    yield opened
    opened.close()


def note(database: Database, key: str, at: datetime = NOON) -> None:
    with database.transaction() as tx:
        ADD.each(tx, [{"key": key, "at": at, "said": {"words": ["one", 2]}}])


def test_what_was_written_is_read_with_its_types(database: Database) -> None:
    note(database, "a")
    with database.reading() as tx:
        assert FIND.first(tx, {"wanted": "a"}) == ("a", NOON, {"words": ["one", 2]})
        assert FIND.first(tx, {"wanted": "b"}) is None


@pytest.mark.parametrize("count", [0, 1, 16, 17, 40])
def test_a_list_of_any_length_is_asked_for_in_pieces(database: Database, count: int) -> None:
    for number in range(40):
        note(database, f"n{number:02}")
    wanted = [f"n{number:02}" for number in range(count)]
    with database.reading() as tx:
        found = [row for some in in_slots([*wanted, *wanted, "nobody"]) for row in LISTED.rows(tx, some)]
    assert sorted(found) == [(key, NOON) for key in wanted]


def test_a_limit_is_kept(database: Database) -> None:
    for number in range(4):
        note(database, f"n{number}")
    with database.reading() as tx:
        assert [key for key, _ in FIRST_TWO.rows(tx, {})] == ["n0", "n1"]


def test_it_is_the_same_as_sqlalchemy_would_have_read(database: Database) -> None:
    note(database, "a")
    with database.reading() as tx:
        assert tuple(tx.execute(select(NOTES)).one()) == FIND.first(tx, {"wanted": "a"})


def test_a_parameter_that_occurs_twice_is_converted_once(database: Database) -> None:
    note(database, "a")
    later = NOON + timedelta(seconds=1)
    with database.transaction() as tx:
        assert MOVE.change(tx, {"now": later}) == 1
        assert MOVE.change(tx, {"now": later}) == 0
        assert FIND.first(tx, {"wanted": "a"}) == ("a", later, {"words": ["one", 2]})


def test_it_belongs_to_the_transaction(database: Database) -> None:
    with pytest.raises(RuntimeError), database.transaction() as tx:
        ADD.each(tx, [{"key": "a", "at": NOON, "said": {}}])
        raise RuntimeError
    with database.reading() as tx:
        assert FIND.first(tx, {"wanted": "a"}) is None


def test_an_error_is_sqlalchemys_and_says_nothing_of_what_was_written(database: Database) -> None:
    note(database, "secret")
    with pytest.raises(IntegrityError) as caught:
        note(database, "secret")
    assert "words" not in str(caught.value)
    note(database, "another")


def test_a_naive_instant_is_refused_as_everywhere(database: Database) -> None:
    with pytest.raises(ValueError, match="time zone"):
        note(database, "a", NOON.replace(tzinfo=None))


def test_a_statement_that_is_written_anew_each_time_is_refused(database: Database) -> None:
    listed = Statement(select(NOTES.c.key).where(NOTES.c.key.in_(["a", "b"])))
    with pytest.raises(ValueError, match="anew"), database.reading() as tx:
        listed.first(tx, {})


@pytest.mark.postgres
def test_a_lost_server_costs_one_transaction_and_not_one_a_connection(postgres_url: str) -> None:
    database, other = Database(postgres_url), Database(postgres_url)
    NOTES.metadata.create_all(database.engine)
    with database.reading() as first, database.reading() as second:  # both lie in the pool afterwards
        assert FIND.first(first, {"wanted": "a"}) is FIND.first(second, {"wanted": "a"}) is None
    with other.once() as tx:
        mine = "pid <> pg_backend_pid() AND datname = current_database()"
        assert tx.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {mine}")).all()
    with pytest.raises(DBAPIError) as caught, database.reading() as tx:
        FIND.first(tx, {"wanted": "a"})
    assert caught.value.connection_invalidated
    for _ in range(2):
        with database.reading() as tx:
            assert FIND.first(tx, {"wanted": "a"}) is None
    other.close()
    database.close()


RENAME = Statement(update(NOTES).where(NOTES.c.key == bindparam("old")).values(key=bindparam("new")))
KEPT = Statement(
    text("INSERT INTO notes (key) VALUES (:key) ON CONFLICT DO NOTHING RETURNING key").columns(NOTES.c.key)
)


def test_statements_sent_together_do_what_they_do_one_by_one(database: Database) -> None:
    note(database, "a")
    with database.transaction() as tx, together(tx):
        RENAME.put(tx, {"old": "a", "new": "b"}, KeyError("a"))
        assert FIND.first(tx, {"wanted": "b"}) == ("b", NOON, {"words": ["one", 2]})
        kept = [KEPT.ask(tx, {"key": key}) for key in ("b", "c")]
        assert [each.first() for each in kept] == [None, ("c",)]
        assert MOVE.change(tx, {"now": NOON + timedelta(1)}) == 1
    with database.reading() as tx:
        assert LISTED.rows(tx, next(in_slots(["b", "c"]))) == [("b", NOON + timedelta(1)), ("c", None)]


def test_what_was_asked_together_is_read_afterwards(database: Database) -> None:
    note(database, "a")
    with database.transaction() as tx:
        with together(tx):
            found, nobody = FIND.ask(tx, {"wanted": "a"}), FIND.ask(tx, {"wanted": "b"})
            with together(tx):  # is part of it
                moved, listed = MOVE.ask(tx, {"now": NOON + timedelta(1)}), FIRST_TWO.ask(tx, {})
        assert (found.first(), nobody.first()) == (("a", NOON, {"words": ["one", 2]}), None)
        assert (moved.changed(), listed.rows()) == (1, [("a", NOON + timedelta(1))])


def test_what_was_not_put_is_told_and_nothing_of_it_is_kept(database: Database) -> None:
    note(database, "a")
    with pytest.raises(KeyError, match="nobody"), database.transaction() as tx, together(tx):
        RENAME.put(tx, {"old": "nobody", "new": "x"}, KeyError("nobody"))
        RENAME.put(tx, {"old": "a", "new": "b"}, KeyError("a"))
    with database.reading() as tx:
        assert FIND.first(tx, {"wanted": "a"}) is not None


def test_an_error_among_statements_sent_together_is_sqlalchemys(database: Database) -> None:
    note(database, "a")
    note(database, "b")
    with pytest.raises(IntegrityError), database.transaction() as tx, together(tx):
        RENAME.put(tx, {"old": "a", "new": "b"}, KeyError("a"))
    with database.transaction() as tx:
        RENAME.put(tx, {"old": "a", "new": "c"}, KeyError("a"))


@pytest.mark.parametrize("store", STORES)
def test_every_statement_of_a_store_can_be_prepared_for_both_databases(store: str) -> None:
    """Some types are told by the driver alone, as it answers: a statement that returns one cannot be prepared."""
    kept = [each for each in vars(importlib.import_module(store)).values() if isinstance(each, Statement)]
    for statement in kept:
        for dialect in DIALECTS:
            Prepared(statement.statement, dialect, statement._types)
