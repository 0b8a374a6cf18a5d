"""The audit trail shows every change of what was recorded, and many writers make one chain."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from calls import audit, audit_store
from calls.audit import GENESIS, AuditEntry
from calls.audit_store import AUDIT
from config.columns import metadata
from config.database import Database

NOW = datetime(2026, 3, 3, 18, 0, 0, 123456, tzinfo=UTC)
WRITERS = 8


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = Database(database_url)
    metadata.create_all(made.engine, tables=[AUDIT])
    yield made
    made.close()


def record(database: Database, action: str = "looked", **details: Any) -> None:
    with database.transaction() as tx:
        audit_store.record(tx, actor="user:ana", action=action, subject="joe", details=details, now=NOW)


def problems(database: Database) -> list[str]:
    with database.reading() as tx:
        return [str(broken) for broken in audit_store.verify(tx)]


def recorded(database: Database, number: int) -> Database:
    for position in range(number):
        record(database, thing=position)
    return database


def entry(number: int, previous: str = GENESIS, details: str = "{}") -> AuditEntry:
    made = {"at": NOW, "actor": "ana", "action": "looked", "subject": None, "details": details}
    return AuditEntry(
        id=number,
        **made,  # type: ignore[arg-type]
        previous_hash=previous,
        hash=audit.row_hash(**made, previous_hash=previous),  # type: ignore[arg-type]
    )


def test_details_have_one_text_whatever_their_order() -> None:
    assert audit.canonical({"b": 1, "a": "é"}) == audit.canonical({"a": "é", "b": 1}) == '{"a":"\\u00e9","b":1}'


def test_details_that_are_no_json_are_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        audit.canonical({"share": float("nan")})


def test_an_instant_has_one_hash_in_every_zone() -> None:
    row: dict[str, Any] = {
        "actor": "ana",
        "action": "looked",
        "subject": None,
        "details": "{}",
        "previous_hash": GENESIS,
    }
    chicago = NOW.astimezone(timezone(timedelta(hours=-6)))
    assert audit.row_hash(at=NOW, **row) == audit.row_hash(at=chicago, **row)


def test_an_empty_trail_and_a_chained_one_are_whole() -> None:
    first = entry(1)
    assert audit.verify([]) == []
    assert audit.verify([first, entry(2, first.hash)]) == []


def test_a_trail_that_does_not_begin_at_its_beginning_is_broken() -> None:
    assert [broken.id for broken in audit.verify([entry(2, "f" * 64)])] == [2]


def test_what_was_recorded_is_whole_when_read_back(database: Database) -> None:
    recorded(database, 3)
    assert problems(database) == []
    with database.reading() as tx:
        assert tx.scalars(select(AUDIT.c.details).order_by(AUDIT.c.id)).all() == [
            '{"thing":0}',
            '{"thing":1}',
            '{"thing":2}',
        ]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("at", NOW + timedelta(microseconds=1)),
        ("actor", "user:luis"),
        ("action", "changed"),
        ("subject", None),
        ("details", "{}"),
    ],
)
def test_a_changed_row_is_named(database: Database, column: str, value: object) -> None:
    recorded(database, 3)
    with database.transaction() as tx:
        tx.execute(update(AUDIT).where(AUDIT.c.id == 2).values({column: value}))
    assert problems(database) == ["audit row 2: its content is not what was recorded"]


def test_a_changed_row_with_its_hash_made_to_fit_breaks_the_next(database: Database) -> None:
    recorded(database, 3)
    with database.transaction() as tx:
        forged = dict(tx.execute(select(AUDIT).where(AUDIT.c.id == 2)).mappings().one()) | {"actor": "user:luis"}
        del forged["id"], forged["hash"]
        tx.execute(update(AUDIT).where(AUDIT.c.id == 2).values(**forged, hash=audit.row_hash(**forged)))
    (problem,) = problems(database)
    assert problem.startswith("audit row 3: does not follow the row before it")


def test_a_removed_row_is_noticed(database: Database) -> None:
    recorded(database, 3)
    with database.transaction() as tx:
        tx.execute(delete(AUDIT).where(AUDIT.c.id == 2))
    (problem,) = problems(database)
    assert problem.startswith("audit row 3")


def test_a_row_goes_with_the_transaction_that_it_records(database: Database) -> None:
    class Failed(Exception):
        pass

    def fails() -> None:
        with database.transaction() as tx:
            audit_store.record(tx, actor="ana", action="looked", subject=None, details={}, now=NOW)
            raise Failed

    record(database)
    with pytest.raises(Failed):
        fails()
    record(database)
    assert problems(database) == []
    with database.reading() as tx:
        assert len(tx.execute(select(AUDIT.c.id)).all()) == 2


def test_many_writers_at_once_make_one_chain(database: Database) -> None:
    together = Barrier(WRITERS)

    def write(number: int) -> None:
        together.wait()
        record(database, writer=number)

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))
    assert problems(database) == []
    with database.reading() as tx:
        assert len(tx.execute(select(AUDIT.c.id)).all()) == WRITERS


@pytest.mark.postgres
def test_who_is_overtaken_between_looking_and_writing_chains_to_the_one_who_overtook(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(postgres_url)
    metadata.create_all(database.engine, tables=[AUDIT])
    monkeypatch.setattr(audit_store, "_lock", lambda tx: None)
    rivals = ["rival"]

    def overtaken(**row: Any) -> str:
        if rivals:
            record(database, rivals.pop())
        return audit.row_hash(**row)

    monkeypatch.setattr(audit_store, "row_hash", overtaken)
    record(database, "overtaken")
    with database.reading() as tx:
        assert tx.scalars(select(AUDIT.c.action).order_by(AUDIT.c.id)).all() == ["rival", "overtaken"]
    assert problems(database) == []
    database.close()
