"""Keeps how it stands for each caller: written by the clock, read by one key in a turn, worthless after seconds."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, Table, bindparam, delete, func, select

from calls.store import insert_once
from config.columns import metadata
from config.statements import Statement
from routing import tables
from routing.outlook import Outlook

OUTLOOKS: Table = metadata.tables[str(tables.Outlook.__tablename__)]

_ONE = Statement(
    select(OUTLOOKS.c.position, OUTLOOKS.c.low_min, OUTLOOKS.c.high_min).where(
        OUTLOOKS.c.wait_id == bindparam("wait"), OUTLOOKS.c.at >= bindparam("since")
    )
)
_WRITTEN_AT = Statement(select(func.max(OUTLOOKS.c.at)))


def outlook(tx: Connection, wait_id: str, since: datetime) -> Outlook | None:
    """How it stood for this wait, if that was written since then."""
    row = _ONE.first(tx, {"wait": wait_id, "since": since})
    if row is None:
        return None
    position, low, high = row
    return Outlook(wait_id, position, None if high is None else (low, high))


def written_at(tx: Connection) -> datetime | None:
    """When they were last written; None if nobody waits."""
    row = _WRITTEN_AT.first(tx, {})
    return row[0] if row else None


def put(tx: Connection, outlooks: Iterable[Outlook], now: datetime) -> None:
    """These, and no others."""
    tx.execute(delete(OUTLOOKS))
    insert_once(tx, OUTLOOKS, [_row(each, now) for each in outlooks])


def _row(each: Outlook, now: datetime) -> dict[str, object]:
    low, high = each.wait or (None, None)
    return {"wait_id": each.wait_id, "position": each.position, "low_min": low, "high_min": high, "at": now}
