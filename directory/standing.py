"""How a calendar of opening hours stands at an instant, why in plain words, and when that changes next."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from holidays import country_holidays

from config.content import Hours
from directory.hours import (
    WEEKDAYS,
    OpenState,
    Override,
    closes_at,
    is_open,
    next_opening,
    service_state,
    span_at,
)

MOST_LOOKS = 100  # changes of the hours under one that is forced: some weeks of them


@dataclass(frozen=True)
class Standing:
    """Open or closed as the conversation is told it; `changes_at`: when that turns (None: nobody knows, or never)."""

    state: OpenState
    because: str
    changes_at: datetime | None


def standing(hours: Hours, at: datetime, center: Override | None = None, closed: Override | None = None) -> Standing:
    """How these hours stand at an instant, under what somebody forced for the whole center and for one service."""
    state = service_state(hours, at, center, closed)
    because = _forced(hours, at, center, closed) if state.why == "forced" else _because(hours, at, state)
    return Standing(state, because, _turns(hours, at, center, closed, is_open_now=state.open))


def _forced(hours: Hours, at: datetime, center: Override | None, closed: Override | None) -> str:
    whole = closed is None or closed.state != "closed" or (closed.until is not None and closed.until <= at)
    by = center if whole or closed is None else closed
    until = by.until if by else None
    words = "until it is lifted" if until is None else f"until {told(until, ZoneInfo(hours.zone))}"
    return f"somebody forced {'the center' if whole else 'this service'} {by.state if by else ''} {words}"


def _turns(
    hours: Hours, at: datetime, center: Override | None, closed: Override | None, *, is_open_now: bool
) -> datetime | None:
    """The first instant at which something changes and with it whether it is open."""
    for _ in range(MOST_LOOKS):
        ends = [forced.until for forced in (center, closed) if forced and forced.until and forced.until > at]
        by_hours = closes_at(hours, at) if is_open(hours, at) else next_opening(hours, at)
        found = min([*ends, *([by_hours] if by_hours else [])], default=None)
        if found is None or service_state(hours, found, center, closed).open != is_open_now:
            return found
        at = found
    return None


def _because(hours: Hours, at: datetime, state: OpenState) -> str:
    span = span_at(hours, at)
    day = span[0] if span else at.astimezone(ZoneInfo(hours.zone)).date()
    special = next((each for each in hours.exceptions if each.date == day.isoformat()), None)
    if state.why == "holiday":
        return f"{day:%A} is a holiday: {_holiday(hours, day)}"
    if special is not None:
        return f"an exception for {day} says {f'{special.opens} to {special.closes}' if special.opens else 'closed'}"
    spans = [f"{span.opens} to {span.closes}" for span in hours.weekly if WEEKDAYS[day.weekday()] in span.days]
    return f"the weekly hours of {day:%A} are {' and '.join(spans)}" if spans else f"{day:%A} has no weekly hours"


def _holiday(hours: Hours, day: date) -> str:
    country, _, part = (hours.holidays or "").partition("-")
    return str(country_holidays(country, subdiv=part or None, years=day.year).get(day, ""))


def told(instant: datetime, zone: ZoneInfo) -> str:
    """An instant for people: "Tuesday 2026-03-03 19:00"; in the repeated hour with the zone's name for it."""
    here = instant.astimezone(zone)
    twice = here.replace(fold=0).utcoffset() != here.replace(fold=1).utcoffset()
    return f"{here:%A %Y-%m-%d %H:%M}{f' {here:%Z}' if twice else ''}"
