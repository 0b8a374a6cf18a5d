"""Days that a calendar keeps otherwise, in the rows of both databases."""

from datetime import date, timedelta

from sqlalchemy import Connection

from directory.days_store import days, set_days
from directory.site_csv import DayLine

FIRST = date(2026, 12, 24)


def test_days_are_kept_kept_otherwise_and_taken_back_and_only_what_changes_is_told(tx: Connection) -> None:
    closed = [DayLine("center", FIRST + timedelta(days=number)) for number in range(3)]
    nurses = DayLine("nurse", FIRST)
    assert set_days(tx, [*closed, nurses]) == [*closed, nurses]
    assert set_days(tx, closed) == []
    open_late = DayLine("center", FIRST, "10:00", "12:00")
    assert set_days(tx, [open_late, *closed[1:]]) == [open_late]
    assert days(tx) == [open_late, nurses, *closed[1:]]
    back = [DayLine("center", FIRST + timedelta(days=number), back=True) for number in range(5)]
    assert set_days(tx, back) == back[:3]
    assert days(tx) == [nurses]
