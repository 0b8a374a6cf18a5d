"""Reads and writes the days on which the site keeps a calendar otherwise."""

from sqlalchemy import Connection, Table, delete, insert, select, update

from directory.site_csv import DayLine
from directory.tables import SpecialDay

DAYS: Table = SpecialDay.__table__  # type: ignore[attr-defined]


def days(tx: Connection) -> list[DayLine]:
    """All of them, in order; those of the past too."""
    wanted = select(DAYS.c.calendar, DAYS.c.day, DAYS.c.opens, DAYS.c.closes).order_by(DAYS.c.day, DAYS.c.calendar)
    return [DayLine(*row) for row in tx.execute(wanted)]


def set_day(tx: Connection, line: DayLine) -> bool:
    """Keep this day so from now on, or like others again. Whether that changes anything."""
    here = (DAYS.c.calendar == line.calendar) & (DAYS.c.day == line.day)
    before = tx.execute(select(DAYS.c.opens, DAYS.c.closes).where(here)).first()
    if line.back:
        return tx.execute(delete(DAYS).where(here)).rowcount == 1
    if before is not None and tuple(before) == (line.opens, line.closes):
        return False
    new = {"calendar": line.calendar, "day": line.day, "opens": line.opens, "closes": line.closes}
    tx.execute(insert(DAYS).values(new) if before is None else update(DAYS).where(here).values(new))
    return True
