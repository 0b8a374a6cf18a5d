"""The rows of alarms. At most one of a kind and subject is open: two clocks raise it once."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime

from sqlalchemy import Connection, RowMapping, select, update

from calls.alarms import Alarm, Kind, Reading
from calls.store import insert_once, table_of
from calls.tables import AlarmRow

ALARMS = table_of(AlarmRow)
COLUMNS = [ALARMS.c[field.name] for field in fields(Alarm)]
# Built once, because it is asked at every tick of the clock. Plain, the order would read all that ever were.
_OPEN = select(*COLUMNS).where(ALARMS.c.cleared_at.is_(None)).order_by(ALARMS.c.id + 0)


def open_alarms(tx: Connection) -> list[Alarm]:
    """Alarms that are not cleared, the oldest first."""
    return [_alarm(row) for row in tx.execute(_OPEN).mappings()]


def raise_(tx: Connection, readings: Sequence[Reading], now: datetime) -> int:
    """Raise these; how many were not open already."""
    rows = [{"kind": each.kind, "subject": each.subject, "value": each.value, "raised_at": now} for each in readings]
    return sum(insert_once(tx, ALARMS, [row]) for row in rows)


def open_of(tx: Connection, kind: Kind, subject: str) -> Alarm | None:
    """The open alarm of a kind about something, if there is one."""
    wanted = (ALARMS.c.kind == kind.value, ALARMS.c.subject == subject, ALARMS.c.cleared_at.is_(None))
    row = tx.execute(select(*COLUMNS).where(*wanted)).mappings().first()
    return _alarm(row) if row else None


def clear(tx: Connection, alarms: Sequence[Alarm], now: datetime) -> int:
    """Clear these; how many were still open."""
    ids = [alarm.id for alarm in alarms]
    if not ids:
        return 0
    return tx.execute(
        update(ALARMS).where(ALARMS.c.id.in_(ids), ALARMS.c.cleared_at.is_(None)).values(cleared_at=now)
    ).rowcount


def acknowledge(tx: Connection, alarm_id: int, by: str, now: datetime) -> bool:
    """Somebody has seen it; False if it is over, or somebody else has."""
    seen = update(ALARMS).where(
        ALARMS.c.id == alarm_id, ALARMS.c.cleared_at.is_(None), ALARMS.c.acknowledged_by.is_(None)
    )
    return tx.execute(seen.values(acknowledged_by=by, acknowledged_at=now)).rowcount == 1


def _alarm(row: RowMapping) -> Alarm:
    return Alarm(**{**row, "kind": Kind(row["kind"])})
