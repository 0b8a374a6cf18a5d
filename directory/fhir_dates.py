"""What a FHIR date means as instants: "2024" is a year, "2024-07-17" a day, "2024-07-17T09:30:00-05:00" an instant.

A date without a zone is a day where the care is given. All results are aware UTC; what is no date is None.
"""

import calendar
import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_DAY = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?", re.ASCII)


def first_instant(text: str | None, zone: ZoneInfo) -> datetime | None:
    """The first instant that the date can mean."""
    return _instant(text, zone, last=False)


def end_instant(text: str | None, zone: ZoneInfo) -> datetime | None:
    """The instant at which a period with this end is over: a day counts to its end."""
    if text is None or "T" in text:
        return _exact(text, zone)
    day = _day(text, last=True)
    return _midnight(day + timedelta(days=1), zone) if day is not None and day < date.max else None


def contact_instant(text: str | None, zone: ZoneInfo) -> datetime | None:
    """When a contact took place: the instant, or the beginning of the last day that the date can mean."""
    return _instant(text, zone, last=True)


def _instant(text: str | None, zone: ZoneInfo, *, last: bool) -> datetime | None:
    if text is None or "T" in text:
        return _exact(text, zone)
    day = _day(text, last=last)
    return _midnight(day, zone) if day is not None else None


def _exact(text: str | None, zone: ZoneInfo) -> datetime | None:
    try:
        instant = datetime.fromisoformat(text or "")
        return (instant if instant.tzinfo else instant.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _day(text: str, *, last: bool) -> date | None:
    match = _DAY.fullmatch(text)
    if match is None:
        return None
    try:
        year, month = int(match[1]), int(match[2] or (12 if last else 1))
        return date(year, month, int(match[3] or (calendar.monthrange(year, month)[1] if last else 1)))
    except (ValueError, calendar.IllegalMonthError):
        return None


def _midnight(day: date, zone: ZoneInfo) -> datetime | None:
    try:
        return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
    except OverflowError:
        return None
