"""Seals every personal column anew with the first of the DATA_KEYS, batch by batch, so that older keys can go.

Any column whose name ends in "_sealed" is one, in whatever table, and what a call that goes on will open again. Each
batch is a transaction of its own and is found by what is sealed with an older key: an interrupted run goes on where it
stopped, and a second run changes nothing.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

from sqlalchemy import Column, Connection, Table, select, tuple_, update
from sqlmodel import SQLModel

from config.vault import Vault

BATCH = 500
OF_CALLS = ("legs.session", "answered.document")
Transaction = Callable[[], AbstractContextManager[Connection]]


def sealed_columns() -> Iterator[tuple[Table, Column[str]]]:
    """Every sealed column of every table that is known."""
    for table in SQLModel.metadata.sorted_tables:
        for column in table.columns:
            if column.name.endswith("_sealed") or f"{table.name}.{column.name}" in OF_CALLS:
                yield table, column


def rotate(transaction: Transaction, vault: Vault) -> dict[str, int]:
    """Seal all anew; how many values were renewed, by column ("patients.given_sealed")."""
    return {
        f"{table.name}.{column.name}": _rotate(transaction, vault, table, column) for table, column in sealed_columns()
    }


def _rotate(transaction: Transaction, vault: Vault, table: Table, column: Column[str]) -> int:
    renewed, after = 0, None
    keys = list(table.primary_key.columns)
    while True:
        with transaction() as tx:
            wanted = select(*keys, column).where(column.is_not(None)).order_by(*keys).limit(BATCH)
            if after is not None:
                wanted = wanted.where(tuple_(*keys) > tuple_(*after))
            rows = tx.execute(wanted).all()
            old = [row for row in rows if not vault.is_current(row[-1])]
            for row in old:
                here = [key == value for key, value in zip(keys, row, strict=False)]
                # Compared with what was read: who wrote meanwhile has sealed with the first key already.
                tx.execute(update(table).where(*here, column == row[-1]).values({column: vault.renewed(row[-1])}))
            renewed += len(old)
        if len(rows) < BATCH:
            return renewed
        after = tuple(rows[-1][:-1])
