"""Writes and checks the audit trail in the database. `calls/audit.py` knows how rows are chained.

One writer at a time: the lock of the trail is held until the transaction ends, so record as late in it as you can.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, bindparam, func, literal_column, select, text

from calls.audit import GENESIS, AuditEntry, Broken, canonical, row_hash
from calls.audit import verify as verify_entries
from calls.tables import AuditRow
from config.statements import Statement

TRAIL_LOCK = 7_241_600_301  # names the trail among PostgreSQL's advisory locks
TRIES = 5

AUDIT: Table = AuditRow.__table__  # type: ignore[attr-defined]
COLUMNS = [AUDIT.c[field.name] for field in fields(AuditEntry)]


def record(
    tx: Connection,
    *,
    actor: str,
    action: str,
    subject: str | None,
    details: Mapping[str, Any],
    now: datetime,
) -> None:
    """Append who did what to whom. `details` are ids and codes. The row stands or falls with the transaction."""
    _lock(tx)
    row: dict[str, Any] = {
        "at": now,
        "actor": actor,
        "action": action,
        "subject": subject,
        "details": canonical(details),
    }
    for _ in range(TRIES):
        (previous,) = _LAST.first(tx, {}) or (GENESIS,)
        chained = {**row, "previous_hash": previous, "hash": row_hash(**row, previous_hash=previous)}
        if _APPEND.change(tx, chained):
            return
        # Somebody appended without our lock: chain to his row instead.
    raise Crowded(f"others appended to the trail {TRIES} times just before us, without its lock")


class Crowded(Exception):
    """The trail grew whenever we were about to append to it."""


_LAST = Statement(select(AUDIT.c.hash).order_by(AUDIT.c.id.desc()).limit(literal_column("1")))
_APPENDED = ("at", "actor", "action", "subject", "details", "previous_hash", "hash")
_APPEND = Statement(
    text(
        "INSERT INTO audit (at, actor, action, subject, details, previous_hash, hash)"
        " VALUES (:at, :actor, :action, :subject, :details, :previous_hash, :hash) ON CONFLICT DO NOTHING"
    ).bindparams(*(bindparam(name, type_=AUDIT.c[name].type) for name in _APPENDED))
)
_TAKE_LOCK = Statement(select(func.pg_advisory_xact_lock(TRAIL_LOCK)))


def verify(tx: Connection) -> list[Broken]:
    """The rows of the trail that do not hold; empty when it is whole."""
    rows = tx.execute(select(*COLUMNS).order_by(AUDIT.c.id)).mappings()
    return verify_entries(AuditEntry(**row) for row in rows)


@dataclass(frozen=True)
class Sought:
    """Which rows of the trail are wanted: of a time, and of one subject or one actor unless these are empty."""

    begins: datetime
    ends: datetime
    subject: str = ""  # a patient's id, or whatever else was looked at or changed
    actor: str = ""


def search(tx: Connection, sought: Sought, most: int | None) -> list[AuditEntry]:
    """The rows that are sought, the newest first."""
    wanted = select(*COLUMNS).where(AUDIT.c.at >= sought.begins, AUDIT.c.at < sought.ends)
    if sought.subject:
        wanted = wanted.where(AUDIT.c.subject == sought.subject)
    if sought.actor:
        wanted = wanted.where(AUDIT.c.actor == sought.actor)
    rows = tx.execute(wanted.order_by(AUDIT.c.id.desc()).limit(most)).mappings()
    return [AuditEntry(**row) for row in rows]


def _lock(tx: Connection) -> None:
    """On SQLite every writing transaction is alone already."""
    if tx.dialect.name == "postgresql":
        _TAKE_LOCK.first(tx, {})
