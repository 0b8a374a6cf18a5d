"""The intervals of a report: quarter hours to weeks of a zone's wall clock, whole on days of 23 and 25 hours. Pure.

Short intervals are counted from local midnight in elapsed time, so that none is lost or counted twice when clocks are
put forward or back; the last one of a day ends with the day.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MINUTES = {"15min": 15, "30min": 30, "hour": 60}
WIDTHS = (*MINUTES, "day", "week")


@dataclass(frozen=True)
class Interval:
    """From `begins` until before `ends`, in UTC."""

    begins: datetime
    ends: datetime


def intervals(first: date, last: date, width: str, zone: str) -> list[Interval]:
    """The intervals of these local days, both included, in order and without a gap.

    Weeks begin on Mondays: the first and the last one may reach beyond the days asked for. ValueError for a width that
    is none of WIDTHS, or days in the wrong order.
    """
    if width not in WIDTHS:
        raise ValueError(f"found width {width!r}; accepted: {', '.join(WIDTHS)}")
    if last < first:
        raise ValueError(f"the last day, {last}, is before the first, {first}")
    if width in MINUTES:
        return [each for day in _days(first, last) for each in _of_day(day, MINUTES[width], zone)]
    return [Interval(midnight(day, zone), midnight(after, zone)) for day, after in _spans(first, last, width)]


def midnight(day: date, zone: str) -> datetime:
    """The first instant of a local day, in UTC: the first of two midnights; the end of the gap where one is skipped."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def day_of(instant: datetime, zone: str) -> date:
    """The local day of an instant."""
    return instant.astimezone(ZoneInfo(zone)).date()


def _days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def _of_day(day: date, minutes: int, zone: str) -> Iterator[Interval]:
    begins, ends = midnight(day, zone), midnight(day + timedelta(days=1), zone)
    while begins < ends:
        until = min(begins + timedelta(minutes=minutes), ends)
        yield Interval(begins, until)
        begins = until


def _spans(first: date, last: date, width: str) -> Iterator[tuple[date, date]]:
    step = timedelta(days=1 if width == "day" else 7)
    day = first if width == "day" else first - timedelta(days=first.weekday())
    while day <= last:
        yield day, day + step
        day += step
