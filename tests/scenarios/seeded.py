"""The demo world's rows, kept once they were made: scenarios that begin at one instant begin with the same rows.

Making them reads FHIR and asks some thousand questions; to copy them is a tenth of that.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from sqlalchemy import Connection, text

import directory.store
from config.vault import Vault
from directory.demo import DemoWorld
from migrations.models import metadata

Rows = Mapping[str, Any]  # by table, as the driver copies them
SEQUENCES = "SELECT format('%I', sequencename), last_value FROM pg_sequences WHERE last_value IS NOT NULL"

_make = directory.store.seed
_KEPT: dict[tuple[str, datetime, str], "Kept"] = {}


@dataclass(frozen=True)
class Kept:
    """What is in a database's tables, and how far its sequences are; SQLite's follow from the rows."""

    rows: Rows
    sequences: tuple[tuple[str, int], ...] = ()


def seed(tx: Connection, vault: Vault, world: DemoWorld, now: datetime) -> None:
    """As `directory.store.seed` into a database without rows; made the first time, copied from then on."""
    read, write = WAYS[tx.dialect.name]
    key = (tx.dialect.name, now, vault.digest("keys", ""))
    if key in _KEPT:
        write(tx, _KEPT[key])
        return
    _make(tx, vault, world, now)
    _KEPT[key] = read(tx)


def _tables() -> list[str]:
    """In the order in which they may be filled."""
    return [table.name for table in metadata.sorted_tables]


def _from_sqlite(tx: Connection) -> Kept:
    found = {name: tx.exec_driver_sql(f'SELECT * FROM "{name}"').all() for name in _tables()}
    return Kept({name: [tuple(row) for row in rows] for name, rows in found.items() if rows})


def _to_sqlite(tx: Connection, kept: Kept) -> None:
    for name, rows in kept.rows.items():
        slots = ", ".join("?" * len(rows[0]))
        tx.exec_driver_sql(f'INSERT INTO "{name}" VALUES ({slots})', rows)


def _from_postgres(tx: Connection) -> Kept:
    driver = _driver(tx)
    with driver.cursor() as cursor:
        rows = dict[str, bytes]()
        for name in _tables():
            with cursor.copy(f'COPY "{name}" TO STDOUT (FORMAT BINARY)'.encode()) as copied:
                rows[name] = b"".join(bytes(piece) for piece in copied)
    return Kept(rows, tuple((name, value) for name, value in tx.execute(text(SEQUENCES))))


def _to_postgres(tx: Connection, kept: Kept) -> None:
    driver = _driver(tx)
    with driver.cursor() as cursor:
        for name, rows in kept.rows.items():
            with cursor.copy(f'COPY "{name}" FROM STDIN (FORMAT BINARY)'.encode()) as copying:
                copying.write(rows)
    for name, value in kept.sequences:
        tx.execute(text("SELECT setval(:name, :value)"), {"name": name, "value": value})


def _driver(tx: Connection) -> psycopg.Connection[Any]:
    driver: psycopg.Connection[Any] = tx.connection.driver_connection  # type: ignore[assignment]
    return driver


WAYS: Mapping[str, tuple[Callable[[Connection], Kept], Callable[[Connection, Kept], None]]] = {
    "sqlite": (_from_sqlite, _to_sqlite),
    "postgresql": (_from_postgres, _to_postgres),
}
