"""Remembers what other programs asked for, so that asking again with the same key changes nothing."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Table, select, update

from callbacks.tables import OutsideRequest
from calls.store import insert_once

ASKED: Table = OutsideRequest.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Remembered:
    """An earlier request of the same key: what it asked (as a digest), and what it was answered."""

    body_hash: str
    answer: str


def claim(tx: Connection, client: str, key: str, body_hash: str, now: datetime) -> Remembered | None:
    """Take a key for the rest of the transaction; None if it is new. Who asks at the same time waits for us here."""
    new = {"client": client, "key": key, "body_hash": body_hash, "reason": "", "answer": "", "asked_at": now}
    if insert_once(tx, ASKED, [new]):
        return None
    row = tx.execute(select(ASKED.c.body_hash, ASKED.c.answer).where(ASKED.c.client == client, ASKED.c.key == key))
    found = row.one()
    return Remembered(found.body_hash, found.answer)


def keep(tx: Connection, client: str, key: str, *, promise: str, reason: str, answer: str) -> None:
    """What a claimed key was answered."""
    mine = (ASKED.c.client == client) & (ASKED.c.key == key)
    tx.execute(update(ASKED).where(mine).values(request_id=promise, reason=reason, answer=answer))


def reasons(tx: Connection, promise: str) -> list[tuple[str, str]]:
    """Which clients asked for a promise, and for which reason (a code)."""
    rows = tx.execute(select(ASKED.c.client, ASKED.c.reason).where(ASKED.c.request_id == promise))
    return [(row.client, row.reason) for row in rows]
