"""Is somebody at work at an instant, by his role's hours and absences, his place's hours, his service's, the center's.

A role without hours is unknown, not closed: then its services' hours decide, then the center's. Pure.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from config.content import Hours, Span
from directory.care_records import Role
from directory.hours import is_open

OPEN, CLOSED, UNKNOWN = "open", "closed", "unknown"
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_DAYS: TypeAdapter[tuple[Day, ...]] = TypeAdapter(tuple[Day, ...])


@dataclass(frozen=True)
class Schedule:
    """Weekly hours in one zone, and absences as (from, to) instants, either side open. No hours means none stated."""

    hours: Hours
    absent: tuple[tuple[datetime | None, datetime | None], ...] = ()

    @property
    def stated(self) -> bool:
        """Whether any hours are stated."""
        return bool(self.hours.weekly)

    def away(self, now: datetime) -> bool:
        """Whether an absence contains the instant."""
        return any((start is None or start <= now) and (end is None or now < end) for start, end in self.absent)

    def at_work(self, now: datetime) -> bool:
        """Whether the stated hours contain the instant and no absence does."""
        return is_open(self.hours, now) and not self.away(now)


@dataclass(frozen=True)
class Availability:
    """open, closed or unknown, and what decided: role | absence | site | service | center."""

    state: str
    by: str


def availability(
    role: Role,
    own: Schedule,
    now: datetime,
    *,
    site: Schedule | None = None,
    services: Sequence[Schedule] = (),
    center: Hours | None = None,
) -> Availability:
    """How a role stands at `now` (domain reference 5.4)."""
    if not role.in_force(now):
        return Availability(CLOSED, "role")
    if own.away(now):
        return Availability(CLOSED, "absence")
    if site is not None and site.stated and not site.at_work(now):
        return Availability(CLOSED, "site")
    if own.stated:
        return _found("role", [own], now)
    stated = [service for service in services if service.stated]
    if stated:
        return _found("service", stated, now)
    return Availability(OPEN if is_open(center, now) else CLOSED, "center") if center else Availability(UNKNOWN, "")


def _found(by: str, schedules: Iterable[Schedule], now: datetime) -> Availability:
    return Availability(OPEN if any(schedule.at_work(now) for schedule in schedules) else CLOSED, by)


def span(days: Sequence[str], starts: str, ends: str) -> Span | None:
    """A weekly row; None when its days or times are none."""
    try:
        return Span(days=_DAYS.validate_python(tuple(days)), opens=_minute(starts), closes=_minute(ends))
    except (ValidationError, ValueError):
        return None


def _minute(clock: str) -> str:
    """ "09:30:00" as "09:30"; ValueError for what is no time of day."""
    hour, minute = clock.split(":")[:2]
    if clock.startswith("24:00"):
        return "24:00"
    if not (len(hour) == len(minute) == 2 and 0 <= int(hour) < 24 and 0 <= int(minute) < 60):
        raise ValueError("no time of day")
    return f"{hour}:{minute}"


def packed_schedule(schedule: Schedule) -> str:
    """The schedule as canonical JSON text; empty when nothing is stated."""
    if not schedule.stated and not schedule.absent:
        return ""
    rows = sorted([" ".join(row.days), row.opens, row.closes] for row in schedule.hours.weekly)
    absent = sorted(
        [start.isoformat() if start else "", end.isoformat() if end else ""] for start, end in schedule.absent
    )
    return json.dumps({"zone": schedule.hours.zone, "rows": rows, "absent": absent}, separators=(",", ":"))


def unpacked_schedule(text: str) -> Schedule:
    """A schedule from its text."""
    stored: dict[str, Any] = json.loads(text) if text else {"zone": "UTC", "rows": [], "absent": []}
    rows = [span(days.split(), starts, ends) for days, starts, ends in stored["rows"]]
    weekly = tuple(row for row in rows if row is not None)
    absent = tuple((_at(start), _at(end)) for start, end in stored["absent"])
    return Schedule(Hours(zone=stored["zone"], weekly=weekly), absent)


def _at(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
