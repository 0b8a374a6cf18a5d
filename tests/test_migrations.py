"""The migrations make exactly what the models declare, on both databases, also when two processes run them at once."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Index, NullPool, create_engine, inspect, text
from sqlalchemy.exc import IntegrityError

import migrations
from config.database import Database
from migrations.models import TABLES, metadata
from tests.resources import DATABASES, migrated_sqlite, migrated_url

ROOT = Path(__file__).resolve().parent.parent
PARTIAL = {
    str(index.name): index
    for table in metadata.tables.values()
    for index in table.indexes
    if index.dialect_options["sqlite"]["where"] is not None
}


@pytest.fixture
def migrated(database_url: str) -> str:
    migrations.upgrade(database_url)
    return database_url


@pytest.fixture(params=DATABASES)
def connection(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Connection]:
    """To read in a database as the migrations leave it."""
    with create_engine(migrated_url(request, tmp_path), poolclass=NullPool).connect() as opened:
        yield opened


def tables(url: str) -> set[str]:
    with create_engine(url, poolclass=NullPool).connect() as opened:
        return set(inspect(opened).get_table_names()) - {"alembic_version"}


def test_every_tables_module_is_known_to_the_migrations() -> None:
    written = {path.parent.name for path in ROOT.glob("*/tables.py")}
    assert written == {module.__name__.split(".")[0] for module in TABLES}


def test_the_migrated_database_is_what_the_models_declare(migrated: str) -> None:
    assert migrations.check(migrated) == []
    assert tables(migrated) == set(metadata.tables)
    assert migrations.current(migrated) == migrations.head()


def test_a_difference_is_seen_and_named(migrated: str) -> None:
    with create_engine(migrated, poolclass=NullPool).begin() as opened:
        opened.execute(text("ALTER TABLE sites ADD COLUMN colour VARCHAR(10)"))
        opened.execute(text("DROP TABLE avoidances"))
    differences = " ".join(migrations.check(migrated))
    assert "colour" in differences
    assert "avoidances" in differences


def test_an_empty_database_is_at_no_revision(database_url: str) -> None:
    assert migrations.current(database_url) is None


def test_running_twice_is_harmless(migrated: str) -> None:
    with create_engine(migrated, poolclass=NullPool).begin() as opened:
        columns = "id, name, zone, schedule, fingerprint, active"
        row = "'north', 'North', 'America/Chicago', '', '', true"
        opened.execute(text(f"INSERT INTO sites ({columns}) VALUES ({row})"))
    migrations.upgrade(migrated)
    with create_engine(migrated, poolclass=NullPool).connect() as opened:
        assert opened.execute(text("SELECT count(*) FROM sites")).scalar_one() == 1


def test_going_back_to_the_beginning_leaves_no_table_and_forward_again_works(migrated: str) -> None:
    migrations.downgrade(migrated)
    assert tables(migrated) == set()
    migrations.upgrade(migrated)
    assert migrations.check(migrated) == []


def test_two_promises_to_one_number_that_stood_before_slots_go_on_standing(database_url: str) -> None:
    migrations.upgrade(database_url, "0011")
    with create_engine(database_url, poolclass=NullPool).begin() as opened:
        for id_, service in (("a", "therapy"), ("b", "nurse")):
            columns = "id, call_id, number_hash, number_sealed, service, language, team, state, attempts, version"
            row = f"'{id_}', 'c', 'h', 's', '{service}', 'en', '', 'booked', 0, 1"
            dated = "1, '2026-11-27 10:00:00+00', '2026-11-27 10:00:00+00', '2026-11-27 12:00:00+00'"
            opened.execute(
                text(
                    f"INSERT INTO callback_requests ({columns}, place_ms, booked_at, due_at, promise_by)"
                    f" VALUES ({row}, {dated})"
                )
            )
    migrations.upgrade(database_url)
    assert migrations.check(database_url) == []
    with create_engine(database_url, poolclass=NullPool).connect() as opened:
        found = opened.execute(text("SELECT id, slot, promised_from = due_at FROM callback_requests ORDER BY id"))
        assert [tuple(each) for each in found] == [("a", "therapy", True), ("b", "nurse", True)]


def test_a_wish_that_was_not_said_is_unsaid_and_one_that_was_stays(database_url: str) -> None:
    migrations.upgrade(database_url, "0018")
    with create_engine(database_url, poolclass=NullPool).begin() as opened:
        sealed = "given_sealed, family_sealed, birth_date_hash, birth_date_sealed"
        columns = f"id, {sealed}, zones, deceased, fingerprint, active"
        opened.execute(text(f"INSERT INTO patients ({columns}) VALUES ('joe', '', '', '', '', '', false, '', true)"))
        columns = "patient_id, no_messages, no_texts"
        opened.execute(text(f"INSERT INTO patient_wishes ({columns}) VALUES ('joe', true, false)"))
    migrations.upgrade(database_url)
    with create_engine(database_url, poolclass=NullPool).connect() as opened:
        found = opened.execute(text("SELECT no_messages, no_texts, any_number, hours FROM patient_wishes"))
        assert [tuple(each) for each in found] == [(True, None, False, "")]


@pytest.mark.parametrize("connection", ["sqlite"], indirect=True)
def test_promises_to_a_number_are_found_without_reading_all_there_ever_were(connection: Connection) -> None:
    asked = "SELECT id FROM callback_requests WHERE number_hash = 'h' AND booked_at > '2026-11-27'"
    plan = [row.detail for row in connection.execute(text(f"EXPLAIN QUERY PLAN {asked}"))]
    assert plan == ["SEARCH callback_requests USING INDEX ix_callback_requests_number_hash (number_hash=?)"]


MIGRATE_ON_A_SIGN = """
import sys, migrations
print("ready", flush=True)
sys.stdin.readline()
migrations.upgrade(sys.argv[1])
"""


def test_two_processes_that_migrate_at_once_do_it_once(database_url: str) -> None:
    command = [sys.executable, "-c", MIGRATE_ON_A_SIGN, database_url]
    pipe = subprocess.PIPE
    both = [
        subprocess.Popen(command, cwd=ROOT, text=True, bufsize=1, stdin=pipe, stdout=pipe, stderr=pipe)
        for _ in range(2)
    ]
    for process in both:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in both:
        assert process.stdin is not None
        process.stdin.write("now\n")
    said = [process.communicate(timeout=60)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert migrations.check(database_url) == []


def test_a_migration_that_fails_leaves_nothing_behind(database_url: str) -> None:
    with create_engine(database_url, poolclass=NullPool).begin() as opened:
        opened.execute(text("CREATE TABLE waits (id INTEGER)"))  # in the way of ours, late in the revision
    with pytest.raises(Exception, match="waits"):
        migrations.upgrade(database_url)
    assert tables(database_url) == {"waits"}


@pytest.mark.parametrize("name", sorted(PARTIAL))
def test_the_predicate_of_a_partial_index_is_the_declared_one(connection: Connection, name: str) -> None:
    index = PARTIAL[name]
    for dialect in ("sqlite", "postgresql"):
        assert meaning(stored_predicate(connection, name)) == meaning(str(index.dialect_options[dialect]["where"]))
    assert is_unique(connection, index) == index.unique


def stored_predicate(connection: Connection, name: str) -> str:
    """The predicate as the database itself tells it."""
    if connection.dialect.name == "sqlite":
        statement = "SELECT sql FROM sqlite_master WHERE type = 'index' AND name = :name"
        _, _, predicate = connection.execute(text(statement), {"name": name}).scalar_one().partition(" WHERE ")
        return str(predicate)
    statement = "SELECT pg_get_expr(indpred, indrelid) FROM pg_index WHERE indexrelid = CAST(:name AS regclass)"
    return str(connection.execute(text(statement), {"name": name}).scalar_one())


def is_unique(connection: Connection, index: Index) -> bool:
    assert index.table is not None
    return any(
        found["name"] == index.name and bool(found["unique"])
        for found in inspect(connection).get_indexes(index.table.name)
    )


def meaning(predicate: str) -> tuple[str, str, frozenset[str]]:
    """Column, test and values: PostgreSQL tells `state IN ('a', 'b')` as an ANY over a cast array."""
    plain = re.sub(r"::[a-z ]+(\[\])?", "", predicate).replace("(", " ").replace(")", " ").strip()
    membership = re.fullmatch(r"(\w+)\s+(?:IN|=\s*ANY)\s+(.*)", plain)
    if membership:
        listed = re.sub(r"ARRAY\[(.*)\]", r"\1", membership[2].strip())
        return membership[1], "in", frozenset(value.strip().strip("'") for value in listed.split(","))
    column, _, test = plain.partition(" ")
    return column, " ".join(test.lower().split()), frozenset()


@pytest.mark.parametrize(
    "told", ["state IN ('a', 'b')", "((state)::text = ANY ((ARRAY['a'::character varying, 'b'::text])::text[]))"]
)
def test_both_databases_tell_a_membership_in_their_own_words(told: str) -> None:
    assert meaning(told) == ("state", "in", frozenset("ab"))


def test_other_predicates_keep_their_difference() -> None:
    assert meaning("(done_at IS NULL)") == ("done_at", "is null", frozenset())
    assert meaning("done_at IS NULL") != meaning("done_at IS NOT NULL")
    assert meaning("state IN ('a')") != meaning("state IN ('a', 'b')")


def test_there_are_partial_indexes_to_look_at() -> None:
    assert {"uq_offers_open_clinician", "uq_offers_open_wait", "uq_callback_attempts_open"} <= set(PARTIAL)


def test_a_number_once_given_is_never_given_again(migrated: str) -> None:
    database = Database(migrated)
    audit = (
        "INSERT INTO audit (at, actor, action, details, previous_hash, hash)"
        " VALUES ('2026-03-03', 'a', 'b', '', :hash, '') RETURNING id"
    )
    with database.transaction() as tx:
        first = tx.execute(text(audit), {"hash": "1"}).scalar_one()
        tx.execute(text("DELETE FROM audit"))
        assert tx.execute(text(audit), {"hash": "2"}).scalar_one() > first
        with pytest.raises(IntegrityError), tx.begin_nested():
            tx.execute(text(audit), {"hash": "2"})
    database.close()


@pytest.mark.parametrize("table", ["offers", "callback_attempts", "audit"])
def test_sqlite_counts_the_ids_that_are_fences_upwards_for_ever(tmp_path: Path, table: str) -> None:
    with create_engine(migrated_sqlite(tmp_path / "fences.db")).connect() as opened:
        made = opened.execute(text("SELECT sql FROM sqlite_master WHERE name = :table"), {"table": table}).scalar_one()
    assert "AUTOINCREMENT" in made
