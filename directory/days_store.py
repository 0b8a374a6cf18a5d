"""Reads and writes the days on which the site keeps a calendar otherwise."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, insert, select

from directory.site_csv import DayLine
from directory.tables import SpecialDay

DAYS: Table = SpecialDay.__table__  # type: ignore[attr-defined]
_FORGET = delete(DAYS).where(DAYS.c.calendar == bindparam("of"), DAYS.c.day == bindparam("on"))


def days(tx: Connection) -> list[DayLine]:
    """All of them, in order; those of the past too."""
    wanted = select(DAYS.c.calendar, DAYS.c.day, DAYS.c.opens, DAYS.c.closes).order_by(DAYS.c.day, DAYS.c.calendar)
    return [DayLine(*row) for row in tx.execute(wanted)]


def set_days(tx: Connection, lines: Iterable[DayLine]) -> list[DayLine]:
    """Keep these days so from now on, or like others again, each of them once; those that this changes."""
    before = {(line.calendar, line.day): line for line in days(tx)}
    changed = [line for line in lines if before.get((line.calendar, line.day)) != (None if line.back else line)]
    if changed:
        tx.execute(_FORGET, [{"of": line.calendar, "on": line.day} for line in changed])
    if kept := [_row(line) for line in changed if not line.back]:
        tx.execute(insert(DAYS), kept)
    return changed


def _row(line: DayLine) -> dict[str, Any]:
    return {"calendar": line.calendar, "day": line.day, "opens": line.opens, "closes": line.closes}
